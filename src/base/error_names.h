/* Names of error codes and domains: see error_names.c. */
#pragma once

#include <glib.h>
#include <libvirt/virterror.h>

/* The printf shape of CODE's message, with a %s for the detail or without; NULL for unknown codes. */
const char *vr_error_shape(int code, gboolean with_detail);

/* What the default printer calls DOMAIN ("" when it has no name). */
const char *vr_error_domain_name(int domain);
