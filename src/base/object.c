/* Making and freeing the objects that object.h declares: one row per kind, one function for all frees. */
#include "base/object.h"

#include <string.h>

#include <libvirt/virterror.h>

#include "base/connect.h"

#define KIND(kind, name, code, domain) [kind] = {name, 0x56520000u + (kind) + 1, code, domain}

const VrKindInfo vr_kinds[VR_N_KINDS] = {
    KIND(VR_CONNECT, "connection", VIR_ERR_INVALID_CONN, -1),
    KIND(VR_DOMAIN, "domain", VIR_ERR_INVALID_DOMAIN, VIR_FROM_DOM),
    KIND(VR_DOMAIN_SNAPSHOT, "domain snapshot", VIR_ERR_INVALID_DOMAIN_SNAPSHOT, VIR_FROM_DOMAIN_SNAPSHOT),
    KIND(VR_DOMAIN_CHECKPOINT, "domain checkpoint", VIR_ERR_INVALID_DOMAIN_CHECKPOINT, VIR_FROM_DOMAIN_CHECKPOINT),
    KIND(VR_NETWORK, "network", VIR_ERR_INVALID_NETWORK, VIR_FROM_NETWORK),
    KIND(VR_NETWORK_PORT, "network port", VIR_ERR_INVALID_NETWORK_PORT, VIR_FROM_NETWORK),
    KIND(VR_INTERFACE, "interface", VIR_ERR_INVALID_INTERFACE, VIR_FROM_INTERFACE),
    KIND(VR_STORAGE_POOL, "storage pool", VIR_ERR_INVALID_STORAGE_POOL, VIR_FROM_STORAGE),
    KIND(VR_STORAGE_VOL, "storage volume", VIR_ERR_INVALID_STORAGE_VOL, VIR_FROM_STORAGE),
    KIND(VR_NODE_DEVICE, "node device", VIR_ERR_INVALID_NODE_DEVICE, VIR_FROM_NODEDEV),
    KIND(VR_SECRET, "secret", VIR_ERR_INVALID_SECRET, VIR_FROM_SECRET),
    KIND(VR_NWFILTER, "network filter", VIR_ERR_INVALID_NWFILTER, VIR_FROM_NWFILTER),
    KIND(VR_NWFILTER_BINDING, "network filter binding", VIR_ERR_INVALID_NWFILTER_BINDING, VIR_FROM_NWFILTER),
    KIND(VR_STREAM, "stream", VIR_ERR_INVALID_STREAM, VIR_FROM_STREAMS),
    KIND(VR_ADM_CONNECT, "admin connection", VIR_ERR_INVALID_CONN, VIR_FROM_ADMIN),
    KIND(VR_ADM_SERVER, "server", VIR_ERR_INVALID_ARG, VIR_FROM_ADMIN),
    KIND(VR_ADM_CLIENT, "client", VIR_ERR_INVALID_ARG, VIR_FROM_ADMIN),
};

static void *
object_new(VrKind kind, virConnectPtr conn, const char *name, const unsigned char *uuid)
{
    VrObject *o = vr_handle_new(vr_kinds[kind].magic);
    vr_handle_ref(conn);
    o->conn = conn;
    o->name = g_strdup(name);
    if (uuid)
        memcpy(o->uuid, uuid, VIR_UUID_BUFLEN);
    return o;
}

virDomainPtr
vr_domain_new(virConnectPtr conn, const char *name, const unsigned char *uuid, int id)
{
    virDomainPtr dom = object_new(VR_DOMAIN, conn, name, uuid);
    dom->id = id;
    return dom;
}

virDomainSnapshotPtr
vr_snapshot_new(virDomainPtr domain, const char *name)
{
    virDomainSnapshotPtr snap = object_new(VR_DOMAIN_SNAPSHOT, VR_OBJECT_CONN(domain), name, NULL);
    vr_handle_ref(domain);
    snap->domain = domain;
    return snap;
}

virDomainCheckpointPtr
vr_checkpoint_new(virDomainPtr domain, const char *name)
{
    virDomainCheckpointPtr chk = object_new(VR_DOMAIN_CHECKPOINT, VR_OBJECT_CONN(domain), name, NULL);
    vr_handle_ref(domain);
    chk->domain = domain;
    return chk;
}

virNetworkPtr
vr_network_new(virConnectPtr conn, const char *name, const unsigned char *uuid)
{
    return object_new(VR_NETWORK, conn, name, uuid);
}

virNetworkPortPtr
vr_network_port_new(virNetworkPtr network, const unsigned char *uuid)
{
    virNetworkPortPtr port = object_new(VR_NETWORK_PORT, VR_OBJECT_CONN(network), NULL, uuid);
    vr_handle_ref(network);
    port->network = network;
    return port;
}

virInterfacePtr
vr_interface_new(virConnectPtr conn, const char *name, const char *mac)
{
    virInterfacePtr iface = object_new(VR_INTERFACE, conn, name, NULL);
    iface->mac = g_strdup(mac ? mac : "");
    return iface;
}

virStoragePoolPtr
vr_storage_pool_new(virConnectPtr conn, const char *name, const unsigned char *uuid)
{
    return object_new(VR_STORAGE_POOL, conn, name, uuid);
}

virStorageVolPtr
vr_storage_vol_new(virConnectPtr conn, const char *pool, const char *name, const char *key)
{
    virStorageVolPtr vol = object_new(VR_STORAGE_VOL, conn, name, NULL);
    vol->pool = g_strdup(pool);
    vol->key = g_strdup(key);
    return vol;
}

virNodeDevicePtr
vr_node_device_new(virConnectPtr conn, const char *name)
{
    return object_new(VR_NODE_DEVICE, conn, name, NULL);
}

virSecretPtr
vr_secret_new(virConnectPtr conn, const unsigned char *uuid, int usage_type, const char *usage_id)
{
    virSecretPtr secret = object_new(VR_SECRET, conn, NULL, uuid);
    secret->usage_type = usage_type;
    secret->usage_id = g_strdup(usage_id ? usage_id : "");
    return secret;
}

virNWFilterPtr
vr_nwfilter_new(virConnectPtr conn, const char *name, const unsigned char *uuid)
{
    return object_new(VR_NWFILTER, conn, name, uuid);
}

virNWFilterBindingPtr
vr_nwfilter_binding_new(virConnectPtr conn, const char *port, const char *filter)
{
    virNWFilterBindingPtr binding = object_new(VR_NWFILTER_BINDING, conn, port, NULL);
    binding->filter = g_strdup(filter);
    return binding;
}

virStreamPtr
vr_stream_new(virConnectPtr conn, unsigned int flags)
{
    virStreamPtr stream = object_new(VR_STREAM, conn, NULL, NULL);
    stream->flags = flags;
    return stream;
}

virAdmConnectPtr
vr_adm_connect_new(void)
{
    return vr_handle_new(vr_kinds[VR_ADM_CONNECT].magic);
}

virAdmServerPtr
vr_adm_server_new(virAdmConnectPtr conn, const char *name)
{
    return object_new(VR_ADM_SERVER, (virConnectPtr)(void *)conn, name, NULL);
}

virAdmClientPtr
vr_adm_client_new(virAdmConnectPtr conn, const char *server, unsigned long long id, long long timestamp,
                  unsigned int transport)
{
    virAdmClientPtr client = object_new(VR_ADM_CLIENT, (virConnectPtr)(void *)conn, server, NULL);
    client->id = id;
    client->timestamp = timestamp;
    client->transport = transport;
    return client;
}

static void
free_string(char *const *slot)
{
    g_free(*slot);
}

void
vr_object_unref(void *p)
{
    if (!p)
        return;
    guint32 magic = vr_handle_magic(p);
    if (magic == 0 || !vr_handle_unref(p))
        return;
    VrKind kind = (VrKind)(magic - vr_kinds[0].magic);
    if (kind == VR_CONNECT) {
        vr_connect_dispose(p);
        vr_handle_free(p);
        return;
    }
    if (kind == VR_ADM_CONNECT) {
        virAdmConnectPtr adm = p;
        if (adm->close)
            adm->close(adm);
        g_free(adm->uri);
        vr_handle_free(p);
        return;
    }
    VrObject *o = p;
    virConnectPtr conn = o->conn;
    void *parent = NULL;
    switch (kind) {
    case VR_DOMAIN_SNAPSHOT:
        parent = ((virDomainSnapshotPtr)p)->domain;
        break;
    case VR_DOMAIN_CHECKPOINT:
        parent = ((virDomainCheckpointPtr)p)->domain;
        break;
    case VR_NETWORK_PORT:
        parent = ((virNetworkPortPtr)p)->network;
        break;
    case VR_INTERFACE:
        free_string(&((virInterfacePtr)p)->mac);
        break;
    case VR_STORAGE_VOL:
        free_string(&((virStorageVolPtr)p)->pool);
        free_string(&((virStorageVolPtr)p)->key);
        break;
    case VR_NODE_DEVICE:
        free_string(&((virNodeDevicePtr)p)->parent);
        break;
    case VR_SECRET:
        free_string(&((virSecretPtr)p)->usage_id);
        break;
    case VR_NWFILTER_BINDING:
        free_string(&((virNWFilterBindingPtr)p)->filter);
        break;
    case VR_STREAM: {
        virStreamPtr stream = p;
        if (stream->data_free)
            stream->data_free(stream->data);
        break;
    }
    default:
        break;
    }
    g_free(o->name);
    vr_handle_free(p);
    vr_object_unref(parent);
    vr_object_unref(conn);
}
