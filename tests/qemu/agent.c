/* The line to a guest's agent, with agents of every kind at its other end: orderly, late, noisy, silent, dying. */
#include "drivers/qemu/agent_link.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/loop.h"
#include "drivers/qemu/agent_parse.h"

/* What an agent does with the commands that come, on a thread of its own. */
typedef struct {
    int fd;
    const char *before; /* sent before the first synchronization is answered */
    const char *answer; /* to commands; NULL: none */
    int silent;         /* synchronizations that it does not answer */
    int dies;           /* how many lines it hears before it goes; 0: never */
    int late;           /* ms before the first command's answer */
    GThread *thread;
} Other;

static void
say(int fd, const char *text, gsize n)
{
    while (n > 0) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        n -= (gsize)sent;
    }
}

static void
respond(Other *other, json_t *message)
{
    const char *command = json_string_value(json_object_get(message, "execute"));
    if (g_strcmp0(command, "guest-sync-delimited") == 0) {
        json_int_t id = json_integer_value(json_object_get(json_object_get(message, "arguments"), "id"));
        g_autofree char *text = g_strdup_printf("\xff{\"return\": %lld}\n", (long long)id);
        if (other->silent-- > 0)
            return;
        if (other->before)
            say(other->fd, other->before, strlen(other->before));
        other->before = NULL;
        say(other->fd, text, strlen(text));
    } else if (other->answer) {
        if (other->late)
            g_usleep((gulong)other->late * 1000);
        other->late = 0;
        say(other->fd, other->answer, strlen(other->answer));
    }
}

static gpointer
live(gpointer data)
{
    Other *other = data;
    GString *text = g_string_new(NULL);
    char byte;
    int lines = 0;
    while (recv(other->fd, &byte, 1, 0) == 1) {
        if (byte != '\n') {
            if ((guint8)byte != QEMU_AGENT_MARK)
                g_string_append_c(text, byte);
            continue;
        }
        json_t *message = json_loads(text->str, 0, NULL);
        g_string_truncate(text, 0);
        if (other->dies && ++lines == other->dies) {
            json_decref(message);
            break;
        }
        respond(other, message);
        json_decref(message);
    }
    g_string_free(text, TRUE);
    close(other->fd);
    return NULL;
}

static QemuAgent *
meet(Other *other)
{
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    other->fd = pair[1];
    other->thread = g_thread_new("agent", live, other);
    vr_loop_start();
    return qemu_agent_new(pair[0]);
}

static void
part(Other *other, QemuAgent *agent)
{
    qemu_agent_close(agent);
    qemu_agent_unref(agent);
    g_thread_join(other->thread);
}

static json_t *
talk(QemuAgent *agent, int timeout)
{
    g_assert_cmpint(qemu_agent_begin(agent, "test"), ==, 0);
    json_t *answer = qemu_agent_talk(agent, json_pack("{s:s}", "execute", "guest-ping"), timeout, QEMU_AGENT_BLOCK);
    qemu_agent_end(agent);
    return answer;
}

static void
expect(QemuAgent *agent, int value)
{
    json_t *answer = talk(agent, QEMU_AGENT_BLOCK);
    g_assert_nonnull(answer);
    g_assert_cmpint(json_integer_value(json_object_get(answer, "return")), ==, value);
    json_decref(answer);
}

static void
expect_error(QemuAgent *agent, int timeout, int code)
{
    json_t *answer = talk(agent, timeout);
    g_assert_null(answer);
    g_assert_cmpint(vr_error_last()->code, ==, code);
    vr_error_clear();
}

static void
orderly(void)
{
    Other other = {.answer = "{\"return\": 7}\n"};
    QemuAgent *agent = meet(&other);
    for (int i = 0; i < 3; i++)
        expect(agent, 7);
    part(&other, agent);
}

/* Answers that nobody waits for, and what is no answer, before the mark. */
static void
noisy(void)
{
    Other other = {.answer = "{\"return\": 7}\n", .before = "{\"return\": 1}\ngarbage\n{\"error\": {}}\n\xff{\"return\": 2}\n{\"half"};
    QemuAgent *agent = meet(&other);
    expect(agent, 7);
    expect(agent, 7);
    part(&other, agent);
}

/* A command that took too long answers while the next is under way. */
static void
late(void)
{
    Other other = {.answer = "{\"return\": 7}\n", .late = 1500};
    QemuAgent *agent = meet(&other);
    expect_error(agent, 1, VIR_ERR_AGENT_COMMAND_TIMEOUT);
    expect(agent, 7);
    part(&other, agent);
}

static void
nonsense(void)
{
    static const char *const answers[] = {"what\n", "[1]\n", "{\"return\": }\n", "\"{\"\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        Other other = {.answer = answers[i]};
        QemuAgent *agent = meet(&other);
        expect_error(agent, QEMU_AGENT_BLOCK, VIR_ERR_INTERNAL_ERROR);
        expect_error(agent, QEMU_AGENT_BLOCK, VIR_ERR_INTERNAL_ERROR); /* and the line still works */
        part(&other, agent);
    }
}

static void
endless(void)
{
    g_autofree char *answer = g_strnfill(QEMU_AGENT_MAX_MESSAGE + 100, ' ');
    Other other = {.answer = answer};
    QemuAgent *agent = meet(&other);
    expect_error(agent, QEMU_AGENT_BLOCK, VIR_ERR_INTERNAL_ERROR);
    part(&other, agent);
}

static void
silent(void)
{
    Other other = {.answer = "{\"return\": 7}\n", .silent = 1};
    QemuAgent *agent = meet(&other);
    g_assert_cmpint(qemu_agent_begin(agent, "test"), ==, 0);
    json_t *answer = qemu_agent_talk(agent, json_pack("{s:s}", "execute", "guest-ping"), QEMU_AGENT_BLOCK, 1);
    qemu_agent_end(agent);
    g_assert_null(answer);
    g_assert_cmpint(vr_error_last()->code, ==, VIR_ERR_AGENT_UNRESPONSIVE);
    vr_error_clear();
    expect(agent, 7); /* it has come to */
    part(&other, agent);
}

static void
dying(void)
{
    for (int lines = 1; lines <= 2; lines++) {
        Other other = {.answer = NULL, .dies = lines};
        QemuAgent *agent = meet(&other);
        expect_error(agent, QEMU_AGENT_BLOCK, VIR_ERR_AGENT_UNRESPONSIVE);
        g_assert_true(qemu_agent_is_closed(agent));
        g_assert_cmpint(qemu_agent_begin(agent, "test"), ==, -1);
        vr_error_clear();
        part(&other, agent);
    }
    Other other = {.answer = NULL, .dies = 2};
    QemuAgent *agent = meet(&other);
    json_t *answer = NULL;
    g_assert_cmpint(qemu_agent_begin(agent, "test"), ==, 0);
    g_assert_cmpint(qemu_agent_tell(agent, json_pack("{s:s}", "execute", "guest-shutdown"), 60, QEMU_AGENT_BLOCK, &answer), ==, 0);
    g_assert_null(answer);
    qemu_agent_end(agent);
    part(&other, agent);
}

/* Somebody closes the line while an answer that never comes is waited for. */
static gpointer
cut(gpointer agent)
{
    g_usleep(100000);
    qemu_agent_close(agent);
    return NULL;
}

static void
closed(void)
{
    Other other = {.answer = NULL};
    QemuAgent *agent = meet(&other);
    GThread *thread = g_thread_new("cut", cut, agent);
    expect_error(agent, QEMU_AGENT_BLOCK, VIR_ERR_AGENT_UNRESPONSIVE);
    g_thread_join(thread);
    part(&other, agent);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/orderly", orderly);
    g_test_add_func("/agent/noisy", noisy);
    g_test_add_func("/agent/late", late);
    g_test_add_func("/agent/nonsense", nonsense);
    g_test_add_func("/agent/endless", endless);
    g_test_add_func("/agent/silent", silent);
    g_test_add_func("/agent/dying", dying);
    g_test_add_func("/agent/closed", closed);
    return g_test_run();
}
