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
