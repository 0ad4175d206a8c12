/* Starting an emulator: a child with chosen descriptors, its output in a log.  Included by this folder only. */
#pragma once

#include <glib.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "drivers/qemu/access.h"

#define QEMU_NODE_WORDS 16

typedef struct {
    int what; /* RLIMIT_... */
    struct rlimit limit;
} QemuLimit;

typedef struct {
    char *const *argv, *const *environment;
    const char *folder; /* it works in */
    int log;            /* its output */
    int pid_file;       /* it writes its number there itself, so that nobody loses it; -1: none */
    const int *keep;    /* descriptors that stay open under their numbers; all others are closed */
    gsize n_keep;
    const int *groups;  /* control groups that it enters first, by writing "0" there */
    gsize n_groups;
    const QemuDev *dev;          /* a /dev of its own; NULL: the host's */
    bool other_user;             /* it becomes UID and GID, with MORE groups */
    bool no_capabilities;        /* it stays root, but has none of root's rights over others */
    uid_t uid;
    gid_t gid;
    const gid_t *more;
    gsize n_more;
    const QemuLimit *limits;
    gsize n_limits;
    const cpu_set_t *cpus;       /* NULL: any */
    gsize cpus_size;
    int memory_mode;             /* of set_mempolicy(2); -1: none */
    unsigned long memory_nodes[QEMU_NODE_WORDS];
    bool core_apart;             /* shares no core with other guests */
} QemuSpawn;

/* The child's pid, or -1 with the error set, which says what failed in the child. */
pid_t qemu_spawn(const QemuSpawn *spawn);
