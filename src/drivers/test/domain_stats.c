/* Counters of devices and memory.  The mock guest works at a steady pace: every counter follows the clock. */
#include "drivers/test/ops.h"

#include <string.h>

#include "base/params.h"
#include "store/guest_devices.h"

int
test_domain_block_stats(virDomainPtr dom, const char *path, virDomainBlockStatsPtr stats, size_t size)
{
    if (!*path)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_UNSUPPORTED, "summary statistics are not supported yet");
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    if (!vr_domain_disk(vr_guest_now(state), path))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "invalid path: %s", path);
    long long now = g_get_real_time();
    stats->rd_req = now / 10;
    stats->rd_bytes = now / 20;
    stats->wr_req = now / 30;
    stats->wr_bytes = now / 40;
    stats->errs = now / G_USEC_PER_SEC / 2;
    return 0;
}

int
test_domain_interface_stats(virDomainPtr dom, const char *device, virDomainInterfaceStatsPtr stats, size_t size)
{
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state || !vr_domain_net(vr_guest_now(state), device))
        return -1;
    long long now = g_get_real_time(), seconds = now / G_USEC_PER_SEC;
    stats->rx_bytes = now / 10;
    stats->rx_packets = now / 100;
    stats->rx_errs = seconds;
    stats->rx_drop = seconds / 2;
    stats->tx_bytes = now / 20;
    stats->tx_packets = now / 110;
    stats->tx_errs = seconds / 3;
    stats->tx_drop = seconds / 4;
    return 0;
}

int
test_domain_memory_stats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int room, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    /* It is the balloon that knows. */
    if (!def->devices.memballoon || def->devices.memballoon->model == DOMAIN_MEMBALLOON_MODEL_NONE)
        return 0;
    unsigned long long memory = def->current_memory;
    const struct {
        int tag;
        unsigned long long value;
    } all[] = {
        {VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, memory},
        {VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 0},
        {VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 0},
        {VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 0},
        {VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 0},
        {VIR_DOMAIN_MEMORY_STAT_UNUSED, memory / 2},
        {VIR_DOMAIN_MEMORY_STAT_AVAILABLE, memory},
        {VIR_DOMAIN_MEMORY_STAT_USABLE, memory / 2},
        {VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, TEST_GUEST_CLOCK},
        {VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, memory / 8},
        {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 0},
        {VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 0},
        {VIR_DOMAIN_MEMORY_STAT_RSS, memory / 2},
    };
    unsigned int n = MIN(room, (unsigned int)G_N_ELEMENTS(all));
    for (unsigned int i = 0; i < n; i++)
        stats[i] = (virDomainMemoryStatStruct){all[i].tag, all[i].value};
    return (int)n;
}

int
test_domain_get_block_info(virDomainPtr dom, const char *path, virDomainBlockInfoPtr info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    const DomainDisk *disk = vr_domain_disk(vr_guest_now(state), path);
    if (!disk)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "invalid path %s not assigned to domain", path);
    if (vr_domain_disk_is_empty(disk))
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "disk '%s' does not currently have a source assigned",
                        path);
    info->capacity = 1099506450432ull;
    info->allocation = 1099511627776ull;
    info->physical = 1099511627776ull;
    return 0;
}

int
test_domain_get_disk_errors(virDomainPtr dom, virDomainDiskErrorPtr errors, unsigned int room, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    const DomainDevices *devices = &vr_guest_now(state)->devices;
    if (!errors)
        return (int)devices->n_disk;
    size_t n = MIN(devices->n_disk, (size_t)room);
    for (size_t i = 0; i < n; i++) {
        const DomainDiskTarget *target = devices->disk[i]->target;
        errors[i].disk = g_strdup(target ? target->dev : "");
        errors[i].error = i % 2 ? VIR_DOMAIN_DISK_ERROR_NO_SPACE : VIR_DOMAIN_DISK_ERROR_UNSPEC;
    }
    return (int)n;
}

/* Statistics of many guests: this driver tells their state and their added I/O threads. */
#define STATS (VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_IOTHREAD)

static void
add_iothreads(VrParams *list, const GArray *polling)
{
    if (!polling || polling->len == 0)
        return;
    vr_params_add_uint(list, "iothread.count", polling->len);
    for (guint i = 0; i < polling->len; i++) {
        const TestPolling *thread = &g_array_index(polling, TestPolling, i);
        char name[VIR_TYPED_PARAM_FIELD_LENGTH];
        g_snprintf(name, sizeof(name), "iothread.%u.poll-max-ns", thread->id);
        vr_params_add_ullong(list, name, thread->max_ns);
        g_snprintf(name, sizeof(name), "iothread.%u.poll-grow", thread->id);
        vr_params_add_uint(list, name, thread->grow);
        g_snprintf(name, sizeof(name), "iothread.%u.poll-shrink", thread->id);
        vr_params_add_uint(list, name, thread->shrink);
    }
}

static virDomainStatsRecordPtr
stats_record(virConnectPtr conn, VrGuest *guest, unsigned int stats)
{
    g_autoptr(VrGuestState) state = vr_guest_state(guest);
    VrParams list = {0};
    if (stats & VIR_DOMAIN_STATS_STATE) {
        vr_params_add_int(&list, "state.state", state->state);
        vr_params_add_int(&list, "state.reason", state->reason);
    }
    const TestGuest *guest_part = state->driver;
    if ((stats & VIR_DOMAIN_STATS_IOTHREAD) && vr_guest_is_active(state))
        add_iothreads(&list, guest_part->polling);
    virDomainStatsRecordPtr record = g_new0(virDomainStatsRecord, 1);
    record->dom = vr_guest_handle(conn, state);
    record->params = list.params;
    record->nparams = list.n;
    return record;
}

#define LIST_FILTERS                                                                               \
    (VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE |       \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT |  \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING | VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED |        \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF | VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER)

int
test_get_all_domain_stats(virConnectPtr conn, virDomainPtr *doms, unsigned int ndoms, unsigned int stats,
                          virDomainStatsRecordPtr **ret_stats, unsigned int flags)
{
    if (vr_flags_check(flags,
                       LIST_FILTERS | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT |
                           VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING |
                           VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS,
                       VIR_FROM_TEST) < 0)
        return -1;
    unsigned int unknown = stats & ~(unsigned int)STATS;
    if ((flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) && unknown)
        return vr_error(VIR_FROM_TEST, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        "Stats types bits 0x%x are not supported by this daemon", unknown);
    if (!stats)
        stats = STATS;
    TestNode *node = conn->data;
    g_autoptr(GPtrArray) guests = NULL;
    if (ndoms == 0) {
        guests = vr_table_list(node->domains);
    } else {
        guests = g_ptr_array_new_with_free_func(vr_stored_unref);
        for (unsigned int i = 0; i < ndoms; i++) {
            VrGuest *guest = vr_table_by_uuid(node->domains, doms[i]->object.uuid);
            if (guest)
                g_ptr_array_add(guests, guest);
        }
    }
    GPtrArray *records = g_ptr_array_new();
    for (guint i = 0; i < guests->len; i++) {
        g_autoptr(VrGuestState) state = vr_guest_state(guests->pdata[i]);
        if (vr_guest_listed(state, flags & LIST_FILTERS))
            g_ptr_array_add(records, stats_record(conn, guests->pdata[i], stats));
    }
    int n = (int)records->len;
    g_ptr_array_add(records, NULL);
    *ret_stats = (virDomainStatsRecordPtr *)g_ptr_array_free(records, FALSE);
    return n;
}
