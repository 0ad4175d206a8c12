/* Making and resizing the files and devices of volumes: by ourselves where they are plain, by qemu-img where they have a format.
 *
 * On the worker that makes them.  A new file is created by us, exclusively and inside its folder as we opened it; qemu-img is handed
 * that very file by its descriptor's name in /proc, so that nobody can put a link in its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/peer.h"
#include "drivers/storage/storage.h"
#include "host/image.h"

#define COPY_UNIT (1024 * 1024)

int
storage_check_name(const char *name)
{
    if (strchr(name, '/'))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume name '%s' cannot contain '/'", name);
    for (const char *c = name; *c; c++) {
        if ((guchar)*c < 0x20 || *c == 0x7f)
            return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID,
                            "a volume's name cannot contain control characters such as a line's end");
    }
    return 0;
}

int
storage_folder_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? fd : vr_error_system(VIR_FROM_STORAGE, errno, "cannot open directory '%s'", path);
}

int
storage_volume_open(const StorageVolDef *vol, int flags)
{
    const char *path = vol->target.path;
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    struct stat st;
    /* devices are reached by links that udev makes; files of a pool are what they are */
    bool device = vol->type == STORAGE_VOL_TYPE_BLOCK;
    int dir = device ? AT_FDCWD : storage_folder_open(folder);
    if (!device && dir < 0)
        return -1;
    int fd = openat(dir, device ? path : name, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (device ? 0 : O_NOFOLLOW));
    int error = errno;
    if (!device)
        close(dir);
    if (fd < 0)
        return vr_error_system(VIR_FROM_STORAGE, error, "Failed to open storage volume with path '%s'", path);
    if (fstat(fd, &st) == 0 && (device ? S_ISBLK(st.st_mode) || S_ISREG(st.st_mode) : S_ISREG(st.st_mode)))
        return fd;
    close(fd);
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "'%s' is not a %s any more: refresh its pool", path,
                    device ? "device" : "file");
}

/* --- secrets --- */

static int
secret_value(VrInstance *instance, const char *type, const unsigned char *uuid, const char *usage, guint8 **ret_value, gsize *ret_size)
{
    virConnectPtr conn = vr_peer_open(VR_HOST_SECRET, instance->root, instance->privileged);
    if (!conn)
        return -1;
    int usage_type = strcmp(type, "iscsi") == 0  ? VIR_SECRET_USAGE_TYPE_ISCSI
                     : strcmp(type, "ceph") == 0 ? VIR_SECRET_USAGE_TYPE_CEPH
                                                 : VIR_SECRET_USAGE_TYPE_VOLUME;
    virSecretPtr secret =
        usage ? VR_PEER(virSecretLookupByUsage(conn, usage_type, usage)) : VR_PEER(virSecretLookupByUUID(conn, uuid));
    guint8 *value = secret ? VR_PEER(virSecretGetValue(secret, ret_size, 0)) : NULL;
    virErrorPtr error = vr_error_save();
    if (secret)
        VR_PEER(virSecretFree(secret));
    VR_PEER(virConnectClose(conn));
    vr_error_restore(error);
    *ret_value = value;
    return value ? 0 : -1;
}

static void
wipe(guint8 *value, gsize size)
{
    explicit_bzero(value, size);
    free(value);
}

static int
in_memory(const void *value, gsize size)
{
    int fd = memfd_create("vireo-secret", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, value, size) == (ssize_t)size)
        return fd;
    vr_error_system(VIR_FROM_STORAGE, errno, "no memory for a secret");
    if (fd >= 0)
        close(fd);
    return -1;
}

int
storage_secret_fd(VrInstance *instance, const char *type, const unsigned char *uuid, const char *usage)
{
    guint8 *value = NULL;
    gsize size = 0;
    if (secret_value(instance, type, uuid, usage, &value, &size) < 0)
        return -1;
    int fd = in_memory(value, size);
    wipe(value, size);
    return fd;
}

int
storage_secret_key_fd(VrInstance *instance, const Auth *auth)
{
    char *text = storage_secret_text(instance, auth);
    if (!text)
        return -1;
    int fd = in_memory(text, strlen(text));
    explicit_bzero(text, strlen(text));
    g_free(text);
    return fd;
}

char *
storage_secret_text(VrInstance *instance, const Auth *auth)
{
    guint8 *value = NULL;
    gsize size = 0;
    const char *type = vr_enum_to_string(&vr_enum_auth_type, auth->type);
    if (secret_value(instance, strcmp(type, "chap") == 0 ? "iscsi" : "ceph", auth->secret->uuid, auth->secret->usage, &value, &size) < 0)
        return NULL;
    char *text = strcmp(type, "ceph") == 0 ? g_base64_encode(value, size) : g_strndup((const char *)value, size);
    wipe(value, size);
    return text;
}

/* --- plain content --- */

/* All of FROM's bytes up to LENGTH into TO; runs of zeros stay holes when SPARSE. */
static int
copy_bytes(int from, int to, unsigned long long length, bool sparse)
{
    g_autofree char *buffer = g_malloc(COPY_UNIT);
    for (unsigned long long at = 0; at < length;) {
        off_t data = sparse ? lseek(from, (off_t)at, SEEK_DATA) : -1;
        if (sparse && data < 0 && errno == ENXIO)
            break; /* only a hole is left */
        if (data > (off_t)at)
            at = (unsigned long long)data;
        off_t hole = data >= 0 ? lseek(from, (off_t)at, SEEK_HOLE) : -1;
        unsigned long long left = hole > (off_t)at ? MIN(length, (unsigned long long)hole) - at : length - at;
        ssize_t n = pread(from, buffer, MIN(COPY_UNIT, left), (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return vr_error_system(VIR_FROM_STORAGE, errno, "failed reading from the source volume");
        if (n == 0)
            break;
        bool zeros = sparse && *buffer == 0 && memcmp(buffer, buffer + 1, (gsize)n - 1) == 0;
        for (ssize_t done = 0; !zeros && done < n;) {
            ssize_t m = pwrite(to, buffer + done, (gsize)(n - done), (off_t)at + done);
            if (m < 0 && errno != EINTR)
                return vr_error_system(VIR_FROM_STORAGE, errno, "failed writing to the new volume");
            done += MAX(m, 0);
        }
        at += (gsize)n;
    }
    return 0;
}

static int
fill_from(const StorageBuild *build, int fd, bool sparse)
{
    int from = storage_volume_open(build->from, O_RDONLY);
    if (from < 0)
        return -1;
    int result = 0;
    if (build->flags & VIR_STORAGE_VOL_CREATE_REFLINK) {
        if (ioctl(fd, FICLONE, from) < 0)
            result = vr_error_system(VIR_FROM_STORAGE, errno, "failed to clone files from '%s'", build->from->target.path);
    } else {
        result = copy_bytes(from, fd, MIN(build->from->capacity, build->vol->capacity), sparse);
    }
    close(from);
    return result;
}

static int
build_raw(const StorageBuild *build, int fd)
{
    const StorageVolDef *vol = build->vol;
    if (build->flags & VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "metadata preallocation is not supported for raw volumes");
    if (vol->backing_store && vol->backing_store->path)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "backing storage not supported for raw volumes");
    if (ftruncate(fd, (off_t)vol->capacity) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot extend file '%s'", vol->target.path);
    bool sparse = vol->allocation < vol->capacity;
    if (vol->allocation && !(build->flags & VIR_STORAGE_VOL_CREATE_REFLINK)) {
        int error = posix_fallocate(fd, 0, (off_t)MIN(vol->allocation, MAX(vol->capacity, 1)));
        if (error)
            return vr_error_system(VIR_FROM_STORAGE, error, "cannot allocate %llu bytes in file '%s'", vol->allocation,
                                   vol->target.path);
    }
    if (build->from && fill_from(build, fd, sparse) < 0)
        return -1;
    return fsync(fd) < 0 ? vr_error_system(VIR_FROM_STORAGE, errno, "cannot sync data to file '%s'", vol->target.path) : 0;
}

/* --- qemu-img --- */

static bool
is_luks(const StorageVolDef *vol)
{
    const Encryption *encryption = vol->target.encryption;
    return encryption && (encryption->format == ENCRYPTION_FORMAT_LUKS || encryption->format == ENCRYPTION_FORMAT_DEFAULT ||
                          encryption->format == ENCRYPTION_FORMAT_LUKS2);
}

static const char *
format_of(const StorageVolDef *vol)
{
    const char *format = vol->target.format;
    if (!format || strcmp(format, "none") == 0)
        format = "raw";
    return strcmp(format, "raw") == 0 && is_luks(vol) ? "luks" : format;
}

/* Options are parted by commas; one inside a value is doubled. */
static void
put_option(GString *options, const char *name, const char *value)
{
    g_autofree char *whole = g_strdup_printf("%s=%s", name, value);
    if (options->len)
        g_string_append_c(options, ',');
    for (const char *c = whole; *c; c++)
        g_string_append_printf(options, "%s%c", *c == ',' ? "," : "", *c);
}

static void
put_cipher(GString *options, const char *prefix, const Encryption *encryption)
{
    const EncryptionCipher *cipher = encryption->cipher;
    const EncryptionIvgen *ivgen = encryption->ivgen;
    g_autofree char *alg = g_strconcat(prefix, "cipher-alg", NULL), *mode = g_strconcat(prefix, "cipher-mode", NULL);
    g_autofree char *hash = g_strconcat(prefix, "hash-alg", NULL), *iv = g_strconcat(prefix, "ivgen-alg", NULL);
    g_autofree char *iv_hash = g_strconcat(prefix, "ivgen-hash-alg", NULL);
    if (cipher) {
        g_autofree char *name = g_strdup_printf("%s-%u", cipher->name, cipher->size);
        put_option(options, alg, name);
        if (cipher->mode)
            put_option(options, mode, cipher->mode);
        if (cipher->hash)
            put_option(options, hash, cipher->hash);
    }
    if (ivgen) {
        put_option(options, iv, ivgen->name);
        if (ivgen->hash)
            put_option(options, iv_hash, ivgen->hash);
    }
}

static char *
descriptor_name(int fd)
{
    return g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), fd);
}

/* The passphrase of VOL as an object of qemu-img named ID; the descriptor, -1 with the error set. */
static int
put_secret(VrInstance *instance, VrCommand *command, const StorageVolDef *vol, const char *id)
{
    const Encryption *encryption = vol->target.encryption;
    if (encryption->n_secret == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "encrypted volume '%s' needs a <secret> with its passphrase", vol->name);
    const EncryptionSecret *secret = encryption->secret[0];
    int fd = storage_secret_fd(instance, "volume", secret->uuid, secret->usage);
    if (fd < 0)
        return -1;
    g_autofree char *path = descriptor_name(fd);
    vr_command_add(command, "--object", NULL);
    vr_command_addf(command, "secret,id=%s,file=%s", id, path);
    return fd;
}

static void
put_format_options(GString *options, const StorageBuild *build, const char *format)
{
    const StorageVolDef *vol = build->vol;
    const StorageVolTarget *target = &vol->target;
    bool qcow2 = strcmp(format, "qcow2") == 0;
    if (vol->backing_store && vol->backing_store->path && vol->backing_store->format && !build->from)
        put_option(options, "backing_fmt", vol->backing_store->format);
    if (build->flags & VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA)
        put_option(options, "preallocation", vol->allocation >= vol->capacity ? "falloc" : "metadata");
    if (target->nocow)
        put_option(options, "nocow", "on");
    if (qcow2 && target->compat)
        put_option(options, "compat", target->compat);
    if (qcow2 && target->cluster_size) {
        g_autofree char *size = g_strdup_printf("%llu", target->cluster_size);
        put_option(options, "cluster_size", size);
    }
    if (qcow2 && target->features && target->features->lazy_refcounts)
        put_option(options, "lazy_refcounts", "on");
    if (qcow2 && target->features && target->features->extended_l2)
        put_option(options, "extended_l2", "on");
}

static int
check_format(const StorageBuild *build, const char *format)
{
    static const char *const makes[] = {"raw", "luks", "qcow2", "qcow", "qed", "vmdk", "vdi", "vpc", "vhd", NULL};
    const StorageVolDef *vol = build->vol;
    if (!g_strv_contains(makes, format))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "unknown storage vol type %s", format);
    if (build->flags & VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA && strcmp(format, "qcow2") != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "metadata preallocation only available with qcow2");
    if (vol->target.encryption && strcmp(format, "qcow2") != 0 && strcmp(format, "luks") != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "qemu-img cannot make encrypted volumes of format %s", format);
    if (vol->backing_store && vol->backing_store->path && build->from && strcmp(format, "qcow2") != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "a copy of format %s cannot have a backing volume", format);
    return 0;
}

/* The volume below must be there, or the new one would be of no use to anybody. */
static int
check_backing(const StorageVolDef *vol)
{
    const StorageVolTarget *backing = vol->backing_store;
    if (!backing || !backing->path)
        return 0;
    g_autofree char *path = vr_image_backing_path(vol->target.path, backing->path);
    if (path && access(path, R_OK) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "inaccessible backing store volume %s", backing->path);
    return 0;
}

typedef struct {
    int fd[2]; /* of the new volume's secret, of the source's */
} Secrets;

static void
secrets_clear(Secrets *secrets)
{
    for (int i = 0; i < 2; i++) {
        if (secrets->fd[i] >= 0)
            close(secrets->fd[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Secrets, secrets_clear)

static int
run_create(const StorageBuild *build, const char *path, const char *format, const GString *options, Secrets *secrets)
{
    const StorageVolDef *vol = build->vol;
    g_autoptr(VrCommand) command = vr_command_new("qemu-img", "create", "-q", "-f", format, NULL);
    if (vol->target.encryption &&
        (secrets->fd[0] = put_secret(build->instance, command, vol, strcmp(format, "luks") == 0 ? "sec0" : "sec1")) < 0)
        return -1;
    if (vol->backing_store && vol->backing_store->path && !build->from)
        vr_command_add(command, "-u", "-b", vol->backing_store->path, NULL);
    if (options->len)
        vr_command_add(command, "-o", options->str, NULL);
    vr_command_add(command, path, NULL);
    vr_command_addf(command, "%llu", vol->capacity);
    return vr_command_run(command, NULL);
}

/* Copy what the source's guest sees.  With encryption the new volume exists already and is written through. */
static int
run_convert(const StorageBuild *build, const char *path, const char *format, const GString *options, Secrets *secrets)
{
    const StorageVolDef *vol = build->vol, *from = build->from;
    g_autoptr(VrCommand) command = vr_command_new("qemu-img", "convert", "-q", NULL);
    bool locked = vol->target.encryption != NULL, from_locked = from->target.encryption != NULL;
    if (locked && (secrets->fd[0] = put_secret(build->instance, command, vol, "sec0")) < 0)
        return -1;
    if (from_locked) {
        /* whoever copies it names its secret in the new volume, if nowhere else */
        const StorageVolDef *keyed = from->target.encryption->n_secret || !locked ? from : vol;
        if ((secrets->fd[1] = put_secret(build->instance, command, keyed, "sec1")) < 0)
            return -1;
    }
    const char *from_format = format_of(from);
    if (from_locked) {
        vr_command_add(command, "--image-opts", NULL);
        if (locked)
            vr_command_add(command, "-n", "--target-image-opts", NULL);
        else
            vr_command_add(command, "-O", format, NULL);
        vr_command_addf(command, "driver=%s,%skey-secret=sec1,file.filename=%s", from_format,
                        strcmp(from_format, "luks") == 0 ? "" : "encrypt.", from->target.path);
    } else {
        if (locked)
            vr_command_add(command, "-n", "--target-image-opts", NULL);
        else
            vr_command_add(command, "-O", format, NULL);
        vr_command_add(command, "-f", from_format, NULL);
        if (!locked && options->len)
            vr_command_add(command, "-o", options->str, NULL);
        if (vol->backing_store && vol->backing_store->path && !locked)
            vr_command_add(command, "-B", vol->backing_store->path, "-F",
                           vol->backing_store->format ? vol->backing_store->format : "raw", NULL);
        vr_command_add(command, from->target.path, NULL);
    }
    if (locked)
        vr_command_addf(command, "driver=%s,%skey-secret=sec0,file.filename=%s", format,
                        strcmp(format, "luks") == 0 ? "" : "encrypt.", path);
    else
        vr_command_add(command, path, NULL);
    return vr_command_run(command, NULL);
}

static int
build_by_qemu_img(const StorageBuild *build, int fd)
{
    const char *format = format_of(build->vol);
    g_auto(Secrets) secrets = {{-1, -1}};
    g_autoptr(GString) options = g_string_new(NULL);
    g_autofree char *path = descriptor_name(fd);
    if (check_format(build, format) < 0 || check_backing(build->vol) < 0)
        return -1;
    put_format_options(options, build, format);
    const Encryption *encryption = build->vol->target.encryption;
    if (encryption && strcmp(format, "luks") == 0) {
        put_option(options, "key-secret", "sec0");
        put_cipher(options, "", encryption);
    } else if (encryption) {
        put_option(options, "encrypt.format", encryption->format == ENCRYPTION_FORMAT_QCOW ? "aes" : "luks");
        put_option(options, "encrypt.key-secret", "sec1");
        put_cipher(options, "encrypt.", encryption);
    }
    if ((!build->from || encryption) && run_create(build, path, format, options, &secrets) < 0)
        return -1;
    if (!build->from)
        return 0;
    secrets_clear(&secrets);
    secrets = (Secrets){{-1, -1}};
    return run_convert(build, path, format, options, &secrets);
}

/* --- both --- */

static bool
is_plain(const StorageVolDef *vol)
{
    return !vol || (strcmp(format_of(vol), "raw") == 0 && !vol->target.encryption);
}

static int
build_content(const StorageBuild *build, int fd)
{
    return is_plain(build->vol) && is_plain(build->from) ? build_raw(build, fd) : build_by_qemu_img(build, fd);
}

static int
set_owner(const StorageVolDef *vol, int fd, mode_t mode)
{
    const Permissions *wanted = vol->target.permissions;
    if (wanted && (wanted->has_owner || wanted->has_group) &&
        fchown(fd, wanted->has_owner ? wanted->owner : (uid_t)-1, wanted->has_group ? wanted->group : (gid_t)-1) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot give '%s' to its owner", vol->target.path);
    if (wanted && wanted->has_mode)
        mode = wanted->mode;
    return fchmod(fd, mode) < 0 ? vr_error_system(VIR_FROM_STORAGE, errno, "cannot set mode of '%s' to %04o", vol->target.path, mode) : 0;
}

/* Copies on write are no use to a file that its guest overwrites all the time. */
static void
stop_copies(const StorageVolDef *vol, int fd)
{
    int attributes;
    if (vol->target.nocow && ioctl(fd, FS_IOC_GETFLAGS, &attributes) == 0) {
        attributes |= FS_NOCOW_FL;
        if (ioctl(fd, FS_IOC_SETFLAGS, &attributes) < 0)
            return; /* not a file system that does it */
    }
}

static int
build_folder(const StorageVolDef *vol, int dir)
{
    if (mkdirat(dir, vol->name, 0700) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot create path '%s'", vol->target.path);
    int fd = openat(dir, vol->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 ? vr_error_system(VIR_FROM_STORAGE, errno, "cannot open '%s'", vol->target.path) : set_owner(vol, fd, 0600);
    if (fd >= 0)
        close(fd);
    return result;
}

int
storage_build_file(const StorageBuild *build)
{
    StorageVolDef *vol = build->vol;
    int dir = storage_folder_open(build->def->target.path);
    if (dir < 0)
        return -1;
    if (g_strcmp0(vol->target.format, "dir") == 0) {
        int made = build->from ? vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "cannot copy from volume to a directory volume")
                               : build_folder(vol, dir);
        close(dir);
        return made;
    }
    int fd = openat(dir, vol->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        int error = errno;
        close(dir);
        if (error == EEXIST)
            return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume target path '%s' already exists", vol->target.path);
        return vr_error_system(VIR_FROM_STORAGE, error, "Failed to create file '%s'", vol->target.path);
    }
    stop_copies(vol, fd);
    int result = build_content(build, fd) < 0 || set_owner(vol, fd, 0600) < 0 ? -1 : 0;
    close(fd);
    if (result < 0 && unlinkat(dir, vol->name, 0) < 0)
        result = -1; /* the first error is what counts */
    close(dir);
    return result;
}

/* The device is there already; what it gets is content. */
int
storage_build_device(const StorageBuild *build)
{
    const StorageVolDef *vol = build->vol;
    if (!build->from && !vol->target.encryption)
        return 0;
    int fd = storage_volume_open(vol, O_RDWR);
    if (fd < 0)
        return -1;
    int result = is_plain(vol) && is_plain(build->from) ? fill_from(build, fd, false) : build_by_qemu_img(build, fd);
    if (result == 0 && fsync(fd) < 0)
        result = vr_error_system(VIR_FROM_STORAGE, errno, "cannot sync data to file '%s'", vol->target.path);
    close(fd);
    return result;
}

int
storage_resize_file(const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity, unsigned flags)
{
    bool allocate = flags & VIR_STORAGE_VOL_RESIZE_ALLOCATE, shrink = flags & VIR_STORAGE_VOL_RESIZE_SHRINK;
    if (is_plain(vol)) {
        int fd = storage_volume_open(vol, O_RDWR);
        if (fd < 0)
            return -1;
        int result = 0, error = 0;
        if (ftruncate(fd, (off_t)capacity) < 0)
            result = vr_error_system(VIR_FROM_STORAGE, errno, "Failed to truncate file '%s'", vol->target.path);
        else if (allocate && (error = posix_fallocate(fd, 0, (off_t)capacity)))
            result = vr_error_system(VIR_FROM_STORAGE, error, "Failed to pre-allocate space for file '%s'", vol->target.path);
        close(fd);
        return result;
    }
    if (vol->type != STORAGE_VOL_TYPE_FILE)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_UNSUPPORTED, "volume '%s' cannot be resized", vol->name);
    if (allocate && strcmp(format_of(vol), "qcow2") != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_UNSUPPORTED, "preallocate is not supported when resizing format %s",
                        format_of(vol));
    int fd = storage_volume_open(vol, O_RDWR);
    if (fd < 0)
        return -1;
    g_autofree char *path = descriptor_name(fd);
    g_autoptr(VrCommand) command = vr_command_new("qemu-img", "resize", "-q", "-f", vol->target.format, NULL);
    if (shrink)
        vr_command_add(command, "--shrink", NULL);
    if (allocate)
        vr_command_add(command, "--preallocation=full", NULL);
    vr_command_add(command, path, NULL);
    vr_command_addf(command, "%llu", capacity);
    int result = vr_command_run(command, NULL);
    close(fd);
    return result;
}
