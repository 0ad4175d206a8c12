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

static int
fill_numatune(DomainDef *def)
{
    DomainNumatuneMemory *memory = def->numatune->memory;

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

static size_t
cells(const DomainDef *def)
{
    return def->cpu && def->cpu->numa ? def->cpu->numa->n_cell : 0;
}

/* Every cell that takes huge pages must be there, and one size may serve the rest. */
static int
check_hugepages(const DomainDef *def)
{
    const DomainHugepages *huge = def->memory_backing ? def->memory_backing->hugepages : NULL;
    const DomainHugepage *master = NULL;

    for (size_t i = 0; huge && i < huge->n_page; i++) {
        const DomainHugepage *page = huge->page[i];
        int last = vr_bitmap_last(page->nodeset);
        bool every = !page->nodeset || (cells(def) == 0 && vr_bitmap_count(page->nodeset) == 1 && last == 0);

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
    if (def->cputune) {
        split_vcpu_scheds(def->cputune);
        split_iothread_scheds(def->cputune);
        if (check_iothreads(def) < 0 || check_resctrl(def->cputune) < 0)
            return -1;
    }
    if (def->numatune && fill_numatune(def) < 0)
        return -1;
    return check_hugepages(def);
}
