/* A network's title, description and what applications keep in it. */
#include <string.h>

#include "drivers/network/network.h"
#include "store/metadata.h"

static VrMetadata
metadata_of(NetworkDef *def)
{
    return (VrMetadata){&def->description, &def->title, &def->metadata, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK_METADATA};
}

/* Which of the two definitions FLAGS mean: of a running network the one in force unless they say otherwise. */
static int
resolve(const VrItemState *state, unsigned int flags, bool *ret_live, bool *ret_config)
{
    bool live = flags & VIR_NETWORK_UPDATE_AFFECT_LIVE, config = flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG;
    if (!live && !config) {
        live = state->active;
        config = !live;
    }
    if (live && !state->active)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network is not running");
    if (config && !state->persistent)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID,
                        "cannot change persistent config of a transient network");
    *ret_live = live;
    *ret_config = config;
    return 0;
}

char *
network_get_metadata(virNetworkPtr net, int type, const char *uri, unsigned int flags)
{
    bool live, config;
    if (vr_flags_check(flags, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, VIR_FROM_NETWORK) < 0)
        return NULL;
    g_autoptr(VrItemState) state = network_state(net);
    if (!state || resolve(state, flags, &live, &config) < 0)
        return NULL;
    VrMetadata metadata = metadata_of((config && state->config ? state->config : state->now)->def);
    return vr_metadata_get(&metadata, type, uri);
}

static int
change_one(VrDefinition **slot, int type, const char *text, const char *key, const char *uri)
{
    g_autoptr(NetworkDef) def = vr_definition_copy(*slot);
    VrMetadata metadata = metadata_of(def);
    if (vr_metadata_set(&metadata, type, text, key, uri) < 0)
        return -1;
    vr_definition_set(slot, vr_definition_new(&vr_desc_network_def, g_steal_pointer(&def)));
    return 0;
}

int
network_set_metadata(virNetworkPtr net, int type, const char *text, const char *key, const char *uri, unsigned int flags)
{
    VrInstance *instance = network_instance(net);
    bool live, config;
    if (vr_flags_check(flags, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, VIR_FROM_NETWORK) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0 || resolve(c.next, flags, &live, &config) < 0)
        return -1;
    VrItemState *next = c.next;
    if (live && (change_one(&next->now, type, text, key, uri) < 0 || network_write_status(instance, next) < 0))
        return -1;
    if (config && (change_one(next->config ? &next->config : &next->now, type, text, key, uri) < 0 ||
                   network_write_config(instance, next) < 0))
        return -1;
    vr_item_change_publish(&c);
    vr_event_emit(instance->events, VR_EVENTS_NETWORK, VIR_NETWORK_EVENT_ID_METADATA_CHANGE, c.item->stored.name,
                  c.item->stored.uuid, -1, &(VrEventArgs){.n = {type}, .s = {uri}});
    return 0;
}
