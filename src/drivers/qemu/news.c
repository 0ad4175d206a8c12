/* What a running guest does by itself, as its emulator tells: errors of disks, trays, channels, watchdogs, displays, sleep.
 *
 * One function per event of QMP, called by run.c on a worker, in the guest's turn.
 */
#include "drivers/qemu/news.h"

#include <string.h>

#include "drivers/qemu/agent.h"
#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/vcpus.h"

static const char *
text_of(const json_t *data, const char *name)
{
    const char *text = json_string_value(json_object_get(data, name));
    return text ? text : "";
}

/* The place of WORD in NAMES, which end in NULL; OTHERWISE when it is not there. */
static int
place_of(const char *const *names, const char *word, int otherwise)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], word) == 0)
            return i;
    }
    return otherwise;
}

static void
watchdog(QemuChange *c, QemuRun *run, const json_t *data)
{
    static const char *const actions[] = {"none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi", NULL};
    int action = place_of(actions, text_of(data, "action"), VIR_DOMAIN_EVENT_WATCHDOG_NONE);
    VrEventArgs args = {.n = {action}};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_WATCHDOG, &args);
    if (action == VIR_DOMAIN_EVENT_WATCHDOG_PAUSE && c->next->state == VIR_DOMAIN_RUNNING)
        qemu_set_state(c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, VIR_DOMAIN_EVENT_SUSPENDED,
                       VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG);
}

/* The disk that an event is about, by the device's alias or by its node. */
static DomainDisk *
disk_of(const DomainDef *def, const char *device, const char *node)
{
    const char *last = strrchr(device, '/');
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        DomainDisk *disk = def->devices.disk[i];
        if (disk->alias && *device && (strcmp(disk->alias, device) == 0 || (last && strcmp(disk->alias, last + 1) == 0)))
            return disk;
        g_autofree char *format = g_strdup_printf("libvirt-%u-format", disk->source.index);
        g_autofree char *storage = g_strdup_printf("libvirt-%u-storage", disk->source.index);
        if (disk->source.index && (strcmp(node, format) == 0 || strcmp(node, storage) == 0))
            return disk;
    }
    return NULL;
}

static void
disk_failed(QemuChange *c, QemuRun *run, const json_t *data)
{
    static const char *const actions[] = {"ignore", "stop", "report", NULL};
    int action = place_of(actions, text_of(data, "action"), VIR_DOMAIN_EVENT_IO_ERROR_NONE);
    const DomainDisk *disk = disk_of(vr_guest_now(c->next), text_of(data, "device"), text_of(data, "node-name"));
    VrEventArgs args = {.n = {action},
                        .s = {disk && disk->source.file ? disk->source.file : "", disk && disk->alias ? disk->alias : "",
                              json_is_true(json_object_get(data, "nospace")) ? "enospc" : ""}};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_IO_ERROR, &args);
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, &args);
    if (action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE && c->next->state == VIR_DOMAIN_RUNNING)
        qemu_set_state(c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_IOERROR, VIR_DOMAIN_EVENT_SUSPENDED,
                       VIR_DOMAIN_EVENT_SUSPENDED_IOERROR);
}

static void
tray_moved(QemuChange *c, QemuRun *run, const json_t *data)
{
    bool open = json_is_true(json_object_get(data, "tray-open"));
    DomainDisk *disk = disk_of(vr_guest_change_now(&c->change), text_of(data, "id"), "");
    if (!disk || !disk->target)
        return;
    disk->target->tray = open ? DOMAIN_DISK_TARGET_TRAY_OPEN : DOMAIN_DISK_TARGET_TRAY_CLOSED;
    VrEventArgs args = {.n = {open ? VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN : VIR_DOMAIN_EVENT_TRAY_CHANGE_CLOSE}, .s = {disk->alias}};
    qemu_change_publish(c);
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, &args);
}

/* Somebody in the guest opened or closed a channel. */
static void
channel_moved(QemuChange *c, QemuRun *run, const json_t *data)
{
    bool open = json_is_true(json_object_get(data, "open"));
    const char *alias = text_of(data, "id");
    DomainDevices *devices = &vr_guest_change_now(&c->change)->devices;
    DomainChannel *channel = NULL;
    for (size_t i = 0; i < devices->n_channel && !channel; i++) {
        if (g_strcmp0(devices->channel[i]->alias, alias) == 0)
            channel = devices->channel[i];
    }
    int state = open ? DOMAIN_CHANNEL_TARGET_STATE_CONNECTED : DOMAIN_CHANNEL_TARGET_STATE_DISCONNECTED;
    if (!channel || channel->target.type != CHANNEL_TARGET_TYPE_VIRTIO || channel->target.state == state)
        return;
    channel->target.state = state;
    bool agent = g_strcmp0(channel->target.name, QEMU_AGENT_CHANNEL) == 0;
    if (agent && !open)
        qemu_agent_drop(run);
    qemu_change_publish(c);
    VrEventArgs args = {.n = {open ? VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
                                   : VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_DISCONNECTED,
                              VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL},
                        .s = {channel->target.name}};
    qemu_emit(c, agent ? VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE : VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE, &args);
}

static int
family_of(const json_t *address)
{
    static const char *const families[] = {"ipv4", "ipv6", "unix", NULL};
    return place_of(families, text_of(address, "family"), VIR_DOMAIN_EVENT_GRAPHICS_ADDRESS_IPV4);
}

/* VNC calls a port "service", SPICE "port". */
static void
display(QemuChange *c, const json_t *data, int phase, const char *port)
{
    const json_t *server = json_object_get(data, "server"), *client = json_object_get(data, "client");
    VrEventArgs args = {.n = {phase, family_of(server), family_of(client)},
                        .s = {text_of(server, "host"), text_of(server, port), text_of(client, "host"), text_of(client, port),
                              text_of(server, "auth")}};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_GRAPHICS, &args);
}

#define DISPLAY(name, phase, port)                                                                 \
    static void name(QemuChange *c, QemuRun *run, const json_t *data)                              \
    {                                                                                              \
        display(c, data, phase, port);                                                             \
    }
DISPLAY(vnc_connected, VIR_DOMAIN_EVENT_GRAPHICS_CONNECT, "service")
DISPLAY(vnc_initialized, VIR_DOMAIN_EVENT_GRAPHICS_INITIALIZE, "service")
DISPLAY(vnc_disconnected, VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT, "service")
DISPLAY(spice_connected, VIR_DOMAIN_EVENT_GRAPHICS_CONNECT, "port")
DISPLAY(spice_initialized, VIR_DOMAIN_EVENT_GRAPHICS_INITIALIZE, "port")
DISPLAY(spice_disconnected, VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT, "port")

static void
sleep_deep(QemuChange *c, QemuRun *run, const json_t *data)
{
    VrEventArgs args = {{0}};
    if (c->next->state == VIR_DOMAIN_RUNNING)
        qemu_set_state(c, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, VIR_DOMAIN_EVENT_PMSUSPENDED,
                       VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY);
    qemu_agent_drop(run);
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_PMSUSPEND, &args);
}

static void
sleep_on_disk(QemuChange *c, QemuRun *run, const json_t *data)
{
    VrEventArgs args = {{0}};
    if (c->next->state == VIR_DOMAIN_RUNNING)
        qemu_set_state(c, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, VIR_DOMAIN_EVENT_PMSUSPENDED,
                       VIR_DOMAIN_EVENT_PMSUSPENDED_DISK);
    qemu_agent_drop(run);
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK, &args);
}

static void
wakes(QemuChange *c, QemuRun *run, const json_t *data)
{
    VrEventArgs args = {{0}};
    if (c->next->state == VIR_DOMAIN_PMSUSPENDED)
        qemu_set_state(c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_WAKEUP, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_WAKEUP);
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_PMWAKEUP, &args);
}

static void
crash_loaded(QemuChange *c, QemuRun *run, const json_t *data)
{
    qemu_emit_lifecycle(c, VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_CRASHLOADED);
}

static void
disk_fills(QemuChange *c, QemuRun *run, const json_t *data)
{
    const DomainDisk *disk = disk_of(vr_guest_now(c->next), "", text_of(data, "node-name"));
    VrEventArgs args = {.n = {json_integer_value(json_object_get(data, "write-threshold")),
                              json_integer_value(json_object_get(data, "amount-exceeded"))}};
    if (!disk || !disk->target)
        return;
    args.s[0] = disk->target->dev;
    args.s[1] = disk->source.file;
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD, &args);
}

static void
memory_failed(QemuChange *c, QemuRun *run, const json_t *data)
{
    static const char *const recipients[] = {"hypervisor", "guest", NULL};
    static const char *const actions[] = {"ignore", "inject", "fatal", "reset", NULL};
    const json_t *flags = json_object_get(data, "flags");
    VrEventArgs args = {.n = {place_of(recipients, text_of(data, "recipient"), 0), place_of(actions, text_of(data, "action"), 0),
                              (json_is_true(json_object_get(flags, "action-required")) ? VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED : 0) |
                                  (json_is_true(json_object_get(flags, "recursive")) ? VIR_DOMAIN_MEMORY_FAILURE_RECURSIVE : 0)}};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE, &args);
}

static void
memory_resized(QemuChange *c, QemuRun *run, const json_t *data)
{
    const char *alias = text_of(data, "id");
    unsigned long long kib = (unsigned long long)json_integer_value(json_object_get(data, "size")) / 1024;
    DomainDevices *devices = &vr_guest_change_now(&c->change)->devices;
    for (size_t i = 0; i < devices->n_memory; i++) {
        if (g_strcmp0(devices->memory[i]->alias, alias) != 0)
            continue;
        devices->memory[i]->target.current = kib;
        qemu_change_publish(c);
        VrEventArgs args = {.n = {(long long)kib}, .s = {alias}};
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE, &args);
        return;
    }
}

#define OST_EJECT 3 /* ACPI's numbers: a request to eject, by the host or by the guest itself */
#define OST_EJECT_BY_OS 0x103
#define OST_OK 0
#define OST_IN_PROGRESS 0x84

/* What the guest's system says about a module that was to be ejected. */
static void
ejection(QemuChange *c, QemuRun *run, const json_t *data)
{
    const json_t *info = json_object_get(data, "info");
    json_int_t source = json_integer_value(json_object_get(info, "source"));
    json_int_t status = json_integer_value(json_object_get(info, "status"));
    VrEventArgs args = {.s = {json_string_value(json_object_get(info, "device"))}};
    if (strcmp(text_of(info, "slot-type"), "DIMM") == 0 && args.s[0] && (source == OST_EJECT || source == OST_EJECT_BY_OS) &&
        status != OST_OK && status != OST_IN_PROGRESS)
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, &args);
}

#define PERIPHERAL "/machine/peripheral/"

/* Without KVM an emulator tells of a processor's end only by that of its interrupt controller, which is no device with a name. */
char *
qemu_device_of_event(const json_t *data)
{
    const char *device = json_string_value(json_object_get(data, "device")), *path = text_of(data, "path");
    if (device || !g_str_has_prefix(path, PERIPHERAL "vcpu"))
        return g_strdup(device);
    path += strlen(PERIPHERAL);
    return g_strndup(path, strcspn(path, "/"));
}

/* A processor that the guest has let go after nobody waited any more. */
static void
processor_gone(QemuChange *c, QemuRun *run, const json_t *data)
{
    g_autofree char *alias = qemu_device_of_event(data);
    if (alias && g_str_has_prefix(alias, "vcpu"))
        qemu_vcpu_gone(c, alias);
}

static const struct {
    const char *name;
    void (*handle)(QemuChange *c, QemuRun *run, const json_t *data);
} handlers[] = {
    {"WATCHDOG", watchdog},
    {"BLOCK_IO_ERROR", disk_failed},
    {"DEVICE_TRAY_MOVED", tray_moved},
    {"VSERPORT_CHANGE", channel_moved},
    {"VNC_CONNECTED", vnc_connected},
    {"VNC_INITIALIZED", vnc_initialized},
    {"VNC_DISCONNECTED", vnc_disconnected},
    {"SPICE_CONNECTED", spice_connected},
    {"SPICE_INITIALIZED", spice_initialized},
    {"SPICE_DISCONNECTED", spice_disconnected},
    {"SUSPEND", sleep_deep},
    {"SUSPEND_DISK", sleep_on_disk},
    {"WAKEUP", wakes},
    {"GUEST_CRASHLOADED", crash_loaded},
    {"BLOCK_WRITE_THRESHOLD", disk_fills},
    {"MEMORY_FAILURE", memory_failed},
    {"MEMORY_DEVICE_SIZE_CHANGE", memory_resized},
    {"ACPI_DEVICE_OST", ejection},
    {"DEVICE_DELETED", processor_gone},
};

bool
qemu_news_knows(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(handlers[i].name, name) == 0)
            return true;
    }
    return false;
}

void
qemu_news(QemuChange *c, QemuRun *run, const char *name, const json_t *data)
{
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(handlers[i].name, name) == 0)
            handlers[i].handle(c, run, data);
    }
}

void
qemu_control_lost(QemuRun *run)
{
    g_autoptr(VrGuestState) state = vr_guest_state(run->guest);
    const DomainDef *def = vr_guest_now(state);
    VrEventArgs args = {{0}};
    if (qemu_run_of(state) == run)
        vr_event_emit(run->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, def->name, def->uuid, def->id, &args);
}
