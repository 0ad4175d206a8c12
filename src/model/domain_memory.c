/* Memory: the sum of cells and devices, devices of each model, and the mapping of users.
 *
 * Called by domain_post.c.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <stdlib.h>

#define LABEL_MIN_KIB 128u
#define BLOCK_MIN_KIB 4096u

static int
check_label(const DomainMemoryDevice *memory)
{
    const DomainMemoryLabel *label = memory->target.label;

    if (!label)
        return 0;
    if (!label->size)
        return UNSUPPORTED("label size is required for NVDIMM device");
    if (label->size < LABEL_MIN_KIB)
        return XML_FAIL("nvdimm label must be at least %uKiB", LABEL_MIN_KIB);
    if (label->size >= memory->target.size)
        return XML_FAIL("label size must be smaller than NVDIMM size");
    return 0;
}

static int
check_blocks(const DomainMemoryDevice *memory)
{
    unsigned long long block = memory->target.block;

    if (memory->target.requested > memory->target.size)
        return DETAIL_FAIL("requested size must be smaller than or equal to @size (%lluKiB)", memory->target.size);
    if (!block || block & (block - 1))
        return DETAIL_FAIL("block size must be a power of two");
    if (memory->target.requested % block)
        return DETAIL_FAIL("requested size must be an integer multiple of block size");
    return 0;
}

static int
check_device(const DomainDef *def, const DomainMemoryDevice *memory)
{
    bool ppc = g_strcmp0(def->os.type.arch, "ppc64") == 0 || g_strcmp0(def->os.type.arch, "ppc64le") == 0;
    const DomainMemoryDeviceSource *source = memory->source;
    bool has_path = source && source->path;
    bool needs_path = memory->model == MEMORY_MODEL_NVDIMM || memory->model == MEMORY_MODEL_VIRTIO_PMEM;

    if (needs_path && !has_path)
        return DETAIL_FAIL("path is required for model '%s'", vr_enum_to_string(&vr_enum_memory_model, memory->model));
    if (memory->model == MEMORY_MODEL_NVDIMM && ppc && !memory->target.label)
        return UNSUPPORTED("label size is required for NVDIMM device");
    if (check_label(memory) < 0)
        return -1;
    return memory->model == MEMORY_MODEL_VIRTIO_MEM ? check_blocks(memory) : 0;
}

/* What tells one persistent memory of a pSeries guest from another is made up when it was not given. */
void
domain_memory_identify(DomainDef *def)
{
    bool ppc = g_strcmp0(def->os.type.arch, "ppc64") == 0 || g_strcmp0(def->os.type.arch, "ppc64le") == 0;

    for (size_t i = 0; i < def->devices.n_memory; i++) {
        DomainMemoryDevice *memory = def->devices.memory[i];

        if (memory->model == MEMORY_MODEL_VIRTIO_MEM)
            memory->target.has_requested = true;
        if (ppc && memory->model == MEMORY_MODEL_NVDIMM && !vr_uuid_is_set(memory->uuid))
            vr_uuid_generate(memory->uuid);
    }
}

int
domain_memory_check(const DomainDef *def)
{
    unsigned long long sum = 0;

    for (size_t i = 0; i < def->devices.n_memory; i++) {
        if (check_device(def, def->devices.memory[i]) < 0)
            return -1;
        sum += def->devices.memory[i]->target.size;
    }
    if (sum > def->memory.value)
        return XML_FAIL("Total size of memory devices exceeds the total memory size");
    return 0;
}

static int
by_start(const void *a, const void *b)
{
    const DomainIdmapEntry *x = *(DomainIdmapEntry *const *) a, *y = *(DomainIdmapEntry *const *) b;

    return x->start < y->start ? -1 : x->start > y->start;
}

/* Both kinds are mapped or neither, each from the container's root on. */
int
domain_idmap_settle(DomainIdmap *map)
{
    if (!map)
        return 0;
    if (!map->n_uid != !map->n_gid)
        return UNSUPPORTED("uid and gid should be mapped both");
    if (!map->n_uid)
        return 0;
    qsort(map->uid, map->n_uid, sizeof(*map->uid), by_start);
    qsort(map->gid, map->n_gid, sizeof(*map->gid), by_start);
    if (map->uid[0]->start || map->gid[0]->start)
        return UNSUPPORTED("You must map the root user of container");
    return 0;
}
