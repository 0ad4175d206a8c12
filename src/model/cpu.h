/* Processors: which models an architecture has, and what several processors have in common.
 *
 * Called by drivers, on any thread.
 */
#pragma once

#include <glib.h>

/* The names of ARCH's processor models, NULL-terminated (empty where models are the hypervisor's matter).  NULL with
 * VIR_ERR_INVALID_ARG when there is no such architecture, VIR_ERR_NO_SUPPORT when its processors are not described. */
char **vr_cpu_model_names(const char *arch, int error_domain);

/* The XML of a guest processor that every host processor of XML, N documents, can provide.  EXPAND lists the features that
 * its model implies too.  NULL with the error set. */
char *vr_cpu_baseline(const char *const *xml, unsigned n, gboolean expand);
