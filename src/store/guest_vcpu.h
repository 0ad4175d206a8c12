/* Processors of guests by their definition: which are plugged in, and which host CPUs threads may use.
 *
 * Pure functions over definitions; any thread.
 */
#pragma once

#include "model/domain.h"

/* How many are plugged in. */
unsigned vr_vcpus_now(const DomainDef *def);
bool vr_vcpu_is_plugged(const DomainDef *def, unsigned id);
/* The entry for processor ID where each has one of its own; NULL otherwise. */
DomainVcpuState *vr_vcpu_state(const DomainDef *def, unsigned id);
/* Have N plugged in: the lowest are plugged first, the highest unplugged first. */
void vr_vcpus_set_now(DomainDef *def, unsigned n);
/* Have room for N. */
void vr_vcpus_set_max(DomainDef *def, unsigned n);
/* Give each an entry of its own, which says what is true already. */
void vr_vcpus_itemize(DomainDef *def);

/* Where threads may run, as API calls say it: bytes, the lowest CPU in the lowest bit of the first. */
VrBitmap *vr_cpus_from_map(const unsigned char *map, int len);
void vr_cpus_to_map(const VrBitmap *set, unsigned char *map, int len);

/* The place of one processor or of the emulator, in DEF; SET is copied. */
DomainVcpuPin *vr_vcpu_pin(const DomainDef *def, unsigned vcpu);
void vr_vcpu_set_pin(DomainDef *def, unsigned vcpu, const VrBitmap *set);
void vr_emulator_set_pin(DomainDef *def, const VrBitmap *set);
