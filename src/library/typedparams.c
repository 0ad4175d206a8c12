/* virTypedParams*: arrays of named, typed values.
 *
 * The kinds are one table: which union member, how large, how a text becomes one.  The public functions are thin
 * rows over two workers, get() and add().
 */
#include <libvirt/libvirt.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"

typedef union {
    int i;
    unsigned int ui;
    long long int l;
    unsigned long long int ul;
    double d;
    char b;
    char *s;
} Value;

G_STATIC_ASSERT(sizeof(Value) == sizeof(((virTypedParameterPtr)NULL)->value));

static gboolean
from_int(const char *text, Value *ret)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    ret->i = (int)n;
    return end != text && !*end && !errno && n == ret->i;
}

static gboolean
from_uint(const char *text, Value *ret)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    gboolean negative = strchr(text, '-') != NULL;
    ret->ui = (unsigned int)n;
    /* "-1" means the largest value, as it always has. */
    return end != text && !*end && !errno && (negative ? -(long)n <= G_MAXINT : n == ret->ui);
}

static gboolean
from_llong(const char *text, Value *ret)
{
    char *end;
    errno = 0;
    ret->l = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

static gboolean
from_ullong(const char *text, Value *ret)
{
    char *end;
    errno = 0;
    ret->ul = strtoull(text, &end, 10);
    return end != text && !*end && !errno;
}

static gboolean
from_double(const char *text, Value *ret)
{
    char *end;
    ret->d = g_ascii_strtod(text, &end);
    return end != text && !*end;
}

static gboolean
from_boolean(const char *text, Value *ret)
{
    ret->b = text[0] == '1';
    return (text[0] == '0' || text[0] == '1') && !text[1];
}

static gboolean
from_string(const char *text, Value *ret)
{
    ret->s = g_strdup(text);
    return TRUE;
}

typedef struct {
    const char *name;
    size_t size;
    gboolean (*from_text)(const char *text, Value *ret);
} TypeInfo;

static const TypeInfo types[] = {
    [VIR_TYPED_PARAM_INT] = {"int", sizeof(int), from_int},
    [VIR_TYPED_PARAM_UINT] = {"uint", sizeof(unsigned int), from_uint},
    [VIR_TYPED_PARAM_LLONG] = {"llong", sizeof(long long), from_llong},
    [VIR_TYPED_PARAM_ULLONG] = {"ullong", sizeof(unsigned long long), from_ullong},
    [VIR_TYPED_PARAM_DOUBLE] = {"double", sizeof(double), from_double},
    [VIR_TYPED_PARAM_BOOLEAN] = {"boolean", sizeof(char), from_boolean},
    [VIR_TYPED_PARAM_STRING] = {"string", sizeof(char *), from_string},
};

static const char *
type_name(int type)
{
    return type > 0 && (size_t)type < G_N_ELEMENTS(types) ? types[type].name : "unknown";
}

static virTypedParameterPtr
find(virTypedParameterPtr params, int nparams, const char *name)
{
    for (int i = 0; params && name && i < nparams; i++) {
        if (strncmp(params[i].field, name, VIR_TYPED_PARAM_FIELD_LENGTH) == 0)
            return &params[i];
    }
    return NULL;
}

virTypedParameterPtr
virTypedParamsGet(virTypedParameterPtr params, int nparams, const char *name)
{
    vr_error_clear();
    return find(params, nparams, name);
}

static int
get(const char *function, virTypedParameterPtr params, int nparams, const char *name, int type, void *ret_value)
{
    vr_api_begin(function, VIR_FROM_NONE);
    if (vr_api_null(name, "name"))
        return vr_api_fail(NULL), -1;
    virTypedParameterPtr param = find(params, nparams, name);
    if (!param)
        return 0;
    if (param->type != type) {
        vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "Invalid type '%s' requested for parameter '%s', actual type is '%s'", type_name(type), name,
                 type_name(param->type));
        return vr_api_fail(NULL), -1;
    }
    if (ret_value)
        memcpy(ret_value, &param->value, types[type].size);
    return 1;
}

static int
grow(virTypedParameterPtr *params, int nparams, int *maxparams)
{
    if (*maxparams > nparams)
        return 0;
    if (nparams >= G_MAXINT / 2)
        return vr_error(VIR_FROM_NONE, VIR_ERR_NO_MEMORY, "%d typed parameters are too many", nparams);
    int max = nparams < 16 ? 16 : nparams * 2;
    /* The application frees the array with virTypedParamsFree(), or with free(). */
    virTypedParameterPtr bigger = realloc(*params, (size_t)max * sizeof(**params));
    if (!bigger)
        return vr_error(VIR_FROM_NONE, VIR_ERR_NO_MEMORY, NULL);
    memset(bigger + nparams, 0, (size_t)(max - nparams) * sizeof(*bigger));
    *params = bigger;
    *maxparams = max;
    return 0;
}

static int
add(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int type, const Value *value)
{
    if (strlen(name) >= VIR_TYPED_PARAM_FIELD_LENGTH)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Field name '%s' too long", name);
    if (grow(params, *nparams, maxparams) < 0)
        return -1;
    virTypedParameterPtr param = &(*params)[*nparams];
    memset(param, 0, sizeof(*param));
    g_strlcpy(param->field, name, sizeof(param->field));
    param->type = type;
    memcpy(&param->value, value, types[type].size);
    ++*nparams;
    return 0;
}

static int
add_checked(const char *function, virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int type,
            const Value *value)
{
    vr_api_begin(function, VIR_FROM_NONE);
    if (vr_api_null(params, "params") || vr_api_null(nparams, "nparams") || vr_api_null(maxparams, "maxparams") ||
        vr_api_null(name, "name") || add(params, nparams, maxparams, name, type, value) < 0)
        return vr_api_fail(NULL), -1;
    return 0;
}

#define GETTER(Name, TYPE, ctype)                                                                  \
    int virTypedParamsGet##Name(virTypedParameterPtr params, int nparams, const char *name, ctype *value) \
    {                                                                                              \
        return get("virTypedParamsGet" #Name, params, nparams, name, VIR_TYPED_PARAM_##TYPE, value); \
    }

#define ADDER(Name, TYPE, ctype, member)                                                           \
    int virTypedParamsAdd##Name(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, ctype value) \
    {                                                                                              \
        Value v = {.member = value};                                                               \
        return add_checked("virTypedParamsAdd" #Name, params, nparams, maxparams, name,            \
                           VIR_TYPED_PARAM_##TYPE, &v);                                            \
    }

GETTER(Int, INT, int)
GETTER(UInt, UINT, unsigned int)
GETTER(LLong, LLONG, long long)
GETTER(ULLong, ULLONG, unsigned long long)
GETTER(Double, DOUBLE, double)
GETTER(String, STRING, const char *)

ADDER(Int, INT, int, i)
ADDER(UInt, UINT, unsigned int, ui)
ADDER(LLong, LLONG, long long, l)
ADDER(ULLong, ULLONG, unsigned long long, ul)
ADDER(Double, DOUBLE, double, d)

int
virTypedParamsGetBoolean(virTypedParameterPtr params, int nparams, const char *name, int *value)
{
    char flag = 0;
    int rc = get("virTypedParamsGetBoolean", params, nparams, name, VIR_TYPED_PARAM_BOOLEAN, &flag);
    if (rc > 0 && value)
        *value = !!flag;
    return rc;
}

int
virTypedParamsAddBoolean(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int value)
{
    Value v = {.b = (char)!!value};
    return add_checked("virTypedParamsAddBoolean", params, nparams, maxparams, name, VIR_TYPED_PARAM_BOOLEAN, &v);
}

int
virTypedParamsAddString(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, const char *value)
{
    g_autofree char *copy = g_strdup(value);
    Value v = {.s = copy};
    int rc = add_checked("virTypedParamsAddString", params, nparams, maxparams, name, VIR_TYPED_PARAM_STRING, &v);
    if (rc == 0)
        copy = NULL;
    return rc;
}

int
virTypedParamsAddStringList(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name,
                            const char **values)
{
    for (; values && *values; values++) {
        if (virTypedParamsAddString(params, nparams, maxparams, name, *values) < 0)
            return -1;
    }
    return 0;
}

int
virTypedParamsAddFromString(virTypedParameterPtr *params, int *nparams, int *maxparams, const char *name, int type,
                            const char *value)
{
    Value v = {0};
    vr_api_begin("virTypedParamsAddFromString", VIR_FROM_NONE);
    if (vr_api_null(value, "value"))
        return vr_api_fail(NULL), -1;
    if (type <= 0 || (size_t)type >= G_N_ELEMENTS(types)) {
        vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "unexpected type %d for field %s", type, vr_api_text(name));
        return vr_api_fail(NULL), -1;
    }
    if (!types[type].from_text(value, &v)) {
        vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Invalid value for field '%s': expected %s", vr_api_text(name),
                 type_name(type));
        return vr_api_fail(NULL), -1;
    }
    int rc = add_checked("virTypedParamsAddFromString", params, nparams, maxparams, name, type, &v);
    if (rc < 0 && type == VIR_TYPED_PARAM_STRING)
        g_free(v.s);
    return rc;
}

void
virTypedParamsClear(virTypedParameterPtr params, int nparams)
{
    for (int i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING)
            g_clear_pointer(&params[i].value.s, g_free);
    }
}

void
virTypedParamsFree(virTypedParameterPtr params, int nparams)
{
    virTypedParamsClear(params, nparams);
    free(params);
}
