/* Storage pools of the test driver: definitions of one fixed size, with volumes that exist on paper.
 *
 * The operation table at the end is what entry points call, on any thread.
 */
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/test/storage.h"

const VrItemWords test_pool_words = {"pool", "no storage pool with matching", VIR_ERR_NO_STORAGE_POOL, VIR_FROM_STORAGE};

#define POOL_CAPACITY (100ULL << 30)

VrItem *
test_pool_find(TestNode *node, const char *name)
{
    return vr_item_by_name(node->pools, name, &test_pool_words, VIR_FROM_TEST);
}

static int
refuse_state(const char *name, bool active)
{
    return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is %sactive", name, active ? "" : "not ");
}

VrItemState *
test_pool_active_state(TestNode *node, const char *name)
{
    g_autoptr(VrItem) item = test_pool_find(node, name);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (state->active)
        return g_steal_pointer(&state);
    refuse_state(name, false);
    return NULL;
}

int
test_pool_change(TestNode *node, const char *name, int active, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = test_pool_find(node, name);
    if (!item)
        return -1;
    if (!vr_item_change_begin(ret_change, item))
        return vr_error(VIR_FROM_TEST, test_pool_words.missing, "%s name '%s'", test_pool_words.no_such, name);
    if (active < 0 || ret_change->next->active == (active > 0))
        return 0;
    vr_item_change_end(ret_change);
    return refuse_state(name, !active);
}

/* The change's own copy of the definition in force. */
static StoragePoolDef *
writable(VrItemChange *change)
{
    StoragePoolDef *def = vr_definition_copy(change->next->now);
    vr_definition_set(&change->next->now, vr_definition_new(&vr_desc_storage_pool_def, def));
    return def;
}

void
test_pool_book(VrItemChange *change, unsigned long long delta)
{
    StoragePoolDef *def = writable(change);
    def->allocation += delta;
    def->available = def->capacity - def->allocation;
}

static TestNode *
node_of(virStoragePoolPtr pool)
{
    return test_node(VR_OBJECT_CONN(pool));
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_storage_pool_new(conn, item->stored.name, item->stored.uuid);
}

static void
emit(TestNode *node, const VrItem *item, int event)
{
    vr_event_emit(node->events, VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, item->stored.name,
                  item->stored.uuid, -1, &(VrEventArgs){.n = {event}});
}

static int
test_pool_count(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->pools, vr_item_is_active, 1);
}

static int
test_pool_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->pools, vr_item_is_active, 1, (char **)names, maxnames);
}

static int
test_pool_count_defined(virConnectPtr conn)
{
    return vr_items_count(test_node(conn)->pools, vr_item_is_active, 0);
}

static int
test_pool_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(test_node(conn)->pools, vr_item_is_active, 0, (char **)names, maxnames);
}

static int
test_pool_list(virConnectPtr conn, virStoragePoolPtr **pools, unsigned int flags)
{
    if (vr_flags_check(flags, VR_POOL_LIST_FLAGS, VIR_FROM_TEST) < 0)
        return -1;
    return vr_items_handles(test_node(conn)->pools, vr_pool_matches, flags, conn, handle, (void ***)pools);
}

static virStoragePoolPtr
test_pool_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = test_pool_find(test_node(conn), name);
    return item ? handle(conn, item, NULL) : NULL;
}

static virStoragePoolPtr
test_pool_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(test_node(conn)->pools, uuid, &test_pool_words, VIR_FROM_TEST);
    return item ? handle(conn, item, NULL) : NULL;
}

static virStoragePoolPtr
test_pool_by_volume(virStorageVolPtr vol)
{
    return test_pool_by_name(VR_OBJECT_CONN(vol), vol->pool);
}

/* Open a change for a parsed document; DEF is taken over, and put in force unless the pool runs and is only defined. */
static int
assign(TestNode *node, StoragePoolDef *parsed, unsigned flags, VrItemChange *c)
{
    g_autoptr(VrDefinition) def = vr_definition_new(&vr_desc_storage_pool_def, parsed);
    if (vr_item_assign(node->pools, parsed->name, parsed->uuid, flags, &test_pool_words, c) < 0 ||
        vr_pool_check_source(node->pools, parsed, c->item->stored.uuid) < 0)
        return -1;
    vr_definition_set(c->next->active ? &c->next->config : &c->next->now, g_steal_pointer(&def));
    if (!c->next->parts)
        c->next->parts = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
    /* A definition resets the numbers even of a running pool. */
    StoragePoolDef *now = writable(c);
    now->capacity = now->available = POOL_CAPACITY;
    now->allocation = 0;
    return 0;
}

static virStoragePoolPtr
test_pool_define_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_STORAGE_POOL_DEFINE_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    TestNode *node = test_node(conn);
    StoragePoolDef *def = storage_pool_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    g_auto(VrItemChange) c = {0};
    if (!def || assign(node, def, 0, &c) < 0)
        return NULL;
    c.next->persistent = true;
    if (vr_item_assign_publish(&c, node->pools, &test_pool_words) < 0)
        return NULL;
    emit(node, c.item, VIR_STORAGE_POOL_EVENT_DEFINED);
    return handle(conn, c.item, NULL);
}

/* A pool made to run at once is transient from then on, even if it was defined before. */
static virStoragePoolPtr
test_pool_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    TestNode *node = test_node(conn);
    StoragePoolDef *def = storage_pool_def_parse(xml, NULL);
    g_auto(VrItemChange) c = {0};
    if (!def || assign(node, def, VR_ASSIGN_LIVE, &c) < 0)
        return NULL;
    c.next->active = true;
    c.next->persistent = false;
    if (vr_item_assign_publish(&c, node->pools, &test_pool_words) < 0)
        return NULL;
    emit(node, c.item, VIR_STORAGE_POOL_EVENT_STARTED);
    return handle(conn, c.item, NULL);
}

int
test_pool_load(TestNode *node, const VrXmlNode *xml, const char *folder)
{
    StoragePoolDef *def = storage_pool_def_parse_node(xml, NULL);
    g_auto(VrItemChange) c = {0};
    if (!def || assign(node, def, 0, &c) < 0)
        return -1;
    for (const VrXmlNode *vol = vr_xml_child(xml, "volume"); vol; vol = vr_xml_next(vol, "volume")) {
        const char *file = vr_xml_attr(vol, "file");
        g_autoptr(VrXmlTree) tree = file ? test_read_xml(file, folder) : NULL;
        if ((file && !tree) || test_volume_load(&c, tree ? vr_xml_root(tree) : vol) < 0)
            return -1;
    }
    c.next->active = c.next->persistent = true;
    return vr_item_assign_publish(&c, node->pools, &test_pool_words);
}

static int
test_pool_create(virStoragePoolPtr pool, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node_of(pool), VR_OBJECT_NAME(pool), 0, &c) < 0)
        return -1;
    c.next->active = true;
    vr_item_change_publish(&c);
    emit(node_of(pool), c.item, VIR_STORAGE_POOL_EVENT_STARTED);
    return 0;
}

static int
test_pool_destroy(virStoragePoolPtr pool)
{
    TestNode *node = node_of(pool);
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node, VR_OBJECT_NAME(pool), 1, &c) < 0)
        return -1;
    c.next->active = false;
    if (c.next->persistent)
        vr_item_change_publish(&c);
    else
        vr_item_change_remove(&c, node->pools);
    emit(node, c.item, VIR_STORAGE_POOL_EVENT_STOPPED);
    return 0;
}

static int
test_pool_undefine(virStoragePoolPtr pool)
{
    TestNode *node = node_of(pool);
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node, VR_OBJECT_NAME(pool), 0, &c) < 0)
        return -1;
    vr_item_change_remove(&c, node->pools);
    emit(node, c.item, VIR_STORAGE_POOL_EVENT_UNDEFINED);
    return 0;
}

/* Building and deleting have nothing to do on a host that is not there; they are announced. */
static int
announce(virStoragePoolPtr pool, unsigned int flags, int event)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node_of(pool), VR_OBJECT_NAME(pool), 0, &c) < 0)
        return -1;
    emit(node_of(pool), c.item, event);
    return 0;
}

static int
test_pool_build(virStoragePoolPtr pool, unsigned int flags)
{
    return announce(pool, flags, VIR_STORAGE_POOL_EVENT_CREATED);
}

static int
test_pool_delete(virStoragePoolPtr pool, unsigned int flags)
{
    return announce(pool, flags, VIR_STORAGE_POOL_EVENT_DELETED);
}

static int
test_pool_refresh(virStoragePoolPtr pool, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node_of(pool), VR_OBJECT_NAME(pool), 1, &c) < 0)
        return -1;
    vr_event_emit(node_of(pool)->events, VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, c.item->stored.name,
                  c.item->stored.uuid, -1, NULL);
    return 0;
}

static int
test_pool_info(virStoragePoolPtr pool, virStoragePoolInfoPtr info)
{
    g_autoptr(VrItem) item = test_pool_find(node_of(pool), VR_OBJECT_NAME(pool));
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const StoragePoolDef *def = state->now->def;
    *info = (virStoragePoolInfo){state->active ? VIR_STORAGE_POOL_RUNNING : VIR_STORAGE_POOL_INACTIVE, def->capacity,
                                 def->allocation, def->available};
    return 0;
}

static char *
test_pool_xml(virStoragePoolPtr pool, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrItem) item = test_pool_find(node_of(pool), VR_OBJECT_NAME(pool));
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const char *xml = vr_definition_xml(state->now, 0);
    return xml ? strdup(xml) : NULL;
}

static int
test_pool_get_autostart(virStoragePoolPtr pool, int *autostart)
{
    g_autoptr(VrItem) item = test_pool_find(node_of(pool), VR_OBJECT_NAME(pool));
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    *autostart = state->persistent && state->autostart;
    return 0;
}

static int
test_pool_set_autostart(virStoragePoolPtr pool, int autostart)
{
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node_of(pool), VR_OBJECT_NAME(pool), -1, &c) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "pool has no config file");
    c.next->autostart = autostart != 0;
    vr_item_change_publish(&c);
    return 0;
}

static VrItemState *
state_by_uuid(virStoragePoolPtr pool)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(node_of(pool)->pools, pool->object.uuid, &test_pool_words, VIR_FROM_TEST);
    return item ? vr_item_state(item) : NULL;
}

static int
test_pool_is_active(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = state_by_uuid(pool);
    return state ? state->active : -1;
}

static int
test_pool_is_persistent(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = state_by_uuid(pool);
    return state ? state->persistent : -1;
}

static int
test_pool_event_register(virConnectPtr conn, virStoragePoolPtr pool, int id, virConnectStoragePoolEventGenericCallback cb,
                         void *opaque, virFreeCallback freecb)
{
    return vr_event_register(test_node(conn)->events, VR_EVENTS_STORAGE_POOL, conn, pool, id, (void (*)(void))cb, opaque,
                             freecb);
}

static int
test_pool_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(test_node(conn)->events, VR_EVENTS_STORAGE_POOL, conn, id) < 0 ? -1 : 0;
}

/* What a search finds on this host: two volume groups, and one share on every server. */
static char *
found_groups(void)
{
    g_autoptr(StoragePoolSourceList) list = storage_pool_source_list_new();
    for (int i = 0; i < 2; i++) {
        StoragePoolSource *source = storage_pool_source_new();
        StoragePoolDevice *device = storage_pool_device_new();
        device->path = g_strdup_printf("/dev/sda2%d", i);
        vr_model_list_add(&source->device, &source->n_device, device);
        source->name = g_strdup_printf("testvg%d", i + 1);
        source->format = g_strdup("lvm2");
        vr_model_list_add(&list->source, &list->n_source, source);
    }
    return storage_pool_source_list_format(list, 0);
}

static char *
found_share(const char *server)
{
    g_autoptr(StoragePoolSourceList) list = storage_pool_source_list_new();
    StoragePoolSource *source = storage_pool_source_new();
    StoragePoolHost *host = storage_pool_host_new();
    host->name = g_strdup(server);
    vr_model_list_add(&source->host, &source->n_host, host);
    source->dir = g_strdup("/testshare");
    source->format = g_strdup("nfs");
    vr_model_list_add(&list->source, &list->n_source, source);
    return storage_pool_source_list_format(list, 0);
}

/* Read what to search for; NULL with the error set. */
static StoragePoolSource *
read_search(int type, const char *xml)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_STORAGE, xml, "(storage_source_specification)");
    if (!tree)
        return NULL;
    if (type < 0)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "missing backend for pool type %d", type);
    if (type == STORAGE_POOL_TYPE_RBD && !vr_xml_child(vr_xml_root(tree), "name"))
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "element 'name' is mandatory for RBD pool");
    return vr_model_parse_node(&vr_desc_storage_pool_source, vr_xml_root(tree),
                               &(VrParseContext){.document = &vr_desc_storage_pool_def});
}

static char *
test_pool_find_sources(virConnectPtr conn, const char *type_name, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    int type = vr_enum_from_string(&vr_enum_storage_pool_type, type_name);
    if (type == STORAGE_POOL_TYPE_DIR) /* the original takes the first type for none, and clients know its answer */
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "unknown storage pool type %s", type_name);
    g_autoptr(StoragePoolSource) source = NULL;
    if (xml && !(source = read_search(type, xml)))
        return NULL;
    if (type == STORAGE_POOL_TYPE_LOGICAL)
        return found_groups();
    if (type != STORAGE_POOL_TYPE_NETFS)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_NO_SUPPORT, "pool type '%s' does not support source discovery",
                             type_name);
    if (!source || source->n_host == 0)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "hostname must be specified for netfs sources");
    return found_share(source->host[0]->name);
}

const VrStorageOps test_storage_ops = {
    .connectNumOfStoragePools = test_pool_count,
    .connectListStoragePools = test_pool_names,
    .connectNumOfDefinedStoragePools = test_pool_count_defined,
    .connectListDefinedStoragePools = test_pool_names_defined,
    .connectListAllStoragePools = test_pool_list,
    .connectFindStoragePoolSources = test_pool_find_sources,
    .connectStoragePoolEventRegisterAny = test_pool_event_register,
    .connectStoragePoolEventDeregisterAny = test_pool_event_deregister,
    .storagePoolLookupByName = test_pool_by_name,
    .storagePoolLookupByUUID = test_pool_by_uuid,
    .storagePoolLookupByVolume = test_pool_by_volume,
    .storagePoolCreateXML = test_pool_create_xml,
    .storagePoolDefineXML = test_pool_define_xml,
    .storagePoolBuild = test_pool_build,
    .storagePoolUndefine = test_pool_undefine,
    .storagePoolCreate = test_pool_create,
    .storagePoolDestroy = test_pool_destroy,
    .storagePoolDelete = test_pool_delete,
    .storagePoolRefresh = test_pool_refresh,
    .storagePoolGetInfo = test_pool_info,
    .storagePoolGetXMLDesc = test_pool_xml,
    .storagePoolGetAutostart = test_pool_get_autostart,
    .storagePoolSetAutostart = test_pool_set_autostart,
    .storagePoolNumOfVolumes = test_volume_count,
    .storagePoolListVolumes = test_volume_names,
    .storagePoolListAllVolumes = test_volume_list,
    .storageVolLookupByName = test_volume_by_name,
    .storageVolLookupByKey = test_volume_by_key,
    .storageVolLookupByPath = test_volume_by_path,
    .storageVolCreateXML = test_volume_create,
    .storageVolCreateXMLFrom = test_volume_clone,
    .storageVolDelete = test_volume_delete,
    .storageVolGetInfo = test_volume_info,
    .storageVolGetXMLDesc = test_volume_xml,
    .storageVolGetPath = test_volume_path,
    .storagePoolIsActive = test_pool_is_active,
    .storagePoolIsPersistent = test_pool_is_persistent,
};
