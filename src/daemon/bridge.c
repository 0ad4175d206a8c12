/* The public event loop API on the daemon's loop, for drivers that emit events and for streams.
 *
 * Numbers stand for sources; any thread.
 */
#include "daemon/bridge.h"

#include <libvirt/libvirt.h>

#include "base/lock.h"
#include "base/loop.h"

typedef struct {
    int number;
    VrSource *source;
    union {
        virEventHandleCallback handle;
        virEventTimeoutCallback timeout;
    } cb;
    void *opaque;
    virFreeCallback ff;
} Entry;

static VrMutex lock = VR_MUTEX_INIT;
static GHashTable *entries; /* by number */
static int next_number = 1;

static void
on_gone(void *data)
{
    Entry *e = data;
    if (e->ff)
        e->ff(e->opaque);
    g_free(e);
}

static void
on_fd(VrSource *source, int fd, unsigned int events, void *data)
{
    const Entry *e = data;
    int seen = 0;
    if (events & VR_LOOP_READABLE)
        seen |= VIR_EVENT_HANDLE_READABLE;
    if (events & VR_LOOP_WRITABLE)
        seen |= VIR_EVENT_HANDLE_WRITABLE;
    if (events & VR_LOOP_HANGUP)
        seen |= VIR_EVENT_HANDLE_HANGUP;
    if (events & VR_LOOP_ERROR)
        seen |= VIR_EVENT_HANDLE_ERROR;
    e->cb.handle(e->number, fd, seen, e->opaque);
}

static void
on_timer(VrSource *source, void *data)
{
    const Entry *e = data;
    e->cb.timeout(e->number, e->opaque);
}

static unsigned int
loop_events(int events)
{
    return (events & VIR_EVENT_HANDLE_READABLE ? VR_LOOP_READABLE : 0) |
           (events & VIR_EVENT_HANDLE_WRITABLE ? VR_LOOP_WRITABLE : 0) |
           (events & VIR_EVENT_HANDLE_HANGUP ? VR_LOOP_HANGUP : 0);
}

static Entry *
entry_new(void *opaque, virFreeCallback ff)
{
    Entry *e = g_new0(Entry, 1);
    e->opaque = opaque;
    e->ff = ff;
    e->number = next_number++;
    return e;
}

static int
add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    VR_SCOPED_LOCK(&lock);
    Entry *e = entry_new(opaque, ff);
    int number = e->number;
    e->cb.handle = cb;
    VrSource *source = e->source = vr_loop_watch(fd, loop_events(events), on_fd, e, on_gone);
    g_hash_table_insert(entries, GINT_TO_POINTER(number), source);
    return number;
}

/* A timer fires at the interval's pace until it is changed. */
static void
set_timer(VrSource *source, int timeout)
{
    vr_source_set_timer(source, timeout, timeout == 0 ? 1 : (guint64)MAX(timeout, 0));
}

static int
add_timeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    VR_SCOPED_LOCK(&lock);
    Entry *e = entry_new(opaque, ff);
    int number = e->number;
    e->cb.timeout = cb;
    VrSource *source = e->source = vr_loop_timer(-1, 0, on_timer, e, on_gone);
    g_hash_table_insert(entries, GINT_TO_POINTER(number), source);
    if (timeout >= 0)
        set_timer(source, timeout);
    return number;
}

/* A reference to the source with NUMBER. */
static VrSource *
find(int number)
{
    VR_SCOPED_LOCK(&lock);
    VrSource *source = g_hash_table_lookup(entries, GINT_TO_POINTER(number));
    return source ? vr_source_ref(source) : NULL;
}

static void
update_handle(int watch, int events)
{
    VrSource *source = find(watch);
    if (!source)
        return;
    vr_source_set_events(source, loop_events(events));
    vr_source_unref(source);
}

static void
update_timeout(int timer, int timeout)
{
    VrSource *source = find(timer);
    if (!source)
        return;
    set_timer(source, timeout);
    vr_source_unref(source);
}

static int
remove_source(int number)
{
    vr_mutex_lock(&lock);
    VrSource *source = g_hash_table_lookup(entries, GINT_TO_POINTER(number));
    g_hash_table_remove(entries, GINT_TO_POINTER(number));
    vr_mutex_unlock(&lock);
    if (!source)
        return -1;
    vr_source_end(source);
    return 0;
}

void
daemon_bridge_register(void)
{
    entries = g_hash_table_new(NULL, NULL);
    virEventRegisterImpl(add_handle, update_handle, remove_source, add_timeout, update_timeout, remove_source);
}
