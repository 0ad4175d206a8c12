/* Streams over a descriptor that tells when it is ready: terminals, sockets, pipes.
 *
 * The stream's operations may run on any thread; its event callback runs on the event loop's.
 */
#pragma once

#include <glib.h>

#include "base/object.h"

/* Make STREAM read and write FD, which is taken over and made non-blocking.  GONE(DATA) is called once when the stream has ended, on
 * the thread that ended it; it may be NULL.  -1 with the error set when the stream is in use already. */
int vr_fdstream_open(virStreamPtr stream, int fd, GDestroyNotify gone, void *data);

/* What lies behind such a stream, for who may have to end it while another uses it. */
typedef struct VrFdStream VrFdStream;
static inline VrFdStream *
vr_fdstream_of(virStreamPtr stream)
{
    return stream->data;
}
VrFdStream *vr_fdstream_ref(VrFdStream *s);
void vr_fdstream_unref(VrFdStream *s);
/* End it from outside: what uses it from now on gets an error, who watches it is told so.  TRUE: GONE is not
 * called; FALSE: it has been, or is being called. */
gboolean vr_fdstream_cut(VrFdStream *s);
