/* The addresses that a definition gives its bridge, as numbers and as the texts that others want. */
#include <string.h>

#include "drivers/network/network.h"

bool
network_has_own_bridge(const NetworkDef *def)
{
    switch (def->forward.mode) {
    case NETWORK_FORWARD_MODE_NONE:
    case NETWORK_FORWARD_MODE_NAT:
    case NETWORK_FORWARD_MODE_ROUTE:
    case NETWORK_FORWARD_MODE_OPEN:
        return true;
    default:
        return false;
    }
}

/* How many ones a mask begins with. */
static unsigned
count_ones(const VrIp *mask)
{
    unsigned n = 0;
    while (n < mask->size * 8 && mask->bytes[n / 8] & (0x80 >> n % 8))
        n++;
    return n;
}

unsigned
network_prefix_of(const char *netmask, const VrIp *address)
{
    VrIp mask;
    if (netmask && vr_ip_read(netmask, &mask))
        return count_ones(&mask);
    if (address->size == 16)
        return 64;
    /* the classes of old */
    return address->bytes[0] < 128 ? 8 : address->bytes[0] < 192 ? 16 : 24;
}

static void
clear_host_part(VrIp *ip, unsigned prefix)
{
    for (unsigned i = 0; i < ip->size; i++) {
        unsigned kept = prefix > i * 8 ? MIN(prefix - i * 8, 8U) : 0;
        ip->bytes[i] &= (unsigned char)(0xff00 >> kept);
    }
}

int
network_address(const NetworkIp *ip, NetworkAddress *ret_address)
{
    NetworkAddress address = {0};
    if (!ip->address || !vr_ip_read(ip->address, &address.ip))
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "the network has an <ip> without an address");
    address.prefix = ip->prefix ? MIN(ip->prefix, address.ip.size * 8) : network_prefix_of(ip->netmask, &address.ip);
    VrIp network = address.ip;
    clear_host_part(&network, address.prefix);
    g_autofree char *text = vr_ip_text(&network);
    address.text = vr_ip_text(&address.ip);
    address.network = g_strdup_printf("%s/%u", text, address.prefix);
    *ret_address = address;
    return 0;
}

void
network_address_clear(NetworkAddress *address)
{
    g_clear_pointer(&address->text, g_free);
    g_clear_pointer(&address->network, g_free);
}

char *
network_netmask_text(unsigned prefix)
{
    VrIp mask = {.size = 4};
    memset(mask.bytes, 0xff, 4);
    clear_host_part(&mask, prefix);
    return vr_ip_text(&mask);
}

bool
network_has_family(const NetworkDef *def, unsigned size)
{
    for (size_t i = 0; i < def->n_ip; i++) {
        VrIp ip;
        if (def->ip[i]->address && vr_ip_read(def->ip[i]->address, &ip) && ip.size == size)
            return true;
    }
    return false;
}
