/* Tables of named objects with UUIDs: a driver's domains, networks, pools.
 *
 * Objects are reference counted and start with a VrStored.  Look-ups share a read lock for the time of a hash
 * look-up; nobody holds the lock while working with an object.  Any thread.
 */
#pragma once

#include <glib.h>

#include "base/uuid.h"

typedef struct {
    gint refs;
    char *name;
    unsigned char uuid[VR_UUID_SIZE];
    GDestroyNotify free; /* frees the whole object once the last reference is gone; not the name */
} VrStored;

typedef struct VrTable VrTable;

/* Set up the head of a new object with one reference. */
void vr_stored_init(VrStored *stored, const char *name, const unsigned char *uuid, GDestroyNotify free);
void *vr_stored_ref(void *stored);
void vr_stored_unref(void *stored);

VrTable *vr_table_new(void);
void vr_table_free(VrTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrTable, vr_table_free)

/* Put OBJECT in, with a reference of the table's own.  FALSE when the name or the UUID is taken. */
gboolean vr_table_add(VrTable *table, void *object);
/* Take OBJECT out and drop the table's reference; FALSE when it was not in. */
gboolean vr_table_remove(VrTable *table, void *object);
/* Give OBJECT another name; FALSE when that is taken. */
gboolean vr_table_rename(VrTable *table, void *object, const char *name);

/* A new reference, or NULL. */
void *vr_table_by_name(VrTable *table, const char *name);
void *vr_table_by_uuid(VrTable *table, const unsigned char *uuid);

/* All objects in the order they came in, each with a reference that the array owns. */
GPtrArray *vr_table_list(VrTable *table);
guint vr_table_size(VrTable *table);
