/* Plugging into and out of a running emulator.
 *
 * A device is described by the same functions that write the command line; here each option becomes its QMP command, and
 * the commands that undo it are known from its identifier.
 */
#include "drivers/qemu/access.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/hotplug.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/throttle.h"
#include "drivers/qemu/volume.h"

#include <string.h>

/* KEY=VALUE of an option's text, which doubles commas inside values; the first part stands under "". */
static GHashTable *
split_option(const char *text)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *at = text;
    bool first = true;
    while (*at) {
        g_autoptr(GString) part = g_string_new(NULL);
        for (; *at && !(at[0] == ',' && at[1] != ','); at++) {
            if (*at == ',')
                at++;
            g_string_append_c(part, *at);
        }
        at += *at == ',';
        char *equals = strchr(part->str, '=');
        if (first || !equals)
            g_hash_table_insert(values, g_strdup(first ? "" : part->str), g_strdup(first ? part->str : "on"));
        else
            g_hash_table_insert(values, g_strndup(part->str, (gsize)(equals - part->str)), g_strdup(equals + 1));
        first = false;
    }
    return values;
}

static void
put_text_of(json_t *data, const char *name, GHashTable *values, const char *key)
{
    qemu_put_text(data, name, g_hash_table_lookup(values, key));
}

static void
put_switch_of(json_t *data, const char *name, GHashTable *values, const char *key)
{
    const char *value = g_hash_table_lookup(values, key);
    if (value)
        qemu_put_bool(data, name, strcmp(value, "on") == 0);
}

static json_t *
inet(GHashTable *values, const char *host, const char *port)
{
    json_t *address = json_object(), *data = json_object();
    put_text_of(data, "host", values, host);
    put_text_of(data, "port", values, port);
    if (!json_object_get(data, "host"))
        qemu_put_text(data, "host", "");
    qemu_put_text(address, "type", "inet");
    json_object_set_new(address, "data", data);
    return address;
}

static void
socket_data(json_t *data, GHashTable *values)
{
    const char *path = g_hash_table_lookup(values, "path"), *reconnect = g_hash_table_lookup(values, "reconnect");
    json_t *address;
    if (path) {
        json_t *inner = json_object();
        address = json_object();
        qemu_put_text(inner, "path", path);
        qemu_put_text(address, "type", "unix");
        json_object_set_new(address, "data", inner);
    } else {
        address = inet(values, "host", "port");
    }
    json_object_set_new(data, "addr", address);
    qemu_put_bool(data, "server", g_strcmp0(g_hash_table_lookup(values, "server"), "on") == 0);
    put_switch_of(data, "wait", values, "wait");
    put_switch_of(data, "telnet", values, "telnet");
    put_text_of(data, "tls-creds", values, "tls-creds");
    if (reconnect)
        qemu_put_number(data, "reconnect", g_ascii_strtoll(reconnect, NULL, 10));
}

static void
udp_data(json_t *data, GHashTable *values)
{
    json_object_set_new(data, "remote", inet(values, "host", "port"));
    if (g_hash_table_contains(values, "localport"))
        json_object_set_new(data, "local", inet(values, "localaddr", "localport"));
}

static void
file_data(json_t *data, GHashTable *values)
{
    put_text_of(data, "out", values, "path");
    put_switch_of(data, "append", values, "append");
}

static void
device_data(json_t *data, GHashTable *values)
{
    put_text_of(data, "device", values, "path");
}

static void
type_data(json_t *data, GHashTable *values)
{
    put_text_of(data, "type", values, "name");
}

static void
port_data(json_t *data, GHashTable *values)
{
    put_text_of(data, "fqdn", values, "name");
}

static void
name_data(json_t *data, GHashTable *values)
{
    put_text_of(data, "name", values, "name");
}

static void
agent_data(json_t *data, GHashTable *values)
{
    put_switch_of(data, "clipboard", values, "clipboard");
    put_switch_of(data, "mouse", values, "mouse");
}

static const struct {
    const char *option;
    void (*fill)(json_t *data, GHashTable *values);
} back_ends[] = {
    {"socket", socket_data}, {"udp", udp_data},        {"file", file_data},          {"pipe", device_data},
    {"serial", device_data}, {"parallel", device_data}, {"spicevmc", type_data},     {"spiceport", port_data},
    {"qemu-vdagent", agent_data}, {"dbus", name_data}, {"null", NULL},               {"pty", NULL},
    {"vc", NULL},            {"stdio", NULL},
};

/* The arguments of chardev-add for what TEXT asks for on the command line. */
static json_t *
chardev_arguments(const char *text)
{
    g_autoptr(GHashTable) values = split_option(text);
    const char *type = g_hash_table_lookup(values, "");
    json_t *arguments = json_object(), *back_end = json_object(), *data = json_object();
    put_text_of(arguments, "id", values, "id");
    for (gsize i = 0; i < G_N_ELEMENTS(back_ends); i++) {
        if (g_strcmp0(back_ends[i].option, type) == 0 && back_ends[i].fill)
            back_ends[i].fill(data, values);
    }
    put_text_of(data, "logfile", values, "logfile");
    put_switch_of(data, "logappend", values, "logappend");
    qemu_put_text(back_end, "type", type);
    json_object_set_new(back_end, "data", data);
    json_object_set_new(arguments, "backend", back_end);
    return arguments;
}

/* An option of the command line as commands: what makes it, what unmakes it, and where its identifier is. */
static const struct {
    const char *option, *add, *remove;
    const char *id, *remove_id; /* the identifier's name in the option and in the removal */
} commands[] = {
    {"-object", "object-add", "object-del", "id", "id"},
    {"-blockdev", "blockdev-add", "blockdev-del", "node-name", "node-name"},
    {"-netdev", "netdev_add", "netdev_del", "id", "id"},
    {"-chardev", "chardev-add", "chardev-remove", "id", "id"},
    {"-device", "device_add", NULL, "id", "id"},
    {"-watchdog-action", "set-action", NULL, NULL, NULL},
};

static int
find_command(const char *option)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].option, option) == 0)
            return i;
    }
    return -1;
}

static json_t *
arguments_of(int which, const char *value)
{
    if (strcmp(commands[which].option, "-chardev") == 0)
        return chardev_arguments(value);
    if (strcmp(commands[which].option, "-watchdog-action") == 0) {
        json_t *arguments = json_object();
        qemu_put_text(arguments, "watchdog", value);
        return arguments;
    }
    return json_loads(value, 0, NULL);
}

static void
remove_one(const QemuChange *c, int which, const json_t *arguments)
{
    const char *id = commands[which].remove ? json_string_value(json_object_get(arguments, commands[which].id)) : NULL;
    if (!id)
        return;
    json_t *removal = json_object();
    qemu_put_text(removal, commands[which].remove_id, id);
    qemu_do(c, commands[which].remove, removal);
}

/* Take back the first N options of COMMAND, the last first. */
static void
take_back(const QemuChange *c, const QemuCommand *command, guint n)
{
    virErrorPtr saved = vr_error_save();
    for (guint i = n; i >= 2; i -= 2) {
        int which = find_command(command->args->pdata[i - 2]);
        json_t *arguments = which >= 0 ? arguments_of(which, command->args->pdata[i - 1]) : NULL;
        if (arguments)
            remove_one(c, which, arguments);
        json_decref(arguments);
    }
    vr_error_clear();
    vr_error_restore(saved);
}

/* Descriptors go ahead of what names them. */
static int
send_descriptors(const QemuChange *c, const QemuCommand *command)
{
    for (guint i = 0; i < command->passed->len; i++) {
        json_t *arguments = json_object();
        qemu_put_format(arguments, "fdname", "passed%u", i);
        json_t *done = qemu_ask_result(qemu_qmp_ask_with_fd(qemu_run_of(c->next)->qmp, "getfd", arguments,
                                                            g_array_index(command->passed, int, i)),
                                       QEMU_QMP_PATIENCE);
        json_decref(done);
        if (!done)
            return -1;
    }
    return 0;
}

static int
send(const QemuChange *c, const QemuCommand *command)
{
    if (send_descriptors(c, command) < 0)
        return -1;
    for (guint i = 0; i + 1 < command->args->len; i += 2) {
        const char *option = command->args->pdata[i], *value = command->args->pdata[i + 1];
        int which = find_command(option);
        json_t *arguments = which >= 0 ? arguments_of(which, value) : NULL;
        if (!arguments) {
            take_back(c, command, i);
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "this device cannot be plugged into a running guest (%s)",
                            option);
        }
        if (qemu_do(c, commands[which].add, arguments) < 0) {
            take_back(c, command, i);
            return -1;
        }
    }
    return 0;
}

typedef int (*Builder)(QemuCommand *command);

static int
one_controller(QemuCommand *command)
{
    return qemu_command_controller(command, command->plugged);
}

static int
one_watchdog(QemuCommand *command)
{
    return qemu_command_watchdog(command, command->plugged);
}

static int
one_vsock(QemuCommand *command)
{
    return qemu_command_vsock(command, command->plugged);
}

static int
one_crypto(QemuCommand *command)
{
    return qemu_command_crypto(command, command->plugged);
}

static int
nothing(QemuCommand *command)
{
    return 0;
}

static const struct {
    const char *element;
    Builder build;
} builders[] = {
    {"disk", qemu_command_disks},         {"interface", qemu_command_nets},      {"hostdev", qemu_command_hostdevs},
    {"controller", one_controller},       {"serial", qemu_command_chardevs},     {"parallel", qemu_command_chardevs},
    {"console", qemu_command_chardevs},   {"channel", qemu_command_chardevs},    {"rng", qemu_command_rngs},
    {"memory", qemu_command_memory_devices}, {"redirdev", qemu_command_redirdevs}, {"shmem", qemu_command_shmems},
    {"input", qemu_command_inputs},       {"watchdog", one_watchdog},            {"filesystem", qemu_command_filesystems},
    {"vsock", one_vsock},                 {"crypto", one_crypto},                {"lease", nothing},
};

/* The options for DEVICE alone, as a command; NULL with the error set. */
static QemuCommand *
describe(QemuChange *c, const QemuPart *part, void *device, bool plugging)
{
    const DomainDef *def = vr_guest_now(c->next);
    g_autoptr(QemuCaps) caps = qemu_caps_of(c->driver->caps, def->devices.emulator);
    if (!caps)
        return NULL;
    g_autoptr(QemuCommand) command = qemu_command_new(c->driver, caps, def, false);
    Builder build = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(builders) && !build; i++) {
        if (strcmp(builders[i].element, part->element) == 0)
            build = builders[i].build;
    }
    if (!build) {
        qemu_part_check(part, "attach", true, 0);
        return NULL;
    }
    command->run = qemu_run_of(c->next);
    command->plugged = device;
    /* only this one is there, and what others are plugged into */
    DomainDevices all = command->def->devices;
    DomainDevices few = {.emulator = all.emulator, .controller = all.controller, .n_controller = all.n_controller,
                         .redirfilter = all.redirfilter};
    void *list[] = {device};
    if (part->list != offsetof(DomainDevices, controller)) {
        if (part->count) {
            *(void **)((char *)&few + part->list) = list;
            *(size_t *)((char *)&few + part->count) = 1;
        } else {
            *(void **)((char *)&few + part->list) = device;
        }
    }
    if (plugging && strcmp(part->element, "disk") == 0 && qemu_volume_find(c->driver, device) < 0)
        return NULL;
    if (plugging && strcmp(part->element, "interface") == 0 && qemu_net_has_end(device)) {
        QemuNetEnds *ends = qemu_net_host_connect(command->run, def, device);
        if (!ends)
            return NULL;
        g_hash_table_insert(command->ends, device, ends);
    }
    DomainFilesystem *fs = plugging && strcmp(part->element, "filesystem") == 0 ? device : NULL;
    bool served = fs && fs->driver && fs->driver->type == DOMAIN_FILESYSTEM_DRIVER_TYPE_VIRTIOFS && !fs->source.socket;
    if (served && qemu_helper_start_fs(command->run, def, fs) < 0)
        return NULL;
    command->def->devices = few;
    int result = build(command);
    command->def->devices = all;
    if (result == 0)
        return g_steal_pointer(&command);
    if (plugging && g_hash_table_size(command->ends))
        qemu_net_host_disconnect(command->run, device);
    return NULL;
}

/* What the emulator is to open is its own first. */
static int
send_granted(QemuChange *c, QemuCommand *command, const QemuPart *part, const void *device)
{
    QemuRun *run = qemu_run_of(c->next);
    if (qemu_access_grant_device(run, part->element, device) == 0 && send(c, command) == 0)
        return 0;
    virErrorPtr saved = vr_error_save();
    qemu_access_revoke_device(run, part->element, device);
    if (strcmp(part->element, "interface") == 0)
        qemu_net_host_disconnect(run, device);
    if (strcmp(part->element, "filesystem") == 0)
        qemu_helpers_stop(run, ((const DomainFilesystem *)device)->alias);
    vr_error_restore(saved);
    return -1;
}

int
qemu_plug(QemuChange *c, const QemuPart *part, void *device)
{
    if (strcmp(part->element, "disk") == 0 && ((const DomainDisk *)device)->source.fdgroup)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                        "a disk by file descriptors can be had from a guest's start only; give its path");
    g_autoptr(QemuCommand) command = describe(c, part, device, true);
    if (!command || send_granted(c, command, part, device) < 0)
        return -1;
    if (strcmp(part->element, "disk") != 0 || qemu_throttle_disk(qemu_run_of(c->next), device) == 0)
        return 0;
    /* a disk that cannot be held to its limits is none */
    virErrorPtr saved = vr_error_save();
    qemu_unplug(c, ((DomainDisk *)device)->alias);
    vr_error_restore(saved);
    return -1;
}

int
qemu_plug_medium(QemuChange *c, DomainDisk *disk)
{
    g_autoptr(QemuCommand) command = describe(c, qemu_part("disk"), disk, true);
    if (!command)
        return -1;
    /* the drive is there already */
    guint n = command->args->len;
    if (n >= 2 && strcmp(command->args->pdata[n - 2], "-device") == 0)
        g_ptr_array_set_size(command->args, (int)n - 2);
    return send_granted(c, command, qemu_part("disk"), disk);
}

void
qemu_unplug_backends(QemuChange *c, const QemuPart *part, void *device)
{
    virErrorPtr saved = vr_error_save();
    g_autoptr(QemuCommand) command = describe(c, part, device, false);
    if (command)
        take_back(c, command, command->args->len & ~1u);
    vr_error_clear();
    vr_error_restore(saved);
}

#define LETTING_GO_MS 5000 /* as long as a caller waits for the guest to let a device go */

int
qemu_unplug(QemuChange *c, const char *alias)
{
    QemuRun *run = qemu_run_of(c->next);
    QemuUnplug unplug = {.alias = alias};
    json_t *arguments = json_object();
    qemu_put_text(arguments, "id", alias);
    vr_mutex_lock(&run->lock);
    run->unplugs = g_slist_prepend(run->unplugs, &unplug);
    vr_mutex_unlock(&run->lock);
    int result = qemu_do(c, "device_del", arguments);
    gint64 deadline = g_get_monotonic_time() + LETTING_GO_MS * (gint64)1000;
    vr_mutex_lock(&run->lock);
    while (result == 0 && !unplug.state && !run->exited && vr_cond_wait_until(&run->changed, &run->lock, deadline))
        continue;
    run->unplugs = g_slist_remove(run->unplugs, &unplug);
    vr_mutex_unlock(&run->lock);
    if (result < 0)
        return -1;
    if (unplug.state < 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "unplug of device was rejected by the guest");
    return unplug.state;
}
