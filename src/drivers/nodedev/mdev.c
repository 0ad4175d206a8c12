/* Mediated devices: their definitions, kept where mdevctl keeps them (/etc/mdevctl.d/PARENT/UUID), and starting and stopping
 * them through sysfs.
 */
#include "drivers/nodedev/mdev.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "store/files.h"

NodeDeviceCap *
nodedev_mdev_cap(const NodeDeviceDef *def)
{
    return vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_MDEV);
}

char *
nodedev_mdev_name(const NodeDeviceCap *cap)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(cap->mdev_uuid, uuid);
    char *name = g_strdup_printf("mdev_%s_%s", uuid, cap->parent_addr);
    for (char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c))
            *c = '_';
    }
    return name;
}

static char *
definition_file(const VrInstance *instance, const NodeDeviceCap *cap)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(cap->mdev_uuid, uuid);
    return g_build_filename(((const NodedevDriver *)instance->data)->mdevs, cap->parent_addr, uuid, NULL);
}

/* --- definitions --- */

int
nodedev_mdev_write(VrInstance *instance, const NodeDeviceDef *def, bool autostart)
{
    const NodeDeviceCap *cap = nodedev_mdev_cap(def);
    json_t *root = json_object(), *attrs = json_array();
    json_object_set_new(root, "mdev_type", json_string(cap->mdev->id));
    json_object_set_new(root, "start", json_string(autostart ? "auto" : "manual"));
    json_object_set_new(root, "attrs", attrs);
    for (size_t i = 0; i < cap->n_attr; i++) {
        json_t *attr = json_object();
        json_object_set_new(attr, cap->attr[i]->name, json_string(cap->attr[i]->value));
        json_array_append_new(attrs, attr);
    }
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    g_autofree char *path = definition_file(instance, cap);
    int result = text ? vr_files_write(path, text, -1, 0755, VIR_FROM_NODEDEV)
                      : vr_error(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "the definition of '%s' is no text", def->name);
    free(text);
    return result;
}

int
nodedev_mdev_forget(VrInstance *instance, const NodeDeviceDef *def)
{
    g_autofree char *path = definition_file(instance, nodedev_mdev_cap(def));
    return vr_files_remove(path, VIR_FROM_NODEDEV);
}

static void
read_attrs(const json_t *attrs, NodeDeviceCap *cap)
{
    for (gsize i = 0; i < json_array_size(attrs); i++) {
        const char *name;
        json_t *value;
        json_object_foreach(json_array_get(attrs, i), name, value)
        {
            NodeDeviceAttr *attr = node_device_attr_new();
            attr->name = g_strdup(name);
            attr->value = g_strdup(json_is_string(value) ? json_string_value(value) : "");
            vr_model_list_add(&cap->attr, &cap->n_attr, attr);
        }
    }
}

/* The device whose sysfs folder is called ADDRESS. */
static char *
parent_at(VrInstance *instance, const char *address)
{
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        const NodeDeviceDef *def = state->now->def;
        g_autofree char *base = def->path ? g_path_get_basename(def->path) : NULL;
        if (g_strcmp0(base, address) == 0)
            return g_strdup(item->stored.name);
    }
    return g_strdup("computer");
}

typedef struct {
    VrInstance *instance;
    const char *parent;
} Reader;

static int
load_one(void *data, const char *name, const char *path)
{
    const Reader *reader = data;
    g_autofree char *text = vr_files_read(path, 1024 * 1024, NULL, VIR_FROM_NODEDEV);
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    g_autoptr(NodeDeviceDef) def = node_device_def_new();
    NodeDeviceCap *cap = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_MDEV);
    vr_model_list_add(&def->capability, &def->n_capability, cap);
    const char *type = json_string_value(json_object_get(root, "mdev_type"));
    bool autostart = g_strcmp0(json_string_value(json_object_get(root, "start")), "auto") == 0;
    bool good = type && vr_uuid_parse(name, cap->mdev_uuid);
    if (good) {
        cap->mdev = node_device_mdev_new();
        cap->mdev->id = g_strdup(type);
        cap->parent_addr = g_strdup(reader->parent);
        read_attrs(json_object_get(root, "attrs"), cap);
        def->name = nodedev_mdev_name(cap);
        def->parent = node_device_parent_new();
        def->parent->name = parent_at(reader->instance, reader->parent);
    }
    json_decref(root);
    if (!good)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "'%s' defines no mediated device", path);
    return nodedev_mdev_keep(reader->instance, g_steal_pointer(&def), autostart, NULL);
}

int
nodedev_mdev_keep(VrInstance *instance, NodeDeviceDef *def, bool autostart, bool *ret_known)
{
    g_autoptr(VrItem) item = vr_table_by_name(instance->items, def->name);
    g_auto(VrItemChange) c = {0};
    bool known = item && vr_item_change_begin(&c, item);
    if (!known) {
        g_autoptr(VrItem) made = vr_item_new(def->name, NULL, &(VrItemState){0});
        vr_item_change_begin(&c, made);
        c.is_new = true;
    }
    VrDefinition *kept = vr_definition_new(&vr_desc_node_device_def, def);
    vr_definition_set(c.next->active ? &c.next->config : &c.next->now, kept);
    c.next->persistent = true;
    c.next->autostart = autostart;
    if (ret_known)
        *ret_known = known;
    return vr_item_assign_publish(&c, instance->items, &nodedev_words);
}

int
nodedev_mdev_load(VrInstance *instance)
{
    const char *folder = ((NodedevDriver *)instance->data)->mdevs;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *parent; dir && (parent = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, parent, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            vr_files_each(path, "", load_one, &(Reader){instance, parent}, "nodedev");
    }
    return 0;
}

/* --- sysfs --- */

static int
write_to(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = errno;
    if (fd >= 0)
        close(fd);
    return n < 0 ? vr_error_system(VIR_FROM_NODEDEV, error, "cannot write '%s' to '%s'", value, path) : 0;
}

int
nodedev_mdev_start(const NodeDeviceDef *parent, const NodeDeviceCap *cap)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(cap->mdev_uuid, uuid);
    if (strchr(cap->mdev->id, '/'))
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_INVALID_ARG, "'%s' is no type of mediated devices", cap->mdev->id);
    g_autofree char *create = g_build_filename(parent->path, "mdev_supported_types", cap->mdev->id, "create", NULL);
    if (access(create, F_OK) < 0)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_CONFIG_UNSUPPORTED, "device '%s' has no mediated devices of type '%s'",
                        parent->name, cap->mdev->id);
    if (write_to(create, uuid) < 0)
        return -1;
    g_autofree char *device = g_build_filename("/sys/bus/mdev/devices", uuid, NULL);
    for (size_t i = 0; i < cap->n_attr; i++) {
        g_autofree char *path = g_build_filename(device, cap->attr[i]->name, NULL);
        if (!strstr(cap->attr[i]->name, "..") && write_to(path, cap->attr[i]->value) == 0)
            continue;
        virErrorPtr error = vr_error_save();
        if (nodedev_mdev_stop(cap) < 0)
            vr_error_clear();
        vr_error_restore(error);
        return -1;
    }
    return 0;
}

int
nodedev_mdev_stop(const NodeDeviceCap *cap)
{
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(cap->mdev_uuid, uuid);
    g_autofree char *path = g_build_filename("/sys/bus/mdev/devices", uuid, "remove", NULL);
    return write_to(path, "1");
}
