/* Guests as the test driver sees them: reaching one for reading or changing, and the plain questions about it. */
#include "drivers/test/ops.h"

#include <stdlib.h>
#include <string.h>
#include "store/guest_vcpu.h"

static void *
guest_copy(const void *driver)
{
    TestGuest *guest = g_memdup2(driver, sizeof(TestGuest));
    if (guest->polling)
        guest->polling = g_array_copy(guest->polling);
    return guest;
}

static void
guest_free(void *driver)
{
    TestGuest *guest = driver;
    if (guest->polling)
        g_array_unref(guest->polling);
    g_free(guest);
}

const VrGuestKind test_guest_kind = {guest_copy, guest_free};

VrGuestState *
test_state(virDomainPtr dom)
{
    g_autoptr(VrGuest) guest = vr_guest_of(test_node(dom)->domains, dom, VIR_FROM_TEST);
    return guest ? vr_guest_state(guest) : NULL;
}

VrGuestState *
test_active_state(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state || vr_guest_need_active(state) < 0)
        return NULL;
    return g_steal_pointer(&state);
}

int
test_change_begin_guest(TestChange *c, TestNode *node, VrGuest *guest)
{
    c->node = node;
    c->guest = guest;
    vr_guest_change_begin(&c->change, guest);
    c->next = c->change.next;
    return 0;
}

int
test_change_begin(TestChange *c, virDomainPtr dom)
{
    VrGuest *guest = vr_guest_of(test_node(dom)->domains, dom, VIR_FROM_TEST);
    if (!guest)
        return -1;
    test_change_begin_guest(c, test_node(dom), guest);
    if (!c->next->gone)
        return 0;
    /* It left the table while this operation waited for its turn; looking again makes the error. */
    test_change_end(c);
    g_autoptr(VrGuest) again = vr_guest_of(test_node(dom)->domains, dom, VIR_FROM_TEST);
    return again ? vr_error(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN, "%s", dom->object.name) : -1;
}

int
test_change_begin_active(TestChange *c, virDomainPtr dom)
{
    if (test_change_begin(c, dom) < 0)
        return -1;
    return vr_guest_need_active(c->next);
}

void
test_change_publish(TestChange *c)
{
    vr_guest_change_publish(&c->change);
    c->next = c->change.next;
}

void
test_change_end(TestChange *c)
{
    vr_guest_change_end(&c->change);
    vr_guest_unref(c->guest);
    c->guest = NULL;
}

/* Every interface has a host device, running or not: the first free testnetN where none is named. */
static int
name_interfaces(DomainDef *def, const VrParseContext *context)
{
    unsigned n = 0;
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        DomainNet *net = def->devices.interface[i];
        if (net->target && net->target->dev)
            continue;
        g_autofree char *name = NULL;
        bool taken;
        do {
            g_free(name);
            name = g_strdup_printf("testnet%u", n++);
            taken = false;
            for (size_t j = 0; j < def->devices.n_interface && !taken; j++) {
                const DomainNetTarget *target = def->devices.interface[j]->target;
                taken = target && g_strcmp0(target->dev, name) == 0;
            }
        } while (taken);
        if (!net->target)
            net->target = domain_net_target_new();
        net->target->dev = g_steal_pointer(&name);
    }
    return 0;
}

static const DomainDriver domain_driver = {.default_arch = "i686", .fill = name_interfaces};

const DomainDriver *
test_domain_driver(void)
{
    return &domain_driver;
}

/* A table needs a name: DEF as it is, or NULL with the error set. */
static DomainDef *
named(DomainDef *def)
{
    if (!def || (def->name && *def->name))
        return def;
    domain_def_free(def);
    vr_error_raise(VIR_FROM_DOMAIN, VIR_ERR_NO_NAME, VIR_ERR_ERROR, NULL, NULL, NULL, -1, -1,
                   "missing name information");
    return NULL;
}

DomainDef *
test_domain_parse(const char *xml, unsigned model_flags)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE | model_flags, .driver = &domain_driver};
    return named(domain_def_parse(xml, &context));
}

DomainDef *
test_domain_parse_node(const VrXmlNode *xml)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE, .driver = &domain_driver};
    return named(domain_def_parse_node(xml, &context));
}

int
test_list_domains(virConnectPtr conn, int *ids, int maxids)
{
    TestNode *node = conn->data;
    return vr_guests_list_ids(node->domains, ids, maxids);
}

int
test_num_of_domains(virConnectPtr conn)
{
    TestNode *node = conn->data;
    return vr_guests_count(node->domains, true);
}

int
test_list_all_domains(virConnectPtr conn, virDomainPtr **domains, unsigned int flags)
{
    if (vr_flags_check(flags, (1u << 16) - 1, VIR_FROM_TEST) < 0)
        return -1;
    TestNode *node = conn->data;
    return vr_guests_list_all(node->domains, conn, domains, flags);
}

int
test_list_defined_domains(virConnectPtr conn, char **const names, int maxnames)
{
    TestNode *node = conn->data;
    return vr_guests_list_defined(node->domains, (char **)names, maxnames);
}

int
test_num_of_defined_domains(virConnectPtr conn)
{
    TestNode *node = conn->data;
    return vr_guests_count(node->domains, false);
}

/* A handle on GUEST, whose reference is taken over; NULL with the error set when there is none. */
static virDomainPtr
found(virConnectPtr conn, VrGuest *taken)
{
    g_autoptr(VrGuest) guest = taken;
    if (!guest) {
        vr_error_raise(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN, VIR_ERR_ERROR, "Domain not found", NULL, NULL, -1, -1,
                       "Domain not found");
        return NULL;
    }
    g_autoptr(VrGuestState) state = vr_guest_state(guest);
    return vr_guest_handle(conn, state);
}

virDomainPtr
test_domain_lookup_by_id(virConnectPtr conn, int id)
{
    TestNode *node = conn->data;
    return found(conn, vr_guest_by_id(node->domains, id));
}

virDomainPtr
test_domain_lookup_by_uuid(virConnectPtr conn, const unsigned char *uuid)
{
    TestNode *node = conn->data;
    return found(conn, vr_table_by_uuid(node->domains, uuid));
}

virDomainPtr
test_domain_lookup_by_name(virConnectPtr conn, const char *name)
{
    TestNode *node = conn->data;
    return found(conn, vr_table_by_name(node->domains, name));
}

int
test_domain_is_active(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? vr_guest_is_active(state) : -1;
}

int
test_domain_is_persistent(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? state->persistent : -1;
}

int
test_domain_is_updated(virDomainPtr dom)
{
    return 0;
}

int
test_domain_get_info(virDomainPtr dom, virDomainInfoPtr info)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    info->state = (unsigned char)state->state;
    info->maxMem = def->memory.value;
    info->memory = def->current_memory;
    info->nrVirtCpu = (unsigned short)vr_vcpus_now(def);
    info->cpuTime = (unsigned long long)g_get_real_time() * 1000;
    return 0;
}

int
test_domain_get_state(virDomainPtr dom, int *ret_state, int *ret_reason, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    *ret_state = state->state;
    if (ret_reason)
        *ret_reason = state->reason;
    return 0;
}

int
test_domain_get_control_info(virDomainPtr dom, virDomainControlInfoPtr info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    memset(info, 0, sizeof(*info));
    info->state = VIR_DOMAIN_CONTROL_OK;
    return 0;
}

char *
test_domain_get_xml_desc(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_MIGRATABLE,
                       VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return NULL;
    VrGuestDef *def = (flags & VIR_DOMAIN_XML_INACTIVE) && state->config ? state->config : state->now;
    return g_strdup(vr_guest_def_xml(def, flags));
}

char *
test_domain_get_os_type(virDomainPtr dom)
{
    return g_strdup("linux");
}

char *
test_domain_get_hostname(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    return state ? g_strdup_printf("%shost", vr_guest_now(state)->name) : NULL;
}

int
test_domain_get_autostart(virDomainPtr dom, int *autostart)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    *autostart = state->autostart;
    return 0;
}

int
test_domain_get_security_label(virDomainPtr dom, virSecurityLabelPtr label)
{
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    memset(label, 0, sizeof(*label));
    if (!vr_guest_is_active(state))
        return 0;
    g_strlcpy(label->label, "libvirt-test", sizeof(label->label));
    label->enforcing = 1;
    return 0;
}

int
test_domain_get_messages(virDomainPtr dom, char ***messages, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    *messages = g_new0(char *, 1);
    return 0;
}

int
test_domain_has_managed_save_image(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? state->managed_save : -1;
}
