/* Objects, typed parameters and errors on the wire.
 *
 * Messages that are read here have been checked against their layout (rpc/wire.h).  Any thread.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/object.h"
#include "rpc/xdr.h"

static inline void
vr_unref_auto(void *p)
{
    void *object = *(void **)p;
    if (object)
        vr_object_unref(object);
}

/* An object whose reference this scope holds. */
#define VR_AUTO __attribute__((cleanup(vr_unref_auto)))

void vr_out_domain(VrOut *out, virDomainPtr domain);
void vr_out_network(VrOut *out, virNetworkPtr network);
void vr_out_network_port(VrOut *out, virNetworkPortPtr port);
void vr_out_storage_pool(VrOut *out, virStoragePoolPtr pool);
void vr_out_storage_vol(VrOut *out, virStorageVolPtr vol);
void vr_out_node_device(VrOut *out, virNodeDevicePtr device);
void vr_out_interface(VrOut *out, virInterfacePtr interface);
void vr_out_secret(VrOut *out, virSecretPtr secret);
void vr_out_nwfilter(VrOut *out, virNWFilterPtr filter);
void vr_out_nwfilter_binding(VrOut *out, virNWFilterBindingPtr binding);
void vr_out_domain_snapshot(VrOut *out, virDomainSnapshotPtr snapshot);
void vr_out_domain_checkpoint(VrOut *out, virDomainCheckpointPtr checkpoint);

void vr_out_server(VrOut *out, virAdmServerPtr server);
void vr_out_client(VrOut *out, virAdmClientPtr client);
virAdmServerPtr vr_in_server(VrIn *in, virAdmConnectPtr conn);
virAdmClientPtr vr_in_client(VrIn *in, virAdmConnectPtr conn);

/* Each gives a new object of CONN; NULL only when the message has failed. */
virDomainPtr vr_in_domain(VrIn *in, virConnectPtr conn);
virNetworkPtr vr_in_network(VrIn *in, virConnectPtr conn);
virNetworkPortPtr vr_in_network_port(VrIn *in, virConnectPtr conn);
virStoragePoolPtr vr_in_storage_pool(VrIn *in, virConnectPtr conn);
virStorageVolPtr vr_in_storage_vol(VrIn *in, virConnectPtr conn);
virNodeDevicePtr vr_in_node_device(VrIn *in, virConnectPtr conn);
virInterfacePtr vr_in_interface(VrIn *in, virConnectPtr conn);
virSecretPtr vr_in_secret(VrIn *in, virConnectPtr conn);
virNWFilterPtr vr_in_nwfilter(VrIn *in, virConnectPtr conn);
virNWFilterBindingPtr vr_in_nwfilter_binding(VrIn *in, virConnectPtr conn);
virDomainSnapshotPtr vr_in_domain_snapshot(VrIn *in, virConnectPtr conn);
virDomainCheckpointPtr vr_in_domain_checkpoint(VrIn *in, virConnectPtr conn);

/* An array of parameters; those without a type are left out, and strings unless STRINGS. */
void vr_out_params(VrOut *out, const virTypedParameter *params, int n, gboolean strings);

/* A new array; the caller frees it with virTypedParamsFree() or vr_params_free(). */
void vr_in_params(VrIn *in, virTypedParameterPtr *ret_params, int *ret_n);
void vr_params_free(virTypedParameterPtr params, int n);

/* Into the caller's array of ROOM; -1 with the error set when there are more. */
int vr_in_params_into(VrIn *in, virTypedParameterPtr params, int room, int *ret_n);

void vr_out_strings(VrOut *out, const char *const *strings, guint32 n);

/* The thread's error, or one that says there was none. */
void vr_out_error(VrOut *out);

/* Make what the other side reported the thread's error. */
void vr_in_error(VrIn *in);

/* VIR_ERR_RPC: a list of WHAT is longer than the protocol allows.  Always -1. */
int vr_too_many(const char *what, guint64 n, guint64 limit);
