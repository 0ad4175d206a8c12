/* See completion.h. */
#include "shell/completion.h"

#include <string.h>

void
completion_add(Completion *c, const char *value)
{
    if (value && g_str_has_prefix(value, c->text))
        g_ptr_array_add(c->found, g_strdup(value));
}

void
completion_free(Completion *c)
{
    g_ptr_array_unref(c->found);
    g_free(c);
}

static const Option *
option_named(const Command *command, const char *name)
{
    for (const Option *o = command->options; o && o->name; o++) {
        if (strcmp(o->name, name) == 0)
            return o;
    }
    return NULL;
}

static gboolean
takes_value(const Option *o)
{
    return o && o->kind != OPT_BOOL && o->kind != OPT_ALIAS;
}

/* Walk over the words before: which options have values, and which is waiting for one at the end. */
typedef struct {
    const Command *command;
    GHashTable *given; /* Option -> value, "" for none yet */
    const Option *open;
} Walk;

static const Option *
next_bare(const Walk *walk)
{
    for (const Option *o = walk->command->options; o && o->name; o++) {
        if (takes_value(o) && !(o->flags & OPTION_NAMED) && (o->kind == OPT_WORDS || !g_hash_table_contains(walk->given, o)))
            return o;
    }
    return NULL;
}

static void
walk_words(Walk *walk, const char *const *words)
{
    gboolean bare = FALSE;
    for (; *words; words++) {
        const Option *open = g_steal_pointer(&walk->open);
        if (open) {
            g_hash_table_insert(walk->given, (void *)open, (void *)*words);
        } else if (!bare && strcmp(*words, "--") == 0) {
            bare = TRUE;
        } else if (!bare && g_str_has_prefix(*words, "--")) {
            const char *value = strchr(*words, '=');
            g_autofree char *name = value ? g_strndup(*words + 2, (gsize)(value - *words - 2)) : g_strdup(*words + 2);
            const Option *o = option_named(walk->command, name);
            if (!o)
                continue;
            g_hash_table_insert(walk->given, (void *)o, (void *)(value ? value + 1 : ""));
            if (takes_value(o) && !value)
                walk->open = o;
        } else {
            const Option *o = next_bare(walk);
            if (o)
                g_hash_table_insert(walk->given, (void *)o, (void *)*words);
        }
    }
}

const char *
completion_value(const Completion *c, const char *name)
{
    g_autoptr(GHashTable) given = g_hash_table_new(NULL, NULL);
    Walk walk = {c->command, given, NULL};
    walk_words(&walk, c->words);
    const Option *o = option_named(c->command, name);
    return o ? g_hash_table_lookup(given, o) : NULL;
}

gboolean
completion_connect(Completion *c)
{
    if (!c->sh->conn && !c->sh->admin) {
        c->sh->silent = TRUE;
        shell_connect(c->sh);
        c->sh->silent = FALSE;
        shell_forget_error(c->sh);
    }
    return c->sh->conn || c->sh->admin;
}

static void
add_commands(Completion *c)
{
    for (const Group *g = shell_groups; g->name; g++) {
        for (const Command *command = g->commands; command->name; command++) {
            if (!(command->flags & COMMAND_HIDDEN) && !command->alias_of)
                completion_add(c, command->name);
        }
    }
}

static void
complete_option(Completion *c)
{
    g_autoptr(GHashTable) given = g_hash_table_new(NULL, NULL);
    Walk walk = {c->command, given, NULL};
    walk_words(&walk, c->words);
    c->option = walk.open ? walk.open : g_str_has_prefix(c->text, "-") ? NULL : next_bare(&walk);
    if (c->option && strcmp(c->option->name, "command") == 0 && strcmp(c->command->name, "help") == 0)
        add_commands(c);
    else if (c->option && c->option->flags & OPTION_FILE)
        c->files = TRUE;
    else if (c->option)
        shell_complete_value(c);
    if (walk.open || (*c->text && *c->text != '-'))
        return;
    for (const Option *o = c->command->options; o && o->name; o++) {
        g_autofree char *word = g_strdup_printf("--%s", o->name);
        if (o->kind != OPT_ALIAS && !g_hash_table_contains(given, o))
            completion_add(c, word);
    }
}

Completion *
shell_complete(Shell *sh, const char *const *words)
{
    Completion *c = g_new0(Completion, 1);
    guint n = g_strv_length((char **)words);
    c->sh = sh;
    c->text = n ? words[n - 1] : "";
    c->found = g_ptr_array_new_with_free_func(g_free);
    if (n < 2) {
        add_commands(c);
        return c;
    }
    g_autofree const char **before = g_memdup2(words + 1, (n - 1) * sizeof(char *));
    before[n - 2] = NULL;
    c->command = shell_find_command(words[0]);
    c->words = before;
    if (c->command)
        complete_option(c);
    c->words = NULL;
    return c;
}
