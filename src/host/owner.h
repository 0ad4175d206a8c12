/* Handing files over to a guest's user and taking them back: who owned one before is remembered on the file itself, in attributes
 * that other releases of the daemon read and write, counted when several guests have it.
 *
 * Called by hypervisor drivers, on any thread, in a daemon with root's rights.  Errors are of VIR_FROM_SECURITY.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* PATH is UID's and GID's from now on (either -1: unchanged).  With REMEMBER its owner is written down, or counted once more. */
int vr_owner_set(const char *path, uid_t uid, gid_t gid, bool remember);
/* The end of one vr_owner_set(): the last one gives PATH back.  Where nothing was written down the file is FALLBACK's (-1: it
 * stays as it is).  A file that has gone is no error. */
int vr_owner_restore(const char *path, uid_t fallback, gid_t fallback_group);
