/* Programs beside an emulator: see helper.h. */
#include "drivers/qemu/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/command.h"
#include "base/log.h"
#include "base/loop.h"
#include "drivers/qemu/access.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/spawn.h"

struct QemuHelper {
    char *name;     /* alias of what it serves */
    char *pid_path; /* for who takes over */
    int pidfd;
};

void
qemu_helper_free(QemuHelper *helper)
{
    if (helper->pidfd >= 0)
        close(helper->pidfd);
    g_free(helper->name);
    g_free(helper->pid_path);
    g_free(helper);
}

int
qemu_listen(const QemuDriver *driver, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "UNIX socket path '%s' too long", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    g_unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0 &&
        qemu_access_give(driver, path) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return vr_error_system(VIR_FROM_QEMU, error, "cannot listen on '%s'", path);
}

/* --- starting and ending --- */

/* One that is to be started. */
typedef struct {
    const char *name, *kind; /* "fs0", "virtiofsd" */
    GPtrArray *argv;
    int fd; /* that ARGV names */
    bool other_user;
    uid_t uid;
    gid_t gid;
} Wanted;

#define MAX_GROUPS 24

static void
ended(VrSource *source, pid_t pid, int status, void *data)
{
    vr_log(VR_LOG_INFO, "qemu", "helper %ld has ended with status %d", (long)pid, status);
}

static pid_t
spawn_wanted(QemuRun *run, const DomainDef *def, const Wanted *wanted)
{
    static char *const environment[] = {(char *)"LC_ALL=C", (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    g_autofree char *file = g_strdup_printf("%s-%s-%s.log", def->name, wanted->name, wanted->kind);
    g_autofree char *path = g_build_filename(run->driver->paths.log, file, NULL);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), groups[MAX_GROUPS];
    QemuSpawn spawn = {.argv = (char *const *)wanted->argv->pdata, .environment = environment, .folder = "/", .log = log, .pid_file = -1,
                       .keep = &wanted->fd, .n_keep = 1, .groups = groups, .memory_mode = -1, .other_user = wanted->other_user,
                       .uid = wanted->uid, .gid = wanted->gid, .more = &wanted->gid, .n_more = wanted->other_user ? 1 : 0};
    if (log < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot open log '%s'", path);
    pid_t pid = qemu_resources_entries(run, groups, G_N_ELEMENTS(groups), &spawn.n_groups) < 0 ? -1 : qemu_spawn(&spawn);
    for (gsize i = 0; i < spawn.n_groups; i++)
        close(groups[i]);
    close(log);
    return pid;
}

/* Takes WANTED's descriptor over. */
static int
start_wanted(QemuRun *run, const DomainDef *def, const Wanted *wanted)
{
    g_ptr_array_add(wanted->argv, NULL);
    pid_t pid = spawn_wanted(run, def, wanted);
    close(wanted->fd);
    if (pid < 0)
        return -1;
    QemuHelper *helper = g_new0(QemuHelper, 1);
    helper->name = g_strdup(wanted->name);
    helper->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    const char *own = strrchr(run->domain_dir, '/');
    helper->pid_path = g_strdup_printf("%s/%s-%s.helper", run->driver->paths.state,
                                       own && g_str_has_prefix(own, "/domain-") ? own + strlen("/domain-") : def->name, wanted->name);
    g_autofree char *text = g_strdup_printf("%ld\n", (long)pid);
    g_file_set_contents_full(helper->pid_path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL);
    g_ptr_array_add(run->helpers, helper);
    vr_source_unref(vr_loop_child(pid, ended, NULL, NULL));
    return 0;
}

#define POLITE_MS 2000
#define FORCED_MS 10000

static void
end(const QemuHelper *helper)
{
    struct pollfd gone = {helper->pidfd, POLLIN, 0};
    if (helper->pidfd >= 0) {
        syscall(SYS_pidfd_send_signal, helper->pidfd, SIGTERM, NULL, 0);
        if (poll(&gone, 1, POLITE_MS) == 0) {
            syscall(SYS_pidfd_send_signal, helper->pidfd, SIGKILL, NULL, 0);
            poll(&gone, 1, FORCED_MS);
        }
    }
    g_unlink(helper->pid_path);
}

void
qemu_helpers_stop(QemuRun *run, const char *name)
{
    for (guint i = run->helpers->len; i-- > 0;) {
        const QemuHelper *helper = run->helpers->pdata[i];
        if (name && strcmp(helper->name, name) != 0)
            continue;
        end(helper);
        g_ptr_array_remove_index(run->helpers, i);
    }
}

void
qemu_helpers_adopt(QemuRun *run)
{
    const char *own = strrchr(run->domain_dir, '/');
    if (!own || !g_str_has_prefix(own, "/domain-"))
        return;
    g_autofree char *prefix = g_strconcat(own + strlen("/domain-"), "-", NULL);
    g_autoptr(GDir) dir = g_dir_open(run->driver->paths.state, 0, NULL);
    for (const char *file; dir && (file = g_dir_read_name(dir));) {
        if (!g_str_has_prefix(file, prefix) || !g_str_has_suffix(file, ".helper"))
            continue;
        g_autofree char *text = NULL;
        QemuHelper *helper = g_new0(QemuHelper, 1);
        helper->name = g_strndup(file + strlen(prefix), strlen(file) - strlen(prefix) - strlen(".helper"));
        helper->pid_path = g_build_filename(run->driver->paths.state, file, NULL);
        g_file_get_contents(helper->pid_path, &text, NULL, NULL);
        gint64 pid = text ? g_ascii_strtoll(text, NULL, 10) : 0;
        helper->pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
        g_ptr_array_add(run->helpers, helper);
    }
}

static void
add(GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add(GPtrArray *argv, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(argv, g_strdup_vprintf(format, args));
    va_end(args);
}

static GPtrArray *
program(const char *name, const char *what)
{
    g_autofree char *path = vr_command_find(name);
    if (!path)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "unable to find '%s', which %s: install it", name, what);
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_steal_pointer(&path));
    return argv;
}

/* --- TPM --- */

static int
give(const QemuDriver *driver, const char *path, uid_t uid, gid_t gid)
{
    if (!driver->privileged || (uid == geteuid() && gid == getegid()) || chown(path, uid, gid) == 0)
        return 0;
    return vr_error_system(VIR_FROM_QEMU, errno, "Could not chown directory %s to %u:%u", path, (unsigned)uid, (unsigned)gid);
}

/* A TPM that has never been gets its certificates. */
static int
make_tpm(const QemuDriver *driver, const DomainDef *def, const DomainTpm *tpm, const char *state)
{
    char uuid[VR_UUID_TEXT_SIZE];
    g_autofree char *parent = g_path_get_dirname(state);
    bool v2 = tpm->backend.version != DOMAIN_TPM_BACKEND_VERSION_1_2;
    if (g_file_test(state, G_FILE_TEST_IS_DIR))
        return 0;
    if (g_mkdir_with_parents(parent, 0711) < 0 || g_mkdir(state, 0700) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Could not create TPM directory %s", state);
    vr_uuid_format(def->uuid, uuid);
    g_autofree char *owner = g_strdup_printf("%s:%s", def->name, uuid);
    g_autoptr(VrCommand) setup = vr_command_new("swtpm_setup", "--tpmstate", state, "--vmid", owner, "--createek", "--create-ek-cert",
                                                "--create-platform-cert", "--lock-nvram", "--not-overwrite", NULL);
    if (v2)
        vr_command_add(setup, "--tpm2", NULL);
    if (driver->privileged)
        vr_command_user(setup, (int)driver->conf->swtpm_uid, (int)driver->conf->swtpm_gid);
    if (give(driver, state, driver->conf->swtpm_uid, driver->conf->swtpm_gid) == 0 && vr_command_run(setup, NULL) == 0)
        return 0;
    g_rmdir(state); /* empty, or of use to who looks for the reason */
    return -1;
}

static int
start_tpm(QemuRun *run, const QemuCommand *command, const DomainTpm *tpm, const char *name)
{
    static const unsigned char none[VR_UUID_SIZE];
    const QemuConf *conf = run->driver->conf;
    const DomainDef *def = command->def;
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(def->uuid, uuid);
    bool v2 = tpm->backend.version != DOMAIN_TPM_BACKEND_VERSION_1_2;
    if (memcmp(tpm->backend.encryption_secret, none, sizeof(none)) != 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "a TPM whose state is encrypted is not supported yet");
    g_autofree char *lib = g_path_get_dirname(run->driver->paths.lib);
    g_autofree char *made_up = g_strdup_printf("%s/swtpm/%s/%s", lib, uuid, v2 ? "tpm2" : "tpm1.2");
    const DomainTpmSource *source = tpm->backend.source;
    const char *state = source && source->path && source->type == DOMAIN_TPM_SOURCE_TYPE_DIR ? source->path : made_up;
    g_autofree char *socket = g_build_filename(command->domain_dir, "swtpm.sock", NULL);
    g_autoptr(GPtrArray) argv = program("swtpm", "is a guest's TPM");
    if (!argv || make_tpm(run->driver, def, tpm, state) < 0 || give(run->driver, state, conf->swtpm_uid, conf->swtpm_gid) < 0)
        return -1;
    int fd = qemu_listen(run->driver, socket);
    if (fd < 0)
        return -1;
    add(argv, "socket");
    add(argv, "--ctrl");
    add(argv, "type=unixio,fd=%d", fd);
    add(argv, "--tpmstate");
    add(argv, "dir=%s,mode=0600", state);
    add(argv, "--terminate");
    if (v2)
        add(argv, "--tpm2");
    const Wanted wanted = {.name = name, .kind = "swtpm", .argv = argv, .fd = fd,
                           .other_user = run->driver->privileged && conf->swtpm_uid != geteuid(), .uid = conf->swtpm_uid,
                           .gid = conf->swtpm_gid};
    return start_wanted(run, def, &wanted);
}

/* --- shared folders --- */

static char *
find_virtiofsd(const DomainFilesystem *fs)
{
    static const char *const places[] = {"/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/lib/virtiofsd"};
    if (fs->binary && fs->binary->path)
        return g_strdup(fs->binary->path);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        if (access(places[i], X_OK) == 0)
            return g_strdup(places[i]);
    }
    return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "Unable to find a satisfying virtiofsd: install one");
}

static char *
virtiofsd_options(const DomainFilesystem *fs)
{
    static const char *const caches[] = {NULL, "none", "always"}, *const sandboxes[] = {NULL, "namespace", "chroot"};
    const DomainFilesystemBinary *binary = fs->binary;
    g_autoptr(GString) out = g_string_new("source=");
    qemu_append_value(out, fs->source.dir);
    if (binary && binary->cache_mode)
        g_string_append_printf(out, ",cache=%s", caches[MIN(binary->cache_mode, 2)]);
    if (binary && binary->sandbox_mode)
        g_string_append_printf(out, ",sandbox=%s", sandboxes[MIN(binary->sandbox_mode, 2)]);
    if (binary && binary->xattr)
        g_string_append(out, binary->xattr == ON_OFF_ON ? ",xattr" : ",no_xattr");
    if (binary && binary->lock_flock)
        g_string_append(out, binary->lock_flock == ON_OFF_ON ? ",flock" : ",no_flock");
    if (binary && binary->lock_posix)
        g_string_append(out, binary->lock_posix == ON_OFF_ON ? ",posix_lock" : ",no_posix_lock");
    if (fs->readonly)
        g_string_append(out, ",readonly");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

int
qemu_helper_start_fs(QemuRun *run, const DomainDef *def, DomainFilesystem *fs)
{
    g_autofree char *binary = find_virtiofsd(fs);
    g_autofree char *file = g_strdup_printf("%s-fs.sock", fs->alias);
    g_autofree char *socket = g_build_filename(run->domain_dir, file, NULL);
    g_autofree char *options = virtiofsd_options(fs);
    if (!binary)
        return -1;
    if (!g_file_test(fs->source.dir, G_FILE_TEST_IS_DIR))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "the virtiofs export directory '%s' does not exist",
                        fs->source.dir);
    int fd = qemu_listen(run->driver, socket);
    if (fd < 0)
        return -1;
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_steal_pointer(&binary));
    add(argv, "--fd=%d", fd);
    add(argv, "-o");
    add(argv, "%s", options);
    if (run->driver->conf->virtiofsd_debug)
        add(argv, "-d");
    if (fs->binary && fs->binary->thread_pool_size > 0)
        add(argv, "--thread-pool-size=%d", fs->binary->thread_pool_size);
    const Wanted wanted = {.name = fs->alias, .kind = "virtiofsd", .argv = argv, .fd = fd};
    return start_wanted(run, def, &wanted);
}

/* --- networks of the user's own --- */

static void
passt_addresses(GPtrArray *argv, const DomainNet *net)
{
    for (size_t i = 0; i < net->n_ip; i++) {
        const NetIp *ip = net->ip[i];
        if (!ip->address)
            continue;
        add(argv, "--address");
        add(argv, "%s", ip->address);
        if (ip->prefix && !strchr(ip->address, ':')) {
            add(argv, "--netmask");
            add(argv, "%u", ip->prefix);
        }
    }
}

static void
passt_forwards(GPtrArray *argv, const DomainNet *net)
{
    for (size_t i = 0; i < net->n_port_forward; i++) {
        const NetPortForward *forward = net->port_forward[i];
        g_autoptr(GString) out = g_string_new(NULL);
        if (forward->address)
            g_string_append(out, forward->address);
        if (forward->dev)
            g_string_append_printf(out, "%%%s", forward->dev);
        if (out->len)
            g_string_append_c(out, '/');
        for (size_t j = 0; j < forward->n_range; j++) {
            const NetPortForwardRange *range = forward->range[j];
            g_string_append_printf(out, "%s%s%u", j ? "," : "", range->exclude == YES_NO_YES ? "~" : "", range->start);
            if (range->end)
                g_string_append_printf(out, "-%u", range->end);
            if (range->to)
                g_string_append_printf(out, ":%u", range->to);
            if (range->to && range->end)
                g_string_append_printf(out, "-%u", range->to + range->end - range->start);
        }
        add(argv, "%s", forward->proto == NET_PORT_FORWARD_PROTO_UDP ? "--udp-ports" : "--tcp-ports");
        add(argv, "%s", forward->n_range ? out->str : "all");
    }
}

int
qemu_helper_start_passt(QemuRun *run, const DomainDef *def, const DomainNet *net)
{
    g_autoptr(GPtrArray) argv = program("passt", "is a guest's network by backend type 'passt'");
    int pair[2];
    if (!argv)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot create a socket pair");
    add(argv, "--foreground");
    add(argv, "--one-off");
    add(argv, "--fd");
    add(argv, "%d", pair[1]);
    if (net->source.dev) {
        add(argv, "--interface");
        add(argv, "%s", net->source.dev);
    }
    if (net->backend && net->backend->log_file) {
        add(argv, "--log-file");
        add(argv, "%s", net->backend->log_file);
    }
    passt_addresses(argv, net);
    passt_forwards(argv, net);
    const QemuConf *conf = run->driver->conf;
    const Wanted wanted = {.name = net->alias ? net->alias : "net", .kind = "passt", .argv = argv, .fd = pair[1],
                           .other_user = run->driver->privileged && conf->uid != geteuid(), .uid = conf->uid, .gid = conf->gid};
    if (start_wanted(run, def, &wanted) == 0)
        return pair[0];
    close(pair[0]);
    return -1;
}

int
qemu_helpers_start(QemuRun *run, QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_tpm; i++) {
        g_autofree char *name = g_strdup_printf("tpm%zu", i);
        if (devices->tpm[i]->backend.type == DOMAIN_TPM_BACKEND_TYPE_EMULATOR &&
            start_tpm(run, command, devices->tpm[i], name) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_filesystem; i++) {
        DomainFilesystem *fs = devices->filesystem[i];
        bool served = fs->driver && fs->driver->type == DOMAIN_FILESYSTEM_DRIVER_TYPE_VIRTIOFS && !fs->source.socket;
        if (served && qemu_helper_start_fs(run, command->def, fs) < 0)
            return -1;
    }
    return 0;
}
