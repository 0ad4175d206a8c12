/* Processors of the host, and sending it to sleep: see node.h. */
#include "host/node.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/command.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/log.h"

#define CPUS "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"

char *
vr_node_read(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strchomp(text) : NULL;
}

#define MOST 65536

GArray *
vr_node_list(const char *list)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(guint));
    g_auto(GStrv) parts = g_strsplit(list ? list : "", ",", -1);
    for (char **part = parts; *part && **part; part++) {
        char *end;
        unsigned long first = strtoul(*part, &end, 10), last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;
        for (unsigned long i = first; i <= last && i < MOST; i++) {
            guint number = (guint)i;
            g_array_append_val(numbers, number);
        }
    }
    return numbers;
}

/* Processors that are there and on; all where the kernel does not say. */
static GArray *
online(void)
{
    g_autofree char *text = vr_node_read(CPUS "/online");
    g_autofree char *count = g_strdup_printf("0-%ld", MAX(sysconf(_SC_NPROCESSORS_ONLN), 1) - 1);
    return vr_node_list(text ? text : count);
}

static int
seat(guint cpu, const char *name)
{
    g_autofree char *text = vr_node_read(CPUS "/cpu%u/topology/%s", cpu, name);
    return text ? atoi(text) : 0;
}

static unsigned
megahertz(void)
{
    g_autofree char *text = vr_node_read("/proc/cpuinfo");
    const char *at = text ? strstr(text, "cpu MHz") : NULL;
    at = at ? strchr(at, ':') : NULL;
    return at ? (unsigned)strtod(at + 1, NULL) : 0;
}

int
vr_node_get_info(virConnectPtr conn, virNodeInfoPtr info)
{
    struct utsname name;
    uname(&name);
    memset(info, 0, sizeof(*info));
    g_strlcpy(info->model, name.machine, sizeof(info->model));
    info->memory = (unsigned long)sysconf(_SC_PHYS_PAGES) * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024);
    info->mhz = megahertz();
    g_autoptr(GArray) cpus = online();
    g_autofree char *nodes = vr_node_read(NODES "/online");
    g_autoptr(GArray) cells = vr_node_list(nodes ? nodes : "0");
    g_autoptr(GHashTable) sockets = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) cores = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < cpus->len; i++) {
        guint cpu = g_array_index(cpus, guint, i);
        int socket = seat(cpu, "physical_package_id");
        g_hash_table_add(sockets, GINT_TO_POINTER(socket));
        g_hash_table_add(cores, g_strdup_printf("%d %d %d", socket, seat(cpu, "die_id"), seat(cpu, "core_id")));
    }
    info->cpus = cpus->len;
    info->nodes = MAX(cells->len, 1);
    info->sockets = MAX(g_hash_table_size(sockets) / info->nodes, 1);
    info->cores = MAX(g_hash_table_size(cores) / MAX(g_hash_table_size(sockets), 1), 1);
    info->threads = MAX(info->cpus / MAX(g_hash_table_size(cores), 1), 1);
    if (info->nodes * info->sockets * info->cores * info->threads != info->cpus) {
        /* not the same everywhere: one flat row, as callers multiply these */
        info->nodes = info->sockets = info->threads = 1;
        info->cores = info->cpus;
    }
    return 0;
}

static const char *const cpu_fields[] = {VIR_NODE_CPU_STATS_KERNEL, VIR_NODE_CPU_STATS_USER, VIR_NODE_CPU_STATS_IDLE,
                                         VIR_NODE_CPU_STATS_IOWAIT};

int
vr_node_get_cpu_stats(virConnectPtr conn, int cpu, virNodeCPUStatsPtr params, int *nparams, unsigned int flags)
{
    const int n = (int)G_N_ELEMENTS(cpu_fields);
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0)
        return -1;
    if (*nparams == 0) {
        *nparams = n;
        return 0;
    }
    if (*nparams != n)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "nparams in %s must be equal to %d", "virNodeGetCPUStats", n);
    g_autofree char *text = vr_node_read("/proc/stat");
    char name[24];
    if (cpu == VIR_NODE_CPU_STATS_ALL_CPUS)
        g_strlcpy(name, "cpu ", sizeof(name));
    else
        g_snprintf(name, sizeof(name), "\ncpu%d ", cpu);
    const char *at = text ? strstr(text, name) : NULL;
    unsigned long long user, nice, system, idle, wait = 0, irq = 0, soft = 0;
    if (!at || sscanf(at + strlen(name), "%llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft) < 4)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Invalid cpuNum in %s", "virNodeGetCPUStats");
    const unsigned long long tick = 1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK);
    const unsigned long long values[] = {system + irq + soft, user + nice, idle, wait};
    for (int i = 0; i < n; i++) {
        g_strlcpy(params[i].field, cpu_fields[i], sizeof(params[i].field));
        params[i].value = values[i] * tick;
    }
    return 0;
}

int
vr_node_get_cpu_map(virConnectPtr conn, unsigned char **cpumap, unsigned int *online_count, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0)
        return -1;
    g_autofree char *present = vr_node_read(CPUS "/present");
    g_autoptr(GArray) all = present ? vr_node_list(present) : online();
    g_autoptr(GArray) on = online();
    guint highest = all->len ? g_array_index(all, guint, all->len - 1) : 0;
    if (cpumap) {
        unsigned char *map = calloc(highest / 8 + 1, 1);
        for (guint i = 0; map && i < on->len; i++) {
            guint cpu = g_array_index(on, guint, i);
            if (cpu <= highest)
                map[cpu / 8] |= (unsigned char)(1u << (cpu % 8));
        }
        *cpumap = map;
    }
    if (online_count)
        *online_count = on->len;
    return (int)highest + 1;
}

/* --- sleep --- */

static const struct {
    const char *state, *what, *systemd, *pm; /* the kernel's word, ours, and the programs' */
} sleeps[] = {
    [VIR_NODE_SUSPEND_TARGET_MEM] = {"mem", "Suspend-to-RAM", "suspend", "pm-suspend"},
    [VIR_NODE_SUSPEND_TARGET_DISK] = {"disk", "Suspend-to-Disk", "hibernate", "pm-hibernate"},
    [VIR_NODE_SUSPEND_TARGET_HYBRID] = {"disk", "Hybrid-Suspend", "hybrid-sleep", "pm-suspend-hybrid"},
};

#define SHORTEST_SLEEP 60
#define ANSWER_FIRST 10 /* seconds, for the caller to hear that it works */

static void *
fall_asleep(void *data)
{
    const guint which = GPOINTER_TO_UINT(data);
    g_usleep(ANSWER_FIRST * G_USEC_PER_SEC);
    bool systemd = access("/run/systemd/system", F_OK) == 0;
    g_autoptr(VrCommand) command = systemd ? vr_command_new("systemctl", sleeps[which].systemd, NULL)
                                           : vr_command_new(sleeps[which].pm, NULL);
    if (vr_command_run(command, NULL) < 0)
        vr_log(VR_LOG_ERROR, "node", "the host does not sleep: %s", vr_error_last()->message);
    vr_error_clear();
    return NULL;
}

static int
set_alarm(unsigned long long duration)
{
    static const char path[] = "/sys/class/rtc/rtc0/wakealarm";
    g_autofree char *when = g_strdup_printf("+%llu", duration);
    FILE *file = fopen(path, "we");
    bool set = file && fputs("0", file) >= 0 && fflush(file) == 0;
    if (file)
        fclose(file);
    file = set ? fopen(path, "we") : NULL;
    set = file && fputs(when, file) >= 0;
    set = file && fclose(file) == 0 && set;
    return set ? 0 : vr_error_system(VIR_FROM_NONE, errno, "cannot set the clock to wake the host ('%s')", path);
}

int
vr_node_suspend(virConnectPtr conn, unsigned int target, unsigned long long duration, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0)
        return -1;
    if (target >= G_N_ELEMENTS(sleeps))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Invalid target %u", target);
    if (duration < SHORTEST_SLEEP)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Suspend duration is too short");
    g_autofree char *states = vr_node_read("/sys/power/state");
    g_auto(GStrv) words = g_strsplit(states ? states : "", " ", -1);
    bool systemd = access("/run/systemd/system", F_OK) == 0;
    g_autofree char *pm = systemd ? NULL : vr_command_find(sleeps[target].pm);
    if (!g_strv_contains((const char *const *)words, sleeps[target].state) || (!systemd && !pm))
        return vr_error(VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED, "%s", sleeps[target].what);
    static gint asleep;
    if (!g_atomic_int_compare_and_exchange(&asleep, 0, 1))
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "Suspend operation already in progress");
    int result = set_alarm(duration);
    GThread *thread = result == 0 ? g_thread_try_new("sleep", fall_asleep, GUINT_TO_POINTER(target), NULL) : NULL;
    if (thread)
        g_thread_unref(thread);
    g_atomic_int_set(&asleep, 0);
    return result;
}
