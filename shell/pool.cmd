group pool Storage Pool

options source
    --source-host=TEXT
    --source-path=TEXT
    --source-dev=TEXT
    --source-name=TEXT
    --target=TEXT -- where its volumes appear
    --source-format=TEXT
    --auth-type=TEXT
    --auth-username=TEXT
    --secret-usage=TEXT
    --secret-uuid=TEXT
    --adapter-name=TEXT
    --adapter-wwnn=TEXT
    --adapter-wwpn=TEXT
    --adapter-parent=TEXT
    --adapter-parent-wwnn=TEXT
    --adapter-parent-wwpn=TEXT
    --adapter-parent-fabric-wwn=TEXT
    --source-protocol-ver=TEXT
    --source-initiator=TEXT

command find-storage-pool-sources-as -- look for sources of storage, named by options
    <type> -- kind of pool
    --host=TEXT -- host to look on
    --port=TEXT -- its port
    --initiator=TEXT -- initiator IQN to look with
    run
command find-storage-pool-sources -- look for sources of storage
    <type> -- kind of pool
    --srcSpec=TEXT is=file
    run
command pool-autostart -- start a pool with the host, or no longer
    <pool>
    --disable
    run
command pool-build -- make what a pool needs on the host
    <pool>
    --no-overwrite sets=VIR_STORAGE_POOL_BUILD_NO_OVERWRITE
    --overwrite sets=VIR_STORAGE_POOL_BUILD_OVERWRITE
    exclusive overwrite no-overwrite
    does virStoragePoolBuild(pool, flags)
    says Pool %t built
    fails Failed to build pool %t
command pool-create-as -- start a pool that is described by options
    <name> -- name of the pool
    <type> -- kind of pool
    --print-xml
    use source
    --build sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD
    --no-overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE
    --overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE
    exclusive overwrite no-overwrite
    run
command pool-create -- start a pool from an XML file
    <file>
    --build sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD
    --no-overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE
    --overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE
    exclusive overwrite no-overwrite
    does virStoragePoolCreateXML(conn, @file, flags)
    says Pool %s created from %t
    fails Failed to create pool from %t
command pool-define-as -- keep a pool that is described by options
    <name> -- name of the pool
    <type> -- kind of pool
    --print-xml
    use source
    run
command pool-define -- keep a pool from an XML file, or change its definition
    <file>
    --validate sets=VIR_STORAGE_POOL_DEFINE_VALIDATE
    does virStoragePoolDefineXML(conn, @file, flags)
    says Pool %s defined from %t
    fails Failed to define pool from %t
command pool-delete -- remove what a pool has on the host
    <pool>
    does virStoragePoolDelete(pool, 0)
    says Pool %t deleted
    fails Failed to delete pool %t
command pool-destroy -- stop a pool; its volumes stay
    <pool>
    does virStoragePoolDestroy(pool)
    says Pool %t destroyed
    fails Failed to destroy pool %t
command pool-dumpxml -- a pool's XML
    <pool>
    --inactive sets=VIR_STORAGE_XML_INACTIVE
    --xpath=TEXT named
    --wrap
    xml virStoragePoolGetXMLDesc(pool, flags)
command pool-edit -- change a pool's XML in an editor
    <pool>
    run
command pool-info -- what a pool is and holds
    <pool>
    --bytes
    run
command pool-list -- list pools
    about Prints the pools that run, unless told otherwise.
    --inactive
    --all
    --transient sets=VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT
    --persistent sets=VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT
    --autostart sets=VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART
    --no-autostart sets=VIR_CONNECT_LIST_STORAGE_POOLS_NO_AUTOSTART
    --type=TEXT -- only pools of these kinds, comma-separated
    --details
    --uuid
    --name
    run
command pool-name -- a pool's name
    <pool>
    tells virStoragePoolGetName(pool)
command pool-refresh -- look again what a pool holds
    <pool>
    does virStoragePoolRefresh(pool, 0)
    says Pool %t refreshed
    fails Failed to refresh pool %t
command pool-start -- start a pool that is defined
    <pool>
    --build sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD
    --no-overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE
    --overwrite sets=VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE
    exclusive overwrite no-overwrite
    does virStoragePoolCreate(pool, flags)
    says Pool %t started
    fails Failed to start pool %t
command pool-undefine -- forget a pool's definition
    <pool>
    does virStoragePoolUndefine(pool)
    says Pool %t has been undefined
    fails Failed to undefine pool %t
command pool-uuid -- a pool's UUID
    <pool>
    run
command pool-event -- wait for events of pools
    --pool=TEXT is=pool
    --event=TEXT
    --loop
    --timeout=N
    --list
    --timestamp
    run
command pool-capabilities -- kinds of pools that the host can have, as XML
    tells virConnectGetStoragePoolCapabilities(conn, 0)
    fails failed to get storage pool capabilities
