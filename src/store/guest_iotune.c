/* See guest_iotune.h. */
#include "store/guest_iotune.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "base/error.h"

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
G_STATIC_ASSERT(G_N_ELEMENTS(limits) == VR_N_IOTUNE);

unsigned long long *
vr_iotune_limit(DomainIotune *tune, int which)
{
    return (unsigned long long *)((char *)tune + limits[which].offset);
}

const VrParamSpec *
vr_iotune_specs(void)
{
    static VrParamSpec specs[VR_N_IOTUNE + 1];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < VR_N_IOTUNE; i++)
            specs[i] = (VrParamSpec){limits[i].name, limits[i].type};
        g_once_init_leave(&once, 1);
    }
    return specs;
}

void
vr_iotune_get(const DomainIotune *tune, virTypedParameterPtr params, int *nparams)
{
    static DomainIotune none;
    DomainIotune *from = tune ? (DomainIotune *)tune : &none;
    if (*nparams == 0) {
        *nparams = VR_N_IOTUNE;
        return;
    }
    for (int i = 0; i < VR_N_IOTUNE; i++) {
        if (limits[i].type == VIR_TYPED_PARAM_STRING)
            vr_param_set_string(params, *nparams, i, limits[i].name, from->group_name);
        else
            vr_param_set_ullong(params, *nparams, i, limits[i].name, *vr_iotune_limit(from, i));
    }
    *nparams = MIN(*nparams, VR_N_IOTUNE);
}

void
vr_iotune_set(DomainIotune *tune, const virTypedParameter *params, int nparams)
{
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_iotune_specs());
        if (which == VR_IOTUNE_GROUP) {
            g_free(tune->group_name);
            tune->group_name = g_strdup(params[i].value.s);
        } else {
            *vr_iotune_limit(tune, which) = params[i].value.ul;
        }
    }
}

int
vr_iotune_check_totals(DomainIotune *tune, int domain)
{
    static const struct {
        int first;
        const char *what;
    } triples[] = {{0, "bytes_sec"}, {3, "iops_sec"}, {6, "bytes_sec_max"}, {9, "iops_sec_max"}};
    for (gsize i = 0; i < G_N_ELEMENTS(triples); i++) {
        int at = triples[i].first;
        if (*vr_iotune_limit(tune, at) && (*vr_iotune_limit(tune, at + 1) || *vr_iotune_limit(tune, at + 2)))
            return vr_error(domain, VIR_ERR_INVALID_ARG, "total and read/write of %s cannot be set at the same time",
                            triples[i].what);
    }
    return 0;
}

const VrParamSpec vr_bandwidth_specs[] = {
    {VIR_DOMAIN_BANDWIDTH_IN_AVERAGE, VIR_TYPED_PARAM_UINT}, {VIR_DOMAIN_BANDWIDTH_IN_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_IN_BURST, VIR_TYPED_PARAM_UINT},   {VIR_DOMAIN_BANDWIDTH_IN_FLOOR, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE, VIR_TYPED_PARAM_UINT}, {VIR_DOMAIN_BANDWIDTH_OUT_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BANDWIDTH_OUT_BURST, VIR_TYPED_PARAM_UINT},  {NULL},
};
#define FIRST_OUT 4

static const size_t rate_offsets[VR_N_BANDWIDTH] = {
    offsetof(BandwidthRate, average), offsetof(BandwidthRate, peak), offsetof(BandwidthRate, burst),
    offsetof(BandwidthRate, floor),   offsetof(BandwidthRate, average), offsetof(BandwidthRate, peak),
    offsetof(BandwidthRate, burst),
};

static unsigned long long *
rate_at(BandwidthRate *rate, int which)
{
    return (unsigned long long *)((char *)rate + rate_offsets[which]);
}

void
vr_bandwidth_get(const Bandwidth *bandwidth, virTypedParameterPtr params, int *nparams)
{
    static BandwidthRate none;
    if (*nparams == 0) {
        *nparams = VR_N_BANDWIDTH;
        return;
    }
    for (int i = 0; i < VR_N_BANDWIDTH; i++) {
        BandwidthRate *rate = !bandwidth ? NULL : i < FIRST_OUT ? bandwidth->inbound : bandwidth->outbound;
        vr_param_set_uint(params, *nparams, i, vr_bandwidth_specs[i].name, (unsigned)*rate_at(rate ? rate : &none, i));
    }
    *nparams = MIN(*nparams, VR_N_BANDWIDTH);
}

static void
set_direction(DomainNet *net, bool outbound, const virTypedParameter *params, int nparams)
{
    bool named = false;
    g_autoptr(BandwidthRate) rate = bandwidth_rate_new();
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_bandwidth_specs);
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

void
vr_bandwidth_set(DomainNet *net, const virTypedParameter *params, int nparams)
{
    set_direction(net, false, params, nparams);
    set_direction(net, true, params, nparams);
}
