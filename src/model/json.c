/* JSON out: a document as one object, named by its attributes and elements.
 *
 * Called by tools and the daemon's introspection, on any thread.
 */
#include "model/engine.h"

#include <string.h>

static void
quote(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char) *text;

        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", c);
        else if (c < ' ')
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_c(out, (char) c);
    }
    g_string_append_c(out, '"');
}

static void
put_scalar(GString *out, const VrRow *row, const void *field)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (row->kind->is_flag) {
        g_string_append(out, "true");
    } else if (row->kind->free == vr_kind_string.free && row->kind != &vr_kind_bitmap) {
        quote(out, *(char *const *) field);
    } else if (row->kind == &vr_kind_xml) {
        vr_xml_print(text, vr_xml_root(*(VrXmlTree *const *) field), 0);
        quote(out, text->str);
    } else {
        row->kind->format(text, row, field);
        if (row->kind->is_number && !row->fmt)
            g_string_append(out, text->str);
        else
            quote(out, text->str);
    }
}

static void put_object(GString *out, const VrDesc *desc, const void *object, unsigned flags);

static void
put_items(GString *out, const VrRow *row, const void *object, unsigned flags)
{
    size_t n = *(const size_t *) VR_FIELD_CONST(object, row->aux);
    const char *items = *(const char *const *) VR_FIELD_CONST(object, row->offset);

    g_string_append_c(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            g_string_append_c(out, ',');
        if (row->shape == VR_SHAPE_LIST)
            put_object(out, row->ref, ((void *const *) items)[i], flags);
        else
            put_scalar(out, row, items + i * row->kind->size);
    }
    g_string_append_c(out, ']');
}

static bool
is_absent(const VrRow *row, const void *object)
{
    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        return row->kind->is_default(row, VR_FIELD_CONST(object, row->offset));
    case VR_SHAPE_LIST:
    case VR_SHAPE_SCALARS:
        return *(const size_t *) VR_FIELD_CONST(object, row->aux) == 0;
    default:
        return !vr_row_child(row, object);
    }
}

static void
put_object(GString *out, const VrDesc *desc, const void *object, unsigned flags)
{
    const char *comma = "";

    g_string_append_c(out, '{');
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row->place == VR_AT_HOOK || row->place == VR_AT_HIDDEN || is_absent(row, object) ||
            !vr_row_applies(row, object) || row->flags & VR_ROW_WRITEONLY ||
            (row->flags & VR_ROW_SECURE && !(flags & VR_MODEL_SECURE)))
            continue;
        g_string_append(out, comma);
        comma = ",";
        quote(out, row->place == VR_AT_TEXT ? "value" : row->name);
        g_string_append_c(out, ':');
        if (row->shape == VR_SHAPE_SCALAR)
            put_scalar(out, row, VR_FIELD_CONST(object, row->offset));
        else if (row->shape == VR_SHAPE_LIST || row->shape == VR_SHAPE_SCALARS)
            put_items(out, row, object, flags);
        else
            put_object(out, row->ref, vr_row_child(row, object), flags);
    }
    g_string_append_c(out, '}');
}

char *
vr_model_json(const VrDesc *desc, const void *object, unsigned flags)
{
    GString *out = g_string_new(NULL);

    put_object(out, desc, object, flags);
    return g_string_free(out, FALSE);
}
