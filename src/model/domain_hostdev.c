/* Devices assigned from the host: what each kind must name, and where it may sit in the guest.
 *
 * Called by the engine per device.
 */
#include "model/domain_rules.h"

#include <string.h>

/* Which guest addresses each mediated device model may have. */
static int
check_mdev_address(const DomainHostdev *hostdev)
{
    int type = hostdev->address ? hostdev->address->type : DOMAIN_ADDRESS_TYPE_UNASSIGNED;
    bool fits = hostdev->model == HOSTDEV_MODEL_VFIO_PCI ? type == DOMAIN_ADDRESS_TYPE_PCI :
                hostdev->model == HOSTDEV_MODEL_VFIO_CCW ? type == DOMAIN_ADDRESS_TYPE_CCW :
                hostdev->model != HOSTDEV_MODEL_VFIO_AP;

    if (fits || type == DOMAIN_ADDRESS_TYPE_UNASSIGNED)
        return 0;
    return XML_FAIL("Unsupported address type '%s' with mediated device model '%s'",
                    vr_enum_to_string(&vr_enum_domain_address_type, type),
                    vr_enum_to_string(&vr_enum_hostdev_model, hostdev->model));
}

static int
check_iscsi(const HostdevSource *source)
{
    const char *secret = source->auth ? source->auth->secret->type : NULL;

    if (!source->name)
        return XML_FAIL("missing iSCSI hostdev source path name");
    if (source->n_host == 0)
        return XML_FAIL("missing the host address for the iSCSI hostdev");
    if (source->n_host > 1)
        return XML_FAIL("only one source host address may be specified for the iSCSI hostdev");
    if (source->auth && g_strcmp0(secret, "iscsi") != 0)
        return UNSUPPORTED("invalid secret type %s", secret ? secret : "(null)");
    return 0;
}

static int
check_scsi(const HostdevSource *source, const VrXmlNode *node)
{
    if (source->protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI)
        return check_iscsi(source);
    if (!source->address)
        return XML_FAIL("'address' must be specified for scsi hostdev source");
    if (!source->adapter || !*source->adapter)
        return XML_FAIL("'adapter' name must be specified for scsi hostdev source");
    return 0;
}

/* "naa." and sixteen digits. */
static bool
is_wwpn(const char *text)
{
    return g_str_has_prefix(text, "naa.") && strlen(text) == 20 &&
           !text[4 + strspn(text + 4, "0123456789abcdefABCDEF")];
}

static int
check_vhost(const HostdevSource *source)
{
    if (!source->protocol)
        return XML_FAIL("Missing scsi_host subsystem protocol");
    if (!source->wwpn)
        return XML_FAIL("missing vhost-scsi hostdev source wwpn");
    return is_wwpn(source->wwpn) ? 0 : XML_FAIL("malformed 'wwpn' value");
}

static int
check_guest_address(const DomainHostdev *hostdev)
{
    int type = hostdev->address ? hostdev->address->type : DOMAIN_ADDRESS_TYPE_UNSET;

    if (hostdev->type == HOSTDEV_TYPE_MDEV)
        return check_mdev_address(hostdev);
    if (hostdev->type == HOSTDEV_TYPE_PCI && type && type != DOMAIN_ADDRESS_TYPE_PCI &&
        type != DOMAIN_ADDRESS_TYPE_UNASSIGNED)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "PCI host devices must use 'pci' or 'unassigned' address type");
    return 0;
}

/* A part of the host, as containers get it: the right kind for the mode, and named. */
static int
check_part(const DomainHostdev *hostdev)
{
    const HostdevSource *source = &hostdev->source;
    const struct {
        const char *name, *element, *device;
    } parts[] = {
        {source->block, "block", "storage"}, {source->char_, "char", "character"}, {source->interface, "interface", "net"},
    };
    int part = hostdev->type - HOSTDEV_TYPE_STORAGE;

    if ((hostdev->mode == DOMAIN_HOSTDEV_MODE_CAPABILITIES) != (part >= 0))
        return UNSUPPORTED("unknown host device source address type '%s'",
                           vr_enum_to_string(&vr_enum_hostdev_type, hostdev->type));
    if (part >= 0 && !parts[part].name)
        return XML_FAIL("Missing <%s> element in hostdev %s device", parts[part].element, parts[part].device);
    return 0;
}

int
domain_hostdev_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainHostdev *hostdev = object;
    HostdevSource *source = &hostdev->source;
    int result = check_part(hostdev);

    if (result < 0)
        return -1;
    switch (hostdev->type) {
    case HOSTDEV_TYPE_PCI:
        if (!source->address) {
            source->address = hostdev_address_new();
            source->address->type = HOSTDEV_TYPE_PCI;
        }
        break;
    case HOSTDEV_TYPE_SCSI:
        result = check_scsi(source, node);
        break;
    case HOSTDEV_TYPE_SCSI_HOST:
        result = check_vhost(source);
        break;
    case HOSTDEV_TYPE_MDEV:
        if (!source->address)
            result = UNSUPPORTED("Missing <address> element");
        break;
    default:
        break;
    }
    if (result < 0)
        return -1;
    if (source->protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI)
        iscsi_name_complete(&source->name);
    return check_guest_address(hostdev);
}

int
hostdev_address_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const HostdevAddress *address = object;

    if (address->type == HOSTDEV_TYPE_PCI)
        return vr_check_pci(address->domain, address->bus, address->slot, address->function);
    if (address->type == HOSTDEV_TYPE_USB && !vr_xml_attr(node, "device") && !address->usb_port)
        return vr_missing_attr(node, "device");
    return 0;
}
