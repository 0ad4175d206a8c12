/* What makes a guest one that no support covers, and the messages about it.  Any thread; changes in the guest's turn. */
#include <string.h>

#include "base/log.h"
#include "drivers/qemu/conf.h"
#include "drivers/qemu/news.h"
#include "drivers/qemu/ops.h"

const char *const qemu_taint_names[QEMU_N_TAINTS] = {
    [QEMU_TAINT_PRIVILEGES] = "high-privileges",
    [QEMU_TAINT_ARGUMENTS] = "custom-argv",
    [QEMU_TAINT_HOST_CPU] = "host-cpu",
    [QEMU_TAINT_MONITOR] = "custom-monitor",
    [QEMU_TAINT_AGENT] = "custom-ga-command",
};

static const char *const messages[QEMU_N_TAINTS] = {
    [QEMU_TAINT_PRIVILEGES] = "running with undesirable elevated privileges",
    [QEMU_TAINT_ARGUMENTS] = "custom configuration parameters specified",
    [QEMU_TAINT_HOST_CPU] = "use of host cpu passthrough",
    [QEMU_TAINT_MONITOR] = "custom monitor control commands issued",
    [QEMU_TAINT_AGENT] = "custom guest agent control commands issued",
};

static bool
has_arguments(const DomainDef *def)
{
    const DomainQemuCommandline *own = def->qemu_commandline;
    return own && (own->n_qemu_arg || own->n_qemu_env);
}

unsigned
qemu_taints(const VrGuestState *state)
{
    QemuRun *run = qemu_run_of(state);
    if (!run)
        return 0;
    const DomainDef *def = vr_guest_now(state);
    unsigned taints = (unsigned)g_atomic_int_get(&run->taints);
    taints |= run->driver->privileged && run->driver->conf->uid == 0 ? 1u << QEMU_TAINT_PRIVILEGES : 0;
    taints |= has_arguments(def) ? 1u << QEMU_TAINT_ARGUMENTS : 0;
    taints |= def->cpu && def->cpu->mode == CPU_MODE_HOST_PASSTHROUGH ? 1u << QEMU_TAINT_HOST_CPU : 0;
    return taints;
}

void
qemu_taint(QemuChange *c, QemuTaint taint)
{
    QemuRun *run = qemu_run_of(c->next);
    unsigned bit = 1u << taint;
    if ((unsigned)g_atomic_int_or((guint *)&run->taints, bit) & bit)
        return;
    vr_log(VR_LOG_WARN, "qemu", "Domain id=%d name='%s' is tainted: %s", vr_guest_id(c->next), vr_guest_now(c->next)->name,
           qemu_taint_names[taint]);
    qemu_run_log(run, "Domain id=%d is tainted: %s", vr_guest_id(c->next), qemu_taint_names[taint]);
    qemu_status_write(c->driver, c->next);
}

/* What the machine or the processor of the guest in STATE will not be in later releases of the emulator. */
static void
add_deprecations(QemuDriver *driver, const DomainDef *def, GPtrArray *list)
{
    g_autoptr(QemuCaps) caps = def->devices.emulator ? qemu_caps_of(driver->caps, def->devices.emulator) : NULL;
    vr_error_clear();
    const QemuMachine *machine = caps && def->os.type.machine ? qemu_caps_machine(caps, def->os.type.machine) : NULL;
    if (machine && machine->deprecated)
        g_ptr_array_add(list, g_strdup_printf("deprecated configuration: machine type '%s'", def->os.type.machine));
}

int
qemu_domain_get_messages(virDomainPtr dom, char ***ret_messages, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING | VIR_DOMAIN_MESSAGE_IOERRORS,
                       VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    unsigned taints = qemu_taints(state);
    for (int i = 0; i < QEMU_N_TAINTS; i++) {
        if ((!flags || flags & VIR_DOMAIN_MESSAGE_TAINTING) && taints & (1u << i))
            g_ptr_array_add(list, g_strdup_printf("tainted: %s", messages[i]));
    }
    if (!flags || flags & VIR_DOMAIN_MESSAGE_DEPRECATION)
        add_deprecations(qemu_driver(dom), vr_guest_now(state), list);
    int n = (int)list->len;
    g_ptr_array_add(list, NULL);
    *ret_messages = (char **)g_ptr_array_steal(list, NULL);
    return n;
}
