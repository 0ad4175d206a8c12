/* Asking the storage driver for volumes: see volume.h. */
#include "drivers/qemu/volume.h"

#include <string.h>

#include "drivers/peer.h"
#include "model/storage.gen.h"

/* The guest is told the disk as the volume is written, unless its definition says otherwise. */
static void
take_format(DomainDisk *disk, virStorageVolPtr vol)
{
    char *xml = VR_PEER(virStorageVolGetXMLDesc(vol, 0));
    g_autoptr(StorageVolDef) def = xml ? storage_vol_def_parse(xml, NULL) : NULL;
    const char *format = def && def->target.format && strcmp(def->target.format, "none") != 0 ? def->target.format : "raw";
    free(xml);
    vr_error_clear();
    if (!disk->driver)
        disk->driver = domain_disk_driver_new();
    if (!disk->driver->type)
        disk->driver->type = g_strdup(strcmp(format, "dir") == 0 ? "fat" : format);
}

static int
note(DomainDisk *disk, virStorageVolPtr vol)
{
    static const int types[] = {[VIR_STORAGE_VOL_FILE] = STORAGE_TYPE_FILE, [VIR_STORAGE_VOL_BLOCK] = STORAGE_TYPE_BLOCK,
                                [VIR_STORAGE_VOL_DIR] = STORAGE_TYPE_DIR};
    StorageSource *source = &disk->source;
    virStorageVolInfo info;
    if (VR_PEER(virStorageVolGetInfo(vol, &info)) < 0)
        return -1;
    if (info.type < 0 || info.type >= (int)G_N_ELEMENTS(types))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "volume '%s' of pool '%s' is on a server: give the disk type='network' and its address", source->volume,
                        source->pool);
    char *path = VR_PEER(virStorageVolGetPath(vol));
    if (!path)
        return -1;
    g_free(source->volume_path);
    source->volume_path = g_strdup(path);
    source->volume_type = types[info.type];
    free(path);
    take_format(disk, vol);
    return 0;
}

static int
look_up(DomainDisk *disk, virConnectPtr conn)
{
    const StorageSource *source = &disk->source;
    virStoragePoolPtr pool = VR_PEER(virStoragePoolLookupByName(conn, source->pool));
    virStorageVolPtr vol = NULL;
    int active = pool ? VR_PEER(virStoragePoolIsActive(pool)) : -1, result = -1;
    if (active == 0)
        vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool '%s' containing volume '%s' is not active", source->pool,
                 source->volume);
    else if (active > 0 && (vol = VR_PEER(virStorageVolLookupByName(pool, source->volume))))
        result = note(disk, vol);
    virErrorPtr saved = vr_error_save();
    if (vol)
        VR_PEER(virStorageVolFree(vol));
    if (pool)
        VR_PEER(virStoragePoolFree(pool));
    vr_error_restore(saved);
    return result;
}

int
qemu_volume_find(const QemuDriver *driver, DomainDisk *disk)
{
    if (disk->source.type != STORAGE_TYPE_VOLUME || disk->source.volume_path)
        return 0;
    virConnectPtr conn = vr_peer_open(VR_HOST_STORAGE, driver->root, driver->privileged);
    if (!conn)
        return -1;
    int result = look_up(disk, conn);
    virErrorPtr saved = vr_error_save();
    VR_PEER(virConnectClose(conn));
    vr_error_restore(saved);
    return result;
}

int
qemu_volumes_find(const QemuDriver *driver, DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        if (qemu_volume_find(driver, def->devices.disk[i]) < 0)
            return -1;
    }
    return 0;
}
