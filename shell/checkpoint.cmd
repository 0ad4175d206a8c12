group checkpoint Checkpoint

command checkpoint-create -- make a checkpoint, as an XML file describes it
    <domain>
    --xmlfile=TEXT is=file
    --redefine sets=VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE
    --redefine-validate sets=VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE -- with --redefine: look whether the images have it
    --quiesce sets=VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE
    run
command checkpoint-create-as -- make a checkpoint that is described by options
    <domain>
    --name=TEXT -- its name
    --description=TEXT
    --print-xml
    --quiesce sets=VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE
    --diskspec... -- one disk: NAME[,checkpoint=KIND][,bitmap=NAME]
    run
command checkpoint-delete -- delete a checkpoint
    <domain>
    --checkpointname=TEXT
    --children sets=VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN
    --children-only sets=VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY
    --metadata sets=VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY
    exclusive children children-only
    run
command checkpoint-dumpxml -- a checkpoint's XML
    <domain>
    --checkpointname=TEXT
    --security-info sets=VIR_DOMAIN_CHECKPOINT_XML_SECURE
    --no-domain sets=VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN -- without the domain that is kept in it
    --size sets=VIR_DOMAIN_CHECKPOINT_XML_SIZE -- with how much was written since
    --xpath=TEXT named
    --wrap
    run
command checkpoint-edit -- change a checkpoint's XML in an editor
    <domain>
    --checkpointname=TEXT
    run
command checkpoint-info -- what a checkpoint is
    <domain>
    --checkpointname=TEXT
    run
command checkpoint-list -- list a domain's checkpoints
    <domain>
    --parent -- with the checkpoints that they came after
    --roots sets=VIR_DOMAIN_CHECKPOINT_LIST_ROOTS
    --leaves sets=VIR_DOMAIN_CHECKPOINT_LIST_LEAVES
    --no-leaves sets=VIR_DOMAIN_CHECKPOINT_LIST_NO_LEAVES -- only those with others after them
    --tree
    --from=TEXT -- only those after this one
    --descendants sets=VIR_DOMAIN_CHECKPOINT_LIST_DESCENDANTS
    --name
    --topological sets=VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL
    exclusive tree name
    exclusive parent roots
    exclusive parent tree
    exclusive roots tree
    exclusive roots from
    requires from descendants
    run
command checkpoint-parent -- the checkpoint that one came after
    <domain>
    --checkpointname=TEXT
    run
