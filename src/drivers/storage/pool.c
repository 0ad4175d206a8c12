/* What becomes of pools: defined, built, started, stopped, deleted, forgotten.
 *
 * Called by entry points on any thread.  Who decides about a pool holds its fate (storage_fate_begin()), not a lock: others that
 * want to are refused, everybody else goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/storage/storage.h"

StoragePool *
storage_pool_new(void)
{
    StoragePool *pool = g_new0(StoragePool, 1);
    vr_mutex_init(&pool->lock);
    vr_mutex_init(&pool->scan);
    pool->busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    pool->stamps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, storage_stamp_free);
    if (pipe2(pool->cancel, O_CLOEXEC | O_NONBLOCK) < 0)
        pool->cancel[0] = pool->cancel[1] = -1;
    return pool;
}

void
storage_pool_free(void *own)
{
    StoragePool *pool = own;
    for (int i = 0; i < 2; i++) {
        if (pool->cancel[i] >= 0)
            close(pool->cancel[i]);
    }
    g_hash_table_unref(pool->busy);
    g_hash_table_unref(pool->stamps);
    g_clear_pointer(&pool->touched, g_hash_table_unref);
    vr_mutex_clear(&pool->lock);
    vr_mutex_clear(&pool->scan);
    g_free(pool);
}

int
storage_fate_begin(VrItem *item)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    if (pool->starting)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is starting up", item->stored.name);
    if (pool->jobs || g_hash_table_size(pool->busy))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "pool '%s' has asynchronous jobs running.", item->stored.name);
    pool->starting = true;
    return 0;
}

void
storage_fate_end(VrItem *item)
{
    StoragePool *pool = storage_own(item);
    VR_SCOPED_LOCK(&pool->lock);
    pool->starting = false;
}

void
storage_set_now(VrItemState *next, StoragePoolDef *def)
{
    vr_definition_set(&next->now, vr_definition_new(&vr_desc_storage_pool_def, def));
}

void
storage_book(VrItemState *next, long long delta)
{
    StoragePoolDef *def = vr_definition_copy(next->now);
    if (delta >= 0)
        def->available -= MIN(def->available, (unsigned long long)delta);
    else
        def->available += (unsigned long long)-delta;
    def->allocation = delta < 0 ? def->allocation - MIN(def->allocation, (unsigned long long)-delta)
                                : def->allocation + (unsigned long long)delta;
    storage_set_now(next, def);
}

/* Publish that ITEM stops being, or runs no more. */
static void
settle_inactive(VrInstance *instance, VrItemChange *c)
{
    VrItemState *next = c->next;
    next->active = false;
    g_ptr_array_set_size(next->parts, 0);
    if (next->config)
        vr_definition_set(&next->now, g_steal_pointer(&next->config));
    storage_remove_status(instance, c->item->stored.name);
    if (next->persistent)
        vr_item_change_publish(c);
    else
        vr_item_change_remove(c, instance->items);
}

static int
run(VrInstance *instance, VrItem *item, unsigned build_flags)
{
    g_autoptr(VrItemState) before = vr_item_state(item);
    g_autoptr(StoragePoolDef) def = vr_definition_copy(before->now);
    const StorageBackend *backend = storage_backend(def);
    if (!backend)
        return -1;
    if (build_flags) {
        unsigned flags = build_flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE      ? VIR_STORAGE_POOL_BUILD_OVERWRITE
                         : build_flags & VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE ? VIR_STORAGE_POOL_BUILD_NO_OVERWRITE
                                                                                         : 0;
        if (backend->build && backend->build(instance, def, flags) < 0)
            return -1;
    }
    if (backend->start && backend->start(instance, def) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (!vr_item_change_begin(&c, item))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_POOL, "the pool was undefined meanwhile");
    c.next->active = true;
    g_ptr_array_set_size(c.next->parts, 0);
    bool noted = storage_write_status(instance, c.next) == 0;
    if (noted) {
        vr_item_change_publish(&c);
        vr_item_change_end(&c);
        if (storage_refresh(instance, item, false) == 0)
            return 0;
    }
    virErrorPtr error = vr_error_save();
    if (backend->stop && backend->stop(def) < 0)
        vr_error_clear();
    if (!noted)
        storage_remove_status(instance, item->stored.name);
    vr_error_restore(error);
    return -1;
}

/* What a failed start leaves: the definition as it was, or nothing. */
static void
take_back(VrInstance *instance, VrItem *item)
{
    virErrorPtr error = vr_error_save();
    g_auto(VrItemChange) c = {0};
    if (vr_item_change_begin(&c, item))
        settle_inactive(instance, &c);
    vr_error_restore(error);
}

int
storage_run(VrInstance *instance, VrItem *item, unsigned build_flags)
{
    if (run(instance, item, build_flags) == 0)
        return 0;
    take_back(instance, item);
    return -1;
}

static StoragePoolDef *
parse(const char *xml, bool validate)
{
    VrParseContext context = storage_context;
    context.flags = validate ? VR_MODEL_VALIDATE : 0;
    StoragePoolDef *def = storage_pool_def_parse(xml, &context);
    if (def && strchr(def->name, '\n')) {
        storage_pool_def_free(def);
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "name of a storage pool cannot contain a newline");
    }
    return def;
}

static void
prepare(VrItemChange *c)
{
    if (c->is_new)
        vr_item_own(c->item, storage_pool_new(), storage_pool_free);
    if (!c->next->parts)
        c->next->parts = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
}

virStoragePoolPtr
storage_define_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = storage_instance(conn);
    if (vr_flags_check(flags, VIR_STORAGE_POOL_DEFINE_VALIDATE, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(StoragePoolDef) def = parse(xml, flags & VIR_STORAGE_POOL_DEFINE_VALIDATE);
    g_auto(VrItemChange) c = {0};
    if (!def || storage_type_check(def->type) < 0 ||
        vr_item_assign(instance->items, def->name, def->uuid, 0, &storage_words, &c) < 0 ||
        vr_pool_check_source(instance->items, def, def->uuid) < 0)
        return NULL;
    prepare(&c);
    def->capacity = def->allocation = def->available = 0;
    vr_definition_set(c.next->active ? &c.next->config : &c.next->now,
                      vr_definition_new(&vr_desc_storage_pool_def, g_steal_pointer(&def)));
    c.next->persistent = true;
    if (storage_write_config(instance, c.next) < 0 || vr_item_assign_publish(&c, instance->items, &storage_words) < 0)
        return NULL;
    storage_emit(instance, c.item, VIR_STORAGE_POOL_EVENT_DEFINED);
    return storage_handle(conn, c.item, c.next);
}

#define CREATE_FLAGS                                                                                                   \
    (VIR_STORAGE_POOL_CREATE_WITH_BUILD | VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE |                                   \
     VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE)

static int
check_create_flags(unsigned flags)
{
    const unsigned both = VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE | VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE;
    if (vr_flags_check(flags, CREATE_FLAGS, VIR_FROM_STORAGE) < 0)
        return -1;
    if ((flags & both) == both)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG,
                        "flags VIR_STORAGE_POOL_CREATE_WITH_BUILD_OVERWRITE and VIR_STORAGE_POOL_CREATE_WITH_BUILD_NO_OVERWRITE "
                        "are mutually exclusive");
    return 0;
}

virStoragePoolPtr
storage_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = storage_instance(conn);
    if (check_create_flags(flags) < 0)
        return NULL;
    g_autoptr(StoragePoolDef) def = parse(xml, false);
    g_autoptr(VrItem) item = NULL;
    if (!def || storage_type_check(def->type) < 0)
        return NULL;
    {
        g_auto(VrItemChange) c = {0};
        if (vr_item_assign(instance->items, def->name, def->uuid, VR_ASSIGN_LIVE, &storage_words, &c) < 0 ||
            vr_pool_check_source(instance->items, def, def->uuid) < 0)
            return NULL;
        prepare(&c);
        if (storage_fate_begin(c.item) < 0)
            return NULL;
        item = vr_stored_ref(c.item);
        if (c.next->persistent)
            c.next->config = g_steal_pointer(&c.next->now);
        storage_set_now(c.next, g_steal_pointer(&def));
        if (vr_item_assign_publish(&c, instance->items, &storage_words) < 0) {
            storage_fate_end(item);
            return NULL;
        }
    }
    int result = storage_run(instance, item, flags);
    if (result == 0)
        storage_emit(instance, item, VIR_STORAGE_POOL_EVENT_STARTED);
    storage_fate_end(item);
    return result < 0 ? NULL : storage_handle(conn, item, NULL);
}

/* Hold the fate of a pool that is ACTIVE or not; NULL with the error set. */
static VrItem *
hold(virStoragePoolPtr pool, bool active, const char *otherwise)
{
    g_autoptr(VrItem) item = storage_find(pool);
    if (!item || storage_fate_begin(item) < 0)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    if (state->active == active && !state->gone)
        return g_steal_pointer(&item);
    storage_fate_end(item);
    if (state->gone)
        storage_no_such(pool);
    else
        vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "storage pool '%s' is %s", item->stored.name, otherwise);
    return NULL;
}

int
storage_create(virStoragePoolPtr pool, unsigned int flags)
{
    VrInstance *instance = storage_instance(pool);
    if (check_create_flags(flags) < 0)
        return -1;
    g_autoptr(VrItem) item = hold(pool, false, "already active");
    if (!item)
        return -1;
    int result = storage_run(instance, item, flags);
    if (result == 0)
        storage_emit(instance, item, VIR_STORAGE_POOL_EVENT_STARTED);
    storage_fate_end(item);
    return result;
}

int
storage_build(virStoragePoolPtr pool, unsigned int flags)
{
    g_autoptr(VrItem) item = hold(pool, false, "already active");
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const StorageBackend *backend = storage_backend(storage_now(state));
    int result = backend ? 0 : -1;
    if (backend && backend->build)
        result = vr_flags_check(flags, backend->build_flags, VIR_FROM_STORAGE) < 0
                     ? -1
                     : backend->build(storage_instance(pool), storage_now(state), flags);
    if (result == 0)
        storage_emit(storage_instance(pool), item, VIR_STORAGE_POOL_EVENT_CREATED);
    storage_fate_end(item);
    return result;
}

int
storage_destroy(virStoragePoolPtr pool)
{
    VrInstance *instance = storage_instance(pool);
    g_autoptr(VrItem) item = hold(pool, true, "not active");
    if (!item)
        return -1;
    storage_refresh_cancel(item);
    g_autoptr(VrItemState) state = vr_item_state(item);
    const StorageBackend *backend = storage_backend(storage_now(state));
    int result = backend && (!backend->stop || backend->stop(storage_now(state)) == 0) ? 0 : -1;
    g_auto(VrItemChange) c = {0};
    if (result == 0 && vr_item_change_begin(&c, item)) {
        settle_inactive(instance, &c);
        storage_emit(instance, item, VIR_STORAGE_POOL_EVENT_STOPPED);
    }
    storage_fate_end(item);
    return result;
}

int
storage_delete(virStoragePoolPtr pool, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_STORAGE_POOL_DELETE_ZEROED, VIR_FROM_STORAGE) < 0)
        return -1;
    g_autoptr(VrItem) item = hold(pool, false, "still active");
    if (!item)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const StorageBackend *backend = storage_backend(storage_now(state));
    int result = -1;
    if (backend && !backend->remove)
        vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "pool does not support pool deletion");
    else if (backend)
        result = backend->remove(storage_now(state), flags);
    if (result == 0)
        storage_emit(storage_instance(pool), item, VIR_STORAGE_POOL_EVENT_DELETED);
    storage_fate_end(item);
    return result;
}

int
storage_undefine(virStoragePoolPtr pool)
{
    VrInstance *instance = storage_instance(pool);
    g_autoptr(VrItem) item = hold(pool, false, "still active");
    if (!item)
        return -1;
    const char *name = item->stored.name;
    g_autofree char *file = vr_files_path(instance->config, name, ".xml");
    g_auto(VrItemChange) c = {0};
    int result = vr_files_set_autostart(instance->config, name, false, VIR_FROM_STORAGE) < 0 ||
                         vr_files_remove(file, VIR_FROM_STORAGE) < 0
                     ? -1
                     : 0;
    if (result == 0 && vr_item_change_begin(&c, item)) {
        c.next->persistent = c.next->autostart = false;
        vr_item_change_remove(&c, instance->items);
        storage_emit(instance, item, VIR_STORAGE_POOL_EVENT_UNDEFINED);
    }
    storage_fate_end(item);
    return result;
}

int
storage_set_autostart(virStoragePoolPtr pool, int autostart)
{
    VrInstance *instance = storage_instance(pool);
    g_auto(VrItemChange) c = {0};
    if (storage_change(pool, &c) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "pool has no config file");
    if (vr_files_set_autostart(instance->config, c.item->stored.name, autostart != 0, VIR_FROM_STORAGE) < 0)
        return -1;
    c.next->autostart = autostart != 0;
    vr_item_change_publish(&c);
    return 0;
}
