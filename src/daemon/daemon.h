/* The daemon as a whole, for administration. */
#pragma once

#include "daemon/server.h"

typedef struct {
    const char *name;
    gboolean handing_over; /* to a successor: no call begins */
    gboolean proxy; /* has no driver: clients' connections go on to the daemons that have */
    DaemonServer *server, *admin;
    int timeout;
    VrSource *idle;
} DaemonState;

extern DaemonState daemon_state;

/* End when nobody has been connected for SECONDS; 0 never.  Loop's thread. */
void daemon_set_timeout(int seconds);

/* Close everything and let main() return.  Loop's thread. */
void daemon_stop(void);
