/* Events about objects: who asked for which, and handing them over in order.
 *
 * A driver owns one hub for each set of objects it serves and emits into it from any thread; callbacks run on the
 * event loop's thread, without any lock held, in the order of emission.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/libvirt-qemu.h>

#include "base/object.h"

typedef enum {
    VR_EVENTS_DOMAIN,
    VR_EVENTS_NETWORK,
    VR_EVENTS_STORAGE_POOL,
    VR_EVENTS_NODE_DEVICE,
    VR_EVENTS_SECRET,
    VR_EVENTS_MONITOR, /* QEMU's own, as they come: event 0; s: name, details; n: seconds, microseconds, the registration's number
                        * at the daemon */
} VrEventFamily;

typedef struct VrEventHub VrEventHub;

VrEventHub *vr_event_hub_new(void);
void vr_event_hub_unref(VrEventHub *hub);

/* Register CB for events ID of FAMILY about OBJECT, or about all objects when it is NULL.  Returns the callback id, or
 * -1 with the error set.  CONN is referenced while registered. */
int vr_event_register(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, const void *object, int id,
                      void (*cb)(void), void *opaque, virFreeCallback freecb);

/* -1 with VIR_ERR_INVALID_ARG when CONN has no such registration; otherwise how many CONN keeps for that event. */
int vr_event_deregister(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, int callback_id);

/* Undo a registration that the caller is told has failed: the application's data stays the application's. */
void vr_event_withdraw(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, int callback_id);

/* virConnectDomainEventRegister's pair: by function, lifecycle events only. */
int vr_event_register_lifecycle(VrEventHub *hub, virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                                virFreeCallback freecb);
int vr_event_deregister_lifecycle(VrEventHub *hub, virConnectPtr conn, virConnectDomainEventCallback cb);

/* Forget everything that CONN registered; for a driver's close. */
void vr_event_forget(VrEventHub *hub, virConnectPtr conn);

/* What an event says: the arguments of its callback between the object and the opaque pointer, in order, numbers in
 * one list and strings in another. */
typedef struct {
    long long n[4];
    const char *s[5];
    virTypedParameterPtr params; /* taken over */
    int nparams;
} VrEventArgs;

/* Like vr_event_register(), for events that WANTS(DATA) accepts, which is called under the hub's lock; DATA_FREE frees DATA with the registration,
 * or at once when registering fails. */
typedef gboolean (*VrEventWants)(const VrEventArgs *args, void *data);
int vr_event_register_some(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, const void *object, int id, void (*cb)(void),
                           void *opaque, virFreeCallback freecb, VrEventWants wants, void *data, GDestroyNotify data_free);
/* Whether anybody is registered for FAMILY. */
gboolean vr_event_any(VrEventHub *hub, VrEventFamily family);

/* For who passes events on as they are: registering vr_event_tap_callback() with a VrEventTap as the opaque pointer gets
 * every event undecoded, whatever its callback's signature. */
typedef struct {
    void (*func)(void *data, VrEventFamily family, int id, void *object, const VrEventArgs *args);
    void *data;
} VrEventTap;

void (*vr_event_tap_callback(void))(void);

/* Emit event ID of FAMILY about the object that NAME, UUID (NULL for node devices) and DOMAIN_ID describe. */
void vr_event_emit(VrEventHub *hub, VrEventFamily family, int id, const char *name, const unsigned char *uuid,
                   int domain_id, const VrEventArgs *args);

/* The same for those only who asked for one object (ONE), or only for those who asked for all. */
void vr_event_emit_narrow(VrEventHub *hub, VrEventFamily family, int id, gboolean one, const char *name,
                          const unsigned char *uuid, int domain_id, const VrEventArgs *args);
