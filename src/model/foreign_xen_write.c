/* A definition in the form of Xen's xl (xl.cfg(5)) or of the older xm. */
#include "model/foreign.h"

#include <string.h>

#include "base/error.h"

#define UNSUPPORTED(...) vr_error(VIR_FROM_XEN, VIR_ERR_CONFIG_UNSUPPORTED, __VA_ARGS__)

typedef struct {
    const DomainDef *def;
    const VrXmlNode *root, *devices;
    GString *out;
    VrForeignXen form;
    bool full;
} Writer;

static int
say(Writer *writer, const char *name, const char *value)
{
    return vr_foreign_say(writer->out, name, value);
}

static void
say_number(Writer *writer, const char *name, long long value)
{
    g_string_append_printf(writer->out, "%s = %lld\n", name, value);
}

static int
write_general(Writer *writer)
{
    const VrXmlNode *root = writer->root;
    unsigned long long memory = g_ascii_strtoull(vr_foreign_at(root, "memory"), NULL, 10);
    const char *current = vr_foreign_at(root, "currentMemory");
    const char *cpus = vr_foreign_at(root, "vcpu"), *online = vr_foreign_at(root, "vcpu/@current");

    if (say(writer, "name", vr_foreign_at(root, "name")) < 0)
        return -1;
    say(writer, "uuid", vr_foreign_at(root, "uuid"));
    say_number(writer, "maxmem", (long long)((memory + 1023) / 1024));
    say_number(writer, "memory",
               (long long)(((current ? g_ascii_strtoull(current, NULL, 10) : memory) + 1023) / 1024));
    say_number(writer, "vcpus", g_ascii_strtoll(online && writer->form == VR_FOREIGN_XL ? online : cpus, NULL, 10));
    if (online && writer->form == VR_FOREIGN_XL)
        say_number(writer, "maxvcpus", g_ascii_strtoll(cpus, NULL, 10));
    else if (online && g_ascii_strtoull(online, NULL, 10) < 63) /* a bit for each that runs */
        say_number(writer, "vcpu_avail", (long long)((1ULL << g_ascii_strtoull(online, NULL, 10)) - 1));
    return say(writer, "cpus", vr_foreign_at(root, "vcpu/@cpuset"));
}

static void
write_boot(Writer *writer)
{
    g_autoptr(GString) letters = g_string_new(NULL);

    for (VrXmlNode *boot = vr_foreign_node(writer->root, "os/boot"); boot; boot = vr_xml_next(boot, "boot")) {
        const char *device = vr_xml_attr(boot, "dev");

        g_string_append_c(letters, strcmp(device, "fd") == 0 ? 'a' : strcmp(device, "cdrom") == 0 ? 'd' :
                                   strcmp(device, "network") == 0 ? 'n' : 'c');
    }
    say(writer, "boot", letters->len ? letters->str : "c");
}

static int
write_os(Writer *writer)
{
    const VrXmlNode *root = writer->root;
    const char *type = vr_foreign_at(root, "os/type"), *loader = vr_foreign_at(root, "os/loader");
    const char *kernel = vr_foreign_at(root, "os/kernel"), *loader_type = vr_foreign_at(root, "os/loader/@type");

    writer->full = strcmp(type, "hvm") == 0;
    if (!writer->full && strcmp(type, "linux") != 0 && strcmp(type, "xen") != 0 && strcmp(type, "xenpvh") != 0)
        return UNSUPPORTED("unsupported OS type %s", type);
    if (writer->full)
        say(writer, writer->form == VR_FOREIGN_XL ? "type" : "builder", "hvm");
    else if (writer->form == VR_FOREIGN_XL)
        say(writer, "type", strcmp(type, "xenpvh") == 0 ? "pvh" : "pv");
    if (writer->full && g_strcmp0(loader_type, "pflash") == 0 && writer->form == VR_FOREIGN_XL) {
        if (say(writer, "firmware", loader) < 0)
            return -1;
    } else if (say(writer, "kernel", kernel || !writer->full ? kernel : loader) < 0) {
        return -1;
    }
    if (say(writer, "ramdisk", vr_foreign_at(root, "os/initrd")) < 0 ||
        say(writer, "extra", vr_foreign_at(root, "os/cmdline")) < 0 ||
        say(writer, "bootloader", vr_foreign_at(root, "bootloader")) < 0 ||
        say(writer, "bootargs", vr_foreign_at(root, "bootloader_args")) < 0)
        return -1;
    if (writer->full)
        write_boot(writer);
    return 0;
}

static void
write_behaviour(Writer *writer)
{
    static const char *const features[] = {"pae", "acpi", "apic", "viridian"};
    static const char *const events[] = {"on_poweroff", "on_reboot", "on_crash"};
    const VrXmlNode *root = writer->root;
    const char *offset = vr_foreign_at(root, "clock/@offset"), *basis = vr_foreign_at(root, "clock/@basis");
    const char *seconds = vr_foreign_at(root, "clock/@adjustment"), *hap = vr_foreign_at(root, "features/hap/@state");

    for (size_t i = 0; writer->full && i < G_N_ELEMENTS(features); i++) {
        g_autofree char *path = g_strdup_printf("features/%s", features[i]);

        say_number(writer, features[i], vr_foreign_node(root, path) != NULL);
    }
    if (writer->full && vr_foreign_node(root, "features/hap"))
        say_number(writer, "hap", g_strcmp0(hap, "off") != 0);
    if (g_strcmp0(vr_foreign_at(root, "features/xen/e820_host/@state"), "on") == 0 && writer->form == VR_FOREIGN_XL)
        say_number(writer, "e820_host", 1);
    if (g_strcmp0(offset, "variable") == 0 && seconds)
        say_number(writer, "rtc_timeoffset", g_ascii_strtoll(seconds, NULL, 10));
    say_number(writer, "localtime", g_strcmp0(offset, "localtime") == 0 || g_strcmp0(basis, "localtime") == 0);
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
        say(writer, events[i], vr_foreign_at(root, events[i]));
}

/* One item of a list; -1 when it cannot stand in quotes. */
static int
add_item(GString *list, const char *item)
{
    if (strpbrk(item, "\"\n\r"))
        return UNSUPPORTED("'%s' cannot be written: it holds a quote or a line end", item);
    g_string_append_printf(list, "%s\"%s\"", list->len ? ", " : "", item);
    return 0;
}

static void
say_list(Writer *writer, const char *name, const GString *list)
{
    if (list->len)
        g_string_append_printf(writer->out, "%s = [ %s ]\n", name, list->str);
}

static int
write_disk(const Writer *writer, const VrXmlNode *disk, GString *list)
{
    const char *source = vr_foreign_at(disk, "source/@file"), *driver = vr_foreign_at(disk, "driver/@name");
    const char *format = vr_foreign_at(disk, "driver/@type"), *device = vr_foreign_at(disk, "target/@dev");
    const char *access = vr_foreign_node(disk, "readonly") ? "r" : vr_foreign_node(disk, "shareable") ? "w!" : "w";
    bool cdrom = g_strcmp0(vr_xml_attr(disk, "device"), "cdrom") == 0, qemu;
    g_autoptr(GString) item = g_string_new(NULL);

    source = source ? source : vr_foreign_at(disk, "source/@dev");
    if (vr_foreign_node(disk, "source") && !source)
        return UNSUPPORTED("unsupported disk type %s", vr_xml_attr(disk, "type"));
    driver = driver ? driver : strcmp(vr_xml_attr(disk, "type"), "block") == 0 ? "phy" : "qemu";
    qemu = strcmp(driver, "qemu") == 0;
    format = !format ? "raw" : strcmp(format, "vpc") == 0 ? "vhd" : format;
    if (source && strchr(source, ',') && writer->form == VR_FOREIGN_XM)
        return UNSUPPORTED("'%s' cannot be written: it holds a comma", source);
    if (writer->form == VR_FOREIGN_XM)
        g_string_printf(item, "%s%s%s%s,%s%s,%s", qemu || !source ? source ? "file" : "" : driver, source ? ":" : "",
                        g_str_has_prefix(driver, "tap") ? strcmp(format, "raw") == 0 ? "aio:" : "qcow2:" : "",
                        source ? source : "", device, cdrom ? ":cdrom" : "", access);
    else
        g_string_printf(item, "format=%s,vdev=%s,access=%s%s%s%s%s%s", format, device,
                        *access == 'r' ? "ro" : access[1] ? "!" : "rw", cdrom ? ",devtype=cdrom" : "",
                        ",backendtype=", qemu ? "qdisk" : g_str_has_prefix(driver, "tap") ? "tap" : driver,
                        source ? ",target=" : "", source ? source : "");
    return add_item(list, item->str);
}

static void
add_key(GString *item, const char *key, const char *value)
{
    if (value)
        g_string_append_printf(item, "%s%s=%s", item->len ? "," : "", key, value);
}

static int
write_card(const VrXmlNode *card, GString *list)
{
    g_autoptr(GString) item = g_string_new(NULL);
    g_autoptr(GString) addresses = g_string_new(NULL);
    const char *model = vr_foreign_at(card, "model/@type"), *type = vr_xml_attr(card, "type");
    const char *rate = vr_foreign_at(card, "bandwidth/outbound/@average");

    if (strcmp(type, "bridge") != 0 && strcmp(type, "ethernet") != 0 && strcmp(type, "network") != 0)
        return UNSUPPORTED("unsupported interface type %s", type);
    for (VrXmlNode *ip = vr_xml_child(card, "ip"); ip; ip = vr_xml_next(ip, "ip"))
        g_string_append_printf(addresses, "%s%s", addresses->len ? " " : "", vr_xml_attr(ip, "address"));
    add_key(item, "mac", vr_foreign_at(card, "mac/@address"));
    add_key(item, "bridge", vr_foreign_at(card, "source/@bridge"));
    add_key(item, "ip", addresses->len ? addresses->str : NULL);
    add_key(item, "script", vr_foreign_at(card, "script/@path"));
    add_key(item, "vifname", vr_foreign_at(card, "target/@dev"));
    if (g_strcmp0(model, "netfront") == 0)
        add_key(item, "type", "vif");
    else
        add_key(item, "model", model);
    if (rate)
        g_string_append_printf(item, ",rate=%sKB/s", rate);
    return add_item(list, item->str);
}

static int
write_pci(const VrXmlNode *hostdev, GString *list)
{
    const VrXmlNode *address = vr_foreign_node(hostdev, "source/address");
    static const char *const parts[] = {"domain", "bus", "slot", "function"};
    unsigned long long values[4] = {0};
    g_autofree char *item = NULL;

    if (strcmp(vr_xml_attr(hostdev, "type"), "pci") != 0 || !address)
        return UNSUPPORTED("unsupported host device type %s", vr_xml_attr(hostdev, "type"));
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        const char *text = vr_xml_attr(address, parts[i]);

        values[i] = text ? g_ascii_strtoull(text, NULL, 0) : 0;
    }
    item = g_strdup_printf("%04llx:%02llx:%02llx.%llx", values[0], values[1], values[2], values[3]);
    return add_item(list, item);
}

/* An emulated machine's screen stands in the file itself, a paravirtual one's in a list. */
static int
write_screen(Writer *writer, const VrXmlNode *screen, GString *list)
{
    const char *type = vr_xml_attr(screen, "type"), *port = vr_xml_attr(screen, "port");
    bool unused = !port || strcmp(port, "-1") == 0;
    g_autofree char *display = unused ? NULL : g_strdup_printf("%lld", (long long)g_ascii_strtoll(port, NULL, 10) - 5900);
    const char *listen = vr_xml_attr(screen, "listen"), *password = vr_xml_attr(screen, "passwd");
    g_autoptr(GString) item = g_string_new(NULL);

    if (strcmp(type, "vnc") != 0 && strcmp(type, "sdl") != 0)
        return UNSUPPORTED("unsupported graphics type %s", type);
    if (writer->full && *type == 's') {
        say_number(writer, "sdl", 1);
    } else if (writer->full) {
        say_number(writer, "vnc", 1);
        say_number(writer, "vncunused", unused);
        if (say(writer, "vncdisplay", display) < 0 || say(writer, "vnclisten", listen) < 0 ||
            say(writer, "vncpasswd", password) < 0 || say(writer, "keymap", vr_xml_attr(screen, "keymap")) < 0)
            return -1;
    } else {
        add_key(item, "type", type);
        if (*type == 'v') {
            add_key(item, "vncunused", unused ? "1" : "0");
            add_key(item, "vncdisplay", display);
            add_key(item, "vnclisten", listen);
            add_key(item, "vncpasswd", password);
            add_key(item, "keymap", vr_xml_attr(screen, "keymap"));
        }
        return add_item(list, item->str);
    }
    return 0;
}

static int
write_line(Writer *writer, const VrXmlNode *line, GString *list)
{
    const char *type = vr_xml_attr(line, "type"), *path = vr_foreign_at(line, "source/@path");
    const char *host = vr_foreign_at(line, "source/@host"), *service = vr_foreign_at(line, "source/@service");
    bool bind = g_strcmp0(vr_foreign_at(line, "source/@mode"), "bind") == 0;
    bool telnet = g_strcmp0(vr_foreign_at(line, "protocol/@type"), "telnet") == 0;
    g_autofree char *item = NULL;

    if (strcmp(type, "pty") == 0 || strcmp(type, "null") == 0 || strcmp(type, "stdio") == 0)
        item = g_strdup(type);
    else if (strcmp(type, "dev") == 0 && path)
        item = g_strdup(path);
    else if ((strcmp(type, "file") == 0 || strcmp(type, "pipe") == 0) && path)
        item = g_strdup_printf("%s:%s", type, path);
    else if (strcmp(type, "tcp") == 0 && host && service)
        item = g_strdup_printf("%s:%s:%s%s", telnet ? "telnet" : "tcp", host, service, bind ? ",server,nowait" : "");
    else
        return UNSUPPORTED("unsupported chardev '%s'", type);
    return add_item(list, item);
}

static int
write_each(Writer *writer, const char *element, const char *name)
{
    g_autoptr(GString) list = g_string_new(NULL);
    VrXmlNode *node = vr_xml_child(writer->devices, element);

    for (; node; node = vr_xml_next(node, element)) {
        int result = strcmp(element, "disk") == 0 ? write_disk(writer, node, list) :
                     strcmp(element, "interface") == 0 ? write_card(node, list) :
                     strcmp(element, "hostdev") == 0 ? write_pci(node, list) :
                     strcmp(element, "graphics") == 0 ? write_screen(writer, node, list) :
                     write_line(writer, node, list);

        if (result < 0)
            return -1;
    }
    if (list->len && *element == 'p' && strstr(list->str, "\", \""))
        return UNSUPPORTED("more than one parallel port");
    if (list->len && (*element == 'p' || (*element == 's' && !strstr(list->str, "\", \"")))) /* one stands alone */
        g_string_append_printf(writer->out, "%s = %s\n", name, list->str);
    else
        say_list(writer, name, list);
    return 0;
}

static int
write_devices(Writer *writer)
{
    if (say(writer, writer->form == VR_FOREIGN_XL ? "device_model_override" : "device_model", vr_foreign_at(writer->devices, "emulator")) < 0 ||
        write_each(writer, "graphics", "vfb") < 0 || write_each(writer, "interface", "vif") < 0 ||
        write_each(writer, "hostdev", "pci") < 0)
        return -1;
    if (writer->full && (write_each(writer, "serial", "serial") < 0 || write_each(writer, "parallel", "parallel") < 0))
        return -1;
    for (VrXmlNode *input = vr_xml_child(writer->devices, "input"); input; input = vr_xml_next(input, "input")) {
        if (!writer->full || g_strcmp0(vr_xml_attr(input, "bus"), "usb") != 0)
            continue;
        say_number(writer, "usb", 1);
        say(writer, "usbdevice", vr_xml_attr(input, "type"));
        break;
    }
    return write_each(writer, "disk", "disk");
}

char *
vr_foreign_to_xen(const DomainDef *def, VrForeignXen form)
{
    g_autoptr(VrXmlTree) tree = vr_foreign_tree(def);
    const VrXmlNode *root = tree ? vr_xml_root(tree) : NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    Writer writer = {def, root, root ? vr_xml_child(root, "devices") : NULL, out, form, false};

    if (!root || write_general(&writer) < 0 || write_os(&writer) < 0)
        return NULL;
    write_behaviour(&writer);
    if (writer.devices && write_devices(&writer) < 0)
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}
