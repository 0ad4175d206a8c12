/* Memory: -m, its back ends, NUMA nodes, modules.  Called by command.c. */
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/memory.h"
#include "model/bitmap.h"
#include "base/uuid.h"
#include "model/rules.h"

bool
qemu_has_numa(const DomainDef *def)
{
    return def->cpu && def->cpu->numa && def->cpu->numa->n_cell;
}

unsigned long long
qemu_memory_step(const DomainDef *def)
{
    return qemu_is_ppc64(def) ? 256 * 1024 : 1024;
}

static unsigned long long
modules(const DomainDef *def)
{
    unsigned long long sum = 0;
    for (size_t i = 0; i < def->devices.n_memory; i++)
        sum += def->devices.memory[i]->target.size;
    return sum;
}

unsigned long long
qemu_memory_initial(const DomainDef *def)
{
    unsigned long long sum = modules(def);
    return def->memory.value > sum ? def->memory.value - sum : 0;
}

static unsigned long long
round_up(unsigned long long value, unsigned long long step)
{
    return (value + step - 1) / step * step;
}

#define MOST ((unsigned long long)G_MAXINT64 / 1024) /* KiB that bytes can count */

int
qemu_memory_align(DomainDef *def)
{
    unsigned long long step = qemu_memory_step(def), total = 0, module_step = MAX(step, 2048);
    DomainNuma *numa = qemu_has_numa(def) ? def->cpu->numa : NULL;
    for (size_t i = 0; numa && i < numa->n_cell; i++) {
        numa->cell[i]->memory = round_up(numa->cell[i]->memory, step);
        total += numa->cell[i]->memory;
        if (numa->cell[i]->memory > MOST)
            return UNSUPPORTED("memory size of NUMA node '%zu' overflowed after alignment", i);
    }
    if (!numa)
        total = round_up(qemu_memory_initial(def), step);
    if (total > MOST)
        return QEMU_FAIL("initial memory size overflowed after alignment");
    if (def->max_memory)
        def->max_memory->value = round_up(def->max_memory->value, step);
    for (size_t i = 0; i < def->devices.n_memory; i++) {
        DomainMemoryDevice *memory = def->devices.memory[i];
        if (memory->model != MEMORY_MODEL_NVDIMM || !qemu_is_pseries(def))
            memory->target.size = round_up(memory->target.size, module_step);
        if (memory->target.size > MOST)
            return QEMU_FAIL("size of memory module '%zu' overflowed after alignment", i);
    }
    def->memory.value = total + modules(def);
    return 0;
}

/* The kernel's own size of pages: asking for that is asking for nothing. */
static unsigned long long
small_page(void)
{
    return (unsigned long long)sysconf(_SC_PAGESIZE) / 1024;
}

/* The size of the huge pages for NUMA node CELL (-1: the whole guest), KiB; 0 for small ones. */
static unsigned long long
huge_page(const DomainDef *def, int cell)
{
    const DomainHugepages *pages = def->memory_backing ? def->memory_backing->hugepages : NULL;
    unsigned long long size = 0;
    if (!pages)
        return 0;
    if (pages->n_page == 0)
        return 2048;
    for (size_t i = 0; i < pages->n_page; i++) {
        const DomainHugepage *page = pages->page[i];
        if (!page->nodeset && !size)
            size = page->size;
        if (page->nodeset && vr_bitmap_has(page->nodeset, (unsigned)MAX(cell, 0)))
            size = page->size;
    }
    return size == small_page() ? 0 : size;
}

/* What one piece of memory is like. */
typedef struct {
    const char *id;
    unsigned long long size; /* KiB */
    int cell;                /* its NUMA node, -1 for none */
    int access, discard;     /* given for this piece; 0 otherwise */
    const char *path;        /* of its own; NULL otherwise */
    unsigned long long page; /* asked for by the piece itself */
    bool persistent;         /* a module that keeps its contents */
} Piece;

static void
put_nodes(json_t *props, const VrBitmap *nodes, int mode)
{
    static const char *const policies[] = {"bind", "preferred", "interleave", NULL};
    if (!nodes || mode > 2)
        return;
    json_t *list = json_array();
    for (int i = 0, last = vr_bitmap_last(nodes); i <= last; i++) {
        if (vr_bitmap_has(nodes, (unsigned)i))
            json_array_append_new(list, json_integer(i));
    }
    json_object_set_new(props, "host-nodes", list);
    qemu_put_text(props, "policy", policies[mode]);
}

static bool
node_exists(int node)
{
    g_autofree char *path = g_strdup_printf("/sys/devices/system/node/node%d", node);
    return access(path, F_OK) == 0;
}

static int
check_nodes(const VrBitmap *nodes)
{
    for (int i = 0, last = nodes ? vr_bitmap_last(nodes) : -1; i <= last; i++) {
        if (vr_bitmap_has(nodes, (unsigned)i) && !node_exists(i))
            return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "NUMA node %d is unavailable", i);
    }
    return 0;
}

/* The host's nodes that a guest's node lies on, and how strictly. */
static int
host_nodes(const DomainDef *def, int cell, const VrBitmap **ret_nodes, int *ret_mode)
{
    const DomainNumatune *tune = def->numatune;
    *ret_nodes = NULL;
    *ret_mode = DOMAIN_NUMA_MODE_STRICT;
    if (!tune)
        return 0;
    if (tune->memory) {
        *ret_nodes = tune->memory->nodeset;
        *ret_mode = tune->memory->mode;
        if (tune->memory->placement == DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO)
            return QEMU_FAIL("Advice from numad is needed in case of automatic numa placement");
    }
    for (size_t i = 0; i < tune->n_memnode; i++) {
        if (cell >= 0 && tune->memnode[i]->cellid == (unsigned)cell) {
            *ret_nodes = tune->memnode[i]->nodeset;
            *ret_mode = tune->memnode[i]->mode;
        }
    }
    return check_nodes(*ret_nodes);
}

static json_t *
file_backend(QemuCommand *command, const Piece *piece, bool *ret_shared)
{
    const DomainMemoryBacking *backing = command->def->memory_backing;
    json_t *props = qemu_object_new("memory-backend-file", piece->id);
    if (piece->path)
        qemu_put_text(props, "mem-path", piece->path);
    else
        qemu_put_format(props, "mem-path", "%s/ram/%s/%s", command->driver->paths.lib, command->short_name, piece->id);
    int access = piece->access ? piece->access : backing ? backing->access : 0;
    *ret_shared = access == DOMAIN_MEMORY_BACKING_ACCESS_SHARED;
    if (access)
        qemu_put_bool(props, "share", *ret_shared);
    return props;
}

/* The back end of one piece of memory; NULL with the error set. */
static json_t *
backend(QemuCommand *command, const Piece *piece)
{
    const DomainDef *def = command->def;
    const DomainMemoryBacking *backing = def->memory_backing;
    unsigned long long page = piece->page ? piece->page : huge_page(def, piece->cell);
    int access = piece->access ? piece->access : backing ? backing->access : 0;
    int source = backing ? backing->source : 0;
    int discard = piece->discard ? piece->discard : backing && backing->discard ? YES_NO_YES : 0;
    bool prealloc = backing && backing->allocation == DOMAIN_MEMORY_BACKING_ALLOCATION_IMMEDIATE, file = false;
    const VrBitmap *nodes;
    int mode;
    json_t *props;

    if (host_nodes(def, piece->cell, &nodes, &mode) < 0)
        return NULL;
    if (page == small_page())
        page = 0;
    if (page && !piece->path) {
        QEMU_FAIL("hugetlbfs filesystem is not mounted or disabled by administrator config");
        return NULL;
    }
    if (!piece->path && source == DOMAIN_MEMORY_BACKING_SOURCE_MEMFD) {
        props = qemu_object_new("memory-backend-memfd", piece->id);
        qemu_put_bool(props, "share", access == DOMAIN_MEMORY_BACKING_ACCESS_SHARED);
    } else if (piece->path || source == DOMAIN_MEMORY_BACKING_SOURCE_FILE || piece->access) {
        bool shared;
        props = file_backend(command, piece, &shared);
        file = true;
        if (piece->persistent)
            prealloc = true;
    } else {
        props = qemu_object_new("memory-backend-ram", piece->id);
        if (access == DOMAIN_MEMORY_BACKING_ACCESS_SHARED)
            qemu_put_bool(props, "share", true);
    }
    if (file && discard)
        qemu_put_bool(props, "discard-data", discard == YES_NO_YES);
    if (prealloc)
        qemu_put_bool(props, "prealloc", true);
    qemu_put_number(props, "size", (long long)(piece->size * 1024));
    put_nodes(props, nodes, mode);
    return props;
}

static bool
uses_shared(const json_t *props)
{
    return strcmp(json_string_value(json_object_get(props, "qom-type")), "memory-backend-ram") != 0;
}

int
qemu_command_memory(QemuCommand *command)
{
    const DomainDef *def = command->def;
    const QemuMachine *machine = qemu_caps_machine(command->caps, def->os.type.machine);
    if (qemu_memory_align(command->def) < 0)
        return -1;
    if (def->max_memory)
        qemu_argf(command, "-m", "size=%lluk,slots=%u,maxmem=%lluk", qemu_memory_initial(def), def->max_memory->slots,
                  def->max_memory->value);
    else
        qemu_argf(command, "-m", "%llu", qemu_memory_initial(def) / 1024);
    if (machine && machine->ram_id && !qemu_has_numa(def)) {
        Piece piece = {.id = machine->ram_id, .size = qemu_memory_initial(def), .cell = -1};
        json_t *props = backend(command, &piece);
        if (!props)
            return -1;
        if (uses_shared(props))
            qemu_put_bool(props, "x-use-canonical-path-for-ramblock-id", false);
        qemu_arg_json(command, "-object", props);
    }
    bool locked = def->memory_backing && def->memory_backing->locked;
    qemu_argf(command, "-overcommit", "mem-lock=%s", locked ? "on" : "off");
    return 0;
}

static void
append_cpus(GString *out, const VrBitmap *cpus)
{
    int last = cpus ? vr_bitmap_last(cpus) : -1;
    for (int i = 0; i <= last; i++) {
        int from = i;
        if (!vr_bitmap_has(cpus, (unsigned)i))
            continue;
        while (i < last && vr_bitmap_has(cpus, (unsigned)i + 1))
            i++;
        if (i > from)
            g_string_append_printf(out, ",cpus=%d-%d", from, i);
        else
            g_string_append_printf(out, ",cpus=%d", from);
    }
}

static void
distances(QemuCommand *command, const DomainNuma *numa)
{
    bool any = false;
    for (size_t i = 0; i < numa->n_cell; i++)
        any |= numa->cell[i]->distances != NULL;
    for (size_t i = 0; any && i < numa->n_cell; i++) {
        for (unsigned j = 0; j < numa->n_cell; j++) {
            const DomainNumaDistances *given = numa->cell[i]->distances;
            unsigned value = i == j ? 10 : 20;
            for (size_t k = 0; given && k < given->n_sibling; k++) {
                if (given->sibling[k]->id == j)
                    value = given->sibling[k]->value;
            }
            qemu_argf(command, "-numa", "dist,src=%u,dst=%u,val=%u", numa->cell[i]->id, j, value);
        }
    }
}

static const char *const levels[] = {"memory", "first-level", "second-level", "third-level"};

static void
hmat_row(QemuCommand *command, unsigned initiator, unsigned target, unsigned cache, int type, bool latency,
         unsigned long long value)
{
    static const char *const latencies[] = {NULL, "access-latency", "read-latency", "write-latency"};
    static const char *const bandwidths[] = {NULL, "access-bandwidth", "read-bandwidth", "write-bandwidth"};
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "hmat-lb,initiator=%u,target=%u,hierarchy=%s,data-type=%s,", initiator, target,
                           levels[MIN(cache, 3)], latency ? latencies[type] : bandwidths[type]);
    if (latency)
        g_string_append_printf(out, "latency=%llu", value);
    else
        g_string_append_printf(out, "bandwidth=%lluK", value);
    qemu_arg2(command, "-numa", out->str);
}

static void
hmat(QemuCommand *command, const DomainNuma *numa)
{
    static const char *const associativities[] = {NULL, "none", "direct", "complex"};
    static const char *const policies[] = {NULL, "none", "write-back", "write-through"};
    const DomainNumaInterconnects *between = numa->interconnects;
    for (size_t i = 0; between && i < between->n_latency; i++) {
        const DomainNumaLatency *row = between->latency[i];
        hmat_row(command, row->initiator, row->target, row->cache, row->type, true, row->value);
    }
    for (size_t i = 0; between && i < between->n_bandwidth; i++) {
        const DomainNumaBandwidth *row = between->bandwidth[i];
        hmat_row(command, row->initiator, row->target, row->cache, row->type, false, row->value);
    }
    for (size_t i = 0; i < numa->n_cell; i++) {
        for (size_t j = 0; j < numa->cell[i]->n_cache; j++) {
            const DomainNumaCache *cache = numa->cell[i]->cache[j];
            qemu_argf(command, "-numa", "hmat-cache,node-id=%u,size=%lluK,level=%u,associativity=%s,policy=%s,line=%llu",
                      numa->cell[i]->id, cache->size->value, cache->level, associativities[cache->associativity],
                      policies[cache->policy], cache->line->value);
        }
    }
}

static bool
has_hmat(const DomainNuma *numa)
{
    bool hmat = numa->interconnects != NULL;
    for (size_t i = 0; i < numa->n_cell; i++)
        hmat |= numa->cell[i]->n_cache > 0;
    return hmat;
}

/* The node whose processors reach this one's memory: itself, or the first that has any. */
static unsigned
initiator_of(const DomainNuma *numa, const DomainNumaCell *cell)
{
    const DomainNumaInterconnects *between = numa->interconnects;
    if (cell->cpus && !vr_bitmap_is_empty(cell->cpus))
        return cell->id;
    for (size_t i = 0; between && i < between->n_latency; i++) {
        if (between->latency[i]->target == cell->id && !between->latency[i]->cache)
            return between->latency[i]->initiator;
    }
    for (size_t i = 0; i < numa->n_cell; i++) {
        if (numa->cell[i]->cpus && !vr_bitmap_is_empty(numa->cell[i]->cpus))
            return numa->cell[i]->id;
    }
    return 0;
}

int
qemu_command_numa(QemuCommand *command)
{
    const DomainDef *def = command->def;
    if (!qemu_has_numa(def))
        return 0;
    const DomainNuma *numa = def->cpu->numa;
    for (size_t i = 0; i < numa->n_cell; i++) {
        const DomainNumaCell *cell = numa->cell[i];
        g_autofree char *id = g_strdup_printf("ram-node%u", cell->id);
        Piece piece = {.id = id, .size = cell->memory, .cell = (int)cell->id, .access = cell->mem_access,
                       .discard = cell->discard};
        json_t *props = backend(command, &piece);
        if (!props)
            return -1;
        qemu_arg_json(command, "-object", props);
        g_autoptr(GString) out = g_string_new(NULL);
        g_string_append_printf(out, "node,nodeid=%u", cell->id);
        append_cpus(out, cell->cpus);
        if (has_hmat(numa))
            g_string_append_printf(out, ",initiator=%u", initiator_of(numa, cell));
        g_string_append_printf(out, ",memdev=%s", id);
        qemu_arg2(command, "-numa", out->str);
    }
    distances(command, numa);
    hmat(command, numa);
    return 0;
}

static int
memory_device(QemuCommand *command, const DomainMemoryDevice *memory)
{
    static const char *const drivers[] = {
        [MEMORY_MODEL_DIMM] = "pc-dimm", [MEMORY_MODEL_NVDIMM] = "nvdimm",
        [MEMORY_MODEL_VIRTIO_PMEM] = "virtio-pmem", [MEMORY_MODEL_VIRTIO_MEM] = "virtio-mem",
    };
    const DomainMemoryDeviceSource *source = memory->source;
    const DomainMemoryTarget *target = &memory->target;
    bool is_virtio = memory->model == MEMORY_MODEL_VIRTIO_PMEM || memory->model == MEMORY_MODEL_VIRTIO_MEM;
    g_autofree char *id = g_strconcat("mem", memory->alias, NULL);
    Piece piece = {.id = id, .size = target->size, .cell = target->node, .access = memory->access,
                   .discard = memory->discard, .path = source ? source->path : NULL,
                   .page = source ? source->pagesize : 0, .persistent = memory->model == MEMORY_MODEL_NVDIMM};
    json_t *props = backend(command, &piece);
    if (!props)
        return -1;
    if (source && source->alignsize)
        qemu_put_number(props, "align", (long long)(source->alignsize * 1024));
    if (source && source->pmem)
        qemu_put_bool(props, "pmem", true);
    if (source && source->nodemask)
        put_nodes(props, source->nodemask, 0);
    qemu_arg_json(command, "-object", props);
    g_autofree char *driver = is_virtio ? qemu_virtio_name(drivers[memory->model], memory->address, "")
                                        : g_strdup(drivers[memory->model]);
    props = qemu_device_new(driver, memory->alias);
    if (target->node >= 0)
        qemu_put_number(props, "node", target->node);
    qemu_put_text(props, "memdev", id);
    if (target->label)
        qemu_put_number(props, "label-size", (long long)(target->label->size * 1024));
    if (memory->model == MEMORY_MODEL_VIRTIO_MEM) {
        qemu_put_positive(props, "block-size", target->block * 1024);
        if (target->has_requested)
            qemu_put_number(props, "requested-size", (long long)(target->requested * 1024));
    }
    if (memory->model == MEMORY_MODEL_NVDIMM && vr_uuid_is_set(memory->uuid)) {
        char uuid[VR_UUID_TEXT_SIZE];
        vr_uuid_format(memory->uuid, uuid);
        qemu_put_text(props, "uuid", uuid);
    }
    if (memory->model == MEMORY_MODEL_NVDIMM && target->readonly)
        qemu_put_bool(props, "unarmed", true);
    return qemu_arg_device(command, props, memory->address);
}

int
qemu_command_memory_devices(QemuCommand *command)
{
    for (size_t i = 0; i < command->def->devices.n_memory; i++) {
        if (memory_device(command, command->def->devices.memory[i]) < 0)
            return -1;
    }
    return 0;
}
