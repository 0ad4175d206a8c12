/* A domain's definition and life: the commands that do more than call one function. */
#include "shell/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a word of --mode stands for. */
typedef struct {
    const char *option;
    unsigned int flag;
} Mode;

gboolean
run_define(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = shell_read_file(sh, path);
    if (!xml)
        return FALSE;
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = flags ? virDomainDefineXMLFlags(sh->conn, xml, flags) : virDomainDefineXML(sh->conn, xml);
    return shell_outcome(sh, dom != NULL, "Domain '%s' defined from %t", "Failed to define domain from %t",
                         dom ? virDomainGetName(dom) : NULL, path);
}

/* The descriptors of --pass-fds; FALSE after an error was told. */
static gboolean
passed_files(Shell *sh, const Args *args, int **ret_files, unsigned int *ret_n)
{
    const char *text = args_string(args, "pass-fds");
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
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
    *ret_files = g_steal_pointer(&files);
    *ret_n = n;
    return TRUE;
}

gboolean
run_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree int *files = NULL;
    unsigned int n_files = 0;
    g_autofree char *xml = shell_read_file(sh, path);
    if (!xml || !passed_files(sh, args, &files, &n_files))
        return FALSE;
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = n_files ? virDomainCreateXMLWithFiles(sh->conn, xml, n_files, files, flags)
                                       : virDomainCreateXML(sh->conn, xml, flags);
    if (!shell_outcome(sh, dom != NULL, "Domain '%s' created from %t", "Failed to create domain from %t",
                       dom ? virDomainGetName(dom) : NULL, path))
        return FALSE;
    return !args_flag(args, "console") || shell_console(sh, dom, NULL, 0);
}

gboolean
run_start(Shell *sh, const Args *args)
{
    g_autofree int *files = NULL;
    unsigned int n_files = 0, flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || !passed_files(sh, args, &files, &n_files))
        return FALSE;
    if (virDomainGetID(dom) != (unsigned int)-1) {
        shell_error(sh, "Domain is already active");
        return FALSE;
    }
    int bad = n_files ? virDomainCreateWithFiles(dom, n_files, files, flags) :
              flags ? virDomainCreateWithFlags(dom, flags) : virDomainCreate(dom);
    if (!shell_outcome(sh, bad == 0, "Domain '%s' started", "Failed to start domain '%s'", virDomainGetName(dom), NULL))
        return FALSE;
    return !args_flag(args, "console") || shell_console(sh, dom, NULL, 0);
}

gboolean
run_destroy(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    unsigned int flags = args_flags(args);
    int bad = flags ? virDomainDestroyFlags(dom, flags) : virDomainDestroy(dom);
    return shell_outcome(sh, bad == 0, "Domain '%t' destroyed", "Failed to destroy domain '%t'", NULL, name);
}

/* Shutdown and reboot take the same modes under different names. */
static int
parse_modes(Shell *sh, const Args *args, const Mode *modes, unsigned int *ret_flags)
{
    const char *text = args_string(args, "mode");
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
    for (char **w = words; *w; w++) {
        const Mode *mode = modes;
        while (mode->option && strcmp(mode->option, *w) != 0)
            mode++;
        if (!mode->option) {
            shell_error(sh, "Unknown mode %s value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'", *w);
            return -1;
        }
        *ret_flags |= mode->flag;
    }
    return 0;
}

gboolean
run_shutdown(Shell *sh, const Args *args)
{
    static const Mode modes[] = {
        {"acpi", VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN}, {"agent", VIR_DOMAIN_SHUTDOWN_GUEST_AGENT},
        {"initctl", VIR_DOMAIN_SHUTDOWN_INITCTL},     {"signal", VIR_DOMAIN_SHUTDOWN_SIGNAL},
        {"paravirt", VIR_DOMAIN_SHUTDOWN_PARAVIRT},   {NULL},
    };
    unsigned int flags = 0;
    if (parse_modes(sh, args, modes, &flags) < 0)
        return FALSE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if ((flags ? virDomainShutdownFlags(dom, flags) : virDomainShutdown(dom)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to shutdown domain '%s'", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "Domain '%s' is being shutdown\n", virDomainGetName(dom));
    return TRUE;
}

gboolean
run_reboot(Shell *sh, const Args *args)
{
    static const Mode modes[] = {
        {"acpi", VIR_DOMAIN_REBOOT_ACPI_POWER_BTN}, {"agent", VIR_DOMAIN_REBOOT_GUEST_AGENT},
        {"initctl", VIR_DOMAIN_REBOOT_INITCTL},     {"signal", VIR_DOMAIN_REBOOT_SIGNAL},
        {"paravirt", VIR_DOMAIN_REBOOT_PARAVIRT},   {NULL},
    };
    unsigned int flags = 0;
    if (parse_modes(sh, args, modes, &flags) < 0)
        return FALSE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainReboot(dom, flags) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to reboot domain '%s'", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "Domain '%s' is being rebooted\n", virDomainGetName(dom));
    return TRUE;
}

gboolean
run_autostart(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    gboolean on = !args_flag(args, "disable");
    return shell_outcome(sh, virDomainSetAutostart(dom, on) == 0,
                         on ? "Domain '%t' marked as autostarted" : "Domain '%t' unmarked as autostarted",
                         on ? "Failed to mark domain '%t' as autostarted" : "Failed to unmark domain '%t' as autostarted", NULL, name);
}

static char *
get_domain(void *object)
{
    return virDomainGetXMLDesc(object, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
}

static gboolean
put_domain(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virDomain) dom = virDomainDefineXMLFlags(sh->conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    return dom != NULL;
}

static gboolean
put_domain_unchecked(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virDomain) dom = virDomainDefineXML(sh->conn, xml);
    return dom != NULL;
}

gboolean
run_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Domain '%t' XML configuration not changed.", "Domain '%t' XML configuration edited."};
    const char *name;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    return dom && shell_edit_object(sh, &words, get_domain, args_flag(args, "skip-validate") ? put_domain_unchecked : put_domain, dom,
                                    name);
}

gboolean
run_domid(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int id = virDomainGetID(dom);
    if (id == (unsigned int)-1)
        shell_print(sh, "-\n");
    else
        shell_print(sh, "%u\n", id);
    return TRUE;
}

gboolean
run_domname(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    shell_print(sh, "%s\n", virDomainGetName(dom));
    return TRUE;
}

gboolean
run_domuuid(Shell *sh, const Args *args)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainGetUUIDString(dom, uuid) < 0)
        return FALSE;
    shell_print(sh, "%s\n", uuid);
    return TRUE;
}
