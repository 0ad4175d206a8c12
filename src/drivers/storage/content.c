/* What is in volumes: sent to clients, taken from them, wiped.
 *
 * Entry points, on any thread.  Transfers go on after the call, on a thread of their own; the volume stays marked as used.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filestream.h"
#include "drivers/storage/storage.h"

/* --- transfers --- */

typedef struct {
    virConnectPtr conn; /* keeps the instance */
    VrItem *item;
    char *name;
    bool changes;
} Transfer;

static void
transfer_done(void *opaque)
{
    Transfer *t = opaque;
    if (t->changes) {
        VrInstance *instance = storage_instance(t->conn);
        storage_volume_changed(instance, t->item, t->name);
        vr_event_emit(instance->events, VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, t->item->stored.name,
                      t->item->stored.uuid, -1, NULL);
    }
    storage_volume_release(t->item, t->name);
    vr_item_unref(t->item);
    vr_object_unref(t->conn);
    g_free(t->name);
    g_free(t);
}

static const StorageBackend *
local_backend(const VrItemState *state, const char *what)
{
    const StorageBackend *backend = storage_backend(storage_now(state));
    if (!backend || backend->local)
        return backend;
    return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "storage pool doesn't support volume %s", what);
}

static int
transfer(virStorageVolPtr obj, virStreamPtr stream, unsigned long long offset, unsigned long long length, bool sparse, bool upload)
{
    VrItem *item = NULL;
    g_autoptr(VrItemState) state = NULL;
    const VrDefinition *found = storage_volume_take(obj, upload, &item, &state);
    if (!found)
        return -1;
    Transfer *t = g_new0(Transfer, 1);
    *t = (Transfer){VR_OBJECT_CONN(obj), item, g_strdup(VR_OBJECT_NAME(obj)), false};
    vr_handle_ref(t->conn);
    int fd = local_backend(state, upload ? "upload" : "download")
                 ? storage_volume_open(found->def, upload ? O_RDWR : O_RDONLY)
                 : -1;
    const VrFileStream file = {fd, upload, sparse, offset, length, transfer_done, t};
    off_t size = fd >= 0 && !upload ? lseek(fd, 0, SEEK_END) : -1;
    if (size >= 0 && offset > (unsigned long long)size) {
        close(fd);
        fd = vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "volume '%s' has no byte %llu", VR_OBJECT_NAME(obj), offset);
    }
    t->changes = upload;
    if (fd >= 0 && vr_filestream_open(stream, &file) == 0)
        return 0;
    virErrorPtr error = vr_error_save();
    t->changes = false;
    transfer_done(t);
    vr_error_restore(error);
    return -1;
}

int
storage_volume_download(virStorageVolPtr vol, virStreamPtr stream, unsigned long long offset, unsigned long long length,
                        unsigned int flags)
{
    if (vr_flags_check(flags, VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM, VIR_FROM_STORAGE) < 0)
        return -1;
    return transfer(vol, stream, offset, length, flags & VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM, false);
}

int
storage_volume_upload(virStorageVolPtr vol, virStreamPtr stream, unsigned long long offset, unsigned long long length,
                      unsigned int flags)
{
    if (vr_flags_check(flags, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM, VIR_FROM_STORAGE) < 0)
        return -1;
    return transfer(vol, stream, offset, length, flags & VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM, true);
}

/* --- wiping --- */

/* One pass over a volume: three bytes that repeat, random ones, or random ones chosen once. */
typedef struct {
    enum { BYTES, RANDOM } kind;
    guint8 bytes[3];
} Pass;

#define P(byte) {BYTES, {byte, byte, byte}}
#define P3(a, b, c) {BYTES, {a, b, c}}
#define R {RANDOM, {0}}

typedef struct {
    int passes; /* 0: none of its own */
    Pass pass[35];
} Algorithm;

#define WIPE_ALGORITHMS (VIR_STORAGE_VOL_WIPE_ALG_TRIM + 1)

static const Algorithm algorithms[WIPE_ALGORITHMS] = {
    [VIR_STORAGE_VOL_WIPE_ALG_ZERO] = {1, {P(0x00)}},
    [VIR_STORAGE_VOL_WIPE_ALG_NNSA] = {4, {R, R, P(0x00), P(0x00)}},
    [VIR_STORAGE_VOL_WIPE_ALG_DOD] = {4, {R, P(0x00), P(0xff), P(0xff)}},
    [VIR_STORAGE_VOL_WIPE_ALG_BSI] = {9, {P(0xff), P(0xfe), P(0xfd), P(0xfb), P(0xf7), P(0xef), P(0xdf), P(0xbf), P(0x7f)}},
    [VIR_STORAGE_VOL_WIPE_ALG_GUTMANN] = {35, {R, R, R, R, P(0x55), P(0xaa), P3(0x92, 0x49, 0x24), P3(0x49, 0x24, 0x92),
                                               P3(0x24, 0x92, 0x49), P(0x00), P(0x11), P(0x22), P(0x33), P(0x44), P(0x55), P(0x66),
                                               P(0x77), P(0x88), P(0x99), P(0xaa), P(0xbb), P(0xcc), P(0xdd), P(0xee), P(0xff),
                                               P3(0x92, 0x49, 0x24), P3(0x49, 0x24, 0x92), P3(0x24, 0x92, 0x49),
                                               P3(0x6d, 0xb6, 0xdb), P3(0xb6, 0xdb, 0x6d), P3(0xdb, 0x6d, 0xb6), R, R, R, R}},
    [VIR_STORAGE_VOL_WIPE_ALG_SCHNEIER] = {7, {P(0xff), P(0x00), R, R, R, R, R}},
    [VIR_STORAGE_VOL_WIPE_ALG_PFITZNER7] = {7, {R, R, R, R, R, R, R}},
    [VIR_STORAGE_VOL_WIPE_ALG_PFITZNER33] = {33, {R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R,
                                                  R, R, R, R, R, R, R, R, R, R, R, R, R, R, R, R}},
    [VIR_STORAGE_VOL_WIPE_ALG_RANDOM] = {1, {R}},
};

#define WIPE_UNIT (3 * 256 * 1024) /* whole repetitions of three bytes */

static int
write_pass(int fd, const char *path, unsigned long long size, const Pass *pass)
{
    g_autofree guint8 *buffer = g_malloc(WIPE_UNIT);
    for (gsize i = 0; pass->kind == BYTES && i < WIPE_UNIT; i++)
        buffer[i] = pass->bytes[i % 3];
    for (unsigned long long at = 0; at < size;) {
        gsize wanted = MIN(WIPE_UNIT, size - at);
        for (gsize have = 0; pass->kind == RANDOM && have < wanted;) {
            ssize_t n = getrandom(buffer + have, wanted - have, 0);
            have += (gsize)MAX(n, 0);
        }
        ssize_t n = pwrite(fd, buffer, wanted, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return vr_error_system(VIR_FROM_STORAGE, n < 0 ? errno : ENOSPC, "Failed to write %zu bytes to storage volume with path '%s'",
                                   wanted, path);
        at += (unsigned long long)n;
    }
    return fdatasync(fd) < 0 ? vr_error_system(VIR_FROM_STORAGE, errno, "cannot sync data to volume with path '%s'", path) : 0;
}

/* A file that has holes gives all its blocks back and is zeros again. */
static int
empty_sparse(int fd, const char *path, off_t size)
{
    if (ftruncate(fd, 0) < 0 || ftruncate(fd, size) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "Failed to truncate volume with path '%s' to %llu bytes", path,
                               (unsigned long long)size);
    return 0;
}

static int
trim(int fd, const struct stat *st, unsigned long long size, const char *path)
{
    guint64 range[2] = {0, size};
    int result = S_ISBLK(st->st_mode) ? ioctl(fd, BLKDISCARD, range)
                                      : fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
    if (result == 0)
        return 0;
    if (errno == EOPNOTSUPP)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_ARGUMENT_UNSUPPORTED, "'trim' algorithm not supported by what holds '%s'", path);
    return vr_error_system(VIR_FROM_STORAGE, errno, "cannot discard the content of '%s'", path);
}

static int
wipe(const StorageVolDef *vol, unsigned algorithm)
{
    const char *path = vol->target.path;
    int fd = storage_volume_open(vol, O_RDWR);
    if (fd < 0)
        return -1;
    struct stat st;
    guint64 size = 0;
    int result = 0;
    if (fstat(fd, &st) < 0 || (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &size) < 0))
        result = vr_error_system(VIR_FROM_STORAGE, errno, "Failed to stat storage volume with path '%s'", path);
    else if (!S_ISBLK(st.st_mode))
        size = (guint64)st.st_size;
    const Algorithm *a = &algorithms[algorithm];
    if (result == 0 && algorithm == VIR_STORAGE_VOL_WIPE_ALG_TRIM)
        result = trim(fd, &st, size, path);
    else if (result == 0 && algorithm == VIR_STORAGE_VOL_WIPE_ALG_ZERO && S_ISREG(st.st_mode) &&
             (guint64)st.st_blocks < size / 512)
        result = empty_sparse(fd, path, st.st_size);
    else
        for (int i = 0; result == 0 && i < a->passes; i++)
            result = write_pass(fd, path, size, &a->pass[i]);
    close(fd);
    return result;
}

int
storage_volume_wipe_pattern(virStorageVolPtr obj, unsigned int algorithm, unsigned int flags)
{
    g_autoptr(VrItem) item = NULL;
    g_autoptr(VrItemState) state = NULL;
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    if (algorithm >= WIPE_ALGORITHMS)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "wiping algorithm %u not supported", algorithm);
    const VrDefinition *found = storage_volume_take(obj, true, &item, &state);
    if (!found)
        return -1;
    int result = local_backend(state, "wiping") ? wipe(found->def, algorithm) : -1;
    if (result == 0)
        storage_volume_changed(storage_instance(obj), item, VR_OBJECT_NAME(obj));
    storage_volume_release(item, VR_OBJECT_NAME(obj));
    return result;
}

int
storage_volume_wipe(virStorageVolPtr vol, unsigned int flags)
{
    return storage_volume_wipe_pattern(vol, VIR_STORAGE_VOL_WIPE_ALG_ZERO, flags);
}
