/* Dispatch by hand for the procedures that no rule of the generator fits: generate/wirematch.py says why for each. */
#include <unistd.h>

#include "base/connect.h"
#include "base/log.h"
#include "daemon/access.h"
#include "daemon/calls.h"

enum {
    FEATURE_FD_PASSING = 8,
    FEATURE_TYPED_PARAM_STRING = 9,
    FEATURE_KEEPALIVE = 10,
    FEATURE_EVENT_CALLBACK = 14,
    FEATURE_CLOSE_CALLBACK = 15,
    FEATURE_NETWORK_UPDATE_ORDER = 16,
};

virConnectPtr
vr_dispatch_conn(VrDispatch *d)
{
    static const struct {
        const char *prefix, *kind;
    } kinds[] = {{"NETWORK_", "network"}, {"STORAGE_", "storage"},   {"NODE_DEVICE_", "nodedev"}, {"INTERFACE_", "interface"},
                 {"SECRET_", "secret"},   {"NWFILTER_", "nwfilter"}, {"", "hypervisor"}};
    if (d->conn)
        return d->conn;
    gsize i = 0;
    while (!g_str_has_prefix(d->proc->name, kinds[i].prefix))
        i++;
    return vr_error_null(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "%s connection not open", kinds[i].kind);
}

void
vr_dispatch_params_release(virTypedParameterPtr params, int n)
{
    for (int i = 0; params && i < n; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING)
            g_clear_pointer(&params[i].value.s, g_free);
    }
}

void
vr_dispatch_params_clear(VrDispatchParams *params)
{
    vr_params_free(params->params, params->n);
    params->params = NULL;
}

int
vr_dispatch_objects(VrDispatch *d, VrKind kind, void **objects, int n, guint32 limit, VrOutObject write)
{
    VrOut *out = d->out;
    if (!objects) {
        vr_out_u32(out, 0);
        vr_out_u32(out, (guint32)n);
        return 0;
    }
    gsize count_at = out->len;
    guint32 seen = 0;
    vr_out_u32(out, 0);
    for (int i = 0; i < n; i++) {
        if (vr_dispatch_visible(d, kind, objects[i])) {
            write(out, objects[i]);
            seen++;
        }
        vr_object_unref(objects[i]);
    }
    g_free(objects);
    if (seen > limit)
        return vr_too_many("objects", seen, limit);
    vr_store_u32(out->data + count_at, seen);
    vr_out_u32(out, seen);
    return 0;
}

/* --- the connection --- */

static int
connect_open(VrDispatch *d)
{
    DaemonClient *client = d->client;
    const char *name = vr_in_string_or_null(d->in);
    unsigned int flags = vr_in_u32(d->in);
    if (d->conn)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "connection already open");
    if (client->read_only)
        flags |= VIR_CONNECT_RO;
    virConnectPtr conn = daemon_open_connection(name, flags);
    if (!conn)
        return -1;
    if (vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0) {
        virConnectClose(conn);
        return -1;
    }
    vr_mutex_lock(&client->lock);
    if (!client->conn && !client->closed)
        client->conn = g_steal_pointer(&conn);
    vr_mutex_unlock(&client->lock);
    if (!conn)
        return 0;
    virConnectClose(conn);
    return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "connection already open");
}

static int
connect_close(VrDispatch *d)
{
    /* The answer says that nothing of the connection is left: whoever connects next finds what it left behind. */
    g_clear_pointer(&d->conn, vr_object_unref);
    daemon_client_end_connection(d->client);
    daemon_client_close_after_answer(d->client);
    return 0;
}

static int
connect_get_uri(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn || vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    g_autofree char *uri = virConnectGetURI(conn);
    if (!uri)
        return -1;
    vr_out_string(d->out, uri);
    return 0;
}

static int
connect_get_type(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn || vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    const char *type = virConnectGetType(conn);
    if (!type)
        return -1;
    vr_out_string(d->out, type);
    return 0;
}

static int
connect_supports_feature(VrDispatch *d)
{
    int feature = (int)vr_in_u32(d->in), has = 0;
    switch (feature) {
    case FEATURE_KEEPALIVE:
        /* Asked before the connection is open; a client that asks knows how to answer. */
        d->client->keepalive = TRUE;
        daemon_server_need_keepalive(d->client->server);
        has = 1;
        break;
    case FEATURE_FD_PASSING:
    case FEATURE_TYPED_PARAM_STRING:
    case FEATURE_EVENT_CALLBACK:
    case FEATURE_CLOSE_CALLBACK:
    case FEATURE_NETWORK_UPDATE_ORDER:
        has = 1;
        break;
    default: {
        virConnectPtr conn = vr_dispatch_conn(d);
        if (!conn)
            return -1;
        if (conn->hypervisor && conn->hypervisor->connectSupportsFeature)
            has = conn->hypervisor->connectSupportsFeature(conn, feature);
        if (has < 0)
            return -1;
    }
    }
    vr_out_u32(d->out, (guint32)has);
    return 0;
}

static int
connect_register_close_callback(VrDispatch *d)
{
    if (!vr_dispatch_conn(d))
        return -1;
    VR_SCOPED_LOCK(&d->client->lock);
    if (d->client->close_callback)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "A close callback is already registered");
    d->client->close_callback = TRUE;
    return 0;
}

static int
connect_unregister_close_callback(VrDispatch *d)
{
    if (!vr_dispatch_conn(d))
        return -1;
    VR_SCOPED_LOCK(&d->client->lock);
    if (!d->client->close_callback)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "A close callback was not registered");
    d->client->close_callback = FALSE;
    return 0;
}

static int
connect_set_identity(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn)
        return -1;
    g_auto(VrDispatchParams) sent = {0};
    vr_in_params(d->in, &sent.params, &sent.n);
    if (vr_dispatch_access(d, VR_CONNECT, conn, 0) < 0)
        return -1;
    return daemon_access_set_identity(d->client, sent.params, sent.n);
}

/* --- guests --- */

/* Begin: the connection, the domain that the call is about, its permission. */
#define ABOUT_DOMAIN(d)                                                                            \
    virConnectPtr conn = vr_dispatch_conn(d);                                                      \
    if (!conn)                                                                                     \
        return -1;                                                                                 \
    VrIn *in = (d)->in;                                                                            \
    VrOut *out = (d)->out;                                                                         \
    (void)out;                                                                                     \
    VR_AUTO virDomainPtr domain = vr_in_domain(in, conn)

#define MAY(d, flags)                                                                              \
    if (vr_dispatch_access(d, VR_DOMAIN, domain, flags) < 0)                                       \
    return -1

static int
domain_create(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    MAY(d, 0);
    return virDomainCreate(domain) < 0 ? -1 : 0;
}

static int
check_maps(gint64 count, gint64 maplen)
{
    if (count < 0 || maplen < 0 || count > 16384 || (maplen > 0 && count > 8388608 / maplen))
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "%s",
                        count > 16384 ? "maxinfo > REMOTE_VCPUINFO_MAX" : "maxinfo * maplen > REMOTE_CPUMAPS_MAX");
    return 0;
}

static int
domain_get_vcpus(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    int maxinfo = (int)vr_in_u32(in), maplen = (int)vr_in_u32(in);
    if (check_maps(maxinfo, maplen) < 0)
        return -1;
    MAY(d, 0);
    g_autofree virVcpuInfoPtr info = g_new0(virVcpuInfo, (gsize)maxinfo + 1);
    g_autofree unsigned char *maps = maplen > 0 ? g_malloc0((gsize)maxinfo * (gsize)maplen + 1) : NULL;
    int n = virDomainGetVcpus(domain, info, maxinfo, maps, maplen);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++) {
        vr_out_u32(out, info[i].number);
        vr_out_u32(out, (guint32)info[i].state);
        vr_out_u64(out, info[i].cpuTime);
        vr_out_u32(out, (guint32)info[i].cpu);
    }
    vr_out_bytes(out, maps, maps ? (gsize)maxinfo * (gsize)maplen : 0);
    return 0;
}

static int
domain_get_vcpu_pin_info(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    int ncpumaps = (int)vr_in_u32(in), maplen = (int)vr_in_u32(in);
    unsigned int flags = vr_in_u32(in);
    if (check_maps(ncpumaps, maplen) < 0)
        return -1;
    MAY(d, flags);
    gsize size = (gsize)ncpumaps * (gsize)maplen;
    g_autofree unsigned char *maps = g_malloc0(size + 1);
    int n = virDomainGetVcpuPinInfo(domain, ncpumaps, maps, maplen, flags);
    if (n < 0)
        return -1;
    vr_out_bytes(out, maps, (gsize)n * (gsize)maplen);
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
domain_get_emulator_pin_info(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    int maplen = (int)vr_in_u32(in);
    unsigned int flags = vr_in_u32(in);
    if (check_maps(1, maplen) < 0)
        return -1;
    MAY(d, flags);
    g_autofree unsigned char *map = g_malloc0((gsize)maplen + 1);
    int ret = virDomainGetEmulatorPinInfo(domain, map, maplen, flags);
    if (ret < 0)
        return -1;
    vr_out_bytes(out, map, (gsize)maplen);
    vr_out_u32(out, (guint32)ret);
    return 0;
}

static int
domain_get_security_label_list(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    MAY(d, 0);
    virSecurityLabelPtr labels = NULL;
    int n = virDomainGetSecurityLabelList(domain, &labels);
    /* A failure is part of the answer: clients expect it there. */
    vr_out_u32(out, (guint32)MAX(n, 0));
    for (int i = 0; i < n; i++) {
        vr_out_chars(out, labels[i].label, strnlen(labels[i].label, sizeof(labels[i].label) - 1) + 1);
        vr_out_u32(out, (guint32)labels[i].enforcing);
    }
    vr_out_u32(out, (guint32)n);
    g_free(labels);
    return 0;
}

static int
domain_block_stats(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *path = vr_in_string(in);
    MAY(d, 0);
    virDomainBlockStatsStruct stats;
    if (virDomainBlockStats(domain, path, &stats, sizeof(stats)) < 0)
        return -1;
    const long long values[] = {stats.rd_req, stats.rd_bytes, stats.wr_req, stats.wr_bytes, stats.errs};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        vr_out_u64(out, (guint64)values[i]);
    return 0;
}

static int
domain_interface_stats(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *device = vr_in_string(in);
    MAY(d, 0);
    virDomainInterfaceStatsStruct s;
    if (virDomainInterfaceStats(domain, device, &s, sizeof(s)) < 0)
        return -1;
    const long long values[] = {s.rx_bytes, s.rx_packets, s.rx_errs, s.rx_drop, s.tx_bytes, s.tx_packets, s.tx_errs, s.tx_drop};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        vr_out_u64(out, (guint64)values[i]);
    return 0;
}

static int
domain_block_peek(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *path = vr_in_string(in);
    guint64 offset = vr_in_u64(in);
    guint32 size = vr_in_u32(in), flags = vr_in_u32(in);
    if (size > VR_XDR_STRING_MAX)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "size > maximum buffer size");
    MAY(d, flags);
    g_autofree char *buffer = g_malloc0((gsize)size + 1);
    if (virDomainBlockPeek(domain, path, offset, size, buffer, flags) < 0)
        return -1;
    vr_out_bytes(out, buffer, size);
    return 0;
}

static int
domain_memory_peek(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    guint64 offset = vr_in_u64(in);
    guint32 size = vr_in_u32(in), flags = vr_in_u32(in);
    if (size > VR_XDR_STRING_MAX)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "size > maximum buffer size");
    MAY(d, flags);
    g_autofree char *buffer = g_malloc0((gsize)size + 1);
    if (virDomainMemoryPeek(domain, offset, size, buffer, flags) < 0)
        return -1;
    vr_out_bytes(out, buffer, size);
    return 0;
}

static int
domain_get_block_job_info(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *path = vr_in_string(in);
    unsigned int flags = vr_in_u32(in);
    MAY(d, flags);
    virDomainBlockJobInfo info = {0};
    int found = virDomainGetBlockJobInfo(domain, path, &info, flags);
    if (found < 0)
        return -1;
    vr_out_u32(out, (guint32)found);
    vr_out_u32(out, (guint32)info.type);
    vr_out_u64(out, info.bandwidth);
    vr_out_u64(out, info.cur);
    vr_out_u64(out, info.end);
    return 0;
}

static int
domain_get_cpu_stats(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    guint32 nparams = vr_in_u32(in);
    int start_cpu = (int)vr_in_u32(in);
    guint32 ncpus = vr_in_u32(in), flags = vr_in_u32(in);
    if (nparams > 2048)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "nparams too large");
    if (ncpus > 128)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "ncpus too large");
    MAY(d, flags);
    gsize room = (gsize)nparams * MAX(ncpus, 1);
    g_autofree virTypedParameterPtr params = nparams ? g_new0(virTypedParameter, room) : NULL;
    int each = virDomainGetCPUStats(domain, params, nparams, start_cpu, ncpus, flags);
    if (each < 0)
        return -1;
    vr_out_params(out, params, (int)room * (params != NULL), (flags & VIR_TYPED_PARAM_STRING_OKAY) != 0);
    vr_dispatch_params_release(params, (int)room * (params != NULL));
    vr_out_u32(out, (guint32)each);
    return 0;
}

static int
domain_get_scheduler_type(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    MAY(d, 0);
    int nparams = 0;
    g_autofree char *type = virDomainGetSchedulerType(domain, &nparams);
    if (!type)
        return -1;
    vr_out_string(out, type);
    vr_out_u32(out, (guint32)nparams);
    return 0;
}

static int
domain_send_key(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int codeset = vr_in_u32(in), holdtime = vr_in_u32(in);
    unsigned int keys[16];
    guint32 n = vr_in_count(in);
    for (guint32 i = 0; i < n && i < G_N_ELEMENTS(keys); i++)
        keys[i] = vr_in_u32(in);
    unsigned int flags = vr_in_u32(in);
    MAY(d, flags);
    return virDomainSendKey(domain, codeset, holdtime, keys, (int)n, flags) < 0 ? -1 : 0;
}

/* --- descriptors --- */

static int
domain_open_graphics(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int idx = vr_in_u32(in), flags = vr_in_u32(in);
    MAY(d, flags);
    if (d->n_fds == 0)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "No FD available at slot 0");
    return virDomainOpenGraphics(domain, idx, d->fds[0], flags) < 0 ? -1 : 0;
}

static int
domain_open_graphics_fd(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int idx = vr_in_u32(in), flags = vr_in_u32(in);
    MAY(d, flags);
    int fd = virDomainOpenGraphicsFD(domain, idx, flags);
    if (fd < 0)
        return -1;
    d->fds_out[d->n_fds_out++] = fd;
    vr_out_u32(out, 1);
    return 0;
}

static int
domain_create_xml_with_files(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn)
        return -1;
    const char *xml = vr_in_string(d->in);
    unsigned int flags = vr_in_u32(d->in);
    if (vr_dispatch_access(d, VR_CONNECT, conn, flags) < 0)
        return -1;
    VR_AUTO virDomainPtr domain = virDomainCreateXMLWithFiles(conn, xml, d->n_fds, d->n_fds ? d->fds : NULL, flags);
    if (!domain)
        return -1;
    vr_out_domain(d->out, domain);
    return 0;
}

static int
domain_create_with_files(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int flags = vr_in_u32(in);
    MAY(d, flags);
    if (virDomainCreateWithFiles(domain, d->n_fds, d->n_fds ? d->fds : NULL, flags) < 0)
        return -1;
    vr_out_domain(out, domain);
    return 0;
}

static int
domain_fd_associate(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *name = vr_in_string(in);
    unsigned int flags = vr_in_u32(in);
    MAY(d, flags);
    return virDomainFDAssociate(domain, name, d->n_fds, d->fds, flags) < 0 ? -1 : 0;
}

/* Hand N descriptors to the client. */
static int
give_fds(VrDispatch *d, int *fds, guint n)
{
    for (guint i = 0; i < n; i++) {
        if (i < G_N_ELEMENTS(d->fds_out))
            d->fds_out[d->n_fds_out++] = fds[i];
        else
            close(fds[i]);
    }
    if (d->n_fds_out)
        vr_out_u32(d->out, d->n_fds_out);
    return n > G_N_ELEMENTS(d->fds_out) ? vr_too_many("file descriptors", n, G_N_ELEMENTS(d->fds_out)) : 0;
}

static int
lxc_open_namespace(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int flags = vr_in_u32(in);
    MAY(d, flags);
    g_autofree int *fds = NULL;
    int n = virDomainLxcOpenNamespace(domain, &fds, flags);
    return n < 0 ? -1 : give_fds(d, fds, (guint)n);
}

static int
qemu_monitor_command_with_files(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    const char *cmd = vr_in_string(in);
    unsigned int flags = vr_in_u32(in), n_out = 0;
    MAY(d, flags);
    g_autofree int *fds = NULL;
    g_autofree char *result = NULL;
    if (virDomainQemuMonitorCommandWithFiles(domain, cmd, d->n_fds, d->fds, &n_out, &fds, &result, flags) < 0 ||
        give_fds(d, fds, n_out) < 0)
        return -1;
    vr_out_string(out, result ? result : "");
    return 0;
}

static int
node_device_get_parent(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn)
        return -1;
    VR_AUTO virNodeDevicePtr device = vr_in_node_device(d->in, conn);
    if (vr_dispatch_access(d, VR_NODE_DEVICE, device, 0) < 0)
        return -1;
    const char *parent = virNodeDeviceGetParent(device); /* none is an answer, whatever the driver thinks */
    vr_out_string_or_null(d->out, parent);
    return 0;
}

static int
secret_get_value(VrDispatch *d)
{
    virConnectPtr conn = vr_dispatch_conn(d);
    if (!conn)
        return -1;
    VR_AUTO virSecretPtr secret = vr_in_secret(d->in, conn);
    unsigned int flags = vr_in_u32(d->in);
    if (vr_dispatch_access(d, VR_SECRET, secret, flags) < 0)
        return -1;
    size_t size = 0;
    unsigned char *value = virSecretGetValue(secret, &size, flags);
    if (!value)
        return -1;
    vr_out_bytes(d->out, value, size);
    explicit_bzero(value, size);
    g_free(value);
    return 0;
}

#define ROW(program, proc, function) {&vr_program_##program, proc, function}
static const struct {
    const VrProgram *program;
    int proc;
    VrDispatchFunc function;
} functions[] = {
    ROW(remote, VR_REMOTE_CONNECT_OPEN, connect_open),
    ROW(remote, VR_REMOTE_CONNECT_CLOSE, connect_close),
    ROW(remote, VR_REMOTE_CONNECT_GET_URI, connect_get_uri),
    ROW(remote, VR_REMOTE_CONNECT_GET_TYPE, connect_get_type),
    ROW(remote, VR_REMOTE_CONNECT_SUPPORTS_FEATURE, connect_supports_feature),
    ROW(remote, VR_REMOTE_CONNECT_REGISTER_CLOSE_CALLBACK, connect_register_close_callback),
    ROW(remote, VR_REMOTE_CONNECT_UNREGISTER_CLOSE_CALLBACK, connect_unregister_close_callback),
    ROW(remote, VR_REMOTE_CONNECT_SET_IDENTITY, connect_set_identity),
    ROW(remote, VR_REMOTE_DOMAIN_CREATE, domain_create),
    ROW(remote, VR_REMOTE_DOMAIN_GET_VCPUS, domain_get_vcpus),
    ROW(remote, VR_REMOTE_DOMAIN_GET_VCPU_PIN_INFO, domain_get_vcpu_pin_info),
    ROW(remote, VR_REMOTE_DOMAIN_GET_EMULATOR_PIN_INFO, domain_get_emulator_pin_info),
    ROW(remote, VR_REMOTE_DOMAIN_GET_SECURITY_LABEL_LIST, domain_get_security_label_list),
    ROW(remote, VR_REMOTE_DOMAIN_BLOCK_STATS, domain_block_stats),
    ROW(remote, VR_REMOTE_DOMAIN_INTERFACE_STATS, domain_interface_stats),
    ROW(remote, VR_REMOTE_DOMAIN_BLOCK_PEEK, domain_block_peek),
    ROW(remote, VR_REMOTE_DOMAIN_MEMORY_PEEK, domain_memory_peek),
    ROW(remote, VR_REMOTE_DOMAIN_GET_BLOCK_JOB_INFO, domain_get_block_job_info),
    ROW(remote, VR_REMOTE_DOMAIN_GET_CPU_STATS, domain_get_cpu_stats),
    ROW(remote, VR_REMOTE_DOMAIN_GET_SCHEDULER_TYPE, domain_get_scheduler_type),
    ROW(remote, VR_REMOTE_DOMAIN_SEND_KEY, domain_send_key),
    ROW(remote, VR_REMOTE_DOMAIN_OPEN_GRAPHICS, domain_open_graphics),
    ROW(remote, VR_REMOTE_DOMAIN_OPEN_GRAPHICS_FD, domain_open_graphics_fd),
    ROW(remote, VR_REMOTE_DOMAIN_CREATE_XML_WITH_FILES, domain_create_xml_with_files),
    ROW(remote, VR_REMOTE_DOMAIN_CREATE_WITH_FILES, domain_create_with_files),
    ROW(remote, VR_REMOTE_DOMAIN_FD_ASSOCIATE, domain_fd_associate),
    ROW(remote, VR_REMOTE_NODE_DEVICE_GET_PARENT, node_device_get_parent),
    ROW(remote, VR_REMOTE_SECRET_GET_VALUE, secret_get_value),
    ROW(lxc, VR_LXC_DOMAIN_OPEN_NAMESPACE, lxc_open_namespace),
    ROW(qemu, VR_QEMU_DOMAIN_MONITOR_COMMAND_WITH_FILES, qemu_monitor_command_with_files),
};

VrDispatchFunc
vr_dispatch_hand(const VrProgram *program, int proc)
{
    for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
        if (functions[i].program == program && functions[i].proc == proc)
            return functions[i].function;
    }
    return NULL;
}
