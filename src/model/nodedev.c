/* The host device document's own rules.
 *
 * Called by the engine after a device was read.
 */
#include "base/error.h"
#include "model/engine.h"
#include "model/nodedev.gen.h"

int
node_device_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NodeDeviceDef *def = object;

    if (def->n_capability == 0)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, "no device capabilities for '%s'",
                        def->name ? def->name : "new device");
    /* a device that is to be made has no name yet */
    if (!def->name && !def->parent)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_NO_NAME, NULL);
    if (!def->name)
        def->name = g_strdup("new device");
    return 0;
}
