/* Limits of traffic: of a network's bridge, and the guaranteed rates of its guests. */
#include "drivers/network/network.h"

int
network_bandwidth_start(const NetworkDef *def)
{
    if (!def->bandwidth || (!def->bandwidth->inbound && !def->bandwidth->outbound))
        return 0;
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "bandwidth of network '%s' cannot be limited yet", def->name);
}

int
network_bandwidth_plug(const VrItemState *next, const NetworkPortDef *port)
{
    return 0;
}

void
network_bandwidth_unplug(const VrItemState *next, const NetworkPortDef *port)
{
}
