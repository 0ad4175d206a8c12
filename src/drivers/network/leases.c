/* DHCP leases, as our helper keeps them for dnsmasq. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/network/network.h"

static char *
text_of(const json_t *lease, const char *key)
{
    const char *text = json_string_value(json_object_get(lease, key));
    return text ? strdup(text) : NULL;
}

/* The length of the prefix of the network that ADDRESS is in. */
static unsigned
prefix_for(const NetworkDef *def, const char *address)
{
    VrIp ip;
    if (!vr_ip_read(address, &ip))
        return 0;
    for (size_t i = 0; i < def->n_ip; i++) {
        g_auto(NetworkAddress) own = {0};
        if (network_address(def->ip[i], &own) < 0) {
            vr_error_clear();
            continue;
        }
        const NetworkDhcp *dhcp = def->ip[i]->dhcp;
        if (own.ip.size == ip.size && dhcp && dhcp->n_range + dhcp->n_host > 0)
            return own.prefix;
    }
    return 0;
}

static virNetworkDHCPLeasePtr
make_lease(const NetworkDef *def, const json_t *entry)
{
    const char *address = json_string_value(json_object_get(entry, "ip-address"));
    virNetworkDHCPLeasePtr lease = calloc(1, sizeof(*lease));
    bool six = strchr(address, ':') != NULL;
    lease->iface = strdup(def->bridge.name);
    lease->expirytime = json_integer_value(json_object_get(entry, "expiry-time"));
    lease->type = six ? VIR_IP_ADDR_TYPE_IPV6 : VIR_IP_ADDR_TYPE_IPV4;
    lease->ipaddr = strdup(address);
    lease->prefix = prefix_for(def, address);
    lease->mac = text_of(entry, "mac-address");
    lease->hostname = text_of(entry, "hostname");
    lease->clientid = text_of(entry, "client-id");
    lease->iaid = six ? text_of(entry, "iaid") : NULL;
    return lease;
}

static bool
wanted(const json_t *entry, const unsigned char *mac)
{
    const char *text = json_string_value(json_object_get(entry, "mac-address"));
    gint64 expiry = json_integer_value(json_object_get(entry, "expiry-time"));
    unsigned b[6];
    if (!json_string_value(json_object_get(entry, "ip-address")) || (expiry > 0 && expiry < g_get_real_time() / G_USEC_PER_SEC))
        return false;
    if (!mac)
        return true;
    if (!text || sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
        return false;
    for (int i = 0; i < 6; i++) {
        if (b[i] != mac[i])
            return false;
    }
    return true;
}

static int
read_mac(const char *text, unsigned char *ret_mac)
{
    unsigned b[6];
    char end;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != 6)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INVALID_MAC, "%s", text);
    for (int i = 0; i < 6; i++)
        ret_mac[i] = (unsigned char)b[i];
    return 0;
}

int
network_get_leases(virNetworkPtr net, const char *mac, virNetworkDHCPLeasePtr **leases, unsigned int flags)
{
    unsigned char wanted_mac[6];
    if (vr_flags_check(flags, 0, VIR_FROM_NETWORK) < 0 || (mac && read_mac(mac, wanted_mac) < 0))
        return -1;
    g_autoptr(VrItemState) state = network_state(net);
    if (!state)
        return -1;
    const NetworkDef *def = network_now(state);
    if (leases)
        *leases = NULL;
    json_t *list = NULL;
    if (def->bridge.name) {
        g_autofree char *path = vr_files_path(network_driver(network_instance(net))->lib, def->bridge.name, ".status");
        list = json_load_file(path, 0, NULL);
    }
    gsize n_entries = json_is_array(list) ? json_array_size(list) : 0;
    virNetworkDHCPLeasePtr *found = leases ? calloc(n_entries + 1, sizeof(virNetworkDHCPLeasePtr)) : NULL;
    int n = 0;
    for (gsize i = 0; i < n_entries; i++) {
        const json_t *entry = json_array_get(list, i);
        if (!wanted(entry, mac ? wanted_mac : NULL))
            continue;
        if (found)
            found[n] = make_lease(def, entry);
        n++;
    }
    json_decref(list);
    if (leases)
        *leases = found;
    return n;
}
