group backup Backup

command backup-begin -- begin a backup of a guest's disks
    <domain>
    --backupxml=TEXT is=file
    --checkpointxml=TEXT is=file
    --reuse-external sets=VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL
    run
command backup-dumpxml -- the XML of the backup that is being made
    <domain>
    --xpath=TEXT named
    --wrap
    xml virDomainBackupGetXMLDesc(domain, 0)
