/* Refreshing pools: a scan without any lock, then one short change that publishes what it found.
 *
 * On the calling worker.  What else happens to volumes during a scan (creations, deletions) is remembered by name and wins over
 * what the scan saw.  Stopping the pool ends its scan.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

void
storage_touch(VrItem *item, const char *volume)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    if (pool->touched)
        g_hash_table_add(pool->touched, g_strdup(volume));
}

void
storage_refresh_cancel(VrItem *item)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    if (!pool->touched || pool->cancelled)
        return;
    pool->cancelled = true;
    if (pool->cancel[1] >= 0 && write(pool->cancel[1], "", 1) < 0)
        return; /* full: it is readable */
}

bool
storage_scan_cancelled(StorageScan *scan)
{
    if (!scan->pool)
        return false;
    vr_mutex_lock(&scan->pool->lock);
    bool cancelled = scan->pool->cancelled;
    vr_mutex_unlock(&scan->pool->lock);
    if (cancelled)
        vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_ABORTED, "storage pool '%s' was stopped while it was looked at",
                 scan->def->name);
    return cancelled;
}

static void
begin(StoragePool *pool)
{
    VR_SCOPED_LOCK(&pool->lock);
    pool->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    pool->cancelled = false;
    char byte[16];
    while (pool->cancel[0] >= 0 && read(pool->cancel[0], byte, sizeof(byte)) > 0)
        continue;
}

/* The scan is over: what changed meanwhile. */
static GHashTable *
end(StoragePool *pool)
{
    VR_SCOPED_LOCK(&pool->lock);
    return g_steal_pointer(&pool->touched);
}

static const char *
name_of(const VrDefinition *volume)
{
    return ((const StorageVolDef *)volume->def)->name;
}

/* FOUND, except for what was touched: that is as STATE has it. */
static GPtrArray *
merge(const VrItemState *state, GPtrArray *found, GHashTable *touched)
{
    if (g_hash_table_size(touched) == 0)
        return g_ptr_array_ref(found);
    GPtrArray *merged = g_ptr_array_new_full(found->len, (GDestroyNotify)vr_definition_unref);
    for (guint i = 0; i < found->len; i++) {
        if (!g_hash_table_contains(touched, name_of(found->pdata[i])))
            g_ptr_array_add(merged, vr_definition_ref(found->pdata[i]));
    }
    for (guint i = 0; i < state->parts->len; i++) {
        if (g_hash_table_contains(touched, name_of(state->parts->pdata[i])))
            g_ptr_array_add(merged, vr_definition_ref(state->parts->pdata[i]));
    }
    return merged;
}

/* Volumes that are being built are not judged by what is on disk yet. */
static void
add_busy(StoragePool *pool, GHashTable *touched)
{
    VR_SCOPED_LOCK(&pool->lock);
    GHashTableIter iter;
    void *name, *value;
    g_hash_table_iter_init(&iter, pool->busy);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (((StorageBusy *)value)->building)
            g_hash_table_add(touched, g_strdup(name));
    }
}

/* What a pool measures, not what it was defined as. */
static void
take_measures(StoragePoolDef *to, StoragePoolDef *from)
{
    to->capacity = from->capacity;
    to->allocation = from->allocation;
    to->available = from->available;
    permissions_free(to->target.permissions);
    to->target.permissions = g_steal_pointer(&from->target.permissions);
    for (size_t i = 0; i < to->source.n_device && i < from->source.n_device; i++) {
        StoragePoolDevice *a = to->source.device[i], *b = from->source.device[i];
        StoragePoolExtent **extents = a->free_extent;
        size_t n = a->n_free_extent;
        a->free_extent = b->free_extent;
        a->n_free_extent = b->n_free_extent;
        b->free_extent = extents;
        b->n_free_extent = n;
    }
    if (from->source.format) {
        g_free(to->source.format);
        to->source.format = g_steal_pointer(&from->source.format);
    }
}

static int
publish(VrItem *item, StorageScan *scan, GHashTable *touched)
{
    StoragePool *pool = storage_own(item);
    g_auto(VrItemChange) c = {0};
    if (!vr_item_change_begin(&c, item) || !c.next->active)
        return storage_not_active(item->stored.name);
    add_busy(pool, touched);
    GPtrArray *parts = merge(c.next, scan->volumes, touched);
    g_ptr_array_unref(c.next->parts);
    c.next->parts = parts;
    StoragePoolDef *def = vr_definition_copy(c.next->now);
    take_measures(def, scan->def);
    storage_set_now(c.next, def);
    vr_item_change_publish(&c);
    return 0;
}

/* A pool that cannot be looked at any more does not run. */
static void
stopped(VrInstance *instance, VrItem *item)
{
    virErrorPtr error = vr_error_save();
    g_auto(VrItemChange) c = {0};
    if (vr_item_change_begin(&c, item) && c.next->active) {
        c.next->active = false;
        g_ptr_array_set_size(c.next->parts, 0);
        if (c.next->config)
            vr_definition_set(&c.next->now, g_steal_pointer(&c.next->config));
        storage_remove_status(instance, item->stored.name);
        if (c.next->persistent)
            vr_item_change_publish(&c);
        else
            vr_item_change_remove(&c, instance->items);
        storage_emit(instance, item, VIR_STORAGE_POOL_EVENT_STOPPED);
    }
    vr_error_restore(error);
}

int
storage_refresh(VrInstance *instance, VrItem *item, bool announce)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->scan);
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active)
        return storage_not_active(item->stored.name);
    const StorageBackend *backend = storage_backend(storage_now(state));
    if (!backend)
        return -1;
    begin(pool);
    g_autoptr(StoragePoolDef) def = vr_definition_copy(state->now);
    g_autoptr(GPtrArray) volumes = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, storage_stamp_free);
    StorageScan scan = {.def = def, .volumes = volumes, .known = pool->stamps, .seen = seen, .pool = pool};
    int result = backend->scan(instance, &scan);
    g_autoptr(GHashTable) touched = end(pool);
    if (result == 0) {
        g_hash_table_unref(pool->stamps);
        pool->stamps = g_steal_pointer(&seen);
        if (publish(item, &scan, touched) < 0)
            return -1;
        if (announce)
            vr_event_emit(instance->events, VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, item->stored.name,
                          item->stored.uuid, -1, NULL);
        return 0;
    }
    if (announce && vr_error_last()->code != VIR_ERR_OPERATION_ABORTED)
        stopped(instance, item);
    return -1;
}

int
storage_pool_refresh(virStoragePoolPtr obj, unsigned int flags)
{
    g_autoptr(VrItem) item = storage_find(obj);
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (!state->active)
        return storage_not_active(item->stored.name);
    StoragePool *pool = storage_own(item);
    vr_mutex_lock(&pool->lock);
    bool starting = pool->starting, jobs = pool->jobs > 0;
    vr_mutex_unlock(&pool->lock);
    if (starting)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is starting up", item->stored.name);
    if (jobs)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "pool '%s' has asynchronous jobs running.", item->stored.name);
    return storage_refresh(storage_instance(obj), item, true);
}
