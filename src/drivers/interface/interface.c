/* The interface driver: opening its instances, and the table of its operations. */
#include "drivers/interface/interface.h"

static int
load(VrInstance *instance)
{
    InterfaceDriver *driver = g_new0(InterfaceDriver, 1);
    vr_mutex_init(&driver->change);
    driver->folder = instance->privileged && !instance->root ? g_strdup("/etc/network/interfaces.d") : g_strdup(instance->config);
    driver->saved = g_build_filename(instance->state, "rollback", NULL);
    instance->data = driver;
    return interface_load(instance);
}

static void
unload(VrInstance *instance)
{
    InterfaceDriver *driver = instance->data;
    vr_mutex_clear(&driver->change);
    g_free(driver->folder);
    g_free(driver->saved);
    g_free(driver);
}

static const VrInstanceKind kind = {
    .part = VR_HOST_INTERFACE,
    .domain = VIR_FROM_INTERFACE,
    .config = "interfaces.d",
    .state = "interface",
    .load = load,
    .unload = unload,
};

static int
interface_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
interface_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

#define INTERFACE_SLOT(slot, function) .slot = function,
static const VrInterfaceOps interface_ops = {INTERFACE_OPS(INTERFACE_SLOT)};

static const char *const schemes[] = {"interface", NULL};

static const VrDriver driver = {
    .name = "interface",
    .schemes = schemes,
    .error_domain = VIR_FROM_INTERFACE,
    .open = interface_open,
    .close = interface_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .interface = &interface_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
