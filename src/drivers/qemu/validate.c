/* What QEMU, or this emulator, cannot do.  Last step of reading a definition, on the reader's thread. */
#include "drivers/qemu/arch.h"
#include "drivers/qemu/parse.h"

#include <string.h>

static int
check_emulator(const DomainDef *def, const QemuCaps *caps)
{
    const char *emulator = def->devices.emulator;
    if (g_strcmp0(def->os.type.value, "hvm") != 0)
        return UNSUPPORTED("Emulator '%s' does not support os type '%s'", emulator, def->os.type.value);
    if (strcmp(def->os.type.arch, caps->arch) != 0)
        return UNSUPPORTED("Emulator '%s' does not support arch '%s'", emulator, def->os.type.arch);
    if (def->type != DOMAIN_VIRT_TYPE_QEMU &&
        !(def->type == DOMAIN_VIRT_TYPE_KVM && caps->kvm && qemu_arch_is_native(caps->arch)))
        return UNSUPPORTED("Emulator '%s' does not support virt type '%s'", emulator,
                           vr_enum_to_string(&vr_enum_domain_virt_type, def->type));
    if (!def->os.type.machine || !qemu_caps_machine(caps, def->os.type.machine))
        return UNSUPPORTED("Emulator '%s' does not support machine type '%s'", emulator,
                           def->os.type.machine ? def->os.type.machine : "");
    return 0;
}

int
qemu_validate(const DomainDef *def, const VrParseContext *context)
{
    const QemuParse *parse = context->opaque;
    return check_emulator(def, parse->caps);
}
