/* Features of the guest's machine that need more than a state: Hyper-V, KVM, capabilities of containers.
 *
 * Called by domain_post.c.
 */
#include "model/domain_rules.h"

#include <string.h>

#define MIN_SPINLOCK_RETRIES 4095u
#define VENDOR_ID_MAX 12u

/* Each capability once: the last that was written. */
void
domain_capabilities_settle(DomainFeatures *features)
{
    DomainCapabilities *set = features->capabilities;

    for (size_t i = 0; set && i < set->n_capability; i++) {
        if (!set->capability[i]->state)
            set->capability[i]->state = ON_OFF_ON;
    }
    for (size_t i = set ? set->n_capability : 0; i-- > 0;) {
        for (size_t j = i; j-- > 0;) {
            if (set->capability[j]->name != set->capability[i]->name)
                continue;
            set->capability[j]->state = set->capability[i]->state;
            domain_capability_free(vr_model_list_take(&set->capability, &set->n_capability, i));
            break;
        }
    }
}

static int
check_hyperv(const DomainHyperv *hyperv)
{
    const DomainSpinlocks *spinlocks = hyperv->spinlocks;
    const DomainVendorId *vendor = hyperv->vendor_id;

    if (spinlocks && spinlocks->state == ON_OFF_ON && !spinlocks->has_retries)
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR,
                        "Missing required attribute 'retries' in element 'spinlocks'");
    if (spinlocks && spinlocks->state == ON_OFF_ON && spinlocks->retries < MIN_SPINLOCK_RETRIES)
        return XML_FAIL("HyperV spinlock retry count must be at least %u", MIN_SPINLOCK_RETRIES);
    if (!vendor || vendor->state != ON_OFF_ON)
        return 0;
    if (!vendor->value)
        return XML_FAIL("missing 'value' attribute for HyperV feature 'vendor_id'");
    if (strlen(vendor->value) > VENDOR_ID_MAX)
        return XML_FAIL("HyperV vendor_id value must not be more than %u characters.", VENDOR_ID_MAX);
    if (strchr(vendor->value, ','))
        return XML_FAIL("HyperV vendor_id value is invalid");
    return 0;
}

static int
check_dirty_ring(const DomainDirtyRing *ring)
{
    if (!ring || ring->state != ON_OFF_ON)
        return 0;
    if (!ring->has_size)
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR, "Missing required attribute 'size' in element 'dirty-ring'");
    if (ring->size & (ring->size - 1) || ring->size < 1024 || ring->size > 65536)
        return XML_FAIL("dirty ring must be power of 2 and ranges [1024, 65536]");
    return 0;
}

int
domain_features_check(const DomainDef *def)
{
    const DomainFeatures *features = &def->features;

    if (features->hyperv && check_hyperv(features->hyperv) < 0)
        return -1;
    return features->kvm ? check_dirty_ring(features->kvm->dirty_ring) : 0;
}
