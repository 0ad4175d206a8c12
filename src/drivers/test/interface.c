/* Host interfaces of the test driver, and the one transaction that changes to them can be made in.
 *
 * The operation table at the end is what entry points call, on any thread.
 */
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/test/test.h"
#include "model/interface.gen.h"
#include "store/item.h"

static const VrItemWords words = {"interface", "no interface with matching", VIR_ERR_NO_INTERFACE, VIR_FROM_INTERFACE};

static VrItem *
find(virInterfacePtr iface)
{
    return vr_item_by_name(test_node(VR_OBJECT_CONN(iface))->interfaces, VR_OBJECT_NAME(iface), &words, VIR_FROM_TEST);
}

static VrItemState *
look(virInterfacePtr iface)
{
    g_autoptr(VrItem) item = find(iface);
    return item ? vr_item_state(item) : NULL;
}

static int
change(virInterfacePtr iface, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = find(iface);
    if (!item)
        return -1;
    if (vr_item_change_begin(ret_change, item))
        return 0;
    return vr_error(VIR_FROM_TEST, words.missing, "%s name '%s'", words.no_such, VR_OBJECT_NAME(iface));
}

static const InterfaceDef *
def_of(const VrItemState *state)
{
    return state->now->def;
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_interface_new(conn, item->stored.name, def_of(state)->mac);
}

static bool
matches(const VrItemState *state, unsigned flags)
{
    return vr_filter(flags, VIR_CONNECT_LIST_INTERFACES_ACTIVE, VIR_CONNECT_LIST_INTERFACES_INACTIVE, state->active);
}

static int
test_interface_count(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->interfaces, vr_item_is_active, 1);
}

static int
test_interface_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->interfaces, vr_item_is_active, 1, (char **)names, maxnames);
}

static int
test_interface_count_defined(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->interfaces, vr_item_is_active, 0);
}

static int
test_interface_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->interfaces, vr_item_is_active, 0, (char **)names, maxnames);
}

static int
test_interface_list(virConnectPtr conn, virInterfacePtr **ifaces, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_CONNECT_LIST_INTERFACES_ACTIVE | VIR_CONNECT_LIST_INTERFACES_INACTIVE, VIR_FROM_TEST) < 0)
        return -1;
    return vr_items_handles(test_node(conn)->interfaces, matches, flags, conn, handle, (void ***)ifaces);
}

static virInterfacePtr
test_interface_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(test_node(conn)->interfaces, name, &words, VIR_FROM_TEST);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    return handle(conn, item, state);
}

static virInterfacePtr
test_interface_by_mac(virConnectPtr conn, const char *mac)
{
    g_autoptr(GPtrArray) items = vr_table_list(test_node(conn)->interfaces);
    g_autoptr(VrItemState) found = NULL;
    VrItem *item = NULL;
    for (guint i = 0; i < items->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(items->pdata[i]);
        if (!def_of(state)->mac || g_ascii_strcasecmp(def_of(state)->mac, mac) != 0)
            continue;
        if (found)
            return vr_error_null(VIR_FROM_TEST, VIR_ERR_MULTIPLE_INTERFACES, NULL);
        found = g_steal_pointer(&state);
        item = items->pdata[i];
    }
    if (found)
        return handle(conn, item, found);
    return vr_error_null(VIR_FROM_TEST, words.missing, "%s mac '%s'", words.no_such, mac);
}

static char *
test_interface_xml(virInterfacePtr iface, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrItemState) state = look(iface);
    const char *xml = state ? vr_definition_xml(state->now, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

/* Open a change on the interface that NAME names, made if there is none.  A new one is inactive. */
static void
open_named(TestNode *node, const char *name, VrItemChange *c)
{
    g_autoptr(VrItem) item = vr_table_by_name(node->interfaces, name);
    if (item && vr_item_change_begin(c, item))
        return;
    g_autoptr(VrItem) made = vr_item_new(name, NULL, &(VrItemState){.persistent = true});
    vr_item_change_begin(c, made);
    c->is_new = true;
}

static int
take(TestNode *node, InterfaceDef *parsed, bool active, VrItemChange *c)
{
    g_autoptr(VrDefinition) def = vr_definition_new(&vr_desc_interface_def, parsed);
    open_named(node, parsed->name, c);
    vr_definition_set(&c->next->now, g_steal_pointer(&def));
    c->next->active |= active;
    return vr_item_assign_publish(c, node->interfaces, &words);
}

static virInterfacePtr
test_interface_define_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_INTERFACE_DEFINE_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    InterfaceDef *def = interface_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    g_auto(VrItemChange) c = {0};
    if (!def || take(test_node(conn), def, false, &c) < 0)
        return NULL;
    return handle(conn, c.item, c.next);
}

int
test_interface_load(TestNode *node, const VrXmlNode *xml, const char *folder)
{
    InterfaceDef *def = interface_def_parse_node(xml, NULL);
    g_auto(VrItemChange) c = {0};
    return def ? take(node, def, true, &c) : -1;
}

static int
test_interface_undefine(virInterfacePtr iface)
{
    g_auto(VrItemChange) c = {0};
    if (change(iface, &c) < 0)
        return -1;
    vr_item_change_remove(&c, test_node(VR_OBJECT_CONN(iface))->interfaces);
    return 0;
}

static int
set_active(virInterfacePtr iface, unsigned int flags, bool active)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (change(iface, &c) < 0)
        return -1;
    if (c.next->active == active)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, NULL);
    c.next->active = active;
    vr_item_change_publish(&c);
    return 0;
}

static int
test_interface_create(virInterfacePtr iface, unsigned int flags)
{
    return set_active(iface, flags, true);
}

static int
test_interface_destroy(virInterfacePtr iface, unsigned int flags)
{
    return set_active(iface, flags, false);
}

static int
test_interface_is_active(virInterfacePtr iface)
{
    g_autoptr(VrItemState) state = look(iface);
    return state ? state->active : -1;
}

/* Begin: remember every interface's definition (not whether it is up). */
static int
test_interface_change_begin(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    TestNode *node = test_node(conn);
    VR_SCOPED_LOCK(&node->transaction_lock);
    if (node->transaction)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "there is another transaction running.");
    node->transaction = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
    g_autoptr(GPtrArray) items = vr_table_list(node->interfaces);
    for (guint i = 0; i < items->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(items->pdata[i]);
        g_ptr_array_add(node->transaction, vr_definition_ref(state->now));
    }
    return 0;
}

/* The running transaction, which is over now; NULL with the error set. */
static GPtrArray *
end_transaction(virConnectPtr conn, const char *refusal)
{
    TestNode *node = test_node(conn);
    VR_SCOPED_LOCK(&node->transaction_lock);
    if (!node->transaction)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "%s", refusal);
    return g_steal_pointer(&node->transaction);
}

static int
test_interface_change_commit(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(GPtrArray) saved = end_transaction(conn, "no transaction running, nothing to be committed.");
    return saved ? 0 : -1;
}

/* Rollback: the remembered interfaces take the place of all there are, and are down. */
static int
test_interface_change_rollback(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    TestNode *node = test_node(conn);
    g_autoptr(GPtrArray) saved = end_transaction(conn, "no transaction running, nothing to rollback.");
    if (!saved)
        return -1;
    g_autoptr(GPtrArray) items = vr_table_list(node->interfaces);
    for (guint i = 0; i < items->len; i++) {
        g_auto(VrItemChange) c = {0};
        if (vr_item_change_begin(&c, items->pdata[i]))
            vr_item_change_remove(&c, node->interfaces);
    }
    for (guint i = 0; i < saved->len; i++) {
        VrDefinition *def = saved->pdata[i];
        g_auto(VrItemChange) c = {0};
        open_named(node, ((const InterfaceDef *)def->def)->name, &c);
        vr_definition_set(&c.next->now, vr_definition_ref(def));
        if (vr_item_assign_publish(&c, node->interfaces, &words) < 0)
            return -1;
    }
    return 0;
}

const VrInterfaceOps test_interface_ops = {
    .connectNumOfInterfaces = test_interface_count,
    .connectListInterfaces = test_interface_names,
    .connectNumOfDefinedInterfaces = test_interface_count_defined,
    .connectListDefinedInterfaces = test_interface_names_defined,
    .connectListAllInterfaces = test_interface_list,
    .interfaceLookupByName = test_interface_by_name,
    .interfaceLookupByMACString = test_interface_by_mac,
    .interfaceGetXMLDesc = test_interface_xml,
    .interfaceDefineXML = test_interface_define_xml,
    .interfaceUndefine = test_interface_undefine,
    .interfaceCreate = test_interface_create,
    .interfaceDestroy = test_interface_destroy,
    .interfaceIsActive = test_interface_is_active,
    .interfaceChangeBegin = test_interface_change_begin,
    .interfaceChangeCommit = test_interface_change_commit,
    .interfaceChangeRollback = test_interface_change_rollback,
};
