/* Which of the host's files and device nodes a guest's emulator opens.
 *
 * One walk, used to limit devices, to furnish the emulator's own /dev, to hand files over to its user.  Any thread.
 */
#pragma once

#include "drivers/qemu/qemu.h"

typedef struct {
    const char *path;
    bool readonly, shared; /* not written to; written by others too */
    bool below;            /* a backing image, or a piece of firmware: only read, often by many guests */
    bool keep;             /* its owner stays who it is */
    bool output;           /* the emulator makes it when it is missing */
    bool remember;         /* who owned it before is written down */
    DomainSeclabelDevice *const *labels;
    size_t n_labels;
} QemuPath;

/* What an image is and where: of a pool's volume, once qemu_volume_find() has asked for it. */
int qemu_source_type(const StorageSource *source);
const char *qemu_source_path(const StorageSource *source);

/* 0 goes on, anything else ends the walk and is its result. */
typedef int (*QemuPathFunc)(const QemuPath *path, void *data);
int qemu_paths_each(const DomainDef *def, QemuPathFunc func, void *data);
int qemu_paths_of_disk(const DomainDisk *disk, QemuPathFunc func, void *data);
int qemu_paths_of_hostdev(const DomainHostdev *hostdev, QemuPathFunc func, void *data);
int qemu_paths_of_chardev(const ChardevSource *source, QemuPathFunc func, void *data);
int qemu_paths_of_source(const StorageSource *source, QemuPathFunc func, void *data);
