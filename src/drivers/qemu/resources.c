/* A running guest's share of the host: see resources.h. */
#include "drivers/qemu/resources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/qemu/paths.h"

#define SUFFIX "libvirt-qemu"
#define PARTITION "/machine"

/* --- what a definition wants --- */

#define NEED(controller, wanted, what)                                                             \
    do {                                                                                           \
        if ((wanted) && !vr_cgroup_has(run->cgroup, controller))                                   \
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, what);                      \
    } while (0)

static int
check_wishes(const QemuRun *run, const DomainDef *def)
{
    const DomainMemtune *memory = def->memtune;
    const DomainCputune *cpu = def->cputune;
    bool limited = memory && (memory->hard_limit < VIR_DOMAIN_MEMORY_PARAM_UNLIMITED ||
                              memory->soft_limit < VIR_DOMAIN_MEMORY_PARAM_UNLIMITED ||
                              memory->swap_hard_limit < VIR_DOMAIN_MEMORY_PARAM_UNLIMITED);
    NEED(VR_CGROUP_MEMORY, limited, "Memory cgroup is not available on this host");
    NEED(VR_CGROUP_BLKIO, def->blkiotune && (def->blkiotune->weight || def->blkiotune->n_device),
         "Block I/O tuning is not available on this host");
    NEED(VR_CGROUP_CPU,
         cpu && (cpu->has_shares || cpu->quota || cpu->period || cpu->emulator_quota || cpu->emulator_period ||
                 cpu->iothread_quota || cpu->iothread_period || cpu->global_quota || cpu->global_period),
         "CPU tuning is not available on this host");
    return 0;
}

static int
limit_memory(const VrCgroup *group, const DomainMemtune *memory)
{
    const struct {
        VrCgroupKey key;
        unsigned long long kib;
    } limits[] = {
        {VR_CGROUP_MEMORY_HARD, memory->hard_limit},
        {VR_CGROUP_MEMORY_SOFT, memory->soft_limit},
        {VR_CGROUP_MEMORY_SWAP_HARD, memory->swap_hard_limit},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (limits[i].kib && limits[i].kib < VIR_DOMAIN_MEMORY_PARAM_UNLIMITED &&
            vr_cgroup_set(group, limits[i].key, NULL, (gint64)limits[i].kib * 1024) < 0)
            return -1;
    }
    return 0;
}

static int
limit_disks(const VrCgroup *group, const DomainBlkiotune *disks)
{
    if (disks->weight && vr_cgroup_set(group, VR_CGROUP_BLKIO_WEIGHT, NULL, disks->weight) < 0)
        return -1;
    for (size_t i = 0; i < disks->n_device; i++) {
        const DomainBlkioDevice *device = disks->device[i];
        const struct {
            VrCgroupKey key;
            unsigned long long value;
        } limits[] = {
            {VR_CGROUP_BLKIO_DEVICE_WEIGHT, device->weight},      {VR_CGROUP_BLKIO_READ_IOPS, device->read_iops_sec},
            {VR_CGROUP_BLKIO_WRITE_IOPS, device->write_iops_sec}, {VR_CGROUP_BLKIO_READ_BYTES, device->read_bytes_sec},
            {VR_CGROUP_BLKIO_WRITE_BYTES, device->write_bytes_sec},
        };
        for (gsize j = 0; j < G_N_ELEMENTS(limits); j++) {
            if (limits[j].value && vr_cgroup_set(group, limits[j].key, device->path, (gint64)limits[j].value) < 0)
                return -1;
        }
    }
    return 0;
}

/* The host's nodes that all of DEF's memory comes from, as text; NULL: any. */
static char *
memory_nodes(const DomainDef *def)
{
    const DomainNumatuneMemory *memory = def->numatune ? def->numatune->memory : NULL;
    bool bound = memory && memory->nodeset &&
                 (memory->mode == DOMAIN_NUMA_MODE_STRICT || memory->mode == DOMAIN_NUMA_MODE_RESTRICTIVE);
    return bound ? vr_bitmap_format(memory->nodeset) : NULL;
}

static int
apply(QemuRun *run, const DomainDef *def)
{
    const VrCgroup *group = run->cgroup;
    const DomainCputune *cpu = def->cputune;
    g_autofree char *nodes = memory_nodes(def);
    if ((def->memtune && limit_memory(group, def->memtune) < 0) || (def->blkiotune && limit_disks(group, def->blkiotune) < 0))
        return -1;
    if (cpu && cpu->has_shares && vr_cgroup_set(group, VR_CGROUP_CPU_SHARES, NULL, (gint64)cpu->shares) < 0)
        return -1;
    if (cpu && (cpu->global_period || cpu->global_quota) &&
        vr_cgroup_set_bandwidth(group, (gint64)cpu->global_period, cpu->global_quota) < 0)
        return -1;
    return nodes && vr_cgroup_has(group, VR_CGROUP_CPUSET) ? vr_cgroup_set_cpuset(group, NULL, nodes) : 0;
}

/* --- devices --- */

static bool
rule_of(const char *path, bool readonly, VrCgroupDevice *ret)
{
    struct stat at;
    if (stat(path, &at) < 0 || (!S_ISBLK(at.st_mode) && !S_ISCHR(at.st_mode)))
        return false;
    *ret = (VrCgroupDevice){S_ISBLK(at.st_mode) ? 'b' : 'c', (int)major(at.st_rdev), (int)minor(at.st_rdev), !readonly, false};
    return true;
}

static int
add_rule(const QemuPath *path, void *data)
{
    VrCgroupDevice device;
    if (rule_of(path->path, path->readonly, &device))
        g_array_append_val((GArray *)data, device);
    return 0;
}

#define PTY_MAJOR 136
#define ALSA_MAJOR 116

/* Nodes that every emulator may open. */
static const char *const common[] = {"/dev/null",    "/dev/full", "/dev/zero",        "/dev/random", "/dev/urandom",
                                     "/dev/ptmx",    "/dev/kvm",  "/dev/userfaultfd", NULL};

static int
limit_devices(QemuRun *run, const DomainDef *def)
{
    g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(VrCgroupDevice));
    const char *const *acl = run->driver->conf->cgroup_device_acl ? (const char *const *)run->driver->conf->cgroup_device_acl : common;
    VrCgroupDevice device = {'c', PTY_MAJOR, -1, true, false};
    g_array_append_val(rules, device);
    if (def->devices.n_sound) {
        device = (VrCgroupDevice){'c', ALSA_MAJOR, -1, true, false};
        g_array_append_val(rules, device);
    }
    for (gsize i = 0; acl[i]; i++) {
        if (rule_of(acl[i], false, &device))
            g_array_append_val(rules, device);
    }
    qemu_paths_each(def, add_rule, rules);
    return vr_cgroup_set_devices(run->cgroup, (const VrCgroupDevice *)(const void *)rules->data, rules->len);
}

int
qemu_resources_allow(QemuRun *run, const char *path, bool readonly)
{
    VrCgroupDevice device;
    return vr_cgroup_has(run->cgroup, VR_CGROUP_DEVICES) && rule_of(path, readonly, &device)
               ? vr_cgroup_allow_device(run->cgroup, &device) : 0;
}

void
qemu_resources_deny(QemuRun *run, const char *path)
{
    VrCgroupDevice device;
    if (!vr_cgroup_has(run->cgroup, VR_CGROUP_DEVICES) || !rule_of(path, false, &device))
        return;
    device.make = true;
    if (vr_cgroup_deny_device(run->cgroup, &device) < 0) {
        vr_log(VR_LOG_WARN, "qemu", "guest '%s' can still open '%s': %s", run->guest->stored.name, path,
               vr_error_last()->message);
        vr_error_clear();
    }
}

/* --- the group --- */

static char *
machine_name(const QemuRun *run, const DomainDef *def)
{
    return vr_cgroup_machine_name("qemu", def->id, def->name, run->driver->privileged, run->driver->root);
}

int
qemu_resources_make(QemuRun *run, DomainDef *def)
{
    g_autofree char *machine = machine_name(run, def);
    if (run->driver->privileged &&
        vr_cgroup_new(machine, SUFFIX, def->resource_partition ? def->resource_partition : PARTITION,
                      run->driver->conf->controllers, &run->cgroup) < 0)
        return -1;
    if (check_wishes(run, def) < 0)
        return -1;
    if (!run->cgroup)
        return 0;
    if (!def->resource_partition)
        def->resource_partition = g_strdup(PARTITION);
    if (vr_cgroup_has(run->cgroup, VR_CGROUP_DEVICES) && limit_devices(run, def) < 0)
        return -1;
    return apply(run, def);
}

void
qemu_resources_find(QemuRun *run, const DomainDef *def)
{
    g_autofree char *machine = machine_name(run, def);
    if (!run->driver->privileged)
        return;
    run->cgroup = run->pid ? vr_cgroup_of(run->pid, machine, SUFFIX)
                           : vr_cgroup_at(machine, SUFFIX, def->resource_partition ? def->resource_partition : PARTITION);
}

void
qemu_resources_remove(QemuRun *run)
{
    vr_cgroup_remove(run->cgroup);
}

/* Which part the emulator's own threads get. */
static const char emulator_part[] = "emulator";

int
qemu_resources_entries(const QemuRun *run, int *fds, gsize size, gsize *ret_n)
{
    *ret_n = 0;
    if (!run->cgroup)
        return 0;
    g_autoptr(VrCgroup) part = vr_cgroup_part(run->cgroup, emulator_part);
    return part ? vr_cgroup_entries(run->cgroup, part, fds, size, ret_n) : -1;
}

/* --- threads --- */

static int
set_affinity(pid_t thread, const VrBitmap *cpus, const char *what)
{
    int highest = vr_bitmap_last(cpus);
    gsize size = CPU_ALLOC_SIZE(highest + 1);
    cpu_set_t *set = CPU_ALLOC(highest + 1);
    CPU_ZERO_S(size, set);
    for (int n = -1; (n = vr_bitmap_next(cpus, n)) >= 0;)
        CPU_SET_S((size_t)n, size, set);
    int done = sched_setaffinity(thread, size, set), error = errno;
    CPU_FREE(set);
    return done == 0 ? 0 : vr_error_system(VIR_FROM_QEMU, error, "cannot set CPU affinity of %s", what);
}

/* By DomainSchedScheduler and its like, which agree. */
static const int policies[] = {SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR};

static int
set_policy(pid_t thread, int scheduler, int priority, const char *what)
{
    int policy = policies[CLAMP(scheduler, 0, (int)G_N_ELEMENTS(policies) - 1)];
    struct sched_param param = {.sched_priority = policy == SCHED_FIFO || policy == SCHED_RR ? priority : 0};
    if (sched_setscheduler(thread, policy, &param) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Cannot set scheduler parameters for %s", what);
    return 0;
}

/* What one thread, or the emulator's own, is to have. */
typedef struct {
    char name[32];
    unsigned long long period;
    long long quota;
    const VrBitmap *cpus; /* NULL: any */
    int scheduler, priority;
} Place;

static int
place(QemuRun *run, const Place *at, pid_t thread)
{
    if (run->cgroup) {
        g_autoptr(VrCgroup) part = vr_cgroup_part(run->cgroup, at->name);
        g_autofree char *cpus = at->cpus ? vr_bitmap_format(at->cpus) : NULL;
        if (!part || ((at->period || at->quota) && vr_cgroup_set_bandwidth(part, (gint64)at->period, at->quota) < 0) ||
            (cpus && vr_cgroup_has(part, VR_CGROUP_CPUSET) && vr_cgroup_set_cpuset(part, cpus, NULL) < 0) ||
            (thread != run->pid && vr_cgroup_add_thread(part, thread) < 0))
            return -1;
    }
    if (at->cpus && set_affinity(thread, at->cpus, at->name) < 0)
        return -1;
    return at->scheduler ? set_policy(thread, at->scheduler, at->priority, at->name) : 0;
}

int
qemu_resources_place_vcpu(QemuRun *run, const DomainDef *def, unsigned n, pid_t thread)
{
    const DomainCputune *tune = def->cputune;
    Place at = {.cpus = def->vcpu.cpuset};
    g_snprintf(at.name, sizeof(at.name), "vcpu%u", n);
    if (tune) {
        at.period = tune->period;
        at.quota = tune->quota;
    }
    for (size_t i = 0; tune && i < tune->n_vcpupin; i++) {
        if (tune->vcpupin[i]->vcpu == n)
            at.cpus = tune->vcpupin[i]->cpuset;
    }
    for (size_t i = 0; tune && i < tune->n_vcpusched; i++) {
        if (vr_bitmap_has(tune->vcpusched[i]->vcpus, n)) {
            at.scheduler = tune->vcpusched[i]->scheduler;
            at.priority = tune->vcpusched[i]->priority;
        }
    }
    return thread ? place(run, &at, thread) : 0;
}

int
qemu_resources_place_iothread(QemuRun *run, const DomainDef *def, unsigned n, pid_t thread)
{
    const DomainCputune *tune = def->cputune;
    Place at = {.cpus = tune && tune->emulatorpin ? tune->emulatorpin : def->vcpu.cpuset};
    g_snprintf(at.name, sizeof(at.name), "iothread%u", n);
    if (tune) {
        at.period = tune->iothread_period;
        at.quota = tune->iothread_quota;
    }
    for (size_t i = 0; tune && i < tune->n_iothreadpin; i++) {
        if (tune->iothreadpin[i]->iothread == n)
            at.cpus = tune->iothreadpin[i]->cpuset;
    }
    for (size_t i = 0; tune && i < tune->n_iothreadsched; i++) {
        if (vr_bitmap_has(tune->iothreadsched[i]->iothreads, n)) {
            at.scheduler = tune->iothreadsched[i]->scheduler;
            at.priority = tune->iothreadsched[i]->priority;
        }
    }
    return thread ? place(run, &at, thread) : 0;
}

int
qemu_resources_place_emulator(QemuRun *run, const DomainDef *def)
{
    const DomainCputune *tune = def->cputune;
    Place at = {.cpus = tune && tune->emulatorpin ? tune->emulatorpin : def->vcpu.cpuset};
    g_strlcpy(at.name, emulator_part, sizeof(at.name));
    if (tune) {
        at.period = tune->emulator_period;
        at.quota = tune->emulator_quota;
    }
    if (tune && tune->emulatorsched) {
        at.scheduler = tune->emulatorsched->scheduler;
        at.priority = tune->emulatorsched->priority;
    }
    return place(run, &at, run->pid);
}

int
qemu_resources_place(QemuChange *c)
{
    QemuRun *run = qemu_run_of(c->next);
    const QemuGuest *guest = qemu_guest_part(c->next);
    const DomainDef *def = vr_guest_now(c->next);
    for (guint i = 0; guest->vcpus && i < guest->vcpus->len; i++) {
        const QemuVcpu *vcpu = &g_array_index(guest->vcpus, QemuVcpu, i);
        if (qemu_resources_place_vcpu(run, def, vcpu->id, vcpu->thread) < 0)
            return -1;
    }
    if (def->iothreads) {
        json_t *threads = qemu_ask(c, "query-iothreads", NULL);
        size_t i;
        const json_t *entry;
        int result = threads ? 0 : -1;
        json_array_foreach(threads, i, entry) {
            const char *id = json_string_value(json_object_get(entry, "id"));
            if (result == 0 && id && g_str_has_prefix(id, "iothread"))
                result = qemu_resources_place_iothread(run, def, (unsigned)g_ascii_strtoull(id + strlen("iothread"), NULL, 10),
                                                       (pid_t)json_integer_value(json_object_get(entry, "thread-id")));
        }
        json_decref(threads);
        if (result < 0)
            return -1;
    }
    return qemu_resources_place_emulator(run, def);
}
