/* Controllers: numbers, order, and those that the other devices imply.
 *
 * Called by the engine per controller, and by domain_post.c for all of them.
 */
#include "model/domain_rules.h"

#include <string.h>

/* Addresses may name any number; no more controllers than this are made for them. */
#define MAX_CONTROLLER 1023u

/* The model names of one type, and the ones that mean something else there. */
static bool
model_fits(int type, const char *model)
{
    static const char *const models[] = {
        [CONTROLLER_TYPE_IDE] = " piix3 piix4 ich6 ",
        [CONTROLLER_TYPE_SCSI] = " auto buslogic lsilogic lsisas1068 vmpvscsi ibmvscsi virtio-scsi lsisas1078 "
                                 "virtio-transitional virtio-non-transitional ncr53c90 dc390 am53c974 ",
        [CONTROLLER_TYPE_VIRTIO_SERIAL] = " virtio virtio-transitional virtio-non-transitional ",
        [CONTROLLER_TYPE_USB] = " piix3-uhci piix4-uhci ehci ich9-ehci1 ich9-uhci1 ich9-uhci2 ich9-uhci3 "
                                "vt82c686b-uhci pci-ohci nec-xhci qusb1 qusb2 qemu-xhci none ",
        [CONTROLLER_TYPE_PCI] = " pci-root pcie-root pci-bridge dmi-to-pci-bridge pcie-to-pci-bridge "
                                "pcie-root-port pcie-switch-upstream-port pcie-switch-downstream-port "
                                "pci-expander-bus pcie-expander-bus ",
        [CONTROLLER_TYPE_NVME] = NULL,
    };
    g_autofree char *word = g_strdup_printf(" %s ", model);

    return (size_t) type < G_N_ELEMENTS(models) && models[type] && strstr(models[type], word);
}

static int
check_target(const DomainControllerTarget *target)
{
    const struct {
        const char *name;
        bool given;
        int value, least, most;
    } parts[] = {
        {"chassisNr", target->has_chassis_nr, target->chassis_nr, 1, 255},
        {"chassis", target->has_chassis, target->chassis, 0, 255},
        {"port", target->has_port, target->port, 0, 255},
        {"busNr", target->has_bus_nr, target->bus_nr, 1, 254},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].given && (parts[i].value < parts[i].least || parts[i].value > parts[i].most))
            return UNSUPPORTED("PCI controller %s '%d' out of range - must be %d-%d", parts[i].name, parts[i].value,
                               parts[i].least, parts[i].most);
    }
    return 0;
}

int
domain_controller_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainController *controller = object;
    const char *model = vr_xml_attr(node, "model"), *index = vr_xml_attr(node, "index");
    bool is_root;

    if (index && g_str_has_prefix(index, "-"))
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR,
                        "Invalid value for attribute 'index' in element 'controller': '%s'. Expected "
                        "non-negative value", index);
    if (model && !model_fits(controller->type, model))
        return UNSUPPORTED("Unknown model type '%s'", model);
    controller->from_user = true;
    if (vr_xml_child(node, "master") && controller->master_startport == -1)
        controller->master_startport = 0;
    if (controller->master_startport == -1 && controller->model >= CONTROLLER_MODEL_ICH9_UHCI1 &&
        controller->model <= CONTROLLER_MODEL_ICH9_UHCI3)
        controller->master_startport = (controller->model - CONTROLLER_MODEL_ICH9_UHCI1) * 2;
    if (controller->type == CONTROLLER_TYPE_USB && controller->model == CONTROLLER_MODEL_NONE)
        g_clear_pointer(&controller->address, domain_address_free);
    is_root = controller->model == CONTROLLER_MODEL_PCI_ROOT ||
              controller->model == CONTROLLER_MODEL_PCIE_ROOT;
    if (is_root && controller->address)
        return UNSUPPORTED("pci-root and pcie-root controllers should not have an address");
    if (controller->driver && controller->driver->iothread && controller->model != CONTROLLER_MODEL_VIRTIO_SCSI &&
        controller->model != CONTROLLER_MODEL_VIRTIO_TRANSITIONAL &&
        controller->model != CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL)
        return XML_FAIL("'iothread' attribute only supported for virtio scsi controllers");
    if (controller->target && check_target(controller->target) < 0)
        return -1;
    if (controller->model == CONTROLLER_MODEL_PCI_ROOT && controller->target &&
        controller->target->has_index && controller->index != -1 &&
        (controller->index == 0) != (controller->target->index == 0))
        return UNSUPPORTED("Only the PCI controller with index 0 can have target index 0, and vice versa");
    return 0;
}

/* A controller stands after those of its type with a lower number, the first of a type at the end.
 * USB companions share their master's number and follow it. */
static void
insert(DomainDef *def, DomainController *controller)
{
    DomainDevices *devices = &def->devices;
    size_t at = devices->n_controller;

    for (size_t i = devices->n_controller; i-- > 0;) {
        const DomainController *other = devices->controller[i];

        if (other->type != controller->type)
            continue;
        if (controller->index == -1 || controller->index > other->index ||
            (controller->index == other->index && controller->master_startport != -1)) {
            if (at == devices->n_controller)
                at = i + 1;
            break;
        }
        at = i;
    }
    vr_model_list_insert(&devices->controller, &devices->n_controller, at, controller);
}

static DomainController *
find(const DomainDef *def, int type, int index)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];

        if (controller->type == type && controller->index == index)
            return controller;
    }
    return NULL;
}

static bool
is_ich9(const DomainController *controller)
{
    return controller->model >= CONTROLLER_MODEL_ICH9_EHCI1 &&
           controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
}

/* The ICH9 USB controllers make one: a member joins the last of them that still lacks it. */
static int
ich9_index(const DomainDef *def, const DomainController *controller, size_t at)
{
    int index = -1;

    for (size_t i = 0; i < at; i++) {
        const DomainController *other = def->devices.controller[i];

        if (other->type == CONTROLLER_TYPE_USB && is_ich9(other))
            index = MAX(index, other->index);
    }
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *other = def->devices.controller[i];

        if (other->index == index && other->type == CONTROLLER_TYPE_USB &&
            (other->model == controller->model || !is_ich9(other)))
            return -1;
    }
    return index;
}

/* The next number that no controller of TYPE has; NEXT remembers where to look on. */
static int
free_index(const DomainDef *def, int type, int *next)
{
    while (find(def, type, next[type]))
        next[type]++;
    return next[type];
}

void
domain_controllers_sort(DomainDef *def)
{
    DomainController **controllers = g_steal_pointer(&def->devices.controller);
    size_t n = def->devices.n_controller;

    def->devices.n_controller = 0;
    for (size_t i = 0; i < n; i++)
        insert(def, controllers[i]);
    g_free(controllers);
}

void
domain_controllers_number(DomainDef *def)
{
    int next[CONTROLLER_TYPE_NVME + 1] = {0};

    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];

        if (controller->index == -1 && controller->type == CONTROLLER_TYPE_USB && is_ich9(controller))
            controller->index = ich9_index(def, controller, i);
        if (controller->index == -1)
            controller->index = free_index(def, controller->type, next);
    }
}

/* Implied controllers go to the end, whatever stands there. */
static void
need_one(DomainDef *def, int type, unsigned index)
{
    DomainController *controller;

    if (find(def, type, (int) index))
        return;
    controller = domain_controller_new();
    controller->type = type;
    controller->index = (int) index;
    controller->implied = true;
    vr_model_list_add(&def->devices.controller, &def->devices.n_controller, controller);
}

/* Every number up to INDEX. */
static void
need_all(DomainDef *def, int type, unsigned index)
{
    for (unsigned i = 0; i <= index; i++)
        need_one(def, type, i);
}

static void
need_for_address(DomainDef *def, int type, const DomainAddress *address, int address_type)
{
    if (address && address->type == address_type)
        need_one(def, type, address->controller);
}

static int
disk_controller(int bus)
{
    static const int types[] = {
        [DISK_BUS_IDE] = CONTROLLER_TYPE_IDE, [DISK_BUS_FDC] = CONTROLLER_TYPE_FDC,
        [DISK_BUS_SCSI] = CONTROLLER_TYPE_SCSI, [DISK_BUS_SATA] = CONTROLLER_TYPE_SATA,
    };

    switch (bus) {
    case DISK_BUS_IDE:
    case DISK_BUS_FDC:
    case DISK_BUS_SCSI:
    case DISK_BUS_SATA:
        return types[bus];
    default:
        return -1;
    }
}

/* Highest controller number of TYPE among the disks, or -1. */
static void
need_for_disks(DomainDef *def, int bus)
{
    int type = disk_controller(bus), most = -1;

    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];

        if (disk->target->bus == bus && disk->address &&
            disk->address->type == DOMAIN_ADDRESS_TYPE_DRIVE)
            most = MAX(most, (int) MIN(disk->address->controller, MAX_CONTROLLER));
    }
    if (most >= 0)
        need_all(def, type, (unsigned) most);
}

static bool
ccid_slot_used(const DomainDef *def, unsigned controller, unsigned slot)
{
    for (size_t i = 0; i < def->devices.n_smartcard; i++) {
        const DomainAddress *address = def->devices.smartcard[i]->address;

        if (address && address->type == DOMAIN_ADDRESS_TYPE_CCID &&
            address->controller == controller && address->slot == slot)
            return true;
    }
    return false;
}

static void
fill_smartcards(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_smartcard; i++) {
        DomainSmartcard *card = def->devices.smartcard[i];

        if (!card->address) {
            unsigned slot = 0;

            while (ccid_slot_used(def, 0, slot))
                slot++;
            card->address = domain_address_new();
            card->address->type = DOMAIN_ADDRESS_TYPE_CCID;
            card->address->slot = slot;
        }
        need_for_address(def, CONTROLLER_TYPE_CCID, card->address, DOMAIN_ADDRESS_TYPE_CCID);
    }
}

static void
need_for_serial(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_channel; i++) {
        const DomainChannel *channel = def->devices.channel[i];

        if (channel->target.type != CHANNEL_TARGET_TYPE_VIRTIO)
            continue;
        need_one(def, CONTROLLER_TYPE_VIRTIO_SERIAL,
             channel->address && channel->address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL ?
             MIN(channel->address->controller, MAX_CONTROLLER) : 0);
    }
    for (size_t i = 0; i < def->devices.n_console; i++) {
        const DomainConsole *console = def->devices.console[i];

        if (console->target.type == CONSOLE_TARGET_TYPE_VIRTIO)
            need_one(def, CONTROLLER_TYPE_VIRTIO_SERIAL,
                 console->address && console->address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL ?
                 MIN(console->address->controller, MAX_CONTROLLER) : 0);
    }
}

#define SCSI_UNITS 7

static bool
unit_taken(const DomainDef *def, unsigned controller, unsigned unit)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];

        if (disk->target && disk->target->bus == DISK_BUS_SCSI && disk->address &&
            disk->address->controller == controller && disk->address->unit == unit)
            return true;
    }
    for (size_t i = 0; i < def->devices.n_hostdev; i++) {
        const DomainHostdev *hostdev = def->devices.hostdev[i];

        if (hostdev->type == HOSTDEV_TYPE_SCSI && hostdev->address &&
            hostdev->address->controller == controller && hostdev->address->unit == unit)
            return true;
    }
    return false;
}

/* A SCSI host device takes the first free unit, and its controller exists from then on. */
void
domain_hostdevs_place(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_hostdev; i++) {
        DomainHostdev *hostdev = def->devices.hostdev[i];
        unsigned at = 0;

        if (hostdev->type != HOSTDEV_TYPE_SCSI)
            continue;
        while (!hostdev->address && unit_taken(def, at / SCSI_UNITS, at % SCSI_UNITS))
            at++;
        if (!hostdev->address)
            hostdev->address = domain_drive_address(at / SCSI_UNITS, 0, 0, at % SCSI_UNITS);
        if (hostdev->address->type == DOMAIN_ADDRESS_TYPE_DRIVE)
            need_all(def, CONTROLLER_TYPE_SCSI, MIN(hostdev->address->controller, MAX_CONTROLLER));
    }
}

int
domain_controllers_fill(DomainDef *def)
{
    need_for_disks(def, DISK_BUS_SCSI);
    need_for_disks(def, DISK_BUS_FDC);
    need_for_disks(def, DISK_BUS_IDE);
    need_for_disks(def, DISK_BUS_SATA);
    need_for_serial(def);
    fill_smartcards(def);
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *a = def->devices.controller[i];

        for (size_t j = 0; j < i; j++) {
            const DomainController *b = def->devices.controller[j];

            if (a->type == b->type && a->index == b->index && a->type != CONTROLLER_TYPE_USB)
                return XML_FAIL("Multiple '%s' controllers with index '%d'",
                                vr_enum_to_string(&vr_enum_controller_type, a->type), a->index);
        }
    }
    return 0;
}
