/* Starting an emulator: a child with chosen descriptors, its output in a log.  Included by this folder only. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Run ARGV with ENVIRONMENT in FOLDER; LOG becomes its output; the N descriptors in KEEP stay open under their numbers,
 * all others are closed.  The child's pid, or -1 with the error set, which says what failed in the child. */
pid_t qemu_spawn(char *const *argv, char *const *environment, const char *folder, int log, const int *keep, gsize n);
