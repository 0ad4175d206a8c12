/* Questions that every hypervisor driver asks about guests: which definition a call means, which guests a list wants.
 *
 * Pure functions over states; any thread.
 */
#pragma once

#include "store/guest.h"

/* -1 with VIR_ERR_OPERATION_INVALID unless the guest runs. */
int vr_guest_need_active(const VrGuestState *state);

/* Turn "current" into live or config and refuse what the guest has not; FLAGS keeps its other bits. */
int vr_guest_affect(const VrGuestState *state, unsigned *flags);

/* -1 with the error set when FLAGS name both the live and the stored definition. */
int vr_guest_one_impact(unsigned flags);

/* The one definition that FLAGS (live, config, or current) name; NULL with the error set. */
const DomainDef *vr_guest_one_def(const VrGuestState *state, unsigned flags);

/* The definitions to change: each NULL when FLAGS do not name it.  Copies them for writing. */
int vr_guest_change_defs(VrGuestChange *change, unsigned flags, DomainDef **ret_live, DomainDef **ret_config);

/* Whether STATE passes the filters of virConnectListAllDomains. */
bool vr_guest_listed(const VrGuestState *state, unsigned flags);

/* Bodies of the listing calls over TABLE. */
int vr_guests_list_all(VrTable *table, virConnectPtr conn, virDomainPtr **ret_domains, unsigned flags);
int vr_guests_count(VrTable *table, bool active);
int vr_guests_list_ids(VrTable *table, int *ids, int max);
int vr_guests_list_defined(VrTable *table, char **names, int max);
