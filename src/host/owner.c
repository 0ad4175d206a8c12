/* See owner.h. */
#include "host/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"

#define PREFIX "trusted.libvirt.security."
#define OWNER PREFIX "dac"            /* "+UID:+GID" */
#define COUNT PREFIX "ref_dac"        /* how many have it */
#define BOOTED PREFIX "timestamp_dac" /* when the host booted: notes of an earlier boot are void */

static const char *const all[] = {OWNER, COUNT, BOOTED};

static bool
get(const char *path, const char *name, char *text, gsize size)
{
    ssize_t n = getxattr(path, name, text, size - 1);
    text[MAX(n, 0)] = '\0';
    return n > 0;
}

static bool
put(const char *path, const char *name, const char *text)
{
    return setxattr(path, name, text, strlen(text), 0) == 0;
}

static void
forget(const char *path)
{
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        removexattr(path, all[i]);
}

static char booted_at[32];

static void
read_boot_time(void)
{
    g_autofree char *text = NULL;
    g_file_get_contents("/proc/stat", &text, NULL, NULL);
    const char *at = text ? strstr(text, "\nbtime ") : NULL;
    g_snprintf(booted_at, sizeof(booted_at), "%" G_GUINT64_FORMAT, at ? g_ascii_strtoull(at + strlen("\nbtime "), NULL, 10) : 0);
}

static const char *
boot_time(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_boot_time);
    return booted_at;
}

#define LOCK_BYTE 1 /* where other daemons lock notes too; byte 0 is about contents */

typedef int Lock;

static void
unlock(Lock *lock)
{
    if (*lock >= 0)
        close(*lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lock, unlock)

/* Nobody else changes PATH's notes while the lock lives.  Best effort: file systems without locks have none. */
static Lock
lock_notes(const char *path, const struct stat *at)
{
    if (!S_ISREG(at->st_mode) && !S_ISBLK(at->st_mode))
        return -1;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_BYTE, .l_len = 1};
    if (fd >= 0)
        fcntl(fd, F_OFD_SETLKW, &byte);
    return fd;
}

/* How many have PATH by its notes; 0: there are none that count. */
static unsigned long long
count_of(const char *path)
{
    char count[32], booted[32];
    if (!get(path, COUNT, count, sizeof(count)))
        return 0;
    if (!get(path, BOOTED, booted, sizeof(booted)) || strcmp(booted, boot_time()) != 0) {
        forget(path);
        return 0;
    }
    return g_ascii_strtoull(count, NULL, 10);
}

/* Write down who owns PATH; false where the file system keeps no such notes. */
static bool
remember(const char *path, const struct stat *at)
{
    char text[64];
    unsigned long long count = count_of(path);
    if (count == 0) {
        g_snprintf(text, sizeof(text), "+%u:+%u", (unsigned)at->st_uid, (unsigned)at->st_gid);
        if (!put(path, OWNER, text) || !put(path, BOOTED, boot_time()))
            return false;
    }
    g_snprintf(text, sizeof(text), "%llu", count + 1);
    return put(path, COUNT, text);
}

static int
change(const char *path, uid_t uid, gid_t gid)
{
    if (chown(path, uid, gid) == 0)
        return 0;
    int error = errno;
    struct stat at;
    if (stat(path, &at) == 0 && (uid == (uid_t)-1 || at.st_uid == uid) && (gid == (gid_t)-1 || at.st_gid == gid))
        return 0; /* a file system that cannot change it and need not */
    if (error == EROFS || error == EOPNOTSUPP || error == ENOSYS)
        return 0; /* as it is; the emulator tells whether that will do */
    return vr_error_system(VIR_FROM_SECURITY, error, "unable to set user and group to '%ld:%ld' on '%s'", (long)uid, (long)gid,
                           path);
}

/* Once more or once less, without a change of owner. */
static unsigned long long
release(const char *path)
{
    char text[32];
    unsigned long long count = count_of(path);
    if (count > 1) {
        g_snprintf(text, sizeof(text), "%llu", count - 1);
        put(path, COUNT, text);
    }
    return count;
}

int
vr_owner_set(const char *path, uid_t uid, gid_t gid, bool want_remember)
{
    struct stat at;
    if (stat(path, &at) < 0)
        return vr_error_system(VIR_FROM_SECURITY, errno, "unable to stat: %s", path);
    G_GNUC_UNUSED g_auto(Lock) lock = want_remember ? lock_notes(path, &at) : -1;
    bool noted = want_remember && remember(path, &at);
    if ((uid == (uid_t)-1 || at.st_uid == uid) && (gid == (gid_t)-1 || at.st_gid == gid))
        return 0;
    if (change(path, uid, gid) == 0)
        return 0;
    if (noted && release(path) == 1)
        forget(path);
    return -1;
}

int
vr_owner_restore(const char *path, uid_t fallback, gid_t fallback_group)
{
    struct stat at;
    char owner[64];
    if (stat(path, &at) < 0)
        return errno == ENOENT ? 0 : vr_error_system(VIR_FROM_SECURITY, errno, "unable to stat: %s", path);
    G_GNUC_UNUSED g_auto(Lock) lock = lock_notes(path, &at);
    unsigned long long count = release(path);
    if (count > 1)
        return 0;
    unsigned uid, gid;
    bool known = count == 1 && get(path, OWNER, owner, sizeof(owner)) && sscanf(owner, "+%u:+%u", &uid, &gid) == 2;
    forget(path);
    if (known)
        return change(path, uid, gid);
    return fallback == (uid_t)-1 && fallback_group == (gid_t)-1 ? 0 : change(path, fallback, fallback_group);
}
