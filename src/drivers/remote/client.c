/* See client.h.
 *
 * `lock` guards everything but writing, which `write_lock` orders; who holds both took write_lock first.  `reader` tells
 * that a thread has the duty to read; only that thread touches the inbox.
 */
#include "drivers/remote/client.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/api.h"
#include "base/error.h"
#include "base/eventloop.h"
#include "base/log.h"

struct RemoteClient {
    VrSocket socket;
    int errors;             /* a program's standard error, or -1 */
    VrMutex lock, write_lock;
    const RemoteClientHooks *hooks;
    void *data;
    VrInbox inbox;
    RemoteCall *waiting;    /* sent, not answered */
    guint32 serial;
    gboolean reader;
    gboolean closed;
    int close_reason;       /* -1 until known */
    virErrorPtr close_error;
    gint refs;
    /* The application's event loop watches an epoll descriptor with the socket in it, so that taking the duty to read
     * away from the loop costs it no wake-up. */
    int epoll_fd, watch;
    gboolean armed;
    gint pongs_owed;
    gboolean keepalive_allowed;
    int keepalive_timer, keepalive_interval;
    unsigned int keepalive_count, keepalive_missed;
};

static void
ignore_event(void *data, const VrHeader *header, VrIn *in)
{
}

static void
ignore_stream(void *data, const VrHeader *header, const guint8 *payload, gsize len)
{
}

static void
ignore_close(void *data, int reason)
{
}

static const RemoteClientHooks no_hooks = {ignore_event, ignore_stream, ignore_close};

virErrorPtr
remote_error_copy(void)
{
    virErrorPtr copy = g_new0(virError, 1);
    vr_error_copy(copy, vr_error_last());
    return copy;
}

void
remote_error_free(virErrorPtr error)
{
    if (!error)
        return;
    vr_error_reset(error);
    g_free(error);
}

RemoteClient *
remote_client_new(int fd, int errors, const RemoteClientHooks *hooks, void *data)
{
    RemoteClient *client = g_new0(RemoteClient, 1);
    vr_socket_init(&client->socket, fd);
    client->errors = errors;
    vr_mutex_init(&client->lock);
    vr_mutex_init(&client->write_lock);
    client->hooks = hooks;
    client->data = data;
    client->refs = 1;
    client->epoll_fd = client->watch = client->keepalive_timer = -1;
    client->close_reason = -1;
    return client;
}

static void
client_unref(void *data)
{
    RemoteClient *client = data;
    if (!g_atomic_int_dec_and_test(&client->refs))
        return;
    vr_socket_clear(&client->socket);
    if (client->errors >= 0)
        close(client->errors);
    vr_inbox_clear(&client->inbox);
    if (client->epoll_fd >= 0)
        close(client->epoll_fd);
    if (client->close_error)
        remote_error_free(client->close_error);
    vr_mutex_clear(&client->lock);
    vr_mutex_clear(&client->write_lock);
    g_free(client);
}

VrSocket *
remote_client_socket(RemoteClient *client)
{
    return &client->socket;
}

VrMutex *
remote_client_lock(RemoteClient *client)
{
    return &client->lock;
}

void
remote_client_follow(RemoteClient *client, RemoteClient *old)
{
    vr_mutex_lock(&old->lock);
    guint32 next = old->serial;
    vr_mutex_unlock(&old->lock);
    VR_SCOPED_LOCK(&client->lock);
    client->serial = MAX(client->serial, next);
}

gboolean
remote_client_is_open(RemoteClient *client)
{
    VR_SCOPED_LOCK(&client->lock);
    return !client->closed;
}

/* The connection is of no more use, for the reason that is the thread's error.  Called with the lock held. */
static void
fail(RemoteClient *client, int reason)
{
    if (client->closed)
        return;
    client->closed = TRUE;
    client->close_reason = reason;
    client->close_error = remote_error_copy();
    for (RemoteCall *call = client->waiting; call; call = call->next) {
        call->done = call->failed = TRUE;
        call->error = g_new0(virError, 1);
        vr_error_copy(call->error, client->close_error);
        if (call->sleeping)
            pthread_cond_signal(&call->wake);
    }
    client->waiting = NULL;
    if (client->epoll_fd >= 0)
        epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, client->socket.fd, NULL);
    client->armed = FALSE;
    shutdown(client->socket.fd, SHUT_RDWR); /* whoever reads wakes up */
    vr_debug("remote.client", "connection %d closed: %s", client->socket.fd,
             client->close_error && client->close_error->message ? client->close_error->message : "by us");
    client->hooks->closed(client->data, reason);
}

static int
closed_error(RemoteClient *client)
{
    return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "client socket is closed");
}

/* --- reading --- */

static RemoteCall *
take_call(RemoteClient *client, guint32 serial)
{
    for (RemoteCall **at = &client->waiting; *at; at = &(*at)->next) {
        RemoteCall *call = *at;
        if (call->serial != serial)
            continue;
        *at = call->next;
        call->next = NULL;
        return call;
    }
    return NULL;
}

static void
finish_call(RemoteCall *call)
{
    call->done = TRUE;
    if (call->sleeping)
        pthread_cond_signal(&call->wake);
}

/* The answer of CALL is PAYLOAD. */
static void
answer_call(RemoteCall *call, const VrHeader *header, const guint8 *payload, gsize len)
{
    call->answer = g_malloc(len + 1);
    memcpy(call->answer, payload, len);
    call->in = (VrIn){.at = call->answer, .end = call->answer + len};
    guint32 layout = header->status == VR_MESSAGE_OK ? call->proc->ret : vr_layout_error;
    gboolean known = header->status == VR_MESSAGE_OK || header->status == VR_MESSAGE_ERROR;
    gboolean same = header->program == call->program->number && header->version == call->program->version &&
                    header->proc == call->proc->number;
    call->failed = TRUE;
    call->error = g_new0(virError, 1);
    virErrorPtr saved = vr_error_save();
    if (!known || !same)
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "unexpected answer to procedure %d: procedure %d with status %u",
                 call->proc->number, header->proc, header->status);
    else if (!vr_layout_check(layout, call->answer, len, NULL))
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to decode message payload");
    else if (header->status == VR_MESSAGE_ERROR)
        vr_in_error(&call->in);
    else
        call->failed = FALSE;
    if (call->failed)
        vr_error_copy(call->error, vr_error_last());
    else
        g_clear_pointer(&call->error, g_free);
    vr_error_restore(saved);
}

static void
on_keepalive(RemoteClient *client, const VrHeader *header)
{
    if (header->proc == 1)
        g_atomic_int_inc(&client->pongs_owed);
}

/* Descriptors follow the message, each with a byte.  0 when they are not all there yet; -1 when they cannot be. */
static int
take_fds(RemoteClient *client, RemoteCall *call, gsize len, guint32 *ret_n)
{
    const guint8 *message = vr_inbox_at(&client->inbox);
    if (len < VR_MESSAGE_PREFIX + 4)
        return -1;
    guint32 n = vr_load_u32(message + VR_MESSAGE_PREFIX);
    if (n > VR_MESSAGE_FDS_MAX)
        return -1;
    if (client->inbox.end - client->inbox.start < len + n || client->socket.n_fds < n)
        return 0;
    for (guint32 i = 0; i < n; i++) {
        int fd = vr_socket_take_fd(&client->socket);
        if (call)
            call->fds[call->n_fds_in++] = fd;
        else
            close(fd);
    }
    *ret_n = n;
    return 1;
}

/* Handle the first message of the inbox, of LEN bytes.  FALSE when more must come first. */
static gboolean
handle_message(RemoteClient *client, gsize len)
{
    guint8 *message = vr_inbox_at(&client->inbox);
    VrHeader header;
    vr_message_header(message, &header);
    guint8 *payload = message + VR_MESSAGE_PREFIX;
    gsize payload_len = len - VR_MESSAGE_PREFIX;
    guint32 n_fds = 0;
    client->keepalive_missed = 0;
    if (header.type == VR_MESSAGE_REPLY || header.type == VR_MESSAGE_REPLY_WITH_FDS) {
        RemoteCall *call = take_call(client, header.serial);
        if (header.type == VR_MESSAGE_REPLY_WITH_FDS) {
            if (call)
                call->n_fds_in = 0;
            int got = take_fds(client, call, len, &n_fds);
            if (got <= 0) {
                if (call) {
                    call->next = client->waiting;
                    client->waiting = call;
                }
                if (got < 0) {
                    vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "the answer's descriptors cannot be had");
                    fail(client, VIR_CONNECT_CLOSE_REASON_ERROR);
                }
                return FALSE;
            }
            payload += 4;
            payload_len -= 4;
        }
        if (call) {
            answer_call(call, &header, payload, payload_len);
            finish_call(call);
        }
    } else if (header.program == vr_program_keepalive.number) {
        on_keepalive(client, &header);
    } else if (header.type == VR_MESSAGE_EVENT) {
        VrIn in = {.at = payload, .end = payload + payload_len};
        client->hooks->event(client->data, &header, &in);
    } else if (header.type == VR_MESSAGE_STREAM || header.type == VR_MESSAGE_STREAM_HOLE) {
        client->hooks->stream(client->data, &header, payload, payload_len);
    }
    vr_inbox_skip(&client->inbox, len + n_fds);
    return TRUE;
}

static void
handle_messages(RemoteClient *client)
{
    while (!client->closed) {
        gssize len = vr_inbox_message(&client->inbox);
        if (len < 0) {
            vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "packet %u bytes received from server out of range, want %d to %d",
                     vr_load_u32(vr_inbox_at(&client->inbox)), VR_MESSAGE_PREFIX, VR_MESSAGE_MAX);
            fail(client, VIR_CONNECT_CLOSE_REASON_ERROR);
            return;
        }
        if (len == 0 || !handle_message(client, (gsize)len))
            return;
    }
}

static void pay_pongs(RemoteClient *client);

/* What the program that made the connection has to say of its end. */
static char *
last_words(RemoteClient *client)
{
    char text[1024];
    struct pollfd p = {.fd = client->errors, .events = POLLIN};
    ssize_t n = poll(&p, 1, 200) > 0 ? read(client->errors, text, sizeof(text)) : 0;
    char *words = g_strndup(text, (gsize)MAX(n, 0));
    return g_strchomp(words);
}

static gboolean
take_in(RemoteClient *client, gssize n)
{
    if (n > 0) {
        handle_messages(client);
        return TRUE;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return FALSE;
    int reason = n == 0 ? EIO : errno;
    const char *what = n == 0 ? "End of file while reading data" : "Cannot recv data";
    if (client->errors >= 0) {
        g_autofree char *complaint = last_words(client);
        vr_error_system(VIR_FROM_RPC, reason, "%s: %s", what, complaint);
    } else {
        vr_error_system(VIR_FROM_RPC, reason, "%s", what);
    }
    fail(client, VIR_CONNECT_CLOSE_REASON_EOF);
    return FALSE;
}

/* Read once without waiting.  TRUE when something came.  Called with the lock held by the reader. */
static gboolean
read_some(RemoteClient *client)
{
    return take_in(client, vr_inbox_fill(&client->inbox, &client->socket, FALSE));
}

static void
disarm(RemoteClient *client)
{
    if (!client->armed)
        return;
    struct epoll_event none = {0};
    epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, client->socket.fd, &none);
    client->armed = FALSE;
}

static void
take_reader(RemoteClient *client)
{
    client->reader = TRUE;
    disarm(client);
}

/* Hand the duty to read to a thread that waits, else to the event loop. */
static void
release_reader(RemoteClient *client)
{
    client->reader = FALSE;
    if (client->closed)
        return;
    for (RemoteCall *call = client->waiting; call; call = call->next) {
        if (call->sleeping) {
            pthread_cond_signal(&call->wake);
            return;
        }
    }
    if (client->watch >= 0) {
        struct epoll_event readable = {.events = EPOLLIN};
        epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, client->socket.fd, &readable);
        client->armed = TRUE;
    }
}

/* Wait for the socket with the lock released.  Only the reader calls this. */
static void
wait_readable(RemoteClient *client, short events)
{
    struct pollfd p = {.fd = client->socket.fd, .events = events};
    int timeout = vr_socket_pending(&client->socket) ? 0 : -1;
    vr_mutex_unlock(&client->lock);
    poll(&p, 1, timeout);
    vr_mutex_lock(&client->lock);
}

/* Read once, waiting for it with the lock released: nobody else touches the inbox.  A plain socket takes one system call. */
static void
read_wait(RemoteClient *client)
{
    if (client->socket.top) {
        if (!read_some(client) && !client->closed)
            wait_readable(client, POLLIN);
    } else {
        vr_mutex_unlock(&client->lock);
        gssize n = vr_inbox_fill(&client->inbox, &client->socket, TRUE);
        int reason = errno;
        vr_mutex_lock(&client->lock);
        errno = reason;
        if (!client->closed)
            take_in(client, n);
    }
    if (g_atomic_int_get(&client->pongs_owed) > 0)
        pay_pongs(client);
}

/* Read until READY says so or the connection ends.  Called with the lock held; -1 when it has ended. */
int
remote_client_wait(RemoteClient *client, gboolean (*ready)(void *data), void *data)
{
    RemoteCall sleeper = {.client = client, .sleeping = TRUE};
    while (!ready(data)) {
        if (client->closed)
            return -1;
        if (client->reader) {
            /* Somebody else reads: sleep where the reader and finished calls wake us. */
            pthread_cond_init(&sleeper.wake, NULL);
            sleeper.next = client->waiting;
            client->waiting = &sleeper;
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += 20 * 1000 * 1000;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            pthread_cond_timedwait(&sleeper.wake, &client->lock, &until);
            for (RemoteCall **at = &client->waiting; *at; at = &(*at)->next) {
                if (*at == &sleeper) {
                    *at = sleeper.next;
                    break;
                }
            }
            g_clear_pointer(&sleeper.error, remote_error_free);
            pthread_cond_destroy(&sleeper.wake);
            continue;
        }
        take_reader(client);
        while (!client->closed && !ready(data))
            read_wait(client);
        release_reader(client);
    }
    return 0;
}

/* --- writing --- */

/* Write all, waiting as needed; while nobody reads, read too, so that two full sockets cannot lock each other up.
 * Called with write_lock held. */
static int
write_all(RemoteClient *client, const guint8 *data, gsize len)
{
    while (len > 0) {
        gssize n = vr_socket_write(&client->socket, data, len);
        if (n > 0) {
            data += n;
            len -= (gsize)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || errno != EAGAIN)
            return vr_error_system(VIR_FROM_RPC, n == 0 ? EIO : errno, "Cannot write data");
        vr_mutex_lock(&client->lock);
        if (client->closed) {
            vr_mutex_unlock(&client->lock);
            return closed_error(client);
        }
        if (client->reader) {
            vr_mutex_unlock(&client->lock);
            struct pollfd p = {.fd = client->socket.fd, .events = POLLOUT};
            poll(&p, 1, 1000);
            continue;
        }
        take_reader(client);
        wait_readable(client, POLLIN | POLLOUT);
        read_some(client);
        release_reader(client);
        vr_mutex_unlock(&client->lock);
    }
    return 0;
}

static int
send_fds(RemoteClient *client, RemoteCall *call)
{
    for (guint i = 0; i < call->n_fds; i++) {
        gssize n;
        while ((n = vr_socket_send_fd(&client->socket, call->fds[i])) < 0) {
            if (errno != EAGAIN && errno != EINTR)
                return vr_error_system(VIR_FROM_RPC, errno, "Failed to send file descriptor %d", call->fds[i]);
            struct pollfd p = {.fd = client->socket.fd, .events = POLLOUT};
            poll(&p, 1, 1000);
        }
    }
    return 0;
}

static void
out_keepalive(VrOut *out, int proc)
{
    const VrHeader header = {vr_program_keepalive.number, vr_program_keepalive.version, proc, VR_MESSAGE_EVENT, 0,
                             VR_MESSAGE_OK};
    vr_message_begin(out, &header);
    vr_message_end(out, 0);
}

static int
send_keepalive(RemoteClient *client, int proc)
{
    g_auto(VrOut) out = {0};
    out_keepalive(&out, proc);
    return write_all(client, out.data, out.len);
}

/* Answer pings if the socket is free for writing; else whoever writes does it afterwards.  Lock held. */
static void
pay_pongs(RemoteClient *client)
{
    if (pthread_mutex_trylock(&client->write_lock) != 0)
        return;
    if (g_atomic_int_get(&client->pongs_owed) > 0) {
        g_atomic_int_add(&client->pongs_owed, -1);
        g_auto(VrOut) out = {0};
        out_keepalive(&out, 2);
        /* 28 bytes into an idle socket; a full one means the other side does not read its own pongs. */
        if (vr_socket_write(&client->socket, out.data, out.len) < 0)
            vr_debug("remote.client", "could not answer a ping: %s", g_strerror(errno));
    }
    vr_mutex_unlock(&client->write_lock);
}

static int
send_message(RemoteClient *client, const VrOut *out, RemoteCall *call)
{
    vr_mutex_lock(&client->write_lock);
    int ret = write_all(client, out->data, out->len);
    if (ret == 0 && call && call->n_fds > 0)
        ret = send_fds(client, call);
    while (ret == 0 && g_atomic_int_get(&client->pongs_owed) > 0) {
        g_atomic_int_add(&client->pongs_owed, -1);
        ret = send_keepalive(client, 2);
    }
    vr_mutex_unlock(&client->write_lock);
    return ret;
}

int
remote_client_send_stream(RemoteClient *client, const VrHeader *header, const void *data, gsize len)
{
    g_auto(VrOut) out = {0};
    vr_message_begin(&out, header);
    if (len)
        memcpy(vr_out_reserve(&out, len), data, len);
    vr_message_end(&out, 0);
    return send_message(client, &out, NULL);
}

/* --- calls --- */

int
remote_client_begin(RemoteCall *call, RemoteClient *client, const VrProgram *program, int proc)
{
    call->client = client;
    call->program = program;
    call->proc = vr_program_proc(program, proc);
    vr_mutex_lock(&client->lock);
    gboolean closed = client->closed;
    call->serial = client->serial++;
    vr_mutex_unlock(&client->lock);
    if (closed)
        return closed_error(client);
    const VrHeader header = {program->number, program->version, proc, VR_MESSAGE_CALL, call->serial, VR_MESSAGE_OK};
    vr_message_begin(&call->out, &header);
    return 0;
}

/* Wait for the answer: read for all, or sleep until the reader has it or leaves. */
static void
await(RemoteClient *client, RemoteCall *call)
{
    while (!call->done) {
        if (client->reader) {
            if (!call->sleeping) {
                pthread_cond_init(&call->wake, NULL);
                call->sleeping = TRUE;
            }
            pthread_cond_wait(&call->wake, &client->lock);
            continue;
        }
        take_reader(client);
        while (!call->done && !client->closed)
            read_wait(client);
        release_reader(client);
    }
    if (call->sleeping)
        pthread_cond_destroy(&call->wake);
    call->sleeping = FALSE;
}

int
remote_call_run(RemoteCall *call)
{
    RemoteClient *client = call->client;
    if (call->n_fds > 0)
        vr_store_u32(call->out.data + 16, VR_MESSAGE_CALL_WITH_FDS);
    gsize args_at = VR_MESSAGE_PREFIX + (call->n_fds > 0 ? 4 : 0);
    if (call->out.len > VR_MESSAGE_MAX ||
        !vr_layout_check(call->proc->args, call->out.data + args_at, call->out.len - args_at, NULL))
        return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to encode message payload");
    vr_message_end(&call->out, 0);
    vr_mutex_lock(&client->lock);
    if (client->closed) {
        vr_mutex_unlock(&client->lock);
        return closed_error(client);
    }
    call->next = client->waiting;
    client->waiting = call;
    vr_mutex_unlock(&client->lock);

    gboolean sent = send_message(client, &call->out, call) == 0;
    vr_mutex_lock(&client->lock);
    if (!sent)
        fail(client, VIR_CONNECT_CLOSE_REASON_ERROR);
    await(client, call);
    vr_mutex_unlock(&client->lock);
    if (!call->failed)
        return 0;
    vr_error_clear();
    if (call->error)
        vr_error_restore(g_steal_pointer(&call->error));
    return -1;
}

void
remote_call_end(RemoteCall *call)
{
    for (guint i = 0; i < call->n_fds_in; i++) {
        if (call->fds[i] >= 0)
            close(call->fds[i]);
    }
    vr_out_clear(&call->out);
    g_free(call->answer);
    if (call->error)
        remote_error_free(call->error);
    call->answer = NULL;
    call->error = NULL;
    call->n_fds_in = 0;
}

/* --- the application's event loop --- */

static void
on_watch(int watch, int fd, int events, void *opaque)
{
    RemoteClient *client = opaque;
    VR_SCOPED_LOCK(&client->lock);
    if (client->reader || client->closed)
        return;
    virErrorPtr saved = vr_error_save();
    take_reader(client);
    for (int i = 0; i < 16 && read_some(client); i++)
        continue;
    if (g_atomic_int_get(&client->pongs_owed) > 0 && !client->closed)
        pay_pongs(client);
    release_reader(client);
    vr_error_restore(saved);
}

void
remote_client_attach_loop(RemoteClient *client)
{
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll_fd < 0)
        return;
    struct epoll_event readable = {.events = EPOLLIN};
    if (epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->socket.fd, &readable) < 0)
        return;
    g_atomic_int_inc(&client->refs);
    int watch = vr_eventloop_add_handle(client->epoll_fd, VIR_EVENT_HANDLE_READABLE, on_watch, client, client_unref);
    VR_SCOPED_LOCK(&client->lock);
    client->watch = watch;
    client->armed = watch >= 0;
    if (watch < 0)
        g_atomic_int_dec_and_test(&client->refs);
}

static void
on_keepalive_timer(int timer, void *opaque)
{
    RemoteClient *client = opaque;
    vr_mutex_lock(&client->lock);
    if (client->closed) {
        vr_eventloop_update_timeout(timer, -1);
        vr_mutex_unlock(&client->lock);
        return;
    }
    if (client->keepalive_count && client->keepalive_missed >= client->keepalive_count) {
        vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "connection closed due to keepalive timeout");
        fail(client, VIR_CONNECT_CLOSE_REASON_KEEPALIVE);
        vr_mutex_unlock(&client->lock);
        return;
    }
    client->keepalive_missed++;
    if (pthread_mutex_trylock(&client->write_lock) == 0) {
        g_auto(VrOut) out = {0};
        out_keepalive(&out, 1);
        if (vr_socket_write(&client->socket, out.data, out.len) < 0)
            vr_debug("remote.client", "could not send a ping: %s", g_strerror(errno));
        vr_mutex_unlock(&client->write_lock);
    }
    vr_mutex_unlock(&client->lock);
}

void
remote_client_allow_keepalive(RemoteClient *client, gboolean supported)
{
    client->keepalive_allowed = supported;
}

int
remote_client_set_keepalive(RemoteClient *client, int interval, unsigned int count)
{
    VR_SCOPED_LOCK(&client->lock);
    if (!client->keepalive_allowed)
        return 1;
    if (client->keepalive_timer >= 0) {
        vr_eventloop_remove_timeout(client->keepalive_timer);
        client->keepalive_timer = -1;
    }
    if (interval <= 0)
        return 0;
    if (client->watch < 0)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR,
                        "the caller doesn't support keepalive protocol; perhaps it's missing event loop implementation");
    client->keepalive_interval = interval;
    client->keepalive_count = count;
    client->keepalive_missed = 0;
    g_atomic_int_inc(&client->refs);
    client->keepalive_timer = vr_eventloop_add_timeout(interval * 1000, on_keepalive_timer, client, client_unref);
    return 0;
}

void
remote_client_close(RemoteClient *client)
{
    vr_mutex_lock(&client->lock);
    int watch = client->watch, timer = client->keepalive_timer;
    client->watch = client->keepalive_timer = -1;
    if (!client->closed) {
        virErrorPtr saved = vr_error_save();
        closed_error(client);
        fail(client, VIR_CONNECT_CLOSE_REASON_CLIENT);
        vr_error_restore(saved);
    }
    client->hooks = &no_hooks; /* they run under the lock: none follows */
    vr_mutex_unlock(&client->lock);
    if (watch >= 0)
        vr_eventloop_remove_handle(watch);
    if (timer >= 0)
        vr_eventloop_remove_timeout(timer);
}

void
remote_client_free(RemoteClient *client)
{
    remote_client_close(client);
    client_unref(client);
}
