/* A connection: the drivers that serve it and what the application registered with it.
 *
 * The library opens and closes connections (src/library/open.c); drivers read them.  The operation tables are set
 * before the application sees the connection and do not change; extra->lock guards the rest.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/driver.h"
#include "base/object.h"
#include "base/lock.h"

typedef struct {
    VrMutex lock;
    virErrorFunc error_func;
    void *error_data;
    virConnectCloseFunc close_func;
    void *close_data;
    virFreeCallback close_free;
    virError last_error; /* virConnGetLastError */
    const VrDriver *driver;
    const VrDriver *companions[VR_HOST_PARTS]; /* those that are open */
    void *host[VR_HOST_PARTS];
    gboolean peer; /* opened by a driver of this process for itself: it may see what no client may */
} VrConnectExtra;

struct _virConnect {
    VrHandle handle;
    unsigned int flags; /* virConnectFlags */
    char *uri;          /* as given, without what only the client needs */
    const VrHypervisorOps *hypervisor;
    const VrNetworkOps *network;
    const VrStorageOps *storage;
    const VrInterfaceOps *interface;
    const VrNodedevOps *nodedev;
    const VrSecretOps *secret;
    const VrNwfilterOps *nwfilter;
    void *data;         /* the driver's own */
    void **host;        /* those of its companions, by VrHostPart */
    VrConnectExtra *extra;
};

/* A connection without a driver. */
virConnectPtr vr_connect_new(unsigned int flags);

/* Close the driver's side and free everything but the handle; for vr_object_unref() only. */
void vr_connect_dispose(virConnectPtr conn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, vr_object_unref)
