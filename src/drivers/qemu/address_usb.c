/* USB ports: which a device is plugged into, through hubs, and hubs where ports run out.
 *
 * Called by place.c while a definition is read.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/qemu/address.h"
#include "drivers/qemu/devices.h"
#include "drivers/qemu/fill.h"

#define HUB_PORTS 8u
#define MAX_DEPTH 4

/* A controller's or a hub's ports. */
typedef struct UsbHub UsbHub;
struct UsbHub {
    unsigned n;
    bool *used;
    UsbHub **hubs; /* by port, NULL where none is plugged in */
};

typedef struct {
    GPtrArray *buses; /* UsbHub by controller index, NULL for none */
} UsbSet;

static UsbHub *
hub_new(unsigned ports)
{
    UsbHub *hub = g_new0(UsbHub, 1);
    hub->n = ports;
    hub->used = g_new0(bool, ports);
    hub->hubs = g_new0(UsbHub *, ports);
    return hub;
}

static void
hub_free(void *data)
{
    UsbHub *hub = data;
    if (!hub)
        return;
    for (unsigned i = 0; i < hub->n; i++)
        hub_free(hub->hubs[i]); /* as deep as port paths may be */
    g_free(hub->used);
    g_free(hub->hubs);
    g_free(hub);
}

static void
set_clear(UsbSet *set)
{
    if (set->buses)
        g_ptr_array_unref(set->buses);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UsbSet, set_clear)

static unsigned
ports_of(const DomainController *controller)
{
    switch (controller->model) {
    case CONTROLLER_MODEL_PIIX3_UHCI:
    case CONTROLLER_MODEL_PIIX4_UHCI:
    case CONTROLLER_MODEL_VT82C686B_UHCI:
        return 2;
    case CONTROLLER_MODEL_EHCI:
    case CONTROLLER_MODEL_ICH9_EHCI1:
        return 6;
    case CONTROLLER_MODEL_PCI_OHCI:
        return 3;
    case CONTROLLER_MODEL_NEC_XHCI:
    case CONTROLLER_MODEL_QEMU_XHCI:
        return controller->ports > 0 ? (unsigned)MIN(controller->ports, 15) : 4;
    case CONTROLLER_MODEL_UNSET:
        return 2;
    default:
        return 0; /* companions: their master has the ports */
    }
}

static bool
add_bus(UsbSet *set, const DomainController *controller)
{
    unsigned ports = ports_of(controller), index = (unsigned)controller->index;
    if (!ports || index > 255)
        return false;
    while (set->buses->len <= index)
        g_ptr_array_add(set->buses, NULL);
    if (!set->buses->pdata[index])
        set->buses->pdata[index] = hub_new(ports);
    return true;
}

/* "1.2" as numbers from 0; how many there are, 0 when it is no path. */
static unsigned
parse_path(const char *text, unsigned *path)
{
    unsigned n = 0;
    while (text && n < MAX_DEPTH) {
        char *end;
        unsigned long port = strtoul(text, &end, 10);
        if (end == text || port == 0 || port > 255)
            return 0;
        path[n++] = (unsigned)port - 1;
        if (!*end)
            return n;
        text = end + 1;
    }
    return 0;
}

/* The hub that the last part of PATH is a port of; NULL with the error set. */
static UsbHub *
find_hub(const UsbSet *set, const DomainAddress *address, const unsigned *path, unsigned n)
{
    UsbHub *hub = address->bus < set->buses->len ? set->buses->pdata[address->bus] : NULL;
    if (!hub) {
        XML_FAIL("USB bus %u requested but no controller with that index is present", address->bus);
        return NULL;
    }
    for (unsigned i = 0; i < n; i++) {
        if (path[i] >= hub->n) {
            XML_FAIL("port %u out of range in USB address bus: %u port: %s", path[i] + 1, address->bus,
                     address->usb_port);
            return NULL;
        }
        if (i + 1 == n)
            return hub;
        if (!hub->hubs[path[i]]) {
            XML_FAIL("there is no hub at port %u in USB address bus: %u port: %s", path[i] + 1, address->bus,
                     address->usb_port);
            return NULL;
        }
        hub = hub->hubs[path[i]];
    }
    return NULL;
}

static int
reserve(const UsbSet *set, const DomainAddress *address, bool is_hub)
{
    unsigned path[MAX_DEPTH], n = parse_path(address->usb_port, path);
    UsbHub *hub = find_hub(set, address, path, n);
    if (!hub)
        return -1;
    unsigned port = path[n - 1];
    if (hub->used[port])
        return XML_FAIL("Duplicate USB address bus %u port %s", address->bus, address->usb_port);
    hub->used[port] = true;
    if (is_hub)
        hub->hubs[port] = hub_new(HUB_PORTS);
    return 0;
}

/* A free port, those near the root first; its path in PATH. */
static bool
find_port(const UsbHub *hub, unsigned depth, unsigned *path, unsigned *ret_n)
{
    for (unsigned i = 0; i < hub->n; i++) {
        if (!hub->used[i]) {
            path[depth] = i;
            *ret_n = depth + 1;
            return true;
        }
    }
    for (unsigned i = 0; depth + 1 < MAX_DEPTH && i < hub->n; i++) {
        path[depth] = i;
        if (hub->hubs[i] && find_port(hub->hubs[i], depth + 1, path, ret_n))
            return true;
    }
    return false;
}

static int
assign(const UsbSet *set, DomainAddress **slot, bool is_hub)
{
    bool bus_given = *slot && (*slot)->type == DOMAIN_ADDRESS_TYPE_USB;
    for (unsigned bus = bus_given ? (*slot)->bus : 0; bus < set->buses->len; bus++) {
        unsigned path[MAX_DEPTH], n = 0;
        if (set->buses->pdata[bus] && find_port(set->buses->pdata[bus], 0, path, &n)) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (unsigned i = 0; i < n; i++)
                g_string_append_printf(text, "%s%u", i ? "." : "", path[i] + 1);
            if (!*slot)
                *slot = domain_address_new();
            (*slot)->type = DOMAIN_ADDRESS_TYPE_USB;
            (*slot)->bus = bus;
            g_free((*slot)->usb_port);
            (*slot)->usb_port = g_strdup(text->str);
            return reserve(set, *slot, is_hub);
        }
        if (bus_given)
            break;
    }
    if (bus_given && ((*slot)->bus >= set->buses->len || !set->buses->pdata[(*slot)->bus]))
        return XML_FAIL("USB bus %u requested but no controller with that index is present", (*slot)->bus);
    return vr_error(VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "No free USB ports");
}

/* Devices besides hubs that are plugged into USB ports. */
static bool
on_usb(const QemuDevice *device)
{
    const DomainAddress *address = *device->address;
    if (address && address->type != DOMAIN_ADDRESS_TYPE_USB)
        return false;
    switch (device->kind) {
    case QEMU_HOSTDEV:
        return ((const DomainHostdev *)device->object)->type == HOSTDEV_TYPE_USB;
    case QEMU_DISK:
        return ((const DomainDisk *)device->object)->target->bus == DISK_BUS_USB;
    case QEMU_CONTROLLER:
        return ((const DomainController *)device->object)->type == CONTROLLER_TYPE_CCID;
    case QEMU_INPUT:
        return ((const DomainInput *)device->object)->bus == INPUT_BUS_USB;
    case QEMU_SERIAL:
        return ((const DomainSerial *)device->object)->target.type == SERIAL_TARGET_TYPE_USB_SERIAL;
    case QEMU_SOUND:
        return ((const DomainSound *)device->object)->model == SOUND_MODEL_USB;
    case QEMU_REDIRDEV:
        return true;
    case QEMU_NET:
        return g_strcmp0(((const DomainNet *)device->object)->model, "usb-net") == 0;
    default:
        return false;
    }
}

static const QemuKind order[] = {QEMU_HOSTDEV, QEMU_DISK, QEMU_CONTROLLER, QEMU_INPUT, QEMU_SERIAL, QEMU_SOUND,
                                 QEMU_REDIRDEV, QEMU_NET};

typedef int (*UsbFunc)(const UsbSet *set, const QemuDevice *device);

static int
each(DomainDef *def, const UsbSet *set, UsbFunc func)
{
    for (gsize k = 0; k < G_N_ELEMENTS(order); k++) {
        for (size_t i = 0; i < qemu_devices_count(def, order[k]); i++) {
            QemuDevice device = qemu_devices_at(def, order[k], i);
            if (on_usb(&device) && func(set, &device) < 0)
                return -1;
        }
    }
    return 0;
}

static bool
has_port(const DomainAddress *address)
{
    return address && address->type == DOMAIN_ADDRESS_TYPE_USB && address->usb_port;
}

static int
take_given(const UsbSet *set, const QemuDevice *device)
{
    return has_port(*device->address) ? reserve(set, *device->address, false) : 0;
}

static int
give(const UsbSet *set, const QemuDevice *device)
{
    return has_port(*device->address) ? 0 : assign(set, device->address, false);
}

static unsigned
count_devices(DomainDef *def)
{
    unsigned n = (unsigned)def->devices.n_hub;
    for (gsize k = 0; k < G_N_ELEMENTS(order); k++) {
        for (size_t i = 0; i < qemu_devices_count(def, order[k]); i++) {
            QemuDevice device = qemu_devices_at(def, order[k], i);
            n += on_usb(&device);
        }
    }
    return n;
}

static void
add_hubs(DomainDef *def, const UsbSet *set)
{
    unsigned ports = (unsigned)def->devices.n_hub * HUB_PORTS, devices = count_devices(def);
    for (guint i = 0; i < set->buses->len; i++)
        ports += set->buses->pdata[i] ? ((UsbHub *)set->buses->pdata[i])->n : 0;
    if (devices <= ports || ports == 0)
        return;
    /* a hub takes a port and gives its own */
    for (unsigned n = (devices - ports + 1 + HUB_PORTS - 2) / (HUB_PORTS - 1); n > 0; n--) {
        DomainHub *hub = domain_hub_new();
        hub->type = DOMAIN_HUB_TYPE_USB;
        vr_model_list_add(&def->devices.hub, &def->devices.n_hub, hub);
    }
}

static int
by_depth(const void *a, const void *b)
{
    const DomainHub *x = *(DomainHub *const *)a, *y = *(DomainHub *const *)b;
    size_t dx = strlen(x->address->usb_port), dy = strlen(y->address->usb_port);
    return dx < dy ? -1 : dx > dy;
}

/* Hubs near the root first, for the others hang on them. */
static int
take_given_hubs(DomainDef *def, const UsbSet *set)
{
    g_autoptr(GPtrArray) given = g_ptr_array_new();
    for (size_t i = 0; i < def->devices.n_hub; i++) {
        if (has_port(def->devices.hub[i]->address))
            g_ptr_array_add(given, def->devices.hub[i]);
    }
    if (given->len > 1)
        qsort(given->pdata, given->len, sizeof(void *), by_depth);
    for (guint i = 0; i < given->len; i++) {
        if (reserve(set, ((DomainHub *)given->pdata[i])->address, true) < 0)
            return -1;
    }
    return 0;
}

int
qemu_assign_usb(DomainDef *def)
{
    g_auto(UsbSet) set = {.buses = g_ptr_array_new_with_free_func(hub_free)};
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_USB && controller->model != CONTROLLER_MODEL_NONE)
            add_bus(&set, controller);
    }
    if (set.buses->len == 0 && count_devices(def))
        return UNSUPPORTED("USB is disabled for this domain, but USB devices are present in the domain XML");
    add_hubs(def, &set);
    if (take_given_hubs(def, &set) < 0 || each(def, &set, take_given) < 0)
        return -1;
    for (size_t i = 0; i < def->devices.n_hub; i++) {
        DomainHub *hub = def->devices.hub[i];
        if (!has_port(hub->address) && assign(&set, &hub->address, true) < 0)
            return -1;
    }
    return each(def, &set, give);
}
