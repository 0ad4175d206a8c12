/* The network filter driver's own parts: an instance's filters and bindings, and how they become rules of the packet filter.
 *
 * Included by this folder only.  Filters and bindings are published states; whoever changes what the packet filter does holds
 * NWFilterDriver.apply, because a filter's rules depend on other filters.  Readers hold nothing.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

#include "base/api.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pool.h"
#include "model/nwfilter.gen.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/item.h"

/* An instance's own, in VrInstance.data.  Filters are its items. */
typedef struct {
    VrTable *bindings; /* VrItem by port device */
    VrPool *workers; /* what has been learnt is applied there */
    VrMutex apply;
} NWFilterDriver;

static inline VrInstance *
nwfilter_instance(const void *object)
{
    return vr_instance(object, VR_HOST_NWFILTER);
}

static inline NWFilterDriver *
nwfilter_driver(const VrInstance *instance)
{
    return instance->data;
}

extern const VrItemWords nwfilter_words, nwfilter_binding_words;

/* --- expand.c: the rules that a binding means --- */

/* Values by variable: GPtrArray of strings by name. */
typedef GHashTable NWFilterVars;

/* One rule, all of whose variables have values. */
typedef struct {
    const NWFilterEntry *entry;
    char *chain;
    int chain_priority;
    unsigned order; /* of appearance */
    GHashTable *values; /* of attributes that are variables: text by attribute's name */
} NWFilterRule;

/* The attribute's value, or NULL. */
const char *nwfilter_rule_get(const NWFilterRule *rule, const char *attribute);

typedef struct {
    GPtrArray *rules;   /* NWFilterRule */
    GPtrArray *filters; /* VrDefinition that the rules point into */
    bool wants_ip;      /* the guest's address is needed and nobody has told it */
    char *learning;     /* how it is to be learnt, now or anew; NULL: not at all */
} NWFilterRules;

void nwfilter_rules_clear(NWFilterRules *rules);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NWFilterRules, nwfilter_rules_clear)

/* The rules of BINDING with the filters of TABLE; IP is the address that was learnt, or NULL.  OVERRIDE (may be NULL) stands in for the
 * filter of its name.  -1 with the error set. */
int nwfilter_expand(VrTable *table, const NWFilterBindingDef *binding, VrDefinition *override, const char *ip, NWFilterRules *ret_rules);
/* Whether filter NAME takes FILTER in, at any depth. */
bool nwfilter_uses(VrTable *table, const char *name, const char *filter, VrDefinition *override);

/* --- match.c: one rule as a match of the packet filter's language --- */

/* Append what RULE matches, seen in the rule's own direction or (REVERSE) as the answer to it.  FALSE when there is no such packet.  -1
 * with the error set for what cannot be said. */
int nwfilter_match(GString *out, const NWFilterRule *rule, bool reverse, bool *ret_possible);
/* Whether the rule is about IP packets and their connections; others are about frames. */
bool nwfilter_is_layer3(const NWFilterEntry *entry);

/* --- ruleset.c: all rules of an interface --- */
/* What kernels may lack on bridges. */
enum {
    NWFILTER_TRACKS = 1 << 0,  /* follows connections */
    NWFILTER_REJECTS = 1 << 1, /* answers that a packet is not wanted */
};
/* Append the chains of PORT to OUT and their names to CHAINS.  LEARNING: the few packets from which an address is learnt. */
int nwfilter_ruleset(GString *out, GPtrArray *chains, const NWFilterBindingDef *binding, const NWFilterRules *rules,
                     unsigned abilities);

/* --- apply.c: in the packet filter; with NWFilterDriver.apply held --- */
int nwfilter_apply(VrInstance *instance, VrItem *binding, VrDefinition *override);
void nwfilter_unapply(VrItem *binding);
/* All bindings that use FILTER (NULL: all), with OVERRIDE in its place; those done are undone when one fails. */
int nwfilter_apply_users(VrInstance *instance, const char *filter, VrDefinition *override);

/* What belongs to a binding beside its state, in VrItem.own. */
typedef struct {
    VrMutex lock;
    char *ip;                     /* learnt */
    GPtrArray *chains;            /* in the packet filter */
    struct NWFilterLearner *learner; /* NULL: nobody listens */
} NWFilterPort;

static inline NWFilterPort *
nwfilter_port(const VrItem *binding)
{
    return binding->own;
}

/* --- learn.c --- */
/* The address that a FRAME on the guest's port shows: the guest's own (MAC), or (OUTGOING: towards the guest) one that a DHCP server of
 * SERVERS (NULL: any) gives it.  With DHCP only the latter counts. */
bool nwfilter_learn_parse(const guint8 *frame, gsize length, const unsigned char *mac, bool outgoing, bool dhcp,
                          const char *const *servers, guint8 *ret_ip);
/* Listen on BINDING's port for the guest's address, as MODE ("any", "dhcp") says. */
int nwfilter_learn(VrInstance *instance, VrItem *binding, const char *mode);
void nwfilter_unlearn(VrItem *binding);

/* --- store.c --- */
int nwfilter_write(VrInstance *instance, VrDefinition *filter);
int nwfilter_write_binding(VrInstance *instance, VrDefinition *binding);
void nwfilter_remove_binding(VrInstance *instance, const char *port);
void nwfilter_write_lease(VrInstance *instance, const char *port, const char *ip);
int nwfilter_load(VrInstance *instance);
VrItem *nwfilter_binding_new(VrDefinition *binding);

#define NWFILTER_OPS(X)                                                                                                \
    /* define.c */                                                                                                         \
    X(connectNumOfNWFilters, nwfilter_count)                                                                               \
    X(connectListNWFilters, nwfilter_names)                                                                                \
    X(connectListAllNWFilters, nwfilter_list)                                                                              \
    X(nwfilterLookupByName, nwfilter_by_name)                                                                              \
    X(nwfilterLookupByUUID, nwfilter_by_uuid)                                                                              \
    X(nwfilterDefineXML, nwfilter_define)                                                                                  \
    X(nwfilterDefineXMLFlags, nwfilter_define_flags)                                                                       \
    X(nwfilterUndefine, nwfilter_undefine)                                                                                 \
    X(nwfilterGetXMLDesc, nwfilter_xml)                                                                                    \
    /* binding.c */                                                                                                        \
    X(connectListAllNWFilterBindings, nwfilter_binding_list)                                                               \
    X(nwfilterBindingLookupByPortDev, nwfilter_binding_by_port)                                                            \
    X(nwfilterBindingCreateXML, nwfilter_binding_create)                                                                   \
    X(nwfilterBindingDelete, nwfilter_binding_delete)                                                                      \
    X(nwfilterBindingGetXMLDesc, nwfilter_binding_xml)

#define NWFILTER_DECLARE_OP(slot, function) extern __typeof__(*((const VrNwfilterOps *)0)->slot) function;
NWFILTER_OPS(NWFILTER_DECLARE_OP)
#undef NWFILTER_DECLARE_OP
