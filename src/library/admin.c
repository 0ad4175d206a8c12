/* libvirt-admin: connections to a daemon's administration socket.
 *
 * Opening one fails until the wire protocol is here; the queries that need no daemon work.
 */
#include <libvirt/libvirt-admin.h>

#include "base/entry.h"

int
virAdmInitialize(void)
{
    return virInitialize();
}

int
virAdmGetVersion(unsigned long long *libVer)
{
    vr_api_begin("virAdmGetVersion", VIR_FROM_ADMIN);
    if (vr_api_null(libVer, "libVer"))
        return vr_api_fail(NULL), -1;
    *libVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

virAdmConnectPtr
virAdmConnectOpen(const char *name, unsigned int flags)
{
    virInitialize();
    vr_api_begin("virAdmConnectOpen", VIR_FROM_ADMIN);
    vr_api_trace("name=%s flags=0x%x", vr_api_text(name), flags);
    if (!vr_api_unknown_flags(flags, VIR_CONNECT_NO_ALIASES))
        vr_error(VIR_FROM_ADMIN, VIR_ERR_NO_CONNECT, "%s", name && *name ? name : "libvirtd:///system");
    return vr_api_fail(NULL), NULL;
}

/* Every other function that is given a connection: none can exist. */
static int
no_connection(const char *function, const void *conn)
{
    vr_api_begin(function, VIR_FROM_ADMIN);
    vr_api_not_a(conn, VR_ADM_CONNECT);
    return vr_api_fail(NULL), -1;
}

int
virAdmConnectClose(virAdmConnectPtr conn)
{
    return no_connection("virAdmConnectClose", conn);
}

int
virAdmConnectIsAlive(virAdmConnectPtr conn)
{
    return no_connection("virAdmConnectIsAlive", conn);
}

char *
virAdmConnectGetURI(virAdmConnectPtr conn)
{
    no_connection("virAdmConnectGetURI", conn);
    return NULL;
}

int
virAdmConnectRegisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb, void *opaque,
                                   virFreeCallback freecb)
{
    return no_connection("virAdmConnectRegisterCloseCallback", conn);
}

int
virAdmConnectUnregisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb)
{
    return no_connection("virAdmConnectUnregisterCloseCallback", conn);
}
