/* Statistics of all guests at once: every emulator is asked before the first answer is waited for.
 *
 * On a client's thread; takes no guest's turn.
 */
#include <string.h>

#include "base/params.h"
#include "drivers/qemu/paths.h"
#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/perf.h"
#include "store/guest_devices.h"

/* What the emulator is asked for. */
enum { BLOCK, NODES, BALLOON, IOTHREADS, DIRTY, N_QUESTIONS };

typedef struct {
    VrGuestState *state;
    QemuAsk *asked[N_QUESTIONS];
    json_t *answers[N_QUESTIONS];
    VrParams list;
    bool backing;
} Record;

static const json_t *
member(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static void G_GNUC_PRINTF(3, 4)
add(VrParams *list, unsigned long long value, const char *format, ...)
{
    char name[VIR_TYPED_PARAM_FIELD_LENGTH];
    va_list args;
    va_start(args, format);
    g_vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    vr_params_add_ullong(list, name, value);
}

static void
add_member(VrParams *list, const json_t *object, const char *key, const char *prefix, unsigned at, const char *name)
{
    const json_t *value = member(object, key);
    if (value)
        add(list, (unsigned long long)MAX(json_integer_value(value), 0), "%s.%u.%s", prefix, at, name);
}

static void
state_group(Record *r)
{
    vr_params_add_int(&r->list, "state.state", r->state->state);
    vr_params_add_int(&r->list, "state.reason", r->state->reason);
}

static void
cpu_group(Record *r)
{
    QemuRun *run = qemu_run_of(r->state);
    QemuTimes times;
    if (!run || !qemu_times(run->pid, 0, &times))
        return;
    add(&r->list, times.total, "cpu.time");
    add(&r->list, times.user, "cpu.user");
    add(&r->list, times.system, "cpu.system");
    vr_params_add_uint(&r->list, "cpu.cache.monitor.count", 0);
}

static void
balloon_group(Record *r)
{
    const DomainDef *def = vr_guest_now(r->state);
    QemuRun *run = qemu_run_of(r->state);
    add(&r->list, def->current_memory, "balloon.current");
    add(&r->list, def->memory.value, "balloon.maximum");
    if (!run)
        return;
    for (gsize i = 0; r->answers[BALLOON] && i < qemu_n_balloon_figures; i++) {
        unsigned long long value;
        if (qemu_balloon_figure(r->answers[BALLOON], &qemu_balloon_figures[i], &value))
            add(&r->list, value, "balloon.%s", qemu_balloon_figures[i].stat);
    }
    add(&r->list, qemu_resident(run->pid), "balloon.rss");
}

static void
vcpu_group(Record *r)
{
    const DomainDef *def = vr_guest_now(r->state);
    const QemuGuest *guest = r->state->driver;
    char name[VIR_TYPED_PARAM_FIELD_LENGTH];
    vr_params_add_uint(&r->list, "vcpu.current", def->vcpu.has_current ? def->vcpu.current : def->vcpu.value);
    vr_params_add_uint(&r->list, "vcpu.maximum", def->vcpu.value);
    for (guint i = 0; guest && guest->run && guest->vcpus && i < guest->vcpus->len; i++) {
        const QemuVcpu *vcpu = &g_array_index(guest->vcpus, QemuVcpu, i);
        QemuTimes times;
        if (!qemu_times(guest->run->pid, vcpu->thread, &times))
            continue;
        g_snprintf(name, sizeof(name), "vcpu.%u.state", vcpu->id);
        vr_params_add_int(&r->list, name, VIR_VCPU_RUNNING);
        add(&r->list, times.total, "vcpu.%u.time", vcpu->id);
        add(&r->list, times.wait, "vcpu.%u.wait", vcpu->id);
        add(&r->list, times.delay, "vcpu.%u.delay", vcpu->id);
    }
}

static void
net_group(Record *r)
{
    const DomainDevices *devices = &vr_guest_now(r->state)->devices;
    static const char *const names[] = {"rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop"};
    if (!qemu_run_of(r->state))
        return;
    vr_params_add_uint(&r->list, "net.count", (unsigned)devices->n_interface);
    for (size_t i = 0; i < devices->n_interface; i++) {
        const DomainNet *net = devices->interface[i];
        virDomainInterfaceStatsStruct figures;
        char name[VIR_TYPED_PARAM_FIELD_LENGTH];
        if (!net->target || !net->target->dev)
            continue;
        g_snprintf(name, sizeof(name), "net.%zu.name", i);
        vr_params_add_string(&r->list, name, net->target->dev);
        if (qemu_link_figures(net->target->dev, net->type != NET_TYPE_DIRECT, &figures) < 0) {
            vr_error_clear();
            continue;
        }
        const long long values[] = {figures.rx_bytes, figures.rx_packets, figures.rx_errs, figures.rx_drop,
                                    figures.tx_bytes, figures.tx_packets, figures.tx_errs, figures.tx_drop};
        for (gsize j = 0; j < G_N_ELEMENTS(names); j++)
            add(&r->list, (unsigned long long)values[j], "net.%zu.%s", i, names[j]);
    }
}

static void
block_names(Record *r, const DomainDisk *disk, const StorageSource *source, unsigned at)
{
    char name[VIR_TYPED_PARAM_FIELD_LENGTH];
    g_snprintf(name, sizeof(name), "block.%u.name", at);
    vr_params_add_string(&r->list, name, disk->target->dev);
    const char *path = qemu_source_path(source);
    if (path) {
        g_snprintf(name, sizeof(name), "block.%u.path", at);
        vr_params_add_string(&r->list, name, path);
    }
    if (source->index) {
        g_snprintf(name, sizeof(name), "block.%u.backingIndex", at);
        vr_params_add_uint(&r->list, name, source->index);
    }
}

static void
block_counters(Record *r, const json_t *entry, unsigned at)
{
    static const char *const counters[][2] = {
        {"rd_operations", "rd.reqs"}, {"rd_bytes", "rd.bytes"}, {"rd_total_time_ns", "rd.times"},
        {"wr_operations", "wr.reqs"}, {"wr_bytes", "wr.bytes"}, {"wr_total_time_ns", "wr.times"},
        {"flush_operations", "fl.reqs"}, {"flush_total_time_ns", "fl.times"},
    };
    const json_t *stats = member(entry, "stats");
    for (gsize i = 0; i < G_N_ELEMENTS(counters); i++)
        add_member(&r->list, stats, counters[i][0], "block", at, counters[i][1]);
}

static void
block_sizes(Record *r, const json_t *entry, const StorageSource *source, unsigned at)
{
    const json_t *image = source->index ? member(qemu_block_node(r->answers[NODES], source->index), "image") : NULL;
    if (!image)
        return;
    const json_t *offset = member(member(member(entry, "parent"), "stats"), "wr_highest_offset");
    add(&r->list, (unsigned long long)json_integer_value(offset), "block.%u.allocation", at);
    add_member(&r->list, image, "virtual-size", "block", at, "capacity");
    add_member(&r->list, image, "actual-size", "block", at, "physical");
}

static void
block_group(Record *r)
{
    const DomainDevices *devices = &vr_guest_now(r->state)->devices;
    gsize count_at = (gsize)r->list.n;
    unsigned at = 0;
    vr_params_add_uint(&r->list, "block.count", 0);
    for (size_t i = 0; i < devices->n_disk; i++) {
        const DomainDisk *disk = devices->disk[i];
        const json_t *entry = r->answers[BLOCK] ? qemu_block_figures(r->answers[BLOCK], disk) : NULL;
        block_names(r, disk, &disk->source, at);
        block_counters(r, entry, at);
        block_sizes(r, entry, &disk->source, at++);
        const json_t *below = member(entry, "backing");
        for (const BackingStore *store = disk->backing_store; r->backing && store && store->type; store = store->backing_store) {
            block_names(r, disk, &store->source, at);
            block_sizes(r, below, &store->source, at++);
            below = member(below, "backing");
        }
    }
    r->list.params[count_at].value.ui = at;
}

static void
iothread_group(Record *r)
{
    if (!r->answers[IOTHREADS])
        return;
    vr_params_add_uint(&r->list, "iothread.count", (unsigned)json_array_size(r->answers[IOTHREADS]));
    size_t i;
    const json_t *entry;
    json_array_foreach(r->answers[IOTHREADS], i, entry) {
        const char *id = json_string_value(member(entry, "id"));
        if (!id || !g_str_has_prefix(id, "iothread"))
            continue;
        unsigned number = (unsigned)g_ascii_strtoull(id + strlen("iothread"), NULL, 10);
        char name[VIR_TYPED_PARAM_FIELD_LENGTH];
        add_member(&r->list, entry, "poll-max-ns", "iothread", number, "poll-max-ns");
        static const char *const more[] = {"poll-grow", "poll-shrink"};
        for (gsize j = 0; j < G_N_ELEMENTS(more); j++) {
            g_snprintf(name, sizeof(name), "iothread.%u.%s", number, more[j]);
            vr_params_add_uint(&r->list, name, (unsigned)MAX(json_integer_value(member(entry, more[j])), 0));
        }
    }
}

static void
perf_group(Record *r)
{
    if (qemu_run_of(r->state))
        qemu_perf_figures(qemu_run_of(r->state), &r->list);
}

static void
dirtyrate_group(Record *r)
{
    static const char *const states[] = {"unstarted", "measuring", "measured"};
    const json_t *answer = r->answers[DIRTY];
    if (!answer)
        return;
    const char *status = json_string_value(member(answer, "status"));
    int at = 0;
    for (gsize i = 0; status && i < G_N_ELEMENTS(states); i++)
        at = strcmp(states[i], status) == 0 ? (int)i : at;
    vr_params_add_int(&r->list, "dirtyrate.calc_status", at);
    add(&r->list, (unsigned long long)json_integer_value(member(answer, "start-time")), "dirtyrate.calc_start_time");
    vr_params_add_int(&r->list, "dirtyrate.calc_period", (int)json_integer_value(member(answer, "calc-time")));
    vr_params_add_string(&r->list, "dirtyrate.calc_mode", json_string_value(member(answer, "mode")));
    if (at == 2)
        add(&r->list, (unsigned long long)json_integer_value(member(answer, "dirty-rate")), "dirtyrate.megabytes_per_second");
}

static const struct {
    unsigned bit;
    void (*fill)(Record *r);
    unsigned questions;
} groups[] = {
    {VIR_DOMAIN_STATS_STATE, state_group, 0},
    {VIR_DOMAIN_STATS_CPU_TOTAL, cpu_group, 0},
    {VIR_DOMAIN_STATS_BALLOON, balloon_group, 1u << BALLOON},
    {VIR_DOMAIN_STATS_VCPU, vcpu_group, 0},
    {VIR_DOMAIN_STATS_INTERFACE, net_group, 0},
    {VIR_DOMAIN_STATS_BLOCK, block_group, 1u << BLOCK | 1u << NODES},
    {VIR_DOMAIN_STATS_PERF, perf_group, 0},
    {VIR_DOMAIN_STATS_IOTHREAD, iothread_group, 1u << IOTHREADS},
    {VIR_DOMAIN_STATS_MEMORY, NULL, 0},
    {VIR_DOMAIN_STATS_DIRTYRATE, dirtyrate_group, 1u << DIRTY},
    {VIR_DOMAIN_STATS_VM, NULL, 0},
};

static json_t *
arguments_for(int question, const DomainDef *def)
{
    return question == NODES     ? json_pack("{s:b}", "flat", 1)
           : question == BALLOON ? qemu_balloon_question(def)
                                 : NULL;
}

static void
ask(Record *r, unsigned stats)
{
    static const char *const commands[] = {[BLOCK] = "query-blockstats", [NODES] = "query-named-block-nodes", [BALLOON] = "qom-get",
                                           [IOTHREADS] = "query-iothreads", [DIRTY] = "query-dirty-rate"};
    QemuRun *run = qemu_run_of(r->state);
    const DomainDef *def = vr_guest_now(r->state);
    unsigned questions = 0;
    if (!run || !run->qmp)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        questions |= stats & groups[i].bit ? groups[i].questions : 0;
    for (int q = 0; q < N_QUESTIONS; q++) {
        json_t *arguments = questions & (1u << q) ? arguments_for(q, def) : NULL;
        bool pointless = (q == BALLOON && !arguments) || ((q == BLOCK || q == NODES) && !def->devices.n_disk) ||
                         (q == IOTHREADS && !def->iothreads);
        if (questions & (1u << q) && !pointless)
            r->asked[q] = qemu_qmp_ask(run->qmp, commands[q], arguments);
        else
            json_decref(arguments);
    }
}

#define TOGETHER_MS 10000 /* for all answers: one that hangs does not cost the others */

static void
hear(Record *r, gint64 deadline)
{
    for (int q = 0; q < N_QUESTIONS; q++) {
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;
        if (r->asked[q])
            r->answers[q] = qemu_ask_result(r->asked[q], (unsigned)MAX(left, 1));
    }
    vr_error_clear();
}

#define FILTERS                                                                                    \
    (VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE |       \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT |  \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING | VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED |        \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF | VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER)
#define OPTIONS                                                                                    \
    (VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT | VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING |        \
     VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS)

static GPtrArray *
chosen(QemuDriver *driver, virDomainPtr *doms, unsigned ndoms)
{
    if (!ndoms)
        return vr_table_list(driver->domains);
    GPtrArray *guests = g_ptr_array_new_with_free_func(vr_stored_unref);
    for (unsigned i = 0; i < ndoms; i++) {
        VrGuest *guest = vr_table_by_uuid(driver->domains, doms[i]->object.uuid);
        if (guest)
            g_ptr_array_add(guests, guest);
    }
    return guests;
}

int
qemu_get_all_domain_stats(virConnectPtr conn, virDomainPtr *doms, unsigned int ndoms, unsigned int stats,
                          virDomainStatsRecordPtr **ret_stats, unsigned int flags)
{
    if (vr_flags_check(flags, FILTERS | OPTIONS, VIR_FROM_QEMU) < 0)
        return -1;
    unsigned known = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        known |= groups[i].bit;
    if ((flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) && stats & ~known)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "Stats types bits 0x%x are not supported by this daemon",
                        stats & ~known);
    if (!stats)
        stats = known;
    g_autoptr(GPtrArray) guests = chosen(conn->data, doms, ndoms);
    g_autofree Record *records = g_new0(Record, guests->len + 1);
    guint n = 0;
    for (guint i = 0; i < guests->len; i++) {
        VrGuestState *state = vr_guest_state(guests->pdata[i]);
        if (!vr_guest_listed(state, flags & FILTERS)) {
            vr_guest_state_unref(state);
            continue;
        }
        records[n].state = state;
        records[n].backing = flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING;
        ask(&records[n++], stats);
    }
    gint64 deadline = g_get_monotonic_time() + TOGETHER_MS * (gint64)1000;
    virDomainStatsRecordPtr *list = g_new0(virDomainStatsRecordPtr, n + 1);
    for (guint i = 0; i < n; i++) {
        Record *r = &records[i];
        hear(r, deadline);
        for (gsize g = 0; g < G_N_ELEMENTS(groups); g++) {
            if (stats & groups[g].bit && groups[g].fill)
                groups[g].fill(r);
        }
        list[i] = g_new0(virDomainStatsRecord, 1);
        list[i]->dom = vr_guest_handle(conn, r->state);
        list[i]->params = r->list.params;
        list[i]->nparams = r->list.n;
        for (int q = 0; q < N_QUESTIONS; q++)
            json_decref(r->answers[q]);
        vr_guest_state_unref(r->state);
    }
    *ret_stats = list;
    return (int)n;
}
