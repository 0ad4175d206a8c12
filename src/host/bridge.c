/* Making bridges and giving links addresses and routes: see bridge.h. */
#include "host/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "host/netlink.h"

/* Not net/if.h, which clashes with linux/if.h. */
unsigned int if_nametoindex(const char *name);
char *if_indextoname(unsigned int index, char *name);

#define FAIL(result, ...) vr_error_system(VIR_FROM_NONE, -(result), __VA_ARGS__)
#define CENTISECONDS 100

int
vr_bridge_create(const VrBridge *bridge)
{
    if (!*bridge->name || strlen(bridge->name) >= IFNAMSIZ)
        return FAIL(-ERANGE, "error creating bridge interface %s", bridge->name);
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    vr_netlink_put_string(request, IFLA_IFNAME, bridge->name);
    if (bridge->mac)
        vr_netlink_put(request, IFLA_ADDRESS, bridge->mac, 6);
    if (bridge->mtu)
        vr_netlink_put_u32(request, IFLA_MTU, bridge->mtu);
    gsize info = vr_netlink_open(request, IFLA_LINKINFO);
    vr_netlink_put_string(request, IFLA_INFO_KIND, "bridge");
    gsize data = vr_netlink_open(request, IFLA_INFO_DATA);
    /* with the spanning tree on, the kernel takes 2 to 30 seconds only */
    guint32 delay = (guint32)MIN(bridge->delay, 30ULL) * CENTISECONDS;
    vr_netlink_put_u32(request, IFLA_BR_FORWARD_DELAY, bridge->stp ? MAX(delay, 2U * CENTISECONDS) : delay);
    vr_netlink_put_u32(request, IFLA_BR_STP_STATE, bridge->stp);
    if (bridge->vlan_filtering)
        vr_netlink_put_u8(request, IFLA_BR_VLAN_FILTERING, 1);
    vr_netlink_close(request, data);
    vr_netlink_close(request, info);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "error creating bridge interface %s", bridge->name) : 0;
}

/* A request about the link NAME; NULL with the error set when there is none. */
static VrNetlinkRequest *
about(const char *name, int type, unsigned flags, unsigned change)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name), .ifi_flags = flags,
                             .ifi_change = change};
    if (head.ifi_index > 0)
        return vr_netlink_new(type, 0, &head, sizeof(head));
    FAIL(-ENODEV, "Unable to find device %s", name);
    return NULL;
}

int
vr_link_delete(const char *name)
{
    g_autoptr(VrNetlinkRequest) request = about(name, RTM_DELLINK, 0, 0);
    if (!request)
        return -1;
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "Unable to delete %s", name) : 0;
}

int
vr_link_set_up(const char *name, bool up)
{
    g_autoptr(VrNetlinkRequest) request = about(name, RTM_NEWLINK, up ? IFF_UP : 0, IFF_UP);
    if (!request)
        return -1;
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "Unable to set %s %s", name, up ? "up" : "down") : 0;
}

GPtrArray *
vr_bridge_ports(const char *bridge)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename("/sys/class/net", bridge, "brif", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    return names;
}

int
vr_link_add_address(const char *name, const VrLinkAddress *address)
{
    struct ifaddrmsg head = {
        .ifa_family = address->size == 4 ? AF_INET : AF_INET6,
        .ifa_prefixlen = (guint8)address->prefix,
        .ifa_flags = address->size == 4 ? 0 : IFA_F_NODAD, /* nobody else can have it on a bridge of ours */
        .ifa_index = if_nametoindex(name),
    };
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    vr_netlink_put(request, IFA_LOCAL, address->bytes, address->size);
    vr_netlink_put(request, IFA_ADDRESS, address->bytes, address->size);
    if (address->size == 4 && address->prefix < 31) {
        guint32 bits;
        memcpy(&bits, address->bytes, 4);
        bits |= GUINT32_TO_BE(0xffffffffU >> address->prefix);
        vr_netlink_put(request, IFA_BROADCAST, &bits, 4);
    }
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "Failed to add an address to %s", name) : 0;
}

int
vr_link_add_route(const char *name, const VrLinkAddress *target, const unsigned char *gateway, unsigned metric)
{
    struct rtmsg head = {
        .rtm_family = target->size == 4 ? AF_INET : AF_INET6,
        .rtm_dst_len = (guint8)target->prefix,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
    };
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    vr_netlink_put(request, RTA_DST, target->bytes, target->size);
    vr_netlink_put(request, RTA_GATEWAY, gateway, target->size);
    vr_netlink_put_u32(request, RTA_OIF, if_nametoindex(name));
    if (metric)
        vr_netlink_put_u32(request, RTA_PRIORITY, metric);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "Failed to add a route to %s", name) : 0;
}

typedef struct {
    const VrLinkAddress *network;
    char *link;
} Search;

static int
compare_route(const struct nlmsghdr *message, void *data)
{
    Search *search = data;
    const struct rtmsg *route = NLMSG_DATA(message);
    const struct rtattr *attributes[RTA_OIF + 1];
    char name[IFNAMSIZ];
    if (message->nlmsg_type != RTM_NEWROUTE || route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST ||
        route->rtm_dst_len != search->network->prefix)
        return 0;
    vr_netlink_attributes(message, sizeof(*route), attributes, RTA_OIF);
    const struct rtattr *to = attributes[RTA_DST], *out = attributes[RTA_OIF];
    if (!to || !out || RTA_PAYLOAD(to) != search->network->size || memcmp(RTA_DATA(to), search->network->bytes, RTA_PAYLOAD(to)))
        return 0;
    unsigned index;
    memcpy(&index, RTA_DATA(out), sizeof(index));
    search->link = g_strdup(if_indextoname(index, name) ? name : "?");
    return 1;
}

char *
vr_route_link(const VrLinkAddress *network)
{
    const struct rtmsg head = {.rtm_family = network->size == 4 ? AF_INET : AF_INET6};
    Search search = {network, NULL};
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_GETROUTE, 0, &head, sizeof(head));
    vr_netlink_dump(request, compare_route, &search);
    return search.link;
}

int
vr_sysctl_write(const char *path, const char *value)
{
    g_autofree char *full = g_build_filename("/proc/sys", path, NULL);
    int fd = open(full, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = errno;
    if (fd >= 0)
        close(fd);
    return n < 0 ? vr_error_system(VIR_FROM_NETWORK, error, "cannot write to %s", full) : 0;
}
