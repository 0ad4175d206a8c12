/* SASL for either side, in a module of its own: libsasl2 is mapped by the first connection that needs it. */
#pragma once

#include <libvirt/libvirt.h>

#include "base/uri.h"
#include "rpc/socket.h"

typedef struct VrSasl VrSasl;

typedef enum {
    VR_SASL_FAILED = -1, /* with the error set */
    VR_SASL_COMPLETE,
    VR_SASL_CONTINUE,
} VrSaslState;

typedef struct {
    VrSasl *(*server_new)(int fd, int tls_bits, int min_bits);
    VrSasl *(*client_new)(int fd, const char *host, int tls_bits, gboolean local, const VrUri *uri, virConnectAuthPtr auth);
    void (*free)(VrSasl *sasl);
    /* Servers: what may be chosen.  Caller frees. */
    char *(*mechanisms)(VrSasl *sasl);
    /* What comes out is the session's until the next step; NULL is not empty. */
    VrSaslState (*server_start)(VrSasl *sasl, const char *mechanism, const char *in, unsigned int in_len, const char **ret_out,
                                unsigned int *ret_len);
    VrSaslState (*client_start)(VrSasl *sasl, const char *mechanisms, const char **ret_mechanism, const char **ret_out,
                                unsigned int *ret_len);
    VrSaslState (*step)(VrSasl *sasl, const char *in, unsigned int in_len, const char **ret_out, unsigned int *ret_len);
    /* After completion: who it is, and the bits of protection that were agreed. */
    const char *(*identity)(VrSasl *sasl);
    int (*bits)(VrSasl *sasl);
    /* A layer that wraps all that follows; it takes the session over. */
    VrLayer *(*layer_new)(VrSasl *sasl);
} VrSaslModule;

/* NULL with the error set when it cannot be had. */
const VrSaslModule *vr_sasl_module(void);
#define VR_SASL_MODULE_SYMBOL "vr_sasl_module_table"
