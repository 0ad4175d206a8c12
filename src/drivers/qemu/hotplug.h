/* Devices of running guests: see hotplug_live.c.  Included by this folder only. */
#pragma once

#include "drivers/qemu/command.h"
#include "drivers/qemu/device.h"
#include "drivers/qemu/run.h"

/* Give DEVICE (in the live definition of C already, with its alias) to the emulator; what was made of it is undone when it fails. */
int qemu_plug(QemuChange *c, const QemuPart *part, void *device);
/* Only what a disk's data lies on: a medium for a drive that is there. */
int qemu_plug_medium(QemuChange *c, DomainDisk *disk);
/* Take it away: 1 when it is gone, 0 when the guest has not let it go yet, -1 with the error set. */
int qemu_unplug(QemuChange *c, const char *alias);
/* Remove what stood behind DEVICE, which the emulator has no more. */
void qemu_unplug_backends(QemuChange *c, const QemuPart *part, void *device);
/* The device named ALIAS is gone: the definition follows, and whoever listens is told.  Publishes. */
void qemu_device_gone(QemuChange *c, const QemuPart *part, size_t at);
/* hotplug_update.c */
int qemu_update_live(QemuChange *c, const QemuPart *part, void *wanted, bool force);
