/* See sasl.h: the module, over libsasl2. */
#include "rpc/sasl.h"

#include <errno.h>
#include <netdb.h>
#include <sasl/sasl.h>
#include <sys/socket.h>

#include <libvirt/virterror.h>

#include "base/auth.h"
#include "base/error.h"
#include "base/log.h"

#define MAX_WRAPPED 65536

struct VrSasl {
    sasl_conn_t *conn;
    gboolean server;
    sasl_callback_t callbacks[5];
    const VrUri *uri;
    virConnectAuthPtr auth;
    char *host, *user, *password;
    sasl_secret_t *secret;
    sasl_interact_t *interact;
};

typedef struct {
    VrLayer layer;
    VrMutex lock;            /* one thread may read while another writes; libsasl knows one at a time */
    VrSasl *sasl;
    GByteArray *in;          /* decoded, not yet read */
    gsize in_at;
    const char *out;         /* encoded, not yet written: libsasl's buffer */
    unsigned int out_len, out_at;
    gsize out_plain;         /* what of the caller's that is */
} SaslLayer;

static int
sasl_failure(VrSasl *sasl, int code, const char *what)
{
    return vr_error(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "%s: %d (%s)", what, code,
                    sasl->conn ? sasl_errdetail(sasl->conn) : sasl_errstring(code, NULL, NULL));
}

static void
sasl_free(VrSasl *sasl)
{
    if (!sasl)
        return;
    if (sasl->conn)
        sasl_dispose(&sasl->conn);
    g_free(sasl->host);
    g_free(sasl->user);
    if (sasl->password)
        explicit_bzero(sasl->password, strlen(sasl->password));
    g_free(sasl->password);
    g_free(sasl->secret);
    g_free(sasl);
}

/* "address;port", as libsasl wants it; NULL for what has none. */
static char *
endpoint(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (get(fd, (struct sockaddr *)&address, &len) < 0 || address.ss_family == AF_UNIX ||
        getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    return g_strdup_printf("%s;%s", host, port);
}

static int
set_security(VrSasl *sasl, int tls_bits, int min_bits)
{
    sasl_ssf_t external = (sasl_ssf_t)tls_bits;
    int code;
    if (tls_bits && (code = sasl_setprop(sasl->conn, SASL_SSF_EXTERNAL, &external)) != SASL_OK)
        return sasl_failure(sasl, code, "cannot set external SSF");
    sasl_security_properties_t properties = {
        .min_ssf = (sasl_ssf_t)(tls_bits ? 0 : min_bits),
        .max_ssf = tls_bits || !min_bits ? 0 : 100000,
        .maxbufsize = MAX_WRAPPED,
        .security_flags = min_bits || tls_bits ? SASL_SEC_NOANONYMOUS | (tls_bits ? 0 : SASL_SEC_NOPLAINTEXT) : 0,
    };
    if ((code = sasl_setprop(sasl->conn, SASL_SEC_PROPS, &properties)) != SASL_OK)
        return sasl_failure(sasl, code, "cannot set security props");
    return 0;
}

static VrSasl *
server_new(int fd, int tls_bits, int min_bits)
{
    static gsize once;
    if (g_once_init_enter(&once))
        g_once_init_leave(&once, sasl_server_init(NULL, "libvirt") == SASL_OK ? 1 : 2);
    if (once != 1)
        return vr_error_null(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "failed to initialize the SASL library");
    VrSasl *sasl = g_new0(VrSasl, 1);
    sasl->server = TRUE;
    g_autofree char *local = endpoint(fd, getsockname), *remote = endpoint(fd, getpeername);
    int code = sasl_server_new("libvirt", NULL, NULL, local, remote, NULL, SASL_SUCCESS_DATA, &sasl->conn);
    if (code != SASL_OK)
        sasl_failure(sasl, code, "Failed to create SASL server context");
    if (code != SASL_OK || set_security(sasl, tls_bits, min_bits) < 0) {
        sasl_free(sasl);
        return NULL;
    }
    return sasl;
}

static int
get_name(void *context, int id, const char **result, unsigned int *len)
{
    VrSasl *sasl = context;
    if (!sasl->user)
        sasl->user = vr_auth_user_name(sasl->uri, sasl->auth, "libvirt", sasl->host);
    if (!sasl->user)
        return SASL_FAIL;
    *result = id == SASL_CB_USER ? "" : sasl->user;
    if (len)
        *len = (unsigned int)strlen(*result);
    return SASL_OK;
}

static int
get_secret(sasl_conn_t *conn, void *context, int id, sasl_secret_t **result)
{
    VrSasl *sasl = context;
    if (!sasl->password)
        sasl->password = vr_auth_password(sasl->uri, sasl->auth, "libvirt", sasl->user ? sasl->user : "", sasl->host);
    if (!sasl->password)
        return SASL_FAIL;
    gsize len = strlen(sasl->password);
    g_free(sasl->secret);
    sasl->secret = g_malloc0(sizeof(sasl_secret_t) + len);
    sasl->secret->len = len;
    memcpy(sasl->secret->data, sasl->password, len);
    *result = sasl->secret;
    return SASL_OK;
}

static VrSasl *
client_new(int fd, const char *host, int tls_bits, gboolean is_local, const VrUri *uri, virConnectAuthPtr auth)
{
    static gsize once;
    if (g_once_init_enter(&once))
        g_once_init_leave(&once, sasl_client_init(NULL) == SASL_OK ? 1 : 2);
    if (once != 1)
        return vr_error_null(VIR_FROM_RPC, VIR_ERR_AUTH_FAILED, "failed to initialize the SASL library");
    VrSasl *sasl = g_new0(VrSasl, 1);
    sasl->uri = uri;
    sasl->auth = auth;
    sasl->host = g_strdup(host);
    sasl->callbacks[0] = (sasl_callback_t){SASL_CB_AUTHNAME, (int (*)(void))get_name, sasl};
    sasl->callbacks[1] = (sasl_callback_t){SASL_CB_USER, (int (*)(void))get_name, sasl};
    sasl->callbacks[2] = (sasl_callback_t){SASL_CB_PASS, (int (*)(void))get_secret, sasl};
    sasl->callbacks[3] = (sasl_callback_t){SASL_CB_LIST_END, NULL, NULL};
    g_autofree char *local = endpoint(fd, getsockname), *remote = endpoint(fd, getpeername);
    int code = sasl_client_new("libvirt", host, local, remote, sasl->callbacks, SASL_SUCCESS_DATA, &sasl->conn);
    if (code != SASL_OK)
        sasl_failure(sasl, code, "Failed to create SASL client context");
    if (code != SASL_OK || set_security(sasl, tls_bits, is_local ? 0 : 56) < 0) {
        sasl_free(sasl);
        return NULL;
    }
    return sasl;
}

static char *
mechanisms(VrSasl *sasl)
{
    const char *list = NULL;
    int code = sasl_listmech(sasl->conn, NULL, "", ",", "", &list, NULL, NULL);
    if (code != SASL_OK)
        return sasl_failure(sasl, code, "cannot list SASL mechanisms"), NULL;
    return g_strdup(list);
}

static VrSaslState
state(VrSasl *sasl, int code, const char *what)
{
    switch (code) {
    case SASL_OK:
        return VR_SASL_COMPLETE;
    case SASL_CONTINUE:
        return VR_SASL_CONTINUE;
    default:
        if (vr_error_is_set() && (code == SASL_FAIL || code == SASL_INTERACT))
            return VR_SASL_FAILED; /* the callback has said why */
        sasl_failure(sasl, code, what);
        return VR_SASL_FAILED;
    }
}

static VrSaslState
server_start(VrSasl *sasl, const char *mechanism, const char *in, unsigned int in_len, const char **ret_out,
             unsigned int *ret_len)
{
    return state(sasl, sasl_server_start(sasl->conn, mechanism, in, in_len, ret_out, ret_len), "Failed to start SASL negotiation");
}

static VrSaslState
client_start(VrSasl *sasl, const char *list, const char **ret_mechanism, const char **ret_out, unsigned int *ret_len)
{
    vr_error_clear();
    int code = sasl_client_start(sasl->conn, list, &sasl->interact, ret_out, ret_len, ret_mechanism);
    return state(sasl, code, "Failed to start SASL negotiation");
}

static VrSaslState
step(VrSasl *sasl, const char *in, unsigned int in_len, const char **ret_out, unsigned int *ret_len)
{
    int code = sasl->server ? sasl_server_step(sasl->conn, in, in_len, ret_out, ret_len)
                            : sasl_client_step(sasl->conn, in, in_len, &sasl->interact, ret_out, ret_len);
    return state(sasl, code, "Failed to step SASL negotiation");
}

static const char *
identity(VrSasl *sasl)
{
    const void *name = NULL;
    int code = sasl_getprop(sasl->conn, SASL_USERNAME, &name);
    if (code != SASL_OK || !name)
        return sasl_failure(sasl, code, "cannot query SASL username on connection"), NULL;
    return name;
}

static int
bits(VrSasl *sasl)
{
    const void *ssf = NULL;
    int code = sasl_getprop(sasl->conn, SASL_SSF, &ssf);
    if (code != SASL_OK || !ssf)
        return sasl_failure(sasl, code, "cannot query SASL ssf on connection");
    return *(const int *)ssf;
}

/* --- the layer --- */

static gssize
below_read(VrLayer *layer, void *data, gsize len)
{
    return layer->below ? layer->below->read(layer->below, data, len) : recv(layer->fd, data, len, MSG_DONTWAIT);
}

static gssize
below_write(VrLayer *layer, const void *data, gsize len)
{
    return layer->below ? layer->below->write(layer->below, data, len) : send(layer->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static gssize
layer_read(VrLayer *layer, void *data, gsize len)
{
    SaslLayer *l = (SaslLayer *)layer;
    while (l->in_at == l->in->len) {
        char wrapped[8192];
        gssize n = below_read(layer, wrapped, sizeof(wrapped));
        if (n <= 0)
            return n;
        const char *plain = NULL;
        unsigned int plain_len = 0;
        VR_SCOPED_LOCK(&l->lock);
        if (sasl_decode(l->sasl->conn, wrapped, (unsigned int)n, &plain, &plain_len) != SASL_OK)
            return errno = EIO, -1;
        g_byte_array_set_size(l->in, 0);
        l->in_at = 0;
        g_byte_array_append(l->in, (const guint8 *)plain, plain_len);
    }
    gsize n = MIN(len, l->in->len - l->in_at);
    memcpy(data, l->in->data + l->in_at, n);
    l->in_at += n;
    return (gssize)n;
}

/* What is encoded must go out whole before the caller hears that it has been written: like this one may retry. */
static gssize
layer_write(VrLayer *layer, const void *data, gsize len)
{
    SaslLayer *l = (SaslLayer *)layer;
    if (!l->out) {
        gsize n = MIN(len, MAX_WRAPPED / 4);
        VR_SCOPED_LOCK(&l->lock);
        if (sasl_encode(l->sasl->conn, data, (unsigned int)n, &l->out, &l->out_len) != SASL_OK)
            return errno = EIO, -1;
        l->out_at = 0;
        l->out_plain = n;
    }
    while (l->out_at < l->out_len) {
        gssize n = below_write(layer, l->out + l->out_at, l->out_len - l->out_at);
        if (n < 0)
            return -1;
        l->out_at += (unsigned int)n;
    }
    l->out = NULL;
    return (gssize)l->out_plain;
}

static gsize
layer_pending(VrLayer *layer)
{
    SaslLayer *l = (SaslLayer *)layer;
    return l->in->len - l->in_at;
}

static void
layer_free(VrLayer *layer)
{
    SaslLayer *l = (SaslLayer *)layer;
    g_byte_array_unref(l->in);
    vr_mutex_clear(&l->lock);
    sasl_free(l->sasl);
    g_free(l);
}

static VrLayer *
layer_new(VrSasl *sasl)
{
    SaslLayer *l = g_new0(SaslLayer, 1);
    l->layer = (VrLayer){.read = layer_read, .write = layer_write, .pending = layer_pending, .free = layer_free};
    vr_mutex_init(&l->lock);
    l->sasl = sasl;
    l->in = g_byte_array_new();
    return &l->layer;
}

__attribute__((visibility("default"))) const VrSaslModule vr_sasl_module_table = {
    server_new, client_new, sasl_free, mechanisms, server_start, client_start, step, identity, bits, layer_new,
};
