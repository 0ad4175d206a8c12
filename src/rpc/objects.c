/* See objects.h. */
#include "rpc/objects.h"

#include "base/error.h"
#include "rpc/wire.h"

static void
out_named(VrOut *out, const VrObject *object)
{
    vr_out_string(out, object->name);
    vr_out_fixed(out, object->uuid, VIR_UUID_BUFLEN);
}

void
vr_out_domain(VrOut *out, virDomainPtr domain)
{
    out_named(out, &domain->object);
    vr_out_u32(out, (guint32)domain->id);
}

void
vr_out_network(VrOut *out, virNetworkPtr network)
{
    out_named(out, &network->object);
}

void
vr_out_network_port(VrOut *out, virNetworkPortPtr port)
{
    out_named(out, &port->network->object);
    vr_out_fixed(out, port->object.uuid, VIR_UUID_BUFLEN);
}

void
vr_out_storage_pool(VrOut *out, virStoragePoolPtr pool)
{
    out_named(out, &pool->object);
}

void
vr_out_storage_vol(VrOut *out, virStorageVolPtr vol)
{
    vr_out_string(out, vol->pool);
    vr_out_string(out, vol->object.name);
    vr_out_string(out, vol->key);
}

void
vr_out_node_device(VrOut *out, virNodeDevicePtr device)
{
    vr_out_string(out, device->object.name);
}

void
vr_out_interface(VrOut *out, virInterfacePtr interface)
{
    vr_out_string(out, interface->object.name);
    vr_out_string(out, interface->mac);
}

void
vr_out_secret(VrOut *out, virSecretPtr secret)
{
    vr_out_fixed(out, secret->object.uuid, VIR_UUID_BUFLEN);
    vr_out_u32(out, (guint32)secret->usage_type);
    vr_out_string(out, secret->usage_id ? secret->usage_id : "");
}

void
vr_out_nwfilter(VrOut *out, virNWFilterPtr filter)
{
    out_named(out, &filter->object);
}

void
vr_out_nwfilter_binding(VrOut *out, virNWFilterBindingPtr binding)
{
    vr_out_string(out, binding->object.name);
    vr_out_string(out, binding->filter);
}

void
vr_out_domain_snapshot(VrOut *out, virDomainSnapshotPtr snapshot)
{
    vr_out_string(out, snapshot->object.name);
    vr_out_domain(out, snapshot->domain);
}

void
vr_out_domain_checkpoint(VrOut *out, virDomainCheckpointPtr checkpoint)
{
    vr_out_string(out, checkpoint->object.name);
    vr_out_domain(out, checkpoint->domain);
}

void
vr_out_server(VrOut *out, virAdmServerPtr server)
{
    vr_out_string(out, server->object.name);
}

void
vr_out_client(VrOut *out, virAdmClientPtr client)
{
    vr_out_string(out, client->object.name);
    vr_out_u64(out, client->id);
    vr_out_u64(out, (guint64)client->timestamp);
    vr_out_u32(out, client->transport);
}

virAdmServerPtr
vr_in_server(VrIn *in, virAdmConnectPtr conn)
{
    const char *name = vr_in_string(in);
    return in->failed ? NULL : vr_adm_server_new(conn, name);
}

virAdmClientPtr
vr_in_client(VrIn *in, virAdmConnectPtr conn)
{
    const char *server = vr_in_string(in);
    guint64 id = vr_in_u64(in);
    gint64 timestamp = (gint64)vr_in_u64(in);
    guint32 transport = vr_in_u32(in);
    return in->failed ? NULL : vr_adm_client_new(conn, server, id, timestamp, transport);
}

virDomainPtr
vr_in_domain(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    const guint8 *uuid = vr_in_uuid(in);
    int id = (int)vr_in_u32(in);
    return in->failed ? NULL : vr_domain_new(conn, name, uuid, id);
}

virNetworkPtr
vr_in_network(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    const guint8 *uuid = vr_in_uuid(in);
    return in->failed ? NULL : vr_network_new(conn, name, uuid);
}

virNetworkPortPtr
vr_in_network_port(VrIn *in, virConnectPtr conn)
{
    VR_AUTO virNetworkPtr network = vr_in_network(in, conn);
    const guint8 *uuid = vr_in_uuid(in);
    return in->failed ? NULL : vr_network_port_new(network, uuid);
}

virStoragePoolPtr
vr_in_storage_pool(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    const guint8 *uuid = vr_in_uuid(in);
    return in->failed ? NULL : vr_storage_pool_new(conn, name, uuid);
}

virStorageVolPtr
vr_in_storage_vol(VrIn *in, virConnectPtr conn)
{
    const char *pool = vr_in_string(in);
    const char *name = vr_in_string(in);
    const char *key = vr_in_string(in);
    return in->failed ? NULL : vr_storage_vol_new(conn, pool, name, key);
}

virNodeDevicePtr
vr_in_node_device(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    return in->failed ? NULL : vr_node_device_new(conn, name);
}

virInterfacePtr
vr_in_interface(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    const char *mac = vr_in_string(in);
    return in->failed ? NULL : vr_interface_new(conn, name, mac);
}

virSecretPtr
vr_in_secret(VrIn *in, virConnectPtr conn)
{
    const guint8 *uuid = vr_in_uuid(in);
    int type = (int)vr_in_u32(in);
    const char *id = vr_in_string(in);
    return in->failed ? NULL : vr_secret_new(conn, uuid, type, id);
}

virNWFilterPtr
vr_in_nwfilter(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    const guint8 *uuid = vr_in_uuid(in);
    return in->failed ? NULL : vr_nwfilter_new(conn, name, uuid);
}

virNWFilterBindingPtr
vr_in_nwfilter_binding(VrIn *in, virConnectPtr conn)
{
    const char *port = vr_in_string(in);
    const char *filter = vr_in_string(in);
    return in->failed ? NULL : vr_nwfilter_binding_new(conn, port, filter);
}

virDomainSnapshotPtr
vr_in_domain_snapshot(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    VR_AUTO virDomainPtr domain = vr_in_domain(in, conn);
    return in->failed ? NULL : vr_snapshot_new(domain, name);
}

virDomainCheckpointPtr
vr_in_domain_checkpoint(VrIn *in, virConnectPtr conn)
{
    const char *name = vr_in_string(in);
    VR_AUTO virDomainPtr domain = vr_in_domain(in, conn);
    return in->failed ? NULL : vr_checkpoint_new(domain, name);
}

static void
out_param(VrOut *out, const virTypedParameter *param)
{
    vr_out_string(out, param->field);
    vr_out_u32(out, (guint32)param->type);
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
    case VIR_TYPED_PARAM_UINT:
        vr_out_u32(out, param->value.ui);
        break;
    case VIR_TYPED_PARAM_BOOLEAN:
        vr_out_u32(out, (guint32)(gint32)param->value.b);
        break;
    case VIR_TYPED_PARAM_STRING:
        vr_out_string(out, param->value.s ? param->value.s : "");
        break;
    case VIR_TYPED_PARAM_DOUBLE:
        vr_out_double(out, param->value.d);
        break;
    default:
        vr_out_u64(out, param->value.ul);
    }
}

void
vr_out_params(VrOut *out, const virTypedParameter *params, int n, gboolean strings)
{
    gsize count_at = out->len;
    guint32 count = 0;
    vr_out_u32(out, 0);
    for (int i = 0; i < n; i++) {
        int type = params[i].type;
        if (type < VIR_TYPED_PARAM_INT || type > VIR_TYPED_PARAM_STRING || (type == VIR_TYPED_PARAM_STRING && !strings))
            continue;
        out_param(out, &params[i]);
        count++;
    }
    vr_store_u32(out->data + count_at, count);
}

static void
in_param(VrIn *in, virTypedParameterPtr param)
{
    const char *name = vr_in_string(in);
    param->type = (int)vr_in_u32(in);
    if (in->failed)
        return;
    g_strlcpy(param->field, name, VIR_TYPED_PARAM_FIELD_LENGTH);
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
    case VIR_TYPED_PARAM_UINT:
        param->value.ui = vr_in_u32(in);
        break;
    case VIR_TYPED_PARAM_BOOLEAN:
        param->value.b = (char)(vr_in_u32(in) != 0);
        break;
    case VIR_TYPED_PARAM_STRING:
        param->value.s = g_strdup(vr_in_string(in));
        break;
    case VIR_TYPED_PARAM_DOUBLE:
        param->value.d = vr_in_double(in);
        break;
    default:
        param->value.ul = vr_in_u64(in);
    }
}

void
vr_in_params(VrIn *in, virTypedParameterPtr *ret_params, int *ret_n)
{
    guint32 n = vr_in_count(in);
    virTypedParameterPtr params = n ? g_new0(virTypedParameter, n) : NULL;
    for (guint32 i = 0; i < n; i++)
        in_param(in, &params[i]);
    *ret_params = params;
    *ret_n = (int)n;
}

int
vr_in_params_into(VrIn *in, virTypedParameterPtr params, int room, int *ret_n)
{
    guint32 n = vr_in_count(in);
    if (n > (guint32)MAX(room, 0))
        return vr_too_many("parameters", n, (guint64)MAX(room, 0));
    for (guint32 i = 0; i < n; i++) {
        memset(&params[i], 0, sizeof(params[i]));
        in_param(in, &params[i]);
    }
    *ret_n = (int)n;
    return 0;
}

void
vr_params_free(virTypedParameterPtr params, int n)
{
    for (int i = 0; params && i < n; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING)
            g_free(params[i].value.s);
    }
    g_free(params);
}

void
vr_out_strings(VrOut *out, const char *const *strings, guint32 n)
{
    vr_out_u32(out, n);
    for (guint32 i = 0; i < n; i++)
        vr_out_string(out, strings[i] ? strings[i] : "");
}

void
vr_out_error(VrOut *out)
{
    virErrorPtr e = vr_error_last();
    if (e->code == VIR_ERR_OK) {
        vr_error_raise(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, VIR_ERR_ERROR, NULL, NULL, NULL, 0, 0,
                       "Library function returned error but did not set virError");
        e = vr_error_last();
    }
    vr_out_u32(out, (guint32)e->code);
    vr_out_u32(out, (guint32)e->domain);
    vr_out_string_or_null(out, e->message);
    vr_out_u32(out, (guint32)e->level);
    vr_out_u32(out, 0); /* no domain: long gone from errors */
    vr_out_string_or_null(out, e->str1);
    vr_out_string_or_null(out, e->str2);
    vr_out_string_or_null(out, e->str3);
    vr_out_u32(out, (guint32)e->int1);
    vr_out_u32(out, (guint32)e->int2);
    vr_out_u32(out, 0); /* no network either */
}

void
vr_in_error(VrIn *in)
{
    int code = (int)vr_in_u32(in);
    int domain = (int)vr_in_u32(in);
    const char *message = vr_in_string_or_null(in);
    int level = (int)vr_in_u32(in);
    if (vr_in_u32(in)) {
        vr_in_string(in);
        vr_in_uuid(in);
        vr_in_u32(in);
    }
    const char *str1 = vr_in_string_or_null(in);
    const char *str2 = vr_in_string_or_null(in);
    const char *str3 = vr_in_string_or_null(in);
    int int1 = (int)vr_in_u32(in);
    int int2 = (int)vr_in_u32(in);
    if (code == VIR_ERR_OK)
        code = VIR_ERR_RPC;
    vr_error_raise(domain, code, level == VIR_ERR_WARNING ? VIR_ERR_WARNING : VIR_ERR_ERROR, str1, str2, str3, int1, int2,
                   message ? message : "the other side reported an error without a message");
}

int
vr_too_many(const char *what, guint64 n, guint64 limit)
{
    return vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "too many %s '%llu' for limit '%llu'", what, (unsigned long long)n,
                    (unsigned long long)limit);
}
