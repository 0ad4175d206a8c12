/* What each device needs of a PCI bus.  Called by address_pci.c. */
#include "drivers/qemu/address_pci.h"
#include "drivers/qemu/arch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Which kind of slot a device with a choice takes on this machine. */
typedef struct {
    unsigned pci, pcie, virtio;
} Needs;

static Needs
needs_of(const DomainDef *def)
{
    Needs needs = {.pci = PCI_DEVICE | PCI_HOTPLUG};
    needs.pcie = needs.virtio = qemu_has_pcie_root(def) ? PCIE_DEVICE | PCI_HOTPLUG : needs.pci;
    return needs;
}

static unsigned
need_controller(const DomainDef *def, const DomainController *controller, Needs needs)
{
    switch (controller->type) {
    case CONTROLLER_TYPE_PCI:
        return qemu_pci_controller_flags(controller->model);
    case CONTROLLER_TYPE_USB:
        switch (controller->model) {
        case CONTROLLER_MODEL_NEC_XHCI:
        case CONTROLLER_MODEL_QEMU_XHCI:
            return needs.pcie;
        case CONTROLLER_MODEL_NONE:
        case CONTROLLER_MODEL_QUSB1:
        case CONTROLLER_MODEL_QUSB2:
        case CONTROLLER_MODEL_UNSET:
            return 0;
        default:
            return needs.pci;
        }
    case CONTROLLER_TYPE_SCSI:
        switch (controller->model) {
        case CONTROLLER_MODEL_VIRTIO_TRANSITIONAL:
            return needs.pci;
        case CONTROLLER_MODEL_VIRTIO_SCSI:
        case CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL:
            return needs.virtio;
        case CONTROLLER_MODEL_IBMVSCSI:
        case CONTROLLER_MODEL_NCR53C90:
        case CONTROLLER_MODEL_UNSET:
            return 0;
        default:
            return needs.pci;
        }
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        return controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL ? needs.pci : needs.virtio;
    case CONTROLLER_TYPE_IDE:
    case CONTROLLER_TYPE_SATA:
        return needs.pci;
    default:
        return 0;
    }
}

/* TRANSITIONAL tells whether the model is the one that still speaks the old protocol. */
static unsigned
need_virtio(Needs needs, bool transitional)
{
    return transitional ? needs.pci : needs.virtio;
}

static unsigned
need_net(const DomainNet *net, Needs needs)
{
    if (net->type == NET_TYPE_HOSTDEV)
        return needs.pcie;
    const char *model = net->model ? net->model : "";
    if (strcmp(model, "usb-net") == 0 || strcmp(model, "spapr-vlan") == 0)
        return 0;
    if (qemu_net_is_virtio(net))
        return need_virtio(needs, strcmp(model, "virtio-transitional") == 0);
    static const char *const plain[] = {"netfront", "rtl8139", "e1000", "vmxnet", "vmxnet2", "vmxnet3", "lan9118",
                                        "smc91c111", "vlance", "Am79C970A", "Am79C973", "82540EM", "82545EM", "82543GC",
                                        NULL};
    return g_strv_contains(plain, model) ? needs.pci : needs.pcie; /* what nobody knows is taken for new */
}

static unsigned
need_video(const DomainVideo *video, Needs needs)
{
    switch (video->model.type) {
    case VIDEO_TYPE_VIRTIO:
        return needs.virtio;
    case VIDEO_TYPE_BOCHS:
        return needs.pcie;
    case VIDEO_TYPE_NONE:
    case VIDEO_TYPE_RAMFB:
        return 0;
    default:
        return needs.pci;
    }
}

static unsigned
need_sound(const DomainSound *sound, Needs needs)
{
    switch (sound->model) {
    case SOUND_MODEL_SB16:
    case SOUND_MODEL_PCSPK:
    case SOUND_MODEL_USB:
        return 0;
    case SOUND_MODEL_VIRTIO:
        return needs.virtio;
    default:
        return needs.pci;
    }
}

#define PCI_EXPRESS_CAPABILITY 0x10

/* Whether the host's device is plain PCI; one that is not there may be anything, and is taken for new. */
static bool
is_plain_pci(const HostdevAddress *address)
{
    g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%04x:%02x:%02x.%x/config", address->domain, address->bus,
                                            address->slot, address->function);
    unsigned char config[256] = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t n = fread(config, 1, sizeof(config), file);
    struct stat st;
    bool extended = fstat(fileno(file), &st) == 0 && st.st_size == 4096; /* only PCI Express has that much */
    fclose(file);
    if (extended)
        return false;
    if (n < 64 || !(config[6] & 0x10))
        return n >= 64;
    unsigned at = config[0x34] & ~3u;
    for (int i = 0; i < 48 && at >= 64; i++) {
        if (config[at] == PCI_EXPRESS_CAPABILITY)
            return false;
        at = config[at + 1] & ~3u;
    }
    return n == sizeof(config);
}

static unsigned
need_hostdev(const DomainHostdev *hostdev, Needs needs)
{
    if (hostdev->mode != DOMAIN_HOSTDEV_MODE_SUBSYSTEM)
        return 0;
    switch (hostdev->type) {
    case HOSTDEV_TYPE_PCI:
        return hostdev->source.address && is_plain_pci(hostdev->source.address) ? needs.pci : needs.pcie;
    case HOSTDEV_TYPE_MDEV:
        return hostdev->model == HOSTDEV_MODEL_VFIO_PCI ? needs.pcie : 0;
    case HOSTDEV_TYPE_SCSI_HOST:
        return need_virtio(needs, hostdev->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL);
    default:
        return 0;
    }
}

unsigned
qemu_pci_need(const DomainDef *def, const QemuCaps *caps, const QemuDevice *device)
{
    const Needs needs = needs_of(def);
    switch (device->kind) {
    case QEMU_CONTROLLER:
        return need_controller(def, device->object, needs);
    case QEMU_FILESYSTEM:
        return need_virtio(needs, ((const DomainFilesystem *)device->object)->model ==
                                      DOMAIN_FILESYSTEM_MODEL_VIRTIO_TRANSITIONAL);
    case QEMU_NET:
        return need_net(device->object, needs);
    case QEMU_SOUND:
        return need_sound(device->object, needs);
    case QEMU_DISK: {
        const DomainDisk *disk = device->object;
        if (disk->target->bus == DISK_BUS_NVME)
            return needs.pcie;
        return disk->target->bus == DISK_BUS_VIRTIO
                   ? need_virtio(needs, disk->model == DOMAIN_DISK_MODEL_VIRTIO_TRANSITIONAL)
                   : 0;
    }
    case QEMU_HOSTDEV:
        return need_hostdev(device->object, needs);
    case QEMU_MEMBALLOON:
        switch (((const DomainMemballoon *)device->object)->model) {
        case DOMAIN_MEMBALLOON_MODEL_VIRTIO:
        case DOMAIN_MEMBALLOON_MODEL_VIRTIO_NON_TRANSITIONAL:
            return needs.virtio;
        case DOMAIN_MEMBALLOON_MODEL_VIRTIO_TRANSITIONAL:
            return needs.pci;
        default:
            return 0;
        }
    case QEMU_RNG:
        return need_virtio(needs, ((const DomainRng *)device->object)->model == RNG_MODEL_VIRTIO_TRANSITIONAL);
    case QEMU_WATCHDOG:
        return ((const DomainWatchdog *)device->object)->model == DOMAIN_WATCHDOG_MODEL_I6300ESB ? needs.pci : 0;
    case QEMU_VIDEO:
        return need_video(device->object, needs);
    case QEMU_SHMEM:
        return needs.pci;
    case QEMU_INPUT: {
        const DomainInput *input = device->object;
        return input->bus == INPUT_BUS_VIRTIO
                   ? need_virtio(needs, input->model == DOMAIN_INPUT_MODEL_VIRTIO_TRANSITIONAL)
                   : 0;
    }
    case QEMU_SERIAL:
        return ((const DomainSerial *)device->object)->target.type == SERIAL_TARGET_TYPE_PCI_SERIAL ? needs.pci : 0;
    case QEMU_MEMORY: {
        int model = ((const DomainMemoryDevice *)device->object)->model;
        return model == MEMORY_MODEL_VIRTIO_PMEM || model == MEMORY_MODEL_VIRTIO_MEM ? needs.virtio : 0;
    }
    case QEMU_VSOCK:
        return need_virtio(needs, ((const DomainVsock *)device->object)->model ==
                                      DOMAIN_VSOCK_MODEL_VIRTIO_TRANSITIONAL);
    case QEMU_IOMMU:
        if (((const DomainIommu *)device->object)->model != DOMAIN_IOMMU_MODEL_VIRTIO)
            return 0;
        return (needs.virtio | PCI_INTEGRATED) & ~(unsigned)PCI_HOTPLUG;
    case QEMU_CRYPTO:
        return needs.virtio;
    default:
        return 0;
    }
}
