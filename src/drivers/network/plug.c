/* Where a guest's port leads: to the network's bridge, to one of its interfaces or to one of its devices.
 *
 * Called within a change of the network.
 */
#include <string.h>

#include "drivers/network/network.h"

#define FAIL(...) vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

const NetworkPortGroup *
network_port_group(const NetworkDef *def, const char *name)
{
    for (size_t i = 0; i < def->n_portgroup; i++) {
        const NetworkPortGroup *group = def->portgroup[i];
        if (name ? strcmp(group->name, name) == 0 : group->default_)
            return group;
    }
    return NULL;
}

static NetworkPortPlug *
plug_new(int type)
{
    NetworkPortPlug *plug = network_port_plug_new();
    plug->type = type;
    return plug;
}

static NetworkPortPlug *
plug_bridge(const NetworkDef *def, int type)
{
    NetworkPortPlug *plug = plug_new(type);
    plug->bridge = g_strdup(def->bridge.name);
    plug->mac_table_manager = def->bridge.mac_table_manager;
    return plug;
}

/* The interface that serves the fewest; one that must not be shared serves nobody else. */
static NetworkForwardIf *
choose_interface(const NetworkDef *def, const VirtualPort *virtualport)
{
    bool alone = def->forward.mode == NETWORK_FORWARD_MODE_PASSTHROUGH ||
                 (def->forward.mode == NETWORK_FORWARD_MODE_PRIVATE && virtualport &&
                  virtualport->type == VIRTUAL_PORT_TYPE_802_1_QBH);
    NetworkForwardIf *best = NULL;
    for (size_t i = 0; i < def->forward.n_interface; i++) {
        NetworkForwardIf *interface = def->forward.interface[i];
        if (alone && interface->connections > 0)
            continue;
        if (!best || interface->connections < best->connections)
            best = interface;
    }
    if (!best && def->forward.n_interface == 0)
        return vr_error_null(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                             "network '%s' uses a direct mode, but has no forward dev and no interface pool", def->name);
    if (!best)
        FAIL("network '%s' requires exclusive access to interfaces, but none are available", def->name);
    return best;
}

static int mode_of(const NetworkDef *def)
{
    switch (def->forward.mode) {
    case NETWORK_FORWARD_MODE_PRIVATE:
        return NETWORK_PORT_PLUG_MODE_PRIVATE;
    case NETWORK_FORWARD_MODE_PASSTHROUGH:
        return NETWORK_PORT_PLUG_MODE_PASSTHROUGH;
    case NETWORK_FORWARD_MODE_BRIDGE:
        return NETWORK_PORT_PLUG_MODE_BRIDGE;
    default:
        return NETWORK_PORT_PLUG_MODE_VEPA;
    }
}

static NetworkPortPlug *
plug_direct(NetworkDef *def, const VirtualPort *virtualport)
{
    NetworkForwardIf *interface = choose_interface(def, virtualport);
    if (!interface)
        return NULL;
    interface->connections++;
    NetworkPortPlug *plug = plug_new(NETWORK_PORT_PLUG_TYPE_DIRECT);
    plug->dev = g_strdup(interface->dev);
    plug->mode = mode_of(def);
    return plug;
}

static NetworkPortPlug *
plug_hostdev(NetworkDef *def)
{
    for (size_t i = 0; i < def->forward.n_address; i++) {
        NetworkForwardAddress *address = def->forward.address[i];
        if (address->connections > 0)
            continue;
        address->connections++;
        NetworkPortPlug *plug = plug_new(NETWORK_PORT_PLUG_TYPE_HOSTDEV_PCI);
        plug->managed = def->forward.managed == YES_NO_YES ? YES_NO_YES : YES_NO_NO;
        plug->driver = def->forward.driver;
        plug->address = pci_address_new();
        plug->address->domain = address->domain;
        plug->address->bus = address->bus;
        plug->address->slot = address->slot;
        plug->address->function = address->function;
        return plug;
    }
    return vr_error_null(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                         "network '%s' requires exclusive access to interfaces, but none are available", def->name);
}

static NetworkPortPlug *
plug_of(NetworkDef *def, const VirtualPort *virtualport)
{
    if (network_has_own_bridge(def))
        return plug_bridge(def, NETWORK_PORT_PLUG_TYPE_NETWORK);
    if (def->forward.mode == NETWORK_FORWARD_MODE_HOSTDEV)
        return plug_hostdev(def);
    if (def->forward.mode == NETWORK_FORWARD_MODE_BRIDGE && def->bridge.name)
        return plug_bridge(def, NETWORK_PORT_PLUG_TYPE_BRIDGE);
    return plug_direct(def, virtualport);
}

/* What the guest does not say itself, its group says, then the network. */
static int
complete(const NetworkDef *def, NetworkPortDef *port)
{
    const NetworkPortGroup *group = network_port_group(def, port->group);
    if (port->group && !group)
        return FAIL("network '%s' doesn't have a portgroup '%s'", def->name, port->group);
    if (!port->bandwidth && group && group->bandwidth)
        port->bandwidth = bandwidth_copy(group->bandwidth);
    const Vlan *vlan = group && group->vlan ? group->vlan : def->vlan;
    if (!port->vlan && vlan)
        port->vlan = vlan_copy(vlan);
    if (!port->trust_guest_rx_filters)
        port->trust_guest_rx_filters = group && group->trust_guest_rx_filters ? group->trust_guest_rx_filters
                                                                              : def->trust_guest_rx_filters;
    if (!port->isolated && def->isolated)
        port->isolated = def->isolated;
    const VirtualPort *virtualport = group && group->virtualport ? group->virtualport : def->virtualport;
    if (!port->virtualport && virtualport)
        port->virtualport = virtual_port_copy(virtualport);
    return 0;
}

#define FIRST_CLASS 3
#define LAST_CLASS 4096

/* A guaranteed rate has a traffic class of its own. */
static int
take_class(const VrItemState *next, NetworkPortDef *port)
{
    const NetworkDef *def = network_now(next);
    if (!port->bandwidth || !port->bandwidth->inbound || port->bandwidth->inbound->floor == 0)
        return 0;
    char mac[18];
    g_snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", port->mac[0], port->mac[1], port->mac[2], port->mac[3],
               port->mac[4], port->mac[5]);
    const BandwidthRate *inbound = def->bandwidth ? def->bandwidth->inbound : NULL;
    if (!network_has_own_bridge(def) || !inbound)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_UNSUPPORTED,
                        "Invalid use of 'floor' on interface with MAC address %s - network '%s' has no inbound QoS set", mac,
                        def->name);
    unsigned long long sum = port->bandwidth->inbound->floor, limit = inbound->peak ? inbound->peak : inbound->average;
    bool taken[LAST_CLASS + 1] = {false};
    for (guint i = 0; i < next->parts->len; i++) {
        const NetworkPortDef *other = ((VrDefinition *)next->parts->pdata[i])->def;
        if (!other->bandwidth || !other->bandwidth->class_id)
            continue;
        taken[MIN(other->bandwidth->class_id, LAST_CLASS)] = true;
        sum += other->bandwidth->inbound ? other->bandwidth->inbound->floor : 0;
    }
    if (sum > limit)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID,
                        "Cannot plug '%s' interface into '%s' because it would overcommit '%s' on network '%s'", mac,
                        def->bridge.name, inbound->peak ? "peak" : "average", def->name);
    unsigned id = FIRST_CLASS;
    while (id < LAST_CLASS && taken[id])
        id++;
    port->bandwidth->class_id = id;
    return 0;
}

int
network_plug_choose(VrItemState *next, NetworkPortDef *port)
{
    g_autoptr(NetworkDef) def = vr_definition_copy(next->now);
    if (complete(def, port) < 0 || take_class(next, port) < 0)
        return -1;
    NetworkPortPlug *plug = plug_of(def, port->virtualport);
    if (!plug)
        return -1;
    if (port->plug)
        network_port_plug_free(port->plug);
    port->plug = plug;
    def->connections++;
    network_set_now(next, g_steal_pointer(&def));
    return 0;
}

void
network_plug_release(VrItemState *next, const NetworkPortDef *port)
{
    NetworkDef *def = vr_definition_copy(next->now);
    const NetworkPortPlug *plug = port->plug;
    if (def->connections > 0)
        def->connections--;
    for (size_t i = 0; plug && plug->dev && i < def->forward.n_interface; i++) {
        NetworkForwardIf *interface = def->forward.interface[i];
        if (interface->connections > 0 && g_strcmp0(interface->dev, plug->dev) == 0)
            interface->connections--;
    }
    for (size_t i = 0; plug && plug->address && i < def->forward.n_address; i++) {
        NetworkForwardAddress *a = def->forward.address[i];
        const PciAddress *b = plug->address;
        if (a->connections > 0 && a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function)
            a->connections--;
    }
    network_set_now(next, def);
}
