/* Processors as the guest itself sees them: see agent_vcpus.c.  Included by this folder only; any thread. */
#pragma once

#include "drivers/qemu/agent.h"

/* How many the guest has, or (ONLINE) uses: -1 with the error set. */
int qemu_agent_vcpus(virDomainPtr dom, bool online);
/* Have it use N. */
int qemu_agent_set_vcpus(virDomainPtr dom, unsigned n);
