/* virtlogd and virtlockd: programs of their own, in the same daemon under those names.  Everything on the loop's thread. */
#pragma once

#include "daemon/dispatch.h"
#include "daemon/server.h"

VrDispatchFunc daemon_log_function(int proc);
VrDispatchFunc daemon_lock_function(int proc);

/* A client has left: what it held is free. */
void daemon_lock_client_gone(DaemonClient *client);

/* To a successor, and from a predecessor: handover.h. */
struct Handover;
void daemon_log_note(struct Handover *handover);
void daemon_lock_note(struct Handover *handover);
void daemon_log_take(GKeyFile *notes, const char *group);
void daemon_lock_take(GKeyFile *notes, const char *group);

/* How long a log grows, and how many old ones stay. */
void daemon_log_setup(gsize max_size, int max_backups);
