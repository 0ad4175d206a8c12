/* Probed capabilities as JSON text, the form in which the cache keeps them.  Called by caps.c. */
#include <jansson.h>
#include <string.h>

#include "drivers/qemu/caps.h"

static void
set_text(json_t *object, const char *name, const char *value)
{
    if (value)
        json_object_set_new(object, name, json_string(value));
}

static json_t *
machine_to_json(const QemuMachine *machine)
{
    json_t *object = json_object();
    set_text(object, "name", machine->name);
    set_text(object, "alias", machine->alias);
    set_text(object, "cpu", machine->cpu);
    set_text(object, "ram", machine->ram_id);
    json_object_set_new(object, "cpus", json_integer(machine->cpu_max));
    json_object_set_new(object, "default", json_boolean(machine->is_default));
    json_object_set_new(object, "hotplug", json_boolean(machine->hotplug_cpus));
    json_object_set_new(object, "numa", json_boolean(machine->numa_mem));
    json_object_set_new(object, "deprecated", json_boolean(machine->deprecated));
    return object;
}

static json_t *
list_to_json(char **strings)
{
    json_t *list = json_array();
    for (char **s = strings; s && *s; s++)
        json_array_append_new(list, json_string(*s));
    return list;
}

static json_t *
cpu_to_json(const QemuCpuModel *cpu)
{
    json_t *object = json_object();
    set_text(object, "name", cpu->name);
    set_text(object, "type", cpu->type);
    json_object_set_new(object, "deprecated", json_boolean(cpu->deprecated));
    if (cpu->blockers)
        json_object_set_new(object, "blockers", list_to_json(cpu->blockers));
    return object;
}

static json_t *
host_to_json(const QemuHostCpu *host)
{
    json_t *object = json_object();
    set_text(object, "vendor", host->vendor);
    json_object_set_new(object, "features", list_to_json(host->features));
    json_object_set_new(object, "migratable", list_to_json(host->migratable));
    return object;
}

static json_t *
cpus_to_json(const GPtrArray *cpus)
{
    json_t *list = json_array();
    for (guint i = 0; i < cpus->len; i++)
        json_array_append_new(list, cpu_to_json(cpus->pdata[i]));
    return list;
}

char *
qemu_caps_to_text(const QemuCaps *caps)
{
    json_t *object = json_object(), *machines = json_array(), *types = json_array();
    set_text(object, "binary", caps->binary);
    set_text(object, "arch", caps->arch);
    set_text(object, "package", caps->package);
    json_object_set_new(object, "version", json_integer(caps->version));
    json_object_set_new(object, "kvm", json_boolean(caps->kvm));
    for (guint i = 0; i < caps->machines->len; i++)
        json_array_append_new(machines, machine_to_json(caps->machines->pdata[i]));
    json_object_set_new(object, "cpus", cpus_to_json(caps->cpus));
    json_object_set_new(object, "tcg-cpus", cpus_to_json(caps->tcg_cpus));
    GHashTableIter iter;
    void *type;
    g_hash_table_iter_init(&iter, caps->types);
    while (g_hash_table_iter_next(&iter, &type, NULL))
        json_array_append_new(types, json_string(type));
    json_object_set_new(object, "machines", machines);
    json_object_set_new(object, "types", types);
    json_object_set_new(object, "host", host_to_json(&caps->host));
    json_object_set_new(object, "tcg-host", host_to_json(&caps->tcg_host));
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static char *
get_text(const json_t *object, const char *name)
{
    return g_strdup(json_string_value(json_object_get(object, name)));
}

static bool
get_bool(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

static char **
get_list(const json_t *list)
{
    if (!json_is_array(list))
        return NULL;
    char **strings = g_new0(char *, json_array_size(list) + 1);
    for (size_t i = 0; i < json_array_size(list); i++)
        strings[i] = g_strdup(json_string_value(json_array_get(list, i)) ?: "");
    return strings;
}

static void
fill_cpus(GPtrArray *cpus, const json_t *list)
{
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item) {
        QemuCpuModel *cpu = g_new0(QemuCpuModel, 1);
        cpu->name = get_text(item, "name");
        cpu->type = get_text(item, "type");
        cpu->deprecated = get_bool(item, "deprecated");
        cpu->blockers = get_list(json_object_get(item, "blockers"));
        g_ptr_array_add(cpus, cpu);
    }
}

static void
fill_host(QemuHostCpu *host, const json_t *object)
{
    host->vendor = get_text(object, "vendor");
    host->features = get_list(json_object_get(object, "features"));
    host->migratable = get_list(json_object_get(object, "migratable"));
}

static void
fill(QemuCaps *caps, const json_t *object)
{
    const json_t *item;
    size_t i;
    caps->arch = get_text(object, "arch");
    caps->package = get_text(object, "package");
    caps->version = (unsigned)json_integer_value(json_object_get(object, "version"));
    caps->kvm = get_bool(object, "kvm");
    json_array_foreach(json_object_get(object, "machines"), i, item) {
        QemuMachine *machine = g_new0(QemuMachine, 1);
        machine->name = get_text(item, "name");
        machine->alias = get_text(item, "alias");
        machine->cpu = get_text(item, "cpu");
        machine->ram_id = get_text(item, "ram");
        machine->cpu_max = (unsigned)json_integer_value(json_object_get(item, "cpus"));
        machine->is_default = get_bool(item, "default");
        machine->hotplug_cpus = get_bool(item, "hotplug");
        machine->numa_mem = get_bool(item, "numa");
        machine->deprecated = get_bool(item, "deprecated");
        g_ptr_array_add(caps->machines, machine);
    }
    fill_cpus(caps->cpus, json_object_get(object, "cpus"));
    fill_cpus(caps->tcg_cpus, json_object_get(object, "tcg-cpus"));
    fill_host(&caps->host, json_object_get(object, "host"));
    fill_host(&caps->tcg_host, json_object_get(object, "tcg-host"));
    json_array_foreach(json_object_get(object, "types"), i, item)
        g_hash_table_add(caps->types, g_strdup(json_string_value(item) ?: ""));
}

QemuCaps *
qemu_caps_from_text(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    const char *binary = json_string_value(json_object_get(object, "binary"));
    QemuCaps *caps = NULL;
    if (binary && json_string_value(json_object_get(object, "arch"))) {
        caps = qemu_caps_new(binary);
        fill(caps, object);
    }
    json_decref(object);
    return caps;
}
