/* Choosing a firmware by what its descriptor says.  Included by this folder only. */
#pragma once

#include "model/domain.h"

/* Name the first installed firmware that DEF can boot with, its variables in VARIABLES (a folder); nothing when DEF names
 * its own.  -1 with the error set when none fits. */
int qemu_firmware_choose(DomainDef *def, const char *variables);
