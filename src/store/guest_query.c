/* See guest_query.h. */
#include "store/guest_query.h"

#include <libvirt/virterror.h>

#include "base/error.h"
#include "base/object.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

int
vr_guest_need_active(const VrGuestState *state)
{
    if (vr_guest_is_active(state))
        return 0;
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain is not running");
}

int
vr_guest_affect(const VrGuestState *state, unsigned *flags)
{
    bool active = vr_guest_is_active(state);
    if (!(*flags & AFFECT))
        *flags |= active ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    if ((*flags & VIR_DOMAIN_AFFECT_LIVE) && vr_guest_need_active(state) < 0)
        return -1;
    if ((*flags & VIR_DOMAIN_AFFECT_CONFIG) && !state->persistent)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID,
                        "transient domains do not have any persistent config");
    return 0;
}

int
vr_guest_one_impact(unsigned flags)
{
    if ((flags & AFFECT) != AFFECT)
        return 0;
    vr_error_raise(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, VIR_ERR_ERROR, NULL, NULL, NULL, -1, -1,
                   "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive");
    return -1;
}

const DomainDef *
vr_guest_one_def(const VrGuestState *state, unsigned flags)
{
    if (vr_guest_one_impact(flags) < 0)
        return NULL;
    if (vr_guest_affect(state, &flags) < 0)
        return NULL;
    return flags & VIR_DOMAIN_AFFECT_LIVE ? vr_guest_now(state) : vr_guest_config(state)->def;
}

int
vr_guest_change_defs(VrGuestChange *change, unsigned flags, DomainDef **ret_live, DomainDef **ret_config)
{
    if (vr_guest_affect(change->next, &flags) < 0)
        return -1;
    *ret_live = flags & VIR_DOMAIN_AFFECT_LIVE ? vr_guest_change_now(change) : NULL;
    *ret_config = flags & VIR_DOMAIN_AFFECT_CONFIG ? vr_guest_change_config(change) : NULL;
    return 0;
}

bool
vr_guest_listed(const VrGuestState *state, unsigned flags)
{
    if (!flags)
        return true; /* the usual list: of all, which needs no look at any */
    unsigned traits = 0;
    traits |= vr_guest_is_active(state) ? VIR_CONNECT_LIST_DOMAINS_ACTIVE : VIR_CONNECT_LIST_DOMAINS_INACTIVE;
    traits |= state->persistent ? VIR_CONNECT_LIST_DOMAINS_PERSISTENT : VIR_CONNECT_LIST_DOMAINS_TRANSIENT;
    traits |= state->state == VIR_DOMAIN_RUNNING   ? VIR_CONNECT_LIST_DOMAINS_RUNNING
              : state->state == VIR_DOMAIN_PAUSED  ? VIR_CONNECT_LIST_DOMAINS_PAUSED
              : state->state == VIR_DOMAIN_SHUTOFF ? VIR_CONNECT_LIST_DOMAINS_SHUTOFF
                                                   : VIR_CONNECT_LIST_DOMAINS_OTHER;
    traits |= state->managed_save ? VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE : VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE;
    traits |= state->autostart ? VIR_CONNECT_LIST_DOMAINS_AUTOSTART : VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART;
    traits |= state->snapshots->all->len ? VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT
                                         : VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT;
    traits |= state->checkpoints->all->len ? VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT
                                           : VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT;
    static const unsigned groups[] = {
        VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE,
        VIR_CONNECT_LIST_DOMAINS_PERSISTENT | VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
        VIR_CONNECT_LIST_DOMAINS_RUNNING | VIR_CONNECT_LIST_DOMAINS_PAUSED | VIR_CONNECT_LIST_DOMAINS_SHUTOFF |
            VIR_CONNECT_LIST_DOMAINS_OTHER,
        VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE | VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE,
        VIR_CONNECT_LIST_DOMAINS_AUTOSTART | VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART,
        VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT | VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT,
        VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT | VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT,
    };
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        unsigned asked = flags & groups[i];
        if (asked && !(asked & traits))
            return false;
    }
    return true;
}

int
vr_guests_list_all(VrTable *table, virConnectPtr conn, virDomainPtr **ret_domains, unsigned flags)
{
    g_autoptr(GPtrArray) all = vr_table_list(table);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(vr_object_unref);
    int n = 0;
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(all->pdata[i]);
        if (!vr_guest_listed(state, flags))
            continue;
        n++;
        if (ret_domains)
            g_ptr_array_add(found, vr_guest_handle(conn, state));
    }
    if (ret_domains) {
        g_ptr_array_add(found, NULL);
        *ret_domains = (virDomainPtr *)g_ptr_array_free(g_steal_pointer(&found), FALSE);
    }
    return n;
}

int
vr_guests_count(VrTable *table, bool active)
{
    g_autoptr(GPtrArray) all = vr_table_list(table);
    int n = 0;
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(all->pdata[i]);
        n += vr_guest_is_active(state) == active;
    }
    return n;
}

int
vr_guests_list_ids(VrTable *table, int *ids, int max)
{
    g_autoptr(GPtrArray) all = vr_table_list(table);
    int n = 0;
    for (guint i = 0; i < all->len && n < max; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(all->pdata[i]);
        if (vr_guest_is_active(state))
            ids[n++] = vr_guest_id(state);
    }
    return n;
}

int
vr_guests_list_defined(VrTable *table, char **names, int max)
{
    g_autoptr(GPtrArray) all = vr_table_list(table);
    int n = 0;
    for (guint i = 0; i < all->len && n < max; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(all->pdata[i]);
        if (!vr_guest_is_active(state))
            names[n++] = g_strdup(vr_guest_now(state)->name);
    }
    return n;
}
