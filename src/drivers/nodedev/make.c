/* Devices that clients make: mediated ones and virtual Fibre Channel adapters.
 *
 * What entry points call, on any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "drivers/nodedev/mdev.h"

#define PATIENCE_US (5 * G_USEC_PER_SEC)
#define STEP_US 10000

static const char unsupported[] = "Unsupported device type";

static VrItemState *
state_of(VrInstance *instance, const char *name)
{
    g_autoptr(VrItem) item = vr_table_by_name(instance->items, name);
    return item ? vr_item_state(item) : NULL;
}

/* Wait for udev to tell of device NAME. */
static bool
wait_for(VrInstance *instance, const char *name, bool there)
{
    for (gint64 waited = 0; waited < PATIENCE_US; waited += STEP_US) {
        nodedev_watch_settle(instance);
        g_autoptr(VrItemState) state = state_of(instance, name);
        if ((state && state->active) == there)
            return true;
        g_usleep(STEP_US);
    }
    return false;
}

static NodeDeviceDef *
parse(const char *xml, unsigned int flags)
{
    unsigned model = VR_MODEL_ABI_UPDATE;
    if (flags & VIR_NODE_DEVICE_CREATE_XML_VALIDATE)
        model |= VR_MODEL_VALIDATE;
    return node_device_def_parse(xml, &(VrParseContext){.flags = model});
}

/* Complete a mediated device from its parent, whose state is returned. */
static VrItemState *
settle_mdev(VrInstance *instance, NodeDeviceDef *def)
{
    NodeDeviceCap *cap = nodedev_mdev_cap(def);
    const char *parent = def->parent ? def->parent->name : NULL;
    if (!parent)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, "a mediated device needs a parent device");
    g_autoptr(VrItemState) state = state_of(instance, parent);
    const NodeDeviceDef *above = state ? state->now->def : NULL;
    if (!above || !above->path)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_PARSE_FAILED, "Unable to find address for parent device '%s'", parent);
    if (!cap->mdev || !cap->mdev->id)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, "missing type id attribute for '%s'", def->name);
    static const unsigned char none[VR_UUID_SIZE];
    if (memcmp(cap->mdev_uuid, none, VR_UUID_SIZE) == 0)
        vr_uuid_generate(cap->mdev_uuid);
    g_free(cap->parent_addr);
    cap->parent_addr = g_path_get_basename(above->path);
    g_free(def->name);
    def->name = nodedev_mdev_name(cap);
    return g_steal_pointer(&state);
}

static virNodeDevicePtr
create_mdev(virConnectPtr conn, NodeDeviceDef *def)
{
    VrInstance *instance = nodedev_instance(conn);
    g_autoptr(VrItemState) parent = settle_mdev(instance, def);
    if (!parent)
        return NULL;
    g_autoptr(VrItemState) known = state_of(instance, def->name);
    if (known && known->active)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_INVALID, "Device '%s' is already active", def->name);
    if (nodedev_mdev_start(parent->now->def, nodedev_mdev_cap(def)) < 0)
        return NULL;
    if (wait_for(instance, def->name, true))
        return vr_node_device_new(conn, def->name);
    return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "device '%s' was made but did not appear", def->name);
}

/* --- virtual adapters --- */

static int
write_vport(const char *host, const char *file, const NodeDeviceCap *fc)
{
    g_autofree char *path = g_build_filename("/sys/class/fc_host", host, file, NULL);
    g_autofree char *names = g_strdup_printf("%s:%s", fc->wwpn, fc->wwnn);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, names, strlen(names));
    int error = errno;
    if (fd >= 0)
        close(fd);
    return n < 0 ? vr_error_system(VIR_FROM_NODEDEV, error, "Write of '%s' to '%s' during vport create/delete failed", names, path)
                 : 0;
}

static const NodeDeviceCap *
host_cap(const NodeDeviceDef *def, int inside)
{
    const NodeDeviceCap *host = vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_SCSI_HOST);
    return host ? vr_nodedev_cap_inside(host, inside) : NULL;
}

static virNodeDevicePtr
create_vport(virConnectPtr conn, const NodeDeviceDef *def)
{
    VrInstance *instance = nodedev_instance(conn);
    const NodeDeviceCap *fc = host_cap(def, NODE_DEVICE_CAP_TYPE_FC_HOST);
    const char *name = def->parent ? def->parent->name : NULL;
    g_autoptr(VrItemState) parent = name ? state_of(instance, name) : NULL;
    if (!parent)
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "Could not find parent device for '%s'", def->name);
    if (!fc || !host_cap(parent->now->def, NODE_DEVICE_CAP_TYPE_VPORT_OPS))
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "Parent device %s is not capable of vport operations",
                             name);
    if (write_vport(name + strlen("scsi_"), "vport_create", fc) < 0)
        return NULL;
    for (gint64 waited = 0; waited < PATIENCE_US; waited += STEP_US) {
        nodedev_watch_settle(instance);
        virNodeDevicePtr found = nodedev_by_wwn(conn, fc->wwnn, fc->wwpn, 0);
        if (found)
            return found;
        g_usleep(STEP_US);
    }
    return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "no node device for '%s' with matching wwnn '%s' and wwpn '%s'",
                         def->name, fc->wwnn, fc->wwpn);
}

virNodeDevicePtr
nodedev_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_NODE_DEVICE_CREATE_XML_VALIDATE, VIR_FROM_NODEDEV) < 0)
        return NULL;
    g_autoptr(NodeDeviceDef) def = parse(xml, flags);
    if (!def)
        return NULL;
    if (nodedev_mdev_cap(def))
        return create_mdev(conn, def);
    if (vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_SCSI_HOST))
        return create_vport(conn, def);
    return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "%s", unsupported);
}

virNodeDevicePtr
nodedev_define_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = nodedev_instance(conn);
    if (vr_flags_check(flags, VIR_NODE_DEVICE_DEFINE_XML_VALIDATE, VIR_FROM_NODEDEV) < 0)
        return NULL;
    g_autoptr(NodeDeviceDef) def = parse(xml, flags ? VIR_NODE_DEVICE_CREATE_XML_VALIDATE : 0);
    if (!def)
        return NULL;
    if (!nodedev_mdev_cap(def))
        return vr_error_null(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "%s", unsupported);
    g_autoptr(VrItemState) parent = settle_mdev(instance, def);
    if (!parent || nodedev_mdev_write(instance, def, false) < 0)
        return NULL;
    g_autofree char *name = g_strdup(def->name);
    if (nodedev_mdev_keep(instance, g_steal_pointer(&def), false, NULL) < 0)
        return NULL;
    nodedev_emit(instance, name, VIR_NODE_DEVICE_EVENT_DEFINED);
    return vr_node_device_new(conn, name);
}

/* The state of a device that DEV names. */
static VrItemState *
look(virNodeDevicePtr dev)
{
    g_autoptr(VrItem) item = vr_item_by_name(nodedev_instance(dev)->items, VR_OBJECT_NAME(dev), &nodedev_words, VIR_FROM_NODEDEV);
    return item ? vr_item_state(item) : NULL;
}

int
nodedev_create(virNodeDevicePtr dev, unsigned int flags)
{
    VrInstance *instance = nodedev_instance(dev);
    if (vr_flags_check(flags, 0, VIR_FROM_NODEDEV) < 0)
        return -1;
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    if (state->active)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_INVALID, "Device is already active");
    const NodeDeviceDef *def = state->now->def;
    if (!nodedev_mdev_cap(def))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "%s", unsupported);
    g_autoptr(NodeDeviceDef) copy = node_device_def_copy(def);
    g_autoptr(VrItemState) parent = settle_mdev(instance, copy);
    if (!parent || nodedev_mdev_start(parent->now->def, nodedev_mdev_cap(def)) < 0)
        return -1;
    return wait_for(instance, def->name, true)
               ? 0
               : vr_error(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "device '%s' was made but did not appear", def->name);
}

int
nodedev_destroy(virNodeDevicePtr dev)
{
    VrInstance *instance = nodedev_instance(dev);
    g_autoptr(VrItemState) state = look(dev);
    if (!state)
        return -1;
    const NodeDeviceDef *def = state->now->def;
    if (!state->active)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_INVALID, "Device '%s' is not active", def->name);
    const NodeDeviceCap *fc = host_cap(def, NODE_DEVICE_CAP_TYPE_FC_HOST);
    if (nodedev_mdev_cap(def)) {
        if (nodedev_mdev_stop(nodedev_mdev_cap(def)) < 0)
            return -1;
    } else if (fc && def->parent && g_str_has_prefix(def->parent->name, "scsi_host")) {
        if (write_vport(def->parent->name + strlen("scsi_"), "vport_delete", fc) < 0)
            return -1;
    } else {
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "%s", unsupported);
    }
    wait_for(instance, def->name, false);
    return 0;
}

int
nodedev_undefine(virNodeDevicePtr dev, unsigned int flags)
{
    VrInstance *instance = nodedev_instance(dev);
    if (vr_flags_check(flags, 0, VIR_FROM_NODEDEV) < 0)
        return -1;
    g_autoptr(VrItem) item = vr_item_by_name(instance->items, VR_OBJECT_NAME(dev), &nodedev_words, VIR_FROM_NODEDEV);
    g_auto(VrItemChange) c = {0};
    if (!item)
        return -1;
    if (!vr_item_change_begin(&c, item))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "no node device with matching name '%s'", VR_OBJECT_NAME(dev));
    const NodeDeviceDef *def = c.next->now->def;
    if (!nodedev_mdev_cap(def))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "%s", unsupported);
    if (!c.next->persistent)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_INVALID, "Node device '%s' is not persistent", def->name);
    if (nodedev_mdev_forget(instance, def) < 0)
        return -1;
    c.next->persistent = c.next->autostart = false;
    vr_definition_set(&c.next->config, NULL);
    if (c.next->active)
        vr_item_change_publish(&c);
    else
        vr_item_change_remove(&c, instance->items);
    nodedev_emit(instance, c.item->stored.name, VIR_NODE_DEVICE_EVENT_UNDEFINED);
    return 0;
}

int
nodedev_set_autostart(virNodeDevicePtr dev, int autostart)
{
    VrInstance *instance = nodedev_instance(dev);
    g_autoptr(VrItem) item = vr_item_by_name(instance->items, VR_OBJECT_NAME(dev), &nodedev_words, VIR_FROM_NODEDEV);
    g_auto(VrItemChange) c = {0};
    if (!item)
        return -1;
    if (!vr_item_change_begin(&c, item))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_NO_NODE_DEVICE, "no node device with matching name '%s'", VR_OBJECT_NAME(dev));
    const NodeDeviceDef *def = c.next->config ? c.next->config->def : c.next->now->def;
    if (!nodedev_mdev_cap(def))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_UNSUPPORTED, "%s", unsupported);
    if (!c.next->persistent)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient device");
    if (nodedev_mdev_write(instance, def, autostart != 0) < 0)
        return -1;
    c.next->autostart = autostart != 0;
    vr_item_change_publish(&c);
    return 0;
}
