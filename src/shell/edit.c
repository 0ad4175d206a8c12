/* Changing a document in the user's editor: $VISUAL, $EDITOR, or vi; a refused text can be edited again. */
#include "shell/shell.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
editor_of_user(void)
{
    const char *named = g_getenv("VISUAL");
    if (!named || !*named)
        named = g_getenv("EDITOR");
    return named && *named ? named : "vi";
}

static gboolean
run_editor(Shell *sh, const char *path)
{
    g_auto(GStrv) words = NULL;
    g_autoptr(GError) problem = NULL;
    const char *editor = editor_of_user();
    int n = 0, status = 0;
    if (!g_shell_parse_argv(editor, &n, &words, &problem)) {
        shell_error(sh, "cannot use '%s' as an editor: %s", editor, problem->message);
        return FALSE;
    }
    g_autoptr(GPtrArray) command = g_ptr_array_new();
    for (int i = 0; i < n; i++)
        g_ptr_array_add(command, words[i]);
    g_ptr_array_add(command, (char *)path);
    g_ptr_array_add(command, NULL);
    if (!g_spawn_sync(NULL, (char **)command->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                      NULL, &status, &problem) ||
        !g_spawn_check_wait_status(status, &problem)) {
        shell_error(sh, "editor '%s' failed: %s", editor, problem->message);
        return FALSE;
    }
    return TRUE;
}

char *
shell_edit(Shell *sh, const char *text)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "virshXXXXXX.xml", NULL);
    g_autofree char *result = NULL;
    g_autoptr(GError) problem = NULL;
    int fd = g_mkstemp(path);
    if (fd < 0) {
        shell_error(sh, "cannot make a file to edit in %s: %s", g_get_tmp_dir(), g_strerror(errno));
        return NULL;
    }
    gsize len = strlen(text);
    gboolean ok = write(fd, text, len) == (gssize)len;
    if (close(fd) < 0 || !ok) {
        shell_error(sh, "cannot write '%s': %s", path, g_strerror(errno));
    } else if (run_editor(sh, path) && !g_file_get_contents(path, &result, NULL, &problem)) {
        shell_error(sh, "%s", problem->message);
    }
    unlink(path);
    return g_steal_pointer(&result);
}

gboolean
shell_edit_again(Shell *sh)
{
    shell_report_error(sh);
    if (!isatty(STDIN_FILENO))
        return FALSE;
    for (;;) {
        shell_print(sh, "Failed. Try again? [y,n,?]: ");
        fflush(stdout);
        char line[16];
        if (!fgets(line, sizeof(line), stdin) || line[0] == 'n')
            return FALSE;
        if (line[0] == 'y')
            return TRUE;
        shell_print(sh, "y - yes, start the editor again\nn - no, throw my changes away\n");
    }
}

gboolean
shell_edit_object(Shell *sh, const EditWords *words, char *(*get)(void *object), gboolean (*put)(Shell *sh, const char *xml, void *object),
                  void *object, const char *typed)
{
    g_autofree char *before = get(object);
    if (!before)
        return FALSE;
    g_autofree char *text = g_strdup(before);
    for (;;) {
        g_autofree char *after = shell_edit(sh, text);
        if (!after)
            return FALSE;
        if (strcmp(before, after) == 0)
            return shell_outcome(sh, TRUE, words->unchanged, NULL, NULL, typed);
        /* Somebody else may have changed it meanwhile. */
        g_autofree char *now = get(object);
        if (!now || strcmp(before, now) != 0) {
            shell_error(sh, "%s", "the XML configuration was changed by another user");
            return FALSE;
        }
        if (put(sh, after, object))
            return shell_outcome(sh, TRUE, words->changed, NULL, NULL, typed);
        if (!shell_edit_again(sh))
            return FALSE;
        g_free(text);
        text = g_steal_pointer(&after);
    }
}
