/* The slow paths of entry.h: errors about the call itself, and their hand-over to the application. */
#include "base/entry.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>


void
vr_api_trace_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vr_log(VR_LOG_DEBUG, "library", "%s: %s", vr_api_call.name, text);
}

void
vr_api_fail(virConnectPtr conn)
{
    if (!vr_error_is_set())
        vr_error(vr_api_call.domain, VIR_ERR_INTERNAL_ERROR, "%s failed without saying why", vr_api_call.name);
    vr_error_dispatch(conn);
}

void
vr_api_unsupported(void)
{
    vr_error(vr_api_call.domain, VIR_ERR_NO_SUPPORT, "%s", vr_api_call.name);
}

gboolean
vr_api_report_kind(VrKind kind)
{
    const VrKindInfo *info = &vr_kinds[kind];
    vr_error(info->error_domain < 0 ? vr_api_call.domain : info->error_domain, info->error_code, "%s",
             vr_api_call.name);
    return TRUE;
}

gboolean
vr_api_report_read_only(void)
{
    vr_error(vr_api_call.domain, VIR_ERR_OPERATION_DENIED, "read only access prevents %s", vr_api_call.name);
    return TRUE;
}

/* The whole message is the text: these errors carry no "invalid argument: " in front. */
gboolean
vr_api_report_invalid(const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vr_error_raise(vr_api_call.domain, VIR_ERR_INVALID_ARG, VIR_ERR_ERROR, vr_api_call.name, name, NULL, 0, 0, text);
    return TRUE;
}

gboolean
vr_api_refuse(const char *name, const char *demand)
{
    return vr_api_report_invalid(name, "%s in %s %s", name, vr_api_call.name, demand);
}

gboolean
vr_api_not_below(long long n, long long limit, const char *name)
{
    return n >= limit && vr_api_report_invalid(name, "%s in %s must be less than %lld", name, vr_api_call.name, limit);
}

gboolean
vr_api_exceeds(unsigned long long n, unsigned long long limit, const char *name)
{
    return n > limit &&
           vr_api_report_invalid(name, "%s in %s must not be greater than %llu", name, vr_api_call.name, limit);
}

gboolean
vr_api_bad_count(const int *count, const void *array, const char *count_name, const char *array_name)
{
    if (*count < 0)
        return vr_api_refuse(count_name, "must be zero or greater");
    return *count > 0 && vr_api_null(array, array_name);
}

char *
vr_api_path(const char *path)
{
    if (path[0] == '/')
        return g_strdup(path);
    g_autofree char *folder = getcwd(NULL, 0);
    if (folder)
        return g_build_filename(folder, path, NULL);
    vr_error_system(vr_api_call.domain, errno, "cannot make '%s' absolute", path);
    return NULL;
}

gboolean
vr_api_bad_params(virTypedParameterPtr params, int nparams)
{
    if (nparams < 0)
        return vr_api_not_nonnegative(nparams, "nparams");
    for (int i = 0; params && i < nparams; i++) {
        if (strnlen(params[i].field, VIR_TYPED_PARAM_FIELD_LENGTH) == VIR_TYPED_PARAM_FIELD_LENGTH)
            return vr_api_report_invalid("params", "string parameter name '%.*s' too long", VIR_TYPED_PARAM_FIELD_LENGTH,
                                         params[i].field);
        if (params[i].type == VIR_TYPED_PARAM_STRING && !params[i].value.s)
            return vr_api_report_invalid("params", "NULL string parameter '%s'", params[i].field);
    }
    return FALSE;
}

gboolean
vr_api_unknown_flags(unsigned int flags, unsigned int known)
{
    return G_UNLIKELY(flags & ~known) && vr_flags_check(flags, known, vr_api_call.domain) < 0;
}

gboolean
vr_api_unknown_flags_to(virConnectPtr conn, unsigned int flags, unsigned int known)
{
    const VrDriver *driver = conn->extra->driver;
    if (driver && driver->far)
        return FALSE;
    gboolean own = driver && driver->error_domain && (!driver->companions || vr_api_call.domain == VIR_FROM_DOM);
    int domain = own ? driver->error_domain : vr_api_call.domain;
    return G_UNLIKELY(flags & ~known) && vr_flags_check(flags, known, domain) < 0;
}

gboolean
vr_api_exclusive(unsigned int flags, unsigned int one, unsigned int two, const char *one_name, const char *two_name)
{
    return (flags & one) && (flags & two) &&
           vr_api_report_invalid("flags", "Flags '%s' and '%s' are mutually exclusive", one_name, two_name);
}

gboolean
vr_api_requires(unsigned int flags, unsigned int needed, unsigned int by, const char *needed_name, const char *by_name)
{
    return (flags & by) && !(flags & needed) &&
           vr_api_report_invalid("flags", "Flag '%s' is required by flag '%s'", needed_name, by_name);
}

gboolean
vr_api_secure_denied(virConnectPtr conn, unsigned int flags, unsigned int secure)
{
    if (!(flags & secure) || !(conn->flags & VIR_CONNECT_RO))
        return FALSE;
    vr_error(vr_api_call.domain, VIR_ERR_OPERATION_DENIED, "%s with secure flag", vr_api_call.name);
    return TRUE;
}

gboolean
vr_api_bad_uuid(const char *text, unsigned char *ret_uuid)
{
    if (vr_uuid_parse(text, ret_uuid))
        return FALSE;
    return vr_api_refuse("uuidstr", "must be a valid UUID");
}
