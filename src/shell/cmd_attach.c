/* Disks and interfaces that options describe: attached, or found in the domain and taken away. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shell/element.h"

static unsigned int
attach_flags(const Args *args, virDomainPtr dom)
{
    unsigned int flags = args_flags(args);
    if (args_flag(args, "persistent"))
        flags |= VIR_DOMAIN_AFFECT_CONFIG | (virDomainIsActive(dom) == 1 ? VIR_DOMAIN_AFFECT_LIVE : 0);
    return flags;
}

/* One element, one line: NAME='VALUE' pairs that have a value; nothing when none has. */
static void
line(GString *xml, int indent, const char *tag, gboolean open, const char *const pairs[][2])
{
    gsize begin = xml->len;
    gboolean any = FALSE;
    g_string_append_printf(xml, "%*s<%s", indent, "", tag);
    for (gsize i = 0; pairs[i][0]; i++) {
        if (!pairs[i][1])
            continue;
        g_autofree char *value = g_markup_escape_text(pairs[i][1], -1);
        g_string_append_printf(xml, " %s='%s'", pairs[i][0], value);
        any = TRUE;
    }
    if (any)
        g_string_append(xml, open ? ">\n" : "/>\n");
    else
        g_string_truncate(xml, begin);
}

#define LINE(xml, indent, tag, ...) line(xml, indent, tag, FALSE, (const char *const[][2]){__VA_ARGS__, {NULL}})
#define OPEN(xml, indent, tag, ...) line(xml, indent, tag, TRUE, (const char *const[][2]){__VA_ARGS__, {NULL}})
#define GIVEN(name) args_string(args, name)

static gboolean
is_block_device(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISBLK(about.st_mode);
}

/* The servers of a network disk, "HOST[:PORT],...". */
static void
append_hosts(GString *xml, const Args *args)
{
    const char *names = GIVEN("source-host-name"), *socket = GIVEN("source-host-socket");
    g_auto(GStrv) hosts = g_strsplit(names ? names : "", ",", -1);
    if (socket)
        LINE(xml, 4, "host", {"transport", GIVEN("source-host-transport")}, {"socket", socket});
    for (char **host = hosts; *host; host++) {
        char *port = strrchr(*host, ':');
        if (port)
            *port++ = '\0';
        LINE(xml, 4, "host", {"transport", GIVEN("source-host-transport")}, {"name", *host}, {"port", port});
    }
}

/* "pci:0000.00.04.0" and its like as an <address>; FALSE after an error was told. */
static gboolean
append_address(Shell *sh, GString *xml, const char *text, gboolean multifunction)
{
    unsigned int a, b, c, d;
    int end = 0;
    if (sscanf(text, "pci:%x.%x.%x.%x%n", &a, &b, &c, &d, &end) == 4 && !text[end])
        g_string_append_printf(xml, "  <address type='pci' domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%0x'%s/>\n", a, b, c, d,
                               multifunction ? " multifunction='on'" : "");
    else if (sscanf(text, "scsi:%u.%u.%u%n", &a, &b, &c, &end) == 3 && !text[end])
        g_string_append_printf(xml, "  <address type='drive' controller='%u' bus='%u' unit='%u'/>\n", a, b, c);
    else if ((sscanf(text, "ide:%u.%u.%u%n", &a, &b, &c, &end) == 3 || sscanf(text, "sata:%u.%u.%u%n", &a, &b, &c, &end) == 3) && !text[end])
        g_string_append_printf(xml, "  <address type='drive' controller='%u' bus='%u' unit='%u'/>\n", a, b, c);
    else if (sscanf(text, "usb:%u.%u%n", &a, &b, &end) == 2 && !text[end])
        g_string_append_printf(xml, "  <address type='usb' bus='%u' port='%u'/>\n", a, b);
    else if (sscanf(text, "ccw:%x.%x.%x%n", &a, &b, &c, &end) == 3 && !text[end])
        g_string_append_printf(xml, "  <address type='ccw' cssid='0x%02x' ssid='0x%0x' devno='0x%04x'/>\n", a, b, c);
    else
        end = 0;
    if (!end)
        shell_error(sh, "Invalid address: '%s'", text);
    return end != 0;
}

static char *
describe_disk(Shell *sh, const Args *args)
{
    const char *source = GIVEN("source"), *mode = GIVEN("mode"), *type = GIVEN("sourcetype"), *protocol = GIVEN("source-protocol");
    if (mode && strcmp(mode, "readonly") != 0 && strcmp(mode, "shareable") != 0) {
        shell_error(sh, "No support for %s in command 'attach-disk'", mode);
        return NULL;
    }
    if (type && strcmp(type, "file") != 0 && strcmp(type, "block") != 0 && strcmp(type, "network") != 0) {
        shell_error(sh, "Unknown source type: '%s'", type);
        return NULL;
    }
    if (!type)
        type = protocol ? "network" : is_block_device(source) ? "block" : "file";
    gboolean network = strcmp(type, "network") == 0;
    if (network && !protocol) {
        shell_error(sh, "%s", "Option --source-protocol is required for network disks");
        return NULL;
    }
    g_autoptr(GString) xml = g_string_new(NULL);
    OPEN(xml, 0, "disk", {"type", type}, {"device", GIVEN("type")}, {"rawio", args_flag(args, "rawio") ? "yes" : NULL});
    LINE(xml, 2, "driver", {"name", GIVEN("driver")}, {"type", GIVEN("subdriver")}, {"iothread", GIVEN("iothread")}, {"cache", GIVEN("cache")},
         {"io", GIVEN("io")});
    if (network) {
        OPEN(xml, 2, "source", {"protocol", protocol}, {"name", *source ? source : NULL});
        append_hosts(xml, args);
        g_string_append(xml, "  </source>\n");
    } else if (*source) {
        LINE(xml, 2, "source", {strcmp(type, "block") == 0 ? "dev" : "file", source});
    }
    LINE(xml, 2, "target", {"dev", GIVEN("target")}, {"bus", GIVEN("targetbus")});
    if (mode)
        g_string_append_printf(xml, "  <%s/>\n", mode);
    if (GIVEN("serial")) {
        g_autofree char *serial = g_markup_printf_escaped("  <serial>%s</serial>\n", GIVEN("serial"));
        g_string_append(xml, serial);
    }
    LINE(xml, 2, "alias", {"name", GIVEN("alias")});
    if (GIVEN("wwn")) {
        g_autofree char *wwn = g_markup_printf_escaped("  <wwn>%s</wwn>\n", GIVEN("wwn"));
        g_string_append(xml, wwn);
    }
    if (GIVEN("address") && !append_address(sh, xml, GIVEN("address"), args_flag(args, "multifunction")))
        return NULL;
    g_string_append(xml, "</disk>\n");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

/* Attach what XML describes, or show it. */
static gboolean
attach(Shell *sh, const Args *args, virDomainPtr dom, const char *xml, const char *says, const char *fails)
{
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", xml);
        return TRUE;
    }
    unsigned int flags = attach_flags(args, dom);
    int bad = flags || args_flag(args, "current") ? virDomainAttachDeviceFlags(dom, xml, flags) : virDomainAttachDevice(dom, xml);
    return shell_outcome(sh, bad == 0, says, fails, NULL, NULL);
}

gboolean
run_attach_disk(Shell *sh, const Args *args)
{
    g_autofree char *xml = describe_disk(sh, args);
    g_autoptr(virDomain) dom = xml ? shell_domain(sh, args, NULL) : NULL;
    return dom && attach(sh, args, dom, xml, "Disk attached successfully", "Failed to attach disk");
}

/* "AVERAGE[,PEAK[,BURST[,FLOOR]]]" as the element WAY; FALSE after an error was told. */
static gboolean
append_rate(Shell *sh, const Args *args, GString *xml, const char *way)
{
    const char *text = GIVEN(way);
    if (!text)
        return TRUE;
    g_auto(GStrv) words = g_strsplit(text, ",", 4);
    guint n = g_strv_length(words);
    for (guint i = 0; i < n; i++) {
        if (words[i][strspn(words[i], "0123456789")] || (i == 0 && !*words[i]) || (i == 3 && strcmp(way, "outbound") == 0)) {
            shell_error(sh, "%s format is incorrect", way);
            return FALSE;
        }
    }
#define RATE(i) (n > (i) && *words[i] ? words[i] : NULL)
    LINE(xml, 4, way, {"average", RATE(0)}, {"peak", RATE(1)}, {"burst", RATE(2)}, {"floor", RATE(3)});
#undef RATE
    return TRUE;
}

static char *
describe_interface(Shell *sh, const Args *args)
{
    static const char *const sources[][2] = {{"network", "network"}, {"bridge", "bridge"}, {"direct", "dev"}, {"hostdev", NULL}};
    const char *type = GIVEN("type"), *source = GIVEN("source");
    gsize kind = 0;
    while (kind < G_N_ELEMENTS(sources) && strcmp(sources[kind][0], type) != 0)
        kind++;
    if (kind == G_N_ELEMENTS(sources)) {
        shell_error(sh, "No support for %s in command 'attach-interface'", type);
        return NULL;
    }
    g_autoptr(GString) xml = g_string_new(NULL);
    OPEN(xml, 0, "interface", {"type", type}, {"managed", args_flag(args, "managed") ? "yes" : NULL});
    if (sources[kind][1]) {
        LINE(xml, 2, "source", {sources[kind][1], source}, {"mode", GIVEN("source-mode")});
    } else {
        unsigned int a, b, c, d;
        int end = 0;
        if (sscanf(source, "%x:%x:%x.%x%n", &a, &b, &c, &d, &end) != 4 || source[end]) {
            shell_error(sh, "cannot parse pci address '%s' for network interface", source);
            return NULL;
        }
        g_string_append_printf(xml, "  <source>\n    <address type='pci' domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%d'/>\n"
                               "  </source>\n", a, b, c, d);
    }
    LINE(xml, 2, "target", {"dev", GIVEN("target")});
    LINE(xml, 2, "mac", {"address", GIVEN("mac")});
    LINE(xml, 2, "script", {"path", GIVEN("script")});
    LINE(xml, 2, "model", {"type", GIVEN("model")});
    LINE(xml, 2, "alias", {"name", GIVEN("alias")});
    if (GIVEN("inbound") || GIVEN("outbound")) {
        g_string_append(xml, "  <bandwidth>\n");
        if (!append_rate(sh, args, xml, "inbound") || !append_rate(sh, args, xml, "outbound"))
            return NULL;
        g_string_append(xml, "  </bandwidth>\n");
    }
    g_string_append(xml, "</interface>\n");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

gboolean
run_attach_interface(Shell *sh, const Args *args)
{
    g_autofree char *xml = describe_interface(sh, args);
    g_autoptr(virDomain) dom = xml ? shell_domain(sh, args, NULL) : NULL;
    return dom && attach(sh, args, dom, xml, "Interface attached successfully", "Failed to attach interface");
}

/* The N-th TAG element among the devices, as the document has it. */
static char *
device_text(const char *xml, const char *tag, guint n)
{
    g_autofree char *start = g_strdup_printf("\n    <%s ", tag);
    g_autofree char *end = g_strdup_printf("\n    </%s>", tag);
    const char *at = strstr(xml, "<devices>");
    for (guint i = 0; at; i++) {
        const char *begin = strstr(at, start);
        const char *stop = begin ? strstr(begin, end) : NULL;
        if (!stop)
            return NULL;
        if (i == n)
            return g_strndup(begin + 5, (gsize)(stop + strlen(end) - begin - 5));
        at = stop;
    }
    return NULL;
}

typedef struct {
    const char *tag, *says, *fails;
    gboolean (*is_it)(const Args *args, const Element *device);
} Removal;

static gboolean
is_disk(const Args *args, const Element *device)
{
    const char *wanted = GIVEN("target");
    const Element *source = element_at(device, "source");
    const char *path = element_attr(source, "file") ? element_attr(source, "file") : element_attr(source, "dev");
    return g_strcmp0(element_attr_at(device, "target", "dev"), wanted) == 0 || g_strcmp0(path, wanted) == 0;
}

static gboolean
is_interface(const Args *args, const Element *device)
{
    const char *mac = GIVEN("mac"), *own = element_attr_at(device, "mac", "address");
    return g_strcmp0(element_attr(device, "type"), GIVEN("type")) == 0 && (!mac || (own && g_ascii_strcasecmp(mac, own) == 0));
}

/* Take away the one device of DOM that the options mean. */
static gboolean
detach(Shell *sh, const Args *args, const Removal *removal, const char *missing, const char *several)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int flags = attach_flags(args, dom);
    gboolean config = flags & VIR_DOMAIN_AFFECT_CONFIG && !(flags & VIR_DOMAIN_AFFECT_LIVE);
    g_autofree char *xml = virDomainGetXMLDesc(dom, config ? VIR_DOMAIN_XML_INACTIVE : 0);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *devices = doc ? element_at(doc, "devices") : NULL;
    guint n = 0, found = 0, at = 0;
    for (const Element *e = NULL; (e = element_next(devices, e, removal->tag)); n++) {
        if (!removal->is_it(args, e))
            continue;
        at = n;
        found++;
    }
    if (found != 1) {
        shell_error(sh, "%s", found ? several : missing);
        return FALSE;
    }
    g_autofree char *text = device_text(xml, removal->tag, at);
    if (!text)
        return FALSE;
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", text);
        return TRUE;
    }
    int bad = flags || args_flag(args, "current") ? virDomainDetachDeviceFlags(dom, text, flags) : virDomainDetachDevice(dom, text);
    return shell_outcome(sh, bad == 0, removal->says, removal->fails, NULL, NULL);
}

gboolean
run_detach_disk(Shell *sh, const Args *args)
{
    static const Removal removal = {"disk", "Disk detached successfully", "Failed to detach disk", is_disk};
    g_autofree char *missing = g_strdup_printf("No disk found whose source path or target is %s", GIVEN("target"));
    return detach(sh, args, &removal, missing, missing);
}

gboolean
run_detach_interface(Shell *sh, const Args *args)
{
    static const Removal removal = {"interface", "Interface detached successfully", "Failed to detach interface", is_interface};
    const char *mac = GIVEN("mac");
    g_autofree char *missing = mac ? g_strdup_printf("No interface with MAC address %s was found", mac)
                                   : g_strdup_printf("No interface found whose type is %s", GIVEN("type"));
    g_autofree char *several = mac ? g_strdup_printf("Domain has multiple interfaces matching MAC address %s. You must use detach-device "
                                                     "and specify the device pci address to remove it.", mac)
                                   : g_strdup_printf("Domain has multiple interfaces of type %s; name one by --mac.", GIVEN("type"));
    return detach(sh, args, &removal, missing, several);
}
