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
command get-user-sshkeys -- who may log in to a guest with which SSH key
    <domain>
    <user>
    run
command set-user-sshkeys -- change which SSH keys may log in to a guest
    <domain>
    <user>
    --file=TEXT is=file -- file with keys, one a line
    --reset -- forget the keys that are there
    --remove sets=VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE -- take these away
    exclusive reset remove
    run
command domlaunchsecinfo -- how the start of an encrypted guest was measured
    <domain>
    run
command domsetlaunchsecstate -- give an encrypted guest a secret before it runs
    <domain>
    --secrethdr=TEXT named -- file with the secret's header, base64
    --secret=TEXT named -- file with the secret, base64
    --set-address=N -- where in the guest's memory it goes
    run
command domdirtyrate-calc -- begin to measure how fast a guest writes its memory
    <domain>
    --seconds=N -- for so long
    --mode=TEXT -- page-sampling, dirty-bitmap or dirty-ring
    run
command dom-fd-associate -- give a domain files that are open here
    <domain>
    <name> -- name of the group of files in its XML
    <pass-fds> -- numbers of their descriptors, comma-separated
    --seclabel-writable sets=VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_WRITABLE
    --seclabel-restore sets=VIR_DOMAIN_FD_ASSOCIATE_SECLABEL_RESTORE
    run
command lxc-enter-namespace -- run a program inside a container
    <domain>
    --noseclabel -- without its security label
    --cmd... required -- the program and its arguments
    run
command qemu-attach -- take over a QEMU that was started by hand
    <pid>
    run
command qemu-monitor-event -- show events of QEMU's monitor
    --domain=TEXT
    --event=TEXT -- only events with this name
    --pretty
    --loop
    --timeout=N
    --regex sets=VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX -- the name is a regular expression
    --no-case sets=VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE -- in the name capitals do not matter
    --timestamp
    requires event regex
    requires event no-case
    run
