/* The objects behind the API's opaque pointers, as drivers see them.
 *
 * Every object starts with the same head, so that the library can check, name and free any of them through one
 * table of kinds (object.c).  Objects are plain names: a driver finds its own state by uuid or name.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/libvirt-admin.h>

#include "base/handle.h"

typedef enum {
    VR_CONNECT,
    VR_DOMAIN,
    VR_DOMAIN_SNAPSHOT,
    VR_DOMAIN_CHECKPOINT,
    VR_NETWORK,
    VR_NETWORK_PORT,
    VR_INTERFACE,
    VR_STORAGE_POOL,
    VR_STORAGE_VOL,
    VR_NODE_DEVICE,
    VR_SECRET,
    VR_NWFILTER,
    VR_NWFILTER_BINDING,
    VR_STREAM,
    VR_ADM_CONNECT,
    VR_ADM_SERVER,
    VR_ADM_CLIENT,
    VR_N_KINDS,
} VrKind;

typedef struct {
    const char *name;   /* "domain" */
    guint32 magic;
    int error_code;     /* for a pointer that is not one */
    int error_domain;   /* -1: the domain of the API called */
} VrKindInfo;

extern const VrKindInfo vr_kinds[VR_N_KINDS];

typedef struct {
    VrHandle handle;
    virConnectPtr conn;
    char *name;
    unsigned char uuid[VIR_UUID_BUFLEN];
} VrObject;

struct _virDomain {
    VrObject object;
    int id; /* -1 when inactive */
};

struct _virDomainSnapshot {
    VrObject object;
    virDomainPtr domain;
};

struct _virDomainCheckpoint {
    VrObject object;
    virDomainPtr domain;
};

struct _virNetwork {
    VrObject object;
};

struct _virNetworkPort {
    VrObject object;
    virNetworkPtr network;
};

struct _virInterface {
    VrObject object;
    char *mac;
};

struct _virStoragePool {
    VrObject object;
};

struct _virStorageVol {
    VrObject object;
    char *pool;
    char *key;
};

struct _virNodeDevice {
    VrObject object;
    char *parent; /* once somebody asked for it: the answer lives as long as the handle */
};

struct _virSecret {
    VrObject object;
    int usage_type;
    char *usage_id;
};

struct _virNWFilter {
    VrObject object;
};

struct _virNWFilterBinding {
    VrObject object; /* the name is the port device */
    char *filter;
};

typedef struct VrStreamOps VrStreamOps;

struct _virStream {
    VrObject object;
    unsigned int flags;
    const VrStreamOps *ops; /* NULL until an operation that uses the stream begins */
    void *data;
    GDestroyNotify data_free;
};

typedef struct VrAdminOps VrAdminOps;

struct _virAdmConnect {
    VrHandle handle;
    char *uri;
    const VrAdminOps *ops;
    void *data;
    void (*close)(virAdmConnectPtr conn);
};

/* The connection of these is a virAdmConnectPtr. */
struct _virAdmServer {
    VrObject object;
};

struct _virAdmClient {
    VrObject object; /* the name is its server's */
    unsigned long long id;
    long long timestamp;
    unsigned int transport;
};

/* A new object with one reference; it holds one on its connection (or domain, or network).  Never NULL. */
virDomainPtr vr_domain_new(virConnectPtr conn, const char *name, const unsigned char *uuid, int id);
virDomainSnapshotPtr vr_snapshot_new(virDomainPtr domain, const char *name);
virDomainCheckpointPtr vr_checkpoint_new(virDomainPtr domain, const char *name);
virNetworkPtr vr_network_new(virConnectPtr conn, const char *name, const unsigned char *uuid);
virNetworkPortPtr vr_network_port_new(virNetworkPtr network, const unsigned char *uuid);
virInterfacePtr vr_interface_new(virConnectPtr conn, const char *name, const char *mac);
virStoragePoolPtr vr_storage_pool_new(virConnectPtr conn, const char *name, const unsigned char *uuid);
virStorageVolPtr vr_storage_vol_new(virConnectPtr conn, const char *pool, const char *name, const char *key);
virNodeDevicePtr vr_node_device_new(virConnectPtr conn, const char *name);
virSecretPtr vr_secret_new(virConnectPtr conn, const unsigned char *uuid, int usage_type, const char *usage_id);
virNWFilterPtr vr_nwfilter_new(virConnectPtr conn, const char *name, const unsigned char *uuid);
virNWFilterBindingPtr vr_nwfilter_binding_new(virConnectPtr conn, const char *port, const char *filter);
virStreamPtr vr_stream_new(virConnectPtr conn, unsigned int flags);
virAdmConnectPtr vr_adm_connect_new(void);
virAdmServerPtr vr_adm_server_new(virAdmConnectPtr conn, const char *name);
virAdmClientPtr vr_adm_client_new(virAdmConnectPtr conn, const char *server, unsigned long long id, long long timestamp,
                                  unsigned int transport);

/* Drop a reference to any object or connection and free it with the last one. */
void vr_object_unref(void *object);

#define VR_OBJECT_CONN(p) (((const VrObject *)(p))->conn)
#define VR_ADM_OBJECT_CONN(p) ((virAdmConnectPtr)(void *)((const VrObject *)(p))->conn)
#define VR_OBJECT_NAME(p) (((const VrObject *)(p))->name)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainSnapshot, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainCheckpoint, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNetwork, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStoragePool, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStorageVol, vr_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, vr_object_unref)
