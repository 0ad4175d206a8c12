/* The host interface document's own rules: what each type holds, and what may lie inside another.
 *
 * Called by the engine while an interface is read or printed.
 */
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/interface.gen.h"

static int
fail(const char *message)
{
    return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "%s", message);
}

int
interface_protocol_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    InterfaceProtocol *protocol = object;
    bool six = strcmp(protocol->family, "ipv6") == 0;

    if (!six && strcmp(protocol->family, "ipv4") != 0)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "unsupported protocol family '%s'", protocol->family);
    protocol->autoconf = protocol->autoconf && six;
    for (size_t i = 0; i < protocol->n_ip;) {
        if (protocol->ip[i]->address)
            i++;
        else
            interface_ip_free(vr_model_list_take(&protocol->ip, &protocol->n_ip, i));
    }
    return 0;
}

/* A bond watches its links in one way: by their state, or by asking somebody behind them. */
static int
check_bond(InterfaceBond *bond)
{
    if (bond->miimon) {
        g_clear_pointer(&bond->arpmon, interface_arpmon_free);
        return bond->miimon->freq > 0 ? 0 : fail("bond interface miimon freq missing or invalid");
    }
    if (bond->arpmon && bond->arpmon->interval <= 0)
        return fail("bond interface arpmon interval missing or invalid");
    if (bond->arpmon && !bond->arpmon->target)
        return fail("bond interface arpmon target missing");
    return 0;
}

static int
check_inside(InterfaceDef **list, size_t n, bool only_ethernet)
{
    for (size_t i = 0; i < n; i++) {
        int type = list[i]->type;

        if (type == INTERFACE_TYPE_BRIDGE || (only_ethernet && type != INTERFACE_TYPE_ETHERNET))
            return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "interface has unsupported type '%s'",
                            vr_enum_to_string(&vr_enum_interface_type, type));
    }
    return 0;
}

int
interface_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const InterfaceDef *def = object;

    if (!vr_xml_attr(node, "type"))
        return vr_missing_attr(node, "type");
    if (!def->name)
        return fail("interface has no name");
    switch (def->type) {
    case INTERFACE_TYPE_BRIDGE:
        return def->bridge ? check_inside(def->bridge->interface, def->bridge->n_interface, false)
                           : fail("bridge interface misses the bridge element");
    case INTERFACE_TYPE_BOND:
        if (!def->bond)
            return fail("bond interface misses the bond element");
        return check_bond(def->bond) < 0 ? -1 : check_inside(def->bond->interface, def->bond->n_interface, true);
    case INTERFACE_TYPE_VLAN:
        if (!def->vlan)
            return fail("vlan interface misses the vlan element");
        return def->vlan->device ? 0 : fail("vlan interface misses name attribute");
    default:
        return 0;
    }
}
