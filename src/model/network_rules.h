/* What the files of the network document's rules share. */
#pragma once

#include "model/engine.h"
#include "model/network.gen.h"

/* An IP address as bytes, IPv4 in the first four. */
typedef struct {
    unsigned char bytes[16];
    unsigned size; /* 4 or 16 */
} NetworkAddress;

bool network_address_read(const char *text, NetworkAddress *ret_address);

/* Where a range must lie; NULL in place of it: anywhere. */
typedef struct {
    const char *text;
    NetworkAddress address;
    unsigned prefix;
} NetworkSubnet;

/* The first to the last address of a range: of one family, in order, not too many, within SUBNET. */
int network_check_range(const char *start, const char *end, const NetworkSubnet *subnet);

int network_check_ips(const NetworkDef *def);
int network_check_routes(const NetworkDef *def);
int network_check_dns(const NetworkDef *def);
