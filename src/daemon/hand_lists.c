/* Dispatch by hand of the procedures that return arrays of structures: generate/wirematch.py says why for each. */
#include "daemon/calls.h"

#define CONNECTION(d)                                                                              \
    virConnectPtr conn = vr_dispatch_conn(d);                                                      \
    if (!conn)                                                                                     \
        return -1;                                                                                 \
    VrIn *in = (d)->in;                                                                            \
    VrOut *out = (d)->out

#define ABOUT_DOMAIN(d)                                                                            \
    CONNECTION(d);                                                                                 \
    VR_AUTO virDomainPtr domain = vr_in_domain(in, conn)

#define MAY(d, kind, object, flags)                                                                \
    if (vr_dispatch_access(d, kind, object, flags) < 0)                                            \
    return -1

static int
domain_memory_stats(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    guint32 room = vr_in_u32(in), flags = vr_in_u32(in);
    if (room > 1024)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "maxStats > REMOTE_DOMAIN_MEMORY_STATS_MAX");
    MAY(d, VR_DOMAIN, domain, flags);
    virDomainMemoryStatStruct stats[1024];
    int n = virDomainMemoryStats(domain, stats, room, flags);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++) {
        vr_out_u32(out, (guint32)stats[i].tag);
        vr_out_u64(out, stats[i].val);
    }
    return 0;
}

static int
domain_get_disk_errors(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    guint32 room = vr_in_u32(in), flags = vr_in_u32(in);
    if (room > 256)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "maxerrors too large");
    MAY(d, VR_DOMAIN, domain, flags);
    virDomainDiskError errors[256] = {0};
    int n = virDomainGetDiskErrors(domain, room ? errors : NULL, room, flags);
    if (n < 0)
        return -1;
    guint32 filled = room ? (guint32)n : 0;
    vr_out_u32(out, filled);
    for (guint32 i = 0; i < filled; i++) {
        vr_out_string(out, errors[i].disk ? errors[i].disk : "");
        vr_out_u32(out, (guint32)errors[i].error);
        g_free(errors[i].disk);
    }
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
domain_get_iothread_info(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int flags = vr_in_u32(in);
    MAY(d, VR_DOMAIN, domain, flags);
    virDomainIOThreadInfoPtr *info = NULL;
    int n = virDomainGetIOThreadInfo(domain, &info, flags);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++) {
        vr_out_u32(out, info[i]->iothread_id);
        vr_out_bytes(out, info[i]->cpumap, (gsize)info[i]->cpumaplen);
        virDomainIOThreadInfoFree(info[i]);
    }
    g_free(info);
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
domain_get_fsinfo(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int flags = vr_in_u32(in);
    MAY(d, VR_DOMAIN, domain, flags);
    virDomainFSInfoPtr *info = NULL;
    int n = virDomainGetFSInfo(domain, &info, flags);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++) {
        vr_out_string(out, info[i]->mountpoint);
        vr_out_string(out, info[i]->name);
        vr_out_string(out, info[i]->fstype);
        vr_out_strings(out, (const char *const *)info[i]->devAlias, (guint32)info[i]->ndevAlias);
        virDomainFSInfoFree(info[i]);
    }
    g_free(info);
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
domain_interface_addresses(VrDispatch *d)
{
    ABOUT_DOMAIN(d);
    unsigned int source = vr_in_u32(in), flags = vr_in_u32(in);
    MAY(d, VR_DOMAIN, domain, source);
    virDomainInterfacePtr *ifaces = NULL;
    int n = virDomainInterfaceAddresses(domain, &ifaces, source, flags);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++) {
        vr_out_string(out, ifaces[i]->name);
        vr_out_string_or_null(out, ifaces[i]->hwaddr);
        vr_out_u32(out, ifaces[i]->naddrs);
        for (unsigned int j = 0; j < ifaces[i]->naddrs; j++) {
            vr_out_u32(out, (guint32)ifaces[i]->addrs[j].type);
            vr_out_string(out, ifaces[i]->addrs[j].addr);
            vr_out_u32(out, ifaces[i]->addrs[j].prefix);
        }
        virDomainInterfaceFree(ifaces[i]);
    }
    g_free(ifaces);
    return 0;
}

static int
network_get_dhcp_leases(VrDispatch *d)
{
    CONNECTION(d);
    VR_AUTO virNetworkPtr network = vr_in_network(in, conn);
    const char *mac = vr_in_string_or_null(in);
    gboolean wanted = vr_in_u32(in) != 0;
    unsigned int flags = vr_in_u32(in);
    MAY(d, VR_NETWORK, network, flags);
    virNetworkDHCPLeasePtr *leases = NULL;
    int n = virNetworkGetDHCPLeases(network, mac, wanted ? &leases : NULL, flags);
    if (n < 0)
        return -1;
    guint32 filled = leases ? (guint32)n : 0;
    vr_out_u32(out, filled);
    for (guint32 i = 0; i < filled; i++) {
        virNetworkDHCPLeasePtr l = leases[i];
        vr_out_string(out, l->iface);
        vr_out_u64(out, (guint64)l->expirytime);
        vr_out_u32(out, (guint32)l->type);
        vr_out_string_or_null(out, l->mac);
        vr_out_string_or_null(out, l->iaid);
        vr_out_string(out, l->ipaddr);
        vr_out_u32(out, l->prefix);
        vr_out_string_or_null(out, l->hostname);
        vr_out_string_or_null(out, l->clientid);
        virNetworkDHCPLeaseFree(l);
    }
    g_free(leases);
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
connect_get_all_domain_stats(VrDispatch *d)
{
    CONNECTION(d);
    guint32 ndoms = vr_in_count(in);
    virDomainPtr *doms = ndoms ? g_new0(virDomainPtr, ndoms + 1) : NULL;
    for (guint32 i = 0; i < ndoms; i++)
        doms[i] = vr_in_domain(in, conn);
    unsigned int stats = vr_in_u32(in), flags = vr_in_u32(in);
    virDomainStatsRecordPtr *records = NULL;
    int n = vr_dispatch_access(d, VR_CONNECT, conn, flags);
    if (n == 0)
        n = doms ? virDomainListGetStats(doms, stats, &records, flags)
                 : virConnectGetAllDomainStats(conn, stats, &records, flags);
    for (guint32 i = 0; i < ndoms; i++)
        vr_object_unref(doms[i]);
    g_free(doms);
    if (n < 0)
        return -1;
    gsize count_at = out->len;
    guint32 seen = 0;
    vr_out_u32(out, 0);
    for (int i = 0; i < n; i++) {
        if (!vr_dispatch_visible(d, VR_DOMAIN, records[i]->dom))
            continue;
        vr_out_domain(out, records[i]->dom);
        vr_out_params(out, records[i]->params, records[i]->nparams, TRUE);
        seen++;
    }
    virDomainStatsRecordListFree(records);
    vr_store_u32(out->data + count_at, seen);
    return 0;
}

static int
connect_get_cpu_model_names(VrDispatch *d)
{
    CONNECTION(d);
    const char *arch = vr_in_string(in);
    gboolean wanted = vr_in_u32(in) != 0;
    unsigned int flags = vr_in_u32(in);
    MAY(d, VR_CONNECT, conn, flags);
    g_auto(GStrv) models = NULL;
    int n = virConnectGetCPUModelNames(conn, arch, wanted ? &models : NULL, flags);
    if (n < 0)
        return -1;
    vr_out_strings(out, (const char *const *)models, models ? (guint32)n : 0);
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
node_get_cpu_stats(VrDispatch *d)
{
    CONNECTION(d);
    int cpu = (int)vr_in_u32(in), n = (int)vr_in_u32(in), room = n;
    unsigned int flags = vr_in_u32(in);
    if (n < 0 || n > 16)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "nparams too large");
    MAY(d, VR_CONNECT, conn, flags);
    virNodeCPUStats stats[16];
    if (virNodeGetCPUStats(conn, cpu, room ? stats : NULL, &n, flags) < 0)
        return -1;
    vr_out_u32(out, room ? (guint32)n : 0);
    for (int i = 0; room && i < n; i++) {
        vr_out_string(out, stats[i].field);
        vr_out_u64(out, stats[i].value);
    }
    vr_out_u32(out, room ? 0 : (guint32)n);
    return 0;
}

static int
node_get_memory_stats(VrDispatch *d)
{
    CONNECTION(d);
    int n = (int)vr_in_u32(in), cell = (int)vr_in_u32(in), room = n;
    unsigned int flags = vr_in_u32(in);
    if (n < 0 || n > 16)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "nparams too large");
    MAY(d, VR_CONNECT, conn, flags);
    virNodeMemoryStats stats[16];
    if (virNodeGetMemoryStats(conn, cell, room ? stats : NULL, &n, flags) < 0)
        return -1;
    vr_out_u32(out, room ? (guint32)n : 0);
    for (int i = 0; room && i < n; i++) {
        vr_out_string(out, stats[i].field);
        vr_out_u64(out, stats[i].value);
    }
    vr_out_u32(out, room ? 0 : (guint32)n);
    return 0;
}

static int
out_numbers(VrOut *out, const unsigned long long *numbers, int n)
{
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    for (int i = 0; i < n; i++)
        vr_out_u64(out, numbers[i]);
    return 0;
}

static int
node_get_cells_free_memory(VrDispatch *d)
{
    CONNECTION(d);
    int start = (int)vr_in_u32(in), room = (int)vr_in_u32(in);
    if (room < 0 || room > 1024)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "maxcells > REMOTE_NODE_MAX_CELLS");
    MAY(d, VR_CONNECT, conn, 0);
    unsigned long long cells[1024];
    return out_numbers(out, cells, virNodeGetCellsFreeMemory(conn, cells, start, room));
}

static int
node_get_free_pages(VrDispatch *d)
{
    CONNECTION(d);
    unsigned int sizes[1024];
    guint32 npages = vr_in_count(in);
    for (guint32 i = 0; i < npages; i++)
        sizes[i] = vr_in_u32(in);
    int start = (int)vr_in_u32(in);
    guint32 cells = vr_in_u32(in), flags = vr_in_u32(in);
    if ((guint64)npages * cells > 1024)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "the result won't fit into REMOTE_NODE_MAX_CELLS");
    MAY(d, VR_CONNECT, conn, flags);
    unsigned long long counts[1024] = {0};
    return out_numbers(out, counts, virNodeGetFreePages(conn, npages, sizes, start, cells, counts, flags));
}

static int
node_alloc_pages(VrDispatch *d)
{
    CONNECTION(d);
    unsigned int sizes[1024];
    unsigned long long counts[1024];
    guint32 npages = vr_in_count(in);
    for (guint32 i = 0; i < npages; i++)
        sizes[i] = vr_in_u32(in);
    guint32 ncounts = vr_in_count(in);
    for (guint32 i = 0; i < ncounts; i++)
        counts[i] = vr_in_u64(in);
    int start = (int)vr_in_u32(in);
    guint32 cells = vr_in_u32(in), flags = vr_in_u32(in);
    if (ncounts != npages)
        return vr_error(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "%u page sizes with %u counts", npages, ncounts);
    MAY(d, VR_CONNECT, conn, flags);
    int n = virNodeAllocPages(conn, npages, sizes, counts, start, cells, flags);
    if (n < 0)
        return -1;
    vr_out_u32(out, (guint32)n);
    return 0;
}

static int
node_get_cpu_map(VrDispatch *d)
{
    CONNECTION(d);
    gboolean map_wanted = vr_in_u32(in) != 0, online_wanted = vr_in_u32(in) != 0;
    unsigned int flags = vr_in_u32(in), online = 0;
    MAY(d, VR_CONNECT, conn, flags);
    g_autofree unsigned char *map = NULL;
    int cpus = virNodeGetCPUMap(conn, map_wanted ? &map : NULL, online_wanted ? &online : NULL, flags);
    if (cpus < 0)
        return -1;
    vr_out_bytes(out, map, map ? (gsize)(cpus + 7) / 8 : 0);
    vr_out_u32(out, online);
    vr_out_u32(out, (guint32)cpus);
    return 0;
}

static const struct {
    int proc;
    VrDispatchFunc function;
} functions[] = {
    {VR_REMOTE_DOMAIN_MEMORY_STATS, domain_memory_stats},
    {VR_REMOTE_DOMAIN_GET_DISK_ERRORS, domain_get_disk_errors},
    {VR_REMOTE_DOMAIN_GET_IOTHREAD_INFO, domain_get_iothread_info},
    {VR_REMOTE_DOMAIN_GET_FSINFO, domain_get_fsinfo},
    {VR_REMOTE_DOMAIN_INTERFACE_ADDRESSES, domain_interface_addresses},
    {VR_REMOTE_NETWORK_GET_DHCP_LEASES, network_get_dhcp_leases},
    {VR_REMOTE_CONNECT_GET_ALL_DOMAIN_STATS, connect_get_all_domain_stats},
    {VR_REMOTE_CONNECT_GET_CPU_MODEL_NAMES, connect_get_cpu_model_names},
    {VR_REMOTE_NODE_GET_CPU_STATS, node_get_cpu_stats},
    {VR_REMOTE_NODE_GET_MEMORY_STATS, node_get_memory_stats},
    {VR_REMOTE_NODE_GET_CELLS_FREE_MEMORY, node_get_cells_free_memory},
    {VR_REMOTE_NODE_GET_FREE_PAGES, node_get_free_pages},
    {VR_REMOTE_NODE_ALLOC_PAGES, node_alloc_pages},
    {VR_REMOTE_NODE_GET_CPU_MAP, node_get_cpu_map},
};

VrDispatchFunc
vr_dispatch_hand_list(int proc)
{
    for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
        if (functions[i].proc == proc)
            return functions[i].function;
    }
    return NULL;
}
