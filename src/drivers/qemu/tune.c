/* Limits of running guests and of their definitions: memory, where it comes from, disk time. */
#include "drivers/qemu/tune.h"

#include <string.h>

#include "drivers/qemu/ops.h"
#include "drivers/qemu/resources.h"
#include "store/guest_tune.h"

#define GETTER_FLAGS (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_TYPED_PARAM_STRING_OKAY)
#define MEMORY "Memory tuning"
#define DISKS "Block I/O tuning"
#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

void
qemu_tell_tunable(QemuChange *c, VrParams *list)
{
    VrEventArgs args = {.params = list->params, .nparams = list->n};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_TUNABLE, &args);
}

int
qemu_need_privileges(const void *object, const char *what)
{
    if (qemu_driver(object)->privileged)
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "%s is not available in session mode", what);
}

static const DomainDef *
getter_def(virDomainPtr dom, unsigned int flags, const char *what, VrGuestState **ret_state)
{
    if (vr_flags_check(flags, GETTER_FLAGS, VIR_FROM_QEMU) < 0 || (what && qemu_need_privileges(dom, what) < 0))
        return NULL;
    *ret_state = qemu_state(dom);
    return *ret_state ? vr_guest_one_def(*ret_state, flags) : NULL;
}

static int
setter_begin(QemuChange *c, virDomainPtr dom, const virTypedParameter *params, int nparams, const VrParamSpec *specs,
             unsigned int flags, const char *what, DomainDef *ret_defs[2])
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || (what && qemu_need_privileges(dom, what) < 0) || vr_params_check(params, nparams, specs) < 0 ||
        qemu_change_begin(c, dom) < 0)
        return -1;
    return vr_guest_change_defs(&c->change, flags, &ret_defs[0], &ret_defs[1]);
}

int
qemu_domain_get_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, MEMORY, &state);
    if (!def)
        return -1;
    vr_memory_get(def, params, nparams);
    return 0;
}

static gint64
bytes_of(unsigned long long kib)
{
    return kib >= VIR_DOMAIN_MEMORY_PARAM_UNLIMITED ? VR_CGROUP_UNLIMITED : (gint64)(kib * 1024);
}

/* The kernel wants every limit at or below the one with swap at any moment: what grows goes first from there. */
static int
limit_memory(const VrCgroup *group, const DomainDef *before, const DomainDef *after)
{
    static const VrCgroupKey keys[] = {VR_CGROUP_MEMORY_HARD, VR_CGROUP_MEMORY_SOFT, VR_CGROUP_MEMORY_SWAP_HARD};
    bool grows = vr_memory_limit(after, VR_MEMORY_SWAP) > vr_memory_limit(before, VR_MEMORY_SWAP);
    for (int i = 0; i < VR_N_MEMORY; i++) {
        int which = grows ? VR_N_MEMORY - 1 - i : i;
        unsigned long long value = vr_memory_limit(after, which);
        if (value != vr_memory_limit(before, which) && vr_cgroup_set(group, keys[which], NULL, bytes_of(value)) < 0)
            return -1;
    }
    return 0;
}

int
qemu_domain_set_memory_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, vr_memory_specs, flags, MEMORY, defs) < 0)
        return -1;
    g_autoptr(DomainDef) before = defs[0] ? domain_def_copy(defs[0]) : NULL;
    const VrCgroup *group = defs[0] ? qemu_run_of(c.next)->cgroup : NULL;
    if (defs[0] && vr_cgroup_need(group, VR_CGROUP_MEMORY) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_memory_check(defs[d], params, nparams, VIR_FROM_DOMAIN) < 0)
            return -1;
    }
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            vr_memory_set(defs[d], params, nparams);
    }
    if (defs[0] && limit_memory(group, before, defs[0]) < 0)
        return -1;
    return qemu_change_commit(&c, defs[1] != NULL);
}

int
qemu_domain_get_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, NULL, &state);
    if (!def)
        return -1;
    vr_numa_get(def, params, nparams);
    return 0;
}

/* Memory can be taken elsewhere only where the group alone says where it comes from. */
static int
move_memory(QemuChange *c, const DomainDef *def, const VrBitmap *nodes)
{
    const VrCgroup *group = qemu_run_of(c->next)->cgroup;
    const DomainNumatuneMemory *memory = def->numatune ? def->numatune->memory : NULL;
    if (memory && memory->nodeset && vr_bitmap_equal(memory->nodeset, nodes))
        return 0;
    if (vr_numa_mode(def) != DOMAIN_NUMA_MODE_RESTRICTIVE && memory)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                        "change of nodeset for running domain requires restrictive numa mode");
    if (vr_cgroup_need(group, VR_CGROUP_CPUSET) < 0)
        return -1;
    g_autofree char *text = vr_bitmap_format(nodes);
    return vr_cgroup_set_cpuset(group, NULL, text);
}

int
qemu_domain_set_numa_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    int mode;
    g_autoptr(VrBitmap) nodes = NULL;
    if (vr_params_check(params, nparams, vr_numa_specs) < 0 || vr_numa_read(params, nparams, VIR_FROM_QEMU, &mode, &nodes) < 0 ||
        setter_begin(&c, dom, params, nparams, vr_numa_specs, flags, NULL, defs) < 0)
        return -1;
    if (defs[0] && mode >= 0 && mode != vr_numa_mode(defs[0]))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "can't change numatune mode for running domain");
    if (defs[0] && nodes && move_memory(&c, defs[0], nodes) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_numa_set(defs[d], mode, nodes) < 0)
            return -1;
    }
    return qemu_change_commit(&c, defs[1] != NULL);
}

int
qemu_domain_get_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    g_autoptr(VrGuestState) state = NULL;
    const DomainDef *def = getter_def(dom, flags, DISKS, &state);
    if (!def)
        return -1;
    bool live = vr_guest_is_active(state) && def == vr_guest_now(state);
    const VrCgroup *group = live ? qemu_run_of(state)->cgroup : NULL;
    if (live && vr_cgroup_need(group, VR_CGROUP_BLKIO) < 0)
        return -1;
    bool wanted = *nparams > 0;
    vr_blkio_get(def, params, nparams);
    gint64 weight;
    if (live && wanted) {
        if (vr_cgroup_get(group, VR_CGROUP_BLKIO_WEIGHT, NULL, &weight) == 0)
            vr_param_set_uint(params, *nparams, 0, vr_blkio_specs[0].name, (unsigned)weight);
        vr_error_clear(); /* a scheduler without weights */
    }
    return 0;
}

/* One parameter for the running guest. */
static int
limit_disks(const VrCgroup *group, const virTypedParameter *param, int which, char **parts)
{
    static const VrCgroupKey keys[VR_N_BLKIO] = {VR_CGROUP_BLKIO_WEIGHT,     VR_CGROUP_BLKIO_DEVICE_WEIGHT, VR_CGROUP_BLKIO_READ_IOPS,
                                                 VR_CGROUP_BLKIO_WRITE_IOPS, VR_CGROUP_BLKIO_READ_BYTES,    VR_CGROUP_BLKIO_WRITE_BYTES};
    if (which == 0)
        return vr_cgroup_set(group, keys[0], NULL, param->value.ui);
    for (char **part = parts; *part; part += 2) {
        if (vr_cgroup_set(group, keys[which], part[0], (gint64)MIN(g_ascii_strtoull(part[1], NULL, 10), (guint64)G_MAXINT64)) < 0)
            return -1;
    }
    return 0;
}

int
qemu_domain_set_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (setter_begin(&c, dom, params, nparams, vr_blkio_specs, flags, DISKS, defs) < 0)
        return -1;
    const VrCgroup *group = defs[0] ? qemu_run_of(c.next)->cgroup : NULL;
    if (defs[0] && vr_cgroup_need(group, VR_CGROUP_BLKIO) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_blkio_specs);
        g_auto(GStrv) parts = which ? vr_blkio_split(which, params[i].value.s) : NULL;
        if ((which && !parts) || (defs[0] && limit_disks(group, &params[i], which, parts) < 0))
            return -1;
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                vr_blkio_set(defs[d], &params[i], which, parts);
        }
    }
    return qemu_change_commit(&c, defs[1] != NULL);
}
