/* See wire.h: the engine that walks layouts. */
#include "rpc/wire.h"

#include <libvirt/libvirt.h>

typedef struct {
    const guint8 *at, *end;
} Walk;

static gboolean
take_word(Walk *walk, guint32 *ret)
{
    if (walk->end - walk->at < 4)
        return FALSE;
    *ret = vr_load_u32(walk->at);
    walk->at += 4;
    return TRUE;
}

static gboolean
take_words(Walk *walk, gsize n)
{
    if ((gsize)(walk->end - walk->at) / 4 < n)
        return FALSE;
    walk->at += n * 4;
    return TRUE;
}

static gboolean
take_bytes(Walk *walk, guint32 max)
{
    guint32 len;
    return take_word(walk, &len) && len <= max && take_words(walk, ((gsize)len + 3) / 4);
}

static gboolean
take_value(Walk *walk, guint32 max_string)
{
    guint32 type;
    if (!take_word(walk, &type))
        return FALSE;
    switch (type) {
    case VIR_TYPED_PARAM_INT:
    case VIR_TYPED_PARAM_UINT:
    case VIR_TYPED_PARAM_BOOLEAN:
        return take_words(walk, 1);
    case VIR_TYPED_PARAM_LLONG:
    case VIR_TYPED_PARAM_ULLONG:
    case VIR_TYPED_PARAM_DOUBLE:
        return take_words(walk, 2);
    case VIR_TYPED_PARAM_STRING:
        return take_bytes(walk, max_string);
    default:
        return FALSE;
    }
}

/* Types contain types only of the description, which has no cycles: the depth is that of the description. */
static gboolean
walk_type(Walk *walk, const guint32 *code)
{
    for (;; code++) {
        guint32 operand = VR_LAYOUT_OPERAND(*code), n;
        switch (VR_LAYOUT_OP(*code)) {
        case VR_LAYOUT_END:
            return TRUE;
        case VR_LAYOUT_WORDS:
            if (!take_words(walk, operand))
                return FALSE;
            break;
        case VR_LAYOUT_BYTES:
            if (!take_bytes(walk, operand))
                return FALSE;
            break;
        case VR_LAYOUT_MANY:
            code++;
            if (!take_word(walk, &n) || n > operand)
                return FALSE;
            for (; n > 0; n--) {
                if (!walk_type(walk, vr_layout_code + *code))
                    return FALSE;
            }
            break;
        case VR_LAYOUT_MAYBE:
            if (!take_word(walk, &n) || (n && !walk_type(walk, vr_layout_code + operand)))
                return FALSE;
            break;
        case VR_LAYOUT_TYPE:
            if (!walk_type(walk, vr_layout_code + operand))
                return FALSE;
            break;
        case VR_LAYOUT_VALUE:
            if (!take_value(walk, operand))
                return FALSE;
            break;
        default:
            return FALSE;
        }
    }
}

gboolean
vr_layout_check(guint32 layout, const guint8 *data, gsize len, gsize *ret_used)
{
    Walk walk = {data, data + len};
    if (!walk_type(&walk, vr_layout_code + layout))
        return FALSE;
    if (ret_used)
        *ret_used = (gsize)(walk.at - data);
    return TRUE;
}
