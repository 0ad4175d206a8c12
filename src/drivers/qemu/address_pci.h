/* The guest's PCI buses while addresses are given: what each holds and what may be plugged into it.
 *
 * Included by this folder only; on the thread that reads a definition.
 */
#pragma once

#include "drivers/qemu/devices.h"
#include "drivers/qemu/parse.h"

/* What a device needs, and what a bus takes. */
enum {
    PCI_DEVICE = 1 << 0,
    PCIE_DEVICE = 1 << 1,
    PCIE_ROOT_PORT = 1 << 2,
    PCIE_UPSTREAM = 1 << 3,
    PCIE_DOWNSTREAM = 1 << 4,
    DMI_TO_PCI = 1 << 5,
    PCIE_EXPANDER = 1 << 6,
    PCI_BRIDGE = 1 << 7,
    PCI_EXPANDER = 1 << 8,
    PCIE_TO_PCI = 1 << 9,
    PCI_TYPES = (1 << 10) - 1,
    PCI_HOTPLUG = 1 << 12,
    PCI_SHARES_SLOT = 1 << 13, /* several of them may share a slot's functions */
    PCI_INTEGRATED = 1 << 14,  /* on the root bus only */
};

typedef struct {
    int model; /* CONTROLLER_MODEL_...; _UNSET: there is no such bus */
    unsigned flags, first, last; /* what it takes, and in which slots */
    uint8_t used[32];            /* functions of each slot */
    bool shared[32];
} QemuPciBus;

typedef struct {
    QemuPciBus *buses;
    unsigned n;
    bool dry;     /* buses are added when they run out */
    bool express; /* the root bus is PCI Express */
    bool many_roots;
    bool to_pci;  /* the emulator has a bridge from PCI Express straight to PCI */
} QemuPciSet;

/* address_pci_bus.c */
void qemu_pci_bus_init(QemuPciBus *bus, int model);
unsigned qemu_pci_controller_flags(int model);
bool qemu_pci_slot_in_use(const QemuPciSet *set, unsigned bus, unsigned slot);
/* Take FUNCTION of an address; the whole slot's other functions stay free for those that name them. */
int qemu_pci_reserve(QemuPciSet *set, const DomainAddress *address, unsigned flags, bool given);
/* Choose an address for FLAGS (FUNCTION: the one wanted, -1 for any) and write it to ADDRESS. */
int qemu_pci_reserve_next(QemuPciSet *set, DomainAddress *address, unsigned flags, int function);

/* address_pci_need.c: what DEVICE needs; 0 when it is not on a PCI bus. */
unsigned qemu_pci_need(const DomainDef *def, const QemuCaps *caps, const QemuDevice *device);

/* address_pci.c */
int qemu_assign_pci(DomainDef *def, const QemuParse *parse);

/* address_pci_fixed.c: devices that have their place on the machine's board. */
int qemu_pci_fixed(DomainDef *def, const QemuCaps *caps, QemuPciSet *set);
/* A device whose place the board reserved already. */
bool qemu_pci_is_fixed(const DomainDef *def, const QemuDevice *device);

/* address_pci_options.c: numbers and names of bridges, which follow from where they are. */
int qemu_pci_options(DomainDef *def, const QemuCaps *caps);
