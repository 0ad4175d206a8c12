/* virt-ssh-helper: what ssh runs on the far side.  Connects to the daemon that serves a URI there and passes bytes between
 * it and its own input and output.  usage: virt-ssh-helper [-r] URI
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/uri.h"

/* One way: what was read from one end and not yet written to the other. */
typedef struct {
    int from, to;
    char data[65536];
    size_t start, end;
    gboolean eof;
} Pipe;

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path))
        return errno = ENAMETOOLONG, -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* The driver's own daemon where there is one, else the one for all. */
static char *
socket_path(const VrUri *uri, gboolean read_only)
{
    const char *given = vr_uri_param(uri, "socket");
    if (given)
        return g_strdup(given);
    gboolean session = geteuid() != 0 && strcmp(uri->path, "/session") == 0;
    g_autofree char *folder = session ? g_build_filename(g_get_user_runtime_dir(), "libvirt", NULL) : g_strdup("/run/libvirt");
    const char *ending = read_only && !session ? "-ro" : "";
    const char *mode = vr_uri_param(uri, "mode");
    g_autofree char *direct = g_strdup_printf("%s/virt%sd-sock%s", folder, uri->scheme, ending);
    if (mode ? strcmp(mode, "direct") == 0 : access(direct, F_OK) == 0)
        return g_steal_pointer(&direct);
    return g_strdup_printf("%s/libvirt-sock%s", folder, ending);
}

/* FALSE when this way is over. */
static gboolean
move(Pipe *p, short from_events, short to_events)
{
    if (from_events && p->end < sizeof(p->data)) {
        ssize_t n = read(p->from, p->data + p->end, sizeof(p->data) - p->end);
        if (n > 0)
            p->end += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            p->eof = TRUE;
    }
    if (p->start < p->end && (to_events || from_events)) {
        ssize_t n = write(p->to, p->data + p->start, p->end - p->start);
        if (n > 0)
            p->start += (size_t)n;
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
            return FALSE;
    }
    if (p->start == p->end)
        p->start = p->end = 0;
    return !p->eof || p->start < p->end;
}

static void
set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void
relay(int sock)
{
    static Pipe there, back;
    there.from = STDIN_FILENO;
    there.to = back.from = sock;
    back.to = STDOUT_FILENO;
    set_nonblocking(STDIN_FILENO);
    set_nonblocking(STDOUT_FILENO);
    set_nonblocking(sock);
    for (;;) {
        struct pollfd fds[] = {
            {STDIN_FILENO, there.end < sizeof(there.data) && !there.eof ? POLLIN : 0, 0},
            {sock, (short)((back.end < sizeof(back.data) ? POLLIN : 0) | (there.start < there.end ? POLLOUT : 0)), 0},
            {STDOUT_FILENO, back.start < back.end ? POLLOUT : 0, 0},
        };
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
            return;
        short socket_in = fds[1].revents & (POLLIN | POLLHUP | POLLERR);
        if (!move(&there, fds[0].revents, fds[1].revents & POLLOUT) || !move(&back, socket_in, fds[2].revents))
            return;
        if (fds[2].revents & POLLERR)
            return;
    }
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {{"readonly", no_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},  {NULL, 0, NULL, 0}};
    gboolean read_only = FALSE;
    int c;
    while ((c = getopt_long(argc, argv, "rhV", options, NULL)) != -1) {
        if (c == 'V') {
            printf("%s (libvirt) %s\n", "virt-ssh-helper", VIREO_VERSION);
            return 0;
        }
        if (c != 'r') {
            fprintf(c == 'h' ? stdout : stderr, "usage: virt-ssh-helper [-r|--readonly] URI\n");
            return c == 'h' ? 0 : 1;
        }
        read_only = TRUE;
    }
    if (optind != argc - 1) {
        fprintf(stderr, "virt-ssh-helper: expected a URI\n");
        return 1;
    }
    g_autoptr(VrUri) uri = vr_uri_parse(argv[optind]);
    if (!uri) {
        fprintf(stderr, "virt-ssh-helper: %s\n", vr_error_last()->message);
        return 1;
    }
    g_autofree char *path = socket_path(uri, read_only);
    int sock = connect_to(path);
    if (sock < 0) {
        fprintf(stderr, "virt-ssh-helper: cannot connect to '%s': %s\n", path, g_strerror(errno));
        return 1;
    }
    relay(sock);
    return 0;
}
