/* The host interface document's own rules.
 *
 * Called by the engine while an interface is read or printed.
 */
#include "base/error.h"
#include "model/engine.h"
#include "model/interface.gen.h"

bool
interface_show_type(const void *object, const VrFormat *format)
{
    return true;
}

int
interface_protocol_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}

int
interface_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const InterfaceDef *def = object;

    if (!vr_xml_attr(node, "type"))
        return vr_missing_attr(node, "type");
    if (!def->name)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_XML_ERROR, "interface has no name");
    return 0;
}
