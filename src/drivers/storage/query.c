/* Finding pools and telling about them: what reads the current state and waits for nobody. */
#include <string.h>

#include "drivers/storage/storage.h"

const VrItemWords storage_words = {"pool", "no storage pool with matching", VIR_ERR_NO_STORAGE_POOL, VIR_FROM_STORAGE};

int
storage_no_such(virStoragePoolPtr pool)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(pool->object.uuid, uuid);
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_POOL, "no storage pool with matching uuid '%s' (%s)", uuid,
                    VR_OBJECT_NAME(pool));
}

int
storage_not_active(const char *name)
{
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is not active", name);
}

VrItem *
storage_find(virStoragePoolPtr pool)
{
    VrItem *item = vr_table_by_uuid(storage_instance(pool)->items, pool->object.uuid);
    if (!item)
        storage_no_such(pool);
    return item;
}

VrItemState *
storage_state(virStoragePoolPtr pool)
{
    g_autoptr(VrItem) item = storage_find(pool);
    return item ? vr_item_state(item) : NULL;
}

int
storage_change(virStoragePoolPtr pool, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = storage_find(pool);
    if (!item)
        return -1;
    return vr_item_change_begin(ret_change, item) ? 0 : storage_no_such(pool);
}

void *
storage_handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    return vr_storage_pool_new(conn, item->stored.name, item->stored.uuid);
}

void
storage_emit(VrInstance *instance, const VrItem *item, int event)
{
    vr_event_emit(instance->events, VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, item->stored.name,
                  item->stored.uuid, -1, &(VrEventArgs){.n = {event}});
}

int
storage_count(virConnectPtr conn)
{
    return vr_items_count(storage_instance(conn)->items, vr_item_is_active, 1);
}

int
storage_names(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(storage_instance(conn)->items, vr_item_is_active, 1, (char **)names, maxnames);
}

int
storage_count_defined(virConnectPtr conn)
{
    return vr_items_count(storage_instance(conn)->items, vr_item_is_active, 0);
}

int
storage_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_items_names(storage_instance(conn)->items, vr_item_is_active, 0, (char **)names, maxnames);
}

int
storage_list(virConnectPtr conn, virStoragePoolPtr **pools, unsigned int flags)
{
    if (vr_flags_check(flags, VR_POOL_LIST_FLAGS, VIR_FROM_STORAGE) < 0)
        return -1;
    return vr_items_handles(storage_instance(conn)->items, vr_pool_matches, flags, conn, storage_handle, (void ***)pools);
}

virStoragePoolPtr
storage_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(VrItem) item = vr_item_by_name(storage_instance(conn)->items, name, &storage_words, VIR_FROM_STORAGE);
    return item ? storage_handle(conn, item, NULL) : NULL;
}

virStoragePoolPtr
storage_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(storage_instance(conn)->items, uuid, &storage_words, VIR_FROM_STORAGE);
    return item ? storage_handle(conn, item, NULL) : NULL;
}

virStoragePoolPtr
storage_by_volume(virStorageVolPtr vol)
{
    g_autoptr(VrItem) item = vr_item_by_name(storage_instance(vol)->items, vol->pool, &storage_words, VIR_FROM_STORAGE);
    return item ? storage_handle(VR_OBJECT_CONN(vol), item, NULL) : NULL;
}

/* "/a//b/./c/" and "/a/b/c" are one place. */
static char *
plain_path(const char *path)
{
    return g_canonicalize_filename(path, "/");
}

virStoragePoolPtr
storage_by_target_path(virConnectPtr conn, const char *path)
{
    g_autofree char *wanted = plain_path(path);
    g_autoptr(GPtrArray) items = vr_table_list(storage_instance(conn)->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        const char *target = storage_now(state)->target.path;
        if (state->active && target && strcmp(target, wanted) == 0)
            return storage_handle(conn, item, state);
    }
    return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_POOL, "no storage pool with matching target path '%s'", path);
}

int
storage_get_info(virStoragePoolPtr pool, virStoragePoolInfoPtr info)
{
    g_autoptr(VrItemState) state = storage_state(pool);
    if (!state)
        return -1;
    const StoragePoolDef *def = storage_now(state);
    *info = (virStoragePoolInfo){state->active ? VIR_STORAGE_POOL_RUNNING : VIR_STORAGE_POOL_INACTIVE, def->capacity,
                                 def->allocation, def->available};
    return 0;
}

char *
storage_get_xml(virStoragePoolPtr pool, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_STORAGE_XML_INACTIVE, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(VrItemState) state = storage_state(pool);
    if (!state)
        return NULL;
    VrDefinition *shown = flags & VIR_STORAGE_XML_INACTIVE && state->config ? state->config : state->now;
    const char *xml = vr_definition_xml(shown, 0);
    return xml ? strdup(xml) : NULL;
}

int
storage_get_autostart(virStoragePoolPtr pool, int *autostart)
{
    g_autoptr(VrItemState) state = storage_state(pool);
    if (!state)
        return -1;
    *autostart = state->persistent && state->autostart;
    return 0;
}

int
storage_is_active(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = storage_state(pool);
    return state ? state->active : -1;
}

int
storage_is_persistent(virStoragePoolPtr pool)
{
    g_autoptr(VrItemState) state = storage_state(pool);
    return state ? state->persistent : -1;
}

int
storage_event_register(virConnectPtr conn, virStoragePoolPtr pool, int id, virConnectStoragePoolEventGenericCallback cb,
                       void *opaque, virFreeCallback freecb)
{
    return vr_event_register(storage_instance(conn)->events, VR_EVENTS_STORAGE_POOL, conn, pool, id, (void (*)(void))cb, opaque,
                             freecb);
}

int
storage_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(storage_instance(conn)->events, VR_EVENTS_STORAGE_POOL, conn, id) < 0 ? -1 : 0;
}
