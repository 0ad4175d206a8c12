/* Objects without XML: made, copied, freed, compared, walked for differences.
 *
 * Called by everyone who owns a document, on any thread.
 */
#include "model/engine.h"

#include <string.h>

const void *
vr_row_child(const VrRow *row, const void *object)
{
    switch (row->shape) {
    case VR_SHAPE_FLAT:
        return object;
    case VR_SHAPE_INLINE:
        return VR_FIELD_CONST(object, row->offset);
    default:
        return *(void *const *) VR_FIELD_CONST(object, row->offset);
    }
}

bool
vr_row_applies(const VrRow *row, const void *object)
{
    int value;

    if (!row->when)
        return true;
    value = *(const int *) VR_FIELD_CONST(object, row->when_offset);
    return value >= 0 && value < 64 && (row->when >> value & 1);
}

static size_t *
row_count(const VrRow *row, const void *object)
{
    return VR_FIELD(object, row->aux);
}

/* Hooks have no field; variants of one element share it with the first of them. */
static bool
row_owns(const VrRow *row)
{
    return row->place != VR_AT_HOOK && !(row->flags & VR_ROW_AGAIN);
}

void
vr_desc_init(const VrDesc *desc, void *object)
{
    if (!desc->has_defaults)
        return;
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        void *field = VR_FIELD(object, row->offset);

        if (!row_owns(row))
            continue;
        if (row->shape == VR_SHAPE_FLAT || row->shape == VR_SHAPE_INLINE)
            vr_desc_init(row->ref, row->shape == VR_SHAPE_FLAT ? object : field);
        else if (row->shape == VR_SHAPE_SCALAR && row->def) {
            if (row->kind->size == sizeof(bool))
                *(bool *) field = row->def != 0;
            else if (row->kind->size == sizeof(int))
                *(int *) field = (int) row->def;
            else
                *(long long *) field = row->def;
        }
    }
}

void *
vr_model_new(const VrDesc *desc)
{
    void *object = g_malloc0(desc->size);

    vr_desc_init(desc, object);
    return object;
}

void
vr_desc_clear(const VrDesc *desc, void *object)
{
    if (desc->clear)
        desc->clear(object);
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        void *field = VR_FIELD(object, row->offset);
        char *items;

        if (!row_owns(row))
            continue;
        switch ((VrShape) row->shape) {
        case VR_SHAPE_SCALAR:
            if (row->kind->free)
                row->kind->free(field);
            break;
        case VR_SHAPE_SCALARS:
            items = *(char **) field;
            for (size_t i = 0; row->kind->free && i < *row_count(row, object); i++)
                row->kind->free(items + i * row->kind->size);
            g_free(items);
            break;
        case VR_SHAPE_CHILD:
            vr_model_free(row->ref, *(void **) field);
            break;
        case VR_SHAPE_INLINE:
            vr_desc_clear(row->ref, field);
            break;
        case VR_SHAPE_LIST:
            for (size_t i = 0; i < *row_count(row, object); i++)
                vr_model_free(row->ref, (*(void ***) field)[i]);
            g_free(*(void **) field);
            break;
        case VR_SHAPE_FLAT:
            vr_desc_clear(row->ref, object);
            break;
        }
    }
}

void
vr_model_free(const VrDesc *desc, void *object)
{
    if (!object)
        return;
    vr_desc_clear(desc, object);
    g_free(object);
}

static void copy_into(const VrDesc *desc, void *to, const void *from);

static void
copy_row(const VrRow *row, void *to, const void *from)
{
    void *field = VR_FIELD(to, row->offset);
    const void *source = VR_FIELD_CONST(from, row->offset);
    size_t n;

    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        row->kind->copy(field, source);
        if (row->flags & VR_ROW_OPT)
            *(bool *) VR_FIELD(to, row->aux) = *(const bool *) VR_FIELD_CONST(from, row->aux);
        break;
    case VR_SHAPE_SCALARS:
        n = *row_count(row, to) = *row_count(row, from);
        *(char **) field = n ? g_malloc0_n(n, row->kind->size) : NULL;
        for (size_t i = 0; i < n; i++)
            row->kind->copy(*(char **) field + i * row->kind->size,
                            *(char *const *) source + i * row->kind->size);
        break;
    case VR_SHAPE_CHILD:
        *(void **) field = vr_model_copy(row->ref, *(void *const *) source);
        break;
    case VR_SHAPE_INLINE:
        copy_into(row->ref, field, source);
        break;
    case VR_SHAPE_LIST:
        n = *row_count(row, to) = *row_count(row, from);
        *(void ***) field = n ? g_new0(void *, n) : NULL;
        for (size_t i = 0; i < n; i++)
            (*(void ***) field)[i] = vr_model_copy(row->ref, (*(void **const *) source)[i]);
        break;
    case VR_SHAPE_FLAT:
        copy_into(row->ref, to, from);
        break;
    }
}

static void
copy_into(const VrDesc *desc, void *to, const void *from)
{
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row_owns(row))
            copy_row(row, to, from);
    }
}

void *
vr_model_copy(const VrDesc *desc, const void *object)
{
    void *copy;

    if (!object)
        return NULL;
    copy = g_malloc0(desc->size);
    copy_into(desc, copy, object);
    return copy;
}

/* Fields that count in a comparison. */
static bool
row_counts(const VrRow *row)
{
    return row_owns(row) && !(row->flags & VR_ROW_ASIDE);
}

/* A child that holds nothing says as much as none, unless its presence says something. */
static bool
child_is_blank(const VrRow *row, const void *child)
{
    const VrDesc *desc = row->ref;
    void *blank;
    bool equal;

    if (row->flags & (VR_ROW_KEEP | VR_ROW_OPEN | VR_ROW_REQUIRED))
        return false;
    blank = vr_model_new(desc);
    if (row->flags & VR_ROW_PASS)
        *(int *) VR_FIELD(blank, desc->passed_offset) = *(const int *) VR_FIELD_CONST(child, desc->passed_offset);
    equal = vr_model_equal(desc, child, blank);
    vr_model_free(desc, blank);
    return equal;
}

static bool
row_equal(const VrRow *row, const void *a, const void *b)
{
    const void *x = VR_FIELD_CONST(a, row->offset), *y = VR_FIELD_CONST(b, row->offset);

    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        return row->kind->equal(x, y);
    case VR_SHAPE_SCALARS:
        if (*row_count(row, a) != *row_count(row, b))
            return false;
        for (size_t i = 0; i < *row_count(row, a); i++) {
            if (!row->kind->equal(*(char *const *) x + i * row->kind->size,
                                  *(char *const *) y + i * row->kind->size))
                return false;
        }
        return true;
    case VR_SHAPE_LIST:
        if (*row_count(row, a) != *row_count(row, b))
            return false;
        for (size_t i = 0; i < *row_count(row, a); i++) {
            if (!vr_model_equal(row->ref, (*(void **const *) x)[i], (*(void **const *) y)[i]))
                return false;
        }
        return true;
    default:
        x = vr_row_child(row, a);
        y = vr_row_child(row, b);
        return x && y ? vr_model_equal(row->ref, x, y) : x == y || child_is_blank(row, x ? x : y);
    }
}

bool
vr_model_equal(const VrDesc *desc, const void *a, const void *b)
{
    if (!a || !b)
        return a == b;
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row_counts(row) && !row_equal(row, a, b))
            return false;
    }
    return true;
}

void
vr_model_list_insert(void *items, size_t *count, size_t at, void *item)
{
    void ***list = items;

    *list = g_renew(void *, *list, *count + 1);
    memmove(*list + at + 1, *list + at, (*count - at) * sizeof(void *));
    (*list)[at] = item;
    (*count)++;
}

void
vr_model_list_add(void *items, size_t *count, void *item)
{
    vr_model_list_insert(items, count, *count, item);
}

void *
vr_model_list_take(void *items, size_t *count, size_t at)
{
    void **list = *(void ***) items;
    void *item = list[at];

    (*count)--;
    memmove(list + at, list + at + 1, (*count - at) * sizeof(void *));
    return item;
}

/* --- differences ------------------------------------------------------------------------------ */

typedef struct {
    GString *path;
    VrModelDiffFunc func;
    void *opaque;
} Diff;

static char *
field_text(const VrRow *row, const void *field)
{
    GString *out;

    if (!field || (row->kind->is_default(row, field) && !row->def))
        return NULL;
    out = g_string_new(NULL);
    if (row->kind->format)
        row->kind->format(out, row, field);
    return g_string_free(out, FALSE);
}

static void
diff_scalar(Diff *diff, const VrRow *row, const void *a, const void *b)
{
    g_autofree char *before = field_text(row, a);
    g_autofree char *after = field_text(row, b);

    diff->func(diff->path->str, before, after, diff->opaque);
}

static void diff_object(Diff *diff, const VrDesc *desc, const void *a, const void *b);

static void
diff_items(Diff *diff, const VrRow *row, const void *a, const void *b)
{
    size_t n_a = a ? *row_count(row, a) : 0, n_b = b ? *row_count(row, b) : 0, len = diff->path->len;
    const char *x = a ? *(char *const *) VR_FIELD_CONST(a, row->offset) : NULL;
    const char *y = b ? *(char *const *) VR_FIELD_CONST(b, row->offset) : NULL;
    size_t size = row->shape == VR_SHAPE_LIST ? sizeof(void *) : row->kind->size;

    for (size_t i = 0; i < MAX(n_a, n_b); i++) {
        const void *left = i < n_a ? x + i * size : NULL, *right = i < n_b ? y + i * size : NULL;

        g_string_append_printf(diff->path, "[%zu]", i + 1);
        if (row->shape == VR_SHAPE_LIST)
            diff_object(diff, row->ref, left ? *(void *const *) left : NULL,
                        right ? *(void *const *) right : NULL);
        else if (!left || !right || !row->kind->equal(left, right))
            diff_scalar(diff, row, left, right);
        g_string_truncate(diff->path, len);
    }
}

static void
diff_object(Diff *diff, const VrDesc *desc, const void *a, const void *b)
{
    size_t len = diff->path->len;

    if (!a && !b)
        return;
    if (!a || !b)
        diff->func(diff->path->str, a ? "present" : NULL, b ? "present" : NULL, diff->opaque);
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        const void *x = a ? VR_FIELD_CONST(a, row->offset) : NULL;
        const void *y = b ? VR_FIELD_CONST(b, row->offset) : NULL;

        if (!row_counts(row) || (a && b && row_equal(row, a, b)))
            continue;
        if (row->place != VR_AT_TEXT)
            g_string_append_printf(diff->path, "%s%s%s", len ? "/" : "",
                                   row->place == VR_AT_ATTR ? "@" : "", row->name);
        if (row->shape == VR_SHAPE_LIST || row->shape == VR_SHAPE_SCALARS)
            diff_items(diff, row, a, b);
        else if (row->shape != VR_SHAPE_SCALAR)
            diff_object(diff, row->ref, a ? vr_row_child(row, a) : NULL,
                        b ? vr_row_child(row, b) : NULL);
        else if (x && y ? !row->kind->equal(x, y) : !row->kind->is_default(row, x ? x : y))
            diff_scalar(diff, row, x, y);
        g_string_truncate(diff->path, len);
    }
}

void
vr_model_diff(const VrDesc *desc, const void *old_object, const void *new_object,
              VrModelDiffFunc func, void *opaque)
{
    Diff diff = {g_string_new(NULL), func, opaque};

    diff_object(&diff, desc, old_object, new_object);
    g_string_free(diff.path, TRUE);
}
