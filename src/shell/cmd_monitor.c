/* Commands that look at guests: the list, one guest's figures and state. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/names.h"
#include "shell/report.h"

/* Running guests by id, then the others by name. */
static int
compare_domains(const void *a, const void *b)
{
    virDomainPtr one = *(virDomainPtr *)a, two = *(virDomainPtr *)b;
    unsigned int id_one = virDomainGetID(one), id_two = virDomainGetID(two);
    if (id_one != id_two)
        return id_one < id_two ? -1 : 1;
    return g_ascii_strcasecmp(virDomainGetName(one), virDomainGetName(two));
}

static const char *
listed_state(virDomainPtr dom, gboolean show_saved)
{
    int state, reason;
    if (virDomainGetState(dom, &state, &reason, 0) < 0) {
        virResetLastError(); /* it went away meanwhile */
        return "no state";
    }
    if (show_saved && state == VIR_DOMAIN_SHUTOFF && virDomainHasManagedSaveImage(dom, 0) > 0)
        return "saved";
    return name_of_state(state);
}

static char *
title_of(virDomainPtr dom)
{
    char *title = virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_TITLE, NULL, 0);
    if (title)
        return title;
    virResetLastError();
    return strdup("");
}

static void
print_names(Shell *sh, const Args *args, virDomainPtr dom)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    const char *gap = "";
    if (args_flag(args, "uuid") && virDomainGetUUIDString(dom, uuid) == 0) {
        shell_print(sh, "%s", uuid);
        gap = " ";
    }
    unsigned int id = virDomainGetID(dom);
    if (args_flag(args, "id")) {
        if (id == (unsigned int)-1)
            shell_print(sh, "%s-", gap);
        else
            shell_print(sh, "%s%u", gap, id);
        gap = " ";
    }
    if (args_flag(args, "name"))
        shell_print(sh, "%s%s", gap, virDomainGetName(dom));
    shell_print(sh, "\n");
}

/* Columns of the list, with the titles or without. */
static const Column list_columns[] = {{"id", "Id"}, {"name", "Name"}, {"state", "State"}, {"uuid", NULL}, {NULL}};
static const Column titled_columns[] = {{"id", "Id"}, {"name", "Name"}, {"state", "State"}, {"title", "Title"}, {"uuid", NULL}, {NULL}};

static void
report_domain(Report *report, const Args *args, virDomainPtr dom)
{
    unsigned int id = virDomainGetID(dom);
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    report_row(report);
    if (id == (unsigned int)-1)
        put_nothing(report, NULL, NULL, "-");
    else
        put_number(report, NULL, NULL, id, "%u", id);
    put_text(report, NULL, NULL, virDomainGetName(dom));
    put_text(report, NULL, NULL, listed_state(dom, args_flag(args, "managed-save")));
    if (args_flag(args, "title")) {
        g_autofree char *title = title_of(dom);
        put_text(report, NULL, NULL, title);
    }
    virDomainGetUUIDString(dom, uuid);
    put_text(report, NULL, NULL, uuid);
}

gboolean
run_list(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    if (!args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_DOMAINS_ACTIVE;
    if (args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_DOMAINS_INACTIVE;
    gboolean bare = sh->format == FORMAT_TEXT && (args_flag(args, "name") || args_flag(args, "uuid") || args_flag(args, "id"));
    virDomainPtr *doms = NULL;
    int n = virConnectListAllDomains(sh->conn, &doms, flags);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list domains", NULL, NULL);
    qsort(doms, (size_t)n, sizeof(*doms), compare_domains);
    g_autoptr(Report) report = report_list(args_flag(args, "title") ? titled_columns : list_columns);
    for (int i = 0; i < n; i++) {
        if (bare)
            print_names(sh, args, doms[i]);
        else
            report_domain(report, args, doms[i]);
        virDomainFree(doms[i]);
    }
    free(doms);
    if (!bare)
        report_print(sh, report, !sh->quiet);
    return TRUE;
}

gboolean
run_domstate(Shell *sh, const Args *args)
{
    int state, reason;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainGetState(dom, &state, &reason, 0) < 0)
        return FALSE;
    if (args_flag(args, "reason"))
        shell_print(sh, "%s (%s)\n", name_of_state(state), name_of_reason(state, reason));
    else
        shell_print(sh, "%s\n", name_of_state(state));
    return TRUE;
}

gboolean
run_domcontrol(Shell *sh, const Args *args)
{
    virDomainControlInfo info;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainGetControlInfo(dom, &info, 0) < 0)
        return FALSE;
    if (info.state != VIR_DOMAIN_CONTROL_OK && info.state != VIR_DOMAIN_CONTROL_ERROR)
        shell_print(sh, "%s (%0.3fs)\n", name_of_control((int)info.state), info.stateTime / 1000.0);
    else
        shell_print(sh, "%s\n", name_of_control((int)info.state));
    return TRUE;
}

static void
put_security(Shell *sh, Report *report, virDomainPtr dom)
{
    virSecurityModel model = {{0}};
    g_autofree virSecurityLabelPtr label = g_new0(virSecurityLabel, 1);
    if (virNodeGetSecurityModel(sh->conn, &model) < 0 || !model.model[0])
        return;
    put_text(report, "security_model", "Security model:", model.model);
    put_text(report, "security_doi", "Security DOI:", model.doi);
    if (virDomainGetSecurityLabel(dom, label) < 0 || !label->label[0])
        return;
    g_autofree char *text = g_strdup_printf("%s (%s)", label->label, label->enforcing ? "enforcing" : "permissive");
    put_text(report, "security_label", "Security label:", text);
}

static void
put_answer(Report *report, const char *key, const char *label, int answer)
{
    if (answer < 0)
        put_nothing(report, key, label, "unknown");
    else
        put_bool(report, key, label, answer, yes_no(answer));
}

gboolean
run_dominfo(Shell *sh, const Args *args)
{
    virDomainInfo info;
    char uuid[VIR_UUID_STRING_BUFLEN];
    int autostart;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    g_autoptr(Report) report = report_one(16);
    unsigned int id = virDomainGetID(dom);
    if (id == (unsigned int)-1)
        put_nothing(report, "id", "Id:", "-");
    else
        put_number(report, "id", "Id:", id, "%u", id);
    put_text(report, "name", "Name:", virDomainGetName(dom));
    if (virDomainGetUUIDString(dom, uuid) == 0)
        put_text(report, "uuid", "UUID:", uuid);
    g_autofree char *os_type = virDomainGetOSType(dom);
    if (os_type)
        put_text(report, "os_type", "OS Type:", os_type);
    if (virDomainGetInfo(dom, &info) < 0)
        return FALSE;
    put_text(report, "state", "State:", name_of_state(info.state));
    put_number(report, "cpus", "CPU(s):", info.nrVirtCpu, "%u", info.nrVirtCpu);
    if (info.cpuTime != 0)
        put_number(report, "cpu_time_ns", "CPU time:", (long long)info.cpuTime, "%.1lfs", (double)info.cpuTime / 1000000000.0);
    if (info.maxMem != G_MAXUINT)
        put_number(report, "max_memory_kib", "Max memory:", (long long)info.maxMem, "%lu KiB", info.maxMem);
    else
        put_nothing(report, "max_memory_kib", "Max memory:", "no limit");
    put_number(report, "used_memory_kib", "Used memory:", (long long)info.memory, "%lu KiB", info.memory);
    put_answer(report, "persistent", "Persistent:", virDomainIsPersistent(dom));
    if (virDomainGetAutostart(dom, &autostart) == 0)
        put_bool(report, "autostart", "Autostart:", autostart, autostart ? "enable" : "disable");
    put_answer(report, "managed_save", "Managed save:", virDomainHasManagedSaveImage(dom, 0));
    put_security(sh, report, dom);
    virResetLastError(); /* what a driver does not have is no failure */
    report_print(sh, report, TRUE);
    return TRUE;
}
