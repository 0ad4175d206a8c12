/* See server.h. */
#include "daemon/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <libvirt/libvirt-admin.h>
#include <libvirt/virterror.h>

#include "base/account.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/client.h"
#include "daemon/daemon.h"
#include "daemon/handover.h"
#include "daemon/tls.h"

#define BACKLOG 1024
/* Connections taken in one turn of the loop: others get theirs too. */
#define ACCEPT_AT_ONCE 32

typedef struct {
    DaemonServer *server;
    int fd;
    gboolean read_only, tls;
    int auth;
    char *path; /* removed at the end; NULL for what is not ours */
    VrSource *watch;
} Listener;

DaemonServer *
daemon_server_new(const char *name, const VrProgram *const *programs, const DaemonLimits *limits,
                  const VrPoolLimits *workers)
{
    DaemonServer *server = g_new0(DaemonServer, 1);
    server->name = g_strdup(name);
    server->programs = programs;
    server->limits = *limits;
    server->pool = vr_pool_new(workers);
    vr_mutex_init(&server->lock);
    server->clients = g_ptr_array_new();
    server->listeners = g_ptr_array_new();
    return server;
}

static gboolean
is_full(const DaemonServer *server)
{
    return server->clients->len >= server->limits.max_clients ||
           (server->limits.max_anonymous && server->anonymous >= server->limits.max_anonymous);
}

static void
update_accepting(DaemonServer *server)
{
    gboolean full = is_full(server);
    if (full == server->paused)
        return;
    server->paused = full;
    if (full)
        vr_log(VR_LOG_WARN, "daemon.server", "%s: %u clients, %u of them unknown: no more for now", server->name,
               server->clients->len, server->anonymous);
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *l = server->listeners->pdata[i];
        if (l->watch)
            vr_source_set_events(l->watch, full ? 0 : VR_LOOP_READABLE);
    }
}

static char *
address_text(const struct sockaddr_storage *address, socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    return g_strdup_printf("%s:%s", host, port);
}

void
daemon_server_adopt(DaemonServer *server, DaemonClient *client)
{
    vr_mutex_lock(&server->lock);
    g_ptr_array_add(server->clients, client);
    server->anonymous += !client->authenticated;
    vr_mutex_unlock(&server->lock);
    update_accepting(server);
    if (client->transport == VIR_CLIENT_TRANS_TLS)
        daemon_tls_begin(client);
    else
        daemon_client_start(client);
    if (server->changed)
        server->changed(server);
}

static void
take_client(Listener *l, int fd, const struct sockaddr_storage *address, socklen_t len)
{
    DaemonServer *server = l->server;
    gboolean network = address->ss_family != AF_UNIX;
    DaemonClient *client = daemon_client_new(server, fd, l->read_only, l->auth,
                                             l->tls ? VIR_CLIENT_TRANS_TLS
                                             : network ? VIR_CLIENT_TRANS_TCP
                                                       : VIR_CLIENT_TRANS_UNIX);
    if (network) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        client->address = address_text(address, len);
    }
    daemon_server_adopt(server, client);
}

static void
on_listener(VrSource *source, int fd, unsigned int events, void *data)
{
    Listener *l = data;
    for (int i = 0; i < ACCEPT_AT_ONCE && !is_full(l->server); i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof(address);
        int got = accept4(fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (got < 0) {
            if (errno == EMFILE || errno == ENFILE) {
                vr_log(VR_LOG_ERROR, "daemon.server", "%s: no descriptor left for another client", l->server->name);
                g_usleep(10000); /* the descriptor stays readable */
            }
            return;
        }
        take_client(l, got, &address, len);
    }
}

void
daemon_server_listen_fd(DaemonServer *server, int fd, gboolean read_only, gboolean tls, int auth)
{
    Listener *l = g_new0(Listener, 1);
    l->server = server;
    l->fd = fd;
    l->read_only = read_only;
    l->tls = tls;
    l->auth = auth;
    g_ptr_array_add(server->listeners, l);
}

void
daemon_server_note(DaemonServer *server, Handover *handover)
{
    GKeyFile *notes = daemon_handover_notes(handover);
    for (guint i = 0; i < server->listeners->len; i++) {
        const Listener *l = server->listeners->pdata[i];
        g_autofree char *group = g_strdup_printf("listener %d", l->fd);
        daemon_handover_fd(handover, group, "fd", l->fd);
        g_key_file_set_boolean(notes, group, "admin", server == daemon_state.admin);
        g_key_file_set_boolean(notes, group, "read-only", l->read_only);
        g_key_file_set_boolean(notes, group, "tls", l->tls);
        g_key_file_set_integer(notes, group, "auth", l->auth);
        if (l->path)
            g_key_file_set_string(notes, group, "path", l->path);
    }
}

void
daemon_server_take_listener(DaemonServer *server, GKeyFile *notes, const char *group)
{
    int fd = g_key_file_get_integer(notes, group, "fd", NULL);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    daemon_server_listen_fd(server, fd, g_key_file_get_boolean(notes, group, "read-only", NULL),
                            g_key_file_get_boolean(notes, group, "tls", NULL), g_key_file_get_integer(notes, group, "auth", NULL));
    ((Listener *)server->listeners->pdata[server->listeners->len - 1])->path = g_key_file_get_string(notes, group, "path", NULL);
}

static int
set_group(const char *path, const char *name)
{
    char *end;
    gid_t gid = (gid_t)g_ascii_strtoull(name, &end, 10);
    if (*end || end == name) {
        if (!vr_group_find(name, &gid))
            return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "there is no group '%s' to own %s: see unix_sock_group", name, path);
    }
    if (chown(path, (uid_t)-1, gid) < 0)
        return vr_error_system(VIR_FROM_RPC, errno, "cannot give %s to group %s", path, name);
    return 0;
}

/* The socket of a daemon that is gone may lie there; one that answers may not be taken away. */
static int
remove_stale(const char *path, const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int answer = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    int reason = errno;
    close(fd);
    if (answer == 0 || reason == EAGAIN)
        return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "another daemon listens on %s", path);
    unlink(path);
    return 0;
}

int
daemon_server_listen_unix(DaemonServer *server, const char *path, mode_t mode, const char *group, gboolean read_only,
                          int auth)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
        return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "Path %s too long for unix socket", path);
    if (remove_stale(path, &address) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return vr_error_system(VIR_FROM_RPC, errno, "Failed to create socket");
    /* Nobody may connect before the mode is what it is to be. */
    mode_t old = umask(0177);
    int bad = bind(fd, (struct sockaddr *)&address, sizeof(address));
    int reason = errno;
    umask(old);
    if (bad) {
        close(fd);
        return vr_error_system(VIR_FROM_RPC, reason, "Failed to bind socket to '%s'", path);
    }
    if ((group && set_group(path, group) < 0) || chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0) {
        reason = errno;
        unlink(path);
        close(fd);
        return vr_error_is_set() ? -1 : vr_error_system(VIR_FROM_RPC, reason, "Failed to listen on '%s'", path);
    }
    daemon_server_listen_fd(server, fd, read_only, FALSE, auth);
    ((Listener *)server->listeners->pdata[server->listeners->len - 1])->path = g_strdup(path);
    return 0;
}

int
daemon_server_listen_tcp(DaemonServer *server, const char *address, const char *port, gboolean tls, int auth)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int bad = getaddrinfo(address, port, &hints, &found);
    if (bad)
        return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "Unable to resolve address '%s' service '%s': %s",
                        address ? address : "*", port, gai_strerror(bad));
    int n = 0, reason = EADDRNOTAVAIL;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        int on = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
        if (fd < 0) {
            reason = errno;
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (a->ai_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
        if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
            reason = errno;
            close(fd);
            continue;
        }
        daemon_server_listen_fd(server, fd, FALSE, tls, auth);
        n++;
    }
    freeaddrinfo(found);
    if (n == 0)
        return vr_error_system(VIR_FROM_RPC, reason, "Unable to listen on '%s' port %s", address ? address : "*", port);
    return 0;
}

void
daemon_server_start(DaemonServer *server)
{
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *l = server->listeners->pdata[i];
        if (!l->watch)
            l->watch = vr_loop_watch(l->fd, VR_LOOP_READABLE, on_listener, l, NULL);
    }
}

void
daemon_server_close(DaemonServer *server)
{
    for (guint i = 0; i < server->listeners->len; i++) {
        Listener *l = server->listeners->pdata[i];
        vr_source_end(g_steal_pointer(&l->watch));
        if (l->path)
            unlink(l->path);
        close(l->fd);
        g_free(l->path);
        g_free(l);
    }
    g_ptr_array_set_size(server->listeners, 0);
    while (server->clients->len > 0)
        daemon_client_close(server->clients->pdata[0]);
    g_clear_pointer(&server->keepalive, vr_source_end);
}

void
daemon_server_client_gone(DaemonServer *server, DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean anonymous = !client->authenticated;
    vr_mutex_unlock(&client->lock);
    vr_mutex_lock(&server->lock);
    gboolean mine = g_ptr_array_remove_fast(server->clients, client);
    server->anonymous -= anonymous && mine;
    vr_mutex_unlock(&server->lock);
    if (!mine)
        return;
    if (server->left)
        server->left(client);
    update_accepting(server);
    if (server->changed)
        server->changed(server);
    daemon_client_unref(client);
}

void
daemon_server_go_on(DaemonServer *server)
{
    for (guint i = 0; i < server->clients->len; i++)
        daemon_client_go_on(server->clients->pdata[i]);
}

static void
recount(void *data)
{
    update_accepting(data);
}

void
daemon_server_client_authenticated(DaemonServer *server)
{
    vr_mutex_lock(&server->lock);
    server->anonymous--;
    vr_mutex_unlock(&server->lock);
    vr_loop_post(recount, server);
}

void
daemon_server_set_limits(DaemonServer *server, const DaemonLimits *limits)
{
    vr_mutex_lock(&server->lock);
    server->limits = *limits;
    vr_mutex_unlock(&server->lock);
    vr_loop_post(recount, server);
}

static void
on_keepalive(VrSource *source, void *data)
{
    DaemonServer *server = data;
    /* Closing takes clients out of the array: from the end. */
    for (guint i = server->clients->len; i-- > 0;)
        daemon_client_keepalive(server->clients->pdata[i], server->limits.keepalive_interval, server->limits.keepalive_count);
}

static void
begin_keepalive(void *data)
{
    DaemonServer *server = data;
    if (server->keepalive || server->limits.keepalive_interval <= 0)
        return;
    guint64 interval = (guint64)server->limits.keepalive_interval * 1000;
    server->keepalive = vr_loop_timer((gint64)interval, interval, on_keepalive, server, NULL);
}

void
daemon_server_need_keepalive(DaemonServer *server)
{
    vr_loop_post(begin_keepalive, server);
}
