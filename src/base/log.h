/* Logging: what the library tells its developer or administrator, never its user.
 *
 * Off unless LIBVIRT_DEBUG, LIBVIRT_LOG_FILTERS or LIBVIRT_LOG_OUTPUTS ask for it; any thread.
 */
#pragma once

#include <glib.h>

typedef enum {
    VR_LOG_DEBUG = 1,
    VR_LOG_INFO,
    VR_LOG_WARN,
    VR_LOG_ERROR,
} VrLogLevel;

/* The lowest level that any filter lets through: a cheap test before arguments are formatted. */
extern int vr_log_threshold;

static inline int
vr_log_from(void)
{
    return __atomic_load_n(&vr_log_threshold, __ATOMIC_RELAXED);
}

/* Somebody said where the log goes, rather than taking what is the default. */
extern gboolean vr_log_to_chosen_outputs;

/* Log a line from SOURCE, a dotted name such as "test.domain" that filters match. */
void vr_log(VrLogLevel level, const char *source, const char *format, ...) G_GNUC_PRINTF(3, 4);

#define vr_debug(source, ...)                                                                      \
    do {                                                                                           \
        if (G_UNLIKELY(vr_log_from() <= VR_LOG_DEBUG))                                             \
            vr_log(VR_LOG_DEBUG, source, __VA_ARGS__);                                             \
    } while (0)

/* Read the environment; called once by virInitialize. */
void vr_log_setup_from_environment(void);

/* Replace filters ("3:test 1:*event*") and outputs ("1:file:/path 3:stderr"); -1 on a mistake in the text. */
int vr_log_set_filters(const char *filters);
int vr_log_set_outputs(const char *outputs);
void vr_log_set_level(VrLogLevel level);

/* The current settings in the same form.  Caller frees. */
char *vr_log_get_filters(void);
char *vr_log_get_outputs(void);
