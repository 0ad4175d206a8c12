/* Operations that return arrays of structures: generate/wirematch.py says of each why no rule fits it. */
#include "stubs.h"

#define BEGIN(conn, proc, bad)                                                                     \
    g_auto(RemoteCall) call = {0};                                                                 \
    if (remote_call_begin(&call, conn, &vr_program_remote, VR_REMOTE_##proc) < 0)                  \
        return bad;                                                                                \
    VrOut *out = &call.out;                                                                        \
    VrIn *in = &call.in

int
remote_domain_memory_stats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int nr_stats, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_MEMORY_STATS, -1);
    vr_out_domain(out, dom);
    vr_out_u32(out, nr_stats);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (n > nr_stats)
        return vr_too_many("memory statistics", n, nr_stats);
    for (guint32 i = 0; i < n; i++) {
        stats[i].tag = (int)vr_in_u32(in);
        stats[i].val = vr_in_u64(in);
    }
    return (int)n;
}

int
remote_domain_get_disk_errors(virDomainPtr dom, virDomainDiskErrorPtr errors, unsigned int maxerrors,
                              unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_GET_DISK_ERRORS, -1);
    vr_out_domain(out, dom);
    vr_out_u32(out, maxerrors);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (n > maxerrors)
        return vr_too_many("disk errors", n, maxerrors);
    for (guint32 i = 0; i < n; i++) {
        errors[i].disk = g_strdup(vr_in_string(in));
        errors[i].error = (int)vr_in_u32(in);
    }
    return (int)vr_in_u32(in);
}

int
remote_domain_get_io_thread_info(virDomainPtr dom, virDomainIOThreadInfoPtr **info, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_GET_IOTHREAD_INFO, -1);
    vr_out_domain(out, dom);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virDomainIOThreadInfoPtr *list = g_new0(virDomainIOThreadInfoPtr, n + 1);
    for (guint32 i = 0; i < n; i++) {
        list[i] = g_new0(virDomainIOThreadInfo, 1);
        list[i]->iothread_id = vr_in_u32(in);
        guint32 len = 0;
        const guint8 *map = vr_in_bytes(in, &len);
        list[i]->cpumap = g_memdup2(map, len);
        list[i]->cpumaplen = (int)len;
    }
    *info = list;
    return (int)vr_in_u32(in);
}

int
remote_domain_get_fs_info(virDomainPtr dom, virDomainFSInfoPtr **info, unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_GET_FSINFO, -1);
    vr_out_domain(out, dom);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virDomainFSInfoPtr *list = n ? g_new0(virDomainFSInfoPtr, n + 1) : NULL;
    for (guint32 i = 0; i < n; i++) {
        virDomainFSInfoPtr one = list[i] = g_new0(virDomainFSInfo, 1);
        one->mountpoint = g_strdup(vr_in_string(in));
        one->name = g_strdup(vr_in_string(in));
        one->fstype = g_strdup(vr_in_string(in));
        one->ndevAlias = vr_in_count(in);
        one->devAlias = one->ndevAlias ? g_new0(char *, one->ndevAlias) : NULL;
        for (size_t j = 0; j < one->ndevAlias; j++)
            one->devAlias[j] = g_strdup(vr_in_string(in));
    }
    *info = list;
    return (int)vr_in_u32(in);
}

int
remote_domain_interface_addresses(virDomainPtr dom, virDomainInterfacePtr **ifaces, unsigned int source,
                                  unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(dom), DOMAIN_INTERFACE_ADDRESSES, -1);
    vr_out_domain(out, dom);
    vr_out_u32(out, source);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virDomainInterfacePtr *list = n ? g_new0(virDomainInterfacePtr, n + 1) : NULL;
    for (guint32 i = 0; i < n; i++) {
        virDomainInterfacePtr one = list[i] = g_new0(virDomainInterface, 1);
        one->name = g_strdup(vr_in_string(in));
        one->hwaddr = g_strdup(vr_in_string_or_null(in));
        one->naddrs = vr_in_count(in);
        one->addrs = one->naddrs ? g_new0(virDomainIPAddress, one->naddrs) : NULL;
        for (unsigned int j = 0; j < one->naddrs; j++) {
            one->addrs[j].type = (int)vr_in_u32(in);
            one->addrs[j].addr = g_strdup(vr_in_string(in));
            one->addrs[j].prefix = vr_in_u32(in);
        }
    }
    *ifaces = list;
    return (int)n;
}

int
remote_network_get_dhcp_leases(virNetworkPtr network, const char *mac, virNetworkDHCPLeasePtr **leases,
                               unsigned int flags)
{
    BEGIN(VR_OBJECT_CONN(network), NETWORK_GET_DHCP_LEASES, -1);
    vr_out_network(out, network);
    vr_out_string_or_null(out, mac);
    vr_out_u32(out, leases != NULL);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virNetworkDHCPLeasePtr *list = leases ? g_new0(virNetworkDHCPLeasePtr, n + 1) : NULL;
    for (guint32 i = 0; list && i < n; i++) {
        virNetworkDHCPLeasePtr one = list[i] = g_new0(virNetworkDHCPLease, 1);
        one->iface = g_strdup(vr_in_string(in));
        one->expirytime = (gint64)vr_in_u64(in);
        one->type = (int)vr_in_u32(in);
        one->mac = g_strdup(vr_in_string_or_null(in));
        one->iaid = g_strdup(vr_in_string_or_null(in));
        one->ipaddr = g_strdup(vr_in_string(in));
        one->prefix = vr_in_u32(in);
        one->hostname = g_strdup(vr_in_string_or_null(in));
        one->clientid = g_strdup(vr_in_string_or_null(in));
    }
    if (leases)
        *leases = list;
    return (int)vr_in_u32(in);
}

int
remote_connect_get_all_domain_stats(virConnectPtr conn, virDomainPtr *doms, unsigned int ndoms, unsigned int stats,
                                    virDomainStatsRecordPtr **retStats, unsigned int flags)
{
    BEGIN(conn, CONNECT_GET_ALL_DOMAIN_STATS, -1);
    vr_out_u32(out, ndoms);
    for (unsigned int i = 0; i < ndoms; i++)
        vr_out_domain(out, doms[i]);
    vr_out_u32(out, stats);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    virDomainStatsRecordPtr *list = g_new0(virDomainStatsRecordPtr, n + 1);
    for (guint32 i = 0; i < n; i++) {
        list[i] = g_new0(virDomainStatsRecord, 1);
        list[i]->dom = vr_in_domain(in, conn);
        vr_in_params(in, &list[i]->params, &list[i]->nparams);
    }
    *retStats = list;
    return (int)n;
}

int
remote_connect_get_cpu_model_names(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    BEGIN(conn, CONNECT_GET_CPU_MODEL_NAMES, -1);
    vr_out_string(out, arch);
    vr_out_u32(out, models != NULL);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (models) {
        *models = g_new0(char *, n + 1);
        for (guint32 i = 0; i < n; i++)
            (*models)[i] = g_strdup(vr_in_string(in));
        return (int)vr_in_u32(in);
    }
    for (guint32 i = 0; i < n; i++)
        vr_in_string(in);
    return (int)vr_in_u32(in);
}

int
remote_node_get_cpu_stats(virConnectPtr conn, int cpuNum, virNodeCPUStatsPtr params, int *nparams, unsigned int flags)
{
    BEGIN(conn, NODE_GET_CPU_STATS, -1);
    vr_out_u32(out, (guint32)cpuNum);
    vr_out_u32(out, (guint32)*nparams);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (n > (guint32)*nparams)
        return vr_too_many("statistics", n, (guint64)*nparams);
    for (guint32 i = 0; i < n; i++) {
        g_strlcpy(params[i].field, vr_in_string(in), VIR_NODE_CPU_STATS_FIELD_LENGTH);
        params[i].value = vr_in_u64(in);
    }
    *nparams = *nparams == 0 ? (int)vr_in_u32(in) : (int)n;
    return 0;
}

int
remote_node_get_memory_stats(virConnectPtr conn, int cellNum, virNodeMemoryStatsPtr params, int *nparams,
                             unsigned int flags)
{
    BEGIN(conn, NODE_GET_MEMORY_STATS, -1);
    vr_out_u32(out, (guint32)*nparams);
    vr_out_u32(out, (guint32)cellNum);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 n = vr_in_count(in);
    if (n > (guint32)*nparams)
        return vr_too_many("statistics", n, (guint64)*nparams);
    for (guint32 i = 0; i < n; i++) {
        g_strlcpy(params[i].field, vr_in_string(in), VIR_NODE_MEMORY_STATS_FIELD_LENGTH);
        params[i].value = vr_in_u64(in);
    }
    *nparams = *nparams == 0 ? (int)vr_in_u32(in) : (int)n;
    return 0;
}

/* Numbers into the caller's array of ROOM. */
static int
in_numbers(VrIn *in, unsigned long long *numbers, gsize room)
{
    guint32 n = vr_in_count(in);
    if (n > room)
        return vr_too_many("numbers", n, room);
    for (guint32 i = 0; i < n; i++)
        numbers[i] = vr_in_u64(in);
    return (int)n;
}

int
remote_node_get_cells_free_memory(virConnectPtr conn, unsigned long long *freeMems, int startCell, int maxCells)
{
    BEGIN(conn, NODE_GET_CELLS_FREE_MEMORY, -1);
    vr_out_u32(out, (guint32)startCell);
    vr_out_u32(out, (guint32)maxCells);
    return remote_call_run(&call) < 0 ? -1 : in_numbers(in, freeMems, (gsize)maxCells);
}

int
remote_node_get_free_pages(virConnectPtr conn, unsigned int npages, unsigned int *pages, int startCell,
                           unsigned int cellCount, unsigned long long *counts, unsigned int flags)
{
    BEGIN(conn, NODE_GET_FREE_PAGES, -1);
    vr_out_u32(out, npages);
    for (unsigned int i = 0; i < npages; i++)
        vr_out_u32(out, pages[i]);
    vr_out_u32(out, (guint32)startCell);
    vr_out_u32(out, cellCount);
    vr_out_u32(out, flags);
    return remote_call_run(&call) < 0 ? -1 : in_numbers(in, counts, (gsize)npages * cellCount);
}

int
remote_node_alloc_pages(virConnectPtr conn, unsigned int npages, unsigned int *pageSizes, unsigned long long *pageCounts,
                        int startCell, unsigned int cellCount, unsigned int flags)
{
    BEGIN(conn, NODE_ALLOC_PAGES, -1);
    vr_out_u32(out, npages);
    for (unsigned int i = 0; i < npages; i++)
        vr_out_u32(out, pageSizes[i]);
    vr_out_u32(out, npages);
    for (unsigned int i = 0; i < npages; i++)
        vr_out_u64(out, pageCounts[i]);
    vr_out_u32(out, (guint32)startCell);
    vr_out_u32(out, cellCount);
    vr_out_u32(out, flags);
    return remote_call_run(&call) < 0 ? -1 : (int)vr_in_u32(in);
}

int
remote_node_get_cpu_map(virConnectPtr conn, unsigned char **cpumap, unsigned int *online, unsigned int flags)
{
    BEGIN(conn, NODE_GET_CPU_MAP, -1);
    vr_out_u32(out, cpumap != NULL);
    vr_out_u32(out, online != NULL);
    vr_out_u32(out, flags);
    if (remote_call_run(&call) < 0)
        return -1;
    guint32 len = 0;
    const guint8 *map = vr_in_bytes(in, &len);
    guint32 n_online = vr_in_u32(in);
    if (cpumap)
        *cpumap = g_memdup2(map, len);
    if (online)
        *online = n_online;
    return (int)vr_in_u32(in);
}
