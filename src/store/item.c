/* Items, their states and changes, and the list calls over a table of them: see item.h. */
#include "store/item.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

VrDefinition *
vr_definition_new(const VrDesc *desc, void *def)
{
    VrDefinition *definition = g_new0(VrDefinition, 1);
    definition->refs = 1;
    definition->desc = desc;
    definition->def = def;
    return definition;
}

VrDefinition *
vr_definition_ref(VrDefinition *definition)
{
    if (definition)
        g_atomic_int_inc(&definition->refs);
    return definition;
}

void
vr_definition_unref(VrDefinition *definition)
{
    if (!definition || !g_atomic_int_dec_and_test(&definition->refs))
        return;
    vr_model_free(definition->desc, definition->def);
    for (gsize i = 0; i < G_N_ELEMENTS(definition->xml); i++)
        g_free(definition->xml[i]);
    g_free(definition);
}

void *
vr_definition_copy(const VrDefinition *definition)
{
    return vr_model_copy(definition->desc, definition->def);
}

const char *
vr_definition_xml(VrDefinition *definition, unsigned flags)
{
    char **slot = &definition->xml[flags % G_N_ELEMENTS(definition->xml)];
    const char *kept = g_atomic_pointer_get(slot);
    if (kept)
        return kept;
    char *made = vr_model_format(definition->desc, definition->def, flags);
    if (!made || g_atomic_pointer_compare_and_exchange(slot, NULL, made))
        return made;
    g_free(made); /* another reader was faster */
    return g_atomic_pointer_get(slot);
}

void
vr_definition_set(VrDefinition **slot, VrDefinition *definition)
{
    vr_definition_unref(*slot);
    *slot = definition;
}

static VrItemState *
state_ref(VrItemState *state)
{
    g_atomic_int_inc(&state->refs);
    return state;
}

void
vr_item_state_unref(VrItemState *state)
{
    if (!state || !g_atomic_int_dec_and_test(&state->refs))
        return;
    vr_definition_unref(state->now);
    vr_definition_unref(state->config);
    if (state->parts)
        g_ptr_array_unref(state->parts);
    if (state->value)
        g_bytes_unref(state->value);
    g_free(state);
}

static void *
copy_part(gconstpointer part, gpointer unused)
{
    return vr_definition_ref((VrDefinition *)part);
}

static void
free_part(void *part)
{
    vr_definition_unref(part);
}

static VrItemState *
state_copy(const VrItemState *from)
{
    /* Everything but the count, which others change meanwhile. */
    VrItemState *to = g_new(VrItemState, 1);
    memcpy(&to->refs + 1, &from->refs + 1, sizeof(*from) - sizeof(from->refs));
    to->refs = 1;
    vr_definition_ref(to->now);
    vr_definition_ref(to->config);
    if (to->value)
        g_bytes_ref(to->value);
    if (from->parts) {
        to->parts = g_ptr_array_copy(from->parts, copy_part, NULL);
        g_ptr_array_set_free_func(to->parts, free_part);
    }
    return to;
}

static void
item_free(void *data)
{
    VrItem *item = data;
    vr_item_state_unref(item->current);
    if (item->own_free)
        item->own_free(item->own);
    vr_mutex_clear(&item->writer);
    vr_mutex_clear(&item->swap);
    g_free(item);
}

VrItem *
vr_item_new(const char *name, const unsigned char *uuid, const VrItemState *state)
{
    unsigned char made_up[VR_UUID_SIZE];
    if (!uuid)
        vr_uuid_generate(made_up);
    VrItem *item = g_new0(VrItem, 1);
    vr_stored_init(&item->stored, name, uuid ? uuid : made_up, item_free);
    vr_mutex_init(&item->writer);
    vr_mutex_init(&item->swap);
    item->current = g_memdup2(state, sizeof(*state));
    item->current->refs = 1;
    return item;
}

void
vr_item_unref(VrItem *item)
{
    vr_stored_unref(item);
}

void
vr_item_own(VrItem *item, void *own, GDestroyNotify own_free)
{
    item->own = own;
    item->own_free = own_free;
}

VrItemState *
vr_item_state(VrItem *item)
{
    vr_mutex_lock(&item->swap);
    VrItemState *state = state_ref(item->current);
    vr_mutex_unlock(&item->swap);
    return state;
}

bool
vr_item_change_begin(VrItemChange *change, VrItem *item)
{
    vr_mutex_lock(&item->writer);
    change->item = vr_stored_ref(item);
    change->next = state_copy(item->current);
    change->is_new = false;
    if (!change->next->gone)
        return true;
    vr_item_change_end(change);
    return false;
}

void
vr_item_change_publish(VrItemChange *change)
{
    VrItem *item = change->item;
    VrItemState *next = state_ref(change->next);
    vr_mutex_lock(&item->swap);
    VrItemState *last = item->current;
    item->current = next;
    vr_mutex_unlock(&item->swap);
    vr_item_state_unref(last);
}

void
vr_item_change_remove(VrItemChange *change, VrTable *table)
{
    change->next->gone = true;
    vr_item_change_publish(change);
    vr_table_remove(table, change->item);
}

void
vr_item_change_end(VrItemChange *change)
{
    VrItem *item = g_steal_pointer(&change->item);
    if (!item)
        return;
    vr_item_state_unref(g_steal_pointer(&change->next));
    vr_mutex_unlock(&item->writer);
    vr_item_unref(item);
}

VrItem *
vr_item_by_name(VrTable *table, const char *name, const VrItemWords *words, int error_domain)
{
    VrItem *item = vr_table_by_name(table, name);
    if (!item)
        vr_error(error_domain, words->missing, "%s name '%s'", words->no_such, name);
    return item;
}

VrItem *
vr_item_by_uuid(VrTable *table, const unsigned char *uuid, const VrItemWords *words, int error_domain)
{
    VrItem *item = vr_table_by_uuid(table, uuid);
    if (item)
        return item;
    char text[VR_UUID_TEXT_SIZE];
    vr_uuid_format(uuid, text);
    return vr_error_null(error_domain, words->missing, "%s uuid '%s'", words->no_such, text);
}

/* CHANGE is open on the item with this UUID: may a document named NAME change it? */
static int
check_same(const VrItemChange *change, const char *name, unsigned flags, const VrItemWords *words)
{
    const VrStored *stored = &change->item->stored;
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(stored->uuid, uuid);
    if (strcmp(stored->name, name) != 0)
        return vr_error(words->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' is already defined with uuid %s", words->what,
                        stored->name, uuid);
    if (flags & VR_ASSIGN_LIVE && change->next->active)
        return vr_error(words->domain, VIR_ERR_OPERATION_INVALID, "%s is already active as '%s'", words->what, name);
    return 0;
}

int
vr_item_assign(VrTable *table, const char *name, const unsigned char *uuid, unsigned flags, const VrItemWords *words,
               VrItemChange *change)
{
    for (;;) {
        g_autoptr(VrItem) same = vr_table_by_uuid(table, uuid);
        if (!same)
            break;
        if (!vr_item_change_begin(change, same))
            continue; /* removed meanwhile */
        if (check_same(change, name, flags, words) == 0)
            return 0;
        vr_item_change_end(change);
        return -1;
    }
    g_autoptr(VrItem) other = vr_table_by_name(table, name);
    if (other) {
        char text[VR_UUID_TEXT_SIZE];
        vr_uuid_format(other->stored.uuid, text);
        return vr_error(words->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' already exists with uuid %s", words->what, name,
                        text);
    }
    g_autoptr(VrItem) item = vr_item_new(name, uuid, &(VrItemState){0});
    vr_item_change_begin(change, item);
    change->is_new = true;
    return 0;
}

int
vr_item_assign_publish(VrItemChange *change, VrTable *table, const VrItemWords *words)
{
    vr_item_change_publish(change);
    if (!change->is_new || vr_table_add(table, change->item))
        return 0;
    return vr_error(words->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' was defined by someone else meanwhile", words->what,
                    change->item->stored.name);
}

bool
vr_item_is_active(const VrItemState *state, unsigned flags)
{
    return state->active == (flags != 0);
}

int
vr_items_count(VrTable *table, VrItemMatch match, unsigned flags)
{
    return vr_items_handles(table, match, flags, NULL, NULL, NULL);
}

int
vr_items_names(VrTable *table, VrItemMatch match, unsigned flags, char **names, int max)
{
    g_autoptr(GPtrArray) items = vr_table_list(table);
    int n = 0;
    for (guint i = 0; i < items->len && n < max; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (match(state, flags))
            names[n++] = strdup(item->stored.name);
    }
    return n;
}

int
vr_items_handles(VrTable *table, VrItemMatch match, unsigned flags, virConnectPtr conn, VrItemHandle make,
                 void ***ret_handles)
{
    g_autoptr(GPtrArray) items = vr_table_list(table);
    void **handles = ret_handles ? calloc(items->len + 1, sizeof(*handles)) : NULL;
    int n = 0;
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (!match(state, flags))
            continue;
        if (handles)
            handles[n] = make(conn, item, state);
        n++;
    }
    if (ret_handles)
        *ret_handles = handles;
    return n;
}
