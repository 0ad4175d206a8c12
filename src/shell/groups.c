/* All commands, by group, in the order that help shows. */
#include "shell/commands.h"

const Group shell_groups[] = {
    {"Domain Management", "domain", domain_commands},
    {"Domain Monitoring", "monitor", monitor_commands},
    {"Domain Events", "events", event_commands},
    {"Host and Hypervisor", "host", host_commands},
    {"Virsh itself", "virsh", shell_commands},
    {NULL},
};
