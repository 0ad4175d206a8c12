/* The interface driver's own parts: what the host has now, what is kept in Debian's configuration, and the way between.
 *
 * Included by this folder only.  What the host has is asked of the kernel at each call; definitions are published states.  Whoever
 * changes anything holds InterfaceDriver.change.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/log.h"
#include "host/link.h"
#include "model/interface.gen.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/item.h"

/* An instance's own, in VrInstance.data.  Its items are definitions. */
typedef struct {
    char *folder; /* /etc/network/interfaces.d */
    char *saved;  /* what it was when the running change began; there while one runs */
    VrMutex change;
} InterfaceDriver;

static inline VrInstance *
interface_instance(const void *object)
{
    return vr_instance(object, VR_HOST_INTERFACE);
}

static inline InterfaceDriver *
interface_driver(const VrInstance *instance)
{
    return instance->data;
}

extern const VrItemWords interface_words;

/* live.c: LINK as a document; the caller frees. */
InterfaceDef *interface_live(const GArray *links, const VrLink *link);
bool interface_is_up(const VrLink *link);

/* stanza.c: a definition as ifupdown reads it, with the document itself in comments. */
char *interface_stanza(VrDefinition *definition);
/* The document in TEXT, unless the rest was changed by hand; NULL without an error when it is not ours. */
InterfaceDef *interface_stanza_read(const char *text);

/* setup.c */
int interface_set_up(const InterfaceDef *def);
int interface_take_down(const char *name, const char *kind);

/* change.c: definitions; with InterfaceDriver.change held. */
int interface_keep(VrInstance *instance, InterfaceDef *taken, VrItem **ret_item);
int interface_forget(VrInstance *instance, VrItem *item);
int interface_load(VrInstance *instance);

#define INTERFACE_OPS(X)                                                                                               \
    /* query.c */                                                                                                          \
    X(connectNumOfInterfaces, interface_count)                                                                             \
    X(connectListInterfaces, interface_names)                                                                              \
    X(connectNumOfDefinedInterfaces, interface_count_defined)                                                              \
    X(connectListDefinedInterfaces, interface_names_defined)                                                               \
    X(connectListAllInterfaces, interface_list)                                                                            \
    X(interfaceLookupByName, interface_by_name)                                                                            \
    X(interfaceLookupByMACString, interface_by_mac)                                                                        \
    X(interfaceGetXMLDesc, interface_xml)                                                                                  \
    X(interfaceIsActive, interface_is_active)                                                                              \
    /* change.c */                                                                                                         \
    X(interfaceDefineXML, interface_define)                                                                                \
    X(interfaceUndefine, interface_undefine)                                                                               \
    X(interfaceCreate, interface_create)                                                                                   \
    X(interfaceDestroy, interface_destroy)                                                                                 \
    X(interfaceChangeBegin, interface_change_begin)                                                                        \
    X(interfaceChangeCommit, interface_change_commit)                                                                      \
    X(interfaceChangeRollback, interface_change_rollback)

#define INTERFACE_DECLARE_OP(slot, function) extern __typeof__(*((const VrInterfaceOps *)0)->slot) function;
INTERFACE_OPS(INTERFACE_DECLARE_OP)
#undef INTERFACE_DECLARE_OP
