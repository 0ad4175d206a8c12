/* How many processors a guest has: in its definition, as the running one has them plugged in, as its agent sees them. */
#include "drivers/qemu/vcpus.h"

#include "drivers/qemu/agent_vcpus.h"
#include "drivers/qemu/ops.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

int
qemu_domain_get_vcpus_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_DOMAIN_VCPU_MAXIMUM | VIR_DOMAIN_VCPU_GUEST, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    if (flags & VIR_DOMAIN_VCPU_GUEST) {
        if (!vr_guest_is_active(state))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                            "vCPU count provided by the guest agent can only be requested for live domains");
        return qemu_agent_vcpus(dom, !(flags & VIR_DOMAIN_VCPU_MAXIMUM));
    }
    return (int)(flags & VIR_DOMAIN_VCPU_MAXIMUM ? def->vcpu.value : vr_vcpus_now(def));
}

int
qemu_domain_get_max_vcpus(virDomainPtr dom)
{
    return qemu_domain_get_vcpus_flags(dom, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_VCPU_MAXIMUM);
}

/* Plug the lowest that are missing in, or take the highest that can go out, until N are there. */
static int
set_live(QemuChange *c, unsigned n)
{
    unsigned max = vr_guest_now(c->next)->vcpu.value, now = 0;
    for (unsigned id = 0; id < max; id++)
        now += qemu_vcpu_is_plugged(c->next, id);
    g_autoptr(VrBitmap) change = vr_bitmap_new(max);
    unsigned left = n > now ? n - now : now - n;
    for (unsigned i = 0; i < max && left; i++) {
        unsigned id = n > now ? i : max - 1 - i;
        if (n > now ? qemu_vcpu_is_plugged(c->next, id) : !qemu_vcpu_is_removable(c->next, id))
            continue;
        change = vr_bitmap_add(change, id);
        left--;
    }
    if (left)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                        "failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count");
    if (n > now)
        return qemu_vcpus_plug(c, change);
    for (unsigned id = max; id-- > 0;) {
        if (vr_bitmap_has(change, id) && qemu_vcpu_unplug(c, id) < 0)
            return -1;
    }
    return 0;
}

static void
set_config(DomainDef *def, unsigned n, bool hotpluggable)
{
    unsigned before = vr_vcpus_now(def);
    if (hotpluggable)
        vr_vcpus_itemize(def);
    g_autoptr(VrBitmap) had = vr_bitmap_new(def->vcpu.value);
    for (unsigned id = 0; id < def->vcpu.value; id++)
        had = vr_vcpu_is_plugged(def, id) ? vr_bitmap_add(had, id) : had;
    vr_vcpus_set_now(def, n);
    for (unsigned id = 0; n > before && id < def->vcpu.value; id++) {
        DomainVcpuState *state = vr_vcpu_state(def, id);
        if (state && vr_vcpu_is_plugged(def, id) && !vr_bitmap_has(had, id))
            state->hotpluggable = hotpluggable ? YES_NO_YES : YES_NO_NO;
    }
}

static int
set_max(DomainDef *def, unsigned n)
{
    const DomainCpuTopology *t = def->cpu ? def->cpu->topology : NULL;
    if (t && (unsigned long long)t->sockets * t->dies * t->cores * t->threads != n)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "CPU topology doesn't match the desired vcpu count");
    vr_vcpus_set_max(def, n);
    return 0;
}

static int
check_room(const DomainDef *def, unsigned n, const char *which)
{
    if (!def || n <= def->vcpu.value)
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                    "requested vcpus is greater than max allowable vcpus for the %s domain: %u > %u", which, n, def->vcpu.value);
}

#define MOST_VCPUS 8192 /* more than any machine of any emulator */

int
qemu_domain_set_vcpus_flags(virDomainPtr dom, unsigned int n, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_DOMAIN_VCPU_MAXIMUM | VIR_DOMAIN_VCPU_GUEST | VIR_DOMAIN_VCPU_HOTPLUGGABLE, VIR_FROM_QEMU) < 0)
        return -1;
    if (flags & VIR_DOMAIN_VCPU_GUEST)
        return qemu_agent_set_vcpus(dom, n);
    if (n > MOST_VCPUS)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "argument out of range: %u", n);
    g_auto(QemuChange) c = {0};
    DomainDef *live, *config;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0)
        return -1;
    if (flags & VIR_DOMAIN_VCPU_MAXIMUM) {
        if (live)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "maximum vcpu count of a live domain can't be modified");
        return set_max(config, n) < 0 ? -1 : qemu_change_commit(&c, true);
    }
    if (check_room(live, n, "live") < 0 || check_room(config, n, "persistent") < 0 || (live && set_live(&c, n) < 0))
        return -1;
    if (!config)
        return 0;
    set_config(vr_guest_change_config(&c.change), n, flags & VIR_DOMAIN_VCPU_HOTPLUGGABLE);
    return qemu_change_commit(&c, true);
}

int
qemu_domain_set_vcpus(virDomainPtr dom, unsigned int n)
{
    return qemu_domain_set_vcpus_flags(dom, n, VIR_DOMAIN_AFFECT_LIVE);
}

/* --- processors by their numbers --- */

static int
check_ids(const DomainDef *def, const VrBitmap *ids, const char *which)
{
    int last = vr_bitmap_last(ids);
    if (def && (unsigned)last >= def->vcpu.value)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vcpu %d is not present in %s config", last, which);
    return 0;
}

/* One processor, of the running guest. */
static int
set_live_ids(QemuChange *c, const VrBitmap *ids, bool plug)
{
    unsigned id = (unsigned)vr_bitmap_next(ids, -1);
    if (vr_bitmap_count(ids) > 1)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "only one hotpluggable entity can be selected");
    if (!plug && qemu_vcpu_is_plugged(c->next, id) && !qemu_vcpu_is_removable(c->next, id))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "vcpu '%u' can't be unplugged", id);
    if (qemu_vcpu_is_plugged(c->next, id) == plug)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vcpu '%u' is already in requested state", id);
    vr_vcpus_itemize(vr_guest_change_now(&c->change));
    return plug ? qemu_vcpus_plug(c, ids) : qemu_vcpu_unplug(c, id);
}

static void
set_config_ids(DomainDef *def, const VrBitmap *ids, bool plug)
{
    unsigned n = 0;
    vr_vcpus_itemize(def);
    for (unsigned id = 0; id < def->vcpu.value; id++) {
        DomainVcpuState *state = vr_vcpu_state(def, id);
        if (vr_bitmap_has(ids, id)) {
            state->enabled = plug ? DOMAIN_VCPU_STATE_ENABLED_YES : DOMAIN_VCPU_STATE_ENABLED_NO;
            state->hotpluggable = YES_NO_YES;
        }
        n += state->enabled == DOMAIN_VCPU_STATE_ENABLED_YES;
    }
    def->vcpu.current = n;
    def->vcpu.has_current = n != def->vcpu.value;
}

int
qemu_domain_set_vcpu(virDomainPtr dom, const char *map, int plug, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    if (plug != 0 && plug != 1)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported state value");
    g_autoptr(VrBitmap) ids = vr_bitmap_parse(map);
    if (!ids)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Failed to parse bitmap '%s'", map);
    if (vr_bitmap_is_empty(ids))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no vcpus selected for modification");
    g_auto(QemuChange) c = {0};
    DomainDef *live, *config;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0 ||
        check_ids(live, ids, "live") < 0 || check_ids(config, ids, "persistent") < 0)
        return -1;
    if (config && vr_bitmap_has(ids, 0))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vCPU '0' can't be modified");
    if (live && set_live_ids(&c, ids, plug) < 0)
        return -1;
    if (!config)
        return 0;
    set_config_ids(vr_guest_change_config(&c.change), ids, plug);
    return qemu_change_commit(&c, true);
}
