/* Walking over a guest's devices: see devices.h. */
#include "drivers/qemu/devices.h"

#include <stddef.h>
#include <string.h>

/* Where a kind's list, its count and the common fields are. */
typedef struct {
    size_t list, count; /* in DomainDevices; COUNT 0: one pointer */
    size_t address, alias;
} Layout;

#define LIST(field, Type)                                                                                              \
    {                                                                                                                  \
        offsetof(DomainDevices, field), offsetof(DomainDevices, n_##field), offsetof(Type, address), offsetof(Type, alias) \
    }
#define ONE(field, Type)                                                                                               \
    {                                                                                                                  \
        offsetof(DomainDevices, field), 0, offsetof(Type, address), offsetof(Type, alias)                              \
    }

static const Layout layouts[QEMU_N_KINDS] = {
    [QEMU_DISK] = LIST(disk, DomainDisk),
    [QEMU_NET] = LIST(interface, DomainNet),
    [QEMU_SOUND] = LIST(sound, DomainSound),
    [QEMU_HOSTDEV] = LIST(hostdev, DomainHostdev),
    [QEMU_CONTROLLER] = LIST(controller, DomainController),
    [QEMU_SMARTCARD] = LIST(smartcard, DomainSmartcard),
    [QEMU_SERIAL] = LIST(serial, DomainSerial),
    [QEMU_PARALLEL] = LIST(parallel, DomainParallel),
    [QEMU_CHANNEL] = LIST(channel, DomainChannel),
    [QEMU_CONSOLE] = LIST(console, DomainConsole),
    [QEMU_INPUT] = LIST(input, DomainInput),
    [QEMU_FILESYSTEM] = LIST(filesystem, DomainFilesystem),
    [QEMU_WATCHDOG] = LIST(watchdog, DomainWatchdog),
    [QEMU_MEMBALLOON] = ONE(memballoon, DomainMemballoon),
    [QEMU_RNG] = LIST(rng, DomainRng),
    [QEMU_NVRAM] = ONE(nvram, DomainNvram),
    [QEMU_HUB] = LIST(hub, DomainHub),
    [QEMU_SHMEM] = LIST(shmem, DomainShmem),
    [QEMU_MEMORY] = LIST(memory, DomainMemoryDevice),
    [QEMU_PANIC] = LIST(panic, DomainPanic),
    [QEMU_REDIRDEV] = LIST(redirdev, DomainRedirdev),
    [QEMU_VIDEO] = LIST(video, DomainVideo),
    [QEMU_TPM] = LIST(tpm, DomainTpm),
    [QEMU_IOMMU] = LIST(iommu, DomainIommu),
    [QEMU_VSOCK] = ONE(vsock, DomainVsock),
    [QEMU_CRYPTO] = LIST(crypto, DomainCrypto),
};

size_t
qemu_devices_count(const DomainDef *def, QemuKind kind)
{
    const char *devices = (const char *)&def->devices;
    const Layout *layout = &layouts[kind];
    if (layout->count)
        return *(const size_t *)(devices + layout->count);
    return *(void *const *)(devices + layout->list) != NULL;
}

QemuDevice
qemu_devices_at(DomainDef *def, QemuKind kind, size_t at)
{
    char *devices = (char *)&def->devices;
    const Layout *layout = &layouts[kind];
    void *list = *(void **)(devices + layout->list);
    char *object = layout->count ? ((void **)list)[at] : list;
    return (QemuDevice){kind, object, (DomainAddress **)(object + layout->address), (char **)(object + layout->alias)};
}

int
qemu_devices_each(DomainDef *def, QemuDeviceFunc func, void *opaque)
{
    for (QemuKind kind = 0; kind < QEMU_N_KINDS; kind++) {
        for (size_t i = 0; i < qemu_devices_count(def, kind); i++) {
            QemuDevice device = qemu_devices_at(def, kind, i);
            if (func(def, &device, opaque) < 0)
                return -1;
        }
    }
    return 0;
}

static bool
pci_is_empty(const DomainAddress *address)
{
    return !address->domain && !address->bus && !address->slot; /* every bus' first slot is its own */
}

bool
qemu_wants_pci(const DomainAddress *address)
{
    return !address || (address->type == DOMAIN_ADDRESS_TYPE_PCI && pci_is_empty(address));
}

bool
qemu_is_pci(const DomainAddress *address)
{
    return address && address->type == DOMAIN_ADDRESS_TYPE_PCI && !pci_is_empty(address);
}

bool
qemu_address_default(DomainAddress **slot, int type)
{
    if (!*slot) {
        *slot = domain_address_new();
        (*slot)->type = type;
    }
    return (*slot)->type == type;
}

bool
qemu_net_is_virtio(const DomainNet *net)
{
    return net->model && (strcmp(net->model, "virtio") == 0 || strcmp(net->model, "virtio-transitional") == 0 ||
                          strcmp(net->model, "virtio-non-transitional") == 0);
}
