group host Host and Hypervisor

command capabilities -- what the host and its hypervisor can do, as XML
    tells virConnectGetCapabilities(conn)
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
    tells virConnectGetDomainCapabilities(conn, $emulatorbin, $arch, $machine, $virttype, 0)
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
