/* udev: all devices when the driver starts, then each that comes, changes or goes.
 *
 * The loop's thread only learns that there is news; a worker reads it, because reading sysfs may wait for a device.
 */
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/loop.h"
#include "drivers/nodedev/nodedev.h"

struct NodedevWatch {
    gint refs;
    VrMutex lock; /* held while udev is looked at */
    VrInstance *instance; /* NULL once that has gone */
    struct udev *udev;
    struct udev_monitor *monitor;
    VrSource *source; /* the instance's */
};

/* One turn of reading news. */
typedef struct {
    NodedevWatch *watch;
    VrSource *source;
} Turn;

static const char *const subsystems[] = {"pci", "usb", "net", "block", "scsi", "scsi_generic", "drm", "mdev", "ccw", "css",
                                         "vdpa", "ap", "matrix"};

static void
watch_unref(void *data)
{
    NodedevWatch *watch = data;
    if (!g_atomic_int_dec_and_test(&watch->refs))
        return;
    if (watch->monitor)
        udev_monitor_unref(watch->monitor);
    if (watch->udev)
        udev_unref(watch->udev);
    vr_mutex_clear(&watch->lock);
    g_free(watch);
}

/* The nearest device above that clients know. */
static void
set_parent(VrInstance *instance, struct udev_device *device, NodeDeviceDef *def)
{
    char *name = NULL;
    for (struct udev_device *up = udev_device_get_parent(device); up && !name; up = udev_device_get_parent(up)) {
        g_autofree char *candidate = nodedev_name(up);
        g_autoptr(VrItem) item = candidate ? vr_table_by_name(instance->items, candidate) : NULL;
        if (item)
            name = g_steal_pointer(&candidate);
    }
    def->parent = node_device_parent_new();
    def->parent->name = name ? name : g_strdup("computer");
}

static void
add(VrInstance *instance, struct udev_device *device, bool tell)
{
    NodeDeviceDef *def = nodedev_build(device);
    if (!def)
        return;
    set_parent(instance, device, def);
    nodedev_put(instance, def, tell);
}

/* A device that goes has nothing left to read but its place. */
static void
take_away(VrInstance *instance, const char *path)
{
    g_autofree char *name = nodedev_name_at(instance, path);
    if (name)
        nodedev_remove(instance, name);
}

static void
enumerate(NodedevWatch *watch)
{
    struct udev_enumerate *all = udev_enumerate_new(watch->udev);
    struct udev_list_entry *entry;
    for (gsize i = 0; i < G_N_ELEMENTS(subsystems); i++)
        udev_enumerate_add_match_subsystem(all, subsystems[i]);
    udev_enumerate_scan_devices(all);
    /* in the order of their places: what a device hangs on comes before it */
    udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(all))
    {
        struct udev_device *device = udev_device_new_from_syspath(watch->udev, udev_list_entry_get_name(entry));
        if (!device)
            continue;
        add(watch->instance, device, false);
        udev_device_unref(device);
    }
    udev_enumerate_unref(all);
}

static void
deal_with(VrInstance *instance, struct udev_device *device)
{
    const char *action = udev_device_get_action(device), *path = udev_device_get_syspath(device);
    if (!action || !path)
        return;
    if (strcmp(action, "remove") == 0) {
        take_away(instance, path);
        return;
    }
    if (strcmp(action, "move") == 0) {
        const char *old = udev_device_get_property_value(device, "DEVPATH_OLD");
        g_autofree char *before = old ? g_strconcat("/sys", old, NULL) : NULL;
        if (before)
            take_away(instance, before);
    }
    if (strcmp(action, "unbind") != 0 || g_file_test(path, G_FILE_TEST_EXISTS))
        add(instance, device, true);
}

static void
read_news(NodedevWatch *watch)
{
    VR_SCOPED_LOCK(&watch->lock);
    struct udev_device *device;
    while (watch->instance && (device = udev_monitor_receive_device(watch->monitor))) {
        deal_with(watch->instance, device);
        udev_device_unref(device);
    }
}

/* On a worker. */
static void
drain(void *data)
{
    read_news(((Turn *)data)->watch);
}

/* On the loop's thread again: listen on. */
static void
drained(void *data)
{
    Turn *turn = data;
    vr_source_set_events(turn->source, VR_LOOP_READABLE);
    vr_source_unref(turn->source);
    watch_unref(turn->watch);
    g_free(turn);
}

static void
on_news(VrSource *source, int fd, unsigned int events, void *data)
{
    Turn *turn = g_new0(Turn, 1);
    turn->watch = data;
    turn->source = vr_source_ref(source);
    g_atomic_int_inc(&turn->watch->refs);
    vr_source_set_events(source, 0);
    vr_loop_work(FALSE, drain, drained, turn);
}

/* udev's own word where it runs, for it adds what it knows; else the kernel's. */
static struct udev_monitor *
make_monitor(struct udev *udev)
{
    bool runs = access("/run/udev/control", F_OK) == 0;
    struct udev_monitor *monitor = udev_monitor_new_from_netlink(udev, runs ? "udev" : "kernel");
    if (!monitor)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(subsystems); i++)
        udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystems[i], NULL);
    udev_monitor_set_receive_buffer_size(monitor, 16 * 1024 * 1024);
    if (udev_monitor_enable_receiving(monitor) < 0)
        g_clear_pointer(&monitor, udev_monitor_unref);
    return monitor;
}

int
nodedev_watch_start(VrInstance *instance)
{
    NodedevDriver *driver = instance->data;
    NodedevWatch *watch = g_new0(NodedevWatch, 1);
    driver->watch = watch;
    watch->refs = 1;
    vr_mutex_init(&watch->lock);
    watch->instance = instance;
    watch->udev = udev_new();
    if (!watch->udev)
        return vr_error(VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, "failed to create udev context");
    nodedev_put(instance, nodedev_build_computer(), false);
    /* listening first: what changes meanwhile is told twice rather than never */
    watch->monitor = make_monitor(watch->udev);
    enumerate(watch);
    if (!watch->monitor) {
        vr_log(VR_LOG_WARN, "nodedev", "devices that come and go are not noticed: the kernel does not tell");
        return 0;
    }
    vr_loop_start();
    g_atomic_int_inc(&watch->refs);
    watch->source = vr_loop_watch(udev_monitor_get_fd(watch->monitor), VR_LOOP_READABLE, on_news, watch, watch_unref);
    return 0;
}

void
nodedev_watch_stop(VrInstance *instance)
{
    NodedevDriver *driver = instance->data;
    NodedevWatch *watch = driver->watch;
    if (!watch)
        return;
    vr_mutex_lock(&watch->lock);
    watch->instance = NULL;
    vr_mutex_unlock(&watch->lock);
    vr_source_end(watch->source);
    watch_unref(watch);
}

void
nodedev_watch_settle(VrInstance *instance)
{
    NodedevWatch *watch = ((NodedevDriver *)instance->data)->watch;
    if (watch->monitor)
        read_news(watch);
}
