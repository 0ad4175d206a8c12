/* A definition as a VMware guest's .vmx file. */
#include "model/foreign.h"

#include <string.h>

#include "base/error.h"

#define UNSUPPORTED(...) vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, __VA_ARGS__)
#define FAIL(...) vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

static int say(GString *out, const char *value, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A line whose name is FORMAT; nothing when VALUE is NULL. */
static int
say(GString *out, const char *value, const char *format, ...)
{
    g_autofree char *name = NULL;
    va_list args;

    va_start(args, format);
    name = g_strdup_vprintf(format, args);
    va_end(args);
    return vr_foreign_say(out, name, value);
}

/* Quotes and bars as "|22" and "|7C". */
static char *
escape(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; text && *text; text++) {
        if (*text == '"' || *text == '|' || (unsigned char)*text < 0x20)
            g_string_append_printf(out, "|%02X", (unsigned char)*text);
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static unsigned long long
number(const VrXmlNode *node, const char *path)
{
    const char *text = vr_foreign_at(node, path);

    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static void
say_number(GString *out, const char *name, unsigned long long value)
{
    g_string_append_printf(out, "%s = \"%llu\"\n", name, value);
}

static int
write_general(GString *out, const VrXmlNode *root)
{
    const char *type = vr_foreign_at(root, "os/type"), *arch = vr_foreign_at(root, "os/type/@arch");
    const char *uuid = vr_foreign_at(root, "uuid"), *note = vr_foreign_at(root, "description");
    g_autofree char *name = escape(vr_foreign_at(root, "name"));
    g_autofree char *description = escape(note);
    unsigned long long most = number(root, "memory"), memory = number(root, "currentMemory");
    unsigned digits = 0;

    if (g_strcmp0(type, "hvm") != 0)
        return UNSUPPORTED("unsupported OS type %s", type ? type : "none");
    if (g_strcmp0(arch, "i686") != 0 && g_strcmp0(arch, "x86_64") != 0)
        return FAIL("Expecting domain XML attribute 'arch' of entry 'os/type' to be 'i686' or 'x86_64'");
    g_string_append(out, ".encoding = \"UTF-8\"\nconfig.version = \"8\"\nvirtualHW.version = \"4\"\n");
    say(out, strcmp(arch, "x86_64") == 0 ? "other-64" : "other", "guestOS");
    g_string_append(out, "uuid.bios = \"");
    for (; *uuid; uuid++) {
        if (*uuid == '-')
            continue;
        g_string_append_c(out, *uuid);
        if (++digits % 2 == 0 && digits < 32)
            g_string_append_c(out, digits == 16 ? '-' : ' ');
    }
    g_string_append(out, "\"\n");
    say(out, name, "displayName");
    say(out, note ? description : NULL, "annotation");
    say_number(out, "memsize", (most + 4095) / 4096 * 4);
    if (memory < most)
        say_number(out, "sched.mem.max", (memory + 1023) / 1024);
    if (number(root, "memtune/min_guarantee"))
        say_number(out, "sched.mem.minsize", (number(root, "memtune/min_guarantee") + 1023) / 1024);
    if (g_strcmp0(vr_foreign_at(root, "os/@firmware"), "efi") == 0)
        say(out, "efi", "firmware");
    return 0;
}

/* "0-1,3" as "0,1,3". */
static void
write_affinity(GString *out, const char *cpus)
{
    VrBitmap *set = cpus ? vr_bitmap_parse(cpus) : NULL;
    g_autoptr(GString) list = g_string_new(NULL);

    for (int at = set ? vr_bitmap_next(set, -1) : -1; at >= 0; at = vr_bitmap_next(set, at))
        g_string_append_printf(list, "%s%d", list->len ? "," : "", at);
    if (list->len)
        say(out, list->str, "sched.cpu.affinity");
    vr_bitmap_free(set);
}

static int
write_processors(GString *out, const VrXmlNode *root)
{
    unsigned long long cpus = number(root, "vcpu"), cores = number(root, "cpu/topology/@cores");

    if (vr_foreign_at(root, "vcpu/@current"))
        return UNSUPPORTED("No support for domain XML entry 'vcpu' attribute 'current'");
    if (cpus % 2 && cpus != 1 && cores < 2)
        return UNSUPPORTED("Expecting domain XML entry 'vcpu' to be 1 or a multiple of 2 but found %llu", cpus);
    say_number(out, "numvcpus", cpus);
    if (cores > 1)
        say_number(out, "cpuid.coresPerSocket", cores);
    if (number(root, "cputune/shares"))
        say_number(out, "sched.cpu.shares", number(root, "cputune/shares"));
    write_affinity(out, vr_foreign_at(root, "vcpu/@cpuset"));
    return 0;
}

static int
write_controllers(GString *out, const VrXmlNode *devices)
{
    for (VrXmlNode *node = vr_xml_child(devices, "controller"); node; node = vr_xml_next(node, "controller")) {
        const char *type = vr_xml_attr(node, "type"), *model = vr_xml_attr(node, "model");
        unsigned long long at = number(node, "@index");

        if (strcmp(type, "scsi") != 0 && strcmp(type, "sata") != 0)
            continue;
        if (at > 3)
            return UNSUPPORTED("%s controller index %llu is out of [0..3] range", type, at);
        if (model && *type == 's' && type[1] == 'c' && strcmp(model, "buslogic") != 0 && strcmp(model, "lsilogic") != 0 &&
            strcmp(model, "lsisas1068") != 0 && strcmp(model, "vmpvscsi") != 0)
            return UNSUPPORTED("unsupported SCSI controller model '%s'", model);
        say(out, "true", "%s%llu.present", type, at);
        say(out, g_strcmp0(model, "vmpvscsi") == 0 ? "pvscsi" : model, "%s%llu.virtualDev", type, at);
    }
    return 0;
}

static int
write_disk(GString *out, const VrXmlNode *disk)
{
    const char *bus = vr_foreign_at(disk, "target/@bus"), *device = vr_xml_attr(disk, "device");
    const char *file = vr_foreign_at(disk, "source/@file"), *host = vr_foreign_at(disk, "source/@dev");
    unsigned long long controller = number(disk, "address/@controller") + number(disk, "address/@bus");
    unsigned long long unit = number(disk, "address/@unit");
    bool cdrom = g_strcmp0(device, "cdrom") == 0, floppy = g_strcmp0(device, "floppy") == 0;
    g_autofree char *prefix = floppy ? g_strdup_printf("floppy%llu", unit) : g_strdup_printf("%s%llu:%llu", bus, controller,
                                                                                           unit);

    if (g_strcmp0(bus, "scsi") != 0 && g_strcmp0(bus, "ide") != 0 && g_strcmp0(bus, "sata") != 0 && !floppy)
        return UNSUPPORTED("Unsupported bus type '%s' for device type '%s'", bus ? bus : "none", device);
    if (vr_foreign_node(disk, "source") && !file && !host)
        return UNSUPPORTED("unsupported disk type '%s'", vr_xml_attr(disk, "type"));
    if (!cdrom && !floppy && !file)
        return UNSUPPORTED("%s has unsupported type '%s', expecting 'file'", device, vr_xml_attr(disk, "type"));
    say(out, "true", "%s.present", prefix);
    if (floppy)
        say(out, host ? "device" : "file", "%s.fileType", prefix);
    else
        say(out, cdrom ? host ? "atapi-cdrom" : "cdrom-image" : strcmp(bus, "scsi") == 0 ? "scsi-hardDisk" :
            strcmp(bus, "sata") == 0 ? "sata-hardDisk" : "ata-hardDisk", "%s.deviceType", prefix);
    if (g_strcmp0(vr_foreign_at(disk, "driver/@cache"), "writethrough") == 0)
        say(out, "true", "%s.writeThrough", prefix);
    return say(out, file ? file : host ? host : "emptyBackingString", "%s.fileName", prefix);
}

static int
write_card(GString *out, const VrXmlNode *card, unsigned at)
{
    const char *type = vr_xml_attr(card, "type"), *mac = vr_foreign_at(card, "mac/@address");
    const char *vnet = vr_foreign_at(card, "target/@dev");
    bool bridge = strcmp(type, "bridge") == 0, network = strcmp(type, "network") == 0;
    bool fixed = g_strcmp0(vr_foreign_at(card, "mac/@type"), "static") == 0;

    if (at > 9)
        return UNSUPPORTED("more than ten network interfaces");
    if (!bridge && !network && strcmp(type, "user") != 0)
        return UNSUPPORTED("Unsupported net type '%s'", type);
    say(out, "true", "ethernet%u.present", at);
    say(out, network ? "hostonly" : !bridge ? "nat" : vnet ? "custom" : "bridged", "ethernet%u.connectionType", at);
    if (say(out, vr_foreign_at(card, bridge ? "source/@bridge" : "source/@network"), "ethernet%u.networkName", at) < 0 ||
        say(out, bridge ? vnet : NULL, "ethernet%u.vnet", at) < 0 ||
        say(out, vr_foreign_at(card, "model/@type"), "ethernet%u.virtualDev", at) < 0)
        return -1;
    say(out, fixed ? "static" : "generated", "ethernet%u.addressType", at);
    say(out, mac, fixed ? "ethernet%u.address" : "ethernet%u.generatedAddress", at);
    if (!fixed)
        say(out, "0", "ethernet%u.generatedAddressOffset", at);
    return 0;
}

static int
write_port(GString *out, const VrXmlNode *port, const char *element, unsigned at)
{
    const char *type = vr_xml_attr(port, "type"), *path = vr_foreign_at(port, "source/@path");
    const char *host = vr_foreign_at(port, "source/@host"), *service = vr_foreign_at(port, "source/@service");
    bool telnet = g_strcmp0(vr_foreign_at(port, "protocol/@type"), "telnet") == 0;
    g_autofree char *uri = NULL;

    if (strcmp(type, "tcp") == 0 && host && service)
        path = uri = g_strdup_printf("%s://%s:%s", telnet ? "telnet" : "tcp", host, service);
    else if ((strcmp(type, "dev") != 0 && strcmp(type, "file") != 0 && strcmp(type, "pipe") != 0) || !path)
        return UNSUPPORTED("unsupported chardev '%s'", type);
    say(out, "true", "%s%u.present", element, at);
    say(out, uri ? "network" : strcmp(type, "dev") == 0 ? "device" : type, "%s%u.fileType", element, at);
    if (uri)
        say(out, g_strcmp0(vr_foreign_at(port, "source/@mode"), "bind") == 0 ? "server" : "client",
            "%s%u.network.endPoint", element, at);
    return say(out, path, "%s%u.fileName", element, at);
}

static int
write_screens(GString *out, const VrXmlNode *devices)
{
    const VrXmlNode *screen = vr_xml_child(devices, "graphics");
    const char *port = screen ? vr_xml_attr(screen, "port") : NULL;

    if (!screen)
        return 0;
    if (strcmp(vr_xml_attr(screen, "type"), "vnc") != 0)
        return UNSUPPORTED("Unsupported graphics type '%s'", vr_xml_attr(screen, "type"));
    say(out, "true", "RemoteDisplay.vnc.enabled");
    say(out, port && strcmp(port, "-1") != 0 ? port : NULL, "RemoteDisplay.vnc.port");
    return say(out, vr_xml_attr(screen, "listen"), "RemoteDisplay.vnc.ip") < 0 ||
           say(out, vr_xml_attr(screen, "keymap"), "RemoteDisplay.vnc.keymap") < 0 ||
           say(out, vr_xml_attr(screen, "passwd"), "RemoteDisplay.vnc.password") < 0 ? -1 : 0;
}

static int
write_devices(GString *out, const VrXmlNode *devices)
{
    static const char *const kinds[] = {"disk", "interface", "serial", "parallel"};

    if (write_screens(out, devices) < 0 || write_controllers(out, devices) < 0)
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        unsigned at = 0;

        for (VrXmlNode *node = vr_xml_child(devices, kinds[i]); node; node = vr_xml_next(node, kinds[i]), at++) {
            if ((i == 0 ? write_disk(out, node) : i == 1 ? write_card(out, node, at) :
                 write_port(out, node, kinds[i], at)) < 0)
                return -1;
        }
    }
    if (number(devices, "video/model/@vram"))
        say_number(out, "svga.vramSize", number(devices, "video/model/@vram") * 1024);
    return 0;
}

char *
vr_foreign_to_vmx(const DomainDef *def)
{
    g_autoptr(VrXmlTree) tree = vr_foreign_tree(def);
    const VrXmlNode *root = tree ? vr_xml_root(tree) : NULL;
    const VrXmlNode *devices = root ? vr_xml_child(root, "devices") : NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!root || write_general(out, root) < 0 || write_processors(out, root) < 0 ||
        (devices && write_devices(out, devices) < 0))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}
