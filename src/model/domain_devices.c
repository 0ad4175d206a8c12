/* The other devices' own rules: defaults of one device, and what does not fit together in it.
 *
 * Called by the engine per device.
 */
#include "model/domain_rules.h"

#include <string.h>

int
domain_hostdev_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}

int
domain_input_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainInput *input = object;
    const char *evdev = input->source ? input->source->evdev : NULL;

    if (input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH && !evdev)
        return XML_FAIL("Missing evdev path for input device passthrough");
    return 0;
}

int
domain_tpm_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainTpm *tpm = object;
    DomainTpmBackend *backend = &tpm->backend;

    if (backend->type == DOMAIN_TPM_BACKEND_TYPE_PASSTHROUGH && !backend->device_path)
        backend->device_path = g_strdup("/dev/tpm0");
    return 0;
}

int
domain_seclabel_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainSeclabel *seclabel = object;

    if (!seclabel->type)
        seclabel->type = DOMAIN_SECLABEL_TYPE_DYNAMIC;
    if (!seclabel->relabel)
        seclabel->relabel = seclabel->type == DOMAIN_SECLABEL_TYPE_STATIC ||
                            seclabel->type == DOMAIN_SECLABEL_TYPE_NONE ? YES_NO_NO : YES_NO_YES;
    if (seclabel->type == DOMAIN_SECLABEL_TYPE_STATIC && !seclabel->label)
        return XML_FAIL("security label is missing");
    return 0;
}

static void
mac_make(unsigned char *ret_mac)
{
    guint32 random = g_random_int();

    ret_mac[0] = 0x52;
    ret_mac[1] = 0x54;
    ret_mac[2] = 0x00;
    ret_mac[3] = (unsigned char) (random >> 16);
    ret_mac[4] = (unsigned char) (random >> 8);
    ret_mac[5] = (unsigned char) random;
}

int
net_ip_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}

int
domain_net_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainNet *net = object;
    const VrXmlNode *mac = vr_xml_child(node, "mac");

    net->source.type = net->type;
    net->mac_given = mac && vr_xml_attr(mac, "address");
    if (!net->mac_given)
        mac_make(net->mac.address);
    return 0;
}

int
domain_video_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}

int
domain_clock_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}

int
domain_os_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    return 0;
}
