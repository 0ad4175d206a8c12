/* Connections that are lost and made again, for those whose URI asks for it: "reconnect=SECONDS".
 *
 * The next call makes the connection again and waits as long as the URI says; meanwhile the event loop tries, too, so that events go
 * on.  What the application listens to is asked for anew.  A call that was under way when the connection was lost has failed:
 * whether it was carried out nobody knows.
 */
#include "base/eventloop.h"
#include "base/log.h"
#include "stubs.h"

#define PAUSE_MS 100 /* between attempts */

RemoteClient *
remote_client_of(RemoteConn *remote)
{
    return g_atomic_pointer_get(&remote->client);
}

static int
begin_anew(RemoteConn *remote, RemoteClient *client)
{
    remote_learn_features(remote, client);
    if (remote_open_far(remote, client, remote->far_name, remote->flags) < 0)
        return -1;
    if (remote->keepalive_interval > 0 &&
        remote_client_set_keepalive(client, remote->keepalive_interval, remote->keepalive_count) < 0)
        return -1;
    return remote_events_again(remote, client) < 0 || remote_monitor_events_again(remote, client) < 0 ? -1 : 0;
}

/* One attempt.  Called with remote->again held. */
static int
attempt(RemoteConn *remote)
{
    g_autoptr(VrUri) uri = vr_uri_parse(remote->uri);
    g_autoptr(RemoteClient) client = uri ? remote_reach(remote, uri, NULL) : NULL;
    if (!client)
        return -1;
    RemoteClient *old = remote_client_of(remote);
    remote_client_follow(client, old); /* streams are known by their numbers: none is used twice */
    if (begin_anew(remote, client) < 0)
        return -1;
    /* Calls may still look at the old one: it stays until the connection goes. */
    g_ptr_array_add(remote->lost, old);
    g_atomic_pointer_set(&remote->client, g_steal_pointer(&client));
    remote_client_close(old);
    remote->lost_since = 0;
    vr_log(VR_LOG_INFO, "remote", "connected to %s again", remote->uri);
    return 0;
}

RemoteClient *
remote_again(RemoteConn *remote)
{
    gint64 deadline = g_get_monotonic_time() + remote->patience * (gint64)G_USEC_PER_SEC;
    VR_SCOPED_LOCK(&remote->again);
    for (;;) {
        RemoteClient *client = remote_client_of(remote);
        if (remote_client_is_open(client))
            return client;
        vr_error_clear();
        if (attempt(remote) < 0) {
            if (g_get_monotonic_time() >= deadline)
                return NULL;
            g_usleep(PAUSE_MS * 1000);
        }
    }
}

gboolean
remote_try_again(RemoteConn *remote, int timer)
{
    if (!remote->patience || pthread_mutex_trylock(&remote->again) != 0)
        return remote->patience > 0; /* a call is at it */
    virErrorPtr saved = vr_error_save();
    gint64 now = g_get_monotonic_time();
    if (!remote->lost_since)
        remote->lost_since = now;
    gboolean good = remote_client_is_open(remote_client_of(remote)) || attempt(remote) == 0;
    gboolean goes_on = good || now - remote->lost_since < remote->patience * (gint64)G_USEC_PER_SEC;
    if (!good && goes_on)
        vr_eventloop_update_timeout(timer, PAUSE_MS);
    vr_mutex_unlock(&remote->again);
    vr_error_restore(saved);
    return goes_on;
}
