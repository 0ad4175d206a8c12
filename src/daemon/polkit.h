/* Asking polkit whether a client may do something. */
#pragma once

#include "daemon/client.h"

/* May CLIENT do ACTION; DETAILS are pairs of names and values, NULL-terminated, or NULL.  INTERACTIVE lets polkit ask the
 * user.  0, or -1 with VIR_ERR_AUTH_UNAVAILABLE or VIR_ERR_ACCESS_DENIED set.  Blocks: on workers. */
int daemon_polkit_check(DaemonClient *client, const char *action, const char *const *details, gboolean interactive);

/* The module that speaks D-Bus: 1 yes, 0 no, 2 only if the user is asked, -1 with the error set. */
typedef int (*VrPolkitAsk)(pid_t pid, unsigned long long start, uid_t uid, const char *action, const char *const *details,
                           gboolean interactive);
#define VR_POLKIT_MODULE "libvireo-polkit.so"
#define VR_POLKIT_SYMBOL "vr_polkit_ask"
