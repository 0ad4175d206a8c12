/* One call at the daemon: what every dispatch function is given.
 *
 * A dispatch function reads d->in (checked against its layout), calls the public function, writes d->out.  It runs on the
 * loop's thread for procedures marked direct, else on a worker; several of one client may run at once.
 */
#pragma once

#include <libvirt/libvirt-lxc.h>
#include <libvirt/libvirt-qemu.h>

#include "base/error.h"
#include "rpc/message.h"
#include "rpc/objects.h"
#include "rpc/wire.h"
#include "rpc/wire.gen.h"

typedef struct DaemonClient DaemonClient;

typedef struct {
    DaemonClient *client;
    const VrProgram *program;
    const VrProc *proc;
    VrHeader header;
    virConnectPtr conn; /* the client's, kept while the call runs; NULL before it has opened one */
    VrIn *in;
    VrOut *out;
    int fds[VR_MESSAGE_FDS_MAX]; /* that came with the call: closed afterwards unless set to -1 */
    guint n_fds;
    int fds_out[VR_MESSAGE_FDS_MAX]; /* to send with the answer, closed afterwards */
    guint n_fds_out;
} VrDispatch;

typedef int (*VrDispatchFunc)(VrDispatch *d);

extern const VrDispatchFunc vr_dispatch_remote[], vr_dispatch_qemu[];
extern const gsize vr_dispatch_remote_n, vr_dispatch_qemu_n;

/* Those by hand; NULL where there is none. */
VrDispatchFunc vr_dispatch_hand(const VrProgram *program, int proc);
VrDispatchFunc vr_dispatch_hand_list(int proc);
VrDispatchFunc vr_dispatch_hand_event(const VrProgram *program, int proc);
VrDispatchFunc vr_dispatch_hand_stream(int proc);
VrDispatchFunc vr_dispatch_auth(int proc);

/* The client's connection; NULL with the error set before it has opened one. */
virConnectPtr vr_dispatch_conn(VrDispatch *d);

/* May the caller do this to OBJECT (of KIND), by the procedure's access rules: 0, or -1 with VIR_ERR_ACCESS_DENIED. */
int vr_dispatch_access(VrDispatch *d, VrKind kind, void *object, unsigned int flags);

/* May the caller see OBJECT in a list. */
gboolean vr_dispatch_visible(VrDispatch *d, VrKind kind, void *object);

/* Take out of NAMES (of objects of KIND, volumes of POOL) what the caller may not see; how many are left. */
int vr_dispatch_filter_names(VrDispatch *d, VrKind kind, virStoragePoolPtr pool, char **names, int n);

typedef void (*VrOutObject)(VrOut *out, void *object);

/* Write a list of N objects (NULL when none was wanted), those that the caller may see, then their number; frees it. */
int vr_dispatch_objects(VrDispatch *d, VrKind kind, void **objects, int n, guint32 limit, VrOutObject write);

typedef struct {
    virTypedParameterPtr params;
    int n;
} VrDispatchParams;

void vr_dispatch_params_clear(VrDispatchParams *params);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrDispatchParams, vr_dispatch_params_clear)

/* Free the strings in an array of parameters, not the array. */
void vr_dispatch_params_release(virTypedParameterPtr params, int n);
