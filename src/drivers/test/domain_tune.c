/* Tunables that are plain parameter lists: memory limits, NUMA, disk time, performance events, scheduler. */
#include "drivers/test/ops.h"

#include <stdlib.h>
#include <string.h>

#include "base/params.h"
#include "store/guest_tune.h"

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

int
test_domain_get_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    vr_memory_get(def, params, nparams);
    return 0;
}

int
test_domain_set_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, vr_memory_specs, flags, defs) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_memory_check(defs[d], params, nparams, VIR_FROM_TEST) < 0)
            return -1;
    }
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            vr_memory_set(defs[d], params, nparams);
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_get_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    vr_numa_get(def, params, nparams);
    return 0;
}

int
test_domain_set_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    int mode;
    g_autoptr(VrBitmap) nodes = NULL;
    if (setter_begin(&c, dom, params, nparams, vr_numa_specs, flags, defs) < 0 ||
        vr_numa_read(params, nparams, VIR_FROM_TEST, &mode, &nodes) < 0)
        return -1;
    if (defs[0] && mode >= 0 && mode != vr_numa_mode(defs[0]))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "can't change numatune mode for running domain");
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_numa_set(defs[d], mode, nodes) < 0)
            return -1;
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_get_perf_events(virDomainPtr dom, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, &state);
    if (!def)
        return -1;
    VrParams list = {0};
    vr_perf_get(def, &list);
    *params = list.params;
    *nparams = list.n;
    return 0;
}

int
test_domain_set_perf_events(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, vr_perf_specs(), flags, defs) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                vr_perf_set(defs[d], vr_param_index(&params[i], vr_perf_specs()), params[i].value.b != 0);
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
