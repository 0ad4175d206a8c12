/* What a driver is: a module with one VrDriver, found by URI scheme.
 *
 * driver-ops.h is generated from the API description: one table per kind of object, one slot per operation,
 * with the public function's own signature.  A slot left empty means "not supported".
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/libvirt-admin.h>

#include "base/driver-ops.h"
#include "base/uri.h"

/* The parts of a host beside its guests.  Each has a driver of its own, NAME:///system; a hypervisor's connections have them
 * as companions. */
typedef enum {
    VR_HOST_NETWORK,
    VR_HOST_STORAGE,
    VR_HOST_INTERFACE,
    VR_HOST_NODEDEV,
    VR_HOST_SECRET,
    VR_HOST_NWFILTER,
    VR_HOST_PARTS
} VrHostPart;

extern const char *const vr_host_parts[VR_HOST_PARTS]; /* their drivers' names */

typedef struct {
    const char *name;              /* "test": also the module's name */
    const char *const *schemes;    /* URI schemes, NULL-terminated */
    int error_domain;              /* virErrorDomain of what it refuses; 0: the called function's */
    gboolean far;                  /* passes calls on: flags are for the other side to know */
    gboolean companions;           /* networks, storage ... of the same host are served by their own drivers */

    /* Serve CONN at URI: set conn->data and return 0.  -1 with the error set refuses.  A companion sets its slot of
     * conn->host instead, and looks at the URI's path and root only: the scheme is the hypervisor's.  What a daemon keeps
     * (takes over, starts by itself) begins with the first connection, which the daemon opens at its start. */
    int (*open)(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags);
    void (*close)(virConnectPtr conn);

    const VrHypervisorOps *hypervisor;
    const VrNetworkOps *network;
    const VrStorageOps *storage;
    const VrInterfaceOps *interface;
    const VrNodedevOps *nodedev;
    const VrSecretOps *secret;
    const VrNwfilterOps *nwfilter;
} VrDriver;

/* Each module exports this symbol: const VrDriver *vr_driver_module(void). */
typedef const VrDriver *(*VrDriverModule)(void);
#define VR_DRIVER_MODULE_SYMBOL "vr_driver_module"
