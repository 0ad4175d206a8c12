/* A device's definition from what udev and sysfs tell: one row per kind, and what all kinds have in common. */
#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "drivers/nodedev/nodedev.h"

typedef struct {
    const char *subsystem, *devtype; /* NULL: any */
    int type;
    const char *prefix; /* of its name */
    NodedevFill fill;
} Kind;

static const Kind kinds[] = {
    {"pci", NULL, NODE_DEVICE_CAP_TYPE_PCI, "pci", nodedev_fill_pci},
    {"usb", "usb_device", NODE_DEVICE_CAP_TYPE_USB_DEVICE, "usb", nodedev_fill_usb_device},
    {"usb", "usb_interface", NODE_DEVICE_CAP_TYPE_USB, "usb", nodedev_fill_usb},
    {"net", NULL, NODE_DEVICE_CAP_TYPE_NET, "net", nodedev_fill_net},
    {"block", "disk", NODE_DEVICE_CAP_TYPE_STORAGE, "block", nodedev_fill_storage},
    {"scsi", "scsi_host", NODE_DEVICE_CAP_TYPE_SCSI_HOST, "scsi", nodedev_fill_scsi_host},
    {"scsi", "scsi_target", NODE_DEVICE_CAP_TYPE_SCSI_TARGET, "scsi", nodedev_fill_scsi_target},
    {"scsi", "scsi_device", NODE_DEVICE_CAP_TYPE_SCSI, "scsi", nodedev_fill_scsi},
    {"scsi_generic", NULL, NODE_DEVICE_CAP_TYPE_SCSI_GENERIC, "scsi_generic", nodedev_fill_scsi_generic},
    {"drm", "drm_minor", NODE_DEVICE_CAP_TYPE_DRM, "drm", nodedev_fill_drm},
    {"mdev", NULL, NODE_DEVICE_CAP_TYPE_MDEV, "mdev", nodedev_fill_mdev},
    {"ccw", NULL, NODE_DEVICE_CAP_TYPE_CCW, "ccw", nodedev_fill_ccw},
    {"css", NULL, NODE_DEVICE_CAP_TYPE_CSS, "css", nodedev_fill_ccw},
    {"vdpa", NULL, NODE_DEVICE_CAP_TYPE_VDPA, "vdpa", nodedev_fill_vdpa},
    {"ap", "ap_card", NODE_DEVICE_CAP_TYPE_AP_CARD, "ap", nodedev_fill_ap_card},
    {"ap", "ap_queue", NODE_DEVICE_CAP_TYPE_AP_QUEUE, "ap", nodedev_fill_ap_queue},
    {"matrix", NULL, NODE_DEVICE_CAP_TYPE_AP_MATRIX, "ap", nodedev_fill_ap_matrix},
};

static const Kind *
kind_of(struct udev_device *device)
{
    const char *subsystem = udev_device_get_subsystem(device), *devtype = udev_device_get_devtype(device);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(subsystem, kinds[i].subsystem) == 0 && (!kinds[i].devtype || g_strcmp0(devtype, kinds[i].devtype) == 0))
            return &kinds[i];
    }
    return NULL;
}

const char *
nodedev_attr(struct udev_device *device, const char *name)
{
    return udev_device_get_sysattr_value(device, name);
}

char *
nodedev_attr_copy(struct udev_device *device, const char *name)
{
    const char *value = nodedev_attr(device, name);
    char *copy = value ? g_strstrip(g_strdup(value)) : NULL;
    if (copy && !*copy)
        g_clear_pointer(&copy, g_free);
    return copy;
}

bool
nodedev_attr_ull(struct udev_device *device, const char *name, unsigned long long *ret)
{
    const char *value = nodedev_attr(device, name);
    char *end;
    if (!value)
        return false;
    unsigned long long number = g_ascii_strtoull(value, &end, 10);
    if (end == value)
        return false;
    *ret = number;
    return true;
}

bool
nodedev_attr_number(struct udev_device *device, const char *name, int base, unsigned *ret)
{
    const char *value = nodedev_attr(device, name);
    char *end;
    if (!value)
        return false;
    guint64 number = g_ascii_strtoull(value, &end, (guint)base);
    if (end == value)
        return false;
    *ret = (unsigned)number;
    return true;
}

NodeDeviceCap *
nodedev_cap_new(int type)
{
    NodeDeviceCap *cap = node_device_cap_new();
    cap->type = type;
    return cap;
}

void
nodedev_cap_add(NodeDeviceCap *outer, NodeDeviceCap *inner)
{
    vr_model_list_add(&outer->capability, &outer->n_capability, inner);
}

bool
nodedev_pci_read(const char *text, PciAddress *ret)
{
    unsigned domain, bus, slot, function;
    if (!text || sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
        return false;
    ret->domain = domain;
    ret->bus = bus;
    ret->slot = slot;
    ret->function = function;
    return true;
}

/* What tells two devices of one sysname apart: a card's address, a disk's serial number, a mediated device's parent. */
static const char *
distinction(struct udev_device *device, int type)
{
    if (type == NODE_DEVICE_CAP_TYPE_NET)
        return nodedev_attr(device, "address");
    if (type == NODE_DEVICE_CAP_TYPE_STORAGE)
        return udev_device_get_property_value(device, "ID_SERIAL");
    if (type == NODE_DEVICE_CAP_TYPE_MDEV) {
        struct udev_device *parent = udev_device_get_parent(device);
        return parent ? udev_device_get_sysname(parent) : NULL;
    }
    return NULL;
}

char *
nodedev_name(struct udev_device *device)
{
    const Kind *kind = kind_of(device);
    if (!kind)
        return NULL;
    const char *more = distinction(device, kind->type);
    const char *base = udev_device_get_sysname(device);
    /* "card07" is an ap_card, "07.0005" an ap_07_0005, the matrix an ap_matrix */
    char *name = more ? g_strdup_printf("%s_%s_%s", kind->prefix, base, more) : g_strdup_printf("%s_%s", kind->prefix, base);
    for (char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c))
            *c = '_';
    }
    return name;
}

static void
add_node(NodeDeviceDef *def, int type, const char *path)
{
    NodeDeviceDevnode *node = node_device_devnode_new();
    node->type = type;
    node->value = g_strdup(path);
    vr_model_list_add(&def->devnode, &def->n_devnode, node);
}

NodeDeviceDef *
nodedev_build(struct udev_device *device)
{
    const Kind *kind = kind_of(device);
    if (!kind)
        return NULL;
    g_autoptr(NodeDeviceDef) def = node_device_def_new();
    NodeDeviceCap *cap = nodedev_cap_new(kind->type);
    vr_model_list_add(&def->capability, &def->n_capability, cap);
    def->name = nodedev_name(device);
    def->path = g_strdup(udev_device_get_syspath(device));
    def->driver = g_strdup(udev_device_get_driver(device));
    const char *node = udev_device_get_devnode(device);
    if (node)
        add_node(def, NODE_DEVICE_DEVNODE_TYPE_DEV, node);
    struct udev_list_entry *link;
    udev_list_entry_foreach(link, udev_device_get_devlinks_list_entry(device))
        add_node(def, NODE_DEVICE_DEVNODE_TYPE_LINK, udev_list_entry_get_name(link));
    return kind->fill(device, def, cap) ? g_steal_pointer(&def) : NULL;
}

static char *
read_dmi(const char *name)
{
    g_autofree char *path = g_build_filename("/sys/class/dmi/id", name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    g_strstrip(text);
    if (!*text)
        g_clear_pointer(&text, g_free);
    return text;
}

NodeDeviceDef *
nodedev_build_computer(void)
{
    NodeDeviceDef *def = node_device_def_new();
    NodeDeviceCap *cap = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_SYSTEM);
    g_autofree char *uuid = read_dmi("product_uuid");
    vr_model_list_add(&def->capability, &def->n_capability, cap);
    def->name = g_strdup("computer");
    cap->product_name = read_dmi("product_name");
    cap->hardware.vendor = read_dmi("sys_vendor");
    cap->hardware.version = read_dmi("product_version");
    cap->hardware.serial = read_dmi("product_serial");
    if (uuid)
        vr_uuid_parse(uuid, cap->hardware.uuid);
    cap->firmware.vendor = read_dmi("bios_vendor");
    cap->firmware.version = read_dmi("bios_version");
    cap->firmware.release_date = read_dmi("bios_date");
    return def;
}
