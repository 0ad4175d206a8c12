/* See guest_vcpu.h. */
#include "store/guest_vcpu.h"

#include <string.h>

DomainVcpuState *
vr_vcpu_state(const DomainDef *def, unsigned id)
{
    for (size_t i = 0; def->vcpus && i < def->vcpus->n_vcpu; i++) {
        if (def->vcpus->vcpu[i]->id == id)
            return def->vcpus->vcpu[i];
    }
    return NULL;
}

unsigned
vr_vcpus_now(const DomainDef *def)
{
    return def->vcpu.has_current ? def->vcpu.current : def->vcpu.value;
}

bool
vr_vcpu_is_plugged(const DomainDef *def, unsigned id)
{
    const DomainVcpuState *state = vr_vcpu_state(def, id);
    if (state)
        return state->enabled == DOMAIN_VCPU_STATE_ENABLED_YES;
    return id < vr_vcpus_now(def);
}

void
vr_vcpus_set_now(DomainDef *def, unsigned n)
{
    def->vcpu.current = n;
    def->vcpu.has_current = n != def->vcpu.value;
    unsigned plugged = 0;
    for (unsigned id = 0; def->vcpus && id < def->vcpu.value; id++)
        plugged += vr_vcpu_is_plugged(def, id);
    /* The lowest are plugged first and the highest unplugged first. */
    for (unsigned id = 0; def->vcpus && id < def->vcpu.value && plugged < n; id++) {
        DomainVcpuState *state = vr_vcpu_state(def, id);
        if (state && state->enabled != DOMAIN_VCPU_STATE_ENABLED_YES) {
            state->enabled = DOMAIN_VCPU_STATE_ENABLED_YES;
            plugged++;
        }
    }
    for (unsigned id = def->vcpu.value; def->vcpus && id-- > 0 && plugged > n;) {
        DomainVcpuState *state = vr_vcpu_state(def, id);
        if (state && state->enabled == DOMAIN_VCPU_STATE_ENABLED_YES) {
            state->enabled = DOMAIN_VCPU_STATE_ENABLED_NO;
            plugged--;
        }
    }
}

void
vr_vcpus_set_max(DomainDef *def, unsigned n)
{
    unsigned now = MIN(vr_vcpus_now(def), n);
    def->vcpu.value = n;
    for (size_t i = def->vcpus ? def->vcpus->n_vcpu : 0; i-- > 0;) {
        if (def->vcpus->vcpu[i]->id >= n)
            domain_vcpu_state_free(vr_model_list_take(&def->vcpus->vcpu, &def->vcpus->n_vcpu, i));
    }
    vr_vcpus_set_now(def, now);
}

void
vr_vcpus_itemize(DomainDef *def)
{
    if (!def->vcpus)
        def->vcpus = domain_vcpus_new();
    for (unsigned id = 0; id < def->vcpu.value; id++) {
        if (vr_vcpu_state(def, id))
            continue;
        DomainVcpuState *state = domain_vcpu_state_new();
        bool plugged = id < vr_vcpus_now(def);
        state->id = id;
        state->enabled = plugged ? DOMAIN_VCPU_STATE_ENABLED_YES : DOMAIN_VCPU_STATE_ENABLED_NO;
        state->hotpluggable = plugged ? YES_NO_NO : YES_NO_YES;
        size_t at = 0;
        while (at < def->vcpus->n_vcpu && def->vcpus->vcpu[at]->id < id)
            at++;
        vr_model_list_insert(&def->vcpus->vcpu, &def->vcpus->n_vcpu, at, state);
    }
}

VrBitmap *
vr_cpus_from_map(const unsigned char *map, int len)
{
    VrBitmap *set = vr_bitmap_new(0);
    for (int bit = 0; bit < len * 8; bit++) {
        if (map[bit / 8] & (1 << (bit % 8)))
            set = vr_bitmap_add(set, (unsigned)bit);
    }
    return set;
}

void
vr_cpus_to_map(const VrBitmap *set, unsigned char *map, int len)
{
    memset(map, 0, (size_t)len);
    for (int bit = vr_bitmap_next(set, -1); bit >= 0 && bit < len * 8; bit = vr_bitmap_next(set, bit))
        map[bit / 8] |= (unsigned char)(1 << (bit % 8));
}

DomainVcpuPin *
vr_vcpu_pin(const DomainDef *def, unsigned vcpu)
{
    for (size_t i = 0; def->cputune && i < def->cputune->n_vcpupin; i++) {
        if (def->cputune->vcpupin[i]->vcpu == vcpu)
            return def->cputune->vcpupin[i];
    }
    return NULL;
}

void
vr_vcpu_set_pin(DomainDef *def, unsigned vcpu, const VrBitmap *set)
{
    if (!def->cputune)
        def->cputune = domain_cputune_new();
    DomainVcpuPin *pin = vr_vcpu_pin(def, vcpu);
    if (!pin) {
        pin = domain_vcpu_pin_new();
        pin->vcpu = vcpu;
        size_t at = 0;
        while (at < def->cputune->n_vcpupin && def->cputune->vcpupin[at]->vcpu < vcpu)
            at++;
        vr_model_list_insert(&def->cputune->vcpupin, &def->cputune->n_vcpupin, at, pin);
    }
    vr_bitmap_free(pin->cpuset);
    pin->cpuset = vr_bitmap_copy(set);
}

void
vr_emulator_set_pin(DomainDef *def, const VrBitmap *set)
{
    if (!def->cputune)
        def->cputune = domain_cputune_new();
    vr_bitmap_free(def->cputune->emulatorpin);
    def->cputune->emulatorpin = vr_bitmap_copy(set);
}
