/* The host's part of the capabilities, read from the kernel's files each time: processors and memory come and go. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/capabilities.h"
#include "model/cpu.h"
#include "model/domain.h"

#define CPUS "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"
#define HUGE_PAGES "/sys/kernel/mm/hugepages"

/* A small file's text without its line end; NULL when there is none. */
static char *
read_text(const char *format, ...) G_GNUC_PRINTF(1, 2);

static char *
read_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strchomp(text) : NULL;
}

static unsigned
read_number(const char *text)
{
    long value = text ? strtol(text, NULL, 10) : 0;
    return value > 0 ? (unsigned)value : 0;
}

/* What /proc/cpuinfo says about NAME first, or NULL. */
static char *
cpu_info(const char *info, const char *name)
{
    const char *line = info;
    size_t len = strlen(name);
    for (; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        if (strncmp(line, name, len) != 0 || (line[len] != '\t' && line[len] != ' ' && line[len] != ':'))
            continue;
        const char *value = strchr(line, ':');
        if (value)
            return g_strchug(g_strndup(value + 1, strcspn(value + 1, "\n")));
    }
    return NULL;
}

/* Where processor CPU sits. */
typedef struct {
    unsigned id, socket, die, core;
    char *siblings;
} Seat;

static void
seat_free(void *data)
{
    Seat *seat = data;
    g_free(seat->siblings);
    g_free(seat);
}

static unsigned
seat_number(unsigned cpu, const char *name)
{
    g_autofree char *text = read_text(CPUS "/cpu%u/topology/%s", cpu, name);
    return read_number(text);
}

/* The processors of LIST, as the kernel writes lists: "0-3,8". */
static GPtrArray *
seats_of(const char *list)
{
    GPtrArray *seats = g_ptr_array_new_with_free_func(seat_free);
    g_auto(GStrv) parts = g_strsplit(list, ",", -1);
    for (char **part = parts; *part && **part; part++) {
        char *end;
        unsigned long first = strtoul(*part, &end, 10), last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;
        for (unsigned long i = first; i <= last && i < 65536; i++) {
            Seat *seat = g_new0(Seat, 1);
            seat->id = (unsigned)i;
            seat->socket = seat_number(seat->id, "physical_package_id");
            seat->die = seat_number(seat->id, "die_id");
            seat->core = seat_number(seat->id, "core_id");
            seat->siblings = read_text(CPUS "/cpu%u/topology/thread_siblings_list", seat->id) ?: g_strdup_printf("%lu", i);
            g_ptr_array_add(seats, seat);
        }
    }
    return seats;
}

static void
append_topology_of(GString *xml, const GPtrArray *seats)
{
    g_autoptr(GHashTable) sockets = g_hash_table_new(NULL, NULL), dies = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) cores = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        g_hash_table_add(sockets, GUINT_TO_POINTER(seat->socket));
        g_hash_table_add(dies, GUINT_TO_POINTER(seat->die));
        g_hash_table_add(cores, g_strdup_printf("%u %u %u", seat->socket, seat->die, seat->core));
    }
    unsigned n_sockets = MAX(g_hash_table_size(sockets), 1), n_dies = MAX(g_hash_table_size(dies), 1);
    unsigned n_cores = MAX(g_hash_table_size(cores) / n_sockets / n_dies, 1);
    g_string_append_printf(xml, "      <topology sockets='%u' dies='%u' cores='%u' threads='%u'/>\n", n_sockets, n_dies,
                           n_cores, MAX(seats->len / (n_sockets * n_dies * n_cores), 1));
}

static int
by_size(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

/* Sizes of pages in KiB, the smallest first. */
static GArray *
page_sizes(void)
{
    GArray *sizes = g_array_new(FALSE, FALSE, sizeof(unsigned));
    unsigned size = (unsigned)sysconf(_SC_PAGESIZE) / 1024;
    g_array_append_val(sizes, size);
    g_autoptr(GDir) dir = g_dir_open(HUGE_PAGES, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (sscanf(name, "hugepages-%ukB", &size) == 1)
            g_array_append_val(sizes, size);
    }
    qsort(sizes->data, sizes->len, sizeof(unsigned), by_size);
    return sizes;
}

static void
append_cpu(GString *xml, const GPtrArray *seats, const GArray *sizes)
{
    const char *vendor;
    g_auto(GStrv) features = vr_cpu_host_features(&vendor);
    g_autoptr(DomainCpu) cpu = vr_cpu_describe(qemu_host_arch(), vendor, (const char *const *)features, TRUE);
    g_autofree char *info = read_text("/proc/cpuinfo");
    g_autofree char *microcode = cpu_info(info, "microcode"), *family = cpu_info(info, "cpu family");
    g_autofree char *model = cpu_info(info, "model"), *stepping = cpu_info(info, "stepping");
    g_autofree char *bits = cpu_info(info, "address sizes");
    g_string_append_printf(xml, "    <cpu>\n      <arch>%s</arch>\n", qemu_host_arch());
    if (cpu)
        g_string_append_printf(xml, "      <model>%s</model>\n", cpu->model->value);
    if (cpu && vendor)
        g_string_append_printf(xml, "      <vendor>%s</vendor>\n", vendor);
    if (microcode)
        g_string_append_printf(xml, "      <microcode version='%lu'/>\n", strtoul(microcode, NULL, 0));
    if (family && model && stepping)
        g_string_append_printf(xml, "      <signature family='%s' model='%s' stepping='%s'/>\n", family, model, stepping);
    append_topology_of(xml, seats);
    if (read_number(bits) > 0)
        g_string_append_printf(xml, "      <maxphysaddr mode='emulate' bits='%u'/>\n", read_number(bits));
    for (size_t i = 0; cpu && i < cpu->n_feature; i++) {
        if (cpu->feature[i]->policy == CPU_FEATURE_POLICY_REQUIRE)
            g_string_append_printf(xml, "      <feature name='%s'/>\n", cpu->feature[i]->name);
    }
    for (guint i = 0; i < sizes->len; i++)
        g_string_append_printf(xml, "      <pages unit='KiB' size='%u'/>\n", g_array_index(sizes, unsigned, i));
    g_string_append(xml, "    </cpu>\n");
}

static void
append_power(GString *xml)
{
    g_autofree char *states = read_text("/sys/power/state"), *disk = read_text("/sys/power/disk");
    bool mem = states && strstr(states, "mem"), to_disk = states && strstr(states, "disk") && disk && *disk;
    if (!mem && !to_disk) {
        g_string_append(xml, "    <power_management/>\n");
        return;
    }
    g_string_append(xml, "    <power_management>\n");
    if (mem)
        g_string_append(xml, "      <suspend_mem/>\n");
    if (to_disk)
        g_string_append(xml, "      <suspend_disk/>\n");
    if (to_disk && strstr(disk, "suspend"))
        g_string_append(xml, "      <suspend_hybrid/>\n");
    g_string_append(xml, "    </power_management>\n");
}

static bool
has_entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    return dir && g_dir_read_name(dir);
}

/* Memory of a node in KiB. */
static unsigned long long
node_memory(unsigned node)
{
    g_autofree char *text = read_text(NODES "/node%u/meminfo", node) ?: read_text("/proc/meminfo");
    const char *total = text ? strstr(text, "MemTotal:") : NULL;
    return total ? strtoull(total + strlen("MemTotal:"), NULL, 10) : 0;
}

static void
append_cell(GString *xml, unsigned node, const GPtrArray *seats, const GArray *sizes)
{
    unsigned long long memory = node_memory(node), small = memory;
    g_autoptr(GString) huge = g_string_new(NULL);
    for (guint i = 1; i < sizes->len; i++) {
        unsigned size = g_array_index(sizes, unsigned, i);
        g_autofree char *text = read_text(NODES "/node%u/hugepages/hugepages-%ukB/nr_hugepages", node, size);
        unsigned long long n = text ? strtoull(text, NULL, 10) : 0;
        small -= MIN(small, n * size);
        g_string_append_printf(huge, "          <pages unit='KiB' size='%u'>%llu</pages>\n", size, n);
    }
    unsigned page = g_array_index(sizes, unsigned, 0);
    g_string_append_printf(xml, "        <cell id='%u'>\n          <memory unit='KiB'>%llu</memory>\n", node, memory);
    g_string_append_printf(xml, "          <pages unit='KiB' size='%u'>%llu</pages>\n%s", page, small / page, huge->str);
    g_autofree char *distances = read_text(NODES "/node%u/distance", node);
    g_auto(GStrv) values = g_strsplit(distances ?: "", " ", -1);
    if (*values) {
        g_string_append(xml, "          <distances>\n");
        for (unsigned i = 0; values[i]; i++)
            g_string_append_printf(xml, "            <sibling id='%u' value='%s'/>\n", i, values[i]);
        g_string_append(xml, "          </distances>\n");
    }
    g_string_append_printf(xml, "          <cpus num='%u'>\n", seats->len);
    for (guint i = 0; i < seats->len; i++) {
        const Seat *seat = seats->pdata[i];
        g_string_append_printf(xml,
                               "            <cpu id='%u' socket_id='%u' die_id='%u' core_id='%u' siblings='%s'/>\n",
                               seat->id, seat->socket, seat->die, seat->core, seat->siblings);
    }
    g_string_append(xml, "          </cpus>\n        </cell>\n");
}

static void
append_cells(GString *xml, const GArray *sizes, const GPtrArray *all)
{
    g_autoptr(GString) cells = g_string_new(NULL);
    unsigned n = 0;
    for (unsigned node = 0; node < 1024; node++) {
        g_autofree char *list = read_text(NODES "/node%u/cpulist", node);
        if (!list)
            continue;
        g_autoptr(GPtrArray) seats = seats_of(list);
        append_cell(cells, node, seats, sizes);
        n++;
    }
    if (n == 0) {
        append_cell(cells, 0, all, sizes);
        n = 1;
    }
    g_string_append_printf(xml, "    <topology>\n      <cells num='%u'>\n%s      </cells>\n    </topology>\n", n, cells->str);
}

/* Caches that processors share: of the third level and up. */
static void
append_caches(GString *xml, const GPtrArray *seats)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) banks = g_string_new(NULL);
    for (guint i = 0; i < seats->len; i++) {
        unsigned cpu = ((const Seat *)seats->pdata[i])->id;
        for (unsigned index = 0; index < 16; index++) {
            g_autofree char *level = read_text(CPUS "/cpu%u/cache/index%u/level", cpu, index);
            g_autofree char *type = read_text(CPUS "/cpu%u/cache/index%u/type", cpu, index);
            g_autofree char *size = read_text(CPUS "/cpu%u/cache/index%u/size", cpu, index);
            g_autofree char *cpus = read_text(CPUS "/cpu%u/cache/index%u/shared_cpu_list", cpu, index);
            g_autofree char *id = read_text(CPUS "/cpu%u/cache/index%u/id", cpu, index);
            if (!level || !type || !size || !cpus || read_number(level) < 3)
                continue;
            if (!g_hash_table_add(seen, g_strjoin(" ", level, type, cpus, NULL)))
                continue;
            unsigned kib = read_number(size);
            const char *kind = strcmp(type, "Unified") == 0 ? "both" : strcmp(type, "Data") == 0 ? "data" : "code";
            g_string_append_printf(banks, "      <bank id='%u' level='%s' type='%s' size='%u' unit='%s' cpus='%s'/>\n",
                                   read_number(id), level, kind, kib % 1024 ? kib : kib / 1024, kib % 1024 ? "KiB" : "MiB",
                                   cpus);
        }
    }
    if (banks->len)
        g_string_append_printf(xml, "    <cache>\n%s    </cache>\n", banks->str);
}

/* The firmware's name for this host, else one made of the system's own. */
static void
append_uuid(GString *xml)
{
    g_autofree char *uuid = read_text("/sys/class/dmi/id/product_uuid"), *id = read_text("/etc/machine-id");
    if (uuid && strlen(uuid) == 36) {
        g_autofree char *lower = g_ascii_strdown(uuid, -1);
        g_string_append_printf(xml, "    <uuid>%s</uuid>\n", lower);
    } else if (id && strlen(id) == 32) {
        g_string_append_printf(xml, "    <uuid>%.8s-%.4s-%.4s-%.4s-%.12s</uuid>\n", id, id + 8, id + 12, id + 16, id + 20);
    }
}

void
qemu_append_host(GString *xml, const QemuDriver *driver)
{
    g_autofree char *online = read_text(CPUS "/online");
    g_autoptr(GPtrArray) seats = seats_of(online ?: "0");
    g_autoptr(GArray) sizes = page_sizes();
    g_string_append(xml, "  <host>\n");
    append_uuid(xml);
    append_cpu(xml, seats, sizes);
    append_power(xml);
    g_string_append_printf(xml, "    <iommu support='%s'/>\n", has_entries("/sys/kernel/iommu_groups") ? "yes" : "no");
    g_string_append(xml, "    <migration_features>\n"
                         "      <live/>\n"
                         "      <uri_transports>\n"
                         "        <uri_transport>tcp</uri_transport>\n"
                         "        <uri_transport>rdma</uri_transport>\n"
                         "      </uri_transports>\n"
                         "    </migration_features>\n");
    append_cells(xml, sizes, seats);
    append_caches(xml, seats);
    g_string_append(xml, "    <secmodel>\n      <model>none</model>\n      <doi>0</doi>\n    </secmodel>\n");
    if (driver->privileged)
        g_string_append_printf(xml,
                               "    <secmodel>\n"
                               "      <model>dac</model>\n"
                               "      <doi>0</doi>\n"
                               "      <baselabel type='kvm'>+%1$u:+%2$u</baselabel>\n"
                               "      <baselabel type='qemu'>+%1$u:+%2$u</baselabel>\n"
                               "    </secmodel>\n",
                               (unsigned)driver->conf->uid, (unsigned)driver->conf->gid);
    g_string_append(xml, "  </host>\n\n");
}
