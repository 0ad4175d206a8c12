/* The module that asks polkit over D-Bus.  One connection to the bus, which callers take in turn; whoever has to wait for a
 * user's password does so on a connection of its own.  Any worker.
 */
#include <systemd/sd-bus.h>

#include "daemon/polkit.h"

#define TIMEOUT_US (120 * G_USEC_PER_SEC) /* the user may have to type a password */

static VrMutex lock = VR_MUTEX_INIT;
static sd_bus *bus;

static int
append_details(sd_bus_message *m, const char *const *details)
{
    int ret = sd_bus_message_open_container(m, 'a', "{ss}");
    for (; ret >= 0 && details && details[0]; details += 2)
        ret = sd_bus_message_append(m, "{ss}", details[0], details[1]);
    return ret < 0 ? ret : sd_bus_message_close_container(m);
}

static int
ask(sd_bus *to, pid_t pid, unsigned long long start, uid_t uid, const char *action, const char *const *details, gboolean interactive)
{
    sd_bus_message *m = NULL, *reply = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int yes = 0, challenge = 0;
    int ret = sd_bus_message_new_method_call(to, &m, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                             "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
    if (ret >= 0)
        ret = sd_bus_message_append(m, "(sa{sv})s", "unix-process", 3, "pid", "u", (guint32)pid, "start-time", "t",
                                    (guint64)start, "uid", "i", (gint32)uid, action);
    if (ret >= 0)
        ret = append_details(m, details);
    if (ret >= 0)
        ret = sd_bus_message_append(m, "us", interactive ? 1 : 0, "");
    if (ret >= 0)
        ret = sd_bus_call(to, m, TIMEOUT_US, &error, &reply);
    if (ret >= 0)
        ret = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
    if (ret >= 0)
        ret = sd_bus_message_read(reply, "bb", &yes, &challenge);
    sd_bus_message_unref(m);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    if (ret < 0)
        return vr_error_system(VIR_FROM_DBUS, -ret, "cannot ask polkit");
    return yes ? 1 : challenge ? 2 : 0;
}

__attribute__((visibility("default"))) int vr_polkit_ask(pid_t pid, unsigned long long start, uid_t uid, const char *action,
                                                         const char *const *details, gboolean interactive);

static int
no_bus(int bad)
{
    return vr_error_system(VIR_FROM_DBUS, -bad, "cannot connect to the system bus");
}

static int
ask_in_turn(pid_t pid, unsigned long long start, uid_t uid, const char *action, const char *const *details)
{
    VR_SCOPED_LOCK(&lock);
    int bad = bus ? 0 : sd_bus_open_system(&bus);
    if (bad < 0) {
        bus = NULL;
        return no_bus(bad);
    }
    int answer = ask(bus, pid, start, uid, action, details, FALSE);
    if (answer < 0 && !sd_bus_is_open(bus)) /* the bus was started anew: next time */
        bus = sd_bus_close_unref(bus);
    return answer;
}

int
vr_polkit_ask(pid_t pid, unsigned long long start, uid_t uid, const char *action, const char *const *details,
              gboolean interactive)
{
    int answer = ask_in_turn(pid, start, uid, action, details);
    if (answer != 2 || !interactive)
        return answer;
    sd_bus *own = NULL;
    int bad = sd_bus_open_system(&own);
    if (bad < 0)
        return no_bus(bad);
    answer = ask(own, pid, start, uid, action, details, TRUE);
    sd_bus_close_unref(own);
    return answer;
}
