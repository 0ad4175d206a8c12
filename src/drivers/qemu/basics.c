/* The emulator, the architecture and the machine of a guest: given or chosen, and spelled in full.
 *
 * First step of reading a definition; on the reader's thread.
 */
#include "drivers/qemu/arch.h"
#include "drivers/qemu/parse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
settle_emulator(DomainDef *def)
{
    if (def->devices.emulator)
        return 0;
    def->devices.emulator = qemu_caps_find_binary(def->os.type.arch);
    if (!def->devices.emulator)
        return UNSUPPORTED("No emulator found for arch '%s'", def->os.type.arch);
    return 0;
}

static QemuCaps *
emulator_caps(QemuDriver *driver, const char *emulator)
{
    if (access(emulator, X_OK) < 0) {
        vr_error_system(VIR_FROM_QEMU, errno, "Cannot check QEMU binary %s", emulator);
        return NULL;
    }
    return qemu_caps_of(driver->caps, emulator);
}

#define BLOCK (256ull * 1024) /* KiB */

/* POWER guests take memory in whole blocks; persistent memory has a label on top. */
static int
settle_modules(DomainDef *def)
{
    for (size_t i = 0; qemu_is_pseries(def) && i < def->devices.n_memory; i++) {
        DomainMemoryDevice *memory = def->devices.memory[i];
        unsigned long long label = memory->target.label ? memory->target.label->size : 0;
        if (memory->model == MEMORY_MODEL_DIMM)
            memory->target.size = (memory->target.size + BLOCK - 1) / BLOCK * BLOCK;
        if (memory->model != MEMORY_MODEL_NVDIMM)
            continue;
        if (memory->target.size < label || memory->target.size - label < BLOCK)
            return XML_FAIL("minimum target size for the NVDIMM must be 256MB plus the label size");
        memory->target.size = (memory->target.size - label) / BLOCK * BLOCK + label;
    }
    return 0;
}

int
qemu_fill_basics(DomainDef *def, const VrParseContext *context)
{
    QemuParse *parse = context->opaque;
    if (settle_emulator(def) < 0)
        return -1;
    parse->caps = emulator_caps(parse->driver, def->devices.emulator);
    if (!parse->caps)
        return -1;
    const QemuMachine *machine = def->os.type.machine ? qemu_caps_machine(parse->caps, def->os.type.machine)
                                                      : qemu_caps_default_machine(parse->caps);
    if (machine) {
        char *name = g_strdup(machine->name);
        g_free(def->os.type.machine);
        def->os.type.machine = name;
    }
    return settle_modules(def);
}
