/* Guests as the QEMU driver sees them: reaching one for reading or changing, and the plain questions about it. */
#include <stdio.h>
#include <string.h>

#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"

static void *
guest_copy(const void *driver)
{
    QemuGuest *guest = g_memdup2(driver, sizeof(QemuGuest));
    qemu_run_ref(guest->run);
    if (guest->vcpus)
        g_array_ref(guest->vcpus);
    if (guest->devices)
        g_ptr_array_ref(guest->devices);
    qemu_job_result_ref(guest->done);
    return guest;
}

static void
guest_free(void *driver)
{
    QemuGuest *guest = driver;
    qemu_run_unref(guest->run);
    g_clear_pointer(&guest->vcpus, g_array_unref);
    g_clear_pointer(&guest->devices, g_ptr_array_unref);
    qemu_job_result_unref(guest->done);
    g_free(guest);
}

const VrGuestKind qemu_guest_kind = {guest_copy, guest_free};

VrGuestState *
qemu_state(virDomainPtr dom)
{
    g_autoptr(VrGuest) guest = vr_guest_of(qemu_driver(dom)->domains, dom, VIR_FROM_QEMU);
    return guest ? vr_guest_state(guest) : NULL;
}

VrGuestState *
qemu_active_state(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state || vr_guest_need_active(state) < 0)
        return NULL;
    return g_steal_pointer(&state);
}

int
qemu_list_domains(virConnectPtr conn, int *ids, int maxids)
{
    return vr_guests_list_ids(qemu_driver(conn)->domains, ids, maxids);
}

int
qemu_num_of_domains(virConnectPtr conn)
{
    return vr_guests_count(qemu_driver(conn)->domains, true);
}

int
qemu_list_all_domains(virConnectPtr conn, virDomainPtr **domains, unsigned int flags)
{
    if (vr_flags_check(flags, (1u << 16) - 1, VIR_FROM_QEMU) < 0)
        return -1;
    return vr_guests_list_all(qemu_driver(conn)->domains, conn, domains, flags);
}

int
qemu_list_defined_domains(virConnectPtr conn, char **const names, int maxnames)
{
    return vr_guests_list_defined(qemu_driver(conn)->domains, (char **)names, maxnames);
}

int
qemu_num_of_defined_domains(virConnectPtr conn)
{
    return vr_guests_count(qemu_driver(conn)->domains, false);
}

/* A handle on GUEST, whose reference is taken over; NULL with WHAT it was looked up by when there is none. */
static virDomainPtr
found(virConnectPtr conn, VrGuest *taken, const char *what)
{
    g_autoptr(VrGuest) guest = taken;
    if (!guest)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no domain with matching %s", what);
    g_autoptr(VrGuestState) state = vr_guest_state(guest);
    return vr_guest_handle(conn, state);
}

virDomainPtr
qemu_domain_lookup_by_id(virConnectPtr conn, int id)
{
    g_autofree char *what = g_strdup_printf("id %d", id);
    return found(conn, vr_guest_by_id(qemu_driver(conn)->domains, id), what);
}

virDomainPtr
qemu_domain_lookup_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    char text[VR_UUID_TEXT_SIZE];
    vr_uuid_format(uuid, text);
    g_autofree char *what = g_strdup_printf("uuid '%s'", text);
    return found(conn, vr_table_by_uuid(qemu_driver(conn)->domains, uuid), what);
}

virDomainPtr
qemu_domain_lookup_by_name(virConnectPtr conn, const char *name)
{
    g_autofree char *what = g_strdup_printf("name '%s'", name);
    return found(conn, vr_table_by_name(qemu_driver(conn)->domains, name), what);
}

int
qemu_domain_is_active(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? vr_guest_is_active(state) : -1;
}

int
qemu_domain_is_persistent(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? state->persistent : -1;
}

int
qemu_domain_is_updated(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? state->updated : -1;
}

int
qemu_domain_get_info(virDomainPtr dom, virDomainInfoPtr info)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    memset(info, 0, sizeof(*info));
    info->state = (unsigned char)state->state;
    info->maxMem = def->memory.value;
    info->memory = def->current_memory;
    QemuTimes times;
    if (qemu_run_of(state) && qemu_times(qemu_run_of(state)->pid, 0, &times))
        info->cpuTime = times.total;
    info->nrVirtCpu = (unsigned short)(def->vcpu.has_current ? def->vcpu.current : def->vcpu.value);
    return 0;
}

int
qemu_domain_get_state(virDomainPtr dom, int *ret_state, int *ret_reason, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    *ret_state = state->state;
    if (ret_reason)
        *ret_reason = state->reason;
    return 0;
}

char *
qemu_domain_get_xml_desc(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_UPDATE_CPU |
                           VIR_DOMAIN_XML_MIGRATABLE,
                       VIR_FROM_QEMU) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return NULL;
    VrGuestDef *def = (flags & VIR_DOMAIN_XML_INACTIVE) && state->config ? state->config : state->now;
    return g_strdup(vr_guest_def_xml(def, flags));
}

char *
qemu_domain_get_os_type(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? g_strdup(vr_guest_now(state)->os.type.value) : NULL;
}

int
qemu_domain_get_autostart(virDomainPtr dom, int *autostart)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    *autostart = state->autostart;
    return 0;
}

int
qemu_domain_has_managed_save_image(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    return state ? state->managed_save : -1;
}
