/* A daemon replaced by its successor, mostly a newer binary: the same process executes it and hands over what it has.
 *
 * Listening sockets always: no connection is refused meanwhile.  virtlogd and virtlockd hand over their clients, logs and leases
 * too.  Clients of drivers are cut off between two calls, and come again.  Loop's thread.
 */
#pragma once

#include "daemon/client.h"
#include "daemon/config.h"

/* How this process was started; called first. */
void daemon_handover_init(char **argv);

/* Whether this process takes over from a predecessor. */
gboolean daemon_handover_expected(void);

/* Hand over once no call is at work, or after some seconds.  KEEPERS have clients that stay. */
void daemon_handover_begin(gboolean keepers);

/* Take over: the number of listening sockets that the predecessor left, 0 when there was none. */
int daemon_handover_take(const DaemonConfig *config);

/* What is handed over: numbers and names, and descriptors that stay open. */
typedef struct Handover Handover;

GKeyFile *daemon_handover_notes(Handover *handover);
/* Note FD, which stays open across the change, under KEY. */
void daemon_handover_fd(Handover *handover, const char *group, const char *key, int fd);
/* The client that had descriptor FD before the change; NULL when there is none. */
DaemonClient *daemon_handover_client(int fd);
