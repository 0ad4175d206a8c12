/* Choosing a firmware by what its descriptor says.  Included by this folder only. */
#pragma once

#include "model/domain.h"

/* Name the first installed firmware that DEF can boot with, its variables in VARIABLES (a folder); nothing when DEF names
 * its own.  -1 with the error set when none fits. */
int qemu_firmware_choose(DomainDef *def, const char *variables);

/* The firmwares that guests like DEF (architecture and machine) can boot with: their files, and what they are. */
typedef struct {
    GStrv paths;
    bool efi, bios, secure;
} QemuFirmwares;

void qemu_firmwares_of(const DomainDef *def, QemuFirmwares *ret);
