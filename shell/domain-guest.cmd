group domain Domain Management

command send-key -- press keys in a guest
    <domain>
    --codeset=TEXT named
    --holdtime=N named -- milliseconds that they stay pressed
    --keycode... required -- the keys, pressed together
    run
command send-process-signal -- send a signal to a process in a container
    <domain>
    <pid>
    <signame> -- signal: its name or number
    run
command qemu-monitor-command -- send a command to QEMU's monitor
    <domain>
    --hmp sets=VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP -- in the language for people
    --pretty
    --return-value -- the value alone
    --pass-fds=TEXT named
    --cmd... required -- the command
    exclusive hmp return-value
    run
command qemu-agent-command -- send a command to the guest agent
    <domain>
    --timeout=N named
    --async -- without waiting for its answer
    --block -- waiting as long as it takes
    --pretty
    --cmd... required -- the command
    exclusive timeout async
    exclusive timeout block
    exclusive async block
    run
command guest-agent-timeout -- how long the guest agent is waited for
    <domain>
    --timeout=N named -- seconds; -2 block, -1 the default, 0 do not wait
    run
command guestinfo -- what the guest agent knows of a guest
    <domain>
    --user sets=VIR_DOMAIN_GUEST_INFO_USERS -- who is logged in
    --os sets=VIR_DOMAIN_GUEST_INFO_OS -- the operating system
    --timezone sets=VIR_DOMAIN_GUEST_INFO_TIMEZONE -- the time zone
    --hostname sets=VIR_DOMAIN_GUEST_INFO_HOSTNAME -- the host name
    --filesystem sets=VIR_DOMAIN_GUEST_INFO_FILESYSTEM -- the file systems
    --disk sets=VIR_DOMAIN_GUEST_INFO_DISKS -- the disks
    --interface sets=VIR_DOMAIN_GUEST_INFO_INTERFACES -- the interfaces
    run
