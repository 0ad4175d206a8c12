/* What a guest is given and called: memory, descriptions and metadata, what follows its end. */
#include "drivers/test/ops.h"

#include <string.h>

#include "store/guest_metadata.h"
#include "store/guest_settings.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

unsigned long
test_domain_get_max_memory(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? (unsigned long)vr_guest_now(state)->memory.value : 0;
}

static int
set_max_memory(DomainDef *live, DomainDef *config, unsigned long memory)
{
    if (live)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID,
                        "cannot resize the maximum memory on an active domain");
    config->memory.value = memory;
    config->current_memory = MIN(config->current_memory, memory);
    return 0;
}

static int
set_memory(DomainDef *live, DomainDef *config, unsigned long memory)
{
    DomainDef *defs[] = {live, config};
    for (int d = 0; d < 2; d++) {
        if (defs[d] && memory > defs[d]->memory.value)
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "cannot set memory higher than max memory");
    }
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            defs[d]->current_memory = memory;
    }
    return 0;
}

int
test_domain_set_memory_flags(virDomainPtr dom, unsigned long memory, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_DOMAIN_MEM_MAXIMUM, VIR_FROM_TEST) < 0 || vr_guest_one_impact(flags) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *live, *config;
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0)
        return -1;
    if ((flags & VIR_DOMAIN_MEM_MAXIMUM ? set_max_memory : set_memory)(live, config, memory) < 0)
        return -1;
    test_change_publish(&c);
    return 0;
}

int
test_domain_set_memory(virDomainPtr dom, unsigned long memory)
{
    return test_domain_set_memory_flags(dom, memory, VIR_DOMAIN_AFFECT_LIVE);
}

int
test_domain_set_max_memory(virDomainPtr dom, unsigned long memory)
{
    return test_domain_set_memory_flags(dom, memory, VIR_DOMAIN_MEM_MAXIMUM);
}

int
test_domain_set_memory_stats_period(virDomainPtr dom, int period, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_guest_one_impact(flags) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (!defs[d])
            continue;
        if (!defs[d]->devices.memballoon)
            return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR,
                            "No memory balloon device configured, can not set the collection period");
        defs[d]->devices.memballoon->stats_period = (unsigned)period;
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_set_lifecycle_action(virDomainPtr dom, unsigned int type, unsigned int action, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0)
        return -1;
    if (vr_guest_lifecycle_check(type, action) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            vr_guest_lifecycle_set(defs[d], type, action);
    }
    test_change_publish(&c);
    return 0;
}

char *
test_domain_get_metadata(virDomainPtr dom, int type, const char *uri, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state || vr_guest_metadata_check(type) < 0)
        return NULL;
    const DomainDef *def = vr_guest_one_def(state, flags);
    return def ? vr_domain_metadata(def, type, uri) : NULL;
}

int
test_domain_set_metadata(virDomainPtr dom, int type, const char *metadata, const char *key, const char *uri,
                         unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_domain_set_metadata(defs[d], type, metadata, key, uri) < 0)
            return -1;
    }
    test_change_publish(&c);
    VrEventArgs args = {.n = {type}, .s = {uri}};
    test_emit(&c, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, &args);
    return 0;
}
