/* The process's event loop: the application's or the default one.
 *
 * Everything here may be called on any thread; callbacks run on the loop's.  Without a registered loop,
 * adding fails with -1 and no error set, and the caller says what it needed the loop for.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct {
    virEventAddHandleFunc add_handle;
    virEventUpdateHandleFunc update_handle;
    virEventRemoveHandleFunc remove_handle;
    virEventAddTimeoutFunc add_timeout;
    virEventUpdateTimeoutFunc update_timeout;
    virEventRemoveTimeoutFunc remove_timeout;
} VrEventLoop;

/* Set the loop; the first one stays for good.  FALSE when there was one already. */
gboolean vr_eventloop_register(const VrEventLoop *loop);

int vr_eventloop_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff);
void vr_eventloop_update_handle(int watch, int events);
int vr_eventloop_remove_handle(int watch);
int vr_eventloop_add_timeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff);
void vr_eventloop_update_timeout(int timer, int timeout);
int vr_eventloop_remove_timeout(int timer);
