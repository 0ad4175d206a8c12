/* Throttling of disks and of network interfaces, in definitions: what each limit is called, reading and setting it.
 *
 * Pure functions; any thread.
 */
#pragma once

#include "base/params.h"
#include "model/domain.h"

/* A disk's limits: six rates, their six bursts, the size of one request, a group's name, six lengths of bursts. */
enum {
    VR_IOTUNE_RATES = 0,
    VR_IOTUNE_BURSTS = 6,
    VR_IOTUNE_SIZE = 12,
    VR_IOTUNE_GROUP = 13,
    VR_IOTUNE_LENGTHS = 14,
    VR_N_IOTUNE = 20
};
const VrParamSpec *vr_iotune_specs(void);
/* Limit WHICH, not the group's name. */
unsigned long long *vr_iotune_limit(DomainIotune *tune, int which);
/* TUNE may be NULL. */
void vr_iotune_get(const DomainIotune *tune, virTypedParameterPtr params, int *nparams);
/* PARAMS over what TUNE has. */
void vr_iotune_set(DomainIotune *tune, const virTypedParameter *params, int nparams);
/* A total excludes its parts: -1 with the error set, of DOMAIN. */
int vr_iotune_check_totals(DomainIotune *tune, int domain);

/* An interface's limits. */
#define VR_N_BANDWIDTH 7
extern const VrParamSpec vr_bandwidth_specs[];
void vr_bandwidth_get(const Bandwidth *bandwidth, virTypedParameterPtr params, int *nparams);
/* A direction that PARAMS name is replaced as a whole; without a rate it is unlimited. */
void vr_bandwidth_set(DomainNet *net, const virTypedParameter *params, int nparams);
