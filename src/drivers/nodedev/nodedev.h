/* The node device driver's own parts: the host's devices, found by udev and followed as they come and go.
 *
 * Included by this folder only.  Operations run on any thread; one thread at a time looks at udev.
 */
#pragma once

#include <libudev.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/events.h"
#include "model/nodedev.gen.h"
#include "store/instance.h"
#include "store/item.h"
#include "store/nodedev.h"

typedef struct NodedevWatch NodedevWatch;

/* An instance's own, in VrInstance.data. */
typedef struct {
    NodedevWatch *watch;
    char *mdevs; /* folder of mediated devices' definitions: /etc/mdevctl.d */
} NodedevDriver;

static inline VrInstance *
nodedev_instance(const void *object)
{
    return vr_instance(object, VR_HOST_NODEDEV);
}

extern const VrItemWords nodedev_words;

/* watch.c: all devices there are, then those that come and go. */
int nodedev_watch_start(VrInstance *instance);
void nodedev_watch_stop(VrInstance *instance);
/* Wait until what the kernel has told so far is in the table. */
void nodedev_watch_settle(VrInstance *instance);

/* table.c: what is known, changed by watch.c and mdev.c. */
/* DEF (taken over) is a device of now; events are emitted when TELL. */
void nodedev_put(VrInstance *instance, NodeDeviceDef *def, bool tell);
void nodedev_remove(VrInstance *instance, const char *name);
/* The name of the device at PATH in sysfs; NULL when it is none of ours. */
char *nodedev_name_at(VrInstance *instance, const char *path);
void nodedev_emit(VrInstance *instance, const char *name, int event);

/* build.c: what a device is.  NULL, without an error, when it is nothing that clients care for. */
NodeDeviceDef *nodedev_build(struct udev_device *device);
/* Only its name. */
char *nodedev_name(struct udev_device *device);
NodeDeviceDef *nodedev_build_computer(void);

/* Reading sysfs, for those who build. */
const char *nodedev_attr(struct udev_device *device, const char *name);
char *nodedev_attr_copy(struct udev_device *device, const char *name);
/* Numbers: FALSE and *RET untouched when it is missing or none. */
bool nodedev_attr_number(struct udev_device *device, const char *name, int base, unsigned *ret);
bool nodedev_attr_ull(struct udev_device *device, const char *name, unsigned long long *ret);
NodeDeviceCap *nodedev_cap_new(int type);
void nodedev_cap_add(NodeDeviceCap *outer, NodeDeviceCap *inner);
/* An address as sysfs writes it: "0000:00:02.0". */
bool nodedev_pci_read(const char *text, PciAddress *ret);

/* One function per kind of device (kinds.c, kinds_pci.c, kinds_scsi.c): fill CAP, false: not a device for clients. */
typedef bool (*NodedevFill)(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_pci(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_usb_device(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_usb(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_net(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_storage(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_scsi_host(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_scsi_target(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_scsi(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_scsi_generic(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_drm(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_mdev(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_ccw(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_vdpa(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_ap_card(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_ap_queue(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
bool nodedev_fill_ap_matrix(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap);
/* The types of mediated devices that DEVICE offers, as a block within CAP. */
void nodedev_add_mdev_types(struct udev_device *device, NodeDeviceCap *cap);
NodeDeviceIommuGroup *nodedev_iommu_group(struct udev_device *device);

/* mdev.c: mediated devices that are defined, started, stopped. */
int nodedev_mdev_load(VrInstance *instance);

#define NODEDEV_OPS(X)                                                                                 \
    X(nodeNumOfDevices, nodedev_count)                                                                     \
    X(nodeListDevices, nodedev_names)                                                                      \
    X(connectListAllNodeDevices, nodedev_list)                                                             \
    X(nodeDeviceLookupByName, nodedev_by_name)                                                             \
    X(nodeDeviceLookupSCSIHostByWWN, nodedev_by_wwn)                                                       \
    X(nodeDeviceGetXMLDesc, nodedev_get_xml)                                                               \
    X(nodeDeviceGetParent, nodedev_get_parent)                                                             \
    X(nodeDeviceNumOfCaps, nodedev_cap_count)                                                              \
    X(nodeDeviceListCaps, nodedev_cap_names)                                                               \
    X(nodeDeviceGetAutostart, nodedev_get_autostart)                                                       \
    X(nodeDeviceIsPersistent, nodedev_is_persistent)                                                       \
    X(nodeDeviceIsActive, nodedev_is_active)                                                               \
    X(connectNodeDeviceEventRegisterAny, nodedev_event_register)                                           \
    X(connectNodeDeviceEventDeregisterAny, nodedev_event_deregister)                                       \
    /* make.c */                                                                                           \
    X(nodeDeviceCreateXML, nodedev_create_xml)                                                             \
    X(nodeDeviceDestroy, nodedev_destroy)                                                                  \
    X(nodeDeviceDefineXML, nodedev_define_xml)                                                             \
    X(nodeDeviceUndefine, nodedev_undefine)                                                                \
    X(nodeDeviceCreate, nodedev_create)                                                                    \
    X(nodeDeviceSetAutostart, nodedev_set_autostart)

#define NODEDEV_DECLARE_OP(slot, function) extern __typeof__(*((const VrNodedevOps *)0)->slot) function;
NODEDEV_OPS(NODEDEV_DECLARE_OP)
#undef NODEDEV_DECLARE_OP
