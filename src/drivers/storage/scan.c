/* Looking at what lies in folders and behind device nodes: volumes and their numbers.
 *
 * On the worker that scans.  A file whose identity, size and times are those of the last scan is not opened again: its definition
 * is the one that readers have already.  Nothing here follows a link out of a check: what was opened is what is asked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/storage/storage.h"
#include "host/image.h"

typedef struct {
    dev_t device;
    ino_t inode;
    mode_t mode;
    uid_t owner;
    gid_t group;
    off_t size;
    blkcnt_t blocks;
    struct timespec atime, mtime, ctime;
    VrDefinition *volume;
} StorageStamp;

void
storage_stamp_free(void *stamp)
{
    if (stamp)
        vr_definition_unref(((StorageStamp *)stamp)->volume);
    g_free(stamp);
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static StorageStamp
stamp_of(const struct stat *st)
{
    return (StorageStamp){st->st_dev,    st->st_ino,  st->st_mode, st->st_uid,  st->st_gid, st->st_size,
                          st->st_blocks, st->st_atim, st->st_mtim, st->st_ctim, NULL};
}

/* What is in the file has not changed. */
static bool
same_content(const StorageStamp *a, const StorageStamp *b)
{
    return a->device == b->device && a->inode == b->inode && (a->mode & S_IFMT) == (b->mode & S_IFMT) && a->size == b->size &&
           same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

static bool
same_looks(const StorageStamp *a, const StorageStamp *b)
{
    return a->blocks == b->blocks && same_time(&a->atime, &b->atime);
}

/* --- what stat tells --- */

static char *
time_text(const struct timespec *t)
{
    return t->tv_nsec ? g_strdup_printf("%lld.%09ld", (long long)t->tv_sec, t->tv_nsec)
                      : g_strdup_printf("%lld", (long long)t->tv_sec);
}

static void
set_permissions(Permissions **slot, const struct stat *st)
{
    if (!*slot)
        *slot = permissions_new();
    (*slot)->mode = st->st_mode & 07777;
    (*slot)->owner = st->st_uid;
    (*slot)->group = st->st_gid;
    (*slot)->has_mode = (*slot)->has_owner = (*slot)->has_group = true;
}

static void
set_target(StorageVolTarget *target, const struct stat *st)
{
    set_permissions(&target->permissions, st);
    storage_timestamps_free(target->timestamps);
    target->timestamps = storage_timestamps_new();
    target->timestamps->atime = time_text(&st->st_atim);
    target->timestamps->mtime = time_text(&st->st_mtim);
    target->timestamps->ctime = time_text(&st->st_ctim);
    target->timestamps->btime = g_strdup("0");
}

static void
set_sizes(StorageVolDef *vol, const struct stat *st)
{
    bool file = S_ISREG(st->st_mode);
    vol->allocation = file ? (unsigned long long)st->st_blocks * 512 : 0;
    vol->physical = file ? (unsigned long long)st->st_size : 0;
    vol->has_allocation = vol->has_capacity = true;
}

/* --- what the header tells --- */

static void
set_encryption(StorageVolTarget *target, const char *name)
{
    target->encryption = encryption_new();
    target->encryption->format = strcmp(name, "luks") == 0    ? ENCRYPTION_FORMAT_LUKS
                                 : strcmp(name, "luks2") == 0 ? ENCRYPTION_FORMAT_LUKS2
                                                              : ENCRYPTION_FORMAT_QCOW;
}

/* The image below: what its own header says only where the upper one is silent. */
static StorageVolTarget *
backing_of(const char *path, const VrImageInfo *info)
{
    StorageVolTarget *backing = storage_vol_target_new();
    g_autofree char *file = vr_image_backing_path(path, info->backing);
    backing->path = g_strdup(file ? file : info->backing);
    backing->format = g_strdup(info->backing_format);
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))) {
        g_auto(VrImageInfo) below = {0};
        set_target(backing, &st);
        if (!backing->format && vr_image_probe_fd(fd, NULL, &below) == 0)
            backing->format = g_strdup(below.format);
        vr_error_clear();
    }
    if (fd >= 0)
        close(fd);
    if (!backing->format)
        backing->format = g_strdup("raw");
    return backing;
}

/* What an open file is.  A header that contradicts itself is told to the log; the file is shown all the same. */
static void
set_content(StorageVolDef *vol, int fd)
{
    g_auto(VrImageInfo) info = {0};
    StorageVolTarget *target = &vol->target;
    if (vr_image_probe_fd(fd, NULL, &info) < 0) {
        vr_log(VR_LOG_WARN, "storage", "'%s': %s", target->path, vr_error_last()->message);
        vr_error_clear();
        info.format = "raw";
    }
    g_free(target->format);
    target->format = g_strdup(info.format);
    vol->capacity = info.capacity ? info.capacity : vol->physical - MIN(vol->physical, info.payload);
    if (info.encryption)
        set_encryption(target, info.encryption);
    target->compat = info.compat && strcmp(info.compat, "1.1") == 0 ? g_strdup(info.compat) : NULL;
    target->cluster_size = strcmp(info.format, "qcow2") == 0 ? info.cluster_size : 0;
    if (target->compat) {
        target->features = storage_vol_features_new();
        target->features->lazy_refcounts = info.lazy_refcounts;
        target->features->extended_l2 = info.extended_l2;
    }
    if (info.backing)
        vol->backing_store = backing_of(target->path, &info);
}

/* --- folders --- */

void
storage_scan_add(StorageScan *scan, StorageVolDef *vol)
{
    g_ptr_array_add(scan->volumes, vr_definition_new(&vr_desc_storage_vol_def, vol));
}

void
storage_scan_guard(StorageScan *scan, VrCommand *command)
{
    if (scan->pool && scan->pool->cancel[0] >= 0)
        vr_command_cancel(command, scan->pool->cancel[0]);
}

/* A definition with the times and blocks of now and everything else as it was. */
static VrDefinition *
freshened(const VrDefinition *old, const struct stat *st)
{
    StorageVolDef *vol = vr_definition_copy(old);
    set_target(&vol->target, st);
    set_sizes(vol, st);
    return vr_definition_new(&vr_desc_storage_vol_def, vol);
}

static VrDefinition *
probe(const char *path, const char *name, int folder, int folder_type, struct stat *st)
{
    g_autoptr(StorageVolDef) vol = storage_vol_def_new();
    vol->name = g_strdup(name);
    vol->key = g_strdup(path);
    vol->target.path = g_strdup(path);
    if (S_ISDIR(st->st_mode)) {
        vol->type = folder_type;
        vol->target.format = g_strdup("dir");
        set_target(&vol->target, st);
        set_sizes(vol, st);
        return vr_definition_new(&vr_desc_storage_vol_def, g_steal_pointer(&vol));
    }
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        /* one that nobody may read is still there; one that is gone again never was */
        if (errno == ENOENT || errno == ELOOP)
            return NULL;
        set_target(&vol->target, st);
        set_sizes(vol, st);
        vol->capacity = vol->physical;
        vol->target.format = g_strdup("raw");
    } else if (fstat(fd, st) < 0 || (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))) {
        close(fd);
        return NULL; /* it was changed into something else meanwhile */
    } else {
        guint64 size = 0;
        set_target(&vol->target, st);
        set_sizes(vol, st);
        vol->type = S_ISBLK(st->st_mode) ? STORAGE_VOL_TYPE_BLOCK : STORAGE_VOL_TYPE_FILE;
        if (S_ISBLK(st->st_mode) && ioctl(fd, BLKGETSIZE64, &size) == 0)
            vol->allocation = vol->physical = size;
        set_content(vol, fd);
        close(fd);
    }
    return vr_definition_new(&vr_desc_storage_vol_def, g_steal_pointer(&vol));
}

/* The name may be shown: text, without control characters other than the line's end. */
static bool
is_text(const char *name)
{
    if (!g_utf8_validate(name, -1, NULL))
        return false;
    for (const char *c = name; *c; c++) {
        if (((guchar)*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
            return false;
    }
    return true;
}

static void
look_at(StorageScan *scan, int folder, const char *folder_path, const char *name, int folder_type)
{
    struct stat st;
    if (fstatat(folder, name, &st, 0) < 0)
        return; /* a link to nowhere, or gone */
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISBLK(st.st_mode))
        return;
    char *path = g_strdup_printf("%s/%s", strcmp(folder_path, "/") == 0 ? "" : folder_path, name);
    StorageStamp now = stamp_of(&st);
    const StorageStamp *last = g_hash_table_lookup(scan->known, path);
    if (last && S_ISREG(st.st_mode) && same_content(last, &now) && !((const StorageVolDef *)last->volume->def)->backing_store)
        now.volume = same_looks(last, &now) ? vr_definition_ref(last->volume) : freshened(last->volume, &st);
    else
        now.volume = probe(path, name, folder, folder_type, &st);
    if (!now.volume) {
        g_free(path);
        return;
    }
    g_ptr_array_add(scan->volumes, vr_definition_ref(now.volume));
    g_hash_table_replace(scan->seen, path, g_memdup2(&now, sizeof(now)));
}

/* What the file system has. */
static int
measure(StoragePoolDef *def, int folder, const char *path)
{
    struct statvfs fs;
    struct stat st;
    if (fstatvfs(folder, &fs) < 0 || fstat(folder, &st) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot statvfs path '%s'", path);
    def->capacity = (unsigned long long)fs.f_frsize * fs.f_blocks;
    def->available = (unsigned long long)fs.f_bfree * fs.f_frsize;
    def->allocation = def->capacity - MIN(def->capacity, def->available);
    set_permissions(&def->target.permissions, &st);
    return 0;
}

int
storage_scan_folder(StorageScan *scan, const char *folder, int folder_type)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot open directory '%s'", folder);
    int result = 0;
    unsigned n = 0;
    struct dirent *entry;
    errno = 0;
    while (result == 0 && (entry = readdir(dir))) {
        if (n++ % 64 == 0 && storage_scan_cancelled(scan))
            result = -1;
        else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && is_text(entry->d_name))
            look_at(scan, dirfd(dir), folder, entry->d_name, folder_type);
        errno = 0;
    }
    if (result == 0 && errno)
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot read directory '%s'", folder);
    if (result == 0)
        result = measure(scan->def, dirfd(dir), folder);
    closedir(dir);
    return result;
}

/* --- single ones --- */

StorageVolDef *
storage_block_volume(const char *path, const char *name)
{
    g_autoptr(StorageVolDef) vol = storage_vol_def_new();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    guint64 size = 0;
    if (fd < 0) {
        vr_error_system(VIR_FROM_STORAGE, errno, "cannot open volume '%s'", path);
        return NULL;
    }
    if (fstat(fd, &st) < 0 || (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &size) < 0)) {
        vr_error_system(VIR_FROM_STORAGE, errno, "cannot get the size of volume '%s'", path);
        close(fd);
        return NULL;
    }
    close(fd);
    vol->type = STORAGE_VOL_TYPE_BLOCK;
    vol->name = g_strdup(name);
    vol->key = g_strdup(path);
    vol->target.path = g_strdup(path);
    set_target(&vol->target, &st);
    vol->capacity = vol->allocation = vol->physical = size;
    vol->has_capacity = vol->has_allocation = true;
    return g_steal_pointer(&vol);
}

int
storage_look_local(const StoragePoolDef *def, StorageVolDef *vol)
{
    struct stat st;
    if (vol->type == STORAGE_VOL_TYPE_BLOCK) {
        g_autoptr(StorageVolDef) now = storage_block_volume(vol->target.path, vol->name);
        if (!now)
            return -1;
        /* a device that promises more than it has goes on doing so */
        bool thin = vol->allocation < vol->capacity;
        vol->physical = now->physical;
        vol->allocation = thin ? MIN(vol->allocation, now->physical) : now->physical;
        if (!vol->target.encryption)
            vol->capacity = now->physical;
        return 0;
    }
    if (stat(vol->target.path, &st) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot stat file '%s'", vol->target.path);
    set_target(&vol->target, &st);
    set_sizes(vol, &st);
    StorageVolTarget *backing = vol->backing_store;
    struct stat below;
    if (backing && backing->path && *backing->path == '/' && stat(backing->path, &below) == 0)
        set_target(backing, &below);
    /* a plain file is as large as it is, whoever made it so */
    if (S_ISREG(st.st_mode) && g_strcmp0(vol->target.format, "raw") == 0 && !vol->target.encryption)
        vol->capacity = vol->physical;
    return 0;
}

int
storage_capacity_of(const StorageVolTarget *backing, unsigned long long *ret_capacity)
{
    int fd = open(backing->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "inaccessible backing store volume %s", backing->path);
    g_auto(VrImageInfo) info = {0};
    struct stat st;
    int result = fstat(fd, &st) < 0 ? -1 : vr_image_probe_fd(fd, backing->format, &info);
    close(fd);
    if (result == 0)
        *ret_capacity = info.capacity ? info.capacity : (unsigned long long)st.st_size;
    return result;
}

void
storage_sum(StoragePoolDef *def, const GPtrArray *volumes)
{
    def->capacity = def->allocation = def->available = 0;
    for (guint i = 0; i < volumes->len; i++) {
        const StorageVolDef *vol = ((const VrDefinition *)volumes->pdata[i])->def;
        def->capacity += vol->capacity;
        def->allocation += vol->allocation;
    }
}
