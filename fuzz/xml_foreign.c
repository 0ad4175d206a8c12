/* Any definition is written in the other tools' forms, or refused. */
#include "common.h"
#include "model/foreign.h"

DEFINE_FUZZ_TARGET(text)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};
    g_autoptr(DomainDef) def = domain_def_parse(text, &context);
    g_autofree char *xl = def ? vr_foreign_to_xen(def, VR_FOREIGN_XL) : NULL;
    g_autofree char *xm = def ? vr_foreign_to_xen(def, VR_FOREIGN_XM) : NULL;
    g_autofree char *vmx = def ? vr_foreign_to_vmx(def) : NULL;
}
