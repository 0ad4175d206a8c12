/* See loop.h: libuv's handles belong to the loop's thread, so other threads leave it messages.
 *
 * A source keeps what is wanted of it in itself; `apply` on the loop's thread makes libuv's handle agree.  However often a
 * source changes between two turns, one message is under way.
 */
#include "base/loop.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/pool.h"

typedef enum {
    SOURCE_FD,
    SOURCE_TIMER,
    SOURCE_CHILD,
} SourceKind;

struct VrSource {
    union {
        uv_handle_t handle;
        uv_poll_t poll;
        uv_timer_t timer;
    } uv;
    gint refs;
    gint cancelled;
    gint applying; /* a message is under way */
    SourceKind kind;
    gboolean live;   /* loop's thread: the handle is libuv's */
    gboolean closed; /* loop's thread: the handle was given back */
    int fd;
    pid_t pid;
    VrMutex lock; /* what is wanted */
    unsigned int events;
    gint64 delay;
    guint64 interval, asked_at;
    gboolean rearm;
    union {
        VrLoopFdFunc fd;
        VrLoopTimerFunc timer;
        VrLoopChildFunc child;
    } func;
    void *data;
    GDestroyNotify gone;
};

typedef struct Message {
    VrLoopFunc func;
    void *data;
    struct Message *next;
} Message;

static struct {
    uv_loop_t uv;
    uv_async_t wake;
    VrMutex lock;
    Message *first, *last;
    gboolean running, stopping;
    pthread_cond_t started;
} loop = {.lock = VR_MUTEX_INIT, .started = PTHREAD_COND_INITIALIZER};

static __thread gboolean is_loop_thread;

/* Called on the loop's thread: everything posted until now, not what these post themselves. */
static void
run_messages(uv_async_t *handle)
{
    vr_mutex_lock(&loop.lock);
    Message *message = loop.first;
    loop.first = loop.last = NULL;
    vr_mutex_unlock(&loop.lock);
    while (message) {
        Message *next = message->next;
        message->func(message->data);
        g_free(message);
        message = next;
    }
}

static void
loop_init(void)
{
    static gsize once;
    if (!g_once_init_enter(&once))
        return;
    int bad = uv_loop_init(&loop.uv);
    if (!bad)
        bad = uv_async_init(&loop.uv, &loop.wake, run_messages);
    if (bad)
        g_error("cannot make the event loop: %s", uv_strerror(bad));
    g_once_init_leave(&once, 1);
}

void
vr_loop_post(VrLoopFunc func, void *data)
{
    loop_init();
    Message *message = g_new(Message, 1);
    *message = (Message){func, data, NULL};
    vr_mutex_lock(&loop.lock);
    gboolean first = !loop.first;
    if (first)
        loop.first = message;
    else
        loop.last->next = message;
    loop.last = message;
    vr_mutex_unlock(&loop.lock);
    if (first)
        uv_async_send(&loop.wake);
}

gboolean
vr_loop_is_mine(void)
{
    return is_loop_thread;
}

guint64
vr_loop_now(void)
{
    return is_loop_thread ? uv_now(&loop.uv) : uv_hrtime() / 1000000;
}

void
vr_loop_run(void)
{
    loop_init();
    vr_mutex_lock(&loop.lock);
    gboolean taken = loop.running;
    loop.running = TRUE;
    vr_mutex_unlock(&loop.lock);
    g_return_if_fail(!taken);
    is_loop_thread = TRUE;
    uv_run(&loop.uv, UV_RUN_DEFAULT);
    is_loop_thread = FALSE;
    vr_mutex_lock(&loop.lock);
    loop.running = FALSE;
    vr_mutex_unlock(&loop.lock);
}

static void *
loop_thread(void *data)
{
    is_loop_thread = TRUE;
    uv_run(&loop.uv, UV_RUN_DEFAULT);
    vr_mutex_lock(&loop.lock);
    loop.running = FALSE;
    vr_mutex_unlock(&loop.lock);
    return NULL;
}

void
vr_loop_start(void)
{
    loop_init();
    VR_SCOPED_LOCK(&loop.lock);
    if (loop.running)
        return;
    pthread_t thread;
    if (pthread_create(&thread, NULL, loop_thread, NULL) != 0)
        g_error("cannot start the event loop's thread");
    pthread_detach(thread);
    loop.running = TRUE;
}

static void
stop(void *data)
{
    uv_stop(&loop.uv);
}

void
vr_loop_stop(void)
{
    vr_loop_post(stop, NULL);
}

VrSource *
vr_source_ref(VrSource *source)
{
    g_atomic_int_inc(&source->refs);
    return source;
}

void
vr_source_unref(VrSource *source)
{
    if (!source || !g_atomic_int_dec_and_test(&source->refs))
        return;
    vr_mutex_clear(&source->lock);
    g_free(source);
}

/* libuv has let go of the handle: the last the owner hears. */
static void
on_closed(uv_handle_t *handle)
{
    VrSource *source = handle->data;
    if (source->gone)
        source->gone(source->data);
    if (source->kind == SOURCE_CHILD)
        close(source->fd);
    vr_source_unref(source);
}

static void
on_child(VrSource *source)
{
    int status = 0;
    pid_t got = waitpid(source->pid, &status, WNOHANG);
    if (got == 0)
        return; /* not yet */
    vr_source_cancel(source);
    source->func.child(source, source->pid, got < 0 ? -1 : status, source->data);
}

static void
on_poll(uv_poll_t *handle, int status, int events)
{
    VrSource *source = handle->data;
    if (g_atomic_int_get(&source->cancelled))
        return;
    if (source->kind == SOURCE_CHILD) {
        on_child(source);
        return;
    }
    unsigned int seen = 0;
    if (events & UV_READABLE)
        seen |= VR_LOOP_READABLE;
    if (events & UV_WRITABLE)
        seen |= VR_LOOP_WRITABLE;
    if (events & UV_DISCONNECT)
        seen |= VR_LOOP_HANGUP;
    if (status < 0)
        seen |= VR_LOOP_ERROR | VR_LOOP_READABLE;
    source->func.fd(source, source->fd, seen, source->data);
}

static void
on_timer(uv_timer_t *handle)
{
    VrSource *source = handle->data;
    if (!g_atomic_int_get(&source->cancelled))
        source->func.timer(source, source->data);
}

/* A descriptor that cannot be watched says so once, from the loop. */
static void
report_unwatchable(void *data)
{
    VrSource *source = data;
    if (!g_atomic_int_get(&source->cancelled))
        source->func.fd(source, source->fd, VR_LOOP_ERROR | VR_LOOP_READABLE, source->data);
    vr_source_unref(source);
}

static void
apply_events(VrSource *source, unsigned int events)
{
    int wanted = 0;
    if (events & VR_LOOP_READABLE)
        wanted |= UV_READABLE;
    if (events & VR_LOOP_WRITABLE)
        wanted |= UV_WRITABLE;
    if (events & VR_LOOP_HANGUP)
        wanted |= UV_DISCONNECT;
    if (wanted)
        uv_poll_start(&source->uv.poll, wanted, on_poll);
    else
        uv_poll_stop(&source->uv.poll);
}

static void
apply_timer(VrSource *source, gint64 delay, guint64 interval, guint64 asked_at)
{
    if (delay < 0) {
        uv_timer_stop(&source->uv.timer);
        return;
    }
    uv_update_time(&loop.uv);
    guint64 now = uv_now(&loop.uv);
    guint64 late = now - MIN(asked_at, now);
    guint64 left = (guint64)delay > late ? (guint64)delay - late : 0;
    uv_timer_start(&source->uv.timer, on_timer, left, interval);
}

/* Make the handle, once. */
static void
bring_to_life(VrSource *source)
{
    if (source->kind == SOURCE_TIMER) {
        uv_timer_init(&loop.uv, &source->uv.timer);
    } else {
        int bad = uv_poll_init(&loop.uv, &source->uv.poll, source->fd);
        if (bad) {
            vr_log(VR_LOG_ERROR, "loop", "cannot watch descriptor %d: %s", source->fd, uv_strerror(bad));
            source->closed = TRUE;
            vr_loop_post(report_unwatchable, vr_source_ref(source));
            return;
        }
    }
    source->uv.handle.data = source;
    source->live = TRUE;
}

static void
apply(VrSource *source)
{
    g_atomic_int_set(&source->applying, 0);
    if (g_atomic_int_get(&source->cancelled)) {
        if (source->live && !source->closed) {
            source->closed = TRUE;
            uv_close(&source->uv.handle, on_closed);
        } else if (!source->live) {
            /* Never was a handle: leave as if there had been one. */
            source->live = source->closed = TRUE;
            source->uv.handle.data = source;
            on_closed(&source->uv.handle);
        }
        return;
    }
    if (!source->live && !source->closed)
        bring_to_life(source);
    if (source->closed)
        return;
    vr_mutex_lock(&source->lock);
    unsigned int events = source->events;
    gint64 delay = source->delay;
    guint64 interval = source->interval, asked_at = source->asked_at;
    gboolean rearm = source->rearm;
    source->rearm = FALSE;
    vr_mutex_unlock(&source->lock);
    if (source->kind != SOURCE_TIMER)
        apply_events(source, events);
    else if (rearm)
        apply_timer(source, delay, interval, asked_at);
}

static void
apply_message(void *data)
{
    apply(data);
    vr_source_unref(data);
}

static void
changed(VrSource *source)
{
    if (is_loop_thread)
        apply(source);
    else if (g_atomic_int_compare_and_exchange(&source->applying, 0, 1))
        vr_loop_post(apply_message, vr_source_ref(source));
}

/* Two references: the caller's, and the loop's until the handle is closed. */
static VrSource *
source_new(SourceKind kind, void *data, GDestroyNotify gone)
{
    loop_init();
    VrSource *source = g_new0(VrSource, 1);
    source->refs = 2;
    source->kind = kind;
    source->fd = -1;
    source->data = data;
    source->gone = gone;
    vr_mutex_init(&source->lock);
    return source;
}

VrSource *
vr_loop_watch(int fd, unsigned int events, VrLoopFdFunc func, void *data, GDestroyNotify gone)
{
    VrSource *source = source_new(SOURCE_FD, data, gone);
    source->fd = fd;
    source->events = events;
    source->func.fd = func;
    changed(source);
    return source;
}

void
vr_source_set_events(VrSource *source, unsigned int events)
{
    vr_mutex_lock(&source->lock);
    gboolean same = source->events == events;
    source->events = events;
    vr_mutex_unlock(&source->lock);
    if (!same)
        changed(source);
}

VrSource *
vr_loop_timer(gint64 delay, guint64 interval, VrLoopTimerFunc func, void *data, GDestroyNotify gone)
{
    VrSource *source = source_new(SOURCE_TIMER, data, gone);
    source->func.timer = func;
    vr_source_set_timer(source, delay, interval);
    return source;
}

void
vr_source_set_timer(VrSource *source, gint64 delay, guint64 interval)
{
    vr_mutex_lock(&source->lock);
    source->delay = delay;
    source->interval = interval;
    source->asked_at = uv_hrtime() / 1000000;
    source->rearm = TRUE;
    vr_mutex_unlock(&source->lock);
    changed(source);
}

VrSource *
vr_loop_child(pid_t pid, VrLoopChildFunc func, void *data, GDestroyNotify gone)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot watch process %lld", (long long)pid), NULL;
    VrSource *source = source_new(SOURCE_CHILD, data, gone);
    source->fd = fd;
    source->pid = pid;
    source->events = VR_LOOP_READABLE;
    source->func.child = func;
    changed(source);
    return source;
}

void
vr_source_cancel(VrSource *source)
{
    if (source && g_atomic_int_compare_and_exchange(&source->cancelled, 0, 1))
        changed(source);
}

typedef struct {
    VrLoopFunc work, done;
    void *data;
} Task;

static void
run_task(void *data)
{
    g_autofree Task *task = data;
    task->work(task->data);
    if (task->done)
        vr_loop_post(task->done, task->data);
}

void
vr_loop_work(gboolean query, VrLoopFunc work, VrLoopFunc done, void *data)
{
    static gsize pool;
    if (g_once_init_enter(&pool)) {
        static const VrPoolLimits limits = {.min = 1, .max = 16, .reserve = 4};
        g_once_init_leave(&pool, (gsize)vr_pool_new(&limits));
    }
    Task *task = g_new(Task, 1);
    *task = (Task){work, done, data};
    vr_pool_submit((VrPool *)pool, query, run_task, task);
}
