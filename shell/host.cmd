group host Host and Hypervisor

command capabilities -- what the host and its hypervisor can do, as XML
    --xpath=TEXT named
    --wrap
    document virConnectGetCapabilities(conn)
    fails failed to get capabilities
command cpu-baseline -- what processors have in common
    <file> -- file with the processors' XML
    --features sets=VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES -- what the model implies, too
    --migratable sets=VIR_CONNECT_BASELINE_CPU_MIGRATABLE -- without what prevents migration
    run
command cpu-models -- processor models of an architecture
    <arch>
    run
command domcapabilities -- what domains can have here, as XML
    --virttype=TEXT -- kind of virtualization
    --emulatorbin=TEXT
    --arch=TEXT
    --machine=TEXT
    --xpath=TEXT named
    --wrap
    --disable-deprecated-features sets=VIR_CONNECT_GET_DOMAIN_CAPABILITIES_DISABLE_DEPRECATED_FEATURES -- without features that are going away
    document virConnectGetDomainCapabilities(conn, $emulatorbin, $arch, $machine, $virttype, flags)
    fails failed to get emulator capabilities
command freecell -- free memory, by NUMA cell
    --cellno=N
    --all
    exclusive all cellno
    run
command hostname -- the host's name
    tells virConnectGetHostname(conn)
    fails failed to get hostname
command maxvcpus -- how many processors a domain may have
    --type=TEXT -- kind of domain
    run
command nodecpumap -- which processors the host has and uses
    --pretty -- as ranges
    run
command nodeinfo -- the host's processors and memory
    run
command sysinfo -- the host's system information, as XML
    run
command uri -- the connection's URI
    tells virConnectGetURI(conn)
    fails failed to get URI
command version -- versions of library, API and hypervisor
    --daemon
    run
command allocpages -- change the host's pool of large pages
    <pagesize> number -- size of the pages, like 2M; KiB without a unit
    <pagecount> number -- how many there are to be
    --cellno=N -- NUMA cell that they come from
    --add sets=VIR_NODE_ALLOC_PAGES_ADD -- so many more
    --all -- in every cell
    exclusive all cellno
    run
command cpu-compare -- whether the host has what a processor has
    <file> -- file with the processor's XML
    --error sets=VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE -- an error, rather than an answer, if not
    --validate sets=VIR_CONNECT_COMPARE_CPU_VALIDATE_XML
    run
command freepages -- free pages, by NUMA cell and size
    --cellno=N
    --pagesize=N -- only pages of this size, like 2M; KiB without a unit
    --all
    exclusive all cellno
    run
options hypervisor
    --virttype=TEXT -- kind of virtualization
    --emulator=TEXT -- path of the emulator
    --arch=TEXT
    --machine=TEXT -- machine type
command hypervisor-cpu-baseline -- what processors have in common that the hypervisor can give a guest
    --file=TEXT -- file with the processors' XML
    use hypervisor
    --features sets=VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES -- what the model implies, too
    --migratable sets=VIR_CONNECT_BASELINE_CPU_MIGRATABLE -- without what prevents migration
    --model=TEXT -- a model, rather than a file
    run
command hypervisor-cpu-compare -- whether the hypervisor can give a guest what a processor has
    <file> -- file with the processor's XML
    use hypervisor
    --error sets=VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE -- an error, rather than an answer, if not
    --validate sets=VIR_CONNECT_COMPARE_CPU_VALIDATE_XML
    run
command hypervisor-cpu-models -- processor models that the hypervisor can give a guest
    use hypervisor
    --all -- those that cannot be used, too
    run
command node-memory-tune -- how the host merges guests' equal pages
    --shm-pages-to-scan=N -- pages that are looked at in one go
    --shm-sleep-millisecs=N -- milliseconds between two goes
    --shm-merge-across-nodes=N -- 1: pages of different cells, too
    run
command nodecpustats -- what the host's processors did
    --cpu=N
    --percent -- of the last second
    run
command nodememstats -- the host's memory
    --cell=N
    run
command nodesevinfo -- what the host's processor offers for encrypted guests
    run
command nodesuspend -- let the host sleep for a while
    <target> -- mem, disk or hybrid
    <duration> number -- seconds, 60 or more
    run
