/* Changing a guest: waiting for one's turn, and showing what came of it.
 *
 * On the caller's thread.  A turn lasts as long as one call; a long job keeps others out for longer, but lets events and
 * whatever ends the guest in between.
 */
#include <stdlib.h>

#include "drivers/qemu/run.h"

/* As long as anybody waits for a turn, or for an answer of an emulator. */
unsigned
qemu_patience(void)
{
    static gint patience;
    int known = g_atomic_int_get(&patience);
    if (known)
        return (unsigned)known;
    const char *given = g_getenv("VIREO_QEMU_PATIENCE"); /* for tests of emulators that hang */
    int value = given ? atoi(given) : 0;
    g_atomic_int_set(&patience, value > 0 ? value : 30000);
    return (unsigned)g_atomic_int_get(&patience);
}

static int
too_late(const char *holder, gint64 since)
{
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock (held by %s for %" G_GINT64_FORMAT "s)",
                    holder && *holder ? holder : "another change", since ? (g_get_monotonic_time() - since) / G_USEC_PER_SEC : 0);
}

/* Wait until no long job is under way; FALSE once DEADLINE has passed. */
static bool
wait_for_job(QemuRun *run, gint64 deadline, const char **ret_owner, gint64 *ret_since)
{
    vr_mutex_lock(&run->lock);
    bool in_time = true;
    while (run->job.operation && in_time)
        in_time = vr_cond_wait_until(&run->changed, &run->lock, deadline);
    bool free = !run->job.operation;
    *ret_owner = run->job.owner;
    *ret_since = run->job.started;
    vr_mutex_unlock(&run->lock);
    return free;
}

static bool
has_job(QemuRun *run)
{
    vr_mutex_lock(&run->lock);
    bool busy = run->job.operation != 0;
    vr_mutex_unlock(&run->lock);
    return busy;
}

/* Take the guest's turn; unless URGENT, not during a long job. */
static int
take(QemuChange *c, bool urgent)
{
    gint64 deadline = g_get_monotonic_time() + qemu_patience() * (gint64)1000;
    for (;;) {
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;
        if (!vr_guest_change_try(&c->change, c->guest, (unsigned)MAX(left, 1)))
            return too_late(g_atomic_pointer_get(&c->guest->holder), __atomic_load_n(&c->guest->held_since, __ATOMIC_RELAXED));
        c->next = c->change.next;
        g_autoptr(QemuRun) run = qemu_run_ref(qemu_run_of(c->next));
        if (urgent || !run || !has_job(run))
            return 0;
        vr_guest_change_end(&c->change);
        const char *owner = NULL;
        gint64 since = 0;
        if (!wait_for_job(run, deadline, &owner, &since))
            return too_late(owner, since);
    }
}

int
qemu_change_begin_guest(QemuChange *c, QemuDriver *driver, VrGuest *guest)
{
    c->driver = driver;
    c->guest = guest;
    vr_guest_change_begin(&c->change, guest);
    c->next = c->change.next;
    return 0;
}

static int
begin(QemuChange *c, virDomainPtr dom, bool urgent)
{
    QemuDriver *driver = qemu_driver(dom);
    c->driver = driver;
    c->guest = vr_guest_of(driver->domains, dom, VIR_FROM_QEMU);
    if (!c->guest || take(c, urgent) < 0)
        return -1;
    if (!c->next->gone)
        return 0;
    /* It left the table while this operation waited for its turn; looking again makes the error. */
    qemu_change_end(c);
    g_autoptr(VrGuest) again = vr_guest_of(driver->domains, dom, VIR_FROM_QEMU);
    return again ? vr_error(VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "%s", dom->object.name) : -1;
}

int
qemu_change_begin(QemuChange *c, virDomainPtr dom)
{
    return begin(c, dom, false);
}

int
qemu_change_begin_urgent(QemuChange *c, virDomainPtr dom)
{
    return begin(c, dom, true);
}

int
qemu_change_begin_active(QemuChange *c, virDomainPtr dom)
{
    return qemu_change_begin(c, dom) < 0 ? -1 : vr_guest_need_active(c->next);
}

void
qemu_change_publish(QemuChange *c)
{
    qemu_status_write(c->driver, c->next);
    vr_guest_change_publish(&c->change);
    c->next = c->change.next;
}

int
qemu_change_commit(QemuChange *c, bool config)
{
    if (config && qemu_config_write(c->driver, vr_guest_config(c->next)) < 0)
        return -1;
    qemu_change_publish(c);
    return 0;
}

void
qemu_change_end(QemuChange *c)
{
    if (!c->guest)
        return;
    vr_guest_change_end(&c->change);
    g_clear_pointer(&c->guest, vr_guest_unref);
}

json_t *
qemu_ask(const QemuChange *c, const char *command, json_t *arguments)
{
    return qemu_qmp_call(qemu_run_of(c->next)->qmp, command, arguments, QEMU_QMP_PATIENCE);
}

int
qemu_do(const QemuChange *c, const char *command, json_t *arguments)
{
    json_t *result = qemu_ask(c, command, arguments);
    json_decref(result);
    return result ? 0 : -1;
}
