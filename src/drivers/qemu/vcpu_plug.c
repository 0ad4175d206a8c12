/* Plugging processors into running guests, and out: see vcpus.h.
 *
 * QEMU knows processors by their places; ours have numbers, in the order of the places.  One plugged in is the device "vcpuN", N the
 * lowest number at its place; those that a guest began with are no devices and stay.
 */
#include "drivers/qemu/vcpus.h"

#include <string.h>

#include "drivers/qemu/hotplug.h"
#include "drivers/qemu/resources.h"

#define PERIPHERAL "/machine/peripheral/"

static const QemuVcpu *
vcpu_of(const VrGuestState *state, unsigned id)
{
    const QemuGuest *guest = state->driver;
    for (guint i = 0; guest && guest->vcpus && i < guest->vcpus->len; i++) {
        const QemuVcpu *vcpu = &g_array_index(guest->vcpus, QemuVcpu, i);
        if (vcpu->id == id)
            return vcpu;
    }
    return NULL;
}

bool
qemu_vcpu_is_plugged(const VrGuestState *state, unsigned id)
{
    return vcpu_of(state, id) != NULL;
}

bool
qemu_vcpu_is_removable(const VrGuestState *state, unsigned id)
{
    const QemuVcpu *vcpu = vcpu_of(state, id);
    return vcpu && g_str_has_prefix(vcpu->qom, PERIPHERAL);
}

pid_t
qemu_vcpu_thread(const VrGuestState *state, unsigned id)
{
    const QemuVcpu *vcpu = vcpu_of(state, id);
    return vcpu ? vcpu->thread : 0;
}

unsigned
qemu_vcpus_cold(const DomainDef *def)
{
    unsigned cold = 0;
    for (unsigned id = 0; id < def->vcpu.value; id++) {
        const DomainVcpuState *state = vr_vcpu_state(def, id);
        cold += vr_vcpu_is_plugged(def, id) && !(state && state->hotpluggable == YES_NO_YES);
    }
    return MAX(cold, 1);
}

/* Put the processor at SLOT, of number ID, in; 0 or -1 with the error set. */
static int
plug(QemuRun *run, const json_t *slot, unsigned id)
{
    json_t *arguments = json_object();
    json_object_update(arguments, json_object_get(slot, "props"));
    json_object_set(arguments, "driver", json_object_get(slot, "type"));
    json_object_set_new(arguments, "id", json_sprintf("vcpu%u", id));
    json_t *result = qemu_qmp_call(run->qmp, "device_add", arguments, QEMU_QMP_PATIENCE);
    json_decref(result);
    return result ? 0 : -1;
}

/* Put those of IDS in that are not there. */
static int
plug_all(QemuRun *run, const VrBitmap *ids)
{
    json_t *answer = qemu_qmp_call(run->qmp, "query-hotpluggable-cpus", NULL, QEMU_QMP_PATIENCE);
    if (!answer)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cpu hotplug is not supported for the machine type of '%s'",
                        run->guest->stored.name);
    g_autoptr(GPtrArray) slots = qemu_vcpu_slots(answer);
    int result = 0;
    unsigned id = 0;
    for (guint i = 0; i < slots->len && result == 0; i++) {
        const json_t *slot = slots->pdata[i];
        unsigned n = (unsigned)CLAMP(json_integer_value(json_object_get(slot, "vcpus-count")), 1, 1024);
        if (vr_bitmap_has(ids, id) && !json_object_get(slot, "qom-path"))
            result = plug(run, slot, id);
        id += n;
    }
    json_decref(answer);
    return result;
}

/* The live definition says what is plugged in. */
static void
follow(QemuChange *c)
{
    DomainDef *def = vr_guest_change_now(&c->change);
    const QemuGuest *guest = qemu_guest_part(c->next);
    unsigned n = 0, order = 0;
    for (unsigned id = 0; id < def->vcpu.value; id++) {
        bool plugged = qemu_vcpu_is_plugged(c->next, id);
        DomainVcpuState *state = vr_vcpu_state(def, id);
        n += plugged;
        if (!state)
            continue;
        state->enabled = plugged ? DOMAIN_VCPU_STATE_ENABLED_YES : DOMAIN_VCPU_STATE_ENABLED_NO;
        state->hotpluggable = plugged && !qemu_vcpu_is_removable(c->next, id) ? YES_NO_NO : YES_NO_YES;
        state->order = plugged ? ++order : 0;
    }
    def->vcpu.current = n;
    def->vcpu.has_current = n != def->vcpu.value;
    g_assert(guest->vcpus || n == 0);
}

/* Learn what the emulator has, and put new threads in their places. */
static int
learn(QemuChange *c, const VrBitmap *ids)
{
    if (qemu_live_refresh(c) < 0)
        return -1;
    follow(c);
    const DomainDef *def = vr_guest_now(c->next);
    for (int id = vr_bitmap_next(ids, -1); id >= 0; id = vr_bitmap_next(ids, id)) {
        pid_t thread = qemu_vcpu_thread(c->next, (unsigned)id);
        if (qemu_resources_place_vcpu(qemu_run_of(c->next), def, (unsigned)id, thread) < 0)
            return -1;
    }
    return 0;
}

int
qemu_vcpus_plug(QemuChange *c, const VrBitmap *ids)
{
    int result = plug_all(qemu_run_of(c->next), ids);
    virErrorPtr saved = result < 0 ? vr_error_save() : NULL;
    int learnt = learn(c, ids); /* what went in is in, whatever failed */
    qemu_change_publish(c);
    if (saved)
        vr_error_restore(saved);
    return result < 0 ? -1 : learnt;
}

static void
tell_removed(QemuChange *c, unsigned id)
{
    VrEventArgs args = {.n = {id}};
    qemu_emit(c, VIR_DOMAIN_EVENT_ID_VCPU_REMOVED, &args);
}

int
qemu_vcpu_unplug(QemuChange *c, unsigned id)
{
    g_autofree char *alias = g_strdup_printf("vcpu%u", id);
    int gone = qemu_unplug(c, alias);
    if (gone < 0)
        return -1;
    if (!gone)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT,
                        "vcpu unplug request timed out. Unplug result must be manually inspected in the domain");
    g_autoptr(VrBitmap) none = vr_bitmap_new(0);
    if (learn(c, none) < 0)
        return -1;
    qemu_change_publish(c);
    if (qemu_vcpu_is_plugged(c->next, id))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "vcpu '%u' is still there after the emulator let it go", id);
    tell_removed(c, id);
    return 0;
}

void
qemu_vcpu_gone(QemuChange *c, const char *alias)
{
    char *end;
    guint64 id = g_ascii_strtoull(alias + strlen("vcpu"), &end, 10);
    if (*end || id >= vr_guest_now(c->next)->vcpu.value || !qemu_vcpu_is_plugged(c->next, (unsigned)id))
        return;
    g_autoptr(VrBitmap) none = vr_bitmap_new(0);
    if (learn(c, none) == 0 && !qemu_vcpu_is_plugged(c->next, (unsigned)id)) {
        qemu_change_publish(c);
        tell_removed(c, (unsigned)id);
    }
    vr_error_clear();
}

int
qemu_vcpus_plug_first(QemuRun *run, const DomainDef *def)
{
    g_autoptr(VrBitmap) ids = vr_bitmap_new(def->vcpu.value);
    bool any = false;
    for (unsigned id = 1; id < def->vcpu.value; id++) {
        const DomainVcpuState *state = vr_vcpu_state(def, id);
        if (!state || !vr_vcpu_is_plugged(def, id) || state->hotpluggable != YES_NO_YES)
            continue;
        ids = vr_bitmap_add(ids, id);
        any = true;
    }
    return any ? plug_all(run, ids) : 0;
}
