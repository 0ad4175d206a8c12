/* Interfaces of guests with their addresses: see addresses.c.  Included by this folder only; any thread. */
#pragma once

#include "drivers/qemu/agent.h"

/* virDomainInterfacePtr of each interface in the agent's answer; NULL with the error set. */
GPtrArray *qemu_interfaces_of_agent(const json_t *answer);

/* agent_info.c: the guest's own name; NULL with the error set. */
char *qemu_agent_host_name(QemuAgentCall *call);
