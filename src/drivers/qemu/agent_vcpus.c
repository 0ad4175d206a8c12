/* Processors as the guest itself sees them, by its agent: which there are, which are in use. */
#include "drivers/qemu/agent_vcpus.h"

#include "base/params.h"
#include "drivers/qemu/ops.h"

typedef struct {
    unsigned id;
    bool online, offlinable;
} Vcpu;

/* The guest's processors; NULL with the error set. */
static GArray *
ask(QemuAgentCall *call)
{
    json_t *answer = qemu_agent_ask(call, "guest-get-vcpus", NULL);
    if (!answer)
        return NULL;
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Vcpu));
    bool good = json_is_array(answer) && json_array_size(answer) <= QEMU_AGENT_MANY;
    size_t i;
    const json_t *entry;
    json_array_foreach(good ? answer : NULL, i, entry) {
        const json_t *id = json_object_get(entry, "logical-id");
        good = good && json_is_integer(id) && json_integer_value(id) >= 0 && json_integer_value(id) < QEMU_AGENT_MANY;
        Vcpu vcpu = {(unsigned)json_integer_value(id), json_is_true(json_object_get(entry, "online")),
                     json_is_true(json_object_get(entry, "can-offline"))};
        g_array_append_val(list, vcpu);
    }
    json_decref(answer);
    if (good)
        return g_steal_pointer(&list);
    qemu_agent_nonsense("guest-get-vcpus", "a list of processors");
    return NULL;
}

/* Make those whose bit is in WANTED online or offline. */
static int
set(QemuAgentCall *call, const VrBitmap *wanted, bool online)
{
    unsigned left = 0;
    json_t *list = json_array();
    for (int id = vr_bitmap_next(wanted, -1); id >= 0; id = vr_bitmap_next(wanted, id), left++)
        json_array_append_new(list, json_pack("{s:i, s:b}", "logical-id", id, "online", online));
    if (!left) {
        json_decref(list);
        return 0;
    }
    /* the agent may stop half way, and goes on when it is asked for the rest */
    while (left) {
        json_t *answer = qemu_agent_ask(call, "guest-set-vcpus", json_pack("{s:O}", "vcpus", list));
        json_int_t done = json_integer_value(answer);
        bool good = json_is_integer(answer) && done > 0 && done <= left;
        bool heard = answer != NULL;
        json_decref(answer);
        if (!good) {
            json_decref(list);
            return heard ? vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "failed to set state of cpu in the guest") : -1;
        }
        left -= (unsigned)done;
        for (json_int_t i = 0; i < done; i++)
            json_array_remove(list, 0);
    }
    json_decref(list);
    return 0;
}

static VrBitmap *
pick(const GArray *vcpus, bool online, bool offlinable)
{
    VrBitmap *set = vr_bitmap_new(0);
    for (guint i = 0; i < vcpus->len; i++) {
        const Vcpu *vcpu = &g_array_index(vcpus, Vcpu, i);
        if ((!online || vcpu->online) && (!offlinable || vcpu->offlinable))
            set = vr_bitmap_add(set, vcpu->id);
    }
    return set;
}

int
qemu_domain_get_guest_vcpus(virDomainPtr dom, virTypedParameterPtr *params, unsigned int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    g_autoptr(GArray) vcpus = ask(&call);
    if (!vcpus)
        return -1;
    static const struct {
        const char *name;
        bool online, offlinable;
    } sets[] = {{"vcpus", false, false}, {"online", true, false}, {"offlinable", false, true}};
    VrParams list = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(sets); i++) {
        g_autoptr(VrBitmap) ids = pick(vcpus, sets[i].online, sets[i].offlinable);
        g_autofree char *text = vr_bitmap_format(ids);
        vr_params_add_string(&list, sets[i].name, text);
    }
    *params = list.params;
    *nparams = (unsigned)list.n;
    return 0;
}

int
qemu_domain_set_guest_vcpus(virDomainPtr dom, const char *cpumap, int state, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    if (state != 0 && state != 1)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported state value");
    g_autoptr(VrBitmap) wanted = vr_bitmap_parse(cpumap);
    if (!wanted)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Failed to parse bitmap '%s'", cpumap);
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    g_autoptr(GArray) vcpus = ask(&call);
    if (!vcpus)
        return -1;
    g_autoptr(VrBitmap) missing = vr_bitmap_copy(wanted);
    for (guint i = 0; i < vcpus->len; i++) {
        const Vcpu *vcpu = &g_array_index(vcpus, Vcpu, i);
        if (!vr_bitmap_has(wanted, vcpu->id))
            continue;
        if (state == 0 && !vcpu->offlinable)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "vCPU '%u' is not offlinable", vcpu->id);
        vr_bitmap_remove(missing, vcpu->id);
    }
    if (!vr_bitmap_is_empty(missing)) {
        g_autofree char *text = vr_bitmap_format(missing);
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "guest is missing vCPUs '%s'", text);
    }
    return set(&call, wanted, state == 1);
}

int
qemu_agent_vcpus(virDomainPtr dom, bool online)
{
    g_auto(QemuAgentCall) call = {0};
    g_autoptr(GArray) vcpus = qemu_agent_call_begin(&call, dom) < 0 ? NULL : ask(&call);
    if (!vcpus)
        return -1;
    int n = 0;
    for (guint i = 0; i < vcpus->len; i++)
        n += !online || g_array_index(vcpus, Vcpu, i).online;
    return n;
}

int
qemu_agent_set_vcpus(virDomainPtr dom, unsigned n)
{
    g_auto(QemuAgentCall) call = {0};
    if (qemu_agent_call_begin(&call, dom) < 0)
        return -1;
    const DomainDef *def = vr_guest_now(call.state);
    unsigned plugged = def->vcpu.has_current ? def->vcpu.current : def->vcpu.value;
    if (n > plugged)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                        "requested vcpu count is greater than the count of enabled vcpus in the domain: %u > %u", n, plugged);
    g_autoptr(GArray) vcpus = ask(&call);
    if (!vcpus)
        return -1;
    unsigned online = 0;
    for (guint i = 0; i < vcpus->len; i++)
        online += g_array_index(vcpus, Vcpu, i).online;
    bool more = n > online;
    unsigned count = more ? n - online : online - n;
    g_autoptr(VrBitmap) change = vr_bitmap_new(0);
    /* the lowest go online first, the highest offline first */
    for (guint i = 0; i < vcpus->len && count; i++) {
        const Vcpu *vcpu = &g_array_index(vcpus, Vcpu, more ? i : vcpus->len - 1 - i);
        if (vcpu->online == more || (!more && !vcpu->offlinable))
            continue;
        change = vr_bitmap_add(change, vcpu->id);
        count--;
    }
    if (count)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "guest agent reports less cpu than requested");
    return set(&call, change, more);
}
