/* Volumes of the test driver's pools: definitions whose sizes are booked on their pool.
 *
 * Called through the operation table in storage_pool.c, on any thread.
 */
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/test/storage.h"

static TestNode *
node_of(const void *object)
{
    return test_node(VR_OBJECT_CONN(object));
}

static virStorageVolPtr
handle(virConnectPtr conn, const char *pool, const VrDefinition *definition)
{
    const StorageVolDef *vol = definition->def;
    return vr_storage_vol_new(conn, pool, vol->name, vol->key);
}

static void
report_missing(const char *field, const char *value)
{
    vr_error(VIR_FROM_TEST, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching %s '%s'", field, value);
}

int
test_volume_count(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = test_pool_active_state(node_of(pool), VR_OBJECT_NAME(pool));
    return state ? (int)state->parts->len : -1;
}

int
test_volume_names(virStoragePoolPtr pool, char **const names, int maxnames)
{
    g_autoptr(VrItemState) state = test_pool_active_state(node_of(pool), VR_OBJECT_NAME(pool));
    if (!state)
        return -1;
    int n = MIN((int)state->parts->len, maxnames);
    for (int i = 0; i < n; i++) {
        const VrDefinition *definition = state->parts->pdata[i];
        ((char **)names)[i] = strdup(((const StorageVolDef *)definition->def)->name);
    }
    return n;
}

int
test_volume_list(virStoragePoolPtr pool, virStorageVolPtr **vols, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrItem) item = vr_item_by_uuid(node_of(pool)->pools, pool->object.uuid, &test_pool_words, VIR_FROM_TEST);
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "storage pool is not active");
    if (!vols)
        return (int)state->parts->len;
    *vols = calloc(state->parts->len + 1, sizeof(**vols));
    for (guint i = 0; i < state->parts->len; i++)
        (*vols)[i] = handle(VR_OBJECT_CONN(pool), VR_OBJECT_NAME(pool), state->parts->pdata[i]);
    return (int)state->parts->len;
}

virStorageVolPtr
test_volume_by_name(virStoragePoolPtr pool, const char *name)
{
    g_autoptr(VrItemState) state = test_pool_active_state(node_of(pool), VR_OBJECT_NAME(pool));
    if (!state)
        return NULL;
    const VrDefinition *found = vr_pool_volume(state, VR_VOLUME_NAME, name, NULL);
    if (found)
        return handle(VR_OBJECT_CONN(pool), VR_OBJECT_NAME(pool), found);
    report_missing("name", name);
    return NULL;
}

/* Search all active pools. */
static virStorageVolPtr
search(virConnectPtr conn, VrVolumeField field, const char *what, const char *value)
{
    g_autoptr(GPtrArray) pools = vr_table_list(test_node(conn)->pools);
    for (guint i = 0; i < pools->len; i++) {
        VrItem *pool = pools->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(pool);
        const VrDefinition *found = state->active ? vr_pool_volume(state, field, value, NULL) : NULL;
        if (found)
            return handle(conn, pool->stored.name, found);
    }
    report_missing(what, value);
    return NULL;
}

virStorageVolPtr
test_volume_by_key(virConnectPtr conn, const char *key)
{
    return search(conn, VR_VOLUME_KEY, "key", key);
}

virStorageVolPtr
test_volume_by_path(virConnectPtr conn, const char *path)
{
    return search(conn, VR_VOLUME_PATH, "path", path);
}

/* Put VOL into the pool under its folder (or where it says, when KEEP_PATH). */
static int
place(VrItemChange *pool, StorageVolDef *vol, bool keep_path)
{
    const StoragePoolDef *def = pool->next->now->def;
    if (vr_volume_settle_formats(vol, def) < 0)
        return -1;
    if (!keep_path || !vol->target.path) {
        const char *folder = def->target.path;
        g_free(vol->target.path);
        vol->target.path = g_strdup_printf("%s/%s", folder ? folder : "(null)", vol->name);
    }
    g_free(vol->key);
    vol->key = g_strdup(vol->target.path);
    return 0;
}

static StorageVolDef *
parse(VrItemChange *pool, const char *xml)
{
    g_autoptr(StorageVolDef) vol = storage_vol_def_parse(xml, &(VrParseContext){0});
    if (!vol || place(pool, vol, false) < 0)
        return NULL;
    if (!vr_pool_volume(pool->next, VR_VOLUME_NAME, vol->name, NULL))
        return g_steal_pointer(&vol);
    return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_FAILED, "storage vol already exists");
}

/* Whether the pool has room for VOL; FALSE with the error set. */
static gboolean
has_room(const VrItemChange *pool, const StorageVolDef *vol)
{
    const StoragePoolDef *def = pool->next->now->def;
    unsigned long long used;
    if (!__builtin_add_overflow(def->allocation, vol->allocation, &used) && used <= def->capacity)
        return TRUE;
    vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "Not enough free space in pool for volume '%s'", vol->name);
    return FALSE;
}

/* Add VOL (taken over) to the pool. */
static VrDefinition *
add(VrItemChange *pool, StorageVolDef *vol)
{
    g_autoptr(VrDefinition) definition = vr_definition_new(&vr_desc_storage_vol_def, vol);
    test_pool_book(pool, vol->allocation);
    g_ptr_array_add(pool->next->parts, vr_definition_ref(definition));
    return definition; /* kept by the state */
}

static virStorageVolPtr
create(virStoragePoolPtr pool, const char *xml, virStorageVolPtr original, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_auto(VrItemChange) c = {0};
    if (test_pool_change(node_of(pool), VR_OBJECT_NAME(pool), 1, &c) < 0)
        return NULL;
    g_autoptr(StorageVolDef) vol = parse(&c, xml);
    if (!vol)
        return NULL;
    if (original && !vr_pool_volume(c.next, VR_VOLUME_NAME, VR_OBJECT_NAME(original), NULL)) {
        report_missing("name", VR_OBJECT_NAME(original));
        return NULL;
    }
    if (!has_room(&c, vol))
        return NULL;
    const VrDefinition *added = add(&c, g_steal_pointer(&vol));
    vr_item_change_publish(&c);
    return handle(VR_OBJECT_CONN(pool), VR_OBJECT_NAME(pool), added);
}

virStorageVolPtr
test_volume_create(virStoragePoolPtr pool, const char *xml, unsigned int flags)
{
    return create(pool, xml, NULL, flags);
}

virStorageVolPtr
test_volume_clone(virStoragePoolPtr pool, const char *xml, virStorageVolPtr original, unsigned int flags)
{
    return create(pool, xml, original, flags);
}

int
test_volume_load(VrItemChange *pool, const VrXmlNode *xml)
{
    g_autoptr(StorageVolDef) vol = storage_vol_def_parse_node(xml, NULL);
    if (!vol || place(pool, vol, true) < 0)
        return -1;
    if (vr_pool_volume(pool->next, VR_VOLUME_NAME, vol->name, NULL))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "the node file has two volumes '%s' in one pool", vol->name);
    add(pool, g_steal_pointer(&vol)); /* a node file may promise more than its pool holds */
    return 0;
}

int
test_volume_delete(virStorageVolPtr vol, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    guint at;
    if (test_pool_change(node_of(vol), vol->pool, 1, &c) < 0)
        return -1;
    const VrDefinition *found = vr_pool_volume(c.next, VR_VOLUME_NAME, VR_OBJECT_NAME(vol), &at);
    if (!found) {
        report_missing("name", VR_OBJECT_NAME(vol));
        return -1;
    }
    test_pool_book(&c, -((const StorageVolDef *)found->def)->allocation);
    g_ptr_array_remove_index(c.next->parts, at);
    vr_item_change_publish(&c);
    return 0;
}

/* The definition of VOL and the state of its pool, which keeps it; NULL with the error set. */
static VrDefinition *
look(virStorageVolPtr vol, VrItemState **ret_pool)
{
    g_autoptr(VrItemState) state = test_pool_active_state(node_of(vol), vol->pool);
    if (!state)
        return NULL;
    VrDefinition *found = vr_pool_volume(state, VR_VOLUME_NAME, VR_OBJECT_NAME(vol), NULL);
    if (found)
        *ret_pool = g_steal_pointer(&state);
    else
        report_missing("name", VR_OBJECT_NAME(vol));
    return found;
}

int
test_volume_info(virStorageVolPtr vol, virStorageVolInfoPtr info)
{
    g_autoptr(VrItemState) pool = NULL;
    const VrDefinition *definition = look(vol, &pool);
    if (!definition)
        return -1;
    const StorageVolDef *def = definition->def;
    *info = (virStorageVolInfo){vr_pool_volume_type(pool->now->def), def->capacity, def->allocation};
    return 0;
}

char *
test_volume_xml(virStorageVolPtr vol, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrItemState) pool = NULL;
    VrDefinition *definition = look(vol, &pool);
    const char *xml = definition ? vr_definition_xml(definition, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

char *
test_volume_path(virStorageVolPtr vol)
{
    g_autoptr(VrItemState) pool = NULL;
    const VrDefinition *definition = look(vol, &pool);
    return definition ? strdup(((const StorageVolDef *)definition->def)->target.path) : NULL;
}
