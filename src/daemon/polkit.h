/* Asking polkit whether a client may do something. */
#pragma once

#include "daemon/client.h"

/* May CLIENT do ACTION; DETAILS are pairs of names and values, NULL-terminated, or NULL.  INTERACTIVE lets polkit ask the
 * user.  0, or -1 with VIR_ERR_AUTH_UNAVAILABLE or VIR_ERR_ACCESS_DENIED set.  Blocks: on workers. */
int daemon_polkit_check(DaemonClient *client, const char *action, const char *const *details, gboolean interactive);
