/* TLS for clients that come through a TLS port: see tls.c. */
#pragma once

#include "daemon/client.h"
#include "daemon/config.h"

/* Shake hands, check the certificate, then start the client; loop's thread. */
void daemon_tls_begin(DaemonClient *client);

/* Read keys and certificates; -1 with the error set.  The second, for SIGHUP, keeps the old ones when that fails. */
int daemon_tls_setup(const DaemonConfig *config);
int daemon_tls_reload(void);
gboolean daemon_tls_is_set_up(void);
