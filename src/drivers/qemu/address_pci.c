/* PCI addresses for every device that has none: first on a copy, to learn how many bridges it takes, then in earnest.
 *
 * Called by place.c while a definition is read.
 */
#include "drivers/qemu/address_pci.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

static void
set_clear(QemuPciSet *set)
{
    g_free(set->buses);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuPciSet, set_clear)

/* What the walk over all devices carries. */
typedef struct {
    QemuPciSet *set;
    const QemuCaps *caps;
} Walk;

static int
collect(DomainDef *def, const QemuDevice *device, void *opaque)
{
    Walk *walk = opaque;
    const DomainAddress *address = *device->address;
    if (!qemu_is_pci(address) || qemu_pci_is_fixed(def, device))
        return 0;
    unsigned need = qemu_pci_need(def, walk->caps, device);
    if (!need)
        return 0;
    return qemu_pci_reserve(walk->set, address, need, true);
}

static int
set_create(QemuPciSet *set, DomainDef *def, const QemuCaps *caps, unsigned n, bool dry)
{
    set->dry = dry;
    set->n = n;
    set->buses = g_new0(QemuPciBus, n);
    set->express = qemu_has_pcie_root(def);
    set->many_roots = qemu_is_pseries(def);
    set->to_pci = qemu_caps_has(caps, "pcie-pci-bridge");
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_PCI && (unsigned)controller->index < n)
            qemu_pci_bus_init(&set->buses[controller->index], controller->model);
    }
    if (n > 0 && !set->buses[0].model)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "a PCI controller with index='0' is needed");
    /* numbers that were left out become bridges */
    for (unsigned i = 1; i < n; i++) {
        if (!set->buses[i].model)
            qemu_pci_bus_init(&set->buses[i], set->express ? CONTROLLER_MODEL_PCIE_ROOT_PORT
                                              : set->many_roots ? CONTROLLER_MODEL_PCI_ROOT
                                                                : CONTROLLER_MODEL_PCI_BRIDGE);
    }
    Walk walk = {set, caps};
    return qemu_devices_each(def, collect, &walk);
}

static int
place(DomainDef *def, const QemuCaps *caps, QemuPciSet *set, const QemuDevice *device)
{
    if (*device->address && (*device->address)->type != DOMAIN_ADDRESS_TYPE_PCI)
        return 0;
    unsigned need = qemu_pci_need(def, caps, device);
    if (!need || !qemu_wants_pci(*device->address))
        return 0;
    if (!*device->address)
        *device->address = domain_address_new();
    return qemu_pci_reserve_next(set, *device->address, need, -1);
}

static bool
is_usb2_part(const DomainController *controller)
{
    return controller->type == CONTROLLER_TYPE_USB && controller->model >= CONTROLLER_MODEL_ICH9_EHCI1 &&
           controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
}

/* The four parts of an ICH9 USB controller share a slot, each in the function that it has in the chip. */
static int
place_usb2(DomainDef *def, const QemuCaps *caps, QemuPciSet *set, DomainController *controller)
{
    static const int functions[] = {[0] = 7, 0, 1, 2};
    int function = functions[controller->model - CONTROLLER_MODEL_ICH9_EHCI1];
    QemuDevice device = {QEMU_CONTROLLER, controller, &controller->address, &controller->alias};
    unsigned need = qemu_pci_need(def, caps, &device);
    if (controller->address && !qemu_wants_pci(controller->address))
        return 0;
    const DomainAddress *sibling = NULL;
    for (size_t i = 0; i < def->devices.n_controller && !sibling; i++) {
        const DomainController *other = def->devices.controller[i];
        if (other != controller && is_usb2_part(other) && other->index == controller->index && qemu_is_pci(other->address))
            sibling = other->address;
    }
    if (!controller->address)
        controller->address = domain_address_new();
    DomainAddress *address = controller->address;
    if (function == 0)
        address->multifunction = ON_OFF_ON;
    if (!sibling)
        return qemu_pci_reserve_next(set, address, need, function);
    address->type = DOMAIN_ADDRESS_TYPE_PCI;
    address->domain = sibling->domain;
    address->bus = sibling->bus;
    address->slot = sibling->slot;
    address->function = (unsigned)function;
    return qemu_pci_reserve(set, address, need, true);
}

static int
place_controllers(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        QemuDevice device = {QEMU_CONTROLLER, controller, &controller->address, &controller->alias};
        if (controller->type == CONTROLLER_TYPE_PCI)
            continue;
        if (is_usb2_part(controller) ? place_usb2(def, caps, set, controller) : place(def, caps, set, &device))
            return -1;
    }
    return 0;
}

static int
place_bridges(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        QemuDevice device = {QEMU_CONTROLLER, controller, &controller->address, &controller->alias};
        if (controller->type == CONTROLLER_TYPE_PCI && place(def, caps, set, &device) < 0)
            return -1;
    }
    return 0;
}

static int
place_kind(DomainDef *def, const QemuCaps *caps, QemuPciSet *set, QemuKind kind)
{
    for (size_t i = 0; i < qemu_devices_count(def, kind); i++) {
        QemuDevice device = qemu_devices_at(def, kind, i);
        if (kind == QEMU_NET && ((const DomainNet *)device.object)->type == NET_TYPE_HOSTDEV)
            continue;
        if (place(def, caps, set, &device) < 0)
            return -1;
    }
    return 0;
}

/* Interfaces that are devices of the host come with those. */
static int
place_host_nets(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        QemuDevice device = qemu_devices_at(def, QEMU_NET, i);
        if (((const DomainNet *)device.object)->type == NET_TYPE_HOSTDEV && place(def, caps, set, &device) < 0)
            return -1;
    }
    return 0;
}

static int
place_all(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    static const QemuKind after[] = {QEMU_HOSTDEV, QEMU_MEMBALLOON, QEMU_RNG, QEMU_WATCHDOG, QEMU_VIDEO, QEMU_SHMEM,
                                     QEMU_INPUT, QEMU_SERIAL, QEMU_VSOCK, QEMU_MEMORY, QEMU_IOMMU, QEMU_CRYPTO};
    if (place_bridges(def, caps, set) < 0 || place_kind(def, caps, set, QEMU_FILESYSTEM) < 0 ||
        place_kind(def, caps, set, QEMU_NET) < 0 || place_kind(def, caps, set, QEMU_SOUND) < 0 ||
        place_controllers(def, caps, set) < 0 || place_kind(def, caps, set, QEMU_DISK) < 0 ||
        place_host_nets(def, caps, set) < 0)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(after); i++) {
        if (place_kind(def, caps, set, after[i]) < 0)
            return -1;
    }
    return 0;
}

static bool
is_full(const QemuPciBus *bus)
{
    for (unsigned slot = bus->first; slot <= bus->last; slot++) {
        if (!bus->used[slot])
            return false;
    }
    return true;
}

/* How many buses the guest needs; the bridges that are missing are added to it. */
static int
make_room(DomainDef *def, const QemuCaps *caps, unsigned *n)
{
    g_autoptr(DomainDef) copy = domain_def_copy(def);
    g_auto(QemuPciSet) set = {0};
    DomainAddress spare = {0};
    bool given = *n > 1, full = true;
    if (set_create(&set, copy, caps, *n, true) < 0 || qemu_pci_fixed(copy, caps, &set) < 0)
        return -1;
    for (unsigned i = 0; i < set.n; i++)
        full &= is_full(&set.buses[i]);
    /* as long as a slot is free, one is kept for a bridge to more of them */
    if (!full && qemu_has_pci_root(def) && qemu_pci_reserve_next(&set, &spare, PCI_DEVICE | PCI_HOTPLUG, -1) < 0)
        return -1;
    if (place_all(copy, caps, &set) < 0)
        return -1;
    /* whoever leaves the ports to us gets one more, to plug something into later */
    if (!given && set.n > *n && qemu_has_pcie_root(def) &&
        qemu_pci_reserve_next(&set, &spare, PCIE_DEVICE | PCI_HOTPLUG, -1) < 0)
        return -1;
    for (unsigned i = 1; i < set.n; i++) {
        if (!qemu_find_controller(def, CONTROLLER_TYPE_PCI, (int)i))
            qemu_add_controller(def, CONTROLLER_TYPE_PCI, (int)i, set.buses[i].model);
    }
    *n = set.n;
    return 0;
}

static int
mark_shared(DomainDef *def, const QemuDevice *device, void *opaque)
{
    const QemuPciSet *set = opaque;
    DomainAddress *address = *device->address;
    if (!address || address->type != DOMAIN_ADDRESS_TYPE_PCI || address->function != 0 || address->multifunction ||
        address->bus >= set->n || address->slot > 31)
        return 0;
    if (set->buses[address->bus].used[address->slot] & ~1u && !qemu_pci_is_fixed(def, device))
        address->multifunction = ON_OFF_ON;
    return 0;
}

int
qemu_assign_pci(DomainDef *def, const QemuParse *parse)
{
    int most = -1;
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_PCI)
            most = MAX(most, controller->index);
    }
    if (most > 255)
        return XML_FAIL("PCI controller index %d too high, maximum is 255", most);
    unsigned n = (unsigned)(most + 1);
    if (n == 0)
        return 0;
    if (make_room(def, parse->caps, &n) < 0)
        return -1;
    g_auto(QemuPciSet) set = {0};
    if (set_create(&set, def, parse->caps, n, false) < 0 || qemu_pci_fixed(def, parse->caps, &set) < 0 ||
        place_all(def, parse->caps, &set) < 0)
        return -1;
    qemu_devices_each(def, mark_shared, &set);
    return qemu_pci_options(def, parse->caps);
}
