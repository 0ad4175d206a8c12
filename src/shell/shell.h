/* The shell's core: one session, its connection, and the table of commands.
 *
 * Every command is a row: its options are data, its function gets them parsed.  Only the public API is used, so
 * the shell runs on any library that has it.
 */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

typedef enum {
    OPT_BOOL,   /* --name */
    OPT_STRING, /* --name TEXT, or by position */
    OPT_NUMBER, /* the same, a number */
    OPT_DATA,   /* required, usually by position */
    OPT_WORDS,  /* all words that are left */
    OPT_ALIAS,  /* another spelling: help is "option" or "option=value" */
} OptionKind;

enum {
    OPTION_EMPTY_OK = 1 << 0,   /* "" is a value */
    OPTION_REQUIRED = 1 << 1,
    OPTION_NAMED = 1 << 2,      /* never by position */
    OPTION_DOMAIN = 1 << 3,     /* completed with domain names */
    OPTION_FILE = 1 << 4,       /* completed with file names */
};

typedef struct {
    const char *name;
    OptionKind kind;
    unsigned int flags;
    const char *help;
} Option;

typedef struct Shell Shell;
typedef struct Args Args;

enum {
    COMMAND_NO_CONNECTION = 1 << 0, /* runs without one */
    COMMAND_HIDDEN = 1 << 1,
};

typedef struct {
    const char *name;
    gboolean (*run)(Shell *sh, const Args *args);
    const Option *options; /* ends with a NULL name; NULL for none */
    const char *help;      /* one line */
    const char *description;
    unsigned int flags;
    const char *alias_of;
} Command;

typedef struct {
    const char *name;    /* "Domain Management" */
    const char *keyword; /* "domain" */
    const Command *commands; /* ends with a NULL name */
} Group;

struct Shell {
    virConnectPtr conn;
    char *uri;           /* as asked for; NULL is the default */
    gboolean read_only;
    gboolean quiet;
    gboolean timing;
    gboolean interactive;
    gboolean quit;
    int debug;
    int keepalive_interval; /* -1: not asked for */
    int keepalive_count;
    char escape;
    FILE *log;
    gboolean lost;       /* the connection closed under us */
};

extern const Group shell_groups[];

/* Options of the running command. */
gboolean args_flag(const Args *args, const char *name);
const char *args_string(const Args *args, const char *name); /* NULL when absent */
/* 1 found, 0 absent, -1 not a number (told to the user). */
int args_number(Shell *sh, const Args *args, const char *name, long long min, long long max, long long *ret);
const char *const *args_words(const Args *args, const char *name); /* never NULL */
const Command *args_command(const Args *args);

/* Output: result text, notes that -q silences, and errors on stderr. */
void shell_print(Shell *sh, const char *format, ...) G_GNUC_PRINTF(2, 3);
void shell_note(Shell *sh, const char *format, ...) G_GNUC_PRINTF(2, 3);
void shell_error(Shell *sh, const char *format, ...) G_GNUC_PRINTF(2, 3);
void shell_debug(Shell *sh, int level, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Keep the library's last error for the report; for callbacks and clean-up that would lose it. */
void shell_save_error(Shell *sh);
void shell_forget_error(Shell *sh);
void shell_report_error(Shell *sh);
/* For clean-up functions, which do not know the session: keep ERROR (taken over, may be NULL) for the report. */
void shell_keep_error(virErrorPtr error);

/* commands.c */
const Command *shell_find_command(const char *name);
/* Run every command of a line ("a; b"); FALSE when the last one failed. */
gboolean shell_run_line(Shell *sh, const char *line);
gboolean shell_run_words(Shell *sh, char **words);
void shell_print_help(Shell *sh, const Command *command);

/* connection.c */
gboolean shell_connect(Shell *sh);
void shell_disconnect(Shell *sh);

/* interactive.c */
int shell_interact(Shell *sh);

/* lookup.c: objects by what the user typed; NULL after an error was told. */
virDomainPtr shell_domain(Shell *sh, const Args *args, const char **ret_name);

/* table.c */
typedef struct Table Table;
Table *table_new(const char *first, ...) G_GNUC_NULL_TERMINATED;
void table_row(Table *table, const char *first, ...) G_GNUC_NULL_TERMINATED;
void table_print(Shell *sh, Table *table, gboolean header);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* Frees without disturbing the last error. */
void shell_domain_free(virDomainPtr dom);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, shell_domain_free)
