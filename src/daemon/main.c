/* The daemon: libvirtd, and under other names the daemons that serve one driver each.
 *
 * Reads its options and configuration, opens its sockets (or takes them from systemd), then runs the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "daemon/access.h"
#include "daemon/bridge.h"
#include "daemon/client.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/handover.h"
#include "daemon/keep.h"
#include "daemon/keepers.h"
#include "daemon/systemd.h"
#include "daemon/tls.h"

typedef struct {
    const char *name;   /* of the program */
    const char *prefix; /* of its sockets */
    const char *schemes[24];
    const VrProgram *const *programs; /* NULL: those of drivers */
} Kind;

#define SECONDARY "network", "interface", "secret", "storage", "nodedev", "nwfilter"

static const VrProgram *const programs[] = {&vr_program_remote, &vr_program_qemu, &vr_program_lxc, NULL};
static const VrProgram *const admin_programs[] = {&vr_program_admin, NULL};
static const VrProgram *const log_programs[] = {&vr_program_log, NULL};
static const VrProgram *const lock_programs[] = {&vr_program_lock, NULL};

static const Kind kinds[] = {
    {"libvirtd", "libvirt", {"test", "qemu", "lxc", "xen", "vbox", "openvz", "uml", SECONDARY}},
    {"virtqemud", "virtqemud", {"qemu"}},
    {"virtlxcd", "virtlxcd", {"lxc"}},
    {"virtxend", "virtxend", {"xen"}},
    {"virtvboxd", "virtvboxd", {"vbox"}},
    {"virtnetworkd", "virtnetworkd", {"network"}},
    {"virtinterfaced", "virtinterfaced", {"interface"}},
    {"virtsecretd", "virtsecretd", {"secret"}},
    {"virtstoraged", "virtstoraged", {"storage"}},
    {"virtnodedevd", "virtnodedevd", {"nodedev"}},
    {"virtnwfilterd", "virtnwfilterd", {"nwfilter"}},
    {"virttestd", "libvirt", {"test"}}, /* the mock host alone, which touches nothing of this one */
    {"virtproxyd", "libvirt", {NULL}, NULL}, /* passes everything on to those above */
    {"virtlogd", "virtlogd", {NULL}, log_programs},
    {"virtlockd", "virtlockd", {NULL}, lock_programs},
};

DaemonState daemon_state;

static int signal_pipe[2];
static const Kind *kind = &kinds[0];

static void
usage(FILE *to)
{
    fprintf(to,
            "\nUsage:\n  %s [options]\n\nOptions:\n"
            "  -h | --help            Display program help:\n"
            "  -v | --verbose         Verbose messages.\n"
            "  -d | --daemon          Run as a daemon & write PID file.\n"
            "  -l | --listen          Listen for TCP/IP connections.\n"
            "  -t | --timeout <secs>  Exit after timeout period.\n"
            "  -f | --config <file>   Configuration file.\n"
            "  -V | --version         Display version information.\n"
            "  -p | --pid-file <file> Change name of PID file.\n",
            kind->name);
}

static int
parse_options(int argc, char **argv, DaemonConfig *config)
{
    static const struct option options[] = {
        {"verbose", no_argument, NULL, 'v'},      {"daemon", no_argument, NULL, 'd'},
        {"listen", no_argument, NULL, 'l'},       {"config", required_argument, NULL, 'f'},
        {"timeout", required_argument, NULL, 't'}, {"pid-file", required_argument, NULL, 'p'},
        {"version", no_argument, NULL, 'V'},      {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;
    char *end;
    while ((c = getopt_long(argc, argv, "vdlf:t:p:Vh", options, NULL)) != -1) {
        switch (c) {
        case 'v':
            config->verbose = TRUE;
            break;
        case 'd':
            config->daemonize = TRUE;
            break;
        case 'l':
            config->listen = TRUE;
            break;
        case 'f':
            config->config_path = g_strdup(optarg);
            break;
        case 'p':
            config->pid_file = g_strdup(optarg);
            break;
        case 't': {
            gint64 seconds = g_ascii_strtoll(optarg, &end, 10);
            if (*end || end == optarg || seconds <= 0 || seconds > G_MAXINT / 1000) {
                fprintf(stderr, "%s: invalid value for --timeout: '%s' (a number of seconds)\n", kind->name, optarg);
                return -1;
            }
            config->timeout = (int)seconds;
            break;
        }
        case 'V':
            printf("%s (libvirt) %s\n", kind->name, VIREO_VERSION);
            exit(0);
        case 'h':
            usage(stdout);
            exit(0);
        default:
            fprintf(stderr, "%s: see --help\n", kind->name);
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected, non-option, command line arguments\n", kind->name);
        return -1;
    }
    return 0;
}

/* Fork away from the terminal; the first process ends when the daemon says that it is ready.  Returns its end of the pipe. */
static int
daemonize(void)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot make a pipe");
    pid_t pid = fork();
    if (pid < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot fork");
    if (pid > 0) {
        char status = 1;
        close(ready[1]);
        ssize_t n;
        while ((n = read(ready[0], &status, 1)) < 0 && errno == EINTR)
            continue;
        _exit(n == 1 ? status : 1);
    }
    close(ready[0]);
    setsid();
    if (chdir("/") < 0)
        vr_log(VR_LOG_WARN, "daemon", "cannot go to /: %s", g_strerror(errno));
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
    return ready[1];
}

static void
say_ready(int fd)
{
    if (fd < 0)
        return;
    char status = 0;
    if (write(fd, &status, 1) < 0)
        vr_log(VR_LOG_WARN, "daemon", "nobody waits for us to be ready");
    close(fd);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
}

/* The pid file stays open and locked: a second daemon finds it so. */
static int
take_pid_file(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0755);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "Failed to open pid file '%s'", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        close(fd);
        return vr_error_system(VIR_FROM_NONE, errno, "Failed to acquire pid file '%s'", path);
    }
    g_autofree char *text = g_strdup_printf("%d", (int)getpid());
    if (ftruncate(fd, 0) < 0 || write(fd, text, strlen(text)) < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "Failed to write pid file '%s'", path);
    return fd;
}

static char *
default_pid_file(const DaemonConfig *config)
{
    if (config->privileged)
        return g_strdup_printf("/run/%s.pid", kind->name);
    return g_strdup_printf("%s/libvirt/%s.pid", g_get_user_runtime_dir(), kind->name);
}

/* --- signals --- */

static void
on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(signal_pipe[1], &byte, 1) < 0)
        errno = saved; /* a full pipe holds enough of them */
    errno = saved;
}

static void
on_signal_byte(VrSource *source, int fd, unsigned int events, void *data)
{
    unsigned char bytes[16];
    ssize_t n = read(fd, bytes, sizeof(bytes));
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] == SIGHUP) {
            vr_log(VR_LOG_INFO, "daemon", "reloading");
            daemon_systemd_notify("RELOADING=1");
            daemon_tls_reload();
            daemon_systemd_notify("READY=1");
        } else if (bytes[i] == SIGUSR1) {
            daemon_handover_begin(kind->programs != NULL);
        } else {
            vr_log(VR_LOG_INFO, "daemon", "ending on signal %d", bytes[i]);
            daemon_stop();
        }
    }
}

static int
catch_signals(void)
{
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot make a pipe");
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    static const int caught[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1};
    for (gsize i = 0; i < G_N_ELEMENTS(caught); i++)
        sigaction(caught[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    vr_loop_watch(signal_pipe[0], VR_LOOP_READABLE, on_signal_byte, NULL, NULL);
    return 0;
}

/* --- when nobody needs us --- */

static void
on_idle(VrSource *source, void *data)
{
    if (vr_process_is_held()) {
        vr_source_set_timer(daemon_state.idle, (gint64)daemon_state.timeout * 1000, 0);
    } else if (daemon_state.server->clients->len == 0) {
        vr_log(VR_LOG_INFO, "daemon", "nobody has used %s for %d s: ending", kind->name, daemon_state.timeout);
        daemon_stop();
    }
}

static void
check_idle(DaemonServer *server)
{
    if (!daemon_state.idle)
        return;
    gboolean idle = daemon_state.timeout > 0 && daemon_state.server->clients->len == 0;
    vr_source_set_timer(daemon_state.idle, idle ? (gint64)daemon_state.timeout * 1000 : -1, 0);
}

void
daemon_set_timeout(int seconds)
{
    daemon_state.timeout = seconds;
    if (!daemon_state.idle)
        daemon_state.idle = vr_loop_timer(-1, 0, on_idle, NULL, NULL);
    check_idle(daemon_state.server);
}

void
daemon_stop(void)
{
    daemon_systemd_notify("STOPPING=1");
    if (daemon_state.admin)
        daemon_server_close(daemon_state.admin);
    daemon_server_close(daemon_state.server);
    vr_loop_stop();
}

/* --- sockets --- */

static int
open_sockets(DaemonConfig *config)
{
    DaemonServer *server = daemon_state.server, *admin = daemon_state.admin;
    g_autofree char *folder = NULL;
    if (config->unix_dir)
        folder = g_strdup(config->unix_dir);
    else
        folder = config->privileged ? g_strdup("/run/libvirt") : g_build_filename(g_get_user_runtime_dir(), "libvirt", NULL);
    int inherited = daemon_handover_take(config);
    if (inherited != 0)
        return MIN(inherited, 0);
    if (daemon_systemd_sockets(server, admin, config) > 0)
        return 0;
    if (g_mkdir_with_parents(folder, config->privileged ? 0755 : 0700) < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot make the folder of the sockets, '%s'", folder);
    g_autofree char *rw = g_strdup_printf("%s/%s-sock", folder, kind->prefix);
    g_autofree char *ro = g_strdup_printf("%s/%s-sock-ro", folder, kind->prefix);
    g_autofree char *adm = g_strdup_printf("%s/%s-admin-sock", folder, kind->prefix);
    /* Logs and leases are for daemons of the same user. */
    if (daemon_server_listen_unix(server, rw, kind->programs ? 0700 : config->unix_rw_mode, config->unix_group, FALSE,
                                  kind->programs ? VR_AUTH_NONE : config->auth_unix_rw) < 0)
        return -1;
    if (config->privileged && !kind->programs &&
        daemon_server_listen_unix(server, ro, config->unix_ro_mode, config->unix_group, TRUE, config->auth_unix_ro) < 0)
        return -1;
    if (daemon_server_listen_unix(admin, adm, config->unix_admin_mode, config->unix_group, FALSE, VR_AUTH_NONE) < 0)
        return -1;
    if (config->listen && config->listen_tcp &&
        daemon_server_listen_tcp(server, config->listen_addr, config->tcp_port, FALSE, config->auth_tcp) < 0)
        return -1;
    if (config->listen && config->listen_tls) {
        if (daemon_tls_setup(config) < 0 ||
            daemon_server_listen_tcp(server, config->listen_addr, config->tls_port, TRUE, config->auth_tls) < 0)
            return -1;
    }
    return 0;
}

/* As many clients as we are allowed descriptors. */
static void
raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        vr_log(VR_LOG_WARN, "daemon", "cannot have more descriptors: %s", g_strerror(errno));
}

/* Errors of calls go to their callers; here only to the log. */
static void
log_error(void *data, virErrorPtr error)
{
    vr_debug("daemon", "%s", error->message ? error->message : "an error without a message");
}

/* Where the log goes when nobody says: the terminal while there is one, then the journal, then a file. */
static char *
usual_log(const DaemonConfig *config)
{
    if (!config->daemonize)
        return g_strdup("1:stderr");
    if (access("/run/systemd/journal/socket", W_OK) == 0)
        return g_strdup("1:journald");
    g_autofree char *folder = config->privileged ? g_strdup("/var/log/libvirt")
                                                 : g_build_filename(g_get_user_cache_dir(), "libvirt", NULL);
    g_mkdir_with_parents(folder, 0700);
    return g_strdup_printf("1:file:%s/%s.log", folder, kind->name);
}

static void
setup_log(const DaemonConfig *config)
{
    if (config->log_level > 0)
        vr_log_set_level((VrLogLevel)CLAMP(config->log_level, VR_LOG_DEBUG, VR_LOG_ERROR));
    else if (!g_getenv("LIBVIRT_DEBUG") && !g_getenv("LIBVIRT_LOG_FILTERS"))
        vr_log_set_level(config->verbose ? VR_LOG_INFO : VR_LOG_WARN);
    if (config->log_filters && vr_log_set_filters(config->log_filters) < 0)
        vr_log(VR_LOG_WARN, "daemon", "log_filters: '%s' is not understood", config->log_filters);
    g_autofree char *usual = config->log_outputs ? NULL : usual_log(config);
    if (!g_getenv("LIBVIRT_LOG_OUTPUTS") && vr_log_set_outputs(config->log_outputs ? config->log_outputs : usual) < 0)
        fprintf(stderr, "%s: warning: nothing is logged: %s\n", kind->name, vr_error_last()->message);
}

static int
start(DaemonConfig *config, int ready)
{
    if (daemon_config_read(config, kind->name) < 0)
        return -1;
    virInitialize();
    setup_log(config);
    if (daemon_access_setup() < 0)
        return -1;
    raise_limits();
    g_autofree char *pid_file = config->pid_file ? g_strdup(config->pid_file) : default_pid_file(config);
    if ((config->daemonize || config->pid_file || config->privileged) && take_pid_file(pid_file) < 0)
        return -1;
    virSetErrorFunc(NULL, log_error);
    vr_process_serve(kind->schemes);
    daemon_state.name = kind->name;
    daemon_state.proxy = !kind->schemes[0] && !kind->programs;
    daemon_state.server = daemon_server_new(kind->name, kind->programs ? kind->programs : programs, &config->limits,
                                            &config->workers);
    if (kind->programs == log_programs) {
        long long size = 2 * 1024 * 1024, backups = 3;
        if (vr_config_number(config->file, "max_size", &size) < 0 || vr_config_number(config->file, "max_backups", &backups) < 0)
            return -1;
        daemon_log_setup((gsize)MAX(size, 0), (int)CLAMP(backups, 0, 100));
    }
    if (kind->programs == lock_programs)
        daemon_state.server->left = daemon_lock_client_gone;
    daemon_state.admin = daemon_server_new("admin", admin_programs, &config->admin_limits, &config->admin_workers);
    if (catch_signals() < 0 || open_sockets(config) < 0)
        return -1;
    daemon_bridge_register();
    daemon_state.server->changed = check_idle;
    daemon_server_start(daemon_state.server);
    daemon_server_start(daemon_state.admin);
    daemon_keep_drivers(daemon_state.server->pool, kind->schemes);
    if (config->timeout > 0)
        daemon_set_timeout(config->timeout);
    say_ready(ready);
    daemon_systemd_notify("READY=1");
    vr_loop_run();
    if (config->daemonize || config->pid_file || config->privileged)
        unlink(pid_file);
    return 0;
}

int
main(int argc, char **argv)
{
    DaemonConfig *config = &daemon_config;
    daemon_handover_init(argv);
    g_autofree char *name = g_path_get_basename(argv[0]);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            kind = &kinds[i];
    }
    if (parse_options(argc, argv, config) < 0)
        return 1;
    /* The configuration is read by the process that stays; its errors still reach the terminal. */
    int ready = -1;
    if (config->daemonize && !daemon_handover_expected() && (ready = daemonize()) < 0) {
        fprintf(stderr, "%s: error: %s\n", kind->name, vr_error_last()->message);
        return 1;
    }
    if (start(config, ready) < 0) {
        fprintf(stderr, "%s: error: %s\n", kind->name, vr_error_last()->message);
        return 1;
    }
    /* Nothing of ours needs an orderly end: what matters is on disk already. */
    _exit(0);
}
