/* Domain events: registering for them, and telling what happened to a guest. */
#include "drivers/test/ops.h"

int
test_domain_event_register(virConnectPtr conn, virConnectDomainEventCallback cb, void *opaque,
                           virFreeCallback freecb)
{
    TestNode *node = conn->data;
    return vr_event_register_lifecycle(node->events, conn, cb, opaque, freecb);
}

int
test_domain_event_deregister(virConnectPtr conn, virConnectDomainEventCallback cb)
{
    TestNode *node = conn->data;
    return vr_event_deregister_lifecycle(node->events, conn, cb);
}

int
test_domain_event_register_any(virConnectPtr conn, virDomainPtr dom, int event,
                               virConnectDomainEventGenericCallback cb, void *opaque, virFreeCallback freecb)
{
    TestNode *node = conn->data;
    return vr_event_register(node->events, VR_EVENTS_DOMAIN, conn, dom, event, (void (*)(void))cb,
                             opaque, freecb);
}

int
test_domain_event_deregister_any(virConnectPtr conn, int callback_id)
{
    TestNode *node = conn->data;
    return vr_event_deregister(node->events, VR_EVENTS_DOMAIN, conn, callback_id) < 0 ? -1 : 0;
}

static void
emit(const TestChange *c, int id, int event, const VrEventArgs *args)
{
    const DomainDef *def = vr_guest_now(c->next);
    vr_event_emit(c->node->events, VR_EVENTS_DOMAIN, event, def->name, def->uuid, id, args);
}

void
test_emit(const TestChange *c, int event, const VrEventArgs *args)
{
    emit(c, vr_guest_id(c->next), event, args);
}

void
test_emit_lifecycle_id(const TestChange *c, int id, int event, int detail)
{
    VrEventArgs args = {.n = {event, detail}};
    emit(c, id, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &args);
}

void
test_emit_lifecycle(const TestChange *c, int event, int detail)
{
    test_emit_lifecycle_id(c, vr_guest_id(c->next), event, detail);
}
