/* What operations on a guest's tunables share.  Included by this folder only; any thread. */
#pragma once

#include "base/params.h"
#include "drivers/qemu/run.h"

/* pins.c: every CPU of the host; those that THREAD may use now.  The caller's. */
VrBitmap *qemu_host_cpus(void);
VrBitmap *qemu_thread_cpus(pid_t thread);
/* The set that a client's map means; NULL with the error set when it is empty. */
VrBitmap *qemu_pin_set(const unsigned char *map, int len);
/* Tell that the place NAME of the guest in C is SET now. */
void qemu_tell_pin(QemuChange *c, const char *name, const VrBitmap *set);
/* tune.c: -1 with the error set where guests are a user's own, whose processes cannot be limited; WHAT is "CPU tuning". */
int qemu_need_privileges(const void *object, const char *what);
/* tell what LIST (taken) of the running guest in C has changed. */
void qemu_tell_tunable(QemuChange *c, VrParams *list);
