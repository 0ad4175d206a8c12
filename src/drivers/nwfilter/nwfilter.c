/* The network filter driver: opening its instances, and the table of its operations. */
#include "base/loop.h"
#include "drivers/nwfilter/nwfilter.h"

static int
load(VrInstance *instance)
{
    NWFilterDriver *driver = g_new0(NWFilterDriver, 1);
    driver->bindings = vr_table_new();
    driver->workers = vr_pool_new(&(VrPoolLimits){.min = 0, .max = 2, .reserve = 0});
    vr_mutex_init(&driver->apply);
    instance->data = driver;
    return nwfilter_load(instance);
}

typedef struct {
    VrMutex lock;
    VrCond done;
    bool passed;
} Barrier;

static void
pass(void *data)
{
    Barrier *barrier = data;
    VR_SCOPED_LOCK(&barrier->lock);
    barrier->passed = true;
    vr_cond_broadcast(&barrier->done);
}

/* What the loop is doing for us is over when this returns. */
static void
wait_for_loop(void)
{
    Barrier barrier = {.lock = VR_MUTEX_INIT};
    if (vr_loop_is_mine())
        return;
    vr_cond_init(&barrier.done);
    vr_loop_post(pass, &barrier);
    vr_mutex_lock(&barrier.lock);
    while (!barrier.passed)
        vr_cond_wait_until(&barrier.done, &barrier.lock, g_get_monotonic_time() + G_USEC_PER_SEC);
    vr_mutex_unlock(&barrier.lock);
    vr_cond_clear(&barrier.done);
    vr_mutex_clear(&barrier.lock);
}

static void
unload(VrInstance *instance)
{
    NWFilterDriver *driver = instance->data;
    g_autoptr(GPtrArray) bindings = vr_table_list(driver->bindings);
    bool listened = false;
    for (guint i = 0; i < bindings->len; i++) {
        listened |= nwfilter_port(bindings->pdata[i])->learner != NULL;
        nwfilter_unlearn(bindings->pdata[i]);
    }
    if (listened)
        wait_for_loop();
    vr_pool_free(driver->workers);
    vr_table_free(driver->bindings);
    vr_mutex_clear(&driver->apply);
    g_free(driver);
}

static const VrInstanceKind kind = {
    .part = VR_HOST_NWFILTER,
    .domain = VIR_FROM_NWFILTER,
    .config = "nwfilter",
    .state = "nwfilter-binding",
    .load = load,
    .unload = unload,
};

static int
nwfilter_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
nwfilter_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

#define NWFILTER_SLOT(slot, function) .slot = function,
static const VrNwfilterOps nwfilter_ops = {NWFILTER_OPS(NWFILTER_SLOT)};

static const char *const schemes[] = {"nwfilter", NULL};

static const VrDriver driver = {
    .name = "nwfilter",
    .schemes = schemes,
    .error_domain = VIR_FROM_NWFILTER,
    .open = nwfilter_open,
    .close = nwfilter_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .nwfilter = &nwfilter_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
