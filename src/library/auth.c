/* The credentials callback for programs that bring none: it asks on the terminal. */
#include <libvirt/libvirt.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <glib.h>

/* A line from standard input without its newline; NULL at the end of input.  Caller frees with free(). */
static char *
read_line(gboolean echo)
{
    struct termios saved;
    gboolean hide = !echo && tcgetattr(STDIN_FILENO, &saved) == 0;
    if (hide) {
        struct termios silent = saved;
        silent.c_lflag &= (tcflag_t)~ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t len = getline(&line, &room, stdin);
    if (hide) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
        putchar('\n');
    }
    if (len < 0) {
        free(line);
        return NULL;
    }
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    return line;
}

static int
ask(virConnectCredentialPtr cred, unsigned int ncred, void *cbdata)
{
    for (unsigned int i = 0; i < ncred; i++) {
        gboolean echo = FALSE;
        switch (cred[i].type) {
        case VIR_CRED_EXTERNAL:
            /* polkit's agent asks for itself. */
            if (!cred[i].challenge || strcmp(cred[i].challenge, "PolicyKit") != 0)
                return -1;
            continue;
        case VIR_CRED_USERNAME:
        case VIR_CRED_AUTHNAME:
        case VIR_CRED_ECHOPROMPT:
        case VIR_CRED_REALM:
            echo = TRUE;
            break;
        case VIR_CRED_PASSPHRASE:
        case VIR_CRED_NOECHOPROMPT:
            break;
        default:
            return -1;
        }
        if (printf("%s: ", cred[i].prompt) < 0 || fflush(stdout) != 0)
            return -1;
        char *answer = read_line(echo);
        if (!answer)
            return -1;
        if (!*answer && cred[i].defresult) {
            free(answer);
            answer = g_strdup(cred[i].defresult);
        }
        cred[i].result = answer;
        cred[i].resultlen = (unsigned int)strlen(answer);
    }
    return 0;
}

static int ask_types[] = {
    VIR_CRED_AUTHNAME,   VIR_CRED_ECHOPROMPT,   VIR_CRED_REALM,
    VIR_CRED_PASSPHRASE, VIR_CRED_NOECHOPROMPT, VIR_CRED_EXTERNAL,
};

static virConnectAuth ask_on_terminal = {
    .credtype = ask_types,
    .ncredtype = G_N_ELEMENTS(ask_types),
    .cb = ask,
};

virConnectAuthPtr virConnectAuthPtrDefault = &ask_on_terminal;
