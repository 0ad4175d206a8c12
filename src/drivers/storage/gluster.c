/* Pools that are Gluster volumes, or folders of one, read through its library: nothing is mounted.
 *
 * See StorageBackend; on the calling worker.
 */
#include <glusterfs/api/glfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "drivers/storage/storage.h"
#include "host/image.h"

#define DEFAULT_PORT 24007

/* "gluster://host:port/volume/folder" */
static char *
address_of(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    const StoragePoolHost *host = source->host[0];
    const char *dir = source->dir ? source->dir : "/";
    g_autofree char *port = host->port ? g_strdup_printf(":%d", host->port) : g_strdup("");
    return g_strdup_printf("gluster://%s%s/%s%s%s", host->name, port, source->name, *dir == '/' ? "" : "/", dir);
}

static glfs_t *
attach(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    const StoragePoolHost *host = source->host[0];
    glfs_t *volume = glfs_new(source->name);
    if (!volume) {
        vr_error_system(VIR_FROM_STORAGE, errno, "no memory for Gluster volume '%s'", source->name);
        return NULL;
    }
    if (glfs_set_volfile_server(volume, "tcp", host->name, host->port ? host->port : DEFAULT_PORT) == 0 && glfs_init(volume) == 0 &&
        (!source->dir || glfs_chdir(volume, source->dir) == 0))
        return volume;
    g_autofree char *address = address_of(def);
    vr_error_system(VIR_FROM_STORAGE, errno, "failed to connect to %s", address);
    glfs_fini(volume);
    return NULL;
}

static void
read_image(glfs_t *gluster, StorageVolDef *vol)
{
    g_autofree guint8 *buffer = g_malloc(VR_IMAGE_HEADER_MAX);
    g_auto(VrImageInfo) info = {0};
    glfs_fd_t *fd = glfs_open(gluster, vol->name, O_RDONLY);
    ssize_t length = fd ? glfs_read(fd, buffer, VR_IMAGE_HEADER_MAX, 0) : -1;
    if (fd)
        glfs_close(fd);
    if (length < 0 || vr_image_read_header(buffer, (gsize)length, NULL, &info) < 0) {
        vr_error_clear();
        info.format = "raw";
    }
    vol->target.format = g_strdup(info.format);
    if (info.capacity)
        vol->capacity = info.capacity;
    if (info.backing) {
        vol->backing_store = storage_vol_target_new();
        vol->backing_store->path = g_strdup(info.backing);
        vol->backing_store->format = g_strdup(info.backing_format ? info.backing_format : "raw");
    }
}

static void
add(StorageScan *scan, glfs_t *gluster, const char *address, const char *name, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
        return;
    StorageVolDef *vol = storage_vol_def_new();
    vol->name = g_strdup(name);
    vol->target.path = g_strdup_printf("%s%s%s", address, g_str_has_suffix(address, "/") ? "" : "/", name);
    vol->key = g_strdup(vol->target.path);
    vol->has_capacity = vol->has_allocation = true;
    vol->type = S_ISDIR(st->st_mode) ? STORAGE_VOL_TYPE_NETDIR : STORAGE_VOL_TYPE_NETWORK;
    vol->target.permissions = permissions_new();
    *vol->target.permissions = (Permissions){.mode = st->st_mode & 07777,
                                             .owner = st->st_uid,
                                             .group = st->st_gid,
                                             .has_mode = true,
                                             .has_owner = true,
                                             .has_group = true};
    if (S_ISREG(st->st_mode)) {
        vol->allocation = (unsigned long long)st->st_blocks * 512;
        vol->capacity = vol->physical = (unsigned long long)st->st_size;
        read_image(gluster, vol);
    } else {
        vol->target.format = g_strdup("dir");
    }
    storage_scan_add(scan, vol);
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    StoragePoolDef *def = s->def;
    g_autofree char *address = address_of(def);
    glfs_t *gluster = attach(def);
    if (!gluster)
        return -1;
    glfs_fd_t *dir = glfs_opendir(gluster, ".");
    int result = dir ? 0 : vr_error_system(VIR_FROM_STORAGE, errno, "cannot open path '%s'", address);
    struct dirent *entry;
    struct stat st;
    while (result == 0 && (entry = glfs_readdirplus(dir, &st))) {
        if (storage_scan_cancelled(s))
            result = -1;
        else if (*entry->d_name != '.' && g_utf8_validate(entry->d_name, -1, NULL) && storage_check_name(entry->d_name) == 0)
            add(s, gluster, address, entry->d_name, &st);
        if (result == 0)
            vr_error_clear();
    }
    struct statvfs fs;
    if (result == 0 && glfs_statvfs(gluster, "/", &fs) < 0)
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot statvfs path '%s'", address);
    if (dir)
        glfs_closedir(dir);
    glfs_fini(gluster);
    if (result == 0) {
        def->capacity = (unsigned long long)fs.f_frsize * fs.f_blocks;
        def->available = (unsigned long long)fs.f_bfree * fs.f_frsize;
        def->allocation = def->capacity - MIN(def->capacity, def->available);
    }
    return result;
}

static int
remove_volume(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    glfs_t *gluster = attach(def);
    if (!gluster)
        return -1;
    bool folder = vol->type == STORAGE_VOL_TYPE_NETDIR;
    int result = 0;
    if ((folder ? glfs_rmdir(gluster, vol->name) : glfs_unlink(gluster, vol->name)) < 0 && (folder || errno != ENOENT))
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot remove '%s'", vol->target.path);
    glfs_fini(gluster);
    return result;
}

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    /* there is nothing of it on the host; whether the server is there, the look that follows finds out */
    *ret_active = true;
    return 0;
}

const StorageBackend storage_backend_gluster = {
    .check = check,
    .scan = scan,
    .volume_remove = remove_volume,
};
