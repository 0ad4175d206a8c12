/* Performance events: what the kernel counts about an emulator and its threads. */
#include "drivers/qemu/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/qemu/ops.h"
#include "store/guest_tune.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* What the kernel calls each of them.  Cache and memory bandwidth are no such counters on any kernel of today. */
static const struct {
    const char *name;
    int type;
    unsigned config;
} counters[] = {
    {VIR_PERF_PARAM_CPU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {VIR_PERF_PARAM_INSTRUCTIONS, PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {VIR_PERF_PARAM_CACHE_REFERENCES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
    {VIR_PERF_PARAM_CACHE_MISSES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {VIR_PERF_PARAM_BRANCH_INSTRUCTIONS, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {VIR_PERF_PARAM_BRANCH_MISSES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
    {VIR_PERF_PARAM_BUS_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
    {VIR_PERF_PARAM_STALLED_CYCLES_FRONTEND, PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
    {VIR_PERF_PARAM_STALLED_CYCLES_BACKEND, PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    {VIR_PERF_PARAM_REF_CPU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
    {VIR_PERF_PARAM_CPU_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
    {VIR_PERF_PARAM_TASK_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    {VIR_PERF_PARAM_PAGE_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {VIR_PERF_PARAM_CONTEXT_SWITCHES, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
    {VIR_PERF_PARAM_CPU_MIGRATIONS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
    {VIR_PERF_PARAM_PAGE_FAULTS_MIN, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {VIR_PERF_PARAM_PAGE_FAULTS_MAJ, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
    {VIR_PERF_PARAM_ALIGNMENT_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
    {VIR_PERF_PARAM_EMULATION_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
};

/* One that counts. */
typedef struct {
    const char *name;
    int fd;
} Counting;

static void
stop_counting(gpointer data)
{
    Counting *counting = data;
    close(counting->fd);
    g_free(counting);
}

void
qemu_perf_free(QemuRun *run)
{
    g_slist_free_full(run->counters, stop_counting);
    run->counters = NULL;
}

/* Begin to count NAME; -1 with the error set. */
static int
begin(QemuRun *run, const char *name)
{
    gsize at = 0;
    while (at < G_N_ELEMENTS(counters) && strcmp(counters[at].name, name) != 0)
        at++;
    if (at == G_N_ELEMENTS(counters))
        return vr_error(VIR_FROM_PERF, VIR_ERR_ARGUMENT_UNSUPPORTED, "unable to enable host cpu perf event for %s: the kernel has no such counter",
                        name);
    struct perf_event_attr attributes = {.size = sizeof(attributes), .type = (unsigned)counters[at].type, .config = counters[at].config,
                                         .inherit = 1};
    int fd = (int)syscall(SYS_perf_event_open, &attributes, run->pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_PERF, errno, "unable to open host cpu perf event for %s", name);
    Counting *counting = g_new(Counting, 1);
    *counting = (Counting){counters[at].name, fd};
    VR_SCOPED_LOCK(&run->lock);
    run->counters = g_slist_prepend(run->counters, counting);
    return 0;
}

static void
end(QemuRun *run, const char *name)
{
    VR_SCOPED_LOCK(&run->lock);
    for (GSList *l = run->counters; l; l = l->next) {
        Counting *counting = l->data;
        if (strcmp(counting->name, name) != 0)
            continue;
        run->counters = g_slist_delete_link(run->counters, l);
        stop_counting(counting);
        return;
    }
}

static bool
is_counted(QemuRun *run, const char *name)
{
    VR_SCOPED_LOCK(&run->lock);
    for (GSList *l = run->counters; l; l = l->next) {
        if (strcmp(((Counting *)l->data)->name, name) == 0)
            return true;
    }
    return false;
}

void
qemu_perf_begin(QemuRun *run, const DomainDef *def)
{
    for (int i = 0; def->perf && vr_perf_specs()[i].name; i++) {
        if (!vr_perf_is_on(def, i) || begin(run, vr_perf_specs()[i].name) == 0)
            continue;
        vr_log(VR_LOG_WARN, "qemu", "guest '%s': %s", def->name, vr_error_last()->message);
        vr_error_clear();
    }
}

void
qemu_perf_figures(QemuRun *run, VrParams *list)
{
    VR_SCOPED_LOCK(&run->lock);
    for (GSList *l = run->counters; l; l = l->next) {
        const Counting *counting = l->data;
        guint64 value;
        char name[VIR_TYPED_PARAM_FIELD_LENGTH];
        g_snprintf(name, sizeof(name), "perf.%s", counting->name);
        if (read(counting->fd, &value, sizeof(value)) == (ssize_t)sizeof(value))
            vr_params_add_ullong(list, name, value);
    }
}

int
qemu_domain_get_perf_events(virDomainPtr dom, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    bool live = vr_guest_is_active(state) && def == vr_guest_now(state);
    VrParams list = {0};
    for (int i = 0; vr_perf_specs()[i].name; i++) {
        const char *name = vr_perf_specs()[i].name;
        vr_params_add_bool(&list, name, live ? is_counted(qemu_run_of(state), name) : vr_perf_is_on(def, i));
    }
    *params = list.params;
    *nparams = list.n;
    return 0;
}

int
qemu_domain_set_perf_events(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, vr_perf_specs()) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], vr_perf_specs());
        const char *name = vr_perf_specs()[which].name;
        bool on = params[i].value.b;
        QemuRun *run = defs[0] ? qemu_run_of(c.next) : NULL;
        if (run && on && !is_counted(run, name) && begin(run, name) < 0)
            return -1;
        if (run && !on)
            end(run, name);
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                vr_perf_set(defs[d], which, on);
        }
    }
    return qemu_change_commit(&c, defs[1] != NULL);
}
