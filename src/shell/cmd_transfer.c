/* Volumes to files and back, through a stream, with the progress of it where somebody watches. */
#include "shell/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    Shell *sh;
    int fd;
    gboolean block; /* a device: holes cannot be sought over, only written */
} Transfer;

static int
take(virStreamPtr stream, const char *data, size_t n, void *opaque)
{
    const Transfer *transfer = opaque;
    gssize written;
    do {
        written = write(transfer->fd, data, n);
    } while (written < 0 && errno == EINTR);
    return (int)written;
}

static int
take_hole(virStreamPtr stream, long long length, void *opaque)
{
    const Transfer *transfer = opaque;
    off_t at = lseek(transfer->fd, length, SEEK_CUR);
    if (at < 0)
        return -1;
    return transfer->block ? 0 : ftruncate(transfer->fd, at);
}

static int
give(virStreamPtr stream, char *data, size_t n, void *opaque)
{
    const Transfer *transfer = opaque;
    gssize got;
    do {
        got = read(transfer->fd, data, n);
    } while (got < 0 && errno == EINTR);
    return (int)got;
}

/* Whether data or a hole comes next, and how much of it. */
static int
give_hole(virStreamPtr stream, int *in_data, long long *length, void *opaque)
{
    const Transfer *transfer = opaque;
    off_t now = lseek(transfer->fd, 0, SEEK_CUR), data = lseek(transfer->fd, now, SEEK_DATA), end = lseek(transfer->fd, 0, SEEK_END);
    if (now < 0 || end < 0)
        return -1;
    if (data < 0 && errno != ENXIO)
        data = now; /* a file system without holes */
    *in_data = data == now;
    off_t next = *in_data ? lseek(transfer->fd, now, SEEK_HOLE) : data < 0 ? end : data;
    if (next < 0)
        next = end;
    *length = next - now;
    if (now == end) {
        *in_data = 0;
        *length = 0;
    }
    return lseek(transfer->fd, now, SEEK_SET) < 0 ? -1 : 0;
}

static int
skip(virStreamPtr stream, long long length, void *opaque)
{
    return lseek(((const Transfer *)opaque)->fd, length, SEEK_CUR) < 0 ? -1 : 0;
}

/* The part of the volume that the options name. */
static gboolean
get_range(Shell *sh, const Args *args, unsigned long long *ret_offset, unsigned long long *ret_length)
{
    *ret_offset = *ret_length = 0;
    return (!args_flag(args, "offset") || shell_size(sh, "offset", args_string(args, "offset"), ret_offset)) &&
           (!args_flag(args, "length") || shell_size(sh, "length", args_string(args, "length"), ret_length));
}

static gboolean
finish(Shell *sh, virStreamPtr stream, gboolean ok, const char *what, const char *volume)
{
    if (ok && virStreamFinish(stream) == 0)
        return TRUE;
    shell_save_error(sh);
    if (!ok)
        virStreamAbort(stream);
    shell_error(sh, "cannot %s volume %s", what, volume);
    return FALSE;
}

gboolean
run_vol_download(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    gboolean sparse = args_flag(args, "sparse"), created = TRUE;
    unsigned long long offset, length;
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, NULL);
    if (!vol || !get_range(sh, args, &offset, &length))
        return FALSE;
    Transfer transfer = {.sh = sh, .fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (transfer.fd < 0) {
        created = FALSE;
        transfer.fd = errno == EEXIST ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : -1;
    }
    if (transfer.fd < 0) {
        shell_error(sh, "cannot create %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    struct stat about;
    transfer.block = fstat(transfer.fd, &about) == 0 && S_ISBLK(about.st_mode);
    virStreamPtr stream = virStreamNew(sh->conn, 0);
    gboolean ok = stream && virStorageVolDownload(vol, stream, offset, length, args_flags(args)) == 0;
    if (stream && !ok) {
        shell_save_error(sh);
        shell_error(sh, "cannot download from volume %s", virStorageVolGetName(vol));
    } else if (ok) {
        int bad = sparse ? virStreamSparseRecvAll(stream, take, take_hole, &transfer) : virStreamRecvAll(stream, take, &transfer);
        ok = finish(sh, stream, bad == 0, "receive data from", virStorageVolGetName(vol));
    }
    if (stream)
        virStreamFree(stream);
    if (close(transfer.fd) < 0 && ok) {
        shell_error(sh, "cannot close file %s: %s", path, g_strerror(errno));
        ok = FALSE;
    }
    if (!ok && created)
        unlink(path);
    return ok;
}

gboolean
run_vol_upload(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    gboolean sparse = args_flag(args, "sparse");
    unsigned long long offset, length;
    g_autoptr(virStorageVol) vol = shell_vol(sh, args, NULL);
    if (!vol || !get_range(sh, args, &offset, &length))
        return FALSE;
    Transfer transfer = {.sh = sh, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (transfer.fd < 0) {
        shell_error(sh, "cannot read %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    virStreamPtr stream = virStreamNew(sh->conn, 0);
    gboolean ok = stream && virStorageVolUpload(vol, stream, offset, length, args_flags(args)) == 0;
    if (stream && !ok) {
        shell_save_error(sh);
        shell_error(sh, "cannot upload to volume %s", virStorageVolGetName(vol));
    } else if (ok) {
        int bad = sparse ? virStreamSparseSendAll(stream, give, give_hole, skip, &transfer) : virStreamSendAll(stream, give, &transfer);
        ok = finish(sh, stream, bad == 0, "send data to", virStorageVolGetName(vol));
    }
    if (stream)
        virStreamFree(stream);
    close(transfer.fd);
    return ok;
}
