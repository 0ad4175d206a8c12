/* Controllers that the machine does not bring along.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/fill.h"

/* USB host controllers by model. */
static const char *const usb_drivers[] = {
    [CONTROLLER_MODEL_PIIX3_UHCI] = "piix3-usb-uhci", [CONTROLLER_MODEL_PIIX4_UHCI] = "piix4-usb-uhci",
    [CONTROLLER_MODEL_EHCI] = "usb-ehci",             [CONTROLLER_MODEL_ICH9_EHCI1] = "ich9-usb-ehci1",
    [CONTROLLER_MODEL_ICH9_UHCI1] = "ich9-usb-uhci1", [CONTROLLER_MODEL_ICH9_UHCI2] = "ich9-usb-uhci2",
    [CONTROLLER_MODEL_ICH9_UHCI3] = "ich9-usb-uhci3", [CONTROLLER_MODEL_VT82C686B_UHCI] = "vt82c686b-usb-uhci",
    [CONTROLLER_MODEL_PCI_OHCI] = "pci-ohci",         [CONTROLLER_MODEL_NEC_XHCI] = "nec-usb-xhci",
    [CONTROLLER_MODEL_QEMU_XHCI] = "qemu-xhci",
};

static const char *const scsi_drivers[] = {
    [CONTROLLER_MODEL_LSILOGIC] = "lsi",         [CONTROLLER_MODEL_IBMVSCSI] = "spapr-vscsi",
    [CONTROLLER_MODEL_LSISAS1068] = "mptsas1068", [CONTROLLER_MODEL_LSISAS1078] = "megasas",
    [CONTROLLER_MODEL_VMPVSCSI] = "pvscsi",      [CONTROLLER_MODEL_DC390] = "dc-390",
    [CONTROLLER_MODEL_AM53C974] = "am53c974",
};

static const char *
table_name(const char *const *table, size_t n, int model)
{
    return (size_t)model < n ? table[model] : NULL;
}

static const char *
virtio_suffix(int model)
{
    return model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
           : model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                               : "";
}

/* The controller whose ports a companion serves. */
static const char *
master_of(const DomainDef *def, const DomainController *companion)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *other = def->devices.controller[i];
        if (other->type == CONTROLLER_TYPE_USB && other->index == companion->index && other->master_startport < 0)
            return other->alias;
    }
    return companion->alias;
}

static json_t *
usb(const QemuCaps *caps, const DomainDef *def, const DomainController *controller)
{
    const char *driver = table_name(usb_drivers, G_N_ELEMENTS(usb_drivers), controller->model);
    if (!driver || !qemu_caps_has(caps, driver)) {
        UNSUPPORTED("USB controller model '%s' not supported in this QEMU binary",
                    vr_enum_to_string(&vr_enum_controller_model, controller->model));
        return NULL;
    }
    json_t *props = qemu_device_new(driver, NULL);
    if (controller->ports > 0 && (controller->model == CONTROLLER_MODEL_NEC_XHCI ||
                                  controller->model == CONTROLLER_MODEL_QEMU_XHCI)) {
        qemu_put_number(props, "p2", controller->ports);
        qemu_put_number(props, "p3", controller->ports);
    }
    if (controller->master_startport >= 0) {
        qemu_put_format(props, "masterbus", "%s.0", master_of(def, controller));
        qemu_put_number(props, "firstport", controller->master_startport);
    } else {
        qemu_put_text(props, "id", controller->alias);
    }
    return props;
}

static void
put_scsi_driver(json_t *props, const DomainControllerDriver *driver)
{
    if (!driver)
        return;
    if (driver->iothread)
        qemu_put_format(props, "iothread", "iothread%u", driver->iothread);
    QEMU_PUT_VIRTIO(props, driver);
    qemu_put_positive(props, "num_queues", driver->queues);
    qemu_put_positive(props, "cmd_per_lun", driver->cmd_per_lun);
    qemu_put_positive(props, "max_sectors", driver->max_sectors);
    qemu_put_switch(props, "ioeventfd", driver->ioeventfd);
}

static json_t *
scsi(const DomainDef *def, const DomainController *controller)
{
    g_autofree char *name = NULL;
    switch (controller->model) {
    case CONTROLLER_MODEL_VIRTIO_SCSI:
    case CONTROLLER_MODEL_VIRTIO_TRANSITIONAL:
    case CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL:
        name = qemu_virtio_name("virtio-scsi", controller->address, virtio_suffix(controller->model));
        break;
    default:
        name = g_strdup(table_name(scsi_drivers, G_N_ELEMENTS(scsi_drivers), controller->model));
        break;
    }
    if (!name) {
        UNSUPPORTED("Unsupported controller model: %s",
                    vr_enum_to_string(&vr_enum_controller_model, controller->model));
        return NULL;
    }
    json_t *props = qemu_device_new(name, NULL);
    put_scsi_driver(props, controller->driver);
    qemu_put_text(props, "id", controller->alias);
    return props;
}

static json_t *
virtio_serial(const DomainController *controller)
{
    g_autofree char *name = qemu_virtio_name("virtio-serial", controller->address, virtio_suffix(controller->model));
    json_t *props = qemu_device_new(name, controller->alias);
    if (controller->ports >= 0)
        qemu_put_number(props, "max_ports", controller->ports);
    if (controller->vectors >= 0)
        qemu_put_number(props, "vectors", controller->vectors);
    if (controller->driver)
        QEMU_PUT_VIRTIO(props, controller->driver);
    return props;
}

static json_t *
pci(const DomainDef *def, const DomainController *controller)
{
    const DomainControllerTarget *target = controller->target;
    const char *name = controller->pci_model_name;
    if (controller->model == CONTROLLER_MODEL_PCIE_ROOT || !name || !target)
        return NULL;
    /* the first host bridge is the machine's own */
    if (controller->model == CONTROLLER_MODEL_PCI_ROOT && (!qemu_is_pseries(def) || target->index == 0))
        return NULL;
    json_t *props = qemu_device_new(name, NULL);
    if (controller->model == CONTROLLER_MODEL_PCI_ROOT) {
        qemu_put_number(props, "index", target->index);
        qemu_put_text(props, "id", controller->alias);
        if (target->has_node)
            qemu_put_number(props, "numa_node", target->node);
        return props;
    }
    if (target->has_port)
        qemu_put_number(props, "port", target->port);
    if (target->has_chassis)
        qemu_put_number(props, "chassis", target->chassis);
    if (target->has_chassis_nr)
        qemu_put_number(props, "chassis_nr", target->chassis_nr);
    if (target->has_bus_nr)
        qemu_put_number(props, "bus_nr", target->bus_nr);
    qemu_put_text(props, "id", controller->alias);
    if (target->has_node)
        qemu_put_number(props, "numa_node", target->node);
    if (target->hotplug)
        qemu_put_switch(props, "hotplug", target->hotplug);
    return props;
}

/* The properties of CONTROLLER; NULL with RET_ERROR telling whether that is an error or the machine has it already. */
static json_t *
controller_props(const QemuCaps *caps, const DomainDef *def, const DomainController *controller, bool *ret_error)
{
    json_t *props = NULL;
    *ret_error = false;
    switch (controller->type) {
    case CONTROLLER_TYPE_USB:
        if (controller->model == CONTROLLER_MODEL_NONE || controller->model == CONTROLLER_MODEL_UNSET)
            return NULL;
        props = usb(caps, def, controller);
        *ret_error = !props;
        return props;
    case CONTROLLER_TYPE_SCSI:
        if (controller->model == CONTROLLER_MODEL_NCR53C90)
            return NULL;
        props = scsi(def, controller);
        *ret_error = !props;
        return props;
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        return virtio_serial(controller);
    case CONTROLLER_TYPE_PCI:
        return pci(def, controller);
    case CONTROLLER_TYPE_CCID:
        return qemu_device_new("usb-ccid", controller->alias);
    case CONTROLLER_TYPE_SATA:
        return qemu_builtin_sata(def, controller) ? NULL : qemu_device_new("ahci", controller->alias);
    default:
        return NULL;
    }
}

int
qemu_command_controller(QemuCommand *command, const DomainController *controller)
{
    bool error;
    json_t *props = controller_props(command->caps, command->def, controller, &error);
    if (!props)
        return error ? -1 : 0;
    return qemu_arg_device(command, props, controller->address);
}

/* The hole below 4 GiB through which the guest's PCI devices are seen. */
static void
pci_hole(QemuCommand *command)
{
    const DomainController *root = qemu_find_controller(command->def, CONTROLLER_TYPE_PCI, 0);
    const char *bridge = qemu_is_q35(command->def) ? "q35-pcihost" : qemu_is_i440fx(command->def) ? "i440FX-pcihost" : NULL;
    if (root && root->has_pcihole64 && root->pcihole64 && bridge)
        qemu_argf(command, "-global", "%s.pci-hole64-size=%lluK", bridge, root->pcihole64);
}

/* The drive that boots, A or B, for the floppy controller that is there or made for it. */
static int
floppies(QemuCommand *command)
{
    const DomainDef *def = command->def;
    unsigned boots[2] = {0};
    bool any = false;
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];
        if (disk->target->bus != DISK_BUS_FDC)
            continue;
        any = true;
        unsigned unit = disk->address && disk->address->unit == 1;
        if (disk->boot)
            boots[unit] = disk->boot->order;
        else if (command->boot_floppy) {
            boots[unit] = command->boot_floppy;
            command->boot_floppy = 0;
        }
    }
    if (!any)
        return 0;
    if (qemu_is_pseries(def))
        return UNSUPPORTED("PowerPC pseries machines do not support floppy device");
    if (qemu_builtin_fdc(def)) {
        for (unsigned i = 0; i < 2; i++) {
            if (boots[i])
                qemu_argf(command, "-global", "isa-fdc.bootindex%c=%u", 'A' + (char)i, boots[i]);
        }
        return 0;
    }
    json_t *props = qemu_device_new("isa-fdc", NULL);
    qemu_put_positive(props, "bootindexA", boots[0]);
    qemu_put_positive(props, "bootindexB", boots[1]);
    qemu_arg_json(command, "-device", props);
    return 0;
}

int
qemu_command_controllers(QemuCommand *command)
{
    /* buses before what is plugged into them */
    static const int order[] = {CONTROLLER_TYPE_PCI, CONTROLLER_TYPE_USB, CONTROLLER_TYPE_SCSI, CONTROLLER_TYPE_IDE,
                                CONTROLLER_TYPE_SATA, CONTROLLER_TYPE_VIRTIO_SERIAL, CONTROLLER_TYPE_CCID};
    const DomainDef *def = command->def;
    pci_hole(command);
    for (gsize t = 0; t < G_N_ELEMENTS(order); t++) {
        for (size_t i = 0; i < def->devices.n_controller; i++) {
            if (def->devices.controller[i]->type == order[t] && qemu_command_controller(command, def->devices.controller[i]) < 0)
                return -1;
        }
    }
    if (floppies(command) < 0)
        return -1;
    /* small boards have a USB host of their own, which is switched on */
    bool has_usb = false;
    for (size_t i = 0; i < def->devices.n_controller; i++)
        has_usb |= def->devices.controller[i]->type == CONTROLLER_TYPE_USB;
    if (!has_usb && !qemu_is_s390(def) && !qemu_is_q35(def) && !qemu_is_arm_virt(def) && !qemu_is_riscv(def))
        qemu_arg(command, "-usb");
    for (size_t i = 0; i < def->devices.n_hub; i++) {
        const DomainHub *hub = def->devices.hub[i];
        if (qemu_arg_device(command, qemu_device_new("usb-hub", hub->alias), hub->address) < 0)
            return -1;
    }
    return 0;
}
