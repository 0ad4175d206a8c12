/* What the network driver asks of a network definition on this host, beyond what any reader of it asks.
 *
 * Called by the daemon's network driver when a network is defined or made, on its thread.
 */
#pragma once

#include "model/network.gen.h"

/* Whether a bridge of this name is in use: by another network, or on the host. */
typedef bool (*VrBridgeTaken)(const char *name, void *opaque);

/* Give the network what it needs and was not given (bridge name, MAC address), then refuse what this host
 * cannot offer.  TAKEN may be NULL: every name is free. */
int vr_network_settle(NetworkDef *def, VrBridgeTaken taken, void *opaque);
