/* Two hashes and an ordered array behind one read-write lock: see table.h. */
#include "store/table.h"

#include <string.h>

struct VrTable {
    GRWLock lock;
    GHashTable *by_name;
    GHashTable *by_uuid;
    GPtrArray *in_order;
};

void
vr_stored_init(VrStored *stored, const char *name, const unsigned char *uuid, GDestroyNotify free)
{
    stored->refs = 1;
    stored->name = g_strdup(name);
    memcpy(stored->uuid, uuid, VR_UUID_SIZE);
    stored->free = free;
}

void *
vr_stored_ref(void *stored)
{
    g_atomic_int_inc(&((VrStored *)stored)->refs);
    return stored;
}

void
vr_stored_unref(void *object)
{
    VrStored *stored = object;
    if (!stored || !g_atomic_int_dec_and_test(&stored->refs))
        return;
    g_free(stored->name);
    stored->free(stored);
}

static guint
uuid_hash(gconstpointer key)
{
    guint word;
    memcpy(&word, key, sizeof(word));
    return word;
}

static gboolean
uuid_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, VR_UUID_SIZE) == 0;
}

VrTable *
vr_table_new(void)
{
    VrTable *table = g_new0(VrTable, 1);
    g_rw_lock_init(&table->lock);
    table->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    table->by_uuid = g_hash_table_new(uuid_hash, uuid_equal);
    table->in_order = g_ptr_array_new_with_free_func(vr_stored_unref);
    return table;
}

void
vr_table_free(VrTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->by_name);
    g_hash_table_unref(table->by_uuid);
    g_ptr_array_unref(table->in_order);
    g_rw_lock_clear(&table->lock);
    g_free(table);
}

gboolean
vr_table_add(VrTable *table, void *object)
{
    VrStored *stored = object;
    g_rw_lock_writer_lock(&table->lock);
    gboolean free_place = !g_hash_table_contains(table->by_name, stored->name) &&
                          !g_hash_table_contains(table->by_uuid, stored->uuid);
    if (free_place) {
        g_hash_table_insert(table->by_name, stored->name, stored);
        g_hash_table_insert(table->by_uuid, stored->uuid, stored);
        g_ptr_array_add(table->in_order, vr_stored_ref(stored));
    }
    g_rw_lock_writer_unlock(&table->lock);
    return free_place;
}

gboolean
vr_table_remove(VrTable *table, void *object)
{
    VrStored *stored = object;
    guint at;
    VrStored *owned = NULL;
    g_rw_lock_writer_lock(&table->lock);
    if (g_ptr_array_find(table->in_order, stored, &at)) {
        g_hash_table_remove(table->by_name, stored->name);
        g_hash_table_remove(table->by_uuid, stored->uuid);
        owned = g_ptr_array_steal_index(table->in_order, at);
    }
    g_rw_lock_writer_unlock(&table->lock);
    vr_stored_unref(owned);
    return owned != NULL;
}

gboolean
vr_table_rename(VrTable *table, void *object, const char *name)
{
    VrStored *stored = object;
    g_rw_lock_writer_lock(&table->lock);
    gboolean free_name = !g_hash_table_contains(table->by_name, name);
    if (free_name) {
        g_hash_table_remove(table->by_name, stored->name);
        g_free(stored->name);
        stored->name = g_strdup(name);
        g_hash_table_insert(table->by_name, stored->name, stored);
    }
    g_rw_lock_writer_unlock(&table->lock);
    return free_name;
}

static void *
look_up(VrTable *table, GHashTable *hash, const void *key)
{
    g_rw_lock_reader_lock(&table->lock);
    void *found = g_hash_table_lookup(hash, key);
    if (found)
        vr_stored_ref(found);
    g_rw_lock_reader_unlock(&table->lock);
    return found;
}

void *
vr_table_by_name(VrTable *table, const char *name)
{
    return look_up(table, table->by_name, name);
}

void *
vr_table_by_uuid(VrTable *table, const unsigned char *uuid)
{
    return look_up(table, table->by_uuid, uuid);
}

GPtrArray *
vr_table_list(VrTable *table)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(vr_stored_unref);
    g_rw_lock_reader_lock(&table->lock);
    for (guint i = 0; i < table->in_order->len; i++)
        g_ptr_array_add(list, vr_stored_ref(table->in_order->pdata[i]));
    g_rw_lock_reader_unlock(&table->lock);
    return list;
}

guint
vr_table_size(VrTable *table)
{
    g_rw_lock_reader_lock(&table->lock);
    guint n = table->in_order->len;
    g_rw_lock_reader_unlock(&table->lock);
    return n;
}
