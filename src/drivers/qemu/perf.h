/* Performance events of running guests: see perf.c.  Included by this folder only; any thread. */
#pragma once

#include "base/params.h"
#include "drivers/qemu/run.h"

/* Begin to count what DEF wants counted; what the host cannot count is left out, with a line in the log. */
void qemu_perf_begin(QemuRun *run, const DomainDef *def);
void qemu_perf_free(QemuRun *run);
/* Add "perf.NAME" for everything that is counted. */
void qemu_perf_figures(QemuRun *run, VrParams *list);
