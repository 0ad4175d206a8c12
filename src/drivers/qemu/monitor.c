/* QEMU's monitor handed to clients: commands of theirs, and events as they come.
 *
 * Commands run on the calling thread, in the guest's turn; events are passed to the hub on the loop's thread.
 */
#include <string.h>

#include "drivers/qemu/news.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"

#define MAX_COMMAND (1u << 20)

/* A line for people as the machine's command that runs it. */
static json_t *
human(const char *line)
{
    return json_pack("{s:s, s:{s:s}}", "execute", "human-monitor-command", "arguments", "command-line", line);
}

/* CMD as a message: JSON with "execute", or a bare name, as it always was. */
static json_t *
machine(const char *cmd)
{
    json_t *message = json_loads(cmd, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(message))
        return message;
    json_decref(message);
    return json_pack("{s:s}", "execute", cmd);
}

/* What a client reads of the answer: of a line for people, its text. */
static char *
answer_text(const json_t *answer, bool for_people)
{
    if (!for_people)
        return json_dumps(answer, JSON_COMPACT);
    const json_t *error = json_object_get(answer, "error");
    if (error) {
        const char *text = json_string_value(json_object_get(error, "desc"));
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                             "unable to execute QEMU command 'human-monitor-command': %s", text ? text : "unknown error");
    }
    const char *text = json_string_value(json_object_get(answer, "return"));
    return g_strdup(text ? text : "");
}

int
qemu_domain_qemu_monitor_command_with_files(virDomainPtr dom, const char *cmd, unsigned int n_in, int *in, unsigned int *n_out,
                                            int **out, char **result, unsigned int flags)
{
    bool for_people = flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP;
    if (vr_flags_check(flags, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, VIR_FROM_QEMU) < 0)
        return -1;
    if (n_in > 1)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "at most 1 fd can be passed to qemu along with a command");
    if (strlen(cmd) > MAX_COMMAND)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the monitor command is longer than %u bytes", MAX_COMMAND);
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    qemu_taint(&c, QEMU_TAINT_MONITOR);
    json_t *message = for_people ? human(cmd) : machine(cmd);
    if (!message)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the monitor command is no text");
    json_t *answer = qemu_ask_result(qemu_qmp_ask_raw(qemu_run_of(c.next)->qmp, message, n_in ? in[0] : -1), QEMU_QMP_PATIENCE);
    char *text = answer ? answer_text(answer, for_people) : NULL;
    json_decref(answer);
    if (!text)
        return -1;
    *result = text;
    if (n_out)
        *n_out = 0; /* QEMU answers with none */
    if (out)
        *out = NULL;
    return 0;
}

int
qemu_domain_qemu_monitor_command(virDomainPtr dom, const char *cmd, char **result, unsigned int flags)
{
    return qemu_domain_qemu_monitor_command_with_files(dom, cmd, 0, NULL, NULL, NULL, result, flags);
}

/* Which events a registration is for. */
typedef struct {
    char *name;
    GRegex *regex;
    bool no_case;
} Filter;

static void
filter_free(void *data)
{
    Filter *filter = data;
    g_free(filter->name);
    g_clear_pointer(&filter->regex, g_regex_unref);
    g_free(filter);
}

static gboolean
filter_wants(const VrEventArgs *args, void *data)
{
    const Filter *filter = data;
    const char *event = args->s[0];
    if (filter->regex)
        return g_regex_match(filter->regex, event, 0, NULL);
    return !filter->name || (filter->no_case ? g_ascii_strcasecmp : strcmp)(filter->name, event) == 0;
}

#define FILTER_FLAGS                                                                               \
    (VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX | VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE)

int
qemu_connect_domain_qemu_monitor_event_register(virConnectPtr conn, virDomainPtr dom, const char *event,
                                                virConnectDomainQemuMonitorEventCallback cb, void *opaque, virFreeCallback freecb,
                                                unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, FILTER_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    Filter *filter = g_new0(Filter, 1);
    filter->no_case = flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE;
    if (event && flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX) {
        g_autoptr(GError) error = NULL;
        filter->regex = g_regex_new(event, filter->no_case ? G_REGEX_CASELESS : 0, 0, &error);
        if (!filter->regex) {
            filter_free(filter);
            return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "failed to compile regex '%s': %s", event, error->message);
        }
    }
    filter->name = g_strdup(event);
    return vr_event_register_some(driver->events, VR_EVENTS_MONITOR, conn, dom, 0, (void (*)(void))cb, opaque, freecb, filter_wants,
                                  filter, filter_free);
}

int
qemu_connect_domain_qemu_monitor_event_deregister(virConnectPtr conn, int callback_id)
{
    QemuDriver *driver = conn->data;
    return vr_event_deregister(driver->events, VR_EVENTS_MONITOR, conn, callback_id) < 0 ? -1 : 0;
}

void
qemu_monitor_event(QemuRun *run, const char *name, const json_t *message)
{
    if (!vr_event_any(run->driver->events, VR_EVENTS_MONITOR))
        return;
    g_autoptr(VrGuestState) state = vr_guest_state(run->guest);
    const DomainDef *def = vr_guest_now(state);
    const json_t *data = json_object_get(message, "data"), *stamp = json_object_get(message, "timestamp");
    const json_t *seconds = json_object_get(stamp, "seconds");
    char *details = data ? json_dumps(data, JSON_COMPACT) : NULL;
    VrEventArgs args = {.n = {seconds ? json_integer_value(seconds) : -1, json_integer_value(json_object_get(stamp, "microseconds"))},
                        .s = {name, details}};
    vr_event_emit(run->driver->events, VR_EVENTS_MONITOR, 0, def->name, def->uuid, def->id, &args);
    free(details);
}
