/* The guest's CPU and its NUMA cells: numbers, order, distances.
 *
 * Called by the engine and by domain_post.c.
 */
#include "model/domain_rules.h"

#include <stdlib.h>
#include <string.h>

#define LOCAL_DISTANCE 10

static int
check_topology(const DomainCpuTopology *topology)
{
    unsigned long long product = 1;
    const unsigned parts[] = {topology ? topology->sockets : 1, topology ? topology->dies : 1,
                              topology ? topology->cores : 1, topology ? topology->threads : 1};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        product *= parts[i];
        if (product > G_MAXINT)
            return UNSUPPORTED("cpu topology results in more than %d cpus", G_MAXINT);
    }
    return 0;
}

/* A model may still be chosen by the hypervisor while the rest is read: asked once that has happened. */
int
domain_cpu_check_model(const DomainCpu *cpu)
{
    if (cpu && cpu->check && cpu->mode == CPU_MODE_CUSTOM && !cpu->model)
        return vr_error(VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "check attribute specified for CPU with no model");
    return 0;
}

int
domain_cpu_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainCpu *cpu = object;
    DomainCpuModel *model = cpu->model;

    if (model && model->vendor_id && strlen(model->vendor_id) != 12)
        return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "vendor_id must be exactly 12 characters long");
    /* without a name only the vendor's identity is worth an element */
    if (model && !model->value && (!model->vendor_id || cpu->mode == CPU_MODE_CUSTOM))
        g_clear_pointer(&cpu->model, domain_cpu_model_free);
    if (cpu->cache && cpu->cache->level != -1 && (cpu->cache->level < 1 || cpu->cache->level > 3))
        return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "invalid CPU cache level, must be in range [1,3]");
    if (check_topology(cpu->topology) < 0)
        return -1;
    if (cpu->vendor && !cpu->model)
        return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "CPU vendor specified without CPU model");
    if (cpu->migratable && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
        return vr_error(VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, "Attribute migratable is only allowed for "
                        "'host-passthrough' / 'maximum' CPU mode");
    if (cpu->n_feature && cpu->mode == CPU_MODE_CUSTOM && !cpu->model)
        return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "Non-empty feature list specified without CPU model");
    if (cpu->numa && cpu->numa->n_cell == 0)
        return XML_FAIL("NUMA topology defined without NUMA cells");
    for (size_t i = 0; i < cpu->n_feature; i++) {
        if (!*cpu->feature[i]->name)
            return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "Invalid CPU feature name");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(cpu->feature[i]->name, cpu->feature[j]->name) == 0)
                return vr_error(VIR_FROM_CPU, VIR_ERR_XML_ERROR, "CPU feature '%s' specified more than once",
                                cpu->feature[i]->name);
        }
    }
    return 0;
}

static int
by_id(const void *a, const void *b)
{
    const DomainNumaCell *x = *(DomainNumaCell *const *) a, *y = *(DomainNumaCell *const *) b;

    return x->id < y->id ? -1 : x->id > y->id;
}

static int
number_cells(DomainNuma *numa)
{
    for (size_t i = 0; i < numa->n_cell; i++) {
        DomainNumaCell *cell = numa->cell[i];

        if (!cell->has_id)
            cell->id = (unsigned) i;
        cell->has_id = true;
        if (cell->id >= numa->n_cell)
            return XML_FAIL("Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges "
                            "or ranges not starting from 0 are not allowed");
        for (size_t j = 0; j < i; j++) {
            if (numa->cell[j]->id == cell->id)
                return XML_FAIL("Duplicate NUMA cell info for cell id '%u'", cell->id);
            if (vr_bitmap_overlaps(numa->cell[j]->cpus, cell->cpus))
                return UNSUPPORTED("NUMA cells %u and %u have overlapping vCPU ids", cell->id,
                                numa->cell[j]->id);
        }
    }
    qsort(numa->cell, numa->n_cell, sizeof(*numa->cell), by_id);
    return 0;
}

static DomainNumaSibling *
sibling(DomainNumaCell *cell, unsigned id)
{
    for (size_t i = 0; cell->distances && i < cell->distances->n_sibling; i++) {
        if (cell->distances->sibling[i]->id == id)
            return cell->distances->sibling[i];
    }
    return NULL;
}

static int
by_sibling(const void *a, const void *b)
{
    const DomainNumaSibling *x = *(DomainNumaSibling *const *) a, *y = *(DomainNumaSibling *const *) b;

    return x->id < y->id ? -1 : x->id > y->id;
}

static void
set_distance(DomainNumaCell *cell, unsigned id, unsigned value)
{
    DomainNumaSibling *entry = sibling(cell, id);

    if (entry)
        return;
    if (!cell->distances)
        cell->distances = domain_numa_distances_new();
    entry = domain_numa_sibling_new();
    entry->id = id;
    entry->value = value;
    vr_model_list_add(&cell->distances->sibling, &cell->distances->n_sibling, entry);
}

/* A distance holds in both directions; the way to oneself is always the same. */
static int
fill_distances(DomainNuma *numa)
{
    for (size_t i = 0; i < numa->n_cell; i++) {
        DomainNumaDistances *distances = numa->cell[i]->distances;

        if (distances && distances->n_sibling == 0)
            return XML_FAIL("NUMA distances defined without siblings");

        for (size_t j = distances ? distances->n_sibling : 0; j-- > 0;) {
            if (distances->sibling[j] != sibling(numa->cell[i], distances->sibling[j]->id))
                domain_numa_sibling_free(vr_model_list_take(&distances->sibling, &distances->n_sibling, j));
        }
    }
    for (size_t i = 0; i < numa->n_cell; i++) {
        DomainNumaCell *cell = numa->cell[i];
        size_t n = cell->distances ? cell->distances->n_sibling : 0;

        for (size_t j = 0; j < n; j++) {
            const DomainNumaSibling *entry = cell->distances->sibling[j];

            if (entry->id >= numa->n_cell)
                return XML_FAIL("'sibling_id %u' does not refer to a valid cell within NUMA 'cell id %u'",
                                entry->id, cell->id);
            if (entry->value < LOCAL_DISTANCE || entry->value > 255)
                return XML_FAIL("Distance value of '%u' is not in valid range", entry->value);
            if (entry->id == cell->id && entry->value != LOCAL_DISTANCE)
                return XML_FAIL("Value '%u' is invalid for 'sibling id %u' under NUMA 'cell id %u'",
                                entry->value, entry->id, cell->id);
            set_distance(numa->cell[entry->id], cell->id, entry->value);
        }
        if (n)
            set_distance(cell, cell->id, LOCAL_DISTANCE);
    }
    for (size_t i = 0; i < numa->n_cell; i++) {
        DomainNumaCell *cell = numa->cell[i];

        if (!cell->distances)
            continue;
        set_distance(cell, cell->id, LOCAL_DISTANCE);
        qsort(cell->distances->sibling, cell->distances->n_sibling, sizeof(void *), by_sibling);
    }
    return 0;
}

static const DomainNumaCell *
cell_of(const DomainNuma *numa, unsigned id)
{
    return id < numa->n_cell ? numa->cell[id] : NULL;
}

/* Levels count up from 1, each described once per cell. */
static int
check_caches(const DomainNuma *numa)
{
    for (size_t i = 0; i < numa->n_cell; i++) {
        const DomainNumaCell *cell = numa->cell[i];

        for (size_t j = 0; j < cell->n_cache; j++) {
            unsigned level = cell->cache[j]->level;

            if (level == 0)
                return XML_FAIL("Invalid 'level' attribute in cache element for NUMA node %u", cell->id);
            if (level > 3)
                return XML_FAIL("a cache level of %u in NUMA node %u is beyond what there is", level, cell->id);
            for (size_t k = 0; k < j; k++) {
                if (cell->cache[k]->level == level)
                    return XML_FAIL("Cache level '%u' already defined", level);
            }
        }
    }
    return 0;
}

static bool
has_cache(const DomainNumaCell *cell, unsigned level)
{
    for (size_t i = 0; i < cell->n_cache; i++) {
        if (cell->cache[i]->level == level)
            return true;
    }
    return level == 0;
}

static int
check_link(const DomainNuma *numa, unsigned initiator, unsigned target, unsigned cache)
{
    const DomainNumaCell *from = cell_of(numa, initiator), *to = cell_of(numa, target);

    if (!from || !to)
        return XML_FAIL("'%s' refers to a non-existent NUMA node", from ? "target" : "initiator");
    if (!has_cache(to, cache))
        return XML_FAIL("'cache' refers to a non-existent NUMA node cache");
    if (vr_bitmap_is_empty(from->cpus))
        return XML_FAIL("NUMA nodes without CPUs can't be initiator");
    return 0;
}

/* Latencies and bandwidths have the same ends. */
#define CHECK_LINKS(list, count)                                                                   \
    for (size_t i = 0; i < (count); i++) {                                                         \
        if (check_link(numa, (list)[i]->initiator, (list)[i]->target, (list)[i]->cache) < 0)       \
            return -1;                                                                             \
        for (size_t j = 0; j < i; j++) {                                                           \
            if ((list)[i]->initiator == (list)[j]->initiator &&                                    \
                (list)[i]->target == (list)[j]->target && (list)[i]->cache == (list)[j]->cache &&  \
                (list)[i]->type == (list)[j]->type)                                                \
                return XML_FAIL("Duplicate info for NUMA latencies");                              \
        }                                                                                          \
    }

static int
check_interconnects(const DomainNuma *numa)
{
    const DomainNumaInterconnects *links = numa->interconnects;

    if (!links)
        return 0;
    CHECK_LINKS(links->latency, links->n_latency)
    CHECK_LINKS(links->bandwidth, links->n_bandwidth)
    return 0;
}

static int
check_vcpus(const DomainDef *def, const DomainNuma *numa)
{
    for (size_t i = 0; i < numa->n_cell; i++) {
        if (vr_bitmap_last(numa->cell[i]->cpus) >= (int) def->vcpu.value)
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "CPU IDs in <numa> exceed the <vcpu> count");
    }
    return 0;
}

int
domain_cpu_fill(DomainDef *def)
{
    DomainNuma *numa = def->cpu ? def->cpu->numa : NULL;

    if (!numa || numa->n_cell == 0)
        return def->vcpu.value ? 0 : vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                                              "CPU IDs in <numa> exceed the <vcpu> count");
    if (number_cells(numa) < 0 || fill_distances(numa) < 0 || check_caches(numa) < 0 || check_interconnects(numa) < 0)
        return -1;
    return check_vcpus(def, numa);
}
