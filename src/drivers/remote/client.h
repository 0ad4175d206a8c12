/* The client's end of the wire: calls from any thread, over one socket, without a thread of its own.
 *
 * A thread that waits for its answer reads the socket for all who wait and hands that duty on when it leaves.  While
 * nobody waits, the application's event loop reads (events, keepalive), if there is one.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "rpc/message.h"
#include "rpc/objects.h"
#include "rpc/socket.h"
#include "rpc/wire.h"

typedef struct RemoteClient RemoteClient;
typedef struct RemoteStream RemoteStream;

/* A copy of the thread's error, and its end. */
virErrorPtr remote_error_copy(void);
void remote_error_free(virErrorPtr error);

/* What comes unasked.  Called with the client's lock held, on whatever thread reads: must not call back. */
typedef struct {
    void (*event)(void *data, const VrHeader *header, VrIn *in);
    void (*stream)(void *data, const VrHeader *header, const guint8 *payload, gsize len);
    void (*closed)(void *data, int reason); /* virConnectCloseReason */
} RemoteClientHooks;

/* Takes the descriptors over; ERRORS, unless -1, is where the program that made the connection complains. */
RemoteClient *remote_client_new(int fd, int errors, const RemoteClientHooks *hooks, void *data);
void remote_client_close(RemoteClient *client);
void remote_client_free(RemoteClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RemoteClient, remote_client_free)
/* Number calls on from where OLD was. */
void remote_client_follow(RemoteClient *client, RemoteClient *old);

VrSocket *remote_client_socket(RemoteClient *client);

/* Let the application's event loop read while nobody waits; nothing happens without a loop. */
void remote_client_attach_loop(RemoteClient *client);

gboolean remote_client_is_open(RemoteClient *client);

/* virConnectSetKeepAlive: 0, 1 when the other side has none, -1 with the error set. */
int remote_client_set_keepalive(RemoteClient *client, int interval, unsigned int count);
void remote_client_allow_keepalive(RemoteClient *client, gboolean supported);

typedef struct RemoteCall RemoteCall;
struct RemoteCall {
    RemoteClient *client;
    const VrProgram *program;
    const VrProc *proc;
    VrOut out;      /* the whole message */
    VrIn in;        /* the answer's payload */
    guint8 *answer;
    int fds[VR_MESSAGE_FDS_MAX]; /* to send; then those that came, which the caller takes by setting -1 */
    guint n_fds, n_fds_in;
    guint32 serial;
    /* The client's */
    gboolean done, failed, sleeping;
    virErrorPtr error;
    pthread_cond_t wake;
    RemoteCall *next;
};

/* Begin a call on CLIENT; then write the arguments to call->out. */
int remote_client_begin(RemoteCall *call, RemoteClient *client, const VrProgram *program, int proc);

/* Send and wait for the answer: -1 with the error set, else call->in is its payload, checked. */
int remote_call_run(RemoteCall *call);
void remote_call_end(RemoteCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RemoteCall, remote_call_end)

/* Streams: send one message of an open stream; wait until *CONDITION is true or the connection is gone (-1). */
int remote_client_send_stream(RemoteClient *client, const VrHeader *header, const void *data, gsize len);
VrMutex *remote_client_lock(RemoteClient *client);
/* Called with the lock held.  READY is asked with the lock held whenever something has come in. */
int remote_client_wait(RemoteClient *client, gboolean (*ready)(void *data), void *data);
