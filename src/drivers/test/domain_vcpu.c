/* Virtual CPUs: how many, which host CPUs they may use, and what they seem to have done. */
#include "drivers/test/ops.h"

#include <string.h>

#include "base/params.h"
#include "store/guest_vcpu.h"

#define MAX_VCPUS 32

/* Every host CPU that the node could have: what an unpinned thread may use. */
static unsigned
host_cpus(const TestNode *node)
{
    const virNodeInfo *info = &node->info;
    unsigned long long n = (unsigned long long)info->nodes * info->sockets * info->cores * info->threads;
    return (unsigned)MIN(n, 4096);
}

int
test_domain_get_vcpus_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    return (int)(flags & VIR_DOMAIN_VCPU_MAXIMUM ? def->vcpu.value : vr_vcpus_now(def));
}

int
test_domain_get_max_vcpus(virDomainPtr dom)
{
    return test_domain_get_vcpus_flags(dom, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_VCPU_MAXIMUM);
}

int
test_domain_set_vcpus_flags(virDomainPtr dom, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM,
                       VIR_FROM_TEST) < 0)
        return -1;
    if (n > MAX_VCPUS)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG,
                        "requested cpu amount exceeds maximum supported amount (%u > %d)", n, MAX_VCPUS);
    g_auto(TestChange) c = {0};
    DomainDef *live, *config;
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0)
        return -1;
    unsigned most = n;
    if (live)
        most = live->vcpu.value;
    if (config && !(flags & VIR_DOMAIN_VCPU_MAXIMUM))
        most = live ? MIN(most, config->vcpu.value) : config->vcpu.value;
    if (n > most)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "requested cpu amount exceeds maximum (%u > %u)", n, most);
    if (live)
        vr_vcpus_set_now(live, n);
    if (config && (flags & VIR_DOMAIN_VCPU_MAXIMUM)) {
        vr_vcpus_set_max(config, n);
    } else if (config) {
        vr_vcpus_set_now(config, n);
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_set_vcpus(virDomainPtr dom, unsigned int n)
{
    return test_domain_set_vcpus_flags(dom, n, VIR_DOMAIN_AFFECT_LIVE);
}

/* Pinning. */

/* The host CPUs that PIN (may be NULL) leaves; the caller owns the set. */
static VrBitmap *
allowed(const TestNode *node, const DomainDef *def, const VrBitmap *pin)
{
    if (!pin && def->vcpu.cpuset)
        pin = def->vcpu.cpuset;
    if (pin)
        return vr_bitmap_copy(pin);
    VrBitmap *all = vr_bitmap_new(host_cpus(node));
    for (unsigned cpu = 0; cpu < host_cpus(node); cpu++)
        all = vr_bitmap_add(all, cpu);
    return all;
}

int
test_domain_get_vcpu_pin_info(virDomainPtr dom, int ncpumaps, unsigned char *cpumaps, int maplen, unsigned int flags)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags & (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
                                 : NULL;
    if (!def)
        return -1;
    int n = MIN(ncpumaps, (int)def->vcpu.value);
    for (int i = 0; i < n; i++) {
        const DomainVcpuPin *pin = vr_vcpu_pin(def, (unsigned)i);
        g_autoptr(VrBitmap) set = allowed(test_node(dom), def, pin ? pin->cpuset : NULL);
        vr_cpus_to_map(set, cpumaps + (size_t)i * (size_t)maplen, maplen);
    }
    return n;
}

int
test_domain_pin_vcpu_flags(virDomainPtr dom, unsigned int vcpu, unsigned char *cpumap, int maplen, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (!vr_guest_is_active(c.next))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot pin vcpus on an inactive domain");
    DomainDef *def = vr_guest_change_now(&c.change);
    if (vcpu >= def->vcpu.value || !vr_vcpu_is_plugged(def, vcpu))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "requested vcpu '%u' is not present in the domain", vcpu);
    g_autoptr(VrBitmap) set = vr_cpus_from_map(cpumap, maplen);
    vr_vcpu_set_pin(def, vcpu, set);
    test_change_publish(&c);
    return 0;
}

int
test_domain_pin_vcpu(virDomainPtr dom, unsigned int vcpu, unsigned char *cpumap, int maplen)
{
    return test_domain_pin_vcpu_flags(dom, vcpu, cpumap, maplen, 0);
}

int
test_domain_get_emulator_pin_info(virDomainPtr dom, unsigned char *cpumap, int maplen, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    g_autoptr(VrBitmap) set = allowed(test_node(dom), def, def->cputune ? def->cputune->emulatorpin : NULL);
    vr_cpus_to_map(set, cpumap, maplen);
    return 1;
}

int
test_domain_pin_emulator(virDomainPtr dom, unsigned char *cpumap, int maplen, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, VIR_FROM_TEST) < 0 || vr_guest_one_impact(flags) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    g_autoptr(VrBitmap) set = vr_cpus_from_map(cpumap, maplen);
    if (vr_bitmap_is_empty(set))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "Empty cpu list for pinning");
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            vr_emulator_set_pin(defs[d], set);
    }
    test_change_publish(&c);
    return 0;
}

/* What they seem to have done. */

int
test_domain_get_vcpus(virDomainPtr dom, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps, int maplen)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    if (!vr_guest_is_active(state))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot list vcpus for an inactive domain");
    const DomainDef *def = vr_guest_now(state);
    unsigned long long busy = (unsigned long long)g_get_real_time() / 10;
    int n = 0;
    if (cpumaps)
        memset(cpumaps, 0, (size_t)maxinfo * (size_t)maplen);
    for (unsigned vcpu = 0; vcpu < def->vcpu.value && n < maxinfo; vcpu++) {
        if (!vr_vcpu_is_plugged(def, vcpu))
            continue;
        const DomainVcpuPin *pin = vr_vcpu_pin(def, vcpu);
        g_autoptr(VrBitmap) set = allowed(test_node(dom), def, pin ? pin->cpuset : NULL);
        if (cpumaps)
            vr_cpus_to_map(set, cpumaps + (size_t)n * (size_t)maplen, maplen);
        if (info)
            info[n] = (virVcpuInfo){.number = vcpu, .state = VIR_VCPU_RUNNING, .cpuTime = busy,
                                    .cpu = vr_bitmap_last(set)};
        n++;
    }
    return n;
}

/* Nanoseconds, shared evenly by the cores of the mock host; each further core worked a nanosecond longer. */
#define TOTAL_TIME 48772617035ull
#define HYPERVISOR_TIME 1234567890ull

static int
total_cpu_stats(virTypedParameterPtr params, unsigned int nparams)
{
    if (nparams == 0)
        return 3;
    vr_param_set_ullong(params, (int)nparams, 0, VIR_DOMAIN_CPU_STATS_CPUTIME, TOTAL_TIME);
    vr_param_set_ullong(params, (int)nparams, 1, VIR_DOMAIN_CPU_STATS_USERTIME, 5540000000);
    vr_param_set_ullong(params, (int)nparams, 2, VIR_DOMAIN_CPU_STATS_SYSTEMTIME, 6460000000);
    return (int)MIN(nparams, 3);
}

int
test_domain_get_cpu_stats(virDomainPtr dom, virTypedParameterPtr params, unsigned int nparams, int start,
                          unsigned int ncpus, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    if (start == -1)
        return total_cpu_stats(params, nparams);
    int present = (int)MIN(test_node(dom)->info.cores, (unsigned)G_MAXINT);
    if (nparams == 0 && ncpus == 0)
        return present;
    if (start >= present)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "start_cpu %d larger than maximum of %d", start,
                        present - 1);
    if (nparams == 0)
        return 2;
    for (int i = 0; i < (int)MIN(ncpus, (unsigned)(present - start)); i++) {
        virTypedParameterPtr row = params + (size_t)i * nparams;
        unsigned long long time = TOTAL_TIME / (unsigned)present + (unsigned)(start + i);
        vr_param_set_ullong(row, (int)nparams, 0, VIR_DOMAIN_CPU_STATS_CPUTIME, time);
        vr_param_set_ullong(row, (int)nparams, 1, VIR_DOMAIN_CPU_STATS_VCPUTIME, time - MIN(time, HYPERVISOR_TIME));
    }
    return (int)MIN(nparams, 2);
}
