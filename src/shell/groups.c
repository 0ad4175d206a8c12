/* All commands, by group, in the order that help shows. */
#include "shell/commands.h"

const Group shell_groups[] = {
    {"Domain Management", "domain", domain_commands},
    {"Domain Monitoring", "monitor", monitor_commands},
    {"Domain Events", "events", events_commands},
    {"Host and Hypervisor", "host", host_commands},
    {"Checkpoint", "checkpoint", checkpoint_commands},
    {"Interface", "interface", interface_commands},
    {"Network Filter", "filter", filter_commands},
    {"Networking", "network", network_commands},
    {"Node Device", "nodedev", nodedev_commands},
    {"Secret", "secret", secret_commands},
    {"Snapshot", "snapshot", snapshot_commands},
    {"Backup", "backup", backup_commands},
    {"Storage Pool", "pool", pool_commands},
    {"Storage Volume", "volume", volume_commands},
    {"Virsh itself", "virsh", virsh_commands},
    {NULL},
};
