/* Throttling of a disk, and of a network interface. */
#include "drivers/test/ops.h"

#include "base/params.h"
#include "store/guest_devices.h"
#include "store/guest_iotune.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

static DomainDisk *
need_disk(const DomainDef *def, const char *path)
{
    DomainDisk *disk = vr_domain_disk(def, path);
    if (!disk)
        vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "disk '%s' was not found in the domain config", path);
    return disk;
}

int
test_domain_get_block_io_tune(virDomainPtr dom, const char *path, virTypedParameterPtr params, int *nparams,
                              unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    const DomainDisk *disk = *nparams ? need_disk(def, path) : NULL;
    if (*nparams && !disk)
        return -1;
    vr_iotune_get(disk ? disk->iotune : NULL, params, nparams);
    return 0;
}

/* No limit exceeds its burst. */
static int
check_iotune(DomainIotune *tune)
{
    if (vr_iotune_check_totals(tune, VIR_FROM_TEST) < 0)
        return -1;
    for (int i = 0; i < VR_IOTUNE_BURSTS; i++) {
        if (*vr_iotune_limit(tune, i) > *vr_iotune_limit(tune, i + VR_IOTUNE_BURSTS))
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "%s cannot be set higher than %s ", vr_iotune_specs()[i].name,
                            vr_iotune_specs()[i + VR_IOTUNE_BURSTS].name);
    }
    return 0;
}

/* PARAMS over what DISK has. */
static int
merge_iotune(DomainDisk *disk, const virTypedParameter *params, int nparams)
{
    if (!disk->iotune)
        disk->iotune = domain_iotune_new();
    vr_iotune_set(disk->iotune, params, nparams);
    return check_iotune(disk->iotune);
}

int
test_domain_set_block_io_tune(virDomainPtr dom, const char *path, virTypedParameterPtr params, int nparams,
                              unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, vr_iotune_specs()) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        DomainDisk *disk = defs[d] ? need_disk(defs[d], path) : NULL;
        if (defs[d] && (!disk || merge_iotune(disk, params, nparams) < 0))
            return -1;
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_get_interface_parameters(virDomainPtr dom, const char *device, virTypedParameterPtr params, int *nparams,
                                     unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    const DomainNet *net = *nparams ? vr_domain_net(def, device) : NULL;
    if (*nparams && !net)
        return -1;
    vr_bandwidth_get(net ? net->bandwidth : NULL, params, nparams);
    return 0;
}

int
test_domain_set_interface_parameters(virDomainPtr dom, const char *device, virTypedParameterPtr params, int nparams,
                                     unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, vr_bandwidth_specs) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (!defs[d])
            continue;
        DomainNet *net = vr_domain_net(defs[d], device);
        if (!net)
            return -1;
        vr_bandwidth_set(net, params, nparams);
    }
    test_change_publish(&c);
    return 0;
}
