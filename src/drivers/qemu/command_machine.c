/* The board: -machine, -accel, firmware, SMBIOS, clock, power management, boot order.  Called by command.c. */
#include <string.h>
#include <time.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/memory.h"

static const char *
on_off(int value)
{
    return value == ON_OFF_ON ? "on" : "off";
}

static void
feature(GString *out, const char *name, const DomainStateNeeded *state)
{
    if (state && state->state)
        g_string_append_printf(out, ",%s=%s", name, on_off(state->state));
}

/* What POWER machines offer their guests. */
static void
pseries_features(GString *out, const DomainFeatures *features)
{
    static const char *const levels[] = {NULL, "broken", "workaround", "fixed"};
    static const char *const ibs[] = {NULL, "broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"};
    const DomainHpt *hpt = features->hpt;
    if (hpt && hpt->resizing)
        g_string_append_printf(out, ",resize-hpt=%s", vr_enum_to_string(&vr_enum_domain_hpt_resizing, hpt->resizing));
    if (hpt && hpt->maxpagesize)
        g_string_append_printf(out, ",cap-hpt-max-page-size=%lluk", hpt->maxpagesize);
    feature(out, "cap-htm", features->htm);
    feature(out, "cap-nested-hv", features->nested_hv);
    feature(out, "cap-ccf-assist", features->ccf_assist);
    if (features->cfpc > 0 && (size_t)features->cfpc < G_N_ELEMENTS(levels))
        g_string_append_printf(out, ",cap-cfpc=%s", levels[features->cfpc]);
    if (features->sbbc > 0 && (size_t)features->sbbc < G_N_ELEMENTS(levels))
        g_string_append_printf(out, ",cap-sbbc=%s", levels[features->sbbc]);
    if (features->ibs > 0 && (size_t)features->ibs < G_N_ELEMENTS(ibs))
        g_string_append_printf(out, ",cap-ibs=%s", ibs[features->ibs]);
}

static int
key_wrap(GString *out, const DomainDef *def)
{
    for (size_t i = 0; def->keywrap && i < def->keywrap->n_cipher; i++) {
        const DomainKeywrapCipher *cipher = def->keywrap->cipher[i];
        const char *name = vr_enum_to_string(&vr_enum_domain_keywrap_cipher_name, cipher->name);
        if (!qemu_is_s390(def))
            return UNSUPPORTED("%s-key-wrap is not available with this QEMU binary", name);
        g_string_append_printf(out, ",%s-key-wrap=%s", name, on_off(cipher->state));
    }
    return 0;
}

/* The loader's parameter of the device that boots first. */
static const char *
load_parameter(const DomainDef *def)
{
    const DomainBoot *first = NULL;
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainBoot *boot = def->devices.disk[i]->boot;
        if (boot && (!first || boot->order < first->order))
            first = boot;
    }
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        const DomainBoot *boot = def->devices.interface[i]->boot;
        if (boot && (!first || boot->order < first->order))
            first = boot;
    }
    return first ? first->loadparm : NULL;
}

static bool
has_memory(const DomainDef *def, int model)
{
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        if (def->devices.memory[i]->model == model)
            return true;
    }
    return false;
}

static void
machine_iommu(GString *out, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_iommu; i++) {
        if (def->devices.iommu[i]->model == DOMAIN_IOMMU_MODEL_SMMUV3)
            g_string_append(out, ",iommu=smmuv3");
    }
}

static bool
has_pflash(const DomainDef *def)
{
    return def->os.loader && def->os.loader->type == DOMAIN_OS_LOADER_TYPE_PFLASH && def->os.loader->value;
}

static void
has_hmat(GString *out, const DomainDef *def)
{
    const DomainNuma *numa = def->cpu ? def->cpu->numa : NULL;
    bool hmat = numa && numa->interconnects;
    for (size_t i = 0; numa && i < numa->n_cell; i++)
        hmat |= numa->cell[i]->n_cache > 0;
    if (hmat)
        g_string_append(out, ",hmat=on");
}

static int
machine(QemuCommand *command)
{
    const DomainDef *def = command->def;
    const DomainFeatures *features = &def->features;
    const QemuMachine *known = qemu_caps_machine(command->caps, def->os.type.machine);
    g_autoptr(GString) out = g_string_new(def->os.type.machine);
    g_string_append(out, ",usb=off");
    if (features->vmport && features->vmport->state)
        g_string_append_printf(out, ",vmport=%s", on_off(features->vmport->state));
    if (features->smm && features->smm->state)
        g_string_append_printf(out, ",smm=%s", on_off(features->smm->state));
    if (features->ioapic)
        g_string_append_printf(out, ",kernel_irqchip=%s",
                               features->ioapic == DOMAIN_FEATURES_IOAPIC_QEMU ? "split" : "on");
    if (key_wrap(out, def) < 0)
        return -1;
    if (features->gic && features->gic->version && qemu_is_arm(def))
        g_string_append_printf(out, ",gic-version=%s",
                               vr_enum_to_string(&vr_enum_domain_gic_version, features->gic->version));
    machine_iommu(out, def);
    pseries_features(out, features);
    g_string_append_printf(out, ",dump-guest-core=%s", def->memory.dump_core == ON_OFF_ON ? "on" : "off");
    if (def->memory_backing && def->memory_backing->nosharepages)
        g_string_append(out, ",mem-merge=off");
    if (has_memory(def, MEMORY_MODEL_NVDIMM))
        g_string_append(out, ",nvdimm=on");
    has_hmat(out, def);
    if (known && known->ram_id && !qemu_has_numa(def))
        g_string_append_printf(out, ",memory-backend=%s", known->ram_id);
    if (has_pflash(def)) {
        g_string_append(out, ",pflash0=libvirt-pflash0-format");
        if (def->os.nvram)
            g_string_append(out, ",pflash1=libvirt-pflash1-format");
    }
    const char *parameter = load_parameter(def);
    if (parameter && qemu_is_s390(def))
        g_string_append_printf(out, ",loadparm=%s", parameter);
    qemu_arg2(command, "-machine", out->str);
    return 0;
}

static void
accelerator(QemuCommand *command)
{
    const DomainFeatures *features = &command->def->features;
    if (command->def->type == DOMAIN_VIRT_TYPE_KVM) {
        const DomainDirtyRing *ring = features->kvm ? features->kvm->dirty_ring : NULL;
        if (ring && ring->state == ON_OFF_ON)
            qemu_argf(command, "-accel", "kvm,dirty-ring-size=%u", ring->size);
        else
            qemu_arg2(command, "-accel", "kvm");
    } else if (features->tcg_tb_cache) {
        qemu_argf(command, "-accel", "tcg,tb-size=%llu", features->tcg_tb_cache / 1024);
    } else {
        qemu_arg2(command, "-accel", "tcg");
    }
}

static void
flash(QemuCommand *command, const StorageSource *source, const char *node, bool readonly, const char *format)
{
    g_autofree char *storage = g_strconcat(node, "-storage", NULL);
    json_t *props = qemu_blockdev_source(command, source, storage, false, NULL);
    qemu_arg_json(command, "-blockdev", props);
    props = json_object();
    qemu_put_format(props, "node-name", "%s-format", node);
    qemu_put_bool(props, "read-only", readonly);
    qemu_put_text(props, "driver", format ? format : "raw");
    qemu_put_text(props, "file", storage);
    qemu_arg_json(command, "-blockdev", props);
}

int
qemu_command_firmware(QemuCommand *command)
{
    const DomainOs *os = &command->def->os;
    if (!has_pflash(command->def))
        return 0;
    StorageSource code = {.type = STORAGE_TYPE_FILE, .file = os->loader->value};
    flash(command, &code, "libvirt-pflash0", os->loader->readonly == YES_NO_YES, os->loader->format);
    if (!os->nvram)
        return 0;
    StorageSource vars = {.type = STORAGE_TYPE_FILE, .file = os->nvram->path};
    const StorageSource *source = os->nvram->type && os->nvram->type != STORAGE_TYPE_UNSET ? &os->nvram->source : &vars;
    if (qemu_blockdev_check(source) < 0)
        return -1;
    flash(command, source, "libvirt-pflash1", false, os->nvram->format);
    return 0;
}

int
qemu_command_machine(QemuCommand *command)
{
    const DomainOs *os = &command->def->os;
    const DomainFeatures *features = &command->def->features;
    if (machine(command) < 0)
        return -1;
    accelerator(command);
    if (features->smm && features->smm->tseg)
        qemu_argf(command, "-global", "mch.extended-tseg-mbytes=%llu", features->smm->tseg >> 20);
    if (os->loader && os->loader->value && os->loader->type != DOMAIN_OS_LOADER_TYPE_PFLASH)
        qemu_arg2(command, "-bios", os->loader->value);
    if (has_pflash(command->def) && os->loader->secure == YES_NO_YES)
        qemu_arg2(command, "-global", "driver=cfi.pflash01,property=secure,value=on");
    return 0;
}

/* One SMBIOS table: which entry is written as which field. */
typedef struct {
    const char *entry, *field;
} SmbiosField;

static const SmbiosField bios_fields[] = {
    {"vendor", "vendor"}, {"version", "version"}, {"date", "date"}, {"release", "release"}, {NULL, NULL}};
static const SmbiosField system_fields[] = {
    {"manufacturer", "manufacturer"}, {"product", "product"}, {"version", "version"}, {"serial", "serial"},
    {"uuid", "uuid"}, {"sku", "sku"}, {"family", "family"}, {NULL, NULL}};
static const SmbiosField board_fields[] = {
    {"manufacturer", "manufacturer"}, {"product", "product"}, {"version", "version"}, {"serial", "serial"},
    {"asset", "asset"}, {"location", "location"}, {NULL, NULL}};
static const SmbiosField chassis_fields[] = {
    {"manufacturer", "manufacturer"}, {"version", "version"}, {"serial", "serial"}, {"asset", "asset"},
    {"sku", "sku"}, {NULL, NULL}};

static void
smbios_table(QemuCommand *command, int type, const DomainSysinfoBlock *block, const SmbiosField *fields)
{
    if (!block || block->n_entry == 0)
        return;
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "type=%d", type);
    for (; fields->entry; fields++) {
        for (size_t i = 0; i < block->n_entry; i++) {
            if (g_strcmp0(block->entry[i]->name, fields->entry) != 0 || !block->entry[i]->value)
                continue;
            g_string_append_printf(out, ",%s=", fields->field);
            qemu_append_value(out, block->entry[i]->value);
        }
    }
    qemu_arg2(command, "-smbios", out->str);
}

static void
oem_strings(QemuCommand *command, const DomainSysinfoBlock *block)
{
    if (!block || block->n_entry == 0)
        return;
    g_autoptr(GString) out = g_string_new("type=11");
    for (size_t i = 0; i < block->n_entry; i++) {
        g_string_append(out, ",value=");
        qemu_append_value(out, block->entry[i]->value);
    }
    qemu_arg2(command, "-smbios", out->str);
}

static void
fw_cfg(QemuCommand *command, const DomainSysinfoEntry *entry)
{
    g_autoptr(GString) out = g_string_new("name=");
    qemu_append_value(out, entry->name);
    g_string_append(out, entry->file ? ",file=" : ",string=");
    qemu_append_value(out, entry->file ? entry->file : entry->value);
    qemu_arg2(command, "-fw_cfg", out->str);
}

int
qemu_command_smbios(QemuCommand *command)
{
    const DomainDef *def = command->def;
    if (def->os.smbios == DOMAIN_OS_SMBIOS_EMULATE)
        return 0;
    for (size_t i = 0; i < def->n_sysinfo; i++) {
        const DomainSysinfo *info = def->sysinfo[i];
        if (info->type == DOMAIN_SYSINFO_TYPE_FWCFG) {
            for (size_t j = 0; j < info->n_entry; j++)
                fw_cfg(command, info->entry[j]);
            continue;
        }
        if (def->os.smbios != DOMAIN_OS_SMBIOS_SYSINFO)
            continue;
        if (info->n_base_board > 1)
            return UNSUPPORTED("qemu does not support more than one entry to Type 2 in SMBIOS table");
        smbios_table(command, 0, info->bios, bios_fields);
        smbios_table(command, 1, info->system, system_fields);
        for (size_t j = 0; j < info->n_base_board; j++)
            smbios_table(command, 2, info->base_board[j], board_fields);
        smbios_table(command, 3, info->chassis, chassis_fields);
        oem_strings(command, info->oem_strings);
    }
    return 0;
}

static void
clock_base(GString *out, const DomainClock *clock)
{
    long long seconds = (long long)time(NULL);
    struct tm tm;
    time_t when;
    switch (clock->offset) {
    case DOMAIN_CLOCK_OFFSET_UTC:
        g_string_append(out, "base=utc");
        return;
    case DOMAIN_CLOCK_OFFSET_LOCALTIME:
    case DOMAIN_CLOCK_OFFSET_TIMEZONE:
        g_string_append(out, "base=localtime");
        return;
    case DOMAIN_CLOCK_OFFSET_VARIABLE:
        seconds += g_ascii_strtoll(clock->adjustment ? clock->adjustment : "0", NULL, 10);
        break;
    default:
        seconds = clock->start;
        break;
    }
    when = (time_t)seconds;
    if (clock->offset == DOMAIN_CLOCK_OFFSET_VARIABLE && clock->basis == DOMAIN_CLOCK_BASIS_LOCALTIME)
        localtime_r(&when, &tm);
    else
        gmtime_r(&when, &tm);
    g_string_append_printf(out, "base=%d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                           tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int
qemu_command_clock(QemuCommand *command)
{
    const DomainClock *clock = &command->def->clock;
    g_autoptr(GString) out = g_string_new(NULL);
    clock_base(out, clock);
    if (clock->offset == DOMAIN_CLOCK_OFFSET_TIMEZONE && clock->timezone)
        g_ptr_array_add(command->env, g_strdup_printf("TZ=%s", clock->timezone));
    for (size_t i = 0; i < clock->n_timer; i++) {
        const DomainTimer *timer = clock->timer[i];
        if (timer->name != DOMAIN_TIMER_NAME_RTC)
            continue;
        if (timer->track == DOMAIN_TIMER_TRACK_GUEST)
            g_string_append(out, ",clock=vm");
        else if (timer->track == DOMAIN_TIMER_TRACK_WALL)
            g_string_append(out, ",clock=host");
        else if (timer->track == DOMAIN_TIMER_TRACK_REALTIME)
            g_string_append(out, ",clock=rt");
        if (timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_CATCHUP)
            g_string_append(out, ",driftfix=slew");
        break;
    }
    qemu_arg2(command, "-rtc", out->str);
    for (size_t i = 0; i < clock->n_timer; i++) {
        const DomainTimer *timer = clock->timer[i];
        if (timer->name == DOMAIN_TIMER_NAME_PIT && qemu_is_x86(command->def)) {
            if (timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_DELAY)
                qemu_arg2(command, "-global", "kvm-pit.lost_tick_policy=delay");
            else if (timer->tickpolicy == DOMAIN_TIMER_TICKPOLICY_DISCARD)
                qemu_arg2(command, "-global", "kvm-pit.lost_tick_policy=discard");
        }
        if (timer->name == DOMAIN_TIMER_NAME_HPET && timer->present == YES_NO_NO)
            qemu_arg(command, "-no-hpet");
    }
    return 0;
}

int
qemu_command_power(QemuCommand *command)
{
    const DomainDef *def = command->def;
    /* what happens after a reboot is told over QMP, and may change while the guest runs */
    qemu_arg(command, "-no-shutdown");
    if ((qemu_is_x86(def) || strcmp(def->os.type.arch, "aarch64") == 0) && !def->features.acpi)
        qemu_arg(command, "-no-acpi");
    const char *device = qemu_is_q35(def) ? "ICH9-LPC" : "PIIX4_PM";
    if (def->pm && def->pm->suspend_to_mem)
        qemu_argf(command, "-global", "%s.disable_s3=%d", device, def->pm->suspend_to_mem == YES_NO_NO);
    if (def->pm && def->pm->suspend_to_disk)
        qemu_argf(command, "-global", "%s.disable_s4=%d", device, def->pm->suspend_to_disk == YES_NO_NO);
    return 0;
}

int
qemu_command_boot(QemuCommand *command)
{
    const DomainOs *os = &command->def->os;
    g_autoptr(GString) out = g_string_new(NULL);
    if (os->bootmenu && os->bootmenu->enable)
        g_string_append(out, os->bootmenu->enable == YES_NO_YES ? "menu=on," : "menu=off,");
    if (os->bios && os->bios->has_reboot_timeout)
        g_string_append_printf(out, "reboot-timeout=%d,", os->bios->reboot_timeout);
    if (os->bootmenu && os->bootmenu->has_timeout && os->bootmenu->timeout)
        g_string_append_printf(out, "splash-time=%u,", os->bootmenu->timeout);
    g_string_append(out, "strict=on");
    qemu_arg2(command, "-boot", out->str);
    const struct {
        const char *option, *value;
    } files[] = {{"-kernel", os->kernel}, {"-initrd", os->initrd}, {"-append", os->cmdline}, {"-dtb", os->dtb}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        if (files[i].value)
            qemu_arg2(command, files[i].option, files[i].value);
    }
    for (size_t i = 0; i < os->n_acpi_table; i++)
        qemu_argf(command, "-acpitable", "sig=SLIC,file=%s", os->acpi_table[i]->value);
    return 0;
}
