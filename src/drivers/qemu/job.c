/* Long jobs on running guests: saving, dumping.  Queries tell how far they are without waiting for them; see turn.c for how
 * they keep other changes out.
 */
#include <string.h>

#include "base/params.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"

QemuJobResult *
qemu_job_result_ref(QemuJobResult *result)
{
    if (result)
        g_atomic_int_inc(&result->refs);
    return result;
}

void
qemu_job_result_unref(QemuJobResult *result)
{
    if (!result || !g_atomic_int_dec_and_test(&result->refs))
        return;
    json_decref(result->migration);
    g_free(result->error);
    g_free(result);
}

int
qemu_job_begin(QemuChange *c, int operation)
{
    QemuRun *run = qemu_run_of(c->next);
    vr_mutex_lock(&run->lock);
    run->job = (QemuJob){.operation = operation, .owner = vr_api_call.name, .started = g_get_monotonic_time()};
    g_clear_pointer(&run->migration, g_free);
    vr_mutex_unlock(&run->lock);
    vr_guest_change_end(&c->change);
    return 0;
}

int
qemu_job_resume(QemuChange *c)
{
    vr_guest_change_begin(&c->change, c->guest);
    c->next = c->change.next;
    if (vr_guest_is_active(c->next))
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "domain is not running");
}

QemuJobResult *
qemu_job_result_new(QemuRun *run)
{
    QemuJobResult *result = g_new0(QemuJobResult, 1);
    result->refs = 1;
    vr_mutex_lock(&run->lock);
    result->operation = run->job.operation;
    result->cancelled = run->job.cancelled;
    result->elapsed = (g_get_monotonic_time() - run->job.started) / 1000;
    result->migration = json_incref(run->job.migration);
    result->dump_done = run->job.dump_done;
    result->dump_total = run->job.dump_total;
    vr_mutex_unlock(&run->lock);
    return result;
}

void
qemu_job_end(QemuChange *c, QemuJobResult *result)
{
    QemuRun *run = qemu_run_of(c->next);
    QemuGuest *guest = qemu_guest_part(c->next);
    qemu_job_result_unref(guest->done);
    guest->done = result;
    if (!run)
        return; /* it ended, and with it whoever waited for the job */
    vr_mutex_lock(&run->lock);
    json_t *heard = run->job.migration;
    run->job = (QemuJob){0};
    vr_cond_broadcast(&run->changed);
    vr_mutex_unlock(&run->lock);
    json_decref(heard);
}

/* What is under way on the guest in STATE: a result as if it ended now; NULL when there is no job. */
static QemuJobResult *
current(const VrGuestState *state)
{
    QemuRun *run = qemu_run_of(state);
    if (!run)
        return NULL;
    QemuJobResult *result = qemu_job_result_new(run);
    if (result->operation)
        return result;
    qemu_job_result_unref(result);
    return NULL;
}

static unsigned long long
number_in(const json_t *object, const char *name)
{
    return (unsigned long long)MAX(json_integer_value(json_object_get(object, name)), 0);
}

int
qemu_domain_get_job_info(virDomainPtr dom, virDomainJobInfoPtr info)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    memset(info, 0, sizeof(*info));
    QemuJobResult *job = current(state);
    if (!job)
        return 0;
    const json_t *ram = json_object_get(job->migration, "ram");
    info->type = VIR_DOMAIN_JOB_UNBOUNDED;
    info->timeElapsed = (unsigned long long)job->elapsed;
    info->memTotal = ram ? number_in(ram, "total") : job->dump_total;
    info->memProcessed = ram ? number_in(ram, "transferred") : job->dump_done;
    info->memRemaining = ram ? number_in(ram, "remaining") : job->dump_total - MIN(job->dump_done, job->dump_total);
    info->dataTotal = info->memTotal;
    info->dataProcessed = info->memProcessed;
    info->dataRemaining = info->memRemaining;
    qemu_job_result_unref(job);
    return 0;
}

static const struct {
    const char *param, *qmp;
    bool ram; /* a member of "ram" */
} migration_numbers[] = {
    {VIR_DOMAIN_JOB_DOWNTIME, "downtime", false},
    {VIR_DOMAIN_JOB_SETUP_TIME, "setup-time", false},
    {VIR_DOMAIN_JOB_MEMORY_TOTAL, "total", true},
    {VIR_DOMAIN_JOB_MEMORY_PROCESSED, "transferred", true},
    {VIR_DOMAIN_JOB_MEMORY_REMAINING, "remaining", true},
    {VIR_DOMAIN_JOB_MEMORY_CONSTANT, "duplicate", true},
    {VIR_DOMAIN_JOB_MEMORY_NORMAL, "normal", true},
    {VIR_DOMAIN_JOB_MEMORY_NORMAL_BYTES, "normal-bytes", true},
    {VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, "dirty-pages-rate", true},
    {VIR_DOMAIN_JOB_MEMORY_ITERATION, "dirty-sync-count", true},
    {VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, "page-size", true},
    {VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS, "postcopy-requests", true},
};

static void
add_statistics(VrParams *list, const QemuJobResult *job)
{
    vr_params_add_int(list, VIR_DOMAIN_JOB_OPERATION, job->operation);
    vr_params_add_ullong(list, VIR_DOMAIN_JOB_TIME_ELAPSED, (unsigned long long)job->elapsed);
    const json_t *ram = json_object_get(job->migration, "ram");
    if (!ram && job->dump_total) {
        vr_params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_TOTAL, job->dump_total);
        vr_params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_PROCESSED, job->dump_done);
        vr_params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_REMAINING, job->dump_total - MIN(job->dump_done, job->dump_total));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(migration_numbers); i++) {
        const json_t *from = migration_numbers[i].ram ? ram : job->migration;
        if (json_object_get(from, migration_numbers[i].qmp))
            vr_params_add_ullong(list, migration_numbers[i].param, number_in(from, migration_numbers[i].qmp));
    }
    double mbps = json_number_value(json_object_get(ram, "mbps"));
    if (mbps > 0)
        vr_params_add_ullong(list, VIR_DOMAIN_JOB_MEMORY_BPS, (unsigned long long)(mbps * 1000 * 1000 / 8));
    if (job->error)
        vr_params_add_string(list, VIR_DOMAIN_JOB_ERRMSG, job->error);
}

int
qemu_domain_get_job_stats(virDomainPtr dom, int *type, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    VrParams list = {0};
    if (flags & VIR_DOMAIN_JOB_STATS_COMPLETED) {
        const QemuGuest *guest = state->driver;
        const QemuJobResult *done = guest ? guest->done : NULL;
        *type = !done            ? VIR_DOMAIN_JOB_NONE
                : done->cancelled ? VIR_DOMAIN_JOB_CANCELLED
                : done->failed    ? VIR_DOMAIN_JOB_FAILED
                                  : VIR_DOMAIN_JOB_COMPLETED;
        if (done)
            add_statistics(&list, done);
        *params = list.params;
        *nparams = list.n;
        if (done && !(flags & VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED)) {
            g_auto(QemuChange) c = {0};
            if (qemu_change_begin(&c, dom) == 0 && c.next->driver) {
                g_clear_pointer(&qemu_guest_part(c.next)->done, qemu_job_result_unref);
                qemu_change_publish(&c);
            }
            vr_error_clear();
        }
        return 0;
    }
    if (vr_guest_need_active(state) < 0)
        return -1;
    QemuJobResult *job = current(state);
    *type = job ? VIR_DOMAIN_JOB_UNBOUNDED : VIR_DOMAIN_JOB_NONE;
    if (job)
        add_statistics(&list, job);
    qemu_job_result_unref(job);
    *params = list.params;
    *nparams = list.n;
    return 0;
}

int
qemu_domain_abort_job_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_ABORT_JOB_POSTCOPY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    QemuRun *run = qemu_run_of(state);
    vr_mutex_lock(&run->lock);
    int operation = run->job.operation;
    run->job.cancelled = operation != 0;
    vr_mutex_unlock(&run->lock);
    if (!operation)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "no job is active on the domain");
    if (operation == VIR_DOMAIN_JOB_OPERATION_START)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot abort the start of a domain");
    json_t *result = qemu_qmp_call(run->qmp, "migrate_cancel", NULL, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

int
qemu_domain_abort_job(virDomainPtr dom)
{
    return qemu_domain_abort_job_flags(dom, 0);
}
