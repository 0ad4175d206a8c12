/* The event loop API: six callbacks, set once per process by the application or by the default loop.
 *
 * The library and its drivers reach the loop through the public functions only, so any loop will do.
 */
#include <libvirt/libvirt.h>

#include "base/entry.h"
#include "library/event_default.h"

static GMutex lock;
static struct {
    virEventAddHandleFunc add_handle;
    virEventUpdateHandleFunc update_handle;
    virEventRemoveHandleFunc remove_handle;
    virEventAddTimeoutFunc add_timeout;
    virEventUpdateTimeoutFunc update_timeout;
    virEventRemoveTimeoutFunc remove_timeout;
} loop;

void
virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                     virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                     virEventUpdateTimeoutFunc updateTimeout, virEventRemoveTimeoutFunc removeTimeout)
{
    g_mutex_lock(&lock);
    if (loop.add_handle || loop.update_handle || loop.remove_handle || loop.add_timeout || loop.update_timeout ||
        loop.remove_timeout) {
        vr_log(VR_LOG_WARN, "event", "Ignoring attempt to replace registered event loop");
    } else {
        loop.add_handle = addHandle;
        loop.update_handle = updateHandle;
        loop.remove_handle = removeHandle;
        loop.add_timeout = addTimeout;
        loop.update_timeout = updateTimeout;
        loop.remove_timeout = removeTimeout;
    }
    g_mutex_unlock(&lock);
}

int
virEventRegisterDefaultImpl(void)
{
    vr_error_clear();
    virEventRegisterImpl(vr_event_default_add_handle, vr_event_default_update_handle,
                         vr_event_default_remove_handle, vr_event_default_add_timeout,
                         vr_event_default_update_timeout, vr_event_default_remove_timeout);
    return 0;
}

int
virEventRunDefaultImpl(void)
{
    vr_error_clear();
    return vr_event_default_run();
}

int
virEventAddHandle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    return loop.add_handle ? loop.add_handle(fd, events, cb, opaque, ff) : -1;
}

void
virEventUpdateHandle(int watch, int events)
{
    if (loop.update_handle)
        loop.update_handle(watch, events);
}

int
virEventRemoveHandle(int watch)
{
    return loop.remove_handle ? loop.remove_handle(watch) : -1;
}

int
virEventAddTimeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return loop.add_timeout ? loop.add_timeout(timeout, cb, opaque, ff) : -1;
}

void
virEventUpdateTimeout(int timer, int timeout)
{
    if (loop.update_timeout)
        loop.update_timeout(timer, timeout);
}

int
virEventRemoveTimeout(int timer)
{
    return loop.remove_timeout ? loop.remove_timeout(timer) : -1;
}
