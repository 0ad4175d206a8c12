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
    /* what each use is called and what it cannot do without */
    static const char *const uses[][2] = {
        {NULL, NULL}, {"volume", "volume path"}, {"Ceph", "name"}, {"iSCSI", "target"}, {"TLS", "name"}, {"vTPM", "name"},
    };
    SecretDef *def = object;
    const SecretUsageDef *usage = &def->usage;
    const VrXmlNode *element = vr_xml_child(node, "usage");

    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (element && !usage->volume && !usage->name && !usage->target && uses[usage->type][0])
        return vr_error(VIR_FROM_SECRET, VIR_ERR_INTERNAL_ERROR, "%s usage specified, but %s is missing",
                        uses[usage->type][0], uses[usage->type][1]);
    return 0;
}
