/* Statistics of domains and their memory. */
#include "shell/commands.h"

#include <string.h>

#include "shell/report.h"

static void
print_record(Shell *sh, const virDomainStatsRecord *record)
{
    if (sh->format != FORMAT_TEXT) {
        g_autoptr(Report) report = report_one(0);
        put_text(report, "domain", NULL, virDomainGetName(record->dom));
        for (int i = 0; i < record->nparams; i++)
            put_param(report, &record->params[i]);
        report_print_line(sh, report);
        return;
    }
    shell_print(sh, "Domain: '%s'\n", virDomainGetName(record->dom));
    for (int i = 0; i < record->nparams; i++) {
        g_autofree char *text = shell_param_text(&record->params[i]);
        shell_print(sh, "  %s=%s\n", record->params[i].field, text);
    }
}

gboolean
run_domstats(Shell *sh, const Args *args)
{
    static const struct {
        const char *option;
        unsigned int flag;
    } filters[] = {
        {"list-active", VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE},
        {"list-inactive", VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE},
        {"list-persistent", VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT},
        {"list-transient", VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT},
        {"list-running", VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING},
        {"list-paused", VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED},
        {"list-shutoff", VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF},
        {"list-other", VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER},
        {"enforce", VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS},
        {"backing", VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING},
        {"nowait", VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT},
    };
    unsigned int kinds = args_flags(args), flags = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        flags |= args_flag(args, filters[i].option) ? filters[i].flag : 0;
    const char *const *names = args_words(args, "domain");
    g_autoptr(GPtrArray) doms = g_ptr_array_new_with_free_func((GDestroyNotify)shell_domain_free);
    for (const char *const *name = names; *name; name++) {
        virDomainPtr dom = shell_domain_named(sh, *name);
        if (!dom)
            return FALSE;
        g_ptr_array_add(doms, dom);
    }
    virDomainStatsRecordPtr *records = NULL;
    int n;
    if (doms->len) {
        g_ptr_array_add(doms, NULL);
        n = virDomainListGetStats((virDomainPtr *)doms->pdata, kinds, &records, flags);
    } else {
        n = virConnectGetAllDomainStats(sh->conn, kinds, &records, flags);
    }
    if (n < 0)
        return FALSE;
    for (int i = 0; i < n; i++) {
        print_record(sh, records[i]);
        if (i + 1 < n && sh->format == FORMAT_TEXT)
            shell_print(sh, "\n");
    }
    virDomainStatsRecordListFree(records);
    return TRUE;
}

gboolean
run_dommemstat(Shell *sh, const Args *args)
{
    static const char *const names[VIR_DOMAIN_MEMORY_STAT_NR] = {
        [VIR_DOMAIN_MEMORY_STAT_SWAP_IN] = "swap_in",
        [VIR_DOMAIN_MEMORY_STAT_SWAP_OUT] = "swap_out",
        [VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT] = "major_fault",
        [VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT] = "minor_fault",
        [VIR_DOMAIN_MEMORY_STAT_UNUSED] = "unused",
        [VIR_DOMAIN_MEMORY_STAT_AVAILABLE] = "available",
        [VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON] = "actual",
        [VIR_DOMAIN_MEMORY_STAT_RSS] = "rss",
        [VIR_DOMAIN_MEMORY_STAT_USABLE] = "usable",
        [VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE] = "last_update",
        [VIR_DOMAIN_MEMORY_STAT_DISK_CACHES] = "disk_caches",
        [VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC] = "hugetlb_pgalloc",
        [VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL] = "hugetlb_pgfail",
    };
    const char *name;
    long long period;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    int given = dom ? args_number(sh, args, "period", 0, G_MAXINT, &period) : -1;
    if (given < 0)
        return FALSE;
    if (given)
        return virDomainSetMemoryStatsPeriod(dom, (int)period, args_flags(args)) == 0 ||
               shell_outcome(sh, FALSE, NULL, "Unable to change balloon collection period.", NULL, NULL);
    virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
    int n = virDomainMemoryStats(dom, stats, VIR_DOMAIN_MEMORY_STAT_NR, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to get memory statistics for domain '%t'", NULL, name);
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < n; i++) {
        const char *field = stats[i].tag >= 0 && stats[i].tag < VIR_DOMAIN_MEMORY_STAT_NR ? names[stats[i].tag] : NULL;
        if (field)
            put_number(report, field, field, (long long)stats[i].val, "%llu", stats[i].val);
    }
    report_print(sh, report, TRUE);
    return TRUE;
}
