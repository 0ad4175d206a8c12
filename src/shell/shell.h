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
    OPTION_NETWORK = 1 << 5,    /* and so on */
    OPTION_POOL = 1 << 6,
};

typedef struct {
    const char *name;
    OptionKind kind;
    unsigned int flags;
    const char *help;
    unsigned int sets; /* what the option adds to the call's flags */
} Option;

/* Two options: that exclude each other, or of which the second needs the first. */
typedef struct {
    const char *one, *other;
} OptionPair;

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
    const OptionPair *exclusive, *requires; /* NULL: none; else they end with NULL names */
} Command;

typedef struct {
    const char *name;    /* "Domain Management" */
    const char *keyword; /* "domain" */
    const Command *commands; /* ends with a NULL name */
} Group;

typedef enum {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_YAML,
} Format;

struct Shell {
    virConnectPtr conn;             /* virsh's */
    struct _virAdmConnect *admin;   /* virt-admin's */
    gboolean silent;                /* no word about errors: nobody asked */
    char *uri;           /* as asked for; NULL is the default */
    gboolean read_only;
    gboolean quiet;
    gboolean timing;
    gboolean interactive;
    gboolean quit;
    Format format;
    int debug;
    int keepalive_interval; /* -1: not asked for */
    int keepalive_count;
    char escape;
    FILE *log;
    gboolean lost;       /* the connection closed under us */
};

/* What differs between the programs that are shells: virsh and virt-admin.  Each has its own shell_groups, connection and values
 * to complete; the rest is common. */
typedef struct {
    const char *name;         /* "virsh" */
    const char *welcome;      /* what it is, in a sentence */
    const char *about;        /* "Virsh command line tool of libvirt" */
    const char *features;     /* what -V tells */
    const char *uri_variable; /* of the environment */
    const char *options;      /* the letters of its options, as getopt wants them */
    const char *usage;        /* their help */
} Program;

extern const Program shell_program;
extern const Group shell_groups[];

/* Options of the running command. */
gboolean args_flag(const Args *args, const char *name);
const char *args_string(const Args *args, const char *name); /* NULL when absent */
/* 1 found, 0 absent, -1 not a number (told to the user). */
int args_number(Shell *sh, const Args *args, const char *name, long long min, long long max, long long *ret);
const char *const *args_words(const Args *args, const char *name); /* never NULL */
const Command *args_command(const Args *args);
/* What the given options set, together. */
unsigned int args_flags(const Args *args);

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
gboolean shell_format(const char *text, Format *ret_format);
const Command *shell_find_command(const char *name);
/* Run every command of a line ("a; b"); FALSE when the last one failed. */
gboolean shell_run_line(Shell *sh, const char *line);
gboolean shell_run_words(Shell *sh, char **words);
void shell_print_help(Shell *sh, const Command *command);

/* json.c: the value of member NAME of an object, and JSON laid out to be read; NULL when it is none. */
char *shell_json_member(const char *json, const char *name);
char *shell_json_pretty(const char *json);

/* cmd_vcpu.c: maps of the host's processors. */
int shell_host_cpus(Shell *sh); /* -1 with the error kept */
char *shell_cpu_ranges(const unsigned char *map, int n);
/* The map that TEXT ("0-3,^2", "r": all) means; NULL after an error was told. */
unsigned char *shell_cpu_map(Shell *sh, const char *text, int *ret_len);

/* cmd_tune.c: typed parameters as options. */
typedef enum {
    TUNE_INT,
    TUNE_UINT,
    TUNE_LLONG,
    TUNE_ULLONG,
    TUNE_STRING,
    TUNE_MEMORY, /* an amount, in KiB for the library; -1 is no limit */
    TUNE_BYTES,  /* an amount, in bytes */
} TuneKind;

typedef struct {
    const char *option, *field;
    TuneKind kind;
} TuneOption;

typedef struct {
    const TuneOption *options; /* ends with a NULL option */
    int (*get)(virDomainPtr dom, virTypedParameterPtr params, int *n, unsigned int flags);
    int (*set)(virDomainPtr dom, virTypedParameterPtr params, int n, unsigned int flags);
    int (*get_of)(virDomainPtr dom, const char *device, virTypedParameterPtr params, int *n, unsigned int flags);
    int (*set_of)(virDomainPtr dom, const char *device, virTypedParameterPtr params, int n, unsigned int flags);
    const char *device; /* the option that names a device, for the two above; NULL: there is none */
    const char *fails;
} Tune;

/* Set what the options give, or show everything. */
gboolean shell_tune(Shell *sh, const Args *args, const Tune *tune);
void shell_print_params(Shell *sh, const virTypedParameter *params, int n);

/* cmd_console.c: the console of DOM (NULL: the first) until the user leaves it or the guest ends. */
gboolean shell_console(Shell *sh, virDomainPtr dom, const char *device, unsigned int flags);

/* connection.c */
gboolean shell_connect(Shell *sh);
void shell_disconnect(Shell *sh);

/* interactive.c */
int shell_interact(Shell *sh);

/* lookup.c: objects by what the user typed; NULL after an error was told.  *ret_name (may be NULL) is what was typed. */
virDomainPtr shell_domain(Shell *sh, const Args *args, const char **ret_name);
virDomainPtr shell_domain_named(Shell *sh, const char *text);
virNetworkPtr shell_network(Shell *sh, const Args *args, const char **ret_name);
virNetworkPortPtr shell_port(Shell *sh, const Args *args, const char **ret_name);
virStoragePoolPtr shell_pool(Shell *sh, const Args *args, const char **ret_name);
/* The pool in OPTION. */
virStoragePoolPtr shell_pool_in(Shell *sh, const Args *args, const char *option);
virStorageVolPtr shell_vol(Shell *sh, const Args *args, const char **ret_name);
/* The volume in OPTION, in the pool that POOL_OPTION (may be NULL) names, if it does. */
virStorageVolPtr shell_vol_in(Shell *sh, const Args *args, const char *option, const char *pool_option);
virInterfacePtr shell_interface(Shell *sh, const Args *args, const char **ret_name);
virNodeDevicePtr shell_device(Shell *sh, const Args *args, const char **ret_name);
virDomainSnapshotPtr shell_snapshot(Shell *sh, const Args *args, const char **ret_name); /* cmd_snapshot.c */
virSecretPtr shell_secret(Shell *sh, const Args *args, const char **ret_name);
virNWFilterPtr shell_nwfilter(Shell *sh, const Args *args, const char **ret_name);
virNWFilterBindingPtr shell_binding(Shell *sh, const Args *args, const char **ret_name);

/* outcome.c: how commands end.  In the texts %s is the object's NAME, %t what the user TYPED. */
gboolean shell_outcome(Shell *sh, gboolean ok, const char *says, const char *fails, const char *name, const char *typed);
/* Print TEXT and a newline; NULL is a failure. */
gboolean shell_tell(Shell *sh, const char *text, const char *fails, const char *typed);
/* The same for a document, of which options xpath and wrap may choose parts. */
gboolean shell_tell_xml(Shell *sh, const Args *args, const char *xml, const char *fails, const char *typed);
/* "Label:          value", the values in one column. */
void shell_pair(Shell *sh, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* A whole file, "-" is standard input; NULL after an error was told. */
char *shell_read_file(Shell *sh, const char *path);
/* The nodes of XML that XPATH finds, in one element if WRAP; NULL after an error was told (xpath.c). */
char *shell_xpath(Shell *sh, const char *xml, const char *xpath, gboolean wrap);
/* Let the user change TEXT in an editor: the new text, NULL after an error was told (edit.c). */
char *shell_edit(Shell *sh, const char *text);
/* After PUT refused the text: whether the user wants to go on editing it. */
gboolean shell_edit_again(Shell *sh);
/* What an edit command says: %t is what the user typed. */
typedef struct {
    const char *unchanged, *changed;
} EditWords;
/* Get OBJECT's XML, let the user change it, put it until it is taken or the user gives up.  PUT returns whether it was. */
gboolean shell_edit_object(Shell *sh, const EditWords *words, char *(*get)(void *object),
                           gboolean (*put)(Shell *sh, const char *xml, void *object), void *object, const char *typed);
/* 1536 -> "1.50 KiB". */
char *shell_size_text(unsigned long long bytes);
/* How many bytes UNIT ("", "k", "KiB", "MB", "bytes") is; FALSE when it is none. */
gboolean shell_scale(const char *unit, unsigned long long *ret_scale);
/* A size with a unit (10G, 1kB) in bytes; FALSE after an error was told. */
gboolean shell_size(Shell *sh, const char *option, const char *text, unsigned long long *ret_bytes);
/* A typed parameter's value as text. */
char *shell_param_text(const virTypedParameter *param);
const char *yes_no(int value); /* negative: nobody knows */

/* A function that is younger than the oldest library this program runs on; NULL after an error was told. */
void *shell_newer(Shell *sh, const char *name);
#define SHELL_NEWER(sh, function, name) __typeof__(&function) name = (__typeof__(&function))(guintptr)shell_newer(sh, #function)

/* Frees without disturbing the last error. */
#define SHELL_CLEANUP(Type, name)                                                                  \
    void shell_##name##_free(Type##Ptr object);                                                    \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(Type, shell_##name##_free)
SHELL_CLEANUP(virDomain, domain)
SHELL_CLEANUP(virNetwork, network)
SHELL_CLEANUP(virNetworkPort, port)
SHELL_CLEANUP(virStoragePool, pool)
SHELL_CLEANUP(virStorageVol, vol)
SHELL_CLEANUP(virInterface, interface)
SHELL_CLEANUP(virNodeDevice, device)
SHELL_CLEANUP(virSecret, secret)
SHELL_CLEANUP(virNWFilter, nwfilter)
SHELL_CLEANUP(virNWFilterBinding, binding)
SHELL_CLEANUP(virDomainSnapshot, snapshot)
SHELL_CLEANUP(virDomainCheckpoint, checkpoint)
