/* On which of the host's CPUs a guest's threads run, and how long they have. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/params.h"
#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/tune.h"
#include "drivers/qemu/vcpus.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

VrBitmap *
qemu_host_cpus(void)
{
    long n = CLAMP(sysconf(_SC_NPROCESSORS_CONF), 1, 65536);
    VrBitmap *all = vr_bitmap_new((unsigned)n);
    for (unsigned cpu = 0; cpu < (unsigned)n; cpu++)
        all = vr_bitmap_add(all, cpu);
    return all;
}

VrBitmap *
qemu_thread_cpus(pid_t thread)
{
    VrBitmap *set = vr_bitmap_new(0);
    int n = 1024;
    cpu_set_t *raw = NULL;
    gsize size;
    /* the kernel refuses a set smaller than its own */
    for (;; n *= 2) {
        raw = CPU_ALLOC((size_t)n);
        size = CPU_ALLOC_SIZE((size_t)n);
        CPU_ZERO_S(size, raw);
        if (sched_getaffinity(thread, size, raw) == 0 || errno != EINVAL || n > 65536)
            break;
        CPU_FREE(raw);
    }
    for (int cpu = 0; cpu < n; cpu++) {
        if (CPU_ISSET_S((size_t)cpu, size, raw))
            set = vr_bitmap_add(set, (unsigned)cpu);
    }
    CPU_FREE(raw);
    return set;
}

/* The CPUs that PIN, or else the guest as a whole, may use; the caller's. */
static VrBitmap *
allowed(const DomainDef *def, const VrBitmap *pin)
{
    return pin ? vr_bitmap_copy(pin) : def->vcpu.cpuset ? vr_bitmap_copy(def->vcpu.cpuset) : qemu_host_cpus();
}

/* The set that a client's map means; NULL with the error set when it is empty. */
VrBitmap *
qemu_pin_set(const unsigned char *map, int len)
{
    g_autoptr(VrBitmap) set = vr_cpus_from_map(map, len);
    if (vr_bitmap_is_empty(set))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Empty cpu list for pinning");
    return g_steal_pointer(&set);
}

void
qemu_tell_pin(QemuChange *c, const char *name, const VrBitmap *set)
{
    VrParams list = {0};
    g_autofree char *text = vr_bitmap_format(set);
    vr_params_add_string(&list, name, text);
    qemu_tell_tunable(c, &list);
}

static int
check_vcpu(const DomainDef *def, unsigned vcpu, const char *which)
{
    if (!def || vcpu < def->vcpu.value)
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vcpu %u is out of range of %s cpu count %u", vcpu, which, def->vcpu.value);
}

int
qemu_domain_pin_vcpu_flags(virDomainPtr dom, unsigned int vcpu, unsigned char *map, int len, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *live, *config;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0 ||
        check_vcpu(live, vcpu, "live") < 0 || check_vcpu(config, vcpu, "persistent") < 0)
        return -1;
    g_autoptr(VrBitmap) set = qemu_pin_set(map, len);
    if (!set)
        return -1;
    if (config)
        vr_vcpu_set_pin(config, vcpu, set);
    if (live) {
        vr_vcpu_set_pin(live, vcpu, set);
        if (qemu_resources_place_vcpu(qemu_run_of(c.next), live, vcpu, qemu_vcpu_thread(c.next, vcpu)) < 0)
            return -1;
    }
    if (qemu_change_commit(&c, config != NULL) < 0)
        return -1;
    g_autofree char *name = g_strdup_printf(VIR_DOMAIN_TUNABLE_CPU_VCPUPIN, vcpu);
    if (live)
        qemu_tell_pin(&c, name, set);
    return 0;
}

int
qemu_domain_pin_vcpu(virDomainPtr dom, unsigned int vcpu, unsigned char *map, int len)
{
    return qemu_domain_pin_vcpu_flags(dom, vcpu, map, len, VIR_DOMAIN_AFFECT_LIVE);
}

int
qemu_domain_get_vcpu_pin_info(virDomainPtr dom, int n_maps, unsigned char *maps, int len, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    int n = MIN(n_maps, (int)def->vcpu.value);
    for (int i = 0; i < n; i++) {
        const DomainVcpuPin *pin = vr_vcpu_pin(def, (unsigned)i);
        g_autoptr(VrBitmap) set = allowed(def, pin ? pin->cpuset : NULL);
        vr_cpus_to_map(set, maps + (size_t)i * (size_t)len, len);
    }
    return n;
}

int
qemu_domain_pin_emulator(virDomainPtr dom, unsigned char *map, int len, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *live, *config;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0)
        return -1;
    g_autoptr(VrBitmap) set = qemu_pin_set(map, len);
    if (!set)
        return -1;
    if (config)
        vr_emulator_set_pin(config, set);
    if (live) {
        vr_emulator_set_pin(live, set);
        if (qemu_resources_place_emulator(qemu_run_of(c.next), live) < 0)
            return -1;
    }
    if (qemu_change_commit(&c, config != NULL) < 0)
        return -1;
    if (live)
        qemu_tell_pin(&c, VIR_DOMAIN_TUNABLE_CPU_EMULATORPIN, set);
    return 0;
}

int
qemu_domain_get_emulator_pin_info(virDomainPtr dom, unsigned char *map, int len, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    g_autoptr(VrBitmap) set = allowed(def, def->cputune ? def->cputune->emulatorpin : NULL);
    vr_cpus_to_map(set, map, len);
    return 1;
}

int
qemu_domain_get_vcpus(virDomainPtr dom, virVcpuInfoPtr info, int room, unsigned char *maps, int len)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    if (!vr_guest_is_active(state))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot retrieve vcpu information for inactive domain");
    const QemuGuest *guest = state->driver;
    int n = 0;
    for (guint i = 0; guest->vcpus && i < guest->vcpus->len && n < room; i++, n++) {
        const QemuVcpu *vcpu = &g_array_index(guest->vcpus, QemuVcpu, i);
        QemuTimes times = {0};
        if (!qemu_times(guest->run->pid, vcpu->thread, &times))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "cannot get vCPU placement & pCPU time of vcpu %u", vcpu->id);
        if (info)
            info[n] = (virVcpuInfo){vcpu->id, VIR_VCPU_RUNNING, times.total, times.cpu};
        if (maps) {
            g_autoptr(VrBitmap) set = qemu_thread_cpus(vcpu->thread);
            vr_cpus_to_map(set, maps + (size_t)n * (size_t)len, len);
        }
    }
    return n;
}
