/* See figures.h. */
#include "drivers/qemu/figures.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
qemu_times(pid_t pid, pid_t tid, QemuTimes *ret)
{
    g_autofree char *path = tid ? g_strdup_printf("/proc/%ld/task/%ld/stat", (long)pid, (long)tid)
                                : g_strdup_printf("/proc/%ld/stat", (long)pid);
    g_autofree char *text = NULL;
    unsigned long long user = 0, system = 0;
    int cpu = 0;
    memset(ret, 0, sizeof(*ret));
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    const char *rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u "
                              "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d",
                        &user, &system, &cpu) < 2)
        return false;
    unsigned long long tick = 1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK);
    ret->user = user * tick;
    ret->system = system * tick;
    ret->total = ret->user + ret->system;
    ret->cpu = cpu;
    if (!tid)
        return true;
    g_autofree char *schedule = g_strdup_printf("/proc/%ld/task/%ld/schedstat", (long)pid, (long)tid), *line = NULL;
    if (g_file_get_contents(schedule, &line, NULL, NULL))
        sscanf(line, "%*u %llu", &ret->delay);
    return true;
}

unsigned long long
qemu_resident(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%ld/statm", (long)pid), *text = NULL;
    unsigned long long pages = 0;
    if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "%*u %llu", &pages) != 1)
        return 0;
    return pages * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024;
}

int
qemu_link_figures(const char *device, bool mirrored, virDomainInterfaceStatsPtr ret)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/net/dev", &text, NULL, NULL))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Could not open /proc/net/dev");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *colon = strchr(lines[i], ':');
        if (!colon)
            continue;
        *colon = '\0';
        if (strcmp(g_strstrip(lines[i]), device) != 0)
            continue;
        virDomainInterfaceStatsStruct in = {0};
        if (sscanf(colon + 1, "%lld %lld %lld %lld %*d %*d %*d %*d %lld %lld %lld %lld", &in.rx_bytes, &in.rx_packets, &in.rx_errs,
                   &in.rx_drop, &in.tx_bytes, &in.tx_packets, &in.tx_errs, &in.tx_drop) != 8)
            break;
        /* what the host's end sends is what the guest gets */
        *ret = mirrored ? (virDomainInterfaceStatsStruct){in.tx_bytes, in.tx_packets, in.tx_errs, in.tx_drop,
                                                          in.rx_bytes, in.rx_packets, in.rx_errs, in.rx_drop}
                        : in;
        return 0;
    }
    return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "/proc/net/dev: Interface not found");
}

const json_t *
qemu_block_figures(const json_t *list, const DomainDisk *disk)
{
    g_autofree char *node = g_strdup_printf("libvirt-%u-format", disk->source.index);
    g_autofree char *virtio = g_strdup_printf("/machine/peripheral/%s/virtio-backend", disk->alias);
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        const char *qdev = json_string_value(json_object_get(entry, "qdev"));
        const char *name = json_string_value(json_object_get(entry, "node-name"));
        if ((disk->source.index && g_strcmp0(name, node) == 0) ||
            (disk->alias && qdev && (strcmp(qdev, virtio) == 0 || strcmp(qdev, disk->alias) == 0)))
            return entry;
    }
    return NULL;
}

const json_t *
qemu_block_node(const json_t *list, unsigned index)
{
    g_autofree char *node = g_strdup_printf("libvirt-%u-format", index);
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        if (g_strcmp0(json_string_value(json_object_get(entry, "node-name")), node) == 0)
            return entry;
    }
    return NULL;
}

const QemuBalloonFigure qemu_balloon_figures[] = {
    {VIR_DOMAIN_MEMORY_STAT_SWAP_IN, "swap_in", "stat-swap-in", true},
    {VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, "swap_out", "stat-swap-out", true},
    {VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, "major_fault", "stat-major-faults", false},
    {VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, "minor_fault", "stat-minor-faults", false},
    {VIR_DOMAIN_MEMORY_STAT_UNUSED, "unused", "stat-free-memory", true},
    {VIR_DOMAIN_MEMORY_STAT_AVAILABLE, "available", "stat-total-memory", true},
    {VIR_DOMAIN_MEMORY_STAT_USABLE, "usable", "stat-available-memory", true},
    {VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, "last-update", "last-update", false},
    {VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, "disk_caches", "stat-disk-caches", true},
    {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, "hugetlb_pgalloc", "stat-htlb-pgalloc", false},
    {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, "hugetlb_pgfail", "stat-htlb-pgfail", false},
};
const gsize qemu_n_balloon_figures = G_N_ELEMENTS(qemu_balloon_figures);

bool
qemu_balloon_figure(const json_t *answer, const QemuBalloonFigure *figure, unsigned long long *ret)
{
    const json_t *value = strcmp(figure->qmp, "last-update") == 0 ? json_object_get(answer, "last-update")
                                                                  : json_object_get(json_object_get(answer, "stats"), figure->qmp);
    double real = json_number_value(value);
    if (!value || real < 0 || real >= 1.8e19)
        return false; /* all ones: never told */
    unsigned long long number = json_is_integer(value) ? (unsigned long long)json_integer_value(value) : (unsigned long long)real;
    *ret = figure->bytes ? number / 1024 : number;
    return true;
}

json_t *
qemu_balloon_question(const DomainDef *def)
{
    const DomainMemballoon *balloon = def->devices.memballoon;
    if (!balloon || balloon->model == DOMAIN_MEMBALLOON_MODEL_NONE || !balloon->alias)
        return NULL;
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", balloon->alias);
    return json_pack("{s:s, s:s}", "path", path, "property", "guest-stats");
}
