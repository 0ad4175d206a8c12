/* Finding networks and telling about them: what reads the current state and waits for nobody. */
#include <string.h>

#include "drivers/network/network.h"
#include "store/network.h"

const VrItemWords network_words = {"network", "no network with matching", VIR_ERR_NO_NETWORK, VIR_FROM_NETWORK};

int
network_no_such(virNetworkPtr net)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(net->object.uuid, uuid);
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK, "no network with matching uuid '%s' (%s)", uuid,
                    VR_OBJECT_NAME(net));
}

VrItem *
network_find(virNetworkPtr net)
{
    VrItem *item = vr_table_by_uuid(network_instance(net)->items, net->object.uuid);
    if (!item)
        network_no_such(net);
    return item;
}

VrItemState *
network_state(virNetworkPtr net)
{
    g_autoptr(VrItem) item = network_find(net);
    return item ? vr_item_state(item) : NULL;
}

int
network_change(virNetworkPtr net, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = network_find(net);
    if (!item)
        return -1;
    return vr_item_change_begin(ret_change, item) ? 0 : network_no_such(net);
}

void *
network_handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_network_new(conn, item->stored.name, item->stored.uuid);
}

void
network_emit(VrInstance *instance, const VrItem *item, int event)
{
    vr_event_emit(instance->events, VR_EVENTS_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, item->stored.name, item->stored.uuid,
                  -1, &(VrEventArgs){.n = {event}});
}

int
network_count(virConnectPtr conn)
{
    return vr_items_count(network_instance(conn)->items, vr_item_is_active, 1);
}

int
network_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(network_instance(conn)->items, vr_item_is_active, 1, (char **)names, maxnames);
}

int
network_count_defined(virConnectPtr conn)
{
    return vr_items_count(network_instance(conn)->items, vr_item_is_active, 0);
}

int
network_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(network_instance(conn)->items, vr_item_is_active, 0, (char **)names, maxnames);
}

int
network_list(virConnectPtr conn, virNetworkPtr **nets, unsigned int flags)
{
    if (vr_flags_check(flags, VR_NETWORK_LIST_FLAGS, VIR_FROM_NETWORK) < 0)
        return -1;
    return vr_items_handles(network_instance(conn)->items, vr_network_matches, flags, conn, network_handle, (void ***)nets);
}

virNetworkPtr
network_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(network_instance(conn)->items, name, &network_words, VIR_FROM_NETWORK);
    return item ? network_handle(conn, item, NULL) : NULL;
}

virNetworkPtr
network_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(network_instance(conn)->items, uuid, &network_words, VIR_FROM_NETWORK);
    return item ? network_handle(conn, item, NULL) : NULL;
}

char *
network_get_xml(virNetworkPtr net, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_NETWORK_XML_INACTIVE, VIR_FROM_NETWORK) < 0)
        return NULL;
    g_autoptr(VrItemState) state = network_state(net);
    if (!state)
        return NULL;
    bool inactive = flags & VIR_NETWORK_XML_INACTIVE;
    VrDefinition *shown = inactive && state->config ? state->config : state->now;
    const char *xml = vr_definition_xml(shown, inactive || !state->active ? VR_MODEL_INACTIVE : 0);
    return xml ? strdup(xml) : NULL;
}

char *
network_get_bridge(virNetworkPtr net)
{
    g_autoptr(VrItemState) state = network_state(net);
    if (!state)
        return NULL;
    const NetworkDef *def = network_now(state);
    if (def->bridge.name)
        return strdup(def->bridge.name);
    return vr_error_null(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' does not have a bridge name.", def->name);
}

int
network_get_autostart(virNetworkPtr net, int *autostart)
{
    g_autoptr(VrItemState) state = network_state(net);
    if (!state)
        return -1;
    *autostart = state->autostart;
    return 0;
}

int
network_is_active(virNetworkPtr net)
{
    g_autoptr(VrItemState) state = network_state(net);
    return state ? state->active : -1;
}

int
network_is_persistent(virNetworkPtr net)
{
    g_autoptr(VrItemState) state = network_state(net);
    return state ? state->persistent : -1;
}

int
network_event_register(virConnectPtr conn, virNetworkPtr net, int id, virConnectNetworkEventGenericCallback cb, void *opaque,
                       virFreeCallback freecb)
{
    return vr_event_register(network_instance(conn)->events, VR_EVENTS_NETWORK, conn, net, id, (void (*)(void))cb, opaque,
                             freecb);
}

int
network_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(network_instance(conn)->events, VR_EVENTS_NETWORK, conn, id) < 0 ? -1 : 0;
}
