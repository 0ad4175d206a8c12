/* Networks on disk: definitions, what runs, the ports of what runs; and all of it read again when the driver starts. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/network/network.h"
#include "model/status.gen.h"

int
network_write_config(VrInstance *instance, const VrItemState *next)
{
    VrDefinition *stored = next->config ? next->config : next->now;
    const char *name = ((const NetworkDef *)stored->def)->name;
    const char *xml = vr_definition_xml(stored, VR_MODEL_INACTIVE);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->config, name, ".xml");
    g_autofree char *command = g_strdup_printf("net-edit %s", name);
    return vr_files_write_definition(path, xml, command, 0755, VIR_FROM_NETWORK);
}

/* Traffic classes 0 to 2 are everybody's; a guest with a guaranteed rate has its own. */
#define COMMON_CLASSES 3

static NetworkStatusDef *
status_of(const VrItemState *next)
{
    g_autoptr(NetworkStatusDef) status = network_status_def_new();
    status->class_ids = vr_bitmap_new(COMMON_CLASSES);
    for (unsigned i = 0; i < COMMON_CLASSES; i++)
        status->class_ids = vr_bitmap_add(status->class_ids, i);
    for (guint i = 0; next->parts && i < next->parts->len; i++) {
        const NetworkPortDef *port = ((VrDefinition *)next->parts->pdata[i])->def;
        const Bandwidth *bandwidth = port->bandwidth;
        if (!bandwidth || !bandwidth->class_id)
            continue;
        status->class_ids = vr_bitmap_add(status->class_ids, bandwidth->class_id);
        status->floor_sum += bandwidth->inbound ? bandwidth->inbound->floor : 0;
    }
    status->network = vr_definition_copy(next->now);
    return g_steal_pointer(&status);
}

int
network_write_status(VrInstance *instance, const VrItemState *next)
{
    g_autoptr(NetworkStatusDef) status = status_of(next);
    const char *name = network_now(next)->name;
    g_autofree char *xml = network_status_def_format(status, VR_MODEL_INACTIVE);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->state, name, ".xml");
    g_autofree char *command = g_strdup_printf("net-edit %s", name);
    return vr_files_write_definition(path, xml, command, 0755, VIR_FROM_NETWORK);
}

static char *
ports_folder(const VrInstance *instance, const char *network)
{
    return g_build_filename(instance->state, network, "ports", NULL);
}

void
network_remove_status(VrInstance *instance, const char *name)
{
    g_autofree char *path = vr_files_path(instance->state, name, ".xml");
    g_autofree char *ports = ports_folder(instance, name), *folder = g_build_filename(instance->state, name, NULL);
    g_unlink(path);
    g_autoptr(GDir) dir = g_dir_open(ports, 0, NULL);
    for (const char *file; dir && (file = g_dir_read_name(dir));) {
        g_autofree char *port = g_build_filename(ports, file, NULL);
        g_unlink(port);
    }
    g_rmdir(ports);
    g_rmdir(folder);
}

static char *
port_file(const VrInstance *instance, const char *network, const NetworkPortDef *port)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(port->uuid, uuid);
    g_autofree char *folder = ports_folder(instance, network);
    return vr_files_path(folder, uuid, ".xml");
}

int
network_write_port(VrInstance *instance, const char *network, VrDefinition *port)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(((const NetworkPortDef *)port->def)->uuid, uuid);
    const char *xml = vr_definition_xml(port, 0);
    if (!xml)
        return -1;
    g_autofree char *path = port_file(instance, network, port->def);
    g_autofree char *command = g_strdup_printf("net-port-create %s", uuid);
    return vr_files_write_definition(path, xml, command, 0755, VIR_FROM_NETWORK);
}

void
network_remove_port(VrInstance *instance, const char *network, const NetworkPortDef *port)
{
    g_autofree char *path = port_file(instance, network, port);
    g_unlink(path);
}

#define MAX_FILE (16 * 1024 * 1024)

/* --- reading --- */

static const VrParseContext context = {.namespaces = network_namespaces};

static int
load_config(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_NETWORK);
    g_autoptr(NetworkDef) def = xml ? network_def_parse(xml, &context) : NULL;
    g_auto(VrItemChange) c = {0};
    if (!def)
        return -1;
    if (strcmp(def->name, name) != 0)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                        "Network config filename '%s' does not match network name '%s'", path, def->name);
    /* a network of before bridges had names */
    if (network_settle(instance, def) < 0 || vr_item_assign(instance->items, name, def->uuid, 0, &network_words, &c) < 0)
        return -1;
    vr_definition_set(&c.next->now, vr_definition_new(&vr_desc_network_def, g_steal_pointer(&def)));
    c.next->persistent = true;
    c.next->autostart = vr_files_is_autostart(instance->config, name);
    /* one that was put here by hand is given its identity for good */
    if ((!strstr(xml, "<uuid>") || !strstr(xml, "<bridge ")) && network_write_config(instance, c.next) < 0)
        return -1;
    return vr_item_assign_publish(&c, instance->items, &network_words);
}

typedef struct {
    VrInstance *instance;
    VrItemState *next;
} PortReader;

static int
load_port(void *data, const char *name, const char *path)
{
    PortReader *reader = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_NETWORK);
    g_autoptr(NetworkPortDef) port = xml ? network_port_def_parse(xml, NULL) : NULL;
    if (!port)
        return -1;
    NetworkDef *def = vr_definition_copy(reader->next->now);
    def->connections++;
    const NetworkPortPlug *plug = port->plug;
    for (size_t i = 0; plug && plug->dev && i < def->forward.n_interface; i++)
        def->forward.interface[i]->connections += g_strcmp0(def->forward.interface[i]->dev, plug->dev) == 0;
    for (size_t i = 0; plug && plug->address && i < def->forward.n_address; i++) {
        NetworkForwardAddress *a = def->forward.address[i];
        const PciAddress *b = plug->address;
        a->connections += a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function;
    }
    network_set_now(reader->next, def);
    g_ptr_array_add(reader->next->parts, vr_definition_new(&vr_desc_network_port_def, g_steal_pointer(&port)));
    return 0;
}

static int
load_status(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_NETWORK);
    g_autoptr(NetworkStatusDef) status = xml ? network_status_def_parse(xml, &context) : NULL;
    g_auto(VrItemChange) c = {0};
    if (!status)
        return -1;
    NetworkDef *def = status->network;
    if (strcmp(def->name, name) != 0)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR,
                        "Network config filename '%s' does not match network name '%s'", path, def->name);
    if (vr_item_assign(instance->items, name, def->uuid, VR_ASSIGN_LIVE, &network_words, &c) < 0)
        return -1;
    if (c.next->persistent)
        c.next->config = g_steal_pointer(&c.next->now);
    network_set_now(c.next, g_steal_pointer(&status->network));
    c.next->active = true;
    c.next->parts = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
    g_autofree char *ports = ports_folder(instance, name);
    vr_files_each(ports, ".xml", load_port, &(PortReader){instance, c.next}, "network");
    if (network_take_over(instance, c.next))
        return vr_item_assign_publish(&c, instance->items, &network_words);
    /* its bridge went while nobody looked: it has stopped */
    network_remove_status(instance, name);
    if (!c.next->config)
        return 0;
    c.next->active = false;
    g_clear_pointer(&c.next->parts, g_ptr_array_unref);
    vr_definition_set(&c.next->now, g_steal_pointer(&c.next->config));
    vr_item_change_publish(&c);
    return 0;
}

/* Whether networks have been started by themselves since the host started: the first to ask is told no. */
static bool
autostarted(const VrInstance *instance)
{
    g_autofree char *mark = g_build_filename(instance->state, "autostarted", NULL);
    g_mkdir_with_parents(instance->state, 0755);
    int fd = open(mark, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST;
    close(fd);
    return false;
}

static void
autostart(VrInstance *instance)
{
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    for (guint i = 0; i < items->len; i++) {
        g_auto(VrItemChange) c = {0};
        if (!vr_item_change_begin(&c, items->pdata[i]) || !c.next->autostart || c.next->active)
            continue;
        if (network_start(instance, c.next) == 0) {
            vr_item_change_publish(&c);
            network_emit(instance, c.item, VIR_NETWORK_EVENT_STARTED);
            continue;
        }
        vr_log(VR_LOG_ERROR, "network", "network '%s' did not start by itself: %s", c.item->stored.name,
               vr_error_last()->message);
        vr_error_clear();
    }
}

int
network_load(VrInstance *instance)
{
    vr_files_each(instance->config, ".xml", load_config, instance, "network");
    vr_files_each(instance->state, ".xml", load_status, instance, "network");
    if (!autostarted(instance))
        autostart(instance);
    return 0;
}
