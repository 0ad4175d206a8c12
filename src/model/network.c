/* The network document's own rules: defaults, and what must not stand together.
 *
 * Called by the engine after a network was read.
 */
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "model/engine.h"
#include "model/network_rules.h"
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
network_owns_bridge(const NetworkDef *def)
{
    int mode = def->forward.mode;

    return mode == NETWORK_FORWARD_MODE_NONE || mode == NETWORK_FORWARD_MODE_NAT ||
           mode == NETWORK_FORWARD_MODE_ROUTE || mode == NETWORK_FORWARD_MODE_OPEN;
}

/* Only a bridge of the network's own is told how to behave. */
bool
network_show_stp(const void *object, const VrFormat *format)
{
    return network_owns_bridge((const NetworkDef *) ((const char *) object - offsetof(NetworkDef, bridge)));
}

bool
network_show_lease_unit(const void *object, const VrFormat *format)
{
    return ((const NetworkLease *) object)->expiry != 0;
}

bool
network_show_dhcp(const void *object, const VrFormat *format)
{
    const NetworkDhcp *dhcp = ((const NetworkIp *) object)->dhcp;

    return dhcp && dhcp->n_range + dhcp->n_host > 0;
}

#define FAIL(code, ...) vr_error(VIR_FROM_NETWORK, code, __VA_ARGS__)

/* What a network of each mode may have. */
enum {
    OWN_BRIDGE = 1 << 0,  /* a bridge that is made for it */
    ANY_BRIDGE = 1 << 1,  /* a bridge's name at least */
    NEEDS_IP = 1 << 2,
    ONE_DEV = 1 << 3,     /* one forward interface at most */
    NO_DEV = 1 << 4,
};

static const unsigned mode_traits[] = {
    [NETWORK_FORWARD_MODE_NONE] = OWN_BRIDGE | ANY_BRIDGE,
    [NETWORK_FORWARD_MODE_NAT] = OWN_BRIDGE | ANY_BRIDGE | NEEDS_IP | ONE_DEV,
    [NETWORK_FORWARD_MODE_ROUTE] = OWN_BRIDGE | ANY_BRIDGE | NEEDS_IP | ONE_DEV,
    [NETWORK_FORWARD_MODE_OPEN] = OWN_BRIDGE | ANY_BRIDGE | NEEDS_IP | NO_DEV,
    [NETWORK_FORWARD_MODE_BRIDGE] = ANY_BRIDGE,
    [NETWORK_FORWARD_MODE_HOSTDEV] = 0, /* the last; those between have no bridge either */
};

static size_t
count_children(const VrXmlNode *node, const char *name)
{
    size_t n = 0;

    for (const VrXmlNode *child = vr_xml_child(node, name); child; child = vr_xml_next(child, name))
        n++;
    return n;
}

static int
check_nat_address(const char *network, const NetworkAddressRange *range)
{
    const char *texts[] = {range->start, range->end}, *names[] = {"start", "end"};

    for (int i = 0; i < 2; i++) {
        VrIp address;

        if (!texts[i])
            return FAIL(VIR_ERR_XML_ERROR,
                        "missing '%s' attribute in <address> element in <nat> in <forward> in network %s", names[i],
                        network);
        if (!vr_ip_read(texts[i], &address) || address.size != 4)
            return FAIL(VIR_ERR_XML_ERROR, "Bad ipv4 %s address '%s' in <nat> in <forward> in network '%s'", names[i],
                        texts[i], network);
    }
    return network_check_range(range->start, range->end, NULL);
}

static int
check_nat_port(const char *network, const NetworkPortRange *range)
{
    unsigned start, end;

    if (!range->start || !vr_read_uint(range->start, 10, &start) || start > 65535)
        return FAIL(VIR_ERR_XML_DETAIL, "Missing or invalid 'start' attribute in <port> in <nat> in <forward> in network %s",
                    network);
    if (!range->end || !vr_read_uint(range->end, 10, &end) || end > 65535 || end < start)
        return FAIL(VIR_ERR_XML_DETAIL, "Missing or invalid 'end' attribute in <port> in <nat> in <forward> in network %s",
                    network);
    return 0;
}

static int
check_nat(const NetworkDef *def, const VrXmlNode *forward)
{
    const NetworkNat *nat = def->forward.nat;
    const VrXmlNode *node = vr_xml_child(forward, "nat");

    if (!node)
        return 0;
    if (count_children(forward, "nat") > 1)
        return FAIL(VIR_ERR_XML_ERROR, "Only one <nat> element is allowed in <forward> of network %s", def->name);
    if (def->forward.mode != NETWORK_FORWARD_MODE_NAT)
        return FAIL(VIR_ERR_XML_ERROR,
                    "The <nat> element can only be used when <forward> 'mode' is 'nat' in network %s", def->name);
    if (count_children(node, "address") > 1 || count_children(node, "port") > 1)
        return FAIL(VIR_ERR_XML_ERROR, "Only one <address> and one <port> element is allowed in <nat> in network %s",
                    def->name);
    if (nat->address && check_nat_address(def->name, nat->address) < 0)
        return -1;
    return nat->port ? check_nat_port(def->name, nat->port) : 0;
}

static int
check_hostdevs(const NetworkDef *def)
{
    const NetworkForward *forward = &def->forward;

    for (size_t i = 0; i < forward->n_address; i++) {
        for (size_t j = 0; j < i; j++) {
            const NetworkForwardAddress *a = forward->address[i], *b = forward->address[j];

            if (a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function)
                return FAIL(VIR_ERR_XML_ERROR, "PCI device '%04x:%02x:%02x.%u' can only be listed once in network %s",
                            a->domain, a->bus, a->slot, a->function, def->name);
        }
    }
    return 0;
}

int
network_forward_address_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const NetworkForwardAddress *address = object;

    return vr_check_pci(address->domain, address->bus, address->slot, address->function);
}

static int
check_interfaces(const NetworkForward *forward, const char *network)
{
    for (size_t i = 0; i < forward->n_interface; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(forward->interface[i]->dev, forward->interface[j]->dev) == 0)
                return FAIL(VIR_ERR_XML_ERROR, "interface '%s' can only be listed once in network %s",
                            forward->interface[i]->dev, network);
        }
    }
    return 0;
}

static int
check_devices(const NetworkDef *def)
{
    const NetworkForward *forward = &def->forward;

    for (size_t i = 0; i < forward->n_interface; i++) {
        if (!forward->interface[i]->dev)
            return FAIL(VIR_ERR_XML_ERROR, "Missing required dev attribute in <forward> <interface> element of network %s",
                        def->name);
    }
    if (forward->dev && forward->n_interface > 0 && strcmp(forward->dev, forward->interface[0]->dev) != 0)
        return FAIL(VIR_ERR_XML_ERROR, "<forward dev='%s'> must match first <interface dev='%s'/> in network %s",
                    forward->dev, forward->interface[0]->dev, def->name);
    if (forward->n_pf > 1)
        return FAIL(VIR_ERR_XML_ERROR, "Only one <pf> element is allowed in <forward> of network %s", def->name);
    if (forward->n_pf == 1 && !forward->pf[0]->dev)
        return FAIL(VIR_ERR_XML_ERROR, "Missing required dev attribute in <pf> element of network '%s'", def->name);
    if (forward->dev && forward->n_pf + forward->n_address > 0)
        return FAIL(VIR_ERR_XML_ERROR,
                    "the <forward> 'dev' attribute cannot be used when <address> or <pf> is present in network %s",
                    def->name);
    if (check_interfaces(forward, def->name) < 0)
        return -1;
    return forward->n_interface > 0 ? 0 : check_hostdevs(def);
}

/* What the mode asks for and what it excludes. */
static int
check_mode(const NetworkDef *def, const VrXmlNode *node)
{
    const NetworkForward *forward = &def->forward;
    const VrXmlNode *bridge = vr_xml_child(node, "bridge");
    unsigned traits = mode_traits[forward->mode];
    const char *mode = vr_enum_to_string(&vr_enum_network_forward_mode, forward->mode);

    if (traits & NEEDS_IP && def->n_ip == 0)
        return FAIL(VIR_ERR_XML_ERROR, "%s forwarding requested, but no IP address provided for network '%s'", mode,
                    def->name);
    if (traits & ONE_DEV && forward->n_interface > 1)
        return FAIL(VIR_ERR_XML_ERROR, "multiple forwarding interfaces specified for network '%s', only one is supported",
                    def->name);
    if (traits & NO_DEV && forward->n_interface + forward->n_address > 0)
        return FAIL(VIR_ERR_XML_ERROR, "forward dev not allowed for network '%s' with forward mode='%s'", def->name, mode);
    if (!(traits & ANY_BRIDGE) && def->bridge.name)
        return FAIL(VIR_ERR_XML_ERROR, "bridge name not allowed in %s mode (network '%s')", mode, def->name);
    if (!(traits & ANY_BRIDGE) && def->bridge.mac_table_manager)
        return FAIL(VIR_ERR_XML_ERROR, "bridge macTableManager setting not allowed in %s mode (network '%s')", mode,
                    def->name);
    if (!(traits & OWN_BRIDGE) && bridge &&
        (vr_xml_attr(bridge, "stp") || vr_xml_attr(bridge, "delay") || vr_xml_attr(bridge, "zone")))
        return FAIL(VIR_ERR_XML_ERROR,
                    "bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in %s (network '%s')",
                    mode, def->name);
    if (!(traits & OWN_BRIDGE) && traits & ANY_BRIDGE && def->bridge.name &&
        forward->n_interface + forward->n_address + forward->n_pf > 0)
        return FAIL(VIR_ERR_XML_ERROR,
                    "A network with forward mode='%s' can specify a bridge name or a forward dev, but not both (network '%s')",
                    mode, def->name);
    if (!(traits & OWN_BRIDGE) && def->mtu)
        return FAIL(VIR_ERR_XML_ERROR, "mtu size only allowed in open, route, nat, and isolated mode, not in %s (network '%s')",
                    mode, def->name);
    return 0;
}

/* Only a guest's own interface has a floor to guarantee. */
static int
check_bandwidth(const Bandwidth *bandwidth)
{
    if (!bandwidth || !bandwidth->inbound || !bandwidth->inbound->floor)
        return 0;
    return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "floor attribute is not supported for this config");
}

static int
check_ports(const NetworkDef *def)
{
    if (check_bandwidth(def->bandwidth) < 0)
        return -1;
    if (def->virtualport && !def->virtualport->type)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "missing required virtualport type");
    for (size_t i = 0; i < def->n_portgroup; i++) {
        if (check_bandwidth(def->portgroup[i]->bandwidth) < 0)
            return -1;
    }
    return 0;
}

/* What is nothing without its main part is left out. */
static void
drop_loose_parts(NetworkDef *def)
{
    if (!def->domain)
        def->domain_local_only = def->domain_register = YES_NO_UNSET;
    for (size_t i = 0; i < def->n_ip; i++) {
        NetworkDhcp *dhcp = def->ip[i]->dhcp;

        if (dhcp && !dhcp->bootp_file)
            g_clear_pointer(&dhcp->bootp_server, g_free);
    }
}

/* The pool of interfaces may be written as one attribute; interfaces leave no room for other devices, and
 * addresses none for a physical function. */
static void
settle_forward(NetworkDef *def, bool given)
{
    NetworkForward *forward = &def->forward;

    if (given && !forward->has_mode)
        forward->mode = NETWORK_FORWARD_MODE_NAT;
    forward->has_mode = forward->mode != NETWORK_FORWARD_MODE_NONE;
    if (forward->dev && forward->n_interface == 0 && forward->n_pf == 0) {
        NetworkForwardIf *interface = network_forward_if_new();

        interface->dev = g_strdup(forward->dev);
        vr_model_list_add(&forward->interface, &forward->n_interface, interface);
    }
    while (forward->n_interface > 0 && forward->n_address > 0)
        network_forward_address_free(vr_model_list_take(&forward->address, &forward->n_address, 0));
    while (forward->n_interface + forward->n_address > 0 && forward->n_pf > 0)
        network_forward_pf_free(vr_model_list_take(&forward->pf, &forward->n_pf, 0));
    if (forward->mode == NETWORK_FORWARD_MODE_HOSTDEV && !forward->managed)
        forward->managed = YES_NO_NO;
    else if (forward->mode != NETWORK_FORWARD_MODE_HOSTDEV)
        forward->managed = YES_NO_UNSET;
}

int
network_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NetworkDef *def = object;
    const VrXmlNode *forward = vr_xml_child(node, "forward");

    if (strchr(def->name, '/'))
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "invalid char in name: /");
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (def->has_mac && def->mac[0] & 1)
        return FAIL(VIR_ERR_XML_ERROR, "Invalid multicast bridge mac address in network '%s'", def->name);
    if (check_devices(def) < 0)
        return -1;
    settle_forward(def, forward != NULL);
    if (network_owns_bridge(def) && !def->bridge.stp)
        def->bridge.stp = ON_OFF_ON;
    if ((forward && check_nat(def, forward) < 0) || check_ports(def) < 0 || network_check_dns(def) < 0 ||
        network_check_ips(def) < 0 || network_check_routes(def) < 0)
        return -1;
    drop_loose_parts(def);
    vr_metadata_clean(def->metadata);
    return check_mode(def, node);
}
