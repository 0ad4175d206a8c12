/* Reading and writing XDR, the encoding of everything on the wire: big-endian words, padded strings.
 *
 * Nothing here allocates on behalf of a peer: a message is checked as a whole against its layout first (rpc/wire.h), then
 * read in place.  Reading past the end is an error that sticks, so that a reader may ask once, at the end.  One thread at a
 * time for each cursor.
 */
#pragma once

#include <glib.h>
#include <string.h>

#define VR_XDR_STRING_MAX (4 * 1024 * 1024)

/* A message being written. */
typedef struct {
    guint8 *data;
    gsize len, room;
} VrOut;

/* A message being read.  Strings are terminated in place, over their own length, so a field is read once. */
typedef struct {
    guint8 *at, *end;
    gboolean failed;
} VrIn;

/* Room for N more bytes; grows by doubling. */
void vr_out_grow(VrOut *out, gsize n);
void vr_out_clear(VrOut *out);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrOut, vr_out_clear)

static inline guint8 *
vr_out_reserve(VrOut *out, gsize n)
{
    if (G_UNLIKELY(out->room - out->len < n))
        vr_out_grow(out, n);
    guint8 *at = out->data + out->len;
    out->len += n;
    return at;
}

static inline void
vr_store_u32(void *at, guint32 value)
{
    value = GUINT32_TO_BE(value);
    memcpy(at, &value, sizeof(value));
}

static inline guint32
vr_load_u32(const void *at)
{
    guint32 value;
    memcpy(&value, at, sizeof(value));
    return GUINT32_FROM_BE(value);
}

static inline void
vr_out_u32(VrOut *out, guint32 value)
{
    vr_store_u32(vr_out_reserve(out, 4), value);
}

static inline void
vr_out_u64(VrOut *out, guint64 value)
{
    value = GUINT64_TO_BE(value);
    memcpy(vr_out_reserve(out, 8), &value, sizeof(value));
}

void vr_out_double(VrOut *out, double value);

/* Bytes without a count, padded. */
void vr_out_fixed(VrOut *out, const void *data, gsize len);

/* Bytes after their count. */
void vr_out_bytes(VrOut *out, const void *data, gsize len);
void vr_out_string(VrOut *out, const char *s);

/* A flag, then the string unless it is NULL. */
void vr_out_string_or_null(VrOut *out, const char *s);

/* Each character as a word: what `char name<>` means in XDR. */
void vr_out_chars(VrOut *out, const char *data, gsize len);

/* N bytes where they are; NULL at the end of the message. */
static inline guint8 *
vr_in_take(VrIn *in, gsize n)
{
    if (G_UNLIKELY((gsize)(in->end - in->at) < n)) {
        in->failed = TRUE;
        return NULL;
    }
    guint8 *at = in->at;
    in->at += n;
    return at;
}

static inline guint32
vr_in_u32(VrIn *in)
{
    const guint8 *at = vr_in_take(in, 4);
    return at ? vr_load_u32(at) : 0;
}

static inline guint64
vr_in_u64(VrIn *in)
{
    const guint8 *at = vr_in_take(in, 8);
    guint64 value = 0;
    if (at)
        memcpy(&value, at, sizeof(value));
    return GUINT64_FROM_BE(value);
}

double vr_in_double(VrIn *in);

/* A count, at most the bytes that are left: each item takes at least four. */
guint32 vr_in_count(VrIn *in);

/* Never NULL unless the message has failed; valid as long as the message. */
char *vr_in_string(VrIn *in);
char *vr_in_string_or_null(VrIn *in);
guint8 *vr_in_bytes(VrIn *in, guint32 *ret_len);
const guint8 *vr_in_uuid(VrIn *in);

/* `char name<>` into a buffer of SIZE, cut and terminated; returns the characters written. */
gsize vr_in_chars(VrIn *in, char *buffer, gsize size);
/* `char name[N]`. */
void vr_in_chars_fixed(VrIn *in, gsize n, char *buffer, gsize size);
