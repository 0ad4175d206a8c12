/* The public event loop functions: doors to src/base/eventloop.c and its default implementation. */
#include <libvirt/libvirt.h>

#include "base/entry.h"
#include "base/eventloop.h"
#include "base/eventloop_default.h"

void
virEventRegisterImpl(virEventAddHandleFunc addHandle, virEventUpdateHandleFunc updateHandle,
                     virEventRemoveHandleFunc removeHandle, virEventAddTimeoutFunc addTimeout,
                     virEventUpdateTimeoutFunc updateTimeout, virEventRemoveTimeoutFunc removeTimeout)
{
    VrEventLoop loop = {addHandle, updateHandle, removeHandle, addTimeout, updateTimeout, removeTimeout};
    if (!vr_eventloop_register(&loop))
        vr_log(VR_LOG_WARN, "event", "Ignoring attempt to replace registered event loop");
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
    return vr_eventloop_add_handle(fd, events, cb, opaque, ff);
}

void
virEventUpdateHandle(int watch, int events)
{
    vr_eventloop_update_handle(watch, events);
}

int
virEventRemoveHandle(int watch)
{
    return vr_eventloop_remove_handle(watch);
}

int
virEventAddTimeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return vr_eventloop_add_timeout(timeout, cb, opaque, ff);
}

void
virEventUpdateTimeout(int timer, int timeout)
{
    vr_eventloop_update_timeout(timer, timeout);
}

int
virEventRemoveTimeout(int timer)
{
    return vr_eventloop_remove_timeout(timer);
}
