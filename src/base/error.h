/* Errors: the calling thread's last error, in the public virError shape.
 *
 * Every room reports failures through vr_error*(), which set the thread's error and return -1 (or NULL),
 * so that a failing function can say `return vr_error(...)`.  The library's entry points hand the
 * error to the application's callback when the call returns (vr_error_dispatch).
 */
#pragma once

#include <glib.h>
#include <libvirt/virterror.h>

/* Record an error of DOMAIN (virErrorDomain) and CODE (virErrorNumber).  FORMAT is the detail that the code's
 * message shape embeds ("XML error: " + detail).  Always returns -1. */
int vr_error(int domain, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same, for functions that return pointers.  Always returns NULL. */
void *vr_error_null(int domain, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* VIR_ERR_SYSTEM_ERROR: FORMAT, then ": " and strerror(ERRNUM).  Always returns -1. */
int vr_error_system(int domain, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Set every field; STR1..3, INT1, INT2 as clients of virError may read them.  MESSAGE is whole. */
void vr_error_raise(int domain, int code, virErrorLevel level, const char *str1, const char *str2,
                    const char *str3, int int1, int int2, const char *message);

/* The thread's error record (never NULL); code is VIR_ERR_OK when there is none. */
virErrorPtr vr_error_last(void);

/* True when the thread holds an error. */
gboolean vr_error_is_set(void);

/* Forget the thread's error. */
void vr_error_clear(void);

/* Free what ERR owns and empty it; replace TO's contents by a copy of FROM. */
void vr_error_reset(virErrorPtr err);
void vr_error_copy(virErrorPtr to, const virError *from);

/* Take the thread's error away and return it (NULL if none); give it back with vr_error_restore().
 * Used around clean-up calls that may fail themselves. */
virErrorPtr vr_error_save(void);
void vr_error_restore(virErrorPtr saved);

/* The message for CODE with detail INFO (may be NULL), as virErrorMsg shapes it.  Caller frees. */
char *vr_error_message(int code, const char *info);

/* Call the connection's error function, else the application's, else print, with the thread's error. */
void vr_error_dispatch(virConnectPtr conn);

/* The application's error function for all connections; NULL prints to stderr again. */
void vr_error_set_handler(virErrorFunc func, void *data);

/* One line on stderr, as clients without an error function show it. */
void vr_error_print(const virError *err);
