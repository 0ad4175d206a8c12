/* Status files: see status.c.  Included by this folder only. */
#pragma once

#include "drivers/qemu/run.h"
#include "model/status.gen.h"

/* The number of the reason NAME of virDomainState STATE; 0 when it is none. */
int qemu_status_reason(int state, const char *name);
/* The running guest in STATE as a document; NULL with the error set. */
char *qemu_status_text(const VrGuestState *state);
/* status_flags.c: KNOWN are those that a daemon before us noted; NULL: it is a guest of our own. */
void qemu_status_add_flags(DomainStatusDef *status, const DomainDef *def, char *const *known);
DomainStatusDef *qemu_status_read(QemuDriver *driver, const char *path);
