/* Going back to a snapshot: the guest stops, takes the snapshot's definition, and is what it was then. */
#include "drivers/test/ops.h"

#include "drivers/test/snapshot.h"

/* Stop without leaving: the guest goes on as what the snapshot says. */
static void
stop_for(TestChange *c)
{
    int id = c->next->persistent ? -1 : vr_guest_id(c->next);
    test_domain_stop(c, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT);
    c->next->gone = false;
    test_emit_lifecycle_id(c, id, VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
}

static void
take_definition(VrGuestState *next, const SnapshotDef *def, bool running)
{
    DomainDef *now = domain_def_copy(def->domain);
    now->id = -1;
    vr_guest_set_def(&next->config, NULL);
    vr_guest_set_def(&next->now, vr_guest_def_new(now));
    if (running && next->persistent && def->inactive_domain) {
        DomainDef *config = domain_def_copy(def->inactive_domain);
        config->id = -1;
        vr_guest_set_def(&next->config, vr_guest_def_new(config));
    }
}

static void
tell_start(const TestChange *c, bool paused)
{
    test_emit_lifecycle(c, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT);
    if (paused)
        test_emit_lifecycle(c, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT);
}

int
test_revert_to_snapshot(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING | VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED |
                           VIR_DOMAIN_SNAPSHOT_REVERT_FORCE,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, snap->domain) < 0)
        return -1;
    VrGuestState *next = c.next;
    VrMoment *moment = test_snapshot_find(next, snap->object.name);
    if (!moment)
        return -1;
    const SnapshotDef *def = moment->def;
    bool was_running = def->state == SNAPSHOT_STATE_RUNNING || def->state == SNAPSHOT_STATE_PAUSED;
    if (!next->persistent && !was_running &&
        !(flags & (VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING | VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED)))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID,
                        "transient domain needs to request run or pause to revert to inactive snapshot");
    bool paused = flags & VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED ||
                  (def->state == SNAPSHOT_STATE_PAUSED && !(flags & VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING));
    bool wants_run = flags & (VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING | VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED);
    if (vr_guest_is_active(next)) {
        snap->domain->id = -1;
        stop_for(&c);
    }
    take_definition(next, def, was_running);
    next->reason = VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT;
    if (was_running) {
        test_domain_start(&c, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT);
        if (paused) {
            next->state = VIR_DOMAIN_PAUSED;
            next->reason = VIR_DOMAIN_PAUSED_FROM_SNAPSHOT;
        }
    }
    vr_moments_set_current(vr_moments_writable(&next->snapshots), moment->name);
    test_change_publish(&c);
    /* Like the original: a snapshot of a stopped guest is announced as started when that was asked for, and stays
     * stopped all the same. */
    if (was_running || wants_run)
        tell_start(&c, paused);
    return 0;
}
