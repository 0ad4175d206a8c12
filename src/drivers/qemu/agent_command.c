/* What the agent does in the guest at a client's word: commands, clock, file systems, accounts, sleep, its end. */
#include <string.h>

#include "drivers/qemu/agent.h"
#include "drivers/qemu/agent_link.h"
#include "drivers/qemu/news.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"

static int
check_timeout(int timeout)
{
    if (timeout >= VIR_DOMAIN_QEMU_AGENT_COMMAND_MIN)
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "guest agent timeout '%d' is less than the minimum '%d'", timeout,
                    VIR_DOMAIN_QEMU_AGENT_COMMAND_MIN);
}

char *
qemu_domain_qemu_agent_command(virDomainPtr dom, const char *cmd, int timeout, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0 || check_timeout(timeout) < 0)
        return NULL;
    json_error_t where;
    json_t *message = json_loads(cmd, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(message)) {
        json_decref(message);
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "cannot parse json %.200s: %s", cmd,
                             message ? "it is no object" : where.text);
    }
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0) {
        json_decref(message);
        return NULL;
    }
    g_atomic_int_or((guint *)&qemu_run_of(call.state)->taints, 1u << QEMU_TAINT_AGENT);
    json_t *answer = qemu_agent_raw(&call, message, timeout);
    char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    json_decref(answer);
    return text;
}

int
qemu_domain_agent_set_response_timeout(virDomainPtr dom, int timeout, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0 || check_timeout(timeout) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    QemuGuest *guest = qemu_guest_part(c.next);
    guest->agent_timeout = timeout == VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_DEFAULT ? QEMU_AGENT_PATIENCE : timeout;
    guest->agent_timeout_set = timeout != VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    qemu_change_publish(&c);
    return 0;
}

#define NANO 1000000000ll

int
qemu_domain_get_time(virDomainPtr dom, long long *seconds, unsigned int *nseconds, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *answer = qemu_agent_ask(&call, "guest-get-time", NULL);
    if (!answer)
        return -1;
    long long time = json_integer_value(answer);
    bool number = json_is_integer(answer) && time >= 0;
    json_decref(answer);
    if (!number)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "malformed return value");
    *seconds = time / NANO;
    *nseconds = (unsigned)(time % NANO);
    return 0;
}

/* The guest's clock chip must show the time that the guest sets its clock to, so that its corrections do not add up. */
static int
restart_ticks(QemuRun *run)
{
    json_t *result = qemu_qmp_call(run->qmp, "rtc-reset-reinjection", NULL, QEMU_QMP_PATIENCE);
    json_decref(result);
    vr_error_clear(); /* not every machine has it */
    return 0;
}

int
qemu_domain_set_time(virDomainPtr dom, long long seconds, unsigned int nseconds, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_TIME_SYNC, VIR_FROM_QEMU) < 0)
        return -1;
    if (seconds < 0 || seconds > G_MAXINT64 / NANO - 1)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Time '%lld' is too big for guest agent", seconds);
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *arguments = NULL;
    if (!(flags & VIR_DOMAIN_TIME_SYNC))
        arguments = json_pack("{s:I}", "time", (json_int_t)(seconds * NANO + nseconds));
    if (qemu_agent_do(&call, "guest-set-time", arguments) < 0)
        return -1;
    return restart_ticks(qemu_run_of(call.state));
}

/* The number in an answer that is one. */
static int
count_of(json_t *answer, const char *command)
{
    if (!answer)
        return -1;
    long long n = json_integer_value(answer);
    bool good = json_is_integer(answer) && n >= 0 && n <= QEMU_AGENT_MANY;
    json_decref(answer);
    return good ? (int)n : qemu_agent_nonsense(command, "a number");
}

int
qemu_domain_fs_freeze(virDomainPtr dom, const char **names, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *arguments = NULL;
    if (n) {
        json_t *list = json_array();
        for (unsigned i = 0; i < n; i++)
            json_array_append_new(list, json_string(names[i]));
        arguments = json_pack("{s:o}", "mountpoints", list);
    }
    const char *command = n ? "guest-fsfreeze-freeze-list" : "guest-fsfreeze-freeze";
    return count_of(qemu_agent_ask(&call, command, arguments), command);
}

int
qemu_domain_fs_thaw(virDomainPtr dom, const char **names, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    if (names || n)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "specifying mountpoints is not supported");
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    return count_of(qemu_agent_ask(&call, "guest-fsfreeze-thaw", NULL), "guest-fsfreeze-thaw");
}

int
qemu_domain_fs_trim(virDomainPtr dom, const char *mount_point, unsigned long long minimum, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    if (mount_point)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "Specifying mount point is not supported for now");
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    return qemu_agent_do(&call, "guest-fstrim", json_pack("{s:I}", "minimum", (json_int_t)MIN(minimum, (unsigned long long)G_MAXINT64)));
}

int
qemu_domain_set_user_password(virDomainPtr dom, const char *user, const char *password, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_PASSWORD_ENCRYPTED, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    g_autofree char *coded = g_base64_encode((const guchar *)password, strlen(password));
    return qemu_agent_do(&call, "guest-set-user-password",
                         json_pack("{s:b, s:s, s:s}", "crypted", (flags & VIR_DOMAIN_PASSWORD_ENCRYPTED) != 0, "username", user,
                                   "password", coded));
}

int
qemu_domain_authorized_ssh_keys_get(virDomainPtr dom, const char *user, char ***ret_keys, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *answer = qemu_agent_ask(&call, "guest-ssh-get-authorized-keys", json_pack("{s:s}", "username", user));
    if (!answer)
        return -1;
    const json_t *keys = json_object_get(answer, "keys");
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    size_t i;
    const json_t *key;
    bool good = json_is_array(keys) && json_array_size(keys) <= QEMU_AGENT_MANY;
    json_array_foreach(good ? keys : NULL, i, key) {
        good = good && json_is_string(key);
        g_ptr_array_add(list, g_strdup(json_string_value(key)));
    }
    json_decref(answer);
    if (!good)
        return qemu_agent_nonsense("guest-ssh-get-authorized-keys", "keys");
    int n = (int)list->len;
    g_ptr_array_add(list, NULL);
    *ret_keys = (char **)g_ptr_array_steal(list, NULL);
    return n;
}

int
qemu_domain_authorized_ssh_keys_set(virDomainPtr dom, const char *user, const char **keys, unsigned int n, unsigned int flags)
{
    bool append = flags & VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND, remove = flags & VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE;
    if (vr_flags_check(flags, VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND | VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    json_t *list = json_array();
    for (unsigned i = 0; i < n; i++)
        json_array_append_new(list, json_string(keys[i]));
    json_t *arguments = json_pack("{s:s, s:o}", "username", user, "keys", list);
    if (!remove)
        json_object_set_new(arguments, "reset", json_boolean(!append));
    return qemu_agent_do(&call, remove ? "guest-ssh-remove-authorized-keys" : "guest-ssh-add-authorized-keys", arguments);
}

int
qemu_domain_pm_suspend_for_duration(virDomainPtr dom, unsigned int target, unsigned long long duration, unsigned int flags)
{
    static const char *const commands[] = {"guest-suspend-ram", "guest-suspend-disk", "guest-suspend-hybrid"};
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    if (duration)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "Duration not supported. Use 0 for now");
    if (target >= G_N_ELEMENTS(commands))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Unknown suspend target: %u", target);
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    return qemu_agent_end_guest(&call, commands[target], NULL);
}

int
qemu_domain_pm_wakeup(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    return qemu_change_begin_active(&c, dom) < 0 ? -1 : qemu_do(&c, "system_wakeup", NULL);
}
