/* TLS for clients that come through a TLS port: see tls.c. */
#pragma once

#include "daemon/client.h"

/* Shake hands, check the certificate, then start the client; loop's thread. */
void daemon_tls_begin(DaemonClient *client);

/* Read keys and certificates; -1 with the error set.  The second, for SIGHUP, keeps the old ones when that fails. */
int daemon_tls_setup(const void *config);
int daemon_tls_reload(void);
