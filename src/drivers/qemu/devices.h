/* All devices of a guest in one sequence, whatever they are: for addresses, aliases and other rules about every device.
 *
 * Included by this folder only.  Pure functions; any thread.
 */
#pragma once

#include "model/domain.h"

typedef enum {
    QEMU_DISK,
    QEMU_NET,
    QEMU_SOUND,
    QEMU_HOSTDEV,
    QEMU_VIDEO,
    QEMU_CONTROLLER,
    QEMU_SMARTCARD,
    QEMU_SERIAL,
    QEMU_PARALLEL,
    QEMU_CHANNEL,
    QEMU_CONSOLE,
    QEMU_INPUT,
    QEMU_FILESYSTEM,
    QEMU_WATCHDOG,
    QEMU_MEMBALLOON,
    QEMU_RNG,
    QEMU_NVRAM,
    QEMU_HUB,
    QEMU_SHMEM,
    QEMU_MEMORY,
    QEMU_PANIC,
    QEMU_REDIRDEV,
    QEMU_TPM,
    QEMU_IOMMU,
    QEMU_VSOCK,
    QEMU_CRYPTO,
    QEMU_N_KINDS,
} QemuKind;

typedef struct {
    QemuKind kind;
    void *object;
    DomainAddress **address;
    char **alias;
} QemuDevice;

/* How many devices of KIND there are, and the one at place AT. */
size_t qemu_devices_count(const DomainDef *def, QemuKind kind);
QemuDevice qemu_devices_at(DomainDef *def, QemuKind kind, size_t at);

/* FUNC for each device in the order of QemuKind until it fails: 0 or -1. */
typedef int (*QemuDeviceFunc)(DomainDef *def, const QemuDevice *device, void *opaque);
int qemu_devices_each(DomainDef *def, QemuDeviceFunc func, void *opaque);

/* A PCI address that still has to be chosen. */
bool qemu_wants_pci(const DomainAddress *address);
bool qemu_is_pci(const DomainAddress *address); /* one that is complete */
/* Give the device at SLOT an address of TYPE unless it has one; whether it has one of that type then. */
bool qemu_address_default(DomainAddress **slot, int type);

/* A virtio device of any generation, by what its model says. */
bool qemu_net_is_virtio(const DomainNet *net);
