/* Links by rtnetlink: see link.h. */
#include "host/link.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <string.h>

#include "base/error.h"
#include "host/netlink.h"

/* Not net/if.h, which clashes with linux/if.h. */
unsigned int if_nametoindex(const char *name);

#define FAIL(result, ...) vr_error_system(VIR_FROM_NONE, -(result), __VA_ARGS__)

static unsigned
u32_of(const struct rtattr *attribute)
{
    guint32 value = 0;
    if (attribute && RTA_PAYLOAD(attribute) >= sizeof(value))
        memcpy(&value, RTA_DATA(attribute), sizeof(value));
    return value;
}

static void
text_of(const struct rtattr *attribute, char *to, gsize size)
{
    if (attribute)
        g_strlcpy(to, RTA_DATA(attribute), MIN(size, RTA_PAYLOAD(attribute) + 1));
}

static int
read_link(const struct nlmsghdr *message, void *data)
{
    const struct ifinfomsg *head = NLMSG_DATA(message);
    const struct rtattr *a[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1], *vlan[IFLA_VLAN_ID + 1];
    VrLink link = {0};
    if (message->nlmsg_type != RTM_NEWLINK)
        return 0;
    vr_netlink_attributes(message, sizeof(*head), a, IFLA_LINKINFO);
    link.index = (unsigned)head->ifi_index;
    link.is_up = head->ifi_flags & IFF_UP;
    link.mtu = u32_of(a[IFLA_MTU]);
    link.master = u32_of(a[IFLA_MASTER]);
    link.below = u32_of(a[IFLA_LINK]);
    text_of(a[IFLA_IFNAME], link.name, sizeof(link.name));
    link.has_mac = a[IFLA_ADDRESS] && RTA_PAYLOAD(a[IFLA_ADDRESS]) == sizeof(link.mac);
    if (link.has_mac)
        memcpy(link.mac, RTA_DATA(a[IFLA_ADDRESS]), sizeof(link.mac));
    if (a[IFLA_OPERSTATE] && RTA_PAYLOAD(a[IFLA_OPERSTATE]) >= 1)
        link.state = *(const unsigned char *)RTA_DATA(a[IFLA_OPERSTATE]);
    if (a[IFLA_LINKINFO]) {
        vr_netlink_nested(a[IFLA_LINKINFO], info, IFLA_INFO_DATA);
        text_of(info[IFLA_INFO_KIND], link.kind, sizeof(link.kind));
        if (info[IFLA_INFO_DATA] && strcmp(link.kind, "vlan") == 0) {
            vr_netlink_nested(info[IFLA_INFO_DATA], vlan, IFLA_VLAN_ID);
            guint16 id = 0;
            if (vlan[IFLA_VLAN_ID] && RTA_PAYLOAD(vlan[IFLA_VLAN_ID]) >= sizeof(id))
                memcpy(&id, RTA_DATA(vlan[IFLA_VLAN_ID]), sizeof(id));
            link.vlan = id;
        }
    }
    g_array_append_val((GArray *)data, link);
    return 0;
}

GArray *
vr_links(void)
{
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(VrLink));
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_GETLINK, 0, &head, sizeof(head));
    int result = vr_netlink_dump(request, read_link, links);
    if (result == 0)
        return g_steal_pointer(&links);
    FAIL(result, "cannot list the host's interfaces");
    return NULL;
}

const VrLink *
vr_links_find(const GArray *links, const char *name)
{
    for (guint i = 0; i < links->len; i++) {
        if (strcmp(g_array_index(links, VrLink, i).name, name) == 0)
            return &g_array_index(links, VrLink, i);
    }
    return NULL;
}

const VrLink *
vr_links_at(const GArray *links, unsigned index)
{
    for (guint i = 0; index && i < links->len; i++) {
        if (g_array_index(links, VrLink, i).index == index)
            return &g_array_index(links, VrLink, i);
    }
    return NULL;
}

/* --- changes --- */

static VrNetlinkRequest *
make(const char *name, const char *kind, gsize *ret_info, gsize *ret_data)
{
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    VrNetlinkRequest *request = vr_netlink_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    vr_netlink_put_string(request, IFLA_IFNAME, name);
    *ret_info = vr_netlink_open(request, IFLA_LINKINFO);
    vr_netlink_put_string(request, IFLA_INFO_KIND, kind);
    *ret_data = vr_netlink_open(request, IFLA_INFO_DATA);
    return request;
}

int
vr_vlan_create(const char *name, const char *device, unsigned tag)
{
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    unsigned below = if_nametoindex(device);
    guint16 id = (guint16)tag;
    if (!below)
        return FAIL(-ENODEV, "VLAN %s needs interface %s", name, device);
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    vr_netlink_put_string(request, IFLA_IFNAME, name);
    vr_netlink_put_u32(request, IFLA_LINK, below);
    gsize info = vr_netlink_open(request, IFLA_LINKINFO);
    vr_netlink_put_string(request, IFLA_INFO_KIND, "vlan");
    gsize data = vr_netlink_open(request, IFLA_INFO_DATA);
    vr_netlink_put(request, IFLA_VLAN_ID, &id, sizeof(id));
    vr_netlink_close(request, data);
    vr_netlink_close(request, info);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "cannot make VLAN %s", name) : 0;
}

static void
put_setting(VrNetlinkRequest *request, int type, int value)
{
    if (value >= 0)
        vr_netlink_put_u32(request, type, (guint32)value);
}

int
vr_bond_create(const VrBond *bond)
{
    gsize info, data;
    g_autoptr(VrNetlinkRequest) request = make(bond->name, "bond", &info, &data);
    if (bond->mode >= 0)
        vr_netlink_put_u8(request, IFLA_BOND_MODE, (guint8)bond->mode);
    put_setting(request, IFLA_BOND_MIIMON, bond->miimon);
    put_setting(request, IFLA_BOND_UPDELAY, bond->updelay);
    put_setting(request, IFLA_BOND_DOWNDELAY, bond->downdelay);
    if (bond->use_carrier >= 0)
        vr_netlink_put_u8(request, IFLA_BOND_USE_CARRIER, (guint8)bond->use_carrier);
    put_setting(request, IFLA_BOND_ARP_INTERVAL, bond->arp_interval);
    if (bond->arp_target) {
        gsize targets = vr_netlink_open(request, IFLA_BOND_ARP_IP_TARGET);
        vr_netlink_put_u32(request, 0, bond->arp_target);
        vr_netlink_close(request, targets);
    }
    put_setting(request, IFLA_BOND_ARP_VALIDATE, bond->arp_validate);
    vr_netlink_close(request, data);
    vr_netlink_close(request, info);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "cannot make bond %s", bond->name) : 0;
}

int
vr_link_set_master(const char *name, const char *master)
{
    guint32 index = master ? if_nametoindex(master) : 0;
    if (master && index == 0)
        return FAIL(-ENODEV, "Unable to find device %s", master);
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name)};
    if (head.ifi_index == 0)
        return FAIL(-ENODEV, "Unable to find device %s", name);
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, 0, &head, sizeof(head));
    vr_netlink_put_u32(request, IFLA_MASTER, index);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(result, "cannot make %s a part of %s", name, master ? master : "nothing") : 0;
}
