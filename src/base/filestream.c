/* A queue of pieces between a stream and a thread that reads or writes a file: see filestream.h. */
#include "base/filestream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/driver-ops.h"
#include "base/error.h"
#include "base/eventloop.h"
#include "base/lock.h"
#include "base/log.h"

#define PIECE (256 * 1024)
#define QUEUE_MAX (4 * PIECE)

typedef struct {
    long long hole; /* > 0: so many bytes of nothing */
    gsize length, at;
    char bytes[];
} Piece;

typedef struct {
    gint refs; /* the stream's and the thread's */
    VrFileStream file;
    VrMutex lock;
    VrCond changed;
    GQueue pieces;
    gsize queued;
    bool ended;   /* the stream needs no more (or: sends no more) */
    bool aborted;
    bool finished; /* the thread has done all that it can */
    int error;     /* errno of its failure */
    unsigned long long sent; /* bytes that an upload has taken */
    int timer; /* -1 without an event callback */
    int events;
    virStreamEventCallback cb;
    void *opaque;
    virFreeCallback ff;
} FileStream;

static void
unref(void *data)
{
    FileStream *s = data;
    if (!g_atomic_int_dec_and_test(&s->refs))
        return;
    g_queue_clear_full(&s->pieces, g_free);
    vr_mutex_clear(&s->lock);
    vr_cond_clear(&s->changed);
    g_free(s);
}

/* Which of the wanted events are there.  With the lock held. */
static int
ready(const FileStream *s)
{
    int events = 0;
    if (!s->file.writes && (!g_queue_is_empty((GQueue *)&s->pieces) || s->finished))
        events |= VIR_STREAM_EVENT_READABLE;
    if (s->file.writes && (s->queued < QUEUE_MAX || s->error))
        events |= VIR_STREAM_EVENT_WRITABLE;
    return events & s->events;
}

static void
wake(FileStream *s)
{
    vr_cond_broadcast(&s->changed);
    if (s->timer != -1)
        vr_eventloop_update_timeout(s->timer, ready(s) ? 0 : -1);
}

static void
wait(FileStream *s)
{
    vr_cond_wait_until(&s->changed, &s->lock, g_get_monotonic_time() + 10 * G_USEC_PER_SEC);
}

/* --- the thread --- */

static bool
push(FileStream *s, Piece *piece)
{
    VR_SCOPED_LOCK(&s->lock);
    while (s->queued >= QUEUE_MAX && !s->ended)
        wait(s);
    if (s->ended) {
        g_free(piece);
        return false;
    }
    s->queued += sizeof(Piece) + piece->length;
    g_queue_push_tail(&s->pieces, piece);
    wake(s);
    return true;
}

/* The length of the hole at AT, of LEFT bytes at most; 0 for data. */
static unsigned long long
hole_at(const FileStream *s, unsigned long long at, unsigned long long left, unsigned long long *ret_data)
{
    off_t data = lseek(s->file.fd, (off_t)at, SEEK_DATA);
    *ret_data = left;
    if (data < 0)
        return errno == ENXIO ? left : 0;
    if ((unsigned long long)data > at)
        return MIN(left, (unsigned long long)data - at);
    off_t hole = lseek(s->file.fd, (off_t)at, SEEK_HOLE);
    if (hole > (off_t)at)
        *ret_data = MIN(left, (unsigned long long)hole - at);
    return 0;
}

static int
read_all(FileStream *s)
{
    off_t size = lseek(s->file.fd, 0, SEEK_END);
    if (size < 0)
        return errno;
    unsigned long long at = s->file.at, end = MAX((unsigned long long)size, at);
    if (s->file.length)
        end = MIN(end, at + s->file.length);
    while (at < end) {
        unsigned long long data = end - at;
        unsigned long long hole = s->file.sparse ? hole_at(s, at, end - at, &data) : 0;
        Piece *piece = g_malloc0(sizeof(Piece) + (hole ? 0 : MIN(PIECE, data)));
        if (hole) {
            piece->hole = (long long)hole;
            at += hole;
        } else {
            ssize_t n;
            do
                n = pread(s->file.fd, piece->bytes, MIN(PIECE, data), (off_t)at);
            while (n < 0 && errno == EINTR);
            if (n <= 0) {
                int error = n < 0 ? errno : 0;
                g_free(piece);
                return error;
            }
            piece->length = (gsize)n;
            at += (gsize)n;
        }
        if (!push(s, piece))
            return 0;
    }
    return 0;
}

static int
write_hole(const FileStream *s, unsigned long long at, long long length)
{
    struct stat st;
    if (fstat(s->file.fd, &st) < 0)
        return errno;
    if (S_ISREG(st.st_mode)) {
        /* behind the end there are zeros already */
        unsigned long long end = at + (unsigned long long)length, size = (unsigned long long)st.st_size;
        if (end > size && ftruncate(s->file.fd, (off_t)end) < 0)
            return errno;
        if (at >= size)
            return 0;
        length = (long long)(MIN(end, size) - at);
    }
    if (fallocate(s->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, length) == 0)
        return 0;
    /* a file or device without holes gets zeros */
    g_autofree char *zeros = g_malloc0(PIECE);
    for (long long done = 0; done < length;) {
        ssize_t n = pwrite(s->file.fd, zeros, (size_t)MIN(PIECE, length - done), (off_t)at + done);
        if (n < 0 && errno != EINTR)
            return errno;
        done += MAX(n, 0);
    }
    return 0;
}

static int
write_piece(const FileStream *s, const Piece *piece, unsigned long long at)
{
    if (piece->hole)
        return write_hole(s, at, piece->hole);
    for (gsize done = 0; done < piece->length;) {
        ssize_t n = pwrite(s->file.fd, piece->bytes + done, piece->length - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return errno;
        done += (gsize)MAX(n, 0);
    }
    return 0;
}

static int
write_all(FileStream *s)
{
    unsigned long long at = s->file.at;
    for (;;) {
        vr_mutex_lock(&s->lock);
        while (g_queue_is_empty(&s->pieces) && !s->ended)
            wait(s);
        g_autofree Piece *piece = s->aborted ? NULL : g_queue_pop_head(&s->pieces);
        vr_mutex_unlock(&s->lock);
        if (!piece)
            return 0;
        int error = write_piece(s, piece, at);
        if (error)
            return error;
        at += piece->hole ? (unsigned long long)piece->hole : piece->length;
        VR_SCOPED_LOCK(&s->lock);
        s->queued -= sizeof(Piece) + piece->length;
        wake(s);
    }
}

static void *
work(void *data)
{
    FileStream *s = data;
    int error = s->file.writes ? write_all(s) : read_all(s);
    vr_mutex_lock(&s->lock);
    s->error = error;
    s->finished = true;
    wake(s);
    vr_mutex_unlock(&s->lock);
    /* nobody waits for the disk itself: whoever finishes may be everybody's event loop */
    if (s->file.writes && !error && fdatasync(s->file.fd) < 0)
        vr_log(VR_LOG_WARN, "stream", "what was written is not safe on its disk yet: %s", g_strerror(errno));
    close(s->file.fd);
    if (s->file.done)
        s->file.done(s->file.opaque);
    unref(s);
    return NULL;
}

/* --- the stream --- */

static int
not_open(void)
{
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream is not open");
}

static int
failed(const FileStream *s)
{
    return vr_error_system(VIR_FROM_STREAMS, s->error, s->file.writes ? "cannot write to stream" : "cannot read from stream");
}

static int
fs_send(virStreamPtr stream, const char *data, size_t nbytes)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended)
        return not_open();
    if (!s->file.writes)
        return vr_error_system(VIR_FROM_STREAMS, EBADF, "cannot write to stream");
    while (s->queued >= QUEUE_MAX && !s->error) {
        if (stream->flags & VIR_STREAM_NONBLOCK)
            return -2;
        wait(s);
    }
    if (s->error)
        return failed(s);
    if (s->file.length) {
        if (s->sent >= s->file.length)
            return vr_error_system(VIR_FROM_STREAMS, ENOSPC, "cannot write to stream");
        nbytes = MIN(nbytes, s->file.length - s->sent);
    }
    nbytes = MIN(nbytes, PIECE);
    Piece *piece = g_malloc0(sizeof(Piece) + nbytes);
    memcpy(piece->bytes, data, nbytes);
    piece->length = nbytes;
    s->queued += sizeof(Piece) + nbytes;
    s->sent += nbytes;
    g_queue_push_tail(&s->pieces, piece);
    wake(s);
    return (int)nbytes;
}

static int
fs_send_hole(virStreamPtr stream, long long length, unsigned int flags)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended || !s->file.writes)
        return not_open();
    if (length < 0 || length > G_MAXINT64 / 4)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INVALID_ARG, "a hole of %lld bytes", length);
    if (s->error)
        return failed(s);
    if (length == 0)
        return 0;
    if (s->file.length && (unsigned long long)length > s->file.length - s->sent)
        return vr_error_system(VIR_FROM_STREAMS, ENOSPC, "cannot write to stream");
    s->sent += (unsigned long long)length;
    Piece *last = g_queue_peek_tail(&s->pieces);
    if (last && last->hole && last->hole < G_MAXINT64 / 4) { /* one hole, however it was cut */
        last->hole += length;
        return 0;
    }
    Piece *piece = g_malloc0(sizeof(Piece));
    piece->hole = length;
    s->queued += sizeof(Piece);
    g_queue_push_tail(&s->pieces, piece);
    wake(s);
    return 0;
}

static int
fs_recv_flags(virStreamPtr stream, char *data, size_t nbytes, unsigned int flags)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended)
        return not_open();
    if (s->file.writes)
        return vr_error_system(VIR_FROM_STREAMS, EBADF, "cannot read from stream");
    while (g_queue_is_empty(&s->pieces) && !s->finished) {
        if (stream->flags & VIR_STREAM_NONBLOCK)
            return -2;
        wait(s);
    }
    Piece *piece = g_queue_peek_head(&s->pieces);
    if (!piece)
        return s->error ? failed(s) : 0;
    size_t n;
    if (piece->hole && flags & VIR_STREAM_RECV_STOP_AT_HOLE)
        return -3;
    if (piece->hole) {
        n = (size_t)MIN((unsigned long long)piece->hole, MIN(nbytes, G_MAXINT));
        memset(data, 0, n);
        piece->hole -= (long long)n;
    } else {
        n = MIN(MIN(nbytes, piece->length - piece->at), G_MAXINT);
        memcpy(data, piece->bytes + piece->at, n);
        piece->at += n;
    }
    if (piece->at == piece->length && !piece->hole) {
        s->queued -= sizeof(Piece) + piece->length;
        g_free(g_queue_pop_head(&s->pieces));
        wake(s);
    }
    return (int)n;
}

static int
fs_recv(virStreamPtr stream, char *data, size_t nbytes)
{
    return fs_recv_flags(stream, data, nbytes, 0);
}

static int
fs_recv_hole(virStreamPtr stream, long long *length, unsigned int flags)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended || s->file.writes)
        return not_open();
    const Piece *piece = g_queue_peek_head(&s->pieces);
    *length = 0;
    if (!piece || !piece->hole)
        return 0;
    *length = piece->hole;
    s->queued -= sizeof(Piece);
    g_free(g_queue_pop_head(&s->pieces));
    wake(s);
    return 0;
}

/* --- events --- */

static void
on_timer(int timer, void *opaque)
{
    virStreamPtr stream = opaque;
    FileStream *s = stream->data;
    virStreamEventCallback cb = NULL;
    void *cb_opaque = NULL;
    vr_mutex_lock(&s->lock);
    int events = s->timer == timer ? ready(s) : 0;
    if (events) {
        cb = s->cb;
        cb_opaque = s->opaque;
    } else if (s->timer == timer) {
        vr_eventloop_update_timeout(timer, -1);
    }
    vr_mutex_unlock(&s->lock);
    if (cb)
        cb(stream, events, cb_opaque);
}

static void
free_timer(void *opaque)
{
    virStreamPtr stream = opaque;
    FileStream *s = stream->data;
    vr_mutex_lock(&s->lock);
    virFreeCallback ff = s->timer == -1 ? g_steal_pointer(&s->ff) : NULL;
    void *cb_opaque = s->opaque;
    vr_mutex_unlock(&s->lock);
    if (ff)
        ff(cb_opaque);
    vr_object_unref(stream);
}

static int
fs_add_callback(virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque, virFreeCallback ff)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->ended)
        return not_open();
    if (s->timer != -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream already has a callback registered");
    s->events = events;
    vr_handle_ref(stream);
    int timer = vr_eventloop_add_timeout(ready(s) ? 0 : -1, on_timer, stream, free_timer);
    if (timer < 0) {
        vr_object_unref(stream);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "cannot register file watch on stream");
    }
    s->timer = timer;
    s->cb = cb;
    s->opaque = opaque;
    s->ff = ff;
    return 0;
}

static int
fs_update_callback(virStreamPtr stream, int events)
{
    FileStream *s = stream->data;
    VR_SCOPED_LOCK(&s->lock);
    if (s->timer == -1)
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
    s->events = events;
    vr_eventloop_update_timeout(s->timer, ready(s) ? 0 : -1);
    return 0;
}

static bool
drop_callback(FileStream *s)
{
    vr_mutex_lock(&s->lock);
    int timer = s->timer;
    s->timer = -1;
    s->cb = NULL;
    vr_mutex_unlock(&s->lock);
    if (timer != -1)
        vr_eventloop_remove_timeout(timer);
    return timer != -1;
}

static int
fs_remove_callback(virStreamPtr stream)
{
    if (drop_callback(stream->data))
        return 0;
    return vr_error(VIR_FROM_STREAMS, VIR_ERR_INTERNAL_ERROR, "stream does not have a callback registered");
}

/* What was sent is in the file when this returns well. */
static int
close_stream(FileStream *s, bool aborted)
{
    drop_callback(s);
    VR_SCOPED_LOCK(&s->lock);
    s->ended = true;
    s->aborted |= aborted;
    wake(s);
    while (s->file.writes && !s->aborted && !s->finished)
        wait(s);
    return s->error && !aborted ? failed(s) : 0;
}

static int
fs_finish(virStreamPtr stream)
{
    return close_stream(stream->data, false);
}

static int
fs_abort(virStreamPtr stream)
{
    return close_stream(stream->data, true);
}

static void
fs_free(void *data)
{
    close_stream(data, true);
    vr_error_clear();
    unref(data);
}

static const VrStreamOps ops = {
    .streamSend = fs_send,
    .streamRecv = fs_recv,
    .streamEventAddCallback = fs_add_callback,
    .streamEventUpdateCallback = fs_update_callback,
    .streamEventRemoveCallback = fs_remove_callback,
    .streamFinish = fs_finish,
    .streamAbort = fs_abort,
    .streamRecvFlags = fs_recv_flags,
    .streamRecvHole = fs_recv_hole,
    .streamSendHole = fs_send_hole,
};

int
vr_filestream_open(virStreamPtr stream, const VrFileStream *file)
{
    if (stream->ops) {
        close(file->fd);
        return vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "stream is already in use");
    }
    FileStream *s = g_new0(FileStream, 1);
    s->refs = 2;
    s->file = *file;
    s->timer = -1;
    vr_mutex_init(&s->lock);
    vr_cond_init(&s->changed);
    g_queue_init(&s->pieces);
    stream->data = s;
    stream->data_free = fs_free;
    stream->ops = &ops;
    g_thread_unref(g_thread_new("file-stream", work, s));
    return 0;
}
