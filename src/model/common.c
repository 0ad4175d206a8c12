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

int
vlan_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    Vlan *vlan = object;

    if (vlan->n_tag == 0)
        return vr_error(parse->document->error_domain, VIR_ERR_XML_ERROR,
                        "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
    if (vlan->n_tag > 1)
        vlan->trunk = true;
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

void
vr_filter_parameters_sort(FilterParameter **parameters, size_t n)
{
    if (n > 1)
        qsort(parameters, n, sizeof(*parameters), by_name);
}

void
vr_uuid_make(unsigned char *ret_uuid)
{
    for (int i = 0; i < 16; i += 4) {
        guint32 word = g_random_int();

        memcpy(ret_uuid + i, &word, sizeof(word));
    }
    ret_uuid[6] = (unsigned char) ((ret_uuid[6] & 0x0f) | 0x40);
    ret_uuid[8] = (unsigned char) ((ret_uuid[8] & 0x3f) | 0x80);
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
