/* Who is at which of a guest's consoles and channels: see console.c.  Included by this folder only. */
#pragma once

#include "drivers/qemu/run.h"

/* RUN is over: whoever is at its consoles is told by their other end. */
void qemu_consoles_free(QemuRun *run);
