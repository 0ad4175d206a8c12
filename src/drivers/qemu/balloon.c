/* How much memory a guest has: its limits, the balloon that takes some back, what the balloon tells. */
#include <string.h>

#include "drivers/qemu/figures.h"
#include "drivers/qemu/memory.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

unsigned long
qemu_domain_get_max_memory(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? (unsigned long)vr_guest_now(state)->memory.value : 0;
}

static int
set_max(QemuChange *c, DomainDef *live, DomainDef *config, unsigned long memory)
{
    if (live)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot resize the maximum memory on an active domain");
    if (qemu_has_numa(config))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                        "initial memory size of a domain with NUMA nodes cannot be modified with this API");
    if (config->max_memory && config->max_memory->value < memory)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                        "cannot set initial memory size greater than the maximum memory size");
    config->memory.value = memory;
    config->current_memory = MIN(config->current_memory, memory);
    return 0;
}

static bool
has_balloon(const DomainDef *def)
{
    return def->devices.memballoon && def->devices.memballoon->model != DOMAIN_MEMBALLOON_MODEL_NONE;
}

static int
set_current(QemuChange *c, DomainDef *live, DomainDef *config, unsigned long memory)
{
    const DomainDef *defs[] = {live, config};
    for (int i = 0; i < 2; i++) {
        if (defs[i] && memory > defs[i]->memory.value)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "cannot set memory higher than max memory");
    }
    if (live) {
        if (!has_balloon(live))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "Unable to change memory of active domain without the balloon "
                            "device and guest OS balloon driver");
        json_t *arguments = json_object();
        qemu_put_number(arguments, "value", (long long)memory * 1024);
        if (qemu_do(c, "balloon", arguments) < 0)
            return -1; /* the guest tells itself how far it got */
    }
    if (config)
        config->current_memory = memory;
    return 0;
}

int
qemu_domain_set_memory_flags(virDomainPtr dom, unsigned long memory, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_DOMAIN_MEM_MAXIMUM, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *live, *config;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &live, &config) < 0)
        return -1;
    if ((flags & VIR_DOMAIN_MEM_MAXIMUM ? set_max : set_current)(&c, live, config, memory) < 0)
        return -1;
    return qemu_change_commit(&c, config != NULL);
}

int
qemu_domain_set_memory(virDomainPtr dom, unsigned long memory)
{
    return qemu_domain_set_memory_flags(dom, memory, VIR_DOMAIN_AFFECT_LIVE);
}

int
qemu_domain_set_max_memory(virDomainPtr dom, unsigned long memory)
{
    return qemu_domain_set_memory_flags(dom, memory, VIR_DOMAIN_MEM_MAXIMUM);
}

int
qemu_balloon_period(QemuRun *run, const DomainDef *def)
{
    const DomainMemballoon *balloon = def->devices.memballoon;
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", balloon->alias);
    json_t *arguments = json_object();
    qemu_put_text(arguments, "path", path);
    qemu_put_text(arguments, "property", "guest-stats-polling-interval");
    qemu_put_number(arguments, "value", balloon->stats_period);
    json_t *result = qemu_qmp_call(run->qmp, "qom-set", arguments, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

int
qemu_domain_set_memory_stats_period(virDomainPtr dom, int period, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    if (period < 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "invalid value for collection period");
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (defs[i] && !has_balloon(defs[i]))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                            "Memory balloon model must be virtio to set the collection period");
        if (defs[i])
            defs[i]->devices.memballoon->stats_period = (unsigned)period;
    }
    if (defs[0] && qemu_balloon_period(qemu_run_of(c.next), defs[0]) < 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "unable to set balloon driver collection period");
    return qemu_change_commit(&c, defs[1] != NULL);
}

int
qemu_domain_memory_stats(virDomainPtr dom, virDomainMemoryStatPtr stats, unsigned int room, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    QemuRun *run = qemu_run_of(state);
    unsigned n = 0;
    json_t *question = qemu_balloon_question(def);
    if (question) {
        json_t *answer = qemu_qmp_call(run->qmp, "qom-get", question, QEMU_QMP_PATIENCE);
        if (n < room)
            stats[n++] = (virDomainMemoryStatStruct){VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, def->current_memory};
        for (gsize i = 0; answer && i < qemu_n_balloon_figures && n < room; i++) {
            unsigned long long value;
            if (qemu_balloon_figure(answer, &qemu_balloon_figures[i], &value))
                stats[n++] = (virDomainMemoryStatStruct){qemu_balloon_figures[i].tag, value};
        }
        json_decref(answer);
        vr_error_clear();
    } else if (n < room) {
        stats[n++] = (virDomainMemoryStatStruct){VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, def->current_memory};
    }
    if (n < room)
        stats[n++] = (virDomainMemoryStatStruct){VIR_DOMAIN_MEMORY_STAT_RSS, qemu_resident(run->pid)};
    return (int)n;
}
