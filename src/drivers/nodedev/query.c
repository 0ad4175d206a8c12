/* Finding devices and telling about them. */
#include <string.h>

#include "drivers/nodedev/nodedev.h"

const VrItemWords nodedev_words = {"device", "no node device with matching", VIR_ERR_NO_NODE_DEVICE, VIR_FROM_NODEDEV};

#define CAP_FLAGS 0xffffffU /* one bit per capability */
#define STATE_FLAGS                                                                                        \
    (VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE | VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE |                       \
     VIR_CONNECT_LIST_NODE_DEVICES_PERSISTENT | VIR_CONNECT_LIST_NODE_DEVICES_TRANSIENT)

static VrItemState *
state_by_name(VrInstance *instance, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(instance->items, name, &nodedev_words, VIR_FROM_NODEDEV);
    return item ? vr_item_state(item) : NULL;
}

static VrItemState *
look(virNodeDevicePtr dev)
{
    return state_by_name(nodedev_instance(dev), VR_OBJECT_NAME(dev));
}

static const NodeDeviceDef *
def_of(const VrItemState *state)
{
    return state->now->def;
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_node_device_new(conn, item->stored.name);
}

/* The old list calls ask for a capability by name; NULL asks for all. */
static int
names_with_cap(virConnectPtr conn, const char *cap, char **names, int max)
{
    g_autoptr(GPtrArray) items = vr_table_list(nodedev_instance(conn)->items);
    int n = 0;
    for (guint i = 0; i < items->len && n < max; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (!state->active || (cap && !vr_nodedev_has_cap(def_of(state), cap)))
            continue;
        if (names)
            names[n] = strdup(item->stored.name);
        n++;
    }
    return n;
}

int
nodedev_count(virConnectPtr conn, const char *cap, unsigned int flags)
{
    return vr_flags_check(flags, 0, VIR_FROM_NODEDEV) < 0 ? -1 : names_with_cap(conn, cap, NULL, G_MAXINT);
}

int
nodedev_names(virConnectPtr conn, const char *cap, char **const names, int maxnames, unsigned int flags)
{
    return vr_flags_check(flags, 0, VIR_FROM_NODEDEV) < 0 ? -1 : names_with_cap(conn, cap, (char **)names, maxnames);
}

int
nodedev_list(virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags)
{
    if (vr_flags_check(flags, CAP_FLAGS | STATE_FLAGS, VIR_FROM_NODEDEV) < 0)
        return -1;
    return vr_items_handles(nodedev_instance(conn)->items, vr_nodedev_matches, flags, conn, handle, (void ***)devices);
}

virNodeDevicePtr
nodedev_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItemState) state = state_by_name(nodedev_instance(conn), name);
    return state ? vr_node_device_new(conn, name) : NULL;
}

virNodeDevicePtr
nodedev_by_wwn(virConnectPtr conn, const char *wwnn, const char *wwpn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NODEDEV) < 0)
        return NULL;
    g_autoptr(GPtrArray) items = vr_table_list(nodedev_instance(conn)->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        const NodeDeviceCap *host = vr_nodedev_cap(def_of(state), NODE_DEVICE_CAP_TYPE_SCSI_HOST);
        const NodeDeviceCap *fc = host ? vr_nodedev_cap_inside(host, NODE_DEVICE_CAP_TYPE_FC_HOST) : NULL;
        if (fc && g_strcmp0(fc->wwnn, wwnn) == 0 && g_strcmp0(fc->wwpn, wwpn) == 0)
            return handle(conn, item, state);
    }
    return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "no node device with wwnn '%s' and wwpn '%s'", wwnn, wwpn);
}

char *
nodedev_get_xml(virNodeDevicePtr dev, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_NODE_DEVICE_XML_INACTIVE, VIR_FROM_NODEDEV) < 0)
        return NULL;
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return NULL;
    VrDefinition *shown = flags & VIR_NODE_DEVICE_XML_INACTIVE && state->config ? state->config : state->now;
    const char *xml = vr_definition_xml(shown, 0);
    return xml ? strdup(xml) : NULL;
}

/* The handle owns what the parent call answers; the first answer stays. */
const char *
nodedev_get_parent(virNodeDevicePtr dev)
{
    const char *known = g_atomic_pointer_get(&dev->parent);
    if (known)
        return known;
    g_autoptr(VrItemState) state = look(dev);
    const NodeDeviceParent *parent = state ? def_of(state)->parent : NULL;
    if (!parent || !parent->name)
        return NULL;
    char *copy = g_strdup(parent->name);
    if (!g_atomic_pointer_compare_and_exchange(&dev->parent, NULL, copy))
        g_free(copy);
    return g_atomic_pointer_get(&dev->parent);
}

int
nodedev_cap_count(virNodeDevicePtr dev)
{
    return nodedev_cap_names(dev, NULL, G_MAXINT);
}

int
nodedev_cap_names(virNodeDevicePtr dev, char **const names, int maxnames)
{
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    g_auto(GStrv) caps = vr_nodedev_all_caps(def_of(state));
    int n = 0;
    for (; caps[n] && n < maxnames; n++) {
        if (names)
            ((char **)names)[n] = strdup(caps[n]);
    }
    return n;
}

int
nodedev_get_autostart(virNodeDevicePtr dev, int *autostart)
{
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    *autostart = state->autostart;
    return 0;
}

int
nodedev_is_persistent(virNodeDevicePtr dev)
{
    g_autoptr(VrItemState) state = look(dev);
    return state ? state->persistent : -1;
}

int
nodedev_is_active(virNodeDevicePtr dev)
{
    g_autoptr(VrItemState) state = look(dev);
    return state ? state->active : -1;
}

int
nodedev_event_register(virConnectPtr conn, virNodeDevicePtr dev, int id, virConnectNodeDeviceEventGenericCallback cb,
                       void *opaque, virFreeCallback freecb)
{
    return vr_event_register(nodedev_instance(conn)->events, VR_EVENTS_NODE_DEVICE, conn, dev, id, (void (*)(void))cb, opaque,
                             freecb);
}

int
nodedev_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(nodedev_instance(conn)->events, VR_EVENTS_NODE_DEVICE, conn, id) < 0 ? -1 : 0;
}
