/* See client.h: reading, sending, the life of a client. */
#include "daemon/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/calls.h"
#include "daemon/daemon.h"

/* What a peer may leave unread before we stop reading what it asks. */
#define BACKLOG_MAX (4 * 1024 * 1024)

static void on_watch(VrSource *source, int fd, unsigned int events, void *data);

static void
watch_gone(void *data)
{
    daemon_client_unref(data);
}

DaemonClient *
daemon_client_new(DaemonServer *server, int fd, gboolean read_only, int auth, int transport)
{
    DaemonClient *client = g_new0(DaemonClient, 1);
    client->refs = 1;
    client->server = server;
    client->id = ++server->next_id;
    client->since = g_get_real_time() / G_USEC_PER_SEC;
    client->read_only = read_only;
    client->auth_wanted = auth;
    client->transport = transport;
    client->authenticated = auth == VR_AUTH_NONE;
    vr_mutex_init(&client->lock);
    vr_socket_init(&client->socket, fd);
    client->registrations = g_ptr_array_new();
    client->streams = g_ptr_array_new();
    client->uid = client->gid = (uid_t)-1;
    client->pid = -1;
    struct ucred who;
    socklen_t len = sizeof(who);
    if (client->socket.local && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0) {
        client->uid = who.uid;
        client->gid = who.gid;
        client->pid = who.pid;
    }
    return client;
}

DaemonClient *
daemon_client_ref(DaemonClient *client)
{
    g_atomic_int_inc(&client->refs);
    return client;
}

void
daemon_client_unref(DaemonClient *client)
{
    if (!client || !g_atomic_int_dec_and_test(&client->refs))
        return;
    vr_socket_clear(&client->socket);
    if (client->handshake)
        client->handshake->free(client->handshake);
    if (client->next_layer)
        client->next_layer->free(client->next_layer);
    vr_inbox_clear(&client->inbox);
    if (client->unsent)
        g_byte_array_unref(client->unsent);
    g_ptr_array_unref(client->registrations);
    g_ptr_array_unref(client->streams);
    daemon_client_sasl_free(client->sasl);
    g_free(client->address);
    g_free(client->selinux);
    g_free(client->sasl_name);
    g_free(client->x509_name);
    vr_mutex_clear(&client->lock);
    g_free(client);
}

/* --- the end --- */

/* On a worker: closing a connection may take its time. */
void
daemon_client_end_connection(DaemonClient *client)
{
    daemon_client_abort_streams(client);
    daemon_client_forget_events(client);
    vr_mutex_lock(&client->lock);
    virConnectPtr conn = g_steal_pointer(&client->conn);
    vr_mutex_unlock(&client->lock);
    if (conn)
        virConnectClose(conn);
}

static void
close_connection(void *client)
{
    daemon_client_end_connection(client);
    daemon_client_unref(client);
}

static void
close_on_loop(void *data)
{
    DaemonClient *client = data;
    if (!client->broken) {
        client->broken = TRUE;
        vr_source_end(g_steal_pointer(&client->watch));
        shutdown(client->socket.fd, SHUT_RDWR);
        daemon_server_client_gone(client->server, client);
        vr_pool_submit(client->server->pool, TRUE, close_connection, daemon_client_ref(client));
    }
    daemon_client_unref(client);
}

void
daemon_client_close(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean first = !client->closed;
    client->closed = TRUE;
    vr_mutex_unlock(&client->lock);
    if (!first)
        return;
    daemon_client_ref(client);
    if (vr_loop_is_mine())
        close_on_loop(client);
    else
        vr_loop_post(close_on_loop, client);
}

/* --- writing --- */

gsize
daemon_client_backlog(DaemonClient *client)
{
    return client->unsent ? client->unsent->len - client->unsent_at : 0;
}

/* What to wait for.  Called with the lock held. */
static void
update_events(DaemonClient *client)
{
    unsigned int events = 0;
    gsize backlog = daemon_client_backlog(client);
    if (client->in_flight < client->server->limits.max_requests && backlog < BACKLOG_MAX && !client->closing && !client->stalled)
        events |= VR_LOOP_READABLE;
    if (backlog > 0)
        events |= VR_LOOP_WRITABLE;
    if (events == client->events || !client->watch)
        return;
    client->events = events;
    vr_source_set_events(client->watch, events);
}

/* Write what the socket takes.  -1 when the peer is gone.  Called with the lock held. */
static int
flush(DaemonClient *client)
{
    while (daemon_client_backlog(client) > 0) {
        gssize n = vr_socket_write(&client->socket, client->unsent->data + client->unsent_at, daemon_client_backlog(client));
        if (n > 0) {
            client->unsent_at += (gsize)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        return n < 0 && errno == EAGAIN ? 0 : -1;
    }
    g_clear_pointer(&client->unsent, g_byte_array_unref);
    client->unsent_at = 0;
    return 0;
}

static void
keep_unsent(DaemonClient *client, const guint8 *data, gsize len)
{
    if (!client->unsent)
        client->unsent = g_byte_array_new();
    if (client->unsent_at > BACKLOG_MAX) {
        g_byte_array_remove_range(client->unsent, 0, (guint)client->unsent_at);
        client->unsent_at = 0;
    }
    g_byte_array_append(client->unsent, data, (guint)len);
}

/* Descriptors go with a byte each; their order among the bytes matters, so that a full socket is waited for. */
static int
send_fds(DaemonClient *client, const int *fds, guint n)
{
    for (guint i = 0; i < n; i++) {
        for (int tries = 0; vr_socket_send_fd(&client->socket, fds[i]) < 0; tries++) {
            if ((errno != EAGAIN && errno != EINTR) || tries > 1000)
                return -1;
            g_usleep(1000);
        }
    }
    return 0;
}

void
daemon_client_send(DaemonClient *client, const guint8 *data, gsize len, const int *fds, guint n_fds)
{
    gboolean gone = FALSE;
    vr_mutex_lock(&client->lock);
    if (client->closed) {
        vr_mutex_unlock(&client->lock);
        return;
    }
    if (daemon_client_backlog(client) == 0) {
        gssize n = vr_socket_write(&client->socket, data, len);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            gone = TRUE;
        if (n > 0) {
            data += n;
            len -= (gsize)n;
        }
    }
    if (!gone && len > 0)
        keep_unsent(client, data, len);
    for (int i = 0; n_fds && !gone && daemon_client_backlog(client) > 0; i++) {
        gone = flush(client) < 0 || i > 1000;
        if (daemon_client_backlog(client) > 0)
            g_usleep(1000);
    }
    if (n_fds && !gone)
        gone = send_fds(client, fds, n_fds) < 0;
    if (!gone && client->next_layer && daemon_client_backlog(client) == 0)
        vr_socket_push(&client->socket, g_steal_pointer(&client->next_layer));
    if (!gone)
        update_events(client);
    vr_mutex_unlock(&client->lock);
    if (gone)
        daemon_client_close(client);
}

void
daemon_client_close_after_answer(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    client->closing = TRUE;
    vr_mutex_unlock(&client->lock);
}

/* --- reading --- */

static void
send_keepalive(DaemonClient *client, int proc)
{
    g_auto(VrOut) out = {0};
    const VrHeader header = {vr_program_keepalive.number, vr_program_keepalive.version, proc, VR_MESSAGE_EVENT, 0,
                             VR_MESSAGE_OK};
    vr_message_begin(&out, &header);
    vr_message_end(&out, 0);
    daemon_client_send(client, out.data, out.len, NULL, 0);
}

void
daemon_client_keepalive(DaemonClient *client, int interval, unsigned int count)
{
    guint64 silent = vr_loop_now() - (guint64)client->heard;
    if (!client->keepalive || client->broken || interval <= 0 || silent < (guint64)interval * 1000)
        return;
    if (client->unanswered >= count) {
        vr_log(VR_LOG_INFO, "daemon.client", "client %" G_GUINT64_FORMAT " of %s (pid %d) gave no sign of life: closing",
               client->id, client->server->name, (int)client->pid);
        daemon_client_close(client);
        return;
    }
    client->unanswered++;
    send_keepalive(client, 1);
}

static void
complain(DaemonClient *client, const char *what)
{
    vr_log(VR_LOG_WARN, "daemon.client", "client %" G_GUINT64_FORMAT " of %s (pid %d, uid %d, %s): %s; closing", client->id,
           client->server->name, (int)client->pid, (int)client->uid, client->address ? client->address : "local", what);
    daemon_client_close(client);
}

/* A call with descriptors needs them all.  1 when they are there, 0 to wait, -1 when it cannot be. */
static int
fds_ready(DaemonClient *client, const guint8 *message, gsize len, guint32 *ret_n)
{
    if (len < VR_MESSAGE_PREFIX + 4 || !client->socket.local)
        return -1;
    guint32 n = vr_load_u32(message + VR_MESSAGE_PREFIX);
    if (n > VR_MESSAGE_FDS_MAX)
        return -1;
    *ret_n = n;
    return client->inbox.end - client->inbox.start >= len + n && client->socket.n_fds >= n;
}

/* Handle the message at the head of the inbox; FALSE to wait for more, or when the client is gone. */
static gboolean
handle_message(DaemonClient *client, gsize len)
{
    guint8 *message = vr_inbox_at(&client->inbox);
    guint8 *payload = message + VR_MESSAGE_PREFIX;
    gsize payload_len = len - VR_MESSAGE_PREFIX;
    VrHeader header;
    guint32 n_fds = 0;
    vr_message_header(message, &header);
    if (header.type == VR_MESSAGE_CALL_WITH_FDS) {
        int ready = fds_ready(client, message, len, &n_fds);
        if (ready < 0)
            complain(client, "descriptors that cannot be");
        if (ready <= 0)
            return FALSE;
        payload += 4;
        payload_len -= 4;
    }
    if (header.program == vr_program_keepalive.number && header.type == VR_MESSAGE_EVENT) {
        if (header.proc == VR_KEEPALIVE_PING)
            send_keepalive(client, VR_KEEPALIVE_PONG);
    } else if (header.type == VR_MESSAGE_CALL || header.type == VR_MESSAGE_CALL_WITH_FDS) {
        daemon_call(client, &header, payload, payload_len, n_fds);
    } else if (header.type == VR_MESSAGE_STREAM || header.type == VR_MESSAGE_STREAM_HOLE) {
        daemon_client_stream_message(client, &header, payload, payload_len);
    }
    /* Anything else is dropped: nothing answers it. */
    if (client->broken)
        return FALSE;
    vr_inbox_skip(&client->inbox, len + n_fds);
    return TRUE;
}

static gboolean
may_read(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    return client->in_flight < client->server->limits.max_requests && daemon_client_backlog(client) < BACKLOG_MAX &&
           !client->closing && !client->closed && !client->stalled && !daemon_state.handing_over;
}

static void
handle_messages(DaemonClient *client)
{
    while (!client->broken && may_read(client)) {
        gssize len = vr_inbox_message(&client->inbox);
        if (len < 0) {
            complain(client, "a message of a length that cannot be");
            return;
        }
        if (len == 0 || !handle_message(client, (gsize)len))
            return;
    }
}

/* Under the lock: an answer being sent may change what the bytes are wrapped in. */
static gssize
fill(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    return vr_inbox_fill(&client->inbox, &client->socket, FALSE);
}

/* Whether a layer holds more than it was asked for, which the descriptor does not tell. */
static gboolean
holds_more(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    return vr_socket_pending(&client->socket) > 0;
}

static void
on_readable(DaemonClient *client)
{
    gssize n = fill(client);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        daemon_client_close(client);
        return;
    }
    if (n < 0)
        return;
    client->heard = (gint64)vr_loop_now();
    client->unanswered = 0;
    handle_messages(client);
    while (!client->broken && holds_more(client) && may_read(client)) {
        if (fill(client) <= 0)
            return;
        handle_messages(client);
    }
}

static void
on_watch(VrSource *source, int fd, unsigned int events, void *data)
{
    g_autoptr(DaemonClient) client = daemon_client_ref(data);
    if (events & VR_LOOP_WRITABLE) {
        vr_mutex_lock(&client->lock);
        gboolean gone = flush(client) < 0;
        gboolean done = client->closing && daemon_client_backlog(client) == 0;
        if (!gone)
            update_events(client);
        vr_mutex_unlock(&client->lock);
        if (gone || done) {
            daemon_client_close(client);
            return;
        }
        daemon_client_streams_may_write(client);
    }
    if ((events & VR_LOOP_READABLE) && !client->broken)
        on_readable(client);
    if ((events & VR_LOOP_ERROR) && !client->broken)
        daemon_client_close(client);
}

void
daemon_client_start(DaemonClient *client)
{
    client->heard = (gint64)vr_loop_now();
    client->events = VR_LOOP_READABLE;
    client->watch = vr_loop_watch(client->socket.fd, client->events, on_watch, daemon_client_ref(client), watch_gone);
    if (client->inbox.end > client->inbox.start)
        daemon_client_go_on(client); /* from a predecessor */
}

/* A call has ended: there is room for the next.  Loop's thread. */
static void
resume_reading(void *data)
{
    g_autoptr(DaemonClient) client = data;
    if (client->broken)
        return;
    handle_messages(client);
    vr_mutex_lock(&client->lock);
    gboolean done = client->closing && daemon_client_backlog(client) == 0 && client->in_flight == 0;
    update_events(client);
    vr_mutex_unlock(&client->lock);
    if (done)
        daemon_client_close(client);
}

void
daemon_client_go_on(DaemonClient *client)
{
    vr_loop_post(resume_reading, daemon_client_ref(client));
}

void
daemon_client_call_begun(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    client->in_flight++;
    update_events(client);
}

void
daemon_client_call_ended(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean was_full = client->in_flight-- >= client->server->limits.max_requests;
    gboolean closing = client->closing;
    vr_mutex_unlock(&client->lock);
    if (was_full || closing)
        vr_loop_post(resume_reading, daemon_client_ref(client));
}

void
daemon_client_stall(DaemonClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    client->stalled++;
    update_events(client);
}

void
daemon_client_unstall(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean last = --client->stalled == 0;
    vr_mutex_unlock(&client->lock);
    if (last)
        vr_loop_post(resume_reading, daemon_client_ref(client));
}

void
daemon_client_answered(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean done = client->closing && daemon_client_backlog(client) == 0 && client->in_flight == 0;
    vr_mutex_unlock(&client->lock);
    if (done)
        daemon_client_close(client);
}

void
daemon_client_authenticated(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    gboolean first = !client->authenticated;
    client->authenticated = TRUE;
    vr_mutex_unlock(&client->lock);
    if (first)
        daemon_server_client_authenticated(client->server);
}
