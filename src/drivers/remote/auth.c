/* Proving who we are, as the daemon asks: its list holds the one way it accepts.
 *
 * Called while a connection opens, before anything else; blocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "drivers/remote/remote.h"
#include "rpc/sasl.h"
#include "rpc/tls.h"

enum {
    AUTH_NONE,
    AUTH_SASL,
    AUTH_POLKIT,
};

/* --- TLS --- */

static char *
pki_file(const char *folder, const char *in_folder, const char *own, const char *system)
{
    if (folder)
        return g_build_filename(folder, in_folder, NULL);
    if (geteuid() != 0) {
        g_autofree char *path = g_build_filename(g_get_home_dir(), ".pki", own, NULL);
        if (access(path, R_OK) == 0)
            return g_steal_pointer(&path);
    }
    return g_strdup(system);
}

static gboolean
is_set(const VrUri *uri, const char *param)
{
    const char *value = vr_uri_param(uri, param);
    return value && atoi(value) != 0;
}

static int
wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    while (poll(&p, 1, -1) < 0) {
        if (errno != EINTR)
            return vr_error_system(VIR_FROM_RPC, errno, "Unable to wait for the connection");
    }
    return 0;
}

static int
shake_hands(const VrTlsModule *tls, VrLayer *layer, int fd)
{
    for (;;) {
        int state = tls->handshake(layer);
        if (state < 0 || state == VR_TLS_DONE)
            return state;
        if (wait_for(fd, state == VR_TLS_WAIT_READ ? POLLIN : POLLOUT) < 0)
            return -1;
    }
}

/* The server says with one byte that it accepts our certificate. */
static int
await_welcome(VrSocket *socket)
{
    char byte = 0;
    for (;;) {
        gssize n = vr_socket_read(socket, &byte, 1);
        if (n == 1 && byte == 1)
            return 0;
        if (n >= 0)
            return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "server verification (of our certificate or IP address) failed");
        if (errno != EAGAIN && errno != EINTR)
            return vr_error_system(VIR_FROM_RPC, errno, "Unable to read TLS confirmation");
        if (wait_for(socket->fd, POLLIN) < 0)
            return -1;
    }
}

int
remote_start_tls(VrSocket *socket, const VrUri *uri, int *ret_bits)
{
    const VrTlsModule *tls = vr_tls_module();
    if (!tls)
        return -1;
    const char *folder = vr_uri_param(uri, "pkipath");
    g_autofree char *ca = pki_file(folder, "cacert.pem", "libvirt/cacert.pem", "/etc/pki/CA/cacert.pem");
    g_autofree char *crl = pki_file(folder, "cacrl.pem", "libvirt/cacrl.pem", "/etc/pki/CA/cacrl.pem");
    g_autofree char *cert = pki_file(folder, "clientcert.pem", "libvirt/clientcert.pem", "/etc/pki/libvirt/clientcert.pem");
    g_autofree char *key = pki_file(folder, "clientkey.pem", "libvirt/clientkey.pem", "/etc/pki/libvirt/private/clientkey.pem");
    const VrTlsFiles files = {
        .ca = ca, .crl = crl, .cert = cert, .key = key,
        .priority = vr_uri_param(uri, "tls_priority"), .no_sanity = is_set(uri, "no_sanity"),
    };
    VrTlsContext *context = tls->context_new(&files);
    if (!context)
        return -1;
    const char *host = uri->host ? uri->host : "localhost";
    fcntl(socket->fd, F_SETFL, fcntl(socket->fd, F_GETFL) | O_NONBLOCK);
    VrLayer *layer = tls->session_new(context, socket, host);
    tls->context_unref(context);
    if (!layer)
        return -1;
    if (shake_hands(tls, layer, socket->fd) < 0 || (!is_set(uri, "no_verify") && tls->verify(layer, host, NULL, NULL) < 0)) {
        layer->free(layer);
        return -1;
    }
    vr_socket_push(socket, layer);
    *ret_bits = tls->key_size(layer);
    return await_welcome(socket);
}

/* --- SASL --- */

static void
out_sasl(VrOut *out, const char *data, unsigned int len)
{
    vr_out_u32(out, data == NULL);
    vr_out_chars(out, data ? data : "", data ? len : 0);
}

/* What the daemon answers: complete or not, and data, which may be none. */
static gboolean
in_sasl(VrIn *in, char *buffer, gsize size, const char **ret_data, unsigned int *ret_len)
{
    gboolean complete = vr_in_u32(in) != 0;
    gboolean none = vr_in_u32(in) != 0;
    *ret_len = (unsigned int)vr_in_chars(in, buffer, size);
    *ret_data = none ? NULL : buffer;
    return complete;
}

static int
ask_mechanisms(RemoteClient *client, const VrUri *uri, char **ret)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_AUTH_SASL_INIT) < 0 || remote_call_run(&call) < 0)
        return -1;
    const char *offered = vr_in_string(&call.in);
    const char *wanted = vr_uri_param(uri, "auth");
    if (wanted && g_str_has_prefix(wanted, "sasl.")) {
        g_auto(GStrv) list = g_strsplit_set(offered, ", ", -1);
        if (!g_strv_contains((const char *const *)list, wanted + 5))
            return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "SASL mechanism %s not supported by server", wanted + 5);
        offered = wanted + 5;
    }
    *ret = g_strdup(offered);
    return 0;
}

static int
run_sasl(RemoteClient *client, const VrSaslModule *module, VrSasl *sasl, const VrUri *uri)
{
    g_autofree char *mechanisms = NULL, *buffer = g_malloc(65536 + 1);
    const char *mechanism = NULL, *data = NULL;
    unsigned int len = 0;
    if (ask_mechanisms(client, uri, &mechanisms) < 0)
        return -1;
    VrSaslState state = module->client_start(sasl, mechanisms, &mechanism, &data, &len);
    gboolean done = FALSE;
    for (gboolean first = TRUE; state != VR_SASL_FAILED && !(done && state == VR_SASL_COMPLETE); first = FALSE) {
        g_auto(RemoteCall) call = {0};
        if (remote_client_begin(&call, client, &vr_program_remote,
                                first ? VR_REMOTE_AUTH_SASL_START : VR_REMOTE_AUTH_SASL_STEP) < 0)
            return -1;
        if (first)
            vr_out_string(&call.out, mechanism);
        out_sasl(&call.out, data, len);
        if (remote_call_run(&call) < 0)
            return -1;
        done = in_sasl(&call.in, buffer, 65536 + 1, &data, &len);
        /* A daemon that is content and has nothing to add ends it. */
        if (state == VR_SASL_COMPLETE || (done && !data && state == VR_SASL_COMPLETE))
            continue;
        state = module->step(sasl, data, len, &data, &len);
    }
    return state == VR_SASL_FAILED ? -1 : 0;
}

static int
auth_sasl(RemoteClient *client, const VrUri *uri, virConnectAuthPtr auth, int tls_bits)
{
    VrSocket *socket = remote_client_socket(client);
    const VrSaslModule *module = vr_sasl_module();
    if (!module)
        return -1;
    gboolean safe = socket->local;
    VrSasl *sasl = module->client_new(socket->fd, uri->host ? uri->host : "localhost", tls_bits, safe, uri, auth);
    if (!sasl)
        return -1;
    int bits = 0;
    if (run_sasl(client, module, sasl, uri) < 0 || (bits = module->bits(sasl)) < 0) {
        module->free(sasl);
        return -1;
    }
    if (!safe && !tls_bits && bits < 56) {
        module->free(sasl);
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "negotiation SSF %d was not strong enough", bits);
    }
    if (bits > 0)
        vr_socket_push(socket, module->layer_new(sasl));
    else
        module->free(sasl);
    return 0;
}

static int
auth_polkit(RemoteClient *client)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_AUTH_POLKIT) < 0)
        return -1;
    return remote_call_run(&call);
}

int
remote_authenticate(RemoteClient *client, const VrUri *uri, virConnectAuthPtr auth, int tls_bits)
{
    g_auto(RemoteCall) call = {0};
    if (remote_client_begin(&call, client, &vr_program_remote, VR_REMOTE_AUTH_LIST) < 0)
        return -1;
    if (remote_call_run(&call) < 0) {
        /* A daemon from before authentication does not know the question. */
        if (vr_error_last()->code != VIR_ERR_NO_SUPPORT)
            return -1;
        vr_error_clear();
        return 0;
    }
    guint32 n = vr_in_count(&call.in);
    guint32 offered = n ? vr_in_u32(&call.in) : AUTH_NONE;
    const char *wanted = vr_uri_param(uri, "auth");
    if (wanted) {
        gboolean sasl = strcmp(wanted, "sasl") == 0 || g_str_has_prefix(wanted, "sasl.");
        if (!sasl && strcmp(wanted, "polkit") != 0)
            return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "unknown authentication type %s", wanted);
        if (offered != (sasl ? AUTH_SASL : AUTH_POLKIT))
            return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "requested authentication type %s rejected", wanted);
    }
    switch (offered) {
    case AUTH_NONE:
        return 0;
    case AUTH_SASL:
        return auth_sasl(client, uri, auth, tls_bits);
    case AUTH_POLKIT:
        return auth_polkit(client);
    default:
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_AUTH_FAILED, "unsupported authentication type %u", offered);
    }
}
