/* One stream of bytes to a peer: a descriptor, with layers that encrypt or wrap put on top as they are agreed.
 *
 * Reading and writing never block and may go on in two threads, one for each direction.  Descriptors that the peer sends
 * along (UNIX sockets) are kept in order until a message claims them.
 */
#pragma once

#include <glib.h>

#include "base/lock.h"
#include "rpc/message.h"

typedef struct VrLayer VrLayer;

/* What is put over a descriptor.  Results are as read() and write() give them: -1 with errno, EAGAIN to wait. */
struct VrLayer {
    gssize (*read)(VrLayer *layer, void *data, gsize len);
    gssize (*write)(VrLayer *layer, const void *data, gsize len);
    gsize (*pending)(VrLayer *layer); /* bytes that can be read without asking the descriptor */
    void (*free)(VrLayer *layer);
    VrLayer *below; /* NULL: the descriptor */
    int fd;
};

typedef struct {
    int fd;
    gboolean local; /* UNIX: descriptors and credentials */
    VrLayer *top;   /* NULL: plain */
    int fds[VR_MESSAGE_FDS_MAX * 2];
    guint n_fds;
} VrSocket;

void vr_socket_init(VrSocket *socket, int fd);
void vr_socket_clear(VrSocket *socket);

gssize vr_socket_read(VrSocket *socket, void *data, gsize len);

/* The same, but it waits for the first byte where it can: on a plain socket that was not made non-blocking. */
gssize vr_socket_read_wait(VrSocket *socket, void *data, gsize len);
gssize vr_socket_write(VrSocket *socket, const void *data, gsize len);
gsize vr_socket_pending(const VrSocket *socket);

/* One descriptor with its byte; as vr_socket_write(). */
gssize vr_socket_send_fd(VrSocket *socket, int fd);

/* The oldest descriptor that came in; -1 when there is none. */
int vr_socket_take_fd(VrSocket *socket);

void vr_socket_push(VrSocket *socket, VrLayer *layer);

/* Bytes that came in and are not yet used; grows to one message. */
typedef struct {
    guint8 *data;
    gsize start, end, room;
} VrInbox;

/* Read what there is, up to what the message under way needs or a good portion.  As read(): 0 at the end of file.  WAIT is
 * vr_socket_read_wait()'s. */
gssize vr_inbox_fill(VrInbox *inbox, VrSocket *socket, gboolean wait);

/* The length of the next message if it is whole, 0 if not yet, -1 if it can be none. */
gssize vr_inbox_message(const VrInbox *inbox);

static inline guint8 *
vr_inbox_at(const VrInbox *inbox)
{
    return inbox->data + inbox->start;
}

void vr_inbox_skip(VrInbox *inbox, gsize n);
void vr_inbox_clear(VrInbox *inbox);
