/* The public call that the thread is in: named in errors, logs and jobs.
 *
 * Set by every entry point (src/base/entry.h); drivers read it.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *name; /* "virDomainCreate", or "" outside a call */
    int domain;       /* error domain of that function's header */
} VrApiCall;

extern __thread VrApiCall vr_api_call;

/* For drivers: -1 with VIR_ERR_INVALID_ARG in DOMAIN when FLAGS has bits outside SUPPORTED. */
int vr_flags_check(unsigned int flags, unsigned int supported, int domain);
