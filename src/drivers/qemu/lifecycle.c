/* A guest's life as clients steer it: start, pause, resume, shut down, reboot, reset, destroy.
 *
 * Each on the calling thread, in the guest's turn; queries never wait for any of them.
 */
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/agent.h"
#include "drivers/qemu/fault.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"
#include "drivers/qemu/save.h"

static int
ask(const QemuChange *c, const char *command)
{
    return qemu_do(c, command, NULL);
}

#define START_FLAGS                                                                                \
    (VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_BYPASS_CACHE |      \
     VIR_DOMAIN_START_FORCE_BOOT | VIR_DOMAIN_START_RESET_NVRAM)

/* The guest in C has been started on CONN, whose end may be its end too. */
static void
own(QemuChange *c, virConnectPtr conn, unsigned flags)
{
    if (flags & VIR_DOMAIN_START_AUTODESTROY)
        g_atomic_pointer_set(&qemu_run_of(c->next)->owner, conn);
}

int
qemu_domain_create_with_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, START_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    if (vr_guest_is_active(c.next))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain is already running");
    if (qemu_boot(&c, flags) < 0)
        return -1;
    own(&c, VR_OBJECT_CONN(dom), flags);
    dom->id = vr_guest_id(c.next);
    return 0;
}

int
qemu_domain_create(virDomainPtr dom)
{
    return qemu_domain_create_with_flags(dom, 0);
}

virDomainPtr
qemu_domain_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY | VIR_DOMAIN_START_VALIDATE |
                           VIR_DOMAIN_START_RESET_NVRAM,
                       VIR_FROM_QEMU) < 0)
        return NULL;
    DomainDef *def = qemu_domain_parse(driver, xml, flags & VIR_DOMAIN_START_VALIDATE ? VR_MODEL_VALIDATE : 0);
    if (!def)
        return NULL;
    g_auto(QemuChange) c = {0};
    bool existed = false;
    if (qemu_domain_add(&c, driver, def, true, &existed) < 0)
        return NULL;
    if (qemu_start(&c, flags) < 0) {
        if (!existed) {
            c.next->gone = true;
            qemu_change_publish(&c);
            vr_table_remove(driver->domains, c.guest);
        }
        return NULL;
    }
    own(&c, conn, flags);
    return vr_guest_handle(conn, c.next);
}

int
qemu_domain_suspend(virDomainPtr dom)
{
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    if (c.next->state == VIR_DOMAIN_PAUSED)
        return 0;
    if (ask(&c, "stop") < 0)
        return -1;
    qemu_set_state(&c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, VIR_DOMAIN_EVENT_SUSPENDED,
                   VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    return 0;
}

int
qemu_domain_resume(virDomainPtr dom)
{
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    if (c.next->state == VIR_DOMAIN_RUNNING)
        return 0;
    if (c.next->state != VIR_DOMAIN_PAUSED && c.next->state != VIR_DOMAIN_PMSUSPENDED)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain is not paused");
    if (ask(&c, "cont") < 0)
        return -1;
    qemu_set_state(&c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, VIR_DOMAIN_EVENT_RESUMED,
                   VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    return 0;
}

/* Press the power button; the guest decides what follows. */
static int
press_power(virDomainPtr dom, bool reboot)
{
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    g_atomic_int_set(&qemu_run_of(c.next)->reboot_next, reboot);
    return ask(&c, "system_powerdown");
}

/* Have the agent end the guest; MODE is the agent's word. */
static int
ask_agent(virDomainPtr dom, const char *mode)
{
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    g_atomic_int_set(&qemu_run_of(call.state)->reboot_next, 0);
    return qemu_agent_end_guest(&call, "guest-shutdown", json_pack("{s:s}", "mode", mode));
}

/* The agent where it is asked for, or listens and nothing else is asked for; the button where that is asked for, or nothing is. */
static int
end_guest(virDomainPtr dom, bool agent, bool button, const char *mode)
{
    bool any = !agent && !button;
    if (any) {
        g_autoptr(VrGuestState) state = qemu_state(dom);
        if (!state)
            return -1;
        agent = qemu_agent_listens(state);
    }
    if (agent && ask_agent(dom, mode) == 0)
        return 0;
    if (agent && !button && !any)
        return -1;
    vr_error_clear();
    return press_power(dom, strcmp(mode, "reboot") == 0);
}

int
qemu_domain_shutdown_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN | VIR_DOMAIN_SHUTDOWN_GUEST_AGENT, VIR_FROM_QEMU) < 0)
        return -1;
    return end_guest(dom, flags & VIR_DOMAIN_SHUTDOWN_GUEST_AGENT, flags & VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN, "powerdown");
}

int
qemu_domain_shutdown(virDomainPtr dom)
{
    return qemu_domain_shutdown_flags(dom, 0);
}

int
qemu_domain_reboot(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_REBOOT_ACPI_POWER_BTN | VIR_DOMAIN_REBOOT_GUEST_AGENT, VIR_FROM_QEMU) < 0)
        return -1;
    return end_guest(dom, flags & VIR_DOMAIN_REBOOT_GUEST_AGENT, flags & VIR_DOMAIN_REBOOT_ACPI_POWER_BTN, "reboot");
}

int
qemu_domain_reset(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    return ask(&c, "system_reset");
}

/* The process ends before the guest's turn comes: whoever has it may be waiting for an emulator that hangs. */
int
qemu_domain_destroy_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_DESTROY_GRACEFUL | VIR_DOMAIN_DESTROY_REMOVE_LOGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    g_autoptr(QemuRun) run = qemu_run_ref(qemu_run_of(state));
    g_atomic_int_set(&run->stopping, 1);
    if (!qemu_run_kill(run, flags & VIR_DOMAIN_DESTROY_GRACEFUL)) {
        g_atomic_int_set(&run->stopping, 0);
        return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "Failed to terminate process %ld with SIGTERM: Device or "
                        "resource busy", (long)run->pid);
    }
    qemu_fault("destroy", "killed");
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_urgent(&c, dom) < 0)
        return -1;
    if (qemu_run_of(c.next) != run) {
        dom->id = -1;
        return 0; /* somebody else has told already */
    }
    dom->id = -1;
    qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    qemu_fault("destroy", "told");
    if (flags & VIR_DOMAIN_DESTROY_REMOVE_LOGS)
        unlink(run->log_path);
    return 0;
}

int
qemu_domain_destroy(virDomainPtr dom)
{
    return qemu_domain_destroy_flags(dom, 0);
}

int
qemu_domain_inject_nmi(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    return ask(&c, "inject-nmi");
}

int
qemu_domain_get_control_info(virDomainPtr dom, virDomainControlInfoPtr info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    memset(info, 0, sizeof(*info));
    info->state = VIR_DOMAIN_CONTROL_OK;
    QemuRun *run = qemu_run_of(state);
    gint64 since = 0;
    vr_mutex_lock(&run->lock);
    if (run->job.operation) {
        info->state = VIR_DOMAIN_CONTROL_JOB;
        since = run->job.started;
    }
    vr_mutex_unlock(&run->lock);
    if (info->state == VIR_DOMAIN_CONTROL_OK && g_atomic_pointer_get(&run->guest->holder)) {
        info->state = VIR_DOMAIN_CONTROL_OCCUPIED;
        since = __atomic_load_n(&run->guest->held_since, __ATOMIC_RELAXED);
    }
    if (since)
        info->stateTime = (unsigned long long)(g_get_monotonic_time() - since) / 1000;
    return 0;
}
