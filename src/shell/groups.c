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
    {"Declared state and live views", "declare", declare_commands},
    {"Virsh itself", "virsh", virsh_commands},
    {NULL},
};

const Program shell_program = {
    .name = "virsh",
    .welcome = "virsh, the virtualization interactive terminal",
    .about = "Virsh command line tool of libvirt",
    .features = "Compiled with support for:\n Hypervisors: QEMU/KVM Test\n Networking: Remote Network Bridging Interface\n"
                " Storage: Dir Filesystem LVM\n Miscellaneous: Daemon Nodedev Secrets Debug Readline\n",
    .uri_variable = "VIRSH_DEFAULT_CONNECT_URI",
    .options = "+:c:d:e:hk:K:l:o:qrtvV",
    .usage = "    -c | --connect=URI      hypervisor connection URI\n"
             "    -d | --debug=NUM        debug level [0-4]\n"
             "    -e | --escape <char>    set escape sequence for console\n"
             "    -h | --help             this help\n"
             "    -k | --keepalive-interval=NUM\n"
             "                            keepalive interval in seconds, 0 for disable\n"
             "    -K | --keepalive-count=NUM\n"
             "                            number of possible missed keepalive messages\n"
             "    -l | --log=FILE         output logging to file\n"
             "    -o | --output=FORMAT    print text (default), json or yaml\n"
             "    -q | --quiet            quiet mode\n"
             "    -r | --readonly         connect readonly\n"
             "    -t | --timing           print timing information\n"
             "    -v                      short version\n"
             "    -V                      long version\n"
             "         --version[=TYPE]   version, TYPE is short or long (default short)\n",
};
