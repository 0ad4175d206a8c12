/* See xdr.h. */
#include "rpc/xdr.h"

#define PADDED(n) (((n) + 3) & ~(gsize)3)

void
vr_out_grow(VrOut *out, gsize n)
{
    gsize room = MAX(out->room, 256);
    while (room - out->len < n)
        room *= 2;
    out->data = g_realloc(out->data, room);
    out->room = room;
}

void
vr_out_clear(VrOut *out)
{
    g_free(out->data);
    *out = (VrOut){0};
}

void
vr_out_double(VrOut *out, double value)
{
    guint64 bits;
    memcpy(&bits, &value, sizeof(bits));
    vr_out_u64(out, bits);
}

void
vr_out_fixed(VrOut *out, const void *data, gsize len)
{
    guint8 *at = vr_out_reserve(out, PADDED(len));
    if (len % 4)
        memset(at + len - len % 4, 0, 4);
    if (len)
        memcpy(at, data, len);
}

void
vr_out_bytes(VrOut *out, const void *data, gsize len)
{
    vr_out_u32(out, (guint32)len);
    vr_out_fixed(out, data, len);
}

void
vr_out_string(VrOut *out, const char *s)
{
    vr_out_bytes(out, s, strlen(s));
}

void
vr_out_string_or_null(VrOut *out, const char *s)
{
    vr_out_u32(out, s != NULL);
    if (s)
        vr_out_string(out, s);
}

void
vr_out_chars(VrOut *out, const char *data, gsize len)
{
    vr_out_u32(out, (guint32)len);
    for (gsize i = 0; i < len; i++)
        vr_out_u32(out, (guint32)(gint32)(signed char)data[i]);
}

double
vr_in_double(VrIn *in)
{
    guint64 bits = vr_in_u64(in);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

guint32
vr_in_count(VrIn *in)
{
    guint32 n = vr_in_u32(in);
    if (n > (gsize)(in->end - in->at) / 4) {
        in->failed = TRUE;
        return 0;
    }
    return n;
}

guint8 *
vr_in_bytes(VrIn *in, guint32 *ret_len)
{
    guint32 len = vr_in_u32(in);
    guint8 *at = in->failed ? NULL : vr_in_take(in, PADDED((gsize)len));
    if (at)
        *ret_len = len;
    return at;
}

char *
vr_in_string(VrIn *in)
{
    guint32 len;
    guint8 *at = vr_in_bytes(in, &len);
    if (!at)
        return NULL;
    /* The length is known now: its four bytes make the room for the end. */
    memmove(at - 4, at, len);
    at[(gssize)len - 4] = 0;
    return (char *)at - 4;
}

char *
vr_in_string_or_null(VrIn *in)
{
    return vr_in_u32(in) ? vr_in_string(in) : NULL;
}

const guint8 *
vr_in_uuid(VrIn *in)
{
    return vr_in_take(in, 16);
}

void
vr_in_chars_fixed(VrIn *in, gsize n, char *buffer, gsize size)
{
    const guint8 *at = vr_in_take(in, n * 4);
    for (gsize i = 0; at && i < n && i < size; i++)
        buffer[i] = (char)vr_load_u32(at + i * 4);
    if (size)
        buffer[at ? MIN(n, size - 1) : 0] = '\0';
}

gsize
vr_in_chars(VrIn *in, char *buffer, gsize size)
{
    guint32 n = vr_in_count(in);
    vr_in_chars_fixed(in, n, buffer, size);
    return size ? MIN(n, size - 1) : 0;
}
