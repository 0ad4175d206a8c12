/* Freeing the arrays and records that queries return. */
#include <libvirt/libvirt.h>

#include <stdlib.h>

#include "base/entry.h"

void
virDomainStatsRecordListFree(virDomainStatsRecordPtr *stats)
{
    if (!stats)
        return;
    for (virDomainStatsRecordPtr *next = stats; *next; next++) {
        virTypedParamsFree((*next)->params, (*next)->nparams);
        vr_object_unref((*next)->dom);
        g_free(*next);
    }
    g_free(stats);
}

void
virDomainFSInfoFree(virDomainFSInfoPtr info)
{
    if (!info)
        return;
    g_free(info->mountpoint);
    g_free(info->name);
    g_free(info->fstype);
    for (size_t i = 0; i < info->ndevAlias; i++)
        g_free(info->devAlias[i]);
    g_free(info->devAlias);
    g_free(info);
}

void
virDomainIOThreadInfoFree(virDomainIOThreadInfoPtr info)
{
    if (!info)
        return;
    g_free(info->cpumap);
    g_free(info);
}

void
virDomainInterfaceFree(virDomainInterfacePtr iface)
{
    if (!iface)
        return;
    g_free(iface->name);
    g_free(iface->hwaddr);
    for (unsigned int i = 0; i < iface->naddrs; i++)
        g_free(iface->addrs[i].addr);
    g_free(iface->addrs);
    g_free(iface);
}

void
virNetworkDHCPLeaseFree(virNetworkDHCPLeasePtr lease)
{
    if (!lease)
        return;
    g_free(lease->iface);
    g_free(lease->mac);
    g_free(lease->iaid);
    g_free(lease->ipaddr);
    g_free(lease->hostname);
    g_free(lease->clientid);
    g_free(lease);
}

int
virConnectGetAllDomainStats(virConnectPtr conn, unsigned int stats, virDomainStatsRecordPtr **retStats,
                            unsigned int flags)
{
    vr_api_begin("virConnectGetAllDomainStats", VIR_FROM_DOMAIN);
    vr_api_trace("conn=%p stats=0x%x retStats=%p flags=0x%x", (void *)conn, stats, (void *)retStats, flags);
    if (vr_api_not_a(conn, VR_CONNECT))
        return vr_api_fail(NULL), -1;
    if (vr_api_null(retStats, "retStats"))
        return vr_api_fail(conn), -1;
    if (!conn->hypervisor || !conn->hypervisor->connectGetAllDomainStats) {
        vr_api_unsupported();
        return vr_api_fail(conn), -1;
    }
    int ret = conn->hypervisor->connectGetAllDomainStats(conn, NULL, 0, stats, retStats, flags);
    if (ret == -1)
        vr_api_fail(conn);
    return ret;
}

int
virDomainListGetStats(virDomainPtr *doms, unsigned int stats, virDomainStatsRecordPtr **retStats, unsigned int flags)
{
    vr_api_begin("virDomainListGetStats", VIR_FROM_DOMAIN);
    vr_api_trace("doms=%p stats=0x%x retStats=%p flags=0x%x", (void *)doms, stats, (void *)retStats, flags);
    if (vr_api_null(doms, "doms") || vr_api_null(retStats, "retStats"))
        return vr_api_fail(NULL), -1;
    *retStats = NULL;
    if (!*doms) {
        vr_api_report_invalid("doms", "doms array in %s must contain at least one domain", vr_api_call.name);
        return vr_api_fail(NULL), -1;
    }
    if (vr_api_not_a(*doms, VR_DOMAIN))
        return vr_api_fail(NULL), -1;
    virConnectPtr conn = VR_OBJECT_CONN(*doms);
    unsigned int n = 0;
    for (virDomainPtr *next = doms; *next; next++, n++) {
        if (vr_api_not_a(*next, VR_DOMAIN))
            return vr_api_fail(conn), -1;
        if (VR_OBJECT_CONN(*next) != conn) {
            vr_api_report_invalid("doms", "domains in 'doms' array must belong to a single connection in %s", vr_api_call.name);
            return vr_api_fail(conn), -1;
        }
    }
    if (!conn->hypervisor || !conn->hypervisor->connectGetAllDomainStats) {
        vr_api_unsupported();
        return vr_api_fail(conn), -1;
    }
    int ret = conn->hypervisor->connectGetAllDomainStats(conn, doms, n, stats, retStats, flags);
    if (ret == -1)
        vr_api_fail(conn);
    return ret;
}
