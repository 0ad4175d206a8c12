/* From a binding to its rules: filters that take filters in, variables with lists of values.
 *
 * Works on published definitions and the caller's own tables; any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"

#define MAX_DEPTH 64
#define MAX_RULES 100000 /* a few lists multiplied with each other are many rules */

static void
rule_free(void *data)
{
    NWFilterRule *rule = data;
    g_free(rule->chain);
    g_hash_table_unref(rule->values);
    g_free(rule);
}

void
nwfilter_rules_clear(NWFilterRules *rules)
{
    g_clear_pointer(&rules->rules, g_ptr_array_unref);
    g_clear_pointer(&rules->filters, g_ptr_array_unref);
    g_clear_pointer(&rules->learning, g_free);
}

static const char *
written(const NWFilterEntry *entry, const char *attribute)
{
    for (size_t i = 0; i < entry->n_attr; i++) {
        if (strcmp(entry->attr[i]->name, attribute) == 0)
            return entry->attr[i]->value;
    }
    return NULL;
}

const char *
nwfilter_rule_get(const NWFilterRule *rule, const char *attribute)
{
    const char *value = g_hash_table_lookup(rule->values, attribute);
    return value ? value : written(rule->entry, attribute);
}

/* --- variables --- */

static NWFilterVars *
vars_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
}

static void
vars_add(NWFilterVars *vars, const char *name, const char *value)
{
    GPtrArray *list = g_hash_table_lookup(vars, name);
    if (!list) {
        list = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(vars, g_strdup(name), list);
    }
    g_ptr_array_add(list, g_strdup(value));
}

/* Those of PARAMETERS, except for what OUTER has: who takes a filter in knows better than the filter. */
static NWFilterVars *
vars_within(FilterParameter *const *parameters, size_t n, NWFilterVars *outer)
{
    NWFilterVars *vars = vars_new();
    for (size_t i = 0; i < n; i++) {
        if (!outer || !g_hash_table_contains(outer, parameters[i]->name))
            vars_add(vars, parameters[i]->name, parameters[i]->value);
    }
    GHashTableIter iter;
    void *name, *list;
    if (!outer)
        return vars;
    g_hash_table_iter_init(&iter, outer);
    while (g_hash_table_iter_next(&iter, &name, &list))
        g_hash_table_replace(vars, g_strdup(name), g_ptr_array_ref(list));
    return vars;
}

/* "$NAME", "$NAME[3]" (the third of the list from 0), "$NAME[@2]" (each, in step with all others that say @2). */
typedef struct {
    char *name;
    bool fixed;
    unsigned index; /* of the item, or of the iterator */
} Variable;

static void
read_variable(const char *text, Variable *ret_variable)
{
    const char *name = text + 1, *index = strchr(name, '[');
    *ret_variable = (Variable){.name = index ? g_strndup(name, (gsize)(index - name)) : g_strdup(name)};
    if (!index)
        return;
    ret_variable->fixed = index[1] != '@';
    ret_variable->index = (unsigned)strtoul(index + (ret_variable->fixed ? 1 : 2), NULL, 10);
}

/* Where one rule's iterators stand. */
typedef struct {
    unsigned id;
    guint length, at;
} Iterator;

static int
unresolved(const char *name)
{
    return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR,
                    "Cannot instantiate filter due to unresolvable variables or unavailable list elements: %s", name);
}

static int
note_iterator(GArray *iterators, const Variable *variable, guint length)
{
    for (guint i = 0; i < iterators->len; i++) {
        Iterator *it = &g_array_index(iterators, Iterator, i);
        if (it->id != variable->index)
            continue;
        if (it->length != length && it->length != 1 && length != 1)
            return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR,
                            "variables that are used in step need lists of one length; '%s' has %u items, another %u", variable->name,
                            length, it->length);
        it->length = MAX(it->length, length);
        return 0;
    }
    g_array_append_val(iterators, ((Iterator){variable->index, length, 0}));
    return 0;
}

static const char *
item_of(const GPtrArray *list, const Variable *variable, const GArray *iterators)
{
    guint at = variable->index;
    if (!variable->fixed) {
        at = 0;
        for (guint i = 0; i < iterators->len; i++) {
            const Iterator *it = &g_array_index(iterators, Iterator, i);
            if (it->id == variable->index)
                at = list->len == 1 ? 0 : it->at;
        }
    }
    return at < list->len ? list->pdata[at] : NULL;
}

/* The next combination; FALSE after the last. */
static bool
advance(GArray *iterators)
{
    for (guint i = 0; i < iterators->len; i++) {
        Iterator *it = &g_array_index(iterators, Iterator, i);
        if (++it->at < it->length)
            return true;
        it->at = 0;
    }
    return false;
}

/* --- rules --- */

typedef struct {
    VrTable *table;
    VrDefinition *override;
    NWFilterRules *rules;
    GHashTable *missing; /* variables without values; NULL: they are errors */
} Expansion;

static int
add_rule(Expansion *e, const NWFilterDef *filter, const NWFilterEntry *entry, const GArray *iterators, NWFilterVars *vars)
{
    NWFilterRule *rule = g_new0(NWFilterRule, 1);
    rule->entry = entry;
    rule->chain = g_strdup(filter->chain);
    rule->chain_priority = filter->priority;
    rule->order = e->rules->rules->len;
    rule->values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_ptr_array_add(e->rules->rules, rule);
    if (e->rules->rules->len > MAX_RULES)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, "filter '%s' means more than %d rules", filter->name, MAX_RULES);
    for (size_t i = 0; i < entry->n_attr; i++) {
        if (*entry->attr[i]->value != '$')
            continue;
        Variable variable;
        read_variable(entry->attr[i]->value, &variable);
        g_autofree char *name = variable.name;
        const GPtrArray *list = g_hash_table_lookup(vars, name);
        const char *value = list ? item_of(list, &variable, iterators) : NULL;
        if (!value)
            return unresolved(name);
        g_hash_table_insert(rule->values, entry->attr[i]->name, g_strdup(value));
    }
    return 0;
}

static int
expand_rule(Expansion *e, const NWFilterDef *filter, const NWFilterEntry *entry, NWFilterVars *vars)
{
    g_autoptr(GArray) iterators = g_array_new(FALSE, FALSE, sizeof(Iterator));
    for (size_t i = 0; i < entry->n_attr; i++) {
        if (*entry->attr[i]->value != '$')
            continue;
        Variable variable;
        read_variable(entry->attr[i]->value, &variable);
        g_autofree char *name = variable.name;
        const GPtrArray *list = g_hash_table_lookup(vars, name);
        if (!list) {
            g_hash_table_add(e->missing, g_strdup(name));
            return 0;
        }
        if (!variable.fixed && note_iterator(iterators, &variable, list->len) < 0)
            return -1;
    }
    do {
        if (add_rule(e, filter, entry, iterators, vars) < 0)
            return -1;
    } while (advance(iterators));
    return 0;
}

static VrDefinition *
find_filter(VrTable *table, const char *name, VrDefinition *override)
{
    if (override && strcmp(((const NWFilterDef *)override->def)->name, name) == 0)
        return vr_definition_ref(override);
    g_autoptr(VrItem) item = vr_table_by_name(table, name);
    if (!item)
        return vr_error_null(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, "referenced filter '%s' is missing", name);
    g_autoptr(VrItemState) state = vr_item_state(item);
    return vr_definition_ref(state->now);
}

static int
expand_filter(Expansion *e, const char *name, NWFilterVars *vars, unsigned depth)
{
    if (depth > MAX_DEPTH)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_FAILED, "filter would introduce a loop");
    VrDefinition *found = find_filter(e->table, name, e->override);
    if (!found)
        return -1;
    g_ptr_array_add(e->rules->filters, found);
    const NWFilterDef *filter = found->def;
    for (size_t i = 0; i < filter->n_entry; i++) {
        const NWFilterEntry *entry = filter->entry[i];
        if (entry->kind == NWFILTER_ENTRY_KIND_RULE) {
            if (expand_rule(e, filter, entry, vars) < 0)
                return -1;
            continue;
        }
        g_autoptr(GHashTable) inner = vars_within(entry->parameter, entry->n_parameter, vars);
        if (expand_filter(e, entry->filter, inner, depth + 1) < 0)
            return -1;
    }
    return 0;
}

static int
compare_rules(gconstpointer a, gconstpointer b)
{
    const NWFilterRule *x = *(NWFilterRule *const *)a, *y = *(NWFilterRule *const *)b;
    if (x->entry->priority != y->entry->priority)
        return x->entry->priority < y->entry->priority ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* What is missing must be the address and nothing else, and it must be allowed to be learnt. */
static int
check_missing(NWFilterRules *rules, GHashTable *missing, NWFilterVars *vars, bool learnt)
{
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, missing);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (strcmp(name, "IP") != 0)
            return unresolved(name);
    }
    const GPtrArray *how = g_hash_table_lookup(vars, "CTRL_IP_LEARNING");
    const char *mode = how && how->len ? how->pdata[0] : "any";
    if (g_hash_table_size(missing) == 0) {
        /* what a DHCP server gave it may give anew */
        if (learnt && g_ascii_strcasecmp(mode, "dhcp") == 0)
            rules->learning = g_strdup("dhcp");
        return 0;
    }
    if (g_ascii_strcasecmp(mode, "none") == 0)
        return unresolved("IP");
    if (g_ascii_strcasecmp(mode, "dhcp") != 0 && g_ascii_strcasecmp(mode, "any") != 0)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_PARSE_FAILED, "filter '%s' learning value '%s' invalid.", "CTRL_IP_LEARNING", mode);
    rules->wants_ip = true;
    rules->learning = g_ascii_strdown(mode, -1);
    return 0;
}

int
nwfilter_expand(VrTable *table, const NWFilterBindingDef *binding, VrDefinition *override, const char *ip, NWFilterRules *ret_rules)
{
    g_auto(NWFilterRules) rules = {
        .rules = g_ptr_array_new_with_free_func(rule_free),
        .filters = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref),
    };
    g_autoptr(GHashTable) vars = vars_within(binding->filterref.parameter, binding->filterref.n_parameter, NULL);
    g_autoptr(GHashTable) missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!g_hash_table_contains(vars, "MAC")) {
        const unsigned char *m = binding->mac;
        g_autofree char *mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
        vars_add(vars, "MAC", mac);
    }
    bool learnt = ip && !g_hash_table_contains(vars, "IP");
    if (learnt)
        vars_add(vars, "IP", ip);
    Expansion e = {table, override, &rules, missing};
    if (expand_filter(&e, binding->filterref.filter, vars, 0) < 0 || check_missing(&rules, missing, vars, learnt) < 0)
        return -1;
    g_ptr_array_sort(rules.rules, compare_rules);
    *ret_rules = rules;
    rules = (NWFilterRules){0};
    return 0;
}

static bool
uses(VrTable *table, const char *name, const char *filter, VrDefinition *override, unsigned depth)
{
    if (strcmp(name, filter) == 0)
        return true;
    if (depth > MAX_DEPTH)
        return true;
    g_autoptr(VrDefinition) found = find_filter(table, name, override);
    if (!found) {
        vr_error_clear();
        return false;
    }
    const NWFilterDef *def = found->def;
    for (size_t i = 0; i < def->n_entry; i++) {
        if (def->entry[i]->kind == NWFILTER_ENTRY_KIND_FILTERREF && uses(table, def->entry[i]->filter, filter, override, depth + 1))
            return true;
    }
    return false;
}

bool
nwfilter_uses(VrTable *table, const char *name, const char *filter, VrDefinition *override)
{
    return uses(table, name, filter, override, 0);
}
