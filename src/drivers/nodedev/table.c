/* The devices that are known: each comes in, changes and goes as udev and the mediated devices' definitions say. */
#include <string.h>

#include "drivers/nodedev/nodedev.h"

void
nodedev_emit(VrInstance *instance, const char *name, int event)
{
    vr_event_emit(instance->events, VR_EVENTS_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, name, NULL, -1,
                  &(VrEventArgs){.n = {event}});
}

static bool
is_mdev(const NodeDeviceDef *def)
{
    return vr_nodedev_cap(def, NODE_DEVICE_CAP_TYPE_MDEV) != NULL;
}

void
nodedev_put(VrInstance *instance, NodeDeviceDef *def, bool tell)
{
    g_autoptr(VrItem) item = vr_table_by_name(instance->items, def->name);
    g_auto(VrItemChange) c = {0};
    bool known = item && vr_item_change_begin(&c, item);
    if (!known) {
        g_autoptr(VrItem) made = vr_item_new(def->name, NULL, &(VrItemState){0});
        vr_item_change_begin(&c, made);
        c.is_new = true;
    }
    bool was_active = c.next->active, mediated = is_mdev(def);
    if (known && was_active && node_device_def_equal(c.next->now->def, def)) {
        node_device_def_free(def);
        return;
    }
    if (mediated && known && !was_active && !c.next->config)
        c.next->config = g_steal_pointer(&c.next->now);
    vr_definition_set(&c.next->now, vr_definition_new(&vr_desc_node_device_def, def));
    c.next->active = true;
    if (!mediated)
        c.next->persistent = c.next->autostart = true; /* hardware stays as long as it is there */
    if (vr_item_assign_publish(&c, instance->items, &nodedev_words) < 0) {
        vr_error_clear();
        return;
    }
    if (tell && !was_active)
        nodedev_emit(instance, c.item->stored.name, VIR_NODE_DEVICE_EVENT_CREATED);
    else if (tell)
        vr_event_emit(instance->events, VR_EVENTS_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_UPDATE, c.item->stored.name, NULL, -1,
                      &(VrEventArgs){.n = {0}});
}

void
nodedev_remove(VrInstance *instance, const char *name)
{
    g_autoptr(VrItem) item = vr_table_by_name(instance->items, name);
    g_auto(VrItemChange) c = {0};
    if (!item || !vr_item_change_begin(&c, item) || !c.next->active)
        return;
    if (c.next->config) { /* a mediated device that can be started again */
        c.next->active = false;
        vr_definition_set(&c.next->now, g_steal_pointer(&c.next->config));
        vr_item_change_publish(&c);
    } else {
        vr_item_change_remove(&c, instance->items);
    }
    nodedev_emit(instance, name, VIR_NODE_DEVICE_EVENT_DELETED);
}

char *
nodedev_name_at(VrInstance *instance, const char *path)
{
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (g_strcmp0(((const NodeDeviceDef *)state->now->def)->path, path) == 0)
            return g_strdup(item->stored.name);
    }
    return NULL;
}
