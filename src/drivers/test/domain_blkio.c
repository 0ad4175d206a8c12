/* Disk time: the guest's weight, and limits for each host device. */
#include "drivers/test/ops.h"

#include "base/params.h"
#include "store/guest_tune.h"

int
test_domain_get_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_TYPED_PARAM_STRING_OKAY,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    vr_blkio_get(def, params, nparams);
    return 0;
}

int
test_domain_set_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, VIR_FROM_TEST) < 0 ||
        vr_params_check(params, nparams, vr_blkio_specs) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_blkio_specs);
        g_auto(GStrv) parts = which ? vr_blkio_split(which, params[i].value.s) : NULL;
        if (which && !parts)
            return -1;
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                vr_blkio_set(defs[d], &params[i], which, parts);
        }
    }
    test_change_publish(&c);
    return 0;
}
