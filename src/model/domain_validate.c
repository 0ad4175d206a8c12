/* What must not stand together in one guest, once everything is complete.
 *
 * Called by domain_post.c; messages name what clashes.
 */
#include "model/domain_rules.h"

#include <string.h>

static int
check_seclabels(const DomainDef *def)
{
    for (size_t i = 0; i < def->n_seclabel; i++) {
        for (size_t j = 0; j < i; j++) {
            if (g_strcmp0(def->seclabel[i]->model, def->seclabel[j]->model) == 0 && def->seclabel[i]->model)
                return DETAIL_FAIL("seclabel for model %s is already provided", def->seclabel[i]->model);
        }
    }
    return 0;
}

static int
check_video(const DomainVideo *video)
{
    const DomainVideoModel *model = &video->model;
    bool vhostuser = video->driver && video->driver->name == DOMAIN_VIDEO_DRIVER_NAME_VHOSTUSER;

    if (model->ram && model->type != VIDEO_TYPE_QXL)
        return UNSUPPORTED("ram attribute only supported for video type qxl");
    if (model->vram64 && model->type != VIDEO_TYPE_QXL)
        return UNSUPPORTED("vram64 attribute only supported for video type qxl");
    if (model->vgamem && model->type != VIDEO_TYPE_QXL)
        return UNSUPPORTED("vgamem attribute only supported for video type qxl");
    if (vhostuser && model->type != VIDEO_TYPE_VIRTIO)
        return UNSUPPORTED("'vhostuser' driver is only supported with 'virtio' device");
    if (model->acceleration && model->acceleration->rendernode && !vhostuser)
        return UNSUPPORTED("unsupported rendernode accel attribute without 'vhostuser'");
    return 0;
}

static int
check_videos(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_video; i++) {
        if (check_video(def->devices.video[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < def->devices.n_video; i++) {
        if (def->devices.n_video > 1 && def->devices.video[i]->model.type == VIDEO_TYPE_NONE)
            return UNSUPPORTED("a 'none' video type must be the only video device defined for the domain");
    }
    return 0;
}

static int
check_hostdevs(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_hostdev; i++) {
        for (size_t j = 0; j < i; j++) {
            if (def->devices.hostdev[i]->type &&
                def->devices.hostdev[i]->type == def->devices.hostdev[j]->type &&
                vr_model_equal(&vr_desc_hostdev_source, &def->devices.hostdev[i]->source,
                               &def->devices.hostdev[j]->source))
                return XML_FAIL("Hostdev already exists in the domain configuration");
        }
    }
    return 0;
}

static int
check_usb_masters(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *companion = def->devices.controller[i];
        bool found = false;

        if (companion->type != CONTROLLER_TYPE_USB || companion->master_startport == -1)
            continue;
        for (size_t j = 0; j < def->devices.n_controller; j++) {
            const DomainController *other = def->devices.controller[j];

            found |= other->type == CONTROLLER_TYPE_USB && other->index == companion->index &&
                     other->master_startport == -1;
        }
        if (!found)
            return DETAIL_FAIL("No master USB controller specified");
    }
    return 0;
}

static bool
has_usb(const DomainDef *def, bool none)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];

        if (controller->type == CONTROLLER_TYPE_USB && (controller->model == CONTROLLER_MODEL_NONE) == none)
            return true;
    }
    return false;
}

static int
check_usb(const DomainDef *def)
{
    bool disabled = has_usb(def, true);

    if (disabled && has_usb(def, false))
        return DETAIL_FAIL("Can't add another USB controller: USB is disabled for this domain");
    if (!has_usb(def, false) && def->devices.n_redirdev)
        return UNSUPPORTED("cannot add redirected USB device: USB is disabled for this domain");
    if (disabled && def->devices.n_hub)
        return UNSUPPORTED("Can't add USB hub: USB is disabled for this domain");
    for (size_t i = 0; disabled && i < def->devices.n_input; i++) {
        if (def->devices.input[i]->bus == INPUT_BUS_USB)
            return UNSUPPORTED("Can't add USB input device. USB bus is disabled");
    }
    for (size_t i = 0; disabled && i < def->devices.n_hostdev; i++) {
        if (def->devices.hostdev[i]->type == HOSTDEV_TYPE_USB)
            return UNSUPPORTED("Can't add host USB device: USB is disabled in this host");
    }
    return 0;
}

static int
check_numbers(const DomainDef *def)
{
    if (def->vcpu.has_current && def->vcpu.current > def->vcpu.value)
        return UNSUPPORTED("maximum vCPU count must not be less than current vCPU count");
    for (size_t i = 0; def->vcpus && i < def->vcpus->n_vcpu; i++) {
        if (def->vcpus->vcpu[i]->id >= def->vcpu.value)
            return XML_FAIL("vcpu id '%u' is out of range of maximum vcpu count", def->vcpus->vcpu[i]->id);
    }
    if (def->max_memory && (!def->max_memory->value || !def->max_memory->slots))
        return XML_FAIL("both maximum memory size and memory slot count must be specified");
    if (def->max_memory && def->max_memory->value < def->memory.value)
        return XML_FAIL("maximum memory size must be equal or greater than the actual memory size");
    if (def->defaultiothread && def->defaultiothread->thread_pool_min > def->defaultiothread->thread_pool_max)
        return UNSUPPORTED("thread_pool_min must be smaller or equal to thread_pool_max");
    return 0;
}

static int
check_memory_devices(const DomainDef *def)
{
    size_t cells = def->cpu && def->cpu->numa ? def->cpu->numa->n_cell : 0;

    for (size_t i = 0; i < def->devices.n_memory; i++) {
        int node = def->devices.memory[i]->target.node;

        if (node >= 0 && !cells)
            return DETAIL_FAIL("can't add memory backend as guest has no NUMA nodes configured");
        if (node >= 0 && cells && (size_t) node >= cells)
            return DETAIL_FAIL("can't add memory backend for guest node '%d' as the guest has only '%zu' "
                               "NUMA nodes configured", node, cells);
    }
    return 0;
}

static int
check_boot_order(const DomainDef *def)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const DomainDevices *devices = &def->devices;
    const DomainBoot *boot;

#define CHECK_BOOT(list, count)                                                                    \
    for (size_t i = 0; i < (count); i++) {                                                         \
        if ((boot = (list)[i]->boot) && !g_hash_table_add(seen, GUINT_TO_POINTER(boot->order)))     \
            return UNSUPPORTED("boot order '%u' used for more than one device", boot->order);      \
    }
    CHECK_BOOT(devices->disk, devices->n_disk)
    CHECK_BOOT(devices->interface, devices->n_interface)
    CHECK_BOOT(devices->hostdev, devices->n_hostdev)
    CHECK_BOOT(devices->redirdev, devices->n_redirdev)
#undef CHECK_BOOT
    return 0;
}

static int
check_iommus(const DomainDef *def)
{
    bool split = def->features.ioapic == DOMAIN_FEATURES_IOAPIC_QEMU;

    for (size_t i = 0; i < def->devices.n_iommu; i++) {
        const DomainIommu *iommu = def->devices.iommu[i];
        const DomainIommuDriver *driver = iommu->driver;

        if (iommu->model == DOMAIN_IOMMU_MODEL_INTEL && iommu->address)
            return XML_FAIL("iommu model '%s' can't have address", "intel");
        if (!driver)
            continue;
        if (driver->intremap == ON_OFF_ON && !split)
            return UNSUPPORTED("IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')");
        if (driver->eim == ON_OFF_ON && driver->intremap != ON_OFF_ON)
            return UNSUPPORTED("IOMMU eim requires interrupt remapping to be enabled");
    }
    return 0;
}

/* No two panic devices of one model. */
static int
check_panics(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_panic; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *model = vr_enum_to_string(&vr_enum_domain_panic_model, def->devices.panic[i]->model);

            if (def->devices.panic[j]->model == def->devices.panic[i]->model)
                return XML_FAIL("Multiple panic devices with model '%s'", model ? model : "default");
        }
    }
    return 0;
}

static int
check_events(const DomainDef *def)
{
    for (size_t i = 0; def->perf && i < def->perf->n_event; i++) {
        for (size_t j = 0; j < i; j++) {
            if (def->perf->event[j]->name == def->perf->event[i]->name)
                return XML_FAIL("perf event '%s' was already specified",
                                vr_enum_to_string(&vr_enum_domain_perf_name, def->perf->event[i]->name));
        }
    }
    for (size_t i = 0; def->keywrap && i < def->keywrap->n_cipher; i++) {
        const char *name = vr_enum_to_string(&vr_enum_domain_keywrap_cipher_name, def->keywrap->cipher[i]->name);

        for (size_t j = 0; j < i; j++) {
            if (def->keywrap->cipher[j]->name == def->keywrap->cipher[i]->name)
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                                "A domain definition can have no more than one cipher node with name %s", name);
        }
    }
    return 0;
}

/* What each type of file system comes from and where it goes. */
static int
check_filesystems(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_filesystem; i++) {
        const DomainFilesystem *fs = def->devices.filesystem[i];
        const DomainFilesystemSource *source = &fs->source;
        const char *from = source->dir ? source->dir : source->file ? source->file : source->dev ? source->dev :
                           source->name ? source->name : source->socket ? source->socket : source->volume;
        bool memory = fs->type == FILESYSTEM_TYPE_RAM;

        if (!from && !memory)
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_NO_SOURCE, "%s", fs->target ? fs->target : "");
        if (!fs->target)
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_NO_TARGET, "%s", from ? from : "");
    }
    return 0;
}

static int
check_firmware(const DomainDef *def)
{
    const DomainOsLoader *loader = def->os.loader;

    if (def->os.firmware && loader && loader->secure == YES_NO_NO)
        return DETAIL_FAIL("loader attribute 'secure' cannot be specified when firmware autoselection is enabled");
    if (def->os.firmware && loader && loader->readonly)
        return DETAIL_FAIL("loader attribute 'readonly' cannot be specified when firmware autoselection is enabled");
    if (!def->os.firmware && (def->os.nvram || loader) && (!loader || !loader->value))
        return DETAIL_FAIL("no loader path specified and firmware auto selection disabled");
    return 0;
}

int
domain_validate(const DomainDef *def)
{
    if (domain_disks_check(def) < 0 || check_filesystems(def) < 0 || check_usb(def) < 0 || domain_chardevs_check(def) < 0)
        return -1;
    if (domain_devices_check(def) < 0 || domain_os_check(def) < 0)
        return -1;
    if (domain_audios_check(def) < 0 || domain_memory_check(def) < 0 || domain_features_check(def) < 0 ||
        check_panics(def) < 0 || check_events(def) < 0)
        return -1;
    if (check_numbers(def) < 0 || check_boot_order(def) < 0 || check_iommus(def) < 0 || check_firmware(def) < 0)
        return -1;
    if (check_seclabels(def) < 0 || check_videos(def) < 0 || check_hostdevs(def) < 0 ||
        check_usb_masters(def) < 0)
        return -1;
    return check_memory_devices(def);
}
