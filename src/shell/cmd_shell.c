/* Commands about the shell itself. */
#include "shell/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

gboolean
run_connect(Shell *sh, const Args *args)
{
    shell_disconnect(sh);
    g_free(sh->uri);
    sh->uri = g_strdup(args_string(args, "name"));
    sh->read_only = args_flag(args, "readonly");
    return shell_connect(sh);
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
