/* A guest's life: define, start, pause, stop, rename, undefine. */
#include "drivers/test/ops.h"

#include <string.h>

/* DEF as it would be read back from its file: that is what the next start gets. */
static VrGuestDef *
written_and_read(const DomainDef *def)
{
    g_autofree char *xml = domain_def_format(def, VR_MODEL_INACTIVE | VR_MODEL_SECURE);
    DomainDef *copy = xml ? test_domain_parse(xml, VR_MODEL_INACTIVE | VR_MODEL_SKIP_VALIDATE) : NULL;
    if (!copy)
        vr_error_clear();
    return vr_guest_def_new(copy ? copy : domain_def_copy(def));
}

void
test_domain_start(TestChange *c, int reason)
{
    VrGuestState *next = c->next;
    /* What is changed while it runs must not touch what the next start uses. */
    if (next->persistent && !next->config)
        next->config = written_and_read(next->now->def);
    vr_guest_change_now(&c->change)->id = g_atomic_int_add(&c->node->next_id, 1);
    next->state = VIR_DOMAIN_RUNNING;
    next->reason = reason;
    next->managed_save = false;
}

void
test_domain_stop(TestChange *c, int reason)
{
    VrGuestState *next = c->next;
    next->state = VIR_DOMAIN_SHUTOFF;
    next->reason = reason;
    if (next->config)
        vr_guest_set_def(&next->now, g_steal_pointer(&next->config));
    else
        vr_guest_change_now(&c->change)->id = -1;
    next->gone = !next->persistent;
}

void
test_domain_leave(TestChange *c)
{
    if (c->next->gone)
        vr_table_remove(c->node->domains, c->guest);
}

void
test_domain_stop_and_tell(TestChange *c, int reason, int detail)
{
    int id = c->next->config ? -1 : vr_guest_id(c->next);
    test_domain_stop(c, reason);
    test_change_publish(c);
    test_emit_lifecycle_id(c, id, VIR_DOMAIN_EVENT_STOPPED, detail);
    test_domain_leave(c);
}

/* Give the guest in C the definition DEF (taken over); LIVE: for running now, its stored one stays. */
static void
assign(TestChange *c, DomainDef *def, bool live)
{
    VrGuestState *next = c->next;
    VrGuestDef *shared = vr_guest_def_new(def);
    if (vr_guest_is_active(next)) {
        vr_guest_set_def(&next->config, shared);
    } else if (live) {
        if (next->persistent)
            vr_guest_set_def(&next->config, vr_guest_def_ref(next->now));
        vr_guest_set_def(&next->now, shared);
    } else {
        vr_guest_set_def(&next->now, shared);
    }
    def->id = -1;
}

static int
check_identity(TestNode *node, VrGuest *same_uuid, const DomainDef *def)
{
    char uuid[VR_UUID_TEXT_SIZE];
    if (same_uuid) {
        g_autoptr(VrGuestState) state = vr_guest_state(same_uuid);
        if (strcmp(vr_guest_now(state)->name, def->name) == 0)
            return 0;
        vr_uuid_format(def->uuid, uuid);
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain '%s' is already defined with uuid %s",
                        vr_guest_now(state)->name, uuid);
    }
    g_autoptr(VrGuest) same_name = vr_table_by_name(node->domains, def->name);
    if (!same_name)
        return 0;
    vr_uuid_format(same_name->stored.uuid, uuid);
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain '%s' already exists with uuid %s", def->name,
                    uuid);
}

int
test_domain_add(TestChange *c, TestNode *node, DomainDef *taken, bool live, bool *ret_existed)
{
    g_autoptr(DomainDef) def = taken;
    for (;;) {
        g_autoptr(VrGuest) guest = vr_table_by_uuid(node->domains, def->uuid);
        if (check_identity(node, guest, def) < 0)
            return -1;
        *ret_existed = guest != NULL;
        if (!guest) {
            guest = vr_guest_new(g_steal_pointer(&def), &test_guest_kind, g_new0(TestGuest, 1));
            test_change_begin_guest(c, node, vr_stored_ref(guest));
            if (vr_table_add(node->domains, guest))
                return 0;
            def = domain_def_copy(vr_guest_now(c->next)); /* another thread was faster: look again */
            test_change_end(c);
            continue;
        }
        test_change_begin_guest(c, node, vr_stored_ref(guest));
        if (c->next->gone) {
            test_change_end(c);
            continue;
        }
        if (live && vr_guest_is_active(c->next))
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain '%s' is already active", def->name);
        assign(c, g_steal_pointer(&def), live);
        return 0;
    }
}

virDomainPtr
test_domain_create_xml(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_START_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    DomainDef *def = test_domain_parse(xml, flags & VIR_DOMAIN_START_VALIDATE ? VR_MODEL_VALIDATE : 0);
    if (!def)
        return NULL;
    g_auto(TestChange) c = {0};
    bool existed;
    if (test_domain_add(&c, conn->data, def, true, &existed) < 0)
        return NULL;
    test_domain_start(&c, VIR_DOMAIN_RUNNING_BOOTED);
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED);
    return vr_guest_handle(conn, c.next);
}

virDomainPtr
test_domain_create_xml_with_files(virConnectPtr conn, const char *xml, unsigned int nfiles, int *files,
                                  unsigned int flags)
{
    return test_domain_create_xml(conn, xml, flags);
}

int
test_domain_create_with_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (c.next->state != VIR_DOMAIN_SHUTOFF)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "Domain '%s' is already running", dom->object.name);
    test_domain_start(&c, VIR_DOMAIN_RUNNING_BOOTED);
    test_change_publish(&c);
    dom->id = vr_guest_id(c.next);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED);
    return 0;
}

int
test_domain_create(virDomainPtr dom)
{
    return test_domain_create_with_flags(dom, 0);
}

int
test_domain_create_with_files(virDomainPtr dom, unsigned int nfiles, int *files, unsigned int flags)
{
    return test_domain_create_with_flags(dom, flags);
}

int
test_domain_suspend(virDomainPtr dom)
{
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (c.next->state == VIR_DOMAIN_SHUTOFF || c.next->state == VIR_DOMAIN_PAUSED)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "domain '%s' not running", dom->object.name);
    c.next->state = VIR_DOMAIN_PAUSED;
    c.next->reason = VIR_DOMAIN_PAUSED_USER;
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    return 0;
}

int
test_domain_resume(virDomainPtr dom)
{
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (c.next->state != VIR_DOMAIN_PAUSED)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "domain '%s' not paused", dom->object.name);
    c.next->state = VIR_DOMAIN_RUNNING;
    c.next->reason = VIR_DOMAIN_RUNNING_UNPAUSED;
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    return 0;
}

int
test_domain_shutdown_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (c.next->state == VIR_DOMAIN_SHUTOFF)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "domain '%s' not running", dom->object.name);
    dom->id = -1;
    test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
    return 0;
}

int
test_domain_shutdown(virDomainPtr dom)
{
    return test_domain_shutdown_flags(dom, 0);
}

int
test_domain_reboot(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_REBOOT_ACPI_POWER_BTN | VIR_DOMAIN_REBOOT_GUEST_AGENT |
                           VIR_DOMAIN_REBOOT_INITCTL | VIR_DOMAIN_REBOOT_SIGNAL | VIR_DOMAIN_REBOOT_PARAVIRT,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0)
        return -1;
    /* The guest goes down; its own setting says whether it comes up again. */
    switch (vr_guest_now(c.next)->on_reboot) {
    case DOMAIN_LIFECYCLE_RESTART:
    case DOMAIN_LIFECYCLE_RENAME_RESTART:
    case DOMAIN_LIFECYCLE_COREDUMP_RESTART:
        c.next->state = VIR_DOMAIN_RUNNING;
        c.next->reason = VIR_DOMAIN_RUNNING_BOOTED;
        break;
    default:
        dom->id = -1;
        test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
        return 0;
    }
    test_change_publish(&c);
    return 0;
}

int
test_domain_reset(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    return state ? 0 : -1;
}

int
test_domain_destroy_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_DESTROY_GRACEFUL, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0)
        return -1;
    dom->id = -1;
    test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
    return 0;
}

int
test_domain_destroy(virDomainPtr dom)
{
    return test_domain_destroy_flags(dom, 0);
}

virDomainPtr
test_domain_define_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_DEFINE_VALIDATE, VIR_FROM_TEST) < 0)
        return NULL;
    DomainDef *def = test_domain_parse(xml, flags & VIR_DOMAIN_DEFINE_VALIDATE ? VR_MODEL_VALIDATE : 0);
    if (!def)
        return NULL;
    g_auto(TestChange) c = {0};
    bool existed;
    if (test_domain_add(&c, conn->data, def, false, &existed) < 0)
        return NULL;
    c.next->persistent = true;
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_DEFINED,
                        existed ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
    return vr_guest_handle(conn, c.next);
}

virDomainPtr
test_domain_define_xml(virConnectPtr conn, const char *xml)
{
    return test_domain_define_xml_flags(conn, xml, 0);
}

int
test_domain_undefine_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    VrGuestState *next = c.next;
    bool active = vr_guest_is_active(next);
    if (next->managed_save && !(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID,
                        "Refusing to undefine while domain managed save image exists");
    if (!active && next->snapshots->all->len && !(flags & VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot delete inactive domain with %u snapshots",
                        next->snapshots->all->len);
    next->managed_save = false;
    next->persistent = false;
    next->gone = !active;
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
    test_domain_leave(&c);
    return 0;
}

int
test_domain_undefine(virDomainPtr dom)
{
    return test_domain_undefine_flags(dom, 0);
}

int
test_domain_rename(virDomainPtr dom, const char *name, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (!*name)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "string new_name in %s must not be empty",
                        vr_api_call.name);
    if (strchr(name, '/'))
        return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", name);
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    if (vr_guest_is_active(c.next))
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot rename active domain");
    const char *old = vr_guest_now(c.next)->name;
    if (strcmp(old, name) == 0)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "Can't rename domain to itself");
    if (!vr_table_rename(c.node->domains, c.guest, name))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain with name '%s' already exists", name);
    g_autoptr(VrGuestState) before = vr_guest_state(c.guest);
    DomainDef *def = vr_guest_change_now(&c.change);
    g_free(def->name);
    def->name = g_strdup(name);
    VrEventArgs gone = {.n = {VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED}};
    vr_event_emit(c.node->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, vr_guest_now(before)->name,
                  def->uuid, -1, &gone);
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
    return 0;
}

int
test_domain_set_autostart(virDomainPtr dom, int autostart)
{
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    c.next->autostart = autostart != 0;
    test_change_publish(&c);
    return 0;
}
