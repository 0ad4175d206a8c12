/* The host interface document's own rules.
 *
 * Called by the engine while an interface is read or printed.
 */
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/interface.gen.h"

bool
interface_ip_show(const void *object, const VrFormat *format)
{
    return ((const InterfaceIp *) object)->address;
}

int
interface_protocol_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    InterfaceProtocol *protocol = object;
    bool ipv6 = strcmp(protocol->family, "ipv6") == 0;

    if (!ipv6 && strcmp(protocol->family, "ipv4") != 0)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "unsupported protocol family '%s'",
                        protocol->family);
    if (!ipv6)
        protocol->autoconf = false;
    return 0;
}

static int
unsupported_part(const char *type)
{
    return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "interface has unsupported type '%s'", type);
}

/* What a bridge and a bond are made of. */
static int
check_parts(const InterfaceDef *def)
{
    for (size_t i = 0; def->bridge && i < def->bridge->n_interface; i++) {
        if (def->bridge->interface[i]->type == INTERFACE_TYPE_BRIDGE)
            return unsupported_part("bridge");
    }
    for (size_t i = 0; def->bond && i < def->bond->n_interface; i++) {
        const InterfaceDef *part = def->bond->interface[i];

        if (part->type != INTERFACE_TYPE_ETHERNET)
            return unsupported_part(vr_enum_to_string(&vr_enum_interface_type, part->type));
    }
    return 0;
}

int
interface_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const InterfaceDef *def = object;
    const char *type = vr_enum_to_string(&vr_enum_interface_type, def->type);

    if (!def->name)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "interface has no name");
    if ((def->type == INTERFACE_TYPE_BRIDGE && !def->bridge) ||
        (def->type == INTERFACE_TYPE_BOND && !def->bond) || (def->type == INTERFACE_TYPE_VLAN && !def->vlan))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "%s interface misses the %s element", type, type);
    if (def->vlan && !def->vlan->device)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "vlan interface misses name attribute");
    return check_parts(def);
}
