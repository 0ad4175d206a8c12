/* See params.h. */
#include "base/params.h"

#include <string.h>

#include "base/error.h"

static const char *const type_names[] = {
    [VIR_TYPED_PARAM_INT] = "int",       [VIR_TYPED_PARAM_UINT] = "uint",
    [VIR_TYPED_PARAM_LLONG] = "llong",   [VIR_TYPED_PARAM_ULLONG] = "ullong",
    [VIR_TYPED_PARAM_DOUBLE] = "double", [VIR_TYPED_PARAM_BOOLEAN] = "boolean",
    [VIR_TYPED_PARAM_STRING] = "string",
};

static const char *
type_name(int type)
{
    if (type <= 0 || (gsize)type >= G_N_ELEMENTS(type_names))
        return "unknown";
    return type_names[type];
}

int
vr_param_index(const virTypedParameter *param, const VrParamSpec *specs)
{
    for (int i = 0; specs[i].name; i++) {
        if (strncmp(param->field, specs[i].name, sizeof(param->field)) == 0)
            return i;
    }
    return -1;
}

int
vr_params_check(const virTypedParameter *params, int nparams, const VrParamSpec *specs)
{
    for (int i = 0; i < nparams; i++) {
        const virTypedParameter *param = &params[i];
        int at = vr_param_index(param, specs);
        if (at < 0)
            return vr_error(VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED, "parameter '%.*s' not supported",
                            VIR_TYPED_PARAM_FIELD_LENGTH, param->field);
        if (param->type != specs[at].type)
            return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "invalid type '%s' for parameter '%s', expected '%s'",
                            type_name(param->type), specs[at].name, type_name(specs[at].type));
        for (int j = 0; j < i && !specs[at].multi; j++) {
            if (vr_param_index(&params[j], specs) == at)
                return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "parameter '%s' occurs multiple times",
                                specs[at].name);
        }
    }
    return 0;
}

static virTypedParameterPtr
slot(virTypedParameterPtr params, int n, int i, const char *name, int type)
{
    if (i >= n)
        return NULL;
    memset(&params[i], 0, sizeof(params[i]));
    g_strlcpy(params[i].field, name, sizeof(params[i].field));
    params[i].type = type;
    return &params[i];
}

static virTypedParameterPtr
grow(VrParams *list, const char *name, int type)
{
    if (list->n == list->room) {
        list->room = MAX(8, list->room * 2);
        list->params = g_renew(virTypedParameter, list->params, list->room);
    }
    list->n++;
    return slot(list->params, list->n, list->n - 1, name, type);
}

#define SETTERS(suffix, ctype, tag, member, own)                                                   \
    void vr_param_set_##suffix(virTypedParameterPtr params, int n, int i, const char *name, ctype value) \
    {                                                                                              \
        virTypedParameterPtr to = slot(params, n, i, name, tag);                                   \
        if (to)                                                                                    \
            to->value.member = own(value);                                                         \
    }                                                                                              \
    void vr_params_add_##suffix(VrParams *list, const char *name, ctype value)                     \
    {                                                                                              \
        grow(list, name, tag)->value.member = own(value);                                          \
    }

#define AS_IS(value) (value)
#define AS_BYTE(value) ((char)((value) ? 1 : 0))
#define AS_COPY(value) g_strdup((value) ? (value) : "")

SETTERS(int, int, VIR_TYPED_PARAM_INT, i, AS_IS)
SETTERS(uint, unsigned int, VIR_TYPED_PARAM_UINT, ui, AS_IS)
SETTERS(ullong, unsigned long long, VIR_TYPED_PARAM_ULLONG, ul, AS_IS)
SETTERS(llong, long long, VIR_TYPED_PARAM_LLONG, l, AS_IS)
SETTERS(double, double, VIR_TYPED_PARAM_DOUBLE, d, AS_IS)
SETTERS(bool, bool, VIR_TYPED_PARAM_BOOLEAN, b, AS_BYTE)
SETTERS(string, const char *, VIR_TYPED_PARAM_STRING, s, AS_COPY)

void
vr_params_clear(VrParams *list)
{
    for (int i = 0; i < list->n; i++) {
        if (list->params[i].type == VIR_TYPED_PARAM_STRING)
            g_free(list->params[i].value.s);
    }
    g_free(list->params);
    *list = (VrParams){0};
}
