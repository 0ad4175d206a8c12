/* Interfaces made and taken down: links by netlink, addresses that are asked for by a DHCP client of the host's.
 *
 * With InterfaceDriver.change held, on the calling worker.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command.h"
#include "drivers/interface/interface.h"
#include "host/bridge.h"
#include "host/tap.h"
#include "model/ip.h"

static bool
read_mac(const char *text, unsigned char *mac)
{
    unsigned b[6];
    if (!text || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        mac[i] = (unsigned char)b[i];
    return true;
}

static int make_link(const InterfaceDef *def);

/* Parts that are VLANs or bonds themselves are made too; hardware must be there. */
static int
add_parts(const char *master, InterfaceDef *const *parts, size_t n, bool down_first)
{
    for (size_t i = 0; i < n; i++) {
        if (parts[i]->type != INTERFACE_TYPE_ETHERNET && make_link(parts[i]) < 0)
            return -1;
        if (down_first && vr_link_set_up(parts[i]->name, false) < 0)
            return -1;
        if (vr_link_set_master(parts[i]->name, master) < 0 || vr_link_set_up(parts[i]->name, true) < 0)
            return -1;
    }
    return 0;
}

static int
make_bridge(const InterfaceDef *def)
{
    const VrBridge bridge = {
        .name = def->name,
        .mtu = def->mtu,
        .stp = def->bridge->stp == ON_OFF_ON,
        .delay = def->bridge->delay ? g_ascii_strtoull(def->bridge->delay, NULL, 10) : 0,
    };
    return vr_bridge_create(&bridge);
}

static int
make_bond(const InterfaceDef *def)
{
    const InterfaceBond *bond = def->bond;
    VrBond wanted = {.name = def->name, .mode = bond->mode - 1, .miimon = -1, .updelay = -1, .downdelay = -1, .use_carrier = -1,
                     .arp_interval = -1, .arp_validate = -1};
    VrIp target;
    if (bond->miimon) {
        wanted.miimon = bond->miimon->freq;
        wanted.updelay = bond->miimon->updelay;
        wanted.downdelay = bond->miimon->downdelay;
        wanted.use_carrier = bond->miimon->carrier ? bond->miimon->carrier == INTERFACE_MIIMON_CARRIER_NETIF : -1;
    }
    if (bond->arpmon) {
        wanted.arp_interval = bond->arpmon->interval;
        wanted.arp_validate = bond->arpmon->validate - 1;
        if (!vr_ip_read(bond->arpmon->target, &target) || target.size != 4)
            return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "bond '%s' needs an IPv4 address to ask, not '%s'", def->name,
                            bond->arpmon->target);
        memcpy(&wanted.arp_target, target.bytes, 4);
    }
    return vr_bond_create(&wanted);
}

static int
make_link(const InterfaceDef *def)
{
    unsigned char mac[6];
    int made = def->type == INTERFACE_TYPE_BRIDGE ? make_bridge(def)
               : def->type == INTERFACE_TYPE_BOND ? make_bond(def)
               : def->type == INTERFACE_TYPE_VLAN ? vr_vlan_create(def->name, def->vlan->device, (unsigned)strtoul(def->vlan->tag, NULL, 10))
                                                  : 0;
    if (made < 0)
        return -1;
    if (def->type == INTERFACE_TYPE_BRIDGE && add_parts(def->name, def->bridge->interface, def->bridge->n_interface, false) < 0)
        return -1;
    if (def->type == INTERFACE_TYPE_BOND && add_parts(def->name, def->bond->interface, def->bond->n_interface, true) < 0)
        return -1;
    if (def->mtu && vr_link_set_mtu(def->name, def->mtu) < 0)
        return -1;
    if (def->type != INTERFACE_TYPE_ETHERNET && read_mac(def->mac, mac) && vr_link_set_mac(def->name, mac) < 0)
        return -1;
    return vr_link_set_up(def->name, true);
}

/* --- addresses --- */

static int
add_address(const InterfaceDef *def, const InterfaceIp *ip)
{
    VrIp address;
    if (!vr_ip_read(ip->address, &address))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': '%s' is no address", def->name, ip->address);
    unsigned prefix = ip->prefix > 0 ? (unsigned)ip->prefix : address.size == 4 ? 24 : 64;
    if (prefix > address.size * 8)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': an address has no %u bits", def->name, prefix);
    const VrLinkAddress given = {address.bytes, address.size, prefix};
    return vr_link_add_address(def->name, &given);
}

static int
add_gateway(const InterfaceDef *def, const char *gateway)
{
    VrIp to;
    static const unsigned char any[16];
    if (!vr_ip_read(gateway, &to))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s': '%s' is no address", def->name, gateway);
    const VrLinkAddress everywhere = {any, to.size, 0};
    return vr_link_add_route(def->name, &everywhere, to.bytes, 0);
}

/* Clients that Debian has, and how each asks once and goes on by itself. */
static int
ask_for_address(const InterfaceDef *def, bool six)
{
    static const struct {
        const char *program, *arguments[4], *arguments6[4];
    } clients[] = {
        {"dhclient", {"-1", NULL}, {"-1", "-6", NULL}},
        {"dhcpcd", {"-4", "-w", NULL}, {"-6", "-w", NULL}},
        {"udhcpc", {"-n", "-b", "-i", NULL}, {NULL}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(clients); i++) {
        g_autofree char *path = vr_command_find(clients[i].program);
        const char *const *arguments = six ? clients[i].arguments6 : clients[i].arguments;
        if (!path || !arguments[0])
            continue;
        g_autoptr(VrCommand) command = vr_command_new(path, NULL);
        for (; *arguments; arguments++)
            vr_command_add(command, *arguments, NULL);
        vr_command_add(command, def->name, NULL);
        return vr_command_run(command, NULL);
    }
    return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_UNSUPPORTED,
                    "interface '%s' is to be configured by DHCP, but this host has no client for it: install isc-dhcp-client", def->name);
}

static int
add_protocol(const InterfaceDef *def, const InterfaceProtocol *protocol)
{
    bool six = strcmp(protocol->family, "ipv6") == 0;
    for (size_t i = 0; i < protocol->n_ip; i++) {
        if (add_address(def, protocol->ip[i]) < 0)
            return -1;
    }
    if (protocol->gateway && add_gateway(def, protocol->gateway) < 0)
        return -1;
    return protocol->dhcp ? ask_for_address(def, six) : 0;
}

int
interface_take_down(const char *name, const char *kind)
{
    if (strcmp(kind, "bridge") == 0 || strcmp(kind, "bond") == 0 || strcmp(kind, "vlan") == 0)
        return vr_link_delete(name);
    return vr_link_set_up(name, false);
}

int
interface_set_up(const InterfaceDef *def)
{
    static const char *const kinds[] = {"", "bridge", "bond", "vlan"};
    int result = make_link(def);
    for (size_t i = 0; result == 0 && i < def->n_protocol; i++)
        result = add_protocol(def, def->protocol[i]);
    if (result == 0)
        return 0;
    /* one that was there before is another's */
    virErrorPtr error = vr_error_save();
    if (def->type != INTERFACE_TYPE_ETHERNET && error->int1 != EEXIST && interface_take_down(def->name, kinds[def->type]) < 0)
        vr_error_clear();
    vr_error_restore(error);
    return -1;
}
