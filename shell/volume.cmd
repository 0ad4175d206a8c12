group volume Storage Volume

command vol-clone -- copy a volume within its pool
    <vol>
    <newname> -- name of the copy
    --pool=TEXT is=pool
    --prealloc-metadata sets=VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA
    --reflink sets=VIR_STORAGE_VOL_CREATE_REFLINK -- share blocks with the original until they change
    --print-xml
    run
command vol-create-as -- make a volume that is described by options
    <pool>
    <name> -- name of the volume
    <capacity>
    --allocation=TEXT
    --format=TEXT -- raw, qcow2, ...
    --backing-vol=TEXT
    --backing-vol-format=TEXT
    --prealloc-metadata sets=VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA
    --print-xml
    run
command vol-create -- make a volume from an XML file
    <pool>
    <file>
    --prealloc-metadata sets=VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA
    --validate sets=VIR_STORAGE_VOL_CREATE_VALIDATE
    run
command vol-create-from -- make a volume with the contents of another
    <pool>
    <file>
    <vol>
    --inputpool=TEXT is=pool
    --prealloc-metadata sets=VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA
    --reflink sets=VIR_STORAGE_VOL_CREATE_REFLINK -- share blocks with the original until they change
    --validate sets=VIR_STORAGE_VOL_CREATE_VALIDATE
    run
command vol-delete -- remove a volume
    <vol>
    --pool=TEXT is=pool
    --delete-snapshots sets=VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS -- its snapshots too
    does virStorageVolDelete(vol, flags)
    says Vol %t deleted
    fails Failed to delete vol %t
command vol-download -- copy a volume into a file
    <vol>
    <file>
    --pool=TEXT is=pool
    --offset=N
    --length=N
    --sparse sets=VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM
    run
command vol-dumpxml -- a volume's XML
    <vol>
    --pool=TEXT is=pool
    --xpath=TEXT named
    --wrap
    xml virStorageVolGetXMLDesc(vol, 0)
command vol-info -- what a volume is and takes
    <vol>
    --pool=TEXT is=pool
    --bytes
    --physical sets=VIR_STORAGE_VOL_GET_PHYSICAL -- the size on the host in place of the allocation
    run
command vol-key -- a volume's key
    <vol>
    --pool=TEXT is=pool
    tells virStorageVolGetKey(vol)
command vol-list -- list a pool's volumes
    <pool>
    --details
    run
command vol-name -- a volume's name, from its key or path
    <vol>
    run
command vol-path -- a volume's path
    <vol>
    --pool=TEXT is=pool
    run
command vol-pool -- the pool of a volume, from its key or path
    <vol>
    --uuid -- its UUID rather than its name
    run
command vol-resize -- change a volume's size
    <vol>
    <capacity> -- the new size, or with --delta the change
    --pool=TEXT is=pool
    --allocate sets=VIR_STORAGE_VOL_RESIZE_ALLOCATE -- take the space at once
    --delta sets=VIR_STORAGE_VOL_RESIZE_DELTA -- the size is a change
    --shrink sets=VIR_STORAGE_VOL_RESIZE_SHRINK -- smaller than it is
    run
command vol-upload -- copy a file into a volume
    <vol>
    <file>
    --pool=TEXT is=pool
    --offset=N
    --length=N
    --sparse sets=VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM
    run
command vol-wipe -- overwrite a volume
    <vol>
    --pool=TEXT is=pool
    --algorithm=TEXT
    run
