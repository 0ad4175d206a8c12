/* The host's memory: how much, where, in which pages, and how equal pages are shared.  See node.h. */
#include <errno.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/params.h"
#include "host/node.h"

#define NODES "/sys/devices/system/node"
#define KSM "/sys/kernel/mm/ksm/"

int
vr_node_last_cell(void)
{
    g_autofree char *text = vr_node_read(NODES "/online");
    g_autoptr(GArray) cells = vr_node_list(text ? text : "0");
    return cells->len ? (int)g_array_index(cells, guint, cells->len - 1) : 0;
}

/* KiB of FIELD ("MemFree:") in the host's table (CELL negative) or a cell's; FALSE when it is not there. */
static gboolean
memory_field(const char *table, const char *field, unsigned long long *ret_kib)
{
    for (const char *at = table; at && (at = strstr(at, field)); at += strlen(field)) {
        if (at != table && at[-1] != '\n' && at[-1] != ' ')
            continue;
        *ret_kib = g_ascii_strtoull(at + strlen(field), NULL, 10);
        return TRUE;
    }
    return FALSE;
}

static char *
memory_table(int cell)
{
    char *text = cell < 0 ? vr_node_read("/proc/meminfo") : vr_node_read(NODES "/node%d/meminfo", cell);
    return text || cell > 0 ? text : vr_node_read("/proc/meminfo"); /* a kernel without NUMA has one cell */
}

static const struct {
    const char *field, *kernel;
    gboolean cell; /* a cell's too */
} memory_stats[] = {
    {VIR_NODE_MEMORY_STATS_TOTAL, "MemTotal:", TRUE},
    {VIR_NODE_MEMORY_STATS_FREE, "MemFree:", TRUE},
    {VIR_NODE_MEMORY_STATS_BUFFERS, "Buffers:", FALSE},
    {VIR_NODE_MEMORY_STATS_CACHED, "Cached:", FALSE},
};

int
vr_node_get_memory_stats(virConnectPtr conn, int cell, virNodeMemoryStatsPtr params, int *nparams, unsigned int flags)
{
    int n = 0, last = vr_node_last_cell();
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0)
        return -1;
    if (cell != VIR_NODE_MEMORY_STATS_ALL_CELLS && (cell < 0 || cell > last))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "cellNum in %s must be less than or equal to %d",
                        "virNodeGetMemoryStats", last);
    for (gsize i = 0; i < G_N_ELEMENTS(memory_stats); i++)
        n += cell < 0 || memory_stats[i].cell;
    if (*nparams == 0) {
        *nparams = n;
        return 0;
    }
    if (*nparams != n)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "nparams in %s must be equal to %d", "virNodeGetMemoryStats", n);
    g_autofree char *table = memory_table(cell);
    int at = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(memory_stats); i++) {
        if (cell >= 0 && !memory_stats[i].cell)
            continue;
        g_strlcpy(params[at].field, memory_stats[i].field, sizeof(params[at].field));
        params[at].value = 0;
        memory_field(table, memory_stats[i].kernel, &params[at++].value);
    }
    return 0;
}

unsigned long long
vr_node_get_free_memory(virConnectPtr conn)
{
    unsigned long long kib = 0;
    g_autofree char *table = memory_table(-1);
    if (memory_field(table, "MemFree:", &kib))
        return kib * 1024;
    vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Cannot determine free memory");
    return 0;
}

static int
check_start(int start)
{
    int last = vr_node_last_cell();
    return start <= last ? 0 : vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "start cell %d out of range (0-%d)", start, last);
}

int
vr_node_get_cells_free_memory(virConnectPtr conn, unsigned long long *free_memory, int start, int max)
{
    int n = 0;
    if (start < 0 || check_start(start) < 0)
        return start < 0 ? vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "start cell %d is negative", start) : -1;
    for (int cell = start; cell <= vr_node_last_cell() && n < max; cell++) {
        unsigned long long kib = 0;
        g_autofree char *table = memory_table(cell);
        memory_field(table, "MemFree:", &kib);
        free_memory[n++] = kib * 1024;
    }
    return n;
}

/* --- pages --- */

static unsigned
small_page(void)
{
    return (unsigned)(sysconf(_SC_PAGESIZE) / 1024);
}

/* A file about pages of SIZE KiB in CELL; negative: of the whole host. */
static char *
page_file(int cell, unsigned size, const char *file)
{
    if (cell >= 0)
        return g_strdup_printf(NODES "/node%d/hugepages/hugepages-%ukB/%s", cell, size, file);
    return g_strdup_printf("/sys/kernel/mm/hugepages/hugepages-%ukB/%s", size, file);
}

static int
free_pages(int cell, unsigned size, unsigned long long *ret)
{
    if (size == small_page()) {
        unsigned long long kib = 0;
        g_autofree char *table = memory_table(cell);
        memory_field(table, "MemFree:", &kib);
        *ret = kib / size;
        return 0;
    }
    g_autofree char *path = page_file(cell, size, "free_hugepages");
    g_autofree char *text = vr_node_read("%s", path);
    if (!text)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "page size %u is not available on node %d", size, cell);
    *ret = g_ascii_strtoull(text, NULL, 10);
    return 0;
}

int
vr_node_get_free_pages(virConnectPtr conn, unsigned int npages, unsigned int *pages, int start, unsigned int cells,
                       unsigned long long *counts, unsigned int flags)
{
    int last = vr_node_last_cell(), n = 0;
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0 || check_start(start) < 0)
        return -1;
    for (long long cell = start; cell <= last && cell < (long long)start + cells; cell++) {
        for (unsigned i = 0; i < npages; i++) {
            if (free_pages((int)cell, pages[i], &counts[n++]) < 0)
                return -1;
        }
    }
    if (n == 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "no suitable info found");
    return n;
}

static int
write_number(const char *path, unsigned long long value)
{
    FILE *file = fopen(path, "we");
    bool written = file && fprintf(file, "%llu", value) > 0 && fflush(file) == 0;
    int error = errno;
    if (file)
        fclose(file);
    return written ? 0 : vr_error_system(VIR_FROM_NONE, error, "failed to write '%llu' to '%s'", value, path);
}

static int
set_pages(int cell, unsigned size, unsigned long long count, bool add)
{
    if (size == small_page())
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_UNSUPPORTED, "system pages pool can't be modified");
    g_autofree char *path = page_file(cell, size, "nr_hugepages");
    g_autofree char *before = vr_node_read("%s", path);
    if (!before)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "page size or NUMA node not available: '%s'", path);
    unsigned long long had = g_ascii_strtoull(before, NULL, 10), wanted = add ? had + count : count;
    if (write_number(path, wanted) < 0)
        return -1;
    g_autofree char *after = vr_node_read("%s", path);
    unsigned long long has = after ? g_ascii_strtoull(after, NULL, 10) : 0;
    if (has < wanted)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "Unable to allocate %llu pages. Allocated only %llu", count,
                        add ? has - MIN(had, has) : has);
    return 0;
}

int
vr_node_alloc_pages(virConnectPtr conn, unsigned int npages, unsigned int *sizes, unsigned long long *counts, int start,
                    unsigned int cells, unsigned int flags)
{
    int last = vr_node_last_cell(), n = 0;
    if (vr_flags_check(flags, VIR_NODE_ALLOC_PAGES_SET, VIR_FROM_NONE) < 0 || check_start(start) < 0)
        return -1;
    for (long long cell = start; cell <= last && cell < (long long)start + cells; cell++) {
        for (unsigned i = 0; i < npages; i++, n++) {
            if (set_pages((int)cell, sizes[i], counts[i], !(flags & VIR_NODE_ALLOC_PAGES_SET)) < 0)
                return -1;
        }
    }
    return n;
}

/* --- equal pages --- */

static const struct {
    const char *name, *file;
    int type;
    bool settable;
} ksm[] = {
    {VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN, "pages_to_scan", VIR_TYPED_PARAM_UINT, true},
    {VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS, "sleep_millisecs", VIR_TYPED_PARAM_UINT, true},
    {VIR_NODE_MEMORY_SHARED_PAGES_SHARED, "pages_shared", VIR_TYPED_PARAM_ULLONG, false},
    {VIR_NODE_MEMORY_SHARED_PAGES_SHARING, "pages_sharing", VIR_TYPED_PARAM_ULLONG, false},
    {VIR_NODE_MEMORY_SHARED_PAGES_UNSHARED, "pages_unshared", VIR_TYPED_PARAM_ULLONG, false},
    {VIR_NODE_MEMORY_SHARED_PAGES_VOLATILE, "pages_volatile", VIR_TYPED_PARAM_ULLONG, false},
    {VIR_NODE_MEMORY_SHARED_FULL_SCANS, "full_scans", VIR_TYPED_PARAM_ULLONG, false},
    {VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES, "merge_across_nodes", VIR_TYPED_PARAM_UINT, true},
};

int
vr_node_get_memory_parameters(virConnectPtr conn, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    const int room = *nparams;
    int n = 0;
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_NONE) < 0)
        return -1;
    if (room == 0) {
        *nparams = (int)G_N_ELEMENTS(ksm);
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(ksm) && n < room; i++) {
        g_autofree char *text = vr_node_read(KSM "%s", ksm[i].file);
        if (!text)
            continue; /* a kernel without it */
        guint64 value = g_ascii_strtoull(text, NULL, 10);
        if (ksm[i].type == VIR_TYPED_PARAM_UINT)
            vr_param_set_uint(params, room, n++, ksm[i].name, (unsigned)value);
        else
            vr_param_set_ullong(params, room, n++, ksm[i].name, value);
    }
    *nparams = n;
    return 0;
}

int
vr_node_set_memory_parameters(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    static const VrParamSpec specs[] = {{VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN, VIR_TYPED_PARAM_UINT, false},
                                        {VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS, VIR_TYPED_PARAM_UINT, false},
                                        {VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES, VIR_TYPED_PARAM_UINT, false},
                                        {NULL, 0, false}};
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0 || vr_params_check(params, nparams, specs) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        for (gsize j = 0; j < G_N_ELEMENTS(ksm); j++) {
            if (!ksm[j].settable || strcmp(ksm[j].name, params[i].field) != 0)
                continue;
            g_autofree char *path = g_strconcat(KSM, ksm[j].file, NULL);
            if (access(path, F_OK) < 0)
                return vr_error(VIR_FROM_NONE, VIR_ERR_OPERATION_UNSUPPORTED, "Parameter '%s' is not supported by this kernel",
                                params[i].field);
            if (write_number(path, params[i].value.ui) < 0)
                return -1;
        }
    }
    return 0;
}
