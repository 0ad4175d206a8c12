/* The remote driver: every operation as a call to a daemon.
 *
 * Stubs are generated from the descriptions (generate/stubs.py); what cannot be is in hand*.c, listed here.
 */
#pragma once

#include <libvirt/libvirt-lxc.h>
#include <libvirt/libvirt-qemu.h>

#include "base/connect.h"
#include "base/error.h"
#include "base/events.h"
#include "base/uri.h"
#include "drivers/remote/client.h"
#include "rpc/wire.gen.h"

typedef struct {
    RemoteClient *client;
    VrEventHub *hub;
    VrMutex lock;           /* what follows; never held during a call: events take it under the client's */
    GPtrArray *registrations; /* with the daemon: see events.c */
    GArray *monitor_events; /* see monitor_events.c */
    GHashTable *streams;    /* by serial */
    char *type;             /* virConnectGetType's answer */
    gboolean callback_ids;  /* the daemon numbers event callbacks */
    gboolean close_events;
    gboolean secure;
    int close_timer;
    gint close_reason;
    gint refs;
    /* For connections that are made again: again.c.  `again` is held while one is made. */
    char *uri, *far_name;
    unsigned int flags;
    int patience; /* seconds; 0: what is lost is lost */
    int keepalive_interval;
    unsigned int keepalive_count;
    VrMutex again;
    gint64 lost_since;
    GPtrArray *lost; /* RemoteClient */
    virConnectPtr conn;       /* NULL once closed */
} RemoteConn;

#define REMOTE_CONN(c) ((RemoteConn *)(c)->data)

int remote_call_begin(RemoteCall *call, virConnectPtr conn, const VrProgram *program, int proc);

/* A socket to where URI points: -1 with the error set.  NAME is what the far daemon is to open.  Where a program makes
 * the connection, *ret_errors is what it says on its standard error. */
int remote_connect(const VrUri *uri, unsigned int flags, const char *name, gboolean *ret_secure, int *ret_errors);

/* open.c: a connection that is authenticated; NULL with the error set.  Then what the daemon can, and what it is to open. */
RemoteClient *remote_reach(RemoteConn *remote, const VrUri *uri, virConnectAuthPtr auth);
void remote_learn_features(RemoteConn *remote, RemoteClient *client);
int remote_open_far(RemoteConn *remote, RemoteClient *client, const char *name, unsigned int flags);

/* again.c */
RemoteClient *remote_client_of(RemoteConn *remote);
/* The connection made again after it was lost; NULL with the error set when that takes too long. */
RemoteClient *remote_again(RemoteConn *remote);
/* One attempt, and TIMER set for the next; FALSE: no more of them.  On the event loop's thread. */
gboolean remote_try_again(RemoteConn *remote, int timer);
/* Ask a new connection for what the old one was asked to tell. */
int remote_events_again(RemoteConn *remote, RemoteClient *client);
int remote_monitor_events_again(RemoteConn *remote, RemoteClient *client);

/* Authenticate as the daemon asks. */
int remote_authenticate(RemoteClient *client, const VrUri *uri, virConnectAuthPtr auth, int tls_bits);

/* Put TLS on a socket that is connected; *ret_bits says how strong. */
int remote_start_tls(VrSocket *socket, const VrUri *uri, int *ret_bits);

/* Tell the application that the connection is gone. */
void remote_close_soon(RemoteConn *remote);

void remote_on_event(void *data, const VrHeader *header, VrIn *in);
void remote_on_stream(void *data, const VrHeader *header, const guint8 *payload, gsize len);
GArray *remote_monitor_events_new(void);
void remote_on_monitor_event(RemoteConn *remote, const VrHeader *header, VrIn *in);
void remote_forget_events(RemoteConn *remote);
void remote_drop_streams(RemoteConn *remote);

/* Open a stream with a call whose arguments are written: sends it, waits for the answer, binds STREAM to its serial. */
int remote_stream_call(RemoteCall *call, virStreamPtr stream, gboolean sparse);

/* Administration of a daemon: admin.c. */
int remote_admin_begin(RemoteCall *call, virAdmConnectPtr conn, const VrProgram *program, int proc);

extern const VrAdminOps remote_admin_ops;
extern const VrHypervisorOps remote_hypervisor_ops;
extern const VrNetworkOps remote_network_ops;
extern const VrStorageOps remote_storage_ops;
extern const VrInterfaceOps remote_interface_ops;
extern const VrNodedevOps remote_nodedev_ops;
extern const VrSecretOps remote_secret_ops;
extern const VrNwfilterOps remote_nwfilter_ops;

/* Operations by hand: the slot, the function. */
#define REMOTE_HAND_HYPERVISOR_OPS(SLOT)                                                           \
    SLOT(connectGetType, remote_connect_get_type)                                                  \
    SLOT(connectIsAlive, remote_connect_is_alive)                                                  \
    SLOT(connectIsEncrypted, remote_connect_is_encrypted)                                          \
    SLOT(connectIsSecure, remote_connect_is_secure)                                                \
    SLOT(connectSetKeepAlive, remote_connect_set_keep_alive)                                       \
    SLOT(connectSupportsFeature, remote_connect_supports_feature)                                  \
    SLOT(connectRegisterCloseCallback, remote_connect_register_close_callback)                     \
    SLOT(connectUnregisterCloseCallback, remote_connect_unregister_close_callback)                 \
    SLOT(connectSetIdentity, remote_connect_set_identity)                                          \
    SLOT(connectGetAllDomainStats, remote_connect_get_all_domain_stats)                            \
    SLOT(connectGetCPUModelNames, remote_connect_get_cpu_model_names)                              \
    SLOT(nodeGetCPUStats, remote_node_get_cpu_stats)                                               \
    SLOT(nodeGetMemoryStats, remote_node_get_memory_stats)                                         \
    SLOT(nodeGetCellsFreeMemory, remote_node_get_cells_free_memory)                                \
    SLOT(nodeGetFreePages, remote_node_get_free_pages)                                             \
    SLOT(nodeAllocPages, remote_node_alloc_pages)                                                  \
    SLOT(nodeGetCPUMap, remote_node_get_cpu_map)                                                   \
    SLOT(domainCreate, remote_domain_create)                                                       \
    SLOT(domainGetVcpus, remote_domain_get_vcpus)                                                  \
    SLOT(domainGetVcpuPinInfo, remote_domain_get_vcpu_pin_info)                                    \
    SLOT(domainGetEmulatorPinInfo, remote_domain_get_emulator_pin_info)                            \
    SLOT(domainGetIOThreadInfo, remote_domain_get_io_thread_info)                                  \
    SLOT(domainGetSecurityLabelList, remote_domain_get_security_label_list)                        \
    SLOT(domainBlockStats, remote_domain_block_stats)                                              \
    SLOT(domainInterfaceStats, remote_domain_interface_stats)                                      \
    SLOT(domainMemoryStats, remote_domain_memory_stats)                                            \
    SLOT(domainGetDiskErrors, remote_domain_get_disk_errors)                                       \
    SLOT(domainBlockPeek, remote_domain_block_peek)                                                \
    SLOT(domainMemoryPeek, remote_domain_memory_peek)                                              \
    SLOT(domainGetBlockJobInfo, remote_domain_get_block_job_info)                                  \
    SLOT(domainGetCPUStats, remote_domain_get_cpu_stats)                                           \
    SLOT(domainGetSchedulerType, remote_domain_get_scheduler_type)                                 \
    SLOT(domainGetFSInfo, remote_domain_get_fs_info)                                               \
    SLOT(domainInterfaceAddresses, remote_domain_interface_addresses)                              \
    SLOT(domainSendKey, remote_domain_send_key)                                                    \
    SLOT(domainOpenGraphics, remote_domain_open_graphics)                                          \
    SLOT(domainOpenGraphicsFD, remote_domain_open_graphics_fd)                                     \
    SLOT(domainCreateXMLWithFiles, remote_domain_create_xml_with_files)                            \
    SLOT(domainCreateWithFiles, remote_domain_create_with_files)                                   \
    SLOT(domainFDAssociate, remote_domain_fd_associate)                                            \
    SLOT(domainLxcOpenNamespace, remote_domain_lxc_open_namespace)                                 \
    SLOT(domainQemuMonitorCommandWithFiles, remote_domain_qemu_monitor_command_with_files)         \
    SLOT(connectDomainQemuMonitorEventRegister, remote_connect_domain_qemu_monitor_event_register) \
    SLOT(connectDomainQemuMonitorEventDeregister, remote_connect_domain_qemu_monitor_event_deregister) \
    SLOT(domainOpenConsole, remote_domain_open_console)                                            \
    SLOT(domainOpenChannel, remote_domain_open_channel)                                            \
    SLOT(domainScreenshot, remote_domain_screenshot)                                               \
    SLOT(connectDomainEventRegister, remote_connect_domain_event_register)                         \
    SLOT(connectDomainEventDeregister, remote_connect_domain_event_deregister)                     \
    SLOT(connectDomainEventRegisterAny, remote_connect_domain_event_register_any)                  \
    SLOT(connectDomainEventDeregisterAny, remote_connect_domain_event_deregister_any)

#define REMOTE_HAND_NETWORK_OPS(SLOT)                                                              \
    SLOT(networkGetDHCPLeases, remote_network_get_dhcp_leases)                                     \
    SLOT(connectNetworkEventRegisterAny, remote_connect_network_event_register_any)                \
    SLOT(connectNetworkEventDeregisterAny, remote_connect_network_event_deregister_any)

#define REMOTE_HAND_STORAGE_OPS(SLOT)                                                              \
    SLOT(storageVolUpload, remote_storage_vol_upload)                                              \
    SLOT(storageVolDownload, remote_storage_vol_download)                                          \
    SLOT(connectStoragePoolEventRegisterAny, remote_connect_storage_pool_event_register_any)       \
    SLOT(connectStoragePoolEventDeregisterAny, remote_connect_storage_pool_event_deregister_any)

#define REMOTE_HAND_INTERFACE_OPS(SLOT)

#define REMOTE_HAND_NODEDEV_OPS(SLOT)                                                              \
    SLOT(nodeDeviceGetParent, remote_node_device_get_parent)                                       \
    SLOT(connectNodeDeviceEventRegisterAny, remote_connect_node_device_event_register_any)         \
    SLOT(connectNodeDeviceEventDeregisterAny, remote_connect_node_device_event_deregister_any)

#define REMOTE_HAND_SECRET_OPS(SLOT)                                                               \
    SLOT(secretGetValue, remote_secret_get_value)                                                  \
    SLOT(connectSecretEventRegisterAny, remote_connect_secret_event_register_any)                  \
    SLOT(connectSecretEventDeregisterAny, remote_connect_secret_event_deregister_any)

#define REMOTE_HAND_NWFILTER_OPS(SLOT)
