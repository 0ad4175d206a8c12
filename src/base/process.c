/* See process.h. */
#include "base/process.h"

static const char *const *served;
static int holds;

void
vr_process_serve(const char *const *schemes)
{
    served = schemes;
}

gboolean
vr_process_is_daemon(void)
{
    return served != NULL;
}

gboolean
vr_process_serves(const char *scheme)
{
    return served && g_strv_contains(served, scheme);
}

void
vr_process_hold(void)
{
    g_atomic_int_inc(&holds);
}

void
vr_process_release(void)
{
    g_atomic_int_add(&holds, -1);
}

gboolean
vr_process_is_held(void)
{
    return g_atomic_int_get(&holds) > 0;
}
