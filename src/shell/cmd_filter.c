/* Commands about network filters: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/report.h"

static int
compare_filters(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virNWFilterGetName(*(virNWFilterPtr *)a), virNWFilterGetName(*(virNWFilterPtr *)b));
}

gboolean
run_nwfilter_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"uuid", "UUID"}, {"name", "Name"}, {NULL}};
    virNWFilterPtr *filters = NULL;
    int n = virConnectListAllNWFilters(sh->conn, &filters, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list network filters", NULL, NULL);
    qsort(filters, (size_t)n, sizeof(*filters), compare_filters);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        virNWFilterGetUUIDString(filters[i], uuid);
        report_row(report);
        put_text(report, NULL, NULL, uuid);
        put_text(report, NULL, NULL, virNWFilterGetName(filters[i]));
        virNWFilterFree(filters[i]);
    }
    free(filters);
    report_print(sh, report, TRUE);
    return TRUE;
}

static char *
get_filter(void *object)
{
    return virNWFilterGetXMLDesc(object, 0);
}

static gboolean
put_filter(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virNWFilter) filter = virNWFilterDefineXML(sh->conn, xml);
    return filter != NULL;
}

gboolean
run_nwfilter_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Network filter %t XML configuration not changed.", "Network filter %t XML configuration edited."};
    const char *name;
    g_autoptr(virNWFilter) filter = shell_nwfilter(sh, args, &name);
    return filter && shell_edit_object(sh, &words, get_filter, put_filter, filter, name);
}

gboolean
run_nwfilter_binding_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = shell_read_file(sh, path);
    if (!xml)
        return FALSE;
    g_autoptr(virNWFilterBinding) binding = virNWFilterBindingCreateXML(sh->conn, xml, args_flags(args));
    return shell_outcome(sh, binding != NULL, "Network filter binding on %s created from %t",
                         "Failed to create network filter from %t", binding ? virNWFilterBindingGetPortDev(binding) : NULL, path);
}

static int
compare_bindings(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virNWFilterBindingGetPortDev(*(virNWFilterBindingPtr *)a),
                              virNWFilterBindingGetPortDev(*(virNWFilterBindingPtr *)b));
}

gboolean
run_nwfilter_binding_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"port", "Port Dev"}, {"filter", "Filter"}, {NULL}};
    virNWFilterBindingPtr *bindings = NULL;
    int n = virConnectListAllNWFilterBindings(sh->conn, &bindings, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list network filter bindings", NULL, NULL);
    qsort(bindings, (size_t)n, sizeof(*bindings), compare_bindings);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        report_row(report);
        put_text(report, NULL, NULL, virNWFilterBindingGetPortDev(bindings[i]));
        put_text(report, NULL, NULL, virNWFilterBindingGetFilterName(bindings[i]));
        virNWFilterBindingFree(bindings[i]);
    }
    free(bindings);
    report_print(sh, report, TRUE);
    return TRUE;
}
