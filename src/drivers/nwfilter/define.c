/* Filters: defined, listed, shown, forgotten.
 *
 * Entry points, on any thread.  A definition that its users' interfaces cannot have is refused as a whole.
 */
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"

const VrItemWords nwfilter_words = {"filter", "no nwfilter with matching", VIR_ERR_NO_NWFILTER, VIR_FROM_NWFILTER};

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_nwfilter_new(conn, item->stored.name, item->stored.uuid);
}

static bool
any(const VrItemState *state, unsigned flags)
{
    return true;
}

int
nwfilter_count(virConnectPtr conn)
{
    return vr_items_count(nwfilter_instance(conn)->items, any, 0);
}

int
nwfilter_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(nwfilter_instance(conn)->items, any, 0, (char **)names, maxnames);
}

int
nwfilter_list(virConnectPtr conn, virNWFilterPtr **filters, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NWFILTER) < 0)
        return -1;
    return vr_items_handles(nwfilter_instance(conn)->items, any, 0, conn, handle, (void ***)filters);
}

virNWFilterPtr
nwfilter_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(nwfilter_instance(conn)->items, name, &nwfilter_words, VIR_FROM_NWFILTER);
    return item ? handle(conn, item, NULL) : NULL;
}

virNWFilterPtr
nwfilter_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(nwfilter_instance(conn)->items, uuid, &nwfilter_words, VIR_FROM_NWFILTER);
    return item ? handle(conn, item, NULL) : NULL;
}

static VrItem *
find(virNWFilterPtr filter)
{
    VrItem *item = vr_table_by_uuid(nwfilter_instance(filter)->items, filter->object.uuid);
    char uuid[VR_UUID_TEXT_SIZE];
    if (item)
        return item;
    vr_uuid_format(filter->object.uuid, uuid);
    return vr_error_null(VIR_FROM_NWFILTER, VIR_ERR_NO_NWFILTER, "no nwfilter with matching uuid '%s' (%s)", uuid,
                         VR_OBJECT_NAME(filter));
}

char *
nwfilter_xml(virNWFilterPtr filter, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NWFILTER) < 0)
        return NULL;
    g_autoptr(VrItem) item = find(filter);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const char *xml = vr_definition_xml(state->now, 0);
    return xml ? strdup(xml) : NULL;
}

/* The name is a file's. */
static int
check_name(const char *name)
{
    if (strchr(name, '/') || strchr(name, '\n') || *name == '.')
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_XML_ERROR, "name %s cannot contain '/' or a newline, nor begin with a dot", name);
    return 0;
}

/* A UUID belongs to one name and a name to one UUID. */
static int
check_identity(VrTable *table, const NWFilterDef *def)
{
    g_autoptr(VrItem) same = vr_table_by_uuid(table, def->uuid), other = vr_table_by_name(table, def->name);
    if (same && strcmp(same->stored.name, def->name) != 0)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_FAILED, "filter with same UUID but different name ('%s') already exists",
                        same->stored.name);
    if (!same && other) {
        char uuid[VR_UUID_TEXT_SIZE];
        vr_uuid_format(other->stored.uuid, uuid);
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_FAILED, "filter '%s' already exists with uuid %s", def->name, uuid);
    }
    return 0;
}

static int
check_loop(VrTable *table, VrDefinition *filter)
{
    const NWFilterDef *def = filter->def;
    for (size_t i = 0; i < def->n_entry; i++) {
        if (def->entry[i]->kind == NWFILTER_ENTRY_KIND_FILTERREF && nwfilter_uses(table, def->entry[i]->filter, def->name, filter))
            return vr_error(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_FAILED, "filter would introduce a loop");
    }
    return 0;
}

virNWFilterPtr
nwfilter_define_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = nwfilter_instance(conn);
    if (vr_flags_check(flags, VIR_NWFILTER_DEFINE_VALIDATE, VIR_FROM_NWFILTER) < 0)
        return NULL;
    NWFilterDef *def = nwfilter_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    if (!def)
        return NULL;
    g_autoptr(VrDefinition) filter = vr_definition_new(&vr_desc_nwfilter_def, def);
    VR_SCOPED_LOCK(&nwfilter_driver(instance)->apply);
    g_auto(VrItemChange) c = {0};
    if (check_name(def->name) < 0 || check_identity(instance->items, def) < 0 || check_loop(instance->items, filter) < 0 ||
        vr_item_assign(instance->items, def->name, def->uuid, 0, &nwfilter_words, &c) < 0 ||
        nwfilter_apply_users(instance, def->name, filter) < 0)
        return NULL;
    if (nwfilter_write(instance, filter) < 0) {
        virErrorPtr error = vr_error_save();
        if (!c.is_new && nwfilter_apply_users(instance, def->name, NULL) < 0)
            vr_error_clear();
        vr_error_restore(error);
        return NULL;
    }
    vr_definition_set(&c.next->now, vr_definition_ref(filter));
    c.next->active = c.next->persistent = true;
    if (vr_item_assign_publish(&c, instance->items, &nwfilter_words) < 0)
        return NULL;
    return handle(conn, c.item, NULL);
}

virNWFilterPtr
nwfilter_define(virConnectPtr conn, const char *xml)
{
    return nwfilter_define_flags(conn, xml, 0);
}

static bool
in_use(VrInstance *instance, const char *name)
{
    g_autoptr(GPtrArray) bindings = vr_table_list(nwfilter_driver(instance)->bindings);
    for (guint i = 0; i < bindings->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(bindings->pdata[i]);
        const NWFilterBindingDef *binding = state->now->def;
        if (nwfilter_uses(instance->items, binding->filterref.filter, name, NULL))
            return true;
    }
    return false;
}

int
nwfilter_undefine(virNWFilterPtr filter)
{
    VrInstance *instance = nwfilter_instance(filter);
    VR_SCOPED_LOCK(&nwfilter_driver(instance)->apply);
    g_autoptr(VrItem) item = find(filter);
    g_auto(VrItemChange) c = {0};
    if (!item || !vr_item_change_begin(&c, item))
        return -1;
    if (in_use(instance, item->stored.name))
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_INVALID, "nwfilter is in use");
    g_autofree char *path = vr_files_path(instance->config, item->stored.name, ".xml");
    if (vr_files_remove(path, VIR_FROM_NWFILTER) < 0)
        return -1;
    vr_item_change_remove(&c, instance->items);
    return 0;
}
