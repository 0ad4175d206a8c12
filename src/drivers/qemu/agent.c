/* See agent.h. */
#include "drivers/qemu/agent.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "drivers/qemu/agent_link.h"

static const DomainChannel *
channel_of(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_channel; i++) {
        const DomainChannel *channel = def->devices.channel[i];
        if (channel->target.type == CHANNEL_TARGET_TYPE_VIRTIO && g_strcmp0(channel->target.name, QEMU_AGENT_CHANNEL) == 0)
            return channel;
    }
    return NULL;
}

/* The channel through which the guest's agent listens; NULL with the error set. */
static const DomainChannel *
need_channel(const VrGuestState *state)
{
    const DomainChannel *channel = channel_of(vr_guest_now(state));
    if (state->state != VIR_DOMAIN_RUNNING)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain is not running");
    if (!channel || channel->source.type != CHARDEV_TYPE_UNIX || !channel->source.path)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "QEMU guest agent is not configured");
    if (channel->target.state != DOMAIN_CHANNEL_TARGET_STATE_CONNECTED)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                             "QEMU guest agent is not connected");
    return channel;
}

bool
qemu_agent_listens(const VrGuestState *state)
{
    const DomainChannel *channel = channel_of(vr_guest_now(state));
    return state->state == VIR_DOMAIN_RUNNING && channel && channel->source.path &&
           channel->target.state == DOMAIN_CHANNEL_TARGET_STATE_CONNECTED;
}

void
qemu_agent_started(const QemuChange *c)
{
    const DomainChannel *channel = channel_of(vr_guest_now(c->next));
    VrEventArgs args = {.n = {VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED,
                              VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_DOMAIN_STARTED}};
    if (channel && channel->target.state != DOMAIN_CHANNEL_TARGET_STATE_CONNECTED)
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, &args);
}

static QemuAgent *
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Socket path %s too big for destination", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                             "cannot connect to its channel '%s': %s", path, g_strerror(error));
    }
    vr_loop_start();
    return qemu_agent_new(fd);
}

/* RUN's line to its agent, made when there is none; NULL with the error set. */
static QemuAgent *
line(QemuRun *run, const char *path)
{
    VR_SCOPED_LOCK(&run->lock);
    if (run->agent && qemu_agent_is_closed(run->agent))
        g_clear_pointer(&run->agent, qemu_agent_unref);
    if (!run->agent && !run->exited)
        run->agent = connect_to(path);
    else if (run->exited)
        vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain is not running");
    return run->agent ? qemu_agent_ref(run->agent) : NULL;
}

void
qemu_agent_drop(QemuRun *run)
{
    vr_mutex_lock(&run->lock);
    g_autoptr(QemuAgent) agent = g_steal_pointer(&run->agent);
    vr_mutex_unlock(&run->lock);
    if (agent)
        qemu_agent_close(agent);
}

void
qemu_agent_free(QemuRun *run)
{
    if (run->agent)
        qemu_agent_close(run->agent);
    g_clear_pointer(&run->agent, qemu_agent_unref);
}

int
qemu_agent_call_begin(QemuAgentCall *call, virDomainPtr dom)
{
    call->state = qemu_active_state(dom);
    const DomainChannel *channel = call->state ? need_channel(call->state) : NULL;
    if (!channel)
        return -1;
    call->agent = line(qemu_run_of(call->state), channel->source.path);
    if (!call->agent || qemu_agent_begin(call->agent, vr_api_call.name) < 0)
        return -1;
    call->in_turn = true;
    return 0;
}

void
qemu_agent_call_end(QemuAgentCall *call)
{
    if (call->in_turn)
        qemu_agent_end(call->agent);
    qemu_agent_unref(call->agent);
    g_clear_pointer(&call->state, vr_guest_state_unref);
}

static int
response_of(const QemuAgentCall *call)
{
    const QemuGuest *guest = call->state->driver;
    return guest->agent_timeout_set ? guest->agent_timeout : QEMU_AGENT_BLOCK;
}

static json_t *
message_of(const char *command, json_t *arguments)
{
    json_t *message = json_object();
    json_object_set_new(message, "execute", json_string(command));
    if (arguments)
        json_object_set_new(message, "arguments", arguments);
    return message;
}

/* An answer that tells of a failure: -1 with the error set, of CODE. */
static int
refused(const char *command, const json_t *answer, bool *ret_unknown)
{
    const json_t *error = json_object_get(answer, "error");
    const char *class = json_string_value(json_object_get(error, "class"));
    const char *text = json_string_value(json_object_get(error, "desc"));
    if (ret_unknown)
        *ret_unknown = class && (strcmp(class, "CommandNotFound") == 0 || strcmp(class, "CommandDisabled") == 0);
    return vr_error(VIR_FROM_QEMU, VIR_ERR_AGENT_COMMAND_FAILED, "unable to execute QEMU agent command '%s': %.1000s", command,
                    text ? text : "unknown QEMU command error");
}

static json_t *
ask(QemuAgentCall *call, const char *command, json_t *arguments, bool *ret_unknown)
{
    json_t *answer = qemu_agent_talk(call->agent, message_of(command, arguments), QEMU_AGENT_BLOCK, response_of(call));
    json_t *result = json_object_get(answer, "return");
    if (result)
        json_incref(result);
    else if (answer)
        refused(command, answer, ret_unknown);
    json_decref(answer);
    return result;
}

json_t *
qemu_agent_ask(QemuAgentCall *call, const char *command, json_t *arguments)
{
    return ask(call, command, arguments, NULL);
}

int
qemu_agent_try(QemuAgentCall *call, const char *command, json_t *arguments, json_t **ret)
{
    bool unknown = false;
    *ret = ask(call, command, arguments, &unknown);
    if (!*ret && !unknown)
        return -1;
    if (unknown)
        vr_error_clear();
    return 0;
}

int
qemu_agent_do(QemuAgentCall *call, const char *command, json_t *arguments)
{
    json_t *result = qemu_agent_ask(call, command, arguments);
    json_decref(result);
    return result ? 0 : -1;
}

#define END_SECONDS 60

int
qemu_agent_end_guest(QemuAgentCall *call, const char *command, json_t *arguments)
{
    json_t *answer = NULL;
    int response = response_of(call);
    int result = qemu_agent_tell(call->agent, message_of(command, arguments), response >= 0 ? response : END_SECONDS, response, &answer);
    if (result == 1 && !json_object_get(answer, "return"))
        result = refused(command, answer, NULL);
    json_decref(answer);
    return MIN(result, 0);
}

json_t *
qemu_agent_raw(QemuAgentCall *call, json_t *message, int timeout)
{
    g_autofree char *command = g_strdup(json_string_value(json_object_get(message, "execute")));
    json_t *answer = qemu_agent_talk(call->agent, message, timeout, response_of(call));
    if (!answer || json_object_get(answer, "return"))
        return answer;
    refused(command ? command : "", answer, NULL);
    json_decref(answer);
    return NULL;
}

int
qemu_agent_nonsense(const char *command, const char *what)
{
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the guest agent's answer to %s lacks %s", command, what);
}
