/* Running guests: their end, and the events that their monitors report, dealt with in order.
 *
 * The loop's thread only takes notes; a worker deals with them, because changing a guest may have to wait for its turn.
 */
#include "drivers/qemu/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/loop.h"
#include "base/log.h"
#include "drivers/qemu/access.h"
#include "drivers/qemu/agent.h"
#include "drivers/qemu/console.h"
#include "drivers/qemu/graphics.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/hotplug.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/news.h"
#include "drivers/qemu/perf.h"
#include "drivers/qemu/resources.h"

/* Something that happened to a guest by itself. */
typedef struct {
    char *name; /* QMP's name; NULL: the process ended */
    json_t *data;
} QemuRunEvent;

static void
event_free(QemuRunEvent *event)
{
    g_free(event->name);
    json_decref(event->data);
    g_free(event);
}

QemuRun *
qemu_run_new(QemuDriver *driver, VrGuest *guest)
{
    QemuRun *run = g_new0(QemuRun, 1);
    run->refs = 1;
    run->driver = driver;
    run->guest = vr_stored_ref(guest);
    vr_mutex_init(&run->lock);
    vr_cond_init(&run->changed);
    g_queue_init(&run->events);
    run->nets = g_ptr_array_new_with_free_func((GDestroyNotify)domain_net_free);
    run->helpers = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_helper_free);
    run->ports = g_array_new(FALSE, FALSE, sizeof(QemuPort));
    run->owned = g_ptr_array_new_with_free_func(g_free);
    return run;
}

QemuRun *
qemu_run_ref(QemuRun *run)
{
    if (run)
        g_atomic_int_inc(&run->refs);
    return run;
}

void
qemu_run_unref(QemuRun *run)
{
    if (!run || !g_atomic_int_dec_and_test(&run->refs))
        return;
    while (!g_queue_is_empty(&run->events))
        event_free(g_queue_pop_head(&run->events));
    qemu_agent_free(run);
    qemu_consoles_free(run);
    qemu_perf_free(run);
    qemu_qmp_unref(run->qmp);
    vr_guest_unref(run->guest);
    g_free(run->domain_dir);
    g_free(run->log_path);
    g_free(run->pid_path);
    g_free(run->status_path);
    g_free(run->migration);
    json_decref(run->job.migration);
    vr_cgroup_free(run->cgroup);
    g_ptr_array_unref(run->owned);
    g_strfreev(run->flags);
    g_array_unref(run->ports);
    g_ptr_array_unref(run->helpers);
    g_ptr_array_unref(run->nets);
    vr_mutex_clear(&run->lock);
    vr_cond_clear(&run->changed);
    g_free(run);
}

/* A shutdown that the guest finished: what its definition says about it. */
static void
powered_off(QemuChange *c, QemuRun *run, const json_t *data)
{
    bool guest = json_is_true(json_object_get(data, "guest"));
    const DomainDef *def = vr_guest_now(c->next);
    const char *reason = json_string_value(json_object_get(data, "reason"));
    bool at_reset = reason && g_str_has_suffix(reason, "reset"); /* one that is an end, as the definition wants it */
    int action = g_atomic_int_get(&run->reboot_next) ? DOMAIN_LIFECYCLE_RESTART : at_reset ? (int)def->on_reboot : (int)def->on_poweroff;
    qemu_set_state(c, VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, VIR_DOMAIN_EVENT_SHUTDOWN,
                   guest ? VIR_DOMAIN_EVENT_SHUTDOWN_GUEST : VIR_DOMAIN_EVENT_SHUTDOWN_HOST);
    if (action == DOMAIN_LIFECYCLE_RESTART || action == DOMAIN_LIFECYCLE_RENAME_RESTART) {
        g_atomic_int_set(&run->reboot_next, 0);
        json_t *reset = qemu_qmp_call(run->qmp, "system_reset", NULL, QEMU_QMP_PATIENCE);
        json_t *cont = reset ? qemu_qmp_call(run->qmp, "cont", NULL, QEMU_QMP_PATIENCE) : NULL;
        if (cont) {
            VrEventArgs args = {{0}};
            qemu_set_state(c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, -1, 0);
            vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_REBOOT, def->name, def->uuid, def->id,
                          &args);
        }
        json_decref(reset);
        json_decref(cont);
        vr_error_clear();
        return;
    }
    if (action == DOMAIN_LIFECYCLE_PRESERVE)
        return;
    g_atomic_int_set(&run->stopping, 1);
    qemu_run_kill(run, FALSE);
    qemu_stopped(c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
}

/* Why a guest that nobody paused does not run, by the emulator's word for it. */
static const struct {
    const char *status;
    int reason, detail;
} stops[] = {
    {"io-error", VIR_DOMAIN_PAUSED_IOERROR, VIR_DOMAIN_EVENT_SUSPENDED_IOERROR},
    {"watchdog", VIR_DOMAIN_PAUSED_WATCHDOG, VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG},
};

static void
stopped_by_itself(QemuChange *c, const char *status)
{
    for (gsize i = 0; i < G_N_ELEMENTS(stops); i++) {
        if (g_strcmp0(stops[i].status, status) == 0) {
            qemu_set_state(c, VIR_DOMAIN_PAUSED, stops[i].reason, VIR_DOMAIN_EVENT_SUSPENDED, stops[i].detail);
            return;
        }
    }
    qemu_set_state(c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN, VIR_DOMAIN_EVENT_SUSPENDED,
                   VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
}

/* The news may be old: a change that paused and resumed the guest had its turn first.  So what is now is asked for. */
static void
ran_or_stopped(QemuChange *c, QemuRun *run, const json_t *data)
{
    json_t *status = qemu_qmp_call(run->qmp, "query-status", NULL, QEMU_QMP_PATIENCE);
    if (!status) {
        vr_error_clear();
        return;
    }
    bool runs = json_is_true(json_object_get(status, "running"));
    if (!runs && c->next->state == VIR_DOMAIN_RUNNING)
        stopped_by_itself(c, json_string_value(json_object_get(status, "status")));
    else if (runs && c->next->state == VIR_DOMAIN_PAUSED)
        qemu_set_state(c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, VIR_DOMAIN_EVENT_RESUMED,
                       VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    json_decref(status);
}

static void
reset_by_itself(QemuChange *c, QemuRun *run, const json_t *data)
{
    const DomainDef *def = vr_guest_now(c->next);
    VrEventArgs args = {{0}};
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_REBOOT, def->name, def->uuid, def->id, &args);
}

static void
panicked(QemuChange *c, QemuRun *run, const json_t *data)
{
    if (vr_guest_now(c->next)->on_crash == DOMAIN_LIFECYCLE_PRESERVE) {
        qemu_set_state(c, VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, VIR_DOMAIN_EVENT_CRASHED,
                       VIR_DOMAIN_EVENT_CRASHED_PANICKED);
        return;
    }
    qemu_set_state(c, VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, VIR_DOMAIN_EVENT_CRASHED,
                   VIR_DOMAIN_EVENT_CRASHED_PANICKED);
    g_atomic_int_set(&run->stopping, 1);
    qemu_run_kill(run, FALSE);
    qemu_stopped(c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED);
}

static void
clock_changed(QemuChange *c, QemuRun *run, const json_t *data)
{
    const DomainDef *def = vr_guest_now(c->next);
    VrEventArgs args = {.n = {json_integer_value(json_object_get(data, "offset"))}};
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_RTC_CHANGE, def->name, def->uuid, def->id,
                  &args);
}

static void
balloon_changed(QemuChange *c, QemuRun *run, const json_t *data)
{
    unsigned long long kib = (unsigned long long)json_integer_value(json_object_get(data, "actual")) / 1024;
    DomainDef *def = vr_guest_change_now(&c->change);
    def->current_memory = kib;
    qemu_change_publish(c);
    VrEventArgs args = {.n = {(long long)kib}};
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, def->name, def->uuid, def->id,
                  &args);
}

/* A device that the guest has let go after nobody waited any more. */
static void
device_deleted(QemuChange *c, QemuRun *run, const json_t *data)
{
    const char *alias = json_string_value(json_object_get(data, "device"));
    size_t at;
    const QemuPart *part = alias ? qemu_part_by_alias(vr_guest_now(c->next), alias, &at) : NULL;
    if (part)
        qemu_device_gone(c, part, at);
}

static void
removal_failed(QemuChange *c, QemuRun *run, const json_t *data)
{
    VrEventArgs args = {.s = {json_string_value(json_object_get(data, "device"))}};
    if (args.s[0])
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, &args);
}

/* What each of QMP's events means for a guest that runs. */
static const struct {
    const char *name;
    void (*handle)(QemuChange *c, QemuRun *run, const json_t *data);
} handlers[] = {
    {"SHUTDOWN", powered_off},       {"STOP", ran_or_stopped}, {"RESUME", ran_or_stopped},
    {"RESET", reset_by_itself},      {"GUEST_PANICKED", panicked}, {"RTC_CHANGE", clock_changed},
    {"BALLOON_CHANGE", balloon_changed}, {"DEVICE_DELETED", device_deleted},
    {"DEVICE_UNPLUG_GUEST_ERROR", removal_failed}, {"MEM_UNPLUG_ERROR", removal_failed},
};

/* The process is gone and nobody asked it to go. */
static void
ended_by_itself(QemuChange *c, QemuRun *run)
{
    int status = run->status;
    bool crashed = status == -1 || WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
    if (c->next->state == VIR_DOMAIN_SHUTDOWN)
        qemu_stopped(c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
    else if (crashed)
        qemu_stopped(c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
    else
        qemu_stopped(c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
}

static void
handle(QemuRun *run, const QemuRunEvent *event)
{
    g_auto(QemuChange) c = {0};
    qemu_change_begin_guest(&c, run->driver, vr_stored_ref(run->guest));
    if (qemu_run_of(c.next) != run || g_atomic_int_get(&run->stopping))
        return; /* of a run that is over */
    if (!event->name) {
        ended_by_itself(&c, run);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(handlers[i].name, event->name) == 0)
            handlers[i].handle(&c, run, event->data);
    }
    qemu_news(&c, run, event->name, event->data);
}

/* On a worker: everything that has happened so far, in order. */
static void
drain(void *data)
{
    QemuRun *run = data;
    for (;;) {
        vr_mutex_lock(&run->lock);
        QemuRunEvent *event = g_queue_pop_head(&run->events);
        run->draining = event != NULL;
        vr_mutex_unlock(&run->lock);
        if (!event)
            break;
        handle(run, event);
        event_free(event);
    }
    qemu_run_unref(run);
}

#define MAX_EVENTS 10000 /* a guest that makes more than these while nobody looks loses some */

static void
note(QemuRun *run, const char *name, const json_t *data)
{
    QemuRunEvent *event = g_new0(QemuRunEvent, 1);
    event->name = g_strdup(name);
    event->data = json_incref((json_t *)data);
    vr_mutex_lock(&run->lock);
    bool begin = !run->draining;
    if (g_queue_get_length(&run->events) < MAX_EVENTS || !name)
        g_queue_push_tail(&run->events, g_steal_pointer(&event));
    run->draining = true;
    vr_mutex_unlock(&run->lock);
    if (event)
        event_free(event);
    if (begin)
        vr_loop_work(FALSE, drain, NULL, qemu_run_ref(run));
}

/* News that somebody waits for, on the loop's thread. */
static void
tell_waiting(QemuRun *run, const char *name, const json_t *data)
{
    g_autofree char *device = qemu_device_of_event(data);
    vr_mutex_lock(&run->lock);
    if (strcmp(name, "MIGRATION") == 0) {
        g_free(run->migration);
        run->migration = g_strdup(json_string_value(json_object_get(data, "status")));
    } else if (strcmp(name, "DUMP_COMPLETED") == 0) {
        g_free(run->migration);
        run->migration = g_strdup(json_string_value(json_object_get(json_object_get(data, "result"), "status")));
    } else if (device) {
        bool gone = strcmp(name, "DEVICE_DELETED") == 0;
        for (GSList *l = run->unplugs; l; l = l->next) {
            QemuUnplug *unplug = l->data;
            if (strcmp(unplug->alias, device) == 0 && unplug->state == 0)
                unplug->state = gone ? 1 : -1;
        }
    }
    vr_cond_broadcast(&run->changed);
    vr_mutex_unlock(&run->lock);
}

static void
on_event(const char *name, const json_t *message, void *opaque)
{
    static const char *const waited_for[] = {"MIGRATION", "DUMP_COMPLETED", "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR",
                                             "MEM_UNPLUG_ERROR", NULL};
    const json_t *data = json_object_get(message, "data");
    if (g_strv_contains(waited_for, name))
        tell_waiting(opaque, name, data);
    bool known = qemu_news_knows(name);
    for (gsize i = 0; i < G_N_ELEMENTS(handlers) && !known; i++)
        known = strcmp(handlers[i].name, name) == 0;
    if (known)
        note(opaque, name, data);
    qemu_monitor_event(opaque, name, message);
}

static void
on_closed(const char *why, void *opaque)
{
    /* the process' own end tells more; one that lives on without a monitor is of no use */
    QemuRun *run = opaque;
    vr_mutex_lock(&run->lock);
    bool alive = !run->exited && run->pid > 0;
    vr_mutex_unlock(&run->lock);
    g_atomic_int_set(&run->deaf, 1);
    vr_debug("qemu", "monitor of '%s' closed: %s", run->guest->stored.name, why);
    if (strcmp(why, QEMU_QMP_ENDED) != 0 && !g_atomic_int_get(&run->stopping))
        qemu_control_lost(run);
    if (alive)
        kill(run->pid, SIGTERM);
}

static const QemuQmpHooks hooks = {on_event, on_closed};

void
qemu_run_connect(QemuRun *run, int fd)
{
    run->qmp = qemu_qmp_new(fd, &hooks, run);
}

void
qemu_run_want_events(QemuRun *run)
{
    json_t *arguments = json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability", "events", "state", 1);
    json_decref(qemu_qmp_call(run->qmp, "migrate-set-capabilities", arguments, QEMU_QMP_PATIENCE));
    vr_error_clear();
}

static void
process_ended(VrSource *source, pid_t pid, int status, void *data)
{
    QemuRun *run = data;
    vr_mutex_lock(&run->lock);
    run->exited = TRUE;
    run->status = status;
    vr_cond_broadcast(&run->changed);
    vr_mutex_unlock(&run->lock);
    if (run->qmp)
        qemu_qmp_close(run->qmp);
    qemu_agent_drop(run);
    note(run, NULL, NULL);
}

static void
on_gone(void *data)
{
    qemu_run_unref(data);
}

/* A process that is no child of ours ended: nobody tells how. */
static void
adopted_ended(VrSource *source, int fd, unsigned events, void *data)
{
    vr_source_cancel(source);
    process_ended(NULL, 0, -1, data);
}

typedef struct {
    QemuRun *run;
    int fd;
} Adopted;

static void
adopted_gone(void *data)
{
    Adopted *adopted = data;
    close(adopted->fd);
    qemu_run_unref(adopted->run);
    g_free(adopted);
}

static void
adopted_ready(VrSource *source, int fd, unsigned events, void *data)
{
    Adopted *adopted = data;
    adopted_ended(source, fd, events, adopted->run);
}

static int
watch_adopted(QemuRun *run, pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot watch process %ld of '%s'", (long)pid, run->guest->stored.name);
    Adopted *adopted = g_new0(Adopted, 1);
    adopted->run = qemu_run_ref(run);
    adopted->fd = fd;
    vr_source_unref(vr_loop_watch(fd, VR_LOOP_READABLE, adopted_ready, adopted, adopted_gone));
    return 0;
}

int
qemu_run_watch(QemuRun *run, pid_t pid, bool adopted)
{
    run->pid = pid;
    if (adopted)
        return watch_adopted(run, pid);
    VrSource *source = vr_loop_child(pid, process_ended, qemu_run_ref(run), on_gone);
    if (!source) {
        qemu_run_unref(run);
        return -1;
    }
    vr_source_unref(source); /* the loop keeps it until the exit */
    return 0;
}

gboolean
qemu_run_wait(QemuRun *run, unsigned timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + timeout_ms * (gint64)1000;
    vr_mutex_lock(&run->lock);
    while (!run->exited && vr_cond_wait_until(&run->changed, &run->lock, deadline))
        continue;
    gboolean exited = run->exited;
    vr_mutex_unlock(&run->lock);
    return exited;
}

int
qemu_run_wait_migration(QemuRun *run, unsigned timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + timeout_ms * (gint64)1000;
    bool in_time = true;
    vr_mutex_lock(&run->lock);
    for (;;) {
        const char *at = run->migration;
        if (run->exited || !in_time ||
            (at && (strcmp(at, "completed") == 0 || strcmp(at, "failed") == 0 || strcmp(at, "cancelled") == 0)))
            break;
        in_time = vr_cond_wait_until(&run->changed, &run->lock, deadline);
    }
    g_autofree char *at = g_strdup(run->migration);
    bool exited = run->exited;
    vr_mutex_unlock(&run->lock);
    if (!exited && g_strcmp0(at, "completed") == 0)
        return 0;
    if (exited)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "domain is not running");
    if (g_strcmp0(at, "cancelled") == 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_ABORTED, "job was canceled by client");
    if (!in_time)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "the guest's memory did not pass within %u seconds",
                        timeout_ms / 1000);
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "job failed unexpectedly");
}

#define POLITE_MS 10000
#define FORCED_MS 30000

gboolean
qemu_run_kill(QemuRun *run, gboolean graceful_only)
{
    vr_mutex_lock(&run->lock);
    bool alive = !run->exited && run->pid > 0;
    vr_mutex_unlock(&run->lock);
    if (!alive)
        return TRUE;
    kill(run->pid, SIGTERM);
    kill(run->pid, SIGCONT); /* one that was stopped hears nothing otherwise */
    if (qemu_run_wait(run, POLITE_MS))
        return TRUE;
    if (graceful_only)
        return FALSE;
    kill(run->pid, SIGKILL);
    return qemu_run_wait(run, FORCED_MS);
}

void
qemu_run_log(const QemuRun *run, const char *format, ...)
{
    int fd = run->log_path ? open(run->log_path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    g_autofree char *line = g_strdup_printf("%s.%03d+0000: %s\n", time, g_date_time_get_microsecond(now) / 1000, text);
    ssize_t ignored = write(fd, line, strlen(line));
    (void)ignored;
    close(fd);
}

#define LAST_WORDS 1024

char *
qemu_run_last_words(const QemuRun *run)
{
    char text[LAST_WORDS + 1];
    int fd = open(run->log_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return g_strdup("");
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = MAX(end - LAST_WORDS, (off_t)0);
    ssize_t n = pread(fd, text, LAST_WORDS, from);
    close(fd);
    text[MAX(n, 0)] = '\0';
    /* the command line is ours, everything after it is the emulator's */
    char *begin = strstr(text, "-msg timestamp=on\n");
    g_autofree char *said = g_strdup(begin ? begin + strlen("-msg timestamp=on\n") : text);
    return g_strdup(g_strstrip(said));
}

#define DEEPEST 8

/* Emulators may have written there: no link is followed, and nothing goes deeper than anything of ours. */
static void
remove_folder(int at, const char *name, int depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!dots && unlinkat(fd, entry->d_name, 0) < 0 && errno != ENOENT && depth < DEEPEST)
            remove_folder(fd, entry->d_name, depth + 1);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    unlinkat(at, name, AT_REMOVEDIR);
}

/* Folders that are named for the guest in places that all guests share. */
static void
remove_shared(const QemuRun *run)
{
    const char *own = strrchr(run->domain_dir, '/');
    const char *name = own && g_str_has_prefix(own, "/domain-") ? own + strlen("/domain-") : NULL;
    if (!name)
        return;
    g_autofree char *channels = g_strdup_printf("%s/channel/target%s", run->driver->paths.lib, own);
    g_autofree char *ram = g_strdup_printf("%s/ram/%s", run->driver->paths.lib, name);
    remove_folder(AT_FDCWD, channels, 0);
    remove_folder(AT_FDCWD, ram, 0);
}

void
qemu_run_clean(QemuRun *run)
{
    qemu_helpers_stop(run, NULL);
    qemu_graphics_release(run);
    qemu_net_host_disconnect_all(run);
    qemu_access_revoke(run);
    qemu_resources_remove(run);
    if (run->domain_dir) {
        remove_folder(AT_FDCWD, run->domain_dir, 0);
        remove_shared(run);
    }
    if (run->pid_path)
        g_unlink(run->pid_path);
    if (run->status_path)
        g_unlink(run->status_path);
}
