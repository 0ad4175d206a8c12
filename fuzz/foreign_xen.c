/* Guests of xl and xm: any text is read or refused, and what was read is written or refused. */
#include "common.h"
#include "model/foreign.h"

DEFINE_FUZZ_TARGET(text)
{
    for (int form = VR_FOREIGN_XL; form <= VR_FOREIGN_XM; form++) {
        g_autoptr(DomainDef) def = vr_foreign_from_xen(text, form);

        if (def)
            g_free(vr_foreign_to_xen(def, form));
    }
}
