/* What goes on inside the guest, as if an agent told: file systems, clock, keys, memory, addresses. */
#include "drivers/test/ops.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>

#include "model/network.gen.h"
#include "store/guest_devices.h"

/* Operations that need nothing but a running guest. */
static int
needs_active(virDomainPtr dom, unsigned int flags, unsigned int supported)
{
    if (vr_flags_check(flags, supported, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    return state ? 0 : -1;
}

int
test_domain_inject_nmi(virDomainPtr dom, unsigned int flags)
{
    return needs_active(dom, flags, 0);
}

int
test_domain_set_time(virDomainPtr dom, long long seconds, unsigned int nseconds, unsigned int flags)
{
    return needs_active(dom, flags, VIR_DOMAIN_TIME_SYNC);
}

int
test_domain_set_user_password(virDomainPtr dom, const char *user, const char *password, unsigned int flags)
{
    return needs_active(dom, flags, VIR_DOMAIN_PASSWORD_ENCRYPTED);
}

int
test_domain_fs_trim(virDomainPtr dom, const char *mount_point, unsigned long long minimum, unsigned int flags)
{
    return needs_active(dom, flags, 0);
}

int
test_domain_get_time(virDomainPtr dom, long long *seconds, unsigned int *nseconds, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    if (state->state != VIR_DOMAIN_RUNNING)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "domain is not running");
    *seconds = TEST_GUEST_CLOCK;
    *nseconds = 0;
    return 0;
}

int
test_domain_send_key(virDomainPtr dom, unsigned int codeset, unsigned int holdtime, unsigned int *keycodes,
                     int nkeycodes, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    for (int i = 0; i < nkeycodes; i++) {
        if (keycodes[i] > 255)
            return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "invalid keycode %u of %u codeset", keycodes[i],
                            codeset);
    }
    return 0;
}

int
test_domain_send_process_signal(virDomainPtr dom, long long pid, unsigned int signum, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (pid != 1)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG, "only sending a signal to pid 1 is supported");
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    int reason, detail;
    switch (signum) {
    case VIR_DOMAIN_PROCESS_SIGNAL_TERM:
        reason = VIR_DOMAIN_SHUTOFF_SHUTDOWN;
        detail = VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN;
        break;
    case VIR_DOMAIN_PROCESS_SIGNAL_KILL:
        reason = VIR_DOMAIN_SHUTOFF_DESTROYED;
        detail = VIR_DOMAIN_EVENT_STOPPED_DESTROYED;
        break;
    default:
        return 0;
    }
    if (vr_guest_is_active(c.next))
        test_domain_stop_and_tell(&c, reason, detail);
    return 0;
}

int
test_domain_memory_peek(virDomainPtr dom, unsigned long long start, size_t size, void *buffer, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL, VIR_FROM_TEST) < 0)
        return -1;
    if (flags != VIR_MEMORY_VIRTUAL && flags != VIR_MEMORY_PHYSICAL)
        return vr_error(VIR_FROM_TEST, VIR_ERR_INVALID_ARG,
                        "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL");
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    /* Each byte of the mock memory holds the low bits of its own address. */
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)buffer)[i] = (unsigned char)(start + i);
    return 0;
}

/* File systems. */

static const char *const mount_points[] = {"/", "/boot"};
static const char *const partitions[] = {"vda1", "vda2"};

int
test_domain_get_fs_info(virDomainPtr dom, virDomainFSInfoPtr **ret_info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    *ret_info = NULL;
    const DomainDevices *devices = &vr_guest_now(state)->devices;
    /* They lie on the disk that has the name of a first virtio disk. */
    bool has_disk = false;
    for (size_t i = 0; i < devices->n_disk && !has_disk; i++) {
        const DomainDiskTarget *target = devices->disk[i]->target;
        has_disk = target && g_strcmp0(target->dev, "vda") == 0;
    }
    if (!has_disk)
        return 0;
    virDomainFSInfoPtr *info = g_new0(virDomainFSInfoPtr, G_N_ELEMENTS(mount_points) + 1);
    for (gsize i = 0; i < G_N_ELEMENTS(mount_points); i++) {
        info[i] = g_new0(virDomainFSInfo, 1);
        info[i]->mountpoint = g_strdup(mount_points[i]);
        info[i]->name = g_strdup(partitions[i]);
        info[i]->fstype = g_strdup("ext4");
        info[i]->ndevAlias = 1;
        info[i]->devAlias = g_new0(char *, 2);
        info[i]->devAlias[0] = g_strdup("vda");
    }
    *ret_info = info;
    return G_N_ELEMENTS(mount_points);
}

/* Freeze or thaw the named mount points, or all: the number whose state changed. */
static int
set_frozen(virDomainPtr dom, const char **names, unsigned int n_names, bool frozen)
{
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0)
        return -1;
    TestGuest *guest = c.next->driver;
    int changed = 0;
    for (unsigned int i = 0; i < (n_names ? n_names : G_N_ELEMENTS(mount_points)); i++) {
        const char *name = n_names ? names[i] : mount_points[i];
        gsize at = 0;
        while (at < G_N_ELEMENTS(mount_points) && strcmp(mount_points[at], name) != 0)
            at++;
        if (at == G_N_ELEMENTS(mount_points))
            return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "mount point not found: %s", name);
        changed += guest->frozen[at] != frozen;
        guest->frozen[at] = frozen;
    }
    test_change_publish(&c);
    return changed;
}

int
test_domain_fs_freeze(virDomainPtr dom, const char **names, unsigned int n_names, unsigned int flags)
{
    return vr_flags_check(flags, 0, VIR_FROM_TEST) < 0 ? -1 : set_frozen(dom, names, n_names, true);
}

int
test_domain_fs_thaw(virDomainPtr dom, const char **names, unsigned int n_names, unsigned int flags)
{
    return vr_flags_check(flags, 0, VIR_FROM_TEST) < 0 ? -1 : set_frozen(dom, names, n_names, false);
}

/* Addresses. */

typedef struct {
    int family;
    unsigned char base[16]; /* network order; 4 bytes of it for IPv4 */
    unsigned int prefix;
} AddressRange;

/* TEXT, then OFFSET added: FALSE when TEXT is no address. */
static bool
parse_address(const char *text, AddressRange *ret)
{
    ret->family = text && strchr(text, ':') ? AF_INET6 : AF_INET;
    return text && inet_pton(ret->family, text, ret->base) == 1;
}

static unsigned int
prefix_of_mask(const char *mask)
{
    struct in_addr bits;
    if (!mask || inet_pton(AF_INET, mask, &bits) != 1)
        return 0;
    return (unsigned int)__builtin_popcount(bits.s_addr);
}

static unsigned int
default_prefix(const AddressRange *range)
{
    if (range->family == AF_INET6)
        return 64;
    return range->base[0] < 128 ? 8 : range->base[0] < 192 ? 16 : 24;
}

/* The addresses that the network NAME gives out, asked of the network operations like any client would. */
static int
network_range(virConnectPtr conn, const char *name, AddressRange *ret)
{
    if (!conn->network || !conn->network->networkLookupByName || !conn->network->networkGetXMLDesc)
        return vr_error(VIR_FROM_TEST, VIR_ERR_NO_NETWORK, "no network with matching name '%s'", name);
    virNetworkPtr net = conn->network->networkLookupByName(conn, name);
    if (!net)
        return -1;
    g_autofree char *xml = conn->network->networkGetXMLDesc(net, 0);
    vr_object_unref(net);
    VrParseContext context = {0};
    g_autoptr(NetworkDef) def = xml ? network_def_parse(xml, &context) : NULL;
    if (!def)
        return -1;
    const NetworkIp *ip = def->n_ip ? def->ip[0] : NULL;
    if (!ip)
        return 1;
    const char *first = ip->dhcp && ip->dhcp->n_range ? ip->dhcp->range[0]->start : ip->address;
    if (!parse_address(first, ret))
        return 1;
    ret->prefix = ip->prefix ? ip->prefix : prefix_of_mask(ip->netmask);
    if (!ret->prefix)
        ret->prefix = default_prefix(ret);
    return 0;
}

/* The last 32 bits of the address are counted up. */
static char *
nth_address(const AddressRange *range, unsigned int n)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    memcpy(bytes, range->base, sizeof(bytes));
    unsigned char *low = bytes + (range->family == AF_INET6 ? 12 : 0);
    guint32 value;
    memcpy(&value, low, sizeof(value));
    value = htonl(ntohl(value) + n);
    memcpy(low, &value, sizeof(value));
    return g_strdup(inet_ntop(range->family, bytes, text, sizeof(text)));
}

static int
fill_interface(virDomainPtr dom, const DomainDef *def, size_t i, virDomainInterfacePtr iface)
{
    const DomainNet *net = def->devices.interface[i];
    const unsigned char *mac = net->mac.address;
    iface->name = g_strdup(net->target ? net->target->dev : NULL);
    iface->hwaddr = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    AddressRange range = {0};
    int none = 1;
    if (net->type == NET_TYPE_NETWORK) {
        none = network_range(VR_OBJECT_CONN(dom), net->source.network, &range);
        if (none < 0)
            return -1;
    }
    iface->naddrs = 1;
    iface->addrs = g_new0(virDomainIPAddress, 1);
    if (none) {
        iface->addrs->addr = g_strdup_printf("192.168.0.%zu", i + 1);
        iface->addrs->prefix = 24;
        iface->addrs->type = VIR_IP_ADDR_TYPE_IPV4;
        return 0;
    }
    iface->addrs->addr = nth_address(&range, 20 * (unsigned int)(def->id - 1) + (unsigned int)i + 1);
    iface->addrs->prefix = range.prefix;
    iface->addrs->type = range.family == AF_INET6 ? VIR_IP_ADDR_TYPE_IPV6 : VIR_IP_ADDR_TYPE_IPV4;
    return 0;
}

static void
free_interfaces(virDomainInterfacePtr *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (unsigned int a = 0; a < list[i]->naddrs; a++)
            g_free(list[i]->addrs[a].addr);
        g_free(list[i]->addrs);
        g_free(list[i]->name);
        g_free(list[i]->hwaddr);
        g_free(list[i]);
    }
    g_free(list);
}

int
test_domain_interface_addresses(virDomainPtr dom, virDomainInterfacePtr **ret_ifaces, unsigned int source,
                                unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (source > VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP)
        return vr_error(VIR_FROM_TEST, VIR_ERR_ARGUMENT_UNSUPPORTED, "Unknown IP address data source %u", source);
    g_autoptr(VrGuestState) state = test_active_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    size_t n = def->devices.n_interface;
    virDomainInterfacePtr *list = g_new0(virDomainInterfacePtr, n + 1);
    for (size_t i = 0; i < n; i++) {
        list[i] = g_new0(virDomainInterface, 1);
        if (fill_interface(dom, def, i, list[i]) < 0) {
            free_interfaces(list, i + 1);
            return -1;
        }
    }
    *ret_ifaces = list;
    return (int)n;
}

int
test_domain_get_launch_security_info(virDomainPtr dom, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return -1;
    *params = NULL;
    *nparams = 0;
    return 0;
}
