/* What the files of the network document's rules share. */
#pragma once

#include "model/engine.h"
#include "model/ip.h"
#include "model/network.gen.h"

/* Whether the network has a bridge that is made for it. */
bool network_owns_bridge(const NetworkDef *def);

/* Where a range must lie; NULL in place of it: anywhere. */
typedef struct {
    const char *text;
    VrIp address;
    unsigned prefix;
    bool bad_mask; /* its ones are not together */
} NetworkSubnet;

/* The first to the last address of a range: of one family, in order, not too many, within SUBNET. */
int network_check_range(const char *start, const char *end, const NetworkSubnet *subnet);

int network_check_ips(const NetworkDef *def);
int network_check_routes(const NetworkDef *def);
int network_check_dns(const NetworkDef *def);
