/* Filters and bindings on disk, and all of it read again when the driver starts. */
#include <glib/gstdio.h>
#include <net/if.h>
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"
#include "host/nft.h"
#include "model/status.gen.h"

#define MAX_FILE (16 * 1024 * 1024)

int
nwfilter_write(VrInstance *instance, VrDefinition *filter)
{
    const char *name = ((const NWFilterDef *)filter->def)->name, *xml = vr_definition_xml(filter, 0);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->config, name, ".xml");
    g_autofree char *command = g_strdup_printf("nwfilter-edit %s", name);
    return vr_files_write_definition(path, xml, command, 0700, VIR_FROM_NWFILTER);
}

int
nwfilter_write_binding(VrInstance *instance, VrDefinition *binding)
{
    g_autoptr(NWFilterBindingStatusDef) status = nwfilter_binding_status_def_new();
    const char *port = ((const NWFilterBindingDef *)binding->def)->port_dev;
    status->filterbinding = vr_definition_copy(binding);
    g_autofree char *xml = nwfilter_binding_status_def_format(status, 0);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->state, port, ".xml");
    g_autofree char *command = g_strdup_printf("nwfilter-binding-create %s", port);
    return vr_files_write_definition(path, xml, command, 0700, VIR_FROM_NWFILTER);
}

void
nwfilter_remove_binding(VrInstance *instance, const char *port)
{
    g_autofree char *path = vr_files_path(instance->state, port, ".xml"), *lease = vr_files_path(instance->state, port, ".lease");
    g_unlink(path);
    g_unlink(lease);
}

/* What was learnt outlives the daemon: the guest need not say it again. */
void
nwfilter_write_lease(VrInstance *instance, const char *port, const char *ip)
{
    g_autofree char *path = vr_files_path(instance->state, port, ".lease");
    if (vr_files_write(path, ip, -1, 0700, VIR_FROM_NWFILTER) == 0)
        return;
    vr_log(VR_LOG_WARN, "nwfilter", "%s", vr_error_last()->message);
    vr_error_clear();
}

/* --- reading --- */

static int
load_filter(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_NWFILTER);
    NWFilterDef *def = xml ? nwfilter_def_parse(xml, NULL) : NULL;
    if (!def)
        return -1;
    g_autoptr(VrDefinition) filter = vr_definition_new(&vr_desc_nwfilter_def, def);
    if (strcmp(def->name, name) != 0)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_XML_ERROR, "network filter config filename '%s' does not match name '%s'", path,
                        def->name);
    g_auto(VrItemChange) c = {0};
    if (vr_item_assign(instance->items, name, def->uuid, 0, &nwfilter_words, &c) < 0)
        return -1;
    /* a stock filter is given its identity when it is first seen, for good */
    if (!strstr(xml, "<uuid>") && nwfilter_write(instance, filter) < 0)
        return -1;
    vr_definition_set(&c.next->now, vr_definition_ref(filter));
    c.next->active = c.next->persistent = true;
    return vr_item_assign_publish(&c, instance->items, &nwfilter_words);
}

static int
load_binding(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_NWFILTER);
    g_autoptr(NWFilterBindingStatusDef) status = xml ? nwfilter_binding_status_def_parse(xml, NULL) : NULL;
    if (!status)
        return -1;
    if (strcmp(status->filterbinding->port_dev, name) != 0)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_XML_ERROR, "'%s' is about port '%s'", path, status->filterbinding->port_dev);
    if (if_nametoindex(name) == 0) { /* its guest went while nobody looked */
        nwfilter_remove_binding(instance, name);
        return 0;
    }
    g_autoptr(VrDefinition) binding = vr_definition_new(&vr_desc_nwfilter_binding_def, g_steal_pointer(&status->filterbinding));
    g_autoptr(VrItem) item = nwfilter_binding_new(binding);
    g_autofree char *lease = vr_files_path(instance->state, name, ".lease");
    if (g_file_get_contents(lease, &nwfilter_port(item)->ip, NULL, NULL))
        g_strstrip(nwfilter_port(item)->ip);
    vr_table_add(nwfilter_driver(instance)->bindings, item);
    return 0;
}

int
nwfilter_load(VrInstance *instance)
{
    NWFilterDriver *driver = instance->data;
    vr_files_each(instance->config, ".xml", load_filter, instance, "nwfilter");
    vr_files_each(instance->state, ".xml", load_binding, instance, "nwfilter");
    g_autoptr(GPtrArray) bindings = vr_table_list(driver->bindings);
    VR_SCOPED_LOCK(&driver->apply);
    for (guint i = 0; i < bindings->len; i++) {
        VrItem *item = bindings->pdata[i];
        if (nwfilter_apply(instance, item, NULL) == 0)
            continue;
        vr_log(VR_LOG_ERROR, "nwfilter", "rules of '%s': %s", item->stored.name, vr_error_last()->message);
        vr_error_clear();
    }
    return 0;
}
