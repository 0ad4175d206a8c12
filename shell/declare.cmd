group declare Declared state and live views

command apply -- make true what files say
    about Domains, networks, pools, volumes, secrets and filters, each in a file of its own. Only what differs is changed. <volume pool='...'> names a volume's pool, which is "default" without.
    <file> -- a file, or a folder of files *.xml
    --dry-run -- say what would be done
    --prune -- remove domains that came from a file which is no more there
    --start -- start what can be started
    --autostart -- and start it with the host
    run
command diff -- how what is differs from what files say
    <file> -- a file, or a folder of files *.xml
    run
command top -- the busiest domains, as they change
    --interval=N -- seconds between two looks; 2 without
    --count=N -- looks until it ends; without, a key ends it
    --sort=TEXT -- cpu, memory, disk or net
    run
command wait -- wait for a domain's state, address or event
    <domain>
    --state=TEXT named -- running, paused, off, crashed, or gone
    --address named -- until it has one
    --event=TEXT named -- of the names that event --list shows
    --timeout=N named -- seconds
    run
command run -- start a guest from a cloud image
    about The image must be in the pool, or be named by its path on the host; it is not changed.
    <image> is=file -- a disk image
    --name=TEXT -- of the guest; the image's without
    --memory=TEXT -- 1G without
    --vcpus=N -- 1 without
    --size=TEXT -- of its disk; 10G without
    --network=TEXT is=network -- "default" without; user or none
    --user=TEXT -- who may log in; "cloud" without
    --ssh-key=TEXT is=file -- file with the user's public key
    --pool=TEXT is=pool -- where its disks go; "default" without
    --virt-type=TEXT -- kvm or qemu
    --noconsole -- leave the console alone
    run
