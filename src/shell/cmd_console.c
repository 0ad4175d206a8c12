/* A guest's console on this terminal: what is typed goes there, what it prints comes here, until the escape character. */
#include "shell/commands.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ROOM 4096

typedef struct {
    Shell *sh;
    virStreamPtr stream;
    int watch;
    gboolean over;
    char typed[ROOM];
    gsize n_typed;
} Console;

/* The stream's events: always to be read, to be written while something was typed. */
static void
update_events(Console *console)
{
    int events = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;
    virStreamEventUpdateCallback(console->stream, events | (console->n_typed ? VIR_STREAM_EVENT_WRITABLE : 0));
    virEventUpdateHandle(console->watch, console->n_typed < ROOM ? VIR_EVENT_HANDLE_READABLE : 0);
}

static gboolean
write_terminal(const char *data, gsize n)
{
    while (n > 0) {
        gssize written = write(STDOUT_FILENO, data, n);
        if (written < 0 && errno != EINTR)
            return FALSE;
        if (written > 0) {
            data += written;
            n -= (gsize)written;
        }
    }
    return TRUE;
}

static void
on_stream(virStreamPtr stream, int events, void *opaque)
{
    Console *console = opaque;
    if (events & VIR_STREAM_EVENT_READABLE) {
        char buffer[ROOM];
        int n = virStreamRecv(stream, buffer, sizeof(buffer));
        if (n == -2)
            return;
        if (n <= 0 || !write_terminal(buffer, (gsize)n)) {
            console->over = TRUE;
            return;
        }
    }
    if (events & VIR_STREAM_EVENT_WRITABLE && console->n_typed) {
        int n = virStreamSend(stream, console->typed, console->n_typed);
        if (n == -2)
            return;
        if (n < 0) {
            console->over = TRUE;
            return;
        }
        console->n_typed -= (gsize)n;
        memmove(console->typed, console->typed + n, console->n_typed);
        update_events(console);
    }
    if (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP))
        console->over = TRUE;
}

static void
on_typed(int watch, int fd, int events, void *opaque)
{
    Console *console = opaque;
    gssize n = read(fd, console->typed + console->n_typed, ROOM - console->n_typed);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || memchr(console->typed + console->n_typed, console->sh->escape, (gsize)n)) {
        console->over = TRUE;
        return;
    }
    console->n_typed += (gsize)n;
    update_events(console);
}

gboolean
shell_console(Shell *sh, virDomainPtr dom, const char *device, unsigned int flags)
{
    struct termios before, raw;
    Console console = {.sh = sh, .watch = -1};
    if (virDomainIsActive(dom) != 1) {
        shell_error(sh, "%s", "The domain is not running");
        return FALSE;
    }
    if (!isatty(STDIN_FILENO)) {
        shell_error(sh, "%s", "Cannot run interactive console without a controlling TTY");
        return FALSE;
    }
    shell_note(sh, "Connected to domain '%s'\nEscape character is ^%c", virDomainGetName(dom), sh->escape | 0x40);
    shell_note(sh, device ? " (%s)\n" : "%s\n", device ? device : "");
    fflush(stdout);
    console.stream = virStreamNew(sh->conn, VIR_STREAM_NONBLOCK);
    if (!console.stream)
        return FALSE;
    gboolean ok = virDomainOpenConsole(dom, device, console.stream, flags) == 0;
    if (ok && tcgetattr(STDIN_FILENO, &before) == 0) {
        raw = before;
        cfmakeraw(&raw);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
        console.watch = virEventAddHandle(STDIN_FILENO, VIR_EVENT_HANDLE_READABLE, on_typed, &console, NULL);
        virStreamEventAddCallback(console.stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP,
                                  on_stream, &console, NULL);
        while (!console.over && !sh->lost && virEventRunDefaultImpl() == 0)
            continue;
        virStreamEventRemoveCallback(console.stream);
        virEventRemoveHandle(console.watch);
        virStreamAbort(console.stream);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        shell_print(sh, "\n");
    }
    shell_save_error(sh);
    virStreamFree(console.stream);
    return ok;
}

gboolean
run_console(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && shell_console(sh, dom, args_string(args, "devname"), args_flags(args));
}
