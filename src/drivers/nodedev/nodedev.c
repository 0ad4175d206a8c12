/* The node device driver: opening its instances, and the table of its operations. */
#include "drivers/nodedev/nodedev.h"

static int
load(VrInstance *instance)
{
    NodedevDriver *driver = g_new0(NodedevDriver, 1);
    instance->data = driver;
    driver->mdevs = instance->root ? g_build_filename(instance->root, "etc", "mdevctl.d", NULL) : g_strdup("/etc/mdevctl.d");
    return nodedev_watch_start(instance) < 0 || nodedev_mdev_load(instance) < 0 ? -1 : 0;
}

static void
unload(VrInstance *instance)
{
    NodedevDriver *driver = instance->data;
    nodedev_watch_stop(instance);
    g_free(driver->mdevs);
    g_free(driver);
}

static const VrInstanceKind kind = {
    .part = VR_HOST_NODEDEV,
    .domain = VIR_FROM_NODEDEV,
    .config = "nodedev",
    .state = "nodedev",
    .load = load,
    .unload = unload,
};

static int
nodedev_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
nodedev_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

#define NODEDEV_SLOT(slot, function) .slot = function,
static const VrNodedevOps nodedev_ops = {NODEDEV_OPS(NODEDEV_SLOT)};

static const char *const schemes[] = {"nodedev", NULL};

static const VrDriver driver = {
    .name = "nodedev",
    .schemes = schemes,
    .error_domain = VIR_FROM_NODEDEV,
    .open = nodedev_open,
    .close = nodedev_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .nodedev = &nodedev_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
