/* Ports of running networks, one per guest interface: made, listed, limited, taken away.
 *
 * What entry points call, on any thread.
 */
#include <string.h>

#include "base/params.h"
#include "drivers/network/network.h"

static VrDefinition *
find_port(const VrItemState *state, const unsigned char *uuid, guint *ret_at)
{
    for (guint i = 0; state->parts && i < state->parts->len; i++) {
        VrDefinition *port = state->parts->pdata[i];
        if (memcmp(((const NetworkPortDef *)port->def)->uuid, uuid, VR_UUID_SIZE) != 0)
            continue;
        if (ret_at)
            *ret_at = i;
        return port;
    }
    char text[VR_UUID_TEXT_SIZE];
    vr_uuid_format(uuid, text);
    return vr_error_null(VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK_PORT, "Network port with UUID %s does not exist", text);
}

static int
check_active(const VrItemState *state)
{
    if (state->active)
        return 0;
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network '%s' is not active", network_now(state)->name);
}

int
network_list_ports(virNetworkPtr net, virNetworkPortPtr **ports, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NETWORK) < 0)
        return -1;
    g_autoptr(VrItemState) state = network_state(net);
    if (!state || check_active(state) < 0)
        return -1;
    guint n = state->parts ? state->parts->len : 0;
    if (!ports)
        return (int)n;
    virNetworkPortPtr *list = calloc(n + 1, sizeof(virNetworkPortPtr));
    for (guint i = 0; list && i < n; i++)
        list[i] = vr_network_port_new(net, ((const NetworkPortDef *)((VrDefinition *)state->parts->pdata[i])->def)->uuid);
    *ports = list;
    return (int)n;
}

virNetworkPortPtr
network_port_by_uuid(virNetworkPtr net, const unsigned char *uuid)
{
    g_autoptr(VrItemState) state = network_state(net);
    if (!state || check_active(state) < 0 || !find_port(state, uuid, NULL))
        return NULL;
    return vr_network_port_new(net, uuid);
}

/* A port that outlived its guest's daemon is taken as it is: its plug stays what the guest has. */
static int
reclaim(VrItemState *next, NetworkPortDef *port)
{
    if (!port->plug)
        return network_plug_choose(next, port);
    NetworkDef *def = vr_definition_copy(next->now);
    def->connections++;
    network_set_now(next, def);
    return 0;
}

virNetworkPortPtr
network_port_create(virNetworkPtr net, const char *xml, unsigned int flags)
{
    VrInstance *instance = network_instance(net);
    if (vr_flags_check(flags, VIR_NETWORK_PORT_CREATE_RECLAIM | VIR_NETWORK_PORT_CREATE_VALIDATE, VIR_FROM_NETWORK) < 0)
        return NULL;
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0 || check_active(c.next) < 0)
        return NULL;
    unsigned model = flags & VIR_NETWORK_PORT_CREATE_VALIDATE ? VR_MODEL_VALIDATE : 0;
    g_autoptr(NetworkPortDef) port = network_port_def_parse(xml, &(VrParseContext){.flags = model});
    if (!port)
        return NULL;
    unsigned char uuid[VR_UUID_SIZE];
    memcpy(uuid, port->uuid, VR_UUID_SIZE);
    if (find_port(c.next, uuid, NULL)) {
        char text[VR_UUID_TEXT_SIZE];
        vr_uuid_format(uuid, text);
        return vr_error_null(VIR_FROM_NETWORK, VIR_ERR_NETWORK_PORT_EXIST, "Network port with UUID %s already exists", text);
    }
    vr_error_clear();
    bool claims = flags & VIR_NETWORK_PORT_CREATE_RECLAIM;
    if ((claims ? reclaim(c.next, port) : network_plug_choose(c.next, port)) < 0 ||
        network_bandwidth_plug(c.next, port) < 0)
        return NULL;
    VrDefinition *kept = vr_definition_new(&vr_desc_network_port_def, g_steal_pointer(&port));
    g_ptr_array_add(c.next->parts, kept);
    const char *name = c.item->stored.name;
    if (network_write_port(instance, name, kept) < 0 || network_write_macs(instance, c.next) < 0 ||
        network_write_status(instance, c.next) < 0) {
        network_bandwidth_unplug(c.next, kept->def);
        network_remove_port(instance, name, kept->def);
        return NULL;
    }
    if (network_has_own_bridge(network_now(c.next)) && !network_service_runs(instance, network_now(c.next)))
        network_take_over(instance, c.next); /* somebody ended dnsmasq: the next guest finds it again */
    vr_item_change_publish(&c);
    return vr_network_port_new(net, uuid);
}

static VrItemState *
state_of_port(virNetworkPortPtr port)
{
    return network_state(port->network);
}

char *
network_port_get_xml(virNetworkPortPtr port, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NETWORK) < 0)
        return NULL;
    g_autoptr(VrItemState) state = state_of_port(port);
    VrDefinition *found = state && check_active(state) == 0 ? find_port(state, port->object.uuid, NULL) : NULL;
    const char *xml = found ? vr_definition_xml(found, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

int
network_port_delete(virNetworkPortPtr port, unsigned int flags)
{
    VrInstance *instance = network_instance(port->network);
    if (vr_flags_check(flags, 0, VIR_FROM_NETWORK) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    guint at;
    if (network_change(port->network, &c) < 0 || check_active(c.next) < 0)
        return -1;
    g_autoptr(VrDefinition) gone = find_port(c.next, port->object.uuid, &at);
    if (!vr_definition_ref(gone))
        return -1;
    g_ptr_array_remove_index(c.next->parts, at);
    network_plug_release(c.next, gone->def);
    network_bandwidth_unplug(c.next, gone->def);
    network_remove_port(instance, c.item->stored.name, gone->def);
    if (network_write_macs(instance, c.next) < 0 || network_write_status(instance, c.next) < 0)
        return -1;
    vr_item_change_publish(&c);
    return 0;
}

/* --- bandwidth as parameters --- */

static const VrParamSpec specs[] = {
    {VIR_NETWORK_PORT_BANDWIDTH_IN_AVERAGE, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_IN_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_IN_BURST, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_IN_FLOOR, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_OUT_AVERAGE, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_OUT_PEAK, VIR_TYPED_PARAM_UINT},
    {VIR_NETWORK_PORT_BANDWIDTH_OUT_BURST, VIR_TYPED_PARAM_UINT},
    {NULL},
};
#define N_PARAMS ((int)G_N_ELEMENTS(specs) - 1)
#define N_INBOUND 4

/* The field of RATE that a parameter is, counted within its direction. */
static unsigned long long *
field(BandwidthRate *rate, int which)
{
    unsigned long long *fields[] = {&rate->average, &rate->peak, &rate->burst, &rate->floor};
    return fields[which];
}

int
network_port_get_parameters(virNetworkPortPtr port, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_NETWORK) < 0)
        return -1;
    g_autoptr(VrItemState) state = state_of_port(port);
    VrDefinition *found = state && check_active(state) == 0 ? find_port(state, port->object.uuid, NULL) : NULL;
    if (!found)
        return -1;
    const Bandwidth *bandwidth = ((const NetworkPortDef *)found->def)->bandwidth;
    g_auto(VrParams) list = {0};
    for (int i = 0; bandwidth && i < N_PARAMS; i++) {
        BandwidthRate *rate = i < N_INBOUND ? bandwidth->inbound : bandwidth->outbound;
        if (rate)
            vr_params_add_uint(&list, specs[i].name, (unsigned)*field(rate, i % N_INBOUND));
    }
    *params = g_steal_pointer(&list.params);
    *nparams = list.n;
    list.n = 0;
    return 0;
}

int
network_port_set_parameters(virNetworkPortPtr port, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    VrInstance *instance = network_instance(port->network);
    if (vr_flags_check(flags, 0, VIR_FROM_NETWORK) < 0 || vr_params_check(params, nparams, specs) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    guint at;
    if (network_change(port->network, &c) < 0 || check_active(c.next) < 0)
        return -1;
    VrDefinition *found = find_port(c.next, port->object.uuid, &at);
    if (!found)
        return -1;
    g_autoptr(NetworkPortDef) def = vr_definition_copy(found);
    g_autoptr(Bandwidth) bandwidth = bandwidth_new();
    bandwidth->class_id = def->bandwidth ? def->bandwidth->class_id : 0;
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], specs);
        BandwidthRate **rate = which < N_INBOUND ? &bandwidth->inbound : &bandwidth->outbound;
        if (!*rate)
            *rate = bandwidth_rate_new();
        *field(*rate, which % N_INBOUND) = params[i].value.ui;
    }
    if (def->bandwidth)
        bandwidth_free(def->bandwidth);
    def->bandwidth = g_steal_pointer(&bandwidth);
    if (network_bandwidth_plug(c.next, def) < 0)
        return -1;
    VrDefinition *kept = vr_definition_new(&vr_desc_network_port_def, g_steal_pointer(&def));
    vr_definition_unref(c.next->parts->pdata[at]);
    c.next->parts->pdata[at] = kept;
    if (network_write_port(instance, c.item->stored.name, kept) < 0 || network_write_status(instance, c.next) < 0)
        return -1;
    vr_item_change_publish(&c);
    return 0;
}
