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

typedef struct {
    const char *name;              /* "test": also the module's name */
    const char *const *schemes;    /* URI schemes, NULL-terminated */
    int error_domain;              /* virErrorDomain of what it refuses; 0: the called function's */
    gboolean far;                  /* passes calls on: flags are for the other side to know */

    /* Serve CONN at URI: set conn->data and return 0.  -1 with the error set refuses. */
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
