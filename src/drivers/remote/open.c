/* The driver itself: opening a connection through a daemon, closing it, and what it says of the connection. */
#include <unistd.h>

#include "base/api.h"
#include "base/driver.h"
#include "base/eventloop.h"
#include "base/log.h"
#include "stubs.h"

enum {
    FEATURE_KEEPALIVE = 10,
    FEATURE_EVENT_CALLBACK = 14,
    FEATURE_CLOSE_CALLBACK = 15,
};

/* URI parameters that are ours; the others go to the daemon. */
static const char *const own_params[] = {
    "name", "command", "socket", "auth", "sshauth", "netcat", "keyfile", "pkipath", "known_hosts", "known_hosts_verify",
    "tls_priority", "mode", "proxy", "no_sanity", "no_verify", "no_tty", "authfile", "reconnect", NULL,
};

int
remote_call_begin(RemoteCall *call, virConnectPtr conn, const VrProgram *program, int proc)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    RemoteClient *client = remote_client_of(remote);
    if (remote->patience && !remote_client_is_open(client) && !(client = remote_again(remote)))
        return -1;
    return remote_client_begin(call, client, program, proc);
}

/* What the far daemon is to open: the URI without how to get there. */
static char *
far_name(const VrUri *uri)
{
    const char *named = vr_uri_param(uri, "name");
    if (named)
        return g_strdup(named);
    if (strcmp(uri->scheme, "remote") == 0)
        return g_strdup("");
    GString *name = g_string_new(NULL);
    g_string_append_printf(name, "%s://%s", uri->scheme, uri->path);
    const char *query = strchr(uri->text, '?');
    g_auto(GStrv) pairs = g_strsplit_set(query ? query + 1 : "", "&;", -1);
    char separator = '?';
    for (char **p = pairs; *p; p++) {
        g_autofree char *key = g_strndup(*p, strcspn(*p, "="));
        if (!**p || g_strv_contains(own_params, key))
            continue;
        g_string_append_printf(name, "%c%s", separator, *p);
        separator = '&';
    }
    return g_string_free(name, FALSE);
}

static void
conn_unref(void *data)
{
    RemoteConn *remote = data;
    if (!g_atomic_int_dec_and_test(&remote->refs))
        return;
    vr_event_hub_unref(remote->hub);
    g_ptr_array_unref(remote->registrations);
    g_array_unref(remote->monitor_events);
    g_hash_table_unref(remote->streams);
    g_ptr_array_unref(remote->lost);
    vr_mutex_clear(&remote->lock);
    vr_mutex_clear(&remote->again);
    g_free(remote->type);
    g_free(remote->uri);
    g_free(remote->far_name);
    g_free(remote);
}

/* Tell the application, once, that the connection is gone. */
static void
on_close_timer(int timer, void *opaque)
{
    RemoteConn *remote = opaque;
    virConnectCloseFunc func = NULL;
    virFreeCallback ff = NULL;
    void *data = NULL;
    vr_eventloop_update_timeout(timer, -1);
    if (remote_try_again(remote, timer))
        return;
    vr_mutex_lock(&remote->lock);
    virConnectPtr conn = remote->conn;
    if (conn) {
        VrConnectExtra *extra = conn->extra;
        vr_mutex_lock(&extra->lock);
        func = extra->close_func;
        data = extra->close_data;
        ff = extra->close_free;
        extra->close_func = NULL;
        extra->close_free = NULL;
        extra->close_data = NULL;
        vr_mutex_unlock(&extra->lock);
    }
    vr_mutex_unlock(&remote->lock);
    if (func)
        func(conn, g_atomic_int_get(&remote->close_reason), data);
    if (ff)
        ff(data);
}

void
remote_close_soon(RemoteConn *remote)
{
    if (remote->close_timer >= 0)
        vr_eventloop_update_timeout(remote->close_timer, 0);
}

static void
on_closed(void *data, int reason)
{
    RemoteConn *remote = data;
    g_atomic_int_set(&remote->close_reason, reason);
    if (reason != VIR_CONNECT_CLOSE_REASON_CLIENT)
        remote_close_soon(remote);
}

static const RemoteClientHooks hooks = {remote_on_event, remote_on_stream, on_closed};

/* Does the daemon have FEATURE: 1, 0; errors count as no. */
static int
has_feature(RemoteClient *client, int feature)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_CONNECT_SUPPORTS_FEATURE) < 0)
        return 0;
    vr_out_u32(&call.out, (guint32)feature);
    if (remote_call_run(&call) < 0) {
        vr_error_clear();
        return 0;
    }
    return vr_in_u32(&call.in) != 0;
}

int
remote_open_far(RemoteConn *remote, RemoteClient *client, const char *name, unsigned int flags)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_CONNECT_OPEN) < 0)
        return -1;
    vr_out_string_or_null(&call.out, name);
    vr_out_u32(&call.out, flags & ~(guint32)VIR_CONNECT_NO_ALIASES);
    if (remote_call_run(&call) < 0)
        return -1;
    if (*name || remote->far_name) /* a URI that was asked for once is known */
        return 0;
    g_auto(RemoteCall) ask = {0};
    if (remote_client_begin(&ask, client, &vr_program_remote, VR_REMOTE_CONNECT_GET_URI) < 0 ||
        remote_call_run(&ask) < 0)
        return -1;
    g_free(remote->conn->uri);
    remote->conn->uri = g_strdup(vr_in_string(&ask.in));
    return 0;
}

static void
conn_free(RemoteConn *remote)
{
    if (remote->client)
        remote_client_free(remote->client);
    g_ptr_array_set_size(remote->lost, 0);
    vr_mutex_lock(&remote->lock);
    remote->conn = NULL;
    int timer = remote->close_timer;
    vr_mutex_unlock(&remote->lock);
    if (timer >= 0)
        vr_eventloop_remove_timeout(timer);
    conn_unref(remote);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RemoteConn, conn_free)

RemoteClient *
remote_reach(RemoteConn *remote, const VrUri *uri, virConnectAuthPtr auth)
{
    int errors = -1, tls_bits = 0;
    g_autofree char *name = far_name(uri);
    int fd = remote_connect(uri, remote->flags, name, &remote->secure, &errors);
    if (fd < 0)
        return NULL;
    g_autoptr(RemoteClient) client = remote_client_new(fd, errors, &hooks, remote);
    gboolean tls = uri->transport ? strcmp(uri->transport, "tls") == 0 : uri->host != NULL;
    if (tls && remote_start_tls(remote_client_socket(client), uri, &tls_bits) < 0)
        return NULL;
    if (remote_authenticate(client, uri, auth, tls_bits) < 0)
        return NULL;
    remote->secure = remote->secure || remote_client_socket(client)->top;
    remote_client_attach_loop(client);
    remote_client_allow_keepalive(client, has_feature(client, FEATURE_KEEPALIVE));
    return g_steal_pointer(&client);
}

void
remote_learn_features(RemoteConn *remote, RemoteClient *client)
{
    remote->callback_ids = has_feature(client, FEATURE_EVENT_CALLBACK);
    remote->close_events = has_feature(client, FEATURE_CLOSE_CALLBACK);
}

/* How long a lost connection is tried to be made again, by the URI; -1 with the error set. */
static int
patience_of(const VrUri *uri)
{
    const char *text = vr_uri_param(uri, "reconnect");
    char *end;
    gint64 seconds = text ? g_ascii_strtoll(text, &end, 10) : 0;
    if (text && (*end || end == text || seconds < 0 || seconds > 24 * 60 * 60))
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INVALID_ARG, "Failed to parse value of URI component reconnect: '%s' is no number of seconds",
                        text);
    return (int)seconds;
}

static int
remote_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    g_autoptr(RemoteConn) remote = g_new0(RemoteConn, 1);
    vr_mutex_init(&remote->lock);
    vr_mutex_init(&remote->again);
    remote->lost = g_ptr_array_new_with_free_func((GDestroyNotify)remote_client_free);
    remote->refs = 1;
    remote->close_timer = -1;
    remote->conn = conn;
    remote->hub = vr_event_hub_new();
    remote->registrations = g_ptr_array_new();
    remote->monitor_events = remote_monitor_events_new();
    remote->streams = g_hash_table_new(NULL, NULL);

    remote->patience = patience_of(uri);
    remote->flags = flags;
    if (remote->patience < 0)
        return -1;
    remote->client = remote_reach(remote, uri, auth);
    g_autofree char *name = far_name(uri);
    if (!remote->client || remote_open_far(remote, remote->client, name, flags) < 0)
        return -1;
    remote->uri = g_strdup(uri->text);
    remote->far_name = g_steal_pointer(&name);
    remote_learn_features(remote, remote->client);
    g_atomic_int_inc(&remote->refs);
    remote->close_timer = vr_eventloop_add_timeout(-1, on_close_timer, remote, conn_unref);
    if (remote->close_timer < 0)
        g_atomic_int_dec_and_test(&remote->refs);
    vr_error_clear();
    conn->data = g_steal_pointer(&remote);
    return 0;
}

static void
remote_close(virConnectPtr conn)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    remote_forget_events(remote);
    if (remote_client_is_open(remote->client)) {
        virErrorPtr saved = vr_error_save();
        g_auto(RemoteCall) call = {0};
        if (remote_client_begin(&call, remote->client, &vr_program_remote, VR_REMOTE_CONNECT_CLOSE) == 0 &&
            remote_call_run(&call) < 0)
            vr_debug("remote", "closing: %s", vr_error_last()->message);
        vr_error_clear();
        vr_error_restore(saved);
    }
    remote_drop_streams(remote);
    conn->data = NULL;
    conn_free(remote);
}

const char *
remote_connect_get_type(virConnectPtr conn)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    vr_mutex_lock(&remote->lock);
    const char *known = remote->type;
    vr_mutex_unlock(&remote->lock);
    if (known)
        return known;
    /* Not under the lock, which events take while they are read. */
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_GET_TYPE) < 0 || remote_call_run(&call) < 0)
        return NULL;
    VR_SCOPED_LOCK(&remote->lock);
    if (!remote->type)
        remote->type = g_strdup(vr_in_string(&call.in));
    return remote->type;
}

int
remote_connect_is_alive(virConnectPtr conn)
{
    return remote_client_is_open(remote_client_of(REMOTE_CONN(conn)));
}

int
remote_connect_is_encrypted(virConnectPtr conn)
{
    return remote_client_socket(remote_client_of(REMOTE_CONN(conn)))->top != NULL;
}

int
remote_connect_is_secure(virConnectPtr conn)
{
    /* Both the way to the daemon and the daemon's own way to the hypervisor. */
    RemoteConn *remote = REMOTE_CONN(conn);
    if (!remote->secure)
        return 0;
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_IS_SECURE) < 0 || remote_call_run(&call) < 0)
        return -1;
    return (int)vr_in_u32(&call.in);
}

int
remote_connect_set_keep_alive(virConnectPtr conn, int interval, unsigned int count)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    remote->keepalive_interval = interval;
    remote->keepalive_count = count;
    return remote_client_set_keepalive(remote_client_of(remote), interval, count);
}

int
remote_connect_supports_feature(virConnectPtr conn, int feature)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_SUPPORTS_FEATURE) < 0)
        return -1;
    vr_out_u32(&call.out, (guint32)feature);
    return remote_call_run(&call) < 0 ? -1 : (int)vr_in_u32(&call.in);
}

int
remote_connect_set_identity(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_SET_IDENTITY) < 0)
        return -1;
    vr_out_params(&call.out, params, nparams, TRUE);
    vr_out_u32(&call.out, flags);
    return remote_call_run(&call);
}

int
remote_connect_register_close_callback(virConnectPtr conn, virConnectCloseFunc cb, void *opaque, virFreeCallback freecb)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    VrConnectExtra *extra = conn->extra;
    if (remote->close_events) {
        g_auto(RemoteCall) call = {0};
        if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_REGISTER_CLOSE_CALLBACK) < 0 ||
            remote_call_run(&call) < 0)
            return -1;
    }
    VR_SCOPED_LOCK(&extra->lock);
    if (extra->close_func)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INTERNAL_ERROR, "A close callback is already registered");
    extra->close_func = cb;
    extra->close_data = opaque;
    extra->close_free = freecb;
    return 0;
}

int
remote_connect_unregister_close_callback(virConnectPtr conn, virConnectCloseFunc cb)
{
    RemoteConn *remote = REMOTE_CONN(conn);
    VrConnectExtra *extra = conn->extra;
    vr_mutex_lock(&extra->lock);
    gboolean mine = extra->close_func == cb;
    void *data = extra->close_data;
    virFreeCallback ff = mine ? extra->close_free : NULL;
    if (mine) {
        extra->close_func = NULL;
        extra->close_free = NULL;
        extra->close_data = NULL;
    }
    vr_mutex_unlock(&extra->lock);
    if (!mine)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INTERNAL_ERROR, "A different callback was requested");
    if (ff)
        ff(data);
    if (!remote->close_events)
        return 0;
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_CONNECT_UNREGISTER_CLOSE_CALLBACK) < 0)
        return -1;
    return remote_call_run(&call);
}

static const VrDriver driver = {
    .name = "remote",
    .error_domain = VIR_FROM_REMOTE,
    .far = TRUE,
    .open = remote_open,
    .close = remote_close,
    .hypervisor = &remote_hypervisor_ops,
    .network = &remote_network_ops,
    .storage = &remote_storage_ops,
    .interface = &remote_interface_ops,
    .nodedev = &remote_nodedev_ops,
    .secret = &remote_secret_ops,
    .nwfilter = &remote_nwfilter_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
