/* Domain events: registering for them, and telling what happened to a guest. */
#include "drivers/qemu/ops.h"

int
qemu_domain_event_register(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                           virFreeCallback freecb)
{
    QemuDriver *driver = conn->data;
    return vr_event_register_lifecycle(driver->events, conn, cb, opaque, freecb);
}

int
qemu_domain_event_deregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    QemuDriver *driver = conn->data;
    return vr_event_deregister_lifecycle(driver->events, conn, cb);
}

int
qemu_domain_event_register_any(virConnectPtr conn, virDomainPtr dom, int event,
                               virConnectDomainEventGenericCallback cb, void *opaque, virFreeCallback freecb)
{
    QemuDriver *driver = conn->data;
    return vr_event_register(driver->events, VR_EVENTS_DOMAIN, conn, dom, event, (void (*)(void))cb,
                             opaque, freecb);
}

int
qemu_domain_event_deregister_any(virConnectPtr conn, int callback_id)
{
    QemuDriver *driver = conn->data;
    return vr_event_deregister(driver->events, VR_EVENTS_DOMAIN, conn, callback_id) < 0 ? -1 : 0;
}

void
qemu_emit_lifecycle(const QemuChange *c, int event, int detail)
{
    const DomainDef *def = vr_guest_now(c->next);
    VrEventArgs args = {.n = {event, detail}};
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, def->name, def->uuid, def->id, &args);
}

void
qemu_emit(const QemuChange *c, int id, const VrEventArgs *args)
{
    const DomainDef *def = vr_guest_now(c->next);
    vr_event_emit(c->driver->events, VR_EVENTS_DOMAIN, id, def->name, def->uuid, def->id, args);
}
