group domain Domain Management

command migrate-setmaxdowntime -- how long a migration may stop a guest
    <domain>
    --downtime=N required -- milliseconds
    does virDomainMigrateSetMaxDowntime(domain, #downtime, 0)
    says 
command migrate-getmaxdowntime -- how long a migration may stop a guest, as it is set
    <domain>
    run
command migrate-setspeed -- how fast a migration may be
    <domain>
    --bandwidth=N required
    --postcopy sets=VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY -- once it is in post-copy
    does virDomainMigrateSetMaxSpeed(domain, #bandwidth, flags)
    says 
command migrate-getspeed -- how fast a migration may be, as it is set
    <domain>
    --postcopy sets=VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY -- once it is in post-copy
    run
command migrate-postcopy -- let a migration go on in post-copy
    <domain>
    does virDomainMigrateStartPostCopy(domain, 0)
    says 
command blockresize -- change the size of a domain's disk
    <domain>
    <path> -- disk
    --size=N required -- the new size, like 20G; KiB without a unit
    run
command migrate-compcache -- the cache of compressed pages in migrations
    <domain>
    --size=N -- its new size, a power of two, in bytes
    run
command migrate -- move a guest to another host
    <domain>
    <desturi>
    --live sets=VIR_MIGRATE_LIVE -- while it runs
    --offline sets=VIR_MIGRATE_OFFLINE -- only its definition
    --p2p sets=VIR_MIGRATE_PEER2PEER -- the hosts talk with each other
    --direct -- straight to the hypervisor of the other host
    --tunneled alias=tunnelled
    --tunnelled sets=VIR_MIGRATE_TUNNELLED -- the data through the connection
    --persistent sets=VIR_MIGRATE_PERSIST_DEST -- keep it defined on the other host
    --undefinesource sets=VIR_MIGRATE_UNDEFINE_SOURCE -- forget it on this host
    --suspend sets=VIR_MIGRATE_PAUSED -- do not let it run on over there
    --copy-storage-all sets=VIR_MIGRATE_NON_SHARED_DISK -- its disks, too
    --copy-storage-inc sets=VIR_MIGRATE_NON_SHARED_INC -- its disks' top images, too
    --copy-storage-synchronous-writes sets=VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES -- with --copy-storage-*: its writes wait for the copy's
    --change-protection sets=VIR_MIGRATE_CHANGE_PROTECTION -- nobody may change it meanwhile
    --unsafe sets=VIR_MIGRATE_UNSAFE -- even if its disks are not safe
    --verbose
    --compressed sets=VIR_MIGRATE_COMPRESSED -- compress pages that are sent again
    --auto-converge sets=VIR_MIGRATE_AUTO_CONVERGE -- slow it down if it writes too fast
    --rdma-pin-all sets=VIR_MIGRATE_RDMA_PIN_ALL -- pin its memory for RDMA
    --abort-on-error sets=VIR_MIGRATE_ABORT_ON_ERROR -- give up when a disk has an error
    --postcopy sets=VIR_MIGRATE_POSTCOPY -- allow to go on over there before all is copied
    --postcopy-after-precopy -- do so after one round
    --postcopy-resume sets=VIR_MIGRATE_POSTCOPY_RESUME -- go on with one that failed so
    --zerocopy sets=VIR_MIGRATE_ZEROCOPY -- let the network card read its memory
    --migrateuri=TEXT -- how its data gets to the other host
    --graphicsuri=TEXT -- where viewers go
    --listen-address=TEXT -- where the other host waits for the data
    --dname=TEXT -- its name on the other host
    --timeout=N -- after so many seconds, do what --timeout-* says
    --timeout-suspend -- stop the guest (which is the default)
    --timeout-postcopy -- go on over there
    --xml=TEXT is=file -- file with its XML for the other host
    --migrate-disks=TEXT -- only these disks, comma-separated
    --disks-port=N -- port where the other host waits for the disks
    --disks-uri=TEXT -- where the other host waits for the disks
    --comp-methods=TEXT -- kinds of compression, comma-separated
    --comp-mt-level=N -- how hard threads compress
    --comp-mt-threads=N -- threads that compress
    --comp-mt-dthreads=N -- threads that decompress
    --comp-xbzrle-cache=N -- bytes of its page cache
    --auto-converge-initial=N -- per cent to slow down by, first
    --auto-converge-increment=N -- and then
    --persistent-xml=TEXT is=file -- file with the XML that stays defined on the other host
    --tls sets=VIR_MIGRATE_TLS -- encrypt the data
    --postcopy-bandwidth=N -- MiB/s once it goes on over there
    --parallel sets=VIR_MIGRATE_PARALLEL -- over several connections
    --parallel-connections=N -- over so many
    --bandwidth=N
    --tls-destination=TEXT -- name in the other host's certificate
    --comp-zlib-level=N named -- how hard zlib compresses
    --comp-zstd-level=N named -- how hard zstd compresses
    --available-switchover-bandwidth=N named -- MiB/s to expect for the last round
    --migrate-disks-detect-zeroes=TEXT named -- disks of which zeroes are not sent, comma-separated
    exclusive live offline
    exclusive timeout-suspend timeout-postcopy
    requires postcopy postcopy-after-precopy
    requires timeout timeout-suspend
    requires timeout timeout-postcopy
    run
