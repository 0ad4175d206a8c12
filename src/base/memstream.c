/* See memstream.h. */
#include "base/memstream.h"

#include <errno.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/driver-ops.h"
#include "base/error.h"
#include "base/eventloop.h"
#include "base/lock.h"

typedef struct {
    VrMutex lock;
    GBytes *data; /* NULL once finished or aborted */
    gsize at;
    int timer;    /* -1 without an event callback */
    int events;
    virStreamEventCallback cb;
    void *opaque;
    virFreeCallback ff;
} MemStream;

static void
memstream_free(void *data)
{
    MemStream *mem = data;
    if (mem->data)
        g_bytes_unref(mem->data);
    vr_mutex_clear(&mem->lock);
    g_free(mem);
}

static int
not_open(void)
{
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream is not open");
}

static int
mem_recv_flags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    MemStream *mem = stream->data;
    VR_SCOPED_LOCK(&mem->lock);
    if (!mem->data)
        return not_open();
    gsize size;
    const char *bytes = g_bytes_get_data(mem->data, &size);
    size_t n = MIN(nbytes, size - mem->at);
    n = MIN(n, G_MAXINT);
    memcpy(data, bytes + mem->at, n);
    mem->at += n;
    return (int)n;
}

static int
mem_recv(virStreamPtr stream, char *data, size_t nbytes)
{
    return mem_recv_flags(stream, data, nbytes, 0);
}

static int
mem_send(virStreamPtr stream, const char *data, size_t nbytes)
{
    return vr_error_system(VIR_FROM_STREAMS, EBADF, "cannot write to stream");
}

/* Data is always at hand, so the callback runs in every turn of the loop until it is no longer wanted. */
static void
on_timer(int timer, void *opaque)
{
    virStreamPtr stream = opaque;
    MemStream *mem = stream->data;
    virStreamEventCallback cb = NULL;
    void *cb_opaque = NULL;
    vr_mutex_lock(&mem->lock);
    if (mem->timer == timer && (mem->events & VIR_STREAM_EVENT_READABLE)) {
        cb = mem->cb;
        cb_opaque = mem->opaque;
    }
    vr_mutex_unlock(&mem->lock);
    if (cb)
        cb(stream, VIR_STREAM_EVENT_READABLE, cb_opaque);
}

static void
free_timer(void *opaque)
{
    virStreamPtr stream = opaque;
    MemStream *mem = stream->data;
    vr_mutex_lock(&mem->lock);
    virFreeCallback ff = mem->timer == -1 ? mem->ff : NULL;
    if (ff)
        mem->ff = NULL;
    void *cb_opaque = mem->opaque;
    vr_mutex_unlock(&mem->lock);
    if (ff)
        ff(cb_opaque);
    vr_object_unref(stream);
}

static int
mem_add_callback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque, virFreeCallback ff)
{
    MemStream *mem = stream->data;
    VR_SCOPED_LOCK(&mem->lock);
    if (!mem->data)
        return not_open();
    if (mem->timer != -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream already has a callback registered");
    int wait = events & VIR_STREAM_EVENT_READABLE ? 0 : -1;
    vr_handle_ref(stream);
    int timer = vr_eventloop_add_timeout(wait, on_timer, stream, free_timer);
    if (timer < 0) {
        vr_object_unref(stream);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "cannot register file watch on stream");
    }
    mem->timer = timer;
    mem->events = events;
    mem->cb = cb;
    mem->opaque = opaque;
    mem->ff = ff;
    return 0;
}

static int
mem_update_callback(virStreamPtr stream, int events)
{
    MemStream *mem = stream->data;
    VR_SCOPED_LOCK(&mem->lock);
    if (mem->timer == -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
    mem->events = events;
    vr_eventloop_update_timeout(mem->timer, events & VIR_STREAM_EVENT_READABLE ? 0 : -1);
    return 0;
}

/* FALSE when there was none.  The loop frees the timer, and with it the application's data. */
static gboolean
drop_callback(MemStream *mem)
{
    vr_mutex_lock(&mem->lock);
    int timer = mem->timer;
    mem->timer = -1;
    mem->cb = NULL;
    vr_mutex_unlock(&mem->lock);
    if (timer == -1)
        return FALSE;
    vr_eventloop_remove_timeout(timer);
    return TRUE;
}

static int
mem_remove_callback(virStreamPtr stream)
{
    if (drop_callback(stream->data))
        return 0;
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
}

static int
mem_finish(virStreamPtr stream)
{
    MemStream *mem = stream->data;
    drop_callback(mem);
    VR_SCOPED_LOCK(&mem->lock);
    g_clear_pointer(&mem->data, g_bytes_unref);
    return 0;
}

static const VrStreamOps mem_ops = {
    .streamSend = mem_send,
    .streamRecv = mem_recv,
    .streamRecvFlags = mem_recv_flags,
    .streamEventAddCallback = mem_add_callback,
    .streamEventUpdateCallback = mem_update_callback,
    .streamEventRemoveCallback = mem_remove_callback,
    .streamFinish = mem_finish,
    .streamAbort = mem_finish,
};

int
vr_memstream_open(virStreamPtr stream, GBytes *data)
{
    if (stream->ops == &mem_ops) {
        /* Used again after its end, or instead of what is left of the last use. */
        MemStream *mem = stream->data;
        VR_SCOPED_LOCK(&mem->lock);
        if (mem->data)
            g_bytes_unref(mem->data);
        mem->data = data;
        mem->at = 0;
        return 0;
    }
    if (stream->ops) {
        g_bytes_unref(data);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is already in use");
    }
    MemStream *mem = g_new0(MemStream, 1);
    vr_mutex_init(&mem->lock);
    mem->data = data;
    mem->timer = -1;
    stream->data = mem;
    stream->data_free = memstream_free;
    stream->ops = &mem_ops;
    return 0;
}
