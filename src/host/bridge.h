/* Bridges of the host and what lies on a link: addresses, routes, settings below /proc/sys.
 *
 * Called by the drivers of networks, filters and interfaces, on any thread.  Failures have VIR_FROM_NONE's system errors.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *name;
    const unsigned char *mac;
    unsigned mtu;        /* 0: the kernel's default */
    bool stp;
    unsigned long long delay; /* seconds */
    bool vlan_filtering;
} VrBridge;

/* Make it, not up yet; -1 when it exists. */
int vr_bridge_create(const VrBridge *bridge);
int vr_link_delete(const char *name);
int vr_link_set_up(const char *name, bool up);
/* The names of the links on BRIDGE that are ports of it. */
GPtrArray *vr_bridge_ports(const char *bridge);

/* An address as the kernel takes it: BYTES is in network order, SIZE 4 or 16. */
typedef struct {
    const unsigned char *bytes;
    unsigned size, prefix;
} VrLinkAddress;

int vr_link_add_address(const char *name, const VrLinkAddress *address);
/* To TARGET through GATEWAY (of TARGET's size). */
int vr_link_add_route(const char *name, const VrLinkAddress *target, const unsigned char *gateway, unsigned metric);
/* The link that a route to exactly NETWORK leads to; NULL when none.  Caller frees. */
char *vr_route_link(const VrLinkAddress *network);

/* Write VALUE to /proc/sys/PATH; -1 with the error set. */
int vr_sysctl_write(const char *path, const char *value);
