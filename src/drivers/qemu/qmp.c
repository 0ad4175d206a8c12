/* Monitors: see qmp.h. */
#include "drivers/qemu/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/loop.h"
#include "drivers/qemu/qmp_parse.h"

typedef struct {
    gint64 id;
    QemuQmpReply reply;
    void *data;
    gboolean whole; /* the answer as it came, error or not */
} Pending;

/* A descriptor that goes with the byte AT of what is still to be sent. */
typedef struct {
    gsize at;
    int fd;
} Passing;

struct QemuQmp {
    gint refs;
    int fd;
    const QemuQmpHooks *hooks;
    void *opaque;
    VrSource *source;
    QemuQmpReader reader; /* loop's thread */
    VrMutex lock;         /* guards what follows */
    GHashTable *pending;  /* id -> Pending */
    GString *out;
    GQueue fds; /* Passing: descriptors that go with bytes of OUT */
    gint64 next_id;
    gboolean closed;
};

QemuQmp *
qemu_qmp_ref(QemuQmp *qmp)
{
    g_atomic_int_inc(&qmp->refs);
    return qmp;
}

static void
passing_free(Passing *passing)
{
    close(passing->fd);
    g_free(passing);
}

void
qemu_qmp_unref(QemuQmp *qmp)
{
    if (!qmp || !g_atomic_int_dec_and_test(&qmp->refs))
        return;
    qemu_qmp_reader_clear(&qmp->reader);
    while (!g_queue_is_empty(&qmp->fds))
        passing_free(g_queue_pop_head(&qmp->fds));
    g_hash_table_unref(qmp->pending);
    g_string_free(qmp->out, TRUE);
    vr_mutex_clear(&qmp->lock);
    g_free(qmp);
}

/* The loop lets go of the descriptor. */
static void
gone(void *data)
{
    QemuQmp *qmp = data;
    close(qmp->fd);
    qemu_qmp_unref(qmp);
}

/* End the connection: whatever waits for an answer gets WHY instead. */
static void
shut(QemuQmp *qmp, const char *why, gboolean tell)
{
    vr_mutex_lock(&qmp->lock);
    gboolean first = !qmp->closed;
    qmp->closed = TRUE;
    GHashTable *pending = g_steal_pointer(&qmp->pending);
    qmp->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    VrSource *source = g_steal_pointer(&qmp->source);
    vr_mutex_unlock(&qmp->lock);
    vr_source_end(source);
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Pending *waiting = value;
        waiting->reply(NULL, why, waiting->data);
    }
    g_hash_table_unref(pending);
    if (first && tell)
        qmp->hooks->closed(why, qmp->opaque);
}

void
qemu_qmp_close(QemuQmp *qmp)
{
    shut(qmp, "the monitor was closed", FALSE);
}

static void
answer(QemuQmp *qmp, const json_t *message)
{
    /* a real where the message has numbers that only unsigned integers hold: see qmp_parse.c */
    gint64 id = (gint64)json_number_value(json_object_get(message, "id"));
    vr_mutex_lock(&qmp->lock);
    Pending *waiting = g_hash_table_lookup(qmp->pending, &id);
    if (waiting)
        g_hash_table_steal(qmp->pending, &id);
    vr_mutex_unlock(&qmp->lock);
    if (!waiting)
        return; /* nobody asked */
    const json_t *error = json_object_get(message, "error");
    const char *text = json_string_value(json_object_get(error, "desc"));
    const json_t *result = error ? NULL : json_object_get(message, "return");
    if (waiting->whole)
        waiting->reply(message, NULL, waiting->data);
    else
        waiting->reply(result, result ? NULL : text ? text : "unknown error", waiting->data);
    g_free(waiting);
}

static void
dispatch(QemuQmp *qmp, const json_t *message)
{
    const char *event = json_string_value(json_object_get(message, "event"));
    if (event)
        qmp->hooks->event(event, message, qmp->opaque);
    else if (json_object_get(message, "return") || json_object_get(message, "error"))
        answer(qmp, message);
    /* the greeting needs no answer but qmp_capabilities, which is under way already */
}

/* Send some of what waits, with the descriptor that goes with its first byte. */
static ssize_t
send_some(QemuQmp *qmp)
{
    Passing *first = g_queue_peek_head(&qmp->fds);
    Passing *next = first && first->at == 0 ? g_queue_peek_nth(&qmp->fds, 1) : first;
    struct iovec bytes = {qmp->out->str, next ? next->at : qmp->out->len};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (first && first->at == 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &first->fd, sizeof(int));
    }
    ssize_t n = sendmsg(qmp->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0)
        return n;
    if (first && first->at == 0)
        passing_free(g_queue_pop_head(&qmp->fds));
    for (GList *l = qmp->fds.head; l; l = l->next)
        ((Passing *)l->data)->at -= (gsize)n;
    return n;
}

static void
write_out(QemuQmp *qmp)
{
    vr_mutex_lock(&qmp->lock);
    while (qmp->out->len && !qmp->closed) {
        ssize_t n = send_some(qmp);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* full, or broken, which reading will tell */
        g_string_erase(qmp->out, 0, n);
    }
    if (qmp->source)
        vr_source_set_events(qmp->source, VR_LOOP_READABLE | (qmp->out->len ? VR_LOOP_WRITABLE : 0));
    vr_mutex_unlock(&qmp->lock);
}

#define TURN 64 /* reads in one turn, so that one talkative guest cannot starve the others */

static gboolean
is_closed(QemuQmp *qmp)
{
    VR_SCOPED_LOCK(&qmp->lock);
    return qmp->source == NULL;
}

static void
read_in(QemuQmp *qmp)
{
    char bytes[16384];
    for (int i = 0; i < TURN; i++) {
        ssize_t n = recv(qmp->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            shut(qmp, n == 0 ? QEMU_QMP_ENDED : g_strerror(errno), TRUE);
            return;
        }
        if (!qemu_qmp_reader_feed(&qmp->reader, bytes, (gsize)n)) {
            shut(qmp, "the emulator sent a message that is too long", TRUE);
            return;
        }
        gboolean broken;
        json_t *message;
        while ((message = qemu_qmp_reader_next(&qmp->reader, &broken))) {
            dispatch(qmp, message);
            json_decref(message);
            if (is_closed(qmp))
                return; /* by what it said */
        }
        if (broken) {
            shut(qmp, "the emulator sent something that is not QMP", TRUE);
            return;
        }
    }
}

static void
ready(VrSource *source, int fd, unsigned events, void *data)
{
    g_autoptr(QemuQmp) qmp = qemu_qmp_ref(data);
    if (events & VR_LOOP_WRITABLE)
        write_out(qmp);
    if (events & (VR_LOOP_READABLE | VR_LOOP_HANGUP | VR_LOOP_ERROR))
        read_in(qmp);
}

QemuQmp *
qemu_qmp_new(int fd, const QemuQmpHooks *hooks, void *opaque)
{
    QemuQmp *qmp = g_new0(QemuQmp, 1);
    qmp->refs = 2; /* the caller's and the loop's */
    qmp->fd = fd;
    qmp->hooks = hooks;
    qmp->opaque = opaque;
    qmp->next_id = 1;
    qmp->out = g_string_new(NULL);
    qmp->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    vr_mutex_init(&qmp->lock);
    g_queue_init(&qmp->fds);
    qemu_qmp_reader_init(&qmp->reader);
    vr_mutex_lock(&qmp->lock); /* what comes at once waits until the source is known */
    qmp->source = vr_loop_watch(fd, VR_LOOP_READABLE, ready, qmp, gone);
    vr_mutex_unlock(&qmp->lock);
    return qmp;
}

/* Send MESSAGE, which is taken and gets a number of ours. */
static void
post(QemuQmp *qmp, json_t *message, QemuQmpReply reply, void *data, gboolean whole, int fd)
{
    int kept = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    Pending *waiting = g_new0(Pending, 1);
    waiting->reply = reply;
    waiting->data = data;
    waiting->whole = whole;
    vr_mutex_lock(&qmp->lock);
    gboolean closed = qmp->closed;
    if (!closed) {
        waiting->id = qmp->next_id++;
        json_object_set_new(message, "id", json_integer(waiting->id));
        char *text = json_dumps(message, JSON_COMPACT);
        if (kept >= 0) {
            Passing *passing = g_new(Passing, 1);
            *passing = (Passing){qmp->out->len, kept};
            g_queue_push_tail(&qmp->fds, passing);
            kept = -1;
        }
        g_string_append(qmp->out, text ? text : "{}");
        g_string_append_c(qmp->out, '\n');
        free(text);
        g_hash_table_insert(qmp->pending, &waiting->id, waiting);
        if (qmp->source)
            vr_source_set_events(qmp->source, VR_LOOP_READABLE | VR_LOOP_WRITABLE);
    }
    vr_mutex_unlock(&qmp->lock);
    json_decref(message);
    if (kept >= 0)
        close(kept);
    if (closed) {
        reply(NULL, "the monitor is closed", data);
        g_free(waiting);
    }
}

void
qemu_qmp_send(QemuQmp *qmp, const char *command, json_t *arguments, QemuQmpReply reply, void *data)
{
    json_t *message = json_object();
    json_object_set_new(message, "execute", json_string(command));
    if (arguments)
        json_object_set_new(message, "arguments", arguments);
    post(qmp, message, reply, data, FALSE, -1);
}

/* One thread waiting for one answer; freed by the last of the two that know it. */
struct QemuAsk {
    char *command;
    gint refs;
    VrMutex lock;
    VrCond done;
    gboolean answered;
    json_t *result;
    char *error;
};
typedef struct QemuAsk Wait;

static void
wait_unref(Wait *wait)
{
    if (!g_atomic_int_dec_and_test(&wait->refs))
        return;
    json_decref(wait->result);
    g_free(wait->error);
    g_free(wait->command);
    vr_mutex_clear(&wait->lock);
    vr_cond_clear(&wait->done);
    g_free(wait);
}

static void
wake(const json_t *result, const char *error, void *data)
{
    Wait *wait = data;
    vr_mutex_lock(&wait->lock);
    wait->result = json_incref((json_t *)result);
    wait->error = g_strdup(error);
    wait->answered = TRUE;
    vr_cond_broadcast(&wait->done);
    vr_mutex_unlock(&wait->lock);
    wait_unref(wait);
}

static QemuAsk *
ask_new(const char *command)
{
    Wait *wait = g_new0(Wait, 1);
    wait->refs = 2;
    wait->command = g_strdup(command);
    vr_mutex_init(&wait->lock);
    vr_cond_init(&wait->done);
    return wait;
}

QemuAsk *
qemu_qmp_ask(QemuQmp *qmp, const char *command, json_t *arguments)
{
    QemuAsk *ask = ask_new(command);
    qemu_qmp_send(qmp, command, arguments, wake, ask);
    return ask;
}

QemuAsk *
qemu_qmp_ask_with_fd(QemuQmp *qmp, const char *command, json_t *arguments, int fd)
{
    json_t *message = json_object();
    json_object_set_new(message, "execute", json_string(command));
    if (arguments)
        json_object_set_new(message, "arguments", arguments);
    QemuAsk *ask = ask_new(command);
    post(qmp, message, wake, ask, FALSE, fd);
    return ask;
}

QemuAsk *
qemu_qmp_ask_raw(QemuQmp *qmp, json_t *message, int fd)
{
    const char *command = json_string_value(json_object_get(message, "execute"));
    QemuAsk *ask = ask_new(command ? command : "");
    post(qmp, message, wake, ask, TRUE, fd);
    return ask;
}

json_t *
qemu_ask_result(QemuAsk *wait, unsigned timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + timeout_ms * (gint64)1000;
    vr_mutex_lock(&wait->lock);
    while (!wait->answered && vr_cond_wait_until(&wait->done, &wait->lock, deadline))
        continue;
    json_t *result = wait->answered ? g_steal_pointer(&wait->result) : NULL;
    if (!wait->answered)
        vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "QEMU did not answer '%s' within %u seconds", wait->command,
                 timeout_ms / 1000);
    else if (!result)
        vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "unable to execute QEMU command '%s': %s", wait->command,
                 wait->error ? wait->error : "no answer");
    vr_mutex_unlock(&wait->lock);
    wait_unref(wait);
    return result;
}

json_t *
qemu_qmp_call(QemuQmp *qmp, const char *command, json_t *arguments, unsigned timeout_ms)
{
    return qemu_ask_result(qemu_qmp_ask(qmp, command, arguments), timeout_ms);
}
