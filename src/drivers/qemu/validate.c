/* What QEMU, or this emulator, cannot do.  Last step of reading a definition, on the reader's thread. */
#include "drivers/qemu/arch.h"
#include "drivers/qemu/conf.h"
#include "drivers/qemu/parse.h"

#include <string.h>

/* Emulators of wide processors run narrow guests as well. */
static bool
serves(const char *emulator, const char *guest)
{
    static const struct {
        const char *emulator, *guest;
    } pairs[] = {{"x86_64", "i686"}, {"aarch64", "armv7l"}, {"aarch64", "armv6l"}, {"armv7l", "armv6l"},
                 {"ppc64", "ppc64le"}, {"ppc64le", "ppc64"}};
    if (strcmp(emulator, guest) == 0)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (strcmp(pairs[i].emulator, emulator) == 0 && strcmp(pairs[i].guest, guest) == 0)
            return true;
    }
    return false;
}

static int
check_emulator(const DomainDef *def, const QemuCaps *caps)
{
    const char *emulator = def->devices.emulator;
    if (g_strcmp0(def->os.type.value, "hvm") != 0)
        return UNSUPPORTED("Emulator '%s' does not support os type '%s'", emulator, def->os.type.value);
    if (!serves(caps->arch, def->os.type.arch))
        return UNSUPPORTED("Emulator '%s' does not support arch '%s'", emulator, def->os.type.arch);
    if (def->type != DOMAIN_VIRT_TYPE_QEMU &&
        !(def->type == DOMAIN_VIRT_TYPE_KVM && caps->kvm && qemu_arch_is_native(caps->arch)))
        return UNSUPPORTED("Emulator '%s' does not support virt type '%s'", emulator,
                           vr_enum_to_string(&vr_enum_domain_virt_type, def->type));
    if (!def->os.type.machine || !qemu_caps_machine(caps, def->os.type.machine))
        return UNSUPPORTED("Emulator '%s' does not support machine type '%s'", emulator,
                           def->os.type.machine ? def->os.type.machine : "");
    return 0;
}


/* Features that only some machines have; the name is the one that documents use. */
static int
not_here(const DomainDef *def, const char *feature)
{
    return UNSUPPORTED("The '%s' feature is not supported for architecture '%s' or machine type '%s'", feature,
                       def->os.type.arch, def->os.type.machine);
}

static int
check_features(const DomainDef *def)
{
    const DomainFeatures *f = &def->features;
    const struct {
        bool wanted;
        const char *name;
        bool (*is)(const DomainDef *def);
    } rows[] = {
        {f->hpt != NULL, "hpt", qemu_is_pseries},
        {f->htm && f->htm->state, "htm", qemu_is_pseries},
        {f->nested_hv && f->nested_hv->state, "nested-hv", qemu_is_pseries},
        {f->ccf_assist && f->ccf_assist->state, "ccf-assist", qemu_is_pseries},
        {f->cfpc != 0, "cfpc", qemu_is_pseries},
        {f->sbbc != 0, "sbbc", qemu_is_pseries},
        {f->ibs != 0, "ibs", qemu_is_pseries},
        {f->gic != NULL, "gic", qemu_is_arm_virt},
        {f->pvspinlock != NULL, "pvspinlock", qemu_is_x86},
        {f->hyperv != NULL && !(strcmp(def->os.type.arch, "aarch64") == 0), "hyperv", qemu_is_x86},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].wanted && !rows[i].is(def))
            return not_here(def, rows[i].name);
    }
    if (f->apic && f->apic->eoi && !qemu_is_x86(def))
        return UNSUPPORTED("The 'eoi' attribute of the 'apic' feature is not supported for architecture '%s' or machine "
                           "type '%s'", def->os.type.arch, def->os.type.machine);
    if (f->pmu && f->pmu->state == ON_OFF_OFF && qemu_is_ppc64(def))
        return UNSUPPORTED("PMU is always enabled for architecture '%s'", def->os.type.arch);
    if (f->acpi && strcmp(def->os.type.arch, "aarch64") == 0 && qemu_is_arm_virt(def) &&
        def->os.firmware != DOMAIN_OS_FIRMWARE_EFI &&
        !(def->os.loader && def->os.loader->type == DOMAIN_OS_LOADER_TYPE_PFLASH))
        return UNSUPPORTED("ACPI requires UEFI on this architecture");
    if (f->smm && f->smm->tseg && f->smm->state != ON_OFF_OFF) {
        if (!qemu_is_q35(def))
            return UNSUPPORTED("SMM TSEG is only supported with q35 machine type");
        if (f->smm->tseg % (1024 * 1024))
            return UNSUPPORTED("SMM TSEG size must be divisible by 1 MiB");
    }
    if (f->tcg_tb_cache && def->type != DOMAIN_VIRT_TYPE_QEMU)
        return UNSUPPORTED("TCG features are incompatible with domain type '%s'",
                           vr_enum_to_string(&vr_enum_domain_virt_type, def->type));
    return 0;
}

static bool
is_on(const DomainStateNeeded *state)
{
    return state && state->state == ON_OFF_ON;
}

/* Hyper-V's features build on each other. */
static int
check_hyperv(const DomainDef *def)
{
    const DomainHyperv *hv = def->features.hyperv;
    if (!hv || hv->mode == DOMAIN_HYPERV_MODE_PASSTHROUGH)
        return 0;
    bool stimer = hv->stimer && hv->stimer->state == ON_OFF_ON;
    bool tlbflush = hv->tlbflush && hv->tlbflush->state == ON_OFF_ON;
    const struct {
        bool on;
        const char *name;
        bool needed;
        const char *needs;
    } rows[] = {
        {is_on(hv->synic), "synic", is_on(hv->vpindex), "vpindex"},
        {stimer, "stimer", is_on(hv->vpindex), "vpindex"},
        {stimer, "stimer", is_on(hv->synic), "synic"},
        {tlbflush, "tlbflush", is_on(hv->vpindex), "vpindex"},
        {is_on(hv->ipi), "ipi", is_on(hv->vpindex), "vpindex"},
        {is_on(hv->evmcs), "evmcs", is_on(hv->vapic), "vapic"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].on && !rows[i].needed)
            return UNSUPPORTED("'%s' hyperv feature requires '%s' hyperv feature", rows[i].name, rows[i].needs);
    }
    if (hv->spinlocks && hv->spinlocks->state == ON_OFF_ON && hv->spinlocks->retries < 0xfff)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "HyperV spinlock retry count must be at least 4095");
    return 0;
}

static int
check_boot(const DomainDef *def)
{
    const DomainOsLoader *loader = def->os.loader;
    if (loader && loader->secure == YES_NO_YES && !def->os.firmware) {
        if (!qemu_is_q35(def))
            return UNSUPPORTED("Secure boot is supported with q35 machine types only");
        if (strcmp(def->os.type.arch, "x86_64") != 0)
            return UNSUPPORTED("Secure boot is supported for x86_64 architecture only");
        if (!def->features.smm || def->features.smm->state != ON_OFF_ON)
            return UNSUPPORTED("Secure boot requires SMM feature enabled");
        if (loader->readonly != YES_NO_YES && loader->type == DOMAIN_OS_LOADER_TYPE_ROM)
            return UNSUPPORTED("Secure boot requires a flash device");
    }
    if (def->os.firmware && loader && loader->secure == YES_NO_NO)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL,
                        "loader attribute 'secure' cannot be specified when firmware autoselection is enabled");
    if (def->os.firmware == DOMAIN_OS_FIRMWARE_EFI && !def->features.acpi &&
        (strcmp(def->os.type.arch, "x86_64") == 0 || strcmp(def->os.type.arch, "aarch64") == 0))
        return UNSUPPORTED("UEFI requires ACPI on this architecture");
    if (def->genid && !qemu_is_x86(def))
        return UNSUPPORTED("genid is not supported with this QEMU binary");
    if (def->os.bios && def->os.bios->useserial == YES_NO_YES) {
        if (def->devices.n_serial == 0)
            return UNSUPPORTED("need at least one serial port to use SGA");
        return UNSUPPORTED("qemu does not support SGA");
    }
    return 0;
}

static bool
has_eim(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_iommu; i++) {
        const DomainIommuDriver *driver = def->devices.iommu[i]->driver;
        if (driver && driver->eim == ON_OFF_ON)
            return true;
    }
    return false;
}

#define VCPUS_WITHOUT_EIM 255u

static int
check_vcpus(const DomainDef *def, const QemuCaps *caps)
{
    const QemuMachine *machine = qemu_caps_machine(caps, def->os.type.machine);
    const DomainCpuTopology *t = def->cpu ? def->cpu->topology : NULL;
    unsigned vcpus = def->vcpu.value;
    if (vcpus == 0)
        return XML_FAIL("Domain requires at least 1 vCPU");
    if (machine && machine->cpu_max && vcpus > machine->cpu_max)
        return UNSUPPORTED("Maximum CPUs greater than specified machine type limit %u", machine->cpu_max);
    if (t && (unsigned long long)t->sockets * t->dies * t->cores * t->threads != vcpus)
        return UNSUPPORTED("CPU topology doesn't match maximum vcpu count");
    if (qemu_is_x86(def) && vcpus > VCPUS_WITHOUT_EIM) {
        if (!qemu_is_q35(def))
            return UNSUPPORTED("more than %u vCPUs are only supported on q35-based machine types", VCPUS_WITHOUT_EIM);
        if (!has_eim(def))
            return UNSUPPORTED("more than %u vCPUs require extended interrupt mode enabled on the iommu device",
                               VCPUS_WITHOUT_EIM);
    }
    if (def->type != DOMAIN_VIRT_TYPE_KVM && def->cputune) {
        if (def->cputune->n_cachetune)
            return UNSUPPORTED("cachetune is only supported for KVM domains");
        if (def->cputune->n_memorytune)
            return UNSUPPORTED("memorytune is only supported for KVM domains");
    }
    if (def->memtune && def->memtune->min_guarantee)
        return UNSUPPORTED("Parameter 'min_guarantee' not supported by QEMU.");
    return 0;
}

static int
check_cpu(const DomainDef *def)
{
    const DomainCpu *cpu = def->cpu;
    if (!cpu)
        return 0;
    if (cpu->cache && !qemu_is_x86(def))
        return UNSUPPORTED("CPU cache specification is not supported for '%s' architecture", def->os.type.arch);
    if (cpu->cache) {
        const DomainCpuCache *cache = cpu->cache;
        const char *mode = vr_enum_to_string(&vr_enum_domain_cpu_cache_mode, cache->mode);
        if (cache->mode == DOMAIN_CPU_CACHE_MODE_EMULATE && cache->level != 3)
            return UNSUPPORTED("CPU cache mode '%s' can only be used with level='3'", mode);
        if (cache->mode == DOMAIN_CPU_CACHE_MODE_PASSTHROUGH) {
            if (cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
                return UNSUPPORTED("CPU cache mode '%s' can only be used with 'host-passthrough' / 'maximum' CPUs", mode);
            if (cache->level != -1)
                return UNSUPPORTED("unsupported CPU cache level for mode '%s'", mode);
        }
        if (cache->mode == DOMAIN_CPU_CACHE_MODE_DISABLE && cache->level != -1)
            return UNSUPPORTED("unsupported CPU cache level for mode '%s'", mode);
    }
    if (cpu->maxphysaddr) {
        const DomainCpuMaxphysaddr *bits = cpu->maxphysaddr;
        if (!qemu_is_x86(def))
            return UNSUPPORTED("CPU maximum physical address bits specification is not supported for '%s' architecture",
                               def->os.type.arch);
        if (bits->mode == DOMAIN_CPU_MAXPHYSADDR_MODE_PASSTHROUGH) {
            if (cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
                return UNSUPPORTED("CPU maximum physical address bits mode 'passthrough' can only be used with "
                                   "'host-passthrough' / 'maximum' CPUs");
            if (bits->bits)
                return UNSUPPORTED("CPU maximum physical address bits number specification cannot be used with "
                                   "mode='passthrough'");
        } else if (!bits->bits) {
            return UNSUPPORTED("if using CPU maximum physical address mode='emulate', bits= must be specified too");
        }
    }
    return 0;
}

static int
check_timer(const DomainDef *def, const DomainTimer *timer)
{
    const char *name = vr_enum_to_string(&vr_enum_domain_timer_name, timer->name);
    const char *tick = timer->tickpolicy ? vr_enum_to_string(&vr_enum_domain_timer_tickpolicy, timer->tickpolicy) : "";
    switch (timer->name) {
    case DOMAIN_TIMER_NAME_PLATFORM:
        return UNSUPPORTED("unsupported timer type (name) '%s'", name);
    case DOMAIN_TIMER_NAME_TSC:
    case DOMAIN_TIMER_NAME_KVMCLOCK:
    case DOMAIN_TIMER_NAME_HYPERVCLOCK:
        if (!qemu_is_x86(def) && timer->present == YES_NO_YES)
            return UNSUPPORTED("Configuring the '%s' timer is not supported for virtType=%s arch=%s machine=%s guests",
                               name, vr_enum_to_string(&vr_enum_domain_virt_type, def->type), def->os.type.arch,
                               def->os.type.machine);
        return 0;
    case DOMAIN_TIMER_NAME_RTC:
        if (timer->track == DOMAIN_TIMER_TRACK_BOOT || timer->track == DOMAIN_TIMER_TRACK_REALTIME)
            return UNSUPPORTED("unsupported rtc timer track '%s'",
                               vr_enum_to_string(&vr_enum_domain_timer_track, timer->track));
        if (timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_MERGE || timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_DISCARD)
            return UNSUPPORTED("unsupported rtc timer tickpolicy '%s'", tick);
        return 0;
    case DOMAIN_TIMER_NAME_PIT:
        if (timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_CATCHUP || timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_MERGE)
            return UNSUPPORTED("unsupported pit tickpolicy '%s'", tick);
        return 0;
    case DOMAIN_TIMER_NAME_HPET:
        if (!qemu_is_x86(def) && timer->present == YES_NO_YES)
            return UNSUPPORTED("hpet timer is not supported");
        return 0;
    case DOMAIN_TIMER_NAME_ARMVTIMER:
        if (def->type != DOMAIN_VIRT_TYPE_KVM || !qemu_is_arm_virt(def))
            return UNSUPPORTED("Configuring the '%s' timer is not supported for virtType=%s arch=%s machine=%s guests",
                               name, vr_enum_to_string(&vr_enum_domain_virt_type, def->type), def->os.type.arch,
                               def->os.type.machine);
        return 0;
    default:
        return 0;
    }
}

static int
check_memory(const DomainDef *def)
{
    size_t modules = 0;
    bool numa = def->cpu && def->cpu->numa && def->cpu->numa->n_cell;
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        const DomainMemoryDevice *memory = def->devices.memory[i];
        if (memory->model == MEMORY_MODEL_SGX_EPC)
            return UNSUPPORTED("sgx epc isn't supported by this QEMU binary");
        modules += memory->model == MEMORY_MODEL_DIMM || memory->model == MEMORY_MODEL_NVDIMM;
        if (numa && memory->target.node < 0 && memory->model != MEMORY_MODEL_VIRTIO_PMEM)
            return UNSUPPORTED("target NUMA node needs to be specified for memory device");
        if (!def->max_memory)
            return UNSUPPORTED("cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
        if (!numa && memory->model != MEMORY_MODEL_VIRTIO_PMEM && !qemu_is_ppc64(def))
            return UNSUPPORTED("At least one numa node has to be configured when enabling memory hotplug");
    }
    if (def->max_memory && modules > def->max_memory->slots)
        return UNSUPPORTED("memory device count '%zu' exceeds slots count '%u'", modules, def->max_memory->slots);
    if (def->max_memory && !numa && !qemu_is_ppc64(def))
        return UNSUPPORTED("At least one numa node has to be configured when enabling memory hotplug");
    return 0;
}

static int
check_misc(const DomainDef *def, const QemuCaps *caps)
{
    if (def->launch_security && def->launch_security->type == DOMAIN_LAUNCH_SECURITY_TYPE_SEV)
        return UNSUPPORTED("SEV launch security is not supported with this QEMU binary");
    if (def->launch_security && def->launch_security->type == DOMAIN_LAUNCH_SECURITY_TYPE_S390_PV)
        return UNSUPPORTED("S390 PV launch security is not supported with this QEMU binary");
    if (def->pm && (def->pm->suspend_to_mem || def->pm->suspend_to_disk) &&
        !qemu_caps_has(caps, "PIIX4_PM") && !qemu_caps_has(caps, "ICH9-LPC"))
        return UNSUPPORTED("setting ACPI S%d not supported", def->pm->suspend_to_mem ? 3 : 4);
    for (size_t i = 0; i < def->clock.n_timer; i++) {
        if (check_timer(def, def->clock.timer[i]) < 0)
            return -1;
    }
    return 0;
}

/* What the settings of this host exclude. */
static int
check_settings(const DomainDef *def, const QemuConf *conf)
{
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        const DomainGraphics *graphics = def->devices.graphics[i];
        if (graphics->type == GRAPHICS_TYPE_SPICE && graphics->tls_port > 0 && !conf->spice_tls)
            return UNSUPPORTED("spice TLS port set in XML configuration, but TLS is disabled in qemu.conf");
    }
    return 0;
}

int
qemu_validate(const DomainDef *def, const VrParseContext *context)
{
    const QemuParse *parse = context->opaque;
    if (check_emulator(def, parse->caps) < 0 || check_boot(def) < 0 || check_features(def) < 0 ||
        check_hyperv(def) < 0 || check_misc(def, parse->caps) < 0 || check_vcpus(def, parse->caps) < 0 || check_cpu(def) < 0 ||
        check_memory(def) < 0)
        return -1;
    if (qemu_validate_controllers(def, parse->caps) < 0 || qemu_validate_disks(def) < 0)
        return -1;
    return qemu_validate_devices(def, parse->caps) < 0 ? -1 : check_settings(def, parse->driver->conf);
}
