/* Commands about the host and the hypervisor. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"

gboolean
run_sysinfo(Shell *sh, const Args *args)
{
    g_autofree char *xml = virConnectGetSysinfo(sh->conn, 0);
    if (!xml)
        return shell_outcome(sh, FALSE, NULL, "failed to get sysinfo", NULL, NULL);
    shell_print(sh, "%s", xml);
    return TRUE;
}

gboolean
run_maxvcpus(Shell *sh, const Args *args)
{
    int max = virConnectGetMaxVcpus(sh->conn, args_string(args, "type"));
    if (max < 0)
        return FALSE;
    shell_print(sh, "%d\n", max);
    return TRUE;
}

gboolean
run_nodeinfo(Shell *sh, const Args *args)
{
    virNodeInfo info;
    if (virNodeGetInfo(sh->conn, &info) < 0) {
        shell_error(sh, "failed to get node information");
        return FALSE;
    }
    g_autoptr(Report) report = report_one(21);
    put_text(report, "cpu_model", "CPU model:", info.model);
    put_number(report, "cpus", "CPU(s):", info.cpus, "%u", info.cpus);
    if (info.mhz)
        put_number(report, "cpu_mhz", "CPU frequency:", info.mhz, "%u MHz", info.mhz);
    put_number(report, "sockets", "CPU socket(s):", info.sockets, "%u", info.sockets);
    put_number(report, "cores", "Core(s) per socket:", info.cores, "%u", info.cores);
    put_number(report, "threads", "Thread(s) per core:", info.threads, "%u", info.threads);
    put_number(report, "numa_cells", "NUMA cell(s):", info.nodes, "%u", info.nodes);
    put_number(report, "memory_kib", "Memory size:", (long long)info.memory, "%lu KiB", info.memory);
    report_print(sh, report, TRUE);
    return TRUE;
}

static void
print_version(Shell *sh, const char *what, const char *name, unsigned long version)
{
    shell_print(sh, "%s: %s %lu.%lu.%lu\n", what, name, version / 1000000, version / 1000 % 1000, version % 1000);
}

gboolean
run_version(Shell *sh, const Args *args)
{
    unsigned long library, api, hypervisor = 0, daemon;
    const char *type = virConnectGetType(sh->conn);
    if (!type) {
        shell_error(sh, "failed to get hypervisor type");
        return FALSE;
    }
    if (virGetVersion(&library, type, &api) < 0) {
        shell_error(sh, "failed to get the library version");
        return FALSE;
    }
    print_version(sh, "Compiled against library", "libvirt", LIBVIR_VERSION_NUMBER);
    print_version(sh, "Using library", "libvirt", library);
    print_version(sh, "Using API", type, api);
    if (virConnectGetVersion(sh->conn, &hypervisor) < 0) {
        if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT) {
            shell_error(sh, "failed to get the hypervisor version");
            return FALSE;
        }
        virResetLastError();
    }
    if (hypervisor == 0)
        shell_print(sh, "Cannot extract running %s hypervisor version\n", type);
    else
        print_version(sh, "Running hypervisor", type, hypervisor);
    if (args_flag(args, "daemon")) {
        if (virConnectGetLibVersion(sh->conn, &daemon) < 0) {
            shell_error(sh, "failed to get the daemon version");
            return FALSE;
        }
        shell_print(sh, "Running against daemon: %lu.%lu.%lu\n", daemon / 1000000, daemon / 1000 % 1000, daemon % 1000);
    }
    return TRUE;
}

gboolean
run_freecell(Shell *sh, const Args *args)
{
    long long cell;
    int given = args_number(sh, args, "cellno", 0, G_MAXINT, &cell);
    unsigned long long bytes;
    if (given < 0)
        return FALSE;
    if (given) {
        if (virNodeGetCellsFreeMemory(sh->conn, &bytes, (int)cell, 1) != 1)
            return FALSE;
        shell_print(sh, "%lld: %llu KiB\n", cell, bytes / 1024);
        return TRUE;
    }
    if (!args_flag(args, "all")) {
        bytes = virNodeGetFreeMemory(sh->conn);
        if (bytes == 0)
            return FALSE;
        shell_print(sh, "%s: %llu KiB\n", "Total", bytes / 1024);
        return TRUE;
    }
    g_autofree char *xml = virConnectGetCapabilities(sh->conn);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *cells = doc ? element_at(doc, "host/topology/cells") : NULL;
    if (!cells)
        return shell_outcome(sh, FALSE, NULL, "unable to get NUMA capabilities", NULL, NULL);
    unsigned long long total = 0;
    for (const Element *e = NULL; (e = element_next(cells, e, "cell"));) {
        int id = atoi(element_attr(e, "id") ? element_attr(e, "id") : "0");
        if (virNodeGetCellsFreeMemory(sh->conn, &bytes, id, 1) != 1)
            return FALSE;
        shell_print(sh, "%5d: %10llu KiB\n", id, bytes / 1024);
        total += bytes / 1024;
    }
    shell_print(sh, "--------------------\n%5s: %10llu KiB\n", "Total", total);
    return TRUE;
}

gboolean
run_nodecpumap(Shell *sh, const Args *args)
{
    unsigned char *map = NULL;
    unsigned int online = 0;
    int n = virNodeGetCPUMap(sh->conn, &map, &online, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get cpu map", NULL, NULL);
    g_autofree char *ranges = shell_cpu_ranges(map, n);
    g_autoptr(Report) report = report_one(16);
    put_number(report, "present", "CPUs present:", n, "%d", n);
    put_number(report, "online", "CPUs online:", online, "%u", online);
    if (args_flag(args, "pretty") || sh->format != FORMAT_TEXT) {
        put_text(report, "map", "CPU map:", ranges);
    } else {
        g_autofree char *letters = g_strnfill((gsize)n, '-');
        for (int i = 0; i < n; i++) {
            if (VIR_CPU_USED(map, i))
                letters[i] = 'y';
        }
        put_text(report, "map", "CPU map:", letters);
    }
    report_print(sh, report, TRUE);
    free(map);
    return TRUE;
}

gboolean
run_domxml_from_native(Shell *sh, const Args *args)
{
    g_autofree char *text = shell_read_file(sh, args_string(args, "config"));
    g_autofree char *xml = text ? virConnectDomainXMLFromNative(sh->conn, args_string(args, "format"), text, 0) : NULL;
    if (xml)
        shell_print(sh, "%s", xml);
    return xml != NULL;
}

gboolean
run_domxml_to_native(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "xml");
    g_autofree char *xml = NULL;
    if (path) {
        xml = shell_read_file(sh, path);
    } else if (args_flag(args, "domain")) {
        g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
        xml = dom ? virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_SECURE) : NULL;
    } else {
        shell_error(sh, "%s", "need either domain or domain XML");
    }
    g_autofree char *config = xml ? virConnectDomainXMLToNative(sh->conn, args_string(args, "format"), xml, 0) : NULL;
    if (config)
        shell_print(sh, "%s", config);
    return config != NULL;
}
