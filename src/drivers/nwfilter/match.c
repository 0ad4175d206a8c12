/* One rule as a match in nft's language: a table of attributes, each with where its value stands in a packet.
 *
 * Values come from documents whose reader has checked their form, but a variable may be anything: each is checked again before it
 * becomes a part of nft's language.  Any thread.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/nwfilter/nwfilter.h"
#include "model/ip.h"

typedef enum { NUMBER, MAC, IP, NAME } Kind;

/* Words that stand for numbers in the documents. */
static const struct {
    const char *name;
    unsigned number;
} names[] = {
    {"arp", 0x806}, {"rarp", 0x8035}, {"ipv4", 0x800}, {"ipv6", 0x86dd}, {"vlan", 0x8100}, {"Request", 1}, {"Reply", 2},
    {"Request_Reverse", 3}, {"Reply_Reverse", 4}, {"DRARP_Request", 5}, {"DRARP_Reply", 6}, {"DRARP_Error", 7},
    {"InARP_Request", 8}, {"ARP_NAK", 9}, {"tcp", 6}, {"udp", 17}, {"udplite", 136}, {"esp", 50}, {"ah", 51}, {"icmp", 1},
    {"igmp", 2}, {"sctp", 132}, {"icmpv6", 58},
};

/* ATTRIBUTE (with MASK, or up to END) is matched as FIELD. */
typedef struct {
    const char *attribute, *mask, *end, *field;
    Kind kind;
    unsigned width; /* of numbers, in bits */
    const char *answer; /* the field in answers; NULL: the same */
} Field;

#define SOURCE_MAC {"srcmacaddr", "srcmacmask", NULL, "ether saddr", MAC, 48, "ether daddr"}
#define DESTINATION_MAC {"dstmacaddr", "dstmacmask", NULL, "ether daddr", MAC, 48, "ether saddr"}
#define MACS SOURCE_MAC, DESTINATION_MAC
#define END {NULL}

static const Field mac_fields[] = {MACS, {"protocolid", NULL, NULL, "ether type", NAME, 16}, END};
static const Field vlan_fields[] = {MACS, {"vlanid", NULL, NULL, "vlan id", NUMBER, 12},
                                    {"encap-protocol", NULL, NULL, "vlan type", NAME, 16}, END};
/* A bridge's own frames have no fields in nft: they are told by their bits, behind 3 bytes of LLC. */
static const Field stp_fields[] = {
    SOURCE_MAC, {"type", NULL, NULL, "@nh,48,8", NUMBER, 8}, {"flags", NULL, NULL, "@nh,56,8", NUMBER, 8},
    {"root-priority", NULL, "root-priority-hi", "@nh,64,16", NUMBER, 16},
    {"root-address", "root-address-mask", NULL, "@nh,80,48", MAC, 48},
    {"root-cost", NULL, "root-cost-hi", "@nh,128,32", NUMBER, 32},
    {"sender-priority", NULL, "sender-priority-hi", "@nh,160,16", NUMBER, 16},
    {"sender-address", "sender-address-mask", NULL, "@nh,176,48", MAC, 48}, {"port", NULL, "port-hi", "@nh,224,16", NUMBER, 16},
    {"age", NULL, "age-hi", "@nh,240,16", NUMBER, 16}, {"max-age", NULL, "max-age-hi", "@nh,256,16", NUMBER, 16},
    {"hello-time", NULL, "hello-time-hi", "@nh,272,16", NUMBER, 16},
    {"forward-delay", NULL, "forward-delay-hi", "@nh,288,16", NUMBER, 16}, END};
static const Field arp_fields[] = {
    MACS, {"hwtype", NULL, NULL, "@nh,0,16", NUMBER, 16}, {"protocoltype", NULL, NULL, "@nh,16,16", NUMBER, 16},
    {"opcode", NULL, NULL, "@nh,48,16", NAME, 16}, {"arpsrcmacaddr", NULL, NULL, "@nh,64,48", MAC, 48},
    {"arpsrcipaddr", "arpsrcipmask", NULL, "@nh,112,32", IP, 32}, {"arpdstmacaddr", NULL, NULL, "@nh,144,48", MAC, 48},
    {"arpdstipaddr", "arpdstipmask", NULL, "@nh,192,32", IP, 32}, END};
#define PORTS                                                                                                          \
    {"srcportstart", NULL, "srcportend", "@th,0,16", NUMBER, 16, "@th,16,16"},                                             \
    {"dstportstart", NULL, "dstportend", "@th,16,16", NUMBER, 16, "@th,0,16"}
static const Field ip_fields[] = {
    MACS, {"srcipaddr", "srcipmask", NULL, "ip saddr", IP, 32}, {"dstipaddr", "dstipmask", NULL, "ip daddr", IP, 32},
    {"protocol", NULL, NULL, "ip protocol", NAME, 8}, PORTS, {"dscp", NULL, NULL, "ip dscp", NUMBER, 6}, END};
static const Field ipv6_fields[] = {
    MACS, {"srcipaddr", "srcipmask", NULL, "ip6 saddr", IP, 128}, {"dstipaddr", "dstipmask", NULL, "ip6 daddr", IP, 128},
    {"protocol", NULL, NULL, "meta l4proto", NAME, 8}, PORTS, {"type", NULL, "typeend", "icmpv6 type", NUMBER, 8},
    {"code", NULL, "codeend", "icmpv6 code", NUMBER, 8}, END};

#define LAYER3(ip, width)                                                                                              \
    SOURCE_MAC, {"srcipaddr", "srcipmask", NULL, ip " saddr", IP, width, ip " daddr"},                                     \
        {"dstipaddr", "dstipmask", NULL, ip " daddr", IP, width, ip " saddr"},                                             \
        {"srcipfrom", NULL, "srcipto", ip " saddr", IP, width, ip " daddr"},                                               \
        {"dstipfrom", NULL, "dstipto", ip " daddr", IP, width, ip " saddr"}, {"dscp", NULL, NULL, ip " dscp", NUMBER, 6}
static const Field plain4[] = {LAYER3("ip", 32), END}, plain6[] = {LAYER3("ip6", 128), END};
static const Field ported4[] = {LAYER3("ip", 32), PORTS, END}, ported6[] = {LAYER3("ip6", 128), PORTS, END};
static const Field icmp4[] = {LAYER3("ip", 32), {"type", NULL, NULL, "icmp type", NUMBER, 8},
                              {"code", NULL, NULL, "icmp code", NUMBER, 8}, END};
static const Field icmp6[] = {LAYER3("ip6", 128), {"type", NULL, NULL, "icmpv6 type", NUMBER, 8},
                              {"code", NULL, NULL, "icmpv6 code", NUMBER, 8}, END};

/* What every packet of a protocol has. */
static const struct {
    const char *base;
    const Field *fields;
    bool layer3;
} protocols[] = {
    [NWFILTER_PROTOCOL_UNSET] = {"", NULL, false},
    [NWFILTER_PROTOCOL_MAC] = {"", mac_fields, false},
    [NWFILTER_PROTOCOL_VLAN] = {"ether type 8021q ", vlan_fields, false},
    [NWFILTER_PROTOCOL_STP] = {"ether daddr 01:80:c2:00:00:00 ", stp_fields, false},
    [NWFILTER_PROTOCOL_ARP] = {"ether type arp ", arp_fields, false},
    [NWFILTER_PROTOCOL_RARP] = {"ether type 0x8035 ", arp_fields, false},
    [NWFILTER_PROTOCOL_IP] = {"ether type ip ", ip_fields, false},
    [NWFILTER_PROTOCOL_IPV6] = {"ether type ip6 ", ipv6_fields, false},
    [NWFILTER_PROTOCOL_TCP] = {"ether type ip meta l4proto tcp ", ported4, true},
    [NWFILTER_PROTOCOL_ICMP] = {"ether type ip meta l4proto icmp ", icmp4, true},
    [NWFILTER_PROTOCOL_IGMP] = {"ether type ip meta l4proto 2 ", plain4, true},
    [NWFILTER_PROTOCOL_UDP] = {"ether type ip meta l4proto udp ", ported4, true},
    [NWFILTER_PROTOCOL_UDPLITE] = {"ether type ip meta l4proto 136 ", plain4, true},
    [NWFILTER_PROTOCOL_ESP] = {"ether type ip meta l4proto 50 ", plain4, true},
    [NWFILTER_PROTOCOL_AH] = {"ether type ip meta l4proto 51 ", plain4, true},
    [NWFILTER_PROTOCOL_SCTP] = {"ether type ip meta l4proto 132 ", ported4, true},
    [NWFILTER_PROTOCOL_ALL] = {"ether type ip ", plain4, true},
    [NWFILTER_PROTOCOL_TCP_IPV6] = {"ether type ip6 meta l4proto tcp ", ported6, true},
    [NWFILTER_PROTOCOL_ICMPV6] = {"ether type ip6 meta l4proto 58 ", icmp6, true},
    [NWFILTER_PROTOCOL_UDP_IPV6] = {"ether type ip6 meta l4proto udp ", ported6, true},
    [NWFILTER_PROTOCOL_UDPLITE_IPV6] = {"ether type ip6 meta l4proto 136 ", plain6, true},
    [NWFILTER_PROTOCOL_ESP_IPV6] = {"ether type ip6 meta l4proto 50 ", plain6, true},
    [NWFILTER_PROTOCOL_AH_IPV6] = {"ether type ip6 meta l4proto 51 ", plain6, true},
    [NWFILTER_PROTOCOL_SCTP_IPV6] = {"ether type ip6 meta l4proto 132 ", ported6, true},
    [NWFILTER_PROTOCOL_ALL_IPV6] = {"ether type ip6 ", plain6, true},
};

bool
nwfilter_is_layer3(const NWFilterEntry *entry)
{
    return protocols[entry->protocol].layer3;
}

/* --- values --- */

static int
refuse(const char *attribute, const char *value)
{
    return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, "'%s' is no value for attribute '%s' of a filter's rule", value, attribute);
}

static int
read_number(const Field *field, const char *attribute, const char *text, unsigned long long *ret_value)
{
    char *end = NULL;
    for (gsize i = 0; field->kind == NAME && i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(names[i].name, text) == 0) {
            *ret_value = names[i].number;
            return 0;
        }
    }
    unsigned long long value = g_ascii_strtoull(text, &end, g_str_has_prefix(text, "0x") ? 16 : 10);
    if (!g_ascii_isdigit(*text) || *end || (field->width < 64 && value >> field->width))
        return refuse(attribute, text);
    *ret_value = value;
    return 0;
}

static int
read_mac(const char *attribute, const char *text, unsigned long long *ret_value)
{
    unsigned long long value = 0;
    const char *at = text;
    for (int i = 0; i < 6; i++) {
        char *end;
        unsigned long part = strtoul(at, &end, 16);
        if (end == at || end - at > 2 || part > 0xff || *end != (i < 5 ? ':' : '\0'))
            return refuse(attribute, text);
        value = value << 8 | part;
        at = end + 1;
    }
    *ret_value = value;
    return 0;
}

static int
read_ip(const Field *field, const char *attribute, const char *text, VrIp *ret_ip)
{
    return vr_ip_read(text, ret_ip) && ret_ip->size * 8 == field->width ? 0 : refuse(attribute, text);
}

static void
put_mac(GString *out, unsigned long long mac, bool raw)
{
    if (raw) {
        g_string_append_printf(out, "0x%012llx", mac);
        return;
    }
    for (int shift = 40; shift >= 0; shift -= 8)
        g_string_append_printf(out, "%s%02llx", shift < 40 ? ":" : "", mac >> shift & 0xff);
}

static void
put_ip(GString *out, const VrIp *ip, bool raw)
{
    if (raw) {
        g_string_append_printf(out, "0x%02x%02x%02x%02x", ip->bytes[0], ip->bytes[1], ip->bytes[2], ip->bytes[3]);
        return;
    }
    g_autofree char *text = vr_ip_text(ip);
    g_string_append(out, text);
}

/* The first BITS of IP. */
static void
cut(VrIp *ip, unsigned bits)
{
    for (unsigned bit = bits; bit < ip->size * 8; bit++)
        ip->bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

static void
mask_of(const VrIp *like, unsigned bits, VrIp *ret_mask)
{
    *ret_mask = *like;
    memset(ret_mask->bytes, 0xff, ret_mask->size);
    cut(ret_mask, bits);
}

/* --- fields --- */

static int
put_number(GString *out, const Field *field, const char *where, const char *is, const char *value, const char *end)
{
    unsigned long long from, to;
    if (read_number(field, field->attribute, value, &from) < 0 || (end && read_number(field, field->end, end, &to) < 0))
        return -1;
    g_string_append_printf(out, "%s %s%llu", where, is, from);
    if (end && to > from)
        g_string_append_printf(out, "-%llu", to);
    g_string_append_c(out, ' ');
    return 0;
}

static int
put_mac_field(GString *out, const Field *field, const char *where, const char *is, const char *value, const char *mask)
{
    unsigned long long mac, bits = 0xffffffffffffull;
    bool raw = *where == '@';
    if (read_mac(field->attribute, value, &mac) < 0 || (mask && read_mac(field->mask, mask, &bits) < 0))
        return -1;
    g_string_append_printf(out, "%s ", where);
    if (bits != 0xffffffffffffull) {
        g_string_append(out, "& ");
        put_mac(out, bits, raw);
        g_string_append(out, *is ? " " : " == ");
    }
    g_string_append(out, is);
    put_mac(out, mac & bits, raw);
    g_string_append_c(out, ' ');
    return 0;
}

static int
put_ip_field(GString *out, const Field *field, const char *where, const char *is, const char *value, const char *mask, const char *end)
{
    VrIp ip, last;
    bool raw = *where == '@';
    unsigned long bits = mask ? strtoul(mask, NULL, 10) : field->width;
    if (read_ip(field, field->attribute, value, &ip) < 0 || (end && read_ip(field, field->end, end, &last) < 0))
        return -1;
    if (bits > field->width)
        return refuse(field->mask, mask);
    if (bits == 0)
        return 0; /* any */
    cut(&ip, (unsigned)bits);
    g_string_append_printf(out, "%s ", where);
    if (raw && bits < field->width) {
        VrIp mask_ip;
        mask_of(&ip, (unsigned)bits, &mask_ip);
        g_string_append(out, "& ");
        put_ip(out, &mask_ip, true);
        g_string_append(out, *is ? " " : " == ");
    }
    g_string_append(out, is);
    put_ip(out, &ip, raw);
    if (!raw && bits < field->width)
        g_string_append_printf(out, "/%lu", bits);
    if (end && memcmp(ip.bytes, last.bytes, ip.size) < 0) {
        g_string_append_c(out, '-');
        put_ip(out, &last, raw);
    }
    g_string_append_c(out, ' ');
    return 0;
}

static int
put_field(GString *out, const NWFilterRule *rule, const Field *field, bool reverse)
{
    const char *value = nwfilter_rule_get(rule, field->attribute);
    const char *mask = field->mask ? nwfilter_rule_get(rule, field->mask) : NULL;
    const char *end = field->end ? nwfilter_rule_get(rule, field->end) : NULL;
    const char *where = reverse && field->answer ? field->answer : field->field, *is = rule->entry->negated ? "!= " : "";
    if (!value)
        return 0;
    if (field->kind == MAC)
        return put_mac_field(out, field, where, is, value, mask);
    if (field->kind == IP)
        return put_ip_field(out, field, where, is, value, mask, end);
    return put_number(out, field, where, is, value, end);
}

/* "SYN,ACK/SYN": of the flags before the slash those behind it are set, and no others. */
static int
put_tcp_flags(GString *out, const NWFilterRule *rule)
{
    static const char *const flags[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    const char *value = nwfilter_rule_get(rule, "flags");
    if (!value)
        return 0;
    g_auto(GStrv) halves = g_strsplit(value, "/", 2);
    unsigned bits[2] = {0, 0};
    if (g_strv_length(halves) != 2)
        return refuse("flags", value);
    for (int half = 0; half < 2; half++) {
        g_auto(GStrv) words = g_strsplit(halves[half], ",", -1);
        for (char **word = words; *word; word++) {
            bits[half] |= strcmp(*word, "ALL") == 0 ? 0x3f : 0;
            for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
                bits[half] |= strcmp(*word, flags[i]) == 0 ? 1u << i : 0;
        }
    }
    g_string_append_printf(out, "tcp flags & 0x%x %s 0x%x ", bits[0], rule->entry->negated ? "!=" : "==", bits[1]);
    return 0;
}

static int
put_extras(GString *out, const NWFilterRule *rule)
{
    int protocol = rule->entry->protocol;
    const char *option = nwfilter_rule_get(rule, "option");
    if (nwfilter_rule_get(rule, "ipset"))
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_CONFIG_UNSUPPORTED,
                        "sets of addresses made by 'ipset' cannot be used: nftables does not know them; list the addresses in a variable");
    if (protocol != NWFILTER_PROTOCOL_TCP && protocol != NWFILTER_PROTOCOL_TCP_IPV6)
        return 0;
    static const Field kind = {.attribute = "option", .width = 8};
    unsigned long long number = 0;
    if (option && read_number(&kind, "option", option, &number) < 0)
        return -1;
    if (option)
        g_string_append_printf(out, "tcp option %llu exists ", number);
    return put_tcp_flags(out, rule);
}

/* An announcement of one's own address: sender and target are one.  Two fields cannot be compared; the rule's own address can. */
static int
put_gratuitous(GString *out, const NWFilterRule *rule, bool *ret_possible)
{
    const char *wanted = nwfilter_rule_get(rule, "gratuitous"), *ip = nwfilter_rule_get(rule, "arpsrcipaddr");
    if (!wanted || strcmp(wanted, "true") != 0)
        return 0;
    if (!ip) {
        *ret_possible = false;
        return 0;
    }
    static const Field target = {"arpsrcipaddr", NULL, NULL, "@nh,192,32", IP, 32, NULL};
    return put_ip_field(out, &target, target.field, rule->entry->negated ? "!= " : "", ip, NULL, NULL);
}

int
nwfilter_match(GString *out, const NWFilterRule *rule, bool reverse, bool *ret_possible)
{
    const NWFilterEntry *entry = rule->entry;
    bool icmp = entry->protocol == NWFILTER_PROTOCOL_ICMP || entry->protocol == NWFILTER_PROTOCOL_ICMPV6;
    *ret_possible = !(reverse && icmp && nwfilter_rule_get(rule, "type")); /* an answer is of another type */
    g_string_append(out, protocols[entry->protocol].base);
    for (const Field *field = protocols[entry->protocol].fields; field && field->attribute; field++) {
        if (put_field(out, rule, field, reverse) < 0)
            return -1;
    }
    if (protocols[entry->protocol].layer3)
        return put_extras(out, rule);
    if (entry->protocol == NWFILTER_PROTOCOL_ARP || entry->protocol == NWFILTER_PROTOCOL_RARP)
        return put_gratuitous(out, rule, ret_possible);
    return 0;
}
