/* Status files: see status.c.  Included by this folder only. */
#pragma once

#include "drivers/qemu/run.h"
#include "model/status.gen.h"

/* The number of the reason NAME of virDomainState STATE; 0 when it is none. */
int qemu_status_reason(int state, const char *name);
/* The running guest in STATE as a document; NULL with the error set. */
char *qemu_status_text(const VrGuestState *state);
DomainStatusDef *qemu_status_read(QemuDriver *driver, const char *path);
