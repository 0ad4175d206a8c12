/* See tap.h. */
#include "host/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "host/bridge.h"
#include "host/netlink.h"

/* Not net/if.h, which clashes with linux/if.h. */
unsigned int if_nametoindex(const char *name);

#define FAIL(error, ...) vr_error_system(VIR_FROM_NONE, error, __VA_ARGS__)

G_STATIC_ASSERT(VR_TAP_NAME_SIZE == IFNAMSIZ);

static void
close_all(int *fds, unsigned n)
{
    while (n > 0)
        close(fds[--n]);
}

int
vr_tap_open(char name[VR_TAP_NAME_SIZE], unsigned queues, int *fds)
{
    struct ifreq request = {0};
    g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
    for (unsigned i = 0; i < queues; i++) {
        fds[i] = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
        if (fds[i] < 0) {
            int error = errno;
            close_all(fds, i);
            return FAIL(error, "Unable to open /dev/net/tun, is tun module loaded?");
        }
        request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (queues > 1 ? IFF_MULTI_QUEUE : 0));
        if (ioctl(fds[i], TUNSETIFF, &request) < 0) {
            int error = errno;
            close_all(fds, i + 1);
            return FAIL(error, "Unable to create tap device %s", request.ifr_name);
        }
    }
    g_strlcpy(name, request.ifr_name, VR_TAP_NAME_SIZE);
    return 0;
}

static int
mode_number(const char *mode)
{
    static const struct {
        const char *name;
        int number;
    } modes[] = {{"vepa", MACVLAN_MODE_VEPA}, {"private", MACVLAN_MODE_PRIVATE}, {"bridge", MACVLAN_MODE_BRIDGE},
                 {"passthru", MACVLAN_MODE_PASSTHRU}};
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (strcmp(modes[i].name, mode) == 0)
            return modes[i].number;
    }
    return MACVLAN_MODE_VEPA;
}

static int
create_macvtap(const char *name, unsigned link, const char *mode, const unsigned char *mac)
{
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    vr_netlink_put_u32(request, IFLA_LINK, link);
    vr_netlink_put(request, IFLA_ADDRESS, mac, 6);
    vr_netlink_put_string(request, IFLA_IFNAME, name);
    gsize info = vr_netlink_open(request, IFLA_LINKINFO);
    vr_netlink_put_string(request, IFLA_INFO_KIND, "macvtap");
    gsize data = vr_netlink_open(request, IFLA_INFO_DATA);
    vr_netlink_put_u32(request, IFLA_MACVLAN_MODE, (guint32)mode_number(mode));
    vr_netlink_close(request, data);
    vr_netlink_close(request, info);
    return vr_netlink_call(request);
}

/* The device node of macvtap NAME; where nobody makes one in /dev, one of our own for a moment. */
static int
open_node(const char *name)
{
    g_autofree char *path = g_strdup_printf("/dev/tap%u", if_nametoindex(name));
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    g_autofree char *class = g_strdup_printf("/sys/class/net/%s/macvtap/tap%u/dev", name, if_nametoindex(name));
    g_autofree char *numbers = NULL;
    if (!g_file_get_contents(class, &numbers, NULL, NULL)) {
        errno = ENOENT;
        return -1;
    }
    char *colon;
    unsigned long first = strtoul(numbers, &colon, 10), second = strtoul(*colon ? colon + 1 : colon, NULL, 10);
    if (mknod(path, S_IFCHR | 0600, makedev(first, second)) < 0)
        return -1;
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    int error = errno;
    unlink(path);
    errno = error;
    return fd;
}

static int
open_queues(const char *name, unsigned queues, int *fds)
{
    for (unsigned i = 0; i < queues; i++) {
        fds[i] = open_node(name);
        if (fds[i] < 0) {
            int error = errno;
            close_all(fds, i);
            return FAIL(error, "cannot open macvtap tap device of %s", name);
        }
        struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (queues > 1 ? IFF_MULTI_QUEUE : 0))};
        g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
        if (ioctl(fds[i], TUNSETIFF, &request) < 0) {
            int error = errno;
            close_all(fds, i + 1);
            return FAIL(error, "cannot set flags on macvtap tap %s", name);
        }
    }
    return 0;
}

#define MAX_MACVTAPS 8192

int
vr_macvtap_open(char name[VR_TAP_NAME_SIZE], const char *link, const char *mode, const unsigned char *mac, unsigned queues,
                int *fds)
{
    unsigned below = if_nametoindex(link);
    if (!below)
        return FAIL(ENODEV, "Unable to find device %s", link);
    bool pattern = strstr(name, "%d") != NULL;
    int result = -EEXIST;
    for (unsigned n = 0; n < MAX_MACVTAPS && result == -EEXIST; n++) {
        char tried[VR_TAP_NAME_SIZE];
        if (pattern)
            g_snprintf(tried, sizeof(tried), "macvtap%u", n);
        else
            g_strlcpy(tried, name, sizeof(tried));
        result = create_macvtap(tried, below, mode, mac);
        if (result == 0)
            g_strlcpy(name, tried, VR_TAP_NAME_SIZE);
        if (!pattern)
            break;
    }
    if (result < 0)
        return FAIL(-result, "error creating macvtap interface %s@%s", name, link);
    if (open_queues(name, queues, fds) == 0)
        return 0;
    virErrorPtr saved = vr_error_save();
    vr_link_delete(name);
    vr_error_restore(saved);
    return -1;
}

/* Change one attribute of the link NAME. */
static int
change(const char *name, int type, const void *data, gsize size, const char *what)
{
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name)};
    if (head.ifi_index <= 0)
        return FAIL(ENODEV, "Unable to find device %s", name);
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, 0, &head, sizeof(head));
    vr_netlink_put(request, type, data, size);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(-result, "Cannot set %s of %s", what, name) : 0;
}

int
vr_link_set_mac(const char *name, const unsigned char *mac)
{
    return change(name, IFLA_ADDRESS, mac, 6, "the address");
}

int
vr_link_set_mtu(const char *name, unsigned mtu)
{
    guint32 value = mtu;
    return change(name, IFLA_MTU, &value, sizeof(value), "the MTU");
}

int
vr_link_set_bridge(const char *name, const char *bridge)
{
    guint32 master = bridge ? if_nametoindex(bridge) : 0;
    if (bridge && !master)
        return FAIL(ENODEV, "Cannot get interface MTU on '%s'", bridge);
    const struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name)};
    g_autoptr(VrNetlinkRequest) request = vr_netlink_new(RTM_NEWLINK, 0, &head, sizeof(head));
    vr_netlink_put_u32(request, IFLA_MASTER, master);
    int result = vr_netlink_call(request);
    return result < 0 ? FAIL(-result, "Unable to add bridge %s port %s", bridge ? bridge : "", name) : 0;
}

int
vr_bridge_port_isolate(const char *name, bool isolated)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/brport/isolated", name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, isolated ? "1" : "0", 1) == 1;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return done ? 0 : FAIL(error, "Unable to set bridge port %s isolated", name);
}

bool
vr_link_exists(const char *name)
{
    return if_nametoindex(name) != 0;
}

unsigned
vr_link_mtu(const char *name)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/mtu", name);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? (unsigned)g_ascii_strtoull(text, NULL, 10) : 0;
}
