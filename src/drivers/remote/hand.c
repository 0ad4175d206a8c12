/* Operations whose arguments or results no rule of the generator fits: generate/wirematch.py says why for each.
 *
 * Like the generated ones: any thread, begin, write the arguments, run, read the result.
 */
#include "stubs.h"

#define BEGIN(conn, proc, bad)                                                                     \
    g_auto(RemoteCall) call = {0};                                                                 \
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_##proc) < 0)                  \
        return bad;                                                                                \
    VrOut *out = &call.out;                                                                        \
    VrIn *in = &call.in

/* For calls that have no arguments of their own to write with `out`. */
#define UNUSED(x) (void)(x)

int
remote_domain_create(virDomainPtr domain)
{
    virConnectPtr conn = VR_OBJECT_CONN(domain);
    {
        BEGIN(conn, DOMAIN_CREATE, -1);
        UNUSED(in);
        vr_out_domain(out, domain);
        if (remote_call_run(&call) < 0)
            return -1;
    }
    /* The answer does not say the number that the guest got. */
    BEGIN(conn, DOMAIN_LOOKUP_BY_UUID, -1);
    vr_out_fixed(out, domain->object.uuid, VIR_UUID_BUFLEN);
    if (remote_call_run(&call) < 0)
        return -1;
    VR_AUTO virDomainPtr again = vr_in_domain(in, conn);
    if (again)
        domain->id = again->id;
    return 0;
}

/* Bitmaps of LEN bytes each, for as many items as the caller has room. */
static int
in_bitmaps(VrIn *in, unsigned char *maps, gsize room)
{
    guint32 len = 0;
    const guint8 *bytes = vr_in_bytes(in, &len);
    if (len > room)
        return vr_too_many("bytes of CPU maps", len, room);
    if (maps) {
        memset(maps, 0, room);
        if (bytes)
            memcpy(maps, bytes, len);
    }
    return 0;
}

int
remote_domain_get_vcpus(virDomainPtr domain, virVcpuInfoPtr info, int maxinfo, unsigned char *cpumaps, int maplen)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_VCPUS, -1);
    vr_out_domain(out, domain);
    vr_out_u32(out, (guint32)maxinfo);
    vr_out_u32(out, (guint32)maplen);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (n > (guint32)maxinfo)
        return vr_too_many("vCPUs", n, (guint64)maxinfo);
    for (guint32 i = 0; i < n; i++) {
        info[i].number = vr_in_u32(in);
        info[i].state = (int)vr_in_u32(in);
        info[i].cpuTime = vr_in_u64(in);
        info[i].cpu = (int)vr_in_u32(in);
    }
    return in_bitmaps(in, cpumaps, (gsize)maxinfo * (gsize)MAX(maplen, 0)) < 0 ? -1 : (int)n;
}

int
remote_domain_get_vcpu_pin_info(virDomainPtr domain, int ncpumaps, unsigned char *cpumaps, int maplen,
                                unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_VCPU_PIN_INFO, -1);
    vr_out_domain(out, domain);
    vr_out_u32(out, (guint32)ncpumaps);
    vr_out_u32(out, (guint32)maplen);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    if (in_bitmaps(in, cpumaps, (gsize)ncpumaps * (gsize)maplen) < 0)
        return -1;
    return (int)vr_in_u32(in);
}

int
remote_domain_get_emulator_pin_info(virDomainPtr domain, unsigned char *cpumap, int maplen, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_EMULATOR_PIN_INFO, -1);
    vr_out_domain(out, domain);
    vr_out_u32(out, (guint32)maplen);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    if (in_bitmaps(in, cpumap, (gsize)maplen) < 0)
        return -1;
    return (int)vr_in_u32(in);
}

int
remote_domain_get_security_label_list(virDomainPtr domain, virSecurityLabelPtr *seclabels)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_SECURITY_LABEL_LIST, -1);
    vr_out_domain(out, domain);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virSecurityLabelPtr list = n ? g_new0(virSecurityLabel, n) : NULL;
    for (guint32 i = 0; i < n; i++) {
        vr_in_chars(in, list[i].label, sizeof(list[i].label));
        list[i].enforcing = (int)vr_in_u32(in);
    }
    *seclabels = list;
    return (int)vr_in_u32(in);
}

int
remote_domain_block_stats(virDomainPtr dom, const char *disk, virDomainBlockStatsPtr stats, size_t size)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_BLOCK_STATS, -1);
    vr_out_domain(out, dom);
    vr_out_string(out, disk);
    if (remote_call_run(&call) < 0)
        return -1;
    virDomainBlockStatsStruct all = {0};
    all.rd_req = (gint64)vr_in_u64(in);
    all.rd_bytes = (gint64)vr_in_u64(in);
    all.wr_req = (gint64)vr_in_u64(in);
    all.wr_bytes = (gint64)vr_in_u64(in);
    all.errs = (gint64)vr_in_u64(in);
    memcpy(stats, &all, MIN(size, sizeof(all)));
    return 0;
}

int
remote_domain_interface_stats(virDomainPtr dom, const char *device, virDomainInterfaceStatsPtr stats, size_t size)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_INTERFACE_STATS, -1);
    vr_out_domain(out, dom);
    vr_out_string(out, device);
    if (remote_call_run(&call) < 0)
        return -1;
    virDomainInterfaceStatsStruct all = {0};
    all.rx_bytes = (gint64)vr_in_u64(in);
    all.rx_packets = (gint64)vr_in_u64(in);
    all.rx_errs = (gint64)vr_in_u64(in);
    all.rx_drop = (gint64)vr_in_u64(in);
    all.tx_bytes = (gint64)vr_in_u64(in);
    all.tx_packets = (gint64)vr_in_u64(in);
    all.tx_errs = (gint64)vr_in_u64(in);
    all.tx_drop = (gint64)vr_in_u64(in);
    memcpy(stats, &all, MIN(size, sizeof(all)));
    return 0;
}

static int
in_peeked(VrIn *in, void *buffer, gsize size)
{
    guint32 len = 0;
    const guint8 *bytes = vr_in_bytes(in, &len);
    if (len != size)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_RPC, "the daemon returned a buffer of %u bytes, not %zu", len, size);
    if (bytes)
        memcpy(buffer, bytes, size);
    return 0;
}

static int
check_peek(size_t size)
{
    if (size <= VR_XDR_STRING_MAX)
        return 0;
    return vr_error(VIR_FROM_REMOTE, VIR_ERR_RPC, "request too large for remote protocol, %zu > %d", size, VR_XDR_STRING_MAX);
}

int
remote_domain_block_peek(virDomainPtr dom, const char *disk, unsigned long long offset, size_t size, void *buffer,
                         unsigned int flags)
{
    if (check_peek(size) < 0)
        return -1;
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_BLOCK_PEEK, -1);
    vr_out_domain(out, dom);
    vr_out_string(out, disk);
    vr_out_u64(out, offset);
    vr_out_u32(out, (guint32)size);
    vr_out_u32(out, flags);
    return remote_call_run(&call) < 0 ? -1 : in_peeked(in, buffer, size);
}

int
remote_domain_memory_peek(virDomainPtr dom, unsigned long long start, size_t size, void *buffer, unsigned int flags)
{
    if (check_peek(size) < 0)
        return -1;
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_MEMORY_PEEK, -1);
    vr_out_domain(out, dom);
    vr_out_u64(out, start);
    vr_out_u32(out, (guint32)size);
    vr_out_u32(out, flags);
    return remote_call_run(&call) < 0 ? -1 : in_peeked(in, buffer, size);
}

int
remote_domain_get_block_job_info(virDomainPtr dom, const char *disk, virDomainBlockJobInfoPtr info, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_GET_BLOCK_JOB_INFO, -1);
    vr_out_domain(out, dom);
    vr_out_string(out, disk);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    if (!vr_in_u32(in))
        return 0;
    info->type = (int)vr_in_u32(in);
    info->bandwidth = vr_in_u64(in);
    info->cur = vr_in_u64(in);
    info->end = vr_in_u64(in);
    return 1;
}

int
remote_domain_get_cpu_stats(virDomainPtr domain, virTypedParameterPtr params, unsigned int nparams, int start_cpu,
                            unsigned int ncpus, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_CPU_STATS, -1);
    vr_out_domain(out, domain);
    vr_out_u32(out, nparams);
    vr_out_u32(out, (guint32)start_cpu);
    vr_out_u32(out, ncpus);
    vr_out_u32(out, flags | VIR_TYPED_PARAM_STRING_OKAY);
    if (remote_call_run(&call) < 0)
        return -1;
    /* The answer is dense: N parameters for each CPU that it has any of, while the caller's array has NPARAMS for each. */
    guint32 n = vr_in_count(in);
    gsize room = (gsize)nparams * MAX(ncpus, 1);
    if (n > room)
        return vr_too_many("parameters", n, room);
    g_autofree virTypedParameterPtr all = n ? g_new0(virTypedParameter, n) : NULL;
    int got = 0;
    if (n) {
        in->at -= 4; /* the count, once more */
        if (vr_in_params_into(in, all, (int)n, &got) < 0)
            return -1;
    }
    guint32 each = vr_in_u32(in);
    if (nparams == 0)
        return (int)each;
    if (each > nparams || (n && n != each * ncpus)) {
        for (int i = 0; i < got; i++) {
            if (all[i].type == VIR_TYPED_PARAM_STRING)
                g_free(all[i].value.s);
        }
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_RPC, "remoteDomainGetCPUStats: returned number of stats exceeds limit");
    }
    memset(params, 0, sizeof(*params) * room);
    for (guint32 i = 0; i < n; i++)
        params[i / each * nparams + i % each] = all[i];
    return (int)each;
}

char *
remote_domain_get_scheduler_type(virDomainPtr domain, int *nparams)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_GET_SCHEDULER_TYPE, NULL);
    vr_out_domain(out, domain);
    if (remote_call_run(&call) < 0)
        return NULL;
    char *type = g_strdup(vr_in_string(in));
    int n = (int)vr_in_u32(in);
    if (nparams)
        *nparams = n;
    return type;
}

int
remote_domain_send_key(virDomainPtr domain, unsigned int codeset, unsigned int holdtime, unsigned int *keycodes,
                       int nkeycodes, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_SEND_KEY, -1);
    UNUSED(in);
    vr_out_domain(out, domain);
    vr_out_u32(out, codeset);
    vr_out_u32(out, holdtime);
    vr_out_u32(out, (guint32)nkeycodes);
    for (int i = 0; i < nkeycodes; i++)
        vr_out_u32(out, keycodes[i]);
    vr_out_u32(out, flags);
    return remote_call_run(&call);
}

const char *
remote_node_device_get_parent(virNodeDevicePtr dev)
{
    if (dev->parent)
        return dev->parent;
    BEGIN(VR_OBJECT_CONN(dev), NODE_DEVICE_GET_PARENT, NULL);
    vr_out_string(out, dev->object.name);
    if (remote_call_run(&call) < 0)
        return NULL;
    const char *parent = vr_in_string_or_null(in);
    g_free(dev->parent);
    return dev->parent = g_strdup(parent);
}

unsigned char *
remote_secret_get_value(virSecretPtr secret, size_t *value_size, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(secret), SECRET_GET_VALUE, NULL);
    vr_out_secret(out, secret);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return NULL;
    guint32 len = 0;
    guint8 *bytes = vr_in_bytes(in, &len);
    unsigned char *value = g_malloc(len + 1);
    if (bytes) {
        memcpy(value, bytes, len);
        explicit_bzero(bytes, len);
    }
    *value_size = len;
    return value;
}

/* --- descriptors --- */

static int
add_fds(RemoteCall *call, const int *fds, unsigned int n)
{
    if (n > VR_MESSAGE_FDS_MAX)
        return vr_too_many("file descriptors", n, VR_MESSAGE_FDS_MAX);
    if (!remote_client_socket(call->client)->local)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        "file descriptor passing is not supported by this connection");
    for (unsigned int i = 0; i < n; i++)
        call->fds[i] = fds[i];
    call->n_fds = n;
    vr_out_u32(&call->out, n); /* before the arguments */
    return 0;
}

int
remote_domain_open_graphics(virDomainPtr dom, unsigned int idx, int fd, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_OPEN_GRAPHICS, -1);
    UNUSED(in);
    if (add_fds(&call, &fd, 1) < 0)
        return -1;
    vr_out_domain(out, dom);
    vr_out_u32(out, idx);
    vr_out_u32(out, flags);
    return remote_call_run(&call);
}

int
remote_domain_open_graphics_fd(virDomainPtr dom, unsigned int idx, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_OPEN_GRAPHICS_FD, -1);
    UNUSED(in);
    vr_out_domain(out, dom);
    vr_out_u32(out, idx);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    if (call.n_fds_in == 0)
        return vr_error(VIR_FROM_REMOTE, VIR_ERR_INTERNAL_ERROR, "no file descriptor received");
    int fd = call.fds[0];
    call.fds[0] = -1;
    return fd;
}

virDomainPtr
remote_domain_create_xml_with_files(virConnectPtr conn, const char *xmlDesc, unsigned int nfiles, int *files,
                                    unsigned int flags)
{
    BEGIN(conn, DOMAIN_CREATE_XML_WITH_FILES, NULL);
    if (nfiles && add_fds(&call, files, nfiles) < 0)
        return NULL;
    vr_out_string(out, xmlDesc);
    vr_out_u32(out, flags);
    return remote_call_run(&call) < 0 ? NULL : vr_in_domain(in, conn);
}

int
remote_domain_create_with_files(virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags)
{
    virConnectPtr conn = VR_OBJECT_CONN(domain);
    BEGIN(conn, DOMAIN_CREATE_WITH_FILES, -1);
    if (nfiles && add_fds(&call, files, nfiles) < 0)
        return -1;
    vr_out_domain(out, domain);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    VR_AUTO virDomainPtr again = vr_in_domain(in, conn);
    if (again)
        domain->id = again->id;
    return 0;
}

int
remote_domain_fd_associate(virDomainPtr domain, const char *name, unsigned int nfds, int *fds, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(domain), DOMAIN_FD_ASSOCIATE, -1);
    UNUSED(in);
    if (add_fds(&call, fds, nfds) < 0)
        return -1;
    vr_out_domain(out, domain);
    vr_out_string(out, name);
    vr_out_u32(out, flags);
    return remote_call_run(&call);
}

/* Hand the descriptors of the answer to the application. */
static int *
take_all_fds(RemoteCall *call)
{
    int *fds = g_new0(int, call->n_fds_in + 1);
    for (guint i = 0; i < call->n_fds_in; i++) {
        fds[i] = call->fds[i];
        call->fds[i] = -1;
    }
    return fds;
}

int
remote_domain_lxc_open_namespace(virDomainPtr domain, int **fdlist, unsigned int flags)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, VR_OBJECT_CONN(domain), &vr_program_lxc, VR_LXC_DOMAIN_OPEN_NAMESPACE) < 0)
        return -1;
    vr_out_domain(&call.out, domain);
    vr_out_u32(&call.out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    *fdlist = take_all_fds(&call);
    return (int)call.n_fds_in;
}

int
remote_domain_qemu_monitor_command_with_files(virDomainPtr domain, const char *cmd, unsigned int ninfiles, int *infiles,
                                              unsigned int *noutfiles, int **outfiles, char **result,
                                              unsigned int flags)
{
    g_auto(RemoteCall) call = {0};
    if (remote_call_begin(&call, VR_OBJECT_CONN(domain), &vr_program_qemu, VR_QEMU_DOMAIN_MONITOR_COMMAND_WITH_FILES) < 0)
        return -1;
    if (ninfiles && add_fds(&call, infiles, ninfiles) < 0)
        return -1;
    vr_out_domain(&call.out, domain);
    vr_out_string(&call.out, cmd);
    vr_out_u32(&call.out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    *result = g_strdup(vr_in_string(&call.in));
    if (noutfiles)
        *noutfiles = call.n_fds_in;
    if (outfiles)
        *outfiles = take_all_fds(&call);
    return 0;
}
