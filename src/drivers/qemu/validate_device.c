/* What QEMU cannot do with the remaining devices, kind by kind.  Called by validate.c while a definition is read. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/devices.h"
#include "drivers/qemu/parse.h"

#define INTERNAL(...) vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

static bool
has_graphics(const DomainDef *def, int type)
{
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        if (def->devices.graphics[i]->type == type)
            return true;
    }
    return false;
}

static int
check_chardev(const DomainDef *def, const ChardevSource *source)
{
    if (source->has_reconnect && source->reconnect.enabled == YES_NO_YES && source->reconnect.timeout == 0 &&
        (source->type == CHARDEV_TYPE_TCP || source->type == CHARDEV_TYPE_UNIX))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "chardev reconnect source timeout cannot be '0'");
    if ((source->type == CHARDEV_TYPE_SPICEVMC || source->type == CHARDEV_TYPE_SPICEPORT) &&
        !has_graphics(def, GRAPHICS_TYPE_SPICE))
        return UNSUPPORTED("chardev '%s' not supported without spice graphics",
                           vr_enum_to_string(&vr_enum_chardev_type, source->type));
    if (source->type == CHARDEV_TYPE_NMDM)
        return UNSUPPORTED("unsupported chardev 'nmdm'");
    return 0;
}

/* Which machines have each serial port, and which model goes with which kind. */
static bool
serial_fits(const DomainDef *def, int type, int model)
{
    switch (type) {
    case SERIAL_TARGET_TYPE_ISA_SERIAL:
    case SERIAL_TARGET_TYPE_ISA_DEBUG:
        return qemu_is_x86(def);
    case SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL:
        return qemu_is_pseries(def);
    case SERIAL_TARGET_TYPE_SYSTEM_SERIAL:
        return model == SERIAL_MODEL_PL011 ? qemu_is_arm_virt(def) : qemu_is_riscv_virt(def);
    case SERIAL_TARGET_TYPE_SCLP_SERIAL:
        return qemu_is_s390(def);
    default:
        return true;
    }
}

static int
type_of_model(int model)
{
    static const int types[] = {
        [SERIAL_MODEL_ISA_SERIAL] = SERIAL_TARGET_TYPE_ISA_SERIAL,
        [SERIAL_MODEL_USB_SERIAL] = SERIAL_TARGET_TYPE_USB_SERIAL,
        [SERIAL_MODEL_PCI_SERIAL] = SERIAL_TARGET_TYPE_PCI_SERIAL,
        [SERIAL_MODEL_SPAPR_VTY] = SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL,
        [SERIAL_MODEL_PL011] = SERIAL_TARGET_TYPE_SYSTEM_SERIAL,
        [SERIAL_MODEL_16550A] = SERIAL_TARGET_TYPE_SYSTEM_SERIAL,
        [SERIAL_MODEL_SCLPCONSOLE] = SERIAL_TARGET_TYPE_SCLP_SERIAL,
        [SERIAL_MODEL_SCLPLMCONSOLE] = SERIAL_TARGET_TYPE_SCLP_SERIAL,
        [SERIAL_MODEL_ISA_DEBUGCON] = SERIAL_TARGET_TYPE_ISA_DEBUG,
    };
    return (size_t)model < G_N_ELEMENTS(types) ? types[model] : SERIAL_TARGET_TYPE_UNSET;
}

static int
check_serial(const DomainDef *def, const DomainSerial *serial)
{
    int type = serial->target.type, model = serial->target.model;
    if (!type || !model)
        return 0;
    const char *type_name = vr_enum_to_string(&vr_enum_serial_target_type, type);
    const char *model_name = vr_enum_to_string(&vr_enum_serial_model, model);
    if (type_of_model(model) != type)
        return UNSUPPORTED("Target model '%s' requires target type '%s'", model_name,
                           vr_enum_to_string(&vr_enum_serial_target_type, type_of_model(model)));
    if (!serial_fits(def, type, model))
        return UNSUPPORTED("Serial device with target type '%s' and target model '%s' not compatible with guest "
                           "architecture or machine type", type_name, model_name);
    if (serial->address) {
        int wanted = type == SERIAL_TARGET_TYPE_ISA_SERIAL || type == SERIAL_TARGET_TYPE_ISA_DEBUG
                         ? DOMAIN_ADDRESS_TYPE_ISA
                     : type == SERIAL_TARGET_TYPE_USB_SERIAL       ? DOMAIN_ADDRESS_TYPE_USB
                     : type == SERIAL_TARGET_TYPE_PCI_SERIAL       ? DOMAIN_ADDRESS_TYPE_PCI
                     : type == SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL ? DOMAIN_ADDRESS_TYPE_SPAPR_VIO
                                                                   : DOMAIN_ADDRESS_TYPE_UNSET;
        if (serial->address->type != wanted)
            return UNSUPPORTED("Target type '%s' requires address type '%s'", type_name,
                               vr_enum_to_string(&vr_enum_domain_address_type, wanted));
        if (type == SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL && serial->address->reg > 0xffffffffull)
            return UNSUPPORTED("spapr-vio reg='0x%llx' exceeds maximum possible value (0xffffffff)",
                               serial->address->reg);
    }
    return 0;
}

static int
check_chardevs(const DomainDef *def, const QemuCaps *caps)
{
    const DomainDevices *d = &def->devices;
    for (size_t i = 0; i < d->n_serial; i++) {
        if (check_chardev(def, &d->serial[i]->source) < 0 || check_serial(def, d->serial[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < d->n_parallel; i++) {
        if (qemu_is_s390(def) || qemu_is_pseries(def))
            return UNSUPPORTED("parallel ports are not supported");
        if (check_chardev(def, &d->parallel[i]->source) < 0)
            return -1;
    }
    for (size_t i = 0; i < d->n_channel; i++) {
        if (check_chardev(def, &d->channel[i]->source) < 0)
            return -1;
        if (d->channel[i]->target.type == CHANNEL_TARGET_TYPE_XEN)
            return UNSUPPORTED("unsupported channel target type 'xen'");
    }
    for (size_t i = 0; i < d->n_console; i++) {
        int type = d->console[i]->target.type;
        if (check_chardev(def, &d->console[i]->source) < 0)
            return -1;
        if ((type == CONSOLE_TARGET_TYPE_SCLP && !qemu_caps_has(caps, "sclpconsole")) ||
            (type == CONSOLE_TARGET_TYPE_SCLPLM && !qemu_caps_has(caps, "sclplmconsole")))
            return UNSUPPORTED("%s is not supported in this QEMU binary",
                               type == CONSOLE_TARGET_TYPE_SCLP ? "sclpconsole" : "sclplmconsole");
    }
    if (d->n_redirdev && !qemu_caps_has(caps, "usb-redir"))
        return UNSUPPORTED("USB redirection is not supported by this version of QEMU");
    for (size_t i = 0; i < d->n_redirdev; i++) {
        if (check_chardev(def, &d->redirdev[i]->source) < 0)
            return -1;
    }
    for (size_t i = 0; i < d->n_smartcard; i++) {
        if (d->smartcard[i]->mode == DOMAIN_SMARTCARD_MODE_PASSTHROUGH &&
            check_chardev(def, &d->smartcard[i]->source) < 0)
            return -1;
    }
    for (size_t i = 0; i < d->n_rng; i++) {
        if (d->rng[i]->backend->model == DOMAIN_RNG_BACKEND_MODEL_EGD &&
            check_chardev(def, &d->rng[i]->backend->source) < 0)
            return -1;
    }
    return 0;
}

static bool
is_power_of_two(unsigned long long n)
{
    return n && !(n & (n - 1));
}

static int
check_net(const DomainNet *net)
{
    const DomainNetDriver *driver = net->driver;
    bool virtio = qemu_net_is_virtio(net);
    if (net->type == NET_TYPE_INTERNAL)
        return UNSUPPORTED("interface type 'internal' is not supported");
    if (net->teaming && net->teaming->type == DOMAIN_NET_TEAMING_TYPE_PERSISTENT && !virtio)
        return UNSUPPORTED("virtio 'failover' device is only supported for virtio NICs");
    if (!driver)
        return 0;
    if (virtio && driver->rx_queue_size && !is_power_of_two(driver->rx_queue_size))
        return UNSUPPORTED("rx_queue_size has to be a power of two");
    if (virtio && driver->tx_queue_size && !is_power_of_two(driver->tx_queue_size))
        return UNSUPPORTED("tx_queue_size has to be a power of two");
    if (!virtio && net->type != NET_TYPE_HOSTDEV && (driver->iommu || driver->ats || driver->packed || driver->page_per_vq))
        return UNSUPPORTED("iommu driver option is only supported for virtio devices");
    return 0;
}

static int
check_graphics(const DomainDef *def)
{
    int seen[GRAPHICS_TYPE_DBUS + 1] = {0};
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        const DomainGraphics *graphics = def->devices.graphics[i];
        if (graphics->type == GRAPHICS_TYPE_RDP || graphics->type == GRAPHICS_TYPE_DESKTOP)
            return UNSUPPORTED("unsupported graphics type '%s'",
                               vr_enum_to_string(&vr_enum_graphics_type, graphics->type));
        if (seen[graphics->type]++)
            return UNSUPPORTED("only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported");
        if (graphics->type != GRAPHICS_TYPE_SPICE)
            continue;
        if (graphics->gl && graphics->gl->enable != YES_NO_YES && graphics->gl->rendernode)
            return UNSUPPORTED("rendernode needs gl to be enabled");
    }
    return 0;
}

/* The device that shows a card's picture, by model; NULL for those without one of their own. */
static const char *
card_type(int type)
{
    static const char *const types[] = {
        [VIDEO_TYPE_VGA] = "VGA",          [VIDEO_TYPE_CIRRUS] = "cirrus-vga", [VIDEO_TYPE_VMVGA] = "vmware-svga",
        [VIDEO_TYPE_QXL] = "qxl",          [VIDEO_TYPE_VIRTIO] = "virtio-gpu-device", [VIDEO_TYPE_BOCHS] = "bochs-display",
        [VIDEO_TYPE_RAMFB] = "ramfb",
    };
    return (size_t)type < G_N_ELEMENTS(types) ? types[type] : NULL;
}

static int
check_videos(const DomainDef *def, const QemuCaps *caps)
{
    for (size_t i = 0; i < def->devices.n_video; i++) {
        const DomainVideo *video = def->devices.video[i];
        int type = video->model.type;
        const char *name = vr_enum_to_string(&vr_enum_video_type, type);
        bool vhost_user = video->driver && video->driver->name == DOMAIN_VIDEO_DRIVER_NAME_VHOSTUSER;
        if (type == VIDEO_TYPE_XEN || type == VIDEO_TYPE_VBOX || type == VIDEO_TYPE_PARALLELS || type == VIDEO_TYPE_GOP)
            return UNSUPPORTED("domain configuration does not support video model '%s'", name);
        if (card_type(type) && !qemu_caps_has(caps, card_type(type)))
            return UNSUPPORTED("domain configuration does not support video model '%s'", name);
        if (!video->model.primary && i > 0 && type != VIDEO_TYPE_QXL && type != VIDEO_TYPE_VIRTIO)
            return UNSUPPORTED("video type '%s' is only valid as primary video device", name);
        if (video->model.acceleration && video->model.acceleration->accel3d == YES_NO_YES && type != VIDEO_TYPE_VIRTIO)
            return UNSUPPORTED("%s 3d acceleration is not supported", name);
        if (video->driver && (video->driver->iommu || video->driver->ats || video->driver->packed) &&
            type != VIDEO_TYPE_VIRTIO)
            return UNSUPPORTED("iommu driver option is only supported for virtio devices");
        if (vhost_user && type != VIDEO_TYPE_VIRTIO)
            return UNSUPPORTED("'vhostuser' driver is only supported with 'virtio' device");
        if ((type == VIDEO_TYPE_VGA || type == VIDEO_TYPE_VMVGA || type == VIDEO_TYPE_BOCHS) && video->model.has_vram &&
            video->model.vram < 1024)
            return UNSUPPORTED("value for 'vram' must be at least 1 MiB (1024 KiB)");
        if (type == VIDEO_TYPE_QXL && video->model.vgamem && video->model.vgamem < 1024)
            return UNSUPPORTED("value for 'vgamem' must be at least 1 MiB (1024 KiB)");
        if (type == VIDEO_TYPE_QXL && !is_power_of_two(video->model.vgamem))
            return UNSUPPORTED("value for 'vgamem' must be power of two");
    }
    return 0;
}

static int
check_hostdev(const DomainDef *def, const QemuCaps *caps, const DomainHostdev *hostdev)
{
    if (hostdev->mode == DOMAIN_HOSTDEV_MODE_CAPABILITIES)
        return UNSUPPORTED("hostdev mode 'capabilities' is not supported in qemu");
    switch (hostdev->type) {
    case HOSTDEV_TYPE_SCSI_HOST:
        if (hostdev->boot)
            return UNSUPPORTED("booting from assigned devices is not supported by vhost SCSI devices");
        break;
    case HOSTDEV_TYPE_PCI:
        if (hostdev->driver && hostdev->driver->name == DOMAIN_HOSTDEV_DRIVER_NAME_XEN)
            return UNSUPPORTED("invalid PCI passthrough type 'xen'");
        break;
    case HOSTDEV_TYPE_MDEV:
        if (hostdev->model == HOSTDEV_MODEL_VFIO_CCW && !qemu_caps_has(caps, "vfio-ccw"))
            return UNSUPPORTED("VFIO CCW device assignment is not supported by this version of QEMU");
        if (hostdev->model == HOSTDEV_MODEL_VFIO_AP && !qemu_caps_has(caps, "vfio-ap"))
            return UNSUPPORTED("VFIO AP device assignment is not supported by this version of QEMU");
        if (hostdev->display == ON_OFF_ON && hostdev->model != HOSTDEV_MODEL_VFIO_PCI)
            return UNSUPPORTED("display is supported only with model 'vfio-pci'");
        if (hostdev->display == ON_OFF_ON && def->devices.n_graphics == 0)
            return UNSUPPORTED("graphics device is needed for attribute value 'display=on' in <hostdev>");
        if (hostdev->ramfb == ON_OFF_ON && hostdev->display != ON_OFF_ON)
            return UNSUPPORTED("'ramfb' can only be used with 'display=on' in <hostdev>");
        break;
    default:
        break;
    }
    return 0;
}

bool
qemu_has_shared_memory(const DomainDef *def)
{
    const DomainNuma *numa = def->cpu ? def->cpu->numa : NULL;
    if (def->memory_backing && (def->memory_backing->access == DOMAIN_MEMORY_BACKING_ACCESS_SHARED))
        return true;
    for (size_t i = 0; numa && i < numa->n_cell; i++) {
        if (numa->cell[i]->mem_access != DOMAIN_NUMA_CELL_MEM_ACCESS_SHARED)
            return false;
    }
    return numa && numa->n_cell;
}

static int
check_filesystem(const DomainDef *def, const DomainFilesystem *fs)
{
    int driver = fs->driver ? fs->driver->type : DOMAIN_FILESYSTEM_DRIVER_TYPE_UNSET;
    if (fs->type != FILESYSTEM_TYPE_MOUNT)
        return UNSUPPORTED("only supports mount filesystem type");
    switch (driver) {
    case DOMAIN_FILESYSTEM_DRIVER_TYPE_UNSET:
    case DOMAIN_FILESYSTEM_DRIVER_TYPE_PATH:
        break;
    case DOMAIN_FILESYSTEM_DRIVER_TYPE_HANDLE:
        if (fs->accessmode != DOMAIN_FILESYSTEM_ACCESSMODE_PASSTHROUGH)
            return UNSUPPORTED("only supports passthrough accessmode");
        break;
    case DOMAIN_FILESYSTEM_DRIVER_TYPE_VIRTIOFS:
        if (fs->readonly)
            return UNSUPPORTED("virtiofs does not yet support read-only mode");
        if (fs->accessmode != DOMAIN_FILESYSTEM_ACCESSMODE_PASSTHROUGH)
            return UNSUPPORTED("virtiofs only supports passthrough accessmode");
        if (fs->driver->wrpolicy)
            return UNSUPPORTED("virtiofs does not support wrpolicy");
        if (fs->model == DOMAIN_FILESYSTEM_MODEL_VIRTIO_TRANSITIONAL ||
            fs->model == DOMAIN_FILESYSTEM_MODEL_VIRTIO_NON_TRANSITIONAL)
            return UNSUPPORTED("virtiofs does not support model '%s'",
                               vr_enum_to_string(&vr_enum_domain_filesystem_model, fs->model));
        if (!qemu_has_shared_memory(def))
            return UNSUPPORTED("virtiofs requires shared memory");
        return 0;
    default:
        return UNSUPPORTED("Filesystem driver type not supported");
    }
    if ((fs->fmode || fs->dmode) && fs->accessmode != DOMAIN_FILESYSTEM_ACCESSMODE_MAPPED)
        return UNSUPPORTED("fmode and dmode must be used with accessmode=mapped");
    return 0;
}

static int
check_tpms(const DomainDef *def, const QemuCaps *caps)
{
    size_t proxies = 0, others = 0;
    for (size_t i = 0; i < def->devices.n_tpm; i++) {
        const DomainTpm *tpm = def->devices.tpm[i];
        bool v12 = tpm->backend.type == DOMAIN_TPM_BACKEND_TYPE_EMULATOR &&
                   tpm->backend.version == DOMAIN_TPM_BACKEND_VERSION_1_2;
        if (tpm->model == DOMAIN_TPM_MODEL_SPAPR_TPM_PROXY)
            proxies++;
        else
            others++;
        if (tpm->model == DOMAIN_TPM_MODEL_SPAPR_TPM_PROXY && !qemu_is_pseries(def))
            return UNSUPPORTED("TPM Proxy is supported only on PSeries");
        if (v12 && tpm->model == DOMAIN_TPM_MODEL_TPM_CRB)
            return UNSUPPORTED("Unsupported interface '%s' for TPM 1.2", "tpm-crb");
        if (v12 && tpm->model == DOMAIN_TPM_MODEL_TPM_SPAPR)
            return UNSUPPORTED("TPM 1.2 is not supported with the SPAPR device model");
        if (v12 && qemu_is_arm(def))
            return UNSUPPORTED("TPM 1.2 is not supported on ARM");
        const char *model = vr_enum_to_string(&vr_enum_domain_tpm_model, tpm->model);
        const char *type = tpm->model == DOMAIN_TPM_MODEL_TPM_TIS && !qemu_is_x86(def) ? "tpm-tis-device" : model;
        if (tpm->model != DOMAIN_TPM_MODEL_SPAPR_TPM_PROXY && !qemu_caps_has(caps, type))
            return UNSUPPORTED("The QEMU executable %s does not support TPM model %s", def->devices.emulator, model);
    }
    if (proxies > 1)
        return UNSUPPORTED("only a single TPM Proxy device is supported");
    if (others > 1)
        return UNSUPPORTED("only a single TPM non-proxy device is supported");
    return 0;
}

static int
check_iommu(const DomainDef *def, const DomainIommu *iommu)
{
    const char *name = vr_enum_to_string(&vr_enum_domain_iommu_model, iommu->model);
    switch (iommu->model) {
    case DOMAIN_IOMMU_MODEL_INTEL:
        if (!qemu_is_q35(def))
            return UNSUPPORTED("IOMMU device: '%s' is only supported with Q35 machines", name);
        return 0;
    case DOMAIN_IOMMU_MODEL_SMMUV3:
        if (!qemu_is_arm_virt(def))
            return UNSUPPORTED("IOMMU device: '%s' is only supported with ARM Virt machines", name);
        return 0;
    case DOMAIN_IOMMU_MODEL_VIRTIO:
        if (!qemu_is_arm_virt(def) && !qemu_is_q35(def))
            return UNSUPPORTED("IOMMU device: '%s' is only supported with Q35 and ARM Virt machines", name);
        if (!iommu->address || iommu->address->type != DOMAIN_ADDRESS_TYPE_PCI)
            return UNSUPPORTED("IOMMU device: '%s' needs a PCI address", name);
        if (qemu_is_q35(def) && !def->features.acpi)
            return UNSUPPORTED("IOMMU device: '%s' requires ACPI", name);
        return 0;
    default:
        return UNSUPPORTED("IOMMU device: '%s' is not supported with this QEMU binary", name);
    }
}

static int
check_shmem(const DomainShmem *shmem)
{
    if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM)
        return UNSUPPORTED("ivshmem device is not supported with this QEMU binary");
    if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM_PLAIN && shmem->server)
        return UNSUPPORTED("shmem model '%s' does not support server", "ivshmem-plain");
    if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM_DOORBELL && !shmem->server)
        return UNSUPPORTED("shmem model '%s' requires a server", "ivshmem-doorbell");
    if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM_DOORBELL && shmem->size)
        return UNSUPPORTED("shmem model '%s' does not support size", "ivshmem-doorbell");
    if (shmem->size && !is_power_of_two(shmem->size))
        return UNSUPPORTED("shmem size must be a power of two");
    return 0;
}

static int
check_memory(const DomainDef *def, const DomainMemoryDevice *memory)
{
    const DomainMemoryTarget *target = &memory->target;
    if (memory->model == MEMORY_MODEL_NVDIMM && qemu_is_ppc64(def) && !target->label)
        return UNSUPPORTED("nvdimm device requires a label on PSeries guests");
    if (memory->model == MEMORY_MODEL_VIRTIO_MEM) {
        if (target->block && !is_power_of_two(target->block))
            return XML_FAIL("block size must be a power of two");
        if (target->requested > target->size)
            return XML_FAIL("requested size must be smaller than or equal to @size");
    }
    return 0;
}

/* One of a kind at most. */
static int
check_counts(const DomainDef *def)
{
    const DomainDevices *d = &def->devices;
    if (d->n_watchdog > 1)
        return INTERNAL("only a single watchdog device is supported");
    for (size_t i = 0; i < d->n_panic; i++) {
        for (size_t j = 0; j < i; j++) {
            if (d->panic[i]->model == d->panic[j]->model)
                return UNSUPPORTED("Multiple panic devices with model '%s'",
                                   vr_enum_to_string(&vr_enum_domain_panic_model, d->panic[i]->model));
        }
        int model = d->panic[i]->model;
        const char *name = vr_enum_to_string(&vr_enum_domain_panic_model, model);
        if ((model == DOMAIN_PANIC_MODEL_HYPERV && !qemu_is_x86(def)) ||
            (model == DOMAIN_PANIC_MODEL_PSERIES && !qemu_is_pseries(def)) ||
            (model == DOMAIN_PANIC_MODEL_S390 && !qemu_is_s390(def)))
            return UNSUPPORTED("only %s guests support panic device of model '%s'",
                               model == DOMAIN_PANIC_MODEL_HYPERV ? "i686 and x86_64"
                               : model == DOMAIN_PANIC_MODEL_S390 ? "S390" : "pSeries", name);
    }
    if (d->nvram && !qemu_is_pseries(def))
        return UNSUPPORTED("nvram device is only supported for PPC64");
    if (d->memballoon && d->memballoon->model == DOMAIN_MEMBALLOON_MODEL_XEN)
        return UNSUPPORTED("Memory balloon device type 'xen' is not supported by this version of qemu");
    return 0;
}

/* The emulator must have the device that DOCUMENTS call NAME. */
static int
need_type(const QemuCaps *caps, const char *type, const char *name)
{
    if (qemu_caps_has(caps, type))
        return 0;
    return UNSUPPORTED("%s is not supported by this QEMU binary", name);
}

static int
check_rom(const DomainRom *rom, const DomainAddress *address)
{
    if (rom && (rom->bar || rom->file || rom->enabled) && (!address || address->type != DOMAIN_ADDRESS_TYPE_PCI))
        return UNSUPPORTED("ROM tuning is only supported for PCI devices");
    return 0;
}

static int
check_watchdog(const DomainDef *def, const DomainWatchdog *watchdog)
{
    switch (watchdog->model) {
    case DOMAIN_WATCHDOG_MODEL_DIAG288:
        if (!qemu_is_s390(def))
            return UNSUPPORTED("%s model of watchdog is allowed for s390 and s390x only", "diag288");
        return 0;
    case DOMAIN_WATCHDOG_MODEL_IB700:
        if (!qemu_is_x86(def))
            return UNSUPPORTED("%s model of watchdog is part of the QEMU's x86 machines only", "ib700");
        return 0;
    case DOMAIN_WATCHDOG_MODEL_ITCO:
        if (!qemu_is_q35(def))
            return UNSUPPORTED("%s model of watchdog is part of q35 machines only", "itco");
        return 0;
    default:
        return 0;
    }
}

static int
check_input(const DomainInput *input, const QemuCaps *caps)
{
    static const char *const virtio[] = {"virtio-mouse-", "virtio-tablet-", "virtio-keyboard-", "virtio-input-host-", NULL};
    if (input->bus == INPUT_BUS_PS2 && need_type(caps, "i8042", "ps2") < 0)
        return -1;
    static const char *const usb[] = {"usb-mouse", "usb-tablet", "usb-kbd", NULL, NULL};
    static const char *const usb_names[] = {"usb mouse", "usb tablet", "usb keyboard", NULL, NULL};
    if (input->bus == INPUT_BUS_USB && usb[input->type] && need_type(caps, usb[input->type], usb_names[input->type]) < 0)
        return -1;
    if (input->bus == INPUT_BUS_VIRTIO && virtio[input->type]) {
        const char *bus = input->address && input->address->type == DOMAIN_ADDRESS_TYPE_CCW ? "ccw" : "pci";
        g_autofree char *type = g_strconcat(virtio[input->type], bus, NULL);
        g_autofree char *name = g_strndup(type, strlen(type) - 4);
        if (need_type(caps, type, name) < 0)
            return -1;
    }

    if (input->bus == INPUT_BUS_XEN || input->bus == INPUT_BUS_PARALLELS)
        return UNSUPPORTED("%s bus is not supported by qemu", vr_enum_to_string(&vr_enum_input_bus, input->bus));
    if (input->bus != INPUT_BUS_VIRTIO && input->driver)
        return UNSUPPORTED("only bus 'virtio' supports driver options");
    return 0;
}

/* FUNC for each item of a list of the guest's devices. */
#define CHECK_EACH(list, ...)                                                                      \
    for (size_t i = 0; i < def->devices.n_##list; i++) {                                           \
        if ((__VA_ARGS__) < 0)                                                                     \
            return -1;                                                                             \
    }

int
qemu_validate_devices(const DomainDef *def, const QemuCaps *caps)
{
    if (check_counts(def) < 0 || check_graphics(def) < 0 || check_videos(def, caps) < 0 || check_chardevs(def, caps) < 0 ||
        check_tpms(def, caps) < 0)
        return -1;
    CHECK_EACH(interface, check_net(def->devices.interface[i]))
    CHECK_EACH(hostdev, check_hostdev(def, caps, def->devices.hostdev[i]))
    CHECK_EACH(hostdev, check_rom(def->devices.hostdev[i]->rom, def->devices.hostdev[i]->address))
    CHECK_EACH(interface, check_rom(def->devices.interface[i]->rom, def->devices.interface[i]->address))
    CHECK_EACH(watchdog, check_watchdog(def, def->devices.watchdog[i]))
    CHECK_EACH(filesystem, check_filesystem(def, def->devices.filesystem[i]))
    CHECK_EACH(iommu, check_iommu(def, def->devices.iommu[i]))
    CHECK_EACH(shmem, check_shmem(def->devices.shmem[i]))
    CHECK_EACH(memory, check_memory(def, def->devices.memory[i]))
    CHECK_EACH(input, check_input(def->devices.input[i], caps))
    return 0;
}
