/* A container of OpenVZ (ctid.conf(5)) as a definition. */
#include "model/foreign.h"

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"

#define FAIL(...) vr_error(VIR_FROM_OPENVZ, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

/* "a:b" or "a": the barrier and the limit. */
static int
read_pair(const char *name, const char *text, unsigned long long ret[2])
{
    char *end;

    for (int i = 0; i < 2; i++) {
        ret[i] = g_ascii_strtoull(text, &end, 10);
        if (end == text || !g_ascii_isdigit(*text) || (*end && (*end != ':' || i)))
            return FAIL("Could not parse %s from config: '%s'", name, text);
        if (!*end)
            end = (char *)text - 1;
        text = end + 1;
    }
    return 0;
}

/* Memory in pages of 4 KiB. */
static int
add_memory(const VrForeignLines *lines, GString *xml)
{
    const char *physical = vr_foreign_value(lines, "PHYSPAGES"), *virtual = vr_foreign_value(lines, "PRIVVMPAGES");
    const char *promised = vr_foreign_value(lines, "VMGUARPAGES");
    const char *text = physical ? physical : virtual;
    unsigned long long pages[2] = {0, 0}, least[2] = {0, 0};

    if ((text && read_pair(physical ? "PHYSPAGES" : "PRIVVMPAGES", text, pages) < 0) ||
        (promised && read_pair("VMGUARPAGES", promised, least) < 0))
        return -1;
    if (pages[1] > G_MAXINT64 / 4096)
        pages[1] = 0; /* no limit */
    vr_foreign_add(xml, "<memory unit='KiB'>%llu</memory>", pages[1] * 4);
    if (least[0] && least[0] <= G_MAXINT64 / 4096)
        vr_foreign_add(xml, "<memtune><min_guarantee unit='KiB'>%llu</min_guarantee></memtune>", least[0] * 4);
    return 0;
}

/* DISKSPACE is in blocks of 1 KiB: what may be used for long, and for a moment. */
static int
add_root(const VrForeignLines *lines, GString *devices, const char *id)
{
    const char *template = vr_foreign_value(lines, "OSTEMPLATE"), *private = vr_foreign_value(lines, "VE_PRIVATE");
    const char *space = vr_foreign_value(lines, "DISKSPACE");
    unsigned long long limits[2] = {0, 0};
    g_auto(GStrv) parts = private ? g_strsplit(private, "$VEID", -1) : NULL;
    g_autofree char *path = parts ? g_strjoinv(id, parts) : NULL;

    if (space && read_pair("DISKSPACE", space, limits) < 0)
        return -1;
    if (!template && !path)
        return 0;
    vr_foreign_add(devices, "<filesystem type='%s'><source %s='%s'/><target dir='/'/>", template ? "template" : "mount",
                   template ? "name" : "dir", template ? template : path);
    if (limits[1] && limits[1] <= G_MAXINT64 / 1024)
        vr_foreign_add(devices, "<space_hard_limit unit='KiB'>%llu</space_hard_limit>"
                       "<space_soft_limit unit='KiB'>%llu</space_soft_limit>", limits[1], limits[0]);
    g_string_append(devices, "</filesystem>");
    return 0;
}

/* "ifname=eth0,bridge=vzbr0,mac=...,host_ifname=...;ifname=..." */
static void
add_cards(GString *devices, const char *text)
{
    g_auto(GStrv) cards = g_strsplit(text, ";", -1);

    for (char **card = cards; *card; card++) {
        g_auto(GStrv) words = g_strsplit(*card, ",", -1);
        const char *mac = NULL, *bridge = "", *host = NULL, *guest = NULL;
        const struct {
            const char *name;
            const char **field;
        } names[] = {{"mac=", &mac}, {"bridge=", &bridge}, {"host_ifname=", &host}, {"ifname=", &guest}};

        for (char **word = words; *word; word++) {
            for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                if (g_str_has_prefix(*word, names[i].name))
                    *names[i].field = *word + strlen(names[i].name);
            }
        }
        if (!**card)
            continue;
        vr_foreign_add(devices, "<interface type='bridge'>");
        if (mac)
            vr_foreign_add(devices, "<mac address='%s'/>", mac);
        vr_foreign_add(devices, "<source bridge='%s'/>", bridge);
        if (guest)
            vr_foreign_add(devices, "<guest dev='%s'/>", guest);
        if (host)
            vr_foreign_add(devices, "<target dev='%s'/>", host);
        g_string_append(devices, "</interface>");
    }
}

DomainDef *
vr_foreign_from_openvz(const char *text, const char *name)
{
    g_autoptr(VrForeignLines) lines = vr_foreign_lines(text, VR_FOREIGN_QUOTED, false);
    g_autoptr(GString) xml = g_string_new("<domain type='openvz'>");
    g_autoptr(GString) devices = g_string_new(NULL);
    unsigned char bytes[VR_UUID_SIZE];
    char uuid[VR_UUID_TEXT_SIZE];
    const char *cpus, *addresses, *cards;
    g_auto(GStrv) words = NULL;

    if (!lines)
        return NULL;
    vr_uuid_generate(bytes);
    vr_uuid_format(bytes, uuid);
    cpus = vr_foreign_value(lines, "CPUS");
    vr_foreign_add(xml, "<name>%s</name><uuid>%s</uuid><vcpu>%s</vcpu><os><type>exe</type><init>/sbin/init</init></os>",
                   name, uuid, cpus && *cpus && strcmp(cpus, "0") != 0 ? cpus : "1");
    if (add_memory(lines, xml) < 0 || add_root(lines, devices, name) < 0)
        return NULL;
    addresses = vr_foreign_value(lines, "IP_ADDRESS");
    words = g_strsplit_set(addresses ? addresses : "", " \t", -1);
    for (char **word = words; *word; word++) {
        char *slash = strchr(*word, '/');

        if (slash)
            *slash = '\0';
        if (**word)
            vr_foreign_add(devices, "<interface type='ethernet'><ip address='%s'/></interface>", *word);
    }
    cards = vr_foreign_value(lines, "NETIF");
    add_cards(devices, cards ? cards : "");
    g_string_append_printf(xml, "<devices>%s</devices></domain>", devices->str);
    return vr_foreign_parse(xml->str, 0);
}
