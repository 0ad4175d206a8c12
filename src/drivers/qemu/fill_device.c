/* What a device is when the document does not say: models, targets, formats, by machine.
 *
 * Called by fill.c and place.c while a definition is read.
 */
#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

#include <string.h>

static int
scsi_model(const DomainDef *def, const QemuCaps *caps)
{
    if (qemu_is_pseries(def))
        return CONTROLLER_MODEL_IBMVSCSI;
    if (qemu_is_s390(def))
        return CONTROLLER_MODEL_VIRTIO_SCSI;
    if (qemu_caps_has(caps, "lsi53c895a"))
        return CONTROLLER_MODEL_LSILOGIC;
    return CONTROLLER_MODEL_VIRTIO_SCSI;
}

static int
usb_model(const DomainDef *def, const DomainController *controller, const QemuCaps *caps)
{
    /* mainframes had none; whoever insists on one says where */
    if (qemu_is_s390(def))
        return controller->index <= 0 && !controller->address ? CONTROLLER_MODEL_NONE : CONTROLLER_MODEL_UNSET;
    if (qemu_is_ppc64(def))
        return qemu_is_pseries(def) && qemu_caps_has(caps, "qemu-xhci") ? CONTROLLER_MODEL_QEMU_XHCI
                                                                        : CONTROLLER_MODEL_PCI_OHCI;
    if (strcmp(def->os.type.arch, "aarch64") == 0)
        return qemu_caps_has(caps, "qemu-xhci") ? CONTROLLER_MODEL_QEMU_XHCI : CONTROLLER_MODEL_NEC_XHCI;
    if (qemu_caps_has(caps, "piix3-usb-uhci"))
        return CONTROLLER_MODEL_PIIX3_UHCI;
    if (qemu_caps_has(caps, "pci-ohci"))
        return CONTROLLER_MODEL_PCI_OHCI;
    return CONTROLLER_MODEL_UNSET;
}

int
qemu_fill_controllers(DomainDef *def, const QemuParse *parse)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_SCSI &&
            (!controller->model || controller->model == CONTROLLER_MODEL_AUTO))
            controller->model = scsi_model(def, parse->caps);
        if (controller->type == CONTROLLER_TYPE_USB && !controller->model)
            controller->model = usb_model(def, controller, parse->caps);
    }
    return 0;
}

static const char *
net_model(const DomainDef *def, const QemuCaps *caps)
{
    const char *machine = def->os.type.machine ? def->os.type.machine : "";
    if (qemu_is_s390(def) || qemu_is_arm_virt(def) || qemu_is_riscv_virt(def))
        return "virtio";
    if (qemu_is_arm(def))
        return strcmp(machine, "versatilepb") == 0 ? "smc91c111" : "lan9118";
    if (qemu_caps_has(caps, "rtl8139"))
        return "rtl8139";
    if (qemu_caps_has(caps, "e1000"))
        return "e1000";
    return "virtio";
}

static void
fill_net(DomainNet *net, const DomainDef *def, const QemuCaps *caps)
{
    if (net->type != NET_TYPE_HOSTDEV && !net->model)
        net->model = g_strdup(net_model(def, caps));
}

/* Which serial port a machine has, and what else stands for one. */
static int
serial_type(const DomainDef *def, const DomainSerial *serial)
{
    const DomainAddress *address = serial->address;
    if (address && address->type == DOMAIN_ADDRESS_TYPE_USB)
        return SERIAL_TARGET_TYPE_USB_SERIAL;
    if (address && address->type == DOMAIN_ADDRESS_TYPE_PCI)
        return SERIAL_TARGET_TYPE_PCI_SERIAL;
    if (address && address->type == DOMAIN_ADDRESS_TYPE_SPAPR_VIO)
        return SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL;
    if (qemu_is_x86(def))
        return SERIAL_TARGET_TYPE_ISA_SERIAL;
    if (qemu_is_pseries(def))
        return SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL;
    if (qemu_is_arm_virt(def) || qemu_is_riscv_virt(def))
        return SERIAL_TARGET_TYPE_SYSTEM_SERIAL;
    if (qemu_is_s390(def))
        return SERIAL_TARGET_TYPE_SCLP_SERIAL;
    return SERIAL_TARGET_TYPE_UNSET;
}

static int
serial_model(const DomainDef *def, int type)
{
    static const int models[] = {
        [SERIAL_TARGET_TYPE_ISA_SERIAL] = SERIAL_MODEL_ISA_SERIAL,
        [SERIAL_TARGET_TYPE_USB_SERIAL] = SERIAL_MODEL_USB_SERIAL,
        [SERIAL_TARGET_TYPE_PCI_SERIAL] = SERIAL_MODEL_PCI_SERIAL,
        [SERIAL_TARGET_TYPE_SPAPR_VIO_SERIAL] = SERIAL_MODEL_SPAPR_VTY,
        [SERIAL_TARGET_TYPE_SCLP_SERIAL] = SERIAL_MODEL_SCLPCONSOLE,
        [SERIAL_TARGET_TYPE_ISA_DEBUG] = SERIAL_MODEL_ISA_DEBUGCON,
    };
    if (type == SERIAL_TARGET_TYPE_SYSTEM_SERIAL)
        return qemu_is_arm(def) ? SERIAL_MODEL_PL011 : qemu_is_riscv(def) ? SERIAL_MODEL_16550A : SERIAL_MODEL_UNSET;
    return (size_t)type < G_N_ELEMENTS(models) ? models[type] : SERIAL_MODEL_UNSET;
}

static void
fill_serial(DomainSerial *serial, const DomainDef *def)
{
    /* what a PC calls a serial port is what another machine has instead */
    if (serial->target.type == SERIAL_TARGET_TYPE_ISA_SERIAL && !qemu_is_x86(def) && serial_type(def, serial)) {
        serial->target.type = SERIAL_TARGET_TYPE_UNSET;
        serial->target.model = SERIAL_MODEL_UNSET;
    }
    if (!serial->target.type)
        serial->target.type = serial_type(def, serial);
    if (!serial->target.model)
        serial->target.model = serial_model(def, serial->target.type);
}

static int
video_model(const DomainDef *def, const QemuCaps *caps)
{
    if (qemu_is_arm_virt(def) || qemu_is_riscv_virt(def) || qemu_is_s390(def))
        return VIDEO_TYPE_VIRTIO;
    if (qemu_is_ppc64(def))
        return VIDEO_TYPE_VGA;
    if (qemu_is_x86(def) && qemu_caps_has(caps, "cirrus-vga"))
        return VIDEO_TYPE_CIRRUS;
    if (qemu_caps_has(caps, "VGA"))
        return VIDEO_TYPE_VGA;
    return VIDEO_TYPE_CIRRUS;
}

/* A display needs a card, except where a program stands in for both. */
static void
fill_videos(DomainDef *def, const QemuCaps *caps)
{
    DomainDevices *devices = &def->devices;
    if (devices->n_graphics && devices->n_video == 0) {
        DomainVideo *video = domain_video_new();
        video->model.heads = 1;
        vr_model_list_add(&devices->video, &devices->n_video, video);
    }
    for (size_t i = 0; i < devices->n_video; i++) {
        DomainVideoModel *model = &devices->video[i]->model;
        if (model->type == VIDEO_TYPE_DEFAULT)
            model->type = video_model(def, caps);
        if (model->type == VIDEO_TYPE_QXL && !model->vgamem)
            model->vgamem = 16 * 1024;
    }
}

static void
fill_disk(DomainDisk *disk)
{
    if (!disk->driver)
        disk->driver = domain_disk_driver_new();
    if (!disk->driver->name)
        disk->driver->name = g_strdup("qemu");
    if (!disk->driver->type && disk->type != STORAGE_TYPE_VOLUME)
        disk->driver->type = g_strdup(disk->type == STORAGE_TYPE_DIR ? "fat" : "raw");
}

static void
fill_encryption(StorageSource *source)
{
    Encryption *encryption = source->encryption;
    if (encryption && !encryption->engine && encryption->format >= ENCRYPTION_FORMAT_LUKS)
        encryption->engine = ENCRYPTION_ENGINE_QEMU;
}

static void
fill_encryptions(DomainDisk *disk)
{
    fill_encryption(&disk->source);
    for (BackingStore *store = disk->backing_store; store; store = store->backing_store)
        fill_encryption(&store->source);
}

/* A socket that was made up for a guest of another name is made up again. */
static void
drop_made_up_path(DomainChannel *channel)
{
    const char *name = channel->target.name;
    char *path = channel->source.path;
    if (channel->target.type != CHANNEL_TARGET_TYPE_VIRTIO || channel->source.type != CHARDEV_TYPE_UNIX || !name || !path)
        return;
    g_autofree char *quoted = g_regex_escape_string(name, -1);
    g_autofree char *pattern = g_strdup_printf("domain-[^/]+/%s$|/channel/target/[^/]+\\.%s$", quoted, quoted);
    if (!g_regex_match_simple(pattern, path, 0, 0))
        return;
    g_clear_pointer(&channel->source.path, g_free);
    channel->source.mode = CHARDEV_MODE_UNSET;
    channel->source.has_source = false;
}

static void
fill_shmem(DomainShmem *shmem)
{
    if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM_PLAIN && !shmem->size)
        shmem->size = 4; /* MiB */
    if (shmem->model != DOMAIN_SHMEM_MODEL_IVSHMEM_DOORBELL)
        return;
    if (!shmem->msi)
        shmem->msi = domain_shmem_msi_new();
    if (!shmem->msi->ioeventfd)
        shmem->msi->ioeventfd = ON_OFF_ON;
}

static void
fill_panic(DomainPanic *panic, const DomainDef *def)
{
    if (panic->model)
        return;
    panic->model = qemu_is_pseries(def) ? DOMAIN_PANIC_MODEL_PSERIES : qemu_is_s390(def) ? DOMAIN_PANIC_MODEL_S390
                                                                                           : DOMAIN_PANIC_MODEL_ISA;
}

static void
fill_tpm(DomainTpm *tpm, const DomainDef *def)
{
    if (!tpm->model)
        tpm->model = qemu_is_pseries(def) ? DOMAIN_TPM_MODEL_TPM_SPAPR : DOMAIN_TPM_MODEL_TPM_TIS;
    if (tpm->backend.type == DOMAIN_TPM_BACKEND_TYPE_EMULATOR &&
        tpm->backend.version <= DOMAIN_TPM_BACKEND_VERSION_DEFAULT)
        tpm->backend.version = tpm->model == DOMAIN_TPM_MODEL_TPM_SPAPR || tpm->model == DOMAIN_TPM_MODEL_TPM_CRB ||
                                       qemu_is_arm(def)
                                   ? DOMAIN_TPM_BACKEND_VERSION_2_0
                                   : DOMAIN_TPM_BACKEND_VERSION_1_2;
}

int
qemu_fill_each(DomainDef *def, const QemuParse *parse)
{
    DomainDevices *devices = &def->devices;
    for (size_t i = 0; i < devices->n_interface; i++)
        fill_net(devices->interface[i], def, parse->caps);
    for (size_t i = 0; i < devices->n_serial; i++)
        fill_serial(devices->serial[i], def);
    fill_videos(def, parse->caps);
    for (size_t i = 0; i < devices->n_disk; i++) {
        fill_disk(devices->disk[i]);
        fill_encryptions(devices->disk[i]);
    }
    for (size_t i = 0; i < devices->n_channel; i++)
        drop_made_up_path(devices->channel[i]);
    for (size_t i = 0; i < devices->n_shmem; i++)
        fill_shmem(devices->shmem[i]);
    for (size_t i = 0; i < devices->n_panic; i++)
        fill_panic(devices->panic[i], def);
    for (size_t i = 0; i < devices->n_tpm; i++)
        fill_tpm(devices->tpm[i], def);
    for (size_t i = 0; i < devices->n_hostdev; i++) {
        DomainHostdev *hostdev = devices->hostdev[i];
        if (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == HOSTDEV_MODEL_VFIO_PCI && !hostdev->display)
            hostdev->display = ON_OFF_OFF;
    }
    for (size_t i = 0; i < devices->n_memory; i++) {
        DomainMemoryDevice *memory = devices->memory[i];
        if (memory->model == MEMORY_MODEL_VIRTIO_PMEM && !memory->access)
            memory->access = DOMAIN_MEMORY_DEVICE_ACCESS_SHARED;
    }
    if (devices->vsock && !devices->vsock->model)
        devices->vsock->model = DOMAIN_VSOCK_MODEL_VIRTIO;
    return qemu_fill_controllers(def, parse);
}
