/* Cutting the agent's stream into messages: see agent_parse.h. */
#include "drivers/qemu/agent_parse.h"

#include <string.h>

void
qemu_agent_reader_init(QemuAgentReader *reader)
{
    reader->buffer = g_byte_array_new();
    reader->scanned = 0;
    reader->seeking = FALSE;
}

void
qemu_agent_reader_clear(QemuAgentReader *reader)
{
    g_clear_pointer(&reader->buffer, g_byte_array_unref);
}

void
qemu_agent_reader_seek(QemuAgentReader *reader)
{
    g_byte_array_set_size(reader->buffer, 0);
    reader->scanned = 0;
    reader->seeking = TRUE;
}

gboolean
qemu_agent_reader_feed(QemuAgentReader *reader, const void *bytes, gsize n)
{
    /* what was before a mark is of no use any more, whether somebody seeks it or not */
    const guint8 *mark = memrchr(bytes, QEMU_AGENT_MARK, n);
    if (mark) {
        n -= (gsize)(mark + 1 - (const guint8 *)bytes);
        bytes = mark + 1;
        g_byte_array_set_size(reader->buffer, 0);
        reader->scanned = 0;
        reader->seeking = FALSE;
    }
    if (reader->seeking)
        return TRUE;
    if (n > QEMU_AGENT_MAX_MESSAGE || reader->buffer->len > QEMU_AGENT_MAX_MESSAGE - n) {
        qemu_agent_reader_seek(reader);
        return FALSE;
    }
    g_byte_array_append(reader->buffer, bytes, (guint)n);
    return TRUE;
}

json_t *
qemu_agent_reader_next(QemuAgentReader *reader, gboolean *ret_broken)
{
    GByteArray *buffer = reader->buffer;
    *ret_broken = FALSE;
    for (;;) {
        const guint8 *end = buffer->len > reader->scanned
                                ? memchr(buffer->data + reader->scanned, '\n', buffer->len - reader->scanned)
                                : NULL;
        if (!end) {
            reader->scanned = buffer->len;
            return NULL;
        }
        gsize length = (gsize)(end - buffer->data), text = length;
        while (text > 0 && g_ascii_isspace((char)buffer->data[text - 1]))
            text--;
        /* jansson bounds the depth itself */
        json_t *message = text ? json_loadb((const char *)buffer->data, text, JSON_REJECT_DUPLICATES, NULL) : NULL;
        g_byte_array_remove_range(buffer, 0, (guint)length + 1);
        reader->scanned = 0;
        if (!text)
            continue;
        if (json_is_object(message))
            return message;
        json_decref(message);
        *ret_broken = TRUE;
        return NULL;
    }
}
