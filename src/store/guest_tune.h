/* Tunables of guests that are plain parameter lists, in their definitions: memory limits, NUMA, disk time, performance events.
 *
 * What each parameter is called and of which type, reading them out and putting them in.  Pure functions; any thread.
 */
#pragma once

#include "base/params.h"
#include "model/domain.h"

/* Memory limits, in KiB: by their places in the specs. */
enum { VR_MEMORY_HARD, VR_MEMORY_SOFT, VR_MEMORY_SWAP, VR_N_MEMORY };
extern const VrParamSpec vr_memory_specs[];
unsigned long long vr_memory_limit(const DomainDef *def, int which);
void vr_memory_get(const DomainDef *def, virTypedParameterPtr params, int *nparams);
/* -1 with the error set, of DOMAIN, when the limits would contradict each other in DEF. */
int vr_memory_check(const DomainDef *def, const virTypedParameter *params, int nparams, int domain);
void vr_memory_set(DomainDef *def, const virTypedParameter *params, int nparams);

/* Where memory comes from. */
extern const VrParamSpec vr_numa_specs[];
void vr_numa_get(const DomainDef *def, virTypedParameterPtr params, int *nparams);
/* *RET_MODE is -1, *RET_NODES NULL where PARAMS do not name it. */
int vr_numa_read(const virTypedParameter *params, int nparams, int domain, int *ret_mode, VrBitmap **ret_nodes);
int vr_numa_mode(const DomainDef *def);
int vr_numa_set(DomainDef *def, int mode, const VrBitmap *nodes);

/* Disk time: the guest's weight, then limits for each host device. */
#define VR_N_BLKIO 6
extern const VrParamSpec vr_blkio_specs[];
void vr_blkio_get(const DomainDef *def, virTypedParameterPtr params, int *nparams);
/* PATH and VALUE alternating in the text of limit WHICH, checked: an array of 2n strings; NULL with the error set. */
char **vr_blkio_split(int which, const char *text);
/* PARTS is NULL for the weight. */
void vr_blkio_set(DomainDef *def, const virTypedParameter *param, int which, char **parts);

/* Performance events. */
const VrParamSpec *vr_perf_specs(void);
bool vr_perf_is_on(const DomainDef *def, int which);
void vr_perf_get(const DomainDef *def, VrParams *list);
void vr_perf_set(DomainDef *def, int which, bool on);
