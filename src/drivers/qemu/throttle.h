/* Limits of disks: see throttle.c.  Included by this folder only; in the guest's turn. */
#pragma once

#include "drivers/qemu/run.h"

/* Have the emulator of RUN hold DISK to the limits that its definition says; nothing to do where it says none. */
int qemu_throttle_disk(QemuRun *run, const DomainDisk *disk);
/* All disks of DEF, at a start. */
int qemu_throttle_all(QemuRun *run, const DomainDef *def);
