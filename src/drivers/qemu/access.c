/* Files and nodes handed over to an emulator and taken back: see access.h. */
#include "drivers/qemu/access.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/qemu/conf.h"
#include "drivers/qemu/resources.h"
#include "host/owner.h"

#define DEV "/dev/"

static bool
is_node(const char *path)
{
    struct stat at;
    return stat(path, &at) == 0 && (S_ISBLK(at.st_mode) || S_ISCHR(at.st_mode));
}

/* Nodes of its own /dev are made with the right owner there; the host's stay as they are. */
static bool
is_private(const QemuRun *run, const char *path)
{
    return run->driver->conf->mount_namespace && g_str_has_prefix(path, DEV) && is_node(path);
}

static bool
may_read(const QemuConf *conf, const struct stat *at)
{
    mode_t mode = at->st_mode;
    return at->st_uid == conf->uid ? mode & S_IRUSR : at->st_gid == conf->gid ? mode & S_IRGRP : mode & S_IROTH;
}

/* What the definition says about one file's owner. */
static bool
is_left_alone(const QemuPath *path)
{
    for (size_t i = 0; i < path->n_labels; i++) {
        const DomainSeclabelDevice *label = path->labels[i];
        if ((!label->model || strcmp(label->model, "dac") == 0) && label->relabel == YES_NO_NO)
            return true;
    }
    return false;
}

/* A file that the emulator would have to make, where its user may not; one that cannot be made it will complain about. */
static void
make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        close(fd);
}

static int
grant_path(const QemuPath *path, void *data)
{
    QemuRun *run = data;
    const QemuConf *conf = run->driver->conf;
    struct stat at;
    if (!run->driver->privileged || !conf->dynamic_ownership || path->keep || is_left_alone(path) || is_private(run, path->path))
        return 0;
    if (path->output && conf->uid != geteuid())
        make_file(path->path);
    if (stat(path->path, &at) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0; /* the emulator's own message names it */
        return vr_error_system(VIR_FROM_SECURITY, errno, "unable to stat: %s", path->path);
    }
    if ((path->readonly || path->below || path->shared) && may_read(conf, &at) && !(path->shared && !path->readonly))
        return 0; /* one that many read stays its owner's */
    if (at.st_uid == conf->uid && at.st_gid == conf->gid && !path->remember)
        return 0;
    if (vr_owner_set(path->path, conf->uid, conf->gid, conf->remember_owner && path->remember) < 0)
        return -1;
    g_ptr_array_add(run->owned, g_strdup(path->path));
    return 0;
}

int
qemu_access_give(const QemuDriver *driver, const char *path)
{
    const QemuConf *conf = driver->conf;
    if (!driver->privileged || (conf->uid == geteuid() && conf->gid == getegid()))
        return 0;
    return chown(path, conf->uid, conf->gid) == 0
               ? 0 : vr_error_system(VIR_FROM_QEMU, errno, "unable to set ownership of '%s' to %ld:%ld", path,
                                     (long)conf->uid, (long)conf->gid);
}

void
qemu_access_label(const QemuDriver *driver, DomainDef *def)
{
    const QemuConf *conf = driver->conf;
    DomainSeclabel *label = NULL;
    if (!driver->privileged || !conf->security_default_confined)
        return;
    for (size_t i = 0; i < def->n_seclabel && !label; i++) {
        if (g_strcmp0(def->seclabel[i]->model, "dac") == 0)
            label = def->seclabel[i];
    }
    if (label && label->type != DOMAIN_SECLABEL_TYPE_DYNAMIC)
        return;
    if (!label) {
        label = domain_seclabel_new();
        label->type = DOMAIN_SECLABEL_TYPE_DYNAMIC;
        label->model = g_strdup("dac");
        label->relabel = conf->dynamic_ownership ? YES_NO_YES : YES_NO_NO;
        vr_model_list_add(&def->seclabel, &def->n_seclabel, label);
    }
    g_free(label->label);
    g_free(label->imagelabel);
    label->label = g_strdup_printf("+%u:+%u", (unsigned)conf->uid, (unsigned)conf->gid);
    label->imagelabel = g_strdup(label->label);
}

int
qemu_access_grant(QemuRun *run, const DomainDef *def)
{
    return qemu_paths_each(def, grant_path, run) < 0 ? -1 : 0;
}

static void
restore(QemuRun *run, const char *path)
{
    bool ours = run->driver->privileged && run->driver->conf->uid != 0;
    if (vr_owner_restore(path, ours ? 0 : (uid_t)-1, ours ? 0 : (gid_t)-1) < 0) {
        vr_log(VR_LOG_WARN, "qemu", "'%s' stays the emulator's: %s", path, vr_error_last()->message);
        vr_error_clear();
    }
}

void
qemu_access_revoke(QemuRun *run)
{
    for (guint i = run->owned->len; i-- > 0;)
        restore(run, run->owned->pdata[i]);
    g_ptr_array_set_size(run->owned, 0);
}

static int
adopt_path(const QemuPath *path, void *data)
{
    QemuRun *run = data;
    struct stat at;
    const QemuConf *conf = run->driver->conf;
    bool ours = path->remember && !path->keep && !path->below && !is_left_alone(path) && !is_private(run, path->path) &&
                stat(path->path, &at) == 0 && at.st_uid == conf->uid;
    if (ours && conf->dynamic_ownership && run->driver->privileged)
        g_ptr_array_add(run->owned, g_strdup(path->path));
    return 0;
}

void
qemu_access_adopt(QemuRun *run, const DomainDef *def)
{
    qemu_paths_each(def, adopt_path, run);
}

/* --- devices that come and go --- */

/* The node PATH in the running emulator's own /dev. */
static int
make_node(QemuRun *run, const char *path)
{
    struct stat at;
    const QemuConf *conf = run->driver->conf;
    if (!is_private(run, path) || stat(path, &at) < 0)
        return 0;
    g_autofree char *inside = g_strdup_printf("/proc/%ld/root%s", (long)run->pid, path);
    g_autofree char *folder = g_path_get_dirname(inside);
    struct stat there;
    if (stat(inside, &there) == 0 && there.st_rdev == at.st_rdev)
        return 0;
    unlink(inside);
    g_mkdir_with_parents(folder, 0755);
    if (mknod(inside, (at.st_mode & S_IFMT) | 0600, at.st_rdev) < 0 || chown(inside, conf->uid, conf->gid) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Unable to create device %s", path);
    return 0;
}

static int
grant_live(const QemuPath *path, void *data)
{
    QemuRun *run = data;
    return qemu_resources_allow(run, path->path, path->readonly) < 0 || make_node(run, path->path) < 0 ||
                   grant_path(path, run) < 0 ? -1 : 0;
}

static int
revoke_live(const QemuPath *path, void *data)
{
    QemuRun *run = data;
    if (path->keep)
        return 0;
    qemu_resources_deny(run, path->path);
    if (is_private(run, path->path)) {
        g_autofree char *inside = g_strdup_printf("/proc/%ld/root%s", (long)run->pid, path->path);
        unlink(inside);
    }
    guint at;
    if (g_ptr_array_find_with_equal_func(run->owned, path->path, g_str_equal, &at)) {
        restore(run, path->path);
        g_ptr_array_remove_index(run->owned, at);
    }
    return 0;
}

static int
walk(const char *element, const void *device, QemuPathFunc func, void *data)
{
    if (strcmp(element, "disk") == 0)
        return qemu_paths_of_disk(device, func, data);
    if (strcmp(element, "hostdev") == 0)
        return qemu_paths_of_hostdev(device, func, data);
    const DomainRng *rng = strcmp(element, "rng") == 0 ? device : NULL;
    if (rng && rng->backend && rng->backend->model == DOMAIN_RNG_BACKEND_MODEL_RANDOM && rng->backend->path)
        return func(&(QemuPath){.path = rng->backend->path, .keep = true}, data);
    const DomainMemoryDevice *memory = strcmp(element, "memory") == 0 ? device : NULL;
    if (memory && memory->source && memory->source->path)
        return func(&(QemuPath){.path = memory->source->path}, data);
    return 0;
}

int
qemu_access_grant_device(QemuRun *run, const char *element, const void *plugged)
{
    return walk(element, plugged, grant_live, run) < 0 ? -1 : 0;
}

void
qemu_access_revoke_device(QemuRun *run, const char *element, const void *unplugged)
{
    walk(element, unplugged, revoke_live, run);
}

typedef struct {
    QemuRun *run;
    bool readonly;
} SourceGrant;

static int
grant_source(const QemuPath *given, void *data)
{
    const SourceGrant *grant = data;
    QemuPath path = *given;
    path.readonly = grant->readonly;
    return grant_live(&path, grant->run);
}

int
qemu_access_grant_source(QemuRun *run, const StorageSource *source, bool readonly)
{
    return qemu_paths_of_source(source, grant_source, &(SourceGrant){run, readonly}) < 0 ? -1 : 0;
}

void
qemu_access_revoke_source(QemuRun *run, const StorageSource *source)
{
    qemu_paths_of_source(source, revoke_live, run);
}
