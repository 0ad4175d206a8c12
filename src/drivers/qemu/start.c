/* Starting a guest, step by step, and undoing what was done when a step fails.
 *
 * Called on a client's thread with the guest's turn; what is slow (the emulator's own start) is waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "drivers/qemu/access.h"
#include "drivers/qemu/agent.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/fault.h"
#include "drivers/qemu/graphics.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/launch.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/perf.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/run.h"
#include "drivers/qemu/throttle.h"
#include "drivers/qemu/vcpus.h"
#include "drivers/qemu/volume.h"

/* One start in the making. */
typedef struct {
    QemuChange *c;
    QemuRun *run;
    QemuCommand *command;
    int listener, log; /* -1: not open */
    const QemuIncoming *incoming; /* NULL: the guest boots */
    bool paused;                  /* and does not run yet */
} Start;

static int
make_folder(const char *path, mode_t mode)
{
    if (g_mkdir_with_parents(path, mode) == 0)
        return 0;
    return vr_error_system(VIR_FROM_QEMU, errno, "cannot create directory '%s'", path);
}

/* The same for the emulator alone; the way there is everybody's. */
static int
make_own_folder(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    return make_folder(parent, 0755) < 0 ? -1 : make_folder(path, 0750);
}

/* Folders that the guest's own sockets and files go to. */
static int
make_folders(Start *start)
{
    const QemuPaths *paths = &start->c->driver->paths;
    const char *name = start->command->short_name;
    g_autofree char *channels = g_strdup_printf("%s/channel/target/domain-%s", paths->lib, name);
    g_autofree char *ram = g_strdup_printf("%s/ram/%s", paths->lib, name);
    if (make_folder(paths->log, 0755) < 0 || make_own_folder(start->command->domain_dir) < 0 ||
        make_own_folder(channels) < 0)
        return -1;
    if (qemu_access_give(start->c->driver, start->command->domain_dir) < 0 || qemu_access_give(start->c->driver, channels) < 0)
        return -1;
    const DomainMemoryBacking *backing = vr_guest_now(start->c->next)->memory_backing;
    return backing && backing->source == DOMAIN_MEMORY_BACKING_SOURCE_FILE
               ? make_own_folder(ram) < 0 ? -1 : qemu_access_give(start->c->driver, ram) : 0;
}

#define KEY_BYTES 32

/* The key under which secrets are handed to the emulator. */
static int
write_key(Start *start)
{
    unsigned char key[KEY_BYTES];
    g_autofree char *path = g_build_filename(start->command->domain_dir, "master-key.aes", NULL);
    if (getrandom(key, sizeof(key), 0) != sizeof(key))
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot make a key for '%s'", start->command->def->name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, key, sizeof(key)) == (ssize_t)sizeof(key);
    if (fd >= 0)
        close(fd);
    if (!written)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot write '%s'", path);
    return qemu_access_give(start->c->driver, path);
}

/* A guest that boots for the first time gets its firmware's variables as they came. */
static int
copy_variables(Start *start)
{
    const DomainOsNvram *nvram = start->command->def->os.nvram;
    if (!nvram || !nvram->path || access(nvram->path, F_OK) == 0)
        return 0;
    if (!nvram->template)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                        "unable to find any master var store for loader: %s", start->command->def->os.loader->value);
    g_autofree char *folder = g_path_get_dirname(nvram->path), *bytes = NULL;
    gsize length;
    g_autoptr(GError) error = NULL;
    if (make_folder(folder, 0755) < 0)
        return -1;
    if (!g_file_get_contents(nvram->template, &bytes, &length, &error) ||
        !g_file_set_contents_full(nvram->path, bytes, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "cannot make variables '%s': %s", nvram->path,
                        error->message);
    return 0;
}

/* The monitor's socket listens before the emulator runs, so that connecting to it never fails for being early. */
static int
open_monitor(Start *start)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *path = g_build_filename(start->command->domain_dir, "monitor.sock", NULL);
    start->listener = qemu_listen(start->c->driver, path);
    if (start->listener < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return vr_error_system(VIR_FROM_QEMU, error, "cannot connect to '%s'", path);
    }
    qemu_run_connect(start->run, fd);
    return 0;
}

static int
open_log(Start *start)
{
    g_autofree char *name = g_strconcat(start->command->def->name, ".log", NULL);
    g_autofree char *now = NULL;
    g_autoptr(GDateTime) time = g_date_time_new_now_utc();
    start->run->log_path = g_build_filename(start->c->driver->paths.log, name, NULL);
    start->log = open(start->run->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (start->log < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot open log '%s'", start->run->log_path);
    now = g_date_time_format(time, "%Y-%m-%d %H:%M:%S.000+0000");
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s: starting up vireo\n", now);
    for (guint i = 0; i < start->command->env->len; i++)
        g_string_append_printf(text, "%s \\\n", (const char *)start->command->env->pdata[i]);
    for (guint i = 0; i < start->command->args->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", (const char *)start->command->args->pdata[i]);
    g_string_append_c(text, '\n');
    return write(start->log, text->str, text->len) < 0
               ? vr_error_system(VIR_FROM_QEMU, errno, "cannot write log '%s'", start->run->log_path) : 0;
}

/* An emulator that died says why itself. */
static int
start_died(Start *start, const char *what)
{
    if (!qemu_run_wait(start->run, 200))
        return -1;
    g_autofree char *words = qemu_run_last_words(start->run);
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "process exited while %s: %s", what, words);
}

/* Ask the monitor, on behalf of a start: an emulator that died says why itself. */
static json_t *
ask(Start *start, const char *command, json_t *arguments)
{
    json_t *result = qemu_qmp_call(start->run->qmp, command, arguments, QEMU_QMP_PATIENCE);
    if (!result)
        start_died(start, "connecting to monitor");
    return result;
}

static int
do_ask(Start *start, const char *command, json_t *arguments)
{
    json_t *result = ask(start, command, arguments);
    json_decref(result);
    return result ? 0 : -1;
}

static int
set_passwords(Start *start)
{
    return qemu_graphics_passwords(start->run, start->command->def) < 0 ? start_died(start, "setting passwords"), -1 : 0;
}

/* The balloon takes back what the guest may not use yet. */
static int
set_balloon(Start *start)
{
    const DomainDef *def = start->command->def;
    const DomainMemballoon *balloon = def->devices.memballoon;
    if (balloon && balloon->model != DOMAIN_MEMBALLOON_MODEL_NONE && balloon->stats_period && balloon->address &&
        qemu_balloon_period(start->run, def) < 0)
        return -1;
    if (!balloon || balloon->model == DOMAIN_MEMBALLOON_MODEL_NONE || start->incoming ||
        def->current_memory >= def->memory.value)
        return 0;
    json_t *arguments = json_object();
    qemu_put_number(arguments, "value", (long long)(def->current_memory * 1024));
    return do_ask(start, "balloon", arguments);
}

/* From here on whoever takes over finds what a start has made so far: a guest that is starting up is one to be ended. */
static int
note(Start *start)
{
    VrGuestState *next = start->c->next;
    vr_guest_set_def(&next->now, vr_guest_def_new(domain_def_copy(start->command->def)));
    QemuGuest *part = qemu_guest_part(next);
    if (!part->run)
        part->run = qemu_run_ref(start->run);
    next->state = VIR_DOMAIN_PAUSED;
    next->reason = VIR_DOMAIN_PAUSED_STARTING_UP;
    qemu_status_write(start->c->driver, next);
    return 0;
}

static int
begin_notes(Start *start)
{
    DomainDef *def = start->command->def;
    const QemuPaths *paths = &start->c->driver->paths;
    if (make_folder(paths->state, 0755) < 0)
        return -1;
    start->run->domain_dir = g_strdup(start->command->domain_dir);
    start->run->status_path = g_strdup_printf("%s/%s.xml", paths->state, def->name);
    start->run->pid_path = g_strdup_printf("%s/%s.pid", paths->state, def->name);
    qemu_access_label(start->c->driver, def);
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        DomainNet *net = def->devices.interface[i];
        static const unsigned char none[VR_UUID_SIZE];
        if (net->type == NET_TYPE_NETWORK && memcmp(net->source.portid, none, sizeof(none)) == 0)
            vr_uuid_generate(net->source.portid);
    }
    return note(start);
}

static int
choose_ports(Start *start)
{
    return qemu_graphics_prepare(start->run, start->command->def);
}

static int
refresh(Start *start)
{
    return qemu_live_refresh(start->c);
}

static int
make_group(Start *start)
{
    return qemu_resources_make(start->run, start->command->def);
}

static int
grant(Start *start)
{
    return qemu_access_grant(start->run, start->command->def);
}

static int
run_emulator(Start *start)
{
    g_autoptr(GArray) keep = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(keep, start->listener);
    if (start->incoming)
        g_array_append_val(keep, start->incoming->fd);
    g_array_append_vals(keep, start->command->passed->data, start->command->passed->len);
    const QemuLaunch launch = {start->run, start->command, start->log, (const int *)(const void *)keep->data, keep->len};
    pid_t pid = qemu_launch(&launch);
    return pid < 0 ? -1 : qemu_run_watch(start->run, pid, false);
}

static int
place_threads(Start *start)
{
    return qemu_resources_place(start->c);
}

static int
greet(Start *start)
{
    if (do_ask(start, "qmp_capabilities", NULL) < 0)
        return -1;
    qemu_run_want_events(start->run);
    return qemu_set_reboot_action(start->run, vr_guest_now(start->c->next));
}

static int
find_volumes(Start *start)
{
    return qemu_volumes_find(start->c->driver, start->command->def);
}

static int
connect_networks(Start *start)
{
    QemuCommand *command = start->command;
    qemu_assign_aliases(command->def);
    for (size_t i = 0; i < command->def->devices.n_interface; i++) {
        DomainNet *net = command->def->devices.interface[i];
        QemuNetEnds *ends = qemu_net_has_end(net) ? qemu_net_host_connect(start->run, command->def, net) : NULL;
        if (ends)
            g_hash_table_insert(command->ends, net, ends);
        else if (qemu_net_has_end(net))
            return -1;
    }
    return 0;
}

static int
start_helpers(Start *start)
{
    return qemu_helpers_start(start->run, start->command);
}

static int
build(Start *start)
{
    g_autofree char *monitor = g_strdup_printf("%d", start->listener);
    if (qemu_command_build(start->command) < 0)
        return -1;
    /* the socket is open already: the emulator gets its number */
    for (guint i = 0; i + 1 < start->command->args->len; i++) {
        char *value = start->command->args->pdata[i + 1];
        if (strcmp(start->command->args->pdata[i], "-chardev") != 0 ||
            !g_str_has_prefix(value, "socket,id=charmonitor,"))
            continue;
        start->command->args->pdata[i + 1] =
            g_strdup_printf("socket,id=charmonitor,fd=%s,server=on,wait=off", monitor);
        g_free(value);
    }
    return 0;
}

/* From here on the guest is what the command line made of it, and whoever takes over finds it. */
static int
settle(Start *start)
{
    start->run->next_node = qemu_blockdev_note(start->command->def);
    return note(start);
}

#define INCOMING_MS (30 * 60 * 1000) /* a guest's memory from a slow disk */

static int
load_memory(Start *start)
{
    if (!start->incoming)
        return 0;
    json_t *arguments = json_object();
    qemu_put_format(arguments, "uri", "fd:%d", start->incoming->fd);
    if (do_ask(start, "migrate-incoming", arguments) < 0)
        return -1;
    return qemu_run_wait_migration(start->run, INCOMING_MS) < 0 ? start_died(start, "restoring") : 0;
}

static int
plug_processors(Start *start)
{
    return qemu_vcpus_plug_first(start->run, start->command->def);
}

static int
throttle(Start *start)
{
    const DomainDef *def = vr_guest_now(start->c->next);
    qemu_perf_begin(start->run, def);
    return qemu_throttle_all(start->run, def);
}

static int
resume(Start *start)
{
    return start->paused ? 0 : do_ask(start, "cont", NULL);
}

/* In this order; whatever was done is undone by one function when one of them fails. */
static const struct {
    const char *name;
    int (*run)(Start *start);
} steps[] = {
    {"notes", begin_notes},
    {"folders", make_folders},
    {"key", write_key},
    {"ports", choose_ports},
    {"monitor", open_monitor},
    {"volumes", find_volumes},
    {"group", make_group},
    {"networks", connect_networks},
    {"names", note},
    {"helpers", start_helpers},
    {"build", build},
    {"variables", copy_variables},
    {"log", open_log},
    {"grant", grant},
    {"emulator", run_emulator},
    {"settle", settle},
    {"greet", greet},
    {"processors", plug_processors},
    {"passwords", set_passwords},
    {"throttles", throttle},
    {"memory", load_memory},
    {"balloon", set_balloon},
    {"refresh", refresh},
    {"threads", place_threads},
    {"resume", resume},
};

static void
undo(Start *start)
{
    virErrorPtr saved = vr_error_save();
    g_atomic_int_set(&start->run->stopping, 1);
    if (start->run->pid > 0)
        qemu_run_kill(start->run, FALSE);
    if (start->run->qmp)
        qemu_qmp_close(start->run->qmp);
    qemu_run_clean(start->run);
    vr_error_restore(saved);
}

static void
start_clear(Start *start)
{
    if (start->listener >= 0)
        close(start->listener);
    if (start->log >= 0)
        close(start->log);
    qemu_command_free(start->command);
    qemu_run_unref(start->run);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static int
run_steps(Start *start)
{
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        gint64 begun = g_get_monotonic_time();
        if (steps[i].run(start) < 0 || qemu_fault("start", steps[i].name) < 0)
            return -1;
        vr_debug("qemu", "start of '%s': %s took %" G_GINT64_FORMAT " us", start->command->def->name, steps[i].name,
                 g_get_monotonic_time() - begun);
    }
    return 0;
}

int
qemu_start_from(QemuChange *c, unsigned flags, const QemuIncoming *incoming)
{
    VrGuestState *next = c->next;
    g_autoptr(QemuCaps) caps = qemu_caps_of(c->driver->caps, vr_guest_now(next)->devices.emulator);
    if (!caps)
        return -1;
    /* what changes while it runs must not touch what the next start uses */
    if (next->persistent && !next->config)
        next->config = vr_guest_def_ref(next->now);
    DomainDef *def = vr_guest_change_now(&c->change);
    def->id = g_atomic_int_add(&c->driver->next_id, 1);
    g_auto(Start) start = {.c = c, .run = qemu_run_new(c->driver, c->guest), .listener = -1, .log = -1, .incoming = incoming,
                           .paused = incoming ? incoming->paused : flags & VIR_DOMAIN_START_PAUSED};
    start.command = qemu_command_new(c->driver, caps, def, false);
    start.command->incoming = incoming != NULL;
    bool paused = start.paused;
    vr_loop_start();
    if (run_steps(&start) < 0) {
        undo(&start);
        vr_guest_change_again(&c->change);
        c->next = c->change.next;
        return -1;
    }
    vr_process_hold();
    next->state = paused ? VIR_DOMAIN_PAUSED : VIR_DOMAIN_RUNNING;
    next->reason = paused ? (int)VIR_DOMAIN_PAUSED_USER
                          : incoming ? incoming->run_reason : (int)VIR_DOMAIN_RUNNING_BOOTED;
    qemu_change_publish(c);
    qemu_agent_started(c);
    int detail = incoming ? incoming->event_detail : (int)VIR_DOMAIN_EVENT_STARTED_BOOTED;
    bool boots = !paused && !incoming; /* then its processors' first step is told before the start as a whole */
    if (boots)
        qemu_emit_lifecycle(c, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    qemu_emit_lifecycle(c, VIR_DOMAIN_EVENT_STARTED, detail);
    if (paused)
        qemu_emit_lifecycle(c, VIR_DOMAIN_EVENT_SUSPENDED, incoming ? VIR_DOMAIN_EVENT_SUSPENDED_RESTORED
                                                                    : VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    else if (!boots)
        qemu_emit_lifecycle(c, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    return 0;
}

int
qemu_start(QemuChange *c, unsigned flags)
{
    return qemu_start_from(c, flags, NULL);
}

void
qemu_set_state(QemuChange *c, int state, int reason, int event, int detail)
{
    c->next->state = state;
    c->next->reason = reason;
    qemu_change_publish(c);
    if (event >= 0)
        qemu_emit_lifecycle(c, event, detail);
}

void
qemu_stopped(QemuChange *c, int reason, int detail)
{
    VrGuestState *next = c->next;
    g_autoptr(QemuRun) run = qemu_run_ref(qemu_run_of(next));
    int id = vr_guest_id(next);
    if (run) {
        static const char *const words[] = {"unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed",
                                            "from-snapshot", "daemon"};
        if (reason >= 0 && reason < (int)G_N_ELEMENTS(words))
            qemu_run_log(run, "shutting down, reason=%s", words[reason]);
        if (run->qmp)
            qemu_qmp_close(run->qmp);
        qemu_run_clean(run);
        vr_process_release();
    }
    if (next->driver) {
        QemuGuest *guest = next->driver;
        g_clear_pointer(&guest->run, qemu_run_unref);
        g_clear_pointer(&guest->vcpus, g_array_unref);
        g_clear_pointer(&guest->devices, g_ptr_array_unref);
    }
    next->state = VIR_DOMAIN_SHUTOFF;
    next->reason = reason;
    if (next->config)
        vr_guest_set_def(&next->now, g_steal_pointer(&next->config));
    else
        vr_guest_change_now(&c->change)->id = -1;
    next->gone = !next->persistent;
    qemu_change_publish(c);
    const DomainDef *def = vr_guest_now(next);
    VrEventArgs args = {.n = {VIR_DOMAIN_EVENT_STOPPED, detail}};
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, def->name, def->uuid,
                  next->gone ? id : -1, &args);
    if (next->gone)
        vr_table_remove(c->driver->domains, c->guest);
}
