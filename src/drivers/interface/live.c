/* Links of the host as documents: what netlink and sysfs tell.  Any thread. */
#include <linux/if.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/interface/interface.h"

bool
interface_is_up(const VrLink *link)
{
    /* a bridge without ports has no carrier, and runs all the same */
    return link->state == IF_OPER_UP || (link->is_up && (strcmp(link->kind, "bridge") == 0 || strcmp(link->kind, "bond") == 0 ||
                                                         strcmp(link->kind, "vlan") == 0));
}

static char *
read_line(const char *name, const char *file)
{
    g_autofree char *path = g_build_filename("/sys/class/net", name, file, NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

static int
read_number(const char *name, const char *file)
{
    g_autofree char *text = read_line(name, file);
    return text ? (int)strtol(text, NULL, 10) : 0;
}

/* The kernel's states in its order. */
static int
state_of(const VrLink *link)
{
    static const int states[] = {
        [IF_OPER_UNKNOWN] = INTERFACE_DEF_LINK_STATE_UNKNOWN,       [IF_OPER_NOTPRESENT] = INTERFACE_DEF_LINK_STATE_NOTPRESENT,
        [IF_OPER_DOWN] = INTERFACE_DEF_LINK_STATE_DOWN,             [IF_OPER_LOWERLAYERDOWN] = INTERFACE_DEF_LINK_STATE_LOWERLAYERDOWN,
        [IF_OPER_TESTING] = INTERFACE_DEF_LINK_STATE_TESTING,       [IF_OPER_DORMANT] = INTERFACE_DEF_LINK_STATE_DORMANT,
        [IF_OPER_UP] = INTERFACE_DEF_LINK_STATE_UP,
    };
    return link->state < G_N_ELEMENTS(states) ? states[link->state] : INTERFACE_DEF_LINK_STATE_UNKNOWN;
}

static InterfaceDef *document(const GArray *links, const VrLink *link, unsigned depth);

#define MAX_DEPTH 8

static void
add_parts(const GArray *links, const VrLink *link, InterfaceDef ***list, size_t *n, unsigned depth)
{
    for (guint i = 0; i < links->len && depth < MAX_DEPTH; i++) {
        const VrLink *part = &g_array_index(links, VrLink, i);
        if (part->master == link->index)
            vr_model_list_add(list, n, document(links, part, depth + 1));
    }
}

static void
fill_bridge(const GArray *links, const VrLink *link, InterfaceDef *def, unsigned depth)
{
    def->bridge = interface_bridge_new();
    def->bridge->stp = read_number(link->name, "bridge/stp_state") ? ON_OFF_ON : ON_OFF_OFF;
    def->bridge->delay = g_strdup_printf("%g", read_number(link->name, "bridge/forward_delay") / 100.0);
    add_parts(links, link, &def->bridge->interface, &def->bridge->n_interface, depth);
}

static void
fill_bond(const GArray *links, const VrLink *link, InterfaceDef *def, unsigned depth)
{
    InterfaceBond *bond = def->bond = interface_bond_new();
    g_autofree char *mode = read_line(link->name, "bonding/mode"), *target = read_line(link->name, "bonding/arp_ip_target");
    int freq = read_number(link->name, "bonding/miimon"), interval = read_number(link->name, "bonding/arp_interval");
    if (mode)
        mode[strcspn(mode, " ")] = '\0';
    int known = mode ? vr_enum_from_string(&vr_enum_interface_bond_mode, mode) : -1;
    bond->mode = MAX(known, 0);
    if (freq > 0) {
        bond->miimon = interface_miimon_new();
        bond->miimon->freq = freq;
        bond->miimon->downdelay = read_number(link->name, "bonding/downdelay");
        bond->miimon->updelay = read_number(link->name, "bonding/updelay");
        bond->miimon->carrier = read_number(link->name, "bonding/use_carrier") ? INTERFACE_MIIMON_CARRIER_NETIF : INTERFACE_MIIMON_CARRIER_IOCTL;
    } else if (interval > 0) {
        bond->arpmon = interface_arpmon_new();
        bond->arpmon->interval = interval;
        bond->arpmon->target = g_steal_pointer(&target);
        g_autofree char *validate = read_line(link->name, "bonding/arp_validate");
        if (validate)
            validate[strcspn(validate, " ")] = '\0';
        int checks = validate ? vr_enum_from_string(&vr_enum_interface_arpmon_validate, validate) : -1;
        bond->arpmon->validate = MAX(checks, 0);
    }
    add_parts(links, link, &bond->interface, &bond->n_interface, depth);
}

static void
fill_vlan(const GArray *links, const VrLink *link, InterfaceDef *def)
{
    const VrLink *below = vr_links_at(links, link->below);
    def->vlan = interface_vlan_new();
    def->vlan->tag = g_strdup_printf("%u", link->vlan);
    def->vlan->device = g_strdup(below ? below->name : NULL);
}

static InterfaceDef *
document(const GArray *links, const VrLink *link, unsigned depth)
{
    InterfaceDef *def = interface_def_new();
    def->name = g_strdup(link->name);
    def->mtu = depth == 0 ? link->mtu : 0;
    def->link_state = state_of(link);
    if (link->state == IF_OPER_UP)
        def->link_speed = (unsigned)read_number(link->name, "speed");
    if (strcmp(link->kind, "bridge") == 0) {
        def->type = INTERFACE_TYPE_BRIDGE;
        fill_bridge(links, link, def, depth);
    } else if (strcmp(link->kind, "bond") == 0) {
        def->type = INTERFACE_TYPE_BOND;
        fill_bond(links, link, def, depth);
    } else if (strcmp(link->kind, "vlan") == 0) {
        def->type = INTERFACE_TYPE_VLAN;
        fill_vlan(links, link, def);
    } else {
        def->type = INTERFACE_TYPE_ETHERNET;
        const unsigned char *m = link->mac;
        if (link->has_mac)
            def->mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    }
    return def;
}

InterfaceDef *
interface_live(const GArray *links, const VrLink *link)
{
    return document(links, link, 0);
}
