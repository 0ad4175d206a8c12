/* Processors: which models an architecture has, and what several processors have in common.
 *
 * Called by drivers, on any thread.
 */
#pragma once

#include <glib.h>

/* The names of ARCH's processor models, NULL-terminated (empty where models are the hypervisor's matter).  NULL with
 * VIR_ERR_INVALID_ARG when there is no such architecture, VIR_ERR_NO_SUPPORT when its processors are not described. */
char **vr_cpu_model_names(const char *arch, int error_domain);

/* Who makes the processors that ARCH's MODEL describes; NULL: nobody in particular, or the model is not known. */
const char *vr_cpu_model_vendor(const char *arch, const char *model);

/* This machine's own processor: the names of its features, and its vendor (NULL: unknown).  Empty but on x86. */
char **vr_cpu_host_features(const char **ret_vendor);

/* Whether x86 processors have a feature of this name. */
gboolean vr_cpu_feature_known(const char *name);

/* The vendor that processors call ID, as GenuineIntel; NULL: none we know. */
const char *vr_cpu_vendor_of(const char *id);

/* The model closest to a processor by VENDOR with FEATURES (names that are not known are passed over), and what has to be
 * said beside it.  SUBSET: the processor must have all that the model has.  NULL for processors that are not described so. */
struct DomainCpu *vr_cpu_describe(const char *arch, const char *vendor, const char *const *features, gboolean subset);

/* The features that a guest with CPU, naming a model, insists on, in their usual order. */
char **vr_cpu_needs(const char *arch, const struct DomainCpu *cpu);

/* The XML of a guest processor that every host processor of XML, N documents, can provide.  EXPAND lists the features that
 * its model implies too.  NULL with the error set. */
char *vr_cpu_baseline(const char *const *xml, unsigned n, gboolean expand);
