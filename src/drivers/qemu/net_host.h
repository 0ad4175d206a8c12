/* The host's ends of a guest's interfaces: taps on bridges, macvtaps, ports of virtual networks.
 *
 * Made before the emulator gets their descriptors, unmade at its end or when the interface is unplugged.  In the guest's turn.
 */
#pragma once

#include "drivers/qemu/run.h"

#define QEMU_NET_QUEUES 16

/* Descriptors of one interface, closed when freed. */
typedef struct {
    unsigned n, n_vhost;
    int fds[QEMU_NET_QUEUES], vhost[QEMU_NET_QUEUES];
} QemuNetEnds;

void qemu_net_ends_free(QemuNetEnds *ends);

/* The interface's type once its network is known. */
int qemu_net_type(const DomainNet *net);
/* Whether interfaces of this kind have an end that is made here. */
bool qemu_net_has_end(const DomainNet *net);
/* Make the end of NET, which gets to know its name and where it leads; NULL with the error set.  RUN unmakes it. */
QemuNetEnds *qemu_net_host_connect(QemuRun *run, const DomainDef *def, DomainNet *net);
void qemu_net_host_disconnect(QemuRun *run, const DomainNet *net);
void qemu_net_host_disconnect_all(QemuRun *run);
/* Another daemon made them. */
void qemu_net_host_adopt(QemuRun *run, const DomainDef *def);
