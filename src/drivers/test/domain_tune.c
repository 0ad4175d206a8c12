/* Tunables that are plain parameter lists: memory limits, NUMA, disk time, performance events, scheduler. */
#include "drivers/test/ops.h"

#include <stdlib.h>
#include <string.h>

#include "base/params.h"

#define GETTER_FLAGS (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_TYPED_PARAM_STRING_OKAY)
#define SETTER_FLAGS (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* The definition that a getter of N parameters reads; 0 in *RET_DONE when only the number was asked for. */
static const DomainDef *
getter_def(virDomainPtr dom, unsigned int flags, VrGuestState **ret_state)
{
    if (vr_flags_check(flags, GETTER_FLAGS, VIR_FROM_TEST) < 0)
        return NULL;
    *ret_state = test_state(dom);
    return *ret_state ? vr_guest_one_def(*ret_state, flags) : NULL;
}

/* Begin a change by a list of parameters: check them, then find the definitions that FLAGS name. */
static int
setter_begin(TestChange *c, virDomainPtr dom, const virTypedParameter *params, int nparams, const VrParamSpec *specs,
             unsigned int flags, DomainDef *ret_defs[2])
{
    if (vr_flags_check(flags, SETTER_FLAGS, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, specs) < 0 ||
        test_change_begin(c, dom) < 0)
        return -1;
    return vr_guest_change_defs(&c->change, flags, &ret_defs[0], &ret_defs[1]);
}

/* Memory limits. */

static const VrParamSpec memory_specs[] = {
    {VIR_DOMAIN_MEMORY_HARD_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {VIR_DOMAIN_MEMORY_SOFT_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {NULL},
};
#define N_MEMORY ((int)G_N_ELEMENTS(memory_specs) - 1)

static unsigned long long
memory_limit(const DomainMemtune *tune, int which)
{
    if (!tune)
        return VIR_DOMAIN_MEMORY_PARAM_UNLIMITED;
    const unsigned long long values[] = {tune->hard_limit, tune->soft_limit, tune->swap_hard_limit};
    return values[which];
}

static void
set_memory_limit(DomainDef *def, int which, unsigned long long value)
{
    if (!def->memtune)
        def->memtune = domain_memtune_new();
    DomainMemtune *tune = def->memtune;
    unsigned long long *values[] = {&tune->hard_limit, &tune->soft_limit, &tune->swap_hard_limit};
    *values[which] = MIN(value, (unsigned long long)VIR_DOMAIN_MEMORY_PARAM_UNLIMITED);
}

int
test_domain_get_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    if (*nparams > 0) {
        for (int i = 0; i < N_MEMORY; i++)
            vr_param_set_ullong(params, *nparams, i, memory_specs[i].name, memory_limit(def->memtune, i));
    }
    *nparams = *nparams ? MIN(*nparams, N_MEMORY) : N_MEMORY;
    return 0;
}

int
test_domain_set_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, memory_specs, flags, defs) < 0)
        return -1;
    unsigned long long wanted[N_MEMORY];
    bool given[N_MEMORY];
    memset(given, 0, sizeof(given));
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], memory_specs);
        wanted[which] = params[i].value.ul;
        given[which] = true;
    }
    for (int d = 0; d < 2; d++) {
        if (!defs[d] || !(given[0] || given[2]))
            continue;
        unsigned long long hard = given[0] ? wanted[0] : memory_limit(defs[d]->memtune, 0);
        unsigned long long swap = given[2] ? wanted[2] : memory_limit(defs[d]->memtune, 2);
        if (hard > swap)
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG,
                            "memory hard_limit tunable value must be lower than or equal to swap_hard_limit");
    }
    for (int d = 0; d < 2; d++) {
        for (int i = 0; defs[d] && i < N_MEMORY; i++) {
            if (given[i])
                set_memory_limit(defs[d], i, wanted[i]);
        }
    }
    test_change_publish(&c);
    return 0;
}

/* NUMA placement. */

static const VrParamSpec numa_specs[] = {
    {VIR_DOMAIN_NUMA_MODE, VIR_TYPED_PARAM_INT},
    {VIR_DOMAIN_NUMA_NODESET, VIR_TYPED_PARAM_STRING},
    {NULL},
};

int
test_domain_get_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    if (*nparams == 0) {
        *nparams = 2;
        return 0;
    }
    const DomainNumatuneMemory *memory = def->numatune ? def->numatune->memory : NULL;
    g_autofree char *nodes = memory && memory->nodeset ? vr_bitmap_format(memory->nodeset) : NULL;
    vr_param_set_int(params, *nparams, 0, VIR_DOMAIN_NUMA_MODE, memory ? memory->mode : 0);
    vr_param_set_string(params, *nparams, 1, VIR_DOMAIN_NUMA_NODESET, nodes);
    *nparams = MIN(*nparams, 2);
    return 0;
}

static int
set_numa(DomainDef *def, int mode, const VrBitmap *nodes)
{
    const DomainNumatuneMemory *before = def->numatune ? def->numatune->memory : NULL;
    if (!nodes && !(before && before->nodeset))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
                        "nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    if (!def->numatune)
        def->numatune = domain_numatune_new();
    if (!def->numatune->memory)
        def->numatune->memory = domain_numatune_memory_new();
    DomainNumatuneMemory *memory = def->numatune->memory;
    if (mode >= 0)
        memory->mode = mode;
    memory->placement = DOMAIN_NUMATUNE_MEMORY_PLACEMENT_STATIC;
    if (nodes) {
        vr_bitmap_free(memory->nodeset);
        memory->nodeset = vr_bitmap_copy(nodes);
    }
    return 0;
}

int
test_domain_set_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, numa_specs, flags, defs) < 0)
        return -1;
    int mode = -1;
    g_autoptr(VrBitmap) nodes = NULL;
    for (int i = 0; i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_INT) {
            mode = params[i].value.i;
            if (mode < 0 || mode > DOMAIN_NUMA_MODE_RESTRICTIVE)
                return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "unsupported numatune mode: '%d'", mode);
            continue;
        }
        nodes = *params[i].value.s ? vr_bitmap_parse(params[i].value.s) : NULL;
        if (!nodes)
            return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Failed to parse bitmap '%s'", params[i].value.s);
        if (vr_bitmap_is_empty(nodes))
            return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "Invalid nodeset of 'numatune': %s",
                            params[i].value.s);
    }
    const DomainNumatune *now = defs[0] ? defs[0]->numatune : NULL;
    if (defs[0] && mode >= 0 && mode != (now && now->memory ? now->memory->mode : 0))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "can't change numatune mode for running domain");
    for (int d = 0; d < 2; d++) {
        if (defs[d] && set_numa(defs[d], mode, nodes) < 0)
            return -1;
    }
    test_change_publish(&c);
    return 0;
}

/* Performance events. */

static const VrParamSpec *
perf_specs(void)
{
    static VrParamSpec specs[64];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < vr_enum_domain_perf_name.n && i < (int)G_N_ELEMENTS(specs) - 1; i++)
            specs[i] = (VrParamSpec){vr_enum_to_string(&vr_enum_domain_perf_name, i), VIR_TYPED_PARAM_BOOLEAN};
        g_once_init_leave(&once, 1);
    }
    return specs;
}

static DomainPerfEvent *
perf_event(const DomainDef *def, int which)
{
    for (size_t i = 0; def->perf && i < def->perf->n_event; i++) {
        if (def->perf->event[i]->name == which)
            return def->perf->event[i];
    }
    return NULL;
}

int
test_domain_get_perf_events(virDomainPtr dom, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    VrParams list = {0};
    for (int i = 0; i < vr_enum_domain_perf_name.n; i++) {
        const DomainPerfEvent *event = perf_event(def, i);
        vr_params_add_bool(&list, perf_specs()[i].name, event && event->enabled == YES_NO_YES);
    }
    *params = list.params;
    *nparams = list.n;
    return 0;
}

static void
set_perf_event(DomainDef *def, int which, bool on)
{
    if (!def->perf)
        def->perf = domain_perf_new();
    DomainPerfEvent *event = perf_event(def, which);
    if (!event) {
        event = domain_perf_event_new();
        event->name = which;
        size_t at = 0; /* events are kept in the order of their names' list */
        while (at < def->perf->n_event && def->perf->event[at]->name < which)
            at++;
        vr_model_list_insert(&def->perf->event, &def->perf->n_event, at, event);
    }
    event->enabled = on ? YES_NO_YES : YES_NO_NO;
}

int
test_domain_set_perf_events(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, perf_specs(), flags, defs) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                set_perf_event(defs[d], vr_param_index(&params[i], perf_specs()), params[i].value.b != 0);
        }
    }
    test_change_publish(&c);
    return 0;
}

/* The scheduler: one weight, which nothing changes. */

static const VrParamSpec scheduler_specs[] = {
    {VIR_DOMAIN_SCHEDULER_WEIGHT, VIR_TYPED_PARAM_UINT},
    {NULL},
};

char *
test_domain_get_scheduler_type(virDomainPtr dom, int *nparams)
{
    if (nparams)
        *nparams = 1;
    return g_strdup("fair");
}

int
test_domain_get_scheduler_parameters_flags(virDomainPtr dom, virTypedParameterPtr params, int *nparams,
                                           unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    vr_param_set_uint(params, *nparams, 0, VIR_DOMAIN_SCHEDULER_WEIGHT, 50);
    *nparams = MIN(*nparams, 1);
    return 0;
}

int
test_domain_get_scheduler_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams)
{
    return test_domain_get_scheduler_parameters_flags(dom, params, nparams, 0);
}

int
test_domain_set_scheduler_parameters_flags(virDomainPtr dom, virTypedParameterPtr params, int nparams,
                                           unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, scheduler_specs) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? 0 : -1;
}

int
test_domain_set_scheduler_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams)
{
    return test_domain_set_scheduler_parameters_flags(dom, params, nparams, 0);
}
