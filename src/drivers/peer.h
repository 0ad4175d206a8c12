/* A driver's neighbours: a guest's network, its disk's volume, the secret that opens it.
 *
 * A driver knows no other driver's code: it calls them as any client would, on a connection of this process where it serves
 * them, through the neighbour's daemon where it does not.  On worker threads: a daemon may have to answer.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "base/api.h"
#include "base/driver.h"

/* A connection to PART of the host: of the embedded instance at ROOT, or of the system's (PRIVILEGED) or user's.  The caller
 * closes it with virConnectClose().  NULL with the error set. */
virConnectPtr vr_peer_open(VrHostPart part, const char *root, gboolean privileged);

/* The value of CALL, a public function's, inside a call of ours: errors after it still name ours. */
#define VR_PEER(call)                                                                              \
    G_GNUC_EXTENSION({                                                                             \
        VrApiCall vr_peer_outer = vr_api_call;                                                     \
        __auto_type vr_peer_value = (call);                                                        \
        vr_api_call = vr_peer_outer;                                                               \
        vr_peer_value;                                                                             \
    })
