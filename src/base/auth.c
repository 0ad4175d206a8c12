/* auth.conf look-ups and the callback: see auth.h.
 *
 * The file maps [auth-SERVICE-HOST] to a credentials name and [credentials-NAME] to the values; the first file found
 * counts: the URI's authfile, LIBVIRT_AUTH_FILE, the user's, the system's.
 */
#include "base/auth.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

static char *
auth_file(const VrUri *uri)
{
    const char *named = vr_uri_param(uri, "authfile");
    if (!named)
        named = g_getenv("LIBVIRT_AUTH_FILE");
    if (named && *named)
        return g_strdup(named);
    g_autofree char *own = g_build_filename(g_get_user_config_dir(), "libvirt", "auth.conf", NULL);
    if (access(own, R_OK) == 0)
        return g_steal_pointer(&own);
    if (access(VIREO_SYSCONFDIR "/libvirt/auth.conf", R_OK) == 0)
        return g_strdup(VIREO_SYSCONFDIR "/libvirt/auth.conf");
    return NULL;
}

/* 0 with *ret set or left NULL when there is no such credential, -1 with the error set. */
static int
from_file(const VrUri *uri, const char *service, const char *host, const char *field, char **ret)
{
    g_autofree char *path = auth_file(uri);
    if (!path)
        return 0;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) problem = NULL;
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &problem))
        return vr_error(VIR_FROM_AUTH, VIR_ERR_CONF_SYNTAX, "%s: %s", path, problem->message);
    g_autofree char *group = g_strdup_printf("auth-%s-%s", service, host);
    g_autofree char *fallback = g_strdup_printf("auth-%s-default", service);
    g_autofree char *name = g_key_file_get_string(file, group, "credentials", NULL);
    if (!name)
        name = g_key_file_get_string(file, fallback, "credentials", NULL);
    if (!name)
        return 0;
    g_autofree char *credentials = g_strdup_printf("credentials-%s", name);
    if (!g_key_file_has_group(file, credentials))
        return vr_error(VIR_FROM_AUTH, VIR_ERR_CONF_SYNTAX, "Missing group '%s' referenced from group '%s' in '%s'",
                        credentials, group, path);
    char *value = g_key_file_get_string(file, credentials, field, NULL);
    if (value)
        *ret = value;
    return 0;
}

static gboolean
offers(virConnectAuthPtr auth, int type)
{
    for (unsigned int i = 0; i < auth->ncredtype; i++) {
        if (auth->credtype[i] == type)
            return TRUE;
    }
    return FALSE;
}

static char *
from_callback(virConnectAuthPtr auth, const int *types, size_t n_types, const char *prompt, const char *host,
              const char *what, const char *wanted)
{
    if (!auth)
        return vr_error_null(VIR_FROM_AUTH, VIR_ERR_INVALID_ARG, "Missing authentication credentials");
    for (size_t i = 0; i < n_types; i++) {
        if (!offers(auth, types[i]))
            continue;
        virConnectCredential cred = {.type = types[i], .prompt = prompt, .challenge = host};
        if (!auth->cb)
            return vr_error_null(VIR_FROM_AUTH, VIR_ERR_INVALID_ARG, "Missing authentication callback");
        if (auth->cb(&cred, 1, auth->cbdata) < 0)
            return vr_error_null(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "%s request failed", what);
        return cred.result ? cred.result : g_strdup("");
    }
    return vr_error_null(VIR_FROM_AUTH, VIR_ERR_AUTH_FAILED, "Missing %s credential type", wanted);
}

char *
vr_auth_user_name(const VrUri *uri, virConnectAuthPtr auth, const char *service, const char *host)
{
    static const int types[] = {VIR_CRED_AUTHNAME};
    char *value = NULL;
    if (from_file(uri, service, host, "username", &value) < 0 || value)
        return value;
    g_autofree char *prompt = g_strdup_printf("Enter username for %s", host);
    return from_callback(auth, types, G_N_ELEMENTS(types), prompt, host, "Username", "VIR_CRED_AUTHNAME");
}

char *
vr_auth_password(const VrUri *uri, virConnectAuthPtr auth, const char *service, const char *user, const char *host)
{
    static const int types[] = {VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT};
    char *value = NULL;
    if (from_file(uri, service, host, "password", &value) < 0 || value)
        return value;
    g_autofree char *prompt = g_strdup_printf("Enter %s's password for %s", user, host);
    return from_callback(auth, types, G_N_ELEMENTS(types), prompt, host, "Password",
                         "VIR_CRED_PASSPHRASE or VIR_CRED_NOECHOPROMPT");
}
