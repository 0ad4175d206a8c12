/* What a running guest does by itself, beyond what run.c sees to: see news.c.  Included by this folder only. */
#pragma once

#include "drivers/qemu/run.h"

/* Whether news.c knows QMP's event NAME; any thread. */
bool qemu_news_knows(const char *name);
/* Which device an event about one's going is about; NULL when it has no name.  The caller's. */
char *qemu_device_of_event(const json_t *data);
/* Deal with it, in the guest's turn. */
void qemu_news(QemuChange *c, QemuRun *run, const char *name, const json_t *data);

/* monitor.c: hand an event to who asked for QEMU's own; on the loop's thread. */
void qemu_monitor_event(QemuRun *run, const char *name, const json_t *message);

/* RUN's monitor has broken: tell so; on the loop's thread. */
void qemu_control_lost(QemuRun *run);

/* taint.c: what no support covers. */
typedef enum {
    QEMU_TAINT_PRIVILEGES,
    QEMU_TAINT_ARGUMENTS,
    QEMU_TAINT_HOST_CPU,
    QEMU_TAINT_MONITOR,
    QEMU_TAINT_AGENT,
    QEMU_N_TAINTS
} QemuTaint;
/* The guest in C has TAINT from now on; noted once. */
void qemu_taint(QemuChange *c, QemuTaint taint);
/* Bits of QemuTaint, and their names in status files. */
unsigned qemu_taints(const VrGuestState *state);
extern const char *const qemu_taint_names[QEMU_N_TAINTS];
