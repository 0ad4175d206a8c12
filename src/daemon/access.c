/* See access.h. */
#include "daemon/access.h"

int
vr_dispatch_access(VrDispatch *d, VrKind kind, void *object, unsigned int flags)
{
    return 0;
}

gboolean
vr_dispatch_visible(VrDispatch *d, VrKind kind, void *object)
{
    return TRUE;
}

int
daemon_access_set_identity(DaemonClient *client, virTypedParameterPtr params, int nparams)
{
    /* Only root, and daemons that run as root, may speak for others. */
    if (client->uid == 0)
        return 0;
    return vr_error(VIR_FROM_RPC, VIR_ERR_ACCESS_DENIED, "only a privileged client may set another identity");
}

virConnectPtr
daemon_open_connection(const char *name, unsigned int flags)
{
    if (name && !*name)
        name = NULL;
    return flags & VIR_CONNECT_RO ? virConnectOpenReadOnly(name) : virConnectOpenAuth(name, NULL, flags);
}
