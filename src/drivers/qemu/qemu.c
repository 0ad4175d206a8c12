/* The driver itself: opening connections to the host's QEMU or to one below a folder, and the table of its operations. */
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/fdgroup.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"

static int
qemu_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    const char *root = NULL;
    bool privileged = geteuid() == 0;
    if (strcmp(uri->path, "/embed") == 0) {
        root = vr_uri_param(uri, "root");
        if (!root)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "root parameter required for embedded driver: %s?root=DIR",
                            uri->text);
        if (!g_path_is_absolute(root))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "root parameter must be an absolute path: '%s'", root);
    } else if (strcmp(uri->path, "/system") != 0 && strcmp(uri->path, "/session") != 0) {
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                        "unexpected QEMU URI path '%s', try qemu:///system, qemu:///session or qemu:///embed?root=DIR",
                        uri->path);
    } else if (strcmp(uri->path, "/session") == 0) {
        privileged = false;
    }
    conn->data = qemu_driver_open(root, privileged);
    return conn->data ? 0 : -1;
}

static void
qemu_close(virConnectPtr conn)
{
    QemuDriver *driver = conn->data;
    vr_event_forget(driver->events, conn);
    qemu_destroy_owned(driver, conn);
    qemu_fd_groups_forget(driver, conn);
    qemu_driver_close(driver);
}

#define QEMU_SLOT(slot, function) .slot = function,
static const VrHypervisorOps hypervisor_ops = {QEMU_OPS(QEMU_SLOT)};

static const char *const schemes[] = {"qemu", NULL};

static const VrDriver driver = {
    .name = "qemu",
    .schemes = schemes,
    .error_domain = VIR_FROM_QEMU,
    .companions = TRUE,
    .open = qemu_open,
    .close = qemu_close,
    .hypervisor = &hypervisor_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
