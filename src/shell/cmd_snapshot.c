/* Commands about snapshots of domains. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"
#include "shell/spec.h"
#include "shell/tree.h"

virDomainSnapshotPtr
shell_snapshot(Shell *sh, const Args *args, const char **ret_name)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom ? virDomainSnapshotLookupByName(dom, args_string(args, "snapshotname"), 0) : NULL;
}

/* The snapshot that options snapshotname or current mean, and the domain. */
static virDomainSnapshotPtr
chosen(Shell *sh, const Args *args, virDomainPtr *ret_dom)
{
    const char *name = args_string(args, "snapshotname");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return NULL;
    if (!name && !args_flag(args, "current")) {
        shell_error(sh, "%s", "--snapshotname or --current is required");
        return NULL;
    }
    virDomainSnapshotPtr snapshot = name ? virDomainSnapshotLookupByName(dom, name, 0) : virDomainSnapshotCurrent(dom, 0);
    if (snapshot && ret_dom)
        *ret_dom = g_steal_pointer(&dom);
    return snapshot;
}

/* Take the snapshot that XML (from PATH, or NULL) describes. */
static gboolean
take(Shell *sh, virDomainPtr dom, const char *xml, unsigned int flags, const char *path)
{
    g_autoptr(virDomainSnapshot) snapshot = virDomainSnapshotCreateXML(dom, xml, flags);
    if (!snapshot)
        return FALSE;
    const char *name = virDomainSnapshotGetName(snapshot);
    if (path)
        shell_note(sh, "Domain snapshot %s created from '%s'", name, path);
    else
        shell_note(sh, "Domain snapshot %s created", name);
    return TRUE;
}

gboolean
run_snapshot_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "xmlfile");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = !dom ? NULL : path ? shell_read_file(sh, path) : g_strdup("<domainsnapshot/>");
    return xml && take(sh, dom, xml, args_flags(args), path);
}

static gboolean
append_memory(Shell *sh, GString *xml, const char *text)
{
    const char *kind = NULL, *file = NULL;
    g_auto(GStrv) words = spec_split(text);
    for (char **word = words; *word; word++) {
        const char *value;
        if ((value = spec_value(*word, "snapshot")))
            kind = value;
        else if ((value = spec_value(*word, "file")))
            file = value;
        else if (!strchr(*word, '=') && !file)
            file = *word;
        else {
            shell_error(sh, "unable to parse memspec: %s", text);
            return FALSE;
        }
    }
    g_string_append(xml, "  <memory");
    g_autofree char *kind_text = kind ? g_markup_printf_escaped(" snapshot='%s'", kind) : NULL;
    g_autofree char *file_text = file ? g_markup_printf_escaped(" file='%s'", file) : NULL;
    g_string_append_printf(xml, "%s%s/>\n", kind_text ? kind_text : "", file_text ? file_text : "");
    return TRUE;
}

static gboolean
append_disk(Shell *sh, GString *xml, const char *text)
{
    const char *kind = NULL, *driver = NULL, *file = NULL, *type = NULL;
    g_auto(GStrv) words = spec_split(text);
    for (char **word = words + 1; *words && *word; word++) {
        const char *value;
        if ((value = spec_value(*word, "snapshot")))
            kind = value;
        else if ((value = spec_value(*word, "driver")))
            driver = value;
        else if ((value = spec_value(*word, "stype")))
            type = value;
        else if ((value = spec_value(*word, "file")))
            file = value;
        else {
            shell_error(sh, "unable to parse diskspec: %s", text);
            return FALSE;
        }
    }
    g_autofree char *name = g_markup_printf_escaped("    <disk name='%s'", words[0]);
    g_autofree char *kind_text = kind ? g_markup_printf_escaped(" snapshot='%s'", kind) : NULL;
    g_autofree char *type_text = type ? g_markup_printf_escaped(" type='%s'", type) : NULL;
    g_string_append_printf(xml, "%s%s%s", name, kind_text ? kind_text : "", type_text ? type_text : "");
    if (!driver && !file) {
        g_string_append(xml, "/>\n");
        return TRUE;
    }
    g_autofree char *driver_text = driver ? g_markup_printf_escaped("      <driver type='%s'/>\n", driver) : NULL;
    g_autofree char *file_text = file ? g_markup_printf_escaped("      <source %s='%s'/>\n", g_strcmp0(type, "block") == 0 ? "dev" : "file", file) : NULL;
    g_string_append_printf(xml, ">\n%s%s    </disk>\n", driver_text ? driver_text : "", file_text ? file_text : "");
    return TRUE;
}

gboolean
run_snapshot_create_as(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "name"), *description = args_string(args, "description"), *memory = args_string(args, "memspec");
    const char *const *disks = args_words(args, "diskspec");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autoptr(GString) xml = g_string_new("<domainsnapshot>\n");
    if (!dom)
        return FALSE;
    g_autofree char *name_text = name ? g_markup_printf_escaped("  <name>%s</name>\n", name) : NULL;
    g_autofree char *words = description ? g_markup_printf_escaped("  <description>%s</description>\n", description) : NULL;
    g_string_append_printf(xml, "%s%s", name_text ? name_text : "", words ? words : "");
    if (memory && !append_memory(sh, xml, memory))
        return FALSE;
    if (*disks)
        g_string_append(xml, "  <disks>\n");
    for (const char *const *disk = disks; *disk; disk++) {
        if (!append_disk(sh, xml, *disk))
            return FALSE;
    }
    if (*disks)
        g_string_append(xml, "  </disks>\n");
    g_string_append(xml, "</domainsnapshot>\n");
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s\n", xml->str);
        return TRUE;
    }
    return take(sh, dom, xml->str, flags, NULL);
}

gboolean
run_snapshot_current(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "snapshotname");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (name) {
        g_autoptr(virDomainSnapshot) wanted = virDomainSnapshotLookupByName(dom, name, 0);
        g_autofree char *xml = wanted ? virDomainSnapshotGetXMLDesc(wanted, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
        if (!xml)
            return FALSE;
        g_autoptr(virDomainSnapshot) made = virDomainSnapshotCreateXML(
            dom, xml, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT);
        if (made)
            shell_note(sh, "Snapshot %s set as current", name);
        return made != NULL;
    }
    int has = virDomainHasCurrentSnapshot(dom, 0);
    if (has < 0)
        return FALSE;
    if (has == 0) {
        shell_error(sh, "domain '%s' has no current snapshot", virDomainGetName(dom));
        return FALSE;
    }
    g_autoptr(virDomainSnapshot) current = virDomainSnapshotCurrent(dom, 0);
    if (!current)
        return FALSE;
    if (args_flag(args, "name")) {
        shell_print(sh, "%s", virDomainSnapshotGetName(current));
        return TRUE;
    }
    g_autofree char *xml = virDomainSnapshotGetXMLDesc(current, args_flags(args));
    if (xml)
        shell_print(sh, "%s", xml);
    return xml != NULL;
}

gboolean
run_snapshot_delete(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    g_autoptr(virDomainSnapshot) snapshot = chosen(sh, args, NULL);
    if (!snapshot)
        return FALSE;
    g_autofree char *name = g_strdup(virDomainSnapshotGetName(snapshot));
    return shell_outcome(sh, virDomainSnapshotDelete(snapshot, flags) == 0,
                         flags & VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY ? "Domain snapshot %s children deleted" : "Domain snapshot %s deleted",
                         "Failed to delete snapshot %s", name, NULL);
}

gboolean
run_snapshot_revert(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    g_autoptr(virDomainSnapshot) snapshot = chosen(sh, args, NULL);
    return snapshot && shell_outcome(sh, virDomainRevertToSnapshot(snapshot, flags) == 0, "Domain snapshot %s reverted", NULL,
                                     virDomainSnapshotGetName(snapshot), NULL);
}

gboolean
run_snapshot_parent(Shell *sh, const Args *args)
{
    g_autoptr(virDomainSnapshot) snapshot = chosen(sh, args, NULL);
    if (!snapshot)
        return FALSE;
    g_autoptr(virDomainSnapshot) parent = virDomainSnapshotGetParent(snapshot, 0);
    if (!parent) {
        if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN_SNAPSHOT)
            virResetLastError();
        shell_save_error(sh);
        shell_error(sh, "snapshot '%s' has no parent", virDomainSnapshotGetName(snapshot));
        return FALSE;
    }
    shell_print(sh, "%s", virDomainSnapshotGetName(parent));
    return TRUE;
}

typedef struct {
    virDomainPtr dom;
    virDomainSnapshotPtr snapshot;
    unsigned int flags;
    gboolean rename, clone;
    char *copy; /* the name that it got */
} Edited;

static char *
get_snapshot(void *object)
{
    return virDomainSnapshotGetXMLDesc(((Edited *)object)->snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE);
}

/* Tell the driver about XML.  Under another name that is another snapshot, and one of the two has to go. */
static gboolean
put_snapshot(Shell *sh, const char *xml, void *object)
{
    Edited *edited = object;
    const char *old = virDomainSnapshotGetName(edited->snapshot);
    g_autoptr(virDomainSnapshot) made = virDomainSnapshotCreateXML(edited->dom, xml, edited->flags);
    if (!made)
        return FALSE;
    const char *name = virDomainSnapshotGetName(made);
    if (strcmp(name, old) == 0)
        return TRUE;
    edited->copy = g_strdup(name);
    if (edited->clone)
        return TRUE;
    virDomainSnapshotPtr extra = edited->rename ? edited->snapshot : made;
    if (!edited->rename)
        shell_error(sh, "Use --rename or --clone to change snapshot %s to %s", old, name);
    if (virDomainSnapshotDelete(extra, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) < 0) {
        shell_save_error(sh);
        shell_error(sh, "Failed to clean up %s", virDomainSnapshotGetName(extra));
        return FALSE;
    }
    return edited->rename;
}

gboolean
run_snapshot_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Snapshot %t XML configuration not changed.", ""};
    g_autoptr(virDomain) dom = NULL;
    g_autoptr(virDomainSnapshot) snapshot = chosen(sh, args, &dom);
    if (!snapshot)
        return FALSE;
    Edited edited = {dom, snapshot, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE, args_flag(args, "rename"), args_flag(args, "clone"), NULL};
    if (args_flag(args, "current") && args_flag(args, "snapshotname"))
        edited.flags |= VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT;
    g_autofree char *name = g_strdup(virDomainSnapshotGetName(snapshot)), *before = get_snapshot(&edited);
    gboolean ok = shell_edit_object(sh, &words, get_snapshot, put_snapshot, &edited, name);
    g_autofree char *after = ok && !edited.copy ? get_snapshot(&edited) : NULL, *copy = edited.copy;
    if (ok && copy)
        shell_note(sh, edited.clone ? "Snapshot %s cloned to %s.\n" : "Snapshot %s renamed to %s.\n", name, copy);
    else if (ok && g_strcmp0(before, after) != 0)
        shell_note(sh, "Snapshot %s edited.\n", name);
    else if (!ok)
        shell_error(sh, "Failed to update %s", name);
    return ok;
}

gboolean
run_snapshot_info(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = NULL;
    g_autoptr(virDomainSnapshot) snapshot = chosen(sh, args, &dom);
    g_autofree char *xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, 0) : NULL;
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return FALSE;
    const char *state = element_text(element_at(doc, "state")), *memory = element_attr_at(doc, "memory", "snapshot");
    gboolean external = strcmp(state, "disk-snapshot") == 0 || g_strcmp0(memory, "external") == 0;
    const Element *disks = element_at(doc, "disks");
    for (const Element *e = NULL; (e = element_next(disks, e, "disk"));)
        external = external || g_strcmp0(element_attr(e, "snapshot"), "external") == 0;
    int current = virDomainSnapshotIsCurrent(snapshot, 0), metadata = virDomainSnapshotHasMetadata(snapshot, 0);
    int children = virDomainSnapshotNumChildren(snapshot, 0);
    int descendants = virDomainSnapshotNumChildren(snapshot, VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS);
    g_autoptr(virDomainSnapshot) parent = virDomainSnapshotGetParent(snapshot, 0);
    virResetLastError();
    g_autoptr(Report) report = report_one(16);
    put_text(report, "name", "Name:", virDomainSnapshotGetName(snapshot));
    put_text(report, "domain", "Domain:", virDomainGetName(dom));
    if (current >= 0)
        put_bool(report, "current", "Current:", current, yes_no(current));
    put_text(report, "state", "State:", state);
    put_text(report, "location", "Location:", external ? "external" : "internal");
    put_text(report, "parent", "Parent:", parent ? virDomainSnapshotGetName(parent) : NULL);
    if (children >= 0)
        put_number(report, "children", "Children:", children, "%d", children);
    if (descendants >= 0)
        put_number(report, "descendants", "Descendants:", descendants, "%d", descendants);
    if (metadata >= 0)
        put_bool(report, "metadata", "Metadata:", metadata, yes_no(metadata));
    report_print(sh, report, TRUE);
    return TRUE;
}

static int
compare_snapshots(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virDomainSnapshotGetName(*(virDomainSnapshotPtr *)a), virDomainSnapshotGetName(*(virDomainSnapshotPtr *)b));
}

static void
report_snapshot(Report *report, virDomainSnapshotPtr snapshot, gboolean with_parent)
{
    g_autofree char *xml = virDomainSnapshotGetXMLDesc(snapshot, 0);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return;
    gint64 created = g_ascii_strtoll(element_text(element_at(doc, "creationTime")), NULL, 10);
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(created);
    g_autofree char *text = when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S %z") : NULL;
    report_row(report);
    put_text(report, NULL, NULL, virDomainSnapshotGetName(snapshot));
    put_text(report, NULL, NULL, text);
    put_text(report, NULL, NULL, element_text(element_at(doc, "state")));
    if (with_parent) {
        const Element *parent = element_at(doc, "parent/name");
        if (parent)
            put_text(report, NULL, NULL, element_text(parent));
        else
            put_nothing(report, NULL, NULL, "");
    }
}

static void
print_snapshot_tree(Shell *sh, virDomainSnapshotPtr *list, int n)
{
    g_autoptr(Tree) tree = tree_new();
    for (int i = 0; i < n; i++) {
        g_autoptr(virDomainSnapshot) parent = virDomainSnapshotGetParent(list[i], 0);
        tree_add(tree, virDomainSnapshotGetName(list[i]), parent ? virDomainSnapshotGetName(parent) : NULL);
    }
    virResetLastError();
    tree_print(sh, tree);
}

gboolean
run_snapshot_list(Shell *sh, const Args *args)
{
    static const Column brief[] = {{"name", "Name"}, {"created", "Creation Time"}, {"state", "State"}, {NULL}};
    static const Column whole[] = {{"name", "Name"}, {"created", "Creation Time"}, {"state", "State"}, {"parent", "Parent"}, {NULL}};
    const char *from_name = args_string(args, "from");
    gboolean with_parent = args_flag(args, "parent"), tree = args_flag(args, "tree");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autoptr(virDomainSnapshot) from = NULL;
    if (!dom)
        return FALSE;
    if (from_name || args_flag(args, "current")) {
        from = from_name ? virDomainSnapshotLookupByName(dom, from_name, 0) : virDomainSnapshotCurrent(dom, 0);
        if (!from)
            return FALSE;
    }
    if (tree && from)
        flags |= VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS;
    virDomainSnapshotPtr *list = NULL;
    int n = from ? virDomainSnapshotListAllChildren(from, &list, flags) : virDomainListAllSnapshots(dom, &list, flags);
    if (n < 0)
        return FALSE;
    if (!(flags & VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL))
        qsort(list, (size_t)n, sizeof(*list), compare_snapshots);
    g_autoptr(Report) report = report_list(with_parent ? whole : brief);
    gboolean bare = sh->format == FORMAT_TEXT && args_flag(args, "name");
    for (int i = 0; i < n; i++) {
        if (bare)
            shell_print(sh, "%s\n", virDomainSnapshotGetName(list[i]));
        else if (!tree)
            report_snapshot(report, list[i], with_parent);
    }
    if (tree)
        print_snapshot_tree(sh, list, n);
    else if (!bare)
        report_print(sh, report, TRUE);
    for (int i = 0; i < n; i++)
        virDomainSnapshotFree(list[i]);
    free(list);
    return TRUE;
}
