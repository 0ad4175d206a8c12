/* A starting guest's displays: ports that are its own while it runs, addresses, passwords.  In the guest's turn. */
#pragma once

#include "drivers/qemu/run.h"

/* Give the displays of DEF, which is being started, what they leave open.  The ports are RUN's. */
int qemu_graphics_prepare(QemuRun *run, DomainDef *def);
/* Tell the emulator the passwords. */
int qemu_graphics_passwords(QemuRun *run, const DomainDef *def);
int qemu_graphics_password(QemuRun *run, const DomainGraphics *graphics);
/* The ports are free again. */
void qemu_graphics_release(QemuRun *run);
/* The displays of a guest that runs already. */
void qemu_graphics_adopt(QemuRun *run, const DomainDef *def);
