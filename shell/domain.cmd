group domain Domain Management

options affect
    --config sets=VIR_DOMAIN_AFFECT_CONFIG
    --live sets=VIR_DOMAIN_AFFECT_LIVE
    --current

options state
    --running sets=VIR_DOMAIN_SAVE_RUNNING
    --paused sets=VIR_DOMAIN_SAVE_PAUSED

command attach-device -- give a domain a device from an XML file
    <domain>
    <file>
    --persistent -- now, if it runs, and in the definition
    use affect
    exclusive persistent current
    exclusive current live
    exclusive current config
    run run_attach_device
command autostart -- start a domain with the host, or no longer
    <domain>
    --disable
    run
command console -- the guest's console on this terminal
    about The escape character (^] unless -e says otherwise) leaves it.
    <domain>
    --devname=TEXT -- alias of the console or serial port
    --force sets=VIR_DOMAIN_CONSOLE_FORCE -- throw out whoever is connected
    --safe sets=VIR_DOMAIN_CONSOLE_SAFE -- only if nobody else can be connected
    run
command create -- start a domain from an XML file
    about The domain is gone when it ends; define keeps one.
    <file>
    --console
    --paused sets=VIR_DOMAIN_START_PAUSED
    --autodestroy sets=VIR_DOMAIN_START_AUTODESTROY
    --pass-fds=TEXT
    --validate sets=VIR_DOMAIN_START_VALIDATE
    --reset-nvram sets=VIR_DOMAIN_START_RESET_NVRAM
    run
command define -- keep a domain from an XML file, or change its definition
    <file>
    --validate sets=VIR_DOMAIN_DEFINE_VALIDATE
    run
command desc -- show or set a domain's description or title
    <domain>
    use affect
    --title -- the title rather than the description
    --edit
    --new-desc... -- the new text, all words of it
    exclusive current live
    exclusive current config
    run
command destroy -- stop a domain at once
    about As by pulling the plug; its storage stays.
    <domain>
    --graceful sets=VIR_DOMAIN_DESTROY_GRACEFUL
    --remove-logs sets=VIR_DOMAIN_DESTROY_REMOVE_LOGS -- its logs too
    run
command detach-device -- take a device away, as an XML file describes it
    <domain>
    <file>
    --persistent -- now, if it runs, and in the definition
    use affect
    exclusive persistent current
    exclusive current live
    exclusive current config
    run run_detach_device
command detach-device-alias -- take a device away by its alias
    <domain>
    <alias>
    use affect
    exclusive current live
    exclusive current config
    does virDomainDetachDeviceAlias(domain, $alias, flags)
    says Device detach request sent successfully
    fails Failed to detach device with alias
command domdisplay -- address of a domain's display
    <domain>
    --include-password
    --type=TEXT -- vnc, spice or rdp
    --all
    run
command domfsfreeze -- freeze a guest's file systems
    <domain>
    --mountpoint... -- only these
    run
command domfsthaw -- thaw a guest's file systems
    <domain>
    --mountpoint... -- only these
    run
command domfsinfo -- list a guest's file systems
    <domain>
    run
command domfstrim -- give a guest's unused blocks back
    <domain>
    --minimum=N -- only runs of at least this many bytes
    --mountpoint=TEXT
    run
command domhostname -- a guest's host name
    <domain>
    --source=TEXT -- who is asked: lease or agent
    run
command domid -- a domain's id
    <domain>
    run
command domif-setlink -- plug or unplug a guest interface's cable
    <domain>
    <interface>
    <state> -- up or down
    --persistent alias=config
    --config
    --print-xml
    run
command domjobabort -- stop what a domain is busy with
    <domain>
    --postcopy sets=VIR_DOMAIN_ABORT_JOB_POSTCOPY -- a migration in post-copy
    run
command domjobinfo -- what a domain is busy with
    <domain>
    --completed sets=VIR_DOMAIN_JOB_STATS_COMPLETED -- what it was busy with last
    --keep-completed sets=VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED -- the same, not to be forgotten
    --anystats -- statistics of every kind of job
    --rawstats -- statistics by their names in the API
    run
command domname -- a domain's name
    <domain>
    run
command domrename -- rename a domain
    <domain>
    <new-name> -- the new name
    does virDomainRename(domain, $new-name, 0)
    says Domain successfully renamed
command dompmsuspend -- put a guest to sleep
    <domain>
    <target> -- mem, disk or hybrid
    --duration=N named
    run
command dompmwakeup -- wake a sleeping guest
    <domain>
    does virDomainPMWakeup(domain, 0)
    says Domain '%t' successfully woken up
    fails Domain '%t' could not be woken up
command domuuid -- a domain's UUID
    <domain>
    run
command domxml-from-native -- a hypervisor's own configuration, as XML
    <format> -- the configuration's format
    <config> is=file -- file with the configuration
    run
command domxml-to-native -- a domain, as a hypervisor's own configuration
    <format> -- the configuration's format
    --domain=TEXT named
    --xml=TEXT is=file -- file with the domain's XML
    exclusive domain xml
    run
command dump -- write a guest's memory to a file
    <domain>
    <file> -- file to write
    --live sets=VIR_DUMP_LIVE -- while it runs on
    --crash sets=VIR_DUMP_CRASH
    --bypass-cache sets=VIR_DUMP_BYPASS_CACHE
    --reset sets=VIR_DUMP_RESET -- reset the guest afterwards
    --verbose
    --memory-only sets=VIR_DUMP_MEMORY_ONLY -- memory and registers only
    --format=TEXT -- elf, kdump-zlib, kdump-lzo, kdump-snappy or win-dmp
    exclusive live crash
    exclusive crash reset
    exclusive live reset
    run
command dumpxml -- a domain's XML
    <domain>
    --inactive sets=VIR_DOMAIN_XML_INACTIVE
    --security-info sets=VIR_DOMAIN_XML_SECURE
    --update-cpu sets=VIR_DOMAIN_XML_UPDATE_CPU
    --migratable sets=VIR_DOMAIN_XML_MIGRATABLE
    --xpath=TEXT named
    --wrap
    xml virDomainGetXMLDesc(domain, flags)
command edit -- change a domain's XML in an editor
    <domain>
    --skip-validate -- even if the schema does not know it
    run
command inject-nmi -- send a guest a non-maskable interrupt
    <domain>
    does virDomainInjectNMI(domain, 0)
    says 
command managedsave -- save a domain and stop it; its next start goes on from there
    <domain>
    --bypass-cache sets=VIR_DOMAIN_SAVE_BYPASS_CACHE
    use state
    --verbose
    exclusive running paused
    run
command managedsave-remove -- forget what managedsave kept
    <domain>
    run
command managedsave-dumpxml -- the XML in a managed save image
    <domain>
    --security-info sets=VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
    --xpath=TEXT named
    --wrap
    xml virDomainManagedSaveGetXMLDesc(domain, flags)
command managedsave-edit -- change the XML in a managed save image in an editor
    <domain>
    use state
    exclusive running paused
    run
command managedsave-define -- change the XML in a managed save image
    <domain>
    <xml> is=file
    use state
    exclusive running paused
    run
command metadata -- show or set what applications keep with a domain
    <domain>
    <uri> -- namespace of the metadata
    use affect
    --edit
    --key=TEXT -- prefix of the namespace
    --set=TEXT -- the new metadata
    --remove -- remove it
    exclusive edit set
    exclusive remove set
    exclusive remove edit
    exclusive current live
    exclusive current config
    run
command reboot -- ask a guest to reboot
    <domain>
    --mode=TEXT -- acpi, agent, initctl, signal, paravirt; several, comma-separated
    run
command reset -- reset a domain as by its button
    <domain>
    does virDomainReset(domain, 0)
    says Domain '%t' was reset
    fails Failed to reset domain '%t'
command restore -- go on with a saved domain
    <file> -- file that save made
    --bypass-cache sets=VIR_DOMAIN_SAVE_BYPASS_CACHE
    --xml=TEXT is=file -- file with XML to use in place of the saved one
    use state
    --reset-nvram sets=VIR_DOMAIN_SAVE_RESET_NVRAM
    --parallel-channels=N named
    exclusive running paused
    run
command resume -- let a suspended domain run on
    <domain>
    does virDomainResume(domain)
    says Domain '%t' resumed
    fails Failed to resume domain '%t'
command save -- save a domain to a file and stop it
    <domain>
    <file> -- file to write
    --bypass-cache sets=VIR_DOMAIN_SAVE_BYPASS_CACHE
    --xml=TEXT is=file -- file with XML to keep in place of the domain's
    use state
    --verbose
    --parallel-channels=N named
    --image-format=TEXT named -- raw, sparse, or the name of a compression
    exclusive running paused
    run
command save-image-define -- change the XML in a saved file
    <file> -- file that save made
    <xml> is=file
    use state
    exclusive running paused
    run
command save-image-edit -- change the XML in a saved file in an editor
    <file> -- file that save made
    use state
    exclusive running paused
    run
command save-image-dumpxml -- the XML in a saved file
    <file> -- file that save made
    --security-info sets=VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
    --xpath=TEXT named
    --wrap
    xml virDomainSaveImageGetXMLDesc(conn, $file, flags)
command screenshot -- a picture of a guest's screen
    <domain>
    --file=TEXT -- file to write
    --screen=N
    run
command set-lifecycle-action -- what happens when a guest ends
    <domain>
    <type> -- poweroff, reboot or crash
    <action> -- destroy, restart, rename-restart, preserve, coredump-destroy or coredump-restart
    use affect
    exclusive current live
    exclusive current config
    run
command set-user-password -- set a password inside a guest
    <domain>
    <user>
    <password> -- the new password
    --encrypted sets=VIR_DOMAIN_PASSWORD_ENCRYPTED -- it is encrypted already
    run
command setmaxmem -- set the most memory that a domain may have
    <domain>
    --kilobytes alias=size
    --size=N required -- amount, like 2G; KiB without a unit
    use affect
    exclusive current live
    exclusive current config
    run
command setmem -- set a domain's memory
    <domain>
    --kilobytes alias=size
    --size=N required -- amount, like 2G; KiB without a unit
    use affect
    exclusive current live
    exclusive current config
    run
command setvcpus -- set a domain's number of processors
    <domain>
    --count=N required
    --maximum sets=VIR_DOMAIN_VCPU_MAXIMUM
    use affect
    --guest sets=VIR_DOMAIN_VCPU_GUEST -- those that the guest uses
    --hotpluggable sets=VIR_DOMAIN_VCPU_HOTPLUGGABLE -- such as can be taken away again
    exclusive current live
    exclusive current config
    exclusive guest config
    requires config maximum
    run
command shutdown -- ask a guest to shut down
    <domain>
    --mode=TEXT -- acpi, agent, initctl, signal, paravirt; several, comma-separated
    run
command start -- start a domain that is defined
    about It goes on from a managed save image if there is one.
    <domain>
    --console
    --paused sets=VIR_DOMAIN_START_PAUSED
    --autodestroy sets=VIR_DOMAIN_START_AUTODESTROY
    --bypass-cache sets=VIR_DOMAIN_START_BYPASS_CACHE
    --force-boot sets=VIR_DOMAIN_START_FORCE_BOOT
    --pass-fds=TEXT
    --reset-nvram sets=VIR_DOMAIN_START_RESET_NVRAM
    run
command suspend -- stop a domain's processors; its memory stays
    <domain>
    does virDomainSuspend(domain)
    says Domain '%t' suspended
    fails Failed to suspend domain '%t'
command undefine -- forget a domain's definition
    <domain>
    --managed-save sets=VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    --storage=TEXT -- these disks' volumes too, comma-separated
    --remove-all-storage -- all disks' volumes too
    --delete-snapshots alias=delete-storage-volume-snapshots
    --delete-storage-volume-snapshots -- the volumes' snapshots too
    --wipe-storage
    --snapshots-metadata sets=VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    --checkpoints-metadata sets=VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    --nvram sets=VIR_DOMAIN_UNDEFINE_NVRAM
    --keep-nvram sets=VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
    --tpm sets=VIR_DOMAIN_UNDEFINE_TPM
    --keep-tpm sets=VIR_DOMAIN_UNDEFINE_KEEP_TPM
    exclusive nvram keep-nvram
    exclusive tpm keep-tpm
    run
command update-device -- change a device, as an XML file describes it
    <domain>
    <file>
    --persistent -- now, if it runs, and in the definition
    use affect
    --force sets=VIR_DOMAIN_DEVICE_MODIFY_FORCE
    exclusive persistent current
    exclusive current live
    exclusive current config
    run run_update_device
command vcpucount -- how many processors a domain has
    <domain>
    --maximum
    --active -- those in use
    use affect
    --guest -- those that the guest uses
    exclusive live config
    exclusive maximum active
    exclusive maximum guest
    exclusive active guest
    exclusive current live
    exclusive current config
    run
command vncdisplay -- address of a domain's VNC display
    <domain>
    run
command ttyconsole -- device of a domain's console
    <domain>
    run
