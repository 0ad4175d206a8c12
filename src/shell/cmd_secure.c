/* Who may log in to a guest, guests that are encrypted, how fast a guest writes, and files that are passed to one. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/report.h"

gboolean
run_get_user_sshkeys(Shell *sh, const Args *args)
{
    char **keys = NULL;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    int n = dom ? virDomainAuthorizedSSHKeysGet(dom, args_string(args, "user"), &keys, 0) : -1;
    for (int i = 0; i < n; i++) {
        shell_print(sh, "%s\n", keys[i]);
        free(keys[i]);
    }
    free(keys);
    return n >= 0;
}

gboolean
run_set_user_sshkeys(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    unsigned int flags = args_flags(args);
    if (!path && (flags || !args_flag(args, "reset"))) {
        shell_error(sh, "%s", flags ? "Option --file is required by option --remove" : "Option --file is required");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *text = dom && path ? shell_read_file(sh, path) : NULL;
    if (!dom || (path && !text))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (char **line = lines; *line; line++) {
        if (*g_strstrip(*line))
            g_ptr_array_add(keys, *line);
    }
    if (!args_flag(args, "reset") && !flags)
        flags |= VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND;
    return virDomainAuthorizedSSHKeysSet(dom, args_string(args, "user"), (const char **)keys->pdata, keys->len, flags) == 0;
}

gboolean
run_domlaunchsecinfo(Shell *sh, const Args *args)
{
    virTypedParameterPtr params = NULL;
    int n = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainGetLaunchSecurityInfo(dom, &params, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get launch security parameters", NULL, NULL);
    g_autoptr(Report) report = report_one(0);
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&params[i]);
        if (sh->format == FORMAT_TEXT)
            shell_print(sh, "%-15s: %s\n", params[i].field, text);
        else
            put_param(report, &params[i]);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, TRUE);
    virTypedParamsFree(params, n);
    return TRUE;
}

gboolean
run_domsetlaunchsecstate(Shell *sh, const Args *args)
{
    const char *header_path = args_string(args, "secrethdr"), *path = args_string(args, "secret");
    virTypedParameterPtr params = NULL;
    int n = 0, room = 0;
    unsigned long long address = 0;
    if (!header_path || !path) {
        shell_error(sh, "%s", "Both secret and the secret header are required");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *header = dom ? shell_read_file(sh, header_path) : NULL;
    g_autofree char *secret = header ? shell_read_file(sh, path) : NULL;
    if (!secret || (args_flag(args, "set-address") && !shell_size(sh, "set-address", args_string(args, "set-address"), &address)))
        return FALSE;
    virTypedParamsAddString(&params, &n, &room, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_HEADER, header);
    virTypedParamsAddString(&params, &n, &room, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET, secret);
    if (args_flag(args, "set-address"))
        virTypedParamsAddULLong(&params, &n, &room, VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_SET_ADDRESS, address);
    int bad = virDomainSetLaunchSecurityState(dom, params, n, 0);
    virTypedParamsFree(params, n);
    return bad == 0 || shell_outcome(sh, FALSE, NULL, "Unable to set launch security state", NULL, NULL);
}

gboolean
run_domdirtyrate_calc(Shell *sh, const Args *args)
{
    static const struct {
        const char *name;
        unsigned int flag;
    } modes[] = {{"page-sampling", VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING},
                 {"dirty-bitmap", VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP},
                 {"dirty-ring", VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING}};
    const char *mode = args_string(args, "mode");
    long long seconds = 1;
    gsize i = 0;
    while (mode && i < G_N_ELEMENTS(modes) && strcmp(modes[i].name, mode) != 0)
        i++;
    if (i == G_N_ELEMENTS(modes)) {
        shell_error(sh, "Unknown calculation mode '%s'", mode);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || args_number(sh, args, "seconds", G_MININT, G_MAXINT, &seconds) < 0 ||
        virDomainStartDirtyRateCalc(dom, (int)seconds, mode ? modes[i].flag : 0) < 0)
        return FALSE;
    shell_note(sh, "Start to calculate domain's memory dirty rate successfully.\n");
    return TRUE;
}

gboolean
run_dom_fd_associate(Shell *sh, const Args *args)
{
    g_auto(GStrv) words = g_strsplit(args_string(args, "pass-fds"), ",", -1);
    guint n = g_strv_length(words);
    g_autofree int *files = g_new0(int, n + 1);
    for (guint i = 0; i < n; i++) {
        char *end;
        gint64 fd = g_ascii_strtoll(words[i], &end, 10);
        if (end == words[i] || *end || fd < 0 || fd > G_MAXINT) {
            shell_error(sh, "Unable to parse FD number '%s'", words[i]);
            return FALSE;
        }
        files[i] = (int)fd;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && virDomainFDAssociate(dom, args_string(args, "name"), n, files, args_flags(args)) == 0;
}

gboolean
run_domblkerror(Shell *sh, const Args *args)
{
    static const char *const names[] = {"no error", "unspecified error", "no space"};
    static const Column columns[] = {{"disk", NULL}, {"error", NULL}, {NULL}};
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    int n = dom ? virDomainGetDiskErrors(dom, NULL, 0, 0) : -1;
    if (n < 0)
        return FALSE;
    g_autofree virDomainDiskErrorPtr errors = g_new0(virDomainDiskError, (gsize)n + 1);
    n = n ? virDomainGetDiskErrors(dom, errors, (unsigned int)n, 0) : 0;
    if (n < 0)
        return FALSE;
    g_autoptr(Report) report = report_list(columns);
    if (n == 0 && sh->format == FORMAT_TEXT)
        shell_note(sh, "No errors found\n");
    for (int i = 0; i < n; i++) {
        const char *what = errors[i].error >= 0 && errors[i].error < (int)G_N_ELEMENTS(names) ? names[errors[i].error] : "unknown";
        if (sh->format == FORMAT_TEXT) {
            shell_print(sh, "%s: %s\n", errors[i].disk, what);
        } else {
            report_row(report);
            put_text(report, NULL, NULL, errors[i].disk);
            put_text(report, NULL, NULL, what);
        }
        free(errors[i].disk);
    }
    if (sh->format != FORMAT_TEXT)
        report_print(sh, report, FALSE);
    return TRUE;
}
