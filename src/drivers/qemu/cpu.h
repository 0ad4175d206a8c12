/* Guests' processors and the host's: a model for what the host can give, and whether it can give what is wanted. */
#pragma once

#include "drivers/qemu/caps.h"
#include "model/domain.h"

/* The most that a guest can have, as a model and features; MIGRATABLE: without what keeps it from moving.  NULL where
 * processors are not told apart by features. */
DomainCpu *qemu_cpu_host_model(const QemuCaps *caps, bool kvm, bool migratable);

/* Make DEF's processor the one that it is started with; -1 with the error set when the host cannot give it. */
int qemu_cpu_update(const QemuCaps *caps, DomainDef *def);
