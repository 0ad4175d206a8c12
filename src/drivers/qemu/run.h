/* A running guest: its process, its monitor, and what happens to it by itself.
 *
 * Included by this folder only.  One run per start; states share it by reference.
 */
#pragma once

#include "base/lock.h"
#include "drivers/qemu/qemu.h"
#include "drivers/qemu/qmp.h"

typedef struct QemuRun QemuRun;

/* A driver's part of a guest's state. */
typedef struct {
    QemuRun *run; /* NULL while the guest does not run */
} QemuGuest;

struct QemuRun {
    gint refs;
    QemuDriver *driver; /* outlives every run */
    VrGuest *guest;
    pid_t pid;
    QemuQmp *qmp; /* set once, before anybody else knows the run */
    char *domain_dir, *log_path, *pid_path, *status_path;
    gint stopping;     /* a thread of ours ends it: what happens meanwhile is no news */
    gint reboot_next;  /* power-off is the way to a reboot that was asked for */
    VrMutex lock;       /* guards what follows */
    VrCond changed;
    gboolean exited;
    int status; /* of the process, once exited */
    GQueue events; /* QemuRunEvent not yet dealt with */
    gboolean draining;
};

QemuRun *qemu_run_new(QemuDriver *driver, VrGuest *guest);
QemuRun *qemu_run_ref(QemuRun *run);
void qemu_run_unref(QemuRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuRun, qemu_run_unref)

/* The process PID is RUN's: notice its end.  -1 with the error set. */
int qemu_run_watch(QemuRun *run, pid_t pid);
/* Speak to the monitor on FD (taken over). */
void qemu_run_connect(QemuRun *run, int fd);
/* End the process: politely at first unless the guest must not notice; TRUE once it is gone. */
gboolean qemu_run_kill(QemuRun *run, gboolean graceful_only);
/* Wait for the process' end; TRUE when it came in time. */
gboolean qemu_run_wait(QemuRun *run, unsigned timeout_ms);
/* What the emulator said last, for an error; the caller's. */
char *qemu_run_last_words(const QemuRun *run);
/* Remove what a run leaves behind on disk. */
void qemu_run_clean(QemuRun *run);

/* The run of the guest in STATE, or NULL. */
static inline QemuRun *
qemu_run_of(const VrGuestState *state)
{
    return state->driver ? ((QemuGuest *)state->driver)->run : NULL;
}

/* start.c: start the guest in C (stopped) with its definition in force; 0 or -1 with everything undone. */
int qemu_start(QemuChange *c, unsigned flags);
/* The guest in C is not running any more: forget the run and, for a transient guest, the guest.  REASON is of
 * virDomainShutoffReason, DETAIL of the lifecycle event. */
void qemu_stopped(QemuChange *c, int reason, int detail);
/* Change the running guest's state, publish and tell. */
void qemu_set_state(QemuChange *c, int state, int reason, int event, int detail);
