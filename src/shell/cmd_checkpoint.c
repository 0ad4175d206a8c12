/* Commands about checkpoints of domains and the backups that they serve. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"
#include "shell/spec.h"
#include "shell/tree.h"

/* The checkpoint that option checkpointname means, and its domain. */
static virDomainCheckpointPtr
chosen(Shell *sh, const Args *args, virDomainPtr *ret_dom)
{
    const char *name = args_string(args, "checkpointname");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return NULL;
    if (!name) {
        shell_error(sh, "%s", "--checkpointname is required");
        return NULL;
    }
    virDomainCheckpointPtr checkpoint = virDomainCheckpointLookupByName(dom, name, 0);
    if (checkpoint && ret_dom)
        *ret_dom = g_steal_pointer(&dom);
    return checkpoint;
}

/* Make the checkpoint that XML (from PATH, or NULL) describes. */
static gboolean
make(Shell *sh, virDomainPtr dom, const char *xml, unsigned int flags, const char *path)
{
    g_autoptr(virDomainCheckpoint) checkpoint = virDomainCheckpointCreateXML(dom, xml, flags);
    if (!checkpoint)
        return FALSE;
    const char *name = virDomainCheckpointGetName(checkpoint);
    if (path)
        shell_note(sh, "Domain checkpoint %s created from '%s'", name, path);
    else
        shell_note(sh, "Domain checkpoint %s created", name);
    return TRUE;
}

gboolean
run_checkpoint_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "xmlfile");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = !dom ? NULL : path ? shell_read_file(sh, path) : g_strdup("<domaincheckpoint/>");
    unsigned int flags = args_flags(args);
    if (flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE)
        flags |= VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
    return xml && make(sh, dom, xml, flags, path);
}

static gboolean
append_disk(Shell *sh, GString *xml, const char *text)
{
    const char *kind = NULL, *bitmap = NULL;
    g_auto(GStrv) words = spec_split(text);
    for (char **word = words + 1; *words && *word; word++) {
        const char *value;
        if ((value = spec_value(*word, "checkpoint")))
            kind = value;
        else if ((value = spec_value(*word, "bitmap")))
            bitmap = value;
        else {
            shell_error(sh, "unable to parse diskspec: %s", text);
            return FALSE;
        }
    }
    g_autofree char *name = g_markup_printf_escaped("    <disk name='%s'", words[0]);
    g_autofree char *kind_text = kind ? g_markup_printf_escaped(" checkpoint='%s'", kind) : NULL;
    g_autofree char *bitmap_text = bitmap ? g_markup_printf_escaped(" bitmap='%s'", bitmap) : NULL;
    g_string_append_printf(xml, "%s%s%s/>\n", name, kind_text ? kind_text : "", bitmap_text ? bitmap_text : "");
    return TRUE;
}

gboolean
run_checkpoint_create_as(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "name"), *description = args_string(args, "description");
    const char *const *disks = args_words(args, "diskspec");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autoptr(GString) xml = g_string_new("<domaincheckpoint>\n");
    if (!dom)
        return FALSE;
    g_autofree char *name_text = name ? g_markup_printf_escaped("  <name>%s</name>\n", name) : NULL;
    g_autofree char *words = description ? g_markup_printf_escaped("  <description>%s</description>\n", description) : NULL;
    g_string_append_printf(xml, "%s%s%s", name_text ? name_text : "", words ? words : "", *disks ? "  <disks>\n" : "");
    for (const char *const *disk = disks; *disk; disk++) {
        if (!append_disk(sh, xml, *disk))
            return FALSE;
    }
    g_string_append_printf(xml, "%s</domaincheckpoint>\n", *disks ? "  </disks>\n" : "");
    if (args_flag(args, "print-xml")) {
        shell_print(sh, "%s\n", xml->str);
        return TRUE;
    }
    return make(sh, dom, xml->str, args_flags(args), NULL);
}

gboolean
run_checkpoint_delete(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    g_autoptr(virDomainCheckpoint) checkpoint = chosen(sh, args, NULL);
    if (!checkpoint)
        return FALSE;
    g_autofree char *name = g_strdup(virDomainCheckpointGetName(checkpoint));
    return shell_outcome(sh, virDomainCheckpointDelete(checkpoint, flags) == 0,
                         flags & VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY ? "Domain checkpoint %s children deleted" : "Domain checkpoint %s deleted",
                         "Failed to delete checkpoint %s", name, NULL);
}

gboolean
run_checkpoint_dumpxml(Shell *sh, const Args *args)
{
    g_autoptr(virDomainCheckpoint) checkpoint = chosen(sh, args, NULL);
    g_autofree char *xml = checkpoint ? virDomainCheckpointGetXMLDesc(checkpoint, args_flags(args)) : NULL;
    return checkpoint && shell_tell_xml(sh, args, xml, NULL, NULL);
}

typedef struct {
    virDomainPtr dom;
    virDomainCheckpointPtr checkpoint;
} Edited;

static char *
get_checkpoint(void *object)
{
    return virDomainCheckpointGetXMLDesc(((Edited *)object)->checkpoint, VIR_DOMAIN_CHECKPOINT_XML_SECURE);
}

static gboolean
put_checkpoint(Shell *sh, const char *xml, void *object)
{
    const Edited *edited = object;
    g_autoptr(virDomainCheckpoint) made = virDomainCheckpointCreateXML(edited->dom, xml, VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE);
    if (made && strcmp(virDomainCheckpointGetName(made), virDomainCheckpointGetName(edited->checkpoint)) != 0) {
        virDomainCheckpointDelete(made, VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY);
        shell_error(sh, "%s", "Cannot rename a checkpoint");
        return FALSE;
    }
    return made != NULL;
}

gboolean
run_checkpoint_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Checkpoint %t XML configuration not changed.", "Checkpoint %t edited."};
    g_autoptr(virDomain) dom = NULL;
    g_autoptr(virDomainCheckpoint) checkpoint = chosen(sh, args, &dom);
    Edited edited = {dom, checkpoint};
    return checkpoint && shell_edit_object(sh, &words, get_checkpoint, put_checkpoint, &edited, virDomainCheckpointGetName(checkpoint));
}

/* The checkpoint before one; NULL without an error when it is the first. */
static virDomainCheckpointPtr
parent_of(virDomainCheckpointPtr checkpoint)
{
    virDomainCheckpointPtr parent = virDomainCheckpointGetParent(checkpoint, 0);
    if (!parent && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN_CHECKPOINT)
        virResetLastError();
    return parent;
}

gboolean
run_checkpoint_info(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = NULL;
    g_autoptr(virDomainCheckpoint) checkpoint = chosen(sh, args, &dom);
    if (!checkpoint)
        return FALSE;
    g_autoptr(virDomainCheckpoint) parent = parent_of(checkpoint);
    int children = virDomainCheckpointListAllChildren(checkpoint, NULL, 0);
    int descendants = virDomainCheckpointListAllChildren(checkpoint, NULL, VIR_DOMAIN_CHECKPOINT_LIST_DESCENDANTS);
    if (children < 0 || descendants < 0)
        return FALSE;
    g_autoptr(Report) report = report_one(16);
    put_text(report, "name", "Name:", virDomainCheckpointGetName(checkpoint));
    put_text(report, "domain", "Domain:", virDomainGetName(dom));
    put_text(report, "parent", "Parent:", parent ? virDomainCheckpointGetName(parent) : NULL);
    put_number(report, "children", "Children:", children, "%d", children);
    put_number(report, "descendants", "Descendants:", descendants, "%d", descendants);
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_checkpoint_parent(Shell *sh, const Args *args)
{
    g_autoptr(virDomainCheckpoint) checkpoint = chosen(sh, args, NULL);
    if (!checkpoint)
        return FALSE;
    g_autoptr(virDomainCheckpoint) parent = parent_of(checkpoint);
    if (!parent) {
        shell_save_error(sh);
        shell_error(sh, "checkpoint '%s' has no parent", virDomainCheckpointGetName(checkpoint));
        return FALSE;
    }
    shell_print(sh, "%s", virDomainCheckpointGetName(parent));
    return TRUE;
}

static int
compare_checkpoints(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virDomainCheckpointGetName(*(virDomainCheckpointPtr *)a), virDomainCheckpointGetName(*(virDomainCheckpointPtr *)b));
}

static void
report_checkpoint(Report *report, virDomainCheckpointPtr checkpoint, gboolean with_parent)
{
    g_autofree char *xml = virDomainCheckpointGetXMLDesc(checkpoint, VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN);
    g_autoptr(Element) doc = xml ? element_parse(xml) : NULL;
    if (!doc)
        return;
    gint64 created = g_ascii_strtoll(element_text(element_at(doc, "creationTime")), NULL, 10);
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(created);
    g_autofree char *text = when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S %z") : NULL;
    report_row(report);
    put_text(report, NULL, NULL, virDomainCheckpointGetName(checkpoint));
    put_text(report, NULL, NULL, text);
    const Element *parent = element_at(doc, "parent/name");
    if (with_parent && parent)
        put_text(report, NULL, NULL, element_text(parent));
    else if (with_parent)
        put_nothing(report, NULL, NULL, "");
}

gboolean
run_checkpoint_list(Shell *sh, const Args *args)
{
    static const Column brief[] = {{"name", "Name"}, {"created", "Creation Time"}, {NULL}};
    static const Column whole[] = {{"name", "Name"}, {"created", "Creation Time"}, {"parent", "Parent"}, {NULL}};
    const char *from_name = args_string(args, "from");
    gboolean with_parent = args_flag(args, "parent"), as_tree = args_flag(args, "tree");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autoptr(virDomainCheckpoint) from = dom && from_name ? virDomainCheckpointLookupByName(dom, from_name, 0) : NULL;
    if (!dom || (from_name && !from))
        return FALSE;
    if (as_tree && from)
        flags |= VIR_DOMAIN_CHECKPOINT_LIST_DESCENDANTS;
    virDomainCheckpointPtr *list = NULL;
    int n = from ? virDomainCheckpointListAllChildren(from, &list, flags) : virDomainListAllCheckpoints(dom, &list, flags);
    if (n < 0)
        return FALSE;
    if (!(flags & VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL))
        qsort(list, (size_t)n, sizeof(*list), compare_checkpoints);
    g_autoptr(Report) report = report_list(with_parent ? whole : brief);
    g_autoptr(Tree) tree = tree_new();
    gboolean bare = sh->format == FORMAT_TEXT && args_flag(args, "name");
    for (int i = 0; i < n; i++) {
        if (as_tree) {
            g_autoptr(virDomainCheckpoint) parent = parent_of(list[i]);
            tree_add(tree, virDomainCheckpointGetName(list[i]), parent ? virDomainCheckpointGetName(parent) : NULL);
        } else if (bare) {
            shell_print(sh, "%s\n", virDomainCheckpointGetName(list[i]));
        } else {
            report_checkpoint(report, list[i], with_parent);
        }
    }
    if (as_tree)
        tree_print(sh, tree);
    else if (!bare)
        report_print(sh, report, TRUE);
    for (int i = 0; i < n; i++)
        virDomainCheckpointFree(list[i]);
    free(list);
    return TRUE;
}

gboolean
run_backup_begin(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "backupxml"), *checkpoint_path = args_string(args, "checkpointxml");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *xml = !dom ? NULL : path ? shell_read_file(sh, path) : g_strdup("<domainbackup/>");
    g_autofree char *checkpoint = xml && checkpoint_path ? shell_read_file(sh, checkpoint_path) : NULL;
    if (!xml || (checkpoint_path && !checkpoint) || virDomainBackupBegin(dom, xml, checkpoint, args_flags(args)) < 0)
        return FALSE;
    shell_note(sh, "Backup started\n");
    return TRUE;
}
