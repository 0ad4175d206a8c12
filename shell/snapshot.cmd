group snapshot Snapshot

options make
    --no-metadata sets=VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA
    --halt sets=VIR_DOMAIN_SNAPSHOT_CREATE_HALT -- stop the domain afterwards
    --disk-only sets=VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY
    --reuse-external sets=VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT
    --quiesce sets=VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE
    --atomic sets=VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC
    --live sets=VIR_DOMAIN_SNAPSHOT_CREATE_LIVE -- while the guest runs on
    --validate sets=VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE

command snapshot-create -- take a snapshot, as an XML file describes it
    <domain>
    --xmlfile=TEXT is=file
    --redefine sets=VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE
    --current sets=VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT -- with --redefine: it is the current one
    use make
    requires redefine current
    run
command snapshot-create-as -- take a snapshot that is described by options
    <domain>
    --name=TEXT -- its name
    --description=TEXT
    --print-xml
    use make
    --memspec=TEXT named
    --diskspec...
    run
command snapshot-current -- show or choose the current snapshot
    <domain>
    --name
    --security-info sets=VIR_DOMAIN_SNAPSHOT_XML_SECURE
    --snapshotname=TEXT -- make this one the current one
    exclusive name snapshotname
    run
command snapshot-delete -- delete a snapshot
    <domain>
    --snapshotname=TEXT
    --current -- the current one
    --children sets=VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN
    --children-only sets=VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY
    --metadata sets=VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY
    exclusive current snapshotname
    run
command snapshot-dumpxml -- a snapshot's XML
    <domain>
    <snapshotname>
    --security-info sets=VIR_DOMAIN_SNAPSHOT_XML_SECURE
    --xpath=TEXT named
    --wrap
    xml virDomainSnapshotGetXMLDesc(snapshot, flags)
command snapshot-edit -- change a snapshot's XML in an editor
    <domain>
    --snapshotname=TEXT
    --current -- make it the current one; without a name: the one that is
    --rename -- the name may change
    --clone -- with another name, it is another snapshot
    exclusive rename clone
    run
command snapshot-info -- what a snapshot is
    <domain>
    --snapshotname=TEXT
    --current -- the current one
    exclusive current snapshotname
    run
command snapshot-list -- list a domain's snapshots
    <domain>
    --parent -- with the snapshots that they were made from
    --roots sets=VIR_DOMAIN_SNAPSHOT_LIST_ROOTS
    --leaves sets=VIR_DOMAIN_SNAPSHOT_LIST_LEAVES
    --no-leaves sets=VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES -- only those with others made from them
    --metadata sets=VIR_DOMAIN_SNAPSHOT_LIST_METADATA -- only those that something is kept about
    --no-metadata sets=VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA -- only those that nothing is kept about
    --inactive sets=VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE -- only those taken while it was off
    --active sets=VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE -- only those taken while it ran
    --disk-only sets=VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY -- only those of disks
    --internal sets=VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL -- only those inside the images
    --external sets=VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL -- only those in files of their own
    --tree
    --from=TEXT -- only those made from this one
    --current -- only those made from the current one
    --descendants sets=VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS
    --name
    --topological sets=VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL
    exclusive tree name
    exclusive parent roots
    exclusive parent tree
    exclusive roots tree
    exclusive roots from
    exclusive roots current
    run
command snapshot-parent -- the snapshot that one was made from
    <domain>
    --snapshotname=TEXT
    --current -- the current one
    exclusive current snapshotname
    run
command snapshot-revert -- go back to a snapshot
    <domain>
    --snapshotname=TEXT
    --current -- the current one
    --running sets=VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING
    --paused sets=VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED
    --force sets=VIR_DOMAIN_SNAPSHOT_REVERT_FORCE -- even if the guest has to be started anew
    --reset-nvram sets=VIR_DOMAIN_SNAPSHOT_REVERT_RESET_NVRAM
    exclusive current snapshotname
    exclusive running paused
    run
