/* How a guest's memory is laid out: sizes as QEMU takes them, NUMA nodes, huge pages.  Included by this folder only. */
#pragma once

#include <stdbool.h>

#include "model/domain.h"

bool qemu_has_numa(const DomainDef *def);
/* KiB to which sizes are rounded up. */
unsigned long long qemu_memory_step(const DomainDef *def);
/* Round every size up: 0, or -1 when one overflows. */
int qemu_memory_align(DomainDef *def);
/* Without the modules, KiB. */
unsigned long long qemu_memory_initial(const DomainDef *def);
