group domain Domain Management

command memtune -- show or set limits of a domain's memory on the host
    <domain>
    --hard-limit=TEXT param=hard_limit:memory -- the most that it may take, like 2G; KiB without a unit, -1 for no limit
    --soft-limit=TEXT param=soft_limit:memory -- where the host begins to take back when short
    --swap-hard-limit=TEXT param=swap_hard_limit:memory -- the most of memory and swap together
    --min-guarantee=TEXT param=min_guarantee:memory -- what it has for certain
    use affect
    exclusive current live
    exclusive current config
    tunes virDomainGetMemoryParameters virDomainSetMemoryParameters
    fails Unable to change memory parameters
command blkiotune -- show or set a domain's share of disk time
    <domain>
    --weight=N param=weight:uint -- its share, against other domains' weights
    --device-weights=TEXT param=device_weight:string -- the same by device: PATH,WEIGHT,...
    --device-read-iops-sec=TEXT param=device_read_iops_sec:string -- limits by device: PATH,LIMIT,...
    --device-write-iops-sec=TEXT param=device_write_iops_sec:string -- limits by device: PATH,LIMIT,...
    --device-read-bytes-sec=TEXT param=device_read_bytes_sec:string -- limits by device: PATH,LIMIT,...
    --device-write-bytes-sec=TEXT param=device_write_bytes_sec:string -- limits by device: PATH,LIMIT,...
    use affect
    exclusive current live
    exclusive current config
    tunes virDomainGetBlkioParameters virDomainSetBlkioParameters
    fails Unable to change blkio parameters
command blkdeviotune -- show or set limits of a domain's disk
    <domain>
    <device> -- disk
    --total_bytes_sec alias=total-bytes-sec
    --total-bytes-sec=TEXT param=total_bytes_sec:bytes -- bytes a second, both ways
    --read_bytes_sec alias=read-bytes-sec
    --read-bytes-sec=TEXT param=read_bytes_sec:bytes -- bytes read a second
    --write_bytes_sec alias=write-bytes-sec
    --write-bytes-sec=TEXT param=write_bytes_sec:bytes -- bytes written a second
    --total_iops_sec alias=total-iops-sec
    --total-iops-sec=TEXT param=total_iops_sec:bytes -- operations a second
    --read_iops_sec alias=read-iops-sec
    --read-iops-sec=TEXT param=read_iops_sec:bytes -- reads a second
    --write_iops_sec alias=write-iops-sec
    --write-iops-sec=TEXT param=write_iops_sec:bytes -- writes a second
    --total_bytes_sec_max alias=total-bytes-sec-max
    --total-bytes-sec-max=TEXT param=total_bytes_sec_max:bytes -- the same in a burst: bytes, both ways
    --read_bytes_sec_max alias=read-bytes-sec-max
    --read-bytes-sec-max=TEXT param=read_bytes_sec_max:bytes -- bytes read
    --write_bytes_sec_max alias=write-bytes-sec-max
    --write-bytes-sec-max=TEXT param=write_bytes_sec_max:bytes -- bytes written
    --total_iops_sec_max alias=total-iops-sec-max
    --total-iops-sec-max=TEXT param=total_iops_sec_max:bytes -- operations
    --read_iops_sec_max alias=read-iops-sec-max
    --read-iops-sec-max=TEXT param=read_iops_sec_max:bytes -- reads
    --write_iops_sec_max alias=write-iops-sec-max
    --write-iops-sec-max=TEXT param=write_iops_sec_max:bytes -- writes
    --size_iops_sec alias=size-iops-sec
    --size-iops-sec=TEXT param=size_iops_sec:bytes -- a larger operation counts as several of this many bytes
    --group_name alias=group-name
    --group-name=TEXT param=group_name:string -- disks of one group share their limits
    --total_bytes_sec_max_length alias=total-bytes-sec-max-length
    --total-bytes-sec-max-length=TEXT param=total_bytes_sec_max_length:ullong -- seconds that a burst may last: bytes, both ways
    --read_bytes_sec_max_length alias=read-bytes-sec-max-length
    --read-bytes-sec-max-length=TEXT param=read_bytes_sec_max_length:ullong -- bytes read
    --write_bytes_sec_max_length alias=write-bytes-sec-max-length
    --write-bytes-sec-max-length=TEXT param=write_bytes_sec_max_length:ullong -- bytes written
    --total_iops_sec_max_length alias=total-iops-sec-max-length
    --total-iops-sec-max-length=TEXT param=total_iops_sec_max_length:ullong -- operations
    --read_iops_sec_max_length alias=read-iops-sec-max-length
    --read-iops-sec-max-length=TEXT param=read_iops_sec_max_length:ullong -- reads
    --write_iops_sec_max_length alias=write-iops-sec-max-length
    --write-iops-sec-max-length=TEXT param=write_iops_sec_max_length:ullong -- writes
    use affect
    exclusive current live
    exclusive current config
    tunes virDomainGetBlockIoTune virDomainSetBlockIoTune @device
    fails Unable to change block I/O throttle
command numatune -- show or set where a domain's memory lies
    <domain>
    --mode=TEXT -- strict, preferred, interleave or restrictive, or its number
    --nodeset=TEXT -- host cells, like 0-1
    use affect
    exclusive current live
    exclusive current config
    run
command domiftune -- show or set limits of a domain's interface
    <domain>
    <interface>
    --inbound=TEXT -- AVERAGE[,PEAK[,BURST[,FLOOR]]] in KiB/s and KiB
    --outbound=TEXT -- AVERAGE[,PEAK[,BURST]] in KiB/s and KiB
    use affect
    exclusive current live
    exclusive current config
    run
command schedinfo -- show or set how a domain is scheduled
    <domain>
    --weight=N named -- its share, against other domains
    --cap=N named -- the most of a processor, in per cent
    use affect
    --set... -- parameters, NAME=VALUE
    exclusive current live
    exclusive current config
    run
command perf -- show or set which performance events of a domain are counted
    <domain>
    --enable=TEXT -- events to count, comma-separated
    --disable=TEXT -- events not to count
    use affect
    exclusive current live
    exclusive current config
    run
command vcpuinfo -- a domain's virtual processors
    <domain>
    --pretty -- host processors as ranges
    run
command vcpupin -- show or set which host processors a virtual one uses
    <domain>
    --vcpu=N
    --cpulist=TEXT empty
    use affect
    exclusive current live
    exclusive current config
    run
command emulatorpin -- show or set which host processors the emulator uses
    <domain>
    --cpulist=TEXT empty
    use affect
    exclusive current live
    exclusive current config
    run
command setvcpu -- add or take away one virtual processor
    <domain>
    <vcpulist>
    --enable
    --disable
    use affect
    exclusive enable disable
    exclusive current live
    exclusive current config
    run
command guestvcpus -- show or set which processors a guest uses
    <domain>
    --cpulist=TEXT -- the guest's processors
    --enable
    --disable
    requires cpulist enable
    requires cpulist disable
    exclusive enable disable
    run
command cpu-stats -- processor time of a domain, by host processor
    <domain>
    --total -- the sum only
    --start=N -- host processor to begin at
    --count=N
    run
command iothreadinfo -- a domain's I/O threads
    <domain>
    use affect
    exclusive current live
    exclusive current config
    run
command iothreadpin -- choose which host processors an I/O thread uses
    <domain>
    --iothread=N required
    <cpulist>
    use affect
    exclusive current live
    exclusive current config
    run
command iothreadadd -- add an I/O thread
    <domain>
    --id=N required -- its number
    use affect
    exclusive current live
    exclusive current config
    run
command iothreadset -- change an I/O thread
    <domain>
    --id=N required -- its number
    --poll-max-ns=N -- nanoseconds to poll at most
    --poll-grow=N -- factor by which polling grows
    --poll-shrink=N -- factor by which polling shrinks
    --thread-pool-min=N -- workers at least
    --thread-pool-max=N -- workers at most
    use affect
    exclusive current live
    exclusive current config
    run
command iothreaddel -- remove an I/O thread
    <domain>
    --id=N required -- its number
    use affect
    exclusive current live
    exclusive current config
    run
