/* A domain's devices as XML files describe them, and its cables. */
#include "shell/commands.h"

#include <string.h>

#include "shell/element.h"

/* --persistent: in the definition, and in the running guest if there is one. */
static unsigned int
device_flags(const Args *args, virDomainPtr dom)
{
    unsigned int flags = args_flags(args);
    if (args_flag(args, "persistent"))
        flags |= VIR_DOMAIN_AFFECT_CONFIG | (virDomainIsActive(dom) == 1 ? VIR_DOMAIN_AFFECT_LIVE : 0);
    return flags;
}

typedef struct {
    int (*call)(virDomainPtr dom, const char *xml);                            /* where no flags are needed */
    int (*call_flags)(virDomainPtr dom, const char *xml, unsigned int flags);
    const char *says, *fails;
} DeviceChange;

static gboolean
change_device(Shell *sh, const Args *args, const DeviceChange *change)
{
    const char *path = args_string(args, "file");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = dom ? shell_read_file(sh, path) : NULL;
    if (!xml)
        return FALSE;
    unsigned int flags = device_flags(args, dom);
    int bad = flags || args_flag(args, "current") || !change->call ? change->call_flags(dom, xml, flags) : change->call(dom, xml);
    return shell_outcome(sh, bad == 0, change->says, change->fails, NULL, path);
}

gboolean
run_attach_device(Shell *sh, const Args *args)
{
    static const DeviceChange change = {virDomainAttachDevice, virDomainAttachDeviceFlags, "Device attached successfully",
                                        "Failed to attach device from %t"};
    return change_device(sh, args, &change);
}

gboolean
run_detach_device(Shell *sh, const Args *args)
{
    static const DeviceChange change = {virDomainDetachDevice, virDomainDetachDeviceFlags, "Device detached successfully",
                                        "Failed to detach device from %t"};
    return change_device(sh, args, &change);
}

gboolean
run_update_device(Shell *sh, const Args *args)
{
    static const DeviceChange change = {NULL, virDomainUpdateDeviceFlags, "Device updated successfully",
                                        "Failed to update device from %t"};
    return change_device(sh, args, &change);
}

/* The interface of DOC that NAME means: its name on the host, or its MAC address. */
static const Element *
find_interface(const Element *doc, const char *name)
{
    const Element *devices = element_at(doc, "devices");
    for (const Element *e = NULL; (e = element_next(devices, e, "interface"));) {
        const char *target = element_attr_at(e, "target", "dev"), *mac = element_attr_at(e, "mac", "address");
        if ((target && strcmp(target, name) == 0) || (mac && g_ascii_strcasecmp(mac, name) == 0))
            return e;
    }
    return NULL;
}

gboolean
run_domif_getlink(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "interface");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = dom ? virDomainGetXMLDesc(dom, args_flag(args, "config") ? VIR_DOMAIN_XML_INACTIVE : 0) : NULL;
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return FALSE;
    const Element *iface = find_interface(doc, name);
    if (!iface) {
        shell_error(sh, "Interface (dev: %s) not found.", name);
        return FALSE;
    }
    const char *state = element_attr_at(iface, "link", "state");
    shell_print(sh, "%s %s", name, state ? state : "up");
    return TRUE;
}

/* XML's text of the element that E is, which begins after AT: the library prints one element as one stretch. */
static char *
interface_text(const char *xml, const Element *doc, const Element *iface)
{
    const Element *devices = element_at(doc, "devices");
    const char *at = strstr(xml, "<devices>");
    for (const Element *e = NULL; at && (e = element_next(devices, e, "interface"));) {
        const char *begin = strstr(at, "<interface "), *end = begin ? strstr(begin, "</interface>") : NULL;
        if (!end)
            return NULL;
        end += strlen("</interface>");
        if (e == iface)
            return g_strndup(begin, (gsize)(end - begin));
        at = end;
    }
    return NULL;
}

gboolean
run_domif_setlink(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "interface"), *state = args_string(args, "state");
    gboolean config = args_flag(args, "config");
    if (strcmp(state, "up") != 0 && strcmp(state, "down") != 0) {
        shell_error(sh, "invalid link state '%s'", state);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    unsigned int flags = config || virDomainIsActive(dom) == 0 ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_LIVE;
    g_autofree char *xml = virDomainGetXMLDesc(dom, flags == VIR_DOMAIN_AFFECT_CONFIG ? VIR_DOMAIN_XML_INACTIVE : 0);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    const Element *iface = doc ? find_interface(doc, name) : NULL;
    if (!iface) {
        shell_error(sh, "interface '%s' not found", name);
        return FALSE;
    }
    g_autofree char *text = interface_text(xml, doc, iface);
    if (!text) {
        shell_error(sh, "%s", "Failed to update link state");
        return FALSE;
    }
    g_autoptr(GRegex) link = g_regex_new("\\n\\s*<link [^>]*/>", 0, 0, NULL);
    g_autofree char *bare = g_regex_replace(link, text, -1, 0, "", 0, NULL);
    bare[strlen(bare) - strlen("</interface>")] = '\0';
    g_autofree char *changed = g_strdup_printf("%s  <link state='%s'/>\n    </interface>", bare, state);
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", changed);
        return TRUE;
    }
    return shell_outcome(sh, virDomainUpdateDeviceFlags(dom, changed, flags) == 0, "Device updated successfully",
                         "Failed to update interface link state", NULL, NULL);
}

/* The one memory device of DOC that can change and that the options mean; NULL after an error was told. */
static const Element *
find_memory(Shell *sh, const Args *args, const Element *doc, guint *ret_index)
{
    const char *alias = args_string(args, "alias"), *node = args_string(args, "node");
    const Element *devices = element_at(doc, "devices"), *found = NULL;
    guint index = 0;
    for (const Element *e = NULL; (e = element_next(devices, e, "memory")); index++) {
        if (g_strcmp0(element_attr(e, "model"), "virtio-mem") != 0 || (alias && g_strcmp0(element_attr_at(e, "alias", "name"), alias) != 0) ||
            (node && g_strcmp0(element_text(element_at(e, "target/node")), node) != 0))
            continue;
        if (found) {
            shell_error(sh, "%s", "multiple memory devices found, use --alias or --node to select one");
            return NULL;
        }
        found = e;
        *ret_index = index;
    }
    if (!found)
        shell_error(sh, "%s", "no memory device found");
    return found;
}

gboolean
run_update_memory_device(Shell *sh, const Args *args)
{
    const char *size = args_string(args, "requested-size");
    unsigned long long bytes = 0;
    unsigned int flags = args_flags(args);
    guint index = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = dom ? virDomainGetXMLDesc(dom, flags & VIR_DOMAIN_AFFECT_CONFIG ? VIR_DOMAIN_XML_INACTIVE : 0) : NULL;
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc || !find_memory(sh, args, doc, &index))
        return FALSE;
    const char *begin = strstr(xml, "<devices>"), *end = begin;
    for (guint i = 0; begin && i <= index; i++) {
        begin = strstr(end, "<memory ");
        end = begin ? strstr(begin, "</memory>") : NULL;
        if (!end)
            return FALSE;
    }
    g_autofree char *text = g_strdup_printf("%.*s</memory>", (int)(end - begin), begin), *changed = NULL;
    if (size) {
        g_autofree char *given = *size && g_ascii_isdigit(size[strlen(size) - 1]) ? g_strdup_printf("%sKiB", size) : g_strdup(size);
        if (!shell_size(sh, "requested-size", given, &bytes))
            return FALSE;
        g_autoptr(GRegex) old = g_regex_new("<requested [^>]*>[^<]*</requested>", 0, 0, NULL);
        g_autofree char *now = g_strdup_printf("<requested unit='KiB'>%llu</requested>", bytes / 1024);
        changed = g_regex_replace_literal(old, text, -1, 0, now, 0, NULL);
    } else {
        changed = g_steal_pointer(&text);
    }
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", changed);
        return TRUE;
    }
    return virDomainUpdateDeviceFlags(dom, changed, flags) == 0;
}
