/* Connections come and go here: see connect.h. */
#include "base/connect.h"

#include "base/error.h"
#include "base/lock.h"

G_STATIC_ASSERT(sizeof(struct _virConnect) <= VR_HANDLE_SIZE);
G_STATIC_ASSERT(sizeof(struct _virStream) <= VR_HANDLE_SIZE);

const char *const vr_host_parts[VR_HOST_PARTS] = {
    [VR_HOST_NETWORK] = "network", [VR_HOST_STORAGE] = "storage", [VR_HOST_INTERFACE] = "interface",
    [VR_HOST_NODEDEV] = "nodedev", [VR_HOST_SECRET] = "secret",   [VR_HOST_NWFILTER] = "nwfilter",
};

virConnectPtr
vr_connect_new(unsigned int flags)
{
    virConnectPtr conn = vr_handle_new(vr_kinds[VR_CONNECT].magic);
    conn->flags = flags;
    conn->extra = g_new0(VrConnectExtra, 1);
    conn->host = conn->extra->host;
    vr_mutex_init(&conn->extra->lock);
    return conn;
}

void
vr_connect_dispose(virConnectPtr conn)
{
    VrConnectExtra *extra = conn->extra;
    if (extra->driver && extra->driver->close)
        extra->driver->close(conn);
    for (int i = 0; i < VR_HOST_PARTS; i++) {
        if (extra->companions[i] && extra->companions[i]->close)
            extra->companions[i]->close(conn);
    }
    if (extra->close_free)
        extra->close_free(extra->close_data);
    vr_error_reset(&extra->last_error);
    vr_mutex_clear(&extra->lock);
    g_free(extra);
    g_free(conn->uri);
}
