/* From what the user typed to an object: an id, a UUID or a name. */
#include "shell/shell.h"

#include <string.h>

void
shell_domain_free(virDomainPtr dom)
{
    /* Freeing clears the thread's error, which the report after the command still needs. */
    virErrorPtr before = virGetLastErrorCode() != VIR_ERR_OK ? virSaveLastError() : NULL;
    virDomainFree(dom);
    shell_keep_error(before);
}

static virDomainPtr
by_id(Shell *sh, const char *text)
{
    char *end;
    gint64 id = g_ascii_strtoll(text, &end, 10);
    if (end == text || *end || id < 0 || id > G_MAXINT)
        return NULL;
    return virDomainLookupByID(sh->conn, (int)id);
}

virDomainPtr
shell_domain(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = args_string(args, "domain");
    if (ret_name)
        *ret_name = text;
    virDomainPtr dom = by_id(sh, text);
    if (!dom && strlen(text) == VIR_UUID_STRING_BUFLEN - 1)
        dom = virDomainLookupByUUIDString(sh->conn, text);
    if (!dom)
        dom = virDomainLookupByName(sh->conn, text);
    if (!dom) {
        /* "Not found" adds nothing to the sentence below; anything else is the cause. */
        if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
            virResetLastError();
        shell_save_error(sh);
        shell_error(sh, "failed to get domain '%s'", text);
        return NULL;
    }
    virResetLastError();
    return dom;
}
