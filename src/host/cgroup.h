/* Control groups: one per guest, named as other releases of the daemon name them, and what is read and set in it.
 *
 * Called by hypervisor drivers, on any thread; a group is changed by one thread at a time, in its guest's turn, and may be read by
 * any.  Controllers may live in hierarchies of their own (version 1), in the unified one (version 2), or some here, some there.
 * Errors are of VIR_FROM_CGROUP.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
    VR_CGROUP_CPU,
    VR_CGROUP_CPUACCT,
    VR_CGROUP_CPUSET,
    VR_CGROUP_MEMORY,
    VR_CGROUP_BLKIO,
    VR_CGROUP_DEVICES,
    VR_CGROUP_FREEZER,
    VR_CGROUP_PIDS,
    VR_CGROUP_CONTROLLERS
} VrCgroupController;

/* One row each in cgroup.c's table.  A limit that is not there is VR_CGROUP_UNLIMITED. */
typedef enum {
    VR_CGROUP_CPU_SHARES,       /* version 2: the weight */
    VR_CGROUP_CPU_PERIOD,       /* microseconds */
    VR_CGROUP_CPU_QUOTA,        /* microseconds; -1: none */
    VR_CGROUP_CPU_TIME,         /* nanoseconds; read only, like the next two */
    VR_CGROUP_CPU_USER,
    VR_CGROUP_CPU_SYSTEM,
    VR_CGROUP_MEMORY_HARD,      /* bytes */
    VR_CGROUP_MEMORY_SOFT,
    VR_CGROUP_MEMORY_SWAP_HARD, /* memory and swap; version 2: swap */
    VR_CGROUP_MEMORY_USAGE,     /* read only */
    VR_CGROUP_BLKIO_WEIGHT,
    VR_CGROUP_BLKIO_DEVICE_WEIGHT, /* this and the next four: of one device */
    VR_CGROUP_BLKIO_READ_IOPS,
    VR_CGROUP_BLKIO_WRITE_IOPS,
    VR_CGROUP_BLKIO_READ_BYTES,
    VR_CGROUP_BLKIO_WRITE_BYTES,
    VR_CGROUP_FROZEN,           /* 0 or 1 */
    VR_CGROUP_PIDS_MAX,
    VR_CGROUP_KEYS
} VrCgroupKey;

#define VR_CGROUP_UNLIMITED G_MAXINT64

typedef struct VrCgroup VrCgroup;

/* A guest's name among all machines of the host: "qemu-3-web"; ROOT is an embedded driver's.  Caller frees. */
char *vr_cgroup_machine_name(const char *driver, int id, const char *name, bool privileged, const char *root);

/* Make the group of MACHINE below PARTITION ("/machine"), with the controllers of WANTED (bits; 0: all that there are) that the
 * host has; SUFFIX ("libvirt-qemu") ends its name.  *RET is NULL, and 0 returned, where the host has none that we may use.
 * -1 with the error set when one that is there cannot be made. */
int vr_cgroup_new(const char *machine, const char *suffix, const char *partition, unsigned wanted, VrCgroup **ret);
/* The group that process PID, of MACHINE, is in already; NULL without an error when it has none of its own. */
VrCgroup *vr_cgroup_of(pid_t pid, const char *machine, const char *suffix);
/* Where the group of MACHINE is, or would be: to be removed. */
VrCgroup *vr_cgroup_at(const char *machine, const char *suffix, const char *partition);
/* A part of GROUP for some of its threads ("vcpu0", "emulator"): made when missing; NULL with the error set. */
VrCgroup *vr_cgroup_part(const VrCgroup *group, const char *name);
void vr_cgroup_free(VrCgroup *group); /* the group itself stays */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrCgroup, vr_cgroup_free)
/* Remove it with all its parts; its processes are gone, or going.  Not being able to is logged. */
void vr_cgroup_remove(const VrCgroup *group);

bool vr_cgroup_has(const VrCgroup *group, VrCgroupController controller); /* GROUP may be NULL */
bool vr_cgroup_is_unified(const VrCgroup *group); /* in part at least */
/* 0, or -1 with VIR_ERR_OPERATION_INVALID: "cgroup CPU controller is not mounted". */
int vr_cgroup_need(const VrCgroup *group, VrCgroupController controller);

int vr_cgroup_add_process(const VrCgroup *group, pid_t pid);
int vr_cgroup_add_thread(const VrCgroup *group, pid_t thread);
/* For a process that is yet to run: the files that it writes "0" into to be in GROUP, with its threads in PART.  *RET_N
 * descriptors in FDS, which the caller closes; -1 with the error set, and none open. */
int vr_cgroup_entries(const VrCgroup *group, const VrCgroup *part, int *fds, gsize size, gsize *ret_n);

/* DEVICE is the path of a block device, or of a file on one, for the keys that need it; NULL otherwise. */
int vr_cgroup_set(const VrCgroup *group, VrCgroupKey key, const char *device, gint64 value);
int vr_cgroup_get(const VrCgroup *group, VrCgroupKey key, const char *device, gint64 *ret_value);
/* Both at once, which one file of version 2 holds; a value of 0 is left as it is. */
int vr_cgroup_set_bandwidth(const VrCgroup *group, gint64 period, gint64 quota);
/* Lists as "0-3,5"; NULL leaves one as it is.  Getters' text is the caller's. */
int vr_cgroup_set_cpuset(const VrCgroup *group, const char *cpus, const char *mems);
char *vr_cgroup_get_cpus(const VrCgroup *group);
char *vr_cgroup_get_mems(const VrCgroup *group);

/* A kind of device node that a guest may use. */
typedef struct {
    char type;        /* 'b', 'c' */
    int major, minor; /* -1: all */
    bool write, make;
} VrCgroupDevice;

/* From now on GROUP's processes open these devices and no others: cgroup_devices.c. */
int vr_cgroup_set_devices(VrCgroup *group, const VrCgroupDevice *devices, gsize n);
/* Let them, or no longer let them, open one more. */
int vr_cgroup_allow_device(VrCgroup *group, const VrCgroupDevice *device);
int vr_cgroup_deny_device(VrCgroup *group, const VrCgroupDevice *device);
