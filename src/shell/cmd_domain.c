/* Commands that change guests: their definitions and their lives. */
#include "shell/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_XML (10 * 1024 * 1024)

/* An operation without further options: most of a guest's life is one. */
typedef struct {
    int (*call)(virDomainPtr dom);
    const char *done;   /* one %s: the name */
    const char *failed;
} Simple;

static gboolean
run_simple(Shell *sh, const Args *args, const Simple *what)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    g_autoptr(GString) line = g_string_new(NULL);
    gboolean ok = what->call(dom) == 0;
    shell_save_error(sh);
    g_string_append(line, ok ? what->done : what->failed);
    g_string_replace(line, "%s", virDomainGetName(dom), 1);
    if (ok)
        shell_note(sh, "%s", line->str);
    else
        shell_error(sh, "%s", line->str);
    return ok;
}

#define SIMPLE(verb, function, success, failure)                                                   \
    static gboolean run_##verb(Shell *sh, const Args *args)                                        \
    {                                                                                              \
        static const Simple what = {function, success, failure};                                   \
        return run_simple(sh, args, &what);                                                        \
    }

static int
reset(virDomainPtr dom)
{
    return virDomainReset(dom, 0);
}

static int
remove_saved(virDomainPtr dom)
{
    return virDomainManagedSaveRemove(dom, 0);
}

SIMPLE(suspend, virDomainSuspend, "Domain '%s' suspended\n", "Failed to suspend domain '%s'")
SIMPLE(resume, virDomainResume, "Domain '%s' resumed\n", "Failed to resume domain '%s'")
SIMPLE(reset, reset, "Domain '%s' was reset\n", "Failed to reset domain '%s'")
SIMPLE(managedsave_remove, remove_saved, "Removed managedsave image for domain '%s'",
       "Failed to remove managed save image for domain '%s'")

/* The flags that the given options stand for. */
typedef struct {
    const char *option;
    unsigned int flag;
} FlagOption;

static unsigned int
collect_flags(const Args *args, const FlagOption *map)
{
    unsigned int flags = 0;
    for (; map->option; map++)
        flags |= args_flag(args, map->option) ? map->flag : 0;
    return flags;
}

/* A whole file, "-" or /dev/stdin included; NULL after an error was told. */
static char *
read_file(Shell *sh, const char *path)
{
    g_autoptr(GError) problem = NULL;
    char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &text, &len, &problem)) {
        shell_error(sh, "%s", problem->message);
        return NULL;
    }
    if (len > MAX_XML) {
        shell_error(sh, "file '%s' is larger than %d bytes", path, MAX_XML);
        g_free(text);
        return NULL;
    }
    return text;
}

static gboolean
run_define(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = read_file(sh, path);
    if (!xml)
        return FALSE;
    unsigned int flags = args_flag(args, "validate") ? VIR_DOMAIN_DEFINE_VALIDATE : 0;
    g_autoptr(virDomain) dom = flags ? virDomainDefineXMLFlags(sh->conn, xml, flags) : virDomainDefineXML(sh->conn, xml);
    if (!dom) {
        shell_save_error(sh);
        shell_error(sh, "Failed to define domain from %s", path);
        return FALSE;
    }
    shell_note(sh, "Domain '%s' defined from %s\n", virDomainGetName(dom), path);
    return TRUE;
}

static gboolean
run_create(Shell *sh, const Args *args)
{
    static const FlagOption map[] = {
        {"paused", VIR_DOMAIN_START_PAUSED},
        {"autodestroy", VIR_DOMAIN_START_AUTODESTROY},
        {"validate", VIR_DOMAIN_START_VALIDATE},
        {NULL},
    };
    const char *path = args_string(args, "file");
    g_autofree char *xml = read_file(sh, path);
    if (!xml)
        return FALSE;
    g_autoptr(virDomain) dom = virDomainCreateXML(sh->conn, xml, collect_flags(args, map));
    if (!dom) {
        shell_save_error(sh);
        shell_error(sh, "Failed to create domain from %s", path);
        return FALSE;
    }
    shell_note(sh, "Domain '%s' created from %s\n", virDomainGetName(dom), path);
    return TRUE;
}

static gboolean
run_start(Shell *sh, const Args *args)
{
    static const FlagOption map[] = {
        {"paused", VIR_DOMAIN_START_PAUSED},
        {"autodestroy", VIR_DOMAIN_START_AUTODESTROY},
        {"bypass-cache", VIR_DOMAIN_START_BYPASS_CACHE},
        {"force-boot", VIR_DOMAIN_START_FORCE_BOOT},
        {"reset-nvram", VIR_DOMAIN_START_RESET_NVRAM},
        {NULL},
    };
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainGetID(dom) != (unsigned int)-1) {
        shell_error(sh, "Domain is already active");
        return FALSE;
    }
    unsigned int flags = collect_flags(args, map);
    if ((flags ? virDomainCreateWithFlags(dom, flags) : virDomainCreate(dom)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to start domain '%s'", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "Domain '%s' started\n", virDomainGetName(dom));
    return TRUE;
}

static gboolean
run_destroy(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int flags = args_flag(args, "graceful") ? VIR_DOMAIN_DESTROY_GRACEFUL : 0;
    if ((flags ? virDomainDestroyFlags(dom, flags) : virDomainDestroy(dom)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to destroy domain '%s'", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "Domain '%s' destroyed\n", virDomainGetName(dom));
    return TRUE;
}

/* Shutdown and reboot take the same modes under different names. */
static int
parse_modes(Shell *sh, const Args *args, const FlagOption *modes, unsigned int *ret_flags)
{
    const char *text = args_string(args, "mode");
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
    for (char **w = words; *w; w++) {
        const FlagOption *mode = modes;
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

static gboolean
run_shutdown(Shell *sh, const Args *args)
{
    static const FlagOption modes[] = {
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

static gboolean
run_reboot(Shell *sh, const Args *args)
{
    static const FlagOption modes[] = {
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

static gboolean
run_undefine(Shell *sh, const Args *args)
{
    static const FlagOption map[] = {
        {"managed-save", VIR_DOMAIN_UNDEFINE_MANAGED_SAVE},
        {"snapshots-metadata", VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA},
        {"checkpoints-metadata", VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA},
        {"nvram", VIR_DOMAIN_UNDEFINE_NVRAM},
        {"keep-nvram", VIR_DOMAIN_UNDEFINE_KEEP_NVRAM},
        {"tpm", VIR_DOMAIN_UNDEFINE_TPM},
        {"keep-tpm", VIR_DOMAIN_UNDEFINE_KEEP_TPM},
        {NULL},
    };
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int flags = collect_flags(args, map);
    if ((flags ? virDomainUndefineFlags(dom, flags) : virDomainUndefine(dom)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to undefine domain '%s'", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "Domain '%s' has been undefined\n", virDomainGetName(dom));
    return TRUE;
}

static gboolean
run_autostart(Shell *sh, const Args *args)
{
    gboolean enable = !args_flag(args, "disable");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainSetAutostart(dom, enable) < 0) {
        shell_save_error(sh);
        shell_error(sh, enable ? "Failed to mark domain '%s' as autostarted" : "Failed to unmark domain '%s' as autostarted",
                    virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, enable ? "Domain '%s' marked as autostarted\n" : "Domain '%s' unmarked as autostarted\n",
               virDomainGetName(dom));
    return TRUE;
}

static const FlagOption save_flags[] = {
    {"bypass-cache", VIR_DOMAIN_SAVE_BYPASS_CACHE},
    {"running", VIR_DOMAIN_SAVE_RUNNING},
    {"paused", VIR_DOMAIN_SAVE_PAUSED},
    {NULL},
};

static gboolean
run_managedsave(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainManagedSave(dom, collect_flags(args, save_flags)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to save domain '%s' state", virDomainGetName(dom));
        return FALSE;
    }
    shell_note(sh, "\nDomain '%s' state saved by libvirt\n", virDomainGetName(dom));
    return TRUE;
}

static gboolean
run_save(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int flags = collect_flags(args, save_flags);
    if ((flags ? virDomainSaveFlags(dom, path, NULL, flags) : virDomainSave(dom, path)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to save domain '%s' to %s", virDomainGetName(dom), path);
        return FALSE;
    }
    shell_note(sh, "\nDomain '%s' saved to %s\n", virDomainGetName(dom), path);
    return TRUE;
}

static gboolean
run_restore(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    unsigned int flags = collect_flags(args, save_flags);
    if ((flags ? virDomainRestoreFlags(sh->conn, path, NULL, flags) : virDomainRestore(sh->conn, path)) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to restore domain from %s", path);
        return FALSE;
    }
    shell_note(sh, "Domain restored from %s\n", path);
    return TRUE;
}

static gboolean
run_dumpxml(Shell *sh, const Args *args)
{
    static const FlagOption map[] = {
        {"inactive", VIR_DOMAIN_XML_INACTIVE},
        {"security-info", VIR_DOMAIN_XML_SECURE},
        {"update-cpu", VIR_DOMAIN_XML_UPDATE_CPU},
        {"migratable", VIR_DOMAIN_XML_MIGRATABLE},
        {NULL},
    };
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    char *xml = dom ? virDomainGetXMLDesc(dom, collect_flags(args, map)) : NULL;
    if (!xml)
        return FALSE;
    shell_print(sh, "%s", xml);
    free(xml);
    return TRUE;
}

static gboolean
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

static gboolean
run_domname(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    shell_print(sh, "%s\n", virDomainGetName(dom));
    return TRUE;
}

static gboolean
run_domuuid(Shell *sh, const Args *args)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainGetUUIDString(dom, uuid) < 0)
        return FALSE;
    shell_print(sh, "%s\n", uuid);
    return TRUE;
}

#define DOMAIN_OPTION {"domain", OPT_DATA, OPTION_DOMAIN, "domain name, id or uuid"}
#define FILE_OPTION(help) {"file", OPT_DATA, OPTION_FILE, help}
#define SAVE_OPTIONS                                                                               \
    {"bypass-cache", OPT_BOOL, 0, "avoid file system cache when saving"},                          \
        {"running", OPT_BOOL, 0, "set domain to be running on next start"},                        \
        {"paused", OPT_BOOL, 0, "set domain to be paused on next start"}

static const Option domain_options[] = {DOMAIN_OPTION, {NULL}};
static const Option autostart_options[] = {
    DOMAIN_OPTION,
    {"disable", OPT_BOOL, 0, "disable autostarting"},
    {NULL},
};
static const Option create_options[] = {
    FILE_OPTION("file containing an XML domain description"),
    {"console", OPT_BOOL, 0, "attach to console after creation"},
    {"paused", OPT_BOOL, 0, "leave the guest paused after creation"},
    {"autodestroy", OPT_BOOL, 0, "automatically destroy the guest when virsh disconnects"},
    {"validate", OPT_BOOL, 0, "validate the XML against the schema"},
    {NULL},
};
static const Option define_options[] = {
    FILE_OPTION("file containing an XML domain description"),
    {"validate", OPT_BOOL, 0, "validate the XML against the schema"},
    {NULL},
};
static const Option destroy_options[] = {
    DOMAIN_OPTION,
    {"graceful", OPT_BOOL, 0, "terminate gracefully"},
    {NULL},
};
static const Option dumpxml_options[] = {
    DOMAIN_OPTION,
    {"inactive", OPT_BOOL, 0, "show inactive defined XML"},
    {"security-info", OPT_BOOL, 0, "include security sensitive information in XML dump"},
    {"update-cpu", OPT_BOOL, 0, "update guest CPU according to host CPU"},
    {"migratable", OPT_BOOL, 0, "provide XML suitable for migrations"},
    {NULL},
};
static const Option managedsave_options[] = {DOMAIN_OPTION, SAVE_OPTIONS, {NULL}};
static const Option mode_options[] = {
    DOMAIN_OPTION,
    {"mode", OPT_STRING, 0, "shutdown mode: acpi|agent|initctl|signal|paravirt"},
    {NULL},
};
static const Option restore_options[] = {
    FILE_OPTION("the state to restore"),
    SAVE_OPTIONS,
    {NULL},
};
static const Option save_options[] = {
    DOMAIN_OPTION,
    FILE_OPTION("where to save the data"),
    SAVE_OPTIONS,
    {NULL},
};
static const Option start_options[] = {
    DOMAIN_OPTION,
    {"console", OPT_BOOL, 0, "attach to console after creation"},
    {"paused", OPT_BOOL, 0, "leave the guest paused after creation"},
    {"autodestroy", OPT_BOOL, 0, "automatically destroy the guest when virsh disconnects"},
    {"bypass-cache", OPT_BOOL, 0, "avoid file system cache when loading"},
    {"force-boot", OPT_BOOL, 0, "force fresh boot by discarding any managed save"},
    {"reset-nvram", OPT_BOOL, 0, "re-initialize NVRAM from its pristine template"},
    {NULL},
};
static const Option undefine_options[] = {
    DOMAIN_OPTION,
    {"managed-save", OPT_BOOL, 0, "remove domain managed state file"},
    {"snapshots-metadata", OPT_BOOL, 0, "remove all domain snapshot metadata (vm must be inactive)"},
    {"checkpoints-metadata", OPT_BOOL, 0, "remove all domain checkpoint metadata (vm must be inactive)"},
    {"nvram", OPT_BOOL, 0, "remove nvram file"},
    {"keep-nvram", OPT_BOOL, 0, "keep nvram file"},
    {"tpm", OPT_BOOL, 0, "remove TPM state"},
    {"keep-tpm", OPT_BOOL, 0, "keep TPM state"},
    {NULL},
};

const Command domain_commands[] = {
    {"autostart", run_autostart, autostart_options, "autostart a domain", "Start a domain when the host starts, or no longer."},
    {"create", run_create, create_options, "create a domain from an XML file", "Start a domain that exists only while it runs."},
    {"define", run_define, define_options, "define (but don't start) a domain from an XML file", "Define a domain or change its definition."},
    {"destroy", run_destroy, destroy_options, "destroy (stop) a domain", "Stop a domain at once, as by pulling the plug; its storage stays."},
    {"domid", run_domid, domain_options, "convert a domain name or UUID to domain id", ""},
    {"domname", run_domname, domain_options, "convert a domain id or UUID to domain name", ""},
    {"domuuid", run_domuuid, domain_options, "convert a domain name or id to domain UUID", ""},
    {"dumpxml", run_dumpxml, dumpxml_options, "domain information in XML", "Print a domain's definition."},
    {"managedsave", run_managedsave, managedsave_options, "managed save of a domain state",
     "Save a domain and stop it; its next start continues where it was."},
    {"managedsave-remove", run_managedsave_remove, domain_options, "Remove managed save of a domain", "Discard what managedsave kept."},
    {"reboot", run_reboot, mode_options, "reboot a domain", "Ask the guest to reboot."},
    {"reset", run_reset, domain_options, "reset a domain", "Reset a domain as by its reset button."},
    {"restore", run_restore, restore_options, "restore a domain from a saved state in a file", "Continue a saved domain."},
    {"resume", run_resume, domain_options, "resume a domain", "Let a suspended domain run on."},
    {"save", run_save, save_options, "save a domain state to a file", "Save a domain to a file and stop it."},
    {"shutdown", run_shutdown, mode_options, "gracefully shutdown a domain", "Ask the guest to shut down."},
    {"start", run_start, start_options, "start a (previously defined) inactive domain",
     "Start a domain, from its managed save image if there is one."},
    {"suspend", run_suspend, domain_options, "suspend a domain", "Stop a domain's processors; its memory stays."},
    {"undefine", run_undefine, undefine_options, "undefine a domain", "Remove a domain's definition; a running one becomes transient."},
    {NULL},
};
