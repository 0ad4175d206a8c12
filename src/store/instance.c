/* Finding, making and sharing instances: see instance.h. */
#include "store/instance.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"

static VrMutex lock = VR_MUTEX_INIT;
static GPtrArray *instances; /* of the one driver that this is linked into */

static void
instance_free(VrInstance *instance)
{
    g_free(instance->root);
    g_free(instance->config);
    g_free(instance->state);
    vr_table_free(instance->items);
    vr_event_hub_unref(instance->events);
    g_free(instance);
}

static VrInstance *
instance_new(const VrInstanceKind *kind, const char *root, bool privileged)
{
    VrInstance *instance = g_new0(VrInstance, 1);
    instance->refs = 1;
    instance->kind = kind;
    instance->root = g_strdup(root);
    instance->privileged = privileged;
    if (root) {
        instance->config = g_build_filename(root, "etc", kind->config, NULL);
        instance->state = g_build_filename(root, "run", kind->state, NULL);
    } else if (privileged) {
        instance->config = g_build_filename(VIREO_SYSCONFDIR "/libvirt", kind->config, NULL);
        instance->state = g_build_filename("/run/libvirt", kind->state, NULL);
    } else {
        instance->config = g_build_filename(g_get_user_config_dir(), "libvirt", kind->config, NULL);
        instance->state = g_build_filename(g_get_user_runtime_dir(), "libvirt", kind->state, "run", NULL);
    }
    instance->items = vr_table_new();
    instance->events = vr_event_hub_new();
    if (!kind->load || kind->load(instance) == 0)
        return instance;
    if (kind->unload)
        kind->unload(instance);
    instance_free(instance);
    return NULL;
}

/* Which instance URI means.  The paths of a hypervisor's URIs that are none of these were refused by its driver. */
static int
choose(const VrUri *uri, const VrInstanceKind *kind, const char **ret_root, bool *ret_privileged)
{
    const char *name = vr_host_parts[kind->part];
    bool privileged = geteuid() == 0;
    bool companion = strcmp(uri->scheme, name) != 0;
    if (strcmp(uri->path, "/embed") == 0) {
        const char *root = vr_uri_param(uri, "root");
        if (!root)
            return vr_error(VIR_FROM_URI, VIR_ERR_INVALID_ARG, "Missing URI parameter 'root'");
        if (!g_path_is_absolute(root))
            return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "root path must be absolute");
        *ret_root = root;
    } else if (companion) {
        privileged = privileged && strcmp(uri->path, "/session") != 0;
    } else if (strcmp(uri->path, privileged ? "/system" : "/session") != 0) {
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "unexpected %s URI path '%s', try %s:///%s", name, uri->path,
                        name, privileged ? "system" : "session");
    }
    *ret_privileged = privileged;
    return 0;
}

int
vr_instance_open(virConnectPtr conn, const VrUri *uri, const VrInstanceKind *kind)
{
    const char *root = NULL;
    bool privileged = false;
    if (choose(uri, kind, &root, &privileged) < 0)
        return -1;
    VR_SCOPED_LOCK(&lock);
    VrInstance *instance = NULL;
    if (!instances)
        instances = g_ptr_array_new();
    for (guint i = 0; i < instances->len && !instance; i++) {
        VrInstance *other = instances->pdata[i];
        if (g_strcmp0(other->root, root) == 0 && other->privileged == privileged)
            instance = other;
    }
    if (instance)
        instance->refs++;
    else if ((instance = instance_new(kind, root, privileged)))
        g_ptr_array_add(instances, instance);
    else
        return -1;
    conn->host[kind->part] = instance;
    return 0;
}

void
vr_instance_close(virConnectPtr conn, const VrInstanceKind *kind)
{
    VrInstance *instance = g_steal_pointer(&conn->host[kind->part]);
    vr_event_forget(instance->events, conn);
    VR_SCOPED_LOCK(&lock);
    if (--instance->refs > 0)
        return;
    g_ptr_array_remove_fast(instances, instance);
    if (kind->unload)
        kind->unload(instance);
    instance_free(instance);
}

static const char *
get_type(virConnectPtr conn)
{
    for (int part = 0; part < VR_HOST_PARTS; part++) {
        if (conn->host[part])
            return vr_host_parts[part];
    }
    return NULL;
}

/* The host is the client's own. */
static int
is_alive(virConnectPtr conn)
{
    return 1;
}

static int
is_secure(virConnectPtr conn)
{
    return 1;
}

static int
is_encrypted(virConnectPtr conn)
{
    return 0;
}

const VrHypervisorOps vr_instance_hypervisor_ops = {
    .connectGetType = get_type,
    .connectIsAlive = is_alive,
    .connectIsSecure = is_secure,
    .connectIsEncrypted = is_encrypted,
};
