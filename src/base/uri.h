/* Connection URIs: scheme[+transport]://[user@]host[:port]/path[?name=value&...]. */
#pragma once

#include <glib.h>

typedef struct {
    char *text;      /* as given */
    char *scheme;    /* "qemu" */
    char *transport; /* "ssh", or NULL */
    char *user;
    char *host;      /* NULL when empty */
    int port;        /* 0 when absent */
    char *path;      /* "" when absent */
    GHashTable *params;
} VrUri;

/* NULL with VIR_ERR_INVALID_ARG when TEXT is no URI. */
VrUri *vr_uri_parse(const char *text);
void vr_uri_free(VrUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrUri, vr_uri_free)

/* The value of a parameter, or NULL. */
const char *vr_uri_param(const VrUri *uri, const char *name);
