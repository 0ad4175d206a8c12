/* The processors: -cpu with its features, -smp.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/cpu.h"
#include "drivers/qemu/vcpus.h"

/* Features that QEMU knows by another name than documents. */
static const struct {
    const char *name, *qemu;
} feature_names[] = {
    {"cmp_legacy", "cmp-legacy"}, {"ds_cpl", "ds-cpl"},           {"fxsr_opt", "fxsr-opt"},
    {"kvm_pv_eoi", "kvm-pv-eoi"}, {"kvm_pv_unhalt", "kvm-pv-unhalt"}, {"lahf_lm", "lahf-lm"},
    {"nodeid_msr", "nodeid-msr"}, {"pclmuldq", "pclmulqdq"},      {"perfctr_core", "perfctr-core"},
    {"perfctr_nb", "perfctr-nb"}, {"tsc_adjust", "tsc-adjust"},
};

static const char *
feature_name(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(feature_names); i++) {
        if (strcmp(feature_names[i].name, name) == 0)
            return feature_names[i].qemu;
    }
    return name;
}

static void
features(GString *out, const DomainCpu *cpu)
{
    for (size_t i = 0; i < cpu->n_feature; i++) {
        const DomainCpuFeature *feature = cpu->feature[i];
        if (feature->policy == CPU_FEATURE_POLICY_OPTIONAL)
            continue;
        bool on = feature->policy == CPU_FEATURE_POLICY_FORCE || feature->policy == CPU_FEATURE_POLICY_REQUIRE;
        g_string_append_printf(out, ",%s=%s", feature_name(feature->name), on ? "on" : "off");
    }
}

static void
model(GString *out, QemuCommand *command)
{
    const DomainCpu *cpu = command->def->cpu;
    switch (cpu->mode) {
    case CPU_MODE_HOST_PASSTHROUGH:
    case CPU_MODE_MAXIMUM:
        g_string_append(out, cpu->mode == CPU_MODE_MAXIMUM ? "max" : "host");
        if (cpu->migratable && strcmp(command->caps->arch, "x86_64") == 0)
            g_string_append_printf(out, ",migratable=%s", cpu->migratable == ON_OFF_ON ? "on" : "off");
        break;
    case CPU_MODE_HOST_MODEL:
        g_string_append(out, "host");
        break;
    default:
        g_string_append(out, cpu->model->value);
        if (cpu->model->vendor_id)
            g_string_append_printf(out, ",vendor=%s", cpu->model->vendor_id);
        break;
    }
    features(out, cpu);
}

static void
cache(GString *out, const DomainCpuCache *wanted, bool of_host)
{
    if (!wanted)
        return;
    if (!of_host && wanted->mode == DOMAIN_CPU_CACHE_MODE_EMULATE) {
        g_string_append(out, ",l3-cache=on");
        return;
    }
    if (!of_host && wanted->mode != DOMAIN_CPU_CACHE_MODE_PASSTHROUGH) {
        g_string_append(out, ",l3-cache=off");
        return;
    }
    switch (wanted->mode) {
    case DOMAIN_CPU_CACHE_MODE_EMULATE:
        g_string_append(out, ",l3-cache=on,host-cache-info=off");
        break;
    case DOMAIN_CPU_CACHE_MODE_PASSTHROUGH:
        g_string_append(out, ",host-cache-info=on,l3-cache=off");
        break;
    default:
        g_string_append(out, ",host-cache-info=off,l3-cache=off");
        break;
    }
}

static void
physical_bits(GString *out, const DomainCpuMaxphysaddr *wanted)
{
    if (!wanted)
        return;
    if (wanted->mode == DOMAIN_CPU_MAXPHYSADDR_MODE_PASSTHROUGH)
        g_string_append(out, ",host-phys-bits=on");
    else if (wanted->bits)
        g_string_append_printf(out, ",phys-bits=%u", wanted->bits);
}

static void
state(GString *out, const char *name, const DomainStateNeeded *wanted)
{
    if (wanted && wanted->state == ON_OFF_ON)
        g_string_append_printf(out, ",%s=on", name);
}

static void
hyperv(GString *out, const DomainHyperv *hv)
{
    if (!hv)
        return;
    if (hv->mode == DOMAIN_HYPERV_MODE_PASSTHROUGH) {
        g_string_append(out, ",hv-passthrough=on");
        return;
    }
    state(out, "hv-relaxed", hv->relaxed);
    state(out, "hv-vapic", hv->vapic);
    if (hv->spinlocks && hv->spinlocks->state == ON_OFF_ON)
        g_string_append_printf(out, ",hv-spinlocks=0x%x", hv->spinlocks->retries);
    state(out, "hv-vpindex", hv->vpindex);
    state(out, "hv-runtime", hv->runtime);
    state(out, "hv-synic", hv->synic);
    if (hv->stimer && hv->stimer->state == ON_OFF_ON) {
        g_string_append(out, ",hv-stimer=on");
        if (hv->stimer->direct && hv->stimer->direct->state == ON_OFF_ON)
            g_string_append(out, ",hv-stimer-direct=on");
    }
    state(out, "hv-reset", hv->reset);
    if (hv->vendor_id && hv->vendor_id->state == ON_OFF_ON)
        g_string_append_printf(out, ",hv-vendor-id=%s", hv->vendor_id->value ? hv->vendor_id->value : "");
    state(out, "hv-frequencies", hv->frequencies);
    state(out, "hv-reenlightenment", hv->reenlightenment);
    if (hv->tlbflush && hv->tlbflush->state == ON_OFF_ON)
        g_string_append(out, ",hv-tlbflush=on");
    state(out, "hv-ipi", hv->ipi);
    state(out, "hv-evmcs", hv->evmcs);
    state(out, "hv-avic", hv->avic);
}

static void
kvm(GString *out, const DomainKvm *features)
{
    if (!features)
        return;
    if (features->hidden && features->hidden->state == ON_OFF_ON)
        g_string_append(out, ",kvm=off");
    state(out, "kvm-hint-dedicated", features->hint_dedicated);
    state(out, "kvm-poll-control", features->poll_control);
    if (features->pv_ipi && features->pv_ipi->state == ON_OFF_OFF)
        g_string_append(out, ",kvm-pv-ipi=off");
}

static void
timers(GString *out, const DomainClock *clock)
{
    for (size_t i = 0; i < clock->n_timer; i++) {
        const DomainTimer *timer = clock->timer[i];
        switch (timer->name) {
        case DOMAIN_TIMER_NAME_KVMCLOCK:
            if (timer->present)
                g_string_append_printf(out, ",kvmclock=%s", timer->present == YES_NO_YES ? "on" : "off");
            break;
        case DOMAIN_TIMER_NAME_HYPERVCLOCK:
            if (timer->present == YES_NO_YES)
                g_string_append(out, ",hv-time=on");
            break;
        case DOMAIN_TIMER_NAME_TSC:
            if (timer->frequency)
                g_string_append_printf(out, ",tsc-frequency=%llu", timer->frequency);
            break;
        default:
            break;
        }
    }
}

static void
on_or_off(GString *out, const char *name, int value)
{
    if (value)
        g_string_append_printf(out, ",%s=%s", name, value == ON_OFF_ON ? "on" : "off");
}

/* Whether the emulator has a model; POWER's are known by their versions, which NAME may begin. */
static bool
has_model(const QemuCaps *caps, const char *name)
{
    for (guint i = 0; i < caps->cpus->len; i++) {
        const QemuCpuModel *cpu = caps->cpus->pdata[i];
        if (g_ascii_strcasecmp(cpu->name, name) == 0 && (g_str_has_prefix(caps->arch, "ppc") || strcmp(cpu->name, name) == 0))
            return true;
    }
    return false;
}

static bool
is_known_arch(const char *arch)
{
    return strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0 || g_str_has_prefix(arch, "ppc64") ||
           g_str_has_prefix(arch, "s390") || strcmp(arch, "aarch64") == 0 || g_str_has_prefix(arch, "armv");
}

/* What is asked for must be there; a model that may be replaced needs something to take its place. */
int
qemu_command_check_cpu(QemuCommand *command)
{
    DomainDef *def = command->def;
    const DomainCpu *cpu = def->cpu;
    const char *arch = def->os.type.arch;
    if (!cpu)
        return 0;
    if (!is_known_arch(arch))
        return vr_error(VIR_FROM_CPU, VIR_ERR_NO_SUPPORT, "'%s' architecture is not supported by CPU driver", arch);
    if (cpu->mode == CPU_MODE_CUSTOM && !cpu->model)
        return 0;
    bool host = (cpu->mode == CPU_MODE_HOST_PASSTHROUGH && def->type != DOMAIN_VIRT_TYPE_KVM) ||
                (cpu->mode == CPU_MODE_HOST_MODEL && !qemu_arch_is_native(arch));
    if (host)
        return UNSUPPORTED("CPU mode '%s' for %s %s domain on %s host is not supported by hypervisor",
                           vr_enum_to_string(&vr_enum_cpu_mode, cpu->mode), arch,
                           vr_enum_to_string(&vr_enum_domain_virt_type, def->type), qemu_host_arch());
    if (qemu_cpu_update(command->caps, def) < 0)
        return -1;
    cpu = def->cpu;
    if (cpu->mode != CPU_MODE_CUSTOM || has_model(command->caps, cpu->model->value))
        return 0;
    if (cpu->model->fallback == DOMAIN_CPU_MODEL_FALLBACK_FORBID || g_str_has_prefix(arch, "arm") ||
        strcmp(arch, "aarch64") == 0)
        return UNSUPPORTED("CPU model %s is not supported by hypervisor", cpu->model->value);
    return vr_error(VIR_FROM_CPU, VIR_ERR_NO_SUPPORT, "cannot translate CPU model %s to a supported model",
                    cpu->model->value);
}

int
qemu_command_cpu(QemuCommand *command)
{
    const DomainDef *def = command->def;
    const DomainCpu *cpu = def->cpu;
    g_autoptr(GString) out = g_string_new(NULL), more = g_string_new(NULL);
    if (cpu && (cpu->mode != CPU_MODE_CUSTOM || cpu->model))
        model(out, command);
    timers(more, &def->clock);
    if (def->features.apic)
        on_or_off(more, "kvm-pv-eoi", def->features.apic->eoi);
    if (def->features.pvspinlock)
        on_or_off(more, "kvm-pv-unhalt", def->features.pvspinlock->state);
    hyperv(more, def->features.hyperv);
    for (size_t i = 0; i < def->devices.n_panic; i++) {
        if (def->devices.panic[i]->model == DOMAIN_PANIC_MODEL_HYPERV) {
            g_string_append(more, ",hv-crash");
            break;
        }
    }
    kvm(more, def->features.kvm);
    if (def->features.pmu)
        on_or_off(more, "pmu", def->features.pmu->state);
    if (cpu) {
        cache(more, cpu->cache, cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM);
        physical_bits(more, cpu->maxphysaddr);
    }
    if (out->len == 0 && more->len)
        g_string_append(out, strcmp(def->os.type.arch, "i686") == 0 ? "qemu32" : "qemu64");
    g_string_append(out, more->str);
    if (out->len)
        qemu_arg2(command, "-cpu", out->str);
    return 0;
}

int
qemu_command_smp(QemuCommand *command)
{
    const DomainDef *def = command->def;
    const DomainCpuTopology *topology = def->cpu ? def->cpu->topology : NULL;
    unsigned now = qemu_vcpus_cold(def);
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "%u", now);
    if (now != def->vcpu.value)
        g_string_append_printf(out, ",maxcpus=%u", def->vcpu.value);
    if (topology)
        g_string_append_printf(out, ",sockets=%u,dies=%u,cores=%u,threads=%u", topology->sockets, topology->dies,
                               topology->cores, topology->threads);
    else
        g_string_append_printf(out, ",sockets=%u,cores=1,threads=1", def->vcpu.value);
    qemu_arg2(command, "-smp", out->str);
    return 0;
}
