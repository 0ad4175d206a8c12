/* Guests: what every hypervisor driver keeps about one, as immutable snapshots.
 *
 * Readers take a reference to the current VrGuestState and never wait for a writer.  A writer opens a VrGuestChange,
 * which copies what it touches, and publishes the result by one pointer swap; writers of one guest take turns.
 * Any thread.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <stdbool.h>

#include "base/lock.h"
#include "model/domain.h"
#include "store/moments.h"
#include "store/table.h"

/* A definition that is never changed once shared, with its XML kept per set of flags. */
typedef struct {
    gint refs;
    DomainDef *def;
    char *xml[16]; /* by SECURE, INACTIVE, UPDATE_CPU, MIGRATABLE */
} VrGuestDef;

VrGuestDef *vr_guest_def_new(DomainDef *def); /* takes DEF over */
VrGuestDef *vr_guest_def_ref(VrGuestDef *def);
void vr_guest_def_unref(VrGuestDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrGuestDef, vr_guest_def_unref)
/* FLAGS are virDomainXMLFlags.  Kept by DEF; NULL with the error set. */
const char *vr_guest_def_xml(VrGuestDef *def, unsigned flags);

typedef struct {
    gint refs;
    VrGuestDef *now;    /* in force: the running guest's, else the stored one */
    VrGuestDef *config; /* what the next start uses; NULL when not running, or transient */
    int state, reason;  /* virDomainState and its reason */
    bool persistent, autostart, autostart_once, updated, managed_save;
    bool gone;          /* no longer in the table */
    VrMoments *snapshots, *checkpoints;
    void *driver; /* the driver's own part; the guest's VrGuestKind knows how to copy it */
    const struct VrGuestKind *kind;
} VrGuestState;

/* How a driver copies and frees its part of a state. */
typedef struct VrGuestKind {
    void *(*copy)(const void *driver);
    void (*free)(void *driver);
} VrGuestKind;

typedef struct VrGuest {
    VrStored stored; /* the name here is the table's; readers take it from the definition */
    VrMutex writer;
    VrMutex swap;     /* held for the pointer swap only */
    VrGuestState *current;
    const char *holder; /* the call whose turn it is, for those who wait; atomic, a name that lives for ever */
    gint64 held_since;  /* monotonic, in microseconds; atomic */
} VrGuest;

/* A stopped guest of definition DEF (taken over). */
VrGuest *vr_guest_new(DomainDef *def, const VrGuestKind *kind, void *driver);
void vr_guest_unref(VrGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrGuest, vr_guest_unref)

VrGuestState *vr_guest_state(VrGuest *guest);
void vr_guest_state_unref(VrGuestState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrGuestState, vr_guest_state_unref)

static inline const DomainDef *
vr_guest_now(const VrGuestState *state)
{
    return state->now->def;
}

/* The stored definition: what a change "to the configuration" means; NULL for a transient guest. */
static inline VrGuestDef *
vr_guest_config(const VrGuestState *state)
{
    if (!state->persistent)
        return NULL;
    return state->config ? state->config : state->now;
}

static inline int
vr_guest_id(const VrGuestState *state)
{
    return state->now->def->id;
}

static inline bool
vr_guest_is_active(const VrGuestState *state)
{
    return state->now->def->id != -1;
}

/* A change in the making: between begin and end no other writer works on the guest. */
typedef struct {
    VrGuest *guest;
    VrGuestState *next; /* the copy to work on */
} VrGuestChange;

/* Wait for the writer's turn.  The caller keeps its reference to GUEST until the end. */
void vr_guest_change_begin(VrGuestChange *change, VrGuest *guest);
/* The same, but no longer than TIMEOUT_MS: FALSE when the turn did not come. */
bool vr_guest_change_try(VrGuestChange *change, VrGuest *guest, unsigned timeout_ms);
/* A definition of NEXT that may be written to: the one in force, or the stored one (NULL for a transient guest). */
DomainDef *vr_guest_change_now(VrGuestChange *change);
DomainDef *vr_guest_change_config(VrGuestChange *change);
/* Put DEF (taken over) in the place of one of them. */
void vr_guest_set_def(VrGuestDef **slot, VrGuestDef *def);
/* Show the change to readers.  The turn goes on, so that events can be emitted in order; NEXT is a copy of its own again,
 * for what else the turn may bring.  The published state stays alive until the next publication. */
void vr_guest_change_publish(VrGuestChange *change);
/* Go on changing after that: NEXT becomes another copy to work on. */
void vr_guest_change_again(VrGuestChange *change);
/* Give the turn back; what was not published is forgotten. */
void vr_guest_change_end(VrGuestChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrGuestChange, vr_guest_change_end)

/* The guest that DOM names, or NULL with VIR_ERR_NO_DOMAIN. */
VrGuest *vr_guest_of(VrTable *table, virDomainPtr dom, int error_domain);
/* An active guest by its id, or NULL without an error. */
VrGuest *vr_guest_by_id(VrTable *table, int id);

/* A new handle on the guest in STATE. */
virDomainPtr vr_guest_handle(virConnectPtr conn, const VrGuestState *state);
