/* A VMware guest's .vmx file as a definition.  Names are of either case; values stand in quotes. */
#include "model/foreign.h"

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"

#define FAIL(...) vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

typedef struct {
    const VrForeignLines *lines;
    GString *xml, *devices;
} Reader;

/* The value of PREFIX + NAME. */
static const char *
value(const Reader *reader, const char *prefix, const char *name)
{
    g_autofree char *key = g_strconcat(prefix, name, NULL);

    return vr_foreign_value(reader->lines, key);
}

static bool
is_true(const Reader *reader, const char *prefix, const char *name)
{
    const char *text = value(reader, prefix, name);

    return text && g_ascii_strcasecmp(text, "true") == 0;
}

static bool
is_word(const char *text, const char *word)
{
    return text && g_ascii_strcasecmp(text, word) == 0;
}

static int
read_number(const Reader *reader, const char *name, unsigned long long *ret)
{
    const char *text = vr_foreign_value(reader->lines, name);

    if (!text)
        return 0;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64 >> 20, (guint64 *)ret, NULL))
        return FAIL("Config entry '%s' must represent an integer value", name);
    return 0;
}

/* "|22" is the character 0x22: quotes and bars cannot stand in a value. */
static char *
unescape(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (*text == '|' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(text[1]) << 4 | g_ascii_xdigit_value(text[2])));
            text += 2;
        } else {
            g_string_append_c(out, *text);
        }
    }
    return g_string_free(out, FALSE);
}

/* "56 4d 9b ef ac d9-..." */
static int
add_uuid(Reader *reader)
{
    const char *text = vr_foreign_value(reader->lines, "uuid.bios");
    g_autoptr(GString) digits = g_string_new(NULL);
    unsigned char bytes[VR_UUID_SIZE];
    char plain[VR_UUID_TEXT_SIZE];

    for (const char *p = text ? text : ""; *p; p++) {
        if (*p != ' ' && *p != '-')
            g_string_append_c(digits, *p);
    }
    if (text && !vr_uuid_parse(digits->str, bytes))
        return FAIL("Could not parse UUID from string '%s'", text);
    if (!text)
        vr_uuid_generate(bytes);
    vr_uuid_format(bytes, plain);
    vr_foreign_add(reader->xml, "<uuid>%s</uuid>", plain);
    return 0;
}

static int
add_processors(Reader *reader)
{
    const char *affinity = vr_foreign_value(reader->lines, "sched.cpu.affinity");
    const char *shares = vr_foreign_value(reader->lines, "sched.cpu.shares");
    unsigned long long cpus = 1, cores = 1, weight = 0;

    if (read_number(reader, "numvcpus", &cpus) < 0 || read_number(reader, "cpuid.coresPerSocket", &cores) < 0)
        return -1;
    if (cpus < 1 || cpus > 4096 || (cpus % 2 && cpus != 1 && cores < 1))
        return FAIL("Expecting VMX entry 'numvcpus' to be an unsigned integer (1 or a multiple of 2) but found %llu", cpus);
    if (affinity && !is_word(affinity, "all"))
        vr_foreign_add(reader->xml, "<vcpu cpuset='%s'>%llu</vcpu>", affinity, cpus);
    else
        vr_foreign_add(reader->xml, "<vcpu>%llu</vcpu>", cpus);
    if (cores > 1) {
        if (cpus % cores)
            return FAIL("VMX entry 'numvcpus' value %llu is not a multiple of 'cpuid.coresPerSocket' value %llu", cpus,
                        cores);
        vr_foreign_add(reader->xml, "<cpu><topology sockets='%llu' cores='%llu' threads='1'/></cpu>", cpus / cores, cores);
    }
    if (is_word(shares, "low") || is_word(shares, "normal") || is_word(shares, "high"))
        weight = cpus * (is_word(shares, "low") ? 500 : is_word(shares, "high") ? 2000 : 1000);
    else if (read_number(reader, "sched.cpu.shares", &weight) < 0)
        return -1;
    if (weight)
        vr_foreign_add(reader->xml, "<cputune><shares>%llu</shares></cputune>", weight);
    return 0;
}

static int
add_general(Reader *reader)
{
    const char *name = vr_foreign_value(reader->lines, "displayName");
    const char *note = vr_foreign_value(reader->lines, "annotation");
    const char *system = vr_foreign_value(reader->lines, "guestOS");
    unsigned long long version = 0, hardware = 0, memory = 32, most, least = 0;
    g_autofree char *plain = unescape(name ? name : "");
    g_autofree char *description = unescape(note ? note : "");

    if (read_number(reader, "config.version", &version) < 0 || read_number(reader, "virtualHW.version", &hardware) < 0 ||
        read_number(reader, "memsize", &memory) < 0)
        return -1;
    if (version != 8)
        return FAIL("Expecting VMX entry 'config.version' to be 8 but found %llu", version);
    if (hardware < 4)
        return FAIL("Expecting VMX entry 'virtualHW.version' to be 4 or higher but found %llu", hardware);
    if (memory < 4 || memory % 4)
        return FAIL("Expecting VMX entry 'memsize' to be an unsigned integer (multiple of 4) but found %llu", memory);
    most = memory;
    if (read_number(reader, "sched.mem.max", &most) < 0 || read_number(reader, "sched.mem.minsize", &least) < 0)
        return -1;
    vr_foreign_add(reader->xml, "<name>%s</name>", plain);
    if (note)
        vr_foreign_add(reader->xml, "<description>%s</description>", description);
    vr_foreign_add(reader->xml, "<memory unit='MiB'>%llu</memory><currentMemory unit='MiB'>%llu</currentMemory>", memory,
                   MIN(most, memory));
    if (least)
        vr_foreign_add(reader->xml, "<memtune><min_guarantee unit='MiB'>%llu</min_guarantee></memtune>", least);
    g_string_append(reader->xml, is_word(vr_foreign_value(reader->lines, "firmware"), "efi") ? "<os firmware='efi'>" : "<os>");
    vr_foreign_add(reader->xml, "<type arch='%s'>hvm</type></os>",
                   system && g_str_has_suffix(system, "-64") ? "x86_64" : "i686");
    return add_uuid(reader) < 0 ? -1 : add_processors(reader);
}

/* "sda" for 0, "sdaa" for 26. */
static char *
device_name(const char *prefix, unsigned at)
{
    char letters[4] = "";
    size_t place = sizeof(letters) - 1;

    for (at++; at && place; at = (at - 1) / 26)
        letters[--place] = (char)('a' + (at - 1) % 26);
    return g_strconcat(prefix, letters + place, NULL);
}

typedef struct {
    const char *bus, *prefix;
    unsigned controllers, units;
} Bus;

static int
add_disk(Reader *reader, const Bus *bus, unsigned controller, unsigned unit)
{
    g_autofree char *prefix = g_strdup_printf("%s%u:%u.", bus->bus, controller, unit);
    const char *type = value(reader, prefix, "deviceType"), *file = value(reader, prefix, "fileName");
    bool scsi = strcmp(bus->bus, "scsi") == 0;
    unsigned at = scsi ? controller * 15 + unit - (unit > 7) : controller * bus->units + unit;
    g_autofree char *device = device_name(bus->prefix, at);
    bool cdrom = type && (g_ascii_strncasecmp(type, "cdrom", 5) == 0 || is_word(type, "atapi-cdrom"));
    bool image = !type || !cdrom || is_word(type, "cdrom-image");

    if (!is_true(reader, prefix, "present") || (scsi && unit == 7))
        return 0;
    if (!file)
        return cdrom ? 0 : FAIL("Missing VMX entry '%sfileName'", prefix);
    vr_foreign_add(reader->devices, "<disk type='%s' device='%s'>", image ? "file" : "block", cdrom ? "cdrom" : "disk");
    if (!is_word(file, "auto detect") && !is_word(file, "emptyBackingString"))
        vr_foreign_add(reader->devices, "<source %s='%s'/>", image ? "file" : "dev", file);
    vr_foreign_add(reader->devices, "<target dev='%s' bus='%s'/>", device, bus->bus);
    if (is_word(value(reader, prefix, "writeThrough"), "true") && !cdrom)
        g_string_append(reader->devices, "<driver cache='writethrough'/>");
    vr_foreign_add(reader->devices, "<address type='drive' controller='%u' bus='%u' target='0' unit='%u'/></disk>",
                   strcmp(bus->bus, "ide") == 0 ? 0 : controller, strcmp(bus->bus, "ide") == 0 ? controller : 0, unit);
    return 0;
}

static int
add_disks(Reader *reader)
{
    static const Bus buses[] = {{"scsi", "sd", 4, 16}, {"sata", "sd", 4, 30}, {"ide", "hd", 2, 2}};

    for (size_t b = 0; b < G_N_ELEMENTS(buses); b++) {
        for (unsigned controller = 0; controller < buses[b].controllers; controller++) {
            g_autofree char *prefix = g_strdup_printf("%s%u.", buses[b].bus, controller);
            const char *model = value(reader, prefix, "virtualDev");

            if (b < 2 && !is_true(reader, prefix, "present"))
                continue;
            if (b == 0 && model && !is_word(model, "buslogic") && !is_word(model, "lsilogic") &&
                !is_word(model, "lsisas1068") && !is_word(model, "pvscsi"))
                return FAIL("Expecting VMX entry '%svirtualDev' to be 'buslogic' or 'lsilogic' or 'lsisas1068' or 'pvscsi'"
                            " but found '%s'", prefix, model);
            if (b == 0 && model) {
                g_autofree char *lower = g_ascii_strdown(model, -1);

                vr_foreign_add(reader->devices, "<controller type='scsi' index='%u' model='%s'/>", controller,
                               strcmp(lower, "pvscsi") == 0 ? "vmpvscsi" : lower);
            }
            for (unsigned unit = 0; unit < buses[b].units; unit++) {
                if (add_disk(reader, &buses[b], controller, unit) < 0)
                    return -1;
            }
        }
    }
    return 0;
}

static void
add_floppies(Reader *reader)
{
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *prefix = g_strdup_printf("floppy%u.", i);
        const char *file = value(reader, prefix, "fileName");
        bool device = is_word(value(reader, prefix, "fileType"), "device");

        if (!is_true(reader, prefix, "present") || !file)
            continue;
        vr_foreign_add(reader->devices, "<disk type='%s' device='floppy'><source %s='%s'/><target dev='fd%s' bus='fdc'/></disk>",
                       device ? "block" : "file", device ? "dev" : "file", file, i ? "b" : "a");
    }
}

static int
add_card(Reader *reader, unsigned at)
{
    g_autofree char *prefix = g_strdup_printf("ethernet%u.", at);
    const char *kind = value(reader, prefix, "connectionType"), *mac = value(reader, prefix, "addressType");
    const char *network = value(reader, prefix, "networkName"), *model = value(reader, prefix, "virtualDev");
    bool given = is_word(mac, "static");

    if (!is_true(reader, prefix, "present"))
        return 0;
    mac = value(reader, prefix, given ? "address" : "generatedAddress");
    if (kind && !is_word(kind, "bridged") && !is_word(kind, "custom") && !is_word(kind, "nat") && !is_word(kind, "hostonly"))
        return FAIL("Invalid value '%s' for VMX entry '%sconnectionType'", kind, prefix);
    vr_foreign_add(reader->devices, "<interface type='%s'>",
                   is_word(kind, "nat") ? "user" : is_word(kind, "hostonly") ? "network" : "bridge");
    if (mac)
        vr_foreign_add(reader->devices, "<mac address='%s' type='%s'/>", mac, given ? "static" : "generated");
    if (is_word(kind, "custom"))
        vr_foreign_add(reader->devices, "<target dev='%s'/>", value(reader, prefix, "vnet") ? value(reader, prefix, "vnet") : "");
    if (is_word(kind, "hostonly"))
        vr_foreign_add(reader->devices, "<source network='%s'/>", network ? network : "default");
    else if (!is_word(kind, "nat"))
        vr_foreign_add(reader->devices, "<source bridge='%s'/>", network ? network : "");
    if (model) {
        g_autofree char *lower = g_ascii_strdown(model, -1);

        vr_foreign_add(reader->devices, "<model type='%s'/>", lower);
    }
    g_string_append(reader->devices, "</interface>");
    return 0;
}

/* A serial or parallel port; NETWORK ones are named by a URI. */
static void
add_port(Reader *reader, const char *element, unsigned at)
{
    g_autofree char *prefix = g_strdup_printf("%s%u.", element, at);
    const char *kind = value(reader, prefix, "fileType"), *file = value(reader, prefix, "fileName");
    bool server = !is_word(value(reader, prefix, "network.endPoint"), "client");

    if (!is_true(reader, prefix, "present") || !file)
        return;
    if (is_word(kind, "network")) {
        g_autoptr(GUri) uri = g_uri_parse(file, G_URI_FLAGS_NONE, NULL);

        if (uri && g_uri_get_host(uri) && g_uri_get_port(uri) >= 0)
            vr_foreign_add(reader->devices, "<%s type='tcp'><source mode='%s' host='%s' service='%d'/><protocol type='%s'/>"
                           "<target port='%u'/></%s>", element, server ? "bind" : "connect", g_uri_get_host(uri),
                           g_uri_get_port(uri), strcmp(g_uri_get_scheme(uri), "tcp") == 0 ? "raw" : "telnet", at, element);
        return;
    }
    vr_foreign_add(reader->devices, "<%s type='%s'><source path='%s'/><target port='%u'/></%s>", element,
                   is_word(kind, "device") ? "dev" : is_word(kind, "pipe") ? "pipe" : "file", file, at, element);
}

static int
add_screen(Reader *reader)
{
    unsigned long long port = 0, vram = 4096 * 1024;

    if (read_number(reader, "RemoteDisplay.vnc.port", &port) < 0 || read_number(reader, "svga.vramSize", &vram) < 0)
        return -1;
    if (is_true(reader, "RemoteDisplay.vnc.", "enabled")) {
        static const struct {
            const char *name, *attribute;
        } words[] = {{"ip", "listen"}, {"keymap", "keymap"}, {"password", "passwd"}};

        if (port > 65535)
            return FAIL("VNC port %llu is out of range", port);
        vr_foreign_add(reader->devices, "<graphics type='vnc' port='%lld' autoport='%s'", port ? (long long)port : -1LL,
                       port ? "no" : "yes");
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
            const char *text = value(reader, "RemoteDisplay.vnc.", words[i].name);

            if (text)
                vr_foreign_add(reader->devices, " %s='%s'", words[i].attribute, text);
        }
        g_string_append(reader->devices, "/>");
    }
    vr_foreign_add(reader->devices, "<video><model type='vmvga' vram='%llu'/></video>", (vram + 1023) / 1024);
    return 0;
}

DomainDef *
vr_foreign_from_vmx(const char *text)
{
    g_autoptr(VrForeignLines) lines = vr_foreign_lines(text, VR_FOREIGN_QUOTED, true);
    g_autoptr(GString) xml = g_string_new("<domain type='vmware'><clock offset='utc'/>");
    g_autoptr(GString) devices = g_string_new(NULL);
    Reader reader = {lines, xml, devices};

    if (!lines || add_general(&reader) < 0 || add_disks(&reader) < 0)
        return NULL;
    add_floppies(&reader);
    for (unsigned i = 0; i < 10; i++) {
        if (add_card(&reader, i) < 0)
            return NULL;
    }
    if (add_screen(&reader) < 0)
        return NULL;
    for (unsigned i = 0; i < 4; i++)
        add_port(&reader, "serial", i);
    for (unsigned i = 0; i < 3; i++)
        add_port(&reader, "parallel", i);
    g_string_append_printf(xml, "<devices>%s</devices></domain>", devices->str);
    return vr_foreign_parse(xml->str, 0);
}
