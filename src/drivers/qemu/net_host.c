/* The host's ends of a guest's interfaces: see net_host.h. */
#include "drivers/qemu/net_host.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/peer.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/net_filter.h"
#include "host/bridge.h"
#include "host/tap.h"
#include "model/network.h"

void
qemu_net_ends_free(QemuNetEnds *ends)
{
    if (!ends)
        return;
    for (unsigned i = 0; i < ends->n; i++)
        close(ends->fds[i]);
    for (unsigned i = 0; i < ends->n_vhost; i++)
        close(ends->vhost[i]);
    g_free(ends);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuNetEnds, qemu_net_ends_free)

int
qemu_net_type(const DomainNet *net)
{
    return net->type == NET_TYPE_NETWORK && net->actual ? net->actual->type : (int)net->type;
}

bool
qemu_net_has_end(const DomainNet *net)
{
    int type = net->type;
    if (type == NET_TYPE_USER)
        return net->backend && net->backend->type == DOMAIN_NET_BACKEND_TYPE_PASST;
    return type == NET_TYPE_NETWORK || type == NET_TYPE_BRIDGE || type == NET_TYPE_ETHERNET || type == NET_TYPE_DIRECT;
}

/* --- ports of virtual networks --- */

static virNetworkPtr
find_network(QemuRun *run, const char *name, virConnectPtr *ret_conn)
{
    *ret_conn = vr_peer_open(VR_HOST_NETWORK, run->driver->root, run->driver->privileged);
    return *ret_conn ? VR_PEER(virNetworkLookupByName(*ret_conn, name)) : NULL;
}

static char *
port_request(const DomainDef *def, const DomainNet *net)
{
    g_autoptr(NetworkPortDef) port = network_port_def_new();
    memcpy(port->uuid, net->source.portid, sizeof(port->uuid));
    port->owner_name = g_strdup(def->name);
    memcpy(port->owner_uuid, def->uuid, sizeof(port->owner_uuid));
    port->group = g_strdup(net->source.portgroup);
    memcpy(port->mac, net->mac.address, sizeof(port->mac));
    port->bandwidth = net->bandwidth ? bandwidth_copy(net->bandwidth) : NULL;
    port->vlan = net->vlan ? vlan_copy(net->vlan) : NULL;
    port->virtualport = net->virtualport ? virtual_port_copy(net->virtualport) : NULL;
    port->isolated = net->isolated;
    port->trust_guest_rx_filters = net->trust_guest_rx_filters;
    return network_port_def_format(port, 0);
}

static bool
is_blank(const unsigned char *uuid)
{
    static const unsigned char blank[VR_UUID_SIZE];
    return memcmp(uuid, blank, sizeof(blank)) == 0;
}

/* Where the port leads, as the domain's document says it. */
static int
set_actual(DomainNet *net, const NetworkPortDef *port)
{
    static const int modes[] = {[NETWORK_PORT_PLUG_MODE_VEPA] = DOMAIN_NET_ACTUAL_SOURCE_MODE_VEPA,
                                [NETWORK_PORT_PLUG_MODE_PRIVATE] = DOMAIN_NET_ACTUAL_SOURCE_MODE_PRIVATE,
                                [NETWORK_PORT_PLUG_MODE_BRIDGE] = DOMAIN_NET_ACTUAL_SOURCE_MODE_BRIDGE,
                                [NETWORK_PORT_PLUG_MODE_PASSTHROUGH] = DOMAIN_NET_ACTUAL_SOURCE_MODE_PASSTHROUGH};
    const NetworkPortPlug *plug = port->plug;
    DomainNetActual *actual = domain_net_actual_new();
    actual->source = domain_net_actual_source_new();
    switch (plug ? plug->type : NETWORK_PORT_PLUG_TYPE_NONE) {
    case NETWORK_PORT_PLUG_TYPE_NETWORK:
    case NETWORK_PORT_PLUG_TYPE_BRIDGE:
        actual->type = plug->type == NETWORK_PORT_PLUG_TYPE_NETWORK ? NET_TYPE_NETWORK : NET_TYPE_BRIDGE;
        actual->source->bridge = g_strdup(plug->bridge);
        break;
    case NETWORK_PORT_PLUG_TYPE_DIRECT:
        actual->type = NET_TYPE_DIRECT;
        actual->source->dev = g_strdup(plug->dev);
        actual->source->mode = modes[CLAMP(plug->mode, 0, (int)G_N_ELEMENTS(modes) - 1)];
        break;
    default:
        domain_net_actual_free(actual);
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s' hands out devices, which guests cannot have yet",
                        net->source.network);
    }
    actual->source->type = actual->type;
    actual->isolated = port->isolated;
    domain_net_actual_free(net->actual);
    net->actual = actual;
    g_free(net->source.bridge);
    net->source.bridge = g_strdup(actual->source->bridge);
    return 0;
}

static int
take_port(QemuRun *run, const DomainDef *def, DomainNet *net)
{
    virConnectPtr conn = NULL;
    virNetworkPtr network = find_network(run, net->source.network, &conn);
    if (is_blank(net->source.portid))
        vr_uuid_generate(net->source.portid);
    g_autofree char *request = network ? port_request(def, net) : NULL;
    virNetworkPortPtr port = request ? VR_PEER(virNetworkPortCreateXML(network, request, 0)) : NULL;
    char *xml = port ? VR_PEER(virNetworkPortGetXMLDesc(port, 0)) : NULL;
    g_autoptr(NetworkPortDef) made = xml ? network_port_def_parse(xml, &(VrParseContext){0}) : NULL;
    int result = made ? set_actual(net, made) : -1;
    virErrorPtr saved = vr_error_save();
    if (port) {
        if (result < 0)
            VR_PEER(virNetworkPortDelete(port, 0));
        virNetworkPortFree(port);
    }
    if (network)
        virNetworkFree(network);
    if (conn)
        virConnectClose(conn);
    free(xml);
    vr_error_restore(saved);
    return result;
}

static void
give_port_back(QemuRun *run, const DomainNet *net)
{
    virConnectPtr conn = NULL;
    virErrorPtr saved = vr_error_save();
    virNetworkPtr network = find_network(run, net->source.network, &conn);
    virNetworkPortPtr port = network ? VR_PEER(virNetworkPortLookupByUUID(network, net->source.portid)) : NULL;
    if (port) {
        VR_PEER(virNetworkPortDelete(port, 0));
        virNetworkPortFree(port);
    }
    if (network)
        virNetworkFree(network);
    if (conn)
        virConnectClose(conn);
    vr_error_clear();
    vr_error_restore(saved);
}

/* --- devices --- */

static void
set_target(DomainNet *net, const char *name)
{
    if (!net->target)
        net->target = domain_net_target_new();
    if (net->target->dev == name)
        return;
    g_free(net->target->dev);
    net->target->dev = g_strdup(name);
}

static unsigned
queues_of(const DomainNet *net)
{
    return net->driver && net->driver->queues ? MIN(net->driver->queues, QEMU_NET_QUEUES) : 1;
}

/* Names that this daemon chose before, or another, are chosen anew. */
static void
wanted_name(const DomainNet *net, const char *pattern, char name[VR_TAP_NAME_SIZE])
{
    const char *given = net->target ? net->target->dev : NULL;
    bool made_up = given && (g_str_has_prefix(given, "vnet") || g_str_has_prefix(given, "macvtap") ||
                             g_str_has_prefix(given, "macvlan"));
    g_strlcpy(name, given && !made_up ? given : pattern, VR_TAP_NAME_SIZE);
}

static int
open_tap(DomainNet *net, const char *bridge, QemuNetEnds *ends)
{
    char name[VR_TAP_NAME_SIZE];
    wanted_name(net, "vnet%d", name);
    if (vr_tap_open(name, queues_of(net), ends->fds) < 0)
        return -1;
    ends->n = queues_of(net);
    set_target(net, name);
    /* high, so that the bridge never takes it for its own */
    unsigned char mac[6];
    memcpy(mac, net->mac.address, sizeof(mac));
    mac[0] = 0xfe;
    unsigned mtu = net->mtu ? net->mtu : bridge ? vr_link_mtu(bridge) : 0;
    if ((bridge && vr_link_set_mac(name, mac) < 0) || (mtu && vr_link_set_mtu(name, mtu) < 0) ||
        (bridge && vr_link_set_bridge(name, bridge) < 0))
        return -1;
    bool isolated = net->isolated == YES_NO_YES || (net->actual && net->actual->isolated == YES_NO_YES);
    if (bridge && isolated && vr_bridge_port_isolate(name, true) < 0)
        return -1;
    return net->link_state == DOMAIN_NET_LINK_STATE_DOWN ? 0 : vr_link_set_up(name, true);
}

/* A tap that somebody else made, or one of our own that leads nowhere. */
static int
open_ethernet(DomainNet *net, QemuNetEnds *ends)
{
    if (net->target && net->target->managed == YES_NO_NO && net->target->dev && !vr_link_exists(net->target->dev))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "target managed='no' but specified dev '%s' doesn't exist",
                        net->target->dev);
    return open_tap(net, NULL, ends);
}

static int
open_direct(DomainNet *net, const char *link, int mode, QemuNetEnds *ends)
{
    static const char *const modes[] = {"vepa", "vepa", "private", "bridge", "passthru"};
    char name[VR_TAP_NAME_SIZE];
    wanted_name(net, "macvtap%d", name);
    if (vr_macvtap_open(name, link, modes[CLAMP(mode, 0, (int)G_N_ELEMENTS(modes) - 1)], net->mac.address, queues_of(net),
                        ends->fds) < 0)
        return -1;
    ends->n = queues_of(net);
    set_target(net, name);
    return vr_link_set_up(name, true);
}

static int
open_end(QemuRun *run, const DomainDef *def, DomainNet *net, QemuNetEnds *ends)
{
    const DomainNetActualSource *actual = net->actual ? net->actual->source : NULL;
    const DomainNetSource *source = &net->source;
    switch (qemu_net_type(net)) {
    case NET_TYPE_NETWORK:
    case NET_TYPE_BRIDGE:
        return open_tap(net, actual ? actual->bridge : source->bridge, ends);
    case NET_TYPE_DIRECT:
        return open_direct(net, actual ? actual->dev : source->dev, actual ? (int)actual->mode : (int)source->mode, ends);
    case NET_TYPE_USER:
        ends->fds[0] = qemu_helper_start_passt(run, def, net);
        ends->n = ends->fds[0] >= 0 ? 1 : 0;
        return ends->n ? 0 : -1;
    default:
        return open_ethernet(net, ends);
    }
}

/* The kernel's own virtio for the interface, where there is one. */
static int
open_vhost(const DomainNet *net, QemuNetEnds *ends)
{
    int name = net->driver ? net->driver->name : DOMAIN_NET_DRIVER_NAME_UNSET;
    const char *path = net->backend && net->backend->vhost ? net->backend->vhost : "/dev/vhost-net";
    if (net->type == NET_TYPE_USER || !net->model || !g_str_has_prefix(net->model, "virtio") || name == DOMAIN_NET_DRIVER_NAME_QEMU)
        return 0;
    for (unsigned i = 0; i < ends->n; i++) {
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 && name == DOMAIN_NET_DRIVER_NAME_VHOST)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                            "vhost-net was requested for an interface, but is unavailable");
        if (fd < 0)
            return 0;
        ends->vhost[ends->n_vhost++] = fd;
    }
    return 0;
}

/* --- all of it --- */

static bool
same_net(const DomainNet *a, const DomainNet *b)
{
    return memcmp(a->mac.address, b->mac.address, sizeof(a->mac.address)) == 0 && a->type == b->type;
}

static void
unmake(QemuRun *run, const DomainNet *net)
{
    const char *name = net->target ? net->target->dev : NULL;
    qemu_net_filter_unbind(run, net);
    if (qemu_net_type(net) == NET_TYPE_DIRECT && name && vr_link_exists(name) && vr_link_delete(name) < 0) {
        vr_log(VR_LOG_WARN, "qemu", "'%s' stays: %s", name, vr_error_last()->message);
        vr_error_clear();
    }
    if (net->type == NET_TYPE_NETWORK)
        give_port_back(run, net);
    if (net->type == NET_TYPE_USER && net->alias)
        qemu_helpers_stop(run, net->alias);
}

QemuNetEnds *
qemu_net_host_connect(QemuRun *run, const DomainDef *def, DomainNet *net)
{
    g_autoptr(QemuNetEnds) ends = g_new0(QemuNetEnds, 1);
    if (net->type == NET_TYPE_NETWORK && take_port(run, def, net) < 0)
        return NULL;
    bool open = open_end(run, def, net, ends) == 0 && open_vhost(net, ends) == 0 && qemu_net_filter_bind(run, def, net) == 0;
    if (open) {
        g_ptr_array_add(run->nets, domain_net_copy(net));
        return g_steal_pointer(&ends);
    }
    virErrorPtr saved = vr_error_save();
    if (ends->n || net->type == NET_TYPE_NETWORK)
        unmake(run, net);
    vr_error_restore(saved);
    return NULL;
}

void
qemu_net_host_disconnect(QemuRun *run, const DomainNet *net)
{
    for (guint i = 0; i < run->nets->len; i++) {
        if (!same_net(run->nets->pdata[i], net))
            continue;
        unmake(run, run->nets->pdata[i]);
        g_ptr_array_remove_index(run->nets, i);
        return;
    }
}

void
qemu_net_host_disconnect_all(QemuRun *run)
{
    for (guint i = 0; i < run->nets->len; i++)
        unmake(run, run->nets->pdata[i]);
    g_ptr_array_set_size(run->nets, 0);
}

void
qemu_net_host_adopt(QemuRun *run, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        if (qemu_net_has_end(def->devices.interface[i]))
            g_ptr_array_add(run->nets, domain_net_copy(def->devices.interface[i]));
    }
}
