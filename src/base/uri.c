/* Parsing connection URIs by GLib's RFC 3986 parser, split the way drivers want them: see uri.h. */
#include "base/uri.h"

#include <string.h>

#include "base/error.h"

void
vr_uri_free(VrUri *uri)
{
    if (!uri)
        return;
    g_free(uri->text);
    g_free(uri->scheme);
    g_free(uri->transport);
    g_free(uri->user);
    g_free(uri->host);
    g_free(uri->path);
    g_clear_pointer(&uri->params, g_hash_table_unref);
    g_free(uri);
}

const char *
vr_uri_param(const VrUri *uri, const char *name)
{
    return g_hash_table_lookup(uri->params, name);
}

static GHashTable *
parse_query(const char *query)
{
    GHashTable *params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) pairs = g_strsplit_set(query ? query : "", "&;", -1);
    for (char **p = pairs; *p; p++) {
        if (!**p)
            continue;
        char *equals = strchr(*p, '=');
        g_autofree char *name = g_uri_unescape_segment(*p, equals ? equals : NULL, NULL);
        char *value = g_uri_unescape_string(equals ? equals + 1 : "", NULL);
        if (name && value)
            g_hash_table_insert(params, g_steal_pointer(&name), value);
        else
            g_free(value);
    }
    return params;
}

VrUri *
vr_uri_parse(const char *text)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(GUri) parsed = g_uri_parse(text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_QUERY, &problem);
    if (!parsed)
        return vr_error_null(VIR_FROM_URI, VIR_ERR_INTERNAL_ERROR, "Unable to parse URI %s", text);
    g_autoptr(VrUri) uri = g_new0(VrUri, 1);
    uri->text = g_strdup(text);
    const char *scheme = g_uri_get_scheme(parsed);
    const char *plus = strchr(scheme, '+');
    uri->scheme = plus ? g_strndup(scheme, (gsize)(plus - scheme)) : g_strdup(scheme);
    uri->transport = plus ? g_strdup(plus + 1) : NULL;
    uri->user = g_strdup(g_uri_get_user(parsed));
    const char *host = g_uri_get_host(parsed);
    uri->host = host && *host ? g_strdup(host) : NULL;
    uri->port = MAX(g_uri_get_port(parsed), 0);
    uri->path = g_strdup(g_uri_get_path(parsed));
    uri->params = parse_query(g_uri_get_query(parsed));
    return g_steal_pointer(&uri);
}
