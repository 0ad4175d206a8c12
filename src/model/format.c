/* Printing: objects into XML, by walking the descriptor tables into one buffer.
 *
 * Called through the typed wrappers on any thread.  An element that turns out empty is taken back, so no
 * row has to know in advance whether it will print anything.
 */
#include "model/engine.h"

#include <string.h>

#include "model/put.h"

static void print_rows(VrFormat *format, const VrDesc *desc, const void *object);

void
vr_print_line(VrFormat *format)
{
    static const char spaces[] = "                                                                ";
    int left = format->indent;

    if (!format->first)
        g_string_append_c(format->out, '\n');
    if (!format->first && format->gaps && format->indent <= 2)
        g_string_append_c(format->out, '\n');
    format->first = false;
    format->lines++;
    for (; left > 0; left -= (int) sizeof(spaces) - 1)
        vr_put(format->out, spaces, MIN((size_t) left, sizeof(spaces) - 1));
}

void
vr_print_attr(GString *out, const char *name, const char *value)
{
    if (!value)
        return;
    g_string_append_c(out, ' ');
    vr_put_text(out, name);
    vr_put_text(out, "='");
    vr_xml_escape(out, value);
    g_string_append_c(out, '\'');
}

static void
print_name(GString *out, const char *prefix, const char *name)
{
    if (prefix) {
        vr_put_text(out, prefix);
        g_string_append_c(out, ':');
    }
    vr_put_text(out, name);
}

static bool
may_print(const VrFormat *format, const VrRow *row, const void *object)
{
    unsigned flags = format->flags, hidden = VR_ROW_WRITEONLY;

    if (flags & VR_MODEL_INACTIVE)
        hidden |= VR_ROW_LIVE;
    else
        hidden |= VR_ROW_INACTIVE;
    if (!(flags & VR_MODEL_SECURE))
        hidden |= VR_ROW_SECURE;
    if (!(flags & VR_MODEL_STATUS))
        hidden |= VR_ROW_STATUS;
    if (flags & VR_MODEL_MIGRATABLE)
        hidden |= VR_ROW_UNMIGRATABLE;
    return !(row->flags & hidden) && vr_row_applies(row, object) &&
           (!row->show || row->show(object, format));
}

static bool
has_value(const VrRow *row, const void *object)
{
    const void *field = VR_FIELD_CONST(object, row->offset);

    if (row->flags & VR_ROW_OPT)
        return *(const bool *) VR_FIELD_CONST(object, row->aux);
    if (row->kind == &vr_kind_enum && !vr_enum_to_string(row->ref, *(const int *) field))
        return false;
    if (row->flags & VR_ROW_ALWAYS && row->kind->size != sizeof(char *))
        return true;
    if (row->flags & VR_ROW_ALWAYS)
        return row->kind->is_number || *(void *const *) field;
    return !row->kind->is_default(row, field);
}

static void
print_unit(VrFormat *format, const VrRow *row, const void *field)
{
    if (row->kind->unit)
        vr_print_attr(format->out, "unit",
                      row->kind->unit_of ? row->kind->unit_of(field) : row->kind->unit);
}

static void
print_attr(VrFormat *format, const VrRow *row, const void *object)
{
    if (!has_value(row, object))
        return;
    g_string_append_c(format->out, ' ');
    print_name(format->out, row->prefix, row->name);
    vr_put_text(format->out, "='");
    row->kind->format(format->out, row, VR_FIELD_CONST(object, row->offset));
    g_string_append_c(format->out, '\'');
    print_unit(format, row, VR_FIELD_CONST(object, row->offset));
}

static void
print_scalar(VrFormat *format, const VrRow *row, const void *field)
{
    GString *out = format->out;

    if (row->kind == &vr_kind_xml) {
        vr_print_line(format);
        vr_xml_print(out, vr_xml_root(*(VrXmlTree *const *) field), format->indent);
        return;
    }
    vr_print_line(format);
    g_string_append_c(out, '<');
    print_name(out, row->prefix, row->name);
    print_unit(format, row, field);
    if (row->kind->is_flag) {
        vr_put_text(out, "/>");
        return;
    }
    g_string_append_c(out, '>');
    row->kind->format(out, row, field);
    vr_put_text(out, "</");
    print_name(out, row->prefix, row->name);
    g_string_append_c(out, '>');
}

static bool
row_is_empty(const VrRow *row, const void *object)
{
    if (row->shape == VR_SHAPE_LIST || row->shape == VR_SHAPE_SCALARS)
        return *(const size_t *) VR_FIELD_CONST(object, row->aux) == 0;
    if (row->shape == VR_SHAPE_SCALAR)
        return !has_value(row, object);
    if (row->shape == VR_SHAPE_FLAT) {
        const VrDesc *desc = row->ref;

        for (const VrRow *part = desc->rows; part < desc->rows + desc->n_rows; part++) {
            if (!row_is_empty(part, object))
                return false;
        }
        return true;
    }
    return !vr_row_child(row, object);
}

static void
print_attrs(VrFormat *format, const VrDesc *desc, const void *object)
{
    for (const VrRow *row = desc->rows; row < desc->rows + desc->attrs_end; row++) {
        if (row->place == VR_AT_ATTR && may_print(format, row, object))
            print_attr(format, row, object);
        else if (row->place == VR_AT_HOOK && row->flags & VR_ROW_ATTRS && row->format_hook)
            row->format_hook(format, object);
        else if (row->place == VR_AT_TEXT && row->kind->unit && has_value(row, object))
            print_unit(format, row, VR_FIELD_CONST(object, row->offset));
    }
}

/* Foreign namespaces are declared where their element hangs. */
static void
print_namespaces(VrFormat *format, const VrDesc *desc, const void *object)
{
    const char *last = NULL;

    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row->ns && g_strcmp0(last, row->prefix) != 0 && !row_is_empty(row, object)) {
            g_string_append_printf(format->out, " xmlns:%s='%s'", row->prefix, row->ns);
            last = row->prefix;
        }
    }
}

static void
print_element(VrFormat *format, const char *prefix, const char *tag, const VrDesc *desc,
              const void *object, unsigned row_flags)
{
    GString *out = format->out;
    size_t start = out->len, lines = format->lines, after_name, after_attrs, content;

    if (desc->show && !desc->show(object, format))
        return;
    vr_print_line(format);
    g_string_append_c(out, '<');
    print_name(out, prefix, tag);
    after_name = out->len;
    print_attrs(format, desc, object);
    print_namespaces(format, desc, object);
    after_attrs = out->len;
    g_string_append_c(out, '>');
    content = out->len;
    format->indent += 2;
    print_rows(format, desc, object);
    format->indent -= 2;
    if (out->len == content && !(row_flags & VR_ROW_OPEN)) {
        if (after_attrs == after_name && !(row_flags & VR_ROW_KEEP)) {
            g_string_truncate(out, start);
            format->lines = lines;
            return;
        }
        g_string_truncate(out, after_attrs);
        vr_put_text(out, "/>");
        return;
    }
    /* text is closed on its own line's end, elements on a line of their own */
    if (format->lines > lines + 1 || out->len == content) {
        bool gaps = format->gaps;

        format->gaps = gaps && format->indent == 0;
        vr_print_line(format);
        format->gaps = gaps;
    }
    vr_put_text(out, "</");
    print_name(out, prefix, tag);
    g_string_append_c(out, '>');
}

static void
print_list(VrFormat *format, const VrRow *row, const void *object)
{
    size_t n = *(const size_t *) VR_FIELD_CONST(object, row->aux);
    void *const *items = *(void *const *const *) VR_FIELD_CONST(object, row->offset);
    const VrDesc *desc = row->ref;

    for (size_t i = 0; i < n; i++) {
        const char *tag = row->name;

        if (row->flags & VR_ROW_TAG)
            tag = vr_enum_to_string(desc->tags, *(int *) VR_FIELD(items[i], desc->tag_offset));
        print_element(format, row->prefix, tag, desc, items[i], row->flags | VR_ROW_KEEP);
    }
}

/* An element within its parent's memory that surely comes out empty. */
static bool
is_silent(const VrRow *row, const void *child)
{
    const VrDesc *desc = row->ref;
    const unsigned char *bytes = child;

    /* all zeroes: the first byte is one, and every other equals the one before it */
    return row->shape == VR_SHAPE_INLINE && desc->silent && !(row->flags & (VR_ROW_KEEP | VR_ROW_OPEN)) && desc->size > 0 &&
           !bytes[0] && memcmp(bytes, bytes + 1, desc->size - 1) == 0;
}

static void
print_row(VrFormat *format, const VrRow *row, const void *object)
{
    const void *field = VR_FIELD_CONST(object, row->offset);
    const void *child;
    size_t n;

    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        if (has_value(row, object))
            print_scalar(format, row, field);
        break;
    case VR_SHAPE_SCALARS:
        n = *(const size_t *) VR_FIELD_CONST(object, row->aux);
        for (size_t i = 0; i < n; i++)
            print_scalar(format, row, *(const char *const *) field + i * row->kind->size);
        break;
    case VR_SHAPE_LIST:
        print_list(format, row, object);
        break;
    default:
        child = vr_row_child(row, object);
        if (child && !is_silent(row, child) && (!(row->flags & VR_ROW_OPT) || *(const bool *) VR_FIELD_CONST(object, row->aux)))
            print_element(format, row->prefix, row->name, row->ref, child, row->flags);
        break;
    }
}

static void
print_rows(VrFormat *format, const VrDesc *desc, const void *object)
{
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row->place == VR_AT_HOOK && !(row->flags & VR_ROW_ATTRS) && row->format_hook)
            row->format_hook(format, object);
        else if (row->place == VR_AT_ELEMENT && may_print(format, row, object))
            print_row(format, row, object);
        else if (row->place == VR_AT_TEXT && may_print(format, row, object) && has_value(row, object))
            row->kind->format(format->out, row, VR_FIELD_CONST(object, row->offset));
    }
}

int
vr_format_element(VrFormat *format, const VrDesc *desc, const char *tag, const void *object,
                  unsigned row_flags)
{
    print_element(format, NULL, tag, desc, object, row_flags);
    return 0;
}

int
vr_model_format_to(GString *out, const VrDesc *desc, const char *tag, const void *object,
                   unsigned flags, int indent)
{
    VrFormat format = {.out = out, .flags = flags, .indent = indent, .root = object, .gaps = desc->gaps,
                       .first = true};

    vr_format_element(&format, desc, tag ? tag : desc->tag, object, VR_ROW_KEEP | (desc->tag ? VR_ROW_OPEN : 0));
    g_string_append_c(out, '\n');
    return 0;
}

/* Where documents are put together; every thread keeps its own, unless one made it large. */
#define MAX_KEPT 65536

static void
buffer_free(void *buffer)
{
    g_string_free(buffer, TRUE);
}

static GPrivate spare_buffer = G_PRIVATE_INIT(buffer_free);

char *
vr_model_format(const VrDesc *desc, const void *object, unsigned flags)
{
    GString *out = g_private_get(&spare_buffer);
    char *text;

    g_private_set(&spare_buffer, NULL); /* a hook may print a document of its own meanwhile */
    if (!out)
        out = g_string_sized_new(8192);
    vr_model_format_to(out, desc, NULL, object, flags, 0);
    text = g_memdup2(out->str, out->len + 1);
    if (out->allocated_len > MAX_KEPT || g_private_get(&spare_buffer)) {
        g_string_free(out, TRUE);
        return text;
    }
    g_string_truncate(out, 0);
    g_private_set(&spare_buffer, out);
    return text;
}
