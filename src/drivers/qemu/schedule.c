/* How much of the host's processors a guest gets, and has had; how fast it writes to its memory. */
#include <string.h>

#include "base/params.h"
#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/tune.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* One parameter: its bounds, its place in a definition, the part of the group that it is about. */
typedef struct {
    VrParamSpec spec;
    gint64 least, most; /* a quota may be negative, too: none */
    size_t offset;      /* in DomainCputune */
    const char *part;   /* NULL: the whole guest; "vcpu": each of them */
    const char *event;
} Tunable;

#define PERIOD_BOUNDS 1000, 1000000
#define QUOTA_BOUNDS 1000, 17592186044415ll
#define PERIOD(name, field, part) {{name, VIR_TYPED_PARAM_ULLONG}, PERIOD_BOUNDS, offsetof(DomainCputune, field), part, "cputune." name}
#define QUOTA(name, field, part) {{name, VIR_TYPED_PARAM_LLONG}, QUOTA_BOUNDS, offsetof(DomainCputune, field), part, "cputune." name}

static const Tunable tunables[] = {
    {{VIR_DOMAIN_SCHEDULER_CPU_SHARES, VIR_TYPED_PARAM_ULLONG}, 0, G_MAXINT64, offsetof(DomainCputune, shares), NULL,
     VIR_DOMAIN_TUNABLE_CPU_CPU_SHARES},
    PERIOD(VIR_DOMAIN_SCHEDULER_VCPU_PERIOD, period, "vcpu"),
    QUOTA(VIR_DOMAIN_SCHEDULER_VCPU_QUOTA, quota, "vcpu"),
    PERIOD(VIR_DOMAIN_SCHEDULER_EMULATOR_PERIOD, emulator_period, "emulator"),
    QUOTA(VIR_DOMAIN_SCHEDULER_EMULATOR_QUOTA, emulator_quota, "emulator"),
    PERIOD(VIR_DOMAIN_SCHEDULER_GLOBAL_PERIOD, global_period, NULL),
    QUOTA(VIR_DOMAIN_SCHEDULER_GLOBAL_QUOTA, global_quota, NULL),
    PERIOD(VIR_DOMAIN_SCHEDULER_IOTHREAD_PERIOD, iothread_period, "iothread"),
    QUOTA(VIR_DOMAIN_SCHEDULER_IOTHREAD_QUOTA, iothread_quota, "iothread"),
};
#define N_TUNABLES ((int)G_N_ELEMENTS(tunables))
#define DEFAULT_SHARES 1024
#define LEAST_SHARES 2 /* the kernel's bounds */
#define MOST_SHARES 262144
#define DEFAULT_PERIOD 100000
#define DEFAULT_QUOTA (-1)

static const VrParamSpec *
specs(void)
{
    static VrParamSpec list[N_TUNABLES + 1];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < N_TUNABLES; i++)
            list[i] = tunables[i].spec;
        g_once_init_leave(&once, 1);
    }
    return list;
}

/* Periods and quotas are of one size. */
static gint64
stored(const DomainDef *def, int which)
{
    return def->cputune ? *(const gint64 *)(const void *)((const char *)def->cputune + tunables[which].offset) : 0;
}

static void
store(DomainDef *def, int which, gint64 value)
{
    if (!def->cputune)
        def->cputune = domain_cputune_new();
    *(gint64 *)(void *)((char *)def->cputune + tunables[which].offset) = value;
    if (which == 0)
        def->cputune->has_shares = true;
}

char *
qemu_domain_get_scheduler_type(virDomainPtr dom, int *nparams)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state || qemu_need_privileges(dom, "CPU tuning") < 0)
        return NULL;
    if (vr_guest_is_active(state) && vr_cgroup_need(qemu_run_of(state)->cgroup, VR_CGROUP_CPU) < 0)
        return NULL;
    if (nparams)
        *nparams = N_TUNABLES;
    return g_strdup("posix");
}

static gint64
default_of(int which)
{
    return which == 0 ? DEFAULT_SHARES : tunables[which].spec.type == VIR_TYPED_PARAM_ULLONG ? DEFAULT_PERIOD : DEFAULT_QUOTA;
}

/* What the running guest has: by its group for what is the whole guest's, by its definition for the parts, which follow it. */
static gint64
in_force(const VrGuestState *state, int which)
{
    const VrCgroup *group = qemu_run_of(state)->cgroup;
    gint64 value = stored(vr_guest_now(state), which);
    if (which == 0 && vr_cgroup_get(group, VR_CGROUP_CPU_SHARES, NULL, &value) < 0)
        vr_error_clear();
    return value ? value : default_of(which);
}

int
qemu_domain_get_scheduler_parameters_flags(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0 || qemu_need_privileges(dom, "CPU tuning") < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    bool live = vr_guest_is_active(state) && def == vr_guest_now(state);
    if (live && vr_cgroup_need(qemu_run_of(state)->cgroup, VR_CGROUP_CPU) < 0)
        return -1;
    for (int i = 0; i < N_TUNABLES; i++) {
        gint64 value = live ? in_force(state, i) : stored(def, i);
        if (tunables[i].spec.type == VIR_TYPED_PARAM_ULLONG)
            vr_param_set_ullong(params, *nparams, i, tunables[i].spec.name, (unsigned long long)value);
        else
            vr_param_set_llong(params, *nparams, i, tunables[i].spec.name, value);
    }
    *nparams = MIN(*nparams, N_TUNABLES);
    return 0;
}

int
qemu_domain_get_scheduler_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams)
{
    return qemu_domain_get_scheduler_parameters_flags(dom, params, nparams, 0);
}

static gint64
value_of(const virTypedParameter *param)
{
    return param->type == VIR_TYPED_PARAM_ULLONG ? (gint64)MIN(param->value.ul, (unsigned long long)G_MAXINT64) : param->value.l;
}

static int
check(const virTypedParameter *params, int nparams)
{
    for (int i = 0; i < nparams; i++) {
        const Tunable *t = &tunables[vr_param_index(&params[i], specs())];
        gint64 value = value_of(&params[i]);
        bool none = t->spec.type == VIR_TYPED_PARAM_LLONG && value < 0;
        if (value && !none && (value < t->least || value > t->most))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "value of '%s' is out of range [%lld, %lld]", t->spec.name,
                            (long long)t->least, (long long)t->most);
    }
    return 0;
}

static int
limit_part(const VrCgroup *group, const char *name, gint64 period, gint64 quota)
{
    g_autoptr(VrCgroup) part = vr_cgroup_part(group, name);
    return part ? vr_cgroup_set_bandwidth(part, period, quota) : -1;
}

/* Give the running guest what DEF says of tunable WHICH now. */
static int
apply(QemuChange *c, const DomainDef *def, int which)
{
    const VrCgroup *group = qemu_run_of(c->next)->cgroup;
    const Tunable *t = &tunables[which];
    gint64 value = stored(def, which);
    bool period = t->spec.type == VIR_TYPED_PARAM_ULLONG;
    gint64 p = period ? value : 0, q = period ? 0 : value;
    if (which == 0 && (value < LEAST_SHARES || value > MOST_SHARES))
        return vr_error(VIR_FROM_CGROUP, VIR_ERR_INVALID_ARG, "shares '%lld' must be in range [%d, %d]", (long long)value, LEAST_SHARES,
                        MOST_SHARES);
    if (which == 0)
        return vr_cgroup_set(group, VR_CGROUP_CPU_SHARES, NULL, value);
    if (!t->part)
        return vr_cgroup_set_bandwidth(group, p, q);
    if (strcmp(t->part, "emulator") == 0)
        return limit_part(group, t->part, p, q);
    const QemuGuest *guest = qemu_guest_part(c->next);
    bool vcpus = strcmp(t->part, "vcpu") == 0;
    unsigned n = vcpus ? guest->vcpus ? guest->vcpus->len : 0 : def->iothreads;
    for (unsigned i = 0; i < n; i++) {
        const DomainIothreadIds *ids = def->iothreadids;
        unsigned id = vcpus ? g_array_index(guest->vcpus, QemuVcpu, i).id : ids && i < ids->n_iothread ? ids->iothread[i]->id : i + 1;
        g_autofree char *name = g_strdup_printf("%s%u", t->part, id);
        if (limit_part(group, name, p, q) < 0)
            return -1;
    }
    return 0;
}

int
qemu_domain_set_scheduler_parameters_flags(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, specs()) < 0 ||
        qemu_need_privileges(dom, "CPU tuning") < 0 || check(params, nparams) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    if (defs[0] && vr_cgroup_need(qemu_run_of(c.next)->cgroup, VR_CGROUP_CPU) < 0)
        return -1;
    VrParams told = {0};
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], specs());
        gint64 value = value_of(&params[i]);
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                store(defs[d], which, value);
        }
        if (!defs[0])
            continue;
        if (apply(&c, defs[0], which) < 0) {
            vr_params_clear(&told);
            return -1;
        }
        if (tunables[which].spec.type == VIR_TYPED_PARAM_ULLONG)
            vr_params_add_ullong(&told, tunables[which].event, (unsigned long long)value);
        else
            vr_params_add_llong(&told, tunables[which].event, value);
    }
    if (qemu_change_commit(&c, defs[1] != NULL) < 0) {
        vr_params_clear(&told);
        return -1;
    }
    if (told.n)
        qemu_tell_tunable(&c, &told);
    return 0;
}

int
qemu_domain_set_scheduler_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams)
{
    return qemu_domain_set_scheduler_parameters_flags(dom, params, nparams, 0);
}

/* Time had: by the group, which knows of threads that are gone, else by the process. */
static void
time_had(const QemuRun *run, gint64 ret[3])
{
    static const VrCgroupKey keys[] = {VR_CGROUP_CPU_TIME, VR_CGROUP_CPU_USER, VR_CGROUP_CPU_SYSTEM};
    bool known = run->cgroup != NULL;
    for (int i = 0; i < 3 && known; i++)
        known = vr_cgroup_get(run->cgroup, keys[i], NULL, &ret[i]) == 0;
    if (known)
        return;
    QemuTimes times = {0};
    vr_error_clear();
    qemu_times(run->pid, 0, &times);
    ret[0] = (gint64)times.total;
    ret[1] = (gint64)times.user;
    ret[2] = (gint64)times.system;
}

int
qemu_domain_get_cpu_stats(virDomainPtr dom, virTypedParameterPtr params, unsigned int nparams, int start, unsigned int ncpus,
                          unsigned int flags)
{
    static const char *const names[] = {VIR_DOMAIN_CPU_STATS_CPUTIME, VIR_DOMAIN_CPU_STATS_USERTIME, VIR_DOMAIN_CPU_STATS_SYSTEMTIME};
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    if (start != -1)
        return vr_error(VIR_FROM_CGROUP, VIR_ERR_OPERATION_UNSUPPORTED,
                        "this host does not count a guest's time by processor; ask for the total");
    if (nparams == 0)
        return (int)G_N_ELEMENTS(names);
    gint64 had[3] = {0};
    time_had(qemu_run_of(state), had);
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        vr_param_set_ullong(params, (int)nparams, i, names[i], (unsigned long long)had[i]);
    return (int)MIN(nparams, G_N_ELEMENTS(names));
}

#define MOST_SECONDS 60

int
qemu_domain_start_dirty_rate_calc(virDomainPtr dom, int seconds, unsigned int flags)
{
    static const char *const modes[] = {"page-sampling", "dirty-bitmap", "dirty-ring"};
    if (vr_flags_check(flags, VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP | VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING, VIR_FROM_QEMU) < 0)
        return -1;
    if (seconds < 1 || seconds > MOST_SECONDS)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "seconds=%d is invalid, please choose value within [1, %d].", seconds,
                        MOST_SECONDS);
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    if (flags && vr_guest_now(c.next)->type != DOMAIN_VIRT_TYPE_KVM)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "only a guest on KVM can be measured by %s", modes[flags]);
    json_t *arguments = json_pack("{s:i}", "calc-time", seconds);
    if (flags)
        json_object_set_new(arguments, "mode", json_string(modes[flags]));
    return qemu_do(&c, "calc-dirty-rate", arguments);
}
