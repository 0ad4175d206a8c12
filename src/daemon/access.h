/* Who may do what: the access rules of each procedure, put to the access drivers of the configuration.
 *
 * Without an access driver everything is allowed that the socket allows.  With one, calls run on workers only: asking
 * takes its time.
 */
#pragma once

#include "daemon/client.h"

/* Is there an access driver. */
gboolean daemon_access_is_on(void);

/* Read access_drivers; -1 with the error set for one that is unknown. */
int daemon_access_setup(void);

/* May CLIENT hear of an event about OBJECT. */
gboolean daemon_access_may_hear(DaemonClient *client, VrEventFamily family, void *object);

/* Another daemon, which we trust, speaks for somebody. */
int daemon_access_set_identity(DaemonClient *client, virTypedParameterPtr params, int nparams);

/* Open what a client asks for, with the library. */
virConnectPtr daemon_open_connection(const char *name, unsigned int flags);
