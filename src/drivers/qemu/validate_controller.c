/* What QEMU cannot do with controllers.  Called by validate.c while a definition is read. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

static const char *
model_name(const DomainController *controller)
{
    return vr_enum_to_string(&vr_enum_controller_model, controller->model);
}

static int
check_scsi(const DomainDef *def, const QemuCaps *caps, const DomainController *controller)
{
    const DomainControllerDriver *driver = controller->driver;
    bool virtio = controller->model == CONTROLLER_MODEL_VIRTIO_SCSI ||
                  controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL ||
                  controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;
    switch (controller->model) {
    case CONTROLLER_MODEL_BUSLOGIC:
        return UNSUPPORTED("Unsupported controller model: %s", model_name(controller));
    case CONTROLLER_MODEL_IBMVSCSI:
        if (!qemu_is_pseries(def))
            return UNSUPPORTED("Unsupported controller model: %s", model_name(controller));
        break;
    case CONTROLLER_MODEL_LSILOGIC:
        if (!qemu_caps_has(caps, "lsi53c895a"))
            return UNSUPPORTED("This QEMU doesn't support the LSI 53C895A SCSI controller");
        break;
    case CONTROLLER_MODEL_LSISAS1068:
        if (!qemu_caps_has(caps, "mptsas1068"))
            return UNSUPPORTED("This QEMU doesn't support the LSI SAS1068 (MPT Fusion) controller");
        break;
    case CONTROLLER_MODEL_LSISAS1078:
        if (!qemu_caps_has(caps, "megasas"))
            return UNSUPPORTED("This QEMU doesn't support the LSI SAS1078 controller");
        break;
    case CONTROLLER_MODEL_VMPVSCSI:
        if (!qemu_caps_has(caps, "pvscsi"))
            return UNSUPPORTED("This QEMU doesn't support the pvscsi controller");
        break;
    default:
        break;
    }
    if (!driver)
        return 0;
    if (!virtio) {
        const struct {
            bool given;
            const char *name;
        } rows[] = {{driver->queues != 0, "queues"}, {driver->cmd_per_lun != 0, "cmd_per_lun"},
                    {driver->max_sectors != 0, "max_sectors"}, {driver->ioeventfd != 0, "ioeventfd"},
                    {driver->iothread != 0, "iothread"}};
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
            if (rows[i].given)
                return UNSUPPORTED("'%s' is only supported by virtio-scsi controller", rows[i].name);
        }
    }
    if (driver->iothread) {
        bool found = !def->iothreadids && driver->iothread <= def->iothreads;
        for (size_t i = 0; def->iothreadids && i < def->iothreadids->n_iothread; i++)
            found |= def->iothreadids->iothread[i]->id == driver->iothread;
        if (!found)
            return UNSUPPORTED("controller iothread '%u' not defined in iothreadid", driver->iothread);
    }
    return 0;
}

static int
check_usb(const DomainController *controller)
{
    bool xhci = controller->model == CONTROLLER_MODEL_NEC_XHCI || controller->model == CONTROLLER_MODEL_QEMU_XHCI;
    if (controller->ports >= 0 && !xhci)
        return UNSUPPORTED("'ports' attribute is not supported for USB controller model '%s'", model_name(controller));
    if (xhci && controller->ports > 15)
        return UNSUPPORTED("'%s' controller only supports up to '15' ports", model_name(controller));
    if (controller->model == CONTROLLER_MODEL_QUSB1 || controller->model == CONTROLLER_MODEL_QUSB2)
        return UNSUPPORTED("USB controller model type 'qusb1' or 'qusb2' is not supported in qemu");
    return 0;
}

static int
check_ide(const DomainDef *def, const DomainController *controller)
{
    if (qemu_builtin_ide(def) && controller->index == 0)
        return 0;
    if (qemu_builtin_ide(def))
        return UNSUPPORTED("Only a single IDE controller is supported for this machine type");
    return UNSUPPORTED("IDE controllers are unsupported for this QEMU binary or machine type");
}

static bool
cell_exists(const DomainDef *def, unsigned node)
{
    return def->cpu && def->cpu->numa && node < def->cpu->numa->n_cell;
}

static int
bad_option(const DomainController *controller, const char *option)
{
    return UNSUPPORTED("Option '%s' is not valid for PCI controller with index '%d', model '%s' and modelName '%s'", option,
                       controller->index, model_name(controller),
                       controller->pci_model_name ? controller->pci_model_name : "");
}

/* Each number belongs to some models only. */
static int
check_pci_options(const DomainDef *def, const DomainController *controller)
{
    const DomainControllerTarget *t = controller->target;
    int model = controller->model;
    bool port = model == CONTROLLER_MODEL_PCIE_ROOT_PORT || model == CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT;
    bool expander = model == CONTROLLER_MODEL_PCI_EXPANDER_BUS || model == CONTROLLER_MODEL_PCIE_EXPANDER_BUS;
    bool host_bridge = model == CONTROLLER_MODEL_PCI_ROOT && qemu_is_pseries(def);
    if (!t)
        return 0;
    if (t->has_chassis_nr && model != CONTROLLER_MODEL_PCI_BRIDGE)
        return bad_option(controller, "chassisNr");
    if (t->has_chassis && !port)
        return bad_option(controller, "chassis");
    if (t->has_port && !port)
        return bad_option(controller, "port");
    if (t->has_bus_nr && !expander)
        return bad_option(controller, "busNr");
    if (t->has_index && !host_bridge)
        return bad_option(controller, "index");
    if (t->has_node && !expander && !host_bridge)
        return bad_option(controller, "numaNode");
    if (t->hotplug && !port)
        return bad_option(controller, "hotplug");
    if (t->has_node && t->index == 0 && host_bridge)
        return bad_option(controller, "numaNode");
    return 0;
}

static int
check_pci(const DomainDef *def, const DomainController *controller)
{
    int model = controller->model;
    const DomainControllerTarget *t = controller->target;
    if ((model == CONTROLLER_MODEL_PCI_ROOT || model == CONTROLLER_MODEL_PCIE_ROOT) && controller->index != 0 &&
        !qemu_is_pseries(def))
        return XML_FAIL("pci-root and pcie-root controllers should have index 0");
    if (controller->has_pcihole64 && model != CONTROLLER_MODEL_PCI_ROOT && model != CONTROLLER_MODEL_PCIE_ROOT)
        return bad_option(controller, "pcihole64");
    if (controller->has_pcihole64 && controller->pcihole64 && !qemu_is_i440fx(def) && !qemu_is_q35(def))
        return UNSUPPORTED("Setting the 64-bit PCI hole size is not supported for machine '%s'", def->os.type.machine);
    if (t && t->has_node && !cell_exists(def, t->node))
        return XML_FAIL("%s with index %d is configured for a NUMA node (%u) not present in the domain's <cpu><numa> "
                        "array (%zu)", model_name(controller), controller->index, t->node,
                        def->cpu && def->cpu->numa ? def->cpu->numa->n_cell : (size_t)0);
    return check_pci_options(def, controller);
}

int
qemu_validate_placeable(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_IDE && check_ide(def, controller) < 0)
            return -1;
        if (controller->type != CONTROLLER_TYPE_PCI)
            continue;
        if (controller->model == CONTROLLER_MODEL_PCI_EXPANDER_BUS && !qemu_is_i440fx(def))
            return UNSUPPORTED("pci-expander-bus controllers are not supported with this machine type");
        if (controller->model == CONTROLLER_MODEL_PCIE_EXPANDER_BUS && !qemu_is_q35(def) && !qemu_is_arm_virt(def))
            return UNSUPPORTED("pcie-expander-bus controllers are not supported with this machine type");
    }
    for (size_t i = 0; i < def->devices.n_iommu; i++) {
        if (def->devices.iommu[i]->model == DOMAIN_IOMMU_MODEL_VIRTIO && !qemu_is_arm_virt(def) && !qemu_is_q35(def))
            return UNSUPPORTED("IOMMU device: 'virtio' is only supported with Q35 and ARM Virt machines");
    }
    return 0;
}

int
qemu_validate_controllers(const DomainDef *def, const QemuCaps *caps)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        int result = 0;
        switch (controller->type) {
        case CONTROLLER_TYPE_SCSI:
            result = check_scsi(def, caps, controller);
            break;
        case CONTROLLER_TYPE_USB:
            result = check_usb(controller);
            break;
        case CONTROLLER_TYPE_PCI:
            result = check_pci(def, controller);
            break;
        case CONTROLLER_TYPE_FDC:
            if (controller->index > 0)
                result = UNSUPPORTED("Only a single fdc controller is supported");
            break;
        case CONTROLLER_TYPE_SATA:
            if (!qemu_builtin_sata(def, controller) && !qemu_caps_has(caps, "ich9-ahci"))
                result = UNSUPPORTED("SATA is not supported with this QEMU binary");
            break;
        case CONTROLLER_TYPE_XENBUS:
            result = UNSUPPORTED("Unsupported controller type: xenbus");
            break;
        default:
            break;
        }
        if (result < 0)
            return -1;
    }
    return 0;
}
