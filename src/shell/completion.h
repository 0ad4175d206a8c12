/* What a word that is being typed can become: for the session's Tab key and for other shells' completion. */
#pragma once

#include "shell/shell.h"

/* The words of a command, of which the last (maybe "") is being typed. */
typedef struct {
    Shell *sh;
    const Command *command;
    const Option *option;      /* the option whose value is being typed */
    const char *const *words;  /* the words before it, without the command's name */
    const char *text;
    GPtrArray *found;
    gboolean files;            /* the value is a file's name */
} Completion;

/* All that the last of WORDS can become. */
Completion *shell_complete(Shell *sh, const char *const *words);
void completion_free(Completion *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Completion, completion_free)

void completion_add(Completion *c, const char *value);
/* The value that the words before give to option NAME, by its name or as the first bare word. */
const char *completion_value(const Completion *c, const char *name);
/* Connected, without a word about it if that fails. */
gboolean completion_connect(Completion *c);

/* The program's part: values of C's option. */
void shell_complete_value(Completion *c);
