/* Settings of a domain: memory, processors, words, what happens at its end. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

/* Option size in KiB; FALSE after an error was told. */
static gboolean
get_memory(Shell *sh, const Args *args, unsigned long *ret_kib)
{
    const char *text = args_string(args, "size");
    g_autofree char *in_kib = g_ascii_isdigit(text[strlen(text) - 1]) ? g_strconcat(text, "K", NULL) : NULL;
    unsigned long long bytes;
    if (!shell_size(sh, "size", in_kib ? in_kib : text, &bytes))
        return FALSE;
    *ret_kib = (unsigned long)((bytes + 1023) / 1024);
    return TRUE;
}

gboolean
run_setmem(Shell *sh, const Args *args)
{
    unsigned long kib;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || !get_memory(sh, args, &kib))
        return FALSE;
    unsigned int flags = args_flags(args);
    return (flags || args_flag(args, "current") ? virDomainSetMemoryFlags(dom, kib, flags) : virDomainSetMemory(dom, kib)) == 0;
}

gboolean
run_setmaxmem(Shell *sh, const Args *args)
{
    unsigned long kib;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || !get_memory(sh, args, &kib))
        return FALSE;
    unsigned int flags = args_flags(args);
    int bad = flags || args_flag(args, "current") ? virDomainSetMemoryFlags(dom, kib, flags | VIR_DOMAIN_MEM_MAXIMUM)
                                                  : virDomainSetMaxMemory(dom, kib);
    return bad == 0 || shell_outcome(sh, FALSE, NULL, "Unable to change MaxMemorySize", NULL, NULL);
}

gboolean
run_setvcpus(Shell *sh, const Args *args)
{
    long long count = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || args_number(sh, args, "count", 0, G_MAXUINT, &count) < 0)
        return FALSE;
    if (count == 0) {
        shell_error(sh, "%s", "Can't set 0 processors for a VM");
        return FALSE;
    }
    unsigned int flags = args_flags(args);
    return (flags || args_flag(args, "current") ? virDomainSetVcpusFlags(dom, (unsigned int)count, flags)
                                                : virDomainSetVcpus(dom, (unsigned int)count)) == 0;
}

static gboolean
print_count(Shell *sh, virDomainPtr dom, unsigned int flags, const char *first, const char *second)
{
    int n = virDomainGetVcpusFlags(dom, flags);
    if (n >= 0)
        shell_print(sh, "%-12s %-12s %3d\n", first, second, n);
    return n >= 0;
}

gboolean
run_vcpucount(Shell *sh, const Args *args)
{
    gboolean maximum = args_flag(args, "maximum"), guest = args_flag(args, "guest"), some = args_flag(args, "active") || maximum;
    unsigned int flags = args_flags(args) | (maximum ? VIR_DOMAIN_VCPU_MAXIMUM : 0) | (guest ? VIR_DOMAIN_VCPU_GUEST : 0);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (flags || some || args_flag(args, "current")) {
        int n = virDomainGetVcpusFlags(dom, flags);
        if (n >= 0)
            shell_print(sh, "%d\n", n);
        return n >= 0;
    }
    gboolean active = virDomainIsActive(dom) == 1, persistent = virDomainIsPersistent(dom) == 1;
    return (!persistent || print_count(sh, dom, VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM, "maximum", "config")) &&
           (!active || print_count(sh, dom, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_VCPU_MAXIMUM, "maximum", "live")) &&
           (!persistent || print_count(sh, dom, VIR_DOMAIN_AFFECT_CONFIG, "current", "config")) &&
           (!active || print_count(sh, dom, VIR_DOMAIN_AFFECT_LIVE, "current", "live"));
}

/* A domain's title or description, "" when it has none; NULL with the error set. */
static char *
get_words(virDomainPtr dom, gboolean title, unsigned int flags)
{
    char *text = virDomainGetMetadata(dom, title ? VIR_DOMAIN_METADATA_TITLE : VIR_DOMAIN_METADATA_DESCRIPTION, NULL, flags);
    if (text || virGetLastErrorCode() != VIR_ERR_NO_DOMAIN_METADATA)
        return text;
    virResetLastError();
    return strdup("");
}

gboolean
run_desc(Shell *sh, const Args *args)
{
    const char *name;
    gboolean title = args_flag(args, "title"), edit = args_flag(args, "edit");
    const char *what = title ? "title" : "description", *What = title ? "Domain title" : "Domain description";
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    g_autofree char *text = g_strjoinv(" ", (char **)args_words(args, "new-desc"));
    g_autofree char *before = get_words(dom, title, flags);
    if (!before)
        return FALSE;
    if (!edit && !args_flag(args, "new-desc")) {
        g_autofree char *missing = g_strdup_printf("No %s for domain: %s", what, virDomainGetName(dom));
        shell_print(sh, "%s", *before ? before : missing);
        return TRUE;
    }
    if (edit) {
        g_autofree char *edited = shell_edit(sh, *text ? text : before);
        if (!edited)
            return FALSE;
        gsize len = strlen(edited);
        if (len > 0 && edited[len - 1] == '\n')
            edited[len - 1] = '\0';
        if (strcmp(edited, before) == 0) {
            shell_print(sh, "%s not changed\n", What);
            return TRUE;
        }
        g_free(text);
        text = g_steal_pointer(&edited);
    }
    int bad = virDomainSetMetadata(dom, title ? VIR_DOMAIN_METADATA_TITLE : VIR_DOMAIN_METADATA_DESCRIPTION, text, NULL, NULL, flags);
    if (bad < 0) {
        g_autofree char *fails = g_strdup_printf("Failed to set new domain %s", what);
        return shell_outcome(sh, FALSE, NULL, fails, NULL, NULL);
    }
    shell_note(sh, "%s updated successfully", What);
    return TRUE;
}

gboolean
run_metadata(Shell *sh, const Args *args)
{
    const char *uri = args_string(args, "uri"), *key = args_string(args, "key"), *text = args_string(args, "set");
    unsigned int flags = args_flags(args);
    gboolean edit = args_flag(args, "edit"), remove = args_flag(args, "remove");
    g_autofree char *edited = NULL;
    if ((text || edit) && !key) {
        shell_error(sh, "%s", "namespace key is required when modifying metadata");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    g_autofree char *before = text || remove ? NULL : virDomainGetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, uri, flags);
    if (!text && !remove && !edit) {
        if (before)
            shell_print(sh, "%s\n", before);
        return before != NULL;
    }
    if (edit) {
        virResetLastError();
        text = edited = shell_edit(sh, before ? before : "\n");
        if (!edited)
            return FALSE;
        if (before && strcmp(before, edited) == 0) {
            shell_print(sh, "%s", "Metadata not changed");
            return TRUE;
        }
    }
    if (virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, text, key, uri, flags) < 0)
        return FALSE;
    shell_note(sh, "%s\n", remove ? "Metadata removed" : "Metadata modified");
    return TRUE;
}

static int
choose(Shell *sh, const char *const *words, const char *text, const char *what)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
    }
    shell_error(sh, "Invalid %s '%s'", what, text);
    return -1;
}

gboolean
run_set_lifecycle_action(Shell *sh, const Args *args)
{
    static const char *const types[] = {"poweroff", "reboot", "crash", NULL};
    static const char *const actions[] = {"destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart", NULL};
    g_autoptr(virDomain) dom = NULL;
    int type = choose(sh, types, args_string(args, "type"), "lifecycle type");
    int action = type < 0 ? -1 : choose(sh, actions, args_string(args, "action"), "lifecycle action");
    if (action < 0 || !(dom = shell_domain(sh, args, NULL)))
        return FALSE;
    return virDomainSetLifecycleAction(dom, (unsigned int)type, (unsigned int)action, args_flags(args)) == 0 ||
           shell_outcome(sh, FALSE, NULL, "Unable to change lifecycle action.", NULL, NULL);
}

gboolean
run_dompmsuspend(Shell *sh, const Args *args)
{
    static const char *const targets[] = {"mem", "disk", "hybrid", NULL};
    const char *name;
    long long seconds = 0;
    if (args_number(sh, args, "duration", 0, G_MAXINT64, &seconds) < 0)
        return FALSE;
    int target = choose(sh, targets, args_string(args, "target"), "target");
    g_autoptr(virDomain) dom = target < 0 ? NULL : shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    return shell_outcome(sh, virDomainPMSuspendForDuration(dom, (unsigned int)target, (unsigned long long)seconds, 0) == 0,
                         "Domain '%t' successfully suspended", "Domain '%t' could not be suspended", NULL, name);
}
