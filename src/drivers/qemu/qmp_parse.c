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

/* QEMU has numbers that only unsigned integers hold; a message with one is read with all of them as reals. */
static json_t *
parse(const char *text, gsize n)
{
    json_error_t error;
    json_t *message = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (!message && json_error_code(&error) == json_error_numeric_overflow)
        message = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    return message;
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
        json_t *message = text ? parse((const char *)buffer->data, text) : NULL;
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
