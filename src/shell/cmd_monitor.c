/* Commands that look at guests: the list, one guest's figures and state. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/names.h"

/* The list's filter options and the flags they stand for. */
static const struct {
    const char *option;
    unsigned int flag;
} filters[] = {
    {"persistent", VIR_CONNECT_LIST_DOMAINS_PERSISTENT},
    {"transient", VIR_CONNECT_LIST_DOMAINS_TRANSIENT},
    {"with-managed-save", VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE},
    {"without-managed-save", VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE},
    {"autostart", VIR_CONNECT_LIST_DOMAINS_AUTOSTART},
    {"no-autostart", VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART},
    {"with-snapshot", VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT},
    {"without-snapshot", VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT},
    {"with-checkpoint", VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT},
    {"without-checkpoint", VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT},
    {"state-running", VIR_CONNECT_LIST_DOMAINS_RUNNING},
    {"state-paused", VIR_CONNECT_LIST_DOMAINS_PAUSED},
    {"state-shutoff", VIR_CONNECT_LIST_DOMAINS_SHUTOFF},
    {"state-other", VIR_CONNECT_LIST_DOMAINS_OTHER},
};

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

static void
free_domains(virDomainPtr *doms)
{
    for (virDomainPtr *d = doms; d && *d; d++)
        virDomainFree(*d);
    free(doms);
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

static void
print_list(Shell *sh, const Args *args, virDomainPtr *doms, int n)
{
    gboolean with_title = args_flag(args, "title");
    g_autoptr(Table) table = table_new("Id", "Name", "State", with_title ? "Title" : NULL, NULL);
    for (int i = 0; i < n; i++) {
        unsigned int id = virDomainGetID(doms[i]);
        g_autofree char *id_text = id == (unsigned int)-1 ? g_strdup("-") : g_strdup_printf("%u", id);
        const char *state = listed_state(doms[i], args_flag(args, "managed-save"));
        char *title = with_title ? title_of(doms[i]) : NULL;
        table_row(table, id_text, virDomainGetName(doms[i]), state, title, NULL);
        free(title);
    }
    table_print(sh, table, !sh->quiet);
}

static gboolean
run_list(Shell *sh, const Args *args)
{
    unsigned int flags = VIR_CONNECT_LIST_DOMAINS_ACTIVE;
    if (args_flag(args, "inactive"))
        flags = VIR_CONNECT_LIST_DOMAINS_INACTIVE;
    if (args_flag(args, "all"))
        flags = VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE;
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++)
        flags |= args_flag(args, filters[i].option) ? filters[i].flag : 0;
    gboolean names = args_flag(args, "name") || args_flag(args, "uuid") || args_flag(args, "id");
    static const char *const kinds[] = {"name", "uuid", "id"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (args_flag(args, "table") && args_flag(args, kinds[i])) {
            shell_error(sh, "Options --table and --%s are mutually exclusive", kinds[i]);
            return FALSE;
        }
    }
    virDomainPtr *doms = NULL;
    int n = virConnectListAllDomains(sh->conn, &doms, flags);
    if (n < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to list domains");
        return FALSE;
    }
    qsort(doms, (size_t)n, sizeof(*doms), compare_domains);
    if (names) {
        for (int i = 0; i < n; i++)
            print_names(sh, args, doms[i]);
    } else {
        print_list(sh, args, doms, n);
    }
    free_domains(doms);
    return TRUE;
}

static gboolean
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

static gboolean
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

/* Tell what a driver may not have, in the words of its absence. */
static void
print_security(Shell *sh, virDomainPtr dom)
{
    virSecurityModel model = {{0}};
    if (virNodeGetSecurityModel(sh->conn, &model) < 0) {
        virResetLastError();
        return;
    }
    if (!model.model[0])
        return;
    shell_print(sh, "%-15s %s\n", "Security model:", model.model);
    shell_print(sh, "%-15s %s\n", "Security DOI:", model.doi);
    g_autofree virSecurityLabelPtr label = g_new0(virSecurityLabel, 1);
    if (virDomainGetSecurityLabel(dom, label) < 0)
        virResetLastError();
    else if (label->label[0])
        shell_print(sh, "%-15s %s (%s)\n", "Security label:", label->label, label->enforcing ? "enforcing" : "permissive");
}

static void
print_yes_no(Shell *sh, const char *what, int answer)
{
    if (answer < 0) {
        virResetLastError();
        shell_print(sh, "%-15s %s\n", what, "unknown");
    } else {
        shell_print(sh, "%-15s %s\n", what, answer ? "yes" : "no");
    }
}

static gboolean
run_dominfo(Shell *sh, const Args *args)
{
    virDomainInfo info;
    char uuid[VIR_UUID_STRING_BUFLEN];
    int autostart;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int id = virDomainGetID(dom);
    if (id == (unsigned int)-1)
        shell_print(sh, "%-15s %s\n", "Id:", "-");
    else
        shell_print(sh, "%-15s %u\n", "Id:", id);
    shell_print(sh, "%-15s %s\n", "Name:", virDomainGetName(dom));
    if (virDomainGetUUIDString(dom, uuid) == 0)
        shell_print(sh, "%-15s %s\n", "UUID:", uuid);
    char *os_type = virDomainGetOSType(dom);
    if (os_type)
        shell_print(sh, "%-15s %s\n", "OS Type:", os_type);
    else
        virResetLastError();
    free(os_type);
    if (virDomainGetInfo(dom, &info) < 0)
        return FALSE;
    shell_print(sh, "%-15s %s\n", "State:", name_of_state(info.state));
    shell_print(sh, "%-15s %u\n", "CPU(s):", info.nrVirtCpu);
    if (info.cpuTime != 0)
        shell_print(sh, "%-15s %.1lfs\n", "CPU time:", (double)info.cpuTime / 1000000000.0);
    if (info.maxMem != G_MAXUINT)
        shell_print(sh, "%-15s %lu KiB\n", "Max memory:", info.maxMem);
    else
        shell_print(sh, "%-15s %s\n", "Max memory:", "no limit");
    shell_print(sh, "%-15s %lu KiB\n", "Used memory:", info.memory);
    print_yes_no(sh, "Persistent:", virDomainIsPersistent(dom));
    if (virDomainGetAutostart(dom, &autostart) == 0)
        shell_print(sh, "%-15s %s\n", "Autostart:", autostart ? "enable" : "disable");
    else
        virResetLastError();
    print_yes_no(sh, "Managed save:", virDomainHasManagedSaveImage(dom, 0));
    print_security(sh, dom);
    return TRUE;
}

#define DOMAIN_OPTION {"domain", OPT_DATA, OPTION_DOMAIN, "domain name, id or uuid"}

static const Option list_options[] = {
    {"inactive", OPT_BOOL, 0, "list inactive domains"},
    {"all", OPT_BOOL, 0, "list inactive & active domains"},
    {"transient", OPT_BOOL, 0, "list transient domains"},
    {"persistent", OPT_BOOL, 0, "list persistent domains"},
    {"with-snapshot", OPT_BOOL, 0, "list domains with existing snapshot"},
    {"without-snapshot", OPT_BOOL, 0, "list domains without a snapshot"},
    {"with-checkpoint", OPT_BOOL, 0, "list domains with existing checkpoint"},
    {"without-checkpoint", OPT_BOOL, 0, "list domains without a checkpoint"},
    {"state-running", OPT_BOOL, 0, "list domains in running state"},
    {"state-paused", OPT_BOOL, 0, "list domains in paused state"},
    {"state-shutoff", OPT_BOOL, 0, "list domains in shutoff state"},
    {"state-other", OPT_BOOL, 0, "list domains in other states"},
    {"autostart", OPT_BOOL, 0, "list domains with autostart enabled"},
    {"no-autostart", OPT_BOOL, 0, "list domains with autostart disabled"},
    {"with-managed-save", OPT_BOOL, 0, "list domains with managed save state"},
    {"without-managed-save", OPT_BOOL, 0, "list domains without managed save"},
    {"uuid", OPT_BOOL, 0, "list uuid's only"},
    {"name", OPT_BOOL, 0, "list domain names only"},
    {"id", OPT_BOOL, 0, "list domain IDs only"},
    {"table", OPT_BOOL, 0, "list table (default)"},
    {"managed-save", OPT_BOOL, 0, "mark inactive domains with managed save state"},
    {"title", OPT_BOOL, 0, "show domain title"},
    {NULL},
};
static const Option domain_options[] = {DOMAIN_OPTION, {NULL}};
static const Option domstate_options[] = {
    DOMAIN_OPTION,
    {"reason", OPT_BOOL, 0, "also print reason for the state"},
    {NULL},
};

const Command monitor_commands[] = {
    {"domcontrol", run_domcontrol, domain_options, "domain control interface state",
     "Print whether the hypervisor answers for a domain."},
    {"dominfo", run_dominfo, domain_options, "domain information", "Print what a domain is and has."},
    {"domstate", run_domstate, domstate_options, "domain state", "Print a domain's state."},
    {"list", run_list, list_options, "list domains", "Print the domains, running ones unless told otherwise."},
    {NULL},
};
