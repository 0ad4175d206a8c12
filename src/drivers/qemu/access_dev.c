/* An emulator's own /dev: see access.h.  What it holds is worked out before the fork; making it is system calls alone. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "drivers/qemu/access.h"
#include "drivers/qemu/conf.h"

#define DEV "/dev/"

/* What everybody has, with the host's owners. */
static const char *const common[] = {"null", "full", "zero", "random", "urandom", "ptmx", "tty", "kvm", "userfaultfd", "net/tun",
                                     "vhost-net", "vhost-vsock", "sgx_vepc", "sgx_provision", "sev", "udmabuf"};

static void
node_clear(void *data)
{
    g_free(((QemuNode *)data)->path);
}

static void
add_node(QemuDev *dev, const char *path, uid_t uid, gid_t gid)
{
    struct stat at;
    g_autofree char *full = g_strconcat(DEV, path, NULL);
    if (stat(full, &at) < 0 || (!S_ISBLK(at.st_mode) && !S_ISCHR(at.st_mode)))
        return;
    for (guint i = 0; i < dev->nodes->len; i++) {
        if (strcmp(g_array_index(dev->nodes, QemuNode, i).path, path) == 0)
            return;
    }
    QemuNode node = {g_strdup(path), at.st_mode, at.st_rdev, uid == (uid_t)-1 ? at.st_uid : uid,
                     gid == (gid_t)-1 ? at.st_gid : gid};
    g_array_append_val(dev->nodes, node);
}

typedef struct {
    QemuDev *dev;
    const QemuConf *conf;
} Walk;

static int
add_path(const QemuPath *path, void *data)
{
    const Walk *walk = data;
    if (!g_str_has_prefix(path->path, DEV))
        return 0;
    bool keep = path->keep || !walk->conf->dynamic_ownership;
    add_node(walk->dev, path->path + strlen(DEV), keep ? (uid_t)-1 : walk->conf->uid, keep ? (gid_t)-1 : walk->conf->gid);
    return 0;
}

/* Mounts directly below /dev: terminals, shared memory, huge pages. */
static void
find_mounts(QemuDev *dev)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/mounts", &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        g_auto(GStrv) words = g_strsplit(*l, " ", 3);
        if (g_strv_length(words) < 3 || !g_str_has_prefix(words[1], DEV) || strchr(words[1], '\\'))
            continue;
        const char *name = words[1] + strlen(DEV);
        if (!strchr(name, '/') && !g_ptr_array_find_with_equal_func(dev->below, name, g_str_equal, NULL) &&
            g_file_test(words[1], G_FILE_TEST_IS_DIR))
            g_ptr_array_add(dev->below, g_strdup(name));
    }
}

QemuDev *
qemu_dev_new(const QemuRun *run, const DomainDef *def)
{
    const QemuConf *conf = run->driver->conf;
    if (!conf->mount_namespace)
        return NULL;
    QemuDev *dev = g_new0(QemuDev, 1);
    dev->staging = g_build_filename(run->driver->paths.state, "dev", NULL);
    g_mkdir_with_parents(dev->staging, 0700);
    dev->nodes = g_array_new(FALSE, FALSE, sizeof(QemuNode));
    g_array_set_clear_func(dev->nodes, node_clear);
    dev->below = g_ptr_array_new_with_free_func(g_free);
    qemu_paths_each(def, add_path, &(Walk){dev, conf}); /* what the guest has by itself goes first */
    for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
        add_node(dev, common[i], (uid_t)-1, (gid_t)-1);
    for (char **acl = conf->cgroup_device_acl; acl && *acl; acl++) {
        if (g_str_has_prefix(*acl, DEV))
            add_node(dev, *acl + strlen(DEV), (uid_t)-1, (gid_t)-1);
    }
    for (size_t i = 0; i < def->devices.n_graphics; i++) {
        const DomainGraphics *graphics = def->devices.graphics[i];
        const char *node = graphics->gl ? graphics->gl->rendernode : NULL;
        if (node && g_str_has_prefix(node, DEV))
            add_node(dev, node + strlen(DEV), (uid_t)-1, (gid_t)-1);
        else if (graphics->gl)
            add_node(dev, "dri/renderD128", (uid_t)-1, (gid_t)-1);
    }
    find_mounts(dev);
    return dev;
}

void
qemu_dev_free(QemuDev *dev)
{
    if (!dev)
        return;
    g_free(dev->staging);
    g_array_unref(dev->nodes);
    g_ptr_array_unref(dev->below);
    g_free(dev);
}

/* --- in the child --- */

#define LONGEST 4096

static int
path_in(char *out, const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    if (a + b + 2 > LONGEST) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(out, folder, a);
    out[a] = '/';
    memcpy(out + a + 1, name, b + 1);
    return 0;
}

static void
make_parents(char *path, size_t from)
{
    for (char *c = path + from; *c; c++) {
        if (*c != '/')
            continue;
        *c = '\0';
        mkdir(path, 0755);
        *c = '/';
    }
}

static int
make_nodes(const QemuDev *dev)
{
    char path[LONGEST];
    for (guint i = 0; i < dev->nodes->len; i++) {
        const QemuNode *node = &g_array_index(dev->nodes, QemuNode, i);
        if (path_in(path, dev->staging, node->path) < 0)
            return -1;
        make_parents(path, strlen(dev->staging) + 1);
        if (mknod(path, node->mode, node->device) < 0 || chown(path, node->uid, node->gid) < 0 ||
            chmod(path, node->mode & 07777) < 0)
            return -1;
    }
    return 0;
}

static int
keep_mounts(const QemuDev *dev)
{
    char path[LONGEST], from[LONGEST];
    for (guint i = 0; i < dev->below->len; i++) {
        if (path_in(path, dev->staging, dev->below->pdata[i]) < 0 || path_in(from, "/dev", dev->below->pdata[i]) < 0)
            return -1;
        if (mkdir(path, 0755) < 0 || mount(from, path, NULL, MS_BIND | MS_REC, NULL) < 0)
            return -1;
    }
    return 0;
}

static int
make_links(const QemuDev *dev)
{
    static const struct {
        const char *name, *target;
    } links[] = {{"fd", "/proc/self/fd"}, {"stdin", "fd/0"}, {"stdout", "fd/1"}, {"stderr", "fd/2"}};
    char path[LONGEST];
    for (gsize i = 0; i < G_N_ELEMENTS(links); i++) {
        if (path_in(path, dev->staging, links[i].name) < 0 || symlink(links[i].target, path) < 0)
            return -1;
    }
    return 0;
}

int
qemu_dev_enter(const QemuDev *dev)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
        mount("dev", dev->staging, "tmpfs", MS_NOSUID, "mode=755,size=65536") < 0)
        return -1;
    mode_t mask = umask(0);
    int made = make_nodes(dev) < 0 || keep_mounts(dev) < 0 || make_links(dev) < 0 ? -1 : 0;
    umask(mask);
    return made < 0 ? -1 : mount(dev->staging, "/dev", NULL, MS_MOVE, NULL);
}
