/* Any definition is written in the other tools' forms, or refused. */
#include "common.h"
#include "model/foreign.h"

DEFINE_FUZZ_TARGET(text)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};
    g_autoptr(DomainDef) def = domain_def_parse(text, &context);

    if (!def)
        return;
    g_free(vr_foreign_to_xen(def, VR_FOREIGN_XL));
    g_free(vr_foreign_to_xen(def, VR_FOREIGN_XM));
    g_free(vr_foreign_to_vmx(def));
}
