group monitor Domain Monitoring

command domblklist -- list a domain's disks
    <domain>
    --inactive sets=VIR_DOMAIN_XML_INACTIVE
    --details
    run
command domblkinfo -- sizes of a domain's disks
    <domain>
    --device=TEXT -- disk
    --human -- rounded, with a unit
    --all
    exclusive all device
    run
command domcontrol -- state of a domain's control channel
    <domain>
    run
command domifaddr -- addresses of a guest's interfaces
    <domain>
    --interface=TEXT -- only this one
    --full -- the interface's name on each line
    --source=TEXT -- who is asked: lease, agent or arp
    run
command domiflist -- list a domain's interfaces
    <domain>
    --inactive sets=VIR_DOMAIN_XML_INACTIVE
    run
command domif-getlink -- whether a guest interface's cable is plugged
    <domain>
    <interface>
    --persistent alias=config
    --config
    run
command domifstat -- traffic of a guest's interface
    <domain>
    <interface>
    run
command domblkstat -- traffic of a domain's disk
    <domain>
    --device=TEXT empty -- disk; all of them together without
    --human -- in words
    run
command dommemstat -- memory statistics of a domain
    <domain>
    --period=N named -- from now on every so many seconds
    --config sets=VIR_DOMAIN_AFFECT_CONFIG
    --live sets=VIR_DOMAIN_AFFECT_LIVE
    --current
    exclusive current live
    exclusive current config
    run
command dominfo -- what a domain is and has
    <domain>
    run
command domstate -- a domain's state
    <domain>
    --reason
    run
command domtime -- a guest's clock
    <domain>
    --now -- set it to the host's
    --pretty -- as a date
    --sync sets=VIR_DOMAIN_TIME_SYNC -- set it from the guest's hardware clock
    --time=N -- set it to so many seconds since the epoch
    exclusive time now
    exclusive time sync
    exclusive now sync
    run
command domstats -- statistics of domains
    --state sets=VIR_DOMAIN_STATS_STATE -- their states
    --cpu-total sets=VIR_DOMAIN_STATS_CPU_TOTAL -- processor time
    --balloon sets=VIR_DOMAIN_STATS_BALLOON -- memory balloons
    --vcpu sets=VIR_DOMAIN_STATS_VCPU -- virtual processors
    --interface sets=VIR_DOMAIN_STATS_INTERFACE -- interfaces
    --block sets=VIR_DOMAIN_STATS_BLOCK -- disks
    --perf sets=VIR_DOMAIN_STATS_PERF -- performance counters
    --iothread sets=VIR_DOMAIN_STATS_IOTHREAD -- I/O threads
    --memory sets=VIR_DOMAIN_STATS_MEMORY -- memory bandwidth
    --dirtyrate sets=VIR_DOMAIN_STATS_DIRTYRATE -- dirty memory
    --vm sets=VIR_DOMAIN_STATS_VM -- what the hypervisor counts
    --list-active -- of domains that run
    --list-inactive -- of domains that do not run
    --list-persistent -- of domains that are kept
    --list-transient -- of domains that are not kept
    --list-running -- of running domains
    --list-paused -- of paused domains
    --list-shutoff -- of domains that are off
    --list-other -- of domains in another state
    --raw -- numbers only, no names
    --enforce -- fail where something cannot be counted
    --backing -- of images below the disks' too
    --nowait -- without those that would have to be waited for
    --domain... empty -- these domains
    run
command list -- list domains
    about Prints the domains that run, unless told otherwise.
    --inactive
    --all
    --transient sets=VIR_CONNECT_LIST_DOMAINS_TRANSIENT
    --persistent sets=VIR_CONNECT_LIST_DOMAINS_PERSISTENT
    --with-snapshot sets=VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT -- only those with snapshots
    --without-snapshot sets=VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT -- only those without snapshots
    --with-checkpoint sets=VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT -- only those with checkpoints
    --without-checkpoint sets=VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT -- only those without checkpoints
    --state-running sets=VIR_CONNECT_LIST_DOMAINS_RUNNING -- only running ones
    --state-paused sets=VIR_CONNECT_LIST_DOMAINS_PAUSED -- only paused ones
    --state-shutoff sets=VIR_CONNECT_LIST_DOMAINS_SHUTOFF -- only those that are off
    --state-other sets=VIR_CONNECT_LIST_DOMAINS_OTHER -- only those in another state
    --autostart sets=VIR_CONNECT_LIST_DOMAINS_AUTOSTART
    --no-autostart sets=VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART
    --with-managed-save sets=VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE -- only those with a managed save image
    --without-managed-save sets=VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE -- only those without a managed save image
    --uuid
    --name
    --id
    --table
    --managed-save
    --title
    exclusive table name
    exclusive table uuid
    exclusive table id
    run
command domblkerror -- disks that had errors
    <domain>
    run
