/* See guest_settings.h. */
#include "store/guest_settings.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/error.h"

int
vr_guest_lifecycle_check(unsigned type, unsigned action)
{
    static const char *const names[] = {"poweroff", "reboot", "crash"};
    if (type >= G_N_ELEMENTS(names))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "invalid lifecycle type '%u'", type);
    if (action >= (unsigned)vr_enum_domain_lifecycle.n)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "invalid lifecycle action '%u'", action);
    bool dumps = action == VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY ||
                 action == VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_RESTART;
    if (dumps && type != VIR_DOMAIN_LIFECYCLE_CRASH)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "Lifecycle event '%s' doesn't support '%s' action",
                        names[type], vr_enum_to_string(&vr_enum_domain_lifecycle, (int)action));
    return 0;
}

void
vr_guest_lifecycle_set(DomainDef *def, unsigned type, unsigned action)
{
    int *const actions[] = {&def->on_poweroff, &def->on_reboot, &def->on_crash};
    *actions[type] = (int)action;
}

int
vr_guest_metadata_check(int type)
{
    if (type >= VIR_DOMAIN_METADATA_DESCRIPTION && type <= VIR_DOMAIN_METADATA_ELEMENT)
        return 0;
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "unknown metadata type '%d'", type);
}
