/* Publishing and changing guests: see guest.h. */
#include "store/guest.h"

#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "base/object.h"

VrGuestDef *
vr_guest_def_new(DomainDef *def)
{
    VrGuestDef *shared = g_new0(VrGuestDef, 1);
    shared->refs = 1;
    shared->def = def;
    return shared;
}

VrGuestDef *
vr_guest_def_ref(VrGuestDef *def)
{
    if (def)
        g_atomic_int_inc(&def->refs);
    return def;
}

void
vr_guest_def_unref(VrGuestDef *def)
{
    if (!def || !g_atomic_int_dec_and_test(&def->refs))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(def->xml); i++)
        g_free(def->xml[i]);
    domain_def_free(def->def);
    g_free(def);
}

const char *
vr_guest_def_xml(VrGuestDef *def, unsigned flags)
{
    char **slot = &def->xml[flags & 15];
    char *text = g_atomic_pointer_get(slot);
    if (text)
        return text;
    text = domain_def_format(def->def, flags & 15);
    if (!text)
        return NULL;
    if (!g_atomic_pointer_compare_and_exchange(slot, NULL, text)) {
        g_free(text);
        text = g_atomic_pointer_get(slot);
    }
    return text;
}

static VrGuestState *
state_copy(const VrGuestState *from)
{
    /* Everything but the count, which others change meanwhile. */
    VrGuestState *state = g_new(VrGuestState, 1);
    memcpy(&state->refs + 1, &from->refs + 1, sizeof(*from) - sizeof(from->refs));
    state->refs = 1;
    vr_guest_def_ref(state->now);
    vr_guest_def_ref(state->config);
    vr_moments_ref(state->snapshots);
    vr_moments_ref(state->checkpoints);
    state->driver = from->driver ? from->kind->copy(from->driver) : NULL;
    return state;
}

void
vr_guest_state_unref(VrGuestState *state)
{
    if (!state || !g_atomic_int_dec_and_test(&state->refs))
        return;
    vr_guest_def_unref(state->now);
    vr_guest_def_unref(state->config);
    vr_moments_unref(state->snapshots);
    vr_moments_unref(state->checkpoints);
    if (state->driver)
        state->kind->free(state->driver);
    g_free(state);
}

static void
guest_free(void *stored)
{
    VrGuest *guest = stored;
    vr_guest_state_unref(guest->current);
    vr_mutex_clear(&guest->writer);
    vr_mutex_clear(&guest->swap);
    g_free(guest);
}

VrGuest *
vr_guest_new(DomainDef *def, const VrGuestKind *kind, void *driver)
{
    VrGuest *guest = g_new0(VrGuest, 1);
    vr_stored_init(&guest->stored, def->name, def->uuid, guest_free);
    vr_mutex_init(&guest->writer);
    vr_mutex_init(&guest->swap);
    VrGuestState *state = g_new0(VrGuestState, 1);
    state->refs = 1;
    state->now = vr_guest_def_new(def);
    state->state = VIR_DOMAIN_SHUTOFF;
    state->reason = VIR_DOMAIN_SHUTOFF_UNKNOWN;
    state->snapshots = vr_moments_new();
    state->checkpoints = vr_moments_new();
    state->kind = kind;
    state->driver = driver;
    def->id = -1;
    guest->current = state;
    return guest;
}

void
vr_guest_unref(VrGuest *guest)
{
    vr_stored_unref(guest);
}

VrGuestState *
vr_guest_state(VrGuest *guest)
{
    vr_mutex_lock(&guest->swap);
    VrGuestState *state = guest->current;
    g_atomic_int_inc(&state->refs);
    vr_mutex_unlock(&guest->swap);
    return state;
}

static void
take_turn(VrGuestChange *change, VrGuest *guest)
{
    __atomic_store_n(&guest->held_since, g_get_monotonic_time(), __ATOMIC_RELAXED);
    g_atomic_pointer_set(&guest->holder, vr_api_call.name);
    change->guest = guest;
    change->next = state_copy(guest->current); /* only writers replace it, and this is the writer */
}

void
vr_guest_set_def(VrGuestDef **slot, VrGuestDef *def)
{
    vr_guest_def_unref(*slot);
    *slot = def;
}

void
vr_guest_change_begin(VrGuestChange *change, VrGuest *guest)
{
    vr_mutex_lock(&guest->writer);
    take_turn(change, guest);
}

bool
vr_guest_change_try(VrGuestChange *change, VrGuest *guest, unsigned timeout_ms)
{
    if (!vr_mutex_lock_until(&guest->writer, g_get_monotonic_time() + timeout_ms * (gint64)1000))
        return false;
    take_turn(change, guest);
    return true;
}

/* The definition in SLOT for writing.  One reference that is not yet published can be written in place. */
static DomainDef *
writable(VrGuestDef **slot, const VrGuestState *published)
{
    if (g_atomic_int_get(&(*slot)->refs) > 1 || *slot == published->now || *slot == published->config)
        vr_guest_set_def(slot, vr_guest_def_new(domain_def_copy((*slot)->def)));
    return (*slot)->def;
}

DomainDef *
vr_guest_change_now(VrGuestChange *change)
{
    return writable(&change->next->now, change->guest->current);
}

DomainDef *
vr_guest_change_config(VrGuestChange *change)
{
    VrGuestState *next = change->next;
    if (!next->persistent)
        return NULL;
    /* A guest that ran before anything was kept apart: from now on the two differ. */
    if (!next->config && vr_guest_is_active(next))
        next->config = vr_guest_def_ref(next->now);
    return writable(next->config ? &next->config : &next->now, change->guest->current);
}

void
vr_guest_change_publish(VrGuestChange *change)
{
    VrGuest *guest = change->guest;
    vr_mutex_lock(&guest->swap);
    VrGuestState *old = guest->current;
    guest->current = change->next;
    vr_mutex_unlock(&guest->swap);
    vr_guest_state_unref(old);
    change->next = state_copy(guest->current);
}

void
vr_guest_change_again(VrGuestChange *change)
{
    vr_guest_state_unref(change->next);
    change->next = state_copy(change->guest->current);
}

void
vr_guest_change_end(VrGuestChange *change)
{
    if (!change->guest)
        return;
    vr_guest_state_unref(change->next);
    g_atomic_pointer_set(&change->guest->holder, NULL);
    vr_mutex_unlock(&change->guest->writer);
    change->guest = NULL;
}

VrGuest *
vr_guest_of(VrTable *table, virDomainPtr dom, int error_domain)
{
    VrGuest *guest = vr_table_by_uuid(table, dom->object.uuid);
    if (guest)
        return guest;
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(dom->object.uuid, uuid);
    return vr_error_null(error_domain, VIR_ERR_NO_DOMAIN, "no domain with matching uuid '%s' (%s)", uuid,
                         dom->object.name);
}

VrGuest *
vr_guest_by_id(VrTable *table, int id)
{
    g_autoptr(GPtrArray) all = vr_table_list(table);
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(all->pdata[i]);
        if (vr_guest_is_active(state) && vr_guest_id(state) == id)
            return vr_stored_ref(all->pdata[i]);
    }
    return NULL;
}

virDomainPtr
vr_guest_handle(virConnectPtr conn, const VrGuestState *state)
{
    const DomainDef *def = vr_guest_now(state);
    return vr_domain_new(conn, def->name, def->uuid, def->id);
}
