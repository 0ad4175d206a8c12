/* Pools that are folders: as they are, or with a file system of this host or of a server mounted on them.
 *
 * See StorageBackend; on the calling worker.  Whether something is mounted is read from the kernel's table, which asks no server.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

#define DEFAULT_MODE 0711

/* --- the folder --- */

int
storage_build_folder(const StoragePoolDef *def)
{
    const char *path = def->target.path;
    const Permissions *wanted = def->target.permissions;
    g_autofree char *parent = g_path_get_dirname(path);
    struct stat st;
    bool fresh = lstat(path, &st) < 0;
    if (g_mkdir_with_parents(parent, 0755) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot create path '%s'", parent);
    if (fresh && mkdir(path, 0700) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "failed to create directory '%s'", path);
    if (!fresh && !wanted)
        return 0;
    int fd = storage_folder_open(path);
    if (fd < 0)
        return -1;
    int result = 0;
    if (wanted && (wanted->has_owner || wanted->has_group) &&
        fchown(fd, wanted->has_owner ? wanted->owner : (uid_t)-1, wanted->has_group ? wanted->group : (gid_t)-1) < 0)
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot chown '%s' to (%u, %u)", path, wanted->owner, wanted->group);
    if (result == 0 && (fresh || wanted->has_mode) && fchmod(fd, wanted && wanted->has_mode ? wanted->mode : DEFAULT_MODE) < 0)
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot set mode of '%s'", path);
    close(fd);
    return result;
}

static int
build_dir(VrInstance *instance, const StoragePoolDef *def, unsigned flags)
{
    return storage_build_folder(def);
}

static int
check_dir(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = g_file_test(def->target.path, G_FILE_TEST_IS_DIR);
    return 0;
}

static int
scan_dir(VrInstance *instance, StorageScan *scan)
{
    return storage_scan_folder(scan, scan->def->target.path, STORAGE_VOL_TYPE_DIR);
}

static int
remove_dir(const StoragePoolDef *def, unsigned flags)
{
    if (flags & VIR_STORAGE_POOL_DELETE_ZEROED)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "a folder's pool cannot be deleted with zeros: wipe its volumes");
    if (rmdir(def->target.path) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "failed to remove pool '%s'", def->target.path);
    return 0;
}

/* --- volumes --- */

static int
place(const StoragePoolDef *def, StorageVolDef *vol)
{
    struct stat st;
    if (storage_check_name(vol->name) < 0)
        return -1;
    g_free(vol->target.path);
    vol->target.path = g_strdup_printf("%s/%s", strcmp(def->target.path, "/") == 0 ? "" : def->target.path, vol->name);
    if (lstat(vol->target.path, &st) == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume target path '%s' already exists", vol->target.path);
    g_free(vol->key);
    vol->key = g_strdup(vol->target.path);
    return 0;
}

static int
look(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol)
{
    return storage_look_local(def, vol);
}

static int
remove_file(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    int dir = storage_folder_open(def->target.path);
    if (dir < 0)
        return -1;
    bool folder = vol->type == STORAGE_VOL_TYPE_DIR || vol->type == STORAGE_VOL_TYPE_NETDIR;
    int result = 0;
    if (unlinkat(dir, vol->name, folder ? AT_REMOVEDIR : 0) < 0 && (errno != ENOENT || folder))
        result = folder ? vr_error_system(VIR_FROM_STORAGE, errno, "cannot remove directory '%s'", vol->target.path)
                        : vr_error_system(VIR_FROM_STORAGE, errno, "cannot unlink file '%s'", vol->target.path);
    close(dir);
    return result;
}

static int
resize(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity, unsigned flags)
{
    return storage_resize_file(def, vol, capacity, flags);
}

/* --- what is mounted on it --- */

int
storage_mounted(const StoragePoolDef *def, bool *ret_mounted)
{
    FILE *table = setmntent("/proc/self/mounts", "r");
    if (!table)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot read mount list '/proc/self/mounts'");
    struct mntent entry;
    char buffer[8192];
    *ret_mounted = false;
    while (!*ret_mounted && getmntent_r(table, &entry, buffer, sizeof(buffer)))
        *ret_mounted = strcmp(entry.mnt_dir, def->target.path) == 0;
    endmntent(table);
    return 0;
}

static char *
mount_source(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    if (def->type == STORAGE_POOL_TYPE_FS)
        return g_strdup(source->device[0]->path);
    const char *host = source->host[0]->name;
    bool cifs = g_strcmp0(source->format, "cifs") == 0, v6 = strchr(host, ':') != NULL;
    if (cifs)
        return g_strdup_printf("//%s/%s", host, *source->dir == '/' ? source->dir + 1 : source->dir);
    return g_strdup_printf(v6 ? "[%s]:%s" : "%s:%s", host, source->dir);
}

static char *
mount_options(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    g_autoptr(GString) options = g_string_new("nodev,nosuid,noexec");
    if (g_strcmp0(source->format, "glusterfs") == 0)
        g_string_append(options, ",direct-io-mode=1");
    if (g_strcmp0(source->format, "cifs") == 0)
        g_string_append(options, ",guest");
    if (source->protocol_ver)
        g_string_append_printf(options, ",nfsvers=%s", source->protocol_ver);
    for (size_t i = 0; def->fs_mount_opts && i < def->fs_mount_opts->n_fs_option; i++)
        g_string_append_printf(options, ",%s", def->fs_mount_opts->fs_option[i]->name);
    return g_string_free(g_steal_pointer(&options), FALSE);
}

static int
check_one_source(const StoragePoolDef *def)
{
    const StoragePoolSource *source = &def->source;
    if (def->type == STORAGE_POOL_TYPE_FS && source->n_device != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "missing source device");
    if (def->type == STORAGE_POOL_TYPE_NETFS && (source->n_host != 1 || !source->dir))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    return 0;
}

static int
mount_fs(VrInstance *instance, const StoragePoolDef *def)
{
    bool mounted = false;
    if (check_one_source(def) < 0 || storage_mounted(def, &mounted) < 0)
        return -1;
    if (mounted)
        return 0; /* by somebody else: it is used as it is */
    g_autofree char *source = mount_source(def), *options = mount_options(def);
    g_autoptr(VrCommand) command = vr_command_new("mount", "-o", options, NULL);
    bool guess = !def->source.format || strcmp(def->source.format, "auto") == 0;
    if (!guess)
        vr_command_add(command, "-t", def->source.format, NULL);
    else if (def->type == STORAGE_POOL_TYPE_FS)
        vr_command_add(command, "-t", "auto", NULL);
    vr_command_add(command, "--", source, def->target.path, NULL);
    return vr_command_run(command, NULL);
}

static int
unmount_fs(const StoragePoolDef *def)
{
    bool mounted = false;
    if (storage_mounted(def, &mounted) < 0)
        return -1;
    if (!mounted)
        return 0;
    g_autoptr(VrCommand) command = vr_command_new("umount", "--", def->target.path, NULL);
    return vr_command_run(command, NULL);
}

static int
check_mounted(const StoragePoolDef *def, bool *ret_active)
{
    return storage_mounted(def, ret_active);
}

/* What a device holds already, by blkid, which says with 2 that there is nothing. */
static int
check_empty(const char *device)
{
    g_autoptr(VrCommand) command = vr_command_new("blkid", "-p", "-o", "export", "--", device, NULL);
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    if (vr_command_status(command, &status, &out, &err) < 0)
        return -1;
    if (status == 2)
        return 0;
    if (status == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_POOL_BUILT,
                        "'%s' holds something already: build with the overwrite flag if it is to go", device);
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_PROBE_FAILED, "cannot find out what '%s' holds: %s", device, g_strstrip(err));
}

static int
format_device(const StoragePoolDef *def, unsigned flags)
{
    const char *device = def->source.device[0]->path, *format = def->source.format;
    if (!g_file_test(device, G_FILE_TEST_EXISTS))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "Source device does not exist when formatting pool '%s'",
                        def->name);
    if (!format || strcmp(format, "auto") == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                        "pool '%s' does not say which file system to make: name one in <format>", def->name);
    if (flags & VIR_STORAGE_POOL_BUILD_NO_OVERWRITE && check_empty(device) < 0)
        return -1;
    bool xfs = strcmp(format, "xfs") == 0;
    g_autoptr(VrCommand) command = vr_command_new("mkfs", "-t", format, NULL);
    if (xfs)
        vr_command_add(command, "-f", NULL);
    vr_command_add(command, device, NULL);
    return vr_command_run(command, NULL);
}

static int
build_fs(VrInstance *instance, const StoragePoolDef *def, unsigned flags)
{
    const unsigned both = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE;
    if ((flags & both) == both)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG,
                        "flags VIR_STORAGE_POOL_BUILD_OVERWRITE and VIR_STORAGE_POOL_BUILD_NO_OVERWRITE are mutually exclusive");
    if (storage_build_folder(def) < 0)
        return -1;
    return flags & both && def->type == STORAGE_POOL_TYPE_FS ? format_device(def, flags) : 0;
}

static int
scan_net(VrInstance *instance, StorageScan *scan)
{
    return storage_scan_folder(scan, scan->def->target.path, STORAGE_VOL_TYPE_NETDIR);
}

/* --- discovery --- */

/* "/export  clients" a line. */
static int
find_exports(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list)
{
    if (!spec)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
    if (spec->n_host != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "Expected exactly 1 host for the storage pool");
    const char *host = spec->host[0]->name;
    g_autoptr(VrCommand) command = vr_command_new("showmount", "--no-headers", "--exports", host, NULL);
    g_autofree char *out = NULL;
    if (*host == '-')
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "'%s' is no host", host);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *end = *line + strcspn(*line, " \t");
        if (end == *line)
            continue;
        StoragePoolSource *source = storage_pool_source_new();
        StoragePoolHost *server = storage_pool_host_new();
        server->name = g_strdup(host);
        vr_model_list_add(&source->host, &source->n_host, server);
        source->dir = g_strndup(*line, (gsize)(end - *line));
        source->format = g_strdup("nfs");
        vr_model_list_add(&list->source, &list->n_source, source);
    }
    return 0;
}

/* --- vstorage --- */

static int
mount_vstorage(VrInstance *instance, const StoragePoolDef *def)
{
    const Permissions *wanted = def->target.permissions;
    bool mounted = false;
    if (storage_mounted(def, &mounted) < 0 || mounted)
        return mounted ? 0 : -1;
    g_autoptr(VrCommand) command = vr_command_new("vstorage-mount", "-c", def->source.name, def->target.path, "-m", NULL);
    vr_command_addf(command, "%o", wanted && wanted->has_mode ? wanted->mode : 0700);
    vr_command_add(command, "-g", NULL);
    vr_command_addf(command, "%u", wanted && wanted->has_group ? wanted->group : getgid());
    vr_command_add(command, "-u", NULL);
    vr_command_addf(command, "%u", wanted && wanted->has_owner ? wanted->owner : getuid());
    return vr_command_run(command, NULL);
}

static int
find_clusters(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list)
{
    g_autoptr(VrCommand) command = vr_command_new("vstorage", "discover", NULL);
    g_autofree char *out = NULL;
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (!*g_strstrip(*line))
            continue;
        StoragePoolSource *source = storage_pool_source_new();
        source->name = g_strdup(*line);
        vr_model_list_add(&list->source, &list->n_source, source);
    }
    return 0;
}

#define FILES                                                                                                          \
    .local = true, .volume_place = place, .volume_build = storage_build_file, .volume_look = look,                         \
    .volume_remove = remove_file, .volume_resize = resize, .remove = remove_dir

const StorageBackend storage_backend_dir = {
    FILES, .check = check_dir, .build = build_dir, .scan = scan_dir,
};

const StorageBackend storage_backend_fs = {
    FILES,
    .program = {"mount", "umount"},
    .build_flags = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    .check = check_mounted,
    .build = build_fs,
    .start = mount_fs,
    .stop = unmount_fs,
    .scan = scan_dir,
};

const StorageBackend storage_backend_netfs = {
    FILES,
    .program = {"mount", "umount"},
    .build_flags = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    .check = check_mounted,
    .find_sources = find_exports,
    .build = build_fs,
    .start = mount_fs,
    .stop = unmount_fs,
    .scan = scan_net,
};

const StorageBackend storage_backend_vstorage = {
    FILES,
    .program = {"vstorage-mount", "umount"},
    .check = check_mounted,
    .find_sources = find_clusters,
    .build = build_dir,
    .start = mount_vstorage,
    .stop = unmount_fs,
    .scan = scan_dir,
};
