/* Devices with a place of their own on the board of a PC: the first IDE, USB and SATA controllers, the primary display.
 *
 * Called by address_pci.c before any address is chosen.
 */
#include "drivers/qemu/address_pci.h"
#include "drivers/qemu/arch.h"

static const DomainAddress piix_ide = {.type = DOMAIN_ADDRESS_TYPE_PCI, .slot = 1, .function = 1};
static const DomainAddress piix_usb = {.type = DOMAIN_ADDRESS_TYPE_PCI, .slot = 1, .function = 2};
static const DomainAddress ich_sata = {.type = DOMAIN_ADDRESS_TYPE_PCI, .slot = 0x1f, .function = 2};

static bool
is_at(const DomainAddress *address, const DomainAddress *place)
{
    return address->type == DOMAIN_ADDRESS_TYPE_PCI && address->domain == place->domain && address->bus == place->bus &&
           address->slot == place->slot && address->function == place->function;
}

/* The place that the board gives CONTROLLER, or NULL. */
static const DomainAddress *
place_of(const DomainDef *def, const DomainController *controller)
{
    if (controller->index != 0)
        return NULL;
    if (qemu_is_i440fx(def)) {
        if (controller->type == CONTROLLER_TYPE_IDE)
            return &piix_ide;
        if (controller->type == CONTROLLER_TYPE_USB && controller->model == CONTROLLER_MODEL_PIIX3_UHCI)
            return &piix_usb;
    }
    if (qemu_is_q35(def) && controller->type == CONTROLLER_TYPE_SATA)
        return &ich_sata;
    return NULL;
}

bool
qemu_pci_is_fixed(const DomainDef *def, const QemuDevice *device)
{
    const DomainAddress *place = device->kind == QEMU_CONTROLLER ? place_of(def, device->object) : NULL;
    return place && *device->address && is_at(*device->address, place);
}

static void
put(DomainAddress **slot, const DomainAddress *place)
{
    if (!*slot)
        *slot = domain_address_new();
    (*slot)->type = DOMAIN_ADDRESS_TYPE_PCI;
    (*slot)->domain = place->domain;
    (*slot)->bus = place->bus;
    (*slot)->slot = place->slot;
    (*slot)->function = place->function;
}

static int
put_controller(const DomainDef *def, DomainController *controller)
{
    const DomainAddress *place = place_of(def, controller);
    if (!place)
        return 0;
    if (!controller->address || qemu_wants_pci(controller->address)) {
        put(&controller->address, place);
        return 0;
    }
    if (is_at(controller->address, place))
        return 0;
    if (controller->type == CONTROLLER_TYPE_IDE)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Primary IDE controller must have PCI address 0:0:1.1");
    if (controller->type == CONTROLLER_TYPE_USB)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                        "PIIX3 USB controller at index 0 must have PCI address 0:0:1.2");
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Primary SATA controller must have PCI address 0:0:1f.2");
}

/* SLOT of the root bus for the device whose address is at ADDRESS, when it wants one and the slot is free. */
static int
put_if_free(QemuPciSet *set, DomainAddress **address, unsigned slot, unsigned flags, int multifunction, bool *ret_put)
{
    const DomainAddress place = {.type = DOMAIN_ADDRESS_TYPE_PCI, .slot = slot};
    *ret_put = false;
    if (!qemu_wants_pci(*address) || set->n == 0 || qemu_pci_slot_in_use(set, 0, slot))
        return 0;
    /* the board takes what would not be chosen for it otherwise */
    set->buses[0].used[slot] |= 1;
    (void)flags;
    put(address, &place);
    if (multifunction)
        (*address)->multifunction = multifunction;
    *ret_put = true;
    return 0;
}

static int
put_primary_video(DomainDef *def, const QemuCaps *caps, QemuPciSet *set, unsigned slot)
{
    bool done;
    if (def->devices.n_video == 0)
        return 0;
    QemuDevice device = qemu_devices_at(def, QEMU_VIDEO, 0);
    if (!qemu_pci_need(def, caps, &device))
        return 0;
    return put_if_free(set, device.address, slot, PCI_DEVICE, 0, &done);
}

static int
fixed_i440fx(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    /* the bridge to ISA, IDE, USB and power management share one slot */
    if (set->n && set->buses[0].used[1])
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:01.0");
    if (set->n)
        set->buses[0].used[1] = 0xff;
    return put_primary_video(def, caps, set, 2);
}

static int
fixed_q35(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    static const unsigned usb_slots[] = {0x1d, 0x1a};
    bool done = false;
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_USB && controller->model == CONTROLLER_MODEL_ICH9_UHCI1) {
            done = false;
            for (gsize j = 0; j < G_N_ELEMENTS(usb_slots) && !done; j++) {
                if (put_if_free(set, &controller->address, usb_slots[j], PCI_DEVICE, ON_OFF_ON, &done) < 0)
                    return -1;
            }
        }
        if (controller->type == CONTROLLER_TYPE_PCI && controller->model == CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE &&
            put_if_free(set, &controller->address, 0x1e, DMI_TO_PCI, 0, &done) < 0)
            return -1;
    }
    /* the ISA bridge, the disk controller and the SMBus; none of them is in the document but the disks' */
    if (set->n && set->buses[0].used[0x1f] & ~(1u << 2))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "Attempted double use of PCI Address 0000:00:1f.0");
    if (set->n)
        set->buses[0].used[0x1f] = 1 << 0 | 1 << 2 | 1 << 3;
    if (put_primary_video(def, caps, set, 1) < 0)
        return -1;
    for (size_t i = 0; i < def->devices.n_sound; i++) {
        DomainSound *sound = def->devices.sound[i];
        if (sound->model == SOUND_MODEL_ICH9 && put_if_free(set, &sound->address, 0x1b, PCI_DEVICE, 0, &done) < 0)
            return -1;
        if (sound->model == SOUND_MODEL_ICH9)
            break;
    }
    return 0;
}

int
qemu_pci_fixed(DomainDef *def, const QemuCaps *caps, QemuPciSet *set)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        if (put_controller(def, def->devices.controller[i]) < 0)
            return -1;
    }
    if (qemu_is_i440fx(def))
        return fixed_i440fx(def, caps, set);
    return qemu_is_q35(def) ? fixed_q35(def, caps, set) : 0;
}
