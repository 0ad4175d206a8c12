/* Bindings: a filter put on a port, listed, shown, taken off.
 *
 * Entry points, on any thread.
 */
#include <net/if.h>
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"

const VrItemWords nwfilter_binding_words = {"binding", "no nwfilter binding for port dev", VIR_ERR_NO_NWFILTER_BINDING, VIR_FROM_NWFILTER};

static void
port_free(void *data)
{
    NWFilterPort *port = data;
    vr_mutex_clear(&port->lock);
    g_free(port->ip);
    g_clear_pointer(&port->chains, g_ptr_array_unref);
    g_free(port);
}

VrItem *
nwfilter_binding_new(VrDefinition *binding)
{
    VrItemState state = {.now = vr_definition_ref(binding), .active = true};
    VrItem *item = vr_item_new(((const NWFilterBindingDef *)binding->def)->port_dev, NULL, &state);
    NWFilterPort *port = g_new0(NWFilterPort, 1);
    vr_mutex_init(&port->lock);
    vr_item_own(item, port, port_free);
    return item;
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_nwfilter_binding_new(conn, item->stored.name, ((const NWFilterBindingDef *)state->now->def)->filterref.filter);
}

static bool
any(const VrItemState *state, unsigned flags)
{
    return true;
}

int
nwfilter_binding_list(virConnectPtr conn, virNWFilterBindingPtr **bindings, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NWFILTER) < 0)
        return -1;
    return vr_items_handles(nwfilter_driver(nwfilter_instance(conn))->bindings, any, 0, conn, handle, (void ***)bindings);
}

static VrItem *
find(const void *object, const char *port)
{
    VrItem *item = vr_table_by_name(nwfilter_driver(nwfilter_instance(object))->bindings, port);
    if (item)
        return item;
    return vr_error_null(VIR_FROM_NWFILTER, VIR_ERR_NO_NWFILTER_BINDING, "no nwfilter binding for port dev '%s'", port);
}

virNWFilterBindingPtr
nwfilter_binding_by_port(virConnectPtr conn, const char *port)
{
    g_autoptr(VrItem) item = find(conn, port);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    return handle(conn, item, state);
}

char *
nwfilter_binding_xml(virNWFilterBindingPtr binding, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NWFILTER) < 0)
        return NULL;
    g_autoptr(VrItem) item = find(binding, VR_OBJECT_NAME(binding));
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const char *xml = vr_definition_xml(state->now, 0);
    return xml ? strdup(xml) : NULL;
}

/* What every filter may ask for is among the parameters, for all to see. */
static void
add_mac(NWFilterBindingDef *def)
{
    NWFilterBindingRef *ref = &def->filterref;
    for (size_t i = 0; i < ref->n_parameter; i++) {
        if (strcmp(ref->parameter[i]->name, "MAC") == 0)
            return;
    }
    const unsigned char *m = def->mac;
    FilterParameter *mac = filter_parameter_new();
    mac->name = g_strdup("MAC");
    mac->value = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    vr_model_list_add(&ref->parameter, &ref->n_parameter, mac);
}

virNWFilterBindingPtr
nwfilter_binding_create(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = nwfilter_instance(conn);
    NWFilterDriver *driver = nwfilter_driver(instance);
    if (vr_flags_check(flags, VIR_NWFILTER_BINDING_CREATE_VALIDATE, VIR_FROM_NWFILTER) < 0)
        return NULL;
    NWFilterBindingDef *def = nwfilter_binding_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    if (!def)
        return NULL;
    add_mac(def);
    g_autoptr(VrDefinition) binding = vr_definition_new(&vr_desc_nwfilter_binding_def, def);
    VR_SCOPED_LOCK(&driver->apply);
    g_autoptr(VrItem) other = vr_table_by_name(driver->bindings, def->port_dev);
    if (other)
        return vr_error_null(VIR_FROM_NWFILTER, VIR_ERR_OPERATION_FAILED, "binding '%s' already exists", def->port_dev);
    g_autoptr(VrItem) item = nwfilter_binding_new(binding);
    if (nwfilter_apply(instance, item, NULL) < 0)
        return NULL;
    if (nwfilter_write_binding(instance, binding) < 0) {
        virErrorPtr error = vr_error_save();
        nwfilter_unapply(item);
        vr_error_restore(error);
        return NULL;
    }
    vr_table_add(driver->bindings, item);
    return vr_nwfilter_binding_new(conn, def->port_dev, def->filterref.filter);
}

int
nwfilter_binding_delete(virNWFilterBindingPtr binding)
{
    VrInstance *instance = nwfilter_instance(binding);
    NWFilterDriver *driver = nwfilter_driver(instance);
    VR_SCOPED_LOCK(&driver->apply);
    g_autoptr(VrItem) item = find(binding, VR_OBJECT_NAME(binding));
    if (!item)
        return -1;
    nwfilter_unapply(item);
    nwfilter_remove_binding(instance, item->stored.name);
    vr_table_remove(driver->bindings, item);
    return 0;
}
