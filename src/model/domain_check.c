/* What holds for every device of a guest: where it may sit, what it is called, which options it has.
 *
 * Called by domain_validate.c.  The devices are found by their descriptors, so that none is forgotten.
 */
#include "model/domain_rules.h"

#include <string.h>

/* One device, whatever it is. */
typedef struct {
    const char *element;
    const void *object;
    const char *alias;
    const DomainAddress *address;
} Device;

typedef int (*DeviceFunc)(const Device *device, void *opaque);

static Device
device_of(const VrRow *row, const void *object)
{
    const VrDesc *desc = row->ref;
    Device device = {.element = row->name, .object = object};

    for (const VrRow *part = desc->rows; part < desc->rows + desc->n_rows; part++) {
        if (part->shape == VR_SHAPE_CHILD && part->ref == &vr_desc_domain_address)
            device.address = vr_row_child(part, object);
        else if (part->shape == VR_SHAPE_FLAT && strcmp(part->name, "alias") == 0)
            device.alias = *(char *const *) VR_FIELD_CONST(object, ((const VrDesc *) part->ref)->rows->offset);
    }
    return device;
}

static int
each_device(const DomainDef *def, DeviceFunc func, void *opaque)
{
    const VrDesc *devices = &vr_desc_domain_devices;

    for (const VrRow *row = devices->rows; row < devices->rows + devices->n_rows; row++) {
        size_t n = row->shape == VR_SHAPE_LIST ? *(const size_t *) VR_FIELD_CONST(&def->devices, row->aux) :
                   row->shape == VR_SHAPE_CHILD && vr_row_child(row, &def->devices) ? 1 : 0;

        for (size_t i = 0; i < n; i++) {
            const void *object = row->shape == VR_SHAPE_LIST ?
                                 (*(void *const *const *) VR_FIELD_CONST(&def->devices, row->offset))[i] :
                                 vr_row_child(row, &def->devices);
            Device device = device_of(row, object);

            if (func(&device, opaque) < 0)
                return -1;
        }
    }
    return 0;
}

static bool
on_usb(const Device *device)
{
    if (strcmp(device->element, "input") == 0)
        return ((const DomainInput *) device->object)->bus == INPUT_BUS_USB;
    return strcmp(device->element, "redirdev") == 0;
}

static int
check_address(const Device *device, void *opaque)
{
    int type = device->address->type;
    bool hostdev = strcmp(device->element, "hostdev") == 0;
    int kind = hostdev ? ((const DomainHostdev *) device->object)->type : -1;

    if (type == DOMAIN_ADDRESS_TYPE_UNASSIGNED && !hostdev && !on_usb(device))
        return UNSUPPORTED("address of type 'unassigned' is supported only for hostdevs");
    if (on_usb(device) && type != DOMAIN_ADDRESS_TYPE_USB)
        return XML_FAIL("Invalid address for a USB device");
    if (kind == HOSTDEV_TYPE_USB && type != DOMAIN_ADDRESS_TYPE_USB)
        return UNSUPPORTED("USB host device must use 'usb' address type");
    if (kind == HOSTDEV_TYPE_SCSI && type != DOMAIN_ADDRESS_TYPE_DRIVE)
        return UNSUPPORTED("SCSI host device must use 'drive' address type");
    if (strcmp(device->element, "smartcard") == 0 && type != DOMAIN_ADDRESS_TYPE_CCID)
        return UNSUPPORTED("Controllers must use the 'ccid' address type");
    return 0;
}

static int
check_device(const Device *device, void *opaque)
{
    GHashTable *aliases = opaque;

    if (device->address && check_address(device, opaque) < 0)
        return -1;
    /* a console that mirrors the serial port is the same device */
    if (device->alias && strcmp(device->element, "console") != 0 && !g_hash_table_add(aliases, (char *) device->alias))
        return UNSUPPORTED("non unique alias detected: %s", device->alias);
    return 0;
}

/* The options that only virtio devices have; WHAT they are is the same in every driver element. */
int
domain_virtio_options_absent(int iommu, int ats, int packed, int page_per_vq)
{
    const char *option = iommu ? "iommu driver" : ats ? "ats driver" : packed ? "packed driver" :
                         page_per_vq ? "page_per_vq" : NULL;

    return option ? UNSUPPORTED("%s option is only supported for virtio devices", option) : 0;
}

static int
check_options(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_video; i++) {
        const DomainVideo *video = def->devices.video[i];
        const DomainVideoDriver *driver = video->driver;

        if (driver && video->model.type != VIDEO_TYPE_VIRTIO &&
            domain_virtio_options_absent(driver->iommu, driver->ats, driver->packed, driver->page_per_vq) < 0)
            return -1;
    }
    for (size_t i = 0; i < def->devices.n_filesystem; i++) {
        const DomainFilesystem *fs = def->devices.filesystem[i];

        if (fs->boot && (!fs->driver || fs->driver->type != DOMAIN_FILESYSTEM_DRIVER_TYPE_VIRTIOFS))
            return UNSUPPORTED("boot order is only supported for virtiofs");
    }
    return 0;
}

int
domain_devices_check(const DomainDef *def)
{
    g_autoptr(GHashTable) aliases = g_hash_table_new(g_str_hash, g_str_equal);

    if (each_device(def, check_device, aliases) < 0)
        return -1;
    return check_options(def);
}
