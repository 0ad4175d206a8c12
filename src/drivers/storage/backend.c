/* The table of pool types, and whether this host can serve each: a program may be missing, or the build lacked a library. */
#include "drivers/storage/storage.h"

static const StorageBackend *const backends[] = {
    [STORAGE_POOL_TYPE_DIR] = &storage_backend_dir,
    [STORAGE_POOL_TYPE_FS] = &storage_backend_fs,
    [STORAGE_POOL_TYPE_NETFS] = &storage_backend_netfs,
    [STORAGE_POOL_TYPE_LOGICAL] = &storage_backend_logical,
    [STORAGE_POOL_TYPE_DISK] = &storage_backend_disk,
    [STORAGE_POOL_TYPE_ISCSI] = &storage_backend_iscsi,
#ifdef WITH_ISCSI_DIRECT
    [STORAGE_POOL_TYPE_ISCSI_DIRECT] = &storage_backend_iscsi_direct,
#endif
    [STORAGE_POOL_TYPE_SCSI] = &storage_backend_scsi,
    [STORAGE_POOL_TYPE_MPATH] = &storage_backend_mpath,
    [STORAGE_POOL_TYPE_RBD] = &storage_backend_rbd,
    [STORAGE_POOL_TYPE_SHEEPDOG] = NULL,
#ifdef WITH_GLUSTER
    [STORAGE_POOL_TYPE_GLUSTER] = &storage_backend_gluster,
#endif
    [STORAGE_POOL_TYPE_ZFS] = &storage_backend_zfs,
    [STORAGE_POOL_TYPE_VSTORAGE] = &storage_backend_vstorage,
};

const StorageBackend *
storage_backend_row(int type)
{
    const StorageBackend *backend = type >= 0 && type < (int)G_N_ELEMENTS(backends) ? backends[type] : NULL;
    if (!backend)
        vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "missing backend for pool type %d (%s)", type,
                 vr_enum_to_string(&vr_enum_storage_pool_type, type));
    return backend;
}

int
storage_type_check(int type)
{
    return type == STORAGE_POOL_TYPE_SHEEPDOG && !storage_backend_row(type) ? -1 : 0;
}

static const char *
lacking(const StorageBackend *backend)
{
    for (gsize i = 0; i < G_N_ELEMENTS(backend->program) && backend->program[i]; i++) {
        g_autofree char *path = vr_command_find(backend->program[i]);
        if (!path)
            return backend->program[i];
    }
    return NULL;
}

bool
storage_backend_works(int type)
{
    return type >= 0 && type < (int)G_N_ELEMENTS(backends) && backends[type] && !lacking(backends[type]);
}

const StorageBackend *
storage_backend(const StoragePoolDef *def)
{
    const StorageBackend *backend = storage_backend_row(def->type);
    const char *missing = backend ? lacking(backend) : NULL;
    if (!missing)
        return backend;
    return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_OPERATION_UNSUPPORTED,
                         "storage pool '%s' is of type %s, for which this host lacks the program '%s': install it first", def->name,
                         vr_enum_to_string(&vr_enum_storage_pool_type, def->type), missing);
}
