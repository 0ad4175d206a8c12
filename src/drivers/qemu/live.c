/* What only the emulator knows about a running guest: its terminals, its processors' threads, the devices that it has. */
#include <string.h>

#include "drivers/qemu/devices.h"
#include "drivers/qemu/run.h"

/* One back end as QEMU describes it, or NULL. */
static const json_t *
find_chardev(const json_t *list, const char *alias)
{
    g_autofree char *label = g_strconcat("char", alias, NULL);
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        if (g_strcmp0(json_string_value(json_object_get(entry, "label")), label) == 0)
            return entry;
    }
    return NULL;
}

/* The terminal that a device of type "pty" got. */
static void
set_terminal(ChardevSource *source, const char *alias, const json_t *list)
{
    const json_t *entry = source->type == CHARDEV_TYPE_PTY && alias ? find_chardev(list, alias) : NULL;
    const char *name = json_string_value(json_object_get(entry, "filename"));
    if (!name || !g_str_has_prefix(name, "pty:"))
        return;
    g_free(source->path);
    source->path = g_strdup(name + strlen("pty:"));
}

static void
set_chardevs(DomainDef *def, const json_t *list)
{
    DomainDevices *devices = &def->devices;
    for (size_t i = 0; i < devices->n_serial; i++)
        set_terminal(&devices->serial[i]->source, devices->serial[i]->alias, list);
    for (size_t i = 0; i < devices->n_parallel; i++)
        set_terminal(&devices->parallel[i]->source, devices->parallel[i]->alias, list);
    for (size_t i = 0; i < devices->n_console; i++)
        set_terminal(&devices->console[i]->source, devices->console[i]->alias, list);
    for (size_t i = 0; i < devices->n_channel; i++) {
        DomainChannel *channel = devices->channel[i];
        set_terminal(&channel->source, channel->alias, list);
        const json_t *entry = channel->target.type == CHANNEL_TARGET_TYPE_VIRTIO && channel->source.type == CHARDEV_TYPE_UNIX &&
                                      channel->alias
                                  ? find_chardev(list, channel->alias)
                                  : NULL;
        if (entry)
            channel->target.state = json_is_true(json_object_get(entry, "frontend-open"))
                                        ? DOMAIN_CHANNEL_TARGET_STATE_CONNECTED
                                        : DOMAIN_CHANNEL_TARGET_STATE_DISCONNECTED;
    }
}

static GPtrArray *
device_names(const json_t *list)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *type = json_string_value(json_object_get(entry, "type"));
        if (name && type && g_str_has_prefix(type, "child<"))
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

static gint64
place(const json_t *entry)
{
    static const char *const levels[] = {"node-id", "socket-id", "die-id", "cluster-id", "core-id", "thread-id"};
    const json_t *props = json_object_get(entry, "props");
    gint64 place = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(levels); i++)
        place = place * 1024 + CLAMP(json_integer_value(json_object_get(props, levels[i])), 0, 1023);
    return place;
}

static gint
by_place(gconstpointer a, gconstpointer b)
{
    gint64 left = place(*(json_t *const *)a), right = place(*(json_t *const *)b);
    return left < right ? -1 : left > right;
}

#define MAX_VCPUS 8192

GPtrArray *
qemu_vcpu_slots(const json_t *hotpluggable)
{
    GPtrArray *slots = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    size_t i;
    json_t *entry;
    json_array_foreach(hotpluggable, i, entry) {
        if (i < MAX_VCPUS)
            g_ptr_array_add(slots, json_incref(entry));
    }
    g_ptr_array_sort(slots, by_place);
    return slots;
}

static pid_t
thread_of(const json_t *fast, const char *qom)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(fast, i, entry) {
        if (g_strcmp0(json_string_value(json_object_get(entry, "qom-path")), qom) == 0)
            return (pid_t)json_integer_value(json_object_get(entry, "thread-id"));
    }
    return 0;
}

static void
add_vcpu(GArray *vcpus, unsigned id, pid_t thread, const char *qom)
{
    QemuVcpu vcpu = {.id = id, .thread = thread};
    g_strlcpy(vcpu.qom, qom ? qom : "", sizeof(vcpu.qom));
    g_array_append_val(vcpus, vcpu);
}

static GArray *
plugged(const json_t *fast, const json_t *hotpluggable)
{
    GArray *vcpus = g_array_new(FALSE, TRUE, sizeof(QemuVcpu));
    g_autoptr(GPtrArray) slots = qemu_vcpu_slots(hotpluggable);
    if (!slots->len) { /* a machine whose processors cannot be plugged: in QEMU's order */
        size_t i;
        const json_t *entry;
        json_array_foreach(fast, i, entry)
            add_vcpu(vcpus, (unsigned)i, (pid_t)json_integer_value(json_object_get(entry, "thread-id")),
                     json_string_value(json_object_get(entry, "qom-path")));
        return vcpus;
    }
    unsigned id = 0;
    for (guint i = 0; i < slots->len; i++) {
        const char *qom = json_string_value(json_object_get(slots->pdata[i], "qom-path"));
        json_int_t n = json_integer_value(json_object_get(slots->pdata[i], "vcpus-count"));
        if (qom)
            add_vcpu(vcpus, id, thread_of(fast, qom), qom);
        id += (unsigned)CLAMP(n, 1, 1024);
    }
    return vcpus;
}

int
qemu_live_refresh(QemuChange *c)
{
    QemuRun *run = qemu_run_of(c->next);
    QemuGuest *guest = qemu_guest_part(c->next);
    json_t *where = json_object();
    json_object_set_new(where, "path", json_string("/machine/peripheral"));
    QemuAsk *asked[] = {qemu_qmp_ask(run->qmp, "query-chardev", NULL), qemu_qmp_ask(run->qmp, "query-cpus-fast", NULL),
                        qemu_qmp_ask(run->qmp, "query-hotpluggable-cpus", NULL), qemu_qmp_ask(run->qmp, "qom-list", where)};
    json_t *got[G_N_ELEMENTS(asked)];
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++)
        got[i] = qemu_ask_result(asked[i], QEMU_QMP_PATIENCE);
    int result = got[0] ? 0 : -1; /* the others are not everybody's */
    if (result == 0)
        vr_error_clear();
    if (got[0])
        set_chardevs(vr_guest_change_now(&c->change), got[0]);
    if (got[1]) {
        g_clear_pointer(&guest->vcpus, g_array_unref);
        guest->vcpus = plugged(got[1], got[2]);
    }
    if (got[3]) {
        g_clear_pointer(&guest->devices, g_ptr_array_unref);
        guest->devices = device_names(got[3]);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(got); i++)
        json_decref(got[i]);
    return result;
}
