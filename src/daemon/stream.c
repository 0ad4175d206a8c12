/* Streams of clients: between messages on the wire and a non-blocking stream of the client's connection.
 *
 * Opened on a worker; from the answer on everything happens on the loop's thread.
 */
#include <errno.h>

#include "base/log.h"
#include "base/object.h"
#include "daemon/calls.h"

/* Bytes of an upload that may wait for a slow sink, and of a download for a slow client. */
#define QUEUE_MAX (1024 * 1024)
#define PORTION VR_MESSAGE_STREAM_MAX

typedef struct {
    enum { DATA, HOLE, FINISH, ABORT } kind;
    gsize len, at;
    long long hole;
    guint8 data[];
} Packet;

struct ClientStream {
    gint refs;
    DaemonClient *client;
    virStreamPtr stream;
    VrHeader header;
    GQueue input; /* Packet, from the client */
    gsize input_bytes;
    gboolean sparse, begun, ended, sent_eof, reads, writes;
    gboolean has_callback;
    gboolean stalled; /* its client is not read from until the sink has taken some */
};

static void
stream_unref(ClientStream *s)
{
    if (!g_atomic_int_dec_and_test(&s->refs))
        return;
    g_queue_clear_full(&s->input, g_free);
    virStreamFree(s->stream);
    daemon_client_unref(s->client);
    g_free(s);
}

static void
stream_unref_opaque(void *opaque)
{
    stream_unref(opaque);
}

static ClientStream *
find(DaemonClient *client, guint32 serial)
{
    VR_SCOPED_LOCK(&client->lock);
    for (guint i = 0; i < client->streams->len; i++) {
        ClientStream *s = client->streams->pdata[i];
        if (s->header.serial == serial)
            return s;
    }
    return NULL;
}

static void
send_message(ClientStream *s, guint32 type, guint32 status, const void *data, gsize len)
{
    g_auto(VrOut) out = {0};
    VrHeader header = s->header;
    header.type = type;
    header.status = status;
    vr_message_begin(&out, &header);
    if (len)
        memcpy(vr_out_reserve(&out, len), data, len);
    vr_message_end(&out, 0);
    daemon_client_send(s->client, out.data, out.len, NULL, 0);
}

static void
send_error(ClientStream *s)
{
    g_auto(VrOut) error = {0};
    vr_out_error(&error);
    send_message(s, VR_MESSAGE_STREAM, VR_MESSAGE_ERROR, error.data, error.len);
    vr_error_clear();
}

/* The client waits while more than so much of its data does. */
static void
update_stall(ClientStream *s)
{
    gboolean full = !s->ended && s->input_bytes > QUEUE_MAX;
    if (full == s->stalled)
        return;
    s->stalled = full;
    if (full)
        daemon_client_stall(s->client);
    else
        daemon_client_unstall(s->client);
}

/* Forget the stream; its callback's reference goes with the callback. */
static void
drop(ClientStream *s)
{
    if (s->ended)
        return;
    s->ended = TRUE;
    update_stall(s);
    if (s->has_callback)
        virStreamEventRemoveCallback(s->stream);
    s->has_callback = FALSE;
    vr_mutex_lock(&s->client->lock);
    gboolean mine = g_ptr_array_remove_fast(s->client->streams, s);
    vr_mutex_unlock(&s->client->lock);
    if (mine)
        stream_unref(s);
}

static void
give_up(ClientStream *s)
{
    send_error(s);
    if (s->has_callback)
        virStreamEventRemoveCallback(s->stream);
    s->has_callback = FALSE;
    virStreamAbort(s->stream);
    vr_error_clear();
    drop(s);
}

static gsize
backlog(ClientStream *s)
{
    VR_SCOPED_LOCK(&s->client->lock);
    return daemon_client_backlog(s->client);
}

static void
update_callback(ClientStream *s)
{
    if (!s->has_callback)
        return;
    int events = VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;
    if (s->reads && !s->sent_eof && backlog(s) < QUEUE_MAX)
        events |= VIR_STREAM_EVENT_READABLE;
    if (s->writes && !g_queue_is_empty(&s->input))
        events |= VIR_STREAM_EVENT_WRITABLE;
    virStreamEventUpdateCallback(s->stream, events);
}

/* Write one packet of the client's: 1 when it is done, 0 to wait, -1 on failure. */
static int
write_packet(ClientStream *s, Packet *p)
{
    if (p->kind == HOLE)
        return virStreamSendHole(s->stream, p->hole, 0) < 0 ? -1 : 1;
    while (p->at < p->len) {
        int n = virStreamSend(s->stream, (const char *)p->data + p->at, p->len - p->at);
        if (n == -2)
            return 0;
        if (n < 0)
            return -1;
        p->at += (gsize)n;
    }
    return 1;
}

/* The client's last word: finish or abort. */
static void
end(ClientStream *s, gboolean well)
{
    if (s->has_callback)
        virStreamEventRemoveCallback(s->stream);
    s->has_callback = FALSE;
    int ret = well ? virStreamFinish(s->stream) : virStreamAbort(s->stream);
    if (ret < 0)
        send_error(s);
    else
        send_message(s, VR_MESSAGE_STREAM, VR_MESSAGE_OK, NULL, 0);
    drop(s);
}

static void
write_input(ClientStream *s)
{
    Packet *p;
    while (!s->ended && (p = g_queue_peek_head(&s->input))) {
        if (p->kind == FINISH || p->kind == ABORT) {
            end(s, p->kind == FINISH);
            return;
        }
        int done = write_packet(s, p);
        if (done < 0) {
            give_up(s);
            return;
        }
        if (!done)
            return;
        s->input_bytes -= sizeof(Packet) + p->len;
        g_free(g_queue_pop_head(&s->input));
        update_stall(s);
    }
}

/* Pass on what the stream has: FALSE when there is no more for now. */
static gboolean
read_output(ClientStream *s)
{
    g_autofree char *buffer = g_malloc(PORTION);
    int n = virStreamRecvFlags(s->stream, buffer, PORTION, s->sparse ? VIR_STREAM_RECV_STOP_AT_HOLE : 0);
    if (n == -2)
        return FALSE;
    if (n == -3) {
        long long length = 0;
        if (virStreamRecvHole(s->stream, &length, 0) < 0) {
            give_up(s);
            return FALSE;
        }
        g_auto(VrOut) hole = {0};
        vr_out_u64(&hole, (guint64)length);
        vr_out_u32(&hole, 0);
        send_message(s, VR_MESSAGE_STREAM_HOLE, VR_MESSAGE_CONTINUE, hole.data, hole.len);
        return TRUE;
    }
    if (n < 0) {
        give_up(s);
        return FALSE;
    }
    send_message(s, VR_MESSAGE_STREAM, VR_MESSAGE_CONTINUE, buffer, (gsize)n);
    s->sent_eof = n == 0;
    return n > 0;
}

static void
on_stream(virStreamPtr stream, int events, void *opaque)
{
    ClientStream *s = opaque;
    g_atomic_int_inc(&s->refs);
    if (!s->ended && (events & VIR_STREAM_EVENT_WRITABLE))
        write_input(s);
    if (!s->ended && (events & VIR_STREAM_EVENT_READABLE) && s->reads && !s->sent_eof)
        read_output(s);
    if (!s->ended && (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)) && !(events & VIR_STREAM_EVENT_READABLE)) {
        if (s->reads && !s->sent_eof) {
            while (!s->ended && read_output(s))
                continue;
        } else if (events & VIR_STREAM_EVENT_ERROR) {
            vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "stream had I/O failure");
            give_up(s);
        }
    }
    if (!s->ended)
        update_callback(s);
    stream_unref(s);
}

int
daemon_stream_open(VrDispatch *d, virStreamPtr stream, gboolean sparse)
{
    ClientStream *s = g_new0(ClientStream, 1);
    s->refs = 1;
    s->client = daemon_client_ref(d->client);
    virStreamRef(stream);
    s->stream = stream;
    s->header = d->header;
    s->sparse = sparse;
    s->writes = (d->proc->flags & VR_PROC_STREAM_IN) != 0 || d->proc->number == VR_REMOTE_DOMAIN_OPEN_CONSOLE ||
                d->proc->number == VR_REMOTE_DOMAIN_OPEN_CHANNEL;
    s->reads = !(d->proc->flags & VR_PROC_STREAM_IN);
    g_queue_init(&s->input);
    VR_SCOPED_LOCK(&d->client->lock);
    g_ptr_array_add(d->client->streams, s);
    return 0;
}

static void
begin(void *data)
{
    ClientStream *s = data;
    if (!s->ended && !s->begun) {
        s->begun = TRUE;
        g_atomic_int_inc(&s->refs);
        if (virStreamEventAddCallback(s->stream, 0, on_stream, s, stream_unref_opaque) == 0) {
            s->has_callback = TRUE;
            update_callback(s);
            write_input(s);
            if (!s->ended)
                update_callback(s);
        } else {
            stream_unref(s);
            give_up(s);
        }
    }
    stream_unref(s);
}

void
daemon_streams_begin(DaemonClient *client, guint32 serial)
{
    ClientStream *s = find(client, serial);
    if (!s)
        return;
    g_atomic_int_inc(&s->refs);
    vr_loop_post(begin, s);
}

void
daemon_stream_drop(DaemonClient *client, guint32 serial)
{
    ClientStream *s = find(client, serial);
    if (s)
        drop(s);
}

gboolean
daemon_client_stream_message(DaemonClient *client, const VrHeader *header, const guint8 *payload, gsize len)
{
    ClientStream *s = find(client, header->serial);
    if (!s || s->header.proc != header->proc || s->header.program != header->program)
        return FALSE;
    gboolean hole = header->type == VR_MESSAGE_STREAM_HOLE;
    if (hole && len != 12) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to decode message payload");
        give_up(s);
        return TRUE;
    }
    if (header->status == VR_MESSAGE_CONTINUE && !hole && len == 0)
        return TRUE; /* no more data: the end comes of its own */
    gsize data_len = hole || header->status != VR_MESSAGE_CONTINUE ? 0 : len;
    Packet *p = g_malloc0(sizeof(Packet) + data_len);
    p->len = data_len;
    if (header->status == VR_MESSAGE_OK) {
        p->kind = FINISH;
    } else if (header->status == VR_MESSAGE_ERROR) {
        p->kind = ABORT;
    } else if (hole) {
        guint64 length;
        memcpy(&length, payload, sizeof(length));
        p->kind = HOLE;
        p->hole = (long long)GUINT64_FROM_BE(length);
    } else {
        memcpy(p->data, payload, data_len);
    }
    s->input_bytes += sizeof(Packet) + data_len;
    update_stall(s);
    /* An abort does not wait for what came before it. */
    if (p->kind == ABORT)
        g_queue_push_head(&s->input, p);
    else
        g_queue_push_tail(&s->input, p);
    if (!s->begun)
        return TRUE;
    g_atomic_int_inc(&s->refs);
    write_input(s);
    if (!s->ended)
        update_callback(s);
    stream_unref(s);
    return TRUE;
}

void
daemon_client_streams_may_write(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    g_autoptr(GPtrArray) all = client->streams->len ? g_ptr_array_copy(client->streams, NULL, NULL) : NULL;
    vr_mutex_unlock(&client->lock);
    for (guint i = 0; all && i < all->len; i++)
        update_callback(all->pdata[i]);
}

static void
abort_on_loop(void *data)
{
    ClientStream *s = data;
    if (!s->ended) {
        virStreamAbort(s->stream);
        vr_error_clear();
        drop(s);
    }
    stream_unref(s);
}

void
daemon_client_abort_streams(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    for (guint i = 0; i < client->streams->len; i++) {
        ClientStream *s = client->streams->pdata[i];
        g_atomic_int_inc(&s->refs);
        vr_loop_post(abort_on_loop, s);
    }
}

/* --- the calls that open one --- */

static virStreamPtr
new_stream(VrDispatch *d, virConnectPtr *ret_conn)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn)
        return NULL;
    *ret_conn = conn;
    return virStreamNew(conn, VIR_STREAM_NONBLOCK);
}

#define OPENER(name, Object, read_object, kind, ARGS, sparse, CALL)                                \
    static int open_##name(VrDispatch *d)                                                          \
    {                                                                                              \
        virConnectPtr conn = NULL;                                                                 \
        VR_AUTO virStreamPtr stream = new_stream(d, &conn);                                        \
        if (!stream)                                                                               \
            return -1;                                                                             \
        VR_AUTO Object object = read_object(d->in, conn);                                          \
        ARGS;                                                                                      \
        unsigned int flags = vr_in_u32(d->in);                                                     \
        if (vr_dispatch_access(d, kind, object, flags) < 0 || CALL < 0)                            \
            return -1;                                                                             \
        return daemon_stream_open(d, stream, sparse);                                              \
    }

OPENER(console, virDomainPtr, vr_in_domain, VR_DOMAIN, const char *name = vr_in_string_or_null(d->in), FALSE,
       virDomainOpenConsole(object, name, stream, flags))
OPENER(channel, virDomainPtr, vr_in_domain, VR_DOMAIN, const char *name = vr_in_string_or_null(d->in), FALSE,
       virDomainOpenChannel(object, name, stream, flags))
OPENER(upload, virStorageVolPtr, vr_in_storage_vol, VR_STORAGE_VOL, guint64 offset = vr_in_u64(d->in);
       guint64 length = vr_in_u64(d->in), (flags & VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) != 0,
       virStorageVolUpload(object, stream, offset, length, flags))
OPENER(download, virStorageVolPtr, vr_in_storage_vol, VR_STORAGE_VOL, guint64 offset = vr_in_u64(d->in);
       guint64 length = vr_in_u64(d->in), (flags & VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) != 0,
       virStorageVolDownload(object, stream, offset, length, flags))

static int
open_screenshot(VrDispatch *d)
{
    virConnectPtr conn = NULL;
    VR_AUTO virStreamPtr stream = new_stream(d, &conn);
    if (!stream)
        return -1;
    VR_AUTO virDomainPtr domain = vr_in_domain(d->in, conn);
    unsigned int screen = vr_in_u32(d->in), flags = vr_in_u32(d->in);
    if (vr_dispatch_access(d, VR_DOMAIN, domain, flags) < 0)
        return -1;
    g_autofree char *mime = virDomainScreenshot(domain, stream, screen, flags);
    if (!mime)
        return -1;
    vr_out_string_or_null(d->out, mime);
    return daemon_stream_open(d, stream, FALSE);
}

VrDispatchFunc
vr_dispatch_hand_stream(int proc)
{
    switch (proc) {
    case VR_REMOTE_DOMAIN_OPEN_CONSOLE:
        return open_console;
    case VR_REMOTE_DOMAIN_OPEN_CHANNEL:
        return open_channel;
    case VR_REMOTE_DOMAIN_SCREENSHOT:
        return open_screenshot;
    case VR_REMOTE_STORAGE_VOL_UPLOAD:
        return open_upload;
    case VR_REMOTE_STORAGE_VOL_DOWNLOAD:
        return open_download;
    default:
        return NULL;
    }
}
