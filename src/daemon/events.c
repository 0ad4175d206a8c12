/* Events for clients: each registration is one at the client's connection, whose events are passed on as they come.
 *
 * Callbacks run on the loop's thread; registering on a worker or the loop's.
 */
#include "base/connect.h"
#include "daemon/access.h"
#include "daemon/calls.h"

typedef struct {
    VrEventTap tap; /* first: it is the opaque pointer */
    DaemonClient *client;
    VrEventFamily family;
    int event;
    int id; /* the connection's, and the client's: the same number */
    gboolean plain; /* without numbers: from clients that know none */
} DaemonEvent;

/* QEMU's own events have a program of their own. */
static void
send_monitor_event(const DaemonEvent *e, void *object, const VrEventArgs *args)
{
    if (!daemon_access_may_hear(e->client, VR_EVENTS_DOMAIN, object))
        return;
    g_auto(VrOut) out = {0};
    const VrHeader header = {vr_program_qemu.number, vr_program_qemu.version, VR_QEMU_DOMAIN_MONITOR_EVENT, VR_MESSAGE_EVENT, 1,
                             VR_MESSAGE_OK};
    vr_message_begin(&out, &header);
    vr_out_u32(&out, (guint32)e->id);
    vr_out_domain(&out, object);
    vr_out_string(&out, args->s[0]);
    vr_out_u64(&out, (guint64)args->n[0]);
    vr_out_u32(&out, (guint32)args->n[1]);
    vr_out_string_or_null(&out, args->s[1]);
    vr_message_end(&out, 0);
    daemon_client_send(e->client, out.data, out.len, NULL, 0);
}

static void
send_event(void *data, VrEventFamily family, int id, void *object, const VrEventArgs *args)
{
    const DaemonEvent *e = data;
    if (family == VR_EVENTS_MONITOR) {
        send_monitor_event(e, object, args);
        return;
    }
    const VrWireEvent *wire = vr_wire_event(family, id);
    if (!wire || (e->plain && !wire->old_proc) || !daemon_access_may_hear(e->client, family, object))
        return;
    int proc = e->plain ? wire->old_proc : wire->proc;
    g_auto(VrOut) out = {0};
    const VrHeader header = {vr_program_remote.number, vr_program_remote.version, proc, VR_MESSAGE_EVENT, 1, VR_MESSAGE_OK};
    vr_message_begin(&out, &header);
    if (!e->plain)
        vr_out_u32(&out, (guint32)e->id);
    vr_out_event(&out, wire, object, args);
    vr_message_end(&out, 0);
    daemon_client_send(e->client, out.data, out.len, NULL, 0);
}

static void
event_free(void *data)
{
    DaemonEvent *e = data;
    daemon_client_unref(e->client);
    g_free(e);
}

static int
turn_on(virConnectPtr conn, VrEventFamily family, void *object, int event, void *opaque)
{
    void (*cb)(void) = vr_event_tap_callback();
    switch (family) {
    case VR_EVENTS_DOMAIN:
        return virConnectDomainEventRegisterAny(conn, object, event, (virConnectDomainEventGenericCallback)cb, opaque, event_free);
    case VR_EVENTS_NETWORK:
        return virConnectNetworkEventRegisterAny(conn, object, event, (virConnectNetworkEventGenericCallback)cb, opaque, event_free);
    case VR_EVENTS_STORAGE_POOL:
        return virConnectStoragePoolEventRegisterAny(conn, object, event, (virConnectStoragePoolEventGenericCallback)cb, opaque,
                                                     event_free);
    case VR_EVENTS_NODE_DEVICE:
        return virConnectNodeDeviceEventRegisterAny(conn, object, event, (virConnectNodeDeviceEventGenericCallback)cb, opaque,
                                                    event_free);
    case VR_EVENTS_SECRET:
        return virConnectSecretEventRegisterAny(conn, object, event, (virConnectSecretEventGenericCallback)cb, opaque, event_free);
    case VR_EVENTS_MONITOR: /* asked for in words of its own */
        break;
    }
    return -1;
}

static int
turn_off(virConnectPtr conn, VrEventFamily family, int id)
{
    switch (family) {
    case VR_EVENTS_DOMAIN:
        return virConnectDomainEventDeregisterAny(conn, id);
    case VR_EVENTS_NETWORK:
        return virConnectNetworkEventDeregisterAny(conn, id);
    case VR_EVENTS_STORAGE_POOL:
        return virConnectStoragePoolEventDeregisterAny(conn, id);
    case VR_EVENTS_NODE_DEVICE:
        return virConnectNodeDeviceEventDeregisterAny(conn, id);
    case VR_EVENTS_SECRET:
        return virConnectSecretEventDeregisterAny(conn, id);
    case VR_EVENTS_MONITOR:
        return virConnectDomainQemuMonitorEventDeregister(conn, id);
    }
    return -1;
}

/* What a client asked for, as the connection knows it. */
typedef struct {
    VrEventFamily family;
    int event, id;
    gboolean plain;
} Asked;

static DaemonEvent *
event_new(VrDispatch *d, VrEventFamily family, int event, gboolean plain)
{
    DaemonEvent *e = g_new0(DaemonEvent, 1);
    e->tap.func = send_event;
    e->tap.data = e;
    e->client = daemon_client_ref(d->client);
    e->family = family;
    e->event = event;
    e->plain = plain;
    return e;
}

/* The connection has given E, of which it may tell from now on, the number ID. */
static void
note(VrDispatch *d, DaemonEvent *e, int id)
{
    e->id = id;
    Asked *asked = g_new0(Asked, 1);
    *asked = (Asked){e->family, e->event, id, e->plain};
    vr_mutex_lock(&d->client->lock);
    g_ptr_array_add(d->client->registrations, asked);
    vr_mutex_unlock(&d->client->lock);
}

static int
register_event(VrDispatch *d, VrEventFamily family, void *object, int event, gboolean plain, int *ret_id)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn || vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    if (!vr_wire_event(family, event))
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "unsupported event ID %d", event);
    DaemonEvent *e = event_new(d, family, event, plain);
    /* Events that come before the number is known belong to what this thread has not answered yet: the lock orders them. */
    int id = turn_on(conn, family, object, event, e);
    if (id < 0) {
        event_free(e);
        return -1;
    }
    note(d, e, id);
    *ret_id = id;
    return 0;
}

/* Take a registration out of the client's list: by number, or (plain) by event. */
static gboolean
take(DaemonClient *client, VrEventFamily family, int id, int event, Asked *ret)
{
    VR_SCOPED_LOCK(&client->lock);
    for (guint i = 0; i < client->registrations->len; i++) {
        Asked *asked = client->registrations->pdata[i];
        if (asked->family != family || (event >= 0 ? !asked->plain || asked->event != event : asked->plain || asked->id != id))
            continue;
        *ret = *asked;
        g_free(g_ptr_array_remove_index_fast(client->registrations, i));
        return TRUE;
    }
    return FALSE;
}

static int
deregister_event(VrDispatch *d, VrEventFamily family, int id, int event)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn || vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    Asked asked;
    if (!take(d->client, family, id, event, &asked))
        return event >= 0 ? vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "domain event %d not registered", event)
                          : vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "event callback %d not registered", id);
    return turn_off(conn, family, asked.id) < 0 ? -1 : 0;
}

void
daemon_client_forget_events(DaemonClient *client)
{
    vr_mutex_lock(&client->lock);
    g_autoptr(GPtrArray) all = client->registrations;
    client->registrations = g_ptr_array_new();
    virConnectPtr conn = client->conn;
    vr_mutex_unlock(&client->lock);
    for (guint i = 0; i < all->len; i++) {
        g_autofree Asked *asked = all->pdata[i];
        if (conn)
            turn_off(conn, asked->family, asked->id);
    }
}

static int
domain_register(VrDispatch *d)
{
    int id;
    if (register_event(d, VR_EVENTS_DOMAIN, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, TRUE, &id) < 0)
        return -1;
    vr_out_u32(d->out, 1);
    return 0;
}

static int
domain_deregister(VrDispatch *d)
{
    if (deregister_event(d, VR_EVENTS_DOMAIN, -1, VIR_DOMAIN_EVENT_ID_LIFECYCLE) < 0)
        return -1;
    vr_out_u32(d->out, 0);
    return 0;
}

static int
domain_register_any(VrDispatch *d)
{
    int id;
    return register_event(d, VR_EVENTS_DOMAIN, NULL, (int)vr_in_u32(d->in), TRUE, &id);
}

static int
domain_deregister_any(VrDispatch *d)
{
    return deregister_event(d, VR_EVENTS_DOMAIN, -1, MAX((int)vr_in_u32(d->in), 0));
}

#define FAMILY(word, family, Object)                                                               \
    static int word##_on(VrDispatch *d)                                                            \
    {                                                                                              \
        virConnectPtr conn = vr_dispatch_conn(d);                                                  \
        if (!conn)                                                                                 \
            return -1;                                                                             \
        int event = (int)vr_in_u32(d->in), id;                                                     \
        VR_AUTO Object object = vr_in_u32(d->in) ? vr_in_##word(d->in, conn) : NULL;               \
        if (register_event(d, family, object, event, FALSE, &id) < 0)                              \
            return -1;                                                                             \
        vr_out_u32(d->out, (guint32)id);                                                           \
        return 0;                                                                                  \
    }                                                                                              \
    static int word##_off(VrDispatch *d)                                                           \
    {                                                                                              \
        return deregister_event(d, family, (int)vr_in_u32(d->in), -1);                             \
    }

FAMILY(domain, VR_EVENTS_DOMAIN, virDomainPtr)
FAMILY(network, VR_EVENTS_NETWORK, virNetworkPtr)
FAMILY(storage_pool, VR_EVENTS_STORAGE_POOL, virStoragePoolPtr)
FAMILY(node_device, VR_EVENTS_NODE_DEVICE, virNodeDevicePtr)
FAMILY(secret, VR_EVENTS_SECRET, virSecretPtr)

static int
monitor_on(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn || vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    VR_AUTO virDomainPtr domain = vr_in_u32(d->in) ? vr_in_domain(d->in, conn) : NULL;
    const char *name = vr_in_string_or_null(d->in);
    unsigned int flags = vr_in_u32(d->in);
    DaemonEvent *e = event_new(d, VR_EVENTS_MONITOR, 0, FALSE);
    void (*cb)(void) = vr_event_tap_callback();
    int id = virConnectDomainQemuMonitorEventRegister(conn, domain, name, (virConnectDomainQemuMonitorEventCallback)cb, e, event_free,
                                                      flags);
    if (id < 0) {
        event_free(e);
        return -1;
    }
    note(d, e, id);
    vr_out_u32(d->out, (guint32)id);
    return 0;
}

static int
monitor_off(VrDispatch *d)
{
    return deregister_event(d, VR_EVENTS_MONITOR, (int)vr_in_u32(d->in), -1);
}

static const struct {
    int proc;
    VrDispatchFunc function;
} functions[] = {
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_REGISTER, domain_register},
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_DEREGISTER, domain_deregister},
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_REGISTER_ANY, domain_register_any},
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY, domain_deregister_any},
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY, domain_on},
    {VR_REMOTE_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY, domain_off},
    {VR_REMOTE_CONNECT_NETWORK_EVENT_REGISTER_ANY, network_on},
    {VR_REMOTE_CONNECT_NETWORK_EVENT_DEREGISTER_ANY, network_off},
    {VR_REMOTE_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY, storage_pool_on},
    {VR_REMOTE_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY, storage_pool_off},
    {VR_REMOTE_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY, node_device_on},
    {VR_REMOTE_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY, node_device_off},
    {VR_REMOTE_CONNECT_SECRET_EVENT_REGISTER_ANY, secret_on},
    {VR_REMOTE_CONNECT_SECRET_EVENT_DEREGISTER_ANY, secret_off},
};

VrDispatchFunc
vr_dispatch_hand_event(const VrProgram *program, int proc)
{
    if (program == &vr_program_qemu)
        return proc == VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER     ? monitor_on
               : proc == VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER ? monitor_off
                                                                         : NULL;
    for (gsize i = 0; program == &vr_program_remote && i < G_N_ELEMENTS(functions); i++) {
        if (functions[i].proc == proc)
            return functions[i].function;
    }
    return NULL;
}
