/* The network document's addresses: the bridge's own, DHCP ranges and hosts, routes.
 *
 * Called from network.c while a network is read.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/network_rules.h"
#include "model/rules.h"

#define FAIL(code, ...) vr_error(VIR_FROM_NETWORK, code, __VA_ARGS__)
#define RANGE_MAX 65535

static int
read_or_fail(const char *text, VrIp *ret_address)
{
    if (vr_ip_read(text, ret_address))
        return 0;
    return vr_error(VIR_FROM_NONE, VIR_ERR_SYSTEM_ERROR, "'%s' is not an IP address", text);
}

static bool
bit(const VrIp *address, unsigned at)
{
    return address->bytes[at / 8] >> (7 - at % 8) & 1;
}

/* Whether every bit of ADDRESS from PREFIX on is VALUE. */
static bool
host_part_is(const VrIp *address, unsigned prefix, bool value)
{
    for (unsigned at = prefix; at < address->size * 8; at++) {
        if (bit(address, at) != value)
            return false;
    }
    return true;
}

static bool
in_subnet(const VrIp *address, const VrIp *network, unsigned prefix)
{
    if (address->size != network->size)
        return false;
    for (unsigned at = 0; at < prefix; at++) {
        if (bit(address, at) != bit(network, at))
            return false;
    }
    return true;
}

/* LAST - FIRST, or -1 when it is negative, or G_MAXINT when it is out of all bounds. */
static int
distance(const VrIp *first, const VrIp *last)
{
    int order = memcmp(last->bytes, first->bytes, first->size);
    if (order < 0)
        return -1;
    if (memcmp(last->bytes, first->bytes, first->size - 4) != 0)
        return G_MAXINT;
    guint32 a, b;
    memcpy(&a, first->bytes + first->size - 4, 4);
    memcpy(&b, last->bytes + last->size - 4, 4);
    guint32 n = g_ntohl(b) - g_ntohl(a);
    return n > G_MAXINT ? G_MAXINT : (int)n;
}

static int
check_edges(const char *range, const VrIp *first, const VrIp *last, const NetworkSubnet *subnet)
{
    if (first->size == 4 && host_part_is(first, subnet->prefix, false))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "start of range %s in network %s/%u is the network address",
                        range, subnet->text, subnet->prefix);
    if (first->size == 4 && host_part_is(last, subnet->prefix, true))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                        "end of range %s in network %s/%u is the broadcast address", range, subnet->text, subnet->prefix);
    return 0;
}

int
network_check_range(const char *start, const char *end, const NetworkSubnet *subnet)
{
    VrIp first, last;
    if (read_or_fail(start, &first) < 0 || read_or_fail(end, &last) < 0)
        return -1;
    g_autofree char *range = g_strdup_printf("%s - %s", start, end);
    if (first.size != last.size || (subnet && subnet->address.size != first.size))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "mismatch of address family in range %s%s%s", range,
                        subnet ? " for network " : "", subnet ? subnet->text : "");
    if (subnet && subnet->bad_mask)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "bad prefix -1 for network %s when  checking range %s",
                        subnet->text, range);
    int n = distance(&first, &last);
    if (n < 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "range %s is reversed ", range);
    if (subnet && (!in_subnet(&first, &subnet->address, subnet->prefix) ||
                   !in_subnet(&last, &subnet->address, subnet->prefix)))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "range %s is not entirely within network %s/%u", range,
                        subnet->text, subnet->prefix);
    if (subnet && check_edges(range, &first, &last, subnet) < 0)
        return -1;
    if (n >= RANGE_MAX)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "range %s is too large (> %d)", range, RANGE_MAX);
    return 0;
}

/* The prefix that an address without one has: by its class, as of old. */
static unsigned
usual_prefix(const VrIp *address)
{
    if (address->size == 16)
        return 64;
    return !bit(address, 0) ? 8 : !bit(address, 1) ? 16 : 24;
}

static unsigned
mask_length(const VrIp *mask)
{
    unsigned n = 0;
    while (n < mask->size * 8 && bit(mask, n))
        n++;
    return n;
}

/* The subnet of an <ip>, whose address, netmask and prefix were checked. */
static NetworkSubnet
subnet_of(const NetworkIp *ip)
{
    NetworkSubnet subnet = {.text = ip->address};
    VrIp mask;
    vr_ip_read(ip->address, &subnet.address);
    if (ip->prefix) {
        subnet.prefix = ip->prefix;
    } else if (ip->netmask && vr_ip_read(ip->netmask, &mask)) {
        subnet.prefix = mask_length(&mask);
        subnet.bad_mask = !host_part_is(&mask, subnet.prefix, false);
    } else {
        subnet.prefix = usual_prefix(&subnet.address);
    }
    return subnet;
}

static int
check_family(const char *network, const NetworkIp *ip, const VrIp *address)
{
    bool six = g_strcmp0(ip->family, "ipv6") == 0;
    if (ip->family && !six && strcmp(ip->family, "ipv4") != 0)
        return FAIL(VIR_ERR_XML_ERROR, "Unrecognized family '%s' in network '%s'", ip->family, network);
    if (six && address->size != 16)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Family 'ipv6' specified for non-IPv6 address '%s' in network '%s'",
                    ip->address, network);
    if (!six && address->size != 4)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "%s family specified for non-IPv4 address '%s' in network '%s'",
                    ip->family ? "ipv4" : "no", ip->address, network);
    if (six && ip->netmask)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "netmask not allowed for IPv6 address '%s' in network '%s'", ip->address,
                    network);
    if (ip->prefix && ip->prefix > address->size * 8)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Invalid IPv%d prefix '%u' in network '%s'", six ? 6 : 4, ip->prefix,
                    network);
    if (six && ip->tftp_root)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Unsupported <tftp> element in an IPv6 element in network '%s'", network);
    return 0;
}

static int
check_mac(const char *network, const char *mac)
{
    unsigned char bytes[6];
    int used = 0;
    if (sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4],
               &bytes[5], &used) != 6 ||
        mac[used])
        return FAIL(VIR_ERR_XML_ERROR, "Cannot parse MAC address '%s' in network '%s'", mac, network);
    if (bytes[0] & 1)
        return FAIL(VIR_ERR_XML_ERROR, "expected unicast mac address, found multicast '%s' in network '%s'", mac, network);
    return 0;
}

static int
check_host(const char *network, const NetworkDhcpHost *host, bool six)
{
    VrIp address;
    if (host->mac && six)
        return FAIL(VIR_ERR_XML_ERROR,
                    "Invalid to specify MAC address '%s' in network '%s' IPv6 static host definition", host->mac, network);
    if (host->mac && check_mac(network, host->mac) < 0)
        return -1;
    const char *odd = host->id ? host->id + strspn(host->id, "0123456789abcdefABCDEF:") : "";
    if (*odd)
        return FAIL(VIR_ERR_XML_ERROR, "Invalid character '%c' in id '%s' of network '%s'", *odd, host->id, network);
    if (six && !host->id && !host->name)
        return FAIL(VIR_ERR_XML_ERROR, "Static host definition in IPv6 network '%s' must have id or name attribute",
                    network);
    if (!six && !host->mac && !host->name)
        return FAIL(VIR_ERR_XML_ERROR, "Static host definition in IPv4 network '%s' must have mac or name attribute",
                    network);
    if (!host->ip)
        return FAIL(VIR_ERR_XML_ERROR, "Missing IP address in static host definition for network '%s'", network);
    if (!vr_ip_read(host->ip, &address))
        return FAIL(VIR_ERR_XML_ERROR, "Invalid IP address in static host definition for network '%s'", network);
    return 0;
}

static int
check_lease(const NetworkLease *lease)
{
    static const unsigned seconds[] = {
        [NETWORK_LEASE_UNIT_SECONDS] = 1,
        [NETWORK_LEASE_UNIT_MINUTES] = 60,
        [NETWORK_LEASE_UNIT_HOURS] = 3600,
    };
    if (lease && lease->expiry && lease->expiry < 120 && lease->expiry * seconds[lease->unit] < 120)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "The minimum lease time should be greater than 2 minutes");
    return 0;
}

static int
check_dhcp(const char *network, const NetworkDhcp *dhcp, const NetworkSubnet *subnet)
{
    for (size_t i = 0; i < dhcp->n_range; i++) {
        const NetworkDhcpRange *range = dhcp->range[i];
        if (network_check_range(range->start, range->end, subnet) < 0 || check_lease(range->lease) < 0)
            return -1;
    }
    for (size_t i = 0; i < dhcp->n_host; i++) {
        if (check_host(network, dhcp->host[i], subnet->address.size == 16) < 0 || check_lease(dhcp->host[i]->lease) < 0)
            return -1;
    }
    return 0;
}

int
network_check_ips(const NetworkDef *def)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkIp *ip = def->ip[i];
        VrIp address, mask;
        if (!ip->address)
            return FAIL(VIR_ERR_XML_ERROR, "Missing required address attribute in network '%s'", def->name);
        if (!vr_ip_read(ip->address, &address))
            return FAIL(VIR_ERR_XML_ERROR, "Invalid address '%s' in network '%s'", ip->address, def->name);
        if (check_family(def->name, ip, &address) < 0)
            return -1;
        if (ip->netmask && ip->prefix)
            return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Network '%s' IP address cannot have both a prefix and a netmask",
                        def->name);
        if (ip->netmask && (!vr_ip_read(ip->netmask, &mask) || mask.size != 4 || address.size != 4))
            return FAIL(VIR_ERR_CONFIG_UNSUPPORTED,
                        "Invalid netmask '%s' for address '%s' in network '%s' (both must be IPv4)", ip->netmask,
                        ip->address, def->name);
        NetworkSubnet subnet = subnet_of(ip);
        if (ip->dhcp && check_dhcp(def->name, ip->dhcp, &subnet) < 0)
            return -1;
    }
    return 0;
}

/* Some address of the bridge must reach the gateway. */
static bool
reaches(const NetworkDef *def, const VrIp *gateway)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        NetworkSubnet subnet = subnet_of(def->ip[i]);
        if (in_subnet(gateway, &subnet.address, subnet.prefix))
            return true;
    }
    return false;
}

int
vr_route_check(const char *name, int domain, const VrRoute *route)
{
    VrIp to, gateway, mask;

#define FAIL_XML(...) return vr_error(domain, VIR_ERR_XML_ERROR, __VA_ARGS__)
    if (!route->address)
        FAIL_XML("%s: Missing required address attribute in route definition", name);
    if (!route->gateway)
        FAIL_XML("%s: Missing required gateway attribute in route definition", name);
    if (!vr_ip_read(route->address, &to) || !vr_ip_read(route->gateway, &gateway))
        FAIL_XML("%s: Bad network address or gateway in route definition", name);
    bool six = g_strcmp0(route->family, "ipv6") == 0;
    if (route->family && !six && strcmp(route->family, "ipv4") != 0)
        FAIL_XML("%s: Unrecognized family '%s' in route definition", name, route->family);
    if ((to.size == 16) != six)
        FAIL_XML("%s: %s specified for non-IPv%d address '%s' in route definition", name,
                 route->family ? route->family : "no family", six ? 6 : 4, route->address);
    if ((gateway.size == 16) != six)
        FAIL_XML("%s: %s specified for non-IPv%d gateway address '%s' in route definition", name,
                 route->family ? route->family : "no family", six ? 6 : 4, route->gateway);
    if (route->netmask && (six || !vr_ip_read(route->netmask, &mask) || mask.size != 4))
        FAIL_XML("%s: Invalid netmask '%s' in route definition", name, route->netmask);
    if (route->netmask && route->has_prefix)
        FAIL_XML("%s: Route definition cannot have both a prefix and a netmask", name);
    if (route->has_prefix && route->prefix > to.size * 8)
        FAIL_XML("%s: Invalid prefix %u specified in route definition, must be 0 - %u", name, route->prefix,
                 to.size * 8);
    unsigned prefix = route->has_prefix              ? route->prefix
                      : route->netmask               ? mask_length(&mask)
                      : host_part_is(&to, 0, false) ? 0
                                                     : usual_prefix(&to);
    if (!host_part_is(&to, prefix, false))
        FAIL_XML("%s: Address '%s' in route definition is not a network address", name, route->address);
#undef FAIL_XML
    return 0;
}

static int
check_route(const NetworkDef *def, const NetworkRoute *route)
{
    const VrRoute plain = {route->family, route->address, route->netmask, route->gateway, route->has_prefix,
                           route->prefix};
    VrIp gateway;

    if (vr_route_check(def->name, VIR_FROM_NETWORK, &plain) < 0)
        return -1;
    if (vr_ip_read(route->gateway, &gateway) && !reaches(def, &gateway))
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "unreachable static route gateway '%s' specified for network '%s'",
                    route->gateway, def->name);
    return 0;
}

int
network_check_routes(const NetworkDef *def)
{
    for (size_t i = 0; i < def->n_route; i++) {
        if (check_route(def, def->route[i]) < 0)
            return -1;
    }
    return 0;
}
