/* A domain's I/O threads. */
#include "shell/commands.h"

#include <stdlib.h>

#include "shell/report.h"

gboolean
run_iothreadinfo(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"id", "IOThread ID"}, {"affinity", "CPU Affinity"}, {NULL}};
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    virDomainIOThreadInfoPtr *threads = NULL;
    int cpus = dom ? shell_host_cpus(sh) : -1;
    if (cpus < 0)
        return FALSE;
    int n = virDomainGetIOThreadInfo(dom, &threads, args_flags(args));
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get domain IOThreads information", NULL, NULL);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_cpu_ranges(threads[i]->cpumap, MIN(cpus, threads[i]->cpumaplen * 8));
        report_row(report);
        put_number(report, NULL, NULL, threads[i]->iothread_id, "%u", threads[i]->iothread_id);
        put_text(report, NULL, NULL, text);
        virDomainIOThreadInfoFree(threads[i]);
    }
    free(threads);
    if (n == 0 && sh->format == FORMAT_TEXT)
        shell_print(sh, "%s", "No IOThreads found for the domain");
    else
        report_print(sh, report, TRUE);
    return TRUE;
}

/* The domain and the number in OPTION; FALSE after an error was told. */
static gboolean
get_thread(Shell *sh, const Args *args, const char *option, virDomainPtr *ret_dom, unsigned int *ret_id)
{
    long long id = 0;
    if (args_number(sh, args, option, 0, G_MAXUINT, &id) < 0)
        return FALSE;
    if (id == 0) {
        shell_error(sh, "Invalid IOThread id value: '%lld'", id);
        return FALSE;
    }
    *ret_id = (unsigned int)id;
    *ret_dom = shell_domain(sh, args, NULL);
    return *ret_dom != NULL;
}

gboolean
run_iothreadpin(Shell *sh, const Args *args)
{
    unsigned int id;
    int len;
    g_autoptr(virDomain) dom = NULL;
    if (!get_thread(sh, args, "iothread", &dom, &id))
        return FALSE;
    g_autofree unsigned char *map = shell_cpu_map(sh, args_string(args, "cpulist"), &len);
    return map && virDomainPinIOThread(dom, id, map, len, args_flags(args)) == 0;
}

gboolean
run_iothreadadd(Shell *sh, const Args *args)
{
    unsigned int id;
    g_autoptr(virDomain) dom = NULL;
    return get_thread(sh, args, "id", &dom, &id) && virDomainAddIOThread(dom, id, args_flags(args)) == 0;
}

gboolean
run_iothreaddel(Shell *sh, const Args *args)
{
    unsigned int id;
    g_autoptr(virDomain) dom = NULL;
    return get_thread(sh, args, "id", &dom, &id) && virDomainDelIOThread(dom, id, args_flags(args)) == 0;
}

gboolean
run_iothreadset(Shell *sh, const Args *args)
{
    static const struct {
        const char *option, *field;
        int type;
    } settings[] = {
        {"poll-max-ns", VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, VIR_TYPED_PARAM_ULLONG},
        {"poll-grow", VIR_DOMAIN_IOTHREAD_POLL_GROW, VIR_TYPED_PARAM_UINT},
        {"poll-shrink", VIR_DOMAIN_IOTHREAD_POLL_SHRINK, VIR_TYPED_PARAM_UINT},
        {"thread-pool-min", VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN, VIR_TYPED_PARAM_INT},
        {"thread-pool-max", VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX, VIR_TYPED_PARAM_INT},
    };
    unsigned int id;
    virTypedParameterPtr params = NULL;
    int n = 0, room = 0;
    gboolean ok = TRUE;
    g_autoptr(virDomain) dom = NULL;
    if (!get_thread(sh, args, "id", &dom, &id))
        return FALSE;
    for (gsize i = 0; ok && i < G_N_ELEMENTS(settings); i++) {
        long long value;
        int given = args_number(sh, args, settings[i].option, 0, settings[i].type == VIR_TYPED_PARAM_ULLONG ? G_MAXINT64 : G_MAXINT, &value);
        if (given == 1 && settings[i].type == VIR_TYPED_PARAM_ULLONG)
            virTypedParamsAddULLong(&params, &n, &room, settings[i].field, (unsigned long long)value);
        else if (given == 1 && settings[i].type == VIR_TYPED_PARAM_UINT)
            virTypedParamsAddUInt(&params, &n, &room, settings[i].field, (unsigned int)value);
        else if (given == 1)
            virTypedParamsAddInt(&params, &n, &room, settings[i].field, (int)value);
        ok = given >= 0;
    }
    if (ok && n == 0) {
        shell_error(sh, "%s", "Not enough arguments passed, nothing to set");
        ok = FALSE;
    }
    ok = ok && virDomainSetIOThreadParams(dom, id, params, n, args_flags(args)) == 0;
    shell_save_error(sh);
    virTypedParamsFree(params, n);
    return ok;
}
