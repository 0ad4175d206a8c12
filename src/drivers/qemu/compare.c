/* Processors compared with the host's, and with what an emulator makes of it. */
#include <string.h>

#include "drivers/qemu/capabilities.h"
#include "drivers/qemu/cpu.h"
#include "drivers/qemu/ops.h"
#include "model/cpu.h"

#define COMPARE_FLAGS (VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE | VIR_CONNECT_COMPARE_CPU_VALIDATE_XML)

int
qemu_compare_cpu(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, COMPARE_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    VrCpuHost host = {.arch = qemu_host_arch()};
    g_auto(GStrv) features = vr_cpu_host_features(&host.vendor);
    host.features = (const char *const *)features;
    return vr_cpu_compare(&host, xml, flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);
}

/* The emulator that a call means, with the most that its guests can have in RET_CPU; NULL with the error set. */
static QemuCaps *
find(QemuDriver *driver, const char *emulator, const char *arch, const char *machine, const char *type, const QemuHostCpu **ret_cpu)
{
    g_autoptr(QemuCaps) caps = qemu_find_caps(driver, emulator, arch);
    int kvm = caps ? qemu_find_accelerator(caps, type) : -1;
    if (kvm < 0)
        return NULL;
    if (machine && !qemu_caps_machine(caps, machine))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the machine '%s' is not supported by emulator '%s'", machine,
                             caps->binary);
    *ret_cpu = kvm ? &caps->host : &caps->tcg_host;
    if (!(*ret_cpu)->features || !*(*ret_cpu)->features)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                             "QEMU '%s' does not support reporting CPU model for virttype '%s'", caps->binary, kvm ? "kvm" : "qemu");
    return g_steal_pointer(&caps);
}

int
qemu_compare_hypervisor_cpu(virConnectPtr conn, const char *emulator, const char *arch, const char *machine, const char *type,
                            const char *xml, unsigned int flags)
{
    const QemuHostCpu *cpu = NULL;
    if (vr_flags_check(flags, COMPARE_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(QemuCaps) caps = find(conn->data, emulator, arch, machine, type, &cpu);
    if (!caps)
        return -1;
    const VrCpuHost host = {caps->arch, vr_cpu_vendor_of(cpu->vendor), (const char *const *)cpu->features};
    return vr_cpu_compare(&host, xml, flags & VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE);
}

char *
qemu_baseline_hypervisor_cpu(virConnectPtr conn, const char *emulator, const char *arch, const char *machine, const char *type,
                             const char **cpus, unsigned int n, unsigned int flags)
{
    const QemuHostCpu *cpu = NULL;
    if (vr_flags_check(flags, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE |
                                  VIR_CONNECT_BASELINE_CPU_IGNORE_HOST,
                       VIR_FROM_QEMU) < 0)
        return NULL;
    g_autoptr(QemuCaps) caps = find(conn->data, emulator, arch, machine, type, &cpu);
    if (!caps)
        return NULL;
    return vr_cpu_baseline_guest(caps->arch, cpus, n, flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
}
