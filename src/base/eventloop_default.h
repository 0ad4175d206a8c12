/* The default event loop: see eventloop_default.c. */
#pragma once

#include <libvirt/libvirt.h>

int vr_event_default_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff);
void vr_event_default_update_handle(int watch, int events);
int vr_event_default_remove_handle(int watch);
int vr_event_default_add_timeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff);
void vr_event_default_update_timeout(int timer, int timeout);
int vr_event_default_remove_timeout(int timer);

/* One iteration: wait until something is due, then call what is due. */
int vr_event_default_run(void);
