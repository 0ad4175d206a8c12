/* Disks that are volumes of storage pools: where a volume lies is asked of the storage driver, which knows it without looking.
 *
 * Before anything opens the disk; in the guest's turn.
 */
#pragma once

#include "drivers/qemu/qemu.h"

/* Note in DISK's source what the volume is and where; other disks are left alone.  -1 with the error set. */
int qemu_volume_find(const QemuDriver *driver, DomainDisk *disk);
int qemu_volumes_find(const QemuDriver *driver, DomainDef *def);
