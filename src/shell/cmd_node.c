/* The host's processors, memory and sleep. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"

/* --- processors --- */

typedef struct {
    const char *field, *key, *label;
} Time;

static const Time times[] = {
    {VIR_NODE_CPU_STATS_USER, "user", "user:"},       {VIR_NODE_CPU_STATS_KERNEL, "system", "system:"},
    {VIR_NODE_CPU_STATS_IDLE, "idle", "idle:"},       {VIR_NODE_CPU_STATS_IOWAIT, "iowait", "iowait:"},
    {VIR_NODE_CPU_STATS_INTR, "interrupt", "intr:"},  {VIR_NODE_CPU_STATS_UTILIZATION, "usage", "usage:"},
};

#define N_TIMES G_N_ELEMENTS(times)
#define UTILIZATION (N_TIMES - 1)

/* The times of processor CPU, as far as they are KNOWN. */
static gboolean
get_times(Shell *sh, int cpu, unsigned long long values[N_TIMES], gboolean known[N_TIMES])
{
    int n = 0;
    if (virNodeGetCPUStats(sh->conn, cpu, NULL, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get number of cpu stats", NULL, NULL);
    g_autofree virNodeCPUStatsPtr stats = g_new0(virNodeCPUStats, (gsize)n + 1);
    if (virNodeGetCPUStats(sh->conn, cpu, stats, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get node cpu stats", NULL, NULL);
    for (gsize t = 0; t < N_TIMES; t++) {
        values[t] = 0;
        known[t] = FALSE;
        for (int i = 0; i < n; i++) {
            if (strcmp(stats[i].field, times[t].field) == 0) {
                values[t] = stats[i].value;
                known[t] = TRUE;
            }
        }
    }
    return TRUE;
}

static gboolean
tell_percentages(Shell *sh, int cpu)
{
    unsigned long long first[N_TIMES], second[N_TIMES];
    gboolean known[N_TIMES];
    double total = 0, idle = 100, share[N_TIMES];
    if (!get_times(sh, cpu, first, known))
        return FALSE;
    if (known[UTILIZATION]) {
        shell_print(sh, "%-15s %5.1llu%%\n", "usage:", first[UTILIZATION]);
        return TRUE;
    }
    g_usleep(G_USEC_PER_SEC);
    if (!get_times(sh, cpu, second, known))
        return FALSE;
    for (gsize t = 0; t < UTILIZATION; t++)
        total += (double)(second[t] - first[t]);
    for (gsize t = 0; t < UTILIZATION; t++)
        share[t] = total > 0 ? (double)(second[t] - first[t]) / total * 100 : strcmp(times[t].key, "idle") == 0 ? 100 : 0;
    for (gsize t = 0; t < UTILIZATION; t++) {
        if (strcmp(times[t].key, "idle") == 0)
            idle = share[t];
    }
    g_autoptr(Report) report = report_one(16);
    put_number(report, "usage", "usage:", (long long)(100 - idle), "%5.1f%%", 100 - idle);
    for (gsize t = 0; t < UTILIZATION; t++) {
        if (known[t])
            put_number(report, times[t].key, times[t].label, (long long)share[t], "%5.1f%%", share[t]);
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_nodecpustats(Shell *sh, const Args *args)
{
    long long cpu = VIR_NODE_CPU_STATS_ALL_CPUS;
    unsigned long long values[N_TIMES];
    gboolean known[N_TIMES];
    if (args_number(sh, args, "cpu", 0, G_MAXINT, &cpu) < 0)
        return FALSE;
    if (args_flag(args, "percent"))
        return tell_percentages(sh, (int)cpu);
    if (!get_times(sh, (int)cpu, values, known))
        return FALSE;
    g_autoptr(Report) report = report_one(16);
    for (gsize t = 0; t < N_TIMES; t++) {
        if (known[t])
            put_number(report, times[t].key, times[t].label, (long long)values[t], "%20llu", values[t]);
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

/* --- memory --- */

gboolean
run_nodememstats(Shell *sh, const Args *args)
{
    long long cell = VIR_NODE_MEMORY_STATS_ALL_CELLS;
    int n = 0;
    if (args_number(sh, args, "cell", 0, G_MAXINT, &cell) < 0)
        return FALSE;
    if (virNodeGetMemoryStats(sh->conn, (int)cell, NULL, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get number of memory stats", NULL, NULL);
    g_autofree virNodeMemoryStatsPtr stats = g_new0(virNodeMemoryStats, (gsize)n + 1);
    if (virNodeGetMemoryStats(sh->conn, (int)cell, stats, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get memory stats", NULL, NULL);
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < n; i++) {
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%-7s: %20llu KiB\n", stats[i].field, stats[i].value);
        else
            put_number(report, stats[i].field, NULL, (long long)stats[i].value, "%llu", stats[i].value);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_node_memory_tune(Shell *sh, const Args *args)
{
    static const struct {
        const char *option, *field;
    } settings[] = {
        {"shm-pages-to-scan", VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN},
        {"shm-sleep-millisecs", VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS},
        {"shm-merge-across-nodes", VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES},
    };
    virTypedParameterPtr params = NULL;
    int n = 0, room = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        long long value;
        int given = args_number(sh, args, settings[i].option, 0, G_MAXUINT, &value);
        if (given < 0) {
            virTypedParamsFree(params, n);
            return FALSE;
        }
        if (given)
            virTypedParamsAddUInt(&params, &n, &room, settings[i].field, (unsigned int)value);
    }
    if (n > 0) {
        int bad = virNodeSetMemoryParameters(sh->conn, params, n, 0);
        virTypedParamsFree(params, n);
        return bad == 0 || shell_outcome(sh, FALSE, NULL, "Unable to change memory parameters", NULL, NULL);
    }
    if (virNodeGetMemoryParameters(sh->conn, NULL, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get number of memory parameters", NULL, NULL);
    g_autofree virTypedParameterPtr all = g_new0(virTypedParameter, (gsize)n + 1);
    if (virNodeGetMemoryParameters(sh->conn, all, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get memory parameters", NULL, NULL);
    g_autoptr(Report) report = report_one(0);
    if (n > 0 && sh->format == FORMAT_TEXT)
        shell_print(sh, "Shared memory:\n");
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&all[i]);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "\t%-15s %s\n", all[i].field, text);
        else
            put_param(report, &all[i]);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    return TRUE;
}

/* Sizes without a unit are in KiB. */
static gboolean
get_page_size(Shell *sh, const Args *args, unsigned int *ret_kib)
{
    const char *text = args_string(args, "pagesize");
    unsigned long long bytes;
    g_autofree char *given = text && *text && g_ascii_isdigit(text[strlen(text) - 1]) ? g_strdup_printf("%sKiB", text) : g_strdup(text);
    if (!given || !shell_size(sh, "pagesize", given, &bytes))
        return FALSE;
    *ret_kib = (unsigned int)(bytes / 1024);
    return TRUE;
}

gboolean
run_allocpages(Shell *sh, const Args *args)
{
    unsigned int size;
    unsigned long long count;
    long long number, cell = -1; /* where the host likes */
    if (!get_page_size(sh, args, &size) || args_number(sh, args, "pagecount", 0, G_MAXINT64, &number) < 0)
        return FALSE;
    int given = args_number(sh, args, "cellno", -1, G_MAXINT, &cell);
    if (given < 0)
        return FALSE;
    count = (unsigned long long)number;
    unsigned int cells = 1;
    if (args_flag(args, "all")) {
        virNodeInfo info;
        cell = 0;
        if (virNodeGetInfo(sh->conn, &info) < 0)
            return FALSE;
        cells = MAX(info.nodes, 1);
    }
    return virNodeAllocPages(sh->conn, 1, &size, &count, (int)cell, cells, args_flags(args)) >= 0;
}

/* The sizes of pages that the host has. */
static GArray *
page_sizes(const Element *capabilities)
{
    GArray *sizes = g_array_new(FALSE, FALSE, sizeof(unsigned int));
    const Element *cpu = element_at(capabilities, "host/cpu");
    for (const Element *e = NULL; (e = element_next(cpu, e, "pages"));) {
        unsigned int kib = (unsigned int)g_ascii_strtoull(element_attr(e, "size") ? element_attr(e, "size") : "0", NULL, 10);
        g_array_append_val(sizes, kib);
    }
    return sizes;
}

static gboolean
tell_pages(Shell *sh, int cell, unsigned int *sizes, unsigned int n)
{
    g_autofree unsigned long long *counts = g_new0(unsigned long long, n);
    if (virNodeGetFreePages(sh->conn, n, sizes, cell, 1, counts, 0) < 0)
        return FALSE;
    for (unsigned int i = 0; i < n; i++)
        shell_print(sh, "%uKiB: %llu\n", sizes[i], counts[i]);
    return TRUE;
}

gboolean
run_freepages(Shell *sh, const Args *args)
{
    long long cell;
    unsigned int size;
    if (!args_flag(args, "all")) {
        int given = args_number(sh, args, "cellno", -1, G_MAXINT, &cell);
        if (given < 0)
            return FALSE;
        if (!given || !args_flag(args, "pagesize")) {
            shell_error(sh, "missing %s argument", given ? "pagesize" : "cellno");
            return FALSE;
        }
        return get_page_size(sh, args, &size) && tell_pages(sh, (int)cell, &size, 1);
    }
    g_autofree char *xml = virConnectGetCapabilities(sh->conn);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return shell_outcome(sh, FALSE, NULL, "unable to get node capabilities", NULL, NULL);
    g_autoptr(GArray) sizes = page_sizes(doc);
    if (args_flag(args, "pagesize")) {
        if (!get_page_size(sh, args, &size))
            return FALSE;
        g_array_set_size(sizes, 0);
        g_array_append_val(sizes, size);
    }
    const Element *cells = element_at(doc, "host/topology/cells");
    for (const Element *e = NULL; (e = element_next(cells, e, "cell"));) {
        int id = atoi(element_attr(e, "id") ? element_attr(e, "id") : "0");
        shell_print(sh, "Node %d:\n", id);
        if (!tell_pages(sh, id, (unsigned int *)(void *)sizes->data, sizes->len))
            return FALSE;
        shell_print(sh, "\n");
    }
    return TRUE;
}

/* --- the rest --- */

gboolean
run_nodesevinfo(Shell *sh, const Args *args)
{
    virTypedParameterPtr params = NULL;
    int n = 0;
    if (virNodeGetSEVInfo(sh->conn, &params, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get host SEV information", NULL, NULL);
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&params[i]);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%-18s: %s\n", params[i].field, text);
        else
            put_param(report, &params[i]);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    virTypedParamsFree(params, n);
    return TRUE;
}

gboolean
run_nodesuspend(Shell *sh, const Args *args)
{
    static const char *const targets[] = {"mem", "disk", "hybrid"};
    const char *text = args_string(args, "target");
    long long seconds;
    unsigned int target = 0;
    if (args_number(sh, args, "duration", G_MININT64, G_MAXINT64, &seconds) < 0)
        return FALSE;
    while (target < G_N_ELEMENTS(targets) && strcmp(targets[target], text) != 0)
        target++;
    if (target == G_N_ELEMENTS(targets) || seconds < 0) {
        shell_error(sh, "%s", seconds < 0 ? "Invalid duration" : "Invalid target");
        return FALSE;
    }
    return virNodeSuspendForDuration(sh->conn, target, (unsigned long long)seconds, 0) == 0 ||
           shell_outcome(sh, FALSE, NULL, "The host was not suspended", NULL, NULL);
}
