/* See agent_link.h. */
#include "drivers/qemu/agent_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/lock.h"
#include "base/loop.h"
#include "drivers/qemu/agent_parse.h"

typedef enum {
    IDLE,
    SYNCHRONIZING, /* waiting for the number to come back */
    ASKING,        /* waiting for the answer */
    ANSWERED,
    BROKEN, /* the answer was nonsense */
} Stage;

struct QemuAgent {
    gint refs;
    int fd;
    VrMutex lock; /* guards all that follows */
    VrCond changed;
    VrSource *source; /* NULL once closed */
    QemuAgentReader reader;
    Stage stage;
    gint64 number; /* of the synchronization under way */
    json_t *answer;
    GByteArray *out;
    const char *owner; /* whose turn it is */
    gboolean busy;
};

QemuAgent *
qemu_agent_ref(QemuAgent *agent)
{
    g_atomic_int_inc(&agent->refs);
    return agent;
}

void
qemu_agent_unref(QemuAgent *agent)
{
    if (!agent || !g_atomic_int_dec_and_test(&agent->refs))
        return;
    qemu_agent_reader_clear(&agent->reader);
    json_decref(agent->answer);
    g_byte_array_unref(agent->out);
    vr_mutex_clear(&agent->lock);
    vr_cond_clear(&agent->changed);
    g_free(agent);
}

/* The loop lets go of the descriptor. */
static void
gone(void *data)
{
    QemuAgent *agent = data;
    close(agent->fd);
    qemu_agent_unref(agent);
}

void
qemu_agent_close(QemuAgent *agent)
{
    vr_mutex_lock(&agent->lock);
    VrSource *source = g_steal_pointer(&agent->source);
    vr_cond_broadcast(&agent->changed);
    vr_mutex_unlock(&agent->lock);
    vr_source_end(source);
}

gboolean
qemu_agent_is_closed(QemuAgent *agent)
{
    VR_SCOPED_LOCK(&agent->lock);
    return agent->source == NULL;
}

static void
move_on(QemuAgent *agent, Stage stage)
{
    agent->stage = stage;
    vr_cond_broadcast(&agent->changed);
}

/* A message has come; what nobody waits for is dropped.  Called with the lock held. */
static void
hear(QemuAgent *agent, json_t *message)
{
    const json_t *result = json_object_get(message, "return");
    if (agent->stage == SYNCHRONIZING && json_is_integer(result) && json_integer_value(result) == agent->number) {
        move_on(agent, ANSWERED);
    } else if (agent->stage == ASKING && (result || json_object_get(message, "error"))) {
        agent->answer = json_incref(message);
        move_on(agent, ANSWERED);
    }
}

/* Called with the lock held. */
static void
digest(QemuAgent *agent, const char *bytes, gsize n)
{
    gboolean broken = !qemu_agent_reader_feed(&agent->reader, bytes, n);
    while (!broken) {
        json_t *message = qemu_agent_reader_next(&agent->reader, &broken);
        if (!message)
            break;
        hear(agent, message);
        json_decref(message);
    }
    if (broken && agent->stage == ASKING)
        move_on(agent, BROKEN);
}

#define TURN 16 /* reads in one turn, so that a talkative guest cannot starve others */

/* FALSE when the line is cut.  Called with the lock held. */
static gboolean
read_in(QemuAgent *agent)
{
    char bytes[16384];
    for (int i = 0; i < TURN; i++) {
        ssize_t n = recv(agent->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return TRUE;
        if (n <= 0)
            return FALSE;
        digest(agent, bytes, (gsize)n);
    }
    return TRUE;
}

/* Called with the lock held. */
static void
write_out(QemuAgent *agent)
{
    while (agent->out->len) {
        ssize_t n = send(agent->fd, agent->out->data, agent->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* full, or broken, which reading will tell */
        g_byte_array_remove_range(agent->out, 0, (guint)n);
    }
    if (agent->source)
        vr_source_set_events(agent->source, VR_LOOP_READABLE | (agent->out->len ? VR_LOOP_WRITABLE : 0));
}

static void
ready(VrSource *source, int fd, unsigned events, void *data)
{
    g_autoptr(QemuAgent) agent = qemu_agent_ref(data);
    vr_mutex_lock(&agent->lock);
    gboolean whole = agent->source == source;
    if (whole && events & VR_LOOP_WRITABLE)
        write_out(agent);
    if (whole && events & (VR_LOOP_READABLE | VR_LOOP_HANGUP | VR_LOOP_ERROR))
        whole = read_in(agent);
    vr_mutex_unlock(&agent->lock);
    if (!whole)
        qemu_agent_close(agent);
}

QemuAgent *
qemu_agent_new(int fd)
{
    QemuAgent *agent = g_new0(QemuAgent, 1);
    agent->refs = 2; /* the caller's and the loop's */
    agent->fd = fd;
    agent->out = g_byte_array_new();
    agent->number = g_get_real_time(); /* no answer to an earlier line has it */
    vr_mutex_init(&agent->lock);
    vr_cond_init(&agent->changed);
    qemu_agent_reader_init(&agent->reader);
    vr_mutex_lock(&agent->lock);
    agent->source = vr_loop_watch(fd, VR_LOOP_READABLE, ready, agent, gone);
    vr_mutex_unlock(&agent->lock);
    return agent;
}

static int
vanished(void)
{
    return vr_error(VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE, "Guest agent disappeared while executing command");
}

#define QUEUE_SECONDS 30

int
qemu_agent_begin(QemuAgent *agent, const char *owner)
{
    gint64 deadline = g_get_monotonic_time() + QUEUE_SECONDS * (gint64)G_USEC_PER_SEC;
    gboolean in_time = TRUE;
    VR_SCOPED_LOCK(&agent->lock);
    while (agent->busy && agent->source && in_time)
        in_time = vr_cond_wait_until(&agent->changed, &agent->lock, deadline);
    if (!agent->source)
        return vanished();
    if (agent->busy)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock (held by agent=%s)",
                        agent->owner ? agent->owner : "another call");
    agent->busy = TRUE;
    agent->owner = owner;
    return 0;
}

void
qemu_agent_end(QemuAgent *agent)
{
    VR_SCOPED_LOCK(&agent->lock);
    agent->busy = FALSE;
    vr_cond_broadcast(&agent->changed);
}

/* Called with the lock held. */
static void
send_message(QemuAgent *agent, const json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    g_byte_array_append(agent->out, (const guint8 *)text, (guint)strlen(text));
    g_byte_array_append(agent->out, (const guint8 *)"\n", 1);
    free(text);
    vr_source_set_events(agent->source, VR_LOOP_READABLE | VR_LOOP_WRITABLE);
}

/* Wait until the stage is over; FALSE when it did not come in time.  Negative SECONDS: as long as the line lives.  Called with the
 * lock held. */
static gboolean
wait_stage(QemuAgent *agent, Stage stage, int seconds)
{
    gint64 deadline = g_get_monotonic_time() + MAX(seconds, 0) * (gint64)G_USEC_PER_SEC;
    while (agent->stage == stage && agent->source) {
        gint64 until = seconds < 0 ? g_get_monotonic_time() + 3600 * (gint64)G_USEC_PER_SEC : deadline;
        if (!vr_cond_wait_until(&agent->changed, &agent->lock, until) && seconds >= 0)
            break;
    }
    return agent->stage != stage;
}

static int
too_late(int code, const char *what, int seconds)
{
    return vr_error(VIR_FROM_QEMU, code, "guest agent didn't respond to %s within '%d' seconds", what, seconds);
}

/* Called with the lock held. */
static int
synchronize(QemuAgent *agent, int response)
{
    int seconds = response >= 0 && response < QEMU_AGENT_PATIENCE ? response : QEMU_AGENT_PATIENCE;
    static const guint8 mark = QEMU_AGENT_MARK;
    g_byte_array_set_size(agent->out, 0); /* of a command that nobody waits for any more */
    g_byte_array_append(agent->out, &mark, 1); /* ends whatever the agent thinks it is reading */
    qemu_agent_reader_seek(&agent->reader);
    agent->stage = SYNCHRONIZING;
    agent->number++;
    json_t *message = json_pack("{s:s, s:{s:I}}", "execute", "guest-sync-delimited", "arguments", "id", (json_int_t)agent->number);
    send_message(agent, message);
    json_decref(message);
    if (!wait_stage(agent, SYNCHRONIZING, seconds))
        return agent->source ? too_late(VIR_ERR_AGENT_UNRESPONSIVE, "synchronization", seconds) : vanished();
    return 0;
}

int
qemu_agent_tell(QemuAgent *agent, json_t *message, int timeout, int response, json_t **ret_answer)
{
    int seconds = timeout == QEMU_AGENT_DEFAULT ? QEMU_AGENT_PATIENCE : timeout == QEMU_AGENT_BLOCK ? response : timeout;
    vr_mutex_lock(&agent->lock);
    int result = agent->source ? synchronize(agent, response) : vanished();
    json_t *answer = NULL;
    if (result == 0) {
        agent->stage = ASKING;
        send_message(agent, message);
        gboolean over = wait_stage(agent, ASKING, seconds);
        answer = g_steal_pointer(&agent->answer);
        if (answer)
            result = 1;
        else if (over)
            result = vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Malformed reply of the guest agent");
        else if (agent->source)
            result = too_late(VIR_ERR_AGENT_COMMAND_TIMEOUT, "command", MAX(seconds, 0));
    }
    agent->stage = IDLE;
    vr_mutex_unlock(&agent->lock);
    json_decref(message);
    *ret_answer = answer;
    return result;
}

json_t *
qemu_agent_talk(QemuAgent *agent, json_t *message, int timeout, int response)
{
    json_t *answer = NULL;
    int result = qemu_agent_tell(agent, message, timeout, response, &answer);
    if (result == 0)
        vanished();
    return answer;
}
