/* TLS for either side, in a module of its own: GnuTLS is mapped by the first connection that needs it.
 *
 * Any thread for contexts; a session is its socket's.
 */
#pragma once

#include "rpc/socket.h"

typedef struct VrTlsContext VrTlsContext;

typedef struct {
    gboolean server;
    const char *ca, *crl, *cert, *key; /* files; a CRL may be absent, and a client's certificate and key */
    const char *priority;              /* NULL: the system's for @LIBVIRT */
    gboolean no_sanity;                /* do not look at our own certificates first */
} VrTlsFiles;

typedef struct {
    /* NULL with the error set. */
    VrTlsContext *(*context_new)(const VrTlsFiles *files);
    void (*context_unref)(VrTlsContext *context);
    /* A session over SOCKET's descriptor; not pushed. */
    VrLayer *(*session_new)(VrTlsContext *context, VrSocket *socket, const char *host);
    /* Go on with the handshake: 0 when it is done, EPOLLIN or EPOLLOUT-like VR_TLS_... to wait for, -1 with the error set. */
    int (*handshake)(VrLayer *layer);
    /* The peer's certificate against the CA and, for clients, HOST; *ret_dn (may be NULL) is its name.  Servers may have
     * a list of patterns of names that are allowed.  -1 with the error set. */
    int (*verify)(VrLayer *layer, const char *host, const char *const *allowed, char **ret_dn);
    /* Bits of the cipher's key. */
    int (*key_size)(VrLayer *layer);
} VrTlsModule;

enum {
    VR_TLS_DONE,
    VR_TLS_WAIT_READ,
    VR_TLS_WAIT_WRITE,
};

/* SYMBOL of a module that lies beside this library; NULL with the error set. */
const void *vr_rpc_module(const char *file, const char *symbol);

/* NULL with the error set when it cannot be had. */
const VrTlsModule *vr_tls_module(void);
#define VR_TLS_MODULE_SYMBOL "vr_tls_module_table"
