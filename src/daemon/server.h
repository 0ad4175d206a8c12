/* A server: listening sockets, the clients that came through them, the workers that serve them, and the limits.
 *
 * A daemon has one for its drivers and one for administration.  Loop's thread, but for what is said otherwise.
 */
#pragma once

#include <glib.h>

#include "base/lock.h"
#include "base/loop.h"
#include "base/pool.h"
#include "rpc/wire.h"

typedef struct DaemonServer DaemonServer;
struct DaemonClient;

enum {
    VR_AUTH_NONE,
    VR_AUTH_SASL,
    VR_AUTH_POLKIT,
};

typedef struct {
    unsigned int max_clients, max_anonymous, max_requests;
    int keepalive_interval;
    unsigned int keepalive_count;
} DaemonLimits;

struct DaemonServer {
    char *name;
    const VrProgram *const *programs; /* NULL-terminated */
    VrPool *pool;
    VrMutex lock; /* the limits and the clients, for administration */
    DaemonLimits limits;
    GPtrArray *clients;
    GPtrArray *listeners;
    guint64 next_id;
    unsigned int anonymous;
    gboolean paused; /* too many clients: not accepting */
    VrSource *keepalive;
    void (*changed)(DaemonServer *server); /* a client came or went */
    void (*left)(struct DaemonClient *client);
};

DaemonServer *daemon_server_new(const char *name, const VrProgram *const *programs, const DaemonLimits *limits,
                                const VrPoolLimits *workers);

/* Listen on PATH, with MODE and, unless NULL, GROUP.  -1 with the error set. */
int daemon_server_listen_unix(DaemonServer *server, const char *path, mode_t mode, const char *group, gboolean read_only,
                              int auth);
int daemon_server_listen_tcp(DaemonServer *server, const char *address, const char *port, gboolean tls, int auth);

/* A socket that listens already: handed over by systemd or by our predecessor. */
void daemon_server_listen_fd(DaemonServer *server, int fd, gboolean read_only, gboolean tls, int auth);

/* What a successor is told of the sockets (handover.h), and how it takes one over, or a client. */
struct Handover;
void daemon_server_note(DaemonServer *server, struct Handover *handover);
void daemon_server_take_listener(DaemonServer *server, GKeyFile *notes, const char *group);
void daemon_server_adopt(DaemonServer *server, struct DaemonClient *client);
/* Read on where clients were made to wait. */
void daemon_server_go_on(DaemonServer *server);

/* Accept from now on. */
void daemon_server_start(DaemonServer *server);

/* Take no more clients and send those there are away. */
void daemon_server_close(DaemonServer *server);

void daemon_server_client_gone(DaemonServer *server, struct DaemonClient *client);
void daemon_server_client_authenticated(DaemonServer *server);
void daemon_server_set_limits(DaemonServer *server, const DaemonLimits *limits);
void daemon_server_need_keepalive(DaemonServer *server);

/* TLS: the session's layer for a socket that was accepted; see tls.c. */
