/* The interactive session: readline's editing, history and completion over the command table.
 *
 * readline is loaded when a session starts, so that one-shot commands do not pay for it; without it the session
 * reads plain lines.
 */
#include "shell/shell.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/completion.h"

typedef char *(*Generator)(const char *text, int state);

static struct {
    char *(*readline)(const char *prompt);
    void (*add_history)(const char *line);
    int (*read_history)(const char *path);
    int (*write_history)(const char *path);
    void (*stifle_history)(int max);
    char **(*matches)(const char *text, Generator generator);
    char **line_buffer;
    int *completion_over;
    char **(**attempt)(const char *text, int start, int end);
} rl;

static Shell *session;

static gboolean
load_readline(void)
{
    void *lib = dlopen("libreadline.so.8", RTLD_NOW | RTLD_LOCAL);
    if (!lib)
        return FALSE;
    rl.readline = (char *(*)(const char *))(guintptr)dlsym(lib, "readline");
    rl.add_history = (void (*)(const char *))(guintptr)dlsym(lib, "add_history");
    rl.read_history = (int (*)(const char *))(guintptr)dlsym(lib, "read_history");
    rl.write_history = (int (*)(const char *))(guintptr)dlsym(lib, "write_history");
    rl.stifle_history = (void (*)(int))(guintptr)dlsym(lib, "stifle_history");
    rl.matches = (char **(*)(const char *, Generator))(guintptr)dlsym(lib, "rl_completion_matches");
    rl.line_buffer = dlsym(lib, "rl_line_buffer");
    rl.completion_over = dlsym(lib, "rl_attempted_completion_over");
    rl.attempt = dlsym(lib, "rl_attempted_completion_function");
    return rl.readline && rl.add_history && rl.read_history && rl.write_history && rl.stifle_history && rl.matches &&
           rl.line_buffer && rl.completion_over && rl.attempt;
}

/* The candidates of the completion that runs now. */
static GPtrArray *candidates;

static char *
next_candidate(const char *text, int state)
{
    static guint at;
    if (state == 0)
        at = 0;
    while (at < candidates->len) {
        const char *c = candidates->pdata[at++];
        if (g_str_has_prefix(c, text))
            return strdup(c);
    }
    return NULL;
}

static char **
complete(const char *text, int start, int end)
{
    g_autofree char *before = g_strndup(*rl.line_buffer, (gsize)start);
    const char *last = strrchr(before, ';');
    g_auto(GStrv) parts = g_strsplit_set(last ? last + 1 : before, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **part = parts; *part; part++) {
        if (**part)
            g_ptr_array_add(words, *part);
    }
    g_ptr_array_add(words, (char *)text);
    g_ptr_array_add(words, NULL);
    g_autoptr(Completion) found = shell_complete(session, (const char *const *)words->pdata);
    g_clear_pointer(&candidates, g_ptr_array_unref);
    candidates = g_ptr_array_ref(found->found);
    *rl.completion_over = !found->files;
    return rl.matches(text, next_candidate);
}

static char *
history_path(void)
{
    g_autofree char *folder = g_build_filename(g_get_user_cache_dir(), "libvirt", shell_program.name, NULL);
    if (g_mkdir_with_parents(folder, 0755) < 0)
        return NULL;
    return g_build_filename(folder, "history", NULL);
}

static char *
read_plain(const char *prompt)
{
    char *line = NULL;
    size_t room = 0;
    fputs(prompt, stdout);
    fflush(stdout);
    ssize_t len = getline(&line, &room, stdin);
    if (len < 0) {
        free(line);
        return NULL;
    }
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    return line;
}

int
shell_interact(Shell *sh)
{
    session = sh;
    sh->interactive = TRUE;
    if (!sh->quiet)
        shell_print(sh, "Welcome to %s.\n\nType:  'help' for help with commands\n       'quit' to quit\n\n", shell_program.welcome);
    gboolean editing = isatty(STDIN_FILENO) && load_readline();
    g_autofree char *history = NULL;
    if (editing) {
        *rl.attempt = complete;
        history = history_path();
        rl.stifle_history(500);
        if (history)
            rl.read_history(history);
    }
    while (!sh->quit) {
        g_autofree char *prompt = g_strdup_printf("%s %c ", shell_program.name, sh->read_only ? '>' : '#');
        char *line = editing ? rl.readline(prompt) : read_plain(prompt);
        if (!line) {
            shell_print(sh, "\n"); /* the end of input leaves the cursor behind the prompt */
            break;
        }
        if (*line && editing)
            rl.add_history(line);
        if (*line)
            shell_run_line(sh, line);
        free(line);
    }
    if (history)
        rl.write_history(history);
    g_clear_pointer(&candidates, g_ptr_array_unref);
    return 0;
}
