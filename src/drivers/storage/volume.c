/* Finding volumes and telling about them; and taking them for work that lasts.
 *
 * Reads the published state, and for volumes of this host asks the file itself for its size.  Any thread.
 */
#include <string.h>

#include "drivers/storage/storage.h"

virStorageVolPtr
storage_volume_handle(virConnectPtr conn, const VrItem *item, const VrDefinition *definition)
{
    const StorageVolDef *vol = definition->def;
    return vr_storage_vol_new(conn, item->stored.name, vol->name, vol->key);
}

static VrItemState *
active_state(virStoragePoolPtr pool, VrItem **ret_item)
{
    g_autoptr(VrItem) item = storage_find(pool);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active) {
        storage_not_active(item->stored.name);
        return NULL;
    }
    if (ret_item)
        *ret_item = g_steal_pointer(&item);
    return g_steal_pointer(&state);
}

int
storage_volume_count(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = active_state(pool, NULL);
    return state ? (int)state->parts->len : -1;
}

int
storage_volume_names(virStoragePoolPtr pool, char **const names, int maxnames)
{
    g_autoptr(VrItemState) state = active_state(pool, NULL);
    if (!state)
        return -1;
    int n = MIN((int)state->parts->len, maxnames);
    for (int i = 0; i < n; i++)
        ((char **)names)[i] = strdup(((const StorageVolDef *)((const VrDefinition *)state->parts->pdata[i])->def)->name);
    return n;
}

int
storage_volume_list(virStoragePoolPtr pool, virStorageVolPtr **vols, unsigned int flags)
{
    g_autoptr(VrItem) item = NULL;
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    g_autoptr(VrItemState) state = active_state(pool, &item);
    if (!state)
        return -1;
    if (!vols)
        return (int)state->parts->len;
    *vols = calloc(state->parts->len + 1, sizeof(**vols));
    for (guint i = 0; i < state->parts->len; i++)
        (*vols)[i] = storage_volume_handle(VR_OBJECT_CONN(pool), item, state->parts->pdata[i]);
    return (int)state->parts->len;
}

virStorageVolPtr
storage_volume_by_name(virStoragePoolPtr pool, const char *name)
{
    g_autoptr(VrItem) item = NULL;
    g_autoptr(VrItemState) state = active_state(pool, &item);
    if (!state)
        return NULL;
    const VrDefinition *found = vr_pool_volume(state, VR_VOLUME_NAME, name, NULL);
    if (found)
        return storage_volume_handle(VR_OBJECT_CONN(pool), item, found);
    return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching name '%s'", name);
}

/* In all running pools. */
static virStorageVolPtr
search(virConnectPtr conn, VrVolumeField field, const char *value)
{
    g_autoptr(GPtrArray) items = vr_table_list(storage_instance(conn)->items);
    for (guint i = 0; i < items->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(items->pdata[i]);
        const VrDefinition *found = state->active ? vr_pool_volume(state, field, value, NULL) : NULL;
        if (found)
            return storage_volume_handle(conn, items->pdata[i], found);
    }
    return NULL;
}

virStorageVolPtr
storage_volume_by_key(virConnectPtr conn, const char *key)
{
    virStorageVolPtr vol = search(conn, VR_VOLUME_KEY, key);
    return vol ? vol : vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching key %s", key);
}

virStorageVolPtr
storage_volume_by_path(virConnectPtr conn, const char *path)
{
    virStorageVolPtr vol = search(conn, VR_VOLUME_PATH, path);
    if (vol)
        return vol;
    g_autofree char *plain = g_path_is_absolute(path) ? g_canonicalize_filename(path, NULL) : NULL;
    if (plain && strcmp(plain, path) != 0 && (vol = search(conn, VR_VOLUME_PATH, plain)))
        return vol;
    /* a device may be known by the name that stays while its own changes; nothing slow is asked for it */
    g_autofree char *real = g_str_has_prefix(path, "/dev/") ? realpath(path, NULL) : NULL;
    if (real && strcmp(real, path) != 0 && (vol = search(conn, VR_VOLUME_PATH, real)))
        return vol;
    return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching path '%s'", path);
}

VrDefinition *
storage_volume_find(virStorageVolPtr vol, VrItem **ret_item, VrItemState **ret_state)
{
    g_autoptr(VrItem) item = vr_table_by_name(storage_instance(vol)->items, vol->pool);
    if (!item)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_POOL, "no storage pool with matching name '%s'", vol->pool);
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active) {
        storage_not_active(vol->pool);
        return NULL;
    }
    VrDefinition *found = vr_pool_volume(state, VR_VOLUME_NAME, VR_OBJECT_NAME(vol), NULL);
    if (!found)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_VOL, "no storage vol with matching name '%s'",
                             VR_OBJECT_NAME(vol));
    if (ret_item)
        *ret_item = g_steal_pointer(&item);
    *ret_state = g_steal_pointer(&state);
    return found;
}

/* --- work that lasts --- */

VrDefinition *
storage_volume_take(virStorageVolPtr vol, bool exclusive, VrItem **ret_item, VrItemState **ret_state)
{
    g_autoptr(VrItem) item = NULL;
    g_autoptr(VrItemState) state = NULL;
    VrDefinition *found = storage_volume_find(vol, &item, &state);
    if (!found)
        return NULL;
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    StorageBusy *busy = g_hash_table_lookup(pool->busy, VR_OBJECT_NAME(vol));
    if (pool->starting)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is starting up", item->stored.name);
    if (busy && busy->building)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume '%s' is still being allocated.",
                             VR_OBJECT_NAME(vol));
    if (busy && busy->users && exclusive)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume '%s' is still in use.", VR_OBJECT_NAME(vol));
    if (!busy) {
        busy = g_new0(StorageBusy, 1);
        g_hash_table_insert(pool->busy, g_strdup(VR_OBJECT_NAME(vol)), busy);
    }
    busy->users++;
    *ret_item = g_steal_pointer(&item);
    *ret_state = g_steal_pointer(&state);
    return found;
}

void
storage_volume_release(VrItem *item, const char *name)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    StorageBusy *busy = g_hash_table_lookup(pool->busy, name);
    if (busy && --busy->users == 0 && !busy->building)
        g_hash_table_remove(pool->busy, name);
}

void
storage_volume_changed(VrInstance *instance, VrItem *item, const char *name)
{
    g_autoptr(VrItemState) state = vr_item_state(item);
    VrDefinition *found = state->parts ? vr_pool_volume(state, VR_VOLUME_NAME, name, NULL) : NULL;
    const StorageBackend *backend = found ? storage_backend(storage_now(state)) : NULL;
    if (!backend || !backend->volume_look)
        return;
    StorageVolDef *vol = vr_definition_copy(found);
    unsigned long long before = vol->allocation;
    bool looked = backend->volume_look(instance, storage_now(state), vol) == 0;
    g_autoptr(VrDefinition) now = vr_definition_new(&vr_desc_storage_vol_def, vol);
    if (!looked) {
        vr_error_clear();
        return;
    }
    g_auto(VrItemChange) c = {0};
    guint at;
    if (!vr_item_change_begin(&c, item) || !vr_pool_volume(c.next, VR_VOLUME_NAME, name, &at))
        return;
    storage_touch(item, name);
    vr_definition_unref(c.next->parts->pdata[at]);
    c.next->parts->pdata[at] = vr_definition_ref(now);
    storage_book(c.next, (long long)(vol->allocation - before));
    vr_item_change_publish(&c);
}

/* --- telling --- */

/* The volume as it is at this moment, where asking waits for no server; the caller's own. */
static StorageVolDef *
current(virStorageVolPtr obj, int *ret_pool_type, int *ret_type)
{
    g_autoptr(VrItemState) state = NULL;
    const VrDefinition *found = storage_volume_find(obj, NULL, &state);
    if (!found)
        return NULL;
    const StoragePoolDef *def = storage_now(state);
    g_autoptr(StorageVolDef) vol = vr_definition_copy(found);
    bool near = def->type == STORAGE_POOL_TYPE_DIR || def->type == STORAGE_POOL_TYPE_FS || def->type == STORAGE_POOL_TYPE_LOGICAL ||
                def->type == STORAGE_POOL_TYPE_DISK;
    if (near && storage_look_local(def, vol) < 0)
        return NULL;
    *ret_pool_type = vr_pool_volume_type(def);
    if (ret_type)
        *ret_type = vol->type;
    return g_steal_pointer(&vol);
}

int
storage_volume_info_flags(virStorageVolPtr obj, virStorageVolInfoPtr info, unsigned int flags)
{
    int pool_type;
    if (vr_flags_check(flags, VIR_STORAGE_VOL_GET_PHYSICAL, VIR_FROM_STORAGE) < 0)
        return -1;
    g_autoptr(StorageVolDef) vol = current(obj, &pool_type, NULL);
    if (!vol)
        return -1;
    *info = (virStorageVolInfo){vol->type, vol->capacity, flags & VIR_STORAGE_VOL_GET_PHYSICAL ? vol->physical : vol->allocation};
    return 0;
}

int
storage_volume_info(virStorageVolPtr vol, virStorageVolInfoPtr info)
{
    return storage_volume_info_flags(vol, info, 0);
}

char *
storage_volume_xml(virStorageVolPtr obj, unsigned int flags)
{
    int pool_type;
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(StorageVolDef) vol = current(obj, &pool_type, NULL);
    g_autofree char *xml = vol ? storage_vol_def_format(vol, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

char *
storage_volume_path(virStorageVolPtr obj)
{
    g_autoptr(VrItemState) state = NULL;
    const VrDefinition *found = storage_volume_find(obj, NULL, &state);
    if (!found)
        return NULL;
    const char *path = ((const StorageVolDef *)found->def)->target.path;
    return path ? strdup(path) : strdup("");
}
