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

    return address->domain || address->bus || address->slot;
}

/* At most four numbers, parted by dots; the first that is 0 ends the path. */
static int
settle_usb_port(char **port)
{
    g_auto(GStrv) parts = g_strsplit(*port, ".", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    unsigned number;
    bool over = false;

    for (unsigned i = 0; parts[i] || i == 0; i++) {
        if (!parts[i] || i == 4 || !vr_read_uint(parts[i], 10, &number))
            return vr_error(VIR_FROM_DEVICE, VIR_ERR_INTERNAL_ERROR, "Cannot parse <address> 'port' attribute");
        over |= number == 0;
        if (!over)
            g_string_append_printf(path, "%s%u", path->len ? "." : "", number);
    }
    g_free(*port);
    *port = path->len ? g_strdup(path->str) : NULL;
    return 0;
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

int
domain_address_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainAddress *address = object;
    if (address->usb_port && settle_usb_port(&address->usb_port) < 0)
        return -1;
    if (address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_S390)
        return XML_FAIL("virtio-s390 bus doesn't have an address");
    if (address->type == DOMAIN_ADDRESS_TYPE_CCW && check_ccw(address, node) < 0)
        return -1;
    if (address->type != DOMAIN_ADDRESS_TYPE_PCI)
        return 0;
    return domain_address_pci_set(address, NULL) ?
           vr_check_pci(address->domain, address->bus, address->slot, address->function) : 0;
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

bool
controller_show_ports(const void *object, const VrFormat *format)
{
    const DomainController *controller = object;

    return controller->type == CONTROLLER_TYPE_VIRTIO_SERIAL || controller->type == CONTROLLER_TYPE_USB;
}

bool
hostdev_show_device(const void *object, const VrFormat *format)
{
    const HostdevAddress *address = object;

    return address->bus || address->device;
}

/* One number asks for the other. */
int
domain_zpci_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainZpci *zpci = object;

    zpci->uid_given = zpci->has_uid;
    zpci->fid_given = zpci->has_fid;
    /* A number that is missing prints like 0, and is not 0 to those who give numbers. */
    zpci->has_uid = zpci->has_fid = zpci->has_uid || zpci->has_fid;
    return 0;
}

bool
domain_zpci_show(const void *object, const VrFormat *format)
{
    const DomainZpci *zpci = object;

    return zpci->has_uid && zpci->has_fid;
}

int
numa_cache_format_unit(VrFormat *format, const void *object)
{
    vr_print_attr(format->out, "unit", "KiB");
    return 0;
}

/* Settings stand there whenever they are fixed, even if nothing is set. */
bool
audio_show_settings(const void *object, const VrFormat *format)
{
    return ((const AudioStream *) object)->fixed_settings == YES_NO_YES;
}

bool
disk_show_geometry(const void *object, const VrFormat *format)
{
    const DomainDiskGeometry *geometry = ((const DomainDisk *) object)->geometry;

    return geometry && geometry->cyls && geometry->heads && geometry->secs;
}

bool
rng_show_rate(const void *object, const VrFormat *format)
{
    const DomainRngRate *rate = ((const DomainRng *) object)->rate;

    return rate && rate->bytes;
}

bool
domain_panic_show(const void *object, const VrFormat *format)
{
    const DomainPanic *panic = object;

    return panic->model || panic->address || panic->alias;
}

bool
filesystem_show_driver(const void *object, const VrFormat *format)
{
    const DomainFilesystem *fs = object;

    return fs->driver && (fs->driver->type || !fs->driver->format);
}

bool
domain_show_tseg(const void *object, const VrFormat *format)
{
    return ((const DomainSmm *) object)->state != ON_OFF_OFF;
}

bool
video_show_heads(const void *object, const VrFormat *format)
{
    return ((const DomainVideoModel *) object)->heads != 0;
}
