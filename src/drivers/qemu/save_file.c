/* The file that a saved guest lies in: its head, what packs its memory, and the way past the host's cache.
 *
 * Called on workers and client threads; nothing here knows guests.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "drivers/qemu/save.h"

/* What packs and unpacks each format, its own standard input to output. */
static const struct {
    const char *name;
    const char *pack[5], *unpack[5];
} formats[VR_SAVE_IMAGE_N_FORMATS] = {
    [VR_SAVE_IMAGE_RAW] = {"raw", {NULL}, {NULL}},
    [VR_SAVE_IMAGE_GZIP] = {"gzip", {"gzip", "-c"}, {"gzip", "-dc"}},
    [VR_SAVE_IMAGE_BZIP2] = {"bzip2", {"bzip2", "-c"}, {"bzip2", "-dc"}},
    [VR_SAVE_IMAGE_XZ] = {"xz", {"xz", "-c"}, {"xz", "-dc"}},
    [VR_SAVE_IMAGE_LZOP] = {"lzop", {"lzop", "-c", "--ignore-warn"}, {"lzop", "-dc", "--ignore-warn"}},
    [VR_SAVE_IMAGE_ZSTD] = {"zstd", {"zstd", "-c"}, {"zstd", "-dc"}},
    [VR_SAVE_IMAGE_SPARSE] = {"sparse", {NULL}, {NULL}},
};

int
qemu_save_format_of(const char *name, VrSaveImageFormat *ret)
{
    for (int i = 0; i < VR_SAVE_IMAGE_SPARSE; i++) {
        if (strcmp(formats[i].name, name) != 0)
            continue;
        g_autofree char *program = formats[i].pack[0] ? g_find_program_in_path(formats[i].pack[0]) : NULL;
        if (formats[i].pack[0] && !program)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                            "Compression program for %s image format cannot be found: install '%s'", name, formats[i].pack[0]);
        *ret = i;
        return 0;
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "Invalid save image format: '%s'", name);
}

int
qemu_save_format(const QemuDriver *driver, const char *key, VrSaveImageFormat *ret)
{
    g_autofree char *path = driver->root        ? g_build_filename(driver->root, "etc", "qemu.conf", NULL)
                            : driver->privileged ? g_strdup(VIREO_SYSCONFDIR "/libvirt/qemu.conf")
                                                 : g_build_filename(g_get_user_config_dir(), "libvirt", "qemu.conf", NULL);
    g_autoptr(VrConfig) config = vr_config_read(path);
    const char *name = NULL;
    if (!config || vr_config_string(config, key, &name) < 0)
        return -1;
    *ret = VR_SAVE_IMAGE_RAW;
    return name ? qemu_save_format_of(name, ret) : 0;
}

static int
write_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

static ssize_t
read_some(int fd, void *bytes, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, bytes, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* Past the cache only whole aligned blocks go: a thread of its own collects them. */
#define BLOCK (1u << 20)
#define ALIGN 4096u

typedef struct {
    int in, out; /* owned; */
    int error;
    bool writing;
} Pump;

static void *
pump_write(void *data)
{
    Pump *pump = data;
    char *block = aligned_alloc(ALIGN, BLOCK);
    size_t filled = 0;
    for (;;) {
        ssize_t got = block ? read_some(pump->in, block + filled, BLOCK - filled) : -1;
        if (got < 0)
            pump->error = errno;
        filled += got > 0 ? (size_t)got : 0;
        if (got > 0 && filled < BLOCK)
            continue;
        if (got <= 0) /* the rest is no whole block */
            fcntl(pump->out, F_SETFL, fcntl(pump->out, F_GETFL) & ~O_DIRECT);
        if (filled && !pump->error && write_all(pump->out, block, filled) < 0)
            pump->error = errno;
        filled = 0;
        if (got <= 0 || pump->error)
            break;
    }
    free(block);
    close(pump->in);
    return NULL;
}

static void *
pump_read(void *data)
{
    Pump *pump = data;
    char *block = aligned_alloc(ALIGN, BLOCK);
    off_t from = lseek(pump->in, 0, SEEK_CUR);
    size_t skip = (size_t)(from % ALIGN);
    lseek(pump->in, from - (off_t)skip, SEEK_SET);
    for (;;) {
        ssize_t got = block ? read_some(pump->in, block, BLOCK) : -1;
        if (got < 0)
            pump->error = errno;
        if (got <= (ssize_t)skip || write_all(pump->out, block + skip, (size_t)got - skip) < 0)
            break;
        skip = 0;
    }
    free(block);
    close(pump->out);
    return NULL;
}

static int
fail_pipe(const char *path)
{
    return vr_error_system(VIR_FROM_QEMU, errno, "cannot make a pipe for '%s'", path);
}

/* Put a program between: its standard input and output are IN and OUT. */
static int
run_program(QemuSaveFile *file, const char *const *argv, int in, int out)
{
    g_autoptr(GError) error = NULL;
    if (g_spawn_async_with_fds(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                               &file->program, in, out, -1, &error))
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "cannot run '%s' for '%s': %s", argv[0], file->path, error->message);
}

int
qemu_save_file_create(QemuSaveFile *file, const char *path, const GByteArray *head, VrSaveImageFormat format, bool direct)
{
    struct stat info;
    file->path = g_strdup(path);
    file->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->file < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to create file '%s'", path);
    if (head && write_all(file->file, head->data, head->len) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "failed to write header to domain save file '%s'", path);
    int last = fcntl(file->file, F_DUPFD_CLOEXEC, 0);
    if (direct && fstat(file->file, &info) == 0 && S_ISREG(info.st_mode)) {
        /* from the next whole block on */
        off_t at = lseek(file->file, 0, SEEK_CUR), whole = (at + ALIGN - 1) / ALIGN * ALIGN;
        int ends[2];
        if (at == whole && fcntl(file->file, F_SETFL, fcntl(file->file, F_GETFL) | O_DIRECT) == 0) {
            if (pipe2(ends, O_CLOEXEC) < 0)
                return fail_pipe(path);
            Pump *pump = g_new0(Pump, 1);
            *pump = (Pump){.in = ends[0], .out = file->file, .writing = true};
            file->pumping = pump;
            file->pump = g_thread_new("save", pump_write, pump);
            close(last);
            last = ends[1];
        }
    }
    if (formats[format].pack[0]) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0) {
            close(last);
            return fail_pipe(path);
        }
        int result = run_program(file, formats[format].pack, ends[0], last);
        close(ends[0]);
        close(last);
        last = ends[1];
        if (result < 0) {
            close(last);
            return -1;
        }
    }
    file->end = last;
    return 0;
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Wait for whatever stands between the emulator and the file: 0 or the error's number. */
static int
wait_between(QemuSaveFile *file)
{
    int error = 0;
    close_fd(&file->end);
    if (file->program) {
        int status = 0;
        while (waitpid(file->program, &status, 0) < 0 && errno == EINTR)
            continue;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            error = EIO;
        file->program = 0;
    }
    if (file->pump) {
        Pump *pump = file->pumping;
        g_thread_join(g_steal_pointer(&file->pump));
        error = pump->error ? pump->error : error;
        g_clear_pointer(&file->pumping, g_free);
    }
    return error;
}

int
qemu_save_file_finish(QemuSaveFile *file, const GByteArray *head)
{
    int error = wait_between(file);
    if (error)
        return vr_error_system(VIR_FROM_QEMU, error, "cannot write '%s'", file->path);
    if (head && pwrite(file->file, head->data, head->len, 0) != (ssize_t)head->len)
        return vr_error_system(VIR_FROM_QEMU, errno, "failed to write header to domain save file '%s'", file->path);
    if (fdatasync(file->file) < 0 && errno != EINVAL && errno != EROFS)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot sync '%s'", file->path);
    if (close(file->file) < 0) {
        file->file = -1;
        return vr_error_system(VIR_FROM_QEMU, errno, "unable to close '%s'", file->path);
    }
    file->file = -1;
    return 0;
}

static int
read_head(int fd, const char *path, VrSaveImage *ret)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    size_t cookie;
    g_byte_array_set_size(bytes, VR_SAVE_IMAGE_HEAD);
    if (pread(fd, bytes->data, VR_SAVE_IMAGE_HEAD, 0) != VR_SAVE_IMAGE_HEAD)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "failed to read qemu header of '%s'", path);
    if (vr_save_image_head(bytes->data, ret, &cookie) < 0)
        return -1;
    size_t length = ret->data;
    g_byte_array_set_size(bytes, (guint)(VR_SAVE_IMAGE_HEAD + length));
    if (pread(fd, bytes->data + VR_SAVE_IMAGE_HEAD, length, VR_SAVE_IMAGE_HEAD) != (ssize_t)length)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "failed to read domain XML of '%s'", path);
    return vr_save_image_parse(bytes->data, bytes->len, ret);
}

int
qemu_save_file_open(const char *path, bool direct, VrSaveImage *ret_image, QemuSaveFile *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to open file '%s'", path);
    if (read_head(fd, path, ret_image) < 0) {
        close(fd);
        return -1;
    }
    if (!ret) {
        close(fd);
        return 0;
    }
    ret->path = g_strdup(path);
    ret->file = fd;
    if (lseek(fd, (off_t)(VR_SAVE_IMAGE_HEAD + ret_image->data), SEEK_SET) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot seek in '%s'", path);
    int last = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    int ends[2];
    if (direct && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT) == 0) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return fail_pipe(path);
        Pump *pump = g_new0(Pump, 1);
        *pump = (Pump){.in = fd, .out = ends[1]};
        ret->pumping = pump;
        ret->pump = g_thread_new("restore", pump_read, pump);
        close(last);
        last = ends[0];
    }
    if (formats[ret_image->format].unpack[0]) {
        if (pipe2(ends, O_CLOEXEC) < 0) {
            close(last);
            return fail_pipe(path);
        }
        int result = run_program(ret, formats[ret_image->format].unpack, last, ends[1]);
        close(ends[1]);
        close(last);
        last = ends[0];
        if (result < 0) {
            close(last);
            return -1;
        }
    }
    ret->end = last;
    return 0;
}

void
qemu_save_file_clear(QemuSaveFile *file)
{
    if (!file->path)
        return;
    wait_between(file);
    close_fd(&file->file);
    g_clear_pointer(&file->path, g_free);
}
