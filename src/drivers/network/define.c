/* Definitions of networks: taken in, changed, marked, forgotten; and the operations that start and stop one.
 *
 * The operations at the end are what entry points call, on any thread.
 */
#include <net/if.h>
#include <string.h>

#include "drivers/network/network.h"
#include "model/network.h"
#include "store/network.h"

/* Who else may have a bridge. */
typedef struct {
    VrInstance *instance;
    const unsigned char *uuid; /* of the network that asks */
} Asker;

static VrItem *
owner_of_bridge(const Asker *asker, const char *name)
{
    g_autoptr(GPtrArray) items = vr_table_list(asker->instance->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        if (memcmp(item->stored.uuid, asker->uuid, VR_UUID_SIZE) == 0)
            continue;
        g_autoptr(VrItemState) state = vr_item_state(item);
        const NetworkDef *now = state->now ? state->now->def : NULL, *config = state->config ? state->config->def : NULL;
        if ((now && network_has_own_bridge(now) && g_strcmp0(now->bridge.name, name) == 0) ||
            (config && network_has_own_bridge(config) && g_strcmp0(config->bridge.name, name) == 0))
            return vr_stored_ref(item);
    }
    return NULL;
}

static bool
bridge_taken(const char *name, void *opaque)
{
    g_autoptr(VrItem) owner = owner_of_bridge(opaque, name);
    return owner || if_nametoindex(name) != 0;
}

int
network_settle(VrInstance *instance, NetworkDef *def)
{
    Asker asker = {instance, def->uuid};
    if (network_has_own_bridge(def) && def->bridge.name && !strstr(def->bridge.name, "%d")) {
        g_autoptr(VrItem) owner = owner_of_bridge(&asker, def->bridge.name);
        if (owner)
            return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "bridge name '%s' already in use.", def->bridge.name);
    }
    return vr_network_settle(def, bridge_taken, &asker);
}

const char *const network_namespaces[] = {"dnsmasq", NULL};

static NetworkDef *
parse(const char *xml, unsigned int flags)
{
    return network_def_parse(xml, &(VrParseContext){.flags = flags & VIR_NETWORK_DEFINE_VALIDATE ? VR_MODEL_VALIDATE : 0,
                                                    .namespaces = network_namespaces});
}

virNetworkPtr
network_define_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = network_instance(conn);
    if (vr_flags_check(flags, VIR_NETWORK_DEFINE_VALIDATE, VIR_FROM_NETWORK) < 0)
        return NULL;
    g_autoptr(NetworkDef) def = parse(xml, flags);
    if (!def)
        return NULL;
    g_auto(VrItemChange) c = {0};
    VR_SCOPED_LOCK(&network_driver(instance)->define);
    if (network_settle(instance, def) < 0 ||
        vr_item_assign(instance->items, def->name, def->uuid, 0, &network_words, &c) < 0)
        return NULL;
    vr_network_assign(c.next, vr_definition_new(&vr_desc_network_def, g_steal_pointer(&def)), false);
    if (network_write_config(instance, c.next) < 0 || vr_item_assign_publish(&c, instance->items, &network_words) < 0)
        return NULL;
    network_emit(instance, c.item, VIR_NETWORK_EVENT_DEFINED);
    return network_handle(conn, c.item, c.next);
}

virNetworkPtr
network_define_xml(virConnectPtr conn, const char *xml)
{
    return network_define_xml_flags(conn, xml, 0);
}

/* Begin the change that runs DEF (taken over). */
static int
assign_live(VrInstance *instance, NetworkDef *taken, VrItemChange *c)
{
    g_autoptr(NetworkDef) def = taken;
    VR_SCOPED_LOCK(&network_driver(instance)->define);
    if (network_settle(instance, def) < 0 ||
        vr_item_assign(instance->items, def->name, def->uuid, VR_ASSIGN_LIVE, &network_words, c) < 0)
        return -1;
    if (c->next->persistent)
        c->next->config = g_steal_pointer(&c->next->now);
    vr_definition_set(&c->next->now, vr_definition_new(&vr_desc_network_def, g_steal_pointer(&def)));
    return 0;
}

virNetworkPtr
network_create_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = network_instance(conn);
    if (vr_flags_check(flags, VIR_NETWORK_CREATE_VALIDATE, VIR_FROM_NETWORK) < 0)
        return NULL;
    NetworkDef *def = parse(xml, flags);
    g_auto(VrItemChange) c = {0};
    if (!def || assign_live(instance, def, &c) < 0 || network_start(instance, c.next) < 0)
        return NULL;
    if (vr_item_assign_publish(&c, instance->items, &network_words) < 0) {
        network_stop(instance, c.next);
        return NULL;
    }
    network_emit(instance, c.item, VIR_NETWORK_EVENT_STARTED);
    return network_handle(conn, c.item, c.next);
}

virNetworkPtr
network_create_xml(virConnectPtr conn, const char *xml)
{
    return network_create_xml_flags(conn, xml, 0);
}

int
network_undefine(virNetworkPtr net)
{
    VrInstance *instance = network_instance(net);
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0)
        return -1;
    VrItemState *next = c.next;
    if (!next->persistent)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "can't undefine transient network");
    const char *name = c.item->stored.name;
    g_autofree char *file = vr_files_path(instance->config, name, ".xml");
    if (vr_files_set_autostart(instance->config, name, false, VIR_FROM_NETWORK) < 0 ||
        vr_files_remove(file, VIR_FROM_NETWORK) < 0)
        return -1;
    next->persistent = next->autostart = false;
    vr_definition_set(&next->config, NULL);
    if (next->active)
        vr_item_change_publish(&c);
    else
        vr_item_change_remove(&c, instance->items);
    network_emit(instance, c.item, VIR_NETWORK_EVENT_UNDEFINED);
    return 0;
}

int
network_create(virNetworkPtr net)
{
    VrInstance *instance = network_instance(net);
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0)
        return -1;
    if (c.next->active)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network is already active");
    if (network_start(instance, c.next) < 0)
        return -1;
    vr_item_change_publish(&c);
    network_emit(instance, c.item, VIR_NETWORK_EVENT_STARTED);
    return 0;
}

int
network_destroy(virNetworkPtr net)
{
    VrInstance *instance = network_instance(net);
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0)
        return -1;
    if (!c.next->active)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network '%s' is not active", c.item->stored.name);
    network_stop(instance, c.next);
    if (c.next->persistent)
        vr_item_change_publish(&c);
    else
        vr_item_change_remove(&c, instance->items);
    network_emit(instance, c.item, VIR_NETWORK_EVENT_STOPPED);
    return 0;
}

/* What keeps two definitions of one network equal where updates cannot reach. */
static int
refuse_section(unsigned int section, const NetworkDef *def)
{
    if (section != VIR_NETWORK_SECTION_BRIDGE && section != VIR_NETWORK_SECTION_DOMAIN && section != VIR_NETWORK_SECTION_IP &&
        section != VIR_NETWORK_SECTION_FORWARD)
        return 0;
    return vr_error(VIR_FROM_NETWORK, VIR_ERR_NO_SUPPORT, "can't update '%s' section of network '%s'",
                    section == VIR_NETWORK_SECTION_BRIDGE   ? "bridge"
                    : section == VIR_NETWORK_SECTION_DOMAIN ? "domain"
                    : section == VIR_NETWORK_SECTION_IP     ? "ip"
                                                            : "forward",
                    def->name);
}

int
network_update(virNetworkPtr net, unsigned int command, unsigned int section, int parentIndex, const char *xml,
               unsigned int flags)
{
    VrInstance *instance = network_instance(net);
    if (vr_flags_check(flags, VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG, VIR_FROM_NETWORK) < 0)
        return -1;
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0)
        return -1;
    VrItemState *next = c.next;
    g_autoptr(VrDefinition) before = vr_definition_ref(next->now);
    const VrDefinition *config_before = next->config;
    VrNetworkUpdate update = {command, section, parentIndex, xml};
    if (refuse_section(section, before->def) < 0 || vr_network_update(next, &update, flags) < 0)
        return -1;
    if (next->active && next->now != before) {
        if (network_refresh(instance, next) < 0) {
            virErrorPtr error = vr_error_save();
            vr_definition_set(&next->now, vr_definition_ref(before));
            if (network_refresh(instance, next) < 0)
                vr_error_clear();
            vr_error_restore(error);
            return -1;
        }
        if (network_write_status(instance, next) < 0)
            return -1;
    }
    bool config_changed = next->active ? next->config != config_before : next->now != before;
    if (config_changed && next->persistent && network_write_config(instance, next) < 0)
        return -1;
    vr_item_change_publish(&c);
    return 0;
}

int
network_set_autostart(virNetworkPtr net, int autostart)
{
    VrInstance *instance = network_instance(net);
    g_auto(VrItemChange) c = {0};
    if (network_change(net, &c) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient network");
    if (vr_files_set_autostart(instance->config, c.item->stored.name, autostart != 0, VIR_FROM_NETWORK) < 0)
        return -1;
    c.next->autostart = autostart != 0;
    vr_item_change_publish(&c);
    return 0;
}
