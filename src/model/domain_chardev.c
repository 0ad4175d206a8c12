/* Character devices: the back end's elements stand beside the device's own, so they are read and printed here.
 *
 * Called by the engine while a domain is read or printed.
 */
#include "model/domain_rules.h"

#include <stddef.h>
#include <string.h>

/* The back end is the first member of every character device. */
G_STATIC_ASSERT(offsetof(DomainSerial, source) == 0);
G_STATIC_ASSERT(offsetof(DomainParallel, source) == 0);
G_STATIC_ASSERT(offsetof(DomainConsole, source) == 0);
G_STATIC_ASSERT(offsetof(DomainChannel, source) == 0);
G_STATIC_ASSERT(offsetof(DomainRedirdev, source) == 0);

static ChardevSource *
domain_chardev_of(void *object)
{
    return object;
}

static const ChardevSource *
domain_chardev_const(const void *object)
{
    return object;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int
missing(const char *what)
{
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                    "Missing source %s attribute for char device", what);
}

static void
take(char **field, const VrXmlNode *node, const char *attr)
{
    const char *value = vr_xml_attr(node, attr);

    if (value) {
        g_free(*field);
        *field = g_strdup(value);
    }
}

static int
take_enum(int *field, const VrEnum *table, const VrXmlNode *node, const char *attr)
{
    const char *value = vr_xml_attr(node, attr);
    int number = value ? vr_enum_from_string(table, value) : 0;

    if (number < 0)
        return vr_bad_attr(node, attr, value);
    if (value)
        *field = number;
    return 0;
}

static int
read_protocol(const VrXmlNode *node, ChardevSource *def)
{
    const char *value = vr_xml_attr(node, "type");
    int number = value ? vr_enum_from_string(&vr_enum_chardev_source_protocol, value) : 0;

    if (number < 0)
        return UNSUPPORTED("Unknown protocol '%s'", value);
    if (number)
        def->protocol = number;
    return 0;
}

static int
read_reconnect(VrParse *parse, const VrXmlNode *source, ChardevSource *def)
{
    const VrXmlNode *node = vr_xml_child(source, "reconnect");

    if (!node)
        return 0;
    if (vr_parse_into(parse, &vr_desc_chardev_reconnect, node, &def->reconnect) < 0)
        return -1;
    if (def->reconnect.enabled == YES_NO_YES && !def->reconnect.has_timeout)
        return vr_missing_attr(node, "timeout");
    if (def->reconnect.enabled == YES_NO_NO)
        def->reconnect.has_timeout = false;
    def->has_reconnect = def->reconnect.enabled != YES_NO_UNSET;
    return 0;
}

static int
read_seclabels(VrParse *parse, const VrXmlNode *source, ChardevSource *def)
{
    for (VrXmlNode *node = vr_xml_child(source, "seclabel"); node; node = vr_xml_next(node, "seclabel")) {
        DomainSeclabelDevice *label = vr_parse_child(parse, &vr_desc_domain_seclabel_device, node);

        if (!label)
            return -1;
        vr_model_list_add(&def->seclabel, &def->n_seclabel, label);
    }
    return seclabels_settle(&def->seclabel, &def->n_seclabel);
}

static int
read_udp(const VrXmlNode *source, ChardevSource *def)
{
    int mode = def->mode;

    if (take_enum(&mode, &vr_enum_chardev_mode, source, "mode") < 0)
        return -1;
    if (vr_xml_attr(source, "mode") && mode == CHARDEV_MODE_BIND) {
        take(&def->host, source, "host");
        take(&def->service, source, "service");
    } else {
        take(&def->connect_host, source, "host");
        take(&def->connect_service, source, "service");
    }
    return 0;
}

static int
read_source(VrParse *parse, const VrXmlNode *source, ChardevSource *def)
{
    def->has_source = true;
    if (def->type == CHARDEV_TYPE_UDP)
        return read_udp(source, def);
    if (take_enum(&def->mode, &vr_enum_chardev_mode, source, "mode") < 0 ||
        take_enum(&def->append, &vr_enum_on_off, source, "append") < 0 ||
        take_enum(&def->tls, &vr_enum_yes_no, source, "tls") < 0)
        return -1;
    take(&def->path, source, "path");
    take(&def->channel, source, "channel");
    take(&def->host, source, "host");
    take(&def->service, source, "service");
    take(&def->master, source, "master");
    take(&def->slave, source, "slave");
    if (read_reconnect(parse, source, def) < 0)
        return -1;
    return read_seclabels(parse, source, def);
}

static int
read_vdagent(const VrXmlNode *node, ChardevSource *def)
{
    const VrXmlNode *clipboard = vr_xml_child(node, "clipboard"), *mouse = vr_xml_child(node, "mouse");

    if (clipboard && take_enum(&def->clipboard, &vr_enum_yes_no, clipboard, "copypaste") < 0)
        return -1;
    return mouse ? take_enum(&def->mouse, &vr_enum_chardev_mouse, mouse, "mode") : 0;
}

static int
check_single(const VrXmlNode *node, const char *name)
{
    const VrXmlNode *first = vr_xml_child(node, name);

    if (first && vr_xml_next(first, name))
        return XML_FAIL("only one %s element is allowed for character device", name);
    return 0;
}

static int
read_others(const VrXmlNode *node, ChardevSource *def)
{
    const VrXmlNode *protocol = vr_xml_child(node, "protocol"), *log = vr_xml_child(node, "log");

    if (check_single(node, "protocol") < 0 || check_single(node, "log") < 0)
        return -1;
    if (protocol && def->type == CHARDEV_TYPE_TCP && read_protocol(protocol, def) < 0)
        return -1;
    if (log) {
        take(&def->log_file, log, "file");
        if (take_enum(&def->log_append, &vr_enum_on_off, log, "append") < 0)
            return -1;
    }
    return def->type == CHARDEV_TYPE_QEMU_VDAGENT ? read_vdagent(node, def) : 0;
}

static unsigned
count_sources(const VrXmlNode *node)
{
    unsigned n = 0;

    for (const VrXmlNode *source = vr_xml_child(node, "source"); source;
         source = vr_xml_next(source, "source"))
        n++;
    return n;
}

/* Each device that has a back end calls this with its own <source> elements. */
int
chardev_read(VrParse *parse, const VrXmlNode *node, ChardevSource *def)
{
    unsigned n = count_sources(node);

    if (def->type == CHARDEV_TYPE_UDP && n > 2)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                        "only two source elements are allowed for character device");
    if (def->type != CHARDEV_TYPE_UDP && n > 1)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                        "only one source element is allowed for character device");
    for (const VrXmlNode *source = vr_xml_child(node, "source"); source;
         source = vr_xml_next(source, "source")) {
        if (read_source(parse, source, def) < 0)
            return -1;
    }
    if (n && !def->mode && (def->type == CHARDEV_TYPE_TCP || (def->type == CHARDEV_TYPE_UNIX && def->path)))
        def->mode = CHARDEV_MODE_CONNECT;
    if (def->type == CHARDEV_TYPE_UNIX && !def->path)
        def->mode = CHARDEV_MODE_UNSET; /* whoever makes up the path knows */
    if (def->type == CHARDEV_TYPE_TCP && !def->protocol)
        def->protocol = CHARDEV_SOURCE_PROTOCOL_RAW;
    if (read_others(node, def) < 0)
        return -1;
    return 0;
}

/* What each kind of back end cannot do without. */
int
chardev_check(const ChardevSource *def)
{
    switch (def->type) {
    case CHARDEV_TYPE_FILE:
    case CHARDEV_TYPE_DEV:
    case CHARDEV_TYPE_PIPE:
        return def->path ? 0 : missing("path");
    case CHARDEV_TYPE_NMDM:
        if (!def->master != !def->slave)
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                            "Should define both master and slave path attributes for nmdm device");
        return 0;
    case CHARDEV_TYPE_TCP:
        if (!def->host)
            return missing("host");
        if (!def->service)
            return missing("service");
        break;
    case CHARDEV_TYPE_UDP:
        return def->connect_service ? 0 : missing("service");
    case CHARDEV_TYPE_UNIX:
        break;
    case CHARDEV_TYPE_DBUS:
    case CHARDEV_TYPE_SPICEPORT:
        if (!def->channel)
            return UNSUPPORTED("Missing source channel attribute for char device");
        if (def->channel[strspn(def->channel, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.")])
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                            "Invalid character in source channel for char device");
        return 0;
    default:
        return 0;
    }
    if (def->has_reconnect && def->mode == CHARDEV_MODE_BIND)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "chardev reconnect is possible only for connect mode");
    return 0;
}

/* --- printing --------------------------------------------------------------------------------- */

static void
print_reconnect(VrFormat *format, const ChardevSource *def)
{
    if (def->has_reconnect)
        vr_format_element(format, &vr_desc_chardev_reconnect, "reconnect", &def->reconnect, 0);
}

/* What the source of each type of back end shows. */
enum {
    A_MODE = 1 << 0,
    A_PATH = 1 << 1,
    A_APPEND = 1 << 2,
    A_CHANNEL = 1 << 3,
    A_HOST = 1 << 4,
    A_PAIR = 1 << 5,
    A_TLS = 1 << 6,
    A_RECONNECT = 1 << 7,
    A_LABELS = 1 << 8,
};

static const unsigned source_parts[] = {
    [CHARDEV_TYPE_PTY] = A_PATH | A_LABELS,
    [CHARDEV_TYPE_DEV] = A_PATH | A_LABELS,
    [CHARDEV_TYPE_PIPE] = A_PATH | A_LABELS,
    [CHARDEV_TYPE_FILE] = A_PATH | A_APPEND | A_LABELS,
    [CHARDEV_TYPE_TCP] = A_MODE | A_HOST | A_TLS | A_RECONNECT,
    [CHARDEV_TYPE_UNIX] = A_MODE | A_PATH | A_RECONNECT | A_LABELS,
    [CHARDEV_TYPE_SPICEPORT] = A_CHANNEL,
    [CHARDEV_TYPE_NMDM] = A_PAIR,
    [CHARDEV_TYPE_DBUS] = A_CHANNEL,
};

static void
print_source_attrs(GString *out, const ChardevSource *def, unsigned parts)
{
    if (parts & A_MODE)
        vr_print_attr(out, "mode", def->mode == CHARDEV_MODE_BIND ? "bind" : "connect");
    if (parts & A_PATH)
        vr_print_attr(out, "path", def->path);
    if (parts & A_APPEND)
        vr_print_attr(out, "append", vr_enum_to_string(&vr_enum_on_off, def->append));
    if (parts & A_CHANNEL)
        vr_print_attr(out, "channel", def->channel);
    if (parts & A_HOST) {
        vr_print_attr(out, "host", def->host);
        vr_print_attr(out, "service", def->service);
    }
    if (parts & A_PAIR) {
        vr_print_attr(out, "master", def->master);
        vr_print_attr(out, "slave", def->slave);
    }
    if (parts & A_TLS)
        vr_print_attr(out, "tls", vr_enum_to_string(&vr_enum_yes_no, def->tls));
}

static void
print_source(VrFormat *format, const ChardevSource *def)
{
    GString *out = format->out;
    unsigned parts = (size_t) def->type < G_N_ELEMENTS(source_parts) ? source_parts[def->type] : 0;
    size_t lines;

    vr_print_line(format);
    g_string_append(out, "<source");
    print_source_attrs(out, def, parts);
    lines = format->lines;
    g_string_append_c(out, '>');
    format->indent += 2;
    if (parts & A_RECONNECT)
        print_reconnect(format, def);
    for (size_t i = 0; parts & A_LABELS && i < def->n_seclabel; i++)
        vr_format_element(format, &vr_desc_domain_seclabel_device, "seclabel", def->seclabel[i],
                          VR_ROW_KEEP);
    format->indent -= 2;
    if (format->lines == lines) {
        g_string_truncate(out, out->len - 1);
        g_string_append(out, "/>");
        return;
    }
    vr_print_line(format);
    g_string_append(out, "</source>");
}

static void
print_udp(VrFormat *format, const char *mode, const char *host, const char *service)
{
    if (!host && !service)
        return;
    vr_print_line(format);
    g_string_append(format->out, "<source");
    vr_print_attr(format->out, "mode", mode);
    vr_print_attr(format->out, "host", host);
    vr_print_attr(format->out, "service", service);
    g_string_append(format->out, "/>");
}

static void
print_simple(VrFormat *format, const char *tag, const char *attr, const char *value)
{
    if (!value)
        return;
    vr_print_line(format);
    g_string_append_printf(format->out, "<%s %s='%s'/>", tag, attr, value);
}

/* Which back ends have a source to show at all. */
static bool
has_source(const VrFormat *format, const ChardevSource *def)
{
    switch (def->type) {
    case CHARDEV_TYPE_PTY:
        return def->path && !(format->flags & VR_MODEL_INACTIVE);
    case CHARDEV_TYPE_FILE:
    case CHARDEV_TYPE_DEV:
    case CHARDEV_TYPE_PIPE:
    case CHARDEV_TYPE_TCP:
    case CHARDEV_TYPE_SPICEPORT:
        return true;
    case CHARDEV_TYPE_NMDM:
        return def->master;
    case CHARDEV_TYPE_DBUS:
        return def->channel;
    case CHARDEV_TYPE_UNIX:
        return def->path;
    default:
        return false;
    }
}

void
chardev_print(VrFormat *format, const ChardevSource *def)
{
    if (def->type == CHARDEV_TYPE_UDP) {
        print_udp(format, "bind", def->host, def->service);
        print_udp(format, "connect", def->connect_host, def->connect_service);
    } else if (has_source(format, def)) {
        print_source(format, def);
    }
    if (def->type == CHARDEV_TYPE_TCP)
        print_simple(format, "protocol", "type",
                     vr_enum_to_string(&vr_enum_chardev_source_protocol, def->protocol));
    if (def->type == CHARDEV_TYPE_QEMU_VDAGENT) {
        print_simple(format, "clipboard", "copypaste", vr_enum_to_string(&vr_enum_yes_no, def->clipboard));
        print_simple(format, "mouse", "mode", vr_enum_to_string(&vr_enum_chardev_mouse, def->mouse));
    }
    if (def->log_file) {
        vr_print_line(format);
        g_string_append(format->out, "<log");
        vr_print_attr(format->out, "file", def->log_file);
        vr_print_attr(format->out, "append", vr_enum_to_string(&vr_enum_on_off, def->log_append));
        g_string_append(format->out, "/>");
    }
}

/* --- the devices ------------------------------------------------------------------------------ */

static int
read_type(const VrXmlNode *node, const char *value, ChardevSource *def)
{
    int type = vr_enum_from_string(&vr_enum_chardev_type, value);

    if (type < 0)
        return UNSUPPORTED("unknown type presented to host for character device: %s", value);
    def->type = type;
    return 0;
}

/* Serial, parallel, console, channel and redirected devices begin with the back end. */
int
chardev_parse(VrParse *parse, const VrXmlNode *node, void *object)
{
    ChardevSource *def = domain_chardev_of(object);
    const char *type = vr_xml_attr(node, "type");

    def->type = CHARDEV_TYPE_PTY;
    if (strcmp(node->name, "redirdev") == 0 && !type)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "missing type in redirdev");
    if (type && read_type(node, type, def) < 0)
        return -1;
    if (!type)
        def->type = CHARDEV_TYPE_PTY;
    if (chardev_read(parse, node, def) < 0)
        return -1;
    if (def->type == CHARDEV_TYPE_PTY && parse->context->flags & VR_MODEL_INACTIVE)
        g_clear_pointer(&def->path, g_free); /* the terminal is another one at every start */
    return 0;
}

int
chardev_format_type(VrFormat *format, const void *object)
{
    const ChardevSource *def = domain_chardev_const(object);

    vr_print_attr(format->out, "type", vr_enum_to_string(&vr_enum_chardev_type, def->type));
    return 0;
}

/* Clients of old look for the terminal on the console element itself. */
int
chardev_format_tty(VrFormat *format, const void *object)
{
    const ChardevSource *def = domain_chardev_const(object);

    if (def->type == CHARDEV_TYPE_PTY && !(format->flags & VR_MODEL_INACTIVE))
        vr_print_attr(format->out, "tty", def->path);
    return 0;
}

int
chardev_format(VrFormat *format, const void *object)
{
    chardev_print(format, domain_chardev_const(object));
    return 0;
}

#define CARD_CERTIFICATES 3

int
smartcard_parse(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainSmartcard *card = object;
    const char *type = vr_xml_attr(node, "type");

    if (card->mode != DOMAIN_SMARTCARD_MODE_PASSTHROUGH)
        return 0;
    if (!type)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "passthrough mode requires a character device type attribute");
    if (read_type(node, type, &card->source) < 0 || chardev_read(parse, node, &card->source) < 0)
        return -1;
    return 0;
}

/* A card made of certificates has three of them, and their database has a place. */
int
domain_smartcard_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const DomainSmartcard *card = object;
    const VrXmlNode *database = vr_xml_child(node, "database");
    size_t n = 0;

    if (card->mode != DOMAIN_SMARTCARD_MODE_HOST_CERTIFICATES)
        return 0;
    for (const VrXmlNode *c = vr_xml_child(node, "certificate"); c; c = vr_xml_next(c, "certificate"))
        n++;
    if (n != CARD_CERTIFICATES)
        return XML_FAIL("host-certificates mode needs exactly three certificates");
    if (database && !card->database)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "the smartcard's <database> names no folder");
    if (card->database && *card->database != '/')
        return XML_FAIL("expecting absolute path: %s", card->database);
    return 0;
}

int
smartcard_format_type(VrFormat *format, const void *object)
{
    const DomainSmartcard *card = object;

    if (card->mode == DOMAIN_SMARTCARD_MODE_PASSTHROUGH)
        vr_print_attr(format->out, "type", vr_enum_to_string(&vr_enum_chardev_type, card->source.type));
    return 0;
}

int
smartcard_format(VrFormat *format, const void *object)
{
    const DomainSmartcard *card = object;

    if (card->mode == DOMAIN_SMARTCARD_MODE_PASSTHROUGH)
        chardev_print(format, &card->source);
    return 0;
}

int
rng_parse(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainRngBackend *backend = object;
    const char *type = vr_xml_attr(node, "type");

    if (backend->model != DOMAIN_RNG_BACKEND_MODEL_EGD)
        return 0;
    g_clear_pointer(&backend->path, g_free);
    if (!type)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "missing EGD backend type");
    if (read_type(node, type, &backend->source) < 0 || chardev_read(parse, node, &backend->source) < 0)
        return -1;
    return 0;
}

int
rng_format_type(VrFormat *format, const void *object)
{
    const DomainRngBackend *backend = object;

    if (backend->model == DOMAIN_RNG_BACKEND_MODEL_EGD)
        vr_print_attr(format->out, "type", vr_enum_to_string(&vr_enum_chardev_type, backend->source.type));
    return 0;
}

int
rng_format(VrFormat *format, const void *object)
{
    const DomainRngBackend *backend = object;

    if (backend->model == DOMAIN_RNG_BACKEND_MODEL_EGD)
        chardev_print(format, &backend->source);
    return 0;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int
check_port(const ChardevSource *def, bool socket_path)
{
    if (def->type == CHARDEV_TYPE_SPICEVMC)
        return UNSUPPORTED("spicevmc device type only supports virtio");
    return socket_path && def->type == CHARDEV_TYPE_UNIX && !def->path ? missing("path") : chardev_check(def);
}

int
domain_chardevs_check(const DomainDef *def)
{
    const DomainDevices *devices = &def->devices;

#define CHECK_PORTS(list, count)                                                                   \
    for (size_t i = 0; i < (count); i++) {                                                         \
        if (check_port(&(list)[i]->source, true) < 0)                                              \
            return -1;                                                                             \
    }
    for (size_t i = 0; i < devices->n_smartcard; i++) {
        const DomainSmartcard *card = devices->smartcard[i];

        if (card->mode != DOMAIN_SMARTCARD_MODE_PASSTHROUGH || card->source.type == CHARDEV_TYPE_SPICEVMC)
            continue;
        if (check_port(&card->source, true) < 0)
            return -1;
    }
    CHECK_PORTS(devices->serial, devices->n_serial)
    CHECK_PORTS(devices->parallel, devices->n_parallel)
    for (size_t i = 0; i < devices->n_channel; i++) {
        if (chardev_check(&devices->channel[i]->source) < 0)
            return -1;
    }
    CHECK_PORTS(devices->console, devices->n_console)
#undef CHECK_PORTS
    for (size_t i = 0; i < devices->n_rng; i++) {
        const DomainRngBackend *backend = devices->rng[i]->backend;

        if (backend->model == DOMAIN_RNG_BACKEND_MODEL_EGD && backend->source.type != CHARDEV_TYPE_SPICEVMC &&
            check_port(&backend->source, true) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_redirdev; i++) {
        const ChardevSource *source = &devices->redirdev[i]->source;

        if (source->type != CHARDEV_TYPE_SPICEVMC && check_port(source, true) < 0)
            return -1;
    }
    return 0;
}
