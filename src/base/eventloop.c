/* The six callbacks of the registered loop: see eventloop.h. */
#include "base/eventloop.h"

#include "base/lock.h"

static VrMutex lock = VR_MUTEX_INIT;
static VrEventLoop loop;
static gint registered;

gboolean
vr_eventloop_register(const VrEventLoop *wanted)
{
    vr_mutex_lock(&lock);
    gboolean first = !registered;
    if (first) {
        loop = *wanted;
        g_atomic_int_set(&registered, 1);
    }
    vr_mutex_unlock(&lock);
    return first;
}

/* The loop never changes once it is there: no lock to read it. */
static const VrEventLoop *
current(void)
{
    static const VrEventLoop none;
    return g_atomic_int_get(&registered) ? &loop : &none;
}

int
vr_eventloop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    return current()->add_handle ? current()->add_handle(fd, events, cb, opaque, ff) : -1;
}

void
vr_eventloop_update_handle(int watch, int events)
{
    if (current()->update_handle)
        current()->update_handle(watch, events);
}

int
vr_eventloop_remove_handle(int watch)
{
    return current()->remove_handle ? current()->remove_handle(watch) : -1;
}

int
vr_eventloop_add_timeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return current()->add_timeout ? current()->add_timeout(timeout, cb, opaque, ff) : -1;
}

void
vr_eventloop_update_timeout(int timer, int timeout)
{
    if (current()->update_timeout)
        current()->update_timeout(timer, timeout);
}

int
vr_eventloop_remove_timeout(int timer)
{
    return current()->remove_timeout ? current()->remove_timeout(timer) : -1;
}
