/* The network document's own rules: defaults, and what must not stand together.
 *
 * Called by the engine after a network was read.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/network.gen.h"
#include "model/rules.h"

bool
network_show_forward(const void *object, const VrFormat *format)
{
    return ((const NetworkDef *) object)->forward.mode != NETWORK_FORWARD_MODE_NONE;
}

/* The first interface of the pool is repeated as an attribute, as clients expect. */
int
network_forward_dev(VrFormat *format, const void *object)
{
    const NetworkForward *forward = object;

    if (forward->n_interface > 0)
        vr_print_attr(format->out, "dev", forward->interface[0]->dev);
    return 0;
}

bool
network_show_stp(const void *object, const VrFormat *format)
{
    const NetworkDef *def = format->root;
    int mode = def->forward.mode;

    return mode == NETWORK_FORWARD_MODE_NONE || mode == NETWORK_FORWARD_MODE_NAT ||
           mode == NETWORK_FORWARD_MODE_ROUTE || mode == NETWORK_FORWARD_MODE_OPEN;
}

bool
network_show_lease_unit(const void *object, const VrFormat *format)
{
    return ((const NetworkLease *) object)->expiry != 0;
}

bool
network_show_managed(const void *object, const VrFormat *format)
{
    const NetworkForward *forward = object;

    return forward->managed || forward->mode == NETWORK_FORWARD_MODE_HOSTDEV;
}

bool
network_show_domain(const void *object, const VrFormat *format)
{
    return ((const NetworkDef *) object)->domain;
}

bool
network_show_bootp(const void *object, const VrFormat *format)
{
    return ((const NetworkDhcp *) object)->bootp_file;
}

#define FAIL(code, ...) vr_error(VIR_FROM_NETWORK, code, __VA_ARGS__)

static int
check_hostdevs(const NetworkDef *def)
{
    const NetworkForward *forward = &def->forward;

    for (size_t i = 0; i < forward->n_address; i++) {
        for (size_t j = 0; j < i; j++) {
            const NetworkForwardAddress *a = forward->address[i], *b = forward->address[j];

            if (a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
                a->function == b->function)
                return FAIL(VIR_ERR_XML_ERROR, "PCI device '%04x:%02x:%02x.%u' can only be listed once in "
                            "network %s", a->domain, a->bus, a->slot, a->function, def->name);
        }
    }
    return 0;
}

/* --- addresses -------------------------------------------------------------------------------- */

static bool
is_ipv6(const char *address)
{
    return strchr(address, ':');
}

static bool
family_is_ipv6(const char *family)
{
    return family && strcmp(family, "ipv6") == 0;
}

/* The network prefix in bits; what the class of an IPv4 address says when nothing is given. */
static int
prefix_of(const char *address, const char *netmask, bool has_prefix, unsigned prefix)
{
    unsigned char bytes[4];
    int bits = 0;

    if (has_prefix)
        return (int) prefix;
    if (is_ipv6(address))
        return 64;
    if (netmask && inet_pton(AF_INET, netmask, bytes) == 1) {
        while (bits < 32 && bytes[bits / 8] >> (7 - bits % 8) & 1)
            bits++;
        for (int i = bits; i < 32; i++) {
            if (bytes[i / 8] >> (7 - i % 8) & 1)
                return -1;
        }
        return bits;
    }
    if (inet_pton(AF_INET, address, bytes) != 1)
        return -1;
    return bytes[0] < 128 ? 8 : bytes[0] < 192 ? 16 : bytes[0] < 224 ? 24 : -1;
}

static bool
same_network(const char *a, const char *b, int prefix)
{
    unsigned char x[16] = {0}, y[16] = {0};
    int family = is_ipv6(a) ? AF_INET6 : AF_INET;

    if (is_ipv6(a) != is_ipv6(b) || inet_pton(family, a, x) != 1 || inet_pton(family, b, y) != 1)
        return false;
    for (int i = 0; i < prefix && i < 128; i++) {
        if ((x[i / 8] ^ y[i / 8]) >> (7 - i % 8) & 1)
            return false;
    }
    return true;
}

static int
check_range(const NetworkIp *ip, const NetworkDhcpRange *range)
{
    unsigned char start[16] = {0}, end[16] = {0};
    bool ipv6 = is_ipv6(ip->address);
    int prefix = prefix_of(ip->address, ip->netmask, ip->has_prefix, ip->prefix);
    long long size;

    if (is_ipv6(range->start) != ipv6 || is_ipv6(range->end) != ipv6)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                        "mismatch of address family in range %s - %s for network %s", range->start,
                        range->end, ip->address);
    if (prefix < 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                        "bad prefix %d for network %s when  checking range %s - %s", prefix, ip->address,
                        range->start, range->end);
    inet_pton(ipv6 ? AF_INET6 : AF_INET, range->start, start);
    inet_pton(ipv6 ? AF_INET6 : AF_INET, range->end, end);
    if (memcmp(start, end, sizeof(start)) > 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "range %s - %s is reversed ", range->start,
                        range->end);
    if (!same_network(ip->address, range->start, prefix) || !same_network(ip->address, range->end, prefix))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                        "range %s - %s is not entirely within network %s/%d", range->start, range->end,
                        ip->address, prefix);
    size = ((end[ipv6 ? 14 : 2] - start[ipv6 ? 14 : 2]) << 8) + end[ipv6 ? 15 : 3] - start[ipv6 ? 15 : 3];
    if (!same_network(range->start, range->end, ipv6 ? 112 : 16) || size > 65535)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "range %s - %s is too large (> 65535)",
                        range->start, range->end);
    return 0;
}

static int
check_lease(const NetworkLease *lease)
{
    static const unsigned seconds[] = {1, 60, 3600};

    if (lease && lease->expiry && lease->expiry < 120 &&
        lease->expiry * seconds[lease->unit] < 120)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "The minimum lease time should be greater than 2 minutes");
    return 0;
}

static int
check_host(const NetworkDef *def, const NetworkIp *ip, const NetworkDhcpHost *host)
{
    bool ipv6 = is_ipv6(ip->address);
    unsigned first;

    if (host->mac && !ipv6) {
        unsigned bytes[6];
        int used = 0;

        if (sscanf(host->mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                   &bytes[4], &bytes[5], &used) != 6 || host->mac[used])
            return FAIL(VIR_ERR_XML_ERROR, "Cannot parse MAC address '%s' in network '%s'", host->mac,
                        def->name);
        first = bytes[0];
        if (first & 1)
            return FAIL(VIR_ERR_XML_ERROR, "expected unicast mac address, found multicast '%s' in network '%s'",
                        host->mac, def->name);
    }
    if (!ipv6 && !host->mac && !host->name)
        return FAIL(VIR_ERR_XML_ERROR, "Static host definition in IPv4 network '%s' must have mac or name "
                    "attribute", def->name);
    return check_lease(host->lease);
}

static int
check_ip(const NetworkDef *def, const NetworkIp *ip)
{
    bool ipv6 = is_ipv6(ip->address);

    if (ip->family && strcmp(ip->family, "ipv4") != 0 && strcmp(ip->family, "ipv6") != 0)
        return FAIL(VIR_ERR_XML_ERROR, "Unrecognized family '%s' in network '%s'", ip->family, def->name);
    if (!ip->family && ipv6)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "no family specified for non-IPv4 address '%s' in network '%s'",
                    ip->address, def->name);
    if (ip->family && family_is_ipv6(ip->family) != ipv6)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Family '%s' specified for non-%s address '%s' in network '%s'",
                    ip->family, ipv6 ? "IPv4" : "IPv6", ip->address, def->name);
    if (ip->netmask && ipv6)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "netmask not allowed for IPv6 address '%s' in network '%s'",
                    ip->address, def->name);
    if (ip->netmask && ip->has_prefix)
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Network '%s' IP address cannot have both a prefix and a netmask",
                    def->name);
    if (ip->has_prefix && ip->prefix > (ipv6 ? 128u : 32u))
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Invalid %s prefix '%u' in network '%s'",
                    ipv6 ? "IPv6" : "IPv4", ip->prefix, def->name);
    for (size_t i = 0; ip->dhcp && i < ip->dhcp->n_range; i++) {
        if (check_range(ip, ip->dhcp->range[i]) < 0 || check_lease(ip->dhcp->range[i]->lease) < 0)
            return -1;
    }
    for (size_t i = 0; ip->dhcp && i < ip->dhcp->n_host; i++) {
        if (check_host(def, ip, ip->dhcp->host[i]) < 0)
            return -1;
    }
    return 0;
}

static int
check_route(const NetworkDef *def, const NetworkRoute *route)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkIp *ip = def->ip[i];

        if (same_network(ip->address, route->gateway,
                         prefix_of(ip->address, ip->netmask, ip->has_prefix, ip->prefix)))
            return 0;
    }
    return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "unreachable static route gateway '%s' specified for network '%s'",
                route->gateway, def->name);
}

/* --- names ------------------------------------------------------------------------------------ */

static int
check_dns(const NetworkDef *def)
{
    const NetworkDns *dns = def->dns;

    if (!dns)
        return 0;
    if (dns->enable == YES_NO_NO && (dns->n_forwarder || dns->n_txt || dns->n_srv || dns->n_host))
        return FAIL(VIR_ERR_XML_ERROR, "Extra data in disabled network '%s'", def->name);
    for (size_t i = 0; i < dns->n_forwarder; i++) {
        if (!dns->forwarder[i]->domain && !dns->forwarder[i]->addr)
            return FAIL(VIR_ERR_XML_ERROR, "Invalid forwarder element, must contain at least one of addr or domain");
    }
    for (size_t i = 0; i < dns->n_txt; i++) {
        if (strchr(dns->txt[i]->name, ' '))
            return FAIL(VIR_ERR_XML_DETAIL, "prohibited character in DNS TXT record name '%s' of network %s",
                        dns->txt[i]->name, def->name);
    }
    for (size_t i = 0; i < dns->n_srv; i++) {
        const NetworkDnsSrv *srv = dns->srv[i];

        if (!srv->target && (srv->port || srv->priority || srv->weight))
            return FAIL(VIR_ERR_XML_DETAIL, "DNS SRV %s attribute not permitted without target for service '%s' "
                        "in network '%s'", srv->port ? "port" : srv->priority ? "priority" : "weight",
                        srv->service, def->name);
    }
    for (size_t i = 0; i < dns->n_host; i++) {
        if (dns->host[i]->n_hostname == 0)
            return FAIL(VIR_ERR_XML_DETAIL, "Missing hostname in network '%s' DNS HOST record", def->name);
    }
    return 0;
}

/* --- forwarding ------------------------------------------------------------------------------- */

static int
fill_forward(NetworkDef *def, const VrXmlNode *element)
{
    NetworkForward *forward = &def->forward;

    if (element && !forward->has_mode)
        forward->mode = NETWORK_FORWARD_MODE_NAT;
    forward->has_mode = forward->mode != NETWORK_FORWARD_MODE_NONE;
    for (size_t i = 0; i < forward->n_interface; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(forward->interface[i]->dev, forward->interface[j]->dev) == 0)
                return FAIL(VIR_ERR_XML_ERROR, "interface '%s' can only be listed once in network %s",
                            forward->interface[i]->dev, def->name);
        }
    }
    if (forward->nat && forward->mode != NETWORK_FORWARD_MODE_NAT)
        return FAIL(VIR_ERR_XML_ERROR, "The <nat> element can only be used when <forward> 'mode' is 'nat' in "
                    "network %s", def->name);
    if (forward->dev && (forward->n_pf || forward->n_address))
        return FAIL(VIR_ERR_XML_ERROR, "the <forward> 'dev' attribute cannot be used when <address> or <pf> "
                    "sub-elements are present in network %s", def->name);
    if (forward->dev && forward->n_interface && strcmp(forward->dev, forward->interface[0]->dev) != 0)
        return FAIL(VIR_ERR_XML_ERROR, "<forward dev='%s'> must match first <interface dev='%s'/> in network %s",
                    forward->dev, forward->interface[0]->dev, def->name);
    if (forward->n_interface)
        while (forward->n_pf)
            network_forward_pf_free(vr_model_list_take(&forward->pf, &forward->n_pf, 0));
    if (forward->dev && forward->n_interface == 0) {
        NetworkForwardIf *interface = network_forward_if_new();

        interface->dev = g_strdup(forward->dev);
        vr_model_list_add(&forward->interface, &forward->n_interface, interface);
    }
    return 0;
}

static int
check_mode(const NetworkDef *def)
{
    const NetworkForward *forward = &def->forward;
    const NetworkBridge *bridge = &def->bridge;
    const char *mode = vr_enum_to_string(&vr_enum_network_forward_mode, forward->mode);

    switch (forward->mode) {
    case NETWORK_FORWARD_MODE_NAT:
    case NETWORK_FORWARD_MODE_ROUTE:
        if (def->n_ip == 0)
            return FAIL(VIR_ERR_XML_ERROR, "%s forwarding requested, but no IP address provided for network '%s'",
                        mode, def->name);
        break;
    case NETWORK_FORWARD_MODE_OPEN:
        if (forward->n_interface)
            return FAIL(VIR_ERR_XML_ERROR, "forward dev not allowed for network '%s' with forward mode='%s'",
                        def->name, mode);
        break;
    case NETWORK_FORWARD_MODE_BRIDGE:
        if (bridge->delay || bridge->stp || bridge->zone)
            return FAIL(VIR_ERR_XML_ERROR, "bridge delay/stp/zone options only allowed in route, nat, and isolated "
                        "mode, not in %s (network '%s')", mode, def->name);
        if (bridge->name && forward->n_interface)
            return FAIL(VIR_ERR_XML_ERROR, "A network with forward mode='%s' can specify a bridge name or a forward "
                        "dev, but not both (network '%s')", mode, def->name);
        break;
    case NETWORK_FORWARD_MODE_PRIVATE:
    case NETWORK_FORWARD_MODE_VEPA:
    case NETWORK_FORWARD_MODE_PASSTHROUGH:
    case NETWORK_FORWARD_MODE_HOSTDEV:
        if (bridge->name)
            return FAIL(VIR_ERR_XML_ERROR, "bridge name not allowed in %s mode (network '%s')", mode, def->name);
        break;
    default:
        break;
    }
    return 0;
}

int
network_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NetworkDef *def = object;

    if (vr_check_name(def->name, VIR_FROM_NETWORK, false) < 0)
        return -1;
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_make(def->uuid);
    if (def->has_mac && def->mac[0] & 1)
        return FAIL(VIR_ERR_XML_ERROR, "Invalid multicast bridge mac address '%02x:%02x:%02x:%02x:%02x:%02x' in "
                    "network '%s'", def->mac[0], def->mac[1], def->mac[2], def->mac[3], def->mac[4],
                    def->mac[5], def->name);
    if (check_dns(def) < 0)
        return -1;
    for (size_t i = 0; i < def->n_ip; i++) {
        if (check_ip(def, def->ip[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < def->n_route; i++) {
        if (check_route(def, def->route[i]) < 0)
            return -1;
    }
    if (fill_forward(def, vr_xml_child(node, "forward")) < 0 || check_mode(def) < 0)
        return -1;
    if (def->bandwidth && def->bandwidth->inbound && def->bandwidth->inbound->floor)
        return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED,
                        "floor attribute is not supported for this config");
    if (network_show_stp(NULL, &(VrFormat){.root = def}) && !def->bridge.stp)
        def->bridge.stp = ON_OFF_ON;
    return check_hostdevs(def);
}
