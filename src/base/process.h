/* What this process is: a daemon serves some schemes with drivers of its own, a client reaches them through a daemon. */
#pragma once

#include <glib.h>

/* Called once by a daemon before any connection opens: URIs of these schemes (NULL-terminated) are opened in this process.
 * Without a scheme of its own a daemon opens no other daemon by accident: what it does not serve is refused unless the URI
 * names a transport. */
void vr_process_serve(const char *const *schemes);

gboolean vr_process_is_daemon(void);
gboolean vr_process_serves(const char *scheme);

/* Something runs that needs this daemon: it does not end for want of clients until as many releases as holds.  Any thread. */
void vr_process_hold(void);
void vr_process_release(void);
gboolean vr_process_is_held(void);
