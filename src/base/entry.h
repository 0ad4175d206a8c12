/* What every generated entry point calls: begin, the checks, the end.
 *
 * A check named vr_api_BAD() returns TRUE after it has set the error; the entry point then ends with
 * vr_api_fail(), which hands the error to the application.  Any thread.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/log.h"
#include "base/uuid.h"

static inline void
vr_api_begin(const char *name, int domain)
{
    vr_api_call.name = name;
    vr_api_call.domain = domain;
    vr_error_clear();
}

#define vr_api_trace(...)                                                                          \
    do {                                                                                           \
        if (G_UNLIKELY(vr_log_from() <= VR_LOG_DEBUG))                                             \
            vr_api_trace_line(__VA_ARGS__);                                                        \
    } while (0)

void vr_api_trace_line(const char *format, ...) G_GNUC_PRINTF(1, 2);

static inline const char *
vr_api_text(const char *s)
{
    return s ? s : "(null)";
}

/* Hand the thread's error to the connection's or the application's callback. */
void vr_api_fail(virConnectPtr conn);

/* The driver has no such operation. */
void vr_api_unsupported(void);

gboolean vr_api_report_kind(VrKind kind);
gboolean vr_api_report_read_only(void);
/* Argument NAME is refused: TRUE, with the error set.  DEMAND is what it "must be". */
gboolean vr_api_refuse(const char *name, const char *demand);
gboolean vr_api_report_invalid(const char *name, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline gboolean
vr_api_not_a(const void *p, VrKind kind)
{
    return G_UNLIKELY(!vr_handle_is(p, vr_kinds[kind].magic)) && vr_api_report_kind(kind);
}

static inline gboolean
vr_api_read_only(virConnectPtr conn)
{
    return G_UNLIKELY(conn->flags & VIR_CONNECT_RO) && vr_api_report_read_only();
}

static inline gboolean
vr_api_null(const void *p, const char *name)
{
    return G_UNLIKELY(!p) && vr_api_refuse(name, "must not be NULL");
}

static inline gboolean
vr_api_not_positive(long long n, const char *name)
{
    return G_UNLIKELY(n <= 0) && vr_api_refuse(name, "must be greater than zero");
}

static inline gboolean
vr_api_not_nonnegative(long long n, const char *name)
{
    return G_UNLIKELY(n < 0) && vr_api_refuse(name, "must be zero or greater");
}

static inline gboolean
vr_api_not_nonzero(unsigned long long n, const char *name)
{
    return G_UNLIKELY(n == 0) && vr_api_refuse(name, "must not be zero");
}

gboolean vr_api_not_below(long long n, long long limit, const char *name);
gboolean vr_api_exceeds(unsigned long long n, unsigned long long limit, const char *name);

/* A count that comes in as the room in ARRAY and goes out as the number of items. */
gboolean vr_api_bad_count(const int *count, const void *array, const char *count_name, const char *array_name);

/* PATH made absolute; NULL with the error set when there is no working folder. */
char *vr_api_path(const char *path);

/* Typed parameters that come from the application: known types, terminated names, no duplicates. */
gboolean vr_api_bad_params(virTypedParameterPtr params, int nparams);

gboolean vr_api_unknown_flags(unsigned int flags, unsigned int known);
/* The same in the name of the driver that serves CONN. */
gboolean vr_api_unknown_flags_to(virConnectPtr conn, unsigned int flags, unsigned int known);
gboolean vr_api_exclusive(unsigned int flags, unsigned int one, unsigned int two, const char *one_name,
                          const char *two_name);
gboolean vr_api_requires(unsigned int flags, unsigned int needed, unsigned int by, const char *needed_name,
                         const char *by_name);
gboolean vr_api_secure_denied(virConnectPtr conn, unsigned int flags, unsigned int secure);
gboolean vr_api_bad_uuid(const char *text, unsigned char *ret_uuid);
