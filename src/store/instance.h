/* Instances: one for the host's system, one per user, one per embedding folder, each shared by all connections to it.
 *
 * The drivers of a host's parts (secrets, storage, networks ...) keep what they have in one.  Opening and closing run on any
 * thread; the fields do not change between.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <stdbool.h>

#include "base/connect.h"
#include "base/events.h"
#include "base/uri.h"
#include "store/table.h"

typedef struct VrInstance VrInstance;

/* What a driver's instances are. */
typedef struct {
    VrHostPart part;
    int domain;               /* of errors in opening */
    const char *config;       /* folder of definitions: below /etc/libvirt, ~/.config/libvirt, ROOT/etc */
    const char *state;        /* of what ends with the host: below /run/libvirt, the user's runtime folder, ROOT/run */
    int (*load)(VrInstance *instance);    /* the first connection: read what is kept; -1 with the error set refuses it */
    void (*unload)(VrInstance *instance); /* the last one has closed; before the table goes */
} VrInstanceKind;

struct VrInstance {
    gint refs;
    const VrInstanceKind *kind;
    char *root;      /* of an embedded one; NULL otherwise */
    bool privileged; /* the system's */
    char *config, *state;
    VrTable *items;
    VrEventHub *events;
    void *data;      /* the driver's own */
};

/* For VrDriver.open and .close: CONN gets the instance that URI means, in its slot for KIND's part.  A connection of a
 * hypervisor's driver may be to any of them. */
int vr_instance_open(virConnectPtr conn, const VrUri *uri, const VrInstanceKind *kind);
void vr_instance_close(virConnectPtr conn, const VrInstanceKind *kind);

static inline VrInstance *
vr_instance(const void *object, VrHostPart part)
{
    const VrHandle *handle = object;
    const struct _virConnect *conn = handle->magic == vr_kinds[VR_CONNECT].magic ? object : VR_OBJECT_CONN(object);
    return conn->host[part];
}

/* What a connection to such a driver alone answers. */
extern const VrHypervisorOps vr_instance_hypervisor_ops;
