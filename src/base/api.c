/* The calling thread's public call: see api.h. */
#include "base/api.h"

#include "base/error.h"

__thread VrApiCall vr_api_call = {"", VIR_FROM_NONE};

int
vr_flags_check(unsigned int flags, unsigned int supported, int domain)
{
    unsigned int extra = flags & ~supported;
    if (!extra)
        return 0;
    g_autofree char *info = g_strdup_printf("unsupported flags (0x%x) in function %s", extra, vr_api_call.name);
    vr_error_raise(domain, VIR_ERR_INVALID_ARG, VIR_ERR_ERROR, vr_api_call.name, "flags", NULL, 0, 0, info);
    return -1;
}
