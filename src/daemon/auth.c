/* Authentication: the list of ways (one), and what each needs.  The first calls of every client. */
#include "daemon/calls.h"

static int
auth_list(VrDispatch *d)
{
    vr_out_u32(d->out, 1);
    vr_out_u32(d->out, (guint32)(d->client->authenticated ? VR_AUTH_NONE : d->client->auth_wanted));
    return 0;
}

void
daemon_client_sasl_free(ClientSasl *sasl)
{
}

VrDispatchFunc
vr_dispatch_auth(int proc)
{
    return proc == VR_REMOTE_AUTH_LIST ? auth_list : NULL;
}
