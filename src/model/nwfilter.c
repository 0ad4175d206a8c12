/* Network filters: which attributes each protocol knows, how each is written, chains and priorities.
 *
 * Called by the engine while a filter is read or printed.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "model/engine.h"
#include "model/ip.h"
#include "model/nwfilter.gen.h"
#include "model/rules.h"

/* --- values ----------------------------------------------------------------------------------- */

typedef enum {
    V_TEXT,   /* kept as it is */
    V_NUMBER, /* up to MAX, decimal or hexadecimal, kept as written */
    V_DECIMAL, /* without the hexadecimal form */
    V_NAMED,  /* a number that may have a name (NAMES) */
    V_MAC,
    V_IP4,
    V_IP6,
    V_MASK4, /* a prefix or a dotted mask: printed as prefix */
    V_MASK6,
    V_BOOL,
    V_SET,   /* any of NAMES, printed in their order */
    V_FLAGS, /* two sets of NAMES, parted by a slash */
    V_LIST,  /* a list of NAMES in the order of writing */
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
    {"NONE", 0}, {"NEW", 1}, {"ESTABLISHED", 2}, {"RELATED", 4}, {"INVALID", 8}, {NULL, 0},
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
    unsigned min;
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
    {"dscp", V_NUMBER, 63}, {"connlimit-above", V_DECIMAL, 65535}, COMMENT, {"state", V_SET, 0, states}, \
    {"ipset", V_TEXT}, {"ipsetflags", V_LIST, 0, ipset_flags}
#define END {NULL}

static const Attr mac_attrs[] = {MACS, {"protocolid", V_NAMED, 65535, ethernet_types, 0x600}, COMMENT, END};
static const Attr vlan_attrs[] = {MACS, {"vlanid", V_NUMBER, 4095},
                                  {"encap-protocol", V_NAMED, 65535, ethernet_types, 0x3d}, COMMENT, END};
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

static bool
is_hex(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* Decimal, or hexadecimal with its prefix. */
static bool
number(const char *text, unsigned max, unsigned *ret)
{
    return vr_read_uint(text, is_hex(text) ? 16 : 10, ret) && *ret <= max;
}

static char *
canonical_named(const Attr *attr, const char *text)
{
    unsigned value;

    if (named(attr->names, text))
        return g_strdup(named(attr->names, text)->name);
    if (!number(text, attr->max, &value) || value < attr->min)
        return NULL;
    for (const Named *n = attr->names; n->name; n++) {
        if (n->number == value)
            return g_strdup(n->name);
    }
    return g_strdup_printf(attr->names != arp_opcodes && is_hex(text) ? "0x%x" : "%u", value);
}

static char *
canonical_number(const Attr *attr, const char *text)
{
    unsigned value;

    return number(text, attr->max, &value) ? g_strdup_printf(is_hex(text) ? "0x%x" : "%u", value) : NULL;
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
canonical_ip(const char *text, unsigned size)
{
    VrIp ip;

    return vr_ip_read(text, &ip) && ip.size == size ? vr_ip_text(&ip) : NULL;
}

static char *
canonical_mask(const char *text, unsigned size)
{
    VrIp mask;
    unsigned bits = 0;

    if (vr_read_uint(text, 10, &bits) && bits <= size * 8)
        return g_strdup_printf("%u", bits);
    if (!strpbrk(text, ".:") || !vr_ip_read(text, &mask) || mask.size != size)
        return NULL;
    for (bits = 0; bits < size * 8 && mask.bytes[bits / 8] >> (7 - bits % 8) & 1;)
        bits++;
    for (unsigned i = bits; i < size * 8; i++) {
        if (mask.bytes[i / 8] >> (7 - i % 8) & 1)
            return NULL;
    }
    return g_strdup_printf("%u", bits);
}

#define MAX_LIST 6

static char *
canonical_list(const Named *names, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    GString *out;

    if (!*text || g_strv_length(words) > MAX_LIST)
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

/* The names of 0 and of all bits stand alone. */
static char *
canonical_set(const Named *names, const char *text, const char *empty)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    GString *out = NULL;
    unsigned set = 0;
    bool none = false;

    for (char **word = words; *word; word++) {
        const Named *found = named(names, *word);

        if (!found && **word)
            return NULL;
        set |= found ? found->number : 0;
        none |= found && !found->number;
    }
    if (none || !set)
        return g_strdup(none ? names[0].name : empty);
    out = g_string_new(NULL);
    for (const Named *n = names; n->name; n++) {
        if (n->number == set)
            g_string_assign(out, n->name);
        else if (n->number && (n->number & set) == n->number)
            g_string_append_printf(out, "%s%s", out->len ? "," : "", n->name);
    }
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
    mask = canonical_set(attr->names, parts[0], attr->names[0].name);
    flags = canonical_set(attr->names, parts[1], attr->names[0].name);
    return mask && flags ? g_strdup_printf("%s/%s", mask, flags) : NULL;
}

/* A variable, one of its values ($A[1]) or one of its iterators ($A[@1]; the first needs no saying). */
static char *
canonical_variable(const char *text)
{
    const char *name = text + 1, *end = name;
    g_autofree char *index = NULL;
    const char *digits;

    while (g_ascii_isalnum(*end) || *end == '_' || *end == '.')
        end++;
    digits = end + strspn(end, " \t\r\n");
    if (*digits == '[' && strchr(digits, ']') && !strchr(digits, ']')[1 + strspn(strchr(digits, ']') + 1, " \t\r\n")])
        index = g_strstrip(g_strndup(digits + 1, (gsize) (strchr(digits, ']') - digits - 1)));
    else if (*digits)
        return NULL;
    if (index && (strspn(index, "@0123456789") != strlen(index) || !*index || strrchr(index, '@') > index))
        return NULL;
    if (!index || strcmp(index, "@0") == 0)
        return g_strdup_printf("$%.*s", (int) (end - name), name);
    return g_strdup_printf("$%.*s[%s]", (int) (end - name), name, index);
}

#define MAX_TEXT 256

/* The value as it is printed, or NULL when it is none. */
static char *
canonical(const Attr *attr, const char *text)
{
    if (*text == '$')
        return canonical_variable(text);
    switch (attr->kind) {
    case V_TEXT:
        return g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), MAX_TEXT));
    case V_NUMBER:
        return canonical_number(attr, text);
    case V_DECIMAL:
        return is_hex(text) ? NULL : canonical_number(attr, text);
    case V_NAMED:
        return canonical_named(attr, text);
    case V_MAC:
        return canonical_mac(text);
    case V_IP4:
        return canonical_ip(text, 4);
    case V_IP6:
        return canonical_ip(text, 16);
    case V_MASK4:
        return canonical_mask(text, 4);
    case V_MASK6:
        return canonical_mask(text, 16);
    case V_BOOL:
        return g_strdup(strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "yes") == 0 ? "true" : "false");
    case V_SET:
        return canonical_set(attr->names, text, "");
    case V_LIST:
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
    vr_filter_parameters_clean(&entry->parameter, &entry->n_parameter);
    return 0;
}

static const char *
get_attr(const NWFilterEntry *entry, const char *name)
{
    for (size_t i = 0; i < entry->n_attr; i++) {
        if (strcmp(entry->attr[i]->name, name) == 0)
            return entry->attr[i]->value;
    }
    return NULL;
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

/* Ports only mean something for protocols that have them. */
static int
check_ports(const NWFilterEntry *entry)
{
    static const char *const with_ports[] = {"tcp", "udp", "33", "sctp", NULL};
    const char *protocol = get_attr(entry, "protocol");

    if (entry->protocol != NWFILTER_PROTOCOL_IP && entry->protocol != NWFILTER_PROTOCOL_IPV6)
        return 0;
    if (!get_attr(entry, "srcportstart") && !get_attr(entry, "srcportend") && !get_attr(entry, "dstportstart") &&
        !get_attr(entry, "dstportend"))
        return 0;
    if (protocol && (*protocol == '$' || g_strv_contains(with_ports, protocol)))
        return 0;
    return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR,
                    "IP rule with port specification requires protocol specification with protocol to be either one "
                    "of tcp(6), udp(17), dccp(33), or sctp(132)");
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
    return check_ports(entry);
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

#define MAX_PRIORITY 1000
#define MAX_CHAIN_NAME 12

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

/* Runs before the rules are read: a filter's place is wrong before its rules are. */
int
nwfilter_chain_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NWFilterDef *def = object;
    const char *priority = vr_xml_attr(node, "priority"), *name = vr_xml_attr(node, "chain");
    size_t chain = 0;

#define REFUSE(...) return vr_error(VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG, __VA_ARGS__)
    if (!name || !*name)
        name = "root";
    if (!def->chain || !*def->chain) {
        g_free(def->chain);
        def->chain = g_strdup(name);
    }
    if (priority && *priority && !def->has_priority_given)
        REFUSE("Could not parse chain priority '%s'", priority);
    if (def->has_priority_given && (def->priority_given < -MAX_PRIORITY || def->priority_given > MAX_PRIORITY))
        REFUSE("Priority '%d' is outside valid range of [-1000,1000]", def->priority_given);
    if (strlen(name) > MAX_CHAIN_NAME)
        REFUSE("Name of chain is longer than %d characters", MAX_CHAIN_NAME);
    if (name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.")])
        REFUSE("Chain name contains invalid characters");
    while (chain < G_N_ELEMENTS(chains) && !g_str_has_prefix(name, chains[chain].prefix))
        chain++;
    if (chain == G_N_ELEMENTS(chains) || (chain == 0 && strcmp(name, "root") != 0))
        REFUSE("Invalid chain name '%s'. Please use a chain name called 'root' or any of the following "
               "prefixes: mac, vlan, stp, arp, rarp, ipv4, ipv6", name);
#undef REFUSE
    def->priority = def->has_priority_given && vr_xml_attr(node, "chain") && *vr_xml_attr(node, "chain") ?
                    def->priority_given : chains[chain].priority;
    return 0;
}

int
nwfilter_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NWFilterDef *def = object;

    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    return 0;
}
