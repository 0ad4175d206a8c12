/* Defaults, device by device.  Included by this folder only; on the reader's thread. */
#pragma once

#include "drivers/qemu/parse.h"

/* fill.c */
DomainController *qemu_find_controller(const DomainDef *def, int type, int index);
DomainController *qemu_add_controller(DomainDef *def, int type, int index, int model);

/* fill_device.c: each device that the document names. */
int qemu_fill_each(DomainDef *def, const QemuParse *parse);
/* The models of controllers that were given none; again for those that devices implied. */
int qemu_fill_controllers(DomainDef *def, const QemuParse *parse);
