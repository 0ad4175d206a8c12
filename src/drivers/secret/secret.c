/* The secret driver: definitions, values and the events about them.
 *
 * The operation table at the end is what entry points call, on any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "drivers/secret/keep.h"

static const VrItemWords words = {"secret", "no secret with matching", VIR_ERR_NO_SECRET, VIR_FROM_SECRET};

static VrInstance *
instance_of(const void *object)
{
    return vr_instance(object, VR_HOST_SECRET);
}

static const SecretDef *
def_of(const VrItemState *state)
{
    return state->now->def;
}

static void *
handle(virConnectPtr conn, const VrItem *item, const VrItemState *state)
{
    const SecretDef *def = def_of(state);
    return vr_secret_new(conn, item->stored.uuid, (int)def->usage.type, secret_usage_id(def));
}

static void
emit(VrInstance *instance, const VrItem *item, const VrItemState *state, int id, int event)
{
    const SecretDef *def = def_of(state);
    vr_event_emit(instance->events, VR_EVENTS_SECRET, id, secret_usage_id(def), item->stored.uuid, (int)def->usage.type,
                  &(VrEventArgs){.n = {event}});
}

static VrItem *
find(virSecretPtr secret)
{
    return vr_item_by_uuid(instance_of(secret)->items, secret->object.uuid, &words, VIR_FROM_SECRET);
}

static VrItemState *
state_of(virSecretPtr secret)
{
    g_autoptr(VrItem) item = find(secret);
    return item ? vr_item_state(item) : NULL;
}

static int
change(virSecretPtr secret, VrItemChange *ret_change)
{
    g_autoptr(VrItem) item = find(secret);
    if (!item)
        return -1;
    if (vr_item_change_begin(ret_change, item))
        return 0;
    return vr_error(VIR_FROM_SECRET, words.missing, "%s uuid '%s'", words.no_such, item->stored.name);
}

static bool
matches(const VrItemState *state, unsigned flags)
{
    const SecretDef *def = def_of(state);
    return vr_filter(flags, VIR_CONNECT_LIST_SECRETS_EPHEMERAL, VIR_CONNECT_LIST_SECRETS_NO_EPHEMERAL, def->ephemeral) &&
           vr_filter(flags, VIR_CONNECT_LIST_SECRETS_PRIVATE, VIR_CONNECT_LIST_SECRETS_NO_PRIVATE, def->private);
}

static int
secret_count(virConnectPtr conn)
{
    return vr_items_count(instance_of(conn)->items, matches, 0);
}

static int
secret_names(virConnectPtr conn, char **uuids, int maxuuids)
{
    return vr_items_names(instance_of(conn)->items, matches, 0, uuids, maxuuids);
}

static int
secret_list(virConnectPtr conn, virSecretPtr **secrets, unsigned int flags)
{
    if (vr_flags_check(flags, 0xf, VIR_FROM_SECRET) < 0)
        return -1;
    return vr_items_handles(instance_of(conn)->items, matches, flags, conn, handle, (void ***)secrets);
}

static virSecretPtr
secret_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    g_autoptr(VrItem) item = vr_item_by_uuid(instance_of(conn)->items, uuid, &words, VIR_FROM_SECRET);
    if (!item)
        return NULL;
    g_autoptr(VrItemState) state = vr_item_state(item);
    return handle(conn, item, state);
}

/* A secret for this use, or NULL. */
static VrItem *
find_usage(VrInstance *instance, int type, const char *id)
{
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        const SecretDef *def = def_of(state);
        if ((int)def->usage.type == type && type != VIR_SECRET_USAGE_TYPE_NONE && strcmp(secret_usage_id(def), id) == 0)
            return vr_stored_ref(item);
    }
    return NULL;
}

static virSecretPtr
secret_by_usage(virConnectPtr conn, int usageType, const char *usageID)
{
    g_autoptr(VrItem) item = find_usage(instance_of(conn), usageType, usageID);
    if (!item)
        return vr_error_null(VIR_FROM_SECRET, words.missing, "%s usage '%s'", words.no_such, usageID);
    g_autoptr(VrItemState) state = vr_item_state(item);
    return handle(conn, item, state);
}

static int
in_use(const VrItem *other, const char *id)
{
    return vr_error(VIR_FROM_SECRET, VIR_ERR_INTERNAL_ERROR, "a secret with UUID %s is already defined for use with %s",
                    other->stored.name, id);
}

/* Whether DEF may take the place of what CHANGE is about. */
static int
check_change(VrInstance *instance, const VrItemChange *c, const SecretDef *def)
{
    if (c->is_new) {
        g_autoptr(VrItem) other = find_usage(instance, (int)def->usage.type, secret_usage_id(def));
        return other ? in_use(other, secret_usage_id(def)) : 0;
    }
    const SecretDef *last = def_of(c->next);
    if (strcmp(secret_usage_id(last), secret_usage_id(def)) != 0)
        return in_use(c->item, secret_usage_id(last));
    if (last->private && !def->private)
        return vr_error(VIR_FROM_SECRET, VIR_ERR_INTERNAL_ERROR, "cannot change private flag on existing secret");
    return 0;
}

static virSecretPtr
secret_define_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_SECRET_DEFINE_VALIDATE, VIR_FROM_SECRET) < 0)
        return NULL;
    VrInstance *instance = instance_of(conn);
    g_autoptr(SecretDef) def = secret_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    if (!def)
        return NULL;
    char name[VR_UUID_TEXT_SIZE];
    vr_uuid_format(def->uuid, name);
    g_auto(VrItemChange) c = {0};
    if (vr_item_assign(instance->items, name, def->uuid, 0, &words, &c) < 0 || check_change(instance, &c, def) < 0)
        return NULL;
    g_autoptr(VrItemState) last = c.is_new ? NULL : vr_item_state(c.item);
    c.next->persistent = true;
    vr_definition_set(&c.next->now, vr_definition_new(&vr_desc_secret_def, g_steal_pointer(&def)));
    if (secret_keep(instance, name, c.next, last) < 0 || vr_item_assign_publish(&c, instance->items, &words) < 0)
        return NULL;
    emit(instance, c.item, c.next, VIR_SECRET_EVENT_ID_LIFECYCLE, VIR_SECRET_EVENT_DEFINED);
    return handle(conn, c.item, c.next);
}

static int
secret_undefine(virSecretPtr secret)
{
    VrInstance *instance = instance_of(secret);
    g_auto(VrItemChange) c = {0};
    if (change(secret, &c) < 0)
        return -1;
    if (!def_of(c.next)->ephemeral && secret_forget(instance, c.item->stored.name) < 0)
        return -1;
    vr_item_change_remove(&c, instance->items);
    emit(instance, c.item, c.next, VIR_SECRET_EVENT_ID_LIFECYCLE, VIR_SECRET_EVENT_UNDEFINED);
    return 0;
}

static char *
secret_xml(virSecretPtr secret, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_SECRET) < 0)
        return NULL;
    g_autoptr(VrItemState) state = state_of(secret);
    const char *xml = state ? vr_definition_xml(state->now, 0) : NULL;
    return xml ? strdup(xml) : NULL;
}

static int
secret_set_value(virSecretPtr secret, const unsigned char *value, size_t value_size, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_SECRET) < 0)
        return -1;
    VrInstance *instance = instance_of(secret);
    g_auto(VrItemChange) c = {0};
    if (change(secret, &c) < 0)
        return -1;
    g_autoptr(VrItemState) last = vr_item_state(c.item);
    g_clear_pointer(&c.next->value, g_bytes_unref);
    c.next->value = secret_value_new(value, value_size);
    if (secret_keep(instance, c.item->stored.name, c.next, last) < 0)
        return -1;
    vr_item_change_publish(&c);
    emit(instance, c.item, c.next, VIR_SECRET_EVENT_ID_VALUE_CHANGED, 0);
    return 0;
}

static unsigned char *
secret_get_value(virSecretPtr secret, size_t *value_size, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_SECRET) < 0)
        return NULL;
    g_autoptr(VrItemState) state = state_of(secret);
    if (!state)
        return NULL;
    if (def_of(state)->private && !VR_OBJECT_CONN(secret)->extra->peer)
        return vr_error_null(VIR_FROM_SECRET, VIR_ERR_INVALID_SECRET, "secret is private");
    if (!state->value) {
        char uuid[VR_UUID_TEXT_SIZE];
        vr_uuid_format(secret->object.uuid, uuid);
        return vr_error_null(VIR_FROM_SECRET, VIR_ERR_NO_SECRET, "secret '%s' does not have a value", uuid);
    }
    gsize length;
    const void *bytes = g_bytes_get_data(state->value, &length);
    unsigned char *copy = malloc(MAX(length, 1));
    if (!copy)
        return vr_error_null(VIR_FROM_SECRET, VIR_ERR_NO_MEMORY, NULL);
    if (length > 0)
        memcpy(copy, bytes, length);
    *value_size = length;
    return copy;
}

static int
secret_event_register(virConnectPtr conn, virSecretPtr secret, int id, virConnectSecretEventGenericCallback cb,
                      void *opaque, virFreeCallback freecb)
{
    return vr_event_register(instance_of(conn)->events, VR_EVENTS_SECRET, conn, secret, id, (void (*)(void))cb, opaque,
                             freecb);
}

static int
secret_event_deregister(virConnectPtr conn, int id)
{
    return vr_event_deregister(instance_of(conn)->events, VR_EVENTS_SECRET, conn, id) < 0 ? -1 : 0;
}

static const VrSecretOps secret_ops = {
    .connectNumOfSecrets = secret_count,
    .connectListSecrets = secret_names,
    .connectListAllSecrets = secret_list,
    .secretLookupByUUID = secret_by_uuid,
    .secretLookupByUsage = secret_by_usage,
    .secretDefineXML = secret_define_xml,
    .secretUndefine = secret_undefine,
    .secretGetXMLDesc = secret_xml,
    .secretSetValue = secret_set_value,
    .secretGetValue = secret_get_value,
    .connectSecretEventRegisterAny = secret_event_register,
    .connectSecretEventDeregisterAny = secret_event_deregister,
};

static const VrInstanceKind kind = {
    .part = VR_HOST_SECRET,
    .domain = VIR_FROM_SECRET,
    .config = "secrets",
    .state = "secrets",
    .load = secret_load,
};

static int
secret_open(virConnectPtr conn, virConnectAuthPtr auth, const VrUri *uri, unsigned int flags)
{
    return vr_instance_open(conn, uri, &kind);
}

static void
secret_close(virConnectPtr conn)
{
    vr_instance_close(conn, &kind);
}

static const char *const schemes[] = {"secret", NULL};

static const VrDriver driver = {
    .name = "secret",
    .schemes = schemes,
    .error_domain = VIR_FROM_SECRET,
    .open = secret_open,
    .close = secret_close,
    .hypervisor = &vr_instance_hypervisor_ops,
    .secret = &secret_ops,
};

__attribute__((visibility("default"))) const VrDriver *vr_driver_module(void);

const VrDriver *
vr_driver_module(void)
{
    return &driver;
}
