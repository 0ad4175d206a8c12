/* One row per capability that a list can ask for: see nodedev.h. */
#include "store/nodedev.h"

#include <string.h>

static const struct {
    const char *name; /* as clients call it */
    unsigned flag;    /* virConnectListAllNodeDevicesFlags */
    int type;         /* the block that says so, in the device itself */
    int inside;       /* or inside a block of this type; -1: not so */
} caps[] = {
    {"system", VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM, NODE_DEVICE_CAP_TYPE_SYSTEM, -1},
    {"pci", VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV, NODE_DEVICE_CAP_TYPE_PCI, -1},
    {"usb_device", VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV, NODE_DEVICE_CAP_TYPE_USB_DEVICE, -1},
    {"usb", VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_INTERFACE, NODE_DEVICE_CAP_TYPE_USB, -1},
    {"net", VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET, NODE_DEVICE_CAP_TYPE_NET, -1},
    {"scsi_host", VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST, NODE_DEVICE_CAP_TYPE_SCSI_HOST, -1},
    {"scsi_target", VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_TARGET, NODE_DEVICE_CAP_TYPE_SCSI_TARGET, -1},
    {"scsi", VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI, NODE_DEVICE_CAP_TYPE_SCSI, -1},
    {"storage", VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE, NODE_DEVICE_CAP_TYPE_STORAGE, -1},
    {"fc_host", VIR_CONNECT_LIST_NODE_DEVICES_CAP_FC_HOST, NODE_DEVICE_CAP_TYPE_FC_HOST, NODE_DEVICE_CAP_TYPE_SCSI_HOST},
    {"vports", VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPORTS, NODE_DEVICE_CAP_TYPE_VPORT_OPS, NODE_DEVICE_CAP_TYPE_SCSI_HOST},
    {"scsi_generic", VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_GENERIC, NODE_DEVICE_CAP_TYPE_SCSI_GENERIC, -1},
    {"drm", VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM, NODE_DEVICE_CAP_TYPE_DRM, -1},
    {"mdev_types", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES, NODE_DEVICE_CAP_TYPE_MDEV_TYPES, NODE_DEVICE_CAP_TYPE_PCI},
    {"mdev_types", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES, NODE_DEVICE_CAP_TYPE_MDEV_TYPES, NODE_DEVICE_CAP_TYPE_CSS},
    {"mdev_types", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES, NODE_DEVICE_CAP_TYPE_MDEV_TYPES,
     NODE_DEVICE_CAP_TYPE_AP_MATRIX},
    {"mdev", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV, NODE_DEVICE_CAP_TYPE_MDEV, -1},
    {"ccw", VIR_CONNECT_LIST_NODE_DEVICES_CAP_CCW_DEV, NODE_DEVICE_CAP_TYPE_CCW, -1},
    {"css", VIR_CONNECT_LIST_NODE_DEVICES_CAP_CSS_DEV, NODE_DEVICE_CAP_TYPE_CSS, -1},
    {"vdpa", VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA, NODE_DEVICE_CAP_TYPE_VDPA, -1},
    {"ap_card", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD, NODE_DEVICE_CAP_TYPE_AP_CARD, -1},
    {"ap_queue", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE, NODE_DEVICE_CAP_TYPE_AP_QUEUE, -1},
    {"ap_matrix", VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX, NODE_DEVICE_CAP_TYPE_AP_MATRIX, -1},
    {"vpd", VIR_CONNECT_LIST_NODE_DEVICES_CAP_VPD, NODE_DEVICE_CAP_TYPE_VPD, NODE_DEVICE_CAP_TYPE_PCI},
};

static NodeDeviceCap *
first(NodeDeviceCap **list, size_t n, int type)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i]->type == type)
            return list[i];
    }
    return NULL;
}

NodeDeviceCap *
vr_nodedev_cap(const NodeDeviceDef *def, int type)
{
    return first(def->capability, def->n_capability, type);
}

NodeDeviceCap *
vr_nodedev_cap_inside(const NodeDeviceCap *cap, int type)
{
    return first(cap->capability, cap->n_capability, type);
}

static bool
has(const NodeDeviceDef *def, gsize row)
{
    if (caps[row].inside < 0)
        return vr_nodedev_cap(def, caps[row].type) != NULL;
    const NodeDeviceCap *outer = vr_nodedev_cap(def, caps[row].inside);
    return outer && vr_nodedev_cap_inside(outer, caps[row].type);
}

bool
vr_nodedev_has_cap(const NodeDeviceDef *def, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(caps); i++) {
        if (strcmp(caps[i].name, name) == 0 && has(def, i))
            return true;
    }
    return false;
}

char **
vr_nodedev_caps(const NodeDeviceDef *def)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < def->n_capability; i++)
        g_ptr_array_add(names, g_strdup(vr_enum_to_string(&vr_enum_node_device_cap_type, def->capability[i]->type)));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

char **
vr_nodedev_all_caps(const NodeDeviceDef *def)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < def->n_capability; i++) {
        int type = def->capability[i]->type;
        g_ptr_array_add(names, g_strdup(vr_enum_to_string(&vr_enum_node_device_cap_type, type)));
        for (gsize row = 0; row < G_N_ELEMENTS(caps); row++) {
            if (caps[row].inside == type && has(def, row))
                g_ptr_array_add(names, g_strdup(caps[row].name));
        }
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

bool
vr_nodedev_matches(const VrItemState *state, unsigned flags)
{
    unsigned asked = 0;
    bool capable = false;
    for (gsize i = 0; i < G_N_ELEMENTS(caps); i++) {
        asked |= flags & caps[i].flag;
        capable = capable || (flags & caps[i].flag && has(state->now->def, i));
    }
    return (!asked || capable) && vr_filter(flags, VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE,
                                            VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE, state->active) &&
           vr_filter(flags, VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT, VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT,
                     state->persistent);
}
