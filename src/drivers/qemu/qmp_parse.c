/* Cutting QMP's stream into messages: see qmp_parse.h. */
#include "drivers/qemu/qmp_parse.h"

#include <string.h>

void
qemu_qmp_reader_init(QemuQmpReader *reader)
{
    reader->buffer = g_byte_array_new();
    reader->scanned = 0;
}

void
qemu_qmp_reader_clear(QemuQmpReader *reader)
{
    g_clear_pointer(&reader->buffer, g_byte_array_unref);
}

gboolean
qemu_qmp_reader_feed(QemuQmpReader *reader, const void *bytes, gsize n)
{
    if (n > QEMU_QMP_MAX_MESSAGE || reader->buffer->len > QEMU_QMP_MAX_MESSAGE - n)
        return FALSE;
    g_byte_array_append(reader->buffer, bytes, (guint)n);
    return TRUE;
}

json_t *
qemu_qmp_reader_next(QemuQmpReader *reader, gboolean *ret_broken)
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
        gsize length = (gsize)(end - buffer->data);
        gsize text = length;
        while (text > 0 && (buffer->data[text - 1] == '\r' || buffer->data[text - 1] == ' '))
            text--;
        /* jansson bounds the depth itself */
        json_t *message = text ? json_loadb((const char *)buffer->data, text, JSON_REJECT_DUPLICATES, NULL) : NULL;
        g_byte_array_remove_range(buffer, 0, (guint)length + 1);
        reader->scanned = 0;
        if (!text)
            continue;
        if (!json_is_object(message)) {
            json_decref(message);
            *ret_broken = TRUE;
            return NULL;
        }
        return message;
    }
}
