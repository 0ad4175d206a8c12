/* Streams over the wire: what has come in waits here in order, data and holes, until the application takes it.
 *
 * Any thread; the client's lock guards a stream, the connection's its place in the table.  Its callback runs on the event loop's thread.
 */
#include <errno.h>

#include "base/eventloop.h"
#include "stubs.h"

typedef struct {
    gsize len, at;    /* data */
    long long hole;   /* or a hole of that length */
    guint8 data[];
} Chunk;

struct RemoteStream {
    RemoteConn *remote;
    RemoteClient *client; /* of the connection, when the stream began */
    const VrProgram *program;
    int proc;
    guint32 serial;
    GQueue chunks;
    gboolean eof, finished, sparse, closed;
    virErrorPtr error; /* the daemon gave up */
    int timer, events; /* -1 without a callback */
    virStreamEventCallback cb;
    void *opaque;
    virFreeCallback ff;
};

static void
forget(RemoteStream *s)
{
    VR_SCOPED_LOCK(&s->remote->lock);
    g_hash_table_remove(s->remote->streams, GUINT_TO_POINTER(s->serial));
}

static void
stream_free(void *data)
{
    RemoteStream *s = data;
    VrMutex *lock = remote_client_lock(s->client);
    vr_mutex_lock(lock);
    forget(s);
    vr_mutex_unlock(lock);
    g_queue_clear_full(&s->chunks, g_free);
    if (s->error)
        remote_error_free(s->error);
    g_free(s);
}

/* The callback's timer runs while it would have something to say.  Called with the lock held. */
static int
due(const RemoteStream *s)
{
    int events = s->events & VIR_STREAM_EVENT_WRITABLE;
    if (!g_queue_is_empty((GQueue *)&s->chunks) || s->eof || s->error)
        events |= s->events & VIR_STREAM_EVENT_READABLE;
    if (s->error || s->closed)
        events |= s->events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP);
    return events;
}

static void
update_timer(RemoteStream *s)
{
    if (s->timer != -1)
        vr_eventloop_update_timeout(s->timer, due(s) ? 0 : -1);
}

void
remote_on_stream(void *data, const VrHeader *header, const guint8 *payload, gsize len)
{
    RemoteConn *remote = data;
    vr_mutex_lock(&remote->lock);
    RemoteStream *s = g_hash_table_lookup(remote->streams, GUINT_TO_POINTER(header->serial));
    vr_mutex_unlock(&remote->lock);
    if (!s || s->program->number != header->program || s->proc != header->proc)
        return;
    if (header->status == VR_MESSAGE_OK) {
        s->finished = TRUE;
    } else if (header->status == VR_MESSAGE_ERROR) {
        virErrorPtr saved = vr_error_save();
        g_autofree guint8 *copy = g_memdup2(payload, len);
        VrIn in = {.at = copy, .end = copy + len};
        if (vr_layout_check(vr_layout_error, copy, len, NULL))
            vr_in_error(&in);
        else
            vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "stream aborted at client request");
        if (!s->error)
            s->error = remote_error_copy();
        vr_error_clear();
        vr_error_restore(saved);
    } else if (header->type == VR_MESSAGE_STREAM_HOLE) {
        if (len < 12)
            return;
        guint64 hole;
        memcpy(&hole, payload, sizeof(hole));
        Chunk *chunk = g_new0(Chunk, 1);
        chunk->hole = (long long)GUINT64_FROM_BE(hole);
        if (chunk->hole > 0)
            g_queue_push_tail(&s->chunks, chunk);
        else
            g_free(chunk);
    } else if (len == 0) {
        s->eof = TRUE;
    } else {
        Chunk *chunk = g_malloc(sizeof(Chunk) + len);
        *chunk = (Chunk){.len = len};
        memcpy(chunk->data, payload, len);
        g_queue_push_tail(&s->chunks, chunk);
    }
    update_timer(s);
}

/* -1 with the daemon's error when it has given up.  Called with the lock held. */
static int
check(RemoteStream *s)
{
    if (s->error) {
        vr_error_copy(vr_error_last(), s->error);
        return -1;
    }
    if (s->closed)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream is not open");
    return 0;
}

static VrHeader
header_for(const RemoteStream *s, guint32 type, guint32 status)
{
    return (VrHeader){s->program->number, s->program->version, s->proc, type, s->serial, status};
}

static int
stream_send(virStreamPtr stream, const char *data, size_t nbytes)
{
    RemoteStream *s = stream->data;
    VrMutex *lock = remote_client_lock(s->client);
    vr_mutex_lock(lock);
    int ret = check(s);
    vr_mutex_unlock(lock);
    if (ret < 0)
        return -1;
    nbytes = MIN(nbytes, VR_MESSAGE_STREAM_MAX);
    VrHeader header = header_for(s, VR_MESSAGE_STREAM, VR_MESSAGE_CONTINUE);
    if (remote_client_send_stream(s->client, &header, data, nbytes) < 0)
        return -1;
    return (int)nbytes;
}

static int
stream_send_hole(virStreamPtr stream, long long length, unsigned int flags)
{
    RemoteStream *s = stream->data;
    if (!s->sparse)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_UNSUPPORTED, "Holes are not supported with this stream");
    VrMutex *lock = remote_client_lock(s->client);
    vr_mutex_lock(lock);
    int ret = check(s);
    vr_mutex_unlock(lock);
    if (ret < 0)
        return -1;
    g_auto(VrOut) hole = {0};
    vr_out_u64(&hole, (guint64)length);
    vr_out_u32(&hole, flags);
    VrHeader header = header_for(s, VR_MESSAGE_STREAM_HOLE, VR_MESSAGE_CONTINUE);
    return remote_client_send_stream(s->client, &header, hole.data, hole.len);
}

static gboolean
has_input(void *data)
{
    const RemoteStream *s = data;
    return !g_queue_is_empty((GQueue *)&s->chunks) || s->eof || s->error || s->closed || s->finished;
}

/* Wait for something to read: 0, -2 when it would block, -1 with the error set.  Called with the lock held. */
static int
await_input(virStreamPtr stream, RemoteStream *s)
{
    if (has_input(s))
        return g_queue_is_empty(&s->chunks) ? check(s) : 0;
    if (stream->flags & VIR_STREAM_NONBLOCK)
        return -2;
    if (remote_client_wait(s->client, has_input, s) < 0)
        return vr_error_system(VIR_FROM_RPC, EIO, "End of file while reading data");
    return g_queue_is_empty(&s->chunks) ? check(s) : 0;
}

static int
stream_recv_flags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    RemoteStream *s = stream->data;
    VR_SCOPED_LOCK(remote_client_lock(s->client));
    int ret = await_input(stream, s);
    if (ret < 0)
        return ret;
    size_t got = 0;
    while (got < nbytes && got < G_MAXINT) {
        Chunk *chunk = g_queue_peek_head(&s->chunks);
        if (!chunk)
            break;
        size_t n;
        if (chunk->hole > 0) {
            if (flags & VIR_STREAM_RECV_STOP_AT_HOLE) {
                if (got == 0)
                    return -3;
                break;
            }
            n = (size_t)MIN((unsigned long long)chunk->hole, nbytes - got);
            memset(data + got, 0, n);
            chunk->hole -= (long long)n;
        } else {
            n = MIN(chunk->len - chunk->at, nbytes - got);
            memcpy(data + got, chunk->data + chunk->at, n);
            chunk->at += n;
        }
        got += n;
        if (chunk->hole == 0 && chunk->at == chunk->len)
            g_free(g_queue_pop_head(&s->chunks));
    }
    update_timer(s);
    return (int)got;
}

static int
stream_recv(virStreamPtr stream, char *data, size_t nbytes)
{
    return stream_recv_flags(stream, data, nbytes, 0);
}

static int
stream_recv_hole(virStreamPtr stream, long long *length, unsigned int flags)
{
    RemoteStream *s = stream->data;
    VR_SCOPED_LOCK(remote_client_lock(s->client));
    if (!s->sparse)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_UNSUPPORTED, "Holes are not supported with this stream");
    *length = 0;
    int ret = await_input(stream, s);
    if (ret < 0)
        return ret;
    Chunk *chunk = g_queue_peek_head(&s->chunks);
    if (chunk && chunk->hole > 0) {
        *length = chunk->hole;
        g_free(g_queue_pop_head(&s->chunks));
    }
    update_timer(s);
    return 0;
}

static void
on_timer(int timer, void *opaque)
{
    virStreamPtr stream = opaque;
    RemoteStream *s = stream->data;
    VrMutex *lock = remote_client_lock(s->client);
    vr_mutex_lock(lock);
    int events = s->timer == timer ? due(s) : 0;
    virStreamEventCallback cb = s->cb;
    void *cb_opaque = s->opaque;
    vr_mutex_unlock(lock);
    if (events && cb)
        cb(stream, events, cb_opaque);
}

static void
free_timer(void *opaque)
{
    virStreamPtr stream = opaque;
    RemoteStream *s = stream->data;
    virFreeCallback ff = s->ff;
    void *cb_opaque = s->opaque;
    s->ff = NULL;
    if (ff)
        ff(cb_opaque);
    vr_object_unref(stream);
}

static int
stream_add_callback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque, virFreeCallback ff)
{
    RemoteStream *s = stream->data;
    VR_SCOPED_LOCK(remote_client_lock(s->client));
    if (s->timer != -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "multiple stream callbacks not supported");
    vr_handle_ref(stream);
    int timer = vr_eventloop_add_timeout(-1, on_timer, stream, free_timer);
    if (timer < 0) {
        vr_object_unref(stream);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "cannot add a stream callback: there is no event loop");
    }
    s->timer = timer;
    s->events = events;
    s->cb = cb;
    s->opaque = opaque;
    s->ff = ff;
    update_timer(s);
    return 0;
}

static int
stream_update_callback(virStreamPtr stream, int events)
{
    RemoteStream *s = stream->data;
    VR_SCOPED_LOCK(remote_client_lock(s->client));
    if (s->timer == -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "no stream callback registered");
    s->events = events;
    update_timer(s);
    return 0;
}

static gboolean
drop_callback(RemoteStream *s)
{
    VrMutex *lock = remote_client_lock(s->client);
    vr_mutex_lock(lock);
    int timer = s->timer;
    s->timer = -1;
    s->cb = NULL;
    vr_mutex_unlock(lock);
    if (timer == -1)
        return FALSE;
    vr_eventloop_remove_timeout(timer);
    return TRUE;
}

static int
stream_remove_callback(virStreamPtr stream)
{
    if (drop_callback(stream->data))
        return 0;
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "no stream callback registered");
}

static gboolean
has_ended(void *data)
{
    const RemoteStream *s = data;
    return s->finished || s->error;
}

/* Say that the stream ends, well or not, and wait for the daemon's word. */
static int
end(virStreamPtr stream, guint32 status)
{
    RemoteStream *s = stream->data;
    RemoteClient *client = s->client;
    VrMutex *lock = remote_client_lock(client);
    drop_callback(s);
    vr_mutex_lock(lock);
    int ret = check(s);
    vr_mutex_unlock(lock);
    if (ret == 0) {
        VrHeader header = header_for(s, VR_MESSAGE_STREAM, status);
        ret = remote_client_send_stream(client, &header, NULL, 0);
    }
    vr_mutex_lock(lock);
    if (ret == 0 && remote_client_wait(client, has_ended, s) < 0)
        ret = vr_error_system(VIR_FROM_RPC, EIO, "End of file while reading data");
    if (ret == 0 && status == VR_MESSAGE_OK)
        ret = s->error ? check(s) : 0;
    s->closed = TRUE;
    forget(s);
    vr_mutex_unlock(lock);
    return ret;
}

static int
stream_finish(virStreamPtr stream)
{
    return end(stream, VR_MESSAGE_OK);
}

static int
stream_abort(virStreamPtr stream)
{
    return end(stream, VR_MESSAGE_ERROR);
}

static const VrStreamOps stream_ops = {
    .streamSend = stream_send,
    .streamRecv = stream_recv,
    .streamRecvFlags = stream_recv_flags,
    .streamSendHole = stream_send_hole,
    .streamRecvHole = stream_recv_hole,
    .streamEventAddCallback = stream_add_callback,
    .streamEventUpdateCallback = stream_update_callback,
    .streamEventRemoveCallback = stream_remove_callback,
    .streamFinish = stream_finish,
    .streamAbort = stream_abort,
};

void
remote_drop_streams(RemoteConn *remote)
{
    /* Streams hold their connection: none is left when it closes. */
    VR_SCOPED_LOCK(&remote->lock);
    g_hash_table_remove_all(remote->streams);
}

int
remote_stream_call(RemoteCall *call, virStreamPtr stream, gboolean sparse)
{
    RemoteConn *remote = REMOTE_CONN(VR_OBJECT_CONN(stream));
    if (stream->ops)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is already in use");
    RemoteStream *s = g_new0(RemoteStream, 1);
    s->remote = remote;
    s->client = call->client;
    s->program = call->program;
    s->proc = call->proc->number;
    s->serial = call->serial;
    s->sparse = sparse;
    s->timer = -1;
    g_queue_init(&s->chunks);
    /* Data may come together with the answer. */
    vr_mutex_lock(&remote->lock);
    g_hash_table_insert(remote->streams, GUINT_TO_POINTER(s->serial), s);
    vr_mutex_unlock(&remote->lock);
    if (remote_call_run(call) < 0) {
        stream_free(s);
        return -1;
    }
    stream->data = s;
    stream->data_free = stream_free;
    stream->ops = &stream_ops;
    return 0;
}

#define BEGIN(conn, proc, bad)                                                                     \
    g_auto(RemoteCall) call = {0};                                                                 \
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_##proc) < 0)                  \
        return bad;                                                                                \
    VrOut *out = &call.out

int
remote_domain_open_console(virDomainPtr dom, const char *dev_name, virStreamPtr st, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_OPEN_CONSOLE, -1);
    vr_out_domain(out, dom);
    vr_out_string_or_null(out, dev_name);
    vr_out_u32(out, flags);
    return remote_stream_call(&call, st, FALSE);
}

int
remote_domain_open_channel(virDomainPtr dom, const char *name, virStreamPtr st, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_OPEN_CHANNEL, -1);
    vr_out_domain(out, dom);
    vr_out_string_or_null(out, name);
    vr_out_u32(out, flags);
    return remote_stream_call(&call, st, FALSE);
}

char *
remote_domain_screenshot(virDomainPtr domain, virStreamPtr stream, unsigned int screen, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_SCREENSHOT, NULL);
    vr_out_domain(out, domain);
    vr_out_u32(out, screen);
    vr_out_u32(out, flags);
    if (remote_stream_call(&call, stream, FALSE) < 0)
        return NULL;
    return g_strdup(vr_in_string_or_null(&call.in));
}

int
remote_storage_vol_upload(virStorageVolPtr vol, virStreamPtr stream, unsigned long long offset,
                          unsigned long long length, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(vol), STORAGE_VOL_UPLOAD, -1);
    vr_out_storage_vol(out, vol);
    vr_out_u64(out, offset);
    vr_out_u64(out, length);
    vr_out_u32(out, flags);
    return remote_stream_call(&call, stream, (flags & VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) != 0);
}

int
remote_storage_vol_download(virStorageVolPtr vol, virStreamPtr stream, unsigned long long offset,
                            unsigned long long length, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(vol), STORAGE_VOL_DOWNLOAD, -1);
    vr_out_storage_vol(out, vol);
    vr_out_u64(out, offset);
    vr_out_u64(out, length);
    vr_out_u32(out, flags);
    return remote_stream_call(&call, stream, (flags & VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) != 0);
}
