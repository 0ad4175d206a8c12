/* What kind of machine a guest has: see arch.h. */
#include "drivers/qemu/arch.h"

#include <stdio.h>
#include <string.h>

static const char *
arch(const DomainDef *def)
{
    return def->os.type.arch ? def->os.type.arch : "";
}

/* NAME itself or one of its versions: "pc-q35" and "pc-q35-7.2". */
static bool
machine_is(const DomainDef *def, const char *name)
{
    const char *machine = def->os.type.machine;
    size_t len = strlen(name);
    return machine && strncmp(machine, name, len) == 0 && (machine[len] == '\0' || machine[len] == '-');
}

bool
qemu_is_x86(const DomainDef *def)
{
    return strcmp(arch(def), "x86_64") == 0 || strcmp(arch(def), "i686") == 0;
}

bool
qemu_is_i440fx(const DomainDef *def)
{
    const char *machine = def->os.type.machine;
    return qemu_is_x86(def) && machine &&
           (strcmp(machine, "pc") == 0 || g_str_has_prefix(machine, "pc-0.") || g_str_has_prefix(machine, "pc-1.") ||
            g_str_has_prefix(machine, "pc-i440fx") || g_str_has_prefix(machine, "rhel"));
}

bool
qemu_is_q35(const DomainDef *def)
{
    return qemu_is_x86(def) && (machine_is(def, "q35") || machine_is(def, "pc-q35"));
}

bool
qemu_is_isapc(const DomainDef *def)
{
    return qemu_is_x86(def) && machine_is(def, "isapc");
}

bool
qemu_is_microvm(const DomainDef *def)
{
    return qemu_is_x86(def) && machine_is(def, "microvm");
}

bool
qemu_is_arm(const DomainDef *def)
{
    return g_str_has_prefix(arch(def), "armv") || strcmp(arch(def), "aarch64") == 0;
}

bool
qemu_is_arm_virt(const DomainDef *def)
{
    return qemu_is_arm(def) && machine_is(def, "virt");
}

bool
qemu_is_riscv(const DomainDef *def)
{
    return g_str_has_prefix(arch(def), "riscv");
}

bool
qemu_is_riscv_virt(const DomainDef *def)
{
    return qemu_is_riscv(def) && machine_is(def, "virt");
}

bool
qemu_is_ppc64(const DomainDef *def)
{
    return g_str_has_prefix(arch(def), "ppc64");
}

bool
qemu_is_pseries(const DomainDef *def)
{
    return qemu_is_ppc64(def) && machine_is(def, "pseries");
}

bool
qemu_is_s390(const DomainDef *def)
{
    return g_str_has_prefix(arch(def), "s390");
}

bool
qemu_is_ccw(const DomainDef *def)
{
    return qemu_is_s390(def) && def->os.type.machine && g_str_has_prefix(def->os.type.machine, "s390-ccw");
}

bool
qemu_is_mips(const DomainDef *def)
{
    return g_str_has_prefix(arch(def), "mips");
}

static const DomainController *
pci_root(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_controller; i++) {
        const DomainController *controller = def->devices.controller[i];
        if (controller->type == CONTROLLER_TYPE_PCI && controller->index == 0)
            return controller;
    }
    return NULL;
}

bool
qemu_has_pci_root(const DomainDef *def)
{
    const DomainController *root = pci_root(def);
    return root && root->model == CONTROLLER_MODEL_PCI_ROOT;
}

bool
qemu_has_pcie_root(const DomainDef *def)
{
    const DomainController *root = pci_root(def);
    return root && root->model == CONTROLLER_MODEL_PCIE_ROOT;
}

bool
qemu_builtin_ide(const DomainDef *def)
{
    return qemu_is_i440fx(def) || machine_is(def, "malta") || machine_is(def, "sun4u") || machine_is(def, "g3beige");
}

bool
qemu_builtin_sata(const DomainDef *def, const DomainController *controller)
{
    return qemu_is_q35(def) && controller->index == 0;
}

bool
qemu_builtin_fdc(const DomainDef *def)
{
    const char *machine = def->os.type.machine ? def->os.type.machine : "";
    const char *version = strrchr(machine, '-');
    /* newer Q35 machines have none of their own */
    if (qemu_is_q35(def) && version && (strcmp(machine, "q35") != 0)) {
        int major = 0, minor = 0;
        if (sscanf(version, "-%d.%d", &major, &minor) == 2)
            return major < 2 || (major == 2 && minor <= 3);
    }
    return !qemu_is_q35(def);
}
