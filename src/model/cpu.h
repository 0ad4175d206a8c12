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

/* The same beside a model that is named; NULL with the error set when there is none of that name. */
struct DomainCpu *vr_cpu_describe_as(const char *arch, const char *model, const char *vendor, const char *const *features);

/* The features of ARCH's MODEL; NULL with the error set when there is no such model. */
char **vr_cpu_model_features(const char *arch, const char *model);

/* The features that a guest with CPU, naming a model, insists on, in their usual order. */
char **vr_cpu_needs(const char *arch, const struct DomainCpu *cpu);

/* FEATURES in their usual order, without what is none. */
char **vr_cpu_in_order(const char *const *features);

/* What compares processors: cpu_compare.c. */
typedef struct {
    const char *arch, *vendor;   /* VENDOR may be NULL: nobody's in particular */
    const char *const *features; /* names */
} VrCpuHost;

/* How HOST compares with the processor of XML, a host's or a guest's: one of virCPUCompareResult.  -1 with the error set when XML is
 * none, or, if FAIL, when HOST lacks something of it. */
int vr_cpu_compare(const VrCpuHost *host, const char *xml, gboolean fail);
/* The XML of a guest's processor that every processor of XML, N documents for ARCH, can provide; NULL with the error set. */
char *vr_cpu_baseline_guest(const char *arch, const char *const *xml, unsigned n, gboolean expand);

/* The XML of a guest processor that every host processor of XML, N documents, can provide.  EXPAND lists the features that
 * its model implies too.  NULL with the error set. */
char *vr_cpu_baseline(const char *const *xml, unsigned n, gboolean expand);
