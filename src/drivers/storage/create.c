/* Volumes made, copied, resized, deleted.
 *
 * Entry points, on any thread.  A volume appears in its pool before it is built and is marked as being built; the building itself
 * holds nothing but that mark.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

static StorageVolDef *
parse(const char *xml, const StoragePoolDef *pool, unsigned flags, unsigned sizes)
{
    unsigned validate = flags & VIR_STORAGE_VOL_CREATE_VALIDATE ? VR_MODEL_VALIDATE : 0;
    g_autoptr(StorageVolDef) vol = storage_vol_def_parse(xml, &(VrParseContext){.flags = sizes | validate});
    if (!vol || vr_volume_settle_formats(vol, pool) < 0)
        return NULL;
    vol->type = g_strcmp0(vol->target.format, "dir") == 0 && vr_pool_volume_type(pool) == VIR_STORAGE_VOL_FILE ? STORAGE_VOL_TYPE_DIR
                                                                                                           : vr_pool_volume_type(pool);
    g_clear_pointer(&vol->key, g_free);
    g_clear_pointer(&vol->target.path, g_free); /* where it lies is the pool's to say */
    g_clear_pointer(&vol->target.timestamps, storage_timestamps_free);
    return g_steal_pointer(&vol);
}

static void
mark(VrItem *item, const char *name, bool building)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    if (building) {
        StorageBusy *busy = g_new0(StorageBusy, 1);
        busy->building = true;
        g_hash_table_replace(pool->busy, g_strdup(name), busy);
        pool->jobs++;
    } else {
        g_hash_table_remove(pool->busy, name);
        pool->jobs--;
    }
    if (pool->touched)
        g_hash_table_add(pool->touched, g_strdup(name));
}

static int
refuse_starting(VrItem *item)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    return pool->starting ? vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is starting up", item->stored.name)
                          : 0;
}

/* Put VOL among its pool's volumes, marked as being built. */
static int
announce(VrItem *item, const StorageBackend *backend, StorageVolDef *vol)
{
    g_auto(VrItemChange) c = {0};
    if (!vr_item_change_begin(&c, item) || !c.next->active)
        return storage_not_active(item->stored.name);
    if (vr_pool_volume(c.next, VR_VOLUME_NAME, vol->name, NULL))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_VOL_EXIST, "'%s'", vol->name);
    if (backend->volume_place(storage_now(c.next), vol) < 0)
        return -1;
    mark(item, vol->name, true);
    g_ptr_array_add(c.next->parts, vr_definition_new(&vr_desc_storage_vol_def, vr_model_copy(&vr_desc_storage_vol_def, vol)));
    vr_item_change_publish(&c);
    return 0;
}

/* The building is over: VOL as it has become, or nothing. */
static VrDefinition *
conclude(VrItem *item, StorageVolDef *vol, bool made)
{
    g_autoptr(VrDefinition) now = vr_definition_new(&vr_desc_storage_vol_def, vr_model_copy(&vr_desc_storage_vol_def, vol));
    virErrorPtr error = vr_error_save();
    g_auto(VrItemChange) c = {0};
    guint at;
    if (vr_item_change_begin(&c, item) && vr_pool_volume(c.next, VR_VOLUME_NAME, vol->name, &at)) {
        if (made) {
            vr_definition_unref(c.next->parts->pdata[at]);
            c.next->parts->pdata[at] = vr_definition_ref(now);
            storage_book(c.next, (long long)vol->allocation);
        } else {
            g_ptr_array_remove_index(c.next->parts, at);
        }
        vr_item_change_publish(&c);
    }
    mark(item, vol->name, false);
    vr_error_restore(error);
    return g_steal_pointer(&now);
}

static virStorageVolPtr
make(virConnectPtr conn, VrItem *item, const StoragePoolDef *def, StorageVolDef *vol, const StorageVolDef *from, unsigned flags)
{
    VrInstance *instance = storage_instance(conn);
    const StorageBackend *backend = storage_backend(def);
    if (!backend)
        return NULL;
    if (!backend->volume_place)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "storage pool does not support volume creation");
    if (from && !backend->volume_build)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "storage pool does not support volume creation from an existing volume");
    if (refuse_starting(item) < 0 || announce(item, backend, vol) < 0)
        return NULL;
    const StorageBuild build = {instance, def, vol, from, flags};
    bool made = !backend->volume_build || backend->volume_build(&build) == 0;
    if (made && backend->volume_look && backend->volume_look(instance, def, vol) < 0)
        made = false;
    g_autoptr(VrDefinition) now = conclude(item, vol, made);
    return made ? storage_volume_handle(conn, item, now) : NULL;
}

#define CREATE_FLAGS                                                                                                   \
    (VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA | VIR_STORAGE_VOL_CREATE_REFLINK | VIR_STORAGE_VOL_CREATE_VALIDATE)

static VrItem *
find_running(virStoragePoolPtr pool, VrItemState **ret_state)
{
    g_autoptr(VrItem) item = storage_find(pool);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active) {
        storage_not_active(item->stored.name);
        return NULL;
    }
    *ret_state = g_steal_pointer(&state);
    return g_steal_pointer(&item);
}

/* A volume whose size nobody gave is as large as what it stands on. */
static int
take_capacity(virConnectPtr conn, StorageVolDef *vol)
{
    if (vol->has_capacity && vol->capacity)
        return 0;
    if (!vol->backing_store || !vol->backing_store->path)
        return 0;
    g_autoptr(GPtrArray) items = vr_table_list(storage_instance(conn)->items);
    for (guint i = 0; i < items->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(items->pdata[i]);
        const VrDefinition *found = state->active ? vr_pool_volume(state, VR_VOLUME_PATH, vol->backing_store->path, NULL) : NULL;
        if (found) {
            vol->capacity = ((const StorageVolDef *)found->def)->capacity;
            return 0;
        }
    }
    return storage_capacity_of(vol->backing_store, &vol->capacity);
}

virStorageVolPtr
storage_volume_create(virStoragePoolPtr pool, const char *xml, unsigned int flags)
{
    virConnectPtr conn = VR_OBJECT_CONN(pool);
    g_autoptr(VrItemState) state = NULL;
    if (vr_flags_check(flags, CREATE_FLAGS & ~VIR_STORAGE_VOL_CREATE_REFLINK, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(VrItem) item = find_running(pool, &state);
    g_autoptr(StorageVolDef) vol = item ? parse(xml, storage_now(state), flags, VR_MODEL_SKIP_POST) : NULL;
    if (!vol || take_capacity(conn, vol) < 0)
        return NULL;
    return make(conn, item, storage_now(state), vol, NULL, flags);
}

virStorageVolPtr
storage_volume_create_from(virStoragePoolPtr pool, const char *xml, virStorageVolPtr original, unsigned int flags)
{
    virConnectPtr conn = VR_OBJECT_CONN(pool);
    g_autoptr(VrItemState) state = NULL, from_state = NULL;
    g_autoptr(VrItem) from_item = NULL;
    if (vr_flags_check(flags, CREATE_FLAGS, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(VrItem) item = find_running(pool, &state);
    if (!item)
        return NULL;
    g_autoptr(StorageVolDef) vol = parse(xml, storage_now(state), flags, VR_MODEL_VOL_BACKING_CAPACITY);
    const VrDefinition *from = vol ? storage_volume_take(original, false, &from_item, &from_state) : NULL;
    if (!from)
        return NULL;
    g_autoptr(StorageVolDef) source = vr_definition_copy(from);
    virStorageVolPtr made = NULL;
    const StorageBackend *source_backend = storage_backend(storage_now(from_state));
    /* what is copied is what is there now */
    if (source_backend &&
        (!source_backend->local || storage_look_local(storage_now(from_state), source) == 0)) {
        /* a copy holds all of its original, whatever the document says, and never promises less room than it takes */
        vol->capacity = MAX(vol->capacity, source->capacity);
        vol->allocation = vol->has_allocation ? MIN(vol->allocation, vol->capacity) : vol->capacity;
        vol->has_capacity = vol->has_allocation = true;
        made = make(conn, item, storage_now(state), vol, source, flags);
    }
    storage_volume_release(from_item, VR_OBJECT_NAME(original));
    return made;
}

int
storage_volume_delete(virStorageVolPtr obj, unsigned int flags)
{
    VrInstance *instance = storage_instance(obj);
    g_autoptr(VrItem) item = NULL;
    g_autoptr(VrItemState) state = NULL;
    const VrDefinition *found = storage_volume_take(obj, true, &item, &state);
    if (!found)
        return -1;
    const StorageBackend *backend = storage_backend(storage_now(state));
    int result = -1;
    if (backend && !backend->volume_remove)
        vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "storage pool does not support vol deletion");
    else if (backend)
        result = backend->volume_remove(instance, storage_now(state), found->def, flags);
    g_auto(VrItemChange) c = {0};
    guint at;
    if (result == 0 && vr_item_change_begin(&c, item) && vr_pool_volume(c.next, VR_VOLUME_NAME, VR_OBJECT_NAME(obj), &at)) {
        storage_touch(item, VR_OBJECT_NAME(obj));
        long long freed = (long long)((const StorageVolDef *)found->def)->allocation;
        g_ptr_array_remove_index(c.next->parts, at);
        storage_book(c.next, -freed);
        vr_item_change_publish(&c);
    }
    storage_volume_release(item, VR_OBJECT_NAME(obj));
    return result;
}

static int
check_resize(const VrItemState *state, const StorageVolDef *vol, unsigned long long capacity, unsigned flags)
{
    const StoragePoolDef *def = storage_now(state);
    if (capacity < vol->capacity && !(flags & VIR_STORAGE_VOL_RESIZE_SHRINK))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG,
                        "Can't shrink capacity below current capacity unless shrink flag explicitly specified");
    if (flags & VIR_STORAGE_VOL_RESIZE_ALLOCATE && capacity > vol->allocation && capacity - vol->allocation > def->available)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_FAILED, "Not enough space left in storage pool");
    return 0;
}

int
storage_volume_resize(virStorageVolPtr obj, unsigned long long capacity, unsigned int flags)
{
    VrInstance *instance = storage_instance(obj);
    g_autoptr(VrItem) item = NULL;
    g_autoptr(VrItemState) state = NULL;
    if (vr_flags_check(flags, VIR_STORAGE_VOL_RESIZE_ALLOCATE | VIR_STORAGE_VOL_RESIZE_DELTA | VIR_STORAGE_VOL_RESIZE_SHRINK,
                       VIR_FROM_STORAGE) < 0)
        return -1;
    const VrDefinition *found = storage_volume_take(obj, true, &item, &state);
    if (!found)
        return -1;
    const StorageBackend *backend = storage_backend(storage_now(state));
    g_autoptr(StorageVolDef) vol = vr_definition_copy(found);
    if (flags & VIR_STORAGE_VOL_RESIZE_DELTA)
        capacity = flags & VIR_STORAGE_VOL_RESIZE_SHRINK ? vol->capacity - MIN(vol->capacity, capacity) : vol->capacity + capacity;
    int result = -1;
    if (backend && !backend->volume_resize)
        vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "storage pool does not support changing of volume capacity");
    else if (backend && check_resize(state, vol, capacity, flags) == 0)
        result = backend->volume_resize(instance, storage_now(state), vol, capacity, flags);
    if (result == 0) {
        unsigned long long before = vol->allocation;
        if (vol->allocation >= vol->capacity)
            vol->allocation = capacity; /* a device without holes has none afterwards */
        vol->capacity = capacity;
        if (backend->volume_look && backend->volume_look(instance, storage_now(state), vol) < 0)
            vr_error_clear();
        g_auto(VrItemChange) c = {0};
        guint at;
        if (vr_item_change_begin(&c, item) && vr_pool_volume(c.next, VR_VOLUME_NAME, vol->name, &at)) {
            storage_touch(item, vol->name);
            storage_book(c.next, (long long)(vol->allocation - before));
            vr_definition_unref(c.next->parts->pdata[at]);
            c.next->parts->pdata[at] = vr_definition_new(&vr_desc_storage_vol_def, g_steal_pointer(&vol));
            vr_item_change_publish(&c);
        }
    }
    storage_volume_release(item, VR_OBJECT_NAME(obj));
    return result;
}
