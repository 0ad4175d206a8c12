/* Authentication: the list of ways (one), and what each needs.  The first calls of every client, on workers. */
#include "base/log.h"
#include "daemon/calls.h"
#include "daemon/config.h"
#include "daemon/polkit.h"
#include "rpc/sasl.h"

#include <fnmatch.h>

struct ClientSasl {
    VrSasl *session;
};

/* The way that CLIENT has to prove who it is: root on this machine needs no polkit. */
static int
way_for(const DaemonClient *client)
{
    if (client->auth_wanted == VR_AUTH_POLKIT && client->uid == 0)
        return VR_AUTH_NONE;
    return client->auth_wanted;
}

static int
auth_list(VrDispatch *d)
{
    int way = way_for(d->client);
    if (way == VR_AUTH_NONE && !d->client->authenticated)
        daemon_client_authenticated(d->client);
    vr_out_u32(d->out, 1);
    vr_out_u32(d->out, (guint32)way);
    return 0;
}

void
daemon_client_sasl_free(ClientSasl *sasl)
{
    if (!sasl)
        return;
    if (sasl->session)
        vr_sasl_module()->free(sasl->session);
    g_free(sasl);
}

/* What a peer learns of a failure is only that; the log says why. */
static int
fail(DaemonClient *client, const char *what)
{
    vr_log(VR_LOG_WARN, "daemon.auth", "client %" G_GUINT64_FORMAT " from %s: %s: %s", client->id,
           client->address ? client->address : "this host", what,
           vr_error_is_set() ? vr_error_last()->message : "not possible now");
    vr_error_clear();
    return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "authentication failed");
}

static int
sasl_init(VrDispatch *d)
{
    DaemonClient *client = d->client;
    const VrSaslModule *module = vr_sasl_module();
    if (client->auth_wanted != VR_AUTH_SASL || client->authenticated || client->sasl || !module)
        return fail(client, "SASL asked for");
    int min_bits = client->socket.local ? 0 : daemon_config.tcp_min_ssf;
    VrSasl *session = module->server_new(client->socket.fd, client->tls_bits, min_bits);
    if (!session)
        return fail(client, "SASL cannot begin");
    client->sasl = g_new0(ClientSasl, 1);
    client->sasl->session = session;
    g_autofree char *mechanisms = module->mechanisms(session);
    if (!mechanisms)
        return fail(client, "SASL has no mechanisms");
    vr_out_string(d->out, mechanisms);
    return 0;
}

static gboolean
is_listed(const char *name, const char *const *patterns)
{
    for (; patterns && *patterns; patterns++) {
        if (fnmatch(*patterns, name, 0) == 0)
            return TRUE;
    }
    return !daemon_config.sasl_allowed_users;
}

/* The session is complete: is it strong enough, and its user one of ours. */
static int
accept_session(DaemonClient *client)
{
    const VrSaslModule *module = vr_sasl_module();
    VrSasl *session = client->sasl->session;
    int bits = module->bits(session);
    const char *name = bits >= 0 ? module->identity(session) : NULL;
    if (!name)
        return -1;
    if (!client->socket.local && !client->tls_bits && bits < daemon_config.tcp_min_ssf)
        return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "negotiated SSF %d was not strong enough", bits);
    if (!is_listed(name, daemon_config.sasl_allowed_users))
        return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "SASL client identity '%s' not allowed by ACL", name);
    client->sasl_name = g_strdup(name);
    if (bits > 0 && !client->socket.local) {
        client->sasl->session = NULL;
        vr_mutex_lock(&client->lock);
        client->next_layer = module->layer_new(session);
        vr_mutex_unlock(&client->lock);
    }
    daemon_client_authenticated(client);
    return 0;
}

static int
answer_step(VrDispatch *d, VrSaslState state, const char *data, unsigned int len)
{
    if (state == VR_SASL_FAILED || len > 65536)
        return fail(d->client, "SASL negotiation");
    vr_out_u32(d->out, state == VR_SASL_COMPLETE);
    vr_out_u32(d->out, data == NULL);
    vr_out_chars(d->out, data ? data : "", data ? len : 0);
    if (state == VR_SASL_COMPLETE && accept_session(d->client) < 0)
        return fail(d->client, "SASL user");
    return 0;
}

static int
sasl_go_on(VrDispatch *d, const char *mechanism)
{
    DaemonClient *client = d->client;
    const VrSaslModule *module = vr_sasl_module();
    if (!client->sasl || !client->sasl->session || client->authenticated)
        return fail(client, "SASL step without a beginning");
    gboolean none = vr_in_u32(d->in) != 0;
    g_autofree char *in = g_malloc(65536 + 1);
    unsigned int in_len = (unsigned int)vr_in_chars(d->in, in, 65536 + 1), len = 0;
    const char *out = NULL, *data = none ? NULL : in;
    VrSaslState state = mechanism ? module->server_start(client->sasl->session, mechanism, data, in_len, &out, &len)
                                  : module->step(client->sasl->session, data, in_len, &out, &len);
    return answer_step(d, state, out, len);
}

static int
sasl_start(VrDispatch *d)
{
    const char *mechanism = vr_in_string(d->in);
    return sasl_go_on(d, mechanism);
}

static int
sasl_step(VrDispatch *d)
{
    return sasl_go_on(d, NULL);
}

static int
auth_polkit(VrDispatch *d)
{
    DaemonClient *client = d->client;
    if (client->auth_wanted != VR_AUTH_POLKIT || client->authenticated)
        return fail(client, "polkit asked for");
    const char *action = client->read_only ? "org.libvirt.unix.monitor" : "org.libvirt.unix.manage";
    if (daemon_polkit_check(client, action, NULL, TRUE) < 0)
        return fail(client, action);
    daemon_client_authenticated(client);
    vr_out_u32(d->out, 1);
    return 0;
}

VrDispatchFunc
vr_dispatch_auth(int proc)
{
    switch (proc) {
    case VR_REMOTE_AUTH_LIST:
        return auth_list;
    case VR_REMOTE_AUTH_SASL_INIT:
        return sasl_init;
    case VR_REMOTE_AUTH_SASL_START:
        return sasl_start;
    case VR_REMOTE_AUTH_SASL_STEP:
        return sasl_step;
    case VR_REMOTE_AUTH_POLKIT:
        return auth_polkit;
    default:
        return NULL;
    }
}
