/* Processors of running guests, plugged in and out: see vcpu_plug.c.  Included by this folder only; in the guest's turn. */
#pragma once

#include "drivers/qemu/run.h"
#include "store/guest_vcpu.h"

/* Whether processor ID is plugged in, and whether it can be taken out again. */
bool qemu_vcpu_is_plugged(const VrGuestState *state, unsigned id);
bool qemu_vcpu_is_removable(const VrGuestState *state, unsigned id);
/* The thread of processor ID; 0 when there is none. */
pid_t qemu_vcpu_thread(const VrGuestState *state, unsigned id);

/* Plug the processors IDS (a set) in, one after another; what the emulator has then is learnt anew. */
int qemu_vcpus_plug(QemuChange *c, const VrBitmap *ids);
/* Take one out: -1 with the error set, also when the guest does not let it go in time. */
int qemu_vcpu_unplug(QemuChange *c, unsigned id);
/* The emulator has let "vcpuN" go after nobody waited any more. */
void qemu_vcpu_gone(QemuChange *c, const char *alias);
/* A start: those that the definition has plugged in though they can be taken out. */
int qemu_vcpus_plug_first(QemuRun *run, const DomainDef *def);
/* How many the command line has: the others are plugged in. */
unsigned qemu_vcpus_cold(const DomainDef *def);
