/* Addresses of virtio devices on other buses than PCI, and of ports on a virtio-serial controller.
 *
 * Called by place.c while a definition is read.
 */
#include <string.h>

#include "drivers/qemu/address.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/devices.h"
#include "drivers/qemu/fill.h"

#define DEFAULT_PORTS 31u

/* How many ports controller INDEX has; 0 when there is none. */
static unsigned
ports_of(const DomainDef *def, unsigned index)
{
    const DomainController *controller = qemu_find_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, (int)index);
    if (!controller)
        return 0;
    return controller->ports >= 0 ? (unsigned)controller->ports : DEFAULT_PORTS;
}

static bool
port_taken(const DomainDef *def, unsigned controller, unsigned port)
{
    for (size_t i = 0; i < def->devices.n_channel; i++) {
        const DomainAddress *a = def->devices.channel[i]->address;
        if (a && a->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL && a->controller == controller && a->serial_port == port)
            return true;
    }
    for (size_t i = 0; i < def->devices.n_console; i++) {
        const DomainAddress *a = def->devices.console[i]->address;
        if (a && a->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL && a->controller == controller && a->serial_port == port)
            return true;
    }
    return false;
}

static bool
is_complete(const DomainAddress *address)
{
    return address && address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL && address->serial_port != 0;
}

/* The first free port on the controllers that there are; a new controller when all are full. */
static int
assign_port(DomainDef *def, DomainAddress **slot)
{
    DomainAddress *address = *slot;
    bool given = address && address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL;
    unsigned first = given ? address->controller : 0;
    for (unsigned controller = first; controller < 256; controller++) {
        unsigned ports = ports_of(def, controller);
        if (!ports) {
            if (given)
                return vr_error(VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "virtio serial controller %u is missing", controller);
            if (!qemu_find_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, (int)controller))
                qemu_add_controller(def, CONTROLLER_TYPE_VIRTIO_SERIAL, (int)controller, CONTROLLER_MODEL_UNSET);
            ports = DEFAULT_PORTS;
        }
        for (unsigned port = 1; port < ports; port++) {
            if (port_taken(def, controller, port))
                continue;
            if (!address)
                address = *slot = domain_address_new();
            address->type = DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL;
            address->controller = controller;
            address->serial_port = port;
            return 0;
        }
        if (given)
            break;
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "Unable to find a free virtio-serial port");
}

int
qemu_assign_virtio_serial(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_channel; i++) {
        DomainChannel *channel = def->devices.channel[i];
        if (channel->target.type == CHANNEL_TARGET_TYPE_VIRTIO && !is_complete(channel->address) &&
            assign_port(def, &channel->address) < 0)
            return -1;
    }
    return 0;
}

/* The devices that a machine without PCI has on its own virtio bus. */
static bool
is_virtio(const QemuDevice *device)
{
    switch (device->kind) {
    case QEMU_DISK:
        return ((const DomainDisk *)device->object)->target->bus == DISK_BUS_VIRTIO;
    case QEMU_NET:
        return ((const DomainNet *)device->object)->type != NET_TYPE_HOSTDEV && qemu_net_is_virtio(device->object);
    case QEMU_HOSTDEV: {
        const DomainHostdev *hostdev = device->object;
        return hostdev->type == HOSTDEV_TYPE_SCSI_HOST ||
               (hostdev->type == HOSTDEV_TYPE_MDEV && hostdev->model == HOSTDEV_MODEL_VFIO_CCW);
    }
    case QEMU_CONTROLLER: {
        const DomainController *controller = device->object;
        return controller->type == CONTROLLER_TYPE_VIRTIO_SERIAL ||
               (controller->type == CONTROLLER_TYPE_SCSI && (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI ||
                                                             controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL ||
                                                             controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL));
    }
    case QEMU_INPUT:
        return ((const DomainInput *)device->object)->bus == INPUT_BUS_VIRTIO;
    case QEMU_MEMBALLOON:
        return ((const DomainMemballoon *)device->object)->model != DOMAIN_MEMBALLOON_MODEL_NONE &&
               ((const DomainMemballoon *)device->object)->model != DOMAIN_MEMBALLOON_MODEL_XEN;
    case QEMU_VIDEO:
        return ((const DomainVideo *)device->object)->model.type == VIDEO_TYPE_VIRTIO;
    case QEMU_FILESYSTEM:
    case QEMU_RNG:
    case QEMU_VSOCK:
    case QEMU_CRYPTO:
        return true;
    default:
        return false;
    }
}

static bool
devno_taken(DomainDef *def, unsigned cssid, unsigned devno, const DomainAddress *self)
{
    for (QemuKind kind = 0; kind < QEMU_N_KINDS; kind++) {
        for (size_t i = 0; i < qemu_devices_count(def, kind); i++) {
            const DomainAddress *a = *qemu_devices_at(def, kind, i).address;
            if (a && a != self && a->type == DOMAIN_ADDRESS_TYPE_CCW && a->cssid == cssid && a->ssid == 0 &&
                a->devno == devno && (a->cssid || a->ssid || a->devno))
                return true;
        }
    }
    return false;
}

#define VIRTUAL_CSSID 0xfeu

/* An address that names no device: none has channel subsystem 0 of the virtual ones. */
static bool
ccw_is_empty(const DomainAddress *address)
{
    return !address->cssid && !address->ssid && !address->devno;
}

static int
check_ccw(DomainDef *def, const QemuDevice *device, void *opaque)
{
    const DomainAddress *address = *device->address;
    if (!address || address->type != DOMAIN_ADDRESS_TYPE_CCW || ccw_is_empty(address))
        return 0;
    if (devno_taken(def, address->cssid, address->devno, address) && address->ssid == 0)
        return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR, "The CCW devno '%x.%x.%04x' is in use already ",
                        address->cssid, address->ssid, address->devno);
    return 0;
}

static int
give_ccw(DomainDef *def, const QemuDevice *device, void *opaque)
{
    DomainAddress *address = *device->address;
    if (!address && is_virtio(device)) {
        address = *device->address = domain_address_new();
        address->type = DOMAIN_ADDRESS_TYPE_CCW;
    }
    if (!address || address->type != DOMAIN_ADDRESS_TYPE_CCW || !ccw_is_empty(address))
        return 0;
    unsigned devno = 0;
    while (devno_taken(def, VIRTUAL_CSSID, devno, address))
        devno++;
    if (devno > 0xffff)
        return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR, "There are no more free CCW devnos.");
    address->cssid = VIRTUAL_CSSID;
    address->devno = devno;
    return 0;
}

int
qemu_assign_ccw(DomainDef *def)
{
    if (!qemu_is_ccw(def))
        return 0;
    if (qemu_devices_each(def, check_ccw, NULL) < 0)
        return -1;
    return qemu_devices_each(def, give_ccw, NULL);
}

static int
give_mmio(DomainDef *def, const QemuDevice *device, void *opaque)
{
    if (is_virtio(device) && device->kind != QEMU_HOSTDEV)
        qemu_address_default(device->address, DOMAIN_ADDRESS_TYPE_VIRTIO_MMIO);
    return 0;
}

int
qemu_assign_mmio(DomainDef *def)
{
    bool vexpress = qemu_is_arm(def) && def->os.type.machine && g_str_has_prefix(def->os.type.machine, "vexpress-");
    if (!vexpress && !((qemu_is_arm_virt(def) || qemu_is_riscv_virt(def)) && !qemu_has_pcie_root(def)))
        return 0;
    return qemu_devices_each(def, give_mmio, NULL);
}

static bool
slot_taken(const DomainDef *def, unsigned slot, const DomainAddress *self)
{
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        const DomainAddress *a = def->devices.memory[i]->address;
        if (a && a != self && a->type == DOMAIN_ADDRESS_TYPE_DIMM && a->slot == slot)
            return true;
    }
    return false;
}

/* Memory modules sit in slots; the other memory devices are on a bus like everyone. */
int
qemu_assign_slots(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        DomainMemoryDevice *memory = def->devices.memory[i];
        if (memory->address || (memory->model != MEMORY_MODEL_DIMM && memory->model != MEMORY_MODEL_NVDIMM))
            continue;
        unsigned slot = 0, slots = def->max_memory ? def->max_memory->slots : 0;
        while (slot < slots && slot_taken(def, slot, NULL))
            slot++;
        if (slot >= slots)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Could not find an unused slot for a memory module");
        memory->address = domain_address_new();
        memory->address->type = DOMAIN_ADDRESS_TYPE_DIMM;
        memory->address->slot = slot;
    }
    return 0;
}
