/* Getting a descriptor to the daemon: UNIX and TCP sockets, ssh, any command.
 *
 * Called while a connection opens, on the application's thread; may block.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/remote/remote.h"

#define AUTOSTART_TRIES 50
#define AUTOSTART_WAIT_US 100000

extern char **environ;

typedef struct {
    const char *name;
    gboolean secure; /* nobody in between can read it */
    int (*connect)(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors);
} Transport;

/* The daemon that serves a scheme when each driver has its own. */
static char *
daemon_name(const VrUri *uri)
{
    return g_strdup_printf("virt%sd", uri->scheme);
}

static gboolean
is_session(const VrUri *uri)
{
    if (geteuid() == 0)
        return FALSE;
    return strcmp(uri->path, "/session") == 0 || strcmp(uri->scheme, "test") == 0;
}

/* The folder of the sockets: the far host's, which may be old, when HERE is FALSE. */
static char *
socket_folder(const VrUri *uri, gboolean here)
{
    if (here && is_session(uri))
        return g_build_filename(g_get_user_runtime_dir(), "libvirt", NULL);
    return g_strdup("/var/run/libvirt");
}

static char *
socket_in(const char *folder, const char *daemon, gboolean read_only)
{
    return g_strdup_printf("%s/%s-sock%s", folder, daemon, read_only ? "-ro" : "");
}

/* NULL with the error set. */
static char *
socket_path(const VrUri *uri, unsigned int flags, gboolean here)
{
    const char *given = vr_uri_param(uri, "socket");
    if (given)
        return g_strdup(given);
    const char *mode = vr_uri_param(uri, "mode");
    g_autofree char *folder = socket_folder(uri, here);
    g_autofree char *own = daemon_name(uri);
    gboolean read_only = (flags & VIR_CONNECT_RO) && !(here && is_session(uri));
    g_autofree char *direct = socket_in(folder, own, read_only);
    if (!mode || strcmp(mode, "auto") == 0) {
        if (here && access(direct, F_OK) == 0)
            return g_steal_pointer(&direct);
        return socket_in(folder, "libvirt", read_only);
    }
    if (strcmp(mode, "direct") == 0)
        return g_steal_pointer(&direct);
    if (strcmp(mode, "legacy") == 0)
        return socket_in(folder, "libvirt", read_only);
    return vr_error_null(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG, "Unknown remote mode '%s'", mode);
}

static int
connect_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
        return errno = ENAMETOOLONG, -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Start the user's own daemon; it ends when nobody has used it for two minutes. */
static gboolean
start_session_daemon(const VrUri *uri, const char *path)
{
    const char *wanted = g_getenv("LIBVIRT_AUTOSTART");
    if (wanted && strcmp(wanted, "0") == 0)
        return FALSE;
    g_autofree char *own = daemon_name(uri);
    const char *program = strstr(path, own) ? g_getenv("VIRTD_PATH") : g_getenv("LIBVIRTD_PATH");
    if (!program)
        program = strstr(path, own) ? own : "libvirtd";
    const char *argv[] = {program, "--timeout=120", "--daemon", NULL};
    pid_t pid;
    if (posix_spawnp(&pid, program, NULL, NULL, (char **)argv, environ) != 0)
        return FALSE;
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

static int
connect_unix(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors)
{
    if (uri->host)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG,
                        "using unix socket and remote server '%s' is not supported.", uri->host);
    g_autofree char *path = socket_path(uri, flags, TRUE);
    if (!path)
        return -1;
    int fd = connect_path(path);
    if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED) && is_session(uri) && strcmp(uri->path, "/session") == 0 &&
        !vr_uri_param(uri, "socket") && strcmp(uri->scheme, "test") != 0 && start_session_daemon(uri, path)) {
        for (int i = 0; i < AUTOSTART_TRIES && (fd = connect_path(path)) < 0; i++)
            g_usleep(AUTOSTART_WAIT_US);
    }
    if (fd < 0)
        return vr_error_system(VIR_FROM_RPC, errno, "Failed to connect socket to '%s'", path);
    return fd;
}

static int
connect_host(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found = NULL;
    int bad = getaddrinfo(host, port, &hints, &found);
    if (bad)
        return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "Unable to resolve address '%s' service '%s': %s", host, port,
                        gai_strerror(bad));
    int reason = EHOSTUNREACH;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
            freeaddrinfo(found);
            return fd;
        }
        reason = errno;
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(found);
    return vr_error_system(VIR_FROM_RPC, reason, "unable to connect to server at '%s:%s'", host, port);
}

static int
connect_port(const VrUri *uri, int standard)
{
    g_autofree char *port = g_strdup_printf("%d", uri->port ? uri->port : standard);
    return connect_host(uri->host ? uri->host : "localhost", port);
}

static int
connect_tcp(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors)
{
    return connect_port(uri, 16509);
}

static int
connect_tls(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors)
{
    return connect_port(uri, 16514);
}

/* Run ARGV with a socket as its input and output; -1 with the error set.  What it complains of comes through *ret_errors. */
static int
spawn(const char *const *argv, const char *what, int *ret_errors)
{
    int pair[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return vr_error_system(VIR_FROM_RPC, errno, "unable to create socket pair");
    if (pipe2(errors, O_CLOEXEC) < 0) {
        close(pair[0]);
        close(pair[1]);
        return vr_error_system(VIR_FROM_RPC, errno, "unable to create a pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pair[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    /* The child of a child, so that nobody has to reap it: a shell that leaves it behind. */
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    static const char script[] = "exec 3<&0; \"$@\" <&3 3<&- & exec 3<&- </dev/null >/dev/null 2>&1";
    static const char *const detach[] = {"/bin/sh", "-c", script, "sh"};
    for (gsize i = 0; i < G_N_ELEMENTS(detach); i++)
        g_ptr_array_add(words, (char *)detach[i]);
    for (; *argv; argv++)
        g_ptr_array_add(words, (char *)*argv);
    g_ptr_array_add(words, NULL);
    pid_t pid;
    int bad = posix_spawn(&pid, "/bin/sh", &actions, &attributes, (char **)words->pdata, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(pair[1]);
    close(errors[1]);
    if (bad) {
        close(pair[0]);
        close(errors[0]);
        return vr_error_system(VIR_FROM_RPC, bad, "cannot run %s", what);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *ret_errors = errors[0];
    return pair[0];
}

/* NAME quoted for the far shell. */
static char *
quoted(const char *text)
{
    return g_shell_quote(text);
}

/* What the far side's shell runs: the helper, which knows its own sockets, or netcat to a path of ours. */
static char *
far_command(const VrUri *uri, unsigned int flags, const char *name)
{
    const char *proxy = vr_uri_param(uri, "proxy");
    const char *netcat = vr_uri_param(uri, "netcat");
    if (proxy && strcmp(proxy, "auto") != 0 && strcmp(proxy, "netcat") != 0 && strcmp(proxy, "native") != 0)
        return vr_error_null(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG, "Unnkown proxy type '%s'", proxy);
    gboolean given_path = vr_uri_param(uri, "socket") || netcat;
    g_autofree char *path = socket_path(uri, flags, FALSE);
    if (!path)
        return NULL;
    g_autofree char *q_path = quoted(path), *q_netcat = quoted(netcat ? netcat : "nc"), *q_name = quoted(name);
    g_autofree char *helper = g_strdup_printf("virt-ssh-helper %s%s", flags & VIR_CONNECT_RO ? "-r " : "", q_name);
    g_autofree char *direct = g_strdup_printf(
        "if %s -q 2>&1 | grep \"requires an argument\" >/dev/null 2>&1; then ARG=-q0; else ARG=; fi; %s $ARG -U %s", q_netcat,
        q_netcat, q_path);
    g_autofree char *script = NULL;
    if (proxy ? strcmp(proxy, "native") == 0 : FALSE)
        script = g_steal_pointer(&helper);
    else if ((proxy && strcmp(proxy, "netcat") == 0) || given_path)
        script = g_steal_pointer(&direct);
    else
        script = g_strdup_printf("if which virt-ssh-helper >/dev/null 2>&1; then %s; else %s; fi", helper, direct);
    g_autofree char *q_script = quoted(script);
    return g_strdup_printf("sh -c %s", q_script);
}

static int
connect_ssh(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors)
{
    g_autofree char *command = far_command(uri, flags, name);
    if (!command)
        return -1;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *port = g_strdup_printf("%d", uri->port);
    const char *ssh = vr_uri_param(uri, "command"), *key = vr_uri_param(uri, "keyfile");
    const char *no_tty = vr_uri_param(uri, "no_tty"), *no_verify = vr_uri_param(uri, "no_verify");
    g_ptr_array_add(argv, (char *)(ssh ? ssh : "ssh"));
    if (uri->port) {
        g_ptr_array_add(argv, "-p");
        g_ptr_array_add(argv, port);
    }
    if (uri->user) {
        g_ptr_array_add(argv, "-l");
        g_ptr_array_add(argv, uri->user);
    }
    if (key) {
        g_ptr_array_add(argv, "-i");
        g_ptr_array_add(argv, (char *)key);
    }
    if (no_tty && atoi(no_tty)) {
        g_ptr_array_add(argv, "-o");
        g_ptr_array_add(argv, "BatchMode=yes");
    }
    if (no_verify && atoi(no_verify)) {
        g_ptr_array_add(argv, "-o");
        g_ptr_array_add(argv, "StrictHostKeyChecking=no");
    }
    static const char *const rest[] = {"-T", "-e", "none", "--"};
    for (gsize i = 0; i < G_N_ELEMENTS(rest); i++)
        g_ptr_array_add(argv, (char *)rest[i]);
    g_ptr_array_add(argv, uri->host ? uri->host : "localhost");
    g_ptr_array_add(argv, command);
    g_ptr_array_add(argv, NULL);
    return spawn((const char *const *)argv->pdata, "ssh", ret_errors);
}

static int
connect_command(const VrUri *uri, unsigned int flags, const char *name, int *ret_errors)
{
    const char *argv[] = {vr_uri_param(uri, "command"), NULL};
    if (!argv[0])
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG, "remote_open: for 'ext' transport, command is required");
    return spawn(argv, argv[0], ret_errors);
}

static const Transport transports[] = {
    {"unix", TRUE, connect_unix},  {"tls", TRUE, connect_tls},    {"tcp", FALSE, connect_tcp},
    {"ssh", TRUE, connect_ssh},    {"libssh", TRUE, connect_ssh}, {"libssh2", TRUE, connect_ssh},
    {"ext", FALSE, connect_command},
};

int
remote_connect(const VrUri *uri, unsigned int flags, const char *name, gboolean *ret_secure, int *ret_errors)
{
    const char *wanted = uri->transport ? uri->transport : uri->host ? "tls" : "unix";
    for (gsize i = 0; i < G_N_ELEMENTS(transports); i++) {
        if (strcmp(transports[i].name, wanted) != 0)
            continue;
        int fd = transports[i].connect(uri, flags, name, ret_errors);
        if (fd < 0)
            return -1;
        *ret_secure = transports[i].secure;
        return fd;
    }
    return vr_error(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG,
                    "remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)");
}
