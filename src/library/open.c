/* Opening and closing connections: which URI is meant, which driver serves it.
 *
 * Entry points virInitialize, virConnectOpen*, virConnectClose and the few queries that need no driver.
 */
#include <libvirt/libvirt.h>

#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/entry.h"
#include "library/drivers.h"

static gboolean
initialize(void)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        vr_log_setup_from_environment();
        g_once_init_leave(&once, 1);
    }
    return TRUE;
}

int
virInitialize(void)
{
    initialize();
    return 0;
}

int
virGetVersion(unsigned long *libVer, const char *type, unsigned long *typeVer)
{
    initialize();
    vr_api_begin("virGetVersion", VIR_FROM_NONE);
    vr_api_trace("libVer=%p type=%s typeVer=%p", (void *)libVer, vr_api_text(type), (void *)typeVer);
    if (vr_api_null(libVer, "libVer"))
        return vr_api_fail(NULL), -1;
    *libVer = LIBVIR_VERSION_NUMBER;
    if (typeVer)
        *typeVer = LIBVIR_VERSION_NUMBER;
    return 0;
}

static VrConfig *
client_config(void)
{
    if (geteuid() == 0)
        return vr_config_read(VIREO_SYSCONFDIR "/libvirt/libvirt.conf");
    g_autofree char *path = g_build_filename(g_get_user_config_dir(), "libvirt", "libvirt.conf", NULL);
    return vr_config_read(path);
}

/* The URI an alias stands for, NAME itself when it is no alias; NULL on a broken configuration. */
static char *
resolve_alias(const VrConfig *config, const char *name)
{
    const char *const *aliases = NULL;
    if (vr_config_strings(config, "uri_aliases", &aliases) < 0)
        return NULL;
    for (; aliases && *aliases; aliases++) {
        const char *equals = strchr(*aliases, '=');
        size_t len = equals ? (size_t)(equals - *aliases) : 0;
        if (!equals || strspn(*aliases, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") < len)
            return vr_error_null(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX,
                                 "Malformed 'uri_aliases' config entry '%s', expected 'alias=uri://host/path'",
                                 *aliases);
        if (strlen(name) == len && strncmp(name, *aliases, len) == 0)
            return g_strdup(equals + 1);
    }
    return g_strdup(name);
}

/* The URI text to open; NULL with the error set. */
static char *
choose_uri(const char *name, unsigned int flags)
{
    g_autoptr(VrConfig) config = NULL;
    if (name && *name) {
        if ((flags & VIR_CONNECT_NO_ALIASES) || strchr(name, ':'))
            return g_strdup(name);
        config = client_config();
        return config ? resolve_alias(config, name) : NULL;
    }
    const char *fallback = g_getenv("LIBVIRT_DEFAULT_URI");
    if (fallback && *fallback)
        return g_strdup(fallback);
    config = client_config();
    if (!config || vr_config_string(config, "uri_default", &fallback) < 0)
        return NULL;
    if (fallback && *fallback)
        return g_strdup(fallback);
    return vr_driver_probe_uri();
}

/* The host's other drivers join a hypervisor's connection. */
static int
add_companions(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri)
{
    const VrDriver *of[VR_HOST_PARTS];
    for (int part = 0; part < VR_HOST_PARTS; part++) {
        of[part] = vr_driver_companion(part, uri);
        if (!of[part])
            continue;
        if (of[part]->open(conn, auth, uri, conn->flags) < 0)
            return -1;
        conn->extra->companions[part] = of[part];
    }
    conn->network = of[VR_HOST_NETWORK] ? of[VR_HOST_NETWORK]->network : NULL;
    conn->storage = of[VR_HOST_STORAGE] ? of[VR_HOST_STORAGE]->storage : NULL;
    conn->interface = of[VR_HOST_INTERFACE] ? of[VR_HOST_INTERFACE]->interface : NULL;
    conn->nodedev = of[VR_HOST_NODEDEV] ? of[VR_HOST_NODEDEV]->nodedev : NULL;
    conn->secret = of[VR_HOST_SECRET] ? of[VR_HOST_SECRET]->secret : NULL;
    conn->nwfilter = of[VR_HOST_NWFILTER] ? of[VR_HOST_NWFILTER]->nwfilter : NULL;
    return 0;
}

static int
use_driver(virConnectPtr conn, const VrDriver *driver, virConnectAuthPtr auth, const VrUri *uri)
{
    if (driver->open(conn, auth, uri, conn->flags) < 0)
        return -1;
    conn->extra->driver = driver;
    conn->hypervisor = driver->hypervisor;
    conn->network = driver->network;
    conn->storage = driver->storage;
    conn->interface = driver->interface;
    conn->nodedev = driver->nodedev;
    conn->secret = driver->secret;
    conn->nwfilter = driver->nwfilter;
    return driver->companions ? add_companions(conn, auth, uri) : 0;
}

static virConnectPtr
open_connection(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    g_autofree char *text = choose_uri(name, flags);
    if (!text)
        return NULL;
    g_autoptr(VrUri) uri = vr_uri_parse(text);
    if (!uri)
        return NULL;
    const VrDriver *driver = vr_driver_find(uri);
    if (!driver)
        return NULL;
    g_autoptr(virConnect) conn = vr_connect_new(flags);
    conn->uri = g_strdup(uri->text);
    if (use_driver(conn, driver, auth, uri) < 0)
        return NULL;
    return g_steal_pointer(&conn);
}

static virConnectPtr
open_entry(const char *function, const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    initialize();
    vr_api_begin(function, VIR_FROM_NONE);
    vr_api_trace("name=%s auth=%p flags=0x%x", vr_api_text(name), (void *)auth, flags);
    virConnectPtr conn = NULL;
    if (!vr_api_unknown_flags(flags, VIR_CONNECT_RO | VIR_CONNECT_NO_ALIASES))
        conn = open_connection(name, auth, flags);
    if (!conn)
        vr_api_fail(NULL);
    return conn;
}

virConnectPtr
virConnectOpen(const char *name)
{
    return open_entry("virConnectOpen", name, NULL, 0);
}

virConnectPtr
virConnectOpenReadOnly(const char *name)
{
    return open_entry("virConnectOpenReadOnly", name, NULL, VIR_CONNECT_RO);
}

virConnectPtr
virConnectOpenAuth(const char *name, virConnectAuthPtr auth, unsigned int flags)
{
    return open_entry("virConnectOpenAuth", name, auth, flags);
}

int
virConnectClose(virConnectPtr conn)
{
    vr_api_begin("virConnectClose", VIR_FROM_DOMAIN);
    vr_api_trace("conn=%p", (void *)conn);
    if (vr_api_not_a(conn, VR_CONNECT))
        return vr_api_fail(NULL), -1;
    int left = g_atomic_int_get(&conn->handle.refs) - 1;
    vr_object_unref(conn);
    return left > 0;
}

char *
virConnectGetURI(virConnectPtr conn)
{
    vr_api_begin("virConnectGetURI", VIR_FROM_DOMAIN);
    vr_api_trace("conn=%p", (void *)conn);
    if (vr_api_not_a(conn, VR_CONNECT))
        return vr_api_fail(NULL), NULL;
    return g_strdup(conn->uri);
}

int
virConnectGetLibVersion(virConnectPtr conn, unsigned long *libVer)
{
    vr_api_begin("virConnectGetLibVersion", VIR_FROM_DOMAIN);
    vr_api_trace("conn=%p libVer=%p", (void *)conn, (void *)libVer);
    if (vr_api_not_a(conn, VR_CONNECT))
        return vr_api_fail(NULL), -1;
    if (vr_api_null(libVer, "libVer"))
        return vr_api_fail(conn), -1;
    /* Only a driver that talks to another machine knows another version. */
    if (conn->hypervisor && conn->hypervisor->connectGetLibVersion) {
        int ret = conn->hypervisor->connectGetLibVersion(conn, libVer);
        if (ret == -1)
            vr_api_fail(conn);
        return ret;
    }
    *libVer = LIBVIR_VERSION_NUMBER;
    return 0;
}
