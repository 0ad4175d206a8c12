/* Asking a network card for its offloads: see ethtool.h. */
#include "host/ethtool.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    const char *name;
    guint32 command; /* 0: a bit of ETHTOOL_GFLAGS */
    guint32 bit;
} features[] = {
    {"rx", ETHTOOL_GRXCSUM, 0},          {"tx", ETHTOOL_GTXCSUM, 0},
    {"sg", ETHTOOL_GSG, 0},              {"tso", ETHTOOL_GTSO, 0},
    {"gso", ETHTOOL_GGSO, 0},            {"gro", ETHTOOL_GGRO, 0},
    {"lro", 0, ETH_FLAG_LRO},            {"rxvlan", 0, ETH_FLAG_RXVLAN},
    {"txvlan", 0, ETH_FLAG_TXVLAN},      {"ntuple", 0, ETH_FLAG_NTUPLE},
    {"rxhash", 0, ETH_FLAG_RXHASH},
};

static guint32
ask(int fd, const char *name, guint32 command)
{
    struct ethtool_value value = {.cmd = command};
    struct ifreq request = {.ifr_data = (void *)&value};
    g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
    return ioctl(fd, SIOCETHTOOL, &request) < 0 ? 0 : value.data;
}

#define TUNNEL_BIT 25 /* NETIF_F_GSO_UDP_TUNNEL_BIT */

static bool
offloads_tunnels(int fd, const char *name)
{
    enum { BLOCKS = 2 };
    g_autofree struct ethtool_gfeatures *answer = g_malloc0(sizeof(*answer) + BLOCKS * sizeof(answer->features[0]));
    answer->cmd = ETHTOOL_GFEATURES;
    answer->size = BLOCKS;
    struct ifreq request = {.ifr_data = (void *)answer};
    g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
    return ioctl(fd, SIOCETHTOOL, &request) == 0 && answer->features[0].active & (1U << TUNNEL_BIT);
}

char **
vr_link_features(const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    guint32 flags = fd < 0 ? 0 : ask(fd, name, ETHTOOL_GFLAGS);
    for (gsize i = 0; i < G_N_ELEMENTS(features) && fd >= 0; i++) {
        if (features[i].command ? ask(fd, name, features[i].command) : flags & features[i].bit)
            g_ptr_array_add(names, g_strdup(features[i].name));
    }
    g_autofree char *rdma = g_build_filename("/sys/class/net", name, "device/infiniband", NULL);
    if (g_file_test(rdma, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(names, g_strdup("rdma"));
    if (fd >= 0 && offloads_tunnels(fd, name))
        g_ptr_array_add(names, g_strdup("txudptnl"));
    if (fd >= 0)
        close(fd);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}
