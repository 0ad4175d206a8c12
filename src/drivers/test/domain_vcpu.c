/* Virtual CPUs: how many, which host CPUs they may use, and what they seem to have done. */
#include "drivers/test/ops.h"

#include <string.h>

unsigned
test_vcpus_now(const DomainDef *def)
{
    return def->vcpu.has_current ? def->vcpu.current : def->vcpu.value;
}
