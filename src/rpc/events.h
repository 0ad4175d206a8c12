/* Events on the wire: which message carries which event, and its fields.  Both sides use the one table. */
#pragma once

#include "base/events.h"
#include "rpc/xdr.h"

typedef struct {
    VrEventFamily family;
    int id;
    guint16 proc;       /* with a callback's number first */
    guint16 old_proc;   /* without, for daemons that had none; 0 if there never was one */
    const char *fields; /* in order: @ the object, i int, u unsigned, l 64 bits, s string, S string or NULL, p parameters,
                         * g what graphics events have */
} VrWireEvent;

/* The row of an event, or of a message; NULL when there is none. */
const VrWireEvent *vr_wire_event(VrEventFamily family, int id);
const VrWireEvent *vr_wire_event_of(int proc);

/* Write the message's fields after the callback's number. */
void vr_out_event(VrOut *out, const VrWireEvent *event, void *object, const VrEventArgs *args);

typedef struct {
    const char *name;
    const unsigned char *uuid; /* NULL for node devices */
    int id;                    /* a domain's, a secret's usage type */
} VrEventObject;

/* Read them; strings point into the message, parameters are new. */
void vr_in_event(VrIn *in, const VrWireEvent *event, VrEventObject *ret_object, VrEventArgs *ret_args);
