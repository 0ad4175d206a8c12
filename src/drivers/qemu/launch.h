/* How an emulator's process is set up: as whom, with which limits, where.  From qemu.conf and the guest's definition.
 *
 * Called by start.c in the guest's turn.
 */
#pragma once

#include "drivers/qemu/command.h"
#include "drivers/qemu/run.h"

typedef struct {
    QemuRun *run;
    const QemuCommand *command;
    int log;
    const int *keep; /* descriptors that the command line names */
    gsize n_keep;
} QemuLaunch;

/* The emulator's pid, or -1 with the error set. */
pid_t qemu_launch(const QemuLaunch *launch);
