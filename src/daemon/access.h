/* Who may do what: the access rules of each procedure against the client's identity. */
#pragma once

#include "daemon/client.h"

/* Another daemon, which we trust, speaks for somebody. */
int daemon_access_set_identity(DaemonClient *client, virTypedParameterPtr params, int nparams);

/* Open what a client asks for, with the library. */
virConnectPtr daemon_open_connection(const char *name, unsigned int flags);
