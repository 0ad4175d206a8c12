/* Networks: the rules that every driver of them shares - list filters, live and stored definitions, updates of a part.
 *
 * Works on VrItemState copies that a change holds; called by the drivers on any thread.
 */
#pragma once

#include "model/network.gen.h"
#include "store/item.h"

#define VR_NETWORK_LIST_FLAGS                                                                                            \
    (VIR_CONNECT_LIST_NETWORKS_ACTIVE | VIR_CONNECT_LIST_NETWORKS_INACTIVE | VIR_CONNECT_LIST_NETWORKS_PERSISTENT |      \
     VIR_CONNECT_LIST_NETWORKS_TRANSIENT | VIR_CONNECT_LIST_NETWORKS_AUTOSTART | VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART)

/* Whether virConnectListAllNetworksFlags want it. */
bool vr_network_matches(const VrItemState *state, unsigned flags);

/* Give STATE a definition (taken over): to run on at once when LIVE, else to keep. */
void vr_network_assign(VrItemState *state, VrDefinition *def, bool live);

/* What virNetworkUpdate() is asked to do. */
typedef struct {
    unsigned command; /* virNetworkUpdateCommand */
    unsigned section; /* virNetworkUpdateSection */
    int index;        /* which <ip>; negative: the first that has DHCP */
    const char *xml;
} VrNetworkUpdate;

/* Apply UPDATE to the definitions in STATE that FLAGS name; on failure STATE is as before. */
int vr_network_update(VrItemState *state, const VrNetworkUpdate *update, unsigned flags);
/* The same for one definition. */
int vr_network_def_update(NetworkDef *def, const VrNetworkUpdate *update);
