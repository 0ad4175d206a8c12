/* The mock host: what it is called, what it has, what it can. */
#include "drivers/test/ops.h"

#include <string.h>

#include "model/cpu.h"

/* Feature numbers of the wire protocol that a driver answers for itself. */
enum {
    FEATURE_TYPED_PARAM_STRING = 9,
    FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER = 16,
};

int
test_supports_feature(virConnectPtr conn, int feature)
{
    return feature == FEATURE_TYPED_PARAM_STRING || feature == FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER;
}

const char *
test_get_type(virConnectPtr conn)
{
    return "TEST";
}

int
test_get_version(virConnectPtr conn, unsigned long *version)
{
    *version = 2;
    return 0;
}

char *
test_get_hostname(virConnectPtr conn)
{
    return g_strdup(g_get_host_name());
}

char *
test_get_sysinfo(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    return g_strdup("<sysinfo type='smbios'>\n"
                    "  <bios>\n"
                    "    <entry name='vendor'>LENOVO</entry>\n"
                    "    <entry name='version'>G4ETA1WW (2.61 )</entry>\n"
                    "    <entry name='date'>05/07/2014</entry>\n"
                    "    <entry name='release'>2.61</entry>\n"
                    "  </bios>\n"
                    "</sysinfo>\n");
}

int
test_get_max_vcpus(virConnectPtr conn, const char *type)
{
    return 32;
}

int
test_is_encrypted(virConnectPtr conn)
{
    return 0;
}

int
test_is_secure(virConnectPtr conn)
{
    return 1;
}

int
test_is_alive(virConnectPtr conn)
{
    return 1;
}

static const unsigned huge_pages[] = {2048, 1048576}; /* KiB */

static void
append_cell(GString *xml, const TestCell *cell, unsigned id)
{
    g_string_append_printf(xml, "        <cell id='%u'>\n          <memory unit='KiB'>%llu</memory>\n", id,
                           cell->memory);
    g_string_append_printf(xml, "          <pages unit='KiB' size='%u'>%llu</pages>\n", cell->page,
                           cell->memory / cell->page);
    for (gsize i = 0; i < G_N_ELEMENTS(huge_pages); i++)
        g_string_append_printf(xml, "          <pages unit='KiB' size='%u'>0</pages>\n", huge_pages[i]);
    g_string_append_printf(xml, "          <cpus num='%u'>\n", cell->n_cpus);
    for (unsigned i = 0; i < cell->n_cpus; i++) {
        unsigned cpu = cell->first_cpu + i;
        g_string_append_printf(xml, "            <cpu id='%u' socket_id='%u' die_id='0' core_id='%u' siblings='%u'/>\n",
                               cpu, cell->socket, i, cpu);
    }
    g_string_append(xml, "          </cpus>\n        </cell>\n");
}

static void
append_guest(GString *xml, const char *os_type)
{
    g_string_append_printf(xml,
                           "  <guest>\n"
                           "    <os_type>%s</os_type>\n"
                           "    <arch name='i686'>\n"
                           "      <wordsize>32</wordsize>\n"
                           "      <emulator>/usr/bin/test-hv</emulator>\n"
                           "      <domain type='test'/>\n"
                           "    </arch>\n"
                           "    <features>\n"
                           "      <pae/>\n"
                           "      <nonpae/>\n"
                           "    </features>\n"
                           "  </guest>\n\n",
                           os_type);
}

char *
test_get_capabilities(virConnectPtr conn)
{
    const TestNode *node = conn->data;
    GString *xml = g_string_new("<capabilities>\n\n"
                                "  <host>\n"
                                "    <cpu>\n"
                                "      <arch>i686</arch>\n"
                                "      <features>\n"
                                "        <pae/>\n"
                                "        <nonpae/>\n"
                                "      </features>\n"
                                "      <pages unit='KiB' size='4'/>\n"
                                "      <pages unit='KiB' size='8'/>\n"
                                "      <pages unit='KiB' size='2048'/>\n"
                                "      <pages unit='KiB' size='1048576'/>\n"
                                "    </cpu>\n"
                                "    <power_management/>\n"
                                "    <iommu support='no'/>\n"
                                "    <topology>\n");
    g_string_append_printf(xml, "      <cells num='%u'>\n", node->n_cells);
    for (unsigned i = 0; i < node->n_cells; i++)
        append_cell(xml, &node->cells[i], i);
    g_string_append(xml, "      </cells>\n"
                         "    </topology>\n"
                         "    <secmodel>\n"
                         "      <model>testSecurity</model>\n"
                         "      <doi></doi>\n"
                         "    </secmodel>\n"
                         "  </host>\n\n");
    append_guest(xml, "hvm");
    append_guest(xml, "xen");
    g_string_append(xml, "</capabilities>\n");
    return g_string_free(xml, FALSE);
}

int
test_get_cpu_model_names(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(GStrv) names = vr_cpu_model_names(arch, VIR_FROM_TEST);
    if (!names)
        return -1;
    int n = (int)g_strv_length(names);
    if (models)
        *models = g_steal_pointer(&names);
    return n;
}

char *
test_baseline_cpu(virConnectPtr conn, const char **cpus, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES, VIR_FROM_TEST) < 0)
        return NULL;
    return vr_cpu_baseline(cpus, n, flags & VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
}

int
test_node_get_info(virConnectPtr conn, virNodeInfoPtr info)
{
    const TestNode *node = conn->data;
    *info = node->info;
    return 0;
}

/* Nanoseconds since a boot long ago; the mock host does no work. */
static const struct {
    const char *name;
    unsigned long long value;
} cpu_stats[] = {
    {VIR_NODE_CPU_STATS_USER, 9797400000},
    {VIR_NODE_CPU_STATS_KERNEL, 34678723400000},
    {VIR_NODE_CPU_STATS_IDLE, 87264900000},
    {VIR_NODE_CPU_STATS_IOWAIT, 763600000},
};

int
test_node_get_cpu_stats(virConnectPtr conn, int cpu, virNodeCPUStatsPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    int n = G_N_ELEMENTS(cpu_stats);
    if (!params) {
        *nparams = n;
        return 0;
    }
    n = MIN(n, *nparams);
    for (int i = 0; i < n; i++) {
        g_strlcpy(params[i].field, cpu_stats[i].name, sizeof(params[i].field));
        params[i].value = cpu_stats[i].value;
    }
    *nparams = n;
    return 0;
}

unsigned long long
test_node_get_free_memory(virConnectPtr conn)
{
    const TestNode *node = conn->data;
    unsigned long long free = 0;
    for (unsigned i = 0; i < node->n_cells; i++)
        free += node->cells[i].free;
    return free;
}

int
test_node_get_cells_free_memory(virConnectPtr conn, unsigned long long *free, int start, int max)
{
    const TestNode *node = conn->data;
    if (start < 0 || (unsigned)start >= node->n_cells)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "Range exceeds available cells");
    int n = 0;
    for (unsigned i = (unsigned)start; i < node->n_cells && n < max; i++)
        free[n++] = node->cells[i].memory;
    return n;
}

int
test_node_get_cpu_map(virConnectPtr conn, unsigned char **map, unsigned int *online, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (map) {
        *map = g_new0(unsigned char, 1);
        **map = 0x15;
    }
    if (online)
        *online = 3;
    return 8;
}

int
test_node_get_free_pages(virConnectPtr conn, unsigned int npages, unsigned int *pages, int start_cell,
                         unsigned int cells, unsigned long long *counts, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    /* Made-up numbers, the same ones every time. */
    unsigned long long x = 6;
    for (unsigned int i = 0; i < cells; i++) {
        for (unsigned int j = 0; j < npages; j++) {
            x = x * 2 + 7;
            counts[(gsize)i * npages + j] = x;
        }
    }
    return 0;
}

int
test_node_get_security_model(virConnectPtr conn, virSecurityModelPtr model)
{
    memset(model, 0, sizeof(*model));
    g_strlcpy(model->model, "testSecurity", sizeof(model->model));
    return 0;
}
