/* Throttling of a disk, and of a network interface. */
#include "drivers/test/ops.h"

#include <string.h>

#include "base/params.h"
#include "store/guest_devices.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

#define LIMIT(field) {#field, offsetof(DomainIotune, field), VIR_TYPED_PARAM_ULLONG}

static const struct {
    const char *name;
    size_t offset;
    int type;
} limits[] = {
    LIMIT(total_bytes_sec),
    LIMIT(read_bytes_sec),
    LIMIT(write_bytes_sec),
    LIMIT(total_iops_sec),
    LIMIT(read_iops_sec),
    LIMIT(write_iops_sec),
    LIMIT(total_bytes_sec_max),
    LIMIT(read_bytes_sec_max),
    LIMIT(write_bytes_sec_max),
    LIMIT(total_iops_sec_max),
    LIMIT(read_iops_sec_max),
    LIMIT(write_iops_sec_max),
    LIMIT(size_iops_sec),
    {"group_name", offsetof(DomainIotune, group_name), VIR_TYPED_PARAM_STRING},
    LIMIT(total_bytes_sec_max_length),
    LIMIT(read_bytes_sec_max_length),
    LIMIT(write_bytes_sec_max_length),
    LIMIT(total_iops_sec_max_length),
    LIMIT(read_iops_sec_max_length),
    LIMIT(write_iops_sec_max_length),
};
#define N_LIMITS ((int)G_N_ELEMENTS(limits))
#define MAX_OFFSET 6  /* from a limit to its burst limit */

static unsigned long long *
limit_at(DomainIotune *tune, int which)
{
    return (unsigned long long *)((char *)tune + limits[which].offset);
}

static const VrParamSpec *
iotune_specs(void)
{
    static VrParamSpec specs[N_LIMITS + 1];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < N_LIMITS; i++)
            specs[i] = (VrParamSpec){limits[i].name, limits[i].type};
        g_once_init_leave(&once, 1);
    }
    return specs;
}

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
    if (*nparams == 0) {
        *nparams = N_LIMITS;
        return 0;
    }
    const DomainDisk *disk = need_disk(def, path);
    if (!disk)
        return -1;
    static DomainIotune none;
    DomainIotune *tune = disk->iotune ? disk->iotune : &none;
    for (int i = 0; i < N_LIMITS; i++) {
        if (limits[i].type == VIR_TYPED_PARAM_STRING)
            vr_param_set_string(params, *nparams, i, limits[i].name, tune->group_name);
        else
            vr_param_set_ullong(params, *nparams, i, limits[i].name, *limit_at(tune, i));
    }
    *nparams = MIN(*nparams, N_LIMITS);
    return 0;
}

/* A total excludes its parts, and no limit exceeds its burst. */
static int
check_iotune(DomainIotune *tune)
{
    static const struct {
        int first;
        const char *what;
    } triples[] = {{0, "bytes_sec"}, {3, "iops_sec"}, {6, "bytes_sec_max"}, {9, "iops_sec_max"}};
    for (gsize i = 0; i < G_N_ELEMENTS(triples); i++) {
        int at = triples[i].first;
        if (*limit_at(tune, at) && (*limit_at(tune, at + 1) || *limit_at(tune, at + 2)))
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG,
                            "total and read/write of %s cannot be set at the same time", triples[i].what);
    }
    for (int i = 0; i < MAX_OFFSET; i++) {
        if (*limit_at(tune, i) > *limit_at(tune, i + MAX_OFFSET))
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "%s cannot be set higher than %s ", limits[i].name,
                            limits[i + MAX_OFFSET].name);
    }
    return 0;
}

/* PARAMS over what DISK has. */
static int
merge_iotune(DomainDisk *disk, const virTypedParameter *params, int nparams)
{
    if (!disk->iotune)
        disk->iotune = domain_iotune_new();
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], iotune_specs());
        if (limits[which].type == VIR_TYPED_PARAM_STRING) {
            g_free(disk->iotune->group_name);
            disk->iotune->group_name = g_strdup(params[i].value.s);
        } else {
            *limit_at(disk->iotune, which) = params[i].value.ul;
        }
    }
    return check_iotune(disk->iotune);
}

int
test_domain_set_block_io_tune(virDomainPtr dom, const char *path, virTypedParameterPtr params, int nparams,
                              unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, iotune_specs()) < 0)
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

/* Network interfaces. */

static const VrParamSpec bandwidth_specs[] = {
    {VIR_DOMAIN_BANDWIDTH_IN_AVERAGE, VIR_TYPED_PARAM_UINT}, {VIR_DOMAIN_BANDWIDTH_IN_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_IN_BURST, VIR_TYPED_PARAM_UINT},   {VIR_DOMAIN_BANDWIDTH_IN_FLOOR, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE, VIR_TYPED_PARAM_UINT}, {VIR_DOMAIN_BANDWIDTH_OUT_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_OUT_BURST, VIR_TYPED_PARAM_UINT},  {NULL},
};
#define N_BANDWIDTH ((int)G_N_ELEMENTS(bandwidth_specs) - 1)
#define FIRST_OUT 4

static const size_t rate_offsets[N_BANDWIDTH] = {
    offsetof(BandwidthRate, average), offsetof(BandwidthRate, peak), offsetof(BandwidthRate, burst),
    offsetof(BandwidthRate, floor),   offsetof(BandwidthRate, average), offsetof(BandwidthRate, peak),
    offsetof(BandwidthRate, burst),
};

static unsigned long long *
rate_at(BandwidthRate *rate, int which)
{
    return (unsigned long long *)((char *)rate + rate_offsets[which]);
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
    if (*nparams == 0) {
        *nparams = N_BANDWIDTH;
        return 0;
    }
    const DomainNet *net = vr_domain_net(def, device);
    if (!net)
        return -1;
    static BandwidthRate none;
    const Bandwidth *bandwidth = net->bandwidth;
    for (int i = 0; i < N_BANDWIDTH; i++) {
        BandwidthRate *rate = !bandwidth ? NULL : i < FIRST_OUT ? bandwidth->inbound : bandwidth->outbound;
        vr_param_set_uint(params, *nparams, i, bandwidth_specs[i].name, (unsigned)*rate_at(rate ? rate : &none, i));
    }
    *nparams = MIN(*nparams, N_BANDWIDTH);
    return 0;
}

/* A direction that PARAMS name is replaced as a whole; without a rate it is unlimited. */
static void
set_direction(DomainNet *net, bool outbound, const virTypedParameter *params, int nparams)
{
    bool named = false;
    g_autoptr(BandwidthRate) rate = bandwidth_rate_new();
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], bandwidth_specs);
        if ((which >= FIRST_OUT) != outbound)
            continue;
        named = true;
        *rate_at(rate, which) = params[i].value.ui;
    }
    if (!named)
        return;
    if (!net->bandwidth)
        net->bandwidth = bandwidth_new();
    BandwidthRate **slot = outbound ? &net->bandwidth->outbound : &net->bandwidth->inbound;
    bandwidth_rate_free(*slot);
    *slot = rate->average || rate->floor ? g_steal_pointer(&rate) : NULL;
    if (!net->bandwidth->inbound && !net->bandwidth->outbound) {
        bandwidth_free(net->bandwidth);
        net->bandwidth = NULL;
    }
}

int
test_domain_set_interface_parameters(virDomainPtr dom, const char *device, virTypedParameterPtr params, int nparams,
                                     unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_params_check(params, nparams, bandwidth_specs) < 0)
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
        set_direction(net, false, params, nparams);
        set_direction(net, true, params, nparams);
    }
    test_change_publish(&c);
    return 0;
}
