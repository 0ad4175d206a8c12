/* The drivers that a daemon keeps: each is opened once when it starts, takes over what runs and starts what is to start by
 * itself, and stays open for the daemon's life.  main.c starts it; the opening is a worker's, beside the first clients.
 */
#include "daemon/keep.h"

#include <string.h>
#include <unistd.h>

#include <libvirt/libvirt.h>

#include "base/error.h"
#include "base/log.h"

/* A guest's network, storage and secrets are there before the guest. */
static const char *const order[] = {
    "secret", "nwfilter", "nodedev", "interface", "network", "storage", "qemu", "lxc", "xen", "uml", "openvz", "vbox",
};

static void
keep(void *data)
{
    const char *const *schemes = data;
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        if (!g_strv_contains(schemes, order[i]))
            continue;
        g_autofree char *uri = g_strdup_printf("%s:///%s", order[i], geteuid() == 0 ? "system" : "session");
        gint64 begun = g_get_monotonic_time();
        /* Never closed: what a driver keeps, it keeps as long as somebody has it open. */
        if (virConnectOpen(uri))
            vr_log(VR_LOG_INFO, "daemon", "%s is ready after %.1f ms", uri, (double)(g_get_monotonic_time() - begun) / 1000);
        else if (vr_error_last()->code == VIR_ERR_NO_CONNECT)
            vr_debug("daemon", "%s is not served: %s", uri, vr_error_last()->message);
        else
            vr_log(VR_LOG_ERROR, "daemon", "%s did not start: %s", uri, vr_error_last()->message);
    }
}

void
daemon_keep_drivers(VrPool *pool, const char *const *schemes)
{
    vr_pool_submit(pool, FALSE, keep, (void *)schemes);
}
