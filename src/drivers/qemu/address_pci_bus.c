/* PCI buses: what each takes, finding a place on one, adding one when none is left.  Called by address_pci*.c. */
#include "drivers/qemu/address_pci.h"

#include <string.h>

#define EVERY_SLOT 31

/* What a bus of each kind takes, and what its controller needs itself. */
static const struct {
    int model;
    unsigned takes, needs, first, last;
} kinds[] = {
    {CONTROLLER_MODEL_PCI_ROOT, PCI_DEVICE | PCI_BRIDGE | PCI_EXPANDER | PCI_HOTPLUG, 0, 1, EVERY_SLOT},
    {CONTROLLER_MODEL_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, PCI_BRIDGE, 1, EVERY_SLOT},
    {CONTROLLER_MODEL_PCI_EXPANDER_BUS, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, PCI_EXPANDER, 0, EVERY_SLOT},
    {CONTROLLER_MODEL_PCIE_ROOT,
     PCIE_DEVICE | PCIE_ROOT_PORT | DMI_TO_PCI | PCIE_TO_PCI | PCIE_EXPANDER | PCI_INTEGRATED, 0, 1, EVERY_SLOT},
    {CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE, DMI_TO_PCI, 0, EVERY_SLOT},
    {CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, PCI_DEVICE | PCI_BRIDGE | PCI_HOTPLUG, PCIE_TO_PCI | PCI_HOTPLUG, 1, EVERY_SLOT},
    {CONTROLLER_MODEL_PCIE_ROOT_PORT, PCIE_DEVICE | PCIE_UPSTREAM | PCIE_TO_PCI | PCI_HOTPLUG,
     PCIE_ROOT_PORT | PCI_SHARES_SLOT, 0, 0},
    {CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, PCIE_DEVICE | PCIE_UPSTREAM | PCIE_TO_PCI | PCI_HOTPLUG,
     PCIE_DOWNSTREAM, 0, 0},
    {CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, PCIE_DOWNSTREAM, PCIE_UPSTREAM, 0, EVERY_SLOT},
    {CONTROLLER_MODEL_PCIE_EXPANDER_BUS, PCIE_ROOT_PORT | DMI_TO_PCI | PCIE_TO_PCI, PCIE_EXPANDER, 0, EVERY_SLOT},
};

unsigned
qemu_pci_controller_flags(int model)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].model == model)
            return kinds[i].needs;
    }
    return 0;
}

void
qemu_pci_bus_init(QemuPciBus *bus, int model)
{
    *bus = (QemuPciBus){.model = model};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].model != model)
            continue;
        bus->flags = kinds[i].takes;
        bus->first = kinds[i].first;
        bus->last = kinds[i].last;
    }
}

static const char *
what_it_needs(unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        {PCIE_DEVICE, "PCI Express device"}, {PCI_DEVICE, "standard PCI device"},
        {PCIE_ROOT_PORT, "pcie-root-port"},  {PCIE_UPSTREAM, "pcie-switch-upstream-port"},
        {PCIE_DOWNSTREAM, "pcie-switch-downstream-port"}, {DMI_TO_PCI, "dmi-to-pci-bridge"},
        {PCIE_TO_PCI, "pcie-to-pci-bridge"}, {PCIE_EXPANDER, "pcie-expander-bus"},
        {PCI_EXPANDER, "pci-expander-bus"},  {PCI_BRIDGE, "pci-bridge"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (flags & names[i].flag)
            return names[i].name;
    }
    return "device";
}

/* A device that was placed by hand may mix the two kinds of slots; one that we place may not. */
static bool
fits(const QemuPciBus *bus, unsigned need, bool given)
{
    unsigned takes = bus->flags;
    if (given && takes & (PCI_DEVICE | PCIE_DEVICE))
        takes |= PCI_DEVICE | PCIE_DEVICE;
    if (!(need & takes & PCI_TYPES))
        return false;
    if (!given && need & PCI_HOTPLUG && !(takes & PCI_HOTPLUG))
        return false;
    return !(need & PCI_INTEGRATED) || takes & PCI_INTEGRATED;
}

bool
qemu_pci_slot_in_use(const QemuPciSet *set, unsigned bus, unsigned slot)
{
    return bus < set->n && set->buses[bus].used[slot] != 0;
}

static void
add_bus(QemuPciSet *set, int model)
{
    set->buses = g_renew(QemuPciBus, set->buses, set->n + 1);
    qemu_pci_bus_init(&set->buses[set->n], model);
    set->n++;
}

/* Whether some bus can hold another PCI bridge. */
static bool
takes_bridges(const QemuPciSet *set)
{
    for (unsigned i = 0; i < set->n; i++) {
        if (set->buses[i].flags & PCI_BRIDGE)
            return true;
    }
    return false;
}

/* The model of the bus that gives devices with FLAGS a place; _UNSET when none does. */
static int
grow_model(const QemuPciSet *set, unsigned flags)
{
    if (flags & PCI_DEVICE) {
        if (set->many_roots)
            return CONTROLLER_MODEL_PCI_ROOT;
        if (set->express && !takes_bridges(set))
            return set->to_pci ? CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE : CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE;
        return CONTROLLER_MODEL_PCI_BRIDGE;
    }
    if (flags & (PCI_BRIDGE | PCI_EXPANDER) && !set->express)
        return set->many_roots ? CONTROLLER_MODEL_PCI_ROOT : CONTROLLER_MODEL_PCI_BRIDGE;
    if (flags & PCI_BRIDGE)
        return CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE;
    if (flags & (PCIE_DEVICE | PCIE_UPSTREAM | PCIE_TO_PCI))
        return CONTROLLER_MODEL_PCIE_ROOT_PORT;
    return CONTROLLER_MODEL_UNSET;
}

/* Make buses up to and including number BUS. */
static int
grow(QemuPciSet *set, unsigned bus, unsigned flags)
{
    int model = grow_model(set, flags);
    if (bus < set->n)
        return 0;
    if (!model)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "a PCI slot is needed to connect a PCI controller model='%s', but none is available, and it "
                        "cannot be automatically added", what_it_needs(flags));
    if (bus > 255)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "no more PCI buses can be added");
    /* the bridge itself needs a port that it can be plugged into */
    if (model == CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE) {
        add_bus(set, CONTROLLER_MODEL_PCIE_ROOT_PORT);
        set->buses[set->n - 1].used[0] = 1;
    } else if (model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE && bus >= set->n)
        add_bus(set, CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE);
    if (model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE)
        model = CONTROLLER_MODEL_PCI_BRIDGE;
    do {
        add_bus(set, model);
    } while (bus >= set->n);
    return 0;
}

static char *
text_of(const DomainAddress *address)
{
    return g_strdup_printf("%04x:%02x:%02x.%u", address->domain, address->bus, address->slot, address->function);
}

static int
check(const QemuPciSet *set, const DomainAddress *address, unsigned flags, bool given)
{
    g_autofree char *text = text_of(address);
    int code = given ? VIR_ERR_XML_ERROR : VIR_ERR_INTERNAL_ERROR;
    if (address->domain != 0)
        return vr_error(VIR_FROM_DOMAIN, code, "Invalid PCI address %s. Only PCI domain 0 is available", text);
    if (address->bus >= set->n || !set->buses[address->bus].model)
        return vr_error(VIR_FROM_DOMAIN, code, "Invalid PCI address %s. Only PCI buses up to %u are available", text,
                        set->n ? set->n - 1 : 0);
    const QemuPciBus *bus = &set->buses[address->bus];
    if (!fits(bus, flags, given)) {
        if (flags & PCI_INTEGRATED && !(bus->flags & PCI_INTEGRATED))
            return vr_error(VIR_FROM_DOMAIN, code, "The device at PCI address %s needs to be an integrated device (bus=0)",
                            text);
        return vr_error(VIR_FROM_DOMAIN, code,
                        "The device at PCI address %s cannot be plugged into the PCI controller with index='%u'. It "
                        "requires a controller that accepts a %s.", text, address->bus, what_it_needs(flags));
    }
    if (address->slot < bus->first)
        return vr_error(VIR_FROM_DOMAIN, code, "Invalid PCI address %s. slot must be >= %u", text, bus->first);
    if (address->slot > bus->last)
        return vr_error(VIR_FROM_DOMAIN, code, "Invalid PCI address %s. slot must be <= %u", text, bus->last);
    return 0;
}

int
qemu_pci_reserve(QemuPciSet *set, const DomainAddress *address, unsigned flags, bool given)
{
    if (set->dry && address->domain == 0 && grow(set, address->bus, flags) < 0)
        return -1;
    if (check(set, address, flags, given) < 0)
        return -1;
    QemuPciBus *bus = &set->buses[address->bus];
    unsigned bit = 1u << address->function;
    if (bus->used[address->slot] & bit) {
        g_autofree char *text = text_of(address);
        return vr_error(VIR_FROM_DOMAIN, given ? VIR_ERR_XML_ERROR : VIR_ERR_INTERNAL_ERROR,
                        "Attempted double use of PCI Address %s", text);
    }
    if (!bus->used[address->slot])
        bus->shared[address->slot] = flags & PCI_SHARES_SLOT;
    bus->used[address->slot] = (uint8_t)(bus->used[address->slot] | bit);
    return 0;
}

/* A free place in BUS: TRUE with slot and function set. */
static bool
find_on(const QemuPciBus *bus, unsigned flags, int function, DomainAddress *address)
{
    if (!bus->model || !fits(bus, flags, false))
        return false;
    for (unsigned slot = bus->first; slot <= bus->last; slot++) {
        if (bus->used[slot] == 0) {
            address->slot = slot;
            address->function = function < 0 ? 0 : (unsigned)function;
            return true;
        }
        for (unsigned f = 0; flags & PCI_SHARES_SLOT && bus->shared[slot] && f < 8; f++) {
            if (!(bus->used[slot] >> f & 1)) {
                address->slot = slot;
                address->function = f;
                return true;
            }
        }
    }
    return false;
}

int
qemu_pci_reserve_next(QemuPciSet *set, DomainAddress *address, unsigned flags, int function)
{
    address->type = DOMAIN_ADDRESS_TYPE_PCI;
    address->domain = 0;
    if (set->n == 0)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "No PCI buses available");
    for (address->bus = 0; address->bus < set->n; address->bus++) {
        if (find_on(&set->buses[address->bus], flags, function, address))
            return qemu_pci_reserve(set, address, flags, false);
    }
    if (!set->dry)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "No more available PCI slots");
    if (grow(set, set->n, flags) < 0)
        return -1;
    address->bus = set->n - 1;
    address->slot = set->buses[address->bus].first;
    address->function = function < 0 ? 0 : (unsigned)function;
    return qemu_pci_reserve(set, address, flags, false);
}
