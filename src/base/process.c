/* See process.h. */
#include "base/process.h"

static const char *const *served;

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
