/* The storage driver: opening its instances, and the table of its operations. */
#include "drivers/storage/storage.h"

/* Pools that start by themselves: a few dead servers do not hold up the others. */
static const VrPoolLimits worker_limits = {.min = 0, .max = 8, .reserve = 0};

static int
load(VrInstance *instance)
{
    StorageDriver *driver = g_new0(StorageDriver, 1);
    driver->workers = vr_pool_new(&worker_limits);
    instance->data = driver;
    return storage_load(instance);
}

static void
unload(VrInstance *instance)
{
    StorageDriver *driver = instance->data;
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    for (guint i = 0; i < items->len; i++)
        storage_refresh_cancel(items->pdata[i]);
    vr_pool_free(driver->workers);
    g_free(driver);
}

static const VrInstanceKind kind = {
    .part = VR_HOST_STORAGE,
    .domain = VIR_FROM_STORAGE,
    .config = "storage",
    .state = "storage",
    .load = load,
    .unload = unload,
};

static int
storage_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
storage_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

#define STORAGE_SLOT(slot, function) .slot = function,
static const VrStorageOps storage_ops = {STORAGE_OPS(STORAGE_SLOT)};

static const char *const schemes[] = {"storage", NULL};

static const VrDriver driver = {
    .name = "storage",
    .schemes = schemes,
    .error_domain = VIR_FROM_STORAGE,
    .open = storage_open,
    .close = storage_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .storage = &storage_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
