/* Containers of OpenVZ: any text is read or refused. */
#include "common.h"
#include "model/foreign.h"

DEFINE_FUZZ_TARGET(text)
{
    g_autoptr(DomainDef) def = vr_foreign_from_openvz(text, "1");

    if (def)
        g_free(domain_def_format(def, VR_MODEL_SECURE));
}
