/* Asking the filter driver for bindings: see net_filter.h. */
#include "drivers/qemu/net_filter.h"

#include <string.h>

#include "base/log.h"
#include "drivers/peer.h"
#include "model/nwfilter.gen.h"

static virConnectPtr
filters(const QemuRun *run)
{
    return vr_peer_open(VR_HOST_NWFILTER, run->driver->root, run->driver->privileged);
}

static bool
is_filtered(const DomainNet *net)
{
    return net->filterref && net->filterref->filter && net->target && net->target->dev;
}

static char *
request_of(const DomainDef *def, const DomainNet *net)
{
    g_autoptr(NWFilterBindingDef) binding = nwfilter_binding_def_new();
    binding->owner.name = g_strdup(def->name);
    memcpy(binding->owner.uuid, def->uuid, sizeof(binding->owner.uuid));
    binding->port_dev = g_strdup(net->target->dev);
    memcpy(binding->mac, net->mac.address, sizeof(binding->mac));
    binding->filterref.filter = g_strdup(net->filterref->filter);
    for (size_t i = 0; i < net->filterref->n_parameter; i++)
        vr_model_list_add(&binding->filterref.parameter, &binding->filterref.n_parameter,
                          filter_parameter_copy(net->filterref->parameter[i]));
    return nwfilter_binding_def_format(binding, 0);
}

int
qemu_net_filter_bind(QemuRun *run, const DomainDef *def, const DomainNet *net)
{
    if (!is_filtered(net))
        return 0;
    g_autofree char *xml = request_of(def, net);
    virConnectPtr conn = xml ? filters(run) : NULL;
    virNWFilterBindingPtr binding = conn ? VR_PEER(virNWFilterBindingCreateXML(conn, xml, 0)) : NULL;
    virErrorPtr saved = vr_error_save();
    if (binding)
        VR_PEER(virNWFilterBindingFree(binding));
    if (conn)
        VR_PEER(virConnectClose(conn));
    vr_error_restore(saved);
    return binding ? 0 : -1;
}

void
qemu_net_filter_unbind(QemuRun *run, const DomainNet *net)
{
    if (!is_filtered(net))
        return;
    virErrorPtr saved = vr_error_save();
    virConnectPtr conn = filters(run);
    virNWFilterBindingPtr binding = conn ? VR_PEER(virNWFilterBindingLookupByPortDev(conn, net->target->dev)) : NULL;
    if (binding && VR_PEER(virNWFilterBindingDelete(binding)) < 0)
        vr_log(VR_LOG_WARN, "qemu", "the filter on '%s' stays: %s", net->target->dev, vr_error_last()->message);
    if (binding)
        VR_PEER(virNWFilterBindingFree(binding));
    if (conn)
        VR_PEER(virConnectClose(conn));
    vr_error_clear();
    vr_error_restore(saved);
}
