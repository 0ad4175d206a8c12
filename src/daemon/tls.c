/* TLS for clients: see tls.h. */
#include "daemon/tls.h"

#include "daemon/config.h"

int
daemon_tls_setup(const void *config)
{
    return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "this daemon was built without TLS");
}

int
daemon_tls_reload(void)
{
    return 0;
}

void
daemon_tls_begin(DaemonClient *client)
{
    daemon_client_close(client);
}
