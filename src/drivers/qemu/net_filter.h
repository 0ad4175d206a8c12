/* Filters on a guest's interfaces: a binding of the filter driver's, from before the guest runs until its end.
 *
 * In the guest's turn.
 */
#pragma once

#include "drivers/qemu/run.h"

/* Put NET's filter, if it has one, on the host's end; -1 with the error set. */
int qemu_net_filter_bind(QemuRun *run, const DomainDef *def, const DomainNet *net);
void qemu_net_filter_unbind(QemuRun *run, const DomainNet *net);
