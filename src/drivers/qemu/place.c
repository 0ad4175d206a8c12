/* Addresses: every bus in its turn.  Third step of reading a definition, on the reader's thread. */
#include "drivers/qemu/fill.h"

int
qemu_place_devices(DomainDef *def, const VrParseContext *context)
{
    return qemu_fill_controllers(def, context->opaque);
}
