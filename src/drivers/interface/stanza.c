/* Definitions as files of ifupdown, Debian's keeper of network configuration: what its programs read, and the document in comments.
 *
 * A checksum tells whether somebody has changed the file by hand: it is theirs then.  Any thread.
 */
#include <string.h>

#include "drivers/interface/interface.h"

#define XML_LINE "#xml "
#define SUM_LINE "# checksum: "

static void
put(GString *out, const char *option, const char *value)
{
    if (value && *value)
        g_string_append_printf(out, "    %s %s\n", option, value);
}

static void
put_number(GString *out, const char *option, long long value, bool given)
{
    if (given)
        g_string_append_printf(out, "    %s %lld\n", option, value);
}

static void
put_names(GString *out, const char *option, InterfaceDef *const *list, size_t n)
{
    g_string_append_printf(out, "    %s%s", option, n ? "" : " none");
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(out, " %s", list[i]->name);
    g_string_append_c(out, '\n');
}

static void
put_bond(GString *out, const InterfaceBond *bond)
{
    put_names(out, "bond-slaves", bond->interface, bond->n_interface);
    if (bond->mode)
        put(out, "bond-mode", vr_enum_to_string(&vr_enum_interface_bond_mode, bond->mode));
    if (bond->miimon) {
        put_number(out, "bond-miimon", bond->miimon->freq, true);
        put_number(out, "bond-updelay", bond->miimon->updelay, bond->miimon->updelay > 0);
        put_number(out, "bond-downdelay", bond->miimon->downdelay, bond->miimon->downdelay > 0);
        put_number(out, "bond-use-carrier", bond->miimon->carrier == INTERFACE_MIIMON_CARRIER_NETIF, bond->miimon->carrier);
    }
    if (bond->arpmon) {
        put_number(out, "bond-arp-interval", bond->arpmon->interval, true);
        put(out, "bond-arp-ip-target", bond->arpmon->target);
        if (bond->arpmon->validate)
            put(out, "bond-arp-validate", vr_enum_to_string(&vr_enum_interface_arpmon_validate, bond->arpmon->validate));
    }
}

/* What the link is made from; said once, in the first stanza. */
static void
put_link(GString *out, const InterfaceDef *def)
{
    put_number(out, "mtu", def->mtu, def->mtu > 0);
    if (def->bridge) {
        put_names(out, "bridge_ports", def->bridge->interface, def->bridge->n_interface);
        put(out, "bridge_stp", def->bridge->stp == ON_OFF_ON ? "on" : "off");
        put(out, "bridge_fd", def->bridge->delay);
    }
    if (def->bond)
        put_bond(out, def->bond);
    if (def->vlan) {
        put(out, "vlan-raw-device", def->vlan->device);
        put(out, "vlan-id", def->vlan->tag);
    }
}

static void
put_protocol(GString *out, const InterfaceDef *def, const InterfaceProtocol *protocol, bool first)
{
    bool six = strcmp(protocol->family, "ipv6") == 0;
    const char *method = protocol->dhcp ? "dhcp" : protocol->n_ip ? "static" : protocol->autoconf ? "auto" : "manual";
    g_string_append_printf(out, "iface %s inet%s %s\n", def->name, six ? "6" : "", method);
    if (first)
        put_link(out, def);
    for (size_t i = 0; i < protocol->n_ip; i++) {
        const InterfaceIp *ip = protocol->ip[i];
        int prefix = ip->prefix ? ip->prefix : six ? 64 : 24;
        if (i == 0 && !protocol->dhcp)
            g_string_append_printf(out, "    address %s/%d\n", ip->address, prefix);
        else
            g_string_append_printf(out, "    up ip addr add %s/%d dev %s\n", ip->address, prefix, def->name);
    }
    put(out, "gateway", protocol->gateway);
}

static void
put_interface(GString *out, const InterfaceDef *def)
{
    if (def->start == INTERFACE_DEF_START_ONBOOT)
        g_string_append_printf(out, "auto %s\n", def->name);
    if (def->start == INTERFACE_DEF_START_HOTPLUG)
        g_string_append_printf(out, "allow-hotplug %s\n", def->name);
    if (def->n_protocol == 0) {
        g_string_append_printf(out, "iface %s inet manual\n", def->name);
        put_link(out, def);
    }
    for (size_t i = 0; i < def->n_protocol; i++)
        put_protocol(out, def, def->protocol[i], i == 0);
}

char *
interface_stanza(VrDefinition *definition)
{
    const InterfaceDef *def = definition->def;
    const char *xml = vr_definition_xml(definition, 0);
    if (!xml)
        return NULL;
    g_autoptr(GString) body = g_string_new(NULL), out = g_string_new(NULL);
    put_interface(body, def);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body->str, -1);
    g_string_append_printf(out,
                           "# Written by Vireo from the document below; a change by hand makes the file yours, and Vireo leaves it alone.\n"
                           "# Change it by: virsh iface-edit %s\n" SUM_LINE "%s\n%s",
                           def->name, sum, body->str);
    g_auto(GStrv) lines = g_strsplit(xml, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line)
            g_string_append_printf(out, XML_LINE "%s\n", *line);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

InterfaceDef *
interface_stanza_read(const char *text)
{
    g_autoptr(GString) body = g_string_new(NULL), xml = g_string_new(NULL);
    g_autofree char *said = NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, XML_LINE))
            g_string_append_printf(xml, "%s\n", *line + strlen(XML_LINE));
        else if (g_str_has_prefix(*line, SUM_LINE) && !said)
            said = g_strdup(*line + strlen(SUM_LINE));
        else if (**line && **line != '#')
            g_string_append_printf(body, "%s\n", *line);
    }
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body->str, -1);
    if (!said || strcmp(said, sum) != 0 || xml->len == 0)
        return NULL;
    return interface_def_parse(xml->str, NULL);
}
