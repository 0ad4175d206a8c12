/* The process's one event loop for daemons and for drivers that keep state: descriptors, timers, child exits.
 *
 * A library of its own (libvireo-loop), so that plain clients map none of it; libuv is underneath.  Any thread may call
 * anything here.  Callbacks run on the loop's thread without locks held, one at a time.
 *
 * Whoever adds a source gets a reference.  vr_source_cancel() ends it: called on the loop's thread, no callback follows;
 * called elsewhere, one may be running still, and the source's `gone` function, which the loop calls last, says when it is
 * over.  Close a watched descriptor in `gone`, or after cancelling on the loop's thread.
 *
 * Nothing here may be used before a daemon has forked for good.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct VrSource VrSource;

enum {
    VR_LOOP_READABLE = 1 << 0,
    VR_LOOP_WRITABLE = 1 << 1,
    VR_LOOP_HANGUP = 1 << 2, /* reported when it was asked for; reading and writing report it as an error of their own */
    VR_LOOP_ERROR = 1 << 3,  /* reported unasked: the descriptor cannot be watched */
};

typedef void (*VrLoopFunc)(void *data);
typedef void (*VrLoopFdFunc)(VrSource *source, int fd, unsigned int events, void *data);
typedef void (*VrLoopTimerFunc)(VrSource *source, void *data);
/* STATUS as waitpid() gives it; -1 when somebody else has reaped the child. */
typedef void (*VrLoopChildFunc)(VrSource *source, pid_t pid, int status, void *data);

/* Run the loop on this thread until vr_loop_stop(). */
void vr_loop_run(void);

/* Make it run: on a thread of its own unless somebody runs it already.  For drivers embedded in a client. */
void vr_loop_start(void);

/* End vr_loop_run() once what has been posted so far is done. */
void vr_loop_stop(void);

gboolean vr_loop_is_mine(void);

/* The loop's clock in milliseconds, monotonic; on the loop's thread it stands still within one turn. */
guint64 vr_loop_now(void);

/* Call FUNC(DATA) on the loop's thread, in the order of posting; never from within this call. */
void vr_loop_post(VrLoopFunc func, void *data);

/* Watch FD for EVENTS (may be 0 for now).  One source per descriptor at a time. */
VrSource *vr_loop_watch(int fd, unsigned int events, VrLoopFdFunc func, void *data, GDestroyNotify gone);
void vr_source_set_events(VrSource *source, unsigned int events);

/* Call FUNC after DELAY milliseconds, then every INTERVAL if that is not 0.  A negative DELAY waits for set_timer. */
VrSource *vr_loop_timer(gint64 delay, guint64 interval, VrLoopTimerFunc func, void *data, GDestroyNotify gone);
void vr_source_set_timer(VrSource *source, gint64 delay, guint64 interval);

/* Call FUNC once when the child PID has exited, and reap it.  NULL with the error set when PID is no child. */
VrSource *vr_loop_child(pid_t pid, VrLoopChildFunc func, void *data, GDestroyNotify gone);

VrSource *vr_source_ref(VrSource *source);
void vr_source_unref(VrSource *source);
void vr_source_cancel(VrSource *source);

/* Cancel and drop the reference: what an owner does at the end. */
static inline void
vr_source_end(VrSource *source)
{
    if (!source)
        return;
    vr_source_cancel(source);
    vr_source_unref(source);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrSource, vr_source_end)

/* Run WORK(DATA), which may block, on the process's worker pool, then DONE(DATA) (may be NULL) on the loop's thread.
 * QUERY marks work that only asks: it also has the workers that are kept for queries. */
void vr_loop_work(gboolean query, VrLoopFunc work, VrLoopFunc done, void *data);
