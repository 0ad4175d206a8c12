/* Proving who we are, as the daemon asks: its list holds the one way it accepts. */
#include "drivers/remote/remote.h"

enum {
    AUTH_NONE,
    AUTH_SASL,
    AUTH_POLKIT,
};

static int
auth_polkit(RemoteClient *client)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_AUTH_POLKIT) < 0)
        return -1;
    return remote_call_run(&call);
}

int
remote_authenticate(RemoteClient *client, const VrUri *uri, virConnectAuthPtr auth)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_AUTH_LIST) < 0)
        return -1;
    if (remote_call_run(&call) < 0) {
        /* A daemon from before authentication does not know the question. */
        if (vr_error_last()->code != VIR_ERR_NO_SUPPORT)
            return -1;
        vr_error_clear();
        return 0;
    }
    guint32 n = vr_in_count(&call.in);
    guint32 offered = n ? vr_in_u32(&call.in) : AUTH_NONE;
    switch (offered) {
    case AUTH_NONE:
        return 0;
    case AUTH_POLKIT:
        return auth_polkit(client);
    default:
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "unsupported authentication type %u", offered);
    }
}
