/* Node devices: what they can do, as list filters and capability names see it.  Any thread. */
#pragma once

#include "model/nodedev.gen.h"
#include "store/item.h"

/* Whether virConnectListAllNodeDevicesFlags want it. */
bool vr_nodedev_matches(const VrItemState *state, unsigned flags);

/* Whether DEF has the capability that clients call NAME ("net", "vports"). */
bool vr_nodedev_has_cap(const NodeDeviceDef *def, const char *name);

/* The names of what DEF is, in order: NULL ends them, caller frees with g_strfreev(). */
char **vr_nodedev_caps(const NodeDeviceDef *def);
/* The same with what stands inside them ("fc_host", "mdev_types"). */
char **vr_nodedev_all_caps(const NodeDeviceDef *def);

/* The first block of TYPE directly in DEF, or in CAP; NULL when there is none. */
NodeDeviceCap *vr_nodedev_cap(const NodeDeviceDef *def, int type);
NodeDeviceCap *vr_nodedev_cap_inside(const NodeDeviceCap *cap, int type);
