/* The network document's own rules: defaults, and what must not stand together.
 *
 * Called by the engine after a network was read.
 */
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

static int
check_hostdevs(const NetworkDef *def)
{
    const NetworkForward *forward = &def->forward;

    if (forward->n_address == 0)
        return 0;
    if (forward->mode != NETWORK_FORWARD_MODE_HOSTDEV && forward->n_interface + forward->n_pf == 0 &&
        forward->mode != NETWORK_FORWARD_MODE_PASSTHROUGH && forward->mode != NETWORK_FORWARD_MODE_BRIDGE &&
        forward->mode != NETWORK_FORWARD_MODE_PRIVATE && forward->mode != NETWORK_FORWARD_MODE_VEPA)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_XML_ERROR,
                        "<address> can only be used within network '%s' of forward mode 'hostdev'",
                        def->name);
    for (size_t i = 0; i < forward->n_address; i++) {
        for (size_t j = 0; j < i; j++) {
            const NetworkForwardAddress *a = forward->address[i], *b = forward->address[j];

            if (a->domain == b->domain && a->bus == b->bus && a->slot == b->slot &&
                a->function == b->function)
                return vr_error(VIR_FROM_NETWORK, VIR_ERR_XML_ERROR,
                                "PCI device '%04x:%02x:%02x.%u' can only be listed once in network %s",
                                a->domain, a->bus, a->slot, a->function, def->name);
        }
    }
    return 0;
}

int
network_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NetworkDef *def = object;
    NetworkForward *forward = &def->forward;
    const VrXmlNode *element = vr_xml_child(node, "forward");

    if (vr_check_name(def->name, VIR_FROM_NETWORK, false) < 0)
        return -1;
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_make(def->uuid);
    if (element && !forward->has_mode)
        forward->mode = NETWORK_FORWARD_MODE_NAT;
    forward->has_mode = forward->mode != NETWORK_FORWARD_MODE_NONE;
    if (forward->dev && forward->n_interface == 0 && forward->n_pf == 0) {
        NetworkForwardIf *interface = network_forward_if_new();

        interface->dev = g_strdup(forward->dev);
        vr_model_list_add(&forward->interface, &forward->n_interface, interface);
    }
    if (network_show_stp(NULL, &(VrFormat){.root = def}) && !def->bridge.stp)
        def->bridge.stp = ON_OFF_ON;
    return check_hostdevs(def);
}
