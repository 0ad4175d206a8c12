/* A running guest's share of the host: its control group, where its threads run, and how they are scheduled.
 *
 * Called by start.c, run.c and reconnect.c in the guest's turn; the operations that change limits use the group directly.
 */
#pragma once

#include "drivers/qemu/run.h"
#include "host/cgroup.h"

/* Make RUN's group with DEF's limits: RUN->cgroup, NULL where the host has none for us.  -1 with the error set, also when DEF
 * wants what cannot be had. */
int qemu_resources_make(QemuRun *run, DomainDef *def);
/* Folders that a process writes "0" into to get there; *RET_N of them in FDS (the caller closes), no more than SIZE. */
int qemu_resources_entries(const QemuRun *run, int *fds, gsize size, gsize *ret_n);
/* Put the threads of the guest in C where its definition wants them: emulator, processors, IO threads. */
int qemu_resources_place(QemuChange *c);
/* One thread of it: N is the processor's or IO thread's number. */
int qemu_resources_place_vcpu(QemuRun *run, const DomainDef *def, unsigned n, pid_t thread);
int qemu_resources_place_iothread(QemuRun *run, const DomainDef *def, unsigned n, pid_t thread);
int qemu_resources_place_emulator(QemuRun *run, const DomainDef *def);
void qemu_resources_remove(QemuRun *run);
/* Take over the group that RUN's process is in; without a process, the one that it left behind. */
void qemu_resources_find(QemuRun *run, const DomainDef *def);
/* Let the emulator open a device node, or no more; other paths are none of the group's business. */
int qemu_resources_allow(QemuRun *run, const char *path, bool readonly);
void qemu_resources_deny(QemuRun *run, const char *path);
