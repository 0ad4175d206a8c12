/* See socket.h. */
#include "rpc/socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_ROOM 2048
#define PORTION (64 * 1024)
#define KEEP_ROOM (256 * 1024)

void
vr_socket_init(VrSocket *sock, int fd)
{
    *sock = (VrSocket){.fd = fd};
    int family = 0;
    socklen_t len = sizeof(family);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0)
        sock->local = family == AF_UNIX;
}

void
vr_socket_clear(VrSocket *sock)
{
    for (guint i = 0; i < sock->n_fds; i++)
        close(sock->fds[i]);
    while (sock->top) {
        VrLayer *layer = sock->top;
        sock->top = layer->below;
        layer->free(layer);
    }
    if (sock->fd >= 0)
        close(sock->fd);
    *sock = (VrSocket){.fd = -1};
}

static void
keep_fds(VrSocket *sock, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        gsize n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (gsize i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            /* More than any message may claim: nobody asked for them. */
            if (sock->n_fds < G_N_ELEMENTS(sock->fds))
                sock->fds[sock->n_fds++] = fd;
            else
                close(fd);
        }
    }
}

static gssize
read_bytes(VrSocket *sock, void *data, gsize len, int flags)
{
    if (sock->top)
        return sock->top->read(sock->top, data, len);
    if (!sock->local)
        return recv(sock->fd, data, len, flags);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * VR_MESSAGE_FDS_MAX)];
    } control;
    struct iovec iov = {data, len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    gssize n = recvmsg(sock->fd, &message, MSG_CMSG_CLOEXEC | flags);
    if (n > 0 && message.msg_controllen > 0)
        keep_fds(sock, &message);
    return n;
}

gssize
vr_socket_read(VrSocket *sock, void *data, gsize len)
{
    return read_bytes(sock, data, len, MSG_DONTWAIT);
}

gssize
vr_socket_read_wait(VrSocket *sock, void *data, gsize len)
{
    return read_bytes(sock, data, len, 0);
}

gssize
vr_socket_write(VrSocket *sock, const void *data, gsize len)
{
    if (sock->top)
        return sock->top->write(sock->top, data, len);
    return send(sock->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

gsize
vr_socket_pending(const VrSocket *sock)
{
    gsize n = 0;
    for (VrLayer *layer = sock->top; layer; layer = layer->below)
        n += layer->pending ? layer->pending(layer) : 0;
    return n;
}

gssize
vr_socket_send_fd(VrSocket *sock, int fd)
{
    char byte = 0;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {&byte, 1};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    return sendmsg(sock->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int
vr_socket_take_fd(VrSocket *sock)
{
    if (sock->n_fds == 0)
        return -1;
    int fd = sock->fds[0];
    sock->n_fds--;
    memmove(sock->fds, sock->fds + 1, sock->n_fds * sizeof(int));
    return fd;
}

void
vr_socket_push(VrSocket *sock, VrLayer *layer)
{
    layer->below = sock->top;
    layer->fd = sock->fd;
    sock->top = layer;
}

static gsize
wanted(const VrInbox *inbox)
{
    gsize have = inbox->end - inbox->start;
    if (have < VR_MESSAGE_LENGTH)
        return 0;
    gsize len = vr_load_u32(inbox->data + inbox->start);
    return len > VR_MESSAGE_MAX || len <= have ? 0 : len;
}

gssize
vr_inbox_fill(VrInbox *inbox, VrSocket *sock, gboolean wait)
{
    if (inbox->start == inbox->end) {
        inbox->start = inbox->end = 0;
        if (inbox->room > KEEP_ROOM) {
            g_clear_pointer(&inbox->data, g_free);
            inbox->room = 0;
        }
    } else if (inbox->start > 0) {
        memmove(inbox->data, inbox->data + inbox->start, inbox->end - inbox->start);
        inbox->end -= inbox->start;
        inbox->start = 0;
    }
    /* A long message gets its room in steps, as its bytes come: a length alone takes no memory. */
    gsize need = MIN(wanted(inbox), MAX(PORTION, inbox->end * 2));
    gsize room = MAX(need, inbox->end == inbox->room ? MAX(inbox->room * 2, FIRST_ROOM) : inbox->room);
    if (room > inbox->room) {
        inbox->data = g_realloc(inbox->data, room);
        inbox->room = room;
    }
    guint8 *at = inbox->data + inbox->end;
    gsize room_left = inbox->room - inbox->end;
    gssize n = wait ? vr_socket_read_wait(sock, at, room_left) : vr_socket_read(sock, at, room_left);
    if (n > 0)
        inbox->end += (gsize)n;
    return n;
}

gssize
vr_inbox_message(const VrInbox *inbox)
{
    gsize have = inbox->end - inbox->start;
    if (have < VR_MESSAGE_LENGTH)
        return 0;
    gsize len = vr_load_u32(inbox->data + inbox->start);
    if (len < VR_MESSAGE_PREFIX || len > VR_MESSAGE_MAX)
        return -1;
    return len <= have ? (gssize)len : 0;
}

void
vr_inbox_skip(VrInbox *inbox, gsize n)
{
    inbox->start += n;
}

void
vr_inbox_clear(VrInbox *inbox)
{
    g_free(inbox->data);
    *inbox = (VrInbox){0};
}
