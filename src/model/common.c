/* Rules of the structures that several documents share: bandwidth, VLANs, virtual ports, credentials.
 *
 * Called by the engine while a document is read or printed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
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

int
virtualport_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const VirtualPort *port = object;

    /* a network's type may come from the network that the guest names */
    if (!port->type && parse->document->error_domain != VIR_FROM_DOMAIN)
        return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR, "missing required virtualport type");
    return 0;
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
settle_owner(VrParse *parse, const VrXmlNode *node, const char *element, unsigned value, bool *has)
{
    const VrXmlNode *child = vr_xml_child(node, element);
    const char *text = child ? vr_xml_text(child) : NULL;

    if (child && !*has && g_strcmp0(text, "-1") != 0)
        return vr_error(parse->document->error_domain, VIR_ERR_XML_ERROR, "malformed %s element", element);
    *has = *has && value != G_MAXUINT;
    return 0;
}

int
permissions_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    Permissions *perms = object;

    if (settle_owner(parse, node, "owner", perms->owner, &perms->has_owner) < 0)
        return -1;
    return settle_owner(parse, node, "group", perms->group, &perms->has_group);
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
