/* See access.h.  What polkit is told of an object is what the driver knows of it, not what the client says. */
#include "daemon/access.h"

#include "base/connect.h"
#include "base/driver.h"
#include "base/uri.h"
#include "base/uuid.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/polkit.h"

static gboolean ask_polkit;

int
daemon_access_setup(void)
{
    for (const char *const *d = daemon_config.access_drivers; d && *d; d++) {
        if (strcmp(*d, "polkit") == 0)
            ask_polkit = TRUE;
        else if (strcmp(*d, "none") != 0 && **d)
            return vr_error(VIR_FROM_CONF, VIR_ERR_CONFIG_UNSUPPORTED,
                            "there is no access driver '%s': access_drivers may list polkit or none", *d);
    }
    return 0;
}

gboolean
daemon_access_is_on(void)
{
    return ask_polkit;
}

/* Names and values for polkit's rules. */
typedef struct {
    const char *pairs[13];
    guint n;
    char uuid[VIR_UUID_STRING_BUFLEN], port_uuid[VIR_UUID_STRING_BUFLEN];
} Details;

static void
add(Details *details, const char *name, const char *value)
{
    if (!value || details->n + 2 >= G_N_ELEMENTS(details->pairs))
        return;
    details->pairs[details->n++] = name;
    details->pairs[details->n++] = value;
}

static void
add_named(Details *details, const VrObject *object, const char *name, const char *uuid)
{
    add(details, name, object->name);
    vr_uuid_format(object->uuid, details->uuid);
    add(details, uuid, details->uuid);
}

static void
describe_secret(Details *details, virSecretPtr secret)
{
    static const char *const usages[] = {
        [VIR_SECRET_USAGE_TYPE_VOLUME] = "secret_usage_volume", [VIR_SECRET_USAGE_TYPE_CEPH] = "secret_usage_ceph",
        [VIR_SECRET_USAGE_TYPE_ISCSI] = "secret_usage_target",  [VIR_SECRET_USAGE_TYPE_TLS] = "secret_usage_name",
        [VIR_SECRET_USAGE_TYPE_VTPM] = "secret_usage_name",
    };
    vr_uuid_format(secret->object.uuid, details->uuid);
    add(details, "secret_uuid", details->uuid);
    if (secret->usage_type > 0 && (gsize)secret->usage_type < G_N_ELEMENTS(usages))
        add(details, usages[secret->usage_type], secret->usage_id);
}

static void
describe(Details *details, VrKind kind, void *object)
{
    switch (kind) {
    case VR_DOMAIN:
        add_named(details, object, "domain_name", "domain_uuid");
        break;
    case VR_DOMAIN_SNAPSHOT:
        add_named(details, &((virDomainSnapshotPtr)object)->domain->object, "domain_name", "domain_uuid");
        break;
    case VR_DOMAIN_CHECKPOINT:
        add_named(details, &((virDomainCheckpointPtr)object)->domain->object, "domain_name", "domain_uuid");
        break;
    case VR_NETWORK:
        add_named(details, object, "network_name", "network_uuid");
        break;
    case VR_NETWORK_PORT:
        add_named(details, &((virNetworkPortPtr)object)->network->object, "network_name", "network_uuid");
        vr_uuid_format(((VrObject *)object)->uuid, details->port_uuid);
        add(details, "network_port_uuid", details->port_uuid);
        break;
    case VR_STORAGE_POOL:
        add_named(details, object, "pool_name", "pool_uuid");
        break;
    case VR_STORAGE_VOL:
        add(details, "pool_name", ((virStorageVolPtr)object)->pool);
        add(details, "vol_name", VR_OBJECT_NAME(object));
        add(details, "vol_key", ((virStorageVolPtr)object)->key);
        break;
    case VR_INTERFACE:
        add(details, "interface_name", VR_OBJECT_NAME(object));
        add(details, "interface_macaddr", ((virInterfacePtr)object)->mac);
        break;
    case VR_NODE_DEVICE:
        add(details, "node_device_name", VR_OBJECT_NAME(object));
        break;
    case VR_NWFILTER:
        add_named(details, object, "nwfilter_name", "nwfilter_uuid");
        break;
    case VR_NWFILTER_BINDING:
        add(details, "nwfilter_binding_portdev", VR_OBJECT_NAME(object));
        break;
    case VR_SECRET:
        describe_secret(details, object);
        break;
    default:
        break;
    }
}

/* The object as its driver knows it, found by what identifies it; NULL when there is none, which the call itself will say.
 * A client names objects by more than that, and may lie about the rest. */
static void *
genuine(VrKind kind, void *object)
{
    virConnectPtr conn = VR_OBJECT_CONN(object);
    const unsigned char *uuid = ((VrObject *)object)->uuid;
    switch (kind) {
    case VR_DOMAIN:
        return virDomainLookupByUUID(conn, uuid);
    case VR_DOMAIN_SNAPSHOT:
        return virDomainLookupByUUID(conn, ((virDomainSnapshotPtr)object)->domain->object.uuid);
    case VR_DOMAIN_CHECKPOINT:
        return virDomainLookupByUUID(conn, ((virDomainCheckpointPtr)object)->domain->object.uuid);
    case VR_NETWORK:
        return virNetworkLookupByUUID(conn, uuid);
    case VR_NETWORK_PORT:
        return virNetworkLookupByUUID(conn, ((virNetworkPortPtr)object)->network->object.uuid);
    case VR_STORAGE_POOL:
        return virStoragePoolLookupByUUID(conn, uuid);
    case VR_STORAGE_VOL: {
        VR_AUTO virStoragePoolPtr pool = virStoragePoolLookupByName(conn, ((virStorageVolPtr)object)->pool);
        return pool ? virStorageVolLookupByName(pool, VR_OBJECT_NAME(object)) : NULL;
    }
    case VR_INTERFACE:
        return virInterfaceLookupByName(conn, VR_OBJECT_NAME(object));
    case VR_NODE_DEVICE:
        return virNodeDeviceLookupByName(conn, VR_OBJECT_NAME(object));
    case VR_NWFILTER:
        return virNWFilterLookupByUUID(conn, uuid);
    case VR_NWFILTER_BINDING:
        return virNWFilterBindingLookupByPortDev(conn, VR_OBJECT_NAME(object));
    case VR_SECRET:
        return virSecretLookupByUUID(conn, uuid);
    default:
        return NULL;
    }
}

static VrKind
genuine_kind(VrKind kind)
{
    return kind == VR_DOMAIN_SNAPSHOT || kind == VR_DOMAIN_CHECKPOINT ? VR_DOMAIN : kind == VR_NETWORK_PORT ? VR_NETWORK : kind;
}

static gboolean
applies(const VrAccessRule *rule, guint32 flags)
{
    switch (rule->when) {
    case VR_RULE_IF:
        return (flags & rule->flags) != 0;
    case VR_RULE_UNLESS:
        return (flags & rule->flags) == 0;
    case VR_RULE_EQUALS:
        return flags == rule->flags;
    default:
        return TRUE;
    }
}

/* Ask for every rule from FIRST on that applies.  OBJECT is genuine, or NULL. */
static int
ask(VrDispatch *d, virConnectPtr conn, guint16 first, VrKind kind, void *object, guint32 flags)
{
    Details details = {.n = 0};
    const VrDriver *driver = conn ? conn->extra->driver : NULL;
    g_autofree char *name = driver ? g_ascii_strup(driver->name, -1) : NULL;
    add(&details, "connect_driver", name);
    if (object)
        describe(&details, kind, object);
    for (const VrAccessRule *rule = &vr_access_rules[first]; rule->object; rule++) {
        if (!applies(rule, flags))
            continue;
        g_autofree char *action = g_strdup_printf("org.libvirt.api.%s.%s", rule->object, rule->permission);
        if (daemon_polkit_check(d->client, action, details.pairs, TRUE) == 0)
            continue;
        if (vr_error_last()->code == VIR_ERR_ACCESS_DENIED || vr_error_last()->code == VIR_ERR_AUTH_UNAVAILABLE) {
            vr_error_clear();
            vr_error(VIR_FROM_ACCESS, VIR_ERR_ACCESS_DENIED, "'%s' denied access", name ? name : "daemon");
        }
        return -1;
    }
    return 0;
}

int
vr_dispatch_access(VrDispatch *d, VrKind kind, void *object, unsigned int flags)
{
    if (!ask_polkit || !vr_access_rules[d->proc->access].object)
        return 0;
    if (kind == VR_CONNECT)
        return ask(d, object, d->proc->access, kind, NULL, flags);
    VR_AUTO void *real = genuine(kind, object);
    vr_error_clear();
    return ask(d, VR_OBJECT_CONN(object), d->proc->access, genuine_kind(kind), real, flags);
}

gboolean
vr_dispatch_visible(VrDispatch *d, VrKind kind, void *object)
{
    if (!ask_polkit || !vr_access_rules[d->proc->filter].object)
        return TRUE;
    if (ask(d, VR_OBJECT_CONN(object), d->proc->filter, kind, object, 0) == 0)
        return TRUE;
    vr_error_clear();
    return FALSE;
}

gboolean
daemon_access_may_hear(DaemonClient *client, VrEventFamily family, void *object)
{
    static const struct {
        VrKind kind;
        const char *action;
    } kinds[] = {
        [VR_EVENTS_DOMAIN] = {VR_DOMAIN, "org.libvirt.api.domain.getattr"},
        [VR_EVENTS_NETWORK] = {VR_NETWORK, "org.libvirt.api.network.getattr"},
        [VR_EVENTS_STORAGE_POOL] = {VR_STORAGE_POOL, "org.libvirt.api.storage-pool.getattr"},
        [VR_EVENTS_NODE_DEVICE] = {VR_NODE_DEVICE, "org.libvirt.api.node-device.getattr"},
        [VR_EVENTS_SECRET] = {VR_SECRET, "org.libvirt.api.secret.getattr"},
        [VR_EVENTS_MONITOR] = {VR_DOMAIN, "org.libvirt.api.domain.getattr"},
    };
    if (!ask_polkit)
        return TRUE;
    Details details = {.n = 0};
    const VrDriver *driver = VR_OBJECT_CONN(object)->extra->driver;
    g_autofree char *name = driver ? g_ascii_strup(driver->name, -1) : NULL;
    add(&details, "connect_driver", name);
    describe(&details, kinds[family].kind, object);
    gboolean may = daemon_polkit_check(client, kinds[family].action, details.pairs, FALSE) == 0;
    vr_error_clear();
    return may;
}

static void *
named(VrDispatch *d, VrKind kind, virStoragePoolPtr pool, const char *name)
{
    switch (kind) {
    case VR_DOMAIN:
        return virDomainLookupByName(d->conn, name);
    case VR_NETWORK:
        return virNetworkLookupByName(d->conn, name);
    case VR_STORAGE_POOL:
        return virStoragePoolLookupByName(d->conn, name);
    case VR_STORAGE_VOL:
        return virStorageVolLookupByName(pool, name);
    case VR_INTERFACE:
        return virInterfaceLookupByName(d->conn, name);
    case VR_NODE_DEVICE:
        return virNodeDeviceLookupByName(d->conn, name);
    case VR_NWFILTER:
        return virNWFilterLookupByName(d->conn, name);
    case VR_SECRET:
        return virSecretLookupByUUIDString(d->conn, name);
    default:
        return NULL;
    }
}

int
vr_dispatch_filter_names(VrDispatch *d, VrKind kind, virStoragePoolPtr pool, char **names, int n)
{
    if (!ask_polkit)
        return n;
    int left = 0;
    for (int i = 0; i < n; i++) {
        VR_AUTO void *object = named(d, kind, pool, names[i]);
        char *name = g_steal_pointer(&names[i]);
        if (object && vr_dispatch_visible(d, kind, object))
            names[left++] = name;
        else
            g_free(name);
    }
    vr_error_clear();
    return left;
}

int
daemon_access_set_identity(DaemonClient *client, virTypedParameterPtr params, int nparams)
{
    /* Only root, and daemons that run as root, may speak for others. */
    if (client->uid == 0)
        return 0;
    return vr_error(VIR_FROM_RPC, VIR_ERR_ACCESS_DENIED, "only a privileged client may set another identity");
}

/* The same connection at the daemon that has the driver. */
static char *
passed_on(const char *name)
{
    g_autoptr(VrUri) uri = vr_uri_parse(name);
    if (!uri)
        return NULL;
    if (uri->transport || uri->host)
        return vr_error_null(VIR_FROM_RPC, VIR_ERR_NO_CONNECT, "%s: only connections of this host are passed on", name);
    const char *rest = name + strlen(uri->scheme);
    return g_strdup_printf("%s+unix%s%cmode=direct", uri->scheme, rest, strchr(rest, '?') ? '&' : '?');
}

virConnectPtr
daemon_open_connection(const char *name, unsigned int flags)
{
    g_autofree char *other = NULL;
    if (name && !*name)
        name = NULL;
    if (daemon_state.proxy) {
        if (!name)
            return vr_error_null(VIR_FROM_RPC, VIR_ERR_NO_CONNECT, "%s needs a URI to know where to pass it on", daemon_state.name);
        if (!(other = passed_on(name)))
            return NULL;
        name = other;
    }
    /* Clients send more flags, which are theirs. */
    return flags & VIR_CONNECT_RO ? virConnectOpenReadOnly(name) : virConnectOpen(name);
}
