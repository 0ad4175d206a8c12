/* Which networks a list wants, and which definition a change touches: see network.h. */
#include "store/network.h"

#include "base/error.h"

bool
vr_network_matches(const VrItemState *state, unsigned flags)
{
    return vr_filter(flags, VIR_CONNECT_LIST_NETWORKS_ACTIVE, VIR_CONNECT_LIST_NETWORKS_INACTIVE, state->active) &&
           vr_filter(flags, VIR_CONNECT_LIST_NETWORKS_PERSISTENT, VIR_CONNECT_LIST_NETWORKS_TRANSIENT,
                     state->persistent) &&
           vr_filter(flags, VIR_CONNECT_LIST_NETWORKS_AUTOSTART, VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART,
                     state->autostart);
}

void
vr_network_assign(VrItemState *state, VrDefinition *def, bool live)
{
    if (live) {
        if (state->persistent && !state->config)
            state->config = g_steal_pointer(&state->now);
        vr_definition_set(&state->now, def);
        state->active = true;
        return;
    }
    vr_definition_set(state->active ? &state->config : &state->now, def);
    if (!state->active)
        vr_definition_set(&state->config, NULL);
    state->persistent = true;
}

/* A changed copy of DEFINITION; reading it as a whole tells whether every rule of the document holds. */
static VrDefinition *
updated(const VrDefinition *definition, const VrNetworkUpdate *update)
{
    g_autoptr(NetworkDef) def = vr_definition_copy(definition);
    if (vr_network_def_update(def, update) < 0)
        return NULL;
    g_autofree char *xml = network_def_format(def, 0);
    g_autoptr(NetworkDef) checked = xml ? network_def_parse(xml, NULL) : NULL;
    return checked ? vr_definition_new(definition->desc, g_steal_pointer(&def)) : NULL;
}

int
vr_network_update(VrItemState *state, const VrNetworkUpdate *update, unsigned flags)
{
    if (!(flags & (VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG)))
        flags |= state->active ? VIR_NETWORK_UPDATE_AFFECT_LIVE : VIR_NETWORK_UPDATE_AFFECT_CONFIG;
    if (flags & VIR_NETWORK_UPDATE_AFFECT_LIVE && !state->active)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network is not running");
    if (flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG && !state->persistent)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID,
                        "cannot change persistent config of a transient network");

    const VrDefinition *stored = state->config ? state->config : state->now;
    g_autoptr(VrDefinition) now = NULL;
    g_autoptr(VrDefinition) config = NULL;
    if (flags & VIR_NETWORK_UPDATE_AFFECT_LIVE && !(now = updated(state->now, update)))
        return -1;
    if (flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG && !(config = updated(stored, update)))
        return -1;
    if (now)
        vr_definition_set(&state->now, g_steal_pointer(&now));
    if (config && state->active)
        vr_definition_set(&state->config, g_steal_pointer(&config));
    else if (config) {
        vr_definition_set(&state->now, g_steal_pointer(&config));
        vr_definition_set(&state->config, NULL);
    }
    return 0;
}
