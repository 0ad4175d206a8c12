/* What a network needs on a host: a bridge of its own with an address, or a way into somebody else's.
 *
 * Called by the network driver through vr_network_settle(), on its thread.
 */
#include "model/network.h"

#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/network_rules.h"
#include "model/rules.h"

#define REFUSE(...) vr_error(VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, __VA_ARGS__)
#define MAX_BRIDGE 256

static int
name_bridge(NetworkDef *def, VrBridgeTaken taken, void *opaque)
{
    /* a name may be a pattern for the first free number */
    const char *mark = def->bridge.name ? strstr(def->bridge.name, "%d") : NULL;
    g_autofree char *pattern = NULL;

    if (def->bridge.name && *def->bridge.name && !mark)
        return 0;
    pattern = mark ? g_strndup(def->bridge.name, (gsize) (mark - def->bridge.name)) : g_strdup("virbr");
    for (int i = 0; i < MAX_BRIDGE; i++) {
        g_autofree char *name = g_strdup_printf("%s%d%s", pattern, i, mark ? mark + 2 : "");

        if (taken && taken(name, opaque))
            continue;
        g_free(def->bridge.name);
        def->bridge.name = g_steal_pointer(&name);
        return 0;
    }
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "Bridge generation exceeded max id %d", MAX_BRIDGE);
}

/* What only a network with a bridge of its own can give to its guests. */
static int
check_foreign(const NetworkDef *def, const char *mode)
{
    const NetworkDns *dns = def->dns;
    const char *element = def->has_mac ? "mac" : def->n_ip ? "ip" :
                          dns && dns->n_txt + dns->n_host + dns->n_srv ? "dns" : def->domain ? "domain" : NULL;

    if (element)
        return REFUSE("Unsupported <%s> element in network %s with forward mode='%s'", element, def->name, mode);
    if (def->bandwidth && !def->bridge.name)
        return REFUSE("Unsupported network-wide <bandwidth> element in network %s with forward mode='%s'", def->name,
                      mode);
    return 0;
}

static int
check_dhcp(const NetworkDef *def)
{
    bool four = false, six = false;

    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkDhcp *dhcp = def->ip[i]->dhcp;
        bool is_six = g_strcmp0(def->ip[i]->family, "ipv6") == 0;
        bool *seen = is_six ? &six : &four;

        if (!dhcp || dhcp->n_range + dhcp->n_host == 0)
            continue;
        if (*seen)
            return REFUSE("Multiple IPv%d dhcp sections found -- dhcp is supported only for a single IPv%d address on "
                          "each network", is_six ? 6 : 4, is_six ? 6 : 4);
        *seen = true;
    }
    return 0;
}

static bool
is_virtual_function(const NetworkForwardAddress *address)
{
    g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%04x:%02x:%02x.%x/physfn", address->domain,
                                            address->bus, address->slot, address->function);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static int
check_pool(const NetworkDef *def, const char *mode)
{
    const NetworkForward *forward = &def->forward;
    bool hostdev = forward->mode == NETWORK_FORWARD_MODE_HOSTDEV;

    if (!hostdev && forward->n_address)
        return REFUSE("network '%s' has forward mode '%s'  but lists a device by PCI address in the device pool. This "
                      "is only supported for networks with forward mode 'hostdev'", def->name, mode);
    if (hostdev && forward->n_interface)
        return REFUSE("hostdev network '%s' lists '%s' in the device pool, but hostdev networks require all devices to "
                      "be listed by PCI address, not network device name", def->name, forward->interface[0]->dev);
    for (size_t i = 0; i < forward->n_address; i++) {
        const NetworkForwardAddress *address = forward->address[i];

        if (!is_virtual_function(address))
            return REFUSE("device '/sys/bus/pci/devices/%04x:%02x:%02x.%x' in network '%s' is not an SR-IOV Virtual "
                          "Function", address->domain, address->bus, address->slot, address->function, def->name);
    }
    return 0;
}

static int
check_same_groups(const NetworkDef *def, size_t at, const NetworkPortGroup **default_group)
{
    const NetworkPortGroup *group = def->portgroup[at];

    if (group->default_ && *default_group)
        return REFUSE("network '%s' has multiple default <portgroup> elements (%s and %s), but only one default is "
                      "allowed", def->name, (*default_group)->name, group->name);
    if (group->default_)
        *default_group = group;
    for (size_t i = at + 1; i < def->n_portgroup; i++) {
        if (strcmp(def->portgroup[i]->name, group->name) == 0)
            return REFUSE("multiple <portgroup> elements with the same name (%s) in network '%s'", group->name,
                          def->name);
    }
    return 0;
}

static bool
tags_frames(const NetworkDef *def, const VirtualPort *port)
{
    return def->forward.mode == NETWORK_FORWARD_MODE_BRIDGE && port && port->type == VIRTUAL_PORT_TYPE_OPENVSWITCH;
}

static int
check_groups(const NetworkDef *def, const char *mode)
{
    bool assigned = def->forward.mode == NETWORK_FORWARD_MODE_PASSTHROUGH ||
                    def->forward.mode == NETWORK_FORWARD_MODE_HOSTDEV;
    bool vlan_used = def->vlan != NULL, vlan_allowed = assigned || tags_frames(def, def->virtualport);
    bool bandwidth_allowed = network_owns_bridge(def) || def->bridge.name;
    const NetworkPortGroup *default_group = NULL;
    bool refused = vlan_used && !vlan_allowed;

    for (size_t i = 0; i < def->n_portgroup; i++) {
        const NetworkPortGroup *group = def->portgroup[i];

        vlan_used |= group->vlan != NULL;
        if (group->virtualport)
            vlan_allowed = tags_frames(def, group->virtualport);
        if (check_same_groups(def, i, &default_group) < 0)
            return -1;
        if (group->bandwidth && !bandwidth_allowed)
            return REFUSE("Unsupported <bandwidth> element in network '%s' in portgroup '%s' with forward mode='%s'",
                          def->name, group->name, mode);
    }
    if (refused || (vlan_used && !vlan_allowed))
        return REFUSE("<vlan> element specified for network %s, whose type doesn't support vlan configuration",
                      def->name);
    return 0;
}

int
vr_network_settle(NetworkDef *def, VrBridgeTaken taken, void *opaque)
{
    const char *mode = vr_enum_to_string(&vr_enum_network_forward_mode, def->forward.mode);

    if (network_owns_bridge(def)) {
        if (name_bridge(def, taken, opaque) < 0)
            return -1;
        if (!def->has_mac) {
            vr_mac_make(def->mac);
            def->has_mac = true;
        }
    } else if (check_foreign(def, mode) < 0) {
        return -1;
    }
    if (check_dhcp(def) < 0 || check_pool(def, mode) < 0)
        return -1;
    return check_groups(def, mode);
}
