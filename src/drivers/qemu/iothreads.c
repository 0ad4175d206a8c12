/* Threads for disk requests: listing, adding, removing, places, how they wait for work. */
#include <string.h>

#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"
#include "drivers/qemu/resources.h"
#include "drivers/qemu/tune.h"
#include "store/guest_iothread.h"
#include "store/guest_vcpu.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)
#define PREFIX "iothread"

/* The number of an IO thread that QEMU names ID; 0 when it is none of ours. */
static unsigned
number_of(const char *id)
{
    char *end;
    if (!id || !g_str_has_prefix(id, PREFIX))
        return 0;
    guint64 number = g_ascii_strtoull(id + strlen(PREFIX), &end, 10);
    return *end || number > G_MAXUINT ? 0 : (unsigned)number;
}

static virDomainIOThreadInfoPtr
info_new(unsigned id, VrBitmap *taken)
{
    g_autoptr(VrBitmap) set = taken;
    virDomainIOThreadInfoPtr info = g_new0(virDomainIOThreadInfo, 1);
    info->iothread_id = id;
    info->cpumaplen = MAX(vr_bitmap_last(set), 0) / 8 + 1;
    info->cpumap = g_new0(unsigned char, info->cpumaplen);
    vr_cpus_to_map(set, info->cpumap, info->cpumaplen);
    return info;
}

/* As the running guest has them. */
static GPtrArray *
live_threads(QemuRun *run)
{
    json_t *answer = qemu_qmp_call(run->qmp, "query-iothreads", NULL, QEMU_QMP_PATIENCE);
    if (!answer)
        return NULL;
    GPtrArray *list = g_ptr_array_new();
    size_t i;
    const json_t *entry;
    json_array_foreach(answer, i, entry) {
        unsigned id = number_of(json_string_value(json_object_get(entry, "id")));
        if (id)
            g_ptr_array_add(list, info_new(id, qemu_thread_cpus((pid_t)json_integer_value(json_object_get(entry, "thread-id")))));
    }
    json_decref(answer);
    return list;
}

static GPtrArray *
stored_threads(const DomainDef *shared)
{
    g_autoptr(DomainDef) def = domain_def_copy(shared);
    GPtrArray *list = g_ptr_array_new();
    vr_iothreads_name(def);
    for (size_t i = 0; i < def->iothreadids->n_iothread; i++) {
        unsigned id = def->iothreadids->iothread[i]->id;
        const DomainIothreadPin *pin = vr_iothread_pin(def, id);
        const VrBitmap *set = pin ? pin->cpuset : def->vcpu.cpuset;
        g_ptr_array_add(list, info_new(id, set ? vr_bitmap_copy(set) : qemu_host_cpus()));
    }
    return list;
}

int
qemu_domain_get_iothread_info(virDomainPtr dom, virDomainIOThreadInfoPtr **ret_info, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    bool live = def == vr_guest_now(state) && vr_guest_is_active(state);
    g_autoptr(GPtrArray) list = live ? live_threads(qemu_run_of(state)) : stored_threads(def);
    if (!list)
        return -1;
    int n = (int)list->len;
    g_ptr_array_add(list, NULL);
    *ret_info = n ? (virDomainIOThreadInfoPtr *)g_ptr_array_steal(list, NULL) : NULL;
    return n;
}

/* The running guest's thread ID; 0 when it has none. */
static pid_t
thread_of(QemuChange *c, unsigned id)
{
    json_t *answer = qemu_ask(c, "query-iothreads", NULL);
    pid_t thread = 0;
    size_t i;
    const json_t *entry;
    json_array_foreach(answer, i, entry) {
        if (number_of(json_string_value(json_object_get(entry, "id"))) == id)
            thread = (pid_t)json_integer_value(json_object_get(entry, "thread-id"));
    }
    json_decref(answer);
    return thread;
}

static int
begin(QemuChange *c, virDomainPtr dom, unsigned id, unsigned flags, DomainDef *ret_defs[2])
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    if (id == 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "invalid value of 0 for iothread_id");
    if (qemu_change_begin(c, dom) < 0 || vr_guest_change_defs(&c->change, flags, &ret_defs[0], &ret_defs[1]) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (ret_defs[d])
            vr_iothreads_name(ret_defs[d]);
    }
    return 0;
}

/* Names that say nothing are no part of a definition. */
static void
tidy(DomainDef *def)
{
    const DomainIothreadIds *ids = def->iothreadids;
    for (size_t i = 0; ids && i < ids->n_iothread; i++) {
        const DomainIothread *thread = ids->iothread[i];
        if (thread->thread_pool_min >= 0 || thread->thread_pool_max >= 0 || thread->poll)
            return;
    }
    if (ids && vr_iothreads_are_numbered(def))
        g_clear_pointer(&def->iothreadids, domain_iothread_ids_free);
}

static int
finish(QemuChange *c, DomainDef *const defs[2])
{
    for (int d = 0; d < 2; d++) {
        if (defs[d])
            tidy(defs[d]);
    }
    return qemu_change_commit(c, defs[1] != NULL);
}

int
qemu_domain_add_iothread(virDomainPtr dom, unsigned int id, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (begin(&c, dom, id, flags, defs) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_iothread_add(defs[d], id) < 0)
            return -1;
    }
    if (defs[0]) {
        g_autofree char *name = g_strdup_printf(PREFIX "%u", id);
        json_t *props = qemu_object_new("iothread", name);
        pid_t thread = qemu_do(&c, "object-add", props) < 0 ? 0 : thread_of(&c, id);
        if (!thread || qemu_resources_place_iothread(qemu_run_of(c.next), defs[0], id, thread) < 0)
            return -1;
    }
    return finish(&c, defs);
}

int
qemu_domain_del_iothread(virDomainPtr dom, unsigned int id, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (begin(&c, dom, id, flags, defs) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && vr_iothread_delete(defs[d], id) < 0)
            return -1;
    }
    g_autofree char *name = g_strdup_printf(PREFIX "%u", id);
    if (defs[0] && qemu_do(&c, "object-del", json_pack("{s:s}", "id", name)) < 0)
        return -1;
    return finish(&c, defs);
}

int
qemu_domain_pin_iothread(virDomainPtr dom, unsigned int id, unsigned char *map, int len, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    g_autoptr(VrBitmap) set = qemu_pin_set(map, len);
    if (!set || begin(&c, dom, id, flags, defs) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        if (defs[d] && !vr_iothread(defs[d], id, NULL))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, d ? "iothreadid %u not found" : "iothread %u not found", id);
        if (defs[d])
            vr_iothread_set_pin(defs[d], id, set);
    }
    if (defs[0] && qemu_resources_place_iothread(qemu_run_of(c.next), defs[0], id, thread_of(&c, id)) < 0)
        return -1;
    if (finish(&c, defs) < 0)
        return -1;
    g_autofree char *name = g_strdup_printf(VIR_DOMAIN_TUNABLE_CPU_IOTHREADSPIN, id);
    if (defs[0])
        qemu_tell_pin(&c, name, set);
    return 0;
}

/* What can be set about a thread: the parameter, QEMU's property. */
static const struct {
    VrParamSpec spec;
    const char *property;
} settings[] = {
    {{VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, VIR_TYPED_PARAM_ULLONG}, "poll-max-ns"},
    {{VIR_DOMAIN_IOTHREAD_POLL_GROW, VIR_TYPED_PARAM_UINT}, "poll-grow"},
    {{VIR_DOMAIN_IOTHREAD_POLL_SHRINK, VIR_TYPED_PARAM_UINT}, "poll-shrink"},
    {{VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN, VIR_TYPED_PARAM_INT}, "thread-pool-min"},
    {{VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX, VIR_TYPED_PARAM_INT}, "thread-pool-max"},
};
enum { MAX_NS, GROW, SHRINK, POOL_MIN, POOL_MAX, N_SETTINGS };

static const VrParamSpec *
specs(void)
{
    static VrParamSpec list[N_SETTINGS + 1];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < N_SETTINGS; i++)
            list[i] = settings[i].spec;
        g_once_init_leave(&once, 1);
    }
    return list;
}

static long long
value_of(const virTypedParameter *param)
{
    return param->type == VIR_TYPED_PARAM_ULLONG ? (long long)MIN(param->value.ul, (unsigned long long)G_MAXINT64)
           : param->type == VIR_TYPED_PARAM_UINT ? (long long)param->value.ui
                                                 : (long long)param->value.i;
}

static int
check_settings(const virTypedParameter *params, int n, const DomainIothread *thread)
{
    long long pool[2] = {thread->thread_pool_min, thread->thread_pool_max};
    bool given = false;
    for (int i = 0; i < n; i++) {
        int which = vr_param_index(&params[i], specs());
        long long value = value_of(&params[i]);
        if (which <= SHRINK && value > G_MAXINT)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "%s (%lld) must be less than or equal to %d",
                            settings[which].property, value, G_MAXINT);
        if (which > SHRINK) {
            pool[which - POOL_MIN] = value;
            given = true;
        }
    }
    if (given && pool[0] > pool[1])
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "thread_pool_min (%lld) can't be greater than thread_pool_max (%lld)",
                        pool[0], pool[1]);
    return 0;
}

static void
keep_setting(DomainIothread *thread, int which, long long value)
{
    if (which == POOL_MIN || which == POOL_MAX) {
        *(which == POOL_MIN ? &thread->thread_pool_min : &thread->thread_pool_max) = (int)value;
        return;
    }
    if (!thread->poll)
        thread->poll = domain_iothread_poll_new();
    DomainIothreadPoll *poll = thread->poll;
    *(which == MAX_NS ? &poll->max : which == GROW ? &poll->grow : &poll->shrink) = (unsigned long long)value;
    *(which == MAX_NS ? &poll->has_max : which == GROW ? &poll->has_grow : &poll->has_shrink) = true;
}

int
qemu_domain_set_iothread_params(virDomainPtr dom, unsigned int id, virTypedParameterPtr params, int n, unsigned int flags)
{
    g_auto(QemuChange) c = {0};
    DomainDef *defs[2];
    if (vr_params_check(params, n, specs()) < 0 || begin(&c, dom, id, flags, defs) < 0)
        return -1;
    for (int d = 0; d < 2; d++) {
        DomainIothread *thread = defs[d] ? vr_iothread(defs[d], id, NULL) : NULL;
        if (defs[d] && !thread)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u' in iothreadids", id);
        if (thread && check_settings(params, n, thread) < 0)
            return -1;
        for (int i = 0; thread && i < n; i++)
            keep_setting(thread, vr_param_index(&params[i], specs()), value_of(&params[i]));
    }
    g_autofree char *path = g_strdup_printf("/objects/" PREFIX "%u", id);
    /* the larger bound first, so that they never cross on the way */
    for (int i = n; defs[0] && i-- > 0;) {
        json_t *arguments = json_pack("{s:s, s:s, s:I}", "path", path, "property",
                                      settings[vr_param_index(&params[i], specs())].property, "value", (json_int_t)value_of(&params[i]));
        if (qemu_do(&c, "qom-set", arguments) < 0)
            return -1;
    }
    return finish(&c, defs);
}
