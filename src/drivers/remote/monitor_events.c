/* QEMU's own events: which of them the application wants is for the daemon to sort out, so that each registration is one there.
 *
 * remote_on_monitor_event() runs on whatever thread reads, with the client's lock held.
 */
#include "stubs.h"

typedef struct {
    gint far_id; /* the daemon's number; -1 while it is being asked */
} Wanted;

static gboolean
wants(const VrEventArgs *args, void *data)
{
    return args->n[2] == g_atomic_int_get(&((Wanted *)data)->far_id);
}

/* The numbers of both sides, for the end of the registration. */
typedef struct {
    int local, far;
} Pair;

static int
ask_daemon(virConnectPtr conn, virDomainPtr dom, const char *event, unsigned flags, int *ret_id)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_qemu, VR_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER) < 0)
        return -1;
    vr_out_u32(&call.out, dom != NULL);
    if (dom)
        vr_out_domain(&call.out, dom);
    vr_out_string_or_null(&call.out, event);
    vr_out_u32(&call.out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    *ret_id = (int)vr_in_u32(&call.in);
    return 0;
}

int
remote_connect_domain_qemu_monitor_event_register(virConnectPtr conn, virDomainPtr dom, const char *event,
                                                  virConnectDomainQemuMonitorEventCallback cb, void *opaque, virFreeCallback freecb,
                                                  unsigned int flags)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    Wanted *wanted = g_new(Wanted, 1);
    wanted->far_id = -1;
    Pair pair;
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

GArray *
remote_monitor_events_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(Pair));
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
