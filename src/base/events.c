/* Event registrations and their queue: see events.h.
 *
 * A hub has one timer on the event loop while anybody is registered; emitting arms it, and its callback drains the
 * queue.  One dispatcher row per event knows its callback's signature.
 */
#include "base/events.h"

#include <string.h>

#include "base/connect.h"
#include "base/error.h"
#include "base/eventloop.h"
#include "base/lock.h"

typedef struct {
    int id; /* callback id */
    VrEventFamily family;
    int event;
    virConnectPtr conn;
    char *name; /* of the object asked for; NULL for all */
    gboolean has_uuid;
    unsigned char uuid[VIR_UUID_BUFLEN];
    void (*cb)(void);
    void *opaque;
    virFreeCallback freecb;
    gboolean legacy;
    VrEventWants wants; /* NULL: all */
    void *wants_data;
    GDestroyNotify wants_free;
    gint refs;
    gint deleted;
} Registration;

typedef struct {
    VrEventFamily family;
    int event;
    char *name;
    unsigned char uuid[VIR_UUID_BUFLEN];
    int domain_id;
    VrEventArgs args; /* owns its strings and parameters */
    GPtrArray *to;    /* the registrations when it was emitted */
} Event;

struct VrEventHub {
    gint refs;
    VrMutex lock;
    GPtrArray *registrations;
    GQueue queue;
    int timer; /* -1 when nobody is registered */
    int next_id;
};

static void
registration_unref(void *data)
{
    Registration *r = data;
    if (!g_atomic_int_dec_and_test(&r->refs))
        return;
    if (r->freecb)
        r->freecb(r->opaque);
    vr_object_unref(r->conn);
    if (r->wants_free)
        r->wants_free(r->wants_data);
    g_free(r->name);
    g_free(r);
}

static void
tapped(void)
{
}

static void
event_free(void *data)
{
    Event *e = data;
    g_free(e->name);
    for (gsize i = 0; i < G_N_ELEMENTS(e->args.s); i++)
        g_free((char *)e->args.s[i]);
    for (int i = 0; i < e->args.nparams; i++) {
        if (e->args.params[i].type == VIR_TYPED_PARAM_STRING)
            g_free(e->args.params[i].value.s);
    }
    g_free(e->args.params);
    g_ptr_array_unref(e->to);
    g_free(e);
}

VrEventHub *
vr_event_hub_new(void)
{
    VrEventHub *hub = g_new0(VrEventHub, 1);
    hub->refs = 1;
    vr_mutex_init(&hub->lock);
    hub->registrations = g_ptr_array_new_with_free_func(registration_unref);
    g_queue_init(&hub->queue);
    hub->timer = -1;
    return hub;
}

void
vr_event_hub_unref(VrEventHub *hub)
{
    if (!hub || !g_atomic_int_dec_and_test(&hub->refs))
        return;
    g_ptr_array_unref(hub->registrations);
    g_queue_clear_full(&hub->queue, event_free);
    vr_mutex_clear(&hub->lock);
    g_free(hub);
}

static void
hub_unref_opaque(void *opaque)
{
    vr_event_hub_unref(opaque);
}

#define CALL(r, type) ((type)(r)->cb)
typedef void (*Dispatch)(const Registration *r, void *object, const VrEventArgs *a);

#define DISPATCHER(name, type, ...)                                                                \
    static void dispatch_##name(const Registration *r, void *object, const VrEventArgs *a)         \
    {                                                                                              \
        CALL(r, type)(r->conn, object, ##__VA_ARGS__, r->opaque);                                  \
    }

DISPATCHER(plain, virConnectDomainEventGenericCallback)
DISPATCHER(lifecycle, virConnectDomainEventCallback, (int)a->n[0], (int)a->n[1])
DISPATCHER(rtc_change, virConnectDomainEventRTCChangeCallback, a->n[0])
DISPATCHER(watchdog, virConnectDomainEventWatchdogCallback, (int)a->n[0])
DISPATCHER(io_error, virConnectDomainEventIOErrorCallback, a->s[0], a->s[1], (int)a->n[0])
DISPATCHER(io_error_reason, virConnectDomainEventIOErrorReasonCallback, a->s[0], a->s[1], (int)a->n[0], a->s[2])
DISPATCHER(block_job, virConnectDomainEventBlockJobCallback, a->s[0], (int)a->n[0], (int)a->n[1])
DISPATCHER(disk_change, virConnectDomainEventDiskChangeCallback, a->s[0], a->s[1], a->s[2], (int)a->n[0])
DISPATCHER(one_string_one_int, virConnectDomainEventTrayChangeCallback, a->s[0], (int)a->n[0])
DISPATCHER(one_int, virConnectDomainEventPMWakeupCallback, (int)a->n[0])
DISPATCHER(balloon, virConnectDomainEventBalloonChangeCallback, (unsigned long long)a->n[0])
DISPATCHER(one_string, virConnectDomainEventDeviceRemovedCallback, a->s[0])
DISPATCHER(tunable, virConnectDomainEventTunableCallback, a->params, a->nparams)
DISPATCHER(two_ints, virConnectDomainEventAgentLifecycleCallback, (int)a->n[0], (int)a->n[1])
DISPATCHER(job_completed, virConnectDomainEventJobCompletedCallback, a->params, a->nparams)
DISPATCHER(metadata, virConnectDomainEventMetadataChangeCallback, (int)a->n[0], a->s[0])
DISPATCHER(block_threshold, virConnectDomainEventBlockThresholdCallback, a->s[0], a->s[1],
           (unsigned long long)a->n[0], (unsigned long long)a->n[1])
DISPATCHER(memory_failure, virConnectDomainEventMemoryFailureCallback, (int)a->n[0], (int)a->n[1],
           (unsigned int)a->n[2])
DISPATCHER(memory_size, virConnectDomainEventMemoryDeviceSizeChangeCallback, a->s[0], (unsigned long long)a->n[0])
DISPATCHER(nic_mac, virConnectDomainEventNICMACChangeCallback, a->s[0], a->s[1], a->s[2])
DISPATCHER(vcpu_removed, virConnectDomainEventVcpuRemovedCallback, (unsigned int)a->n[0])
DISPATCHER(channel, virConnectDomainEventChannelLifecycleCallback, a->s[0], (int)a->n[0], (int)a->n[1])
DISPATCHER(monitor, virConnectDomainQemuMonitorEventCallback, a->s[0], a->n[0], (unsigned int)a->n[1], a->s[1])
DISPATCHER(network_lifecycle, virConnectNetworkEventLifecycleCallback, (int)a->n[0], (int)a->n[1])
DISPATCHER(network_metadata, virConnectNetworkEventMetadataChangeCallback, (int)a->n[0], a->s[0])
DISPATCHER(pool_plain, virConnectStoragePoolEventGenericCallback)
DISPATCHER(pool_lifecycle, virConnectStoragePoolEventLifecycleCallback, (int)a->n[0], (int)a->n[1])
DISPATCHER(nodedev_plain, virConnectNodeDeviceEventGenericCallback)
DISPATCHER(nodedev_lifecycle, virConnectNodeDeviceEventLifecycleCallback, (int)a->n[0], (int)a->n[1])
DISPATCHER(secret_plain, virConnectSecretEventGenericCallback)
DISPATCHER(secret_lifecycle, virConnectSecretEventLifecycleCallback, (int)a->n[0], (int)a->n[1])

/* n[0] phase, n[1] and n[2] the address families; s: local node and service, remote node and service, scheme. */
static void
dispatch_graphics(const Registration *r, void *object, const VrEventArgs *a)
{
    virDomainEventGraphicsAddress local = {(int)a->n[1], (char *)a->s[0], (char *)a->s[1]};
    virDomainEventGraphicsAddress remote = {(int)a->n[2], (char *)a->s[2], (char *)a->s[3]};
    virDomainEventGraphicsSubject subject = {0};
    CALL(r, virConnectDomainEventGraphicsCallback)
    (r->conn, object, (int)a->n[0], &local, &remote, a->s[4], &subject, r->opaque);
}

static const Dispatch domain_events[] = {
    [VIR_DOMAIN_EVENT_ID_LIFECYCLE] = dispatch_lifecycle,
    [VIR_DOMAIN_EVENT_ID_REBOOT] = dispatch_plain,
    [VIR_DOMAIN_EVENT_ID_RTC_CHANGE] = dispatch_rtc_change,
    [VIR_DOMAIN_EVENT_ID_WATCHDOG] = dispatch_watchdog,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR] = dispatch_io_error,
    [VIR_DOMAIN_EVENT_ID_GRAPHICS] = dispatch_graphics,
    [VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON] = dispatch_io_error_reason,
    [VIR_DOMAIN_EVENT_ID_CONTROL_ERROR] = dispatch_plain,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB] = dispatch_block_job,
    [VIR_DOMAIN_EVENT_ID_DISK_CHANGE] = dispatch_disk_change,
    [VIR_DOMAIN_EVENT_ID_TRAY_CHANGE] = dispatch_one_string_one_int,
    [VIR_DOMAIN_EVENT_ID_PMWAKEUP] = dispatch_one_int,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND] = dispatch_one_int,
    [VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE] = dispatch_balloon,
    [VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK] = dispatch_one_int,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED] = dispatch_one_string,
    [VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2] = dispatch_block_job,
    [VIR_DOMAIN_EVENT_ID_TUNABLE] = dispatch_tunable,
    [VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE] = dispatch_two_ints,
    [VIR_DOMAIN_EVENT_ID_DEVICE_ADDED] = dispatch_one_string,
    [VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION] = dispatch_one_int,
    [VIR_DOMAIN_EVENT_ID_JOB_COMPLETED] = dispatch_job_completed,
    [VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED] = dispatch_one_string,
    [VIR_DOMAIN_EVENT_ID_METADATA_CHANGE] = dispatch_metadata,
    [VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD] = dispatch_block_threshold,
    [VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE] = dispatch_memory_failure,
    [VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE] = dispatch_memory_size,
    [VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE] = dispatch_nic_mac,
    [VIR_DOMAIN_EVENT_ID_VCPU_REMOVED] = dispatch_vcpu_removed,
    [VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE] = dispatch_channel,
};
static const Dispatch network_events[] = {dispatch_network_lifecycle, dispatch_network_metadata};
static const Dispatch pool_events[] = {dispatch_pool_lifecycle, dispatch_pool_plain};
static const Dispatch nodedev_events[] = {dispatch_nodedev_lifecycle, dispatch_nodedev_plain};
static const Dispatch monitor_events[] = {dispatch_monitor};
static const Dispatch secret_events[] = {dispatch_secret_lifecycle, dispatch_secret_plain};

static void *
make_domain(virConnectPtr conn, const Event *e)
{
    return vr_domain_new(conn, e->name, e->uuid, e->domain_id);
}

static void *
make_network(virConnectPtr conn, const Event *e)
{
    return vr_network_new(conn, e->name, e->uuid);
}

static void *
make_pool(virConnectPtr conn, const Event *e)
{
    return vr_storage_pool_new(conn, e->name, e->uuid);
}

static void *
make_nodedev(virConnectPtr conn, const Event *e)
{
    return vr_node_device_new(conn, e->name);
}

static void *
make_secret(virConnectPtr conn, const Event *e)
{
    return vr_secret_new(conn, e->uuid, e->domain_id, e->name);
}

static const struct {
    const Dispatch *events;
    gsize n_events;
    void *(*make)(virConnectPtr conn, const Event *e);
} families[] = {
    [VR_EVENTS_DOMAIN] = {domain_events, G_N_ELEMENTS(domain_events), make_domain},
    [VR_EVENTS_NETWORK] = {network_events, G_N_ELEMENTS(network_events), make_network},
    [VR_EVENTS_STORAGE_POOL] = {pool_events, G_N_ELEMENTS(pool_events), make_pool},
    [VR_EVENTS_NODE_DEVICE] = {nodedev_events, G_N_ELEMENTS(nodedev_events), make_nodedev},
    [VR_EVENTS_SECRET] = {secret_events, G_N_ELEMENTS(secret_events), make_secret},
    [VR_EVENTS_MONITOR] = {monitor_events, G_N_ELEMENTS(monitor_events), make_domain},
};

void (*vr_event_tap_callback(void))(void)
{
    return tapped;
}

static void
deliver(const Event *e)
{
    for (guint i = 0; i < e->to->len; i++) {
        Registration *r = e->to->pdata[i];
        if (g_atomic_int_get(&r->deleted))
            continue;
        void *object = families[e->family].make(r->conn, e);
        if (r->cb == tapped) {
            const VrEventTap *tap = r->opaque;
            tap->func(tap->data, e->family, e->event, object, &e->args);
        } else {
            families[e->family].events[e->event](r, object, &e->args);
        }
        vr_object_unref(object);
    }
}

static void
drain(int timer, void *opaque)
{
    VrEventHub *hub = opaque;
    vr_mutex_lock(&hub->lock);
    vr_eventloop_update_timeout(timer, -1);
    vr_mutex_unlock(&hub->lock);
    for (;;) {
        vr_mutex_lock(&hub->lock);
        Event *e = g_queue_pop_head(&hub->queue);
        vr_mutex_unlock(&hub->lock);
        if (!e)
            return;
        deliver(e);
        event_free(e);
    }
}

static int
start_timer(VrEventHub *hub)
{
    if (hub->timer >= 0)
        return 0;
    g_atomic_int_inc(&hub->refs);
    hub->timer = vr_eventloop_add_timeout(-1, drain, hub, hub_unref_opaque);
    if (hub->timer >= 0)
        return 0;
    hub->timer = -1;
    g_atomic_int_dec_and_test(&hub->refs);
    return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "could not initialize domain event timer");
}

/* Called with the lock held.  Events that wait still have their listeners, so the timer goes only with both. */
static void
stop_timer_if_idle(VrEventHub *hub)
{
    if (hub->registrations->len > 0 || hub->timer < 0)
        return;
    vr_eventloop_remove_timeout(hub->timer);
    hub->timer = -1;
    g_queue_clear_full(&hub->queue, event_free);
}

/* A function may be registered once for each event and object. */
static gboolean
is_same(const Registration *a, const Registration *b)
{
    return a->conn == b->conn && a->cb == b->cb && a->legacy == b->legacy && a->family == b->family &&
           a->event == b->event && a->has_uuid == b->has_uuid && g_strcmp0(a->name, b->name) == 0 &&
           memcmp(a->uuid, b->uuid, VIR_UUID_BUFLEN) == 0 && a->cb != tapped && !a->wants;
}

static int
register_callback(VrEventHub *hub, Registration *r)
{
    vr_mutex_lock(&hub->lock);
    int id = -1;
    for (guint i = 0; i < hub->registrations->len; i++) {
        if (is_same(hub->registrations->pdata[i], r)) {
            vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "event callback already tracked");
            vr_mutex_unlock(&hub->lock);
            return -1;
        }
    }
    if (start_timer(hub) == 0) {
        id = r->id = hub->next_id++;
        vr_handle_ref(r->conn);
        g_ptr_array_add(hub->registrations, g_memdup2(r, sizeof(*r)));
    }
    vr_mutex_unlock(&hub->lock);
    return id;
}

static int
register_new(VrEventHub *hub, Registration r, const void *object)
{
    if (r.event < 0 || (gsize)r.event >= families[r.family].n_events)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "event %d is unknown here", r.event);
    if (object) {
        const VrObject *o = object;
        r.name = g_strdup(o->name);
        r.has_uuid = r.family != VR_EVENTS_NODE_DEVICE;
        memcpy(r.uuid, o->uuid, VIR_UUID_BUFLEN);
    }
    int callback_id = register_callback(hub, &r);
    if (callback_id < 0)
        g_free(r.name);
    return callback_id;
}

int
vr_event_register(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, const void *object, int id,
                  void (*cb)(void), void *opaque, virFreeCallback freecb)
{
    const Registration r = {.family = family, .event = id, .conn = conn, .cb = cb, .opaque = opaque, .freecb = freecb, .refs = 1};
    return register_new(hub, r, object);
}

int
vr_event_register_some(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, const void *object, int id, void (*cb)(void),
                       void *opaque, virFreeCallback freecb, VrEventWants wants, void *data, GDestroyNotify data_free)
{
    const Registration r = {.family = family, .event = id, .conn = conn, .cb = cb, .opaque = opaque, .freecb = freecb,
                            .wants = wants, .wants_data = data, .wants_free = data_free, .refs = 1};
    int callback_id = register_new(hub, r, object);
    if (callback_id < 0 && data_free)
        data_free(data);
    return callback_id;
}

gboolean
vr_event_any(VrEventHub *hub, VrEventFamily family)
{
    VR_SCOPED_LOCK(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        if (((const Registration *)hub->registrations->pdata[i])->family == family)
            return TRUE;
    }
    return FALSE;
}

int
vr_event_register_lifecycle(VrEventHub *hub, virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                            virFreeCallback freecb)
{
    Registration r = {.family = VR_EVENTS_DOMAIN,
                      .event = VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                      .conn = conn,
                      .cb = (void (*)(void))cb,
                      .opaque = opaque,
                      .freecb = freecb,
                      .legacy = TRUE,
                      .refs = 1};
    return register_callback(hub, &r) < 0 ? -1 : 0;
}

/* Take the first registration that MATCH accepts out of the hub; NULL when there is none. */
static Registration *
take(VrEventHub *hub, gboolean (*match)(const Registration *r, const void *key), const void *key, int *ret_left)
{
    Registration *found = NULL;
    vr_mutex_lock(&hub->lock);
    for (guint i = 0; i < hub->registrations->len && !found; i++) {
        if (match(hub->registrations->pdata[i], key))
            found = g_ptr_array_steal_index(hub->registrations, i);
    }
    int left = 0;
    for (guint i = 0; found && i < hub->registrations->len; i++) {
        Registration *r = hub->registrations->pdata[i];
        left += r->family == found->family && r->event == found->event && r->conn == found->conn;
    }
    if (found) {
        g_atomic_int_set(&found->deleted, 1);
        stop_timer_if_idle(hub);
    }
    vr_mutex_unlock(&hub->lock);
    if (ret_left)
        *ret_left = left;
    return found;
}

typedef struct {
    VrEventFamily family;
    virConnectPtr conn;
    int id;
    void (*cb)(void);
} Key;

static gboolean
match_id(const Registration *r, const void *key)
{
    const Key *k = key;
    return r->family == k->family && r->conn == k->conn && r->id == k->id;
}

static gboolean
match_legacy(const Registration *r, const void *key)
{
    const Key *k = key;
    return r->legacy && r->conn == k->conn && r->cb == k->cb;
}

static gboolean
match_connection(const Registration *r, const void *key)
{
    return r->conn == ((const Key *)key)->conn;
}

int
vr_event_deregister(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, int callback_id)
{
    Key key = {.family = family, .conn = conn, .id = callback_id};
    int left = 0;
    Registration *r = take(hub, match_id, &key, &left);
    if (!r)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "could not find event callback %d for deletion", callback_id);
    registration_unref(r);
    return left;
}

void
vr_event_withdraw(VrEventHub *hub, VrEventFamily family, virConnectPtr conn, int callback_id)
{
    Key key = {.family = family, .conn = conn, .id = callback_id};
    Registration *r = take(hub, match_id, &key, NULL);
    if (!r)
        return;
    r->freecb = NULL;
    registration_unref(r);
}

int
vr_event_deregister_lifecycle(VrEventHub *hub, virConnectPtr conn, virConnectDomainEventCallback cb)
{
    Key key = {.conn = conn, .cb = (void (*)(void))cb};
    int left = 0;
    Registration *r = take(hub, match_legacy, &key, &left);
    if (!r)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "event callback function %p not registered",
                        (void *)(guintptr)cb);
    registration_unref(r);
    return left;
}

void
vr_event_forget(VrEventHub *hub, virConnectPtr conn)
{
    Key key = {.conn = conn};
    Registration *r;
    while ((r = take(hub, match_connection, &key, NULL)))
        registration_unref(r);
}

static gboolean
wants(const Registration *r, const Event *e, int one)
{
    if (r->family != e->family || r->event != e->event || (one >= 0 && one != (r->name != NULL)))
        return FALSE;
    if (r->wants && !r->wants(&e->args, r->wants_data))
        return FALSE;
    if (r->has_uuid)
        return memcmp(r->uuid, e->uuid, VIR_UUID_BUFLEN) == 0;
    return !r->name || strcmp(r->name, e->name) == 0;
}

static void
emit(VrEventHub *hub, VrEventFamily family, int id, int one, const char *name, const unsigned char *uuid, int domain_id,
     const VrEventArgs *args)
{
    Event *e = g_new0(Event, 1);
    e->family = family;
    e->event = id;
    e->name = g_strdup(name);
    if (uuid)
        memcpy(e->uuid, uuid, VIR_UUID_BUFLEN);
    e->domain_id = domain_id;
    if (args)
        e->args = *args;
    for (gsize i = 0; i < G_N_ELEMENTS(e->args.s); i++)
        e->args.s[i] = g_strdup(e->args.s[i]);
    e->to = g_ptr_array_new_with_free_func(registration_unref);
    vr_mutex_lock(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        Registration *r = hub->registrations->pdata[i];
        if (wants(r, e, one)) {
            g_atomic_int_inc(&r->refs);
            g_ptr_array_add(e->to, r);
        }
    }
    gboolean heard = e->to->len > 0;
    if (heard) {
        g_queue_push_tail(&hub->queue, e);
        vr_eventloop_update_timeout(hub->timer, 0);
    }
    vr_mutex_unlock(&hub->lock);
    if (!heard)
        event_free(e);
}

void
vr_event_emit(VrEventHub *hub, VrEventFamily family, int id, const char *name, const unsigned char *uuid, int domain_id,
              const VrEventArgs *args)
{
    emit(hub, family, id, -1, name, uuid, domain_id, args);
}

void
vr_event_emit_narrow(VrEventHub *hub, VrEventFamily family, int id, gboolean one, const char *name,
                     const unsigned char *uuid, int domain_id, const VrEventArgs *args)
{
    emit(hub, family, id, one != FALSE, name, uuid, domain_id, args);
}
