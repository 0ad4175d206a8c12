/* The host interface document's own rules.
 *
 * Called by the engine while an interface is read or printed.
 */
#include "base/error.h"
#include "model/engine.h"
#include "model/interface.gen.h"

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
