/* virsh and virt-admin: options of the program, then one command, one line of commands, or an interactive session. */
#include "shell/shell.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_VERSION = 256 };

static const struct option long_options[] = {
    {"connect", required_argument, NULL, 'c'},
    {"debug", required_argument, NULL, 'd'},
    {"escape", required_argument, NULL, 'e'},
    {"help", no_argument, NULL, 'h'},
    {"keepalive-interval", required_argument, NULL, 'k'},
    {"keepalive-count", required_argument, NULL, 'K'},
    {"log", required_argument, NULL, 'l'},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"readonly", no_argument, NULL, 'r'},
    {"timing", no_argument, NULL, 't'},
    {"version", optional_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void
usage(void)
{
    printf("\n%s [options]... [<command_string>]\n%s [options]... <command> [args...]\n\n  options:\n%s"
           "  commands (non interactive mode):\n\n", shell_program.name, shell_program.name, shell_program.usage);
    for (const Group *g = shell_groups; g->name; g++) {
        printf(" %s (help keyword '%s')\n", g->name, g->keyword);
        for (const Command *c = g->commands; c->name; c++) {
            if (!(c->flags & COMMAND_HIDDEN) && !c->alias_of)
                printf("    %-30s %s\n", c->name, c->help);
        }
        putchar('\n');
    }
    puts("  (specify help <group> for details about the commands in the group)\n\n"
         "  (specify help <command> for details about the command)\n");
}

static void
show_version(gboolean with_details)
{
    if (!with_details) {
        puts(VIREO_VERSION);
        return;
    }
    printf("%s %s\nVireo, compatible with libvirt.\n\n%s", shell_program.about, VIREO_VERSION, shell_program.features);
}

static int
number_option(Shell *sh, const char *text, int min, int max, const char *what)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < min || n > max) {
        shell_error(sh, "option %s takes a numeric argument", what);
        exit(EXIT_FAILURE);
    }
    return (int)n;
}

static char
escape_char(Shell *sh, const char *text)
{
    if (text[0] == '^' && text[1] && !text[2])
        return (char)(g_ascii_toupper(text[1]) & 0x1f);
    if (text[0] && !text[1])
        return text[0];
    shell_error(sh, "Invalid string '%s' for escape sequence", text);
    exit(EXIT_FAILURE);
}

static Format
output_format(Shell *sh, const char *text)
{
    Format format;
    if (shell_format(text, &format))
        return format;
    shell_error(sh, "'%s' is no output format: text, json or yaml", text);
    exit(EXIT_FAILURE);
}

/* The index of the first word that is no option of the program's. */
static int
parse_arguments(Shell *sh, int argc, char **argv)
{
    int c;
    while ((c = getopt_long(argc, argv, shell_program.options, long_options, NULL)) != -1) {
        if (c < OPTION_VERSION && c != ':' && c != '?' && !strchr(shell_program.options, c))
            c = '?'; /* the other program's */
        switch (c) {
        case 'c':
            sh->uri = g_strdup(optarg);
            break;
        case 'd':
            sh->debug = number_option(sh, optarg, 0, 4, "-d");
            break;
        case 'e':
            sh->escape = escape_char(sh, optarg);
            break;
        case 'h':
            usage();
            exit(EXIT_SUCCESS);
        case 'k':
            sh->keepalive_interval = number_option(sh, optarg, 0, G_MAXINT, "-k");
            break;
        case 'K':
            sh->keepalive_count = number_option(sh, optarg, 0, G_MAXINT, "-K");
            break;
        case 'l':
            sh->log = fopen(optarg, "ae");
            if (!sh->log) {
                shell_error(sh, "failed to open the log file '%s'. check the log file path", optarg);
                exit(EXIT_FAILURE);
            }
            break;
        case 'o':
            sh->format = output_format(sh, optarg);
            sh->quiet = sh->quiet || sh->format != FORMAT_TEXT;
            break;
        case 'q':
            sh->quiet = TRUE;
            break;
        case 'r':
            sh->read_only = TRUE;
            break;
        case 't':
            sh->timing = TRUE;
            break;
        case 'v':
            show_version(FALSE);
            exit(EXIT_SUCCESS);
        case 'V':
            show_version(TRUE);
            exit(EXIT_SUCCESS);
        case OPTION_VERSION:
            show_version(optarg && strcmp(optarg, "long") == 0);
            exit(EXIT_SUCCESS);
        case ':':
            shell_error(sh, "option '%s' requires an argument", argv[optind - 1]);
            exit(EXIT_FAILURE);
        default:
            shell_error(sh, "unsupported option '%s'. See --help.", argv[optind - 1]);
            exit(EXIT_FAILURE);
        }
    }
    return optind;
}

/* The library reports through return values; the shell prints errors itself. */
static void
ignore_error(void *data, virErrorPtr error)
{
}

int
main(int argc, char **argv)
{
    Shell sh = {.debug = -1, .keepalive_interval = -1, .keepalive_count = 6, .escape = 0x1d};
    setlocale(LC_ALL, "");
    sh.uri = g_strdup(g_getenv(shell_program.uri_variable));
    int first = parse_arguments(&sh, argc, argv);
    virSetErrorFunc(NULL, ignore_error);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0) {
        shell_error(&sh, "Failed to initialize libvirt");
        return EXIT_FAILURE;
    }
    int rc = EXIT_SUCCESS;
    if (first == argc)
        rc = shell_interact(&sh);
    else if (first == argc - 1)
        rc = shell_run_line(&sh, argv[first]) ? EXIT_SUCCESS : EXIT_FAILURE;
    else
        rc = shell_run_words(&sh, argv + first) ? EXIT_SUCCESS : EXIT_FAILURE;
    shell_disconnect(&sh);
    g_free(sh.uri);
    if (sh.log)
        fclose(sh.log);
    return fflush(stdout) == 0 ? rc : EXIT_FAILURE;
}
