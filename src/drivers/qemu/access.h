/* What a guest's emulator, which is nobody's root, may open: files become its user's, device nodes appear in its own /dev and in
 * its control group.  All is taken back when the guest has ended, or a device.
 *
 * Called in the guest's turn by start.c, run.c, reconnect.c and the hot-plugging.
 */
#pragma once

#include "drivers/qemu/paths.h"
#include "drivers/qemu/run.h"

/* Say in DEF, which is being started, whose its files are. */
void qemu_access_label(const QemuDriver *driver, DomainDef *def);
/* Hand over what DEF's guest opens: 0, or -1 with the error set (what was handed over is RUN's to take back). */
int qemu_access_grant(QemuRun *run, const DomainDef *def);
/* The same for what PLUGGED, a device of kind ELEMENT, opens in the running guest. */
int qemu_access_grant_device(QemuRun *run, const char *element, const void *plugged);
void qemu_access_revoke_device(QemuRun *run, const char *element, const void *unplugged);
int qemu_access_grant_source(QemuRun *run, const StorageSource *source, bool readonly);
void qemu_access_revoke_source(QemuRun *run, const StorageSource *source);
/* Take everything back. */
void qemu_access_revoke(QemuRun *run);
/* RUN was started by another daemon: what its guest opens is to be taken back at its end. */
void qemu_access_adopt(QemuRun *run, const DomainDef *def);
/* PATH, a file or folder of ours, is for the emulator's user. */
int qemu_access_give(const QemuDriver *driver, const char *path);

/* Nodes for the emulator's own /dev. */
typedef struct {
    char *path; /* below /dev, without "/dev/" */
    mode_t mode;
    dev_t device;
    uid_t uid;
    gid_t gid;
} QemuNode;

typedef struct {
    char *staging;    /* a folder to build it in */
    GArray *nodes;    /* QemuNode */
    GPtrArray *below; /* mounts below /dev that stay: paths without "/dev/" */
} QemuDev;

/* NULL where the guest uses the host's /dev. */
QemuDev *qemu_dev_new(const QemuRun *run, const DomainDef *def);
void qemu_dev_free(QemuDev *dev);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuDev, qemu_dev_free)
/* In the child, with only what a signal handler may do: 0 or -1 with errno. */
int qemu_dev_enter(const QemuDev *dev);
