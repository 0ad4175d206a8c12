/* Commands about the shell itself. */
#include "shell/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shell/completion.h"
#include "shell/report.h"

gboolean
run_cd(Shell *sh, const Args *args)
{
    const char *folder = args_string(args, "dir");
    if (!folder)
        folder = g_get_home_dir();
    if (chdir(folder) < 0) {
        shell_error(sh, "cd: %s: %s", folder, g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

gboolean
run_pwd(Shell *sh, const Args *args)
{
    g_autofree char *folder = g_get_current_dir();
    shell_print(sh, "%s\n", folder);
    return TRUE;
}

/* TEXT so that a shell reads it back as one word. */
static char *
quote_for_shell(const char *text)
{
    if (*text && !strpbrk(text, "\r\t\n !\"#$&'()*;<>?[\\]^`{|}~"))
        return g_strdup(text);
    return g_shell_quote(text);
}

/* Each word split at single commas; a double comma is a comma. */
static char **
split_words(const char *const *words)
{
    GPtrArray *parts = g_ptr_array_new();
    for (; *words; words++) {
        g_autoptr(GString) part = g_string_new(NULL);
        for (const char *p = *words; *p; p++) {
            if (p[0] == ',' && p[1] != ',') {
                g_ptr_array_add(parts, g_strdup(part->str));
                g_string_truncate(part, 0);
                continue;
            }
            p += p[0] == ',';
            g_string_append_c(part, *p);
        }
        g_ptr_array_add(parts, g_strdup(part->str));
    }
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_free(parts, FALSE);
}

gboolean
run_echo(Shell *sh, const Args *args)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_auto(GStrv) parts = args_flag(args, "split") ? split_words(args_words(args, "string")) : NULL;
    for (const char *const *w = parts ? (const char *const *)parts : args_words(args, "string"); *w; w++) {
        g_autofree char *xml = args_flag(args, "xml") ? g_markup_escape_text(*w, -1) : g_strdup(*w);
        g_autofree char *word = args_flag(args, "shell") ? quote_for_shell(xml) : g_strdup(xml);
        g_string_append_printf(line, "%s%s", line->len ? " " : "", word);
    }
    if (args_flag(args, "prefix"))
        g_string_prepend(line, args_string(args, "prefix"));
    if (args_flag(args, "err"))
        shell_error(sh, "%s", line->str);
    else
        shell_print(sh, "%s", line->str);
    return TRUE;
}

gboolean
run_quit(Shell *sh, const Args *args)
{
    sh->quit = TRUE;
    return TRUE;
}

static void
print_group(Shell *sh, const Group *g)
{
    shell_print(sh, " %s (help keyword '%s'):\n", g->name, g->keyword);
    for (const Command *c = g->commands; c->name; c++) {
        if (!(c->flags & COMMAND_HIDDEN) && !c->alias_of)
            shell_print(sh, "    %-30s %s\n", c->name, c->help);
    }
    shell_print(sh, "\n");
}

/* A command as programs see it: its options. */
static void
report_options(Shell *sh, const Command *command)
{
    static const char *const kinds[] = {"boolean", "string", "number", "string", "words", "alias"};
    static const Column columns[] = {{"command", NULL}, {"option", NULL}, {"type", NULL},      {"required", NULL},
                                     {"by_position", NULL}, {"alias_of", NULL}, {"help", NULL}, {NULL}};
    g_autoptr(Report) report = report_list(columns);
    for (const Option *o = command->options; o && o->name; o++) {
        gboolean alias = o->kind == OPT_ALIAS, by_position = o->kind != OPT_BOOL && !alias && !(o->flags & OPTION_NAMED);
        gboolean required = o->kind == OPT_DATA || (o->flags & OPTION_REQUIRED) != 0;
        report_row(report);
        put_text(report, NULL, NULL, command->name);
        put_text(report, NULL, NULL, o->name);
        put_text(report, NULL, NULL, kinds[o->kind]);
        put_bool(report, NULL, NULL, required, yes_no(required));
        put_bool(report, NULL, NULL, by_position, yes_no(by_position));
        put_text(report, NULL, NULL, alias ? o->help : NULL);
        put_text(report, NULL, NULL, alias ? NULL : o->help);
    }
    report_print(sh, report, FALSE);
}

gboolean
run_complete(Shell *sh, const Args *args)
{
    const char *const *words = args_words(args, "string");
    g_autoptr(Completion) found = shell_complete(sh, words);
    for (guint i = 0; i < found->found->len; i++)
        shell_print(sh, "%s\n", (const char *)found->found->pdata[i]);
    return TRUE;
}

/* Whether the tables hold together: every name once, every option with a sense. */
gboolean
run_self_test(Shell *sh, const Args *args)
{
    gboolean dump = args_flag(args, "dump-help");
    for (const Group *g = shell_groups; g->name; g++) {
        for (const Command *c = g->commands; c->name; c++) {
            if (c->alias_of ? !shell_find_command(c->alias_of) : !c->run) {
                shell_error(sh, "command '%s' leads nowhere", c->name);
                return FALSE;
            }
            if (!c->alias_of && shell_find_command(c->name) != c) {
                shell_error(sh, "there are two commands '%s'", c->name);
                return FALSE;
            }
            if (dump && !c->alias_of)
                shell_print_help(sh, c);
        }
    }
    return TRUE;
}

gboolean
run_help(Shell *sh, const Args *args)
{
    const char *name = args_string(args, "command");
    if (!name) {
        shell_print(sh, "Grouped commands:\n\n");
        for (const Group *g = shell_groups; g->name; g++)
            print_group(sh, g);
        return TRUE;
    }
    const Command *command = shell_find_command(name);
    if (command && sh->format != FORMAT_TEXT) {
        report_options(sh, command);
        return TRUE;
    }
    if (command) {
        shell_print_help(sh, command);
        return TRUE;
    }
    for (const Group *g = shell_groups; g->name; g++) {
        if (g_ascii_strcasecmp(g->keyword, name) == 0 || strcmp(g->name, name) == 0) {
            print_group(sh, g);
            return TRUE;
        }
    }
    shell_error(sh, "command or command group '%s' doesn't exist", name);
    return FALSE;
}
