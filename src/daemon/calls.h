/* Calls from arrival to answer: see calls.c. */
#pragma once

#include "daemon/client.h"

/* A call has come in; PAYLOAD is the arguments, which are worked on in place when the call is direct.  Loop's thread. */
void daemon_call(DaemonClient *client, const VrHeader *header, guint8 *payload, gsize len, guint32 n_fds);

/* client.c, for calls.c: workers count what is in flight. */
void daemon_client_call_begun(DaemonClient *client);
void daemon_client_call_ended(DaemonClient *client);
void daemon_client_answered(DaemonClient *client);

/* stream.c: a stream was opened by the call; its data may flow once the answer is sent. */
int daemon_stream_open(VrDispatch *d, virStreamPtr stream, gboolean sparse);
void daemon_streams_begin(DaemonClient *client, guint32 serial);
void daemon_stream_drop(DaemonClient *client, guint32 serial);

void daemon_client_sasl_free(ClientSasl *sasl);

/* admin.c */
VrDispatchFunc daemon_admin_function(int proc);
