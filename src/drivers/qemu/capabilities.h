/* What the host and its emulators can do, told as XML.  Included by this folder only. */
#pragma once

#include "drivers/qemu/qemu.h"

typedef struct {
    const char *name;
    unsigned word_size;
} QemuArch;

/* Architectures that guests can have, in the order in which they are listed; the last has no name. */
extern const QemuArch qemu_archs[];

/* capabilities_domain.c: the emulator that a call means, and whether it is to use KVM (-1: it cannot): NULL, -1 with the error set. */
QemuCaps *qemu_find_caps(QemuDriver *driver, const char *emulator, const char *arch);
int qemu_find_accelerator(const QemuCaps *caps, const char *type);

/* capabilities_host.c: append <host>. */
void qemu_append_host(GString *xml, const QemuDriver *driver);
