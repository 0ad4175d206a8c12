/* The guest agent's byte stream as messages: a JSON object per line, each of bounded size, with a mark (0xFF) where the agent
 * begins anew.
 *
 * Pure; one thread per reader.  Bytes come from inside the guest.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

#define QEMU_AGENT_MAX_MESSAGE (10u << 20)
#define QEMU_AGENT_MARK 0xFF

typedef struct {
    GByteArray *buffer;
    gsize scanned;    /* no line ends before this place */
    gboolean seeking; /* nothing counts before the next mark */
} QemuAgentReader;

void qemu_agent_reader_init(QemuAgentReader *reader);
void qemu_agent_reader_clear(QemuAgentReader *reader);
/* Forget what has come so far, and what comes before the next mark. */
void qemu_agent_reader_seek(QemuAgentReader *reader);
/* FALSE when the message under way grows too long: it is forgotten up to the next mark. */
gboolean qemu_agent_reader_feed(QemuAgentReader *reader, const void *bytes, gsize n);
/* The next whole message (the caller's), NULL when there is none yet; RET_BROKEN tells that a line was none. */
json_t *qemu_agent_reader_next(QemuAgentReader *reader, gboolean *ret_broken);
