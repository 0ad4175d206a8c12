/* Node devices of the test driver, and virtual Fibre Channel adapters made on them.
 *
 * The operation table at the end is what entry points call, on any thread.
 */
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/test/test.h"
#include "store/nodedev.h"

static const VrItemWords words = {"device", "no node device with matching", VIR_ERR_NO_NODE_DEVICE, VIR_FROM_NODEDEV};

#define LIST_FLAGS 0x3fffffu /* one bit per capability */

static VrItemState *
state_by_name(TestNode *node, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(node->nodedevs, name, &words, VIR_FROM_TEST);
    return item ? vr_item_state(item) : NULL;
}

static VrItemState *
look(virNodeDevicePtr dev)
{
    return state_by_name(test_node(VR_OBJECT_CONN(dev)), VR_OBJECT_NAME(dev));
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

static void
emit(TestNode *node, const char *name, int event)
{
    vr_event_emit(node->events, VR_EVENTS_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, name, NULL, -1,
                  &(VrEventArgs){.n = {event}});
}

/* The old list calls ask for a capability by name; NULL asks for all. */
static int
names_with_cap(virConnectPtr conn, const char *cap, char **names, int max)
{
    g_autoptr(GPtrArray) items = vr_table_list(test_node(conn)->nodedevs);
    int n = 0;
    for (guint i = 0; i < items->len && n < max; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (cap && !vr_nodedev_has_cap(def_of(state), cap))
            continue;
        if (names)
            names[n] = strdup(item->stored.name);
        n++;
    }
    return n;
}

static int
test_nodedev_count(virConnectPtr conn, const char *cap, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    return names_with_cap(conn, cap, NULL, G_MAXINT);
}

static int
test_nodedev_names(virConnectPtr conn, const char *cap, char **const names, int maxnames, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    return names_with_cap(conn, cap, (char **)names, maxnames);
}

static int
test_nodedev_list(virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags)
{
    if (vr_flags_check(flags, LIST_FLAGS, VIR_FROM_TEST) < 0)
        return -1;
    return vr_items_handles(test_node(conn)->nodedevs, vr_nodedev_matches, flags, conn, handle, (void ***)devices);
}

static virNodeDevicePtr
test_nodedev_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItemState) state = state_by_name(test_node(conn), name);
    return state ? vr_node_device_new(conn, name) : NULL;
}

static char *
test_nodedev_xml(virNodeDevicePtr dev, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrItemState) state = look(dev);
    const char *xml = state ? vr_definition_xml(state->now, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

/* Keep NAME in the handle, which owns what the parent call answers; the first answer stays. */
static const char *
keep_parent(virNodeDevicePtr dev, const char *name)
{
    char *copy = g_strdup(name);
    if (!g_atomic_pointer_compare_and_exchange(&dev->parent, NULL, copy))
        g_free(copy);
    return g_atomic_pointer_get(&dev->parent);
}

static const char *
test_nodedev_parent(virNodeDevicePtr dev)
{
    const char *known = g_atomic_pointer_get(&dev->parent);
    if (known)
        return known;
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return NULL;
    const NodeDeviceParent *parent = def_of(state)->parent;
    if (parent && parent->name)
        return keep_parent(dev, parent->name);
    return vr_error_null(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "no parent for this device");
}

static int
test_nodedev_cap_count(virNodeDevicePtr dev)
{
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    g_auto(GStrv) caps = vr_nodedev_caps(def_of(state));
    return (int)g_strv_length(caps);
}

static int
test_nodedev_cap_names(virNodeDevicePtr dev, char **const names, int maxnames)
{
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    g_auto(GStrv) caps = vr_nodedev_caps(def_of(state));
    int n = 0;
    for (; caps[n] && n < maxnames; n++)
        ((char **)names)[n] = strdup(caps[n]);
    return n;
}

/* Put a definition (taken over) in the place of a device of that name, or beside the others. */
static int
take(TestNode *node, NodeDeviceDef *parsed)
{
    g_autoptr(VrDefinition) def = vr_definition_new(&vr_desc_node_device_def, parsed);
    g_autoptr(VrItem) item = vr_table_by_name(node->nodedevs, parsed->name);
    g_auto(VrItemChange) c = {0};
    if (!item || !vr_item_change_begin(&c, item)) {
        g_autoptr(VrItem) made = vr_item_new(parsed->name, NULL, &(VrItemState){.active = true});
        vr_item_change_begin(&c, made);
        c.is_new = true;
    }
    vr_definition_set(&c.next->now, g_steal_pointer(&def));
    return vr_item_assign_publish(&c, node->nodedevs, &words);
}

int
test_nodedev_load(TestNode *node, const VrXmlNode *xml, const char *folder)
{
    NodeDeviceDef *def = node_device_def_parse_node(xml, NULL);
    return def ? take(node, def) : -1;
}

static const NodeDeviceCap *
scsi_host_cap(const NodeDeviceDef *def, int type)
{
    const NodeDeviceCap *host = vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_SCSI_HOST);
    return host ? vr_nodedev_cap_inside(host, type) : NULL;
}

/* Whether DEF is the adapter that PARENT's world-wide names mean. */
static bool
is_meant(const NodeDeviceDef *def, const NodeDeviceParent *parent)
{
    const NodeDeviceCap *fc = scsi_host_cap(def, NODE_DEVICE_CAP_TYPE_FC_HOST);
    if (!parent || (!parent->wwnn && !parent->fabric_wwn))
        return scsi_host_cap(def, NODE_DEVICE_CAP_TYPE_VPORT_OPS) != NULL; /* any that can */
    if (!fc)
        return false;
    if (parent->wwnn)
        return g_strcmp0(fc->wwnn, parent->wwnn) == 0 && g_strcmp0(fc->wwpn, parent->wwpn) == 0;
    return g_strcmp0(fc->fabric_wwn, parent->fabric_wwn) == 0 && scsi_host_cap(def, NODE_DEVICE_CAP_TYPE_VPORT_OPS);
}

/* The adapter to make a virtual one on; NULL with the error set. */
static char *
find_parent(TestNode *node, const NodeDeviceDef *wish)
{
    const char *name = wish->parent ? wish->parent->name : NULL;
    g_autoptr(GPtrArray) items = vr_table_list(node->nodedevs);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (name ? strcmp(name, item->stored.name) != 0 : !is_meant(def_of(state), wish->parent))
            continue;
        if (scsi_host_cap(def_of(state), NODE_DEVICE_CAP_TYPE_VPORT_OPS))
            return g_strdup(item->stored.name);
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR,
                             "Parent device %s is not capable of vport operations", item->stored.name);
    }
    return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "Could not find parent device for '%s'", wish->name);
}

/* There is one virtual adapter at most: a copy of scsi_host11 with the names of the wish. */
#define VHBA_MODEL "scsi_host11"
#define VHBA_NAME "scsi_host12"

static int
make_vhba(TestNode *node, const NodeDeviceCap *wish)
{
    g_autoptr(VrItem) model = vr_table_by_name(node->nodedevs, VHBA_MODEL);
    if (!model)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR,
                        "virtual adapters are made after " VHBA_MODEL ", which is gone from this node");
    g_autoptr(VrItemState) state = vr_item_state(model);
    NodeDeviceDef *def = vr_definition_copy(state->now);
    NodeDeviceCap *host = vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_SCSI_HOST);
    NodeDeviceCap *fc = host ? vr_nodedev_cap_inside(host, NODE_DEVICE_CAP_TYPE_FC_HOST) : NULL;
    if (!fc) {
        node_device_def_free(def);
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, VHBA_MODEL " of this node is not a fibre channel HBA");
    }
    g_free(def->name);
    def->name = g_strdup(VHBA_NAME);
    g_free(fc->wwnn);
    g_free(fc->wwpn);
    fc->wwnn = g_strdup(wish->wwnn);
    fc->wwpn = g_strdup(wish->wwpn);
    return take(node, def);
}

static virNodeDevicePtr
test_nodedev_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_NODE_DEVICE_CREATE_XML_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    TestNode *node = test_node(conn);
    VrParseContext context = {.flags = VR_MODEL_ABI_UPDATE | (flags ? VR_MODEL_VALIDATE : 0)};
    g_autoptr(NodeDeviceDef) wish = node_device_def_parse(xml, &context);
    if (!wish)
        return NULL;
    const NodeDeviceCap *fc = scsi_host_cap(wish, NODE_DEVICE_CAP_TYPE_FC_HOST);
    if (!fc)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "Device is not a fibre channel HBA");
    g_autofree char *parent = find_parent(node, wish);
    if (!parent || make_vhba(node, fc) < 0)
        return NULL;
    emit(node, VHBA_NAME, VIR_NODE_DEVICE_EVENT_CREATED);
    virNodeDevicePtr dev = vr_node_device_new(conn, VHBA_NAME);
    keep_parent(dev, parent);
    return dev;
}

/* Only a Fibre Channel adapter whose parent is there goes; for others the call succeeds and does nothing, as clients of
 * this driver know it. */
static int
test_nodedev_destroy(virNodeDevicePtr dev)
{
    TestNode *node = test_node(VR_OBJECT_CONN(dev));
    g_autoptr(VrItem) item = vr_item_by_name(node->nodedevs, VR_OBJECT_NAME(dev), &words, VIR_FROM_TEST);
    if (!item)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (!vr_item_change_begin(&c, item))
        return vr_error(VIR_FROM_TEST, words.missing, "%s name '%s'", words.no_such, VR_OBJECT_NAME(dev));
    const NodeDeviceDef *def = def_of(c.next);
    const char *parent = def->parent ? def->parent->name : NULL;
    g_autoptr(VrItem) above = parent ? vr_table_by_name(node->nodedevs, parent) : NULL;
    if (!above || !scsi_host_cap(def, NODE_DEVICE_CAP_TYPE_FC_HOST))
        return 0;
    vr_item_change_remove(&c, node->nodedevs);
    emit(node, VR_OBJECT_NAME(dev), VIR_NODE_DEVICE_EVENT_DELETED);
    return 0;
}

static int
test_nodedev_event_register(virConnectPtr conn, virNodeDevicePtr dev, int id, virConnectNodeDeviceEventGenericCallback cb,
                            void *opaque, virFreeCallback freecb)
{
    return vr_event_register(test_node(conn)->events, VR_EVENTS_NODE_DEVICE, conn, dev, id, (void (*)(void))cb, opaque,
                             freecb);
}

static int
test_nodedev_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(test_node(conn)->events, VR_EVENTS_NODE_DEVICE, conn, id) < 0 ? -1 : 0;
}

const VrNodedevOps test_nodedev_ops = {
    .nodeNumOfDevices = test_nodedev_count,
    .nodeListDevices = test_nodedev_names,
    .connectListAllNodeDevices = test_nodedev_list,
    .connectNodeDeviceEventRegisterAny = test_nodedev_event_register,
    .connectNodeDeviceEventDeregisterAny = test_nodedev_event_deregister,
    .nodeDeviceLookupByName = test_nodedev_by_name,
    .nodeDeviceGetXMLDesc = test_nodedev_xml,
    .nodeDeviceGetParent = test_nodedev_parent,
    .nodeDeviceNumOfCaps = test_nodedev_cap_count,
    .nodeDeviceListCaps = test_nodedev_cap_names,
    .nodeDeviceCreateXML = test_nodedev_create_xml,
    .nodeDeviceDestroy = test_nodedev_destroy,
};
