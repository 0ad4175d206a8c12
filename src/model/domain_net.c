/* Network interfaces: models, drivers, sources and the addresses inside.
 *
 * Called by the engine per interface.
 */
#include "model/domain_rules.h"
#include "model/ip.h"

#include <string.h>

/* Models that are known by name are known in any spelling. */
static void
net_model_normalize(DomainNet *net)
{
    static const char *const known[] = {
        "netfront", "rtl8139", "virtio", "e1000", "e1000e", "igb", "virtio-transitional",
        "virtio-non-transitional", "usb-net", "spapr-vlan", "lan9118", "smc91c111", "vlance", "vmxnet",
        "vmxnet2", "vmxnet3", "Am79C970A", "Am79C973", "82540EM", "82545EM", "82543GC",
    };

    for (size_t i = 0; net->model && i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(net->model, known[i]) != 0)
            continue;
        g_free(net->model);
        net->model = g_strdup(known[i]);
    }
}

static bool
is_virtio(const DomainNet *net)
{
    return net->model && g_str_has_prefix(net->model, "virtio");
}

/* Only a virtio device has queues and options; of one handed through only who hands it over counts. */
static void
trim_driver(DomainNet *net)
{
    DomainNetDriver *trimmed;

    if (!net->driver || (net->type != NET_TYPE_HOSTDEV && is_virtio(net)))
        return;
    if (net->type != NET_TYPE_HOSTDEV) {
        g_clear_pointer(&net->driver, domain_net_driver_free);
        return;
    }
    trimmed = domain_net_driver_new();
    trimmed->name = net->driver->name;
    trimmed->model = g_steal_pointer(&net->driver->model);
    domain_net_driver_free(net->driver);
    net->driver = trimmed;
}

static bool
needs_source(int type)
{
    return type != NET_TYPE_USER && type != NET_TYPE_ETHERNET && type != NET_TYPE_NULL && type != NET_TYPE_VDS;
}

static int
check_model(DomainNet *net)
{
    static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_";

    if (net->model && !*net->model)
        g_clear_pointer(&net->model, g_free);
    if (net->model && net->model[strspn(net->model, allowed)])
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "Model name contains invalid characters");
    return 0;
}

static int
check_source(DomainNet *net, const VrXmlNode *node)
{
    const DomainNetHostdevAddress *address = net->source.host_address;
    DomainReconnect *reconnect = net->source.reconnect;

    if (needs_source(net->type) && !vr_xml_child(node, "source"))
        return XML_FAIL("interface type='%s' requires a 'source' element",
                        vr_enum_to_string(&vr_enum_net_type, net->type));
    if (address && address->type == DOMAIN_NET_HOSTDEV_ADDRESS_TYPE_PCI &&
        vr_check_pci(address->domain, address->bus, address->slot, address->function) < 0)
        return -1;
    if (reconnect && reconnect->enabled == YES_NO_YES && !reconnect->has_timeout)
        return vr_missing_attr(vr_xml_child(vr_xml_child(node, "source"), "reconnect"), "timeout");
    if (reconnect && reconnect->enabled != YES_NO_YES)
        reconnect->has_timeout = false;
    return 0;
}

int
domain_net_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainNet *net = object;
    const VrXmlNode *mac = vr_xml_child(node, "mac");

    net->source.type = net->type;
    net->mac_given = mac && vr_xml_attr(mac, "address");
    if (!net->mac_given)
        vr_mac_make(net->mac.address);
    if (check_model(net) < 0 || check_source(net, node) < 0)
        return -1;
    net_model_normalize(net);
    if (net->type == NET_TYPE_VHOSTUSER && !is_virtio(net))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser "
                        "requires the virtio-net* frontend");
    if (net->teaming && net->teaming->type == DOMAIN_NET_TEAMING_TYPE_TRANSIENT && !net->teaming->persistent)
        return UNSUPPORTED("teaming persistent attribute must be set if teaming type is 'transient'");
    if (net->driver && net->type != NET_TYPE_HOSTDEV && !is_virtio(net) &&
        domain_virtio_options_absent(net->driver->iommu, net->driver->ats, net->driver->packed,
                                     net->driver->page_per_vq) < 0)
        return -1;
    trim_driver(net);
    return 0;
}

/* The family is the address's, whatever the document says. */
int
net_ip_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NetIp *ip = object;
    VrIp address;

    if (!vr_ip_read(ip->address, &address))
        return vr_bad_attr(node, "address", ip->address);
    if (ip->prefix > address.size * 8)
        return XML_FAIL("Invalid prefix value '%s' in <ip>", vr_xml_attr(node, "prefix"));
    g_free(ip->family);
    ip->family = g_strdup(address.size == 16 ? "ipv6" : "ipv4");
    return 0;
}

int
net_route_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const NetRoute *route = object;
    const VrRoute plain = {route->family, route->address, route->netmask, route->gateway, route->has_prefix,
                           route->prefix};

    return vr_route_check("interface host IP", VIR_FROM_DOMAIN, &plain);
}
