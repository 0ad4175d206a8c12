group domain Domain Management

command attach-disk -- give a domain a disk
    <domain>
    <source> empty -- file, device, or name of an image
    <target> -- the disk's name in the guest, like vdb
    --targetbus=TEXT -- bus of the disk
    --driver=TEXT -- driver of the disk
    --subdriver=TEXT -- format of the disk
    --iothread=TEXT
    --cache=TEXT -- caching
    --io=TEXT -- how the host does its I/O
    --type=TEXT -- disk, cdrom, floppy or lun
    --shareable alias=mode=shareable
    --mode=TEXT -- readonly or shareable
    --sourcetype=TEXT -- file, block or network
    --serial=TEXT
    --wwn=TEXT -- world-wide name
    --alias=TEXT -- alias for the device
    --rawio -- with raw I/O
    --address=TEXT
    --multifunction -- on a PCI slot with several functions
    --print-xml
    --source-protocol=TEXT -- protocol of the image's server
    --source-host-name=TEXT -- the image's server, HOST[:PORT],...
    --source-host-transport=TEXT -- tcp, rdma or unix
    --source-host-socket=TEXT -- socket of the image's server
    --persistent -- now, if it runs, and in the definition
    use affect
    exclusive persistent current
    exclusive current live
    exclusive current config
    run
command attach-interface -- give a domain a network interface
    <domain>
    <type> -- network, bridge, direct or hostdev
    <source> -- network, bridge or device
    --target=TEXT -- the interface's name on the host
    --mac=TEXT -- its MAC address
    --script=TEXT -- script to run for it
    --model=TEXT -- model of the card
    --alias=TEXT -- alias for the device
    --inbound=TEXT -- AVERAGE[,PEAK[,BURST[,FLOOR]]] in KiB/s and KiB
    --outbound=TEXT -- AVERAGE[,PEAK[,BURST]] in KiB/s and KiB
    --persistent -- now, if it runs, and in the definition
    use affect
    --print-xml
    --managed -- the host's driver gives the device up and gets it back
    --source-mode=TEXT -- vepa, bridge, private or passthrough
    exclusive persistent current
    exclusive current live
    exclusive current config
    run
command detach-disk -- take a disk away
    <domain>
    <target> -- the disk's name in the guest
    --persistent -- now, if it runs, and in the definition
    use affect
    --print-xml
    exclusive persistent current
    exclusive current live
    exclusive current config
    run
command detach-interface -- take a network interface away
    <domain>
    <type> -- network, bridge, direct or hostdev
    --mac=TEXT -- its MAC address, when there are several of the kind
    --persistent -- now, if it runs, and in the definition
    use affect
    --print-xml
    exclusive persistent current
    exclusive current live
    exclusive current config
    run
command update-memory-device -- change how much of a memory device a guest has
    <domain>
    use affect
    --print-xml
    --alias=TEXT -- the device's alias, when there are several
    --node=N -- the device on this NUMA node of the guest
    --requested-size=N -- how much it is to have, like 1G; KiB without a unit
    exclusive current live
    exclusive current config
    exclusive alias node
    run
