/* Small questions that the domain description asks while it is printed or read.
 *
 * Called by the engine.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <string.h>

bool
domain_address_pci_set(const void *object, const VrFormat *format)
{
    const DomainAddress *address = object;

    return address->domain || address->bus || address->slot || address->function ||
           address->has_details;
}

/* At most four numbers, parted by dots. */
static bool
usb_port_ok(const char *port)
{
    int parts = 0;

    while (g_ascii_isdigit(*port)) {
        while (g_ascii_isdigit(*port))
            port++;
        parts++;
        if (*port == '.')
            port++;
        else
            break;
    }
    return !*port && parts >= 1 && parts <= 4;
}

/* A channel path address is whole or not there at all. */
static int
check_ccw(const DomainAddress *address, const VrXmlNode *node)
{
    int parts = !!vr_xml_attr(node, "cssid") + !!vr_xml_attr(node, "ssid") + !!vr_xml_attr(node, "devno");

    if (parts && parts != 3)
        return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR,
                        "Invalid partial specification for virtio ccw address");
    if (address->cssid > 0xfe || address->ssid > 3 || address->devno > 0xffff)
        return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR,
                        "Invalid specification for virtio ccw address: cssid='0x%x' ssid='0x%x' devno='0x%04x'",
                        address->cssid, address->ssid, address->devno);
    return 0;
}

/* A number that is missing prints like 0, and is not 0 to those who give numbers. */
int
domain_zpci_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainZpci *zpci = object;

    zpci->has_uid = vr_xml_attr(node, "uid") != NULL;
    zpci->has_fid = vr_xml_attr(node, "fid") != NULL;
    return 0;
}

/* The range of each part of a PCI address, and what it is called. */
int
domain_address_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainAddress *address = object;
    const struct {
        const char *name;
        unsigned value, most;
        const char *shape;
    } parts[] = {
        {"domain", address->domain, 0xffff, "0x%04x"},
        {"bus", address->bus, 0xff, "0x%02x"},
        {"slot", address->slot, 0x1f, "0x%02x"},
        {"function", address->function, 7, "0x%x"},
    };

    if (address->usb_port && !usb_port_ok(address->usb_port))
        return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR, "Cannot parse <address> 'port' attribute");
    if (address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_S390)
        return XML_FAIL("virtio-s390 bus doesn't have an address");
    if (address->type == DOMAIN_ADDRESS_TYPE_CCW && check_ccw(address, node) < 0)
        return -1;
    if (address->type != DOMAIN_ADDRESS_TYPE_PCI)
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].value > parts[i].most)
            return vr_error(VIR_FROM_NONE, VIR_ERR_XML_ERROR,
                            "Invalid PCI address %s='0x%x', must be <= 0x%X", parts[i].name,
                            parts[i].value, parts[i].most);
        if (vr_xml_attr(node, parts[i].name))
            address->has_details = true;
    }
    if (address->has_details && !address->domain && !address->bus && !address->slot &&
        !address->function)
        address->has_details = false;
    return 0;
}

bool
domain_show_numa_placement(const void *object, const VrFormat *format)
{
    const DomainNumatuneMemory *memory = object;

    return memory->placement == DOMAIN_NUMATUNE_MEMORY_PLACEMENT_AUTO;
}

bool
domain_nvram_show_type(const void *object, const VrFormat *format)
{
    const DomainOsNvram *nvram = object;

    return nvram->type != STORAGE_TYPE_UNSET;
}

bool
domain_cpu_show_mode(const void *object, const VrFormat *format)
{
    const DomainCpu *cpu = object;

    return cpu->mode != CPU_MODE_CUSTOM || cpu->model;
}

bool
domain_cpu_show_match(const void *object, const VrFormat *format)
{
    const DomainCpu *cpu = object;

    return cpu->mode == CPU_MODE_CUSTOM && cpu->model;
}

/* A read-only disk is left out of snapshots anyway. */
bool
domain_disk_show_snapshot(const void *object, const VrFormat *format)
{
    const DomainDisk *disk = object;

    return disk->snapshot != DOMAIN_DISK_SNAPSHOT_NO || !disk->readonly;
}

bool
domain_hostdev_show_managed(const void *object, const VrFormat *format)
{
    const DomainHostdev *hostdev = object;

    return hostdev->mode == DOMAIN_HOSTDEV_MODE_SUBSYSTEM;
}

bool
tpm_show_version(const void *object, const VrFormat *format)
{
    const DomainTpmBackend *backend = object;

    return backend->version != DOMAIN_TPM_BACKEND_VERSION_DEFAULT;
}

bool
domain_cpu_show_fallback(const void *object, const VrFormat *format)
{
    return ((const DomainCpuModel *) object)->value != NULL;
}

bool
domain_input_show_bus(const void *object, const VrFormat *format)
{
    return ((const DomainInput *) object)->type != DOMAIN_INPUT_TYPE_EVDEV;
}

bool
sysinfo_entry_show(const void *object, const VrFormat *format)
{
    const DomainSysinfoEntry *entry = object;

    return entry->value || entry->file;
}

bool
sysinfo_block_show(const void *object, const VrFormat *format)
{
    return ((const DomainSysinfoBlock *) object)->n_entry > 0;
}

bool
domain_os_show_bootmenu(const void *object, const VrFormat *format)
{
    const DomainOs *os = object;

    return os->bootmenu && os->bootmenu->enable;
}

int
domain_genid_parse(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainGenid *genid = object;

    if (!vr_uuid_is_set(genid->value))
        vr_uuid_generate(genid->value);
    return 0;
}
