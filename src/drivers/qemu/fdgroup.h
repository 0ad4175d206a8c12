/* Descriptors that clients have handed over for a guest's disks: see fdgroup.c.  Included by this folder only; any thread. */
#pragma once

#include "drivers/qemu/qemu.h"

/* Descriptors of group NAME of the guest UUID, duplicates that are the caller's; NULL when there is none. */
GArray *qemu_fd_group(QemuDriver *driver, const unsigned char *uuid, const char *name);
/* Those of CONN, which ends; NULL: all. */
void qemu_fd_groups_forget(QemuDriver *driver, virConnectPtr conn);
