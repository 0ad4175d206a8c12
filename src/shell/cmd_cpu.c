/* Processors: what they have in common, and whether this host or its hypervisor has what one has. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"

gboolean
run_cpu_models(Shell *sh, const Args *args)
{
    char **models = NULL;
    int n = virConnectGetCPUModelNames(sh->conn, args_string(args, "arch"), &models, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "failed to get CPU model names", NULL, NULL);
    if (n == 0)
        shell_print(sh, "all CPU models are accepted\n");
    for (int i = 0; i < n; i++) {
        shell_print(sh, "%s\n", models[i]);
        free(models[i]);
    }
    free(models);
    return TRUE;
}

/* XML's stretches from <cpu to </cpu>: each processor that a document describes. */
static char **
processors_in(const char *xml)
{
    g_autoptr(GRegex) host_model = g_regex_new("<mode name='host-model' supported='yes'>(.*?)</mode>", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GRegex) regex = g_regex_new("<cpu(?:\\s[^>]*)?(?:/>|>.*?</cpu>)", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    g_autoptr(GMatchInfo) match = NULL;
    /* A hypervisor's capabilities say what host-model is. */
    if (strstr(xml, "<domainCapabilities")) {
        for (g_regex_match(host_model, xml, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
            g_autofree char *inside = g_match_info_fetch(match, 1);
            g_autofree char *cpu = g_strdup_printf("<cpu>%s</cpu>", inside);
            g_strv_builder_add(found, cpu);
        }
        return g_strv_builder_end(found);
    }
    for (g_regex_match(regex, xml, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *text = g_match_info_fetch(match, 0);
        /* <cpu id='0'/> of a NUMA topology is no description. */
        if (!g_str_has_prefix(text, "<cpu id="))
            g_strv_builder_add(found, text);
    }
    return g_strv_builder_end(found);
}

/* The processors that the file in option file describes; NULL after an error was told. */
static char **
processors(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = shell_read_file(sh, path);
    if (!xml)
        return NULL;
    g_auto(GStrv) cpus = processors_in(xml);
    if (cpus[0])
        return g_steal_pointer(&cpus);
    shell_error(sh, "File '%s' does not contain any <cpu> element or valid domain XML, host capabilities XML, or domain capabilities XML",
                path);
    return NULL;
}

gboolean
run_cpu_baseline(Shell *sh, const Args *args)
{
    g_auto(GStrv) cpus = processors(sh, args);
    g_autofree char *result = cpus ? virConnectBaselineCPU(sh->conn, (const char **)cpus, g_strv_length(cpus), args_flags(args)) : NULL;
    if (result)
        shell_print(sh, "%s", result);
    return result != NULL;
}

gboolean
run_hypervisor_cpu_baseline(Shell *sh, const Args *args)
{
    const char *model = args_string(args, "model");
    g_auto(GStrv) cpus = NULL;
    if (args_flag(args, "file")) {
        cpus = processors(sh, args);
    } else if (model) {
        g_autoptr(GStrvBuilder) one = g_strv_builder_new();
        g_autofree char *cpu = g_markup_printf_escaped("<cpu><model>%s</model></cpu>", model);
        g_strv_builder_add(one, cpu);
        cpus = g_strv_builder_end(one);
    } else {
        shell_error(sh, "%s", "Either --file or --model must be provided");
    }
    g_autofree char *result = !cpus ? NULL : virConnectBaselineHypervisorCPU(
        sh->conn, args_string(args, "emulator"), args_string(args, "arch"), args_string(args, "machine"), args_string(args, "virttype"),
        (const char **)cpus, g_strv_length(cpus), args_flags(args));
    if (result)
        shell_print(sh, "%s", result);
    return result != NULL;
}

/* What a comparison's RESULT says, about a file and a WHOLE. */
static gboolean
tell_comparison(Shell *sh, int result, const char *path, const char *whole, const char *superset)
{
    switch (result) {
    case VIR_CPU_COMPARE_INCOMPATIBLE:
        shell_note(sh, "CPU described in %s is incompatible with %s\n", path, whole);
        return FALSE;
    case VIR_CPU_COMPARE_IDENTICAL:
        shell_note(sh, "CPU described in %s is identical to %s\n", path, whole);
        return TRUE;
    default:
        shell_note(sh, "%s is a superset of CPU described in %s\n", superset, path);
        return TRUE;
    }
}

gboolean
run_cpu_compare(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_auto(GStrv) cpus = processors(sh, args);
    int result = cpus ? virConnectCompareCPU(sh->conn, cpus[0], args_flags(args)) : 0;
    if (!cpus)
        return FALSE;
    if (result < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to compare host CPU with %t", NULL, path);
    return tell_comparison(sh, result, path, "host CPU", "Host CPU");
}

gboolean
run_hypervisor_cpu_compare(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_auto(GStrv) cpus = processors(sh, args);
    if (!cpus)
        return FALSE;
    int result = virConnectCompareHypervisorCPU(sh->conn, args_string(args, "emulator"), args_string(args, "arch"),
                                                args_string(args, "machine"), args_string(args, "virttype"), cpus[0], args_flags(args));
    if (result < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to compare hypervisor CPU with %t", NULL, path);
    return tell_comparison(sh, result, path, "the CPU provided by hypervisor on the host", "The CPU provided by hypervisor on the host");
}

gboolean
run_hypervisor_cpu_models(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"model", "Model"}, {"usable", "Usable"}, {NULL}};
    gboolean all = args_flag(args, "all");
    g_autofree char *xml = virConnectGetDomainCapabilities(sh->conn, args_string(args, "emulator"), args_string(args, "arch"),
                                                           args_string(args, "machine"), args_string(args, "virttype"), 0);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return shell_outcome(sh, FALSE, NULL, "failed to get hypervisor CPU model names", NULL, NULL);
    g_autoptr(Report) report = report_list(columns);
    const Element *cpu = element_at(doc, "cpu"), *custom = NULL;
    for (const Element *e = NULL; (e = element_next(cpu, e, "mode"));) {
        if (g_strcmp0(element_attr(e, "name"), "custom") == 0)
            custom = e;
    }
    for (const Element *e = NULL; (e = element_next(custom, e, "model"));) {
        gboolean usable = g_strcmp0(element_attr(e, "usable"), "yes") == 0;
        if (!all && !usable)
            continue;
        if (sh->format == FORMAT_TEXT) {
            shell_print(sh, "%s\n", element_text(e));
            continue;
        }
        report_row(report);
        put_text(report, NULL, NULL, element_text(e));
        put_bool(report, NULL, NULL, usable, yes_no(usable));
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    return TRUE;
}
