/* Whether a guest would see two definitions as one machine: the values that it sees must be the same.
 *
 * Called by whoever puts a definition under a guest that was saved, migrated or snapshotted, on any thread.
 * What a guest sees is marked in the description by what is said when it differs (the word "stable").
 */
#include "model/engine.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    int error_domain;
} Check;

/* A value for a message; what is not there is called so. */
static char *
shown(const VrRow *row, const void *field)
{
    g_autoptr(GString) out = NULL;

    if (row->kind->is_flag)
        return g_strdup(*(const bool *) field ? "on" : "default");
    if (row->kind == &vr_kind_enum) {
        const char *name = vr_enum_to_string(row->ref, *(const int *) field);

        return g_strdup(name ? name : "default");
    }
    if (row->kind->free && !*(void *const *) field)
        return g_strdup("<null>");
    out = g_string_new(NULL);
    row->kind->format(out, row, field);
    return g_strdup(out->str);
}

/* "%t" is the target's, "%s" the source's. */
static int
refuse(const Check *check, const char *text, const char *source, const char *target)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (; *text; text++) {
        if (text[0] == '%' && (text[1] == 't' || text[1] == 's'))
            g_string_append(out, *++text == 't' ? target : source);
        else
            g_string_append_c(out, *text);
    }
    return vr_error(check->error_domain, VIR_ERR_CONFIG_UNSUPPORTED, "%s", out->str);
}

static int check_object(const Check *check, const VrDesc *desc, const void *source, const void *target);

/* A part that is absent is one where nothing is set. */
static int
check_part(const Check *check, const VrRow *row, const void *source, const void *target)
{
    void *blank;
    int result;

    if (source == target)
        return 0;
    if (source && target)
        return check_object(check, row->ref, source, target);
    blank = vr_model_new(row->ref);
    result = check_object(check, row->ref, source ? source : blank, target ? target : blank);
    vr_model_free(row->ref, blank);
    return result;
}

static int
check_list(const Check *check, const VrRow *row, const void *source, const void *target)
{
    size_t n = *(const size_t *) VR_FIELD_CONST(source, row->aux), m = *(const size_t *) VR_FIELD_CONST(target, row->aux);
    void *const *from = *(void *const *const *) VR_FIELD_CONST(source, row->offset);
    void *const *to = *(void *const *const *) VR_FIELD_CONST(target, row->offset);

    if (n != m) {
        g_autofree char *before = g_strdup_printf("%zu", n);
        g_autofree char *after = g_strdup_printf("%zu", m);

        return refuse(check, row->stable, before, after);
    }
    for (size_t i = 0; i < n; i++) {
        if (check_object(check, row->ref, from[i], to[i]) < 0)
            return -1;
    }
    return 0;
}

static int
check_scalar(const Check *check, const VrRow *row, const void *source, const void *target)
{
    const void *x = VR_FIELD_CONST(source, row->offset), *y = VR_FIELD_CONST(target, row->offset);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;

    if (row->kind->equal(x, y))
        return 0;
    before = shown(row, x);
    after = shown(row, y);
    return refuse(check, row->stable, before, after);
}

static int
check_object(const Check *check, const VrDesc *desc, const void *source, const void *target)
{
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        int result = 0;

        if (row->place == VR_AT_HOOK || row->flags & VR_ROW_AGAIN)
            continue;
        switch ((VrShape) row->shape) {
        case VR_SHAPE_SCALAR:
            result = row->stable ? check_scalar(check, row, source, target) : 0;
            break;
        case VR_SHAPE_LIST:
            result = row->stable ? check_list(check, row, source, target) : 0;
            break;
        case VR_SHAPE_SCALARS:
            break;
        case VR_SHAPE_FLAT:
            result = check_object(check, row->ref, source, target);
            break;
        case VR_SHAPE_CHILD:
        case VR_SHAPE_INLINE:
            result = check_part(check, row, vr_row_child(row, source), vr_row_child(row, target));
            break;
        }
        if (result < 0)
            return -1;
    }
    return 0;
}

int
vr_model_check_stable(const VrDesc *desc, const void *source, const void *target)
{
    const Check check = {.error_domain = desc->error_domain};

    return check_object(&check, desc, source, target);
}
