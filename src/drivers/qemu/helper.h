/* Programs that run beside an emulator and end with it: a TPM, servers of shared folders, user-mode networks.
 *
 * All are reached by descriptors that are there before they run, so nobody waits for anybody.  In the guest's turn.
 */
#pragma once

#include "drivers/qemu/command.h"
#include "drivers/qemu/run.h"

typedef struct QemuHelper QemuHelper;
void qemu_helper_free(QemuHelper *helper);

/* Start those that COMMAND's guest needs before the command line is built. */
int qemu_helpers_start(QemuRun *run, QemuCommand *command);
/* The one of a folder that is plugged in. */
int qemu_helper_start_fs(QemuRun *run, const DomainDef *def, DomainFilesystem *fs);
/* A network of the user's own by passt: what the emulator speaks to it on, which the caller closes; -1 with the error set. */
int qemu_helper_start_passt(QemuRun *run, const DomainDef *def, const DomainNet *net);
/* End the one called NAME ("fs0"), or all (NULL). */
void qemu_helpers_stop(QemuRun *run, const char *name);
/* Those that another daemon started. */
void qemu_helpers_adopt(QemuRun *run);

/* A socket that listens at PATH, for the emulator to connect to; -1 with the error set. */
int qemu_listen(const QemuDriver *driver, const char *path);
