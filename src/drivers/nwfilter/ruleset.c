/* All rules of one interface as chains of nft's language.
 *
 * Frames come first: rules and chains of one direction in the order of their priorities; what they accept goes on to the rules about
 * IP packets, which accept in the end.  Any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"

#define TABLE "bridge vireo_nwfilter"

typedef enum { FROM_GUEST, TO_GUEST, DIRECTIONS } Direction;
static const char *const suffixes[] = {"o", "i"};

/* What the name of a chain says about the frames that go into it. */
static const struct {
    const char *prefix, *match;
} chain_kinds[] = {
    {"mac", ""}, {"vlan", "ether type 8021q "}, {"stp", "ether daddr 01:80:c2:00:00:00 "}, {"arp", "ether type arp "},
    {"rarp", "ether type 0x8035 "}, {"ipv4", "ether type ip "}, {"ipv6", "ether type ip6 "},
};

static const char *
chain_match(const char *chain)
{
    for (gsize i = 0; i < G_N_ELEMENTS(chain_kinds); i++) {
        if (g_str_has_prefix(chain, chain_kinds[i].prefix))
            return chain_kinds[i].match;
    }
    return "";
}

static bool
goes(const NWFilterRule *rule, Direction direction)
{
    return rule->entry->direction == NWFILTER_ENTRY_DIRECTION_INOUT ||
           (rule->entry->direction == NWFILTER_ENTRY_DIRECTION_OUT) == (direction == FROM_GUEST);
}

static void
put_chain(GString *out, GPtrArray *chains, const char *name)
{
    g_string_append_printf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", name, name);
    g_ptr_array_add(chains, g_strdup(name));
}

/* A rejection is an answer, which only a sender on this side can get. */
static const char *
verdict_of(const NWFilterRule *rule, bool rejects, const char *accept, const char *leave)
{
    switch (rule->entry->action) {
    case NWFILTER_ENTRY_ACTION_ACCEPT:
        return accept;
    case NWFILTER_ENTRY_ACTION_REJECT:
        return rejects ? "reject" : "drop";
    case NWFILTER_ENTRY_ACTION_RETURN:
        return leave;
    case NWFILTER_ENTRY_ACTION_CONTINUE:
        return "";
    default:
        return "drop";
    }
}

/* --- frames --- */

static int
put_frame_rule(GString *out, const char *chain, const NWFilterRule *rule, const char *packets)
{
    bool possible = true;
    g_autoptr(GString) match = g_string_new(NULL);
    g_autofree char *accept = g_strdup_printf("goto %s", packets);
    if (nwfilter_match(match, rule, false, &possible) < 0)
        return -1;
    if (possible)
        g_string_append_printf(out, "add rule " TABLE " %s %scounter %s\n", chain, match->str, verdict_of(rule, false, accept, "return"));
    return 0;
}

/* A chain of the filters, and its place among the root's rules. */
typedef struct {
    const char *name;
    int priority;
} Chain;

static int
compare_chains(gconstpointer a, gconstpointer b)
{
    const Chain *x = a, *y = b;
    return x->priority != y->priority ? (x->priority < y->priority ? -1 : 1) : strcmp(x->name, y->name);
}

static GArray *
chains_of(const NWFilterRules *rules, Direction direction)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(Chain));
    for (guint i = 0; i < rules->rules->len; i++) {
        const NWFilterRule *rule = rules->rules->pdata[i];
        bool known = strcmp(rule->chain, "root") == 0 || nwfilter_is_layer3(rule->entry) || !goes(rule, direction);
        for (guint j = 0; j < found->len && !known; j++)
            known = strcmp(g_array_index(found, Chain, j).name, rule->chain) == 0;
        if (!known)
            g_array_append_val(found, ((Chain){rule->chain, rule->chain_priority}));
    }
    g_array_sort(found, compare_chains);
    return found;
}

static int
put_frames(GString *out, GPtrArray *chains, const char *base, const NWFilterRules *rules, Direction direction, const char *packets)
{
    g_autoptr(GArray) inner = chains_of(rules, direction);
    guint next = 0;
    for (guint i = 0; i < inner->len; i++) {
        g_autofree char *name = g_strdup_printf("%s-%s", base, g_array_index(inner, Chain, i).name);
        put_chain(out, chains, name);
        for (guint j = 0; j < rules->rules->len; j++) {
            const NWFilterRule *rule = rules->rules->pdata[j];
            if (goes(rule, direction) && !nwfilter_is_layer3(rule->entry) &&
                strcmp(rule->chain, g_array_index(inner, Chain, i).name) == 0 && put_frame_rule(out, name, rule, packets) < 0)
                return -1;
        }
    }
    for (guint j = 0; j <= rules->rules->len; j++) {
        const NWFilterRule *rule = j < rules->rules->len ? rules->rules->pdata[j] : NULL;
        if (rule && (!goes(rule, direction) || nwfilter_is_layer3(rule->entry) || strcmp(rule->chain, "root") != 0))
            continue;
        while (next < inner->len && (!rule || g_array_index(inner, Chain, next).priority <= rule->entry->priority)) {
            const Chain *chain = &g_array_index(inner, Chain, next++);
            g_string_append_printf(out, "add rule " TABLE " %s %sjump %s-%s\n", base, chain_match(chain->name), base, chain->name);
        }
        if (rule && put_frame_rule(out, base, rule, packets) < 0)
            return -1;
    }
    g_string_append_printf(out, "add rule " TABLE " %s goto %s\n", base, packets);
    return 0;
}

/* --- packets --- */

/* "NEW,ESTABLISHED" as nft says it. */
static char *
states_of(const char *value)
{
    g_autofree char *lower = g_ascii_strdown(value, -1);
    return strcmp(lower, "none") == 0 ? NULL : g_steal_pointer(&lower);
}

/* What is known about the packet's connection; empty where the kernel does not follow connections on a bridge. */
static char *
tracking_of(const NWFilterRule *rule, bool reverse, unsigned abilities)
{
    const NWFilterEntry *entry = rule->entry;
    const char *given = nwfilter_rule_get(rule, "state");
    g_autofree char *states = given ? states_of(given) : NULL;
    bool stateful = entry->action == NWFILTER_ENTRY_ACTION_ACCEPT && entry->direction != NWFILTER_ENTRY_DIRECTION_INOUT &&
                    entry->statematch != NWFILTER_ENTRY_STATEMATCH_FALSE;
    if (!(abilities & NWFILTER_TRACKS))
        return g_strdup("");
    if (states && *states)
        return g_strdup_printf("ct state { %s } ", states);
    if (given || !stateful)
        return g_strdup("");
    return g_strdup(reverse ? "ct state established ct direction reply " : "ct state { new, established } ct direction original ");
}

static int
put_packet_rule(GString *out, const char *chain, const NWFilterRule *rule, Direction direction, unsigned abilities)
{
    bool both = rule->entry->direction == NWFILTER_ENTRY_DIRECTION_INOUT;
    /* a rule for both ways is written as the guest's own packets look */
    bool reverse = both ? direction == TO_GUEST : !goes(rule, direction);
    bool possible = true;
    g_autoptr(GString) match = g_string_new(NULL);
    g_autofree char *tracking = tracking_of(rule, reverse, abilities);
    const char *above = nwfilter_rule_get(rule, "connlimit-above");
    if (nwfilter_match(match, rule, reverse, &possible) < 0)
        return -1;
    if (both && reverse && !possible)
        possible = true; /* either way it is of that type */
    if (!possible || (above && reverse))
        return 0;
    if (above && !(abilities & NWFILTER_TRACKS))
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_CONFIG_UNSUPPORTED,
                        "connections cannot be counted: this kernel does not follow them on a bridge (nf_conntrack_bridge)");
    g_string_append_printf(out, "add rule " TABLE " %s %s%s", chain, match->str, tracking);
    if (above)
        g_string_append_printf(out, "ct count over %lu ", strtoul(above, NULL, 10));
    g_string_append_printf(out, "counter %s\n", verdict_of(rule, direction == FROM_GUEST && abilities & NWFILTER_REJECTS, "accept", "accept"));
    return 0;
}

static int
put_packets(GString *out, const char *chain, const NWFilterRules *rules, Direction direction, unsigned abilities)
{
    for (guint i = 0; i < rules->rules->len; i++) {
        const NWFilterRule *rule = rules->rules->pdata[i];
        if (nwfilter_is_layer3(rule->entry) && put_packet_rule(out, chain, rule, direction, abilities) < 0)
            return -1;
    }
    g_string_append_printf(out, "add rule " TABLE " %s counter accept\n", chain);
    return 0;
}

/* --- while an address is learnt --- */

/* The guest may ask for an address and say which it has; with "any" it may speak IP as well. */
static void
put_learning(GString *out, const char *base, const NWFilterBindingDef *binding, const char *mode, Direction direction)
{
    const unsigned char *m = binding->mac;
    bool any = strcmp(mode, "any") == 0;
    if (direction == FROM_GUEST)
        g_string_append_printf(out, "add rule " TABLE " %s ether saddr != %02x:%02x:%02x:%02x:%02x:%02x counter drop\n", base, m[0], m[1],
                               m[2], m[3], m[4], m[5]);
    g_string_append_printf(out, "add rule " TABLE " %s ether type ip udp sport %d udp dport %d counter accept\n", base,
                           direction == FROM_GUEST ? 68 : 67, direction == FROM_GUEST ? 67 : 68);
    if (any)
        g_string_append_printf(out, "add rule " TABLE " %s ether type { ip, arp } counter accept\n", base);
    g_string_append_printf(out, "add rule " TABLE " %s counter drop\n", base);
}

/* --- all of it --- */

static int
check_port(const char *port)
{
    bool plain = *port && strlen(port) <= 15;
    for (const char *c = port; *c && plain; c++)
        plain = g_ascii_isalnum(*c) || strchr("_.-", *c);
    if (plain)
        return 0;
    return vr_error(VIR_FROM_NWFILTER, VIR_ERR_CONFIG_UNSUPPORTED, "the packet filter cannot be told about a device called '%s'", port);
}

int
nwfilter_ruleset(GString *out, GPtrArray *chains, const NWFilterBindingDef *binding, const NWFilterRules *rules, unsigned abilities)
{
    static const char *const maps[] = {"from_guest", "to_guest"};
    if (check_port(binding->port_dev) < 0)
        return -1;
    for (Direction direction = 0; direction < DIRECTIONS; direction++) {
        g_autofree char *base = g_strdup_printf("p_%s-%s", binding->port_dev, suffixes[direction]);
        g_autofree char *packets = g_strconcat(base, "-packets", NULL);
        put_chain(out, chains, base);
        if (rules->wants_ip) {
            put_learning(out, base, binding, rules->learning, direction);
        } else {
            put_chain(out, chains, packets);
            if (put_packets(out, packets, rules, direction, abilities) < 0 ||
                put_frames(out, chains, base, rules, direction, packets) < 0)
                return -1;
        }
        g_string_append_printf(out, "add element " TABLE " %s { \"%s\" : goto %s }\n", maps[direction], binding->port_dev, base);
    }
    return 0;
}
