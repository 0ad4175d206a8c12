/* libvirt-admin: connections to a daemon's administration socket.
 *
 * What goes over the wire is the remote module's; here are opening, closing and the queries that need no daemon.
 */
#include <libvirt/libvirt-admin.h>

#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/entry.h"
#include "base/module.h"
#include "base/uri.h"

typedef int (*AdminOpen)(virAdmConnectPtr conn, const VrUri *uri, unsigned int flags);
typedef int (*AdminIsOpen)(virAdmConnectPtr conn);

int
virAdmInitialize(void)
{
    return virInitialize();
}

int
virAdmGetVersion(unsigned long long *libVer)
{
    vr_api_begin("virAdmGetVersion", VIR_FROM_ADMIN);
    if (vr_api_null(libVer, "libVer"))
        return vr_api_fail(NULL), -1;
    *libVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

/* The URI meant: the given one, an alias of it, or the usual daemon.  NULL with the error set. */
static char *
choose_uri(const char *name, unsigned int flags)
{
    g_autofree char *path = geteuid() == 0
                                ? g_strdup(VIREO_SYSCONFDIR "/libvirt/libvirt-admin.conf")
                                : g_build_filename(g_get_user_config_dir(), "libvirt", "libvirt-admin.conf", NULL);
    g_autoptr(VrConfig) config = vr_config_read(path);
    const char *const *aliases = NULL, *fallback = NULL;
    if (!config || vr_config_strings(config, "uri_aliases", &aliases) < 0 ||
        vr_config_string(config, "uri_default", &fallback) < 0)
        return NULL;
    if (!name || !*name)
        name = g_getenv("LIBVIRT_ADMIN_DEFAULT_URI");
    if (!name || !*name)
        name = fallback;
    if (!name || !*name)
        return g_strdup(geteuid() == 0 ? "libvirtd:///system" : "libvirtd:///session");
    for (; !(flags & VIR_CONNECT_NO_ALIASES) && aliases && *aliases; aliases++) {
        const char *equals = strchr(*aliases, '=');
        if (equals && strlen(name) == (size_t)(equals - *aliases) && strncmp(name, *aliases, strlen(name)) == 0)
            return g_strdup(equals + 1);
    }
    return g_strdup(name);
}

static virAdmConnectPtr
open_connection(const char *name, unsigned int flags)
{
    g_autofree char *text = choose_uri(name, flags);
    g_autoptr(VrUri) uri = text ? vr_uri_parse(text) : NULL;
    if (!uri)
        return NULL;
    if (*uri->path && strcmp(uri->path, "/system") != 0 && strcmp(uri->path, "/session") != 0)
        return vr_error_null(VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG,
                             "unexpected daemon URI path '%s': it may be /system or /session", uri->path);
    AdminOpen open = (AdminOpen)(guintptr)vr_module_symbol("remote", VR_ADMIN_MODULE_SYMBOL);
    if (!open)
        return NULL;
    virAdmConnectPtr conn = vr_adm_connect_new();
    conn->uri = g_strdup(uri->text);
    if (open(conn, uri, flags & ~(unsigned int)VIR_CONNECT_NO_ALIASES) == 0)
        return conn;
    vr_object_unref(conn);
    return NULL;
}

virAdmConnectPtr
virAdmConnectOpen(const char *name, unsigned int flags)
{
    virInitialize();
    vr_api_begin("virAdmConnectOpen", VIR_FROM_ADMIN);
    vr_api_trace("name=%s flags=0x%x", vr_api_text(name), flags);
    virAdmConnectPtr conn = vr_api_unknown_flags(flags, VIR_CONNECT_NO_ALIASES) ? NULL : open_connection(name, flags);
    if (!conn)
        vr_api_fail(NULL);
    return conn;
}

/* TRUE after the error when CONN is no connection. */
static gboolean
begin(const char *function, virAdmConnectPtr conn)
{
    vr_api_begin(function, VIR_FROM_ADMIN);
    vr_api_trace("conn=%p", (void *)conn);
    if (!vr_api_not_a(conn, VR_ADM_CONNECT))
        return FALSE;
    vr_api_fail(NULL);
    return TRUE;
}

int
virAdmConnectClose(virAdmConnectPtr conn)
{
    if (begin("virAdmConnectClose", conn))
        return -1;
    int left = g_atomic_int_get(&conn->handle.refs) - 1;
    vr_object_unref(conn);
    return left > 0;
}

int
virAdmConnectIsAlive(virAdmConnectPtr conn)
{
    if (begin("virAdmConnectIsAlive", conn))
        return -1;
    AdminIsOpen is_open = (AdminIsOpen)(guintptr)vr_module_symbol("remote", "vr_admin_is_open");
    return is_open && is_open(conn);
}

char *
virAdmConnectGetURI(virAdmConnectPtr conn)
{
    return begin("virAdmConnectGetURI", conn) ? NULL : g_strdup(conn->uri);
}

int
virAdmConnectRegisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb, void *opaque,
                                   virFreeCallback freecb)
{
    if (begin("virAdmConnectRegisterCloseCallback", conn))
        return -1;
    if (vr_api_null((const void *)(guintptr)cb, "cb"))
        return vr_api_fail(NULL), -1;
    vr_api_unsupported();
    return vr_api_fail(NULL), -1;
}

int
virAdmConnectUnregisterCloseCallback(virAdmConnectPtr conn, virAdmConnectCloseFunc cb)
{
    if (begin("virAdmConnectUnregisterCloseCallback", conn))
        return -1;
    if (vr_api_null((const void *)(guintptr)cb, "cb"))
        return vr_api_fail(NULL), -1;
    vr_api_unsupported();
    return vr_api_fail(NULL), -1;
}
