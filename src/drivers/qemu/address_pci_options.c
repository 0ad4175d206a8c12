/* Names and numbers of PCI bridges: QEMU's model, chassis, port, bus number, index of a host bridge.
 *
 * Called by address_pci.c once every bridge has its place.
 */
#include "drivers/qemu/address_pci.h"
#include "drivers/qemu/arch.h"

/* The first name that the emulator knows stands for a model. */
static const struct {
    int model;
    const char *names[2];
} names[] = {
    {CONTROLLER_MODEL_PCI_BRIDGE, {"pci-bridge"}},
    {CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE, {"i82801b11-bridge"}},
    {CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, {"pcie-pci-bridge"}},
    {CONTROLLER_MODEL_PCIE_ROOT_PORT, {"pcie-root-port", "ioh3420"}},
    {CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT, {"x3130-upstream"}},
    {CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, {"xio3130-downstream"}},
    {CONTROLLER_MODEL_PCI_EXPANDER_BUS, {"pxb"}},
    {CONTROLLER_MODEL_PCIE_EXPANDER_BUS, {"pxb-pcie"}},
};

static void
fill_name(const DomainDef *def, DomainController *controller, const QemuCaps *caps)
{
    if (controller->pci_model_name)
        return;
    if (controller->model == CONTROLLER_MODEL_PCI_ROOT && qemu_is_pseries(def)) {
        controller->pci_model_name = g_strdup("spapr-pci-host-bridge");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].model != controller->model)
            continue;
        const char *second = names[i].names[1];
        bool other = second && !qemu_caps_has(caps, names[i].names[0]) && qemu_caps_has(caps, second);
        controller->pci_model_name = g_strdup(names[i].names[other]);
    }
}

/* Two below the lowest bus number in use: each expander needs one for what is plugged into it. */
static int
free_bus_number(const DomainDef *def, const DomainController *wanting, int *ret_number)
{
    int lowest = 256;
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_PCI && controller->target && controller->target->has_bus_nr)
            lowest = MIN(lowest, controller->target->bus_nr);
    }
    if (lowest <= 2)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                        "No free busNr lower than current lowest busNr is available to auto-assign to bus %d. Must be "
                        "manually assigned", wanting->index);
    *ret_number = lowest - 2;
    return 0;
}

/* Index 0 is the first bridge's, whether it is there yet or not. */
static int
free_phb_index(const DomainDef *def, int *ret_index)
{
    for (int index = 1; index < 31; index++) {
        bool used = false;
        for (size_t i = 0; i < def->devices.n_controller; i++) {
            const DomainController *controller = def->devices.controller[i];
            used |= controller->type == CONTROLLER_TYPE_PCI && controller->target && controller->target->has_index &&
                    controller->target->index == index;
        }
        if (!used) {
            *ret_index = index;
            return 0;
        }
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "No usable target index found for a PCI host bridge");
}

static int
fill_numbers(DomainDef *def, DomainController *controller)
{
    if (!controller->target)
        controller->target = domain_controller_target_new();
    DomainControllerTarget *target = controller->target;
    const DomainAddress *address = controller->address;
    switch (controller->model) {
    case CONTROLLER_MODEL_PCI_BRIDGE:
        if (!target->has_chassis_nr)
            target->chassis_nr = controller->index;
        target->has_chassis_nr = true;
        break;
    case CONTROLLER_MODEL_PCIE_ROOT_PORT:
    case CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT:
        if (!target->has_chassis)
            target->chassis = controller->index;
        if (!target->has_port && address)
            target->port = controller->model == CONTROLLER_MODEL_PCIE_ROOT_PORT
                               ? (int)(address->slot << 3 | address->function)
                               : (int)address->slot;
        target->has_chassis = target->has_port = true;
        break;
    case CONTROLLER_MODEL_PCI_EXPANDER_BUS:
    case CONTROLLER_MODEL_PCIE_EXPANDER_BUS:
        if (!target->has_bus_nr && free_bus_number(def, controller, &target->bus_nr) < 0)
            return -1;
        target->has_bus_nr = true;
        break;
    case CONTROLLER_MODEL_PCI_ROOT:
        if (!qemu_is_pseries(def))
            break;
        /* the first bus is on the first bridge */
        if (!target->has_index && controller->index == 0)
            target->index = 0;
        else if (!target->has_index && free_phb_index(def, &target->index) < 0)
            return -1;
        target->has_index = true;
        break;
    default:
        break;
    }
    return 0;
}

int
qemu_pci_options(DomainDef *def, const QemuCaps *caps)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        const DomainAddress *address = controller->address;
        if (controller->type != CONTROLLER_TYPE_PCI)
            continue;
        fill_name(def, controller, caps);
        if (fill_numbers(def, controller) < 0)
            return -1;
        /* a bus numbered below the one it hangs on would be found twice by the guest */
        if (address && address->type == DOMAIN_ADDRESS_TYPE_PCI && controller->index != 0 &&
            (int)address->bus >= controller->index)
            return XML_FAIL("PCI controller at index %d (0x%02x) has bus='0x%02x', but index must be larger than bus",
                            controller->index, controller->index, address->bus);
    }
    return 0;
}
