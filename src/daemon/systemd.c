/* See systemd.h. */
#include "daemon/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define FIRST_FD 3
#define MOST_FDS 32

/* What a socket is for, by the name of its unit or by its path. */
static const struct {
    const char *ending;
    gboolean admin, read_only, tls;
} uses[] = {
    {"-admin.socket", TRUE, FALSE, FALSE}, {"-admin-sock", TRUE, FALSE, FALSE}, {"-ro.socket", FALSE, TRUE, FALSE},
    {"-sock-ro", FALSE, TRUE, FALSE},      {"-tls.socket", FALSE, FALSE, TRUE},
};

static void
take(int fd, const char *name, DaemonServer *server, DaemonServer *admin, const DaemonConfig *config)
{
    struct sockaddr_un address = {0};
    socklen_t len = sizeof(address) - 1;
    getsockname(fd, (struct sockaddr *)&address, &len);
    gboolean local = address.sun_family == AF_UNIX;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    for (gsize i = 0; i < G_N_ELEMENTS(uses); i++) {
        if (!g_str_has_suffix(name, uses[i].ending) && !(local && g_str_has_suffix(address.sun_path, uses[i].ending)))
            continue;
        if (uses[i].admin)
            daemon_server_listen_fd(admin, fd, FALSE, FALSE, VR_AUTH_NONE);
        else
            daemon_server_listen_fd(server, fd, uses[i].read_only, uses[i].tls,
                                    uses[i].tls ? config->auth_tls : config->auth_unix_ro);
        return;
    }
    daemon_server_listen_fd(server, fd, FALSE, FALSE, local ? config->auth_unix_rw : config->auth_tcp);
}

int
daemon_systemd_sockets(DaemonServer *server, DaemonServer *admin, const DaemonConfig *config)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    if (!pid || !count || g_ascii_strtoll(pid, NULL, 10) != getpid())
        return 0;
    int n = (int)CLAMP(g_ascii_strtoll(count, NULL, 10), 0, MOST_FDS);
    g_auto(GStrv) each = g_strsplit(names ? names : "", ":", -1);
    guint n_names = g_strv_length(each);
    for (int i = 0; i < n; i++)
        take(FIRST_FD + i, (guint)i < n_names ? each[i] : "", server, admin, config);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return n;
}

void
daemon_systemd_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (*path == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t len = (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + strlen(path));
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, len) < 0)
        vr_log(VR_LOG_WARN, "daemon", "cannot tell systemd: %s", g_strerror(errno));
    close(fd);
}
