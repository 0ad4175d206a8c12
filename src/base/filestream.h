/* Streams between a client and a file: a volume's upload and download, with holes where the file has them.
 *
 * One thread per stream does the reading or writing, so that a slow disk holds up nobody else; what waits between it and the
 * stream is bounded.  The stream's operations may run on any thread; its event callback runs on the event loop's.
 */
#pragma once

#include <glib.h>

#include "base/object.h"

typedef struct {
    int fd;                 /* taken over */
    gboolean writes;        /* an upload */
    gboolean sparse;        /* holes are told, not sent */
    unsigned long long at;  /* the first byte */
    unsigned long long length; /* of a download, and at most of an upload; 0: to the end, without a bound */
    /* Called once, on any thread, when the stream has ended and the file is closed. */
    void (*done)(void *opaque);
    void *opaque;
} VrFileStream;

/* Make STREAM carry FILE's bytes.  -1 with the error set when it is in use already; FILE's descriptor is closed then and DONE is
 * not called. */
int vr_filestream_open(virStreamPtr stream, const VrFileStream *file);
