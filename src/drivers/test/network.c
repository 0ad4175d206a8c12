/* Networks of the test driver: definitions and a running flag, no bridge behind them.
 *
 * The operation table at the end is what entry points call, on any thread.
 */
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/test/test.h"
#include "model/network.gen.h"
#include "store/item.h"
#include "store/network.h"

static const VrItemWords words = {"network", "no network with matching", VIR_ERR_NO_NETWORK, VIR_FROM_NETWORK};

static VrItem *
find(virNetworkPtr net)
{
    return vr_item_by_name(test_node(VR_OBJECT_CONN(net))->networks, VR_OBJECT_NAME(net), &words, VIR_FROM_TEST);
}

/* Open a change on NET's item, or -1 with the error set. */
static int
change(virNetworkPtr net, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = find(net);
    if (!item)
        return -1;
    if (vr_item_change_begin(ret_change, item))
        return 0;
    return vr_error(VIR_FROM_TEST, words.missing, "%s name '%s'", words.no_such, VR_OBJECT_NAME(net));
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_network_new(conn, item->stored.name, item->stored.uuid);
}

static void
emit(TestNode *node, const VrItem *item, int event)
{
    vr_event_emit(node->events, VR_EVENTS_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, item->stored.name, item->stored.uuid, -1,
                  &(VrEventArgs){.n = {event}});
}

static int
test_network_count(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->networks, vr_item_is_active, 1);
}

static int
test_network_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->networks, vr_item_is_active, 1, (char **)names, maxnames);
}

static int
test_network_count_defined(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->networks, vr_item_is_active, 0);
}

static int
test_network_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->networks, vr_item_is_active, 0, (char **)names, maxnames);
}

static int
test_network_list(virConnectPtr conn, virNetworkPtr **nets, unsigned int flags)
{
    if (vr_flags_check(flags, VR_NETWORK_LIST_FLAGS, VIR_FROM_TEST) < 0)
        return -1;
    return vr_items_handles(test_node(conn)->networks, vr_network_matches, flags, conn, handle, (void ***)nets);
}

static virNetworkPtr
test_network_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(test_node(conn)->networks, name, &words, VIR_FROM_TEST);
    return item ? handle(conn, item, NULL) : NULL;
}

static virNetworkPtr
test_network_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(test_node(conn)->networks, uuid, &words, VIR_FROM_TEST);
    return item ? handle(conn, item, NULL) : NULL;
}

/* Take a parsed document in: LIVE starts it at once. */
static virNetworkPtr
assign(virConnectPtr conn, TestNode *node, NetworkDef *parsed, bool live)
{
    g_autoptr(VrDefinition) def = vr_definition_new(&vr_desc_network_def, parsed);
    g_auto(VrItemChange) c = {0};
    if (vr_item_assign(node->networks, parsed->name, parsed->uuid, live ? VR_ASSIGN_LIVE : 0, &words, &c) < 0)
        return NULL;
    vr_network_assign(c.next, g_steal_pointer(&def), live);
    if (vr_item_assign_publish(&c, node->networks, &words) < 0)
        return NULL;
    emit(node, c.item, live ? VIR_NETWORK_EVENT_STARTED : VIR_NETWORK_EVENT_DEFINED);
    return conn ? handle(conn, c.item, NULL) : NULL;
}

static virNetworkPtr
from_xml(virConnectPtr conn, const char *xml, unsigned int flags, bool live)
{
    if (vr_flags_check(flags, VIR_NETWORK_DEFINE_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    NetworkDef *def = network_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    return def ? assign(conn, test_node(conn), def, live) : NULL;
}

static virNetworkPtr
test_network_create_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    return from_xml(conn, xml, flags, true);
}

static virNetworkPtr
test_network_create_xml(virConnectPtr conn, const char *xml)
{
    return from_xml(conn, xml, 0, true);
}

static virNetworkPtr
test_network_define_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    return from_xml(conn, xml, flags, false);
}

static virNetworkPtr
test_network_define_xml(virConnectPtr conn, const char *xml)
{
    return from_xml(conn, xml, 0, false);
}

int
test_network_load(TestNode *node, const VrXmlNode *xml, const char *folder)
{
    g_autoptr(NetworkDef) def = network_def_parse_node(xml, NULL);
    if (!def)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (vr_item_assign(node->networks, def->name, def->uuid, 0, &words, &c) < 0)
        return -1;
    vr_definition_set(&c.next->now, vr_definition_new(&vr_desc_network_def, g_steal_pointer(&def)));
    c.next->active = c.next->persistent = true;
    return vr_item_assign_publish(&c, node->networks, &words);
}

static int
test_network_create(virNetworkPtr net)
{
    g_auto(VrItemChange) c = {0};
    if (change(net, &c) < 0)
        return -1;
    if (c.next->active)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "Network '%s' is already running", VR_OBJECT_NAME(net));
    c.next->active = true;
    vr_item_change_publish(&c);
    emit(test_node(VR_OBJECT_CONN(net)), c.item, VIR_NETWORK_EVENT_STARTED);
    return 0;
}

/* Destroying an inactive network is no error here, and still reported as a stop. */
static int
test_network_destroy(virNetworkPtr net)
{
    TestNode *node = test_node(VR_OBJECT_CONN(net));
    g_auto(VrItemChange) c = {0};
    if (change(net, &c) < 0)
        return -1;
    c.next->active = false;
    if (c.next->persistent)
        vr_item_change_publish(&c);
    else
        vr_item_change_remove(&c, node->networks);
    emit(node, c.item, VIR_NETWORK_EVENT_STOPPED);
    return 0;
}

static int
test_network_undefine(virNetworkPtr net)
{
    TestNode *node = test_node(VR_OBJECT_CONN(net));
    g_auto(VrItemChange) c = {0};
    if (change(net, &c) < 0)
        return -1;
    if (c.next->active)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "Network '%s' is still running", VR_OBJECT_NAME(net));
    vr_item_change_remove(&c, node->networks);
    emit(node, c.item, VIR_NETWORK_EVENT_UNDEFINED);
    return 0;
}

static int
test_network_update(virNetworkPtr net, unsigned int command, unsigned int section, int parentIndex, const char *xml,
                    unsigned int flags)
{
    if (vr_flags_check(flags, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (change(net, &c) < 0)
        return -1;
    VrNetworkUpdate update = {command, section, parentIndex, xml};
    if (vr_network_update(c.next, &update, flags) < 0)
        return -1;
    vr_item_change_publish(&c);
    return 0;
}

static char *
test_network_xml(virNetworkPtr net, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrItem) item = find(net);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const char *xml = vr_definition_xml(state->now, 0);
    return xml ? strdup(xml) : NULL;
}

static char *
test_network_bridge(virNetworkPtr net)
{
    g_autoptr(VrItem) item = find(net);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const NetworkDef *def = state->now->def;
    if (def->bridge.name)
        return strdup(def->bridge.name);
    return vr_error_null(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.", def->name);
}

static int
test_network_get_autostart(virNetworkPtr net, int *autostart)
{
    g_autoptr(VrItem) item = find(net);
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    *autostart = state->autostart;
    return 0;
}

static int
test_network_set_autostart(virNetworkPtr net, int autostart)
{
    g_auto(VrItemChange) c = {0};
    if (change(net, &c) < 0)
        return -1;
    c.next->autostart = autostart != 0;
    vr_item_change_publish(&c);
    return 0;
}

static VrItemState *
state_by_uuid(virNetworkPtr net)
{
    VrTable *table = test_node(VR_OBJECT_CONN(net))->networks;
    g_autoptr(VrItem) item = vr_item_by_uuid(table, net->object.uuid, &words, VIR_FROM_TEST);
    return item ? vr_item_state(item) : NULL;
}

static int
test_network_is_active(virNetworkPtr net)
{
    g_autoptr(VrItemState) state = state_by_uuid(net);
    return state ? state->active : -1;
}

static int
test_network_is_persistent(virNetworkPtr net)
{
    g_autoptr(VrItemState) state = state_by_uuid(net);
    return state ? state->persistent : -1;
}

static int
test_network_event_register(virConnectPtr conn, virNetworkPtr net, int id, virConnectNetworkEventGenericCallback cb,
                            void *opaque, virFreeCallback freecb)
{
    return vr_event_register(test_node(conn)->events, VR_EVENTS_NETWORK, conn, net, id, (void (*)(void))cb, opaque, freecb);
}

static int
test_network_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(test_node(conn)->events, VR_EVENTS_NETWORK, conn, id) < 0 ? -1 : 0;
}

const VrNetworkOps test_network_ops = {
    .connectNumOfNetworks = test_network_count,
    .connectListNetworks = test_network_names,
    .connectNumOfDefinedNetworks = test_network_count_defined,
    .connectListDefinedNetworks = test_network_names_defined,
    .connectListAllNetworks = test_network_list,
    .connectNetworkEventRegisterAny = test_network_event_register,
    .connectNetworkEventDeregisterAny = test_network_event_deregister,
    .networkLookupByUUID = test_network_by_uuid,
    .networkLookupByName = test_network_by_name,
    .networkCreateXML = test_network_create_xml,
    .networkCreateXMLFlags = test_network_create_xml_flags,
    .networkDefineXML = test_network_define_xml,
    .networkDefineXMLFlags = test_network_define_xml_flags,
    .networkUndefine = test_network_undefine,
    .networkUpdate = test_network_update,
    .networkCreate = test_network_create,
    .networkDestroy = test_network_destroy,
    .networkGetXMLDesc = test_network_xml,
    .networkGetBridgeName = test_network_bridge,
    .networkGetAutostart = test_network_get_autostart,
    .networkSetAutostart = test_network_set_autostart,
    .networkIsActive = test_network_is_active,
    .networkIsPersistent = test_network_is_persistent,
};
