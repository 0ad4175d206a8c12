/* The secret document's own rules.
 *
 * Called by the engine after a secret was read.
 */
#include "base/error.h"
#include "base/uuid.h"
#include "model/engine.h"
#include "model/rules.h"
#include "model/secret.gen.h"

int
secret_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    static const char *const needed[] = {NULL, "volume", "name", "target", "name", "name"};
    SecretDef *def = object;
    const SecretUsageDef *usage = &def->usage;
    const VrXmlNode *element = vr_xml_child(node, "usage");

    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (element && !usage->volume && !usage->name && !usage->target && needed[usage->type])
        return vr_error(VIR_FROM_SECRET, VIR_ERR_XML_ERROR, "%s usage specified, but %s is missing",
                        vr_enum_to_string(&vr_enum_secret_usage, usage->type), needed[usage->type]);
    return 0;
}
