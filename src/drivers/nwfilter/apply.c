/* Bindings in the packet filter: all rules of an interface are replaced by one transaction.
 *
 * With NWFilterDriver.apply held; on any thread.
 */
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"
#include "host/nft.h"

#define TABLE "bridge vireo_nwfilter"

/* Frames are looked up by their interface, however many guests there are. */
static const char base[] = "add table " TABLE "\n"
                           "add map " TABLE " from_guest { type ifname : verdict; }\n"
                           "add map " TABLE " to_guest { type ifname : verdict; }\n"
                           "add chain " TABLE " prerouting { type filter hook prerouting priority -300; policy accept; }\n"
                           "add chain " TABLE " postrouting { type filter hook postrouting priority 300; policy accept; }\n"
                           "flush chain " TABLE " prerouting\n"
                           "flush chain " TABLE " postrouting\n"
                           "add rule " TABLE " prerouting iifname vmap @from_guest\n"
                           "add rule " TABLE " postrouting oifname vmap @to_guest\n";

/* What this kernel may lack on bridges: asked once each, with a rule that is gone before it is there. */
static bool
kernel_knows(gsize *answer, const char *statement, const char *without)
{
    if (g_once_init_enter(answer)) {
        g_autofree char *commands = g_strdup_printf("add table bridge vireo_probe\n"
                                                    "add chain bridge vireo_probe c { type filter hook prerouting priority -300; }\n"
                                                    "add rule bridge vireo_probe c ether type ip %s\ndelete table bridge vireo_probe\n",
                                                    statement);
        bool works = vr_nft_run(commands, NULL) == 0;
        if (!works)
            vr_log(VR_LOG_WARN, "nwfilter", "%s", without);
        vr_error_clear();
        g_once_init_leave(answer, works ? 2 : 1);
    }
    return *answer == 2;
}

static unsigned
kernel_abilities(void)
{
    static gsize tracks, rejects;
    unsigned abilities = 0;
    if (kernel_knows(&tracks, "ct state new accept",
                     "this kernel does not follow connections on bridges: rules with states let answers pass by their addresses and ports"))
        abilities |= NWFILTER_TRACKS;
    if (kernel_knows(&rejects, "reject", "this kernel does not reject packets on bridges: they are dropped without an answer"))
        abilities |= NWFILTER_REJECTS;
    return abilities;
}

/* Chains go once nothing leads to them. */
static void
put_removal(GString *out, const char *port, GPtrArray *chains, GPtrArray *keep)
{
    static const char *const maps[] = {"from_guest", "to_guest"};
    if (!chains || chains->len == 0)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(maps); i++) {
        /* "add" first makes sure that there is something to delete, whoever flushed what */
        g_autofree char *first = g_strdup_printf("p_%s-%s", port, i == 0 ? "o" : "i");
        g_string_append_printf(out, "add chain " TABLE " %s\nadd element " TABLE " %s { \"%s\" : goto %s }\n"
                                    "delete element " TABLE " %s { \"%s\" }\n",
                               first, maps[i], port, first, maps[i], port);
    }
    for (guint i = 0; i < chains->len; i++)
        g_string_append_printf(out, "add chain " TABLE " %s\nflush chain " TABLE " %s\n", (char *)chains->pdata[i],
                               (char *)chains->pdata[i]);
    for (guint i = 0; i < chains->len; i++) {
        bool kept = false;
        for (guint j = 0; keep && j < keep->len; j++)
            kept |= strcmp(keep->pdata[j], chains->pdata[i]) == 0;
        if (!kept)
            g_string_append_printf(out, "delete chain " TABLE " %s\n", (char *)chains->pdata[i]);
    }
}

int
nwfilter_apply(VrInstance *instance, VrItem *item, VrDefinition *override)
{
    NWFilterPort *port = nwfilter_port(item);
    g_autoptr(VrItemState) state = vr_item_state(item);
    const NWFilterBindingDef *binding = state->now->def;
    vr_mutex_lock(&port->lock);
    g_autofree char *ip = g_strdup(port->ip);
    vr_mutex_unlock(&port->lock);
    g_auto(NWFilterRules) rules = {0};
    g_autoptr(GString) out = g_string_new(base), ruleset = g_string_new(NULL);
    g_autoptr(GPtrArray) chains = g_ptr_array_new_with_free_func(g_free);
    if (nwfilter_expand(instance->items, binding, override, ip, &rules) < 0 ||
        nwfilter_ruleset(ruleset, chains, binding, &rules, kernel_abilities()) < 0)
        return -1;
    put_removal(out, binding->port_dev, port->chains, chains);
    g_string_append(out, ruleset->str);
    if (vr_nft_run(out->str, NULL) < 0)
        return -1;
    g_clear_pointer(&port->chains, g_ptr_array_unref);
    port->chains = g_steal_pointer(&chains);
    if (rules.learning)
        return nwfilter_learn(instance, item, rules.learning);
    return 0;
}

void
nwfilter_unapply(VrItem *item)
{
    NWFilterPort *port = nwfilter_port(item);
    nwfilter_unlearn(item);
    if (!port->chains)
        return;
    g_autoptr(GString) out = g_string_new(base);
    put_removal(out, item->stored.name, port->chains, NULL);
    if (vr_nft_run(out->str, NULL) < 0) {
        vr_log(VR_LOG_WARN, "nwfilter", "rules of '%s': %s", item->stored.name, vr_error_last()->message);
        vr_error_clear();
    }
    g_clear_pointer(&port->chains, g_ptr_array_unref);
}

int
nwfilter_apply_users(VrInstance *instance, const char *filter, VrDefinition *override)
{
    g_autoptr(GPtrArray) bindings = vr_table_list(nwfilter_driver(instance)->bindings);
    for (guint i = 0; i < bindings->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(bindings->pdata[i]);
        const NWFilterBindingDef *binding = state->now->def;
        if (filter && !nwfilter_uses(instance->items, binding->filterref.filter, filter, override))
            continue;
        if (nwfilter_apply(instance, bindings->pdata[i], override) == 0)
            continue;
        /* those before it get back what they had */
        virErrorPtr error = vr_error_save();
        for (guint j = 0; override && j < i; j++) {
            if (nwfilter_apply(instance, bindings->pdata[j], NULL) < 0)
                vr_error_clear();
        }
        vr_error_restore(error);
        return -1;
    }
    return 0;
}
