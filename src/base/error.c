/* The calling thread's last error.
 *
 * One virError record per thread, created on first use and freed with the thread.  Rooms fill it through
 * vr_error*(); the library's entry points hand it to the application (src/library/error.c).
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/error_names.h"
#include "base/log.h"
#include "base/process.h"

void
vr_error_reset(virErrorPtr err)
{
    g_free(err->message);
    g_free(err->str1);
    g_free(err->str2);
    g_free(err->str3);
    memset(err, 0, sizeof(*err));
}

void
vr_error_copy(virErrorPtr to, const virError *from)
{
    vr_error_reset(to);
    *to = *from;
    to->message = g_strdup(from->message);
    to->str1 = g_strdup(from->str1);
    to->str2 = g_strdup(from->str2);
    to->str3 = g_strdup(from->str3);
}

static void
record_free(void *data)
{
    vr_error_reset(data);
    g_free(data);
}

static GPrivate last = G_PRIVATE_INIT(record_free);

virErrorPtr
vr_error_last(void)
{
    virErrorPtr err = g_private_get(&last);
    if (!err) {
        err = g_new0(virError, 1);
        g_private_set(&last, err);
    }
    return err;
}

gboolean
vr_error_is_set(void)
{
    virErrorPtr err = g_private_get(&last);
    return err && err->code != VIR_ERR_OK;
}

void
vr_error_clear(void)
{
    virErrorPtr err = g_private_get(&last);
    if (!err || err->code == VIR_ERR_OK)
        return;
    vr_error_reset(err);
}

/* That a client asks a daemon for what is not there is no trouble of the daemon's. */
static VrLogLevel
log_level_of(int code)
{
    static const int everyday[] = {
        VIR_ERR_NO_DOMAIN,   VIR_ERR_NO_NETWORK,   VIR_ERR_NO_STORAGE_POOL, VIR_ERR_NO_STORAGE_VOL,     VIR_ERR_NO_NODE_DEVICE,
        VIR_ERR_NO_INTERFACE, VIR_ERR_NO_NWFILTER, VIR_ERR_NO_SECRET,       VIR_ERR_NO_DOMAIN_SNAPSHOT, VIR_ERR_NO_DOMAIN_CHECKPOINT,
        VIR_ERR_NO_NWFILTER_BINDING, VIR_ERR_NO_NETWORK_PORT, VIR_ERR_OPERATION_INVALID, VIR_ERR_NO_SUPPORT, VIR_ERR_NO_CONNECT,
    };
    for (gsize i = 0; vr_process_is_daemon() && i < G_N_ELEMENTS(everyday); i++) {
        if (everyday[i] == code)
            return VR_LOG_DEBUG;
    }
    return VR_LOG_ERROR;
}

void
vr_error_raise(int domain, int code, virErrorLevel level, const char *str1, const char *str2,
               const char *str3, int int1, int int2, const char *message)
{
    /* The strings may be the ones that the record holds now: copy before clearing. */
    virError fresh = {
        .code = code,
        .domain = domain,
        .level = level,
        .message = g_strdup(message),
        .str1 = g_strdup(str1),
        .str2 = g_strdup(str2),
        .str3 = g_strdup(str3),
        .int1 = int1,
        .int2 = int2,
    };
    vr_error_clear();
    *vr_error_last() = fresh;
    /* On stderr they are printed already, unless the application looks after them itself. */
    if (vr_log_to_chosen_outputs)
        vr_log(log_level_of(code), "error", "%s", message ? message : "");
}

char *
vr_error_message(int code, const char *info)
{
    const char *shape = vr_error_shape(code, info != NULL);
    if (!shape)
        return g_strdup_printf("unknown error code %d%s%s", code, info ? ": " : "", info ? info : "");
    const char *hole = strstr(shape, "%s");
    if (!hole || !info)
        return g_strdup(shape);
    return g_strdup_printf("%.*s%s%s", (int)(hole - shape), shape, info, hole + 2);
}

static void set_error(int domain, int code, const char *format, va_list args) G_GNUC_PRINTF(3, 0);

static void
set_error(int domain, int code, const char *format, va_list args)
{
    int keep = errno;
    g_autofree char *info = format ? g_strdup_vprintf(format, args) : NULL;
    g_autofree char *message = vr_error_message(code, info);
    vr_error_raise(domain, code, VIR_ERR_ERROR, vr_error_shape(code, info != NULL), info, NULL, -1, -1,
                   message);
    errno = keep;
}

int
vr_error(int domain, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(domain, code, format, args);
    va_end(args);
    return -1;
}

void *
vr_error_null(int domain, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(domain, code, format, args);
    va_end(args);
    return NULL;
}

int
vr_error_system(int domain, int errnum, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *info = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *message = g_strdup_printf("%s: %s", info, g_strerror(errnum));
    vr_error_raise(domain, VIR_ERR_SYSTEM_ERROR, VIR_ERR_ERROR, "%s", message, NULL, errnum, -1, message);
    return -1;
}

virErrorPtr
vr_error_save(void)
{
    if (!vr_error_is_set())
        return NULL;
    virErrorPtr saved = g_new0(virError, 1);
    *saved = *vr_error_last();
    memset(vr_error_last(), 0, sizeof(virError));
    return saved;
}

void
vr_error_restore(virErrorPtr saved)
{
    vr_error_clear();
    if (!saved)
        return;
    *vr_error_last() = *saved;
    g_free(saved);
}
