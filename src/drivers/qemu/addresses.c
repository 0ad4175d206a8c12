/* Where a guest can be reached: by the leases of its networks, by its agent, by the host's neighbours. */
#include "drivers/qemu/addresses.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/params.h"
#include "drivers/peer.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"
#include "host/netlink.h"
#include "store/guest_devices.h"

static void
interface_free(void *data)
{
    virDomainInterfacePtr iface = data;
    for (unsigned i = 0; i < iface->naddrs; i++)
        g_free(iface->addrs[i].addr);
    g_free(iface->addrs);
    g_free(iface->name);
    g_free(iface->hwaddr);
    g_free(iface);
}

static virDomainInterfacePtr
interface_new(const char *name, const char *hwaddr)
{
    virDomainInterfacePtr iface = g_new0(virDomainInterface, 1);
    iface->name = g_strdup(name);
    iface->hwaddr = g_strdup(hwaddr);
    return iface;
}

static void
add_address(virDomainInterfacePtr iface, int type, const char *address, unsigned prefix)
{
    iface->addrs = g_renew(virDomainIPAddress, iface->addrs, iface->naddrs + 1);
    iface->addrs[iface->naddrs++] = (virDomainIPAddress){type, g_strdup(address), prefix};
}

static char *
mac_text(const DomainNet *net)
{
    const unsigned char *mac = net->mac.address;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* "eth0" and its aliases "eth0:1" are one. */
static virDomainInterfacePtr
interface_named(GPtrArray *list, const char *full, const char *hwaddr)
{
    g_autofree char *name = g_strndup(full, strcspn(full, ":"));
    for (guint i = 0; i < list->len; i++) {
        virDomainInterfacePtr iface = list->pdata[i];
        if (strcmp(iface->name, name) == 0)
            return iface;
    }
    virDomainInterfacePtr iface = interface_new(name, hwaddr);
    g_ptr_array_add(list, iface);
    return iface;
}

static int
read_addresses(virDomainInterfacePtr iface, const json_t *addresses)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(addresses, i, entry) {
        const char *type = json_string_value(json_object_get(entry, "ip-address-type"));
        const char *address = json_string_value(json_object_get(entry, "ip-address"));
        const json_t *prefix = json_object_get(entry, "prefix");
        if (i >= QEMU_AGENT_MANY || !address || !json_is_integer(prefix) ||
            (g_strcmp0(type, "ipv4") != 0 && g_strcmp0(type, "ipv6") != 0))
            return qemu_agent_nonsense("guest-network-get-interfaces", "the type, text and prefix of an address");
        add_address(iface, strcmp(type, "ipv4") == 0 ? VIR_IP_ADDR_TYPE_IPV4 : VIR_IP_ADDR_TYPE_IPV6, address,
                    (unsigned)CLAMP(json_integer_value(prefix), 0, 128));
    }
    return 0;
}

GPtrArray *
qemu_interfaces_of_agent(const json_t *answer)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(interface_free);
    if (!json_is_array(answer) || json_array_size(answer) > QEMU_AGENT_MANY) {
        qemu_agent_nonsense("guest-network-get-interfaces", "a list");
        return NULL;
    }
    size_t i;
    const json_t *entry;
    json_array_foreach(answer, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        if (!name || !*name) {
            qemu_agent_nonsense("guest-network-get-interfaces", "the name of an interface");
            return NULL;
        }
        virDomainInterfacePtr iface =
            interface_named(list, name, json_string_value(json_object_get(entry, "hardware-address")));
        if (read_addresses(iface, json_object_get(entry, "ip-addresses")) < 0)
            return NULL;
    }
    return g_steal_pointer(&list);
}

static GPtrArray *
by_agent(virDomainPtr dom)
{
    g_auto(QemuAgentCall) call = {0};
    json_t *answer = qemu_agent_call_begin(&call, dom) < 0 ? NULL : qemu_agent_ask(&call, "guest-network-get-interfaces", NULL);
    GPtrArray *list = answer ? qemu_interfaces_of_agent(answer) : NULL;
    json_decref(answer);
    return list;
}

/* The leases that the network of NET has for it; their number in RET_N.  NULL with the error set when they cannot be had. */
static virNetworkDHCPLeasePtr *
leases_of(QemuDriver *driver, const DomainNet *net, int *ret_n)
{
    virConnectPtr conn = vr_peer_open(VR_HOST_NETWORK, driver->root, driver->privileged);
    virNetworkPtr network = conn ? VR_PEER(virNetworkLookupByName(conn, net->source.network)) : NULL;
    g_autofree char *mac = mac_text(net);
    virNetworkDHCPLeasePtr *leases = NULL;
    *ret_n = network ? VR_PEER(virNetworkGetDHCPLeases(network, mac, &leases, 0)) : -1;
    virErrorPtr saved = *ret_n < 0 ? vr_error_save() : NULL;
    if (network)
        VR_PEER(virNetworkFree(network));
    if (conn)
        VR_PEER(virConnectClose(conn));
    if (saved)
        vr_error_restore(saved);
    return leases;
}

static void
leases_free(virNetworkDHCPLeasePtr *leases, int n)
{
    for (int i = 0; i < n; i++)
        VR_PEER((virNetworkDHCPLeaseFree(leases[i]), 0));
    g_free(leases);
}

static GPtrArray *
by_leases(QemuDriver *driver, const DomainDef *def)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(interface_free);
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        const DomainNet *net = def->devices.interface[i];
        if (net->type != NET_TYPE_NETWORK)
            continue;
        int n;
        virNetworkDHCPLeasePtr *leases = leases_of(driver, net, &n);
        if (n < 0)
            return NULL;
        g_autofree char *mac = mac_text(net);
        virDomainInterfacePtr iface = n ? interface_new(net->target ? net->target->dev : NULL, mac) : NULL;
        for (int l = 0; l < n; l++)
            add_address(iface, leases[l]->type, leases[l]->ipaddr, leases[l]->prefix);
        if (iface)
            g_ptr_array_add(list, iface);
        leases_free(leases, n);
    }
    return g_steal_pointer(&list);
}

/* The neighbours that have a MAC address. */
typedef struct {
    const unsigned char *mac;
    virDomainInterfacePtr iface;
} Neighbours;

static int
neighbour(const struct nlmsghdr *message, void *data)
{
    Neighbours *all = data;
    const struct ndmsg *head = NLMSG_DATA(message);
    const struct rtattr *attributes[NDA_MAX + 1] = {0};
    char text[INET6_ADDRSTRLEN];
    if (message->nlmsg_type != RTM_NEWNEIGH || (head->ndm_family != AF_INET && head->ndm_family != AF_INET6) ||
        head->ndm_state & (NUD_INCOMPLETE | NUD_FAILED))
        return 0;
    vr_netlink_attributes(message, sizeof(*head), attributes, NDA_MAX);
    const struct rtattr *link = attributes[NDA_LLADDR], *address = attributes[NDA_DST];
    if (!link || !address || RTA_PAYLOAD(link) != 6 || memcmp(RTA_DATA(link), all->mac, 6) != 0 ||
        RTA_PAYLOAD(address) < (head->ndm_family == AF_INET ? 4u : 16u))
        return 0;
    if (inet_ntop(head->ndm_family, RTA_DATA(address), text, sizeof(text)))
        add_address(all->iface, head->ndm_family == AF_INET ? VIR_IP_ADDR_TYPE_IPV4 : VIR_IP_ADDR_TYPE_IPV6, text, 0);
    return 0;
}

static GPtrArray *
by_neighbours(const DomainDef *def)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(interface_free);
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        const DomainNet *net = def->devices.interface[i];
        const struct ndmsg all = {.ndm_family = AF_UNSPEC};
        g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_GETNEIGH, 0, &all, sizeof(all));
        g_autofree char *mac = mac_text(net);
        Neighbours found = {net->mac.address, interface_new(net->target ? net->target->dev : NULL, mac)};
        int error = vr_netlink_dump(request, neighbour, &found);
        if (error < 0 || !found.iface->naddrs)
            interface_free(found.iface);
        else
            g_ptr_array_add(list, found.iface);
        if (error < 0) {
            vr_error_system(VIR_FROM_QEMU, -error, "cannot ask for the host's neighbours");
            return NULL;
        }
    }
    return g_steal_pointer(&list);
}

int
qemu_domain_interface_addresses(virDomainPtr dom, virDomainInterfacePtr **ret_ifaces, unsigned int source, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    g_autoptr(GPtrArray) list = NULL;
    switch (source) {
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE:
        list = by_leases(qemu_driver(dom), vr_guest_now(state));
        break;
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT:
        list = by_agent(dom);
        break;
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP:
        list = by_neighbours(vr_guest_now(state));
        break;
    default:
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "Unknown IP address data source %u", source);
    }
    if (!list)
        return -1;
    int n = (int)list->len;
    g_ptr_array_add(list, NULL);
    *ret_ifaces = (virDomainInterfacePtr *)g_ptr_array_steal(list, NULL);
    return n;
}

static char *
name_by_leases(QemuDriver *driver, const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        const DomainNet *net = def->devices.interface[i];
        if (net->type != NET_TYPE_NETWORK)
            continue;
        int n;
        virNetworkDHCPLeasePtr *leases = leases_of(driver, net, &n);
        if (n < 0)
            return NULL;
        char *name = NULL;
        for (int l = 0; l < n && !name; l++)
            name = g_strdup(leases[l]->hostname);
        leases_free(leases, n);
        if (name)
            return name;
    }
    return vr_error_null(VIR_FROM_QEMU, VIR_ERR_NO_HOSTNAME, "no hostname found for domain %s", def->name);
}

char *
qemu_domain_get_hostname(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT, VIR_FROM_QEMU) < 0)
        return NULL;
    if (flags == (VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                             "Flags 'VIR_DOMAIN_GET_HOSTNAME_LEASE' and 'VIR_DOMAIN_GET_HOSTNAME_AGENT' are mutually exclusive");
    if (flags & VIR_DOMAIN_GET_HOSTNAME_LEASE) {
        g_autoptr(VrGuestState) state = qemu_active_state(dom);
        return state ? name_by_leases(qemu_driver(dom), vr_guest_now(state)) : NULL;
    }
    g_auto(QemuAgentCall) call = {0};
    return qemu_agent_call_begin(&call, dom) < 0 ? NULL : qemu_agent_host_name(&call);
}

/* When the packets that announce a guest are sent: milliseconds and their number. */
static const VrParamSpec announce_specs[] = {
    {VIR_DOMAIN_ANNOUNCE_INTERFACE_INITIAL, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_ANNOUNCE_INTERFACE_MAX, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_ANNOUNCE_INTERFACE_ROUNDS, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_ANNOUNCE_INTERFACE_STEP, VIR_TYPED_PARAM_UINT},
    {NULL},
};

int
qemu_domain_announce_interface(virDomainPtr dom, const char *device, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    unsigned times[] = {50, 550, 5, 50}; /* as after a migration */
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, announce_specs) < 0)
        return -1;
    for (int i = 0; i < nparams; i++)
        times[vr_param_index(&params[i], announce_specs)] = params[i].value.ui;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    const DomainNet *net = device ? vr_domain_net(vr_guest_now(c.next), device) : NULL;
    if (device && !net)
        return -1;
    json_t *arguments = json_pack("{s:i, s:i, s:i, s:i}", "initial", (int)times[0], "max", (int)times[1], "rounds", (int)times[2], "step",
                                  (int)times[3]);
    if (net) {
        json_object_set_new(arguments, "interfaces", json_pack("[s]", net->alias));
    }
    return qemu_do(&c, "announce-self", arguments);
}
