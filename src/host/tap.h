/* A guest's end of a network: tap devices and macvtaps, by descriptors.
 *
 * Called by hypervisor drivers, on any thread.  Failures have VIR_FROM_NONE's system errors.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define VR_TAP_NAME_SIZE 16
#define VR_TAP_MAX_QUEUES 256

/* Make the tap device NAME, or one after a pattern ("vnet%d", then NAME gets what it became), with QUEUES descriptors in FDS,
 * which close on exec.  It goes with the last of them. */
int vr_tap_open(char name[VR_TAP_NAME_SIZE], unsigned queues, int *fds);
/* The same for a macvtap on LINK; MODE is "vepa", "private", "bridge" or "passthru".  It stays until vr_link_delete(). */
int vr_macvtap_open(char name[VR_TAP_NAME_SIZE], const char *link, const char *mode, const unsigned char *mac, unsigned queues,
                    int *fds);

int vr_link_set_mac(const char *name, const unsigned char *mac);
int vr_link_set_mtu(const char *name, unsigned mtu);
/* Make NAME a port of BRIDGE; NULL: of none. */
int vr_link_set_bridge(const char *name, const char *bridge);
/* The port neither sends to nor hears from other isolated ones. */
int vr_bridge_port_isolate(const char *name, bool isolated);
bool vr_link_exists(const char *name);
/* The link's MTU; 0 when there is none. */
unsigned vr_link_mtu(const char *name);
