/* A container of lxc-tools (lxc.container.conf(5)) as a definition. */
#include "model/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"

#define FAIL(...) vr_error(VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)
#define MAX_TTYS 1024u

/* One network card: its lines come together, or carry its number. */
typedef struct {
    const char *type, *link, *mac, *flag, *macvlan, *vlan, *guest;
    const char *gateway[2]; /* of IPv4 and IPv6 */
    GPtrArray *addresses;   /* of both */
} Card;

typedef struct {
    const VrForeignLines *lines;
    GString *xml, *devices, *hostdevs;
    const char *root;
    bool networked; /* some card is told of, be it one that is none */
} Reader;

static const char *
value(const Reader *reader, const char *name, const char *old_name)
{
    const char *found = vr_foreign_value(reader->lines, name);

    return found || !old_name ? found : vr_foreign_value(reader->lines, old_name);
}

/* "8m" as KiB. */
static int
read_size(const char *text, unsigned long long *ret)
{
    char *end;
    guint64 size = g_ascii_strtoull(text, &end, 10);
    static const char units[] = "kmgtpe";
    const char *unit = *end ? strchr(units, g_ascii_tolower(*end)) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;

    if (*end == '%')
        return FAIL("can't convert relative size: '%s'", text);
    if (end == text || !g_ascii_isdigit(*text) || (*end && (!unit || end[1])) || size > G_MAXUINT64 >> shift)
        return FAIL("failed to convert size: '%s'", text);
    *ret = (size << shift) / 1024;
    return 0;
}

static int
add_memory(Reader *reader)
{
    static const struct {
        const char *name, *element;
    } limits[] = {
        {"lxc.cgroup.memory.limit_in_bytes", "hard_limit"},
        {"lxc.cgroup.memory.soft_limit_in_bytes", "soft_limit"},
        {"lxc.cgroup.memory.memsw.limit_in_bytes", "swap_hard_limit"},
    };
    unsigned long long size, memory = 64 * 1024;

    g_string_append(reader->xml, "<memtune>");
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        const char *text = value(reader, limits[i].name, NULL);

        if (!text)
            continue;
        if (read_size(text, &size) < 0)
            return -1;
        if (i == 0)
            memory = size;
        vr_foreign_add(reader->xml, "<%s unit='KiB'>%llu</%s>", limits[i].element, size, limits[i].element);
    }
    if (!memory)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR,
                        "Memory size must be specified via <memory> or in the <numa> configuration");
    vr_foreign_add(reader->xml, "</memtune><memory unit='KiB'>%llu</memory><currentMemory unit='KiB'>%llu</currentMemory>",
                   memory, memory);
    return 0;
}

static int
check_number(const char *text, bool sign)
{
    const char *digits = text + (sign && *text == '-');

    if (!*digits || digits[strspn(digits, "0123456789")] || strlen(digits) > 18)
        return FAIL("failed to parse integer: '%s'", text);
    return 0;
}

/* A negative number counts from the largest down, as in the original. */
static void
add_wrapped(GString *out, const char *element, const char *text, bool sign)
{
    if (*text == '-' && !sign)
        vr_foreign_add(out, "<%s>%llu</%s>", element, -(unsigned long long)g_ascii_strtoull(text + 1, NULL, 10), element);
    else
        vr_foreign_add(out, "<%s>%s</%s>", element, text, element);
}

static int
add_cpu(Reader *reader)
{
    static const struct {
        const char *name, *element;
    } words[] = {
        {"lxc.cgroup.cpu.shares", "shares"},
        {"lxc.cgroup.cpu.cfs_period_us", "period"},
        {"lxc.cgroup.cpu.cfs_quota_us", "quota"},
    };
    const char *cpus = value(reader, "lxc.cgroup.cpuset.cpus", NULL);
    const char *nodes = value(reader, "lxc.cgroup.cpuset.mems", NULL);

    if (cpus)
        vr_foreign_add(reader->xml, "<vcpu placement='static' cpuset='%s'>1</vcpu>", cpus);
    else
        g_string_append(reader->xml, "<vcpu placement='static'>1</vcpu>");
    if (nodes)
        vr_foreign_add(reader->xml, "<numatune><memory mode='strict' nodeset='%s'/></numatune>", nodes);
    g_string_append(reader->xml, "<cputune>");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *text = value(reader, words[i].name, NULL);

        if (text && check_number(text, true) < 0)
            return -1;
        if (text)
            add_wrapped(reader->xml, words[i].element, text, i == 2);
    }
    g_string_append(reader->xml, "</cputune>");
    return 0;
}

static const struct {
    const char *name, *element;
} device_limits[] = {
    {"device_weight", "weight"},
    {"throttle.read_iops_device", "read_iops_sec"},
    {"throttle.write_iops_device", "write_iops_sec"},
    {"throttle.read_bps_device", "read_bytes_sec"},
    {"throttle.write_bps_device", "write_bytes_sec"},
};

/* "8:16 1000" under NAME: the limit of one disk, added to what is known of it (DISKS, in their SEQUENCE). */
static int
add_device_limit(const VrForeignLine *line, GHashTable *disks, GPtrArray *sequence)
{
    const char *name = line->name + strlen("lxc.cgroup.blkio.");
    g_auto(GStrv) words = g_strsplit_set(line->value, " \t", 3);
    GString *disk;

    for (size_t i = 0; i < G_N_ELEMENTS(device_limits); i++) {
        if (strcmp(name, device_limits[i].name) != 0)
            continue;
        if (g_strv_length(words) != 2)
            return FAIL("invalid %s value: '%s'", line->name, line->value);
        if (check_number(words[1], false) < 0)
            return -1;
        disk = g_hash_table_lookup(disks, words[0]);
        if (!disk) {
            disk = g_string_new(NULL);
            vr_foreign_add(disk, "<device><path>/dev/block/%s</path>", words[0]);
            g_hash_table_insert(disks, g_strdup(words[0]), disk);
            g_ptr_array_add(sequence, disk);
        }
        vr_foreign_add(disk, "<%s>%s</%s>", device_limits[i].element, words[1], device_limits[i].element);
    }
    return 0;
}

static void
free_string(void *data)
{
    g_string_free(data, TRUE);
}

static int
add_blkio(Reader *reader)
{
    g_autoptr(GHashTable) disks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_string);
    g_autoptr(GPtrArray) sequence = g_ptr_array_new();
    const char *weight = value(reader, "lxc.cgroup.blkio.weight", NULL);

    if (weight && check_number(weight, false) < 0)
        return -1;
    for (unsigned i = 0; i < reader->lines->len; i++) {
        const VrForeignLine *line = VR_FOREIGN_LINE(reader->lines, i);

        if (g_str_has_prefix(line->name, "lxc.cgroup.blkio.") && add_device_limit(line, disks, sequence) < 0)
            return -1;
    }
    g_string_append(reader->xml, "<blkiotune>");
    if (weight)
        vr_foreign_add(reader->xml, "<weight>%s</weight>", weight);
    for (unsigned i = 0; i < sequence->len; i++)
        g_string_append_printf(reader->xml, "%s</device>", ((GString *)sequence->pdata[i])->str);
    g_string_append(reader->xml, "</blkiotune>");
    return 0;
}

static void
add_filesystem(Reader *reader, const char *source, const char *target, bool readonly)
{
    bool block = g_str_has_prefix(source, "/dev/");

    vr_foreign_add(reader->devices, "<filesystem type='%s' accessmode='passthrough'><source %s='%s'/>",
                   block ? "block" : "mount", block ? "dev" : "dir", source);
    vr_foreign_add(reader->devices, "<target dir='%s'/>", target);
    g_string_append(reader->devices, readonly ? "<readonly/></filesystem>" : "</filesystem>");
}

static bool
has_option(char **options, const char *name)
{
    return g_strv_contains((const char *const *)options, name);
}

/* An fstab line: what, where, type, options. */
static int
add_mount(Reader *reader, const char *text)
{
    g_auto(GStrv) raw = g_strsplit_set(text, " \t", -1);
    const char *words[4] = {"", "", "", ""};
    g_auto(GStrv) options = NULL;
    g_autofree char *target = NULL;
    unsigned n = 0;
    unsigned long long size = 0;
    bool sized = false;

    for (char **word = raw; *word && n < 4; word++) {
        if (**word)
            words[n++] = *word;
    }
    if (n < 4)
        return FAIL("missing fields in the mount entry '%s'", text);
    if (strcmp(words[2], "proc") == 0 || strcmp(words[2], "sysfs") == 0)
        return 0; /* every container has them */
    options = g_strsplit(words[3], ",", -1);
    target = words[1][0] == '/' ? g_strdup(words[1]) : g_strdup_printf("/%s", words[1]);
    if (strcmp(words[2], "tmpfs") != 0) {
        add_filesystem(reader, words[0], target, has_option(options, "ro"));
        return 0;
    }
    for (char **option = options; *option; option++) {
        if (g_str_has_prefix(*option, "size=") && read_size(*option + strlen("size="), &size) < 0)
            return -1;
        sized = sized || g_str_has_prefix(*option, "size=");
    }
    if (!sized)
        return FAIL("missing tmpfs size, set the size option");
    vr_foreign_add(reader->devices, "<filesystem type='ram' accessmode='passthrough'><source usage='%llu' units='KiB'/>"
                   "<target dir='%s'/>", size, target);
    g_string_append(reader->devices, has_option(options, "ro") ? "<readonly/></filesystem>" : "</filesystem>");
    return 0;
}

static int
add_mounts(Reader *reader)
{
    if (value(reader, "lxc.mount.fstab", "lxc.mount"))
        return vr_error(VIR_FROM_LXC, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        "lxc.mount.fstab or lxc.mount found, use lxc.mount.entry lines instead");
    for (unsigned i = 0; i < reader->lines->len; i++) {
        const VrForeignLine *line = VR_FOREIGN_LINE(reader->lines, i);

        if (strcmp(line->name, "lxc.mount.entry") == 0 && add_mount(reader, line->value) < 0)
            return -1;
    }
    return 0;
}

/* How a card's IP addresses and routes are written inside an interface or a host device. */
static int
add_addresses(GString *out, const Card *card)
{
    for (unsigned i = 0; i < card->addresses->len; i++) {
        const char *text = card->addresses->pdata[i];
        const char *slash = strchr(text, '/');
        g_autofree char *address = slash ? g_strndup(text, (size_t)(slash - text)) : NULL;

        if (!slash || check_number(slash + 1, false) < 0) {
            vr_error_clear();
            return vr_error(VIR_FROM_LXC, VIR_ERR_INVALID_ARG, "Invalid CIDR address: '%s'", text);
        }
        vr_foreign_add(out, "<ip address='%s' family='%s' prefix='%s'/>", address,
                       strchr(address, ':') ? "ipv6" : "ipv4", slash + 1);
    }
    for (int six = 0; six < 2; six++) {
        if (card->gateway[six])
            vr_foreign_add(out, "<route family='%s' address='%s' gateway='%s'/>", six ? "ipv6" : "ipv4",
                           six ? "::" : "0.0.0.0", card->gateway[six]);
    }
    return 0;
}

static int
add_host_card(Reader *reader, const Card *card)
{
    const char *vlan = strcmp(card->type, "vlan") == 0 ? card->vlan : NULL;

    if (!card->link)
        return vr_error(VIR_FROM_LXC, VIR_ERR_CONFIG_UNSUPPORTED, "Missing 'link' attribute for NIC");
    vr_foreign_add(reader->hostdevs, "<hostdev mode='capabilities' type='net'><source><interface>%s%s%s</interface></source>",
                   card->link, vlan ? "." : "", vlan ? vlan : "");
    if (add_addresses(reader->hostdevs, card) < 0)
        return -1;
    g_string_append(reader->hostdevs, "</hostdev>");
    return 0;
}

static bool
is_mac(const char *text)
{
    for (int i = 0; i < 17; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
            return false;
    }
    return !text[17];
}

/* A card is complete: put it where its type belongs. */
static int
add_card(Reader *reader, const Card *card)
{
    bool direct = g_strcmp0(card->type, "macvlan") == 0;
    bool bridge = g_strcmp0(card->type, "veth") == 0;

    if (!card->type)
        return 0;
    reader->networked = true;
    if (strcmp(card->type, "none") == 0 || strcmp(card->type, "empty") == 0)
        return 0;
    if (direct && !card->link)
        return FAIL("missing link of a macvlan network card");
    if (strcmp(card->type, "phys") == 0 || strcmp(card->type, "vlan") == 0)
        return add_host_card(reader, card);
    vr_foreign_add(reader->devices, "<interface type='%s'><mac address='%s'/>",
                   direct ? "direct" : bridge ? "bridge" : "user",
                   card->mac && is_mac(card->mac) ? card->mac : "00:00:00:00:00:00");
    if (direct)
        vr_foreign_add(reader->devices, "<source dev='%s' mode='%s'/>", card->link ? card->link : "",
                       g_strcmp0(card->macvlan, "bridge") == 0 || g_strcmp0(card->macvlan, "private") == 0 ?
                       card->macvlan : "vepa");
    else if (bridge)
        vr_foreign_add(reader->devices, "<source bridge='%s'/>", card->link ? card->link : "");
    if (add_addresses(reader->devices, card) < 0)
        return -1;
    if (card->guest)
        vr_foreign_add(reader->devices, "<guest dev='%s'/>", card->guest);
    g_string_append_printf(reader->devices, "<link state='%s'/></interface>",
                           g_strcmp0(card->flag, "up") == 0 ? "up" : "down");
    return 0;
}

/* What follows "lxc.network." or "lxc.net.NUMBER." */
static void
read_card_line(Card *card, const char *name, const char *text)
{
    const struct {
        const char *name;
        const char **field;
    } words[] = {
        {"type", &card->type}, {"link", &card->link}, {"hwaddr", &card->mac}, {"flags", &card->flag},
        {"macvlan.mode", &card->macvlan}, {"vlan.id", &card->vlan}, {"name", &card->guest},
        {"ipv4.gateway", &card->gateway[0]}, {"ipv6.gateway", &card->gateway[1]},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(name, words[i].name) == 0)
            *words[i].field = text;
    }
    if (strcmp(name, "ipv4") == 0 || strcmp(name, "ipv6") == 0 || strcmp(name, "ipv4.address") == 0 ||
        strcmp(name, "ipv6.address") == 0)
        g_ptr_array_add(card->addresses, (char *)text);
}

/* The card that a line speaks of, and the rest of its name; NULL: it speaks of none. */
static const char *
card_of_line(const char *name, char **card)
{
    const char *rest = name;

    *card = NULL;
    if (g_str_has_prefix(name, "lxc.network."))
        return name + strlen("lxc.network.");
    if (!g_str_has_prefix(name, "lxc.net."))
        return NULL;
    rest += strlen("lxc.net.");
    name = strchr(rest, '.');
    if (!name)
        return NULL;
    *card = g_strndup(rest, (size_t)(name - rest));
    return name + 1;
}

static int
add_cards(Reader *reader)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_autofree char *current = NULL;
    Card card = {.addresses = addresses};

    for (unsigned i = 0; i < reader->lines->len; i++) {
        const VrForeignLine *line = VR_FOREIGN_LINE(reader->lines, i);
        g_autofree char *number = NULL;
        const char *word = card_of_line(line->name, &number);

        if (!word)
            continue;
        if (number ? g_strcmp0(number, current) != 0 : strcmp(word, "type") == 0) {
            if (add_card(reader, &card) < 0)
                return -1;
            g_ptr_array_set_size(addresses, 0);
            card = (Card){.addresses = addresses};
            g_free(current);
            current = g_steal_pointer(&number);
        }
        read_card_line(&card, word, line->value);
    }
    return add_card(reader, &card);
}

static int
add_consoles(Reader *reader)
{
    const char *text = value(reader, "lxc.tty.max", "lxc.tty");
    unsigned long n = 0;

    if (text && (!*text || text[strspn(text, "0123456789")] || strlen(text) > 9))
        return FAIL("failed to parse int: '%s'", text);
    n = text ? strtoul(text, NULL, 10) : 0;
    if (n > MAX_TTYS)
        return FAIL("failed to parse int: '%s'", text);
    for (unsigned long i = 0; i < n; i++)
        g_string_append_printf(reader->devices, "<console type='pty'><target type='lxc' port='%lu'/></console>", i);
    return 0;
}

/* "u 0 10000 2000": inside from 0, outside from 10000, 2000 of them. */
static int
add_id_maps(Reader *reader)
{
    for (int group = 0; group < 2; group++) {
        for (unsigned i = 0; i < reader->lines->len; i++) {
            const VrForeignLine *line = VR_FOREIGN_LINE(reader->lines, i);
            const char *kind = group ? "gid" : "uid";
            unsigned target, start, count;
            char letter;

            if (strcmp(line->name, "lxc.idmap") != 0 && strcmp(line->name, "lxc.id_map") != 0)
                continue;
            if (strlen(line->value) > 40 || sscanf(line->value, "%c %u %u %u", &letter, &target, &start, &count) != 4 ||
                (letter != 'u' && letter != 'g'))
                return FAIL("invalid %s: '%s'", line->name, line->value);
            if (letter == (group ? 'g' : 'u'))
                g_string_append_printf(reader->xml, "<%s start='%u' target='%u' count='%u'/>", kind, start, target,
                                       count);
        }
    }
    return 0;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_features(Reader *reader)
{
    const char *text = value(reader, "lxc.cap.drop", NULL);
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t", -1);
    unsigned n = g_strv_length(words);

    qsort(words, n, sizeof(*words), by_name);
    g_string_append(reader->xml, reader->networked ? "<features>" : "<features><privnet/>");
    g_string_append(reader->xml, "<capabilities policy='allow'>");
    for (unsigned i = 0; i < n; i++) {
        if (*words[i] && (i == 0 || strcmp(words[i], words[i - 1]) != 0) &&
            vr_enum_from_string(&vr_enum_domain_capability_name, words[i]) >= 0)
            vr_foreign_add(reader->xml, "<%s state='off'/>", words[i]);
    }
    g_string_append(reader->xml, "</capabilities></features>");
}

static int
add_os(Reader *reader)
{
    const char *name = value(reader, "lxc.uts.name", "lxc.utsname");
    const char *arch = value(reader, "lxc.arch", NULL);
    unsigned char bytes[VR_UUID_SIZE];
    char uuid[VR_UUID_TEXT_SIZE];

    reader->root = value(reader, "lxc.rootfs.path", "lxc.rootfs");
    if (!name || !reader->root)
        return FAIL("missing %s in the container's configuration", name ? "lxc.rootfs.path" : "lxc.uts.name");
    vr_uuid_generate(bytes);
    vr_uuid_format(bytes, uuid);
    if (g_strcmp0(arch, "x86") == 0)
        arch = "i686";
    else if (g_strcmp0(arch, "amd64") == 0)
        arch = "x86_64";
    vr_foreign_add(reader->xml, "<name>%s</name><uuid>%s</uuid><os><type", name, uuid);
    if (arch && domain_arch_is_known(arch))
        vr_foreign_add(reader->xml, " arch='%s'", arch);
    g_string_append(reader->xml, ">exe</type><init>/sbin/init</init></os><clock offset='utc'/><idmap>");
    if (add_id_maps(reader) < 0)
        return -1;
    g_string_append(reader->xml, "</idmap>");
    add_filesystem(reader, reader->root, "/", false);
    return 0;
}

DomainDef *
vr_foreign_from_lxc(const char *text)
{
    g_autoptr(VrForeignLines) lines = vr_foreign_lines(text, VR_FOREIGN_PLAIN, true);
    g_autoptr(GString) xml = g_string_new("<domain type='lxc'>");
    g_autoptr(GString) devices = g_string_new(NULL);
    g_autoptr(GString) hostdevs = g_string_new(NULL);
    Reader reader = {lines, xml, devices, hostdevs, NULL, false};

    if (!lines || add_os(&reader) < 0 || add_memory(&reader) < 0 || add_cpu(&reader) < 0 || add_blkio(&reader) < 0 ||
        add_mounts(&reader) < 0 || add_cards(&reader) < 0 || add_consoles(&reader) < 0)
        return NULL;
    add_features(&reader);
    g_string_append_printf(xml, "<devices><emulator>/usr/lib/libvirt/libvirt_lxc</emulator>%s%s</devices></domain>",
                           devices->str, hostdevs->str);
    return vr_foreign_parse(xml->str, VR_MODEL_SKIP_POST | VR_MODEL_SKIP_VALIDATE);
}
