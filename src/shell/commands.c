/* From a line to a running command: words, the row they name, its options, its function.
 *
 * The quoting is a shell's: blanks separate, quotes and backslashes protect, a semicolon ends a command.
 */
#include "shell/shell.h"

#include <string.h>

struct Args {
    const Command *command;
    const char **values;  /* per option; "" for a flag that is set */
    GPtrArray *words;     /* of the OPT_WORDS option, NULL-terminated */
};

static guint
n_options(const Command *command)
{
    guint n = 0;
    while (command->options && command->options[n].name)
        n++;
    return n;
}

static const Option *
find_option(const Command *command, const char *name, guint *ret_index)
{
    for (guint i = 0; i < n_options(command); i++) {
        if (strcmp(command->options[i].name, name) == 0) {
            *ret_index = i;
            return &command->options[i];
        }
    }
    return NULL;
}

const Command *
args_command(const Args *args)
{
    return args->command;
}

const char *
args_string(const Args *args, const char *name)
{
    guint i;
    return find_option(args->command, name, &i) ? args->values[i] : NULL;
}

gboolean
args_flag(const Args *args, const char *name)
{
    return args_string(args, name) != NULL;
}

unsigned int
args_flags(const Args *args)
{
    unsigned int flags = 0;
    for (guint i = 0; i < n_options(args->command); i++)
        flags |= args->values[i] ? args->command->options[i].sets : 0;
    return flags;
}

const char *const *
args_words(const Args *args, const char *name)
{
    return (const char *const *)args->words->pdata;
}

int
args_number(Shell *sh, const Args *args, const char *name, long long min, long long max, long long *ret)
{
    const char *text = args_string(args, name);
    if (!text)
        return 0;
    char *end;
    long long n = g_ascii_strtoll(text, &end, 10);
    if (end == text || *end || n < min || n > max) {
        shell_error(sh, "Numeric value '%s' for <%s> option is malformed or out of range", text, name);
        return -1;
    }
    *ret = n;
    return 1;
}

const Command *
shell_find_command(const char *name)
{
    for (const Group *g = shell_groups; g->name; g++) {
        for (const Command *c = g->commands; c->name; c++) {
            if (strcmp(c->name, name) == 0)
                return c->alias_of ? shell_find_command(c->alias_of) : c;
        }
    }
    return NULL;
}

/* The option that the next bare word fills. */
static const Option *
next_positional(const Command *command, const char *const *values, guint *ret_index)
{
    for (guint i = 0; i < n_options(command); i++) {
        const Option *o = &command->options[i];
        if (o->kind == OPT_BOOL || o->kind == OPT_ALIAS || (o->flags & OPTION_NAMED))
            continue;
        if (values[i] && o->kind != OPT_WORDS)
            continue;
        *ret_index = i;
        return o;
    }
    return NULL;
}

static gboolean
set_value(Shell *sh, Args *args, const Option *o, guint i, const char *value)
{
    if (!*value && !(o->flags & OPTION_EMPTY_OK) && o->kind != OPT_BOOL && o->kind != OPT_WORDS) {
        shell_error(sh, "command '%s' requires <%s> option", args->command->name, o->name);
        return FALSE;
    }
    if (o->kind == OPT_WORDS)
        g_ptr_array_add(args->words, (char *)value);
    args->values[i] = value;
    return TRUE;
}

/* One "--name[=value]" word; *ret_used tells whether NEXT was its value. */
static gboolean
parse_named(Shell *sh, Args *args, char *word, const char *next, gboolean *ret_used)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    guint i;
    const Option *o = find_option(args->command, word, &i);
    g_autofree char *alias = NULL;
    if (o && o->kind == OPT_ALIAS) {
        alias = g_strdup(o->help);
        char *fixed = strchr(alias, '=');
        if (fixed) {
            if (value) {
                shell_error(sh, "invalid '=' after option --%s", word);
                return FALSE;
            }
            *fixed = '\0';
            value = strchr(o->help, '=') + 1;
        }
        o = find_option(args->command, alias, &i);
    }
    if (!o) {
        shell_error(sh, "command '%s' doesn't support option --%s", args->command->name, word);
        return FALSE;
    }
    if (args->values[i] && o->kind != OPT_WORDS) {
        shell_error(sh, "option --%s already seen", o->name);
        return FALSE;
    }
    if (o->kind == OPT_BOOL) {
        if (value) {
            shell_error(sh, "invalid '=' after option --%s", o->name);
            return FALSE;
        }
        return set_value(sh, args, o, i, "");
    }
    if (!value) {
        if (!next) {
            shell_error(sh, "expected syntax: --%s <%s>", o->name, o->kind == OPT_NUMBER ? "number" : "string");
            return FALSE;
        }
        *ret_used = TRUE;
        value = (char *)next;
    }
    return set_value(sh, args, o, i, value);
}

static gboolean
parse_options(Shell *sh, Args *args, char **words)
{
    gboolean only_data = FALSE;
    for (char **w = words; *w; w++) {
        if (!only_data && strcmp(*w, "--") == 0) {
            only_data = TRUE;
            continue;
        }
        if (!only_data && g_str_has_prefix(*w, "--") && g_ascii_isalnum((*w)[2])) {
            gboolean used = FALSE;
            if (!parse_named(sh, args, *w + 2, w[1], &used))
                return FALSE;
            w += used;
            continue;
        }
        guint i;
        const Option *o = next_positional(args->command, args->values, &i);
        if (!o) {
            shell_error(sh, "unexpected data '%s'", *w);
            return FALSE;
        }
        if (!set_value(sh, args, o, i, *w))
            return FALSE;
    }
    for (guint i = 0; i < n_options(args->command); i++) {
        const Option *o = &args->command->options[i];
        if ((o->kind == OPT_DATA || (o->flags & OPTION_REQUIRED)) && !args->values[i]) {
            shell_error(sh, o->flags & OPTION_NAMED ? "command '%s' requires --%s option" : "command '%s' requires <%s> option",
                        args->command->name, o->name);
            return FALSE;
        }
    }
    return TRUE;
}

/* Whether the options go together. */
static gboolean
check_pairs(Shell *sh, const Args *args)
{
    const Command *command = args->command;
    for (const OptionPair *p = command->exclusive; p && p->one; p++) {
        if (args_flag(args, p->one) && args_flag(args, p->other)) {
            shell_error(sh, "Options --%s and --%s are mutually exclusive", p->one, p->other);
            return FALSE;
        }
    }
    for (const OptionPair *p = command->requires; p && p->one; p++) {
        if (args_flag(args, p->other) && !args_flag(args, p->one)) {
            shell_error(sh, "Option --%s is required by option --%s", p->one, p->other);
            return FALSE;
        }
    }
    return TRUE;
}

/* The command whose name differs least from TEXT, for the hint after a mistake. */
static const char *
nearest_command(const char *text)
{
    const char *best = NULL;
    guint best_distance = 3;
    gsize n = strlen(text);
    if (n > 40)
        return NULL;
    for (const Group *g = shell_groups; g->name; g++) {
        for (const Command *c = g->commands; c->name; c++) {
            gsize m = strlen(c->name);
            g_autofree guint *row = g_new(guint, m + 1);
            for (gsize j = 0; j <= m; j++)
                row[j] = (guint)j;
            for (gsize i = 1; i <= n; i++) {
                guint diagonal = row[0];
                row[0] = (guint)i;
                for (gsize j = 1; j <= m; j++) {
                    guint above = row[j];
                    row[j] = MIN(MIN(above, row[j - 1]) + 1, diagonal + (text[i - 1] != c->name[j - 1]));
                    diagonal = above;
                }
            }
            if (row[m] < best_distance && !(c->flags & COMMAND_HIDDEN)) {
                best_distance = row[m];
                best = c->name;
            }
        }
    }
    return best;
}

gboolean
shell_format(const char *text, Format *ret_format)
{
    static const char *const names[] = {"text", "json", "yaml"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *ret_format = (Format)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* "-f FILE" as a command with an option "file" takes it. */
static const char *
long_word(const Command *command, const char *word)
{
    for (const Option *o = command->options; o && o->name && strcmp(word, "-f") == 0; o++) {
        if (strcmp(o->name, "file") == 0)
            return "--file";
    }
    return word;
}

/* The words without "-o FORMAT", "--output FORMAT" or "--output=FORMAT", which any command takes unless what it is given are
 * words of something else. */
static char **
take_format(const Command *command, char **words, Format *ret_format)
{
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    gboolean takes = TRUE;
    for (const Option *o = command->options; o && o->name; o++)
        takes = takes && (o->kind != OPT_WORDS || (o->flags & OPTION_NAMED)) && strcmp(o->name, "output") != 0;
    for (; *words; words++) {
        gboolean apart = strcmp(*words, "-o") == 0 || strcmp(*words, "--output") == 0;
        const char *format = !takes ? NULL : apart ? words[1] : g_str_has_prefix(*words, "--output=") ? *words + 9 : NULL;
        if (format && shell_format(format, ret_format))
            words += apart;
        else
            g_ptr_array_add(rest, takes ? (char *)long_word(command, *words) : *words);
    }
    g_ptr_array_add(rest, NULL);
    return g_memdup2(rest->pdata, rest->len * sizeof(char *));
}

static gboolean
run_command(Shell *sh, const Command *command, char **words)
{
    Args args = {.command = command};
    g_autofree const char **values = g_new0(const char *, n_options(command) + 1);
    g_autoptr(GPtrArray) data = g_ptr_array_new();
    args.values = values;
    args.words = data;
    if (words[0] && strcmp(words[0], "--help") == 0) {
        shell_print_help(sh, command);
        return TRUE;
    }
    if (!parse_options(sh, &args, words))
        return FALSE;
    g_ptr_array_add(data, NULL);
    if (!(command->flags & COMMAND_NO_CONNECTION) && !shell_connect(sh))
        return FALSE;
    gint64 begun = g_get_monotonic_time();
    shell_forget_error(sh);
    gboolean ok = check_pairs(sh, &args) && command->run(sh, &args);
    gint64 ended = g_get_monotonic_time();
    if (!ok)
        shell_report_error(sh);
    if (sh->timing)
        shell_print(sh, "\n(Time: %.3f ms)\n\n", (double)(ended - begun) / 1000.0);
    else
        shell_note(sh, "\n");
    return ok;
}

gboolean
shell_run_words(Shell *sh, char **words)
{
    const Command *command = shell_find_command(words[0]);
    if (!command) {
        const char *near = nearest_command(words[0]);
        shell_error(sh, "unknown command: '%s'", words[0]);
        if (near && !sh->quiet)
            fprintf(stderr, "hint: did you mean '%s'?\n", near);
        return FALSE;
    }
    Format before = sh->format;
    gboolean quiet = sh->quiet;
    g_autofree char **rest = take_format(command, words + 1, &sh->format);
    sh->quiet = quiet || sh->format != FORMAT_TEXT;
    gboolean ok = run_command(sh, command, rest);
    sh->format = before;
    sh->quiet = quiet;
    return ok;
}

/* Split off the first command of *LINE; NULL after a mistake was told.  The words may be none. */
static char **
next_words(Shell *sh, const char **line)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *p = *line;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p || *p == ';' || *p == '\n' || *p == '#')
            break;
        g_autoptr(GString) word = g_string_new(NULL);
        char quote = 0;
        for (; *p; p++) {
            if (!quote && (*p == ' ' || *p == '\t' || *p == ';' || *p == '\n'))
                break;
            if (*p == quote) {
                quote = 0;
            } else if (!quote && (*p == '\'' || *p == '"')) {
                quote = *p;
            } else if (*p == '\\' && quote != '\'') {
                if (!*++p) {
                    shell_error(sh, "dangling \\");
                    return NULL;
                }
                g_string_append_c(word, *p);
            } else {
                g_string_append_c(word, *p);
            }
        }
        if (quote) {
            shell_error(sh, "missing \"");
            return NULL;
        }
        g_ptr_array_add(words, g_strdup(word->str));
    }
    if (*p == '#')
        p += strcspn(p, "\n");
    *line = *p ? p + 1 : p;
    g_ptr_array_add(words, NULL);
    return g_strdupv((char **)words->pdata);
}

gboolean
shell_run_line(Shell *sh, const char *line)
{
    gboolean ok = TRUE;
    while (*line && !sh->quit) {
        g_auto(GStrv) words = next_words(sh, &line);
        if (!words)
            return FALSE;
        if (words[0])
            ok = shell_run_words(sh, words);
    }
    return ok;
}

static void
print_synopsis(Shell *sh, const Option *o)
{
    gboolean required = o->kind == OPT_DATA || (o->flags & OPTION_REQUIRED);
    switch (o->kind) {
    case OPT_BOOL:
        shell_print(sh, required ? " --%s" : " [--%s]", o->name);
        break;
    case OPT_NUMBER:
        shell_print(sh, required ? " --%s <number>" : " [--%s <number>]", o->name);
        break;
    case OPT_STRING:
        shell_print(sh, required ? " --%s <string>" : " [--%s <string>]", o->name);
        break;
    case OPT_DATA:
        shell_print(sh, o->flags & OPTION_NAMED ? " --%s <string>" : " <%s>", o->name);
        break;
    case OPT_WORDS:
        shell_print(sh, required ? " <%s>..." : " [<%s>]...", o->name);
        break;
    case OPT_ALIAS:
        break;
    }
}

static void
print_option(Shell *sh, const Option *o)
{
    g_autofree char *shown = NULL;
    switch (o->kind) {
    case OPT_BOOL:
        shown = g_strdup_printf("--%s", o->name);
        break;
    case OPT_NUMBER:
        shown = g_strdup_printf(o->flags & OPTION_REQUIRED ? "[--%s] <number>" : "--%s <number>", o->name);
        break;
    case OPT_STRING:
        shown = g_strdup_printf("--%s <string>", o->name);
        break;
    case OPT_WORDS:
        shown = g_strdup_printf("<%s>", o->name);
        break;
    default:
        shown = g_strdup_printf(o->flags & OPTION_NAMED ? "--%s <string>" : "[--%s] <string>", o->name);
        break;
    }
    shell_print(sh, "    %-15s  %s\n", shown, o->help);
}

void
shell_print_help(Shell *sh, const Command *command)
{
    shell_print(sh, "  NAME\n    %s - %s\n\n  SYNOPSIS\n    %s", command->name, command->help, command->name);
    for (guint i = 0; i < n_options(command); i++)
        print_synopsis(sh, &command->options[i]);
    shell_print(sh, "\n");
    if (command->description && *command->description)
        shell_print(sh, "\n  DESCRIPTION\n    %s\n", command->description);
    if (n_options(command)) {
        shell_print(sh, "\n  OPTIONS\n");
        for (guint i = 0; i < n_options(command); i++) {
            if (command->options[i].kind != OPT_ALIAS)
                print_option(sh, &command->options[i]);
        }
    }
    shell_print(sh, "\n");
}
