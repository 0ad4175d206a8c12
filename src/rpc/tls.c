/* See tls.h: the module, over GnuTLS. */
#include "rpc/tls.h"

#include <errno.h>
#include <fnmatch.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/log.h"

struct VrTlsContext {
    gint refs;
    gboolean server;
    gnutls_certificate_credentials_t credentials;
    char *priority;
};

typedef struct {
    VrLayer layer;
    VrTlsContext *context;
    gnutls_session_t session;
    gboolean done;
} TlsSession;

static int
tls_error(int code, const char *what)
{
    return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "%s: %s", what, gnutls_strerror(code));
}

static void
context_unref(VrTlsContext *context)
{
    if (!context || !g_atomic_int_dec_and_test(&context->refs))
        return;
    if (context->credentials)
        gnutls_certificate_free_credentials(context->credentials);
    g_free(context->priority);
    g_free(context);
}

static int
check_readable(const char *path, const char *what)
{
    if (access(path, R_OK) == 0)
        return 0;
    return vr_error_system(VIR_FROM_RPC, errno, "Cannot read %s '%s'", what, path);
}

/* A certificate that is no longer or not yet good would fail later, at the other side, with less to say. */
static int
check_times(const char *path, const char *what)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &text, &len, NULL))
        return check_readable(path, what);
    gnutls_datum_t data = {(unsigned char *)text, (unsigned int)len};
    gnutls_x509_crt_t cert;
    if (gnutls_x509_crt_init(&cert) < 0)
        return 0;
    int ret = 0;
    int code = gnutls_x509_crt_import(cert, &data, GNUTLS_X509_FMT_PEM);
    time_t now = time(NULL);
    if (code < 0)
        ret = vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "Unable to import %s %s: %s", what, path, gnutls_strerror(code));
    else if (gnutls_x509_crt_get_expiration_time(cert) < now)
        ret = vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "The %s %s has expired", what, path);
    else if (gnutls_x509_crt_get_activation_time(cert) > now)
        ret = vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "The %s %s is not yet active", what, path);
    gnutls_x509_crt_deinit(cert);
    return ret;
}

static int
load_files(VrTlsContext *context, const VrTlsFiles *files)
{
    int code;
    if (check_readable(files->ca, "CA certificate") < 0)
        return -1;
    if (!files->no_sanity && check_times(files->ca, "CA certificate") < 0)
        return -1;
    if ((code = gnutls_certificate_set_x509_trust_file(context->credentials, files->ca, GNUTLS_X509_FMT_PEM)) < 0)
        return tls_error(code, "Unable to set x509 CA certificate");
    if (files->crl && access(files->crl, R_OK) == 0 &&
        (code = gnutls_certificate_set_x509_crl_file(context->credentials, files->crl, GNUTLS_X509_FMT_PEM)) < 0)
        return tls_error(code, "Unable to set x509 certificate revocation list");
    const char *what = files->server ? "server certificate" : "client certificate";
    if (!files->server && (access(files->cert, R_OK) < 0 || access(files->key, R_OK) < 0))
        return 0; /* the server may not ask for one */
    if (check_readable(files->cert, what) < 0 || check_readable(files->key, files->server ? "server key" : "client key") < 0)
        return -1;
    if (!files->no_sanity && check_times(files->cert, what) < 0)
        return -1;
    code = gnutls_certificate_set_x509_key_file(context->credentials, files->cert, files->key, GNUTLS_X509_FMT_PEM);
    return code < 0 ? tls_error(code, "Unable to set x509 key and certificate") : 0;
}

static VrTlsContext *
context_new(const VrTlsFiles *files)
{
    VrTlsContext *context = g_new0(VrTlsContext, 1);
    context->refs = 1;
    context->server = files->server;
    context->priority = g_strdup(files->priority ? files->priority : "NORMAL");
    int code = gnutls_certificate_allocate_credentials(&context->credentials);
    if (code < 0)
        tls_error(code, "Unable to allocate x509 credentials");
    if (code < 0 || load_files(context, files) < 0) {
        context_unref(context);
        return NULL;
    }
    return context;
}

static gssize
result(gssize n)
{
    if (n >= 0)
        return n;
    switch (n) {
    case GNUTLS_E_AGAIN:
        errno = EAGAIN;
        break;
    case GNUTLS_E_INTERRUPTED:
        errno = EINTR;
        break;
    case GNUTLS_E_PREMATURE_TERMINATION:
        return 0;
    default:
        errno = EIO;
    }
    return -1;
}

static gssize
tls_read(VrLayer *layer, void *data, gsize len)
{
    return result(gnutls_record_recv(((TlsSession *)layer)->session, data, len));
}

static gssize
tls_write(VrLayer *layer, const void *data, gsize len)
{
    return result(gnutls_record_send(((TlsSession *)layer)->session, data, len));
}

static gsize
tls_pending(VrLayer *layer)
{
    return gnutls_record_check_pending(((TlsSession *)layer)->session);
}

static void
tls_free(VrLayer *layer)
{
    TlsSession *s = (TlsSession *)layer;
    if (s->done)
        gnutls_bye(s->session, GNUTLS_SHUT_WR);
    gnutls_deinit(s->session);
    context_unref(s->context);
    g_free(s);
}

static VrLayer *
session_new(VrTlsContext *context, VrSocket *sock, const char *host)
{
    TlsSession *s = g_new0(TlsSession, 1);
    const char *mistake = NULL;
    int code = gnutls_init(&s->session, (context->server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK);
    if (code < 0) {
        g_free(s);
        return tls_error(code, "Failed to initialize TLS session"), NULL;
    }
    g_atomic_int_inc(&context->refs);
    s->context = context;
    s->layer = (VrLayer){.read = tls_read, .write = tls_write, .pending = tls_pending, .free = tls_free, .fd = sock->fd};
    if ((code = gnutls_priority_set_direct(s->session, context->priority, &mistake)) < 0 ||
        (code = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, context->credentials)) < 0) {
        tls_free(&s->layer);
        return tls_error(code, "Failed to set the TLS session's priority"), NULL;
    }
    if (context->server)
        gnutls_certificate_server_set_request(s->session, GNUTLS_CERT_REQUEST);
    else if (host)
        gnutls_server_name_set(s->session, GNUTLS_NAME_DNS, host, strlen(host));
    gnutls_transport_set_int(s->session, sock->fd);
    return &s->layer;
}

static int
handshake(VrLayer *layer)
{
    TlsSession *s = (TlsSession *)layer;
    int code = gnutls_handshake(s->session);
    if (code == 0) {
        s->done = TRUE;
        return VR_TLS_DONE;
    }
    if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED || !gnutls_error_is_fatal(code))
        return gnutls_record_get_direction(s->session) ? VR_TLS_WAIT_WRITE : VR_TLS_WAIT_READ;
    return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "TLS handshake failed %s", gnutls_strerror(code));
}

static const char *
why_not_trusted(unsigned int status)
{
    if (status & GNUTLS_CERT_REVOKED)
        return "The certificate has been revoked.";
    if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
        return "The certificate hasn't got a known issuer.";
    if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
        return "The certificate uses an insecure algorithm";
    if (status & GNUTLS_CERT_EXPIRED)
        return "The certificate has expired";
    return "The certificate is not trusted.";
}

static gboolean
is_allowed(const char *dn, const char *const *allowed)
{
    for (; *allowed; allowed++) {
        if (fnmatch(*allowed, dn, 0) == 0)
            return TRUE;
    }
    return FALSE;
}

static int
check_name(gnutls_x509_crt_t cert, const char *host, const char *const *allowed, char **ret_dn)
{
    char dn[1024];
    size_t size = sizeof(dn);
    int code = gnutls_x509_crt_get_dn(cert, dn, &size);
    if (code < 0)
        return tls_error(code, "Failed to get certificate distinguished name");
    if (allowed && !is_allowed(dn, allowed))
        return vr_error(VIR_FROM_RPC, VIR_ERR_SYSTEM_ERROR, "Client's Distinguished Name is not on the list of allowed clients "
                        "(tls_allowed_dn_list). Use 'virt-pki-query-dn clientcert.pem' to view it; this one is '%s'", dn);
    if (host && !gnutls_x509_crt_check_hostname(cert, host))
        return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Certificate %s owner does not match the hostname %s", dn, host);
    if (ret_dn)
        *ret_dn = g_strdup(dn);
    return 0;
}

static int
verify(VrLayer *layer, const char *host, const char *const *allowed, char **ret_dn)
{
    TlsSession *s = (TlsSession *)layer;
    unsigned int status = 0, n = 0;
    int code = gnutls_certificate_verify_peers2(s->session, &status);
    if (code < 0)
        return tls_error(code, "Unable to verify TLS peer");
    if (status)
        return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Certificate failed validation: %s", why_not_trusted(status));
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(s->session, &n);
    if (!chain || n == 0)
        return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "The certificate has no peers");
    gnutls_x509_crt_t cert;
    if ((code = gnutls_x509_crt_init(&cert)) < 0)
        return tls_error(code, "Unable to initialize certificate");
    int ret = (code = gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER)) < 0
                  ? tls_error(code, "Unable to load certificate")
                  : check_name(cert, host, allowed, ret_dn);
    gnutls_x509_crt_deinit(cert);
    return ret;
}

static int
key_size(VrLayer *layer)
{
    return (int)gnutls_cipher_get_key_size(gnutls_cipher_get(((TlsSession *)layer)->session)) * 8;
}

__attribute__((visibility("default"))) const VrTlsModule vr_tls_module_table = {
    context_new, context_unref, session_new, handshake, verify, key_size,
};
