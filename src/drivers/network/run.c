/* Starting and stopping networks: bridge, addresses, packet filter, name service.
 *
 * Called within a change of the network.  What a start has done is undone by the same code that stops a network.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "drivers/network/network.h"
#include "host/bridge.h"

static VrLinkAddress
link_address(const VrIp *ip, unsigned prefix)
{
    return (VrLinkAddress){ip->bytes, ip->size, prefix};
}

/* Another link leads to the same network already. */
static int
check_collisions(const NetworkDef *def)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        g_auto(NetworkAddress) address = {0};
        if (network_address(def->ip[i], &address) < 0)
            return -1;
        VrIp network = address.ip;
        for (unsigned bit = address.prefix; bit < network.size * 8; bit++)
            network.bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
        VrLinkAddress wanted = link_address(&network, address.prefix);
        g_autofree char *link = vr_route_link(&wanted);
        if (link)
            return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Network is already in use by interface %s", link);
    }
    return 0;
}

static int
write_ipv6_setting(const char *bridge, const char *setting, const char *value)
{
    g_autofree char *path = g_strdup_printf("net/ipv6/conf/%s/%s", bridge, setting);
    return vr_sysctl_write(path, value);
}

/* A bridge whose guests have no IPv6 of ours does not make any up; one that has it is the router, not a host. */
static int
settle_ipv6(const NetworkDef *def)
{
    const char *bridge = def->bridge.name;
    if (!g_file_test("/proc/sys/net/ipv6", G_FILE_TEST_IS_DIR))
        return 0; /* a kernel without it */
    if (!network_has_family(def, 16) && write_ipv6_setting(bridge, "disable_ipv6", "1") < 0)
        return -1;
    return write_ipv6_setting(bridge, "accept_ra", "0") < 0 ? -1 : write_ipv6_setting(bridge, "autoconf", "0");
}

static int
add_addresses(const NetworkDef *def)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        g_auto(NetworkAddress) address = {0};
        if (network_address(def->ip[i], &address) < 0)
            return -1;
        VrLinkAddress given = link_address(&address.ip, address.prefix);
        if (vr_link_add_address(def->bridge.name, &given) < 0)
            return -1;
    }
    return 0;
}

static int
add_routes(const NetworkDef *def)
{
    for (size_t i = 0; i < def->n_route; i++) {
        const NetworkRoute *route = def->route[i];
        VrIp target, gateway;
        if (!vr_ip_read(route->address, &target) || !vr_ip_read(route->gateway, &gateway) || target.size != gateway.size)
            return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "network '%s' has a route that cannot be used", def->name);
        unsigned prefix = route->has_prefix ? MIN(route->prefix, target.size * 8) : network_prefix_of(route->netmask, &target);
        VrLinkAddress to = link_address(&target, prefix);
        if (vr_link_add_route(def->bridge.name, &to, gateway.bytes, route->metric) < 0)
            return -1;
    }
    return 0;
}

/* Packets pass from one link to another only where the host is told to let them. */
static int
let_through(const NetworkDef *def)
{
    if (def->forward.mode == NETWORK_FORWARD_MODE_NONE)
        return 0;
    if (network_has_family(def, 4) && vr_sysctl_write("net/ipv4/ip_forward", "1") < 0)
        return -1;
    return network_has_family(def, 16) ? vr_sysctl_write("net/ipv6/conf/all/forwarding", "1") : 0;
}

static int
start_bridge(VrInstance *instance, const NetworkDef *def)
{
    const char *name = def->bridge.name;
    if (if_nametoindex(name) != 0)
        return vr_error_system(VIR_FROM_NONE, EEXIST, "error creating bridge interface %s", name);
    if (check_collisions(def) < 0)
        return -1;
    const VrBridge bridge = {
        .name = name,
        .mac = def->has_mac ? def->mac : NULL,
        .mtu = def->mtu,
        .stp = def->bridge.stp != ON_OFF_OFF,
        .delay = def->bridge.delay,
        .vlan_filtering = def->bridge.mac_table_manager == NETWORK_BRIDGE_MAC_TABLE_MANAGER_LIBVIRT,
    };
    if (vr_bridge_create(&bridge) < 0)
        return -1;
    if (settle_ipv6(def) < 0 || network_firewall_add(def) < 0 || add_addresses(def) < 0 || vr_link_set_up(name, true) < 0 ||
        add_routes(def) < 0 || let_through(def) < 0 || network_bandwidth_start(def) < 0 ||
        network_service_start(instance, def) < 0)
        return -1;
    return 0;
}

static void
stop_bridge(VrInstance *instance, const NetworkDef *def)
{
    network_service_stop(instance, def);
    network_firewall_remove(def);
    if (if_nametoindex(def->bridge.name) != 0 && vr_link_delete(def->bridge.name) < 0) {
        vr_log(VR_LOG_WARN, "network", "network '%s': %s", def->name, vr_error_last()->message);
        vr_error_clear();
    }
}

/* The virtual functions of a pool's physical one, as sysfs links them. */
static int
fill_pool(NetworkDef *def)
{
    if (def->forward.n_pf == 0)
        return 0;
    const char *pf = def->forward.pf[0]->dev;
    bool hostdev = def->forward.mode == NETWORK_FORWARD_MODE_HOSTDEV;
    for (unsigned i = 0;; i++) {
        g_autofree char *path = g_strdup_printf("/sys/class/net/%s/device/virtfn%u", pf, i);
        g_autofree char *target = g_file_read_link(path, NULL);
        unsigned d, b, s, f;
        if (!target)
            break;
        g_autofree char *base = g_path_get_basename(target);
        if (sscanf(base, "%x:%x:%x.%x", &d, &b, &s, &f) != 4)
            continue;
        if (hostdev) {
            NetworkForwardAddress *address = network_forward_address_new();
            address->domain = d;
            address->bus = b;
            address->slot = s;
            address->function = f;
            vr_model_list_add(&def->forward.address, &def->forward.n_address, address);
            continue;
        }
        g_autofree char *net = g_build_filename(path, "net", NULL);
        g_autoptr(GDir) dir = g_dir_open(net, 0, NULL);
        const char *name = dir ? g_dir_read_name(dir) : NULL;
        if (name) {
            NetworkForwardIf *interface = network_forward_if_new();
            interface->dev = g_strdup(name);
            vr_model_list_add(&def->forward.interface, &def->forward.n_interface, interface);
        }
    }
    if (def->forward.n_address + def->forward.n_interface == 0)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "No usable Vf's present on SRIOV PF %s", pf);
    return 0;
}

/* The definition in force, brought to where guests can be connected. */
static NetworkDef *
running_def(const VrItemState *next)
{
    g_autoptr(NetworkDef) def = vr_definition_copy(next->now);
    if (!def || fill_pool(def) < 0)
        return NULL;
    /* what is always so is shown while it runs */
    if (def->forward.mode == NETWORK_FORWARD_MODE_NAT && !(def->forward.nat && def->forward.nat->port)) {
        if (!def->forward.nat)
            def->forward.nat = network_nat_new();
        def->forward.nat->port = network_port_range_new();
        def->forward.nat->port->start = g_strdup("1024");
        def->forward.nat->port->end = g_strdup("65535");
    }
    return g_steal_pointer(&def);
}

void
network_set_now(VrItemState *next, NetworkDef *def)
{
    vr_definition_set(&next->now, vr_definition_new(&vr_desc_network_def, def));
}

static void
forget_run(VrItemState *next)
{
    next->active = false;
    g_clear_pointer(&next->parts, g_ptr_array_unref);
    if (next->config)
        vr_definition_set(&next->now, g_steal_pointer(&next->config));
}

int
network_start(VrInstance *instance, VrItemState *next)
{
    NetworkDef *def = running_def(next);
    if (!def)
        return -1;
    if (next->persistent && !next->config)
        next->config = vr_definition_ref(next->now);
    network_set_now(next, def);
    next->active = true;
    next->parts = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
    /* a bridge that is there already is not ours to take down */
    bool ours = network_has_own_bridge(def) && if_nametoindex(def->bridge.name) == 0;
    if ((!network_has_own_bridge(def) || start_bridge(instance, def) == 0) && network_write_status(instance, next) == 0)
        return 0;
    virErrorPtr error = vr_error_save();
    if (ours)
        stop_bridge(instance, def);
    network_remove_status(instance, def->name);
    forget_run(next);
    vr_error_restore(error);
    return -1;
}

void
network_stop(VrInstance *instance, VrItemState *next)
{
    const NetworkDef *def = network_now(next);
    if (network_has_own_bridge(def))
        stop_bridge(instance, def);
    network_remove_status(instance, def->name);
    forget_run(next);
}

int
network_refresh(VrInstance *instance, const VrItemState *next)
{
    const NetworkDef *def = network_now(next);
    if (!network_has_own_bridge(def))
        return 0;
    return network_firewall_add(def) < 0 ? -1 : network_service_refresh(instance, def);
}

bool
network_take_over(VrInstance *instance, const VrItemState *next)
{
    const NetworkDef *def = network_now(next);
    if (!network_has_own_bridge(def))
        return true;
    if (if_nametoindex(def->bridge.name) == 0) {
        stop_bridge(instance, def);
        return false;
    }
    if (network_firewall_add(def) < 0 || (network_wants_dnsmasq(def) && !network_service_runs(instance, def) &&
                                          network_service_start(instance, def) < 0)) {
        vr_log(VR_LOG_ERROR, "network", "network '%s': %s", def->name, vr_error_last()->message);
        vr_error_clear();
    }
    return true;
}
