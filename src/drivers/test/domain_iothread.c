/* Threads for disk requests: listing, adding, removing, pinning, polling parameters. */
#include "drivers/test/ops.h"

#include <string.h>

#include "base/params.h"
#include "store/guest_iothread.h"
#include "store/guest_vcpu.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

int
test_domain_get_iothread_info(virDomainPtr dom, virDomainIOThreadInfoPtr **info, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *shared = state ? vr_guest_one_def(state, flags) : NULL;
    if (!shared)
        return -1;
    g_autoptr(DomainDef) def = domain_def_copy(shared);
    vr_iothreads_name(def);
    size_t n = def->iothreadids->n_iothread;
    *info = NULL;
    if (n == 0)
        return 0;
    virDomainIOThreadInfoPtr *list = g_new0(virDomainIOThreadInfoPtr, n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned id = def->iothreadids->iothread[i]->id;
        const DomainIothreadPin *pin = vr_iothread_pin(def, id);
        const VrBitmap *set = pin ? pin->cpuset : def->vcpu.cpuset;
        list[i] = g_new0(virDomainIOThreadInfo, 1);
        list[i]->iothread_id = id;
        /* Unpinned, a thread may use as many CPUs as the guest has. */
        int last = set ? vr_bitmap_last(set) : (int)vr_vcpus_now(def) - 1;
        list[i]->cpumaplen = MAX(last, 0) / 8 + 1;
        list[i]->cpumap = g_new0(unsigned char, list[i]->cpumaplen);
        for (int bit = 0; bit <= last; bit++) {
            if (!set || vr_bitmap_has(set, (unsigned)bit))
                list[i]->cpumap[bit / 8] |= (unsigned char)(1 << (bit % 8));
        }
    }
    *info = list;
    return (int)n;
}

/* One change of a definition's threads. */
typedef int (*ThreadFunc)(DomainDef *def, unsigned id, void *opaque);

static int
add_thread(DomainDef *def, unsigned id, void *opaque)
{
    return vr_iothread_add(def, id);
}

static int
delete_thread(DomainDef *def, unsigned id, void *opaque)
{
    return vr_iothread_delete(def, id);
}

static TestPolling *
find_polling(const TestGuest *guest, unsigned id)
{
    for (guint i = 0; guest->polling && i < guest->polling->len; i++) {
        TestPolling *polling = &g_array_index(guest->polling, TestPolling, i);
        if (polling->id == id)
            return polling;
    }
    return NULL;
}

/* What the running guest does with its threads, once the definitions are changed. */
typedef int (*PollingFunc)(TestGuest *guest, unsigned id, void *opaque);

static int
change_threads(virDomainPtr dom, unsigned id, unsigned flags, unsigned supported, ThreadFunc func, PollingFunc live,
               void *opaque)
{
    if (vr_flags_check(flags, supported, VIR_FROM_TEST) < 0 || vr_guest_one_impact(flags) < 0)
        return -1;
    if (id == 0)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "invalid value of 0 for iothread_id");
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (!defs[d])
            continue;
        bool implied = !defs[d]->iothreadids;
        vr_iothreads_name(defs[d]);
        if (func(defs[d], id, opaque) < 0)
            return -1;
        if ((implied ? func != add_thread : func == delete_thread) && vr_iothreads_are_numbered(defs[d])) {
            domain_iothread_ids_free(defs[d]->iothreadids);
            defs[d]->iothreadids = NULL;
        }
    }
    if (live && live(c.next->driver, id, opaque) < 0)
        return -1;
    test_change_publish(&c);
    return 0;
}

static int
add_polling(TestGuest *guest, unsigned id, void *opaque)
{
    if (!guest->polling)
        guest->polling = g_array_new(FALSE, TRUE, sizeof(TestPolling));
    if (!find_polling(guest, id)) {
        TestPolling polling = {.id = id, .max_ns = 32768};
        g_array_append_val(guest->polling, polling);
    }
    return 0;
}

static int
delete_polling(TestGuest *guest, unsigned id, void *opaque)
{
    TestPolling *polling = find_polling(guest, id);
    if (polling)
        g_array_remove_index(guest->polling, (guint)(polling - &g_array_index(guest->polling, TestPolling, 0)));
    return 0;
}

int
test_domain_add_iothread(virDomainPtr dom, unsigned int id, unsigned int flags)
{
    return change_threads(dom, id, flags, AFFECT, add_thread, add_polling, NULL);
}

int
test_domain_del_iothread(virDomainPtr dom, unsigned int id, unsigned int flags)
{
    return change_threads(dom, id, flags, AFFECT, delete_thread, delete_polling, NULL);
}

static int
pin_thread(DomainDef *def, unsigned id, void *opaque)
{
    const VrBitmap *set = opaque;
    if (!vr_iothread(def, id, NULL))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "iothreadid %u not found", id);
    vr_iothread_set_pin(def, id, set);
    return 0;
}

int
test_domain_pin_iothread(virDomainPtr dom, unsigned int id, unsigned char *cpumap, int maplen, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_TEST) < 0 || vr_guest_one_impact(flags) < 0)
        return -1;
    g_autoptr(VrBitmap) set = vr_cpus_from_map(cpumap, maplen);
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state || vr_guest_affect(state, &(unsigned){flags}) < 0)
        return -1;
    if (vr_bitmap_is_empty(set))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "Empty iothread cpumap list for pinning");
    return change_threads(dom, id, flags, AFFECT, pin_thread, NULL, set);
}

static const VrParamSpec poll_specs[] = {
    {VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, VIR_TYPED_PARAM_ULLONG},
    {VIR_DOMAIN_IOTHREAD_POLL_GROW, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_IOTHREAD_POLL_SHRINK, VIR_TYPED_PARAM_UINT},
    {NULL},
};

typedef struct {
    const virTypedParameter *params;
    int nparams;
} Polling;

static int
check_polling(DomainDef *def, unsigned id, void *opaque)
{
    const Polling *polling = opaque;
    if (vr_params_check(polling->params, polling->nparams, poll_specs) < 0)
        return -1;
    if (vr_iothread(def, id, NULL))
        return 0;
    return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u' in iothreadids", id);
}

/* Polling is a matter of the running guest, and only threads that were added to it have such values. */
static int
set_polling(TestGuest *guest, unsigned id, void *opaque)
{
    const Polling *wanted = opaque;
    TestPolling *polling = find_polling(guest, id);
    if (!polling)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR,
                        "IOThread %u has no polling parameters: only an added thread has them", id);
    for (int i = 0; i < wanted->nparams; i++) {
        switch (vr_param_index(&wanted->params[i], poll_specs)) {
        case 0:
            polling->max_ns = wanted->params[i].value.ul;
            break;
        case 1:
            polling->grow = wanted->params[i].value.ui;
            break;
        default:
            polling->shrink = wanted->params[i].value.ui;
        }
    }
    return 0;
}

int
test_domain_set_iothread_params(virDomainPtr dom, unsigned int id, virTypedParameterPtr params, int nparams,
                                unsigned int flags)
{
    Polling polling = {params, nparams};
    return change_threads(dom, id, flags, VIR_DOMAIN_AFFECT_LIVE, check_polling, set_polling, &polling);
}
