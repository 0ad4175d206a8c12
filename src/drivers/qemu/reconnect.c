/* A daemon that starts: which guests run already, by their status files, and which are to be started now.
 *
 * The files are read at once; each monitor is connected by a worker, while a job on its guest keeps changes out.  Queries
 * answer meanwhile by what the file says.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "drivers/qemu/access.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/graphics.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/hotplug.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/news.h"
#include "drivers/qemu/perf.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/save.h"
#include "drivers/qemu/status.h"
#include "drivers/qemu/volume.h"

#define TAKEOVER VIR_DOMAIN_JOB_OPERATION_START
#define UNFINISHED_MS 10000

static int
connect_monitor(QemuRun *run)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(run->domain_dir, "monitor.sock", NULL);
    if (strlen(path) >= sizeof(address.sun_path))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "UNIX socket path '%s' too long", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return vr_error_system(VIR_FROM_QEMU, error, "failed to connect to monitor socket '%s'", path);
    }
    qemu_run_connect(run, fd);
    json_t *hello = qemu_qmp_call(run->qmp, "qmp_capabilities", NULL, QEMU_QMP_PATIENCE);
    json_decref(hello);
    if (!hello)
        return -1;
    qemu_run_want_events(run);
    return 0;
}

/* What the emulator says that the guest does, where that is not what we knew. */
static void
learn_state(QemuChange *c, const json_t *status)
{
    const char *at = json_string_value(json_object_get(status, "status"));
    VrGuestState *next = c->next;
    if (!at)
        return;
    if (json_is_true(json_object_get(status, "running"))) {
        if (next->state != VIR_DOMAIN_RUNNING) {
            next->state = VIR_DOMAIN_RUNNING;
            next->reason = VIR_DOMAIN_RUNNING_UNPAUSED;
        }
        return;
    }
    static const struct {
        const char *at;
        int state, reason;
    } states[] = {
        {"io-error", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR},
        {"watchdog", VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG},
        {"guest-panicked", VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED},
        {"shutdown", VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN},
        {"suspended", VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
        if (strcmp(states[i].at, at) == 0) {
            next->state = states[i].state;
            next->reason = states[i].reason;
            return;
        }
    }
    if (next->state != VIR_DOMAIN_PAUSED) {
        next->state = VIR_DOMAIN_PAUSED;
        next->reason = VIR_DOMAIN_PAUSED_UNKNOWN;
    }
}

/* A daemon before us died while it saved or dumped: the guest goes on. */
static void
cancel_job(QemuChange *c)
{
    bool interrupted = c->next->state == VIR_DOMAIN_PAUSED && (c->next->reason == VIR_DOMAIN_PAUSED_SAVE ||
                                                              c->next->reason == VIR_DOMAIN_PAUSED_DUMP);
    if (!interrupted)
        return;
    qemu_do(c, "migrate_cancel", NULL);
    if (qemu_do(c, "cont", NULL) == 0) {
        c->next->state = VIR_DOMAIN_RUNNING;
        c->next->reason = VIR_DOMAIN_RUNNING_SAVE_CANCELED;
    }
    vr_error_clear();
}

/* Devices that went, or never came, while no daemon looked. */
static void
forget_devices(QemuChange *c)
{
    static const char *const elements[] = {"disk", "interface", "hostdev", "rng", "memory", "redirdev"};
    const GPtrArray *there = qemu_guest_part(c->next)->devices;
    for (gsize i = 0; there && i < G_N_ELEMENTS(elements); i++) {
        const QemuPart *part = qemu_part(elements[i]);
        for (size_t at = qemu_part_count(vr_guest_now(c->next), part); at-- > 0;) {
            const void *device = qemu_part_at(vr_guest_now(c->next), part, at);
            const char *alias = qemu_part_alias(part, device);
            bool floppy = i == 0 && ((const DomainDisk *)device)->device == DOMAIN_DISK_DEVICE_FLOPPY;
            if (!alias || floppy || g_ptr_array_find_with_equal_func((GPtrArray *)there, alias, g_str_equal, NULL))
                continue;
            vr_log(VR_LOG_INFO, "qemu", "guest '%s' has lost its device '%s' meanwhile", c->guest->stored.name, alias);
            qemu_device_gone(c, part, at);
            there = qemu_guest_part(c->next)->devices;
        }
    }
}

/* What was saved of a guest that runs is its past: starting from it later would meet disks that went on. */
static void
forget_image(QemuChange *c)
{
    g_autofree char *path = qemu_managed_save_path(c->driver, vr_guest_now(c->next)->name);
    g_unlink(path);
    c->next->managed_save = false;
}

static void
end_takeover(QemuRun *run)
{
    vr_mutex_lock(&run->lock);
    run->job = (QemuJob){0};
    vr_cond_broadcast(&run->changed);
    vr_mutex_unlock(&run->lock);
}

static void
take_over_one(QemuRun *run)
{
    g_auto(QemuChange) c = {0};
    int connected = connect_monitor(run);
    qemu_change_begin_guest(&c, run->driver, vr_stored_ref(run->guest));
    if (qemu_run_of(c.next) != run) {
        end_takeover(run);
        return; /* it ended meanwhile */
    }
    json_t *status = connected == 0 ? qemu_ask(&c, "query-status", NULL) : NULL;
    if (!status) {
        vr_log(VR_LOG_ERROR, "qemu", "guest '%s' cannot be taken over: %s", run->guest->stored.name,
               vr_error_last()->message ? vr_error_last()->message : "");
        g_atomic_int_set(&run->stopping, 1);
        qemu_run_kill(run, FALSE);
        qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
        end_takeover(run);
        vr_error_clear();
        return;
    }
    cancel_job(&c);
    learn_state(&c, status);
    json_decref(status);
    qemu_live_refresh(&c);
    qemu_perf_begin(run, vr_guest_now(c.next));
    forget_devices(&c);
    forget_image(&c);
    end_takeover(run);
    if (c.next->state == VIR_DOMAIN_SHUTDOWN && vr_guest_now(c.next)->on_poweroff != DOMAIN_LIFECYCLE_PRESERVE) {
        g_atomic_int_set(&run->stopping, 1);
        qemu_run_kill(run, FALSE);
        qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
    } else {
        qemu_change_publish(&c);
    }
    vr_error_clear();
}

/* On a worker. */
static void
take_over_work(void *data)
{
    g_autoptr(QemuRun) run = data;
    take_over_one(run);
    g_atomic_int_add(&run->driver->busy, -1);
}

/* Whether process PID is an emulator of guest DEF. */
static bool
is_emulator_of(pid_t pid, const DomainDef *def)
{
    g_autofree char *path = g_strdup_printf("/proc/%ld/cmdline", (long)pid), *text = NULL;
    g_autofree char *name = g_strdup_printf("guest=%s", def->name);
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return false;
    for (gsize at = 0; at < length; at += strlen(text + at) + 1) {
        if (g_str_has_prefix(text + at, name) && (!text[at + strlen(name)] || text[at + strlen(name)] == ','))
            return true;
    }
    return false;
}

/* A daemon before us died while it started this guest: nobody was told that it runs, so it does not. */
static void
end_unfinished(QemuRun *run, pid_t pid, const DomainDef *def)
{
    g_autofree char *text = NULL;
    if (pid <= 0 && g_file_get_contents(run->pid_path, &text, NULL, NULL))
        pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
    int fd = pid > 0 && is_emulator_of(pid, def) ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (fd < 0)
        return;
    struct pollfd gone = {fd, POLLIN, 0};
    syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
    poll(&gone, 1, UNFINISHED_MS);
    close(fd);
}

static char **
flags_of(const DomainStatusDef *status)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; status->qemu_caps && i < status->qemu_caps->n_flag; i++)
        g_ptr_array_add(names, g_strdup(status->qemu_caps->flag[i]->name));
    if (!names->len)
        return NULL;
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

/* Put the running guest of STATUS into the table: its run, or NULL when it cannot be. */
static QemuRun *
adopt(QemuDriver *driver, DomainStatusDef *status, const char *path)
{
    DomainDef *def = g_steal_pointer(&status->domain);
    int id = def->id;
    g_auto(QemuChange) c = {0};
    bool existed = false;
    if (qemu_domain_add(&c, driver, def, true, &existed) < 0)
        return NULL;
    DomainDef *now = vr_guest_change_now(&c.change);
    now->id = id;
    if (id >= driver->next_id)
        driver->next_id = id + 1;
    g_autoptr(QemuRun) run = qemu_run_new(driver, c.guest);
    QemuGuest *guest = qemu_guest_part(c.next);
    run->status_path = g_strdup(path);
    run->pid_path = g_strdup_printf("%s/%s.pid", driver->paths.state, now->name);
    run->log_path = g_strdup_printf("%s/%s.log", driver->paths.log, now->name);
    run->domain_dir = status->lib_dir ? g_strdup(status->lib_dir)
                      : status->monitor ? g_path_get_dirname(status->monitor->path)
                                        : g_strdup_printf("%s/domain-%d-%s", driver->paths.lib, id, now->name);
    for (size_t i = 0; i < status->n_taint; i++) {
        for (int t = 0; t < QEMU_N_TAINTS; t++)
            run->taints |= g_strcmp0(status->taint[i]->flag, qemu_taint_names[t]) == 0 ? 1 << t : 0;
    }
    run->reboot_next = status->fakereboot;
    run->flags = flags_of(status);
    run->next_node = (unsigned)MAX(status->node_index, qemu_blockdev_note(now));
    run->job = (QemuJob){.operation = TAKEOVER, .owner = "the daemon's start", .started = g_get_monotonic_time()};
    guest->run = qemu_run_ref(run);
    guest->agent_timeout = status->agent_timeout;
    guest->agent_timeout_set = status->agent_timeout != VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK;
    c.next->state = status->state;
    c.next->reason = qemu_status_reason(status->state, status->reason);
    if (status->state == VIR_DOMAIN_PAUSED && c.next->reason == VIR_DOMAIN_PAUSED_STARTING_UP)
        end_unfinished(run, status->pid, now);
    bool alive = status->pid > 0 && is_emulator_of(status->pid, now) && kill(status->pid, 0) == 0 && qemu_run_watch(run, status->pid, true) == 0;
    if (!alive) {
        run->exited = TRUE;
        run->pid = 0;
    }
    if (qemu_volumes_find(run->driver, now) < 0)
        vr_error_clear(); /* the emulator has it open all the same */
    qemu_resources_find(run, now);
    qemu_access_adopt(run, now);
    qemu_net_host_adopt(run, now);
    qemu_helpers_adopt(run);
    qemu_graphics_adopt(run, now);
    vr_process_hold();
    if (alive) {
        vr_guest_change_publish(&c.change);
        return g_steal_pointer(&run);
    }
    vr_error_clear();
    end_takeover(run);
    qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED);
    return NULL;
}

void
qemu_take_over(QemuDriver *driver)
{
    g_autoptr(GDir) dir = g_dir_open(driver->paths.state, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (!g_str_has_suffix(name, ".xml"))
            continue;
        g_autofree char *path = g_build_filename(driver->paths.state, name, NULL);
        g_autoptr(DomainStatusDef) status = qemu_status_read(driver, path);
        if (!status || !status->domain) {
            vr_log(VR_LOG_ERROR, "qemu", "'%s' tells of no guest: %s", path,
                   vr_error_last()->message ? vr_error_last()->message : "");
            vr_error_clear();
            continue;
        }
        vr_loop_start();
        QemuRun *run = adopt(driver, status, path);
        if (!run)
            continue;
        g_atomic_int_inc(&driver->busy);
        vr_loop_work(FALSE, take_over_work, NULL, run);
    }
}

typedef struct {
    QemuDriver *driver;
    VrGuest *guest;
} Autostart;

static void
autostart_one(QemuDriver *driver, VrGuest *guest)
{
    g_autoptr(VrGuestState) state = vr_guest_state(guest);
    const char *name = vr_guest_now(state)->name;
    g_auto(QemuChange) c = {0};
    qemu_change_begin_guest(&c, driver, vr_stored_ref(guest));
    if (c.next->gone || vr_guest_is_active(c.next))
        return;
    if (c.next->autostart_once) {
        g_autofree char *link = qemu_autostart_link(driver, name, true);
        g_unlink(link);
        c.next->autostart_once = false;
        qemu_change_publish(&c);
    }
    if (qemu_boot(&c, 0) < 0)
        vr_log(VR_LOG_ERROR, "qemu", "guest '%s' does not start by itself: %s", name,
               vr_error_last()->message ? vr_error_last()->message : "");
    vr_error_clear();
}

/* On a worker. */
static void
autostart_work(void *data)
{
    g_autofree Autostart *start = data;
    g_autoptr(VrGuest) guest = start->guest;
    autostart_one(start->driver, guest);
    g_atomic_int_add(&start->driver->busy, -1);
}

/* Only once while the host is up: guests that were stopped since stay so when the daemon starts again. */
static bool
first_start(const QemuDriver *driver)
{
    g_autofree char *mark = g_build_filename(driver->paths.state, "autostarted", NULL);
    if (g_file_test(mark, G_FILE_TEST_EXISTS) || g_mkdir_with_parents(driver->paths.state, 0755) < 0)
        return false;
    return g_file_set_contents_full(mark, "", 0, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

void
qemu_autostart_all(QemuDriver *driver)
{
    g_autoptr(GPtrArray) guests = vr_table_list(driver->domains);
    bool any = false;
    for (guint i = 0; i < guests->len && !any; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(guests->pdata[i]);
        any = state->autostart || state->autostart_once;
    }
    if (!first_start(driver) || !any)
        return;
    vr_loop_start();
    for (guint i = 0; i < guests->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(guests->pdata[i]);
        if ((state->autostart || state->autostart_once) && !vr_guest_is_active(state)) {
            Autostart *start = g_new0(Autostart, 1);
            *start = (Autostart){driver, vr_stored_ref(guests->pdata[i])};
            g_atomic_int_inc(&driver->busy);
            vr_loop_work(FALSE, autostart_work, NULL, start);
        }
    }
}

void
qemu_destroy_owned(QemuDriver *driver, virConnectPtr conn)
{
    g_autoptr(GPtrArray) guests = vr_table_list(driver->domains);
    for (guint i = 0; i < guests->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(guests->pdata[i]);
        QemuRun *run = qemu_run_of(state);
        if (!run || g_atomic_pointer_get(&run->owner) != conn)
            continue;
        g_auto(QemuChange) c = {0};
        g_atomic_int_set(&run->stopping, 1);
        qemu_run_kill(run, FALSE);
        qemu_change_begin_guest(&c, driver, vr_stored_ref(guests->pdata[i]));
        if (qemu_run_of(c.next) == run)
            qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    }
}
