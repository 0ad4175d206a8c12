/* The network driver's own parts: an instance's networks, and what each of its files does for them.
 *
 * Included by this folder only.  Every operation may run on any thread; whoever has a VrItemChange open on a network is
 * the only one who touches what belongs to it on the host.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/events.h"
#include "model/ip.h"
#include "model/network.gen.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/item.h"

/* An instance's own, in VrInstance.data. */
typedef struct {
    char *lib;     /* of dnsmasq's files: /var/lib/libvirt/dnsmasq */
    char *dnsmasq; /* the program, NULL when it is not installed */
    char *helper;  /* ours, which dnsmasq tells about leases */
    VrMutex define; /* while names of bridges are chosen */
} NetworkDriver;

static inline VrInstance *
network_instance(const void *object)
{
    return vr_instance(object, VR_HOST_NETWORK);
}

static inline NetworkDriver *
network_driver(const VrInstance *instance)
{
    return instance->data;
}

extern const VrItemWords network_words;

/* query.c: how operations reach a network. */
VrItem *network_find(virNetworkPtr net);
/* Its current state; NULL with the error set. */
VrItemState *network_state(virNetworkPtr net);
/* Open a change on it, or -1 with the error set. */
int network_change(virNetworkPtr net, VrItemChange *ret_change);
int network_no_such(virNetworkPtr net);
void *network_handle(virConnectPtr conn, const VrItem *item, const VrItemState *state);
void network_emit(VrInstance *instance, const VrItem *item, int event);

/* The definition in force. */
static inline const NetworkDef *
network_now(const VrItemState *state)
{
    return state->now->def;
}

/* Whether a bridge is made for it, and whether the mode lets guests out. */
bool network_has_own_bridge(const NetworkDef *def);

/* store.c: files.  The definition and the state of NEXT, as they are to be found after the daemon's death. */
int network_write_config(VrInstance *instance, const VrItemState *next);
int network_write_status(VrInstance *instance, const VrItemState *next);
void network_remove_status(VrInstance *instance, const char *name);
int network_write_port(VrInstance *instance, const char *network, VrDefinition *port);
void network_remove_port(VrInstance *instance, const char *network, const NetworkPortDef *port);
int network_load(VrInstance *instance);

/* define.c */
extern const char *const network_namespaces[]; /* that a definition may use */
/* What this host asks of a definition; a bridge's name is chosen with driver->define held. */
int network_settle(VrInstance *instance, NetworkDef *def);

/* run.c: inside a change; the caller publishes and emits.  A start that fails leaves nothing behind. */
int network_start(VrInstance *instance, VrItemState *next);
void network_stop(VrInstance *instance, VrItemState *next);
/* Give a running network its changed definition where it shows: name service and packet filter. */
int network_refresh(VrInstance *instance, const VrItemState *next);
/* What was lost while nobody looked (rules flushed, dnsmasq killed) comes back.  FALSE when its bridge is gone. */
bool network_take_over(VrInstance *instance, const VrItemState *next);

/* dnsmasq.c: files; NULL with the error set. */
typedef struct {
    char *conf, *hosts, *addn_hosts;
} NetworkDnsmasqFiles;
bool network_wants_dnsmasq(const NetworkDef *def);
int network_dnsmasq_files(const VrInstance *instance, const NetworkDef *def, NetworkDnsmasqFiles *ret_files);
void network_dnsmasq_files_clear(NetworkDnsmasqFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkDnsmasqFiles, network_dnsmasq_files_clear)

/* service.c: the process. */
int network_service_start(VrInstance *instance, const NetworkDef *def);
void network_service_stop(VrInstance *instance, const NetworkDef *def);
bool network_service_runs(VrInstance *instance, const NetworkDef *def);
/* Files are written again; what dnsmasq can reread it rereads, else it is started again. */
int network_service_refresh(VrInstance *instance, const NetworkDef *def);

/* firewall.c */
int network_firewall_add(const NetworkDef *def);
void network_firewall_remove(const NetworkDef *def);
/* The commands of nft that add does. */
char *network_firewall_rules(const NetworkDef *def);

/* address.c: the addresses of a definition. */
typedef struct {
    VrIp ip;
    unsigned prefix;
    char *text; /* canonical */
    char *network; /* "192.168.122.0/24" */
} NetworkAddress;
int network_address(const NetworkIp *ip, NetworkAddress *ret_address);
void network_address_clear(NetworkAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkAddress, network_address_clear)
char *network_netmask_text(unsigned prefix);
unsigned network_prefix_of(const char *netmask, const VrIp *address);
bool network_has_family(const NetworkDef *def, unsigned size);

/* plug.c: where a new port of a network leads; inside a change. */
int network_plug_choose(VrItemState *next, NetworkPortDef *port);
void network_plug_release(VrItemState *next, const NetworkPortDef *port);
const NetworkPortGroup *network_port_group(const NetworkDef *def, const char *name);

/* A copy of the definition in force that may be changed; publish what becomes of it with this. */
void network_set_now(VrItemState *next, NetworkDef *def);

/* macs.c: which guest has which addresses, for name look-ups by guest. */
int network_write_macs(VrInstance *instance, const VrItemState *next);

/* bandwidth.c */
int network_bandwidth_start(const NetworkDef *def);
/* A guest's guaranteed rate, in the traffic class that its port was given. */
int network_bandwidth_plug(const VrItemState *next, const NetworkPortDef *port);
void network_bandwidth_unplug(const VrItemState *next, const NetworkPortDef *port);

#define NETWORK_OPS(X)                                                                                                 \
    /* query.c */                                                                                                          \
    X(connectNumOfNetworks, network_count)                                                                                 \
    X(connectListNetworks, network_names)                                                                                  \
    X(connectNumOfDefinedNetworks, network_count_defined)                                                                  \
    X(connectListDefinedNetworks, network_names_defined)                                                                   \
    X(connectListAllNetworks, network_list)                                                                                \
    X(connectNetworkEventRegisterAny, network_event_register)                                                              \
    X(connectNetworkEventDeregisterAny, network_event_deregister)                                                          \
    X(networkLookupByUUID, network_by_uuid)                                                                                \
    X(networkLookupByName, network_by_name)                                                                                \
    X(networkGetXMLDesc, network_get_xml)                                                                                  \
    X(networkGetBridgeName, network_get_bridge)                                                                            \
    X(networkGetAutostart, network_get_autostart)                                                                          \
    X(networkIsActive, network_is_active)                                                                                  \
    X(networkIsPersistent, network_is_persistent)                                                                          \
    /* define.c */                                                                                                         \
    X(networkCreateXML, network_create_xml)                                                                                \
    X(networkCreateXMLFlags, network_create_xml_flags)                                                                     \
    X(networkDefineXML, network_define_xml)                                                                                \
    X(networkDefineXMLFlags, network_define_xml_flags)                                                                     \
    X(networkUndefine, network_undefine)                                                                                   \
    X(networkCreate, network_create)                                                                                       \
    X(networkDestroy, network_destroy)                                                                                     \
    X(networkUpdate, network_update)                                                                                       \
    X(networkSetAutostart, network_set_autostart)                                                                          \
    /* metadata.c */                                                                                                       \
    X(networkSetMetadata, network_set_metadata)                                                                            \
    X(networkGetMetadata, network_get_metadata)                                                                            \
    /* leases.c */                                                                                                         \
    X(networkGetDHCPLeases, network_get_leases)                                                                            \
    /* port.c */                                                                                                           \
    X(networkListAllPorts, network_list_ports)                                                                             \
    X(networkPortLookupByUUID, network_port_by_uuid)                                                                       \
    X(networkPortCreateXML, network_port_create)                                                                           \
    X(networkPortGetXMLDesc, network_port_get_xml)                                                                         \
    X(networkPortDelete, network_port_delete)                                                                              \
    X(networkPortGetParameters, network_port_get_parameters)                                                               \
    X(networkPortSetParameters, network_port_set_parameters)

#define NETWORK_DECLARE_OP(slot, function) extern __typeof__(*((const VrNetworkOps *)0)->slot) function;
NETWORK_OPS(NETWORK_DECLARE_OP)
#undef NETWORK_DECLARE_OP
