/* systemd's two small protocols: sockets handed over, and telling it how we are. */
#pragma once

#include "daemon/config.h"

/* Take the sockets that systemd has opened for us; how many. */
int daemon_systemd_sockets(DaemonServer *server, DaemonServer *admin, const DaemonConfig *config);

void daemon_systemd_notify(const char *state);
