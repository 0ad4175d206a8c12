/* Network filters: which attributes each protocol knows, how each is written, chains and priorities.
 *
 * Called by the engine while a filter is read or printed.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "model/engine.h"
#include "model/nwfilter.gen.h"
#include "model/rules.h"

/* --- values ----------------------------------------------------------------------------------- */

typedef enum {
    V_TEXT,   /* kept as it is */
    V_NUMBER, /* up to MAX, decimal or hexadecimal, kept as written */
    V_NAMED,  /* a number that may have a name (NAMES) */
    V_MAC,
    V_IP4,
    V_IP6,
    V_MASK4, /* a prefix or a dotted mask: printed as prefix */
    V_MASK6,
    V_BOOL,
    V_STATE, /* a list of NAMES, no numbers */
    V_FLAGS, /* two lists of NAMES, parted by a slash */
} ValueKind;

typedef struct {
    const char *name;
    unsigned number;
} Named;

static const Named ethernet_types[] = {
    {"arp", 0x806}, {"rarp", 0x8035}, {"ipv4", 0x800}, {"ipv6", 0x86dd}, {"vlan", 0x8100}, {NULL, 0},
};
static const Named arp_opcodes[] = {
    {"Request", 1}, {"Reply", 2}, {"Request_Reverse", 3}, {"Reply_Reverse", 4}, {"DRARP_Request", 5},
    {"DRARP_Reply", 6}, {"DRARP_Error", 7}, {"InARP_Request", 8}, {"ARP_NAK", 9}, {NULL, 0},
};
static const Named ip_protocols[] = {
    {"tcp", 6}, {"udp", 17}, {"udplite", 136}, {"esp", 50}, {"ah", 51}, {"icmp", 1}, {"igmp", 2},
    {"sctp", 132}, {"icmpv6", 58}, {NULL, 0},
};
static const Named states[] = {
    {"NONE", 0}, {"NEW", 0}, {"ESTABLISHED", 0}, {"RELATED", 0}, {"INVALID", 0}, {NULL, 0},
};
static const Named tcp_flags[] = {
    {"NONE", 0}, {"FIN", 1}, {"SYN", 2}, {"RST", 4}, {"PSH", 8}, {"ACK", 16}, {"URG", 32}, {"ALL", 63},
    {NULL, 0},
};
static const Named ipset_flags[] = {{"src", 0}, {"dst", 0}, {NULL, 0}};

typedef struct {
    const char *name;
    ValueKind kind;
    unsigned max;
    const Named *names;
} Attr;

#define MACS                                                                                       \
    {"srcmacaddr", V_MAC}, {"srcmacmask", V_MAC}, {"dstmacaddr", V_MAC}, {"dstmacmask", V_MAC}
#define COMMENT {"comment", V_TEXT}
#define PORTS                                                                                      \
    {"srcportstart", V_NUMBER, 65535}, {"srcportend", V_NUMBER, 65535},                            \
    {"dstportstart", V_NUMBER, 65535}, {"dstportend", V_NUMBER, 65535}
#define HIGH_LOW(name, max) {name, V_NUMBER, max}, {name "-hi", V_NUMBER, max}
#define ADDRESSES(ip, mask)                                                                        \
    {"srcipaddr", ip}, {"srcipmask", mask}, {"dstipaddr", ip}, {"dstipmask", mask},                \
    {"srcipfrom", ip}, {"srcipto", ip}, {"dstipfrom", ip}, {"dstipto", ip}
#define TRACKING                                                                                   \
    {"dscp", V_NUMBER, 63}, {"connlimit-above", V_NUMBER, 65535}, COMMENT, {"state", V_STATE, 0, states}, \
    {"ipset", V_TEXT}, {"ipsetflags", V_STATE, 0, ipset_flags}
#define END {NULL}

static const Attr mac_attrs[] = {MACS, {"protocolid", V_NAMED, 65535, ethernet_types}, COMMENT, END};
static const Attr vlan_attrs[] = {MACS, {"vlanid", V_NUMBER, 4095},
                                  {"encap-protocol", V_NAMED, 65535, ethernet_types}, COMMENT, END};
static const Attr stp_attrs[] = {
    {"srcmacaddr", V_MAC}, {"srcmacmask", V_MAC}, {"type", V_NUMBER, 255}, {"flags", V_NUMBER, 255},
    HIGH_LOW("root-priority", 65535), {"root-address", V_MAC}, {"root-address-mask", V_MAC},
    HIGH_LOW("root-cost", G_MAXUINT), HIGH_LOW("sender-priority", 65535), {"sender-address", V_MAC},
    {"sender-address-mask", V_MAC}, HIGH_LOW("port", 65535), HIGH_LOW("age", 65535),
    HIGH_LOW("max-age", 65535), HIGH_LOW("hello-time", 65535), HIGH_LOW("forward-delay", 65535), COMMENT, END};
static const Attr arp_attrs[] = {
    MACS, {"hwtype", V_NUMBER, 65535}, {"protocoltype", V_NUMBER, 65535},
    {"opcode", V_NAMED, 65535, arp_opcodes}, {"arpsrcmacaddr", V_MAC}, {"arpdstmacaddr", V_MAC},
    {"arpsrcipaddr", V_IP4}, {"arpsrcipmask", V_MASK4}, {"arpdstipaddr", V_IP4}, {"arpdstipmask", V_MASK4},
    {"gratuitous", V_BOOL}, COMMENT, END};
static const Attr ip_attrs[] = {
    MACS, {"srcipaddr", V_IP4}, {"srcipmask", V_MASK4}, {"dstipaddr", V_IP4}, {"dstipmask", V_MASK4},
    {"protocol", V_NAMED, 255, ip_protocols}, PORTS, {"dscp", V_NUMBER, 63}, COMMENT, END};
static const Attr ipv6_attrs[] = {
    MACS, {"srcipaddr", V_IP6}, {"srcipmask", V_MASK6}, {"dstipaddr", V_IP6}, {"dstipmask", V_MASK6},
    {"protocol", V_NAMED, 255, ip_protocols}, PORTS, {"type", V_NUMBER, 255}, {"typeend", V_NUMBER, 255},
    {"code", V_NUMBER, 255}, {"codeend", V_NUMBER, 255}, COMMENT, END};

/* The transport protocols differ in ports, ICMP numbers and flags, and each comes for IPv6 as well. */
#define TRANSPORT(id, ip, mask, ...)                                                               \
    static const Attr id##_attrs[] = {{"srcmacaddr", V_MAC}, ADDRESSES(ip, mask), TRACKING, __VA_ARGS__ END};
#define TCP_PARTS {"option", V_NUMBER, 255}, {"flags", V_FLAGS, 0, tcp_flags}, PORTS,
#define ICMP_PARTS {"type", V_NUMBER, 255}, {"code", V_NUMBER, 255},
TRANSPORT(tcp, V_IP4, V_MASK4, TCP_PARTS)
TRANSPORT(tcp6, V_IP6, V_MASK6, TCP_PARTS)
TRANSPORT(udp, V_IP4, V_MASK4, PORTS,)
TRANSPORT(udp6, V_IP6, V_MASK6, PORTS,)
TRANSPORT(icmp, V_IP4, V_MASK4, ICMP_PARTS)
TRANSPORT(icmp6, V_IP6, V_MASK6, ICMP_PARTS)
TRANSPORT(plain, V_IP4, V_MASK4, )
TRANSPORT(plain6, V_IP6, V_MASK6, )

static const Attr *const protocol_attrs[] = {
    [NWFILTER_PROTOCOL_MAC] = mac_attrs,
    [NWFILTER_PROTOCOL_VLAN] = vlan_attrs,
    [NWFILTER_PROTOCOL_STP] = stp_attrs,
    [NWFILTER_PROTOCOL_ARP] = arp_attrs,
    [NWFILTER_PROTOCOL_RARP] = arp_attrs,
    [NWFILTER_PROTOCOL_IP] = ip_attrs,
    [NWFILTER_PROTOCOL_IPV6] = ipv6_attrs,
    [NWFILTER_PROTOCOL_TCP] = tcp_attrs,
    [NWFILTER_PROTOCOL_ICMP] = icmp_attrs,
    [NWFILTER_PROTOCOL_IGMP] = plain_attrs,
    [NWFILTER_PROTOCOL_UDP] = udp_attrs,
    [NWFILTER_PROTOCOL_UDPLITE] = plain_attrs,
    [NWFILTER_PROTOCOL_ESP] = plain_attrs,
    [NWFILTER_PROTOCOL_AH] = plain_attrs,
    [NWFILTER_PROTOCOL_SCTP] = udp_attrs,
    [NWFILTER_PROTOCOL_ALL] = plain_attrs,
    [NWFILTER_PROTOCOL_TCP_IPV6] = tcp6_attrs,
    [NWFILTER_PROTOCOL_ICMPV6] = icmp6_attrs,
    [NWFILTER_PROTOCOL_UDP_IPV6] = udp6_attrs,
    [NWFILTER_PROTOCOL_UDPLITE_IPV6] = plain6_attrs,
    [NWFILTER_PROTOCOL_ESP_IPV6] = plain6_attrs,
    [NWFILTER_PROTOCOL_AH_IPV6] = plain6_attrs,
    [NWFILTER_PROTOCOL_SCTP_IPV6] = udp6_attrs,
    [NWFILTER_PROTOCOL_ALL_IPV6] = plain6_attrs,
};

static const Named *
named(const Named *names, const char *text)
{
    for (; names && names->name; names++) {
        if (g_ascii_strcasecmp(names->name, text) == 0)
            return names;
    }
    return NULL;
}

/* Decimal, or hexadecimal with its prefix. */
static bool
number(const char *text, unsigned max, unsigned *ret)
{
    return vr_read_uint(text, g_str_has_prefix(text, "0x") ? 16 : 10, ret) && *ret <= max;
}

static char *
canonical_named(const Attr *attr, const char *text)
{
    unsigned value;
    bool ethernet = attr->names == ethernet_types;

    if (named(attr->names, text))
        return g_strdup(named(attr->names, text)->name);
    if (!number(text, attr->max, &value) || (ethernet && value < 0x600))
        return NULL;
    for (const Named *n = attr->names; n->name; n++) {
        if (n->number == value)
            return g_strdup(n->name);
    }
    return g_strdup(text);
}

static char *
canonical_mac(const char *text)
{
    unsigned b[6];
    int used = 0;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &used) != 6 ||
        text[used])
        return NULL;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static char *
canonical_ip(const char *text, int family)
{
    unsigned char bytes[16];
    char out[INET6_ADDRSTRLEN];

    if (inet_pton(family, text, bytes) != 1)
        return NULL;
    return g_strdup(inet_ntop(family, bytes, out, sizeof(out)));
}

static char *
canonical_mask(const char *text, int family)
{
    unsigned char bytes[16];
    unsigned bits = 0, most = family == AF_INET ? 32 : 128;

    if (number(text, most, &bits))
        return g_strdup_printf("%u", bits);
    if (inet_pton(family, text, bytes) != 1)
        return NULL;
    for (bits = 0; bits < most && bytes[bits / 8] >> (7 - bits % 8) & 1;)
        bits++;
    for (unsigned i = bits; i < most; i++) {
        if (bytes[i / 8] >> (7 - i % 8) & 1)
            return NULL;
    }
    return g_strdup_printf("%u", bits);
}

static char *
canonical_list(const Named *names, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    GString *out;

    if (!*text)
        return NULL;
    for (char **word = words; *word; word++) {
        if (!named(names, *word))
            return NULL;
    }
    out = g_string_new(NULL);
    for (char **word = words; *word; word++)
        g_string_append_printf(out, "%s%s", out->len ? "," : "", named(names, *word)->name);
    return g_string_free(out, FALSE);
}

static char *
canonical_flags(const Attr *attr, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    g_autofree char *mask = NULL;
    g_autofree char *flags = NULL;

    if (g_strv_length(parts) != 2)
        return NULL;
    mask = canonical_list(attr->names, parts[0]);
    flags = canonical_list(attr->names, parts[1]);
    return mask && flags ? g_strdup_printf("%s/%s", mask, flags) : NULL;
}

/* A variable, one of its values ($A[1]) or one of its iterators ($A[@1]; the first needs no saying). */
static char *
canonical_variable(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        if (!g_ascii_isspace(*text))
            g_string_append_c(out, *text);
    }
    if (g_str_has_suffix(out->str, "[@0]"))
        g_string_truncate(out, out->len - strlen("[@0]"));
    return g_string_free(out, FALSE);
}

/* The value as it is printed, or NULL when it is none. */
static char *
canonical(const Attr *attr, const char *text)
{
    unsigned value;

    if (*text == '$' && attr->kind != V_STATE && attr->kind != V_FLAGS)
        return canonical_variable(text);
    switch (attr->kind) {
    case V_TEXT:
        return g_strdup(text);
    case V_NUMBER:
        return number(text, attr->max, &value) ? g_strdup(text) : NULL;
    case V_NAMED:
        return canonical_named(attr, text);
    case V_MAC:
        return canonical_mac(text);
    case V_IP4:
        return canonical_ip(text, AF_INET);
    case V_IP6:
        return canonical_ip(text, AF_INET6);
    case V_MASK4:
        return canonical_mask(text, AF_INET);
    case V_MASK6:
        return canonical_mask(text, AF_INET6);
    case V_BOOL:
        if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "yes") == 0)
            return g_strdup("true");
        return strcmp(text, "false") == 0 || strcmp(text, "0") == 0 || strcmp(text, "no") == 0 ?
               g_strdup("false") : NULL;
    case V_STATE:
        return canonical_list(attr->names, text);
    case V_FLAGS:
        return canonical_flags(attr, text);
    }
    return NULL;
}

/* --- rules ------------------------------------------------------------------------------------ */

bool
nwfilter_show_statematch(const void *object, const VrFormat *format)
{
    const NWFilterEntry *entry = object;

    return entry->statematch == NWFILTER_ENTRY_STATEMATCH_FALSE;
}

int
nwfilter_entry_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NWFilterEntry *entry = object;

    if (entry->statematch == NWFILTER_ENTRY_STATEMATCH_0)
        entry->statematch = NWFILTER_ENTRY_STATEMATCH_FALSE;
    vr_filter_parameters_sort(entry->parameter, entry->n_parameter);
    return 0;
}

static void
set_attr(NWFilterEntry *entry, const char *name, char *value)
{
    NWFilterAttr *attr;

    for (size_t i = 0; i < entry->n_attr; i++) {
        if (strcmp(entry->attr[i]->name, name) == 0) {
            g_free(entry->attr[i]->value);
            entry->attr[i]->value = value;
            return;
        }
    }
    attr = nwfilter_attr_new();
    attr->name = g_strdup(name);
    attr->value = value;
    vr_model_list_add(&entry->attr, &entry->n_attr, attr);
}

static int
read_protocol(const VrXmlNode *node, NWFilterEntry *entry)
{
    const char *match = vr_xml_attr(node, "match");

    entry->negated = match && strcmp(match, "no") == 0;
    for (const Attr *attr = protocol_attrs[entry->protocol]; attr->name; attr++) {
        const char *text = vr_xml_attr(node, attr->name);
        char *value = text ? canonical(attr, text) : NULL;

        if (text && !value)
            return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, "%s has illegal value %s", attr->name, text);
        if (value)
            set_attr(entry, attr->name, value);
    }
    return 0;
}

/* The first protocol that is named is the rule's; more of the same add to it. */
int
nwfilter_parse_protocol(VrParse *parse, const VrXmlNode *node, void *object)
{
    NWFilterEntry *entry = object;

    for (const VrXmlNode *child = vr_xml_first(node); child; child = vr_xml_after(child)) {
        int protocol = vr_enum_from_string(&vr_enum_nwfilter_protocol, child->name);

        if (entry->kind != NWFILTER_ENTRY_KIND_RULE || protocol < 0)
            continue;
        if (!entry->protocol)
            entry->protocol = protocol;
        if (entry->protocol == protocol && read_protocol(child, entry) < 0)
            return -1;
    }
    return 0;
}

int
nwfilter_format_protocol(VrFormat *format, const void *object)
{
    const NWFilterEntry *entry = object;

    if (!entry->protocol)
        return 0;
    vr_print_line(format);
    g_string_append_printf(format->out, "<%s",
                           vr_enum_to_string(&vr_enum_nwfilter_protocol, entry->protocol));
    if (entry->negated)
        g_string_append(format->out, " match='no'");
    for (const Attr *attr = protocol_attrs[entry->protocol]; attr->name; attr++) {
        for (size_t i = 0; i < entry->n_attr; i++) {
            if (strcmp(entry->attr[i]->name, attr->name) == 0)
                vr_print_attr(format->out, attr->name, entry->attr[i]->value);
        }
    }
    g_string_append(format->out, "/>");
    return 0;
}

/* --- chains ----------------------------------------------------------------------------------- */

static const struct {
    const char *prefix;
    int priority;
} chains[] = {
    {"root", 0}, {"mac", -800}, {"vlan", -750}, {"stp", 0}, {"arp", -500}, {"rarp", -400},
    {"ipv4", -700}, {"ipv6", -600},
};

int
nwfilter_format_priority(VrFormat *format, const void *object)
{
    const NWFilterDef *def = object;

    if (def->priority)
        g_string_append_printf(format->out, " priority='%d'", def->priority);
    return 0;
}

int
nwfilter_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NWFilterDef *def = object;
    const char *priority = vr_xml_attr(node, "priority");
    size_t chain = 0;

    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (!def->chain)
        def->chain = g_strdup("root");
    while (chain < G_N_ELEMENTS(chains) && !g_str_has_prefix(def->chain, chains[chain].prefix))
        chain++;
    if (chain == G_N_ELEMENTS(chains) || (chain == 0 && strcmp(def->chain, "root") != 0))
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG,
                        "Invalid chain name '%s'. Please use a chain name called 'root' or any of the following "
                        "prefixes: mac, vlan, stp, arp, rarp, ipv4, ipv6", def->chain);
    def->priority = chains[chain].priority;
    if (!priority)
        return 0;
    if (!def->has_priority_given)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG, "Could not parse chain priority '%s'", priority);
    if (def->priority_given < -1000 || def->priority_given > 1000)
        return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG,
                        "Priority '%d' is outside valid range of [-1000,1000]", def->priority_given);
    if (chain != 0)
        def->priority = def->priority_given;
    return 0;
}
