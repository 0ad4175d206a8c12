/* Network cards, disks, graphics, mediated and USB devices, and the channel devices of big iron: what each tells of itself. */
#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "drivers/nodedev/nodedev.h"
#include "host/ethtool.h"

static char *
property(struct udev_device *device, const char *name)
{
    return g_strdup(udev_device_get_property_value(device, name));
}

/* The first that the device has. */
static char *
first_of(char *a, char *b)
{
    if (!a)
        return b;
    g_free(b);
    return a;
}

/* --- USB --- */

static NodeDeviceId *
usb_id(struct udev_device *device, const char *number, const char *text, const char *database)
{
    NodeDeviceId *id = node_device_id_new();
    nodedev_attr_number(device, number, 16, &id->id);
    id->value = first_of(property(device, database), nodedev_attr_copy(device, text));
    return id;
}

bool
nodedev_fill_usb_device(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    if (!nodedev_attr_number(device, "busnum", 10, &cap->usb_bus) || !nodedev_attr_number(device, "devnum", 10, &cap->usb_device))
        return false;
    cap->vendor = usb_id(device, "idVendor", "manufacturer", "ID_VENDOR_FROM_DATABASE");
    cap->product = usb_id(device, "idProduct", "product", "ID_MODEL_FROM_DATABASE");
    return true;
}

bool
nodedev_fill_usb(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    cap->description = g_strdup(udev_device_get_driver(device));
    return nodedev_attr_number(device, "bInterfaceNumber", 16, &cap->number) &&
           nodedev_attr_number(device, "bInterfaceClass", 16, &cap->usb_class) &&
           nodedev_attr_number(device, "bInterfaceSubClass", 16, &cap->subclass) &&
           nodedev_attr_number(device, "bInterfaceProtocol", 16, &cap->protocol);
}

/* --- network --- */

bool
nodedev_fill_net(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    const char *name = udev_device_get_property_value(device, "INTERFACE");
    cap->interface = g_strdup(name ? name : udev_device_get_sysname(device));
    cap->mac = nodedev_attr_copy(device, "address");
    g_autofree char *state = nodedev_attr_copy(device, "operstate");
    int link = state ? vr_enum_from_string(&vr_enum_node_device_cap_link_state, state) : -1;
    cap->link_state = MAX(link, 0);
    if (cap->link_state == NODE_DEVICE_CAP_LINK_STATE_UP)
        nodedev_attr_number(device, "speed", 10, &cap->link_speed);
    g_auto(GStrv) features = vr_link_features(cap->interface);
    for (char **f = features; *f; f++) {
        NodeDeviceFeature *feature = node_device_feature_new();
        feature->name = g_strdup(*f);
        vr_model_list_add(&cap->feature, &cap->n_feature, feature);
    }
    bool wireless = g_strcmp0(udev_device_get_devtype(device), "wlan") == 0;
    nodedev_cap_add(cap, nodedev_cap_new(wireless ? NODE_DEVICE_CAP_TYPE_80211 : NODE_DEVICE_CAP_TYPE_80203));
    return true;
}

/* --- disks --- */

#define SECTOR 512

/* Disks that udev's rules do not type: their names say what they are. */
static const char *
type_by_name(const char *node)
{
    static const char *const disks[] = {"/dev/vd", "/dev/xvd", "/dev/nvme", "/dev/dasd", "/dev/mmcblk", "/dev/pmem"};
    for (gsize i = 0; i < G_N_ELEMENTS(disks); i++) {
        if (g_str_has_prefix(node, disks[i]))
            return "disk";
    }
    return NULL;
}

static void
fill_size(struct udev_device *device, NodeDeviceCap *cap, unsigned long long *size, bool *has_size)
{
    unsigned long long sectors = 0;
    if (!nodedev_attr_ull(device, "size", &sectors))
        return;
    *size = sectors * SECTOR;
    *has_size = true;
    unsigned long long block = SECTOR;
    nodedev_attr_ull(device, "queue/logical_block_size", &block);
    cap->logical_block_size = block;
    cap->num_blocks = block ? *size / block : 0;
}

bool
nodedev_fill_storage(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    const char *node = udev_device_get_devnode(device);
    const char *type = udev_device_get_property_value(device, "ID_TYPE");
    if (!node || !(type || (type = type_by_name(node))))
        return false;
    if (udev_device_get_property_value(device, "ID_CDROM"))
        type = "cdrom";
    else if (udev_device_get_property_value(device, "ID_DRIVE_FLOPPY"))
        type = "floppy";
    else if (udev_device_get_property_value(device, "ID_DRIVE_FLASH_SD"))
        type = "sd";
    cap->block = g_strdup(node);
    cap->storage_bus = property(device, "ID_BUS");
    cap->serial = property(device, "ID_SERIAL");
    cap->storage_vendor = nodedev_attr_copy(device, "device/vendor");
    cap->model = nodedev_attr_copy(device, "device/model");
    cap->drive_type = g_strdup(strcmp(type, "generic") == 0 ? "disk" : type);
    unsigned removable = 0;
    nodedev_attr_number(device, "removable", 10, &removable);
    if (!removable && strcmp(cap->drive_type, "cdrom") != 0) {
        fill_size(device, cap, &cap->size, &cap->has_size);
        return true;
    }
    NodeDeviceCap *media = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_REMOVABLE);
    const char *present = udev_device_get_property_value(device, "ID_CDROM_MEDIA");
    fill_size(device, media, &media->media_size, &media->has_media_size);
    media->has_media_available = true;
    media->media_available = present ? strcmp(present, "1") == 0 : media->media_size > 0;
    media->media_label = property(device, "ID_FS_LABEL");
    nodedev_cap_add(cap, media);
    return true;
}

/* --- graphics --- */

bool
nodedev_fill_drm(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    const char *node = udev_device_get_devnode(device);
    if (!node)
        return false;
    cap->drm_type = g_strdup(strstr(node, "render") ? "render" : strstr(node, "control") ? "control" : "primary");
    return true;
}

/* --- mediated devices --- */

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

NodeDeviceIommuGroup *
nodedev_iommu_group(struct udev_device *device)
{
    g_autofree char *link = g_build_filename(udev_device_get_syspath(device), "iommu_group", NULL);
    g_autofree char *target = g_file_read_link(link, NULL);
    if (!target)
        return NULL;
    g_autofree char *number = g_path_get_basename(target);
    NodeDeviceIommuGroup *group = node_device_iommu_group_new();
    group->number = (unsigned)g_ascii_strtoull(number, NULL, 10);
    g_autofree char *folder = g_build_filename(link, "devices", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        PciAddress address;
        if (!nodedev_pci_read(names->pdata[i], &address))
            continue;
        PciAddress *kept = pci_address_new();
        *kept = address;
        vr_model_list_add(&group->address, &group->n_address, kept);
    }
    return group;
}

bool
nodedev_fill_mdev(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    struct udev_device *parent = udev_device_get_parent(device);
    g_autofree char *link = g_build_filename(udev_device_get_syspath(device), "mdev_type", NULL);
    g_autofree char *type = g_file_read_link(link, NULL);
    if (!parent || !type || !vr_uuid_parse(udev_device_get_sysname(device), cap->mdev_uuid))
        return false;
    cap->mdev = node_device_mdev_new();
    cap->mdev->id = g_path_get_basename(type);
    cap->parent_addr = g_strdup(udev_device_get_sysname(parent));
    cap->iommu_group = nodedev_iommu_group(device);
    return true;
}

static char *
read_in(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    return g_strstrip(text);
}

void
nodedev_add_mdev_types(struct udev_device *device, NodeDeviceCap *cap)
{
    g_autofree char *folder = g_build_filename(udev_device_get_syspath(device), "mdev_supported_types", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    if (!dir)
        return;
    NodeDeviceCap *types = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_MDEV_TYPES);
    for (const char *id; (id = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, id, NULL);
        g_autofree char *instances = read_in(path, "available_instances");
        NodeDeviceMdevType *type = node_device_mdev_type_new();
        type->id = g_strdup(id);
        type->name = read_in(path, "name");
        type->device_api = read_in(path, "device_api");
        type->available_instances = instances ? (unsigned)g_ascii_strtoull(instances, NULL, 10) : 0;
        vr_model_list_add(&types->mdev_type, &types->n_mdev_type, type);
    }
    nodedev_cap_add(cap, types);
}

/* --- channel devices, crypto cards, vDPA --- */

bool
nodedev_fill_ccw(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    unsigned cssid, ssid, devno;
    if (sscanf(udev_device_get_sysname(device), "%x.%x.%x", &cssid, &ssid, &devno) != 3)
        return false;
    cap->cssid = cssid;
    cap->ssid = ssid;
    cap->devno = devno;
    if (cap->type == NODE_DEVICE_CAP_TYPE_CCW)
        return true;
    /* subchannels without a driver for devices are nobody's */
    const char *driver = udev_device_get_driver(device);
    if (!driver || (strcmp(driver, "io_subchannel") != 0 && strcmp(driver, "vfio_ccw") != 0))
        return false;
    const char *address = nodedev_attr(device, "dev_busid");
    if (address && sscanf(address, "%x.%x.%x", &cssid, &ssid, &devno) == 3) {
        cap->channel_dev_addr = node_device_ccw_address_new();
        cap->channel_dev_addr->cssid = cssid;
        cap->channel_dev_addr->ssid = ssid;
        cap->channel_dev_addr->devno = devno;
    }
    nodedev_add_mdev_types(device, cap);
    return true;
}

bool
nodedev_fill_vdpa(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    g_autoptr(GDir) dir = g_dir_open(udev_device_get_syspath(device), 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (!g_str_has_prefix(name, "vhost-vdpa"))
            continue;
        cap->chardev = g_build_filename("/dev", name, NULL);
        break;
    }
    return true;
}

bool
nodedev_fill_ap_card(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    return sscanf(udev_device_get_sysname(device), "card%x", &cap->ap_adapter) == 1;
}

bool
nodedev_fill_ap_queue(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    return sscanf(udev_device_get_sysname(device), "%x.%x", &cap->ap_adapter, &cap->ap_domain) == 2;
}

bool
nodedev_fill_ap_matrix(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    nodedev_add_mdev_types(device, cap);
    return true;
}
