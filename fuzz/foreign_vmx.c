/* VMware's guests: any text is read or refused, and what was read is written or refused. */
#include "common.h"
#include "model/foreign.h"

DEFINE_FUZZ_TARGET(text)
{
    g_autoptr(DomainDef) def = vr_foreign_from_vmx(text);

    if (def)
        g_free(vr_foreign_to_vmx(def));
}
