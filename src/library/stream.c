/* Streams: making one, and the helpers that move everything through it.
 *
 * The helpers are public functions over public functions; a driver provides only send, recv and holes.
 */
#include <libvirt/libvirt.h>

#include <errno.h>
#include <string.h>

#include "base/entry.h"

#define BUFFER_SIZE (64 * 1024)

virStreamPtr
virStreamNew(virConnectPtr conn, unsigned int flags)
{
    vr_api_begin("virStreamNew", VIR_FROM_STREAMS);
    vr_api_trace("conn=%p flags=0x%x", (void *)conn, flags);
    if (vr_api_not_a(conn, VR_CONNECT))
        return vr_api_fail(NULL), NULL;
    if (vr_api_unknown_flags(flags, VIR_STREAM_NONBLOCK))
        return vr_api_fail(conn), NULL;
    return vr_stream_new(conn, flags);
}

int
virStreamAbort(virStreamPtr stream)
{
    vr_api_begin("virStreamAbort", VIR_FROM_STREAMS);
    vr_api_trace("stream=%p", (void *)stream);
    if (vr_api_not_a(stream, VR_STREAM))
        return vr_api_fail(NULL), -1;
    if (!stream->ops)
        return 0; /* nothing was begun */
    if (!stream->ops->streamAbort)
        vr_api_unsupported();
    else if (stream->ops->streamAbort(stream) == 0)
        return 0;
    return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
}

/* The checks that all four helpers share; 0 or -1 with the error handed over. */
static int
begin_all(const char *function, virStreamPtr stream, const void *handler)
{
    vr_api_begin(function, VIR_FROM_STREAMS);
    vr_api_trace("stream=%p", (void *)stream);
    if (vr_api_not_a(stream, VR_STREAM))
        return vr_api_fail(NULL), -1;
    if (vr_api_null(handler, "handler"))
        return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
    if (stream->flags & VIR_STREAM_NONBLOCK) {
        vr_error(VIR_FROM_STREAMS, VIR_ERR_OPERATION_INVALID, "data %s cannot be used with non-blocking streams",
                 strstr(function, "Send") ? "sources" : "sinks");
        return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
    }
    return 0;
}

/* The application's callback failed: abort the stream and report that, unless it did. */
static int
abort_all(const char *function, virStreamPtr stream, const char *what)
{
    virErrorPtr saved = vr_error_save();
    int reason = errno;
    virStreamAbort(stream);
    vr_api_begin(function, VIR_FROM_STREAMS);
    if (saved)
        vr_error_restore(saved);
    else
        vr_error_system(VIR_FROM_STREAMS, reason ? reason : EIO, "%s", what);
    return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
}

static int
send_buffer(virStreamPtr stream, const char *data, size_t len)
{
    while (len > 0) {
        int n = virStreamSend(stream, data, len);
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int
virStreamSendAll(virStreamPtr stream, virStreamSourceFunc handler, void *opaque)
{
    if (begin_all("virStreamSendAll", stream, (const void *)(guintptr)handler) < 0)
        return -1;
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    for (;;) {
        errno = 0;
        int got = handler(stream, buffer, BUFFER_SIZE, opaque);
        if (got < 0)
            return abort_all("virStreamSendAll", stream, "send handler failed");
        if (got == 0)
            return 0;
        if (send_buffer(stream, buffer, (size_t)got) < 0)
            return -1;
    }
}

int
virStreamSparseSendAll(virStreamPtr stream, virStreamSourceFunc handler, virStreamSourceHoleFunc holeHandler,
                       virStreamSourceSkipFunc skipHandler, void *opaque)
{
    if (begin_all("virStreamSparseSendAll", stream, (const void *)(guintptr)handler) < 0)
        return -1;
    if (vr_api_null((const void *)(guintptr)holeHandler, "holeHandler") ||
        vr_api_null((const void *)(guintptr)skipHandler, "skipHandler"))
        return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    for (;;) {
        int in_data = 0;
        long long section = 0;
        errno = 0;
        if (holeHandler(stream, &in_data, &section, opaque) < 0)
            return abort_all("virStreamSparseSendAll", stream, "send holeHandler failed");
        if (!in_data && section) {
            if (virStreamSendHole(stream, section, 0) < 0)
                return -1;
            if (skipHandler(stream, section, opaque) < 0)
                return abort_all("virStreamSparseSendAll", stream, "send skipHandler failed");
            continue;
        }
        size_t want = (size_t)CLAMP(section, 0, BUFFER_SIZE);
        int got = handler(stream, buffer, want, opaque);
        if (got < 0)
            return abort_all("virStreamSparseSendAll", stream, "send handler failed");
        if (got == 0)
            return 0;
        if (send_buffer(stream, buffer, (size_t)got) < 0)
            return -1;
    }
}

static int
sink_buffer(virStreamPtr stream, virStreamSinkFunc handler, const char *data, size_t len, void *opaque)
{
    while (len > 0) {
        errno = 0;
        int n = handler(stream, data, len, opaque);
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int
virStreamRecvAll(virStreamPtr stream, virStreamSinkFunc handler, void *opaque)
{
    if (begin_all("virStreamRecvAll", stream, (const void *)(guintptr)handler) < 0)
        return -1;
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    for (;;) {
        int got = virStreamRecv(stream, buffer, BUFFER_SIZE);
        if (got <= 0)
            return got < 0 ? -1 : 0;
        if (sink_buffer(stream, handler, buffer, (size_t)got, opaque) < 0)
            return abort_all("virStreamRecvAll", stream, "recv handler failed");
    }
}

int
virStreamSparseRecvAll(virStreamPtr stream, virStreamSinkFunc handler, virStreamSinkHoleFunc holeHandler, void *opaque)
{
    if (begin_all("virStreamSparseRecvAll", stream, (const void *)(guintptr)handler) < 0)
        return -1;
    if (vr_api_null((const void *)(guintptr)holeHandler, "holeHandler"))
        return vr_api_fail(VR_OBJECT_CONN(stream)), -1;
    g_autofree char *buffer = g_malloc(BUFFER_SIZE);
    for (;;) {
        int got = virStreamRecvFlags(stream, buffer, BUFFER_SIZE, VIR_STREAM_RECV_STOP_AT_HOLE);
        if (got == -3) {
            long long hole = 0;
            if (virStreamRecvHole(stream, &hole, 0) < 0)
                return -1;
            errno = 0;
            if (holeHandler(stream, hole, opaque) < 0)
                return abort_all("virStreamSparseRecvAll", stream, "recv holeHandler failed");
            continue;
        }
        if (got <= 0)
            return got < 0 ? -1 : 0;
        if (sink_buffer(stream, handler, buffer, (size_t)got, opaque) < 0)
            return abort_all("virStreamSparseRecvAll", stream, "recv handler failed");
    }
}
