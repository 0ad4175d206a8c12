/* A running guest: its process, its monitor, and what happens to it by itself.
 *
 * Included by this folder only.  One run per start; states share it by reference.
 */
#pragma once

#include "base/lock.h"
#include "drivers/qemu/qemu.h"
#include "drivers/qemu/qmp.h"

typedef struct QemuRun QemuRun;

/* A virtual processor that is plugged in. */
typedef struct {
    unsigned id;
    pid_t thread;
    char qom[96]; /* QEMU's name of it */
} QemuVcpu;

/* What a long job did, kept for those who ask later.  Immutable once shared. */
typedef struct {
    gint refs;
    int operation;        /* virDomainJobOperation */
    bool failed, cancelled;
    gint64 elapsed;       /* ms */
    json_t *migration;    /* query-migrate's answer, or NULL */
    unsigned long long dump_done, dump_total; /* bytes */
    char *error;
} QemuJobResult;

/* A driver's part of a guest's state. */
typedef struct {
    QemuRun *run;       /* NULL while the guest does not run */
    GArray *vcpus;      /* QemuVcpu; immutable once published, like DEVICES */
    GPtrArray *devices; /* aliases of the devices that QEMU has */
    QemuJobResult *done; /* the last job, or NULL */
    int agent_timeout;  /* seconds; a virDomainQemuAgentCommandTimeoutValues where negative */
    bool agent_timeout_set;
} QemuGuest;

/* The long job on a running guest: while it lasts, no other change begins, though its own turn is not taken all the time. */
typedef struct {
    int operation; /* virDomainJobOperation; UNKNOWN: none */
    const char *owner;
    gint64 started;
    bool cancelled;
    json_t *migration; /* as last heard */
    unsigned long long dump_done, dump_total;
} QemuJob;

/* Somebody who waits for a device to go. */
typedef struct {
    const char *alias;
    int state; /* 0: not yet, 1: gone, -1: refused by the guest */
} QemuUnplug;

struct QemuAgent;

/* A port of a display, and the name that says so to other instances; -1: it had another holder. */
typedef struct {
    int number, claim;
} QemuPort;
struct VrCgroup;

struct QemuRun {
    gint refs;
    QemuDriver *driver; /* outlives every run */
    VrGuest *guest;
    pid_t pid;
    QemuQmp *qmp; /* set once, before anybody else knows the run */
    char *domain_dir, *log_path, *pid_path, *status_path;
    gint stopping;     /* a thread of ours ends it: what happens meanwhile is no news */
    gint deaf;       /* the monitor is gone */
    gint taints;     /* bits of QemuTaint that operations have brought */
    gint reboot_next;  /* power-off is the way to a reboot that was asked for */
    VrMutex lock;       /* guards what follows */
    VrCond changed;
    gboolean exited;
    int status; /* of the process, once exited */
    GQueue events; /* QemuRunEvent not yet dealt with */
    gboolean draining;
    QemuJob job;
    GSList *unplugs; /* QemuUnplug */
    char *migration; /* state of the migration, by the last event; NULL: none heard */
    gint migration_passes;
    GSList *counters; /* of performance events: see perf.c */
    GSList *consoles; /* who is at which: see console.c */
    struct QemuAgent *agent; /* NULL: none; opened when first asked */
    virConnectPtr owner;     /* the guest goes when this connection does; not a reference */
    GArray *ports;           /* QemuPort, of its displays */
    GPtrArray *helpers;      /* QemuHelper: programs beside the emulator */
    GPtrArray *nets;         /* DomainNet whose ends on the host are there: see net_host.h */
    char **flags;            /* what a daemon before us noted of the emulator; NULL: it is ours */
    GPtrArray *owned;        /* files that are the emulator's until it ends */
    struct VrCgroup *cgroup; /* see host/cgroup.h; NULL: none */
    unsigned next_node;      /* number of the next block node */
};

QemuRun *qemu_run_new(QemuDriver *driver, VrGuest *guest);
QemuRun *qemu_run_ref(QemuRun *run);
void qemu_run_unref(QemuRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuRun, qemu_run_unref)

/* The process PID is RUN's: notice its end.  -1 with the error set.  ADOPTED: it is no child of ours. */
int qemu_run_watch(QemuRun *run, pid_t pid, bool adopted);
/* Speak to the monitor on FD (taken over). */
void qemu_run_connect(QemuRun *run, int fd);
/* After the greeting: have the emulator tell how a migration goes. */
void qemu_run_want_events(QemuRun *run);
/* End the process: politely at first unless the guest must not notice; TRUE once it is gone. */
gboolean qemu_run_kill(QemuRun *run, gboolean graceful_only);
/* Wait for the process' end; TRUE when it came in time. */
gboolean qemu_run_wait(QemuRun *run, unsigned timeout_ms);
/* Wait until the migration under way has ended well: 0, or -1 with the error set.  Needs the capability "events". */
int qemu_run_wait_migration(QemuRun *run, unsigned timeout_ms);
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

static inline QemuGuest *
qemu_guest_part(VrGuestState *state)
{
    if (!state->driver)
        state->driver = g_new0(QemuGuest, 1);
    return state->driver;
}

/* Ask the monitor of the guest in C in its turn; NULL with the error set.  ARGUMENTS is taken. */
json_t *qemu_ask(const QemuChange *c, const char *command, json_t *arguments);
/* The same where only success matters: 0 or -1. */
int qemu_do(const QemuChange *c, const char *command, json_t *arguments);
/* Begin a change of a guest that must run. */
int qemu_change_begin_active(QemuChange *c, virDomainPtr dom);

/* job.c: long jobs.  Begin one in C's turn and give the turn up; take it again, with NEXT anew: -1 with the error set when
 * the guest has ended meanwhile (the turn is taken all the same). */
int qemu_job_begin(QemuChange *c, int operation);
int qemu_job_resume(QemuChange *c);
/* The job is over, in its turn; RESULT, which is taken, is what becomes known of it. */
void qemu_job_end(QemuChange *c, QemuJobResult *result);
QemuJobResult *qemu_job_result_new(QemuRun *run);
QemuJobResult *qemu_job_result_ref(QemuJobResult *result);
void qemu_job_result_unref(QemuJobResult *result);

/* describe.c: have the emulator end at a reset where DEF says so. */
int qemu_set_reboot_action(QemuRun *run, const DomainDef *def);

/* balloon.c: have the balloon tell as often as DEF says. */
int qemu_balloon_period(QemuRun *run, const DomainDef *def);

/* live.c: learn from the emulator what only it knows: terminals, threads, devices.  Best effort but for a dead monitor. */
int qemu_live_refresh(QemuChange *c);
/* Entries of query-hotpluggable-cpus in the order of the processors' numbers. */
GPtrArray *qemu_vcpu_slots(const json_t *hotpluggable);

/* status.c: the file about a running guest, for whoever takes over.  Failure is logged, not fatal. */
void qemu_status_write(QemuDriver *driver, const VrGuestState *state);
/* reconnect.c: take over what runs, by the status files. */
void qemu_take_over(QemuDriver *driver);
void qemu_autostart_all(QemuDriver *driver);
/* autodestroy: the guests of a connection that ends. */
void qemu_destroy_owned(QemuDriver *driver, virConnectPtr conn);

/* start.c: start the guest in C (stopped) with its definition in force; 0 or -1 with everything undone. */
int qemu_start(QemuChange *c, unsigned flags);
/* The guest in C is not running any more: forget the run and, for a transient guest, the guest.  REASON is of
 * virDomainShutoffReason, DETAIL of the lifecycle event. */
void qemu_stopped(QemuChange *c, int reason, int detail);
/* What is ready to be read by the emulator instead of a boot. */
typedef struct {
    int fd; /* -1: none */
    const char *path;
    int event_detail; /* of STARTED */
    int run_reason;   /* VIR_DOMAIN_RUNNING_... */
    bool paused;
} QemuIncoming;
int qemu_start_from(QemuChange *c, unsigned flags, const QemuIncoming *incoming);
/* A line in the guest's own log. */
void qemu_run_log(const QemuRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Change the running guest's state, publish and tell. */
void qemu_set_state(QemuChange *c, int state, int reason, int event, int detail);
