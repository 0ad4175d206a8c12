/* Rules of the structures that several documents share: bandwidth, VLANs, virtual ports, credentials.
 *
 * Called by the engine while a document is read or printed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "model/common.gen.h"
#include "model/engine.h"
#include "model/rules.h"

bool
bandwidth_show_average(const void *object, const VrFormat *format)
{
    const BandwidthRate *rate = object;

    return rate->average || !rate->floor;
}

static int
check_rate(const VrXmlNode *bandwidth, const char *direction, bool floor_ok)
{
    const VrXmlNode *rate = vr_xml_child(bandwidth, direction);

    if (!rate)
        return 0;
    if (vr_xml_next(rate, direction))
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_DETAIL, "Only one child <%s> element allowed", direction);
    if (!vr_xml_attr(rate, "average") && !vr_xml_attr(rate, "floor"))
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_DETAIL, "Missing mandatory average or floor attributes");
    if (!floor_ok && vr_xml_attr(rate, "floor"))
        return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "'floor' attribute allowed only in <inbound> element");
    return 0;
}

int
bandwidth_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return check_rate(node, "inbound", true) < 0 || check_rate(node, "outbound", false) < 0 ? -1 : 0;
}

int
vlan_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    Vlan *vlan = object;

    if (vlan->n_tag == 0)
        return vr_error(parse->document->error_domain, VIR_ERR_XML_ERROR,
                        "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
    if (vlan->n_tag > 1 && vr_xml_attr(node, "trunk") && !vlan->trunk)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR,
                        "invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for more than one vlan tag");
    if (vlan->n_tag > 1)
        vlan->trunk = true;
    return 0;
}

/* What each kind of port is told by; an instance or an interface that has no identity yet gets one. */
enum {
    P_MANAGER = 1 << 0,
    P_TYPE = 1 << 1,
    P_VERSION = 1 << 2,
    P_INSTANCE = 1 << 3,
    P_PROFILE = 1 << 4,
    P_INTERFACE = 1 << 5,
};

static const struct {
    unsigned needs, may;
} port_kinds[] = {
    [VIRTUAL_PORT_TYPE_802_1_QBG] = {P_MANAGER | P_TYPE | P_VERSION | P_INSTANCE, 0},
    [VIRTUAL_PORT_TYPE_802_1_QBH] = {P_PROFILE, 0},
    [VIRTUAL_PORT_TYPE_OPENVSWITCH] = {P_INTERFACE, P_PROFILE},
    [VIRTUAL_PORT_TYPE_MIDONET] = {P_INTERFACE, 0},
};

static unsigned
port_parts(const VirtualPortParameters *p)
{
    if (!p)
        return 0;
    return (p->has_managerid ? P_MANAGER : 0) | (p->has_typeid ? P_TYPE : 0) | (p->has_typeidversion ? P_VERSION : 0) |
           (p->has_instanceid ? P_INSTANCE : 0) | (p->profileid ? P_PROFILE : 0) | (p->has_interfaceid ? P_INTERFACE : 0);
}

static int
check_port_parts(const VirtualPort *port, bool complete)
{
    static const char *const names[] = {"managerid", "typeid", "typeidversion", "instanceid", "profileid", "interfaceid"};
    const char *kind = vr_enum_to_string(&vr_enum_virtual_port_type, port->type);
    unsigned has = port_parts(port->parameters), needs = port_kinds[port->type].needs;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        unsigned part = 1u << i;

        if (complete && needs & part && !(has & part))
            return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "missing %s in <virtualport type='%s'>", names[i], kind);
        if (has & part && !((needs | port_kinds[port->type].may) & part))
            return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "extra %s unsupported in <virtualport type='%s'>", names[i],
                            kind);
    }
    return 0;
}

static void
identify_port(VirtualPort *port)
{
    unsigned needs = port_kinds[port->type].needs;
    VirtualPortParameters *p;

    if (needs & (P_INSTANCE | P_INTERFACE) && !port->parameters)
        port->parameters = virtual_port_parameters_new();
    p = port->parameters;
    if (needs & P_INSTANCE && !p->has_instanceid) {
        vr_uuid_generate(p->instanceid);
        p->has_instanceid = true;
    }
    if (needs & P_INTERFACE && !p->has_interfaceid) {
        vr_uuid_generate(p->interfaceid);
        p->has_interfaceid = true;
    }
}

int
virtualport_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    VirtualPort *port = object;
    bool guest = parse->document->error_domain == VIR_FROM_DOMAIN;
    const char *of = node->parent ? vr_xml_attr(node->parent, "type") : NULL;

    if (port->parameters && port->parameters->profileid && !*port->parameters->profileid)
        g_clear_pointer(&port->parameters->profileid, g_free);
    /* the network that a guest names may tell the type and the rest of it */
    if (guest && g_strcmp0(of, "network") == 0)
        return port->type ? check_port_parts(port, false) : 0;
    if (!port->type)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "missing required virtualport type");
    if (guest)
        identify_port(port);
    return check_port_parts(port, guest);
}

int
bandwidth_rate_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const BandwidthRate *rate = object;

    if (!rate->average && !rate->floor)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_DETAIL, "Missing mandatory average or floor attributes");
    if ((rate->peak || rate->burst) && !rate->average)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_DETAIL, "'peak' and 'burst' require 'average' attribute");
    return 0;
}

int
auth_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const VrXmlNode *secret = vr_xml_child(node, "secret");
    const char *uuid = vr_xml_attr(secret, "uuid"), *usage = vr_xml_attr(secret, "usage");

    if (!uuid == !usage)
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR, "%s",
                        uuid ? "either secret uuid or usage expected, not both"
                             : "missing auth secret uuid or usage attribute");
    return 0;
}

int
encryption_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const VrXmlNode *secret = vr_xml_child(node, "secret");
    Encryption *encryption = object;

    /* only LUKS says how it encrypts */
    if (encryption->format != ENCRYPTION_FORMAT_LUKS && encryption->format != ENCRYPTION_FORMAT_LUKS2) {
        g_clear_pointer(&encryption->cipher, encryption_cipher_free);
        g_clear_pointer(&encryption->ivgen, encryption_ivgen_free);
    }
    if (encryption->ivgen && !encryption->cipher)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "ivgen element found, but cipher is missing");
    for (; secret; secret = vr_xml_next(secret, "secret")) {
        if (!vr_xml_attr(secret, "uuid") == !vr_xml_attr(secret, "usage"))
            return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR,
                            "the encryption <secret> needs either a uuid or a usage attribute");
    }
    return 0;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp((*(FilterParameter *const *) a)->name, (*(FilterParameter *const *) b)->name);
}

static bool
is_parameter(const FilterParameter *parameter)
{
    static const char name_ok[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_";
    static const char value_ok[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.:/";
    const char *name = parameter->name, *value = parameter->value;

    return name && value && *name && *value && !name[strspn(name, name_ok)] && !value[strspn(value, value_ok)];
}

void
vr_filter_parameters_clean(FilterParameter ***parameters, size_t *n)
{
    for (size_t i = *n; i-- > 0;) {
        if (!is_parameter((*parameters)[i]))
            filter_parameter_free(vr_model_list_take(parameters, n, i));
    }
    if (*n > 1)
        qsort(*parameters, *n, sizeof(**parameters), by_name);
}

bool
vr_uuid_is_set(const unsigned char *uuid)
{
    static const unsigned char none[16];

    return memcmp(uuid, none, sizeof(none)) != 0;
}

int
vr_check_name(const char *name, int domain, bool slash_ok)
{
    if (!slash_ok && strchr(name, '/'))
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "invalid char in name: /");
    if (strchr(name, '\n'))
        return vr_error(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "invalid char in name: \\n");
    if (name[strspn(name, " \t")] == '\0')
        return vr_error(domain, VIR_ERR_XML_ERROR, "name must contain at least one non-whitespace character");
    return 0;
}


/* An owner of -1, signed or not, is nobody in particular. */
static int
settle_owner(VrParse *parse, const VrXmlNode *node, const char *element, unsigned *value, bool *has)
{
    const VrXmlNode *child = vr_xml_child(node, element);
    const char *text = child ? vr_xml_text(child) : NULL;

    if (child && !*has && g_strcmp0(text, "-1") != 0)
        return vr_error(parse->document->error_domain, VIR_ERR_XML_ERROR, "malformed %s element", element);
    *has = *has && *value != G_MAXUINT;
    if (!*has)
        *value = 0;
    return 0;
}

int
permissions_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    Permissions *perms = object;

    if (settle_owner(parse, node, "owner", &perms->owner, &perms->has_owner) < 0)
        return -1;
    return settle_owner(parse, node, "group", &perms->group, &perms->has_group);
}

void
vr_metadata_clean(VrXmlTree *metadata)
{
    VrXmlNode *root, *previous = NULL;

    if (!metadata)
        return;
    root = vr_xml_root(metadata);
    for (VrXmlNode *child = root->first; child; child = child->next) {
        const char *address = child->name ? vr_xml_namespace(child, child->prefix) : NULL;
        bool keep = !child->name || address;

        for (VrXmlNode *other = root->first; keep && address && other != child; other = other->next)
            keep = !other->name || g_strcmp0(vr_xml_namespace(other, other->prefix), address) != 0;
        if (keep) {
            previous = child;
            continue;
        }
        if (previous)
            previous->next = child->next;
        else
            root->first = child->next;
        if (root->last == child)
            root->last = previous;
    }
}

int
vr_check_pci(unsigned domain, unsigned bus, unsigned slot, unsigned function)
{
    const struct {
        const char *name;
        unsigned value, most;
    } parts[] = {
        {"bus", bus, 0xff},
        {"slot", slot, 0x1f},
        {"function", function, 7},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].value > parts[i].most)
            return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "Invalid PCI address %s='0x%x', must be <= 0x%X",
                            parts[i].name, parts[i].value, parts[i].most);
    }
    return 0;
}

void
vr_mac_make(unsigned char *ret_mac)
{
    guint32 random = g_random_int();

    ret_mac[0] = 0x52;
    ret_mac[1] = 0x54;
    ret_mac[2] = 0x00;
    ret_mac[3] = (unsigned char) (random >> 16);
    ret_mac[4] = (unsigned char) (random >> 8);
    ret_mac[5] = (unsigned char) random;
}
