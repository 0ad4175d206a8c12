/* Setting up an emulator's process: see launch.h. */
#include "base/account.h"
#include "drivers/qemu/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/resources.h"
#include "drivers/qemu/spawn.h"

#define MAX_GROUPS 24
#define MAX_LIMITS 6

/* The memory that a guest may lock: all that it has and some for the emulator where devices reach into it. */
static rlim_t
locked_memory(const DomainDef *def)
{
    const unsigned long long other = 1ull << 30;
    bool devices = false;
    for (size_t i = 0; i < def->devices.n_hostdev; i++) {
        int type = def->devices.hostdev[i]->source.type;
        devices |= type == HOSTDEV_TYPE_PCI || type == HOSTDEV_TYPE_MDEV;
    }
    if (def->memory_backing && def->memory_backing->locked) {
        unsigned long long kib = def->memtune ? def->memtune->hard_limit : 0;
        return kib && kib < VIR_DOMAIN_MEMORY_PARAM_UNLIMITED ? kib * 1024 : RLIM_INFINITY;
    }
    return devices ? def->memory.value * 1024 + other : 0;
}

static gsize
set_limits(const QemuConf *conf, const DomainDef *def, bool privileged, QemuLimit *limits)
{
    gsize n = 0;
    rlim_t locked = locked_memory(def);
    if (!privileged)
        return 0;
    if (conf->max_processes > 0)
        limits[n++] = (QemuLimit){RLIMIT_NPROC, {(rlim_t)conf->max_processes, (rlim_t)conf->max_processes}};
    if (conf->max_files > 0)
        limits[n++] = (QemuLimit){RLIMIT_NOFILE, {(rlim_t)conf->max_files, (rlim_t)conf->max_files}};
    if (conf->max_core != -2) {
        rlim_t core = conf->max_core < 0 ? RLIM_INFINITY : (rlim_t)conf->max_core;
        limits[n++] = (QemuLimit){RLIMIT_CORE, {core, core}};
    }
    if (locked)
        limits[n++] = (QemuLimit){RLIMIT_MEMLOCK, {locked, locked}};
    return n;
}

static void
set_memory_nodes(const DomainDef *def, QemuSpawn *spawn)
{
    static const int modes[] = {[DOMAIN_NUMA_MODE_STRICT] = MPOL_BIND, [DOMAIN_NUMA_MODE_PREFERRED] = MPOL_PREFERRED,
                                [DOMAIN_NUMA_MODE_INTERLEAVE] = MPOL_INTERLEAVE, [DOMAIN_NUMA_MODE_RESTRICTIVE] = -1};
    const DomainNumatuneMemory *memory = def->numatune ? def->numatune->memory : NULL;
    spawn->memory_mode = -1;
    if (!memory || !memory->nodeset || memory->mode < 0 || memory->mode >= (int)G_N_ELEMENTS(modes))
        return;
    spawn->memory_mode = modes[memory->mode];
    const unsigned bits = sizeof(unsigned long) * 8;
    for (int n = -1; (n = vr_bitmap_next(memory->nodeset, n)) >= 0 && (unsigned)n < QEMU_NODE_WORDS * bits - 1;)
        spawn->memory_nodes[(unsigned)n / bits] |= 1ul << ((unsigned)n % bits);
}

/* Where its threads may run until each has its own place. */
static cpu_set_t *
make_cpus(const DomainDef *def, gsize *ret_size)
{
    const VrBitmap *from = def->cputune && def->cputune->emulatorpin ? def->cputune->emulatorpin : def->vcpu.cpuset;
    if (!from)
        return NULL;
    int highest = vr_bitmap_last(from);
    cpu_set_t *set = CPU_ALLOC(highest + 1);
    *ret_size = CPU_ALLOC_SIZE(highest + 1);
    CPU_ZERO_S(*ret_size, set);
    for (int n = -1; (n = vr_bitmap_next(from, n)) >= 0;)
        CPU_SET_S((size_t)n, *ret_size, set);
    return set;
}

#define MAX_USER_GROUPS 128

static gsize
groups_of(const QemuConf *conf, gid_t *groups)
{
    int n = MAX_USER_GROUPS;
    g_autofree char *user = vr_user_name(conf->uid);
    if (!user || conf->uid == 0 || getgrouplist(user, conf->gid, groups, &n) < 0) {
        groups[0] = conf->gid;
        return 1;
    }
    return (gsize)n;
}

static bool
is_apart(const QemuConf *conf)
{
    return conf->sched_core && (strcmp(conf->sched_core, "emulator") == 0 || strcmp(conf->sched_core, "full") == 0 ||
                                strcmp(conf->sched_core, "vcpus") == 0);
}

static pid_t
spawn_with(const QemuLaunch *launch, QemuSpawn *spawn)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_copy(launch->command->args, NULL, NULL);
    g_autoptr(GPtrArray) env = g_ptr_array_copy(launch->command->env, NULL, NULL);
    g_ptr_array_set_free_func(argv, NULL);
    g_ptr_array_set_free_func(env, NULL);
    g_ptr_array_add(argv, NULL);
    g_ptr_array_add(env, NULL);
    spawn->argv = (char *const *)argv->pdata;
    spawn->environment = (char *const *)env->pdata;
    int groups[MAX_GROUPS];
    if (qemu_resources_entries(launch->run, groups, G_N_ELEMENTS(groups), &spawn->n_groups) < 0)
        return -1;
    spawn->groups = groups;
    spawn->pid_file = open(launch->run->pid_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (spawn->pid_file < 0)
        vr_error_system(VIR_FROM_QEMU, errno, "cannot write '%s'", launch->run->pid_path);
    pid_t pid = spawn->pid_file < 0 ? -1 : qemu_spawn(spawn);
    if (spawn->pid_file >= 0)
        close(spawn->pid_file);
    for (gsize i = 0; i < spawn->n_groups; i++)
        close(groups[i]);
    return pid;
}

pid_t
qemu_launch(const QemuLaunch *launch)
{
    const QemuDriver *driver = launch->run->driver;
    const QemuConf *conf = driver->conf;
    const DomainDef *def = launch->command->def;
    gid_t more[MAX_USER_GROUPS];
    QemuLimit limits[MAX_LIMITS];
    g_autoptr(QemuDev) dev = driver->privileged ? qemu_dev_new(launch->run, def) : NULL;
    QemuSpawn spawn = {
        .folder = "/",
        .log = launch->log,
        .keep = launch->keep,
        .n_keep = launch->n_keep,
        .dev = dev,
        .other_user = driver->privileged && conf->uid != geteuid(),
        .no_capabilities = driver->privileged && conf->uid == 0 && conf->clear_emulator_capabilities,
        .uid = conf->uid,
        .gid = conf->gid,
        .more = more,
        .limits = limits,
        .core_apart = is_apart(conf),
    };
    if (spawn.other_user)
        spawn.n_more = groups_of(conf, more);
    spawn.n_limits = set_limits(conf, def, driver->privileged, limits);
    set_memory_nodes(def, &spawn);
    cpu_set_t *cpus = make_cpus(def, &spawn.cpus_size);
    spawn.cpus = cpus;
    pid_t pid = spawn_with(launch, &spawn);
    if (cpus)
        CPU_FREE(cpus);
    return pid;
}
