/* A guest of Xen's xl (xl.cfg(5)) or of the older xm as a definition. */
#include "model/foreign.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/error.h"
#include "base/uuid.h"

#define FAIL(...) vr_error(VIR_FROM_XEN, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

typedef struct {
    const VrConfig *config;
    GString *xml, *devices;
    VrForeignXen form;
    bool full; /* the machine is emulated whole (HVM) */
} Reader;

static const char *
word(const Reader *reader, const char *key)
{
    const char *text = NULL;

    if (vr_config_string(reader->config, key, &text) < 0)
        vr_error_clear();
    return text;
}

/* A number may stand in quotes.  FALSE: there is none. */
static bool
number(const Reader *reader, const char *key, long long *ret)
{
    const char *text;
    char *end;

    if (vr_config_number(reader->config, key, ret) == 1)
        return true;
    vr_error_clear();
    text = word(reader, key);
    if (!text || !*text)
        return false;
    *ret = g_ascii_strtoll(text, &end, 0);
    return !*end;
}

static bool
is_on(const Reader *reader, const char *key)
{
    long long value = 0;

    return number(reader, key, &value) && value;
}

static const char *const *
list(const Reader *reader, const char *key)
{
    static const char *const none[] = {NULL};
    const char *const *words = none;

    if (vr_config_strings(reader->config, key, &words) < 0)
        vr_error_clear();
    return words;
}

/* What KEY=VALUE says in a list of such WORDS, or NULL. */
static const char *
in_words(char **words, const char *key)
{
    size_t length = strlen(key);

    for (; *words; words++) {
        const char *text = *words + strspn(*words, " ");

        if (g_ascii_strncasecmp(text, key, length) == 0 && text[length] == '=')
            return text + length + 1;
    }
    return NULL;
}

static int
add_general(Reader *reader)
{
    const char *name = word(reader, "name");
    const char *uuid = word(reader, "uuid");
    unsigned char bytes[VR_UUID_SIZE];
    char fresh[VR_UUID_TEXT_SIZE];
    long long memory = 64, most = 0, cpus = 1, most_cpus = 0, mask;

    if (!name)
        return vr_error(VIR_FROM_XEN, VIR_ERR_CONF_SYNTAX, "config value name was missing");
    vr_uuid_generate(bytes);
    vr_uuid_format(bytes, fresh);
    vr_foreign_add(reader->xml, "<name>%s</name><uuid>%s</uuid>", name, uuid ? uuid : fresh);
    number(reader, "memory", &memory);
    if (!number(reader, "maxmem", &most))
        most = memory;
    number(reader, "vcpus", &cpus);
    if (!number(reader, "maxvcpus", &most_cpus) || reader->form == VR_FOREIGN_XM)
        most_cpus = cpus;
    if (reader->form == VR_FOREIGN_XM && number(reader, "vcpu_avail", &mask) && mask > 0)
        for (cpus = 0; mask; mask &= mask - 1)
            cpus++;
    if (memory < 0 || most < 0 || memory > G_MAXINT64 >> 20 || most > G_MAXINT64 >> 20)
        return FAIL("memory size of '%s' is out of range", name);
    vr_foreign_add(reader->xml, "<memory unit='MiB'>%lld</memory><currentMemory unit='MiB'>%lld</currentMemory>", most,
                   memory);
    vr_foreign_add(reader->xml, "<vcpu current='%lld'", cpus);
    if (word(reader, "cpus"))
        vr_foreign_add(reader->xml, " cpuset='%s'", word(reader, "cpus"));
    vr_foreign_add(reader->xml, ">%lld</vcpu>", MAX(most_cpus, cpus));
    return 0;
}

/* "dca": floppy, disk, disc, network, in that sequence. */
static void
add_boot(Reader *reader)
{
    const char *text = word(reader, "boot");

    for (const char *letter = text && *text ? text : "c"; *letter; letter++) {
        const char *device = *letter == 'a' ? "fd" : *letter == 'd' ? "cdrom" : *letter == 'n' ? "network" : "hd";

        if ((size_t)(letter - (text && *text ? text : letter)) < 4)
            vr_foreign_add(reader->xml, "<boot dev='%s'/>", device);
    }
}

static void
add_optional(Reader *reader, const char *element, const char *text)
{
    if (text && *text)
        vr_foreign_add(reader->xml, "<%s>%s</%s>", element, text, element);
}

static void
add_os(Reader *reader)
{
    const char *type = word(reader, "type"), *builder = word(reader, "builder"), *firmware = word(reader, "firmware");
    bool pvh = g_strcmp0(type, "pvh") == 0;
    const char *extra = word(reader, "extra") ? word(reader, "extra") : word(reader, "cmdline");
    g_autofree char *root = word(reader, "root") ? g_strdup_printf("root=%s %s", word(reader, "root"),
                                                                  extra ? extra : "") : g_strdup(extra);

    reader->full = g_strcmp0(type, "hvm") == 0 || g_strcmp0(builder, "hvm") == 0;
    if (!reader->full && word(reader, "bootloader"))
        add_optional(reader, "bootloader", word(reader, "bootloader"));
    if (!reader->full)
        add_optional(reader, "bootloader_args", word(reader, "bootargs"));
    vr_foreign_add(reader->xml, "<os><type arch='x86_64' machine='%s'>%s</type>",
                   reader->full ? "xenfv" : pvh ? "xenpvh" : "xenpv", reader->full ? "hvm" : pvh ? "xenpvh" : "linux");
    if (reader->full && firmware && (strcmp(firmware, "ovmf") == 0 || *firmware == '/'))
        vr_foreign_add(reader->xml, "<loader readonly='yes' type='pflash'>%s</loader>",
                       *firmware == '/' ? firmware : "/usr/lib/xen/boot/ovmf.bin");
    else if (reader->full && word(reader, "kernel") && !g_str_has_suffix(word(reader, "kernel"), "hvmloader"))
        add_optional(reader, "kernel", word(reader, "kernel"));
    else if (reader->full)
        g_string_append(reader->xml, "<loader type='rom'>/usr/lib/xen/boot/hvmloader</loader>");
    else
        add_optional(reader, "kernel", word(reader, "kernel"));
    add_optional(reader, "initrd", word(reader, "ramdisk"));
    add_optional(reader, "cmdline", root ? g_strstrip(root) : NULL);
    if (reader->full)
        add_boot(reader);
    g_string_append(reader->xml, "</os>");
}

static int
add_behaviour(Reader *reader)
{
    static const char *const events[] = {"on_poweroff", "on_reboot", "on_crash"};
    static const char *const usual[] = {"destroy", "restart", "restart"};
    static const char *const features[] = {"acpi", "apic", "pae"};
    long long offset = 0, value;

    g_string_append(reader->xml, "<features>");
    for (size_t i = 0; reader->full && i < G_N_ELEMENTS(features); i++) {
        if (is_on(reader, features[i]))
            vr_foreign_add(reader->xml, "<%s/>", features[i]);
    }
    if (reader->full && number(reader, "hap", &value))
        vr_foreign_add(reader->xml, "<hap state='%s'/>", value ? "on" : "off");
    if (reader->full && is_on(reader, "viridian"))
        g_string_append(reader->xml, "<viridian/>");
    if (is_on(reader, "e820_host"))
        g_string_append(reader->xml, "<xen><e820_host state='on'/></xen>");
    g_string_append(reader->xml, "</features>");
    if (number(reader, "rtc_timeoffset", &offset) && offset)
        vr_foreign_add(reader->xml, "<clock offset='variable' adjustment='%lld' basis='%s'/>", offset,
                       is_on(reader, "localtime") ? "localtime" : "utc");
    else
        vr_foreign_add(reader->xml, "<clock offset='%s' adjustment='reset'/>",
                       is_on(reader, "localtime") ? "localtime" : "utc");
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        const char *action = word(reader, events[i]);

        if (g_strcmp0(action, "preserve") != 0 && action && strcmp(action, "destroy") != 0 &&
            strcmp(action, "restart") != 0 && strcmp(action, "rename-restart") != 0 &&
            !g_str_has_prefix(action, "coredump-"))
            return FAIL("unexpected value %s for %s", action, events[i]);
        vr_foreign_add(reader->xml, "<%s>%s</%s>", events[i], action ? action : usual[i], events[i]);
    }
    return 0;
}

/* What the two forms of a disk's line say. */
typedef struct {
    char *target, *format, *device, *access, *backend;
    bool cdrom;
} Disk;

static void
take(char **field, const char *text, size_t length)
{
    g_free(*field);
    *field = g_strndup(text, length);
}

/* xl: up to four words in sequence, keys, and "target=", that takes the rest. */
static void
read_xl_disk(Disk *disk, const char *text)
{
    char **places[] = {&disk->target, &disk->format, &disk->device, &disk->access};
    const struct {
        const char *key;
        char **field;
    } keys[] = {{"format=", &disk->format}, {"vdev=", &disk->device}, {"access=", &disk->access},
                {"backendtype=", &disk->backend}};
    size_t place = 0;

    while (*text) {
        size_t length;
        bool known = false;

        text += strspn(text, " ");
        length = strcspn(text, ",");
        if (g_str_has_prefix(text, "target=")) {
            take(&disk->target, text + strlen("target="), strlen(text + strlen("target=")));
            return;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            if (g_str_has_prefix(text, keys[i].key)) {
                take(keys[i].field, text + strlen(keys[i].key), length - MIN(length, strlen(keys[i].key)));
                known = true;
            }
        }
        if ((length == 13 && strncmp(text, "devtype=cdrom", 13) == 0) || (length == 5 && strncmp(text, "cdrom", 5) == 0))
            disk->cdrom = known = true;
        if (!known && !memchr(text, '=', length) && place < G_N_ELEMENTS(places))
            take(places[place++], text, length);
        text += length + (text[length] == ',');
    }
}

/* xm, and what xl still reads of it: "BACKEND:SOURCE,DEVICE[:cdrom],ACCESS". */
static bool
read_xm_disk(Disk *disk, const char *text)
{
    static const char *const backends[] = {"phy:", "file:", "tap2:", "tap:"};
    g_auto(GStrv) words = g_strsplit(text, ",", 4);
    const char *source = words[0] ? words[0] : "", *colon;

    if (g_strv_length(words) < 2 || strchr(words[1], '=') || (!strchr(source, ':') && *source))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(backends); i++) {
        if (!g_str_has_prefix(source, backends[i]))
            continue;
        take(&disk->backend, source, strlen(backends[i]) - 1);
        source += strlen(backends[i]);
        break;
    }
    if (disk->backend && g_str_has_prefix(disk->backend, "tap") && (colon = strchr(source, ':'))) {
        take(&disk->format, source, (size_t)(colon - source));
        source = colon + 1;
    }
    take(&disk->target, source, strlen(source));
    colon = strchr(words[1], ':');
    disk->cdrom = g_strcmp0(colon, ":cdrom") == 0;
    take(&disk->device, words[1], colon ? (size_t)(colon - words[1]) : strlen(words[1]));
    take(&disk->access, words[2] ? words[2] : "w", words[2] ? strlen(words[2]) : 1);
    return true;
}

static void
add_disk(Reader *reader, const Disk *disk)
{
    const char *format = disk->format && *disk->format ? disk->format : "raw";
    const char *backend = disk->backend && strcmp(disk->backend, "qdisk") != 0 ? disk->backend : "qemu";
    bool block = strcmp(backend, "phy") == 0;

    if (strcmp(format, "aio") == 0)
        format = "raw";
    else if (strcmp(format, "vhd") == 0)
        format = "vpc";
    vr_foreign_add(reader->devices, "<disk type='%s' device='%s'><driver name='%s' type='%s'/>",
                   block ? "block" : "file", disk->cdrom ? "cdrom" : "disk", backend, format);
    if (disk->target && *disk->target)
        vr_foreign_add(reader->devices, "<source %s='%s'/>", block ? "dev" : "file", disk->target);
    vr_foreign_add(reader->devices, "<target dev='%s' bus='%s'/>", disk->device,
                   g_str_has_prefix(disk->device, "hd") ? "ide" : g_str_has_prefix(disk->device, "sd") ? "scsi" : "xen");
    if (disk->cdrom || (disk->access && (strcmp(disk->access, "r") == 0 || strcmp(disk->access, "ro") == 0)))
        g_string_append(reader->devices, "<readonly/>");
    else if (disk->access && (strcmp(disk->access, "w!") == 0 || strcmp(disk->access, "!") == 0))
        g_string_append(reader->devices, "<shareable/>");
    g_string_append(reader->devices, "</disk>");
}

static int
add_disks(Reader *reader)
{
    for (const char *const *text = list(reader, "disk"); *text; text++) {
        Disk disk = {NULL};
        int result = 0;

        if (!read_xm_disk(&disk, *text) && reader->form == VR_FOREIGN_XL)
            read_xl_disk(&disk, *text);
        if (!disk.device || !*disk.device)
            result = FAIL("Unable to parse disk '%s'", *text);
        else
            add_disk(reader, &disk);
        g_free(disk.target);
        g_free(disk.format);
        g_free(disk.device);
        g_free(disk.access);
        g_free(disk.backend);
        if (result < 0)
            return -1;
    }
    return 0;
}

static void
add_card(Reader *reader, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    const char *mac = in_words(words, "mac"), *bridge = in_words(words, "bridge"), *script = in_words(words, "script");
    const char *model = in_words(words, "model"), *name = in_words(words, "vifname"), *ip = in_words(words, "ip");
    const char *type = in_words(words, "type"), *rate = in_words(words, "rate");
    bool bridged = bridge || g_strcmp0(script, "vif-bridge") == 0;

    vr_foreign_add(reader->devices, "<interface type='%s'>", bridged ? "bridge" : "ethernet");
    if (mac)
        vr_foreign_add(reader->devices, "<mac address='%s'/>", mac);
    if (bridged)
        vr_foreign_add(reader->devices, "<source bridge='%s'/>", bridge ? bridge : "xenbr0");
    if (ip) {
        g_auto(GStrv) addresses = g_strsplit(ip, " ", -1);

        for (char **address = addresses; *address; address++)
            vr_foreign_add(reader->devices, "<ip address='%s'/>", *address);
    }
    if (script)
        vr_foreign_add(reader->devices, "<script path='%s'/>", script);
    if (name)
        vr_foreign_add(reader->devices, "<target dev='%s'/>", name);
    if (model || type)
        vr_foreign_add(reader->devices, "<model type='%s'/>",
                       model ? model : strcmp(type, "netfront") == 0 || strcmp(type, "vif") == 0 ? "netfront" : "rtl8139");
    if (rate)
        vr_foreign_add(reader->devices, "<bandwidth><outbound average='%llu'/></bandwidth>",
                       (unsigned long long)g_ascii_strtoull(rate, NULL, 10));
    g_string_append(reader->devices, "</interface>");
}

static void
add_vnc(Reader *reader, const char *display, bool unused, const char *listen, const char *password, const char *keymap)
{
    long long port = display ? 5900 + (g_ascii_strtoll(display, NULL, 10) & 0xffff) : 5900;

    vr_foreign_add(reader->devices, "<graphics type='vnc' port='%lld' autoport='%s'", unused ? -1 : port,
                   unused ? "yes" : "no");
    if (listen)
        vr_foreign_add(reader->devices, " listen='%s'", listen);
    if (keymap)
        vr_foreign_add(reader->devices, " keymap='%s'", keymap);
    if (password)
        vr_foreign_add(reader->devices, " passwd='%s'", password);
    g_string_append(reader->devices, "/>");
}

/* An emulated machine's screen stands in the file itself, a paravirtual one's in a list. */
static void
add_screens(Reader *reader)
{
    const char *display = word(reader, "vncdisplay");
    g_autofree char *shown = NULL;
    long long value = 0;

    if (!display && number(reader, "vncdisplay", &value))
        display = shown = g_strdup_printf("%lld", value);
    if (is_on(reader, "vnc"))
        add_vnc(reader, display, number(reader, "vncunused", &value) ? value : !display, word(reader, "vnclisten"),
                word(reader, "vncpasswd"), word(reader, "keymap"));
    if (is_on(reader, "sdl"))
        g_string_append(reader->devices, "<graphics type='sdl'/>");
    for (const char *const *text = list(reader, "vfb"); *text && !reader->full; text++) {
        g_auto(GStrv) words = g_strsplit(*text, ",", -1);
        const char *type = in_words(words, "type");
        const char *unused = in_words(words, "vncunused");

        if (g_strcmp0(type, "sdl") == 0 || g_strcmp0(in_words(words, "sdl"), "1") == 0)
            g_string_append(reader->devices, "<graphics type='sdl'/>");
        else
            add_vnc(reader, in_words(words, "vncdisplay"),
                    unused ? strcmp(unused, "0") != 0 : !in_words(words, "vncdisplay"), in_words(words, "vnclisten"),
                    in_words(words, "vncpasswd"), in_words(words, "keymap"));
    }
}

static int
add_pci(Reader *reader, const char *text)
{
    unsigned domain = 0, bus, slot, function;

    if (strlen(text) > 64 || (sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4 &&
                              (domain = 0, sscanf(text, "%x:%x.%x", &bus, &slot, &function)) != 3))
        return FAIL("Unable to parse PCI device '%s'", text);
    g_string_append_printf(reader->devices, "<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0x%x' "
                           "bus='0x%x' slot='0x%x' function='0x%x'/></source></hostdev>", domain, bus, slot, function);
    return 0;
}

/* One serial or parallel line, in the words of the device model. */
static void
add_line(Reader *reader, const char *element, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 3);
    const char *kind = words[0] ? words[0] : "", *rest = words[0] && words[1] ? words[1] : "";

    if (strcmp(kind, "pty") == 0 || strcmp(kind, "null") == 0 || strcmp(kind, "stdio") == 0)
        vr_foreign_add(reader->devices, "<%s type='%s'/>", element, kind);
    else if (*kind == '/' || strcmp(kind, "file") == 0 || strcmp(kind, "pipe") == 0)
        vr_foreign_add(reader->devices, "<%s type='%s'><source path='%s'/></%s>", element, *kind == '/' ? "dev" : kind,
                       *kind == '/' ? text : rest, element);
    else if ((strcmp(kind, "tcp") == 0 || strcmp(kind, "telnet") == 0) && words[1] && words[2])
        vr_foreign_add(reader->devices, "<%s type='tcp'><source mode='%s' host='%s' service='%llu'/>"
                       "<protocol type='%s'/></%s>", element, strstr(words[2], ",server") || strstr(words[2], ",listen") ?
                       "bind" : "connect", rest, (unsigned long long)g_ascii_strtoull(words[2], NULL, 10),
                       strcmp(kind, "tcp") == 0 ? "raw" : "telnet", element);
}

static void
add_input(Reader *reader, const char *kind)
{
    if (strcmp(kind, "tablet") == 0 || strcmp(kind, "mouse") == 0 || strcmp(kind, "keyboard") == 0)
        vr_foreign_add(reader->devices, "<input type='%s' bus='usb'/>", kind);
}

static int
add_devices(Reader *reader)
{
    const char *emulator = word(reader, "device_model_override");

    emulator = emulator ? emulator : word(reader, "device_model");
    if (emulator)
        vr_foreign_add(reader->devices, "<emulator>%s</emulator>", emulator);
    if (add_disks(reader) < 0)
        return -1;
    for (const char *const *text = list(reader, "vif"); *text; text++)
        add_card(reader, *text);
    for (const char *const *text = list(reader, "pci"); *text; text++) {
        if (add_pci(reader, *text) < 0)
            return -1;
    }
    add_screens(reader);
    if (!reader->full)
        g_string_append(reader->devices, "<console type='pty'><target type='xen' port='0'/></console>");
    if (reader->full && word(reader, "serial"))
        add_line(reader, "serial", word(reader, "serial"));
    for (const char *const *text = list(reader, "serial"); *text && reader->full; text++)
        add_line(reader, "serial", *text);
    if (reader->full && word(reader, "parallel"))
        add_line(reader, "parallel", word(reader, "parallel"));
    if (reader->full && is_on(reader, "usb") && word(reader, "usbdevice"))
        add_input(reader, word(reader, "usbdevice"));
    for (const char *const *text = list(reader, "usbdevice"); *text && reader->full; text++)
        add_input(reader, *text);
    return 0;
}

DomainDef *
vr_foreign_from_xen(const char *text, VrForeignXen form)
{
    g_autoptr(VrConfig) config = vr_config_parse(text, "memory conf");
    g_autoptr(GString) xml = g_string_new("<domain type='xen'>");
    g_autoptr(GString) devices = g_string_new(NULL);
    Reader reader = {config, xml, devices, form, false};

    if (!config || add_general(&reader) < 0)
        return NULL;
    add_os(&reader);
    if (add_behaviour(&reader) < 0 || add_devices(&reader) < 0)
        return NULL;
    g_string_append_printf(xml, "<devices>%s</devices></domain>", devices->str);
    return vr_foreign_parse(xml->str, 0);
}
