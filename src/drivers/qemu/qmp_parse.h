/* QMP's byte stream as messages: one JSON object per line, each of bounded size.
 *
 * Pure; one thread per reader.  Bytes come from a process that a guest may control.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

#define QEMU_QMP_MAX_MESSAGE (16u << 20) /* the longest that QEMU has is its own schema, an eightieth of this */

typedef struct {
    GByteArray *buffer;
    gsize scanned; /* no line ends before this place */
} QemuQmpReader;

void qemu_qmp_reader_init(QemuQmpReader *reader);
void qemu_qmp_reader_clear(QemuQmpReader *reader);
/* FALSE when the message under way grows too long. */
gboolean qemu_qmp_reader_feed(QemuQmpReader *reader, const void *bytes, gsize n);
/* The next whole message (the caller's), NULL when there is none yet; RET_BROKEN tells that the stream is not QMP. */
json_t *qemu_qmp_reader_next(QemuQmpReader *reader, gboolean *ret_broken);
