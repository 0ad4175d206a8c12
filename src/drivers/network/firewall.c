/* The packet filter's share of a network: who may go through the host, and under whose address.
 *
 * Everything lives in tables of ours, one per address family.  A network has a chain for packets to its bridge, one for
 * packets from it and one for address translation; maps lead to them by the name of the bridge, so that a thousand networks
 * cost a packet no more than one.  Adding and removing a network is one transaction each, and other people's tables are not
 * looked at.
 */
#include <string.h>

#include "drivers/network/network.h"
#include "host/nft.h"

#define TABLE "libvirt_network"

typedef struct {
    const char *family;    /* nft's word */
    unsigned size;         /* of an address */
    const char *reject;
    const char *const *direct; /* destinations that are never translated */
} Family;

static const char *const direct4[] = {"224.0.0.0/24", "255.255.255.255/32", NULL};
static const char *const direct6[] = {"ff02::/16", NULL};
static const Family families[] = {
    {"ip", 4, "icmp type port-unreachable", direct4},
    {"ip6", 16, "icmpv6 type port-unreachable", direct6},
};

static void
put_base(GString *rules, const Family *family)
{
    const char *f = family->family;
    g_string_append_printf(rules,
                           "add table %s " TABLE "\n"
                           "add map %s " TABLE " to_guests { type ifname : verdict; }\n"
                           "add map %s " TABLE " from_guests { type ifname : verdict; }\n"
                           "add chain %s " TABLE " forward { type filter hook forward priority filter; policy accept; }\n"
                           "flush chain %s " TABLE " forward\n"
                           "add rule %s " TABLE " forward oifname vmap @to_guests\n"
                           "add rule %s " TABLE " forward iifname vmap @from_guests\n",
                           f, f, f, f, f, f, f);
}

/* "iifname "eth0" " where the network may use that interface only. */
static char *
only(const NetworkDef *def, const char *word)
{
    if (def->forward.n_interface == 0 || !def->forward.interface[0]->dev)
        return g_strdup("");
    return g_strdup_printf("%s \"%s\" ", word, def->forward.interface[0]->dev);
}

static bool
translates(const NetworkDef *def, const Family *family)
{
    const NetworkNat *nat = def->forward.nat;
    return def->forward.mode == NETWORK_FORWARD_MODE_NAT &&
           (family->size == 4 || (nat && nat->ipv6 == YES_NO_YES));
}

/* "masquerade" or "snat to FROM-TO", to PORTS where the protocol has some. */
static void
put_translation(GString *rules, const NetworkDef *def, const Family *family, const char *network, const char *protocol)
{
    const NetworkNat *nat = def->forward.nat;
    g_autofree char *out = only(def, "oifname");
    g_string_append_printf(rules, "add rule %s " TABLE " nat_%s %s%s saddr %s %s daddr != %s ", family->family,
                           def->bridge.name, out, family->family, network, family->family, network);
    if (protocol)
        g_string_append_printf(rules, "meta l4proto %s ", protocol);
    g_string_append(rules, "counter ");
    if (nat && nat->address && family->size == 4) {
        g_string_append_printf(rules, "snat to %s", nat->address->start);
        if (strcmp(nat->address->start, nat->address->end) != 0)
            g_string_append_printf(rules, "-%s", nat->address->end);
    } else {
        g_string_append_printf(rules, "masquerade%s", protocol ? " to " : "");
    }
    if (protocol)
        g_string_append_printf(rules, ":%s-%s", nat && nat->port ? nat->port->start : "1024",
                               nat && nat->port ? nat->port->end : "65535");
    g_string_append_c(rules, '\n');
}

static void
put_nat(GString *rules, const NetworkDef *def, const Family *family, const char *network)
{
    for (const char *const *to = family->direct; *to; to++)
        g_string_append_printf(rules, "add rule %s " TABLE " nat_%s %s saddr %s %s daddr %s counter return\n", family->family,
                               def->bridge.name, family->family, network, family->family, *to);
    put_translation(rules, def, family, network, "tcp");
    put_translation(rules, def, family, network, "udp");
    put_translation(rules, def, family, network, NULL);
}

static int
put_network(GString *rules, const NetworkDef *def, const Family *family)
{
    const char *f = family->family, *bridge = def->bridge.name;
    bool nat = translates(def, family), any = false;
    g_string_append_printf(rules,
                           "add chain %s " TABLE " in_%s\nflush chain %s " TABLE " in_%s\n"
                           "add chain %s " TABLE " out_%s\nflush chain %s " TABLE " out_%s\n"
                           "add rule %s " TABLE " in_%s iifname \"%s\" counter accept\n",
                           f, bridge, f, bridge, f, bridge, f, bridge, f, bridge, bridge);
    for (size_t i = 0; i < def->n_ip && def->forward.mode != NETWORK_FORWARD_MODE_NONE; i++) {
        g_auto(NetworkAddress) address = {0};
        if (network_address(def->ip[i], &address) < 0)
            return -1;
        if (address.ip.size != family->size)
            continue;
        g_autofree char *in = only(def, "iifname"), *out = only(def, "oifname");
        if (nat && !any)
            g_string_append_printf(rules,
                                   "add chain %s " TABLE " nat_%s { type nat hook postrouting priority srcnat; policy accept; }\n"
                                   "flush chain %s " TABLE " nat_%s\n",
                                   f, bridge, f, bridge);
        any = true;
        g_string_append_printf(rules,
                               "add rule %s " TABLE " in_%s %s%s daddr %s %scounter accept\n"
                               "add rule %s " TABLE " out_%s %s%s saddr %s counter accept\n",
                               f, bridge, in, f, address.network, nat ? "ct state related,established " : "", f, bridge, out,
                               f, address.network);
        if (nat)
            put_nat(rules, def, family, address.network);
    }
    g_string_append_printf(rules,
                           "add rule %s " TABLE " in_%s counter reject with %s\n"
                           "add rule %s " TABLE " out_%s counter reject with %s\n"
                           "add element %s " TABLE " to_guests { \"%s\" : jump in_%s }\n"
                           "add element %s " TABLE " from_guests { \"%s\" : jump out_%s }\n",
                           f, bridge, family->reject, f, bridge, family->reject, f, bridge, bridge, f, bridge, bridge);
    return 0;
}

/* Names go into nft's language: what is not a plain word stays out of it. */
static int
check_name(const char *name)
{
    for (const char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("_.-", *c))
            return vr_error(VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED,
                            "the packet filter cannot be told about a device called '%s'", name);
    }
    return 0;
}

static bool
wanted(const NetworkDef *def, const Family *family)
{
    return family->size == 4 || def->ipv6 || network_has_family(def, family->size);
}

char *
network_firewall_rules(const NetworkDef *def)
{
    g_autoptr(GString) rules = g_string_new(NULL);
    if (check_name(def->bridge.name) < 0)
        return NULL;
    for (size_t i = 0; i < def->forward.n_interface; i++) {
        if (check_name(def->forward.interface[i]->dev) < 0)
            return NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        if (!wanted(def, &families[i]))
            continue;
        put_base(rules, &families[i]);
        if (put_network(rules, def, &families[i]) < 0)
            return NULL;
    }
    return g_string_free(g_steal_pointer(&rules), FALSE);
}

static bool
has_rules(const NetworkDef *def)
{
    return network_has_own_bridge(def) && def->forward.mode != NETWORK_FORWARD_MODE_OPEN;
}

int
network_firewall_add(const NetworkDef *def)
{
    if (!has_rules(def))
        return 0;
    g_autofree char *rules = network_firewall_rules(def);
    return rules ? vr_nft_run(rules, NULL) : -1;
}

/* The last network takes the tables with it. */
static void
remove_base(const Family *family)
{
    g_autofree char *list = g_strdup_printf("list map %s " TABLE " to_guests\n", family->family);
    g_autofree char *delete = g_strdup_printf("delete table %s " TABLE "\n", family->family);
    g_autofree char *output = NULL;
    if (vr_nft_run(list, &output) < 0 || (!strstr(output, "elements") && vr_nft_run(delete, NULL) < 0))
        vr_error_clear();
}

/* Each chain and element by itself: somebody else may have removed some of them already.  "add" first makes sure that
 * there is something to delete. */
void
network_firewall_remove(const NetworkDef *def)
{
    if (!has_rules(def) || check_name(def->bridge.name) < 0) {
        vr_error_clear();
        return;
    }
    g_autoptr(GString) rules = g_string_new(NULL);
    const char *bridge = def->bridge.name;
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        const char *f = families[i].family;
        if (!wanted(def, &families[i]))
            continue;
        put_base(rules, &families[i]);
        static const char *const maps[][2] = {{"to_guests", "in"}, {"from_guests", "out"}};
        for (gsize j = 0; j < G_N_ELEMENTS(maps); j++)
            g_string_append_printf(rules,
                                   "add chain %s " TABLE " %s_%s\nadd element %s " TABLE " %s { \"%s\" : jump %s_%s }\n"
                                   "delete element %s " TABLE " %s { \"%s\" }\ndelete chain %s " TABLE " %s_%s\n",
                                   f, maps[j][1], bridge, f, maps[j][0], bridge, maps[j][1], bridge, f, maps[j][0], bridge, f,
                                   maps[j][1], bridge);
        if (translates(def, &families[i]))
            g_string_append_printf(rules,
                                   "add chain %s " TABLE " nat_%s { type nat hook postrouting priority srcnat; policy accept; }\n"
                                   "delete chain %s " TABLE " nat_%s\n",
                                   f, bridge, f, bridge);
    }
    if (vr_nft_run(rules->str, NULL) < 0)
        vr_error_clear();
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
        if (wanted(def, &families[i]))
            remove_base(&families[i]);
    }
}
