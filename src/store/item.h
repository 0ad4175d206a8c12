/* Items: what a driver keeps about everything but guests - networks, pools, interfaces, devices - as immutable states.
 *
 * Readers take a reference to the current VrItemState and never wait for a writer.  A writer opens a VrItemChange, works
 * on a copy, and publishes it by one pointer swap; writers of one item take turns.  Any thread.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <stdbool.h>

#include "base/lock.h"
#include "model/model.h"
#include "store/table.h"

/* A definition that is never changed once shared, with its XML kept per set of flags. */
typedef struct {
    gint refs;
    const VrDesc *desc;
    void *def;
    char *xml[4]; /* by VR_MODEL_SECURE and VR_MODEL_INACTIVE */
} VrDefinition;

VrDefinition *vr_definition_new(const VrDesc *desc, void *def); /* takes DEF over */
VrDefinition *vr_definition_ref(VrDefinition *definition);
void vr_definition_unref(VrDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrDefinition, vr_definition_unref)
/* A copy of the document that its caller may change and owns. */
void *vr_definition_copy(const VrDefinition *definition);
/* Kept by DEFINITION; NULL with the error set. */
const char *vr_definition_xml(VrDefinition *definition, unsigned flags);
/* Put DEFINITION (taken over) into SLOT. */
void vr_definition_set(VrDefinition **slot, VrDefinition *definition);

typedef struct {
    gint refs;
    VrDefinition *now;    /* in force: the active item's, else the stored one */
    VrDefinition *config; /* what the next start uses, where that differs; NULL otherwise */
    GPtrArray *parts;     /* the definitions of what lies inside (a pool's volumes), in order; NULL when none can */
    GBytes *value;        /* a secret's */
    bool active, persistent, autostart;
    bool gone; /* no longer in the table */
} VrItemState;

typedef struct {
    VrStored stored; /* the name never changes */
    VrMutex writer;
    VrMutex swap; /* held for the pointer swap only */
    VrItemState *current;
    void *own; /* what the driver keeps about the item beside its states, see vr_item_own() */
    GDestroyNotify own_free;
} VrItem;

/* An item named NAME; UUID may be NULL for kinds that have none.  STATE's fields are taken over. */
VrItem *vr_item_new(const char *name, const unsigned char *uuid, const VrItemState *state);
void vr_item_unref(VrItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrItem, vr_item_unref)

/* Give ITEM what its driver keeps with it, once, before others see the item. */
void vr_item_own(VrItem *item, void *own, GDestroyNotify own_free);

/* The current state, with a reference. */
VrItemState *vr_item_state(VrItem *item);
void vr_item_state_unref(VrItemState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrItemState, vr_item_state_unref)

/* A change in the making: between begin and end no other writer works on the item. */
typedef struct {
    VrItem *item;
    VrItemState *next; /* the copy to work on */
    bool is_new;       /* the item is in no table yet */
} VrItemChange;

/* Wait for the writer's turn; the change keeps its own reference to ITEM.  FALSE when the item is gone by then: the
 * change is over and the caller reports it as not found. */
bool vr_item_change_begin(VrItemChange *change, VrItem *item);
/* Show the change to readers.  The turn goes on, so that events are emitted in order; NEXT may be read, not written. */
void vr_item_change_publish(VrItemChange *change);
/* The same, and take the item out of TABLE. */
void vr_item_change_remove(VrItemChange *change, VrTable *table);
/* Give the turn back; what was not published is forgotten. */
void vr_item_change_end(VrItemChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrItemChange, vr_item_change_end)

/* What a kind of item is called and how it says that one is missing. */
typedef struct {
    const char *what;       /* "network" */
    const char *no_such;    /* "no network with matching" */
    int missing;            /* VIR_ERR_NO_NETWORK */
    int domain;             /* VIR_FROM_NETWORK */
} VrItemWords;

/* Look an item up; NULL with the error set, of ERROR_DOMAIN. */
VrItem *vr_item_by_name(VrTable *table, const char *name, const VrItemWords *words, int error_domain);
VrItem *vr_item_by_uuid(VrTable *table, const unsigned char *uuid, const VrItemWords *words, int error_domain);

typedef enum {
    VR_ASSIGN_LIVE = 1 << 0, /* the item is to run on the document at once; refused when it runs already */
} VrAssignFlags;

/* Find the item that a document of this name and UUID is about, or make it: CHANGE is open on it.  -1 with the error set
 * when name and UUID belong to different items, or to an active one with VR_ASSIGN_LIVE.  A new item has an empty state. */
int vr_item_assign(VrTable *table, const char *name, const unsigned char *uuid, unsigned flags, const VrItemWords *words,
                   VrItemChange *change);
/* Publish what was assigned; a new item goes into TABLE.  -1 with the error set when someone else took its name or UUID
 * meanwhile. */
int vr_item_assign_publish(VrItemChange *change, VrTable *table, const VrItemWords *words);

typedef bool (*VrItemMatch)(const VrItemState *state, unsigned flags);
/* The common matches: FLAGS is nonzero for active, zero for inactive items. */
bool vr_item_is_active(const VrItemState *state, unsigned flags);

/* Whether a list call with FLAGS wants an object that is IS, when asking for either kind has a flag. */
static inline bool
vr_filter(unsigned flags, unsigned yes, unsigned no, bool is)
{
    return !(flags & (yes | no)) || flags & (is ? yes : no);
}

typedef void *(*VrItemHandle)(virConnectPtr conn, const VrItem *item, const VrItemState *state);

/* How many items match; their names (MAX at most, caller frees each); handles to them that MAKE makes, in an array
 * that ends in NULL (its caller frees it); RET_HANDLES may be NULL. */
int vr_items_count(VrTable *table, VrItemMatch match, unsigned flags);
int vr_items_names(VrTable *table, VrItemMatch match, unsigned flags, char **names, int max);
int vr_items_handles(VrTable *table, VrItemMatch match, unsigned flags, virConnectPtr conn, VrItemHandle make,
                     void ***ret_handles);
