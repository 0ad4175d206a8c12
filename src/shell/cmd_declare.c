/* apply and diff: files that say what is to be, made true, or held against what is. */
#include "shell/commands.h"

#include <string.h>

#include "shell/declare.h"
#include "shell/report.h"

static gint
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files that PATH means: itself, or those named *.xml in it.  NULL after an error was told. */
static GPtrArray *
files_of(Shell *sh, const char *path)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(files, g_strdup(path));
        return files;
    }
    g_autoptr(GError) problem = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &problem);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".xml"))
            g_ptr_array_add(files, g_build_filename(path, name, NULL));
    }
    g_ptr_array_sort(files, by_name);
    if (dir && files->len)
        return files;
    shell_error(sh, "%s: %s", path, problem ? problem->message : "there is no file *.xml here");
    g_ptr_array_unref(files);
    return NULL;
}

/* All documents, in the order in which one needs another; NULL after an error was told.  Nothing is changed before all are read. */
static GPtrArray *
read_all(Shell *sh, const Args *args)
{
    g_autoptr(GPtrArray) files = files_of(sh, args_string(args, "file"));
    if (!files)
        return NULL;
    g_autoptr(GPtrArray) read = g_ptr_array_new_with_free_func((GDestroyNotify)declared_free);
    for (guint i = 0; i < files->len; i++) {
        char *xml = shell_read_file(sh, files->pdata[i]);
        Declared *declared = xml ? declared_parse(sh, files->pdata[i], xml) : NULL;
        if (!declared)
            return NULL;
        g_ptr_array_add(read, declared);
    }
    GPtrArray *ordered = g_ptr_array_new_with_free_func((GDestroyNotify)declared_free);
    for (guint k = 0; k < n_declare_kinds; k++) {
        for (guint i = 0; i < read->len; i++) {
            Declared *declared = read->pdata[i];
            if (declared && declared->kind == &declare_kinds[k]) {
                g_ptr_array_add(ordered, declared);
                read->pdata[i] = NULL;
            }
        }
    }
    g_ptr_array_set_free_func(read, NULL);
    return ordered;
}

/* How DECLARED differs from OBJECT; NULL after an error was told. */
static GPtrArray *
differences(Shell *sh, const Declared *declared, void *object)
{
    char *xml = declared->kind->xml(object);
    g_autoptr(Element) have = xml ? element_parse(xml) : NULL;
    free(xml);
    if (have)
        return declare_differences(declared->root, have);
    shell_save_error(sh);
    shell_error(sh, "cannot read the %s '%s'", declared->kind->tag, declared->name);
    return NULL;
}

static const Column columns[] = {{"kind", NULL}, {"name", NULL}, {"change", NULL}, {"path", NULL}, {"is", NULL}, {"wanted", NULL}, {NULL}};

static void
put_row(Report *report, const char *kind, const char *name, const char *change, const Difference *d)
{
    report_row(report);
    put_text(report, NULL, NULL, kind);
    put_text(report, NULL, NULL, name);
    put_text(report, NULL, NULL, change);
    put_text(report, NULL, NULL, d ? d->path : NULL);
    put_text(report, NULL, NULL, d ? d->is : NULL);
    put_text(report, NULL, NULL, d ? d->wanted : NULL);
}

static void
tell(Shell *sh, Report *report, const char *kind, const char *name, const char *change, const GPtrArray *found)
{
    for (guint i = 0; found && i < found->len; i++)
        put_row(report, kind, name, change, found->pdata[i]);
    if (!found || !found->len)
        put_row(report, kind, name, change, NULL);
    if (sh->format != FORMAT_TEXT)
        return;
    shell_print(sh, "%s '%s' %s\n", kind, name, change);
    for (guint i = 0; found && i < found->len; i++) {
        const Difference *d = found->pdata[i];
        if (d->is && d->wanted)
            shell_print(sh, "  %s: '%s' -> '%s'\n", d->path, d->is, d->wanted);
        else
            shell_print(sh, "  %s %s\n", d->wanted ? "+" : "-", d->path);
    }
}

gboolean
run_diff(Shell *sh, const Args *args)
{
    g_autoptr(GPtrArray) all = read_all(sh, args);
    g_autoptr(Report) report = report_list(columns);
    for (guint i = 0; all && i < all->len; i++) {
        const Declared *declared = all->pdata[i];
        void *object = declared->kind->find(sh, declared);
        g_autoptr(GPtrArray) found = object ? differences(sh, declared, object) : NULL;
        virResetLastError();
        if (!object)
            tell(sh, report, declared->kind->tag, declared->name, "is missing", NULL);
        else if (found && found->len)
            tell(sh, report, declared->kind->tag, declared->name, "differs", found);
        if (object)
            declared->kind->free(object);
        if (object && !found)
            return FALSE;
    }
    if (all && sh->format != FORMAT_TEXT)
        report_print(sh, report, FALSE);
    return all != NULL;
}

/* DECLARED's XML for OBJECT, which keeps its UUID. */
static char *
with_uuid(const Declared *declared, void *object)
{
    char *xml = object ? declared->kind->xml(object) : NULL;
    g_autoptr(Element) have = xml ? element_parse(xml) : NULL;
    free(xml);
    const Element *uuid = have && !element_at(declared->root, "uuid") ? element_at(have, "uuid") : NULL;
    g_autofree char *tag = g_strdup_printf("<%s", declared->kind->tag);
    const char *at = uuid ? strstr(declared->xml, tag) : NULL;
    for (char quote = 0; at && *at && (quote || *at != '>'); at++)
        quote = quote ? (*at == quote ? 0 : quote) : *at == '\'' || *at == '"' ? *at : 0;
    if (!at || !*at)
        return g_strdup(declared->xml);
    return g_strdup_printf("%.*s<uuid>%s</uuid>%s", (int)(at + 1 - declared->xml), declared->xml, element_text(uuid), at + 1);
}

/* Started, started with the host, marked: whatever is wanted and not yet so. */
static gboolean
settle(Shell *sh, const Args *args, const Declared *declared)
{
    const DeclareKind *kind = declared->kind;
    void *object = kind->find(sh, declared);
    gboolean ok = object != NULL;
    if (ok && kind->mark && kind->mark(object) < 0)
        virResetLastError(); /* a driver without metadata: not one to be pruned */
    if (ok && kind->start && args_flag(args, "start") && kind->is_active(object) == 0) {
        ok = kind->start(object) == 0;
        if (ok && sh->format == FORMAT_TEXT)
            shell_print(sh, "%s '%s' started\n", kind->tag, declared->name);
    }
    if (ok && kind->autostart && args_flag(args, "autostart"))
        ok = kind->autostart(object) == 0;
    if (object)
        kind->free(object);
    if (!ok) {
        shell_save_error(sh);
        shell_error(sh, "the %s '%s' is defined, but does not start", kind->tag, declared->name);
    }
    return ok;
}

static gboolean
apply_one(Shell *sh, const Args *args, const Declared *declared, Report *report)
{
    const DeclareKind *kind = declared->kind;
    gboolean dry = args_flag(args, "dry-run");
    void *object = kind->find(sh, declared);
    virResetLastError();
    g_autoptr(GPtrArray) found = object ? differences(sh, declared, object) : NULL;
    gboolean ok = !object || found;
    if (!object || (found && found->len)) {
        g_autofree char *xml = with_uuid(declared, object);
        ok = ok && (dry || kind->put(sh, declared, xml, object));
        if (ok)
            tell(sh, report, kind->tag, declared->name, dry ? (object ? "would change" : "would be made") : object ? "changed" : "made",
                 found);
        if (!ok) {
            shell_save_error(sh);
            shell_error(sh, "%s: the %s '%s' was not %s", declared->file, kind->tag, declared->name, object ? "changed" : "made");
        }
    } else if (ok) {
        tell(sh, report, kind->tag, declared->name, "is as it should be", NULL);
    }
    if (object)
        kind->free(object);
    return ok && (dry || settle(sh, args, declared));
}

/* Remove what came from documents that are not among ALL any more. */
static gboolean
prune(Shell *sh, const Args *args, const GPtrArray *all, Report *report)
{
    gboolean ok = TRUE, dry = args_flag(args, "dry-run");
    for (guint k = 0; k < n_declare_kinds && ok; k++) {
        const DeclareKind *kind = &declare_kinds[k];
        g_autoptr(GPtrArray) marked = kind->marked ? kind->marked(sh) : NULL;
        for (guint i = 0; marked && i < marked->len && ok; i++) {
            const char *name = kind->name(marked->pdata[i]);
            gboolean wanted = FALSE;
            for (guint j = 0; j < all->len; j++) {
                const Declared *declared = all->pdata[j];
                wanted = wanted || (declared->kind == kind && strcmp(declared->name, name) == 0);
            }
            if (wanted)
                continue;
            ok = dry || kind->remove(marked->pdata[i]);
            if (ok)
                tell(sh, report, kind->tag, name, dry ? "would be removed" : "removed", NULL);
            else
                shell_save_error(sh);
            if (!ok)
                shell_error(sh, "the %s '%s' was not removed", kind->tag, name);
        }
    }
    return ok;
}

gboolean
run_apply(Shell *sh, const Args *args)
{
    g_autoptr(GPtrArray) all = read_all(sh, args);
    g_autoptr(Report) report = report_list(columns);
    gboolean ok = all != NULL;
    for (guint i = 0; ok && i < all->len; i++)
        ok = apply_one(sh, args, all->pdata[i], report);
    if (ok && args_flag(args, "prune"))
        ok = prune(sh, args, all, report);
    if (all && sh->format != FORMAT_TEXT)
        report_print(sh, report, FALSE);
    return ok;
}
