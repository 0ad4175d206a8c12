/* Addresses in frames: bytes of a guest, none of them believed.  On the event loop. */
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"

enum { ETHERNET = 14, ARP = 28, IP_HEADER = 20, UDP_HEADER = 8, BOOTP = 236, COOKIE = 4 };
enum { OPTION_PAD = 0, OPTION_TYPE = 53, OPTION_END = 255, DHCP_ACK = 5 };

static guint16
get16(const guint8 *at)
{
    return (guint16)(at[0] << 8 | at[1]);
}

static bool
is_host(const guint8 *ip)
{
    static const guint8 zero[4];
    return memcmp(ip, zero, 4) != 0 && ip[0] < 224 && ip[0] != 127 && ip[0] != 0;
}

/* The options of a DHCP message: whether it is an acknowledgement. */
static bool
is_ack(const guint8 *options, gsize length)
{
    for (gsize at = 0; at < length && options[at] != OPTION_END;) {
        if (options[at] == OPTION_PAD) {
            at++;
            continue;
        }
        if (length - at < 2 || length - at - 2 < options[at + 1])
            return false;
        if (options[at] == OPTION_TYPE)
            return options[at + 1] == 1 && options[at + 2] == DHCP_ACK;
        at += 2u + options[at + 1];
    }
    return false;
}

static bool
is_server(const guint8 *ip, const char *const *servers)
{
    if (!servers)
        return true;
    g_autofree char *text = g_strdup_printf("%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
    return g_strv_contains(servers, text);
}

/* A DHCP server's word to the guest. */
static bool
parse_dhcp(const guint8 *packet, gsize length, const unsigned char *mac, const char *const *servers, guint8 *ret_ip)
{
    gsize header = length >= IP_HEADER ? (packet[0] & 0xfu) * 4 : 0;
    if (header < IP_HEADER || packet[9] != 17 || get16(packet + 6) & 0x1fff || length < header + UDP_HEADER + BOOTP + COOKIE)
        return false;
    const guint8 *udp = packet + header, *bootp = udp + UDP_HEADER;
    static const guint8 cookie[] = {0x63, 0x82, 0x53, 0x63};
    if (get16(udp) != 67 || get16(udp + 2) != 68 || bootp[0] != 2 || memcmp(bootp + 28, mac, 6) != 0 ||
        memcmp(bootp + BOOTP, cookie, COOKIE) != 0 || !is_server(packet + 12, servers))
        return false;
    if (!is_ack(bootp + BOOTP + COOKIE, length - header - UDP_HEADER - BOOTP - COOKIE) || !is_host(bootp + 16))
        return false;
    memcpy(ret_ip, bootp + 16, 4);
    return true;
}

bool
nwfilter_learn_parse(const guint8 *frame, gsize length, const unsigned char *mac, bool outgoing, bool dhcp, const char *const *servers,
                     guint8 *ret_ip)
{
    if (length < ETHERNET)
        return false;
    guint16 type = get16(frame + 12);
    const guint8 *packet = frame + ETHERNET, *ip = NULL;
    gsize left = length - ETHERNET;
    if (outgoing)
        return type == 0x800 && parse_dhcp(packet, left, mac, servers, ret_ip);
    if (dhcp || memcmp(frame + 6, mac, 6) != 0)
        return false;
    if (type == 0x806 && left >= ARP && memcmp(packet + 8, mac, 6) == 0)
        ip = packet + 14;
    else if (type == 0x800 && left >= IP_HEADER && packet[0] >> 4 == 4)
        ip = packet + 12;
    if (!ip || !is_host(ip))
        return false;
    memcpy(ret_ip, ip, 4);
    return true;
}
