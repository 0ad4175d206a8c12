/* virtlogd: guests write into pipes; what comes out is appended to their log files, which are turned over when they are long.
 *
 * A guest's output outlives the daemon that started it, and no guest can fill the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "daemon/handover.h"
#include "daemon/keepers.h"

#define TRUNCATE 1
#define READ_MAX (1024 * 1024)

typedef struct {
    char *path;
    int fd, pipe_fd;
    VrSource *pipe;
} LogFile;

static GHashTable *files; /* by path */
static gsize max_size = 2 * 1024 * 1024;
static int max_backups = 3;

void
daemon_log_setup(gsize size, int backups)
{
    max_size = size;
    max_backups = CLAMP(backups, 0, 100);
}

static int
open_file(const char *path, gboolean truncate)
{
    if (*path != '/')
        return vr_error(VIR_FROM_THREAD, VIR_ERR_INVALID_ARG, "log file path '%s' is not absolute", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (truncate ? O_TRUNC : 0), 0600);
    if (fd < 0)
        return vr_error_system(VIR_FROM_THREAD, errno, "Unable to open file: %s", path);
    return fd;
}

/* PATH becomes PATH.0, that PATH.1, and so on. */
static void
turn_over(const char *path)
{
    for (int i = max_backups - 1; i >= 0; i--) {
        g_autofree char *from = i ? g_strdup_printf("%s.%d", path, i - 1) : g_strdup(path);
        g_autofree char *to = g_strdup_printf("%s.%d", path, i);
        if (rename(from, to) < 0 && errno != ENOENT)
            vr_log(VR_LOG_ERROR, "virtlogd", "cannot rename %s: %s", from, g_strerror(errno));
    }
    if (max_backups == 0)
        unlink(path);
}

/* Room in FILE before it is too long, after turning it over if there is none. */
static gsize
make_room(LogFile *file)
{
    struct stat st;
    if (!max_size || fstat(file->fd, &st) < 0)
        return G_MAXSIZE;
    if ((gsize)st.st_size < max_size)
        return max_size - (gsize)st.st_size;
    turn_over(file->path);
    int fd = open_file(file->path, FALSE);
    if (fd >= 0) {
        close(file->fd);
        file->fd = fd;
    }
    return max_size;
}

static void
append(LogFile *file, const char *data, gsize len)
{
    while (len > 0) {
        gsize room = make_room(file);
        ssize_t n = write(file->fd, data, MIN(len, room));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            vr_log(VR_LOG_ERROR, "virtlogd", "cannot write %s: %s", file->path, g_strerror(errno));
            return;
        }
        data += n;
        len -= (gsize)n;
    }
}

static void
file_free(void *data)
{
    LogFile *file = data;
    vr_source_end(file->pipe);
    close(file->fd);
    g_free(file->path);
    g_free(file);
}

static void
on_pipe(VrSource *source, int fd, unsigned int events, void *data)
{
    char buffer[65536];
    LogFile *file = data;
    ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n > 0)
        append(file, buffer, (gsize)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        g_hash_table_remove(files, file->path);
}

static void
close_pipe(void *data)
{
    close(GPOINTER_TO_INT(data));
}

static void
on_pipe_source(VrSource *source, int fd, unsigned int events, void *data)
{
    /* The file is found by its pipe: it may be gone by now. */
    GHashTableIter iter;
    void *file;
    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, NULL, &file)) {
        if (((LogFile *)file)->pipe == source) {
            on_pipe(source, fd, events, file);
            return;
        }
    }
    vr_source_cancel(source);
}

static void
out_position(VrOut *out, int fd)
{
    struct stat st = {0};
    if (fstat(fd, &st) < 0)
        st.st_size = 0;
    vr_out_u64(out, st.st_ino);
    vr_out_u64(out, (guint64)st.st_size);
}

static void
skip_domain(VrIn *in)
{
    vr_in_uuid(in);
    vr_in_string(in);
}

static void
add_file(char *path, int fd, int pipe_fd)
{
    if (!files)
        files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
    LogFile *file = g_new0(LogFile, 1);
    file->path = path;
    file->fd = fd;
    file->pipe_fd = pipe_fd;
    file->pipe = vr_loop_watch(pipe_fd, VR_LOOP_READABLE, on_pipe_source, GINT_TO_POINTER(pipe_fd), close_pipe);
    g_hash_table_replace(files, file->path, file);
}

static int
open_log(VrDispatch *d)
{
    vr_in_string(d->in); /* the driver */
    skip_domain(d->in);
    const char *path = vr_in_string(d->in);
    guint32 flags = vr_in_u32(d->in);
    if (files && g_hash_table_contains(files, path))
        return vr_error(VIR_FROM_THREAD, VIR_ERR_OPERATION_INVALID, "Cannot open log file: '%s': Device or resource busy", path);
    int ends[2], fd = open_file(path, flags & TRUNCATE);
    if (fd < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        int reason = errno;
        close(fd);
        return vr_error_system(VIR_FROM_THREAD, reason, "Cannot make a pipe");
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    add_file(g_strdup(path), fd, ends[0]);
    d->fds_out[d->n_fds_out++] = ends[1];
    vr_out_u32(d->out, 1);
    out_position(d->out, fd);
    return 0;
}

static int
get_position(VrDispatch *d)
{
    const char *path = vr_in_string(d->in);
    LogFile *file = files ? g_hash_table_lookup(files, path) : NULL;
    if (!file)
        return vr_error(VIR_FROM_THREAD, VIR_ERR_INTERNAL_ERROR, "No open log file %s", path);
    out_position(d->out, file->fd);
    return 0;
}

/* Add what PATH holds from OFFSET on; -1 when it cannot be read. */
static int
read_into(GString *text, const char *path, guint64 offset, gsize most)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : vr_error_system(VIR_FROM_THREAD, errno, "Unable to open log file '%s'", path);
    char buffer[8192];
    ssize_t n;
    while (text->len < most && (n = pread(fd, buffer, MIN(sizeof(buffer), most - text->len), (off_t)offset)) > 0) {
        g_string_append_len(text, buffer, n);
        offset += (guint64)n;
    }
    close(fd);
    return 0;
}

static int
read_log(VrDispatch *d)
{
    const char *path = vr_in_string(d->in);
    guint64 inode = vr_in_u64(d->in), offset = vr_in_u64(d->in), most = vr_in_u64(d->in);
    most = MIN(most, READ_MAX);
    /* The file meant may have been turned over since: begin with the one of that inode, go on with the newer ones. */
    int first = -1;
    for (int i = -1; i < max_backups; i++) {
        g_autofree char *name = i < 0 ? g_strdup(path) : g_strdup_printf("%s.%d", path, i);
        struct stat st;
        if (stat(name, &st) == 0 && st.st_ino == inode) {
            first = i;
            break;
        }
        offset = i == max_backups - 1 ? 0 : offset;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = first; i >= -1; i--) {
        g_autofree char *name = i < 0 ? g_strdup(path) : g_strdup_printf("%s.%d", path, i);
        if (read_into(text, name, i == first ? offset : 0, most) < 0)
            return -1;
    }
    vr_out_string(d->out, text->str);
    return 0;
}

static int
append_log(VrDispatch *d)
{
    vr_in_string(d->in);
    skip_domain(d->in);
    const char *path = vr_in_string(d->in), *message = vr_in_string(d->in);
    LogFile *open = files ? g_hash_table_lookup(files, path) : NULL;
    if (open) {
        append(open, message, strlen(message));
    } else {
        LogFile once = {.path = (char *)path, .fd = open_file(path, FALSE)};
        if (once.fd < 0)
            return -1;
        append(&once, message, strlen(message));
        close(once.fd);
    }
    vr_out_u32(d->out, 0);
    return 0;
}

void
daemon_log_note(Handover *handover)
{
    GHashTableIter iter;
    void *value;
    if (!files)
        return;
    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const LogFile *file = value;
        g_autofree char *group = g_strdup_printf("log %d", file->fd);
        g_key_file_set_string(daemon_handover_notes(handover), group, "path", file->path);
        daemon_handover_fd(handover, group, "fd", file->fd);
        daemon_handover_fd(handover, group, "pipe", file->pipe_fd);
    }
}

void
daemon_log_take(GKeyFile *notes, const char *group)
{
    char *path = g_key_file_get_string(notes, group, "path", NULL);
    int fd = g_key_file_get_integer(notes, group, "fd", NULL), pipe_fd = g_key_file_get_integer(notes, group, "pipe", NULL);
    if (!path)
        return;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(pipe_fd, F_SETFD, FD_CLOEXEC);
    add_file(path, fd, pipe_fd);
}

VrDispatchFunc
daemon_log_function(int proc)
{
    static const VrDispatchFunc functions[] = {
        [VR_LOG_DOMAIN_OPEN_LOG_FILE] = open_log,
        [VR_LOG_DOMAIN_GET_LOG_FILE_POSITION] = get_position,
        [VR_LOG_DOMAIN_READ_LOG_FILE] = read_log,
        [VR_LOG_DOMAIN_APPEND_LOG_FILE] = append_log,
    };
    return proc > 0 && (gsize)proc < G_N_ELEMENTS(functions) ? functions[proc] : NULL;
}
