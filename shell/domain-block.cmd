group domain Domain Management

command blockcommit -- write changes down into an image below
    <domain>
    <path> -- disk
    --bandwidth=N
    --base=TEXT -- the image to write to, by default the last
    --shallow sets=VIR_DOMAIN_BLOCK_COMMIT_SHALLOW -- the image to write to is the next one below
    --top=TEXT -- the image to begin with, by default the top one
    --active sets=VIR_DOMAIN_BLOCK_COMMIT_ACTIVE -- the top one too, which the guest writes to
    --delete sets=VIR_DOMAIN_BLOCK_COMMIT_DELETE -- delete the images that are needed no more
    --wait
    --verbose
    --timeout=N -- with --wait: give up after so many seconds
    --pivot -- implies --active and --wait: go on with the image below
    --keep-overlay -- implies --active and --wait: go on with the top image
    --async -- with --wait: do not wait for an end by force
    --keep-relative sets=VIR_DOMAIN_BLOCK_COMMIT_RELATIVE -- keep names of images relative
    --bytes -- bandwidth is in bytes/s
    exclusive base shallow
    exclusive pivot keep-overlay
    run
command blockcopy -- copy a disk to another image, and keep the copy up to date
    <domain>
    <path> -- disk
    --dest=TEXT -- the copy
    --bandwidth=N
    --shallow sets=VIR_DOMAIN_BLOCK_COPY_SHALLOW -- only the top image
    --reuse-external sets=VIR_DOMAIN_BLOCK_COPY_REUSE_EXT -- the copy exists already
    --raw alias=format=raw
    --blockdev -- the copy is a block device
    --wait -- until the copy is as the disk
    --verbose
    --timeout=N -- with --wait: give up after so many seconds
    --pivot -- implies --wait: go on with the copy
    --finish -- implies --wait: go on with the disk
    --async -- with --wait: do not wait for an end by force
    --xml=TEXT is=file -- file with the copy's <disk>
    --format=TEXT -- format of the copy
    --granularity=N -- bytes that are copied at least, a power of two
    --buf-size=N -- bytes in flight at most
    --bytes -- bandwidth is in bytes/s
    --transient-job sets=VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB -- forget the job when the guest stops
    --synchronous-writes sets=VIR_DOMAIN_BLOCK_COPY_SYNCHRONOUS_WRITES -- the guest's writes wait for the copy's
    --print-xml
    exclusive dest xml
    exclusive format xml
    exclusive blockdev xml
    exclusive pivot finish
    run
command blockjob -- look at a disk's job, change it or end it
    <domain>
    <path> -- disk
    --abort -- end it
    --async sets=VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC -- with --abort or --pivot: do not wait for the end
    --pivot sets=VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT -- end it and go on with the copy
    --info -- look at it
    --bytes -- bandwidth in bytes/s
    --raw -- for scripts: what the library says
    --bandwidth=N -- its new rate limit in MiB/s
    run
command blockpull -- bring what is in images below into the top one
    <domain>
    <path> -- disk
    --bandwidth=N
    --base=TEXT -- the image that stays below
    --wait
    --verbose
    --timeout=N -- with --wait: give up after so many seconds
    --async -- with --wait: do not wait for an end by force
    --keep-relative sets=VIR_DOMAIN_BLOCK_REBASE_RELATIVE -- keep names of images relative
    --bytes -- bandwidth is in bytes/s
    requires wait verbose
    requires wait async
    run
command domblkthreshold -- an event when a disk has written so far
    <domain>
    <dev>
    <threshold> -- offset, like 10G
    run
command change-media -- put a medium in a drive, or take it out
    <domain>
    <path> -- drive: its target or the image in it
    --source=TEXT -- the new medium
    --eject -- take the medium out
    --insert -- put one into an empty drive
    --update -- out with the old one, in with the new one
    use affect
    --force sets=VIR_DOMAIN_DEVICE_MODIFY_FORCE -- even if the guest locks the drive
    --print-xml
    --block -- the medium is a block device
    exclusive eject insert
    exclusive eject update
    exclusive insert update
    exclusive eject block
    exclusive current live
    exclusive current config
    run
