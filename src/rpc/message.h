/* Framing: a length that counts itself, a header of six words, the payload. */
#pragma once

#include "rpc/xdr.h"

enum {
    VR_MESSAGE_LENGTH = 4,
    VR_MESSAGE_HEADER = 24,
    VR_MESSAGE_PREFIX = VR_MESSAGE_LENGTH + VR_MESSAGE_HEADER,
    VR_MESSAGE_MAX = 33554436, /* the length word's largest value */
    VR_MESSAGE_STREAM_MAX = 262120, /* bytes of a stream in one message */
    VR_MESSAGE_FDS_MAX = 32,
};

typedef enum {
    VR_MESSAGE_CALL,
    VR_MESSAGE_REPLY,
    VR_MESSAGE_EVENT,
    VR_MESSAGE_STREAM,
    VR_MESSAGE_CALL_WITH_FDS,
    VR_MESSAGE_REPLY_WITH_FDS,
    VR_MESSAGE_STREAM_HOLE,
} VrMessageType;

typedef enum {
    VR_MESSAGE_OK,
    VR_MESSAGE_ERROR,
    VR_MESSAGE_CONTINUE,
} VrMessageStatus;

typedef struct {
    guint32 program, version;
    gint32 proc;
    guint32 type, serial, status;
} VrHeader;

/* Begin a message: room for the length, then the header. */
static inline void
vr_message_begin(VrOut *out, const VrHeader *header)
{
    const guint32 words[] = {0, header->program, header->version, (guint32)header->proc, header->type, header->serial,
                             header->status};
    guint8 *at = vr_out_reserve(out, sizeof(words));
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        vr_store_u32(at + i * 4, words[i]);
}

/* Fill in the length of the message that began at START. */
static inline void
vr_message_end(VrOut *out, gsize start)
{
    vr_store_u32(out->data + start, (guint32)(out->len - start));
}

/* DATA has VR_MESSAGE_PREFIX bytes at least. */
static inline void
vr_message_header(const guint8 *data, VrHeader *ret_header)
{
    *ret_header = (VrHeader){
        .program = vr_load_u32(data + 4),
        .version = vr_load_u32(data + 8),
        .proc = (gint32)vr_load_u32(data + 12),
        .type = vr_load_u32(data + 16),
        .serial = vr_load_u32(data + 20),
        .status = vr_load_u32(data + 24),
    };
}
