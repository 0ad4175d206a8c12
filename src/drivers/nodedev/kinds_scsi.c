/* SCSI: adapters with their Fibre Channel side, targets, devices. */
#include <stdio.h>
#include <string.h>

#include "drivers/nodedev/nodedev.h"

/* The first line of /sys/class/CLASS/NAME/FILE. */
static char *
read_class(const char *class, const char *name, const char *file)
{
    g_autofree char *path = g_build_filename("/sys/class", class, name, file, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    return g_strstrip(text);
}

/* World-wide names are written without 0x. */
static char *
read_wwn(const char *class, const char *name, const char *file)
{
    g_autofree char *text = read_class(class, name, file);
    return text ? g_strdup(g_str_has_prefix(text, "0x") ? text + 2 : text) : NULL;
}

static unsigned
read_number(const char *class, const char *name, const char *file)
{
    g_autofree char *text = read_class(class, name, file);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : 0;
}

bool
nodedev_fill_scsi_host(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    const char *name = udev_device_get_sysname(device);
    if (sscanf(name, "host%u", &cap->host) != 1)
        return false;
    cap->has_host = true;
    g_autofree char *unique = read_class("scsi_host", name, "unique_id");
    if (unique) {
        cap->unique_id = (unsigned)g_ascii_strtoull(unique, NULL, 10);
        cap->has_unique_id = true;
    }
    g_autofree char *wwnn = read_wwn("fc_host", name, "node_name");
    if (!wwnn)
        return true;
    NodeDeviceCap *fc = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_FC_HOST);
    fc->wwnn = g_steal_pointer(&wwnn);
    fc->wwpn = read_wwn("fc_host", name, "port_name");
    fc->fabric_wwn = read_wwn("fc_host", name, "fabric_name");
    nodedev_cap_add(cap, fc);
    g_autofree char *create = g_build_filename("/sys/class/fc_host", name, "vport_create", NULL);
    if (!g_file_test(create, G_FILE_TEST_EXISTS))
        return true;
    NodeDeviceCap *vports = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_VPORT_OPS);
    vports->max_vports = read_number("fc_host", name, "max_npiv_vports");
    vports->vports = read_number("fc_host", name, "npiv_vports_inuse");
    nodedev_cap_add(cap, vports);
    return true;
}

bool
nodedev_fill_scsi_target(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    cap->target_name = g_strdup(udev_device_get_sysname(device));
    struct udev_device *parent = udev_device_get_parent(device);
    const char *port = parent ? udev_device_get_sysname(parent) : NULL;
    if (!port || !g_str_has_prefix(port, "rport-"))
        return true;
    NodeDeviceCap *remote = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_FC_REMOTE_PORT);
    remote->rport = g_strdup(port);
    remote->wwpn = read_class("fc_remote_ports", port, "port_name");
    nodedev_cap_add(cap, remote);
    return true;
}

static const char *
type_name(unsigned type)
{
    static const char *const names[] = {[0] = "disk",    [1] = "tape",    [3] = "processor", [4] = "worm",   [5] = "cdrom",
                                        [6] = "scanner", [7] = "mod",     [8] = "changer",   [12] = "raid",  [13] = "enclosure",
                                        [14] = "rbc",    [17] = "osd",    [30] = "wlun"};
    return type < G_N_ELEMENTS(names) ? names[type] : NULL;
}

bool
nodedev_fill_scsi(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    unsigned type;
    if (sscanf(udev_device_get_sysname(device), "%u:%u:%u:%u", &cap->scsi_host, &cap->scsi_bus, &cap->scsi_target, &cap->lun) != 4)
        return false;
    if (nodedev_attr_number(device, "type", 10, &type))
        cap->scsi_type = g_strdup(type_name(type));
    return true;
}

bool
nodedev_fill_scsi_generic(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    cap->char_ = g_strdup(udev_device_get_devnode(device));
    return cap->char_ != NULL;
}
