/* Starting an emulator: a child with chosen descriptors, its output in a log.  Included by this folder only. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    char *const *argv, *const *environment;
    const char *folder; /* it works in */
    int log;            /* its output */
    const int *keep;    /* descriptors that stay open under their numbers; all others are closed */
    gsize n_keep;
    const int *groups;  /* control groups that it enters first, by writing "0" there */
    gsize n_groups;
} QemuSpawn;

/* The child's pid, or -1 with the error set, which says what failed in the child. */
pid_t qemu_spawn(const QemuSpawn *spawn);
