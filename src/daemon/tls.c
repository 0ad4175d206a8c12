/* TLS for clients: see tls.h.  Everything on the loop's thread. */
#include "daemon/tls.h"

#include "base/log.h"
#include "daemon/config.h"
#include "rpc/tls.h"

/* How long a peer may take to shake hands. */
#define HANDSHAKE_MS 30000

static VrTlsContext *context;

static const char *
or_default(const char *given, const char *standard)
{
    return given && *given ? given : standard;
}

int
daemon_tls_setup(const DaemonConfig *config)
{
    const VrTlsModule *tls = vr_tls_module();
    if (!tls)
        return -1;
    const VrTlsFiles files = {
        .server = TRUE,
        .ca = or_default(config->ca_file, "/etc/pki/CA/cacert.pem"),
        .crl = or_default(config->crl_file, "/etc/pki/CA/cacrl.pem"),
        .cert = or_default(config->cert_file, "/etc/pki/libvirt/servercert.pem"),
        .key = or_default(config->key_file, "/etc/pki/libvirt/private/serverkey.pem"),
        .priority = config->tls_priority,
        .no_sanity = config->tls_no_sanity,
    };
    VrTlsContext *fresh = tls->context_new(&files);
    if (!fresh)
        return -1;
    tls->context_unref(context);
    context = fresh;
    return 0;
}

gboolean
daemon_tls_is_set_up(void)
{
    return context != NULL;
}

int
daemon_tls_reload(void)
{
    if (!context)
        return 0;
    int ret = daemon_tls_setup(&daemon_config);
    if (ret < 0)
        vr_log(VR_LOG_ERROR, "daemon.tls", "the certificates stay as they were: %s", vr_error_last()->message);
    return ret;
}

static void
refuse(DaemonClient *client)
{
    vr_log(VR_LOG_WARN, "daemon.tls", "client %" G_GUINT64_FORMAT " from %s: %s", client->id,
           client->address ? client->address : "nowhere", vr_error_last()->message);
    vr_error_clear();
    daemon_client_close(client);
}

/* The handshake is done: look at the certificate, tell the peer that it is welcome, begin. */
static void
welcome(DaemonClient *client)
{
    const VrTlsModule *tls = vr_tls_module();
    if (!daemon_config.tls_no_verify &&
        tls->verify(client->handshake, NULL, daemon_config.tls_allowed_dn, &client->x509_name) < 0) {
        refuse(client);
        return;
    }
    client->tls_bits = tls->key_size(client->handshake);
    vr_socket_push(&client->socket, g_steal_pointer(&client->handshake));
    static const guint8 byte = 1;
    vr_source_end(g_steal_pointer(&client->watch));
    daemon_client_send(client, &byte, 1, NULL, 0);
    if (!client->broken)
        daemon_client_start(client);
}

static void
go_on(DaemonClient *client)
{
    switch (vr_tls_module()->handshake(client->handshake)) {
    case VR_TLS_DONE:
        welcome(client);
        break;
    case VR_TLS_WAIT_READ:
        vr_source_set_events(client->watch, VR_LOOP_READABLE);
        break;
    case VR_TLS_WAIT_WRITE:
        vr_source_set_events(client->watch, VR_LOOP_WRITABLE);
        break;
    default:
        refuse(client);
    }
}

static void
on_handshake(VrSource *source, int fd, unsigned int events, void *data)
{
    g_autoptr(DaemonClient) client = daemon_client_ref(data);
    if (!client->broken && client->handshake)
        go_on(client);
}

static void
unref_client(void *data)
{
    daemon_client_unref(data);
}

static void
on_late(VrSource *source, void *data)
{
    DaemonClient *client = data;
    if (client->handshake && !client->broken) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "no TLS handshake within %d s", HANDSHAKE_MS / 1000);
        refuse(client);
    }
    vr_source_cancel(source);
}

void
daemon_tls_begin(DaemonClient *client)
{
    const VrTlsModule *tls = vr_tls_module();
    client->handshake = tls && context ? tls->session_new(context, &client->socket, NULL) : NULL;
    if (!client->handshake) {
        refuse(client);
        return;
    }
    client->watch = vr_loop_watch(client->socket.fd, VR_LOOP_READABLE, on_handshake, daemon_client_ref(client), unref_client);
    vr_source_unref(vr_loop_timer(HANDSHAKE_MS, 0, on_late, daemon_client_ref(client), unref_client));
    go_on(client);
}
