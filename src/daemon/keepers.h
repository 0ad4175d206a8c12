/* virtlogd and virtlockd: programs of their own, in the same daemon under those names.  Everything on the loop's thread. */
#pragma once

#include "daemon/dispatch.h"
#include "daemon/server.h"

VrDispatchFunc daemon_log_function(int proc);
VrDispatchFunc daemon_lock_function(int proc);

/* A client has left: what it held is free. */
void daemon_lock_client_gone(DaemonClient *client);

/* How long a log grows, and how many old ones stay. */
void daemon_log_setup(gsize max_size, int max_backups);
