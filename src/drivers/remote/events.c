/* Events: what the application asks for is asked of the daemon once, and what it sends is handed to the hub.
 *
 * One registration at the daemon for each event and object (or all objects), however many callbacks share it.
 * remote_on_event() runs on whatever thread reads, with the client's lock held; callbacks run on the event loop's.
 */
#include "base/log.h"
#include "stubs.h"
#include "rpc/events.h"

typedef struct {
    VrEventFamily family;
    int event;
    gboolean one; /* about one object, not all */
    unsigned char uuid[VIR_UUID_BUFLEN];
    char *name;
    int far_id;   /* the daemon's number for it */
    GArray *local; /* our callbacks' numbers; -1 for those known by their function */
} Far;

static const struct {
    int on, off;
    void (*out)(VrOut *out, void *object);
} families[] = {
    [VR_EVENTS_DOMAIN] = {VR_REMOTE_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY,
                          VR_REMOTE_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY, (void (*)(VrOut *, void *))vr_out_domain},
    [VR_EVENTS_NETWORK] = {VR_REMOTE_CONNECT_NETWORK_EVENT_REGISTER_ANY, VR_REMOTE_CONNECT_NETWORK_EVENT_DEREGISTER_ANY,
                           (void (*)(VrOut *, void *))vr_out_network},
    [VR_EVENTS_STORAGE_POOL] = {VR_REMOTE_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY,
                                VR_REMOTE_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY,
                                (void (*)(VrOut *, void *))vr_out_storage_pool},
    [VR_EVENTS_NODE_DEVICE] = {VR_REMOTE_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY,
                               VR_REMOTE_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY,
                               (void (*)(VrOut *, void *))vr_out_node_device},
    [VR_EVENTS_SECRET] = {VR_REMOTE_CONNECT_SECRET_EVENT_REGISTER_ANY, VR_REMOTE_CONNECT_SECRET_EVENT_DEREGISTER_ANY,
                          (void (*)(VrOut *, void *))vr_out_secret},
};

static void
far_free(void *data)
{
    Far *far = data;
    g_array_unref(far->local);
    g_free(far->name);
    g_free(far);
}

/* Called with remote->lock held. */
static Far *
find_far(RemoteConn *remote, VrEventFamily family, int event, const VrObject *object)
{
    for (guint i = 0; i < remote->registrations->len; i++) {
        Far *far = remote->registrations->pdata[i];
        if (far->family != family || far->event != event || far->one != (object != NULL))
            continue;
        if (!object || (memcmp(far->uuid, object->uuid, VIR_UUID_BUFLEN) == 0 && g_strcmp0(far->name, object->name) == 0))
            return far;
    }
    return NULL;
}

/* The rest of a call to the daemon that has begun: its number for it. */
static int
ask_for(RemoteCall *call, VrEventFamily family, int event, void *object, int *ret_id)
{
    vr_out_u32(&call->out, (guint32)event);
    vr_out_u32(&call->out, object != NULL);
    if (object)
        families[family].out(&call->out, object);
    if (remote_call_run(call) < 0)
        return -1;
    *ret_id = (int)vr_in_u32(&call->in);
    return 0;
}

static int
ask_daemon(virConnectPtr conn, VrEventFamily family, int event, void *object, int *ret_id)
{
    g_auto(RemoteCall) call = {0};
    return remote_call_begin(&call, conn, &vr_program_remote, families[family].on) < 0
               ? -1 : ask_for(&call, family, event, object, ret_id);
}

/* A handle on what FAR is about. */
static void *
object_of(virConnectPtr conn, const Far *far)
{
    switch (far->family) {
    case VR_EVENTS_DOMAIN:
        return vr_domain_new(conn, far->name, far->uuid, -1);
    case VR_EVENTS_NETWORK:
        return vr_network_new(conn, far->name, far->uuid);
    case VR_EVENTS_STORAGE_POOL:
        return vr_storage_pool_new(conn, far->name, far->uuid);
    case VR_EVENTS_NODE_DEVICE:
        return vr_node_device_new(conn, far->name);
    case VR_EVENTS_SECRET:
        return vr_secret_new(conn, far->uuid, VIR_SECRET_USAGE_TYPE_NONE, NULL);
    default:
        return NULL;
    }
}

/* The daemon's new number for what FAR, a copy, says; -1 when it has none. */
static int
ask_again(RemoteConn *remote, RemoteClient *client, const Far *far)
{
    void *object = far->one ? object_of(remote->conn, far) : NULL;
    g_auto(RemoteCall) call = {0};
    int id = -1;
    if (remote_client_begin(&call, client, &vr_program_remote, families[far->family].on) == 0 &&
        ask_for(&call, far->family, far->event, object, &id) < 0)
        vr_debug("remote", "event %d is not told any more: %s", far->event, vr_error_last()->message);
    if (object)
        vr_object_unref(object);
    return id;
}

int
remote_events_again(RemoteConn *remote, RemoteClient *client)
{
    for (guint i = 0; remote_client_is_open(client); i++) {
        vr_mutex_lock(&remote->lock);
        const Far *known = i < remote->registrations->len ? remote->registrations->pdata[i] : NULL;
        Far copy = known ? *known : (Far){0};
        copy.name = g_strdup(copy.name);
        vr_mutex_unlock(&remote->lock);
        g_autofree char *name = copy.name;
        if (!known)
            return 0;
        /* what it was about may be gone: then nothing is told of it */
        int id = ask_again(remote, client, &copy);
        vr_mutex_lock(&remote->lock);
        if (i < remote->registrations->len && remote->registrations->pdata[i] == known)
            ((Far *)remote->registrations->pdata[i])->far_id = id;
        vr_mutex_unlock(&remote->lock);
        if (remote_client_is_open(client))
            vr_error_clear();
    }
    return -1;
}

static int
tell_daemon_off(virConnectPtr conn, const Far *far)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, families[far->family].off) < 0)
        return -1;
    vr_out_u32(&call.out, (guint32)far->far_id);
    return remote_call_run(&call);
}

/* Have the daemon send EVENT, and note that LOCAL wants it. */
static int
want(virConnectPtr conn, VrEventFamily family, int event, void *object, int local)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    vr_mutex_lock(&remote->lock);
    Far *far = find_far(remote, family, event, object);
    if (far)
        g_array_append_val(far->local, local);
    vr_mutex_unlock(&remote->lock);
    if (far)
        return 0;
    int far_id = -1;
    if (ask_daemon(conn, family, event, object, &far_id) < 0)
        return -1;
    far = g_new0(Far, 1);
    far->family = family;
    far->event = event;
    far->far_id = far_id;
    far->local = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(far->local, local);
    if (object) {
        const VrObject *o = object;
        far->one = TRUE;
        far->name = g_strdup(o->name);
        memcpy(far->uuid, o->uuid, VIR_UUID_BUFLEN);
    }
    vr_mutex_lock(&remote->lock);
    g_ptr_array_add(remote->registrations, far);
    vr_mutex_unlock(&remote->lock);
    return 0;
}

/* Take LOCAL out of the registration that it shares; TRUE when it was the last there.  Called with the lock held. */
static gboolean
drop_local(RemoteConn *remote, VrEventFamily family, int local, guint *ret_at)
{
    for (guint i = 0; i < remote->registrations->len; i++) {
        Far *far = remote->registrations->pdata[i];
        for (guint j = 0; far->family == family && j < far->local->len; j++) {
            if (g_array_index(far->local, int, j) != local)
                continue;
            g_array_remove_index_fast(far->local, j);
            *ret_at = i;
            return far->local->len == 0;
        }
    }
    return FALSE;
}

/* LOCAL wants it no more; the last one tells the daemon. */
static int
unwant(virConnectPtr conn, VrEventFamily family, int local)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    Far *gone = NULL;
    guint at;
    vr_mutex_lock(&remote->lock);
    if (drop_local(remote, family, local, &at))
        gone = g_ptr_array_steal_index_fast(remote->registrations, at);
    vr_mutex_unlock(&remote->lock);
    if (!gone)
        return 0;
    int ret = tell_daemon_off(conn, gone);
    far_free(gone);
    return ret;
}

void
remote_forget_events(RemoteConn *remote)
{
    vr_event_forget(remote->hub, remote->conn);
    VR_SCOPED_LOCK(&remote->lock);
    for (guint i = 0; i < remote->registrations->len; i++)
        far_free(remote->registrations->pdata[i]);
    g_ptr_array_set_size(remote->registrations, 0);
}

void
remote_on_event(void *data, const VrHeader *header, VrIn *in)
{
    RemoteConn *remote = data;
    if (header->program == vr_program_qemu.number) {
        remote_on_monitor_event(remote, header, in);
        return;
    }
    const VrProc *proc =
        header->program == vr_program_remote.number ? vr_program_proc(&vr_program_remote, header->proc) : NULL;
    if (!proc || !(proc->flags & VR_PROC_EVENT) || !vr_layout_check(proc->args, in->at, (gsize)(in->end - in->at), NULL))
        return;
    if (header->proc == VR_REMOTE_CONNECT_EVENT_CONNECTION_CLOSED) {
        g_atomic_int_set(&remote->close_reason, (int)vr_in_u32(in));
        remote_close_soon(remote);
        return;
    }
    const VrWireEvent *event = vr_wire_event_of(header->proc);
    if (!event)
        return;
    gboolean one = FALSE, known = event->proc != header->proc;
    int far_id = known ? -1 : (int)vr_in_u32(in);
    vr_mutex_lock(&remote->lock);
    for (guint i = 0; i < remote->registrations->len && !known; i++) {
        const Far *far = remote->registrations->pdata[i];
        if (far->far_id == far_id && far->family == event->family && far->event == event->id) {
            one = far->one;
            known = TRUE;
        }
    }
    vr_mutex_unlock(&remote->lock);
    if (!known)
        return;
    VrEventObject object;
    VrEventArgs args;
    vr_in_event(in, event, &object, &args);
    vr_event_emit_narrow(remote->hub, event->family, event->id, one, object.name, object.uuid, object.id, &args);
}

static int
register_any(virConnectPtr conn, VrEventFamily family, void *object, int event, void (*cb)(void), void *opaque,
             virFreeCallback freecb)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    int local = vr_event_register(remote->hub, family, conn, object, event, cb, opaque, freecb);
    if (local < 0)
        return -1;
    if (want(conn, family, event, object, local) == 0)
        return local;
    /* The caller keeps its data when registering fails. */
    virErrorPtr saved = vr_error_save();
    vr_event_withdraw(remote->hub, family, conn, local);
    vr_error_restore(saved);
    return -1;
}

static int
deregister_any(virConnectPtr conn, VrEventFamily family, int local)
{
    if (vr_event_deregister(REMOTE_CONN(conn)->hub, family, conn, local) < 0) {
        vr_error_clear();
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "event callback id %d not registered", local);
    }
    return unwant(conn, family, local);
}

int
remote_connect_domain_event_register(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                                     virFreeCallback freecb)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    if (vr_event_register_lifecycle(remote->hub, conn, cb, opaque, freecb) < 0)
        return -1;
    return want(conn, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, NULL, -1);
}

int
remote_connect_domain_event_deregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    if (vr_event_deregister_lifecycle(REMOTE_CONN(conn)->hub, conn, cb) < 0)
        return -1;
    return unwant(conn, VR_EVENTS_DOMAIN, -1);
}

#define FAMILY(word, family, Object, Callback)                                                     \
    int remote_connect_##word##_event_register_any(virConnectPtr conn, Object object, int event, Callback cb, void *opaque, \
                                                   virFreeCallback freecb)                         \
    {                                                                                              \
        return register_any(conn, family, object, event, (void (*)(void))cb, opaque, freecb);      \
    }                                                                                              \
    int remote_connect_##word##_event_deregister_any(virConnectPtr conn, int local)                \
    {                                                                                              \
        return deregister_any(conn, family, local);                                                \
    }

FAMILY(domain, VR_EVENTS_DOMAIN, virDomainPtr, virConnectDomainEventGenericCallback)
FAMILY(network, VR_EVENTS_NETWORK, virNetworkPtr, virConnectNetworkEventGenericCallback)
FAMILY(storage_pool, VR_EVENTS_STORAGE_POOL, virStoragePoolPtr, virConnectStoragePoolEventGenericCallback)
FAMILY(node_device, VR_EVENTS_NODE_DEVICE, virNodeDevicePtr, virConnectNodeDeviceEventGenericCallback)
FAMILY(secret, VR_EVENTS_SECRET, virSecretPtr, virConnectSecretEventGenericCallback)
