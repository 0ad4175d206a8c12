/* See fdstream.h. */
#include "base/fdstream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/driver-ops.h"
#include "base/error.h"
#include "base/eventloop.h"
#include "base/lock.h"

struct VrFdStream {
    gint refs;
    VrMutex lock;
    int fd;      /* -1 once ended */
    int wake;    /* readable once ended, for whoever waits */
    int users;   /* threads that are about to use FD: it stays open until they are done */
    gint ended;
    bool socket;
    GDestroyNotify gone;
    void *data;
    int watch;   /* -1 without an event callback */
    virStreamEventCallback cb;
    void *opaque;
    virFreeCallback ff;
    virStreamPtr watched; /* while there is a callback, which keeps it */
};
typedef struct VrFdStream FdStream;

static void
close_all(FdStream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

VrFdStream *
vr_fdstream_ref(VrFdStream *s)
{
    g_atomic_int_inc(&s->refs);
    return s;
}

void
vr_fdstream_unref(VrFdStream *s)
{
    if (!g_atomic_int_dec_and_test(&s->refs))
        return;
    close_all(s);
    close(s->wake);
    vr_mutex_clear(&s->lock);
    g_free(s);
}

/* The end is told once. */
static void
tell_gone(FdStream *s)
{
    vr_mutex_lock(&s->lock);
    GDestroyNotify gone = s->gone;
    s->gone = NULL;
    vr_mutex_unlock(&s->lock);
    if (gone)
        gone(s->data);
}

/* The stream itself goes. */
static void
fdstream_free(void *data)
{
    FdStream *s = data;
    tell_gone(s);
    vr_fdstream_unref(s);
}

static int
not_open(void)
{
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream is not open");
}

static int
begin_use(FdStream *s)
{
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended || s->fd < 0)
        return not_open();
    s->users++;
    return 0;
}

/* FALSE: the stream has ended meanwhile. */
static bool
end_use(FdStream *s)
{
    VR_SCOPED_LOCK(&s->lock);
    s->users--;
    if (s->ended && s->users == 0 && s->watch == -1)
        close_all(s);
    return !s->ended;
}

/* Wait until FD is ready for EVENTS, or the stream ends. */
static void
wait_for(FdStream *s, short events)
{
    struct pollfd both[] = {{.fd = s->fd, .events = events}, {.fd = s->wake, .events = POLLIN}};
    while (poll(both, G_N_ELEMENTS(both), -1) < 0 && errno == EINTR)
        continue;
}

/* One reading or writing, waited for unless the stream does not wait: bytes, -2 for "not now", -1 with the error set. */
static int
transfer(virStreamPtr stream, char *in, const char *out, size_t n)
{
    FdStream *s = stream->data;
    ssize_t got;
    if (begin_use(s) < 0)
        return -1;
    for (;;) {
        got = in ? read(s->fd, in, n) : s->socket ? send(s->fd, out, n, MSG_NOSIGNAL) : write(s->fd, out, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
            break;
        if (errno == EINTR)
            continue;
        if (stream->flags & VIR_STREAM_NONBLOCK)
            break;
        wait_for(s, in ? POLLIN : POLLOUT);
        if (g_atomic_int_get(&s->ended))
            break;
    }
    int error = errno;
    if (!end_use(s))
        return not_open();
    if (got >= 0)
        return (int)got;
    if (error == EAGAIN || error == EWOULDBLOCK)
        return -2;
    if (in && error == EIO)
        return 0; /* a terminal without another end */
    return vr_error_system(VIR_FROM_STREAMS, error, in ? "cannot read from stream" : "cannot write to stream");
}

static int
fd_send(virStreamPtr stream, const char *data, size_t n)
{
    return transfer(stream, NULL, data, MIN(n, (size_t)G_MAXINT));
}

static int
fd_recv_flags(virStreamPtr stream, char *data, size_t n, unsigned int flags)
{
    return transfer(stream, data, NULL, MIN(n, (size_t)G_MAXINT));
}

static int
fd_recv(virStreamPtr stream, char *data, size_t n)
{
    return fd_recv_flags(stream, data, n, 0);
}

static void
on_watch(int watch, int fd, int events, void *opaque)
{
    virStreamPtr stream = opaque;
    FdStream *s = stream->data;
    vr_mutex_lock(&s->lock);
    virStreamEventCallback cb = s->watch == watch ? s->cb : NULL;
    void *cb_opaque = s->opaque;
    vr_mutex_unlock(&s->lock);
    if (cb)
        cb(stream, events, cb_opaque); /* the bits are the same for streams and handles */
}

static void
free_watch(void *opaque)
{
    virStreamPtr stream = opaque;
    FdStream *s = stream->data;
    vr_mutex_lock(&s->lock);
    virFreeCallback ff = s->watch == -1 ? g_steal_pointer(&s->ff) : NULL;
    void *cb_opaque = s->opaque;
    vr_mutex_unlock(&s->lock);
    if (ff)
        ff(cb_opaque);
    vr_object_unref(stream);
}

static int
fd_add_callback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque, virFreeCallback ff)
{
    FdStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended)
        return not_open();
    if (s->watch != -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream already has a callback registered");
    vr_handle_ref(stream);
    int watch = vr_eventloop_add_handle(s->fd, events, on_watch, stream, free_watch);
    if (watch < 0) {
        vr_object_unref(stream);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "cannot register file watch on stream");
    }
    s->watch = watch;
    s->watched = stream;
    s->cb = cb;
    s->opaque = opaque;
    s->ff = ff;
    return 0;
}

static int
fd_update_callback(virStreamPtr stream, int events)
{
    FdStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->watch == -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
    vr_eventloop_update_handle(s->watch, events);
    return 0;
}

/* FALSE when there was none.  The loop frees the watch, and with it the application's data. */
static bool
drop_callback(FdStream *s)
{
    vr_mutex_lock(&s->lock);
    int watch = s->watch;
    s->watch = -1;
    s->cb = NULL;
    vr_mutex_unlock(&s->lock);
    if (watch == -1)
        return false;
    vr_eventloop_remove_handle(watch);
    return true;
}

static int
fd_remove_callback(virStreamPtr stream)
{
    if (drop_callback(stream->data))
        return 0;
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
}

static void
end_stream(FdStream *s)
{
    static const guint64 one = 1;
    VR_SCOPED_LOCK(&s->lock);
    g_atomic_int_set(&s->ended, 1);
    if (write(s->wake, &one, sizeof(one)) < 0)
        return; /* it is readable already */
    if (s->users == 0 && s->watch == -1)
        close_all(s);
}

static int
fd_finish(virStreamPtr stream)
{
    FdStream *s = stream->data;
    drop_callback(s);
    end_stream(s);
    tell_gone(s);
    return 0;
}

static const VrStreamOps fd_ops = {
    .streamSend = fd_send,
    .streamRecv = fd_recv,
    .streamRecvFlags = fd_recv_flags,
    .streamEventAddCallback = fd_add_callback,
    .streamEventUpdateCallback = fd_update_callback,
    .streamEventRemoveCallback = fd_remove_callback,
    .streamFinish = fd_finish,
    .streamAbort = fd_finish,
};

int
vr_fdstream_open(virStreamPtr stream, int fd, GDestroyNotify gone, void *data)
{
    int type;
    socklen_t size = sizeof(type);
    if (stream->ops) {
        close(fd);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is already in use");
    }
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0 || fcntl(fd, F_SETFL, O_NONBLOCK | fcntl(fd, F_GETFL)) < 0) {
        int error = errno;
        close(fd);
        if (wake >= 0)
            close(wake);
        return vr_error_system(VIR_FROM_STREAMS, error, "Unable to set non-blocking mode");
    }
    FdStream *s = g_new0(FdStream, 1);
    vr_mutex_init(&s->lock);
    s->fd = fd;
    s->wake = wake;
    s->socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
    s->gone = gone;
    s->data = data;
    s->watch = -1;
    s->refs = 1;
    stream->data = s;
    stream->data_free = fdstream_free;
    stream->ops = &fd_ops;
    return 0;
}

/* Whoever watches a stream that was cut is told on the loop's thread, and finds it ended. */
static void
tell_cut(int timer, void *opaque)
{
    virStreamPtr stream = opaque;
    FdStream *s = stream->data;
    vr_mutex_lock(&s->lock);
    virStreamEventCallback cb = s->watch != -1 ? s->cb : NULL;
    void *cb_opaque = s->opaque;
    vr_mutex_unlock(&s->lock);
    vr_eventloop_remove_timeout(timer);
    if (cb)
        cb(stream, VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP, cb_opaque);
}

static void
unref_stream(void *stream)
{
    vr_object_unref(stream);
}

gboolean
vr_fdstream_cut(VrFdStream *s)
{
    virStreamPtr stream = NULL;
    vr_mutex_lock(&s->lock);
    gboolean untold = s->gone != NULL;
    s->gone = NULL;
    if (s->watch != -1) {
        stream = s->watched;
        vr_handle_ref(stream);
    }
    vr_mutex_unlock(&s->lock);
    end_stream(s);
    if (stream && vr_eventloop_add_timeout(0, tell_cut, stream, unref_stream) < 0)
        vr_object_unref(stream);
    return untold;
}
