/* QEMU's own events: which of them the application wants is for the daemon to sort out, so that each registration is one there.
 *
 * remote_on_monitor_event() runs on whatever thread reads, with the client's lock held.
 */
#include "base/log.h"
#include "stubs.h"

typedef struct {
    gint far_id; /* the daemon's number; -1 while it is being asked */
} Wanted;

static gboolean
wants(const VrEventArgs *args, void *data)
{
    return args->n[2] == g_atomic_int_get(&((Wanted *)data)->far_id);
}

/* A registration: its numbers on both sides, and what it was for. */
typedef struct {
    int local, far;
    Wanted *wanted; /* the hub's */
    char *event;
    unsigned flags;
    char *name; /* of the guest; NULL: of all */
    unsigned char uuid[VIR_UUID_BUFLEN];
} Pair;

/* The rest of a call that has begun: the daemon's number. */
static int
ask_for(RemoteCall *call, virDomainPtr dom, const char *event, unsigned flags, int *ret_id)
{
    vr_out_u32(&call->out, dom != NULL);
    if (dom)
        vr_out_domain(&call->out, dom);
    vr_out_string_or_null(&call->out, event);
    vr_out_u32(&call->out, flags);
    if (remote_call_run(call) < 0)
        return -1;
    *ret_id = (int)vr_in_u32(&call->in);
    return 0;
}

static int
ask_daemon(virConnectPtr conn, virDomainPtr dom, const char *event, unsigned flags, int *ret_id)
{
    g_auto(RemoteCall) call = {0};
    return remote_call_begin(&call, conn, &vr_program_qemu, VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER) < 0
               ? -1 : ask_for(&call, dom, event, flags, ret_id);
}

int
remote_monitor_events_again(RemoteConn *remote, RemoteClient *client)
{
    for (guint i = 0; remote_client_is_open(client); i++) {
        vr_mutex_lock(&remote->lock);
        gboolean more = i < remote->monitor_events->len;
        Pair pair = more ? g_array_index(remote->monitor_events, Pair, i) : (Pair){0};
        g_autofree char *event = g_strdup(pair.event), *name = g_strdup(pair.name);
        vr_mutex_unlock(&remote->lock);
        if (!more)
            return 0;
        virDomainPtr dom = name ? vr_domain_new(remote->conn, name, pair.uuid, -1) : NULL;
        g_auto(RemoteCall) call = {0};
        int far = -1;
        if (remote_client_begin(&call, client, &vr_program_qemu, VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER) == 0 &&
            ask_for(&call, dom, event, pair.flags, &far) < 0)
            vr_debug("remote", "QEMU's event %s is not told any more: %s", event ? event : "*", vr_error_last()->message);
        if (dom)
            vr_object_unref(dom);
        vr_mutex_lock(&remote->lock);
        Pair *now = i < remote->monitor_events->len ? &g_array_index(remote->monitor_events, Pair, i) : NULL;
        if (now && now->local == pair.local) {
            now->far = far;
            g_atomic_int_set(&now->wanted->far_id, far);
        }
        vr_mutex_unlock(&remote->lock);
        if (remote_client_is_open(client))
            vr_error_clear();
    }
    return -1;
}

int
remote_connect_domain_qemu_monitor_event_register(virConnectPtr conn, virDomainPtr dom, const char *event,
                                                  virConnectDomainQemuMonitorEventCallback cb, void *opaque, virFreeCallback freecb,
                                                  unsigned int flags)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    Wanted *wanted = g_new(Wanted, 1);
    wanted->far_id = -1;
    Pair pair = {.wanted = wanted, .flags = flags};
    pair.local = vr_event_register_some(remote->hub, VR_EVENTS_MONITOR, conn, dom, 0, (void (*)(void))cb, opaque, freecb, wants,
                                        wanted, g_free);
    if (pair.local < 0)
        return -1;
    if (ask_daemon(conn, dom, event, flags, &pair.far) < 0) {
        virErrorPtr saved = vr_error_save();
        vr_event_withdraw(remote->hub, VR_EVENTS_MONITOR, conn, pair.local);
        vr_error_restore(saved);
        return -1;
    }
    g_atomic_int_set(&wanted->far_id, pair.far);
    pair.event = g_strdup(event);
    if (dom) {
        pair.name = g_strdup(dom->object.name);
        memcpy(pair.uuid, dom->object.uuid, VIR_UUID_BUFLEN);
    }
    VR_SCOPED_LOCK(&remote->lock);
    g_array_append_val(remote->monitor_events, pair);
    return pair.local;
}

static gboolean
take(RemoteConn *remote, int local, int *ret_far)
{
    VR_SCOPED_LOCK(&remote->lock);
    for (guint i = 0; i < remote->monitor_events->len; i++) {
        const Pair *pair = &g_array_index(remote->monitor_events, Pair, i);
        if (pair->local != local)
            continue;
        *ret_far = pair->far;
        g_array_remove_index_fast(remote->monitor_events, i);
        return TRUE;
    }
    return FALSE;
}

int
remote_connect_domain_qemu_monitor_event_deregister(virConnectPtr conn, int local)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    int far;
    if (!take(remote, local, &far) || vr_event_deregister(remote->hub, VR_EVENTS_MONITOR, conn, local) < 0) {
        vr_error_clear();
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "event callback id %d not registered", local);
    }
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_qemu, VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER) < 0)
        return -1;
    vr_out_u32(&call.out, (guint32)far);
    return remote_call_run(&call);
}

static void
pair_clear(void *data)
{
    Pair *pair = data;
    g_free(pair->event);
    g_free(pair->name);
}

GArray *
remote_monitor_events_new(void)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    g_array_set_clear_func(pairs, pair_clear);
    return pairs;
}

void
remote_on_monitor_event(RemoteConn *remote, const VrHeader *header, VrIn *in)
{
    const VrProc *proc = vr_program_proc(&vr_program_qemu, header->proc);
    if (!proc || !(proc->flags & VR_PROC_EVENT) || !vr_layout_check(proc->args, in->at, (gsize)(in->end - in->at), NULL))
        return;
    VrEventArgs args = {{0}};
    args.n[2] = (int)vr_in_u32(in);
    const char *name = vr_in_string(in);
    const guint8 *uuid = vr_in_uuid(in);
    int id = (int)vr_in_u32(in);
    args.s[0] = vr_in_string(in);
    args.n[0] = (long long)vr_in_u64(in);
    args.n[1] = vr_in_u32(in);
    args.s[1] = vr_in_string_or_null(in);
    vr_event_emit(remote->hub, VR_EVENTS_MONITOR, 0, name, uuid, id, &args);
}
