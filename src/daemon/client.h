/* A peer of the daemon: its socket, what it is allowed, what it has asked for.
 *
 * The loop's thread reads and answers direct calls; workers run the others and write their answers themselves.  `lock`
 * guards everything that both touch.
 */
#pragma once

#include <libvirt/libvirt.h>

#include "base/loop.h"
#include "daemon/dispatch.h"
#include "daemon/server.h"
#include "rpc/events.h"
#include "rpc/socket.h"

typedef struct ClientStream ClientStream;
typedef struct ClientSasl ClientSasl;

struct DaemonClient {
    gint refs;
    DaemonServer *server;
    guint64 id;
    gint64 since;        /* seconds */
    gboolean read_only;  /* by the socket it came through */
    int auth_wanted;     /* VR_AUTH_... of that socket */
    int transport;       /* virClientTransport */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char *address, *selinux, *sasl_name, *x509_name;

    /* Loop's thread */
    VrInbox inbox;
    VrSource *watch;
    unsigned int events;
    unsigned int unanswered;   /* keepalive pings */
    gboolean keepalive;        /* it knows how */
    gint64 heard;              /* loop time of the last byte */
    gboolean broken;

    VrMutex lock;
    VrSocket socket;
    GByteArray *unsent;        /* from unsent_at on */
    gsize unsent_at;
    guint in_flight;
    guint stalled;             /* streams with more data than their slow sinks take */
    gboolean authenticated;
    gboolean closing;          /* after what is unsent */
    gboolean closed;
    virConnectPtr conn;
    GPtrArray *registrations;  /* DaemonEvent: see events.c */
    GPtrArray *streams;
    ClientSasl *sasl;
    VrLayer *next_layer;       /* to put on once what is being sent is out */
    VrLayer *handshake;        /* TLS that is being agreed: loop's thread */
    int tls_bits;
    gboolean close_callback;
};

DaemonClient *daemon_client_new(DaemonServer *server, int fd, gboolean read_only, int auth, int transport);
DaemonClient *daemon_client_ref(DaemonClient *client);
void daemon_client_unref(DaemonClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DaemonClient, daemon_client_unref)

/* Begin reading; loop's thread. */
void daemon_client_start(DaemonClient *client);

/* Look again at what has come in; loop's thread. */
void daemon_client_go_on(DaemonClient *client);

/* End the connection now; any thread. */
void daemon_client_close(DaemonClient *client);

/* Send a whole message, then FDS; any thread.  Takes nothing over. */
void daemon_client_send(DaemonClient *client, const guint8 *data, gsize len, const int *fds, guint n_fds);

/* A stream's data waits for its sink: nothing is read until as many have gone on as have stalled.  Loop's thread. */
void daemon_client_stall(DaemonClient *client);
void daemon_client_unstall(DaemonClient *client);

/* Bytes that wait for the peer to read. */
gsize daemon_client_backlog(DaemonClient *client);

void daemon_client_close_after_answer(DaemonClient *client);
void daemon_client_authenticated(DaemonClient *client);

/* Every INTERVAL seconds: a ping, or the end after COUNT without a sign of life. */
void daemon_client_keepalive(DaemonClient *client, int interval, unsigned int count);

/* events.c, stream.c */
/* Close what CLIENT has open: its connection, streams and events.  On a worker. */
void daemon_client_end_connection(DaemonClient *client);
void daemon_client_forget_events(DaemonClient *client);
void daemon_client_abort_streams(DaemonClient *client);
/* A message on an open stream; loop's thread.  FALSE when there is no such stream. */
gboolean daemon_client_stream_message(DaemonClient *client, const VrHeader *header, const guint8 *payload, gsize len);
void daemon_client_streams_may_write(DaemonClient *client);
