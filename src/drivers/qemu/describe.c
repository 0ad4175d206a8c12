/* What a guest is called and what applications keep with it, and what follows its end. */
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"
#include "store/guest_metadata.h"
#include "store/guest_settings.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

char *
qemu_domain_get_metadata(virDomainPtr dom, int type, const char *uri, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state || vr_guest_metadata_check(type) < 0)
        return NULL;
    const DomainDef *def = vr_guest_one_def(state, flags);
    return def ? vr_domain_metadata(def, type, uri) : NULL;
}

int
qemu_domain_set_metadata(virDomainPtr dom, int type, const char *metadata, const char *key, const char *uri, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_domain_set_metadata(defs[d], type, metadata, key, uri) < 0)
            return -1;
    }
    if (qemu_change_commit(&c, defs[1] != NULL) < 0)
        return -1;
    VrEventArgs args = {.n = {type}, .s = {uri}};
    qemu_emit(&c, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, &args);
    return 0;
}

/* QEMU can keep a guest that has ended only where the same follows both its ways to end. */
static int
check_lifecycle(const DomainDef *def, unsigned type, unsigned action)
{
    int reboot = type == VIR_DOMAIN_LIFECYCLE_REBOOT ? (int)action : def->on_reboot;
    int poweroff = type == VIR_DOMAIN_LIFECYCLE_POWEROFF ? (int)action : def->on_poweroff;
    if (type == VIR_DOMAIN_LIFECYCLE_CRASH)
        return 0;
    if (action == VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'");
    if (action == VIR_DOMAIN_LIFECYCLE_ACTION_RESTART_RENAME)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'");
    if ((reboot == VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY) && poweroff == VIR_DOMAIN_LIFECYCLE_ACTION_RESTART)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "qemu driver doesn't support the 'on_reboot' and 'on_poweroff' actions 'destroy' and 'restart' together");
    return 0;
}

/* The emulator must know whether a reset is an end. */
static int
tell_reboot_action(QemuRun *run, const DomainDef *def)
{
    json_t *arguments = json_pack("{s:s}", "reboot", def->on_reboot == DOMAIN_LIFECYCLE_DESTROY ? "shutdown" : "reset");
    json_t *result = qemu_qmp_call(run->qmp, "set-action", arguments, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

int
qemu_set_reboot_action(QemuRun *run, const DomainDef *def)
{
    return def->on_reboot == DOMAIN_LIFECYCLE_DESTROY ? tell_reboot_action(run, def) : 0;
}

int
qemu_domain_set_lifecycle_action(virDomainPtr dom, unsigned int type, unsigned int action, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || vr_guest_lifecycle_check(type, action) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && check_lifecycle(defs[d], type, action) < 0)
            return -1;
    }
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            vr_guest_lifecycle_set(defs[d], type, action);
    }
    if (defs[0] && type == VIR_DOMAIN_LIFECYCLE_REBOOT && tell_reboot_action(qemu_run_of(c.next), defs[0]) < 0)
        return -1;
    return qemu_change_commit(&c, defs[1] != NULL);
}
