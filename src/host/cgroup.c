/* Groups and the values in them: see cgroup.h.  Which hierarchy has which controller is read from the mounts each time. */
#include "host/cgroup_group.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

static const struct {
    const char *v1, *v2; /* names in mount options, in cgroup.controllers; NULL: always there */
    const char *missing; /* in the error */
    bool per_thread;     /* parts of a group have it too */
} controllers[] = {
    [VR_CGROUP_CPU] = {"cpu", "cpu", "cgroup CPU controller is not mounted", true},
    [VR_CGROUP_CPUACCT] = {"cpuacct", NULL, "cgroup CPUACCT controller is not mounted", true},
    [VR_CGROUP_CPUSET] = {"cpuset", "cpuset", "cgroup cpuset controller is not mounted", true},
    [VR_CGROUP_MEMORY] = {"memory", "memory", "cgroup memory controller is not mounted", false},
    [VR_CGROUP_BLKIO] = {"blkio", "io", "blkio cgroup isn't mounted", false},
    [VR_CGROUP_DEVICES] = {"devices", NULL, "cgroup devices controller is not mounted", false},
    [VR_CGROUP_FREEZER] = {"freezer", NULL, "cgroup freezer controller is not mounted", false},
    [VR_CGROUP_PIDS] = {"pids", "pids", "cgroup pids controller is not mounted", false},
};

/* How a value is written into its file. */
typedef enum {
    PLAIN,  /* a number, or "max" */
    FIELD,  /* a line "NAME number" of several */
    PAIR,   /* cpu.max: "QUOTA PERIOD" */
    DEVICE, /* a line "MAJOR:MINOR number" per device */
    NAMED,  /* io.max: "MAJOR:MINOR NAME=number ..." */
    WORD,   /* FROZEN, THAWED */
} Shape;

typedef struct {
    const char *file, *other; /* OTHER: of the scheduler that is there instead */
    Shape shape;
    const char *name; /* of a field */
    gint64 scale;     /* our unit in the file's; 0: 1 */
} Place;

static const struct {
    VrCgroupController controller;
    Place v1, v2;
} keys[] = {
    [VR_CGROUP_CPU_SHARES] = {VR_CGROUP_CPU, {"cpu.shares"}, {"cpu.weight"}},
    [VR_CGROUP_CPU_PERIOD] = {VR_CGROUP_CPU, {"cpu.cfs_period_us"}, {"cpu.max", NULL, PAIR, "period"}},
    [VR_CGROUP_CPU_QUOTA] = {VR_CGROUP_CPU, {"cpu.cfs_quota_us"}, {"cpu.max", NULL, PAIR, "quota"}},
    [VR_CGROUP_CPU_TIME] = {VR_CGROUP_CPUACCT, {"cpuacct.usage"}, {"cpu.stat", NULL, FIELD, "usage_usec", 1000}},
    [VR_CGROUP_CPU_USER] = {VR_CGROUP_CPUACCT, {"cpuacct.stat", NULL, FIELD, "user", 10000000},
                            {"cpu.stat", NULL, FIELD, "user_usec", 1000}},
    [VR_CGROUP_CPU_SYSTEM] = {VR_CGROUP_CPUACCT, {"cpuacct.stat", NULL, FIELD, "system", 10000000},
                              {"cpu.stat", NULL, FIELD, "system_usec", 1000}},
    [VR_CGROUP_MEMORY_HARD] = {VR_CGROUP_MEMORY, {"memory.limit_in_bytes"}, {"memory.max"}},
    [VR_CGROUP_MEMORY_SOFT] = {VR_CGROUP_MEMORY, {"memory.soft_limit_in_bytes"}, {"memory.high"}},
    [VR_CGROUP_MEMORY_SWAP_HARD] = {VR_CGROUP_MEMORY, {"memory.memsw.limit_in_bytes"}, {"memory.swap.max"}},
    [VR_CGROUP_MEMORY_USAGE] = {VR_CGROUP_MEMORY, {"memory.usage_in_bytes"}, {"memory.current"}},
    [VR_CGROUP_BLKIO_WEIGHT] = {VR_CGROUP_BLKIO, {"blkio.weight", "blkio.bfq.weight"},
                                {"io.weight", "io.bfq.weight", FIELD, "default"}},
    [VR_CGROUP_BLKIO_DEVICE_WEIGHT] = {VR_CGROUP_BLKIO, {"blkio.weight_device", "blkio.bfq.weight_device", DEVICE},
                                       {"io.weight", "io.bfq.weight", DEVICE}},
    [VR_CGROUP_BLKIO_READ_IOPS] = {VR_CGROUP_BLKIO, {"blkio.throttle.read_iops_device", NULL, DEVICE},
                                   {"io.max", NULL, NAMED, "riops"}},
    [VR_CGROUP_BLKIO_WRITE_IOPS] = {VR_CGROUP_BLKIO, {"blkio.throttle.write_iops_device", NULL, DEVICE},
                                    {"io.max", NULL, NAMED, "wiops"}},
    [VR_CGROUP_BLKIO_READ_BYTES] = {VR_CGROUP_BLKIO, {"blkio.throttle.read_bps_device", NULL, DEVICE},
                                    {"io.max", NULL, NAMED, "rbps"}},
    [VR_CGROUP_BLKIO_WRITE_BYTES] = {VR_CGROUP_BLKIO, {"blkio.throttle.write_bps_device", NULL, DEVICE},
                                     {"io.max", NULL, NAMED, "wbps"}},
    [VR_CGROUP_FROZEN] = {VR_CGROUP_FREEZER, {"freezer.state", NULL, WORD}, {"cgroup.freeze"}},
    [VR_CGROUP_PIDS_MAX] = {VR_CGROUP_PIDS, {"pids.max"}, {"pids.max"}},
};
G_STATIC_ASSERT(G_N_ELEMENTS(keys) == VR_CGROUP_KEYS);

#define MAX_FILE 65536

static char *
read_small(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    g_autofree char *text = g_malloc(MAX_FILE + 1);
    gsize used = 0;
    for (ssize_t n; used < MAX_FILE && (n = read(fd, text + used, MAX_FILE - used)) > 0;)
        used += (gsize)n;
    close(fd);
    text[used] = '\0';
    return g_strdup(text);
}

int
vr_cgroup_write(const char *dir, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return n >= 0 ? 0 : vr_error_system(VIR_FROM_CGROUP, error, "Unable to write '%s' to '%s'", text, path);
}

/* --- the host's hierarchies --- */

typedef struct {
    char *mounts[VR_CGROUP_CONTROLLERS];
    bool unified[VR_CGROUP_CONTROLLERS];
    char *home; /* of version 2 */
} Host;

static void
host_clear(Host *host)
{
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++)
        g_free(host->mounts[i]);
    g_free(host->home);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Host, host_clear)

static bool
has_word(const char *list, const char *word, const char *separators)
{
    g_auto(GStrv) words = g_strsplit_set(list, separators, -1);
    return g_strv_contains((const char *const *)words, word);
}

/* A line of mountinfo: "ID PARENT MAJ:MIN ROOT POINT OPTIONS [FIELDS] - TYPE SOURCE SUPER-OPTIONS". */
static void
note_mount(Host *host, const char *line)
{
    const char *rest = strstr(line, " - cgroup");
    if (!rest)
        return;
    g_auto(GStrv) left = g_strsplit(line, " ", 6);
    g_auto(GStrv) right = g_strsplit(rest + 3, " ", 3);
    if (g_strv_length(left) < 6 || g_strv_length(right) < 3)
        return;
    if (strcmp(right[0], "cgroup2") == 0 && !host->home)
        host->home = g_strdup(left[4]);
    if (strcmp(right[0], "cgroup") != 0)
        return;
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (!host->mounts[i] && has_word(right[2], controllers[i].v1, ",\n"))
            host->mounts[i] = g_strdup(left[4]);
    }
}

static void
host_look(Host *host)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/mountinfo", &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        note_mount(host, *l);
    g_autofree char *there = host->home ? read_small(host->home, "cgroup.controllers") : NULL;
    bool any_v1 = false;
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++)
        any_v1 |= host->mounts[i] != NULL;
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        const char *name = controllers[i].v2;
        if (host->mounts[i] || !there || (name ? !has_word(there, name, " \n") : any_v1))
            continue;
        host->mounts[i] = g_strdup(host->home);
        host->unified[i] = true;
    }
}

/* --- groups --- */

#define MACHINE_NAME_MAX 64

char *
vr_cgroup_machine_name(const char *driver, int id, const char *name, bool privileged, const char *root)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (root) {
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA1, root, -1);
        g_string_append_printf(text, "%s-embed-%.8s-", driver, hash);
    } else if (!privileged) {
        g_string_append_printf(text, "%s-%s-", g_get_user_name(), driver);
    } else {
        g_string_append_printf(text, "%s-", driver);
    }
    g_string_append_printf(text, "%d-", id);
    for (const char *c = name; *c && text->len < MACHINE_NAME_MAX; c++) {
        char last = text->str[text->len - 1];
        bool mark = *c == '-' || *c == '.';
        if (g_ascii_isalnum(*c) || *c == '_' || (mark && last != '-' && last != '.'))
            g_string_append_c(text, *c);
    }
    while (text->len && (text->str[text->len - 1] == '-' || text->str[text->len - 1] == '.'))
        g_string_truncate(text, text->len - 1);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* "/machine/web" is the folder "machine/web.partition". */
static char *
partition_folder(const char *partition)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit(partition, "/", -1);
    bool first = true;
    for (char **p = parts; *p; p++) {
        if (!**p)
            continue;
        bool plain = (first && g_strv_contains((const char *const[]){"machine", "user", "system", NULL}, *p)) || strchr(*p, '.');
        g_string_append_printf(path, "%s%s%s", first ? "" : "/", *p, plain ? "" : ".partition");
        first = false;
    }
    return g_string_free(g_steal_pointer(&path), FALSE);
}

/* A new group of a cpuset hierarchy takes nobody before it has processors and memory. */
static void
inherit_cpuset(const char *dir)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    g_autofree char *parent = g_path_get_dirname(dir);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *mine = read_small(dir, files[i]);
        g_autofree char *theirs = read_small(parent, files[i]);
        if (mine && theirs && !*g_strstrip(mine) && vr_cgroup_write(dir, files[i], theirs) < 0)
            vr_error_clear();
    }
}

/* Let DIR's children have what DIR has of the unified hierarchy's controllers. */
static void
hand_down(const char *dir, bool to_threads)
{
    g_autofree char *there = read_small(dir, "cgroup.controllers");
    for (int i = 0; there && i < VR_CGROUP_CONTROLLERS; i++) {
        const char *name = controllers[i].v2;
        if (!name || !has_word(there, name, " \n") || (to_threads && !controllers[i].per_thread))
            continue;
        g_autofree char *word = g_strconcat("+", name, NULL);
        if (vr_cgroup_write(dir, "cgroup.subtree_control", word) < 0)
            vr_error_clear(); /* the controller is missed when it is asked for */
    }
}

/* Make MOUNT/PATH, step by step. */
static int
make_below(const char *mount, const char *path, bool unified, bool cpuset)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autofree char *dir = g_strdup(mount);
    for (char **p = parts; *p; p++) {
        if (unified)
            hand_down(dir, false);
        g_autofree char *next = g_build_filename(dir, *p, NULL);
        if (mkdir(next, 0755) < 0 && errno != EEXIST)
            return vr_error_system(VIR_FROM_CGROUP, errno, "Failed to create v%d cgroup '%s'", unified ? 2 : 1, next);
        if (cpuset && !unified)
            inherit_cpuset(next);
        g_free(dir);
        dir = g_steal_pointer(&next);
    }
    return 0;
}

static VrCgroup *
group_at(const Host *host, const char *path, unsigned wanted)
{
    VrCgroup *group = g_new0(VrCgroup, 1);
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (!host->mounts[i] || (wanted && !(wanted & (1u << i))))
            continue;
        group->dirs[i] = g_build_filename(host->mounts[i], path, NULL);
        group->unified[i] = host->unified[i];
        if (host->unified[i] && !group->home)
            group->home = g_strdup(group->dirs[i]);
    }
    return group;
}

VrCgroup *
vr_cgroup_at(const char *machine, const char *suffix, const char *partition)
{
    g_auto(Host) host = {0};
    host_look(&host);
    g_autofree char *folder = partition_folder(partition);
    g_autofree char *path = g_strdup_printf("%s/%s.%s", folder, machine, suffix);
    return group_at(&host, path, 0);
}

int
vr_cgroup_new(const char *machine, const char *suffix, const char *partition, unsigned wanted, VrCgroup **ret)
{
    g_auto(Host) host = {0};
    host_look(&host);
    g_autofree char *folder = partition_folder(partition);
    g_autofree char *path = g_strdup_printf("%s/%s.%s", folder, machine, suffix);
    g_autoptr(VrCgroup) group = group_at(&host, path, wanted);
    bool any = false;
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (!group->dirs[i])
            continue;
        if (access(host.mounts[i], W_OK) < 0) { /* somebody else's, or shown only for reading */
            g_clear_pointer(&group->dirs[i], g_free);
            continue;
        }
        if (make_below(host.mounts[i], path, group->unified[i], i == VR_CGROUP_CPUSET) < 0) {
            virErrorPtr saved = vr_error_save();
            vr_cgroup_remove(group);
            vr_error_restore(saved);
            return -1;
        }
        any = true;
    }
    *ret = any ? g_steal_pointer(&group) : NULL;
    return 0;
}

static void
strip_part(char *path)
{
    char *last = strrchr(path, '/');
    if (last && (strcmp(last, "/emulator") == 0 || g_str_has_prefix(last, "/vcpu") || g_str_has_prefix(last, "/iothread")))
        *last = '\0';
}

/* Whether the folder PATH is one that MACHINE's group would have, by us or by the host's manager of machines. */
static bool
is_of_machine(const char *path, const char *machine, const char *suffix)
{
    g_autofree char *ours = g_strdup_printf("/%s.%s", machine, suffix);
    g_auto(GStrv) words = g_strsplit(machine, "-", -1);
    g_autofree char *escaped = g_strjoinv("\\x2d", words);
    g_autofree char *scope = g_strdup_printf("/machine-%s.scope", escaped);
    g_autofree char *nested = g_strconcat(scope, "/libvirt", NULL);
    return g_str_has_suffix(path, ours) || g_str_has_suffix(path, scope) || g_str_has_suffix(path, nested);
}

VrCgroup *
vr_cgroup_of(pid_t pid, const char *machine, const char *suffix)
{
    g_auto(Host) host = {0};
    g_autofree char *file = g_strdup_printf("/proc/%ld", (long)pid);
    g_autofree char *text = read_small(file, "cgroup");
    if (!text)
        return NULL;
    host_look(&host);
    g_autoptr(VrCgroup) group = g_new0(VrCgroup, 1);
    bool any = false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        g_auto(GStrv) fields = g_strsplit(*l, ":", 3);
        if (g_strv_length(fields) < 3)
            continue;
        strip_part(fields[2]);
        if (!is_of_machine(fields[2], machine, suffix))
            continue;
        for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
            bool here = host.unified[i] ? !*fields[1] : has_word(fields[1], controllers[i].v1, ",");
            if (!host.mounts[i] || !here || group->dirs[i])
                continue;
            group->dirs[i] = g_build_filename(host.mounts[i], fields[2], NULL);
            group->unified[i] = host.unified[i];
            if (host.unified[i] && !group->home)
                group->home = g_strdup(group->dirs[i]);
            any = true;
        }
    }
    return any ? g_steal_pointer(&group) : NULL;
}

VrCgroup *
vr_cgroup_part(const VrCgroup *group, const char *name)
{
    g_autoptr(VrCgroup) part = g_new0(VrCgroup, 1);
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (!group->dirs[i] || !controllers[i].per_thread)
            continue;
        if (group->unified[i])
            hand_down(group->dirs[i], true);
        part->dirs[i] = g_build_filename(group->dirs[i], name, NULL);
        part->unified[i] = group->unified[i];
        bool made = mkdir(part->dirs[i], 0755) == 0;
        if (!made && errno != EEXIST)
            return vr_error_system(VIR_FROM_CGROUP, errno, "Failed to create v%d cgroup '%s'", group->unified[i] ? 2 : 1,
                                   part->dirs[i]), NULL;
        if (made && i == VR_CGROUP_CPUSET && !group->unified[i])
            inherit_cpuset(part->dirs[i]);
        if (made && group->unified[i] && vr_cgroup_write(part->dirs[i], "cgroup.type", "threaded") < 0)
            return NULL;
        if (group->unified[i] && !part->home)
            part->home = g_strdup(part->dirs[i]);
    }
    return g_steal_pointer(&part);
}

void
vr_cgroup_free(VrCgroup *group)
{
    if (!group)
        return;
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++)
        g_free(group->dirs[i]);
    g_clear_pointer(&group->devices, g_array_unref);
    g_free(group->home);
    g_free(group);
}

#define REMOVE_TRIES 100
#define SHORTEST_PAUSE 100 /* microseconds */
#define LONGEST_PAUSE 20000

static void
remove_dir(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR))
            remove_dir(below);
    }
    gulong pause = SHORTEST_PAUSE;
    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (rmdir(path) == 0 || errno != EBUSY)
            return;
        g_usleep(pause); /* the kernel lets go of a process a little after its end */
        pause = MIN(pause * 2, LONGEST_PAUSE);
    }
    vr_log(VR_LOG_WARN, "cgroup", "'%s' cannot be removed: there are processes in it", path);
}

void
vr_cgroup_remove(const VrCgroup *group)
{
    for (int i = 0; group && i < VR_CGROUP_CONTROLLERS; i++) {
        if (group->dirs[i])
            remove_dir(group->dirs[i]);
    }
}

bool
vr_cgroup_has(const VrCgroup *group, VrCgroupController controller)
{
    return group && group->dirs[controller];
}

bool
vr_cgroup_is_unified(const VrCgroup *group)
{
    return group && group->home;
}

int
vr_cgroup_need(const VrCgroup *group, VrCgroupController controller)
{
    return vr_cgroup_has(group, controller)
               ? 0 : vr_error(VIR_FROM_CGROUP, VIR_ERR_OPERATION_INVALID, "%s", controllers[controller].missing);
}

static int
add(const VrCgroup *group, pid_t id, const char *v1, const char *v2)
{
    char text[24];
    g_snprintf(text, sizeof(text), "%ld", (long)id);
    bool done = false; /* in the unified hierarchy, where one folder is all controllers' */
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (!group->dirs[i] || (group->unified[i] && done))
            continue;
        if (vr_cgroup_write(group->dirs[i], group->unified[i] ? v2 : v1, text) < 0)
            return -1;
        done |= group->unified[i];
    }
    return 0;
}

int
vr_cgroup_add_process(const VrCgroup *group, pid_t pid)
{
    return add(group, pid, "cgroup.procs", "cgroup.procs");
}

int
vr_cgroup_add_thread(const VrCgroup *group, pid_t thread)
{
    return add(group, thread, "tasks", "cgroup.threads");
}

int
vr_cgroup_entries(const VrCgroup *group, const VrCgroup *part, int *fds, gsize size, gsize *ret_n)
{
    const char *paths[2 * VR_CGROUP_CONTROLLERS][2];
    gsize n = 0, opened = 0;
    if (group->home)
        paths[n][0] = group->home, paths[n++][1] = "cgroup.procs";
    if (part->home)
        paths[n][0] = part->home, paths[n++][1] = "cgroup.threads";
    for (int i = 0; i < VR_CGROUP_CONTROLLERS; i++) {
        if (group->dirs[i] && !group->unified[i])
            paths[n][0] = part->dirs[i] ? part->dirs[i] : group->dirs[i], paths[n++][1] = "cgroup.procs";
    }
    for (; opened < n && opened < size; opened++) {
        g_autofree char *path = g_build_filename(paths[opened][0], paths[opened][1], NULL);
        fds[opened] = open(path, O_WRONLY | O_CLOEXEC);
        if (fds[opened] >= 0)
            continue;
        vr_error_system(VIR_FROM_CGROUP, errno, "unable to open '%s'", path);
        while (opened > 0)
            close(fds[--opened]);
        return -1;
    }
    *ret_n = opened;
    return 0;
}

/* --- values --- */

/* "8:16" of the device at PATH, or of the one that the file there lies on. */
static int
device_number(const char *path, char *out, gsize size)
{
    struct stat at;
    if (stat(path, &at) < 0)
        return vr_error_system(VIR_FROM_CGROUP, errno, "Path '%s' is not accessible", path);
    if (!S_ISBLK(at.st_mode))
        return vr_error(VIR_FROM_CGROUP, VIR_ERR_INVALID_ARG, "Path '%s' must be a block device", path);
    g_snprintf(out, size, "%u:%u", major(at.st_rdev), minor(at.st_rdev));
    return 0;
}

static const char *
file_of(const VrCgroup *group, VrCgroupController controller, const Place *place)
{
    g_autofree char *path = g_build_filename(group->dirs[controller], place->file, NULL);
    return place->other && access(path, F_OK) < 0 ? place->other : place->file;
}

static gint64
number_of(const char *text)
{
    while (g_ascii_isspace(*text))
        text++;
    if (g_str_has_prefix(text, "max"))
        return VR_CGROUP_UNLIMITED;
    gint64 value = g_ascii_strtoll(text, NULL, 10);
    return value > G_MAXINT64 - MAX_FILE ? VR_CGROUP_UNLIMITED : value; /* version 1 rounds "none" to pages */
}

static char *
number_text(gint64 value, bool unified, VrCgroupKey key)
{
    if (value == VR_CGROUP_UNLIMITED)
        return g_strdup(unified || key == VR_CGROUP_PIDS_MAX ? "max" : "-1");
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

int
vr_cgroup_set_bandwidth(const VrCgroup *group, gint64 period, gint64 quota)
{
    if (vr_cgroup_need(group, VR_CGROUP_CPU) < 0)
        return -1;
    if (!group->unified[VR_CGROUP_CPU]) {
        gint64 before = 0;
        if (period && quota && vr_cgroup_get(group, VR_CGROUP_CPU_PERIOD, NULL, &before) < 0)
            return -1;
        /* a limit that the two make between them may be above a parent's for a moment: the one that lowers goes first */
        if (period && vr_cgroup_set(group, VR_CGROUP_CPU_PERIOD, NULL, period) < 0)
            return -1;
        if (!quota || vr_cgroup_set(group, VR_CGROUP_CPU_QUOTA, NULL, quota < 0 ? -1 : quota) == 0)
            return 0;
        virErrorPtr saved = vr_error_save();
        if (period && before)
            vr_cgroup_set(group, VR_CGROUP_CPU_PERIOD, NULL, before);
        vr_error_restore(saved);
        return -1;
    }
    gint64 old_period = 100000, old_quota = -1;
    if (vr_cgroup_get(group, VR_CGROUP_CPU_PERIOD, NULL, &old_period) < 0 ||
        vr_cgroup_get(group, VR_CGROUP_CPU_QUOTA, NULL, &old_quota) < 0)
        return -1;
    gint64 limit = quota ? quota : old_quota;
    g_autofree char *first = limit < 0 || limit == VR_CGROUP_UNLIMITED ? g_strdup("max")
                                                                        : g_strdup_printf("%" G_GINT64_FORMAT, limit);
    g_autofree char *text = g_strdup_printf("%s %" G_GINT64_FORMAT, first, period ? period : old_period);
    return vr_cgroup_write(group->dirs[VR_CGROUP_CPU], "cpu.max", text);
}

int
vr_cgroup_set(const VrCgroup *group, VrCgroupKey key, const char *device, gint64 value)
{
    VrCgroupController controller = keys[key].controller;
    if (vr_cgroup_need(group, controller) < 0)
        return -1;
    bool unified = group->unified[controller];
    const Place *place = unified ? &keys[key].v2 : &keys[key].v1;
    g_autofree char *number = number_text(value, unified, key);
    g_autofree char *text = NULL;
    char which[32];
    if ((place->shape == DEVICE || place->shape == NAMED) && device_number(device, which, sizeof(which)) < 0)
        return -1;
    switch (place->shape) {
    case PAIR:
        return key == VR_CGROUP_CPU_PERIOD ? vr_cgroup_set_bandwidth(group, value, 0) : vr_cgroup_set_bandwidth(group, 0, value);
    case DEVICE:
        text = value || !unified ? g_strdup_printf("%s %s", which, number) : g_strdup_printf("%s default", which);
        break;
    case NAMED:
        text = value ? g_strdup_printf("%s %s=%s", which, place->name, number) : g_strdup_printf("%s %s=max", which, place->name);
        break;
    case FIELD:
        text = g_strdup_printf("%s %s", place->name, number);
        break;
    case WORD:
        text = g_strdup(value ? "FROZEN" : "THAWED");
        break;
    case PLAIN:
        text = g_strdup(number);
        break;
    }
    return vr_cgroup_write(group->dirs[controller], file_of(group, controller, place), text);
}

/* The number after FIELD (and a space, or "=") in TEXT, or NULL. */
static const char *
field_in(const char *text, const char *field)
{
    gsize n = strlen(field);
    for (const char *at = text; (at = strstr(at, field)); at += n) {
        if ((at == text || at[-1] == '\n' || at[-1] == ' ') && (at[n] == ' ' || at[n] == '='))
            return at + n + 1;
    }
    return NULL;
}

static const char *
line_of_device(const char *text, const char *which)
{
    gsize n = strlen(which);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, which, n) == 0 && line[n] == ' ')
            return line + n + 1;
    }
    return NULL;
}

static gint64
value_in(char *text, const Place *place, const char *which)
{
    const char *at = text;
    if (place->shape == DEVICE || place->shape == NAMED)
        at = line_of_device(text, which);
    if (place->shape == NAMED && at) {
        g_autofree char *line = g_strndup(at, strcspn(at, "\n"));
        const char *number = field_in(line, place->name);
        gint64 value = number ? number_of(number) : 0;
        return value == VR_CGROUP_UNLIMITED ? 0 : value;
    }
    if (place->shape == FIELD)
        at = field_in(text, place->name) ? field_in(text, place->name) : place->other ? text : NULL;
    if (place->shape == WORD)
        return !g_str_has_prefix(text, "THAWED");
    if (place->shape == PAIR) {
        const char *second = strchr(text, ' ');
        if (strcmp(place->name, "period") == 0)
            return second ? number_of(second) : 0;
        gint64 quota = number_of(text);
        return quota == VR_CGROUP_UNLIMITED ? -1 : quota;
    }
    gint64 value = at ? number_of(at) : 0;
    return place->scale && value < G_MAXINT64 / place->scale ? value * place->scale : value;
}

int
vr_cgroup_get(const VrCgroup *group, VrCgroupKey key, const char *device, gint64 *ret_value)
{
    VrCgroupController controller = keys[key].controller;
    if (vr_cgroup_need(group, controller) < 0)
        return -1;
    const Place *place = group->unified[controller] ? &keys[key].v2 : &keys[key].v1;
    char which[32] = "";
    if ((place->shape == DEVICE || place->shape == NAMED) && device_number(device, which, sizeof(which)) < 0)
        return -1;
    const char *file = file_of(group, controller, place);
    g_autofree char *text = read_small(group->dirs[controller], file);
    if (!text)
        return vr_error_system(VIR_FROM_CGROUP, errno, "Unable to read from '%s/%s'", group->dirs[controller], file);
    *ret_value = value_in(text, place, which);
    return 0;
}

int
vr_cgroup_set_cpuset(const VrCgroup *group, const char *cpus, const char *mems)
{
    if (vr_cgroup_need(group, VR_CGROUP_CPUSET) < 0 ||
        (mems && vr_cgroup_write(group->dirs[VR_CGROUP_CPUSET], "cpuset.mems", mems) < 0))
        return -1;
    return cpus ? vr_cgroup_write(group->dirs[VR_CGROUP_CPUSET], "cpuset.cpus", cpus) : 0;
}

static char *
get_list(const VrCgroup *group, const char *file, const char *effective)
{
    if (vr_cgroup_need(group, VR_CGROUP_CPUSET) < 0)
        return NULL;
    const char *dir = group->dirs[VR_CGROUP_CPUSET];
    g_autofree char *text = read_small(dir, file);
    if (text && !*g_strstrip(text)) { /* as the parent has it */
        g_free(text);
        text = read_small(dir, effective);
    }
    return text ? g_strdup(g_strstrip(text))
                : (vr_error_system(VIR_FROM_CGROUP, errno, "Unable to read from '%s/%s'", dir, file), NULL);
}

char *
vr_cgroup_get_cpus(const VrCgroup *group)
{
    return get_list(group, "cpuset.cpus", "cpuset.cpus.effective");
}

char *
vr_cgroup_get_mems(const VrCgroup *group)
{
    return get_list(group, "cpuset.mems", "cpuset.mems.effective");
}
