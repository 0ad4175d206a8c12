/* Media in drives. */
#include "shell/commands.h"

#include <string.h>

#include "shell/element.h"

/* The drive of DOC that NAME means: its target, or the image in it. */
static const Element *
find_drive(const Element *doc, const char *name, guint *ret_index)
{
    static const char *const sources[] = {"file", "dev", "dir", "name"};
    const Element *devices = element_at(doc, "devices");
    guint index = 0;
    for (const Element *e = NULL; (e = element_next(devices, e, "disk")); index++) {
        const char *device = element_attr(e, "device");
        gboolean meant = g_strcmp0(element_attr_at(e, "target", "dev"), name) == 0;
        for (gsize i = 0; !meant && i < G_N_ELEMENTS(sources); i++)
            meant = g_strcmp0(element_attr_at(e, "source", sources[i]), name) == 0;
        *ret_index = index;
        if (meant && (g_strcmp0(device, "cdrom") == 0 || g_strcmp0(device, "floppy") == 0))
            return e;
    }
    return NULL;
}

/* The drive, which is disk INDEX of XML, with SOURCE (NULL: none) in the place of what is in it.  The library prints one element
 * as one stretch of lines. */
static char *
with_source(const char *xml, guint index, const char *source, gboolean block)
{
    const char *begin = strstr(xml, "<devices>"), *end = begin;
    for (guint i = 0; begin && i <= index; i++) {
        begin = strstr(end, "<disk ");
        end = begin ? strstr(begin, "</disk>") : NULL;
        if (!end)
            return NULL;
        end += strlen("</disk>");
    }
    if (!begin)
        return NULL;
    g_autofree char *text = g_strndup(begin, (gsize)(end - begin));
    g_autoptr(GRegex) old = g_regex_new("\\n\\s*<(source|backingStore|mirror)\\b[^>]*(/>|>.*?</\\1>)", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GRegex) type = g_regex_new("^<disk type=(['\"])[a-z]+", 0, 0, NULL);
    g_autofree char *bare = g_regex_replace_literal(old, text, -1, 0, "", 0, NULL);
    g_autofree char *typed = g_regex_replace(type, bare, -1, 0, block ? "<disk type=\\1block" : "<disk type=\\1file", 0, NULL);
    const char *target = strstr(typed, "<target ");
    if (!source || !target)
        return g_steal_pointer(&typed);
    g_autofree char *element = g_markup_printf_escaped("<source %s='%s'/>\n      ", block ? "dev" : "file", source);
    return g_strdup_printf("%.*s%s%s", (int)(target - typed), typed, element, target);
}

gboolean
run_change_media(Shell *sh, const Args *args)
{
    static const char *const done[] = {"Successfully ejected media.", "Successfully inserted media.", "Successfully updated media."};
    static const char *const actions[] = {"eject", "insert", "update"};
    enum { EJECT, INSERT, UPDATE };
    const char *path = args_string(args, "path"), *source = args_string(args, "source");
    gboolean config = args_flag(args, "config"), live = args_flag(args, "live");
    int action = args_flag(args, "eject") ? EJECT : args_flag(args, "insert") ? INSERT : UPDATE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (action == UPDATE && args_flag(args, "update") && !source)
        action = EJECT;
    if (action == EJECT ? source != NULL : !source) {
        shell_error(sh, "%s", action == EJECT ? "Option --source is no use with --eject" : "New disk media source was not specified");
        return FALSE;
    }
    unsigned int xml_flags = config && !live ? VIR_DOMAIN_XML_INACTIVE : 0;
    g_autofree char *xml = virDomainGetXMLDesc(dom, xml_flags);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return FALSE;
    guint index;
    const Element *drive = find_drive(doc, path, &index);
    if (!drive) {
        shell_error(sh, "No disk found whose source path or target is %s", path);
        return FALSE;
    }
    const Element *loaded = element_at(drive, "source");
    if (action == INSERT && (element_attr(loaded, "file") || element_attr(loaded, "dev"))) {
        shell_error(sh, "The disk device '%s' already has media", path);
        return FALSE;
    }
    gboolean block = source ? args_flag(args, "block") : g_strcmp0(element_attr(drive, "type"), "block") == 0;
    g_autofree char *changed = with_source(xml, index, source, block);
    if (!changed) {
        shell_error(sh, "cannot find drive '%s' in the domain's XML", path);
        return FALSE;
    }
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s", changed);
        return TRUE;
    }
    g_autofree char *fails = g_strdup_printf("Failed to complete action %s on media", actions[action]);
    if (virDomainUpdateDeviceFlags(dom, changed, args_flags(args)) < 0)
        return shell_outcome(sh, FALSE, NULL, fails, NULL, NULL);
    shell_note(sh, "%s", done[action]);
    return TRUE;
}
