/* Tuning: schedulers, pinning, cache and memory bandwidth, huge pages, NUMA placement.
 *
 * Called by domain_post.c once the guest was read.
 */
#include "model/domain_rules.h"

#include <stdlib.h>
#include <string.h>

/* Schedulers are kept and printed per thread. */
static void
split_vcpu_scheds(DomainCputune *tune)
{
    DomainVcpuSched **scheds = g_steal_pointer(&tune->vcpusched);
    size_t n = tune->n_vcpusched;

    tune->n_vcpusched = 0;
    for (int id = 0; id >= 0;) {
        int next = -1;

        for (size_t i = 0; i < n; i++) {
            int after = vr_bitmap_next(scheds[i]->vcpus, id);
            DomainVcpuSched *single;

            if (after >= 0 && (next < 0 || after < next))
                next = after;
            if (!vr_bitmap_has(scheds[i]->vcpus, (unsigned) id))
                continue;
            single = domain_vcpu_sched_copy(scheds[i]);
            g_clear_pointer(&single->vcpus, vr_bitmap_free);
            single->vcpus = vr_bitmap_add(NULL, (unsigned) id);
            vr_model_list_add(&tune->vcpusched, &tune->n_vcpusched, single);
        }
        id = next;
    }
    for (size_t i = 0; i < n; i++)
        domain_vcpu_sched_free(scheds[i]);
    g_free(scheds);
}

static void
split_iothread_scheds(DomainCputune *tune)
{
    DomainIothreadSched **scheds = g_steal_pointer(&tune->iothreadsched);
    size_t n = tune->n_iothreadsched;

    tune->n_iothreadsched = 0;
    for (int id = 0; id >= 0;) {
        int next = -1;

        for (size_t i = 0; i < n; i++) {
            int after = vr_bitmap_next(scheds[i]->iothreads, id);
            DomainIothreadSched *single;

            if (after >= 0 && (next < 0 || after < next))
                next = after;
            if (!vr_bitmap_has(scheds[i]->iothreads, (unsigned) id))
                continue;
            single = domain_iothread_sched_copy(scheds[i]);
            g_clear_pointer(&single->iothreads, vr_bitmap_free);
            single->iothreads = vr_bitmap_add(NULL, (unsigned) id);
            vr_model_list_add(&tune->iothreadsched, &tune->n_iothreadsched, single);
        }
        id = next;
    }
    for (size_t i = 0; i < n; i++)
        domain_iothread_sched_free(scheds[i]);
    g_free(scheds);
}

static bool
has_iothread(const DomainDef *def, unsigned id)
{
    const DomainIothreadIds *ids = def->iothreadids;

    for (size_t i = 0; ids && i < ids->n_iothread; i++) {
        if (ids->iothread[i]->id == id)
            return true;
    }
    return !ids && id >= 1 && id <= def->iothreads;
}

static int
check_iothreads(const DomainDef *def)
{
    const DomainCputune *tune = def->cputune;

    for (size_t i = 0; i < tune->n_iothreadsched; i++) {
        unsigned id = (unsigned) vr_bitmap_next(tune->iothreadsched[i]->iothreads, -1);

        if (!has_iothread(def, id))
            return UNSUPPORTED("Cannot find 'iothread' : %u", id);
    }
    for (size_t i = 0; i < tune->n_iothreadpin; i++) {
        if (!has_iothread(def, tune->iothreadpin[i]->iothread))
            return UNSUPPORTED("Cannot find iothread %u in iothreadids", tune->iothreadpin[i]->iothread);
    }
    return 0;
}

static int
by_vcpu(const void *a, const void *b)
{
    const DomainVcpuPin *x = *(DomainVcpuPin *const *) a, *y = *(DomainVcpuPin *const *) b;

    return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

/* A pin for a CPU that the guest has not is left out. */
static int
settle_pins(DomainDef *def)
{
    DomainCputune *tune = def->cputune;

    for (size_t i = 0; i < tune->n_vcpupin; i++) {
        for (size_t j = 0; j < i; j++) {
            if (tune->vcpupin[j]->vcpu == tune->vcpupin[i]->vcpu)
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "duplicate vcpupin for vcpu '%u'",
                                tune->vcpupin[i]->vcpu);
        }
    }
    for (size_t i = 0; i < tune->n_iothreadpin; i++) {
        for (size_t j = 0; j < i; j++) {
            if (tune->iothreadpin[j]->iothread == tune->iothreadpin[i]->iothread)
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                                "duplicate iothreadpin for same iothread '%u'", tune->iothreadpin[i]->iothread);
        }
    }
    for (size_t i = tune->n_vcpupin; i-- > 0;) {
        if (tune->vcpupin[i]->vcpu >= def->vcpu.value)
            domain_vcpu_pin_free(vr_model_list_take(&tune->vcpupin, &tune->n_vcpupin, i));
    }
    if (tune->n_vcpupin > 1)
        qsort(tune->vcpupin, tune->n_vcpupin, sizeof(*tune->vcpupin), by_vcpu);
    return 0;
}

static int
check_limit(const char *name, long long value, long long least, long long most)
{
    if (!value || (value >= least && value <= most))
        return 0;
    return UNSUPPORTED("Value of cputune '%s' must be in range [%lld, %lld]", name, least, most);
}

#define MAX_QUOTA 17592186044415ll /* 2^44 - 1 microseconds */

static int
check_limits(const DomainCputune *tune)
{
    const struct {
        const char *name;
        unsigned long long period;
        long long quota;
    } pairs[] = {
        {"", tune->period, tune->quota},
        {"global_", tune->global_period, tune->global_quota},
        {"emulator_", tune->emulator_period, tune->emulator_quota},
        {"iothread_", tune->iothread_period, tune->iothread_quota},
    };

    if (tune->shares && (tune->shares < 2 || tune->shares > 262144))
        return UNSUPPORTED("Value of cputune 'shares' must be in range [2, 262144]");
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *period = g_strconcat(pairs[i].name, "period", NULL);
        g_autofree char *quota = g_strconcat(pairs[i].name, "quota", NULL);

        if (check_limit(period, (long long) MIN(pairs[i].period, G_MAXINT64), 1000, 1000000) < 0)
            return -1;
        if (pairs[i].quota > 0 && check_limit(quota, pairs[i].quota, 1000, MAX_QUOTA) < 0)
            return -1;
    }
    return 0;
}

/* Only the real-time schedulers have priorities, and those need one. */
static int
check_priority(int scheduler, bool given, const char *element)
{
    const char *name = vr_enum_to_string(&vr_enum_domain_sched_scheduler, scheduler);

    if (given || (g_strcmp0(name, "fifo") != 0 && g_strcmp0(name, "rr") != 0))
        return 0;
    return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR, "Missing required attribute 'priority' in element '%s'", element);
}

/* Once they are parted, one thread has one scheduler, and exists. */
static int
check_scheds(const DomainDef *def)
{
    const DomainCputune *tune = def->cputune;

    if (check_priority(tune->emulatorsched ? tune->emulatorsched->scheduler : 0,
                       tune->emulatorsched && tune->emulatorsched->has_priority, "emulatorsched") < 0)
        return -1;
    for (size_t i = 0; i < tune->n_vcpusched; i++) {
        int vcpu = vr_bitmap_next(tune->vcpusched[i]->vcpus, -1);

        if (check_priority(tune->vcpusched[i]->scheduler, tune->vcpusched[i]->has_priority, "vcpusched") < 0)
            return -1;
        if (vcpu >= (int) def->vcpu.value)
            return UNSUPPORTED("vCPU '%d' is not present in domain definition", vcpu);
        for (size_t j = 0; j < i; j++) {
            if (vr_bitmap_equal(tune->vcpusched[i]->vcpus, tune->vcpusched[j]->vcpus))
                return DETAIL_FAIL("'vcpusched' attributes 'vcpus' must not overlap");
        }
    }
    for (size_t i = 0; i < tune->n_iothreadsched; i++) {
        if (check_priority(tune->iothreadsched[i]->scheduler, tune->iothreadsched[i]->has_priority,
                           "iothreadsched") < 0)
            return -1;
        for (size_t j = 0; j < i; j++) {
            if (vr_bitmap_equal(tune->iothreadsched[i]->iothreads, tune->iothreadsched[j]->iothreads))
                return DETAIL_FAIL("'iothreadsched' attributes 'iothreads' must not overlap");
        }
    }
    return 0;
}

static void
keep_existing(VrBitmap *vcpus, unsigned count)
{
    for (int id = vr_bitmap_last(vcpus); id >= (int) count; id = vr_bitmap_last(vcpus))
        vr_bitmap_remove(vcpus, (unsigned) id);
}

/* Monitors of one kind watch different CPUs, each within the group or all of it. */
static int
check_monitors(const DomainCachetune *tune)
{
    for (size_t i = 0; i < tune->n_monitor; i++) {
        const DomainCacheMonitor *monitor = tune->monitor[i];
        bool all = vr_bitmap_equal(monitor->vcpus, tune->vcpus);

        if (monitor->level != 3)
            return XML_FAIL("Invalid monitor cache level '%u'", monitor->level);
        if (vr_bitmap_is_empty(monitor->vcpus))
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "vcpus is empty");
        for (int id = vr_bitmap_next(monitor->vcpus, -1); !all && id >= 0; id = vr_bitmap_next(monitor->vcpus, id)) {
            if (!vr_bitmap_has(tune->vcpus, (unsigned) id))
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "Monitor vcpus conflicts with allocation");
        }
        for (size_t j = 0; j < i; j++) {
            bool other_all = vr_bitmap_equal(tune->monitor[j]->vcpus, tune->vcpus);

            if (vr_bitmap_equal(tune->monitor[j]->vcpus, monitor->vcpus))
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                                "Identical vcpus found in same type monitors");
            if (!all && !other_all && vr_bitmap_overlaps(tune->monitor[j]->vcpus, monitor->vcpus))
                return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                                "Overlapping vcpus found in same type monitors");
        }
    }
    return 0;
}

/* Groups of CPUs that the guest has not, and groups without anything, are left out. */
static int
settle_cachetunes(DomainDef *def)
{
    DomainCputune *tune = def->cputune;

    for (size_t i = 0; i < tune->n_cachetune; i++) {
        DomainCachetune *one = tune->cachetune[i];

        keep_existing(one->vcpus, def->vcpu.value);
        for (size_t j = 0; j < one->n_monitor; j++)
            keep_existing(one->monitor[j]->vcpus, def->vcpu.value);
        if (!vr_bitmap_is_empty(one->vcpus) && check_monitors(one) < 0)
            return -1;
    }
    for (size_t i = tune->n_cachetune; i-- > 0;) {
        const DomainCachetune *one = tune->cachetune[i];

        if (vr_bitmap_is_empty(one->vcpus) || one->n_cache + one->n_monitor == 0)
            domain_cachetune_free(vr_model_list_take(&tune->cachetune, &tune->n_cachetune, i));
    }
    return 0;
}

static int
check_one_cachetune(const DomainCachetune *tune)
{
    for (size_t i = 0; i < tune->n_cache; i++) {
        for (size_t j = 0; j < i; j++) {
            const DomainCache *a = tune->cache[i], *b = tune->cache[j];

            if (a->level == b->level && a->id == b->id &&
                (a->type == b->type || a->type == DOMAIN_CACHE_TYPE_BOTH || b->type == DOMAIN_CACHE_TYPE_BOTH))
                return vr_error(VIR_FROM_RESCTRL, VIR_ERR_XML_ERROR,
                                "Colliding cache allocations for cache level '%u' id '%u', type '%s'",
                                a->level, a->id, vr_enum_to_string(&vr_enum_domain_cache_type, a->type));
        }
    }
    return 0;
}

static int
check_resctrl(const DomainCputune *tune)
{
    for (size_t i = 0; i < tune->n_cachetune; i++) {
        if (check_one_cachetune(tune->cachetune[i]) < 0)
            return -1;
        for (size_t j = 0; j < i; j++) {
            if (vr_bitmap_equal(tune->cachetune[i]->vcpus, tune->cachetune[j]->vcpus))
                return XML_FAIL("Identical vcpus in cachetunes found");
            if (vr_bitmap_overlaps(tune->cachetune[i]->vcpus, tune->cachetune[j]->vcpus))
                return XML_FAIL("Overlapping vcpus in cachetunes found");
        }
    }
    for (size_t i = 0; i < tune->n_memorytune; i++) {
        const VrBitmap *vcpus = tune->memorytune[i]->vcpus;

        for (size_t j = 0; j < tune->n_cachetune; j++) {
            if (vr_bitmap_overlaps(vcpus, tune->cachetune[j]->vcpus) &&
                !vr_bitmap_equal(vcpus, tune->cachetune[j]->vcpus))
                return XML_FAIL("Overlapping vcpus in resctrls");
        }
        for (size_t j = 0; j < i; j++) {
            if (vr_bitmap_overlaps(vcpus, tune->memorytune[j]->vcpus))
                return XML_FAIL("Overlapping vcpus in memorytunes found");
        }
    }
    return 0;
}

static size_t
cells(const DomainDef *def)
{
    return def->cpu && def->cpu->numa ? def->cpu->numa->n_cell : 0;
}

static int
check_memnodes(const DomainDef *def)
{
    const DomainNumatune *tune = def->numatune;

    for (size_t i = 0; i < tune->n_memnode; i++) {
        if (tune->memnode[i]->cellid >= cells(def))
            return XML_FAIL("Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell");
        for (size_t j = 0; j < i; j++) {
            if (tune->memnode[j]->cellid == tune->memnode[i]->cellid)
                return XML_FAIL("Multiple memnode elements with cellid %u", tune->memnode[i]->cellid);
        }
    }
    return 0;
}

/* Automatic placement of the CPUs is placement of the memory as well. */
static void
place_memory(DomainDef *def)
{
    if (def->vcpu.placement != DOMAIN_VCPU_PLACEMENT_AUTO || (def->numatune && def->numatune->memory))
        return;
    if (!def->numatune)
        def->numatune = domain_numatune_new();
    def->numatune->memory = domain_numatune_memory_new();
    def->numatune->memory->placement = DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO;
}

static int
fill_numatune(DomainDef *def)
{
    DomainNumatuneMemory *memory = def->numatune->memory;

    if (check_memnodes(def) < 0)
        return -1;
    if (!memory)
        return 0;
    if (!memory->placement)
        memory->placement = memory->nodeset ? DOMAIN_NUMATUNE_MEMORY_PLACEMENT_STATIC :
                            def->vcpu.placement == DOMAIN_VCPU_PLACEMENT_AUTO ?
                            DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO : DOMAIN_NUMATUNE_MEMORY_PLACEMENT_STATIC;
    if (memory->placement == DOMAIN_NUMATUNE_MEMORY_PLACEMENT_STATIC && !memory->nodeset)
        return UNSUPPORTED("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    if (memory->placement == DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO) {
        g_clear_pointer(&memory->nodeset, vr_bitmap_free);
        if (def->numatune->n_memnode)
            return UNSUPPORTED("Per-node binding is not compatible with automatic NUMA placement.");
    }
    for (size_t i = 0; i < def->numatune->n_memnode; i++) {
        if ((memory->mode == DOMAIN_NUMA_MODE_RESTRICTIVE) !=
            (def->numatune->memnode[i]->mode == DOMAIN_NUMA_MODE_RESTRICTIVE))
            return XML_FAIL("'restrictive' mode is required in memnode element when mode is 'restrictive' "
                            "in memory element");
    }
    return 0;
}

/* Every cell that takes huge pages must be there, and one size may serve the rest. */
static int
check_hugepages(const DomainDef *def)
{
    const DomainHugepages *huge = def->memory_backing ? def->memory_backing->hugepages : NULL;
    const DomainHugepage *master = NULL;

    for (size_t i = 0; huge && i < huge->n_page; i++) {
        const DomainHugepage *page = huge->page[i];
        bool every;
        int last = vr_bitmap_last(page->nodeset);

        if (!page->size)
            return DETAIL_FAIL("hugepage size can't be zero");
        for (size_t j = 0; j < i; j++) {
            if (vr_bitmap_overlaps(page->nodeset, huge->page[j]->nodeset))
                return DETAIL_FAIL("nodeset attribute of hugepages of sizes %llu and %llu intersect", page->size,
                                   huge->page[j]->size);
        }
        every = !page->nodeset || (cells(def) == 0 && vr_bitmap_count(page->nodeset) == 1 && last == 0);

        if (every && master)
            return DETAIL_FAIL("two master hugepages detected: %llu and %llu", page->size, master->size);
        if (every)
            master = page;
        if (page->nodeset && cells(def) && last >= (int) cells(def))
            return DETAIL_FAIL("hugepages: node %d not found", vr_bitmap_next(page->nodeset,
                                                                              (int) cells(def) - 1));
    }
    return 0;
}

int
domain_tuning_fill(DomainDef *def)
{
    place_memory(def);
    if (def->cputune) {
        if (settle_pins(def) < 0 || check_limits(def->cputune) < 0)
            return -1;
        split_vcpu_scheds(def->cputune);
        split_iothread_scheds(def->cputune);
        if (check_iothreads(def) < 0 || check_scheds(def) < 0 || settle_cachetunes(def) < 0 ||
            check_resctrl(def->cputune) < 0)
            return -1;
    }
    if (def->numatune && fill_numatune(def) < 0)
        return -1;
    return check_hugepages(def);
}
