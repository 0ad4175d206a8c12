/* Processors of a domain: where they run, which of them, how long. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/names.h"
#include "shell/report.h"

/* How many processors the host has, whether they are online or not. */
static int
host_cpus(Shell *sh)
{
    virNodeInfo info;
    int n = virNodeGetCPUMap(sh->conn, NULL, NULL, 0);
    if (n > 0)
        return n;
    virResetLastError();
    return virNodeGetInfo(sh->conn, &info) == 0 ? (int)VIR_NODEINFO_MAXCPUS(info) : -1;
}

char *
shell_cpu_ranges(const unsigned char *map, int n)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        int last = i;
        if (!VIR_CPU_USED(map, i))
            continue;
        while (last + 1 < n && VIR_CPU_USED(map, last + 1))
            last++;
        g_string_append_printf(text, last > i ? "%s%d-%d" : "%s%d", text->len ? "," : "", i, last);
        i = last;
    }
    return g_string_free(text, FALSE);
}

/* "0-3,^2,7" ("r": all) as a map of N processors; NULL after an error was told. */
static unsigned char *
parse_cpus(Shell *sh, const char *text, int n, int *ret_len)
{
    int len = VIR_CPU_MAPLEN(n);
    g_autofree unsigned char *map = g_malloc0((gsize)len + 1);
    g_auto(GStrv) words = g_strsplit(strcmp(text, "r") == 0 ? "" : text, ",", -1);
    gboolean any = strcmp(text, "r") == 0;
    for (int i = 0; any && i < n; i++)
        VIR_USE_CPU(map, i);
    for (char **word = words; *word; word++) {
        gboolean without = **word == '^';
        char *end;
        gint64 first = g_ascii_strtoll(*word + without, &end, 10), last = first;
        gboolean fits = end != *word + without;
        if (*end == '-' && !without) {
            char *from = end + 1;
            last = g_ascii_strtoll(from, &end, 10);
            fits = fits && end != from;
        }
        if (!fits || *end || first < 0 || last < first || first >= n) {
            shell_error(sh, "Invalid cpulist '%s'", text);
            return NULL;
        }
        for (gint64 i = first; i <= last && i < n; i++) {
            if (without)
                VIR_UNUSE_CPU(map, i);
            else
                VIR_USE_CPU(map, i);
        }
        any = TRUE;
    }
    if (!any) {
        shell_error(sh, "Invalid cpulist '%s'", text);
        return NULL;
    }
    *ret_len = len;
    return g_steal_pointer(&map);
}

unsigned char *
shell_cpu_map(Shell *sh, const char *text, int *ret_len)
{
    int n = host_cpus(sh);
    return n < 0 ? NULL : parse_cpus(sh, text, n, ret_len);
}

int
shell_host_cpus(Shell *sh)
{
    return host_cpus(sh);
}

static void
print_affinity(Shell *sh, const unsigned char *map, int n, gboolean pretty)
{
    g_autofree char *text = pretty ? shell_cpu_ranges(map, n) : g_strnfill((gsize)n, '-');
    for (int i = 0; !pretty && i < n; i++) {
        if (VIR_CPU_USED(map, i))
            text[i] = 'y';
    }
    shell_print(sh, "%-15s ", "CPU Affinity:");
    if (pretty)
        shell_print(sh, "%s (out of %d)\n", text, n);
    else
        shell_print(sh, "%s\n", text);
}

gboolean
run_vcpuinfo(Shell *sh, const Args *args)
{
    static const char *const states[] = {"offline", "running", "blocked"};
    gboolean pretty = args_flag(args, "pretty");
    virDomainInfo info;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    int n = dom ? host_cpus(sh) : -1;
    if (n < 0 || virDomainGetInfo(dom, &info) < 0)
        return FALSE;
    int len = VIR_CPU_MAPLEN(n), count = (int)info.nrVirtCpu;
    g_autofree virVcpuInfoPtr vcpus = g_new0(virVcpuInfo, (gsize)count + 1);
    g_autofree unsigned char *maps = g_malloc0((gsize)(count + 1) * (gsize)len);
    int got = virDomainGetVcpus(dom, vcpus, count, maps, len);
    if (got < 0) {
        /* A domain that is off has placement, but no running processors. */
        if (info.state != VIR_DOMAIN_SHUTOFF)
            return FALSE;
        virResetLastError();
        count = virDomainGetVcpuPinInfo(dom, count, maps, len, VIR_DOMAIN_AFFECT_CONFIG);
        if (count < 0)
            return FALSE;
    }
    for (int i = 0; i < (got < 0 ? count : got); i++) {
        if (got < 0) {
            shell_print(sh, "%-15s %d\n%-15s %s\n%-15s %s\n%-15s %s\n", "VCPU:", i, "CPU:", "N/A", "State:", "N/A", "CPU time", "N/A");
        } else {
            shell_print(sh, "%-15s %d\n", "VCPU:", (int)vcpus[i].number);
            if (vcpus[i].cpu >= 0)
                shell_print(sh, "%-15s %d\n", "CPU:", vcpus[i].cpu);
            else
                shell_print(sh, "%-15s %s\n", "CPU:", "N/A");
            int state = vcpus[i].state;
            shell_print(sh, "%-15s %s\n", "State:", state >= 0 && state < (int)G_N_ELEMENTS(states) ? states[state] : "no state");
            if (vcpus[i].cpuTime)
                shell_print(sh, "%-15s %.1lfs\n", "CPU time:", (double)vcpus[i].cpuTime / 1000000000.0);
        }
        print_affinity(sh, VIR_GET_CPUMAP(maps, len, i), n, pretty);
        if (i + 1 < (got < 0 ? count : got))
            shell_print(sh, "\n");
    }
    return TRUE;
}

gboolean
run_vcpupin(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"vcpu", "VCPU"}, {"affinity", "CPU Affinity"}, {NULL}};
    const char *cpus = args_string(args, "cpulist");
    unsigned int flags = args_flags(args);
    long long vcpu = -1;
    if (args_number(sh, args, "vcpu", 0, G_MAXINT, &vcpu) < 0)
        return FALSE;
    if (cpus && vcpu < 0) {
        shell_error(sh, "%s", "vcpupin: Missing vCPU number in pin mode.");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    int n = dom ? host_cpus(sh) : -1, len;
    if (n < 0)
        return FALSE;
    if (cpus) {
        g_autofree unsigned char *map = parse_cpus(sh, cpus, n, &len);
        if (!map)
            return FALSE;
        return (flags || args_flag(args, "current") ? virDomainPinVcpuFlags(dom, (unsigned int)vcpu, map, len, flags)
                                                    : virDomainPinVcpu(dom, (unsigned int)vcpu, map, len)) == 0;
    }
    int count = virDomainGetVcpusFlags(dom, flags | VIR_DOMAIN_VCPU_MAXIMUM);
    if (count < 0)
        return FALSE;
    len = VIR_CPU_MAPLEN(n);
    g_autofree unsigned char *maps = g_malloc0((gsize)(count + 1) * (gsize)len);
    int got = virDomainGetVcpuPinInfo(dom, count, maps, len, flags);
    if (got < 0)
        return FALSE;
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < got; i++) {
        g_autofree char *text = shell_cpu_ranges(VIR_GET_CPUMAP(maps, len, i), n);
        if (vcpu >= 0 && vcpu != i)
            continue;
        report_row(report);
        put_number(report, NULL, NULL, i, "%d", i);
        put_text(report, NULL, NULL, text);
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_emulatorpin(Shell *sh, const Args *args)
{
    const char *cpus = args_string(args, "cpulist");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    int n = dom ? host_cpus(sh) : -1, len;
    if (n < 0)
        return FALSE;
    if (cpus) {
        g_autofree unsigned char *map = parse_cpus(sh, cpus, n, &len);
        return map && virDomainPinEmulator(dom, map, len, flags) == 0;
    }
    len = VIR_CPU_MAPLEN(n);
    g_autofree unsigned char *map = g_malloc0((gsize)len + 1);
    if (virDomainGetEmulatorPinInfo(dom, map, len, flags) < 0)
        return FALSE;
    g_autofree char *text = shell_cpu_ranges(map, n);
    shell_print(sh, "%s %s\n%s\n%s%s\n", "emulator:", "CPU Affinity", "----------------------------------", "       *: ", text);
    return TRUE;
}

gboolean
run_setvcpu(Shell *sh, const Args *args)
{
    gboolean enable = args_flag(args, "enable");
    if (!enable && !args_flag(args, "disable")) {
        shell_error(sh, "%s", "one of options --enable or --disable is required");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && virDomainSetVcpu(dom, args_string(args, "vcpulist"), enable, args_flags(args)) == 0;
}

gboolean
run_guestvcpus(Shell *sh, const Args *args)
{
    const char *cpus = args_string(args, "cpulist");
    gboolean enable = args_flag(args, "enable"), disable = args_flag(args, "disable");
    if (cpus && !enable && !disable) {
        shell_error(sh, "%s", "One of options --enable or --disable is required by option --cpulist");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    virTypedParameterPtr params = NULL;
    unsigned int n = 0;
    if (!dom)
        return FALSE;
    if (cpus)
        return virDomainSetGuestVcpus(dom, cpus, enable, 0) == 0;
    if (virDomainGetGuestVcpus(dom, &params, &n, 0) < 0)
        return FALSE;
    for (unsigned int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&params[i]);
        shell_print(sh, "%-15s: %s\n", params[i].field, text);
    }
    virTypedParamsFree(params, (int)n);
    return TRUE;
}

/* One processor's parameters; times are nanoseconds. */
static void
print_times(Shell *sh, const virTypedParameter *params, int n)
{
    for (int i = 0; i < n; i++) {
        gboolean is_time = params[i].type == VIR_TYPED_PARAM_ULLONG &&
                           (strcmp(params[i].field, VIR_DOMAIN_CPU_STATS_CPUTIME) == 0 ||
                            strcmp(params[i].field, VIR_DOMAIN_CPU_STATS_VCPUTIME) == 0 ||
                            strcmp(params[i].field, VIR_DOMAIN_CPU_STATS_USERTIME) == 0 ||
                            strcmp(params[i].field, VIR_DOMAIN_CPU_STATS_SYSTEMTIME) == 0);
        g_autofree char *text = shell_param_text(&params[i]);
        if (is_time)
            shell_print(sh, "\t%-12s %9llu.%09llu seconds\n", params[i].field, params[i].value.ul / 1000000000,
                        params[i].value.ul % 1000000000);
        else
            shell_print(sh, "\t%-12s %s\n", params[i].field, text);
    }
}

#define CPUS_AT_ONCE 128

static gboolean
print_each_cpu(Shell *sh, virDomainPtr dom, int first, int count)
{
    int known = virDomainGetCPUStats(dom, NULL, 0, 0, 0, 0);
    int n = virDomainGetCPUStats(dom, NULL, 0, 0, 1, 0);
    if (known < 0 || n < 0)
        return FALSE;
    if (count < 0 || count > known - first)
        count = known - first;
    while (count > 0) {
        int part = MIN(count, CPUS_AT_ONCE);
        g_autofree virTypedParameterPtr params = g_new0(virTypedParameter, (gsize)n * (gsize)part + 1);
        int got = virDomainGetCPUStats(dom, params, (unsigned int)n, first, (unsigned int)part, 0);
        if (got < 0)
            return FALSE;
        for (int i = 0; i < part; i++) {
            if (params[i * n].type == 0)
                continue; /* offline */
            shell_print(sh, "CPU%d:\n", first + i);
            print_times(sh, params + i * n, got);
        }
        virTypedParamsClear(params, n * part);
        first += part;
        count -= part;
    }
    return TRUE;
}

gboolean
run_cpu_stats(Shell *sh, const Args *args)
{
    long long first = 0, count = -1;
    gboolean total = args_flag(args, "total"), each;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || args_number(sh, args, "start", 0, G_MAXINT, &first) < 0 || args_number(sh, args, "count", 0, G_MAXINT, &count) < 0)
        return FALSE;
    each = args_flag(args, "start") || args_flag(args, "count") || !total;
    total = total || !(args_flag(args, "start") || args_flag(args, "count"));
    if (each && !print_each_cpu(sh, dom, (int)first, (int)count))
        return shell_outcome(sh, FALSE, NULL, "Failed to retrieve CPU statistics for domain '%t'", NULL, virDomainGetName(dom));
    if (!total)
        return TRUE;
    int n = virDomainGetCPUStats(dom, NULL, 0, -1, 1, 0);
    g_autofree virTypedParameterPtr params = g_new0(virTypedParameter, (gsize)MAX(n, 0) + 1);
    if (n < 0 || (n = virDomainGetCPUStats(dom, params, (unsigned int)n, -1, 1, 0)) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to retrieve CPU statistics for domain '%t'", NULL, virDomainGetName(dom));
    shell_print(sh, "%s\n", "Total:");
    print_times(sh, params, n);
    virTypedParamsClear(params, n);
    return TRUE;
}
