/* Questions about a guest's machine that many rules ask.  Pure functions; included by this folder only. */
#pragma once

#include "model/domain.h"

bool qemu_is_x86(const DomainDef *def);
bool qemu_is_i440fx(const DomainDef *def);
bool qemu_is_q35(const DomainDef *def);
bool qemu_is_isapc(const DomainDef *def);
bool qemu_is_microvm(const DomainDef *def);
bool qemu_is_arm(const DomainDef *def);
bool qemu_is_arm_virt(const DomainDef *def);
bool qemu_is_riscv(const DomainDef *def);
bool qemu_is_riscv_virt(const DomainDef *def);
bool qemu_is_ppc64(const DomainDef *def);
bool qemu_is_pseries(const DomainDef *def);
bool qemu_is_s390(const DomainDef *def);
bool qemu_is_ccw(const DomainDef *def); /* s390 with channel devices */
bool qemu_is_mips(const DomainDef *def);
/* Whether PCI devices can be had at all, and whether the root bus is PCI Express. */
bool qemu_has_pci_root(const DomainDef *def);
bool qemu_has_pcie_root(const DomainDef *def);
/* Whether the machine brings its own controller: it is not made on the command line. */
bool qemu_builtin_ide(const DomainDef *def);
bool qemu_builtin_sata(const DomainDef *def, const DomainController *controller);
bool qemu_builtin_fdc(const DomainDef *def);
