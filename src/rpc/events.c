/* See events.h. */
#include "rpc/events.h"

#include "rpc/objects.h"
#include "rpc/wire.gen.h"

#define DOMAIN(id, proc, old, fields) {VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_##id, VR_REMOTE_DOMAIN_EVENT_##proc, old, fields}
#define BOTH(id, fields)                                                                           \
    DOMAIN(id, CALLBACK_##id, VR_REMOTE_DOMAIN_EVENT_##id, fields)
#define NEW(id, fields) DOMAIN(id, CALLBACK_##id, 0, fields)
#define BARE(id, fields) DOMAIN(id, id, 0, fields)

static const VrWireEvent table[] = {
    BOTH(LIFECYCLE, "@ii"),
    BOTH(REBOOT, "@"),
    BOTH(RTC_CHANGE, "@l"),
    BOTH(WATCHDOG, "@i"),
    BOTH(IO_ERROR, "@ssi"),
    BOTH(GRAPHICS, "@g"),
    BOTH(IO_ERROR_REASON, "@ssis"),
    BOTH(CONTROL_ERROR, "@"),
    BOTH(BLOCK_JOB, "@sii"),
    BOTH(DISK_CHANGE, "@SSsi"),
    BOTH(TRAY_CHANGE, "@si"),
    BOTH(PMWAKEUP, "i@"),
    BOTH(PMSUSPEND, "i@"),
    BOTH(BALLOON_CHANGE, "@l"),
    BOTH(PMSUSPEND_DISK, "i@"),
    BOTH(DEVICE_REMOVED, "@s"),
    BARE(BLOCK_JOB_2, "@sii"),
    NEW(TUNABLE, "@p"),
    NEW(AGENT_LIFECYCLE, "@ii"),
    NEW(DEVICE_ADDED, "@s"),
    NEW(MIGRATION_ITERATION, "@i"),
    NEW(JOB_COMPLETED, "@p"),
    NEW(DEVICE_REMOVAL_FAILED, "@s"),
    NEW(METADATA_CHANGE, "@iS"),
    BARE(BLOCK_THRESHOLD, "@sSll"),
    BARE(MEMORY_FAILURE, "@iiu"),
    BARE(MEMORY_DEVICE_SIZE_CHANGE, "@sl"),
    BARE(NIC_MAC_CHANGE, "@sss"),
    BARE(VCPU_REMOVED, "@u"),
    NEW(CHANNEL_LIFECYCLE, "@sii"),
    {VR_EVENTS_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, VR_REMOTE_NETWORK_EVENT_LIFECYCLE, 0, "@ii"},
    {VR_EVENTS_NETWORK, VIR_NETWORK_EVENT_ID_METADATA_CHANGE, VR_REMOTE_NETWORK_EVENT_CALLBACK_METADATA_CHANGE, 0, "@iS"},
    {VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, VR_REMOTE_STORAGE_POOL_EVENT_LIFECYCLE, 0, "@ii"},
    {VR_EVENTS_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_REFRESH, VR_REMOTE_STORAGE_POOL_EVENT_REFRESH, 0, "@"},
    {VR_EVENTS_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, VR_REMOTE_NODE_DEVICE_EVENT_LIFECYCLE, 0, "@ii"},
    {VR_EVENTS_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_UPDATE, VR_REMOTE_NODE_DEVICE_EVENT_UPDATE, 0, "@"},
    {VR_EVENTS_SECRET, VIR_SECRET_EVENT_ID_LIFECYCLE, VR_REMOTE_SECRET_EVENT_LIFECYCLE, 0, "@ii"},
    {VR_EVENTS_SECRET, VIR_SECRET_EVENT_ID_VALUE_CHANGED, VR_REMOTE_SECRET_EVENT_VALUE_CHANGED, 0, "@"},
};

const VrWireEvent *
vr_wire_event(VrEventFamily family, int id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].family == family && table[i].id == id)
            return &table[i];
    }
    return NULL;
}

const VrWireEvent *
vr_wire_event_of(int proc)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].proc == proc || (table[i].old_proc && table[i].old_proc == proc))
            return &table[i];
    }
    return NULL;
}

static void
out_object(VrOut *out, VrEventFamily family, void *object)
{
    switch (family) {
    case VR_EVENTS_DOMAIN:
    case VR_EVENTS_MONITOR:
        vr_out_domain(out, object);
        break;
    case VR_EVENTS_NETWORK:
        vr_out_network(out, object);
        break;
    case VR_EVENTS_STORAGE_POOL:
        vr_out_storage_pool(out, object);
        break;
    case VR_EVENTS_NODE_DEVICE:
        vr_out_node_device(out, object);
        break;
    case VR_EVENTS_SECRET:
        vr_out_secret(out, object);
        break;
    }
}

static const char *
text(const char *s)
{
    return s ? s : "";
}

static void
out_graphics(VrOut *out, const VrEventArgs *a)
{
    vr_out_u32(out, (guint32)a->n[0]);
    for (int i = 0; i < 2; i++) {
        vr_out_u32(out, (guint32)a->n[1 + i]);
        vr_out_string(out, text(a->s[2 * i]));
        vr_out_string(out, text(a->s[2 * i + 1]));
    }
    vr_out_string(out, text(a->s[4]));
    vr_out_u32(out, 0); /* who it is, which no driver tells */
}

void
vr_out_event(VrOut *out, const VrWireEvent *event, void *object, const VrEventArgs *args)
{
    int n = 0, s = 0;
    for (const char *f = event->fields; *f; f++) {
        switch (*f) {
        case '@':
            out_object(out, event->family, object);
            break;
        case 'i':
        case 'u':
            vr_out_u32(out, (guint32)args->n[n++]);
            break;
        case 'l':
            vr_out_u64(out, (guint64)args->n[n++]);
            break;
        case 's':
            vr_out_string(out, text(args->s[s++]));
            break;
        case 'S':
            vr_out_string_or_null(out, args->s[s++]);
            break;
        case 'p':
            vr_out_params(out, args->params, args->nparams, TRUE);
            break;
        case 'g':
            out_graphics(out, args);
            break;
        }
    }
}

static void
in_object(VrIn *in, VrEventFamily family, VrEventObject *ret)
{
    if (family == VR_EVENTS_SECRET) {
        ret->uuid = vr_in_uuid(in);
        ret->id = (int)vr_in_u32(in);
        ret->name = vr_in_string(in);
        return;
    }
    ret->name = vr_in_string(in);
    if (family != VR_EVENTS_NODE_DEVICE)
        ret->uuid = vr_in_uuid(in);
    if (family == VR_EVENTS_DOMAIN)
        ret->id = (int)vr_in_u32(in);
}

static void
in_graphics(VrIn *in, VrEventArgs *ret)
{
    ret->n[0] = (int)vr_in_u32(in);
    for (int i = 0; i < 2; i++) {
        ret->n[1 + i] = (int)vr_in_u32(in);
        ret->s[2 * i] = vr_in_string(in);
        ret->s[2 * i + 1] = vr_in_string(in);
    }
    ret->s[4] = vr_in_string(in);
}

void
vr_in_event(VrIn *in, const VrWireEvent *event, VrEventObject *ret_object, VrEventArgs *ret_args)
{
    int n = 0, s = 0;
    *ret_object = (VrEventObject){0};
    *ret_args = (VrEventArgs){0};
    for (const char *f = event->fields; *f; f++) {
        switch (*f) {
        case '@':
            in_object(in, event->family, ret_object);
            break;
        case 'i':
            ret_args->n[n++] = (int)vr_in_u32(in);
            break;
        case 'u':
            ret_args->n[n++] = vr_in_u32(in);
            break;
        case 'l':
            ret_args->n[n++] = (gint64)vr_in_u64(in);
            break;
        case 's':
            ret_args->s[s++] = vr_in_string(in);
            break;
        case 'S':
            ret_args->s[s++] = vr_in_string_or_null(in);
            break;
        case 'p':
            vr_in_params(in, &ret_args->params, &ret_args->nparams);
            break;
        case 'g':
            in_graphics(in, ret_args);
            break;
        }
    }
}
