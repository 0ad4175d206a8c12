/* Where a domain's displays and console are. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"

static Element *
domain_document(Shell *sh, const Args *args, unsigned int flags)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return NULL;
    if (virDomainIsActive(dom) != 1) {
        shell_error(sh, "%s", "Domain is not running");
        return NULL;
    }
    g_autofree char *xml = virDomainGetXMLDesc(dom, flags);
    return xml ? element_parse(xml) : NULL;
}

/* The host to reach a display at: its own, unless it listens everywhere. */
static const char *
reachable(const char *listen)
{
    return !listen || !*listen || strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0 ? "localhost" : listen;
}

/* "vnc://:password@host:1"; NULL when the display has no address yet. */
static char *
display_uri(const Element *graphics, gboolean with_password)
{
    const char *type = element_attr(graphics, "type"), *socket = element_attr(graphics, "socket");
    const char *port = element_attr(graphics, "port"), *tls = element_attr(graphics, "tlsPort");
    const char *host = element_attr(graphics, "listen"), *password = element_attr(graphics, "passwd");
    const Element *listen = element_at(graphics, "listen");
    if (!socket && listen && g_strcmp0(element_attr(listen, "type"), "socket") == 0)
        socket = element_attr(listen, "socket");
    if (!host && listen)
        host = element_attr(listen, "address");
    int number = port ? atoi(port) : 0, tls_number = tls ? atoi(tls) : 0;
    if (!socket && number <= 0 && tls_number <= 0)
        return NULL;
    GString *uri = g_string_new(type);
    g_string_append(uri, socket ? "+unix://" : "://");
    if (with_password && password)
        g_string_append_printf(uri, ":%s@", password);
    if (socket) {
        g_string_append(uri, socket);
        return g_string_free(uri, FALSE);
    }
    host = reachable(host);
    g_string_append_printf(uri, strchr(host, ':') ? "[%s]" : "%s", host);
    if (number > 0)
        g_string_append_printf(uri, ":%d", strcmp(type, "vnc") == 0 ? number - 5900 : number);
    if (tls_number > 0)
        g_string_append_printf(uri, "?tls-port=%d", tls_number);
    return g_string_free(uri, FALSE);
}

gboolean
run_domdisplay(Shell *sh, const Args *args)
{
    static const char *const schemes[] = {"vnc", "spice", "rdp", NULL};
    const char *type = args_string(args, "type");
    gboolean all = args_flag(args, "all"), with_password = args_flag(args, "include-password");
    g_autoptr(Element) doc = domain_document(sh, args, with_password ? VIR_DOMAIN_XML_SECURE : 0);
    if (!doc)
        return FALSE;
    const Element *devices = element_at(doc, "devices");
    gboolean found = FALSE;
    for (const char *const *scheme = schemes; *scheme; scheme++) {
        if (type && strcmp(type, "all") != 0 && strcmp(type, *scheme) != 0)
            continue;
        for (const Element *e = NULL; (e = element_next(devices, e, "graphics"));) {
            g_autofree char *uri = g_strcmp0(element_attr(e, "type"), *scheme) == 0 ? display_uri(e, with_password) : NULL;
            if (!uri || (found && !all))
                continue;
            shell_print(sh, all ? "%s\n" : "%s", uri);
            found = TRUE;
            break;
        }
    }
    if (!found)
        shell_error(sh, type && strcmp(type, "all") != 0 ? "No graphical display with type '%s' found" : "No graphical display found%s",
                    type && strcmp(type, "all") != 0 ? type : "");
    return found;
}

gboolean
run_vncdisplay(Shell *sh, const Args *args)
{
    g_autoptr(Element) doc = domain_document(sh, args, 0);
    if (!doc)
        return FALSE;
    const Element *devices = element_at(doc, "devices");
    for (const Element *e = NULL; (e = element_next(devices, e, "graphics"));) {
        const char *port = element_attr(e, "port"), *host = element_attr(e, "listen");
        if (g_strcmp0(element_attr(e, "type"), "vnc") != 0 || !port || atoi(port) < 0)
            continue;
        if (!host || strcmp(host, "0.0.0.0") == 0)
            host = "";
        shell_print(sh, strchr(host, ':') ? "[%s]:%d\n" : "%s:%d\n", host, atoi(port) - 5900);
        return TRUE;
    }
    shell_error(sh, "%s", "Failed to get VNC port. Is this domain using VNC?");
    return FALSE;
}

gboolean
run_ttyconsole(Shell *sh, const Args *args)
{
    g_autoptr(Element) doc = domain_document(sh, args, 0);
    if (!doc)
        return FALSE;
    const char *tty = element_attr_at(doc, "devices/console", "tty");
    if (tty)
        shell_print(sh, "%s\n", tty);
    return tty != NULL;
}
