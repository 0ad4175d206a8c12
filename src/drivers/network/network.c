/* The network driver: opening its instances, and the table of its operations. */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "drivers/network/network.h"

/* Our program for leases: beside this module in the build tree, else where it is installed. */
static char *
find_helper(void)
{
    Dl_info info;
    if (dladdr((const void *)&network_words, &info) && info.dli_fname) {
        g_autofree char *folder = g_path_get_dirname(info.dli_fname);
        g_autofree char *near = g_build_filename(folder, "libvirt_leaseshelper", NULL);
        if (access(near, X_OK) == 0)
            return g_canonicalize_filename(near, NULL);
    }
    return g_strdup(VIREO_LIBEXECDIR "/libvirt_leaseshelper");
}

static int
load(VrInstance *instance)
{
    NetworkDriver *driver = g_new0(NetworkDriver, 1);
    instance->data = driver;
    vr_mutex_init(&driver->define);
    if (instance->root)
        driver->lib = g_build_filename(instance->root, "lib", "dnsmasq", NULL);
    else if (instance->privileged)
        driver->lib = g_strdup("/var/lib/libvirt/dnsmasq");
    else
        driver->lib = g_build_filename(g_get_user_config_dir(), "libvirt", "dnsmasq", NULL);
    driver->dnsmasq = vr_command_find("dnsmasq");
    driver->helper = find_helper();
    return network_load(instance);
}

static void
unload(VrInstance *instance)
{
    NetworkDriver *driver = instance->data;
    vr_mutex_clear(&driver->define);
    g_free(driver->lib);
    g_free(driver->dnsmasq);
    g_free(driver->helper);
    g_free(driver);
}

static const VrInstanceKind kind = {
    .part = VR_HOST_NETWORK,
    .domain = VIR_FROM_NETWORK,
    .config = "qemu/networks",
    .state = "network",
    .load = load,
    .unload = unload,
};

static int
network_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
network_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

#define NETWORK_SLOT(slot, function) .slot = function,
static const VrNetworkOps network_ops = {NETWORK_OPS(NETWORK_SLOT)};

static const char *const schemes[] = {"network", NULL};

static const VrDriver driver = {
    .name = "network",
    .schemes = schemes,
    .error_domain = VIR_FROM_NETWORK,
    .open = network_open,
    .close = network_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .network = &network_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
