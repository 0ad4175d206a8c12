/* Disks: defaults of bus and source, order, drive addresses, credentials that may stand in two places.
 *
 * Called by the engine per disk, and by domain_post.c for all of them.
 */
#include "model/domain_rules.h"

#include <string.h>

static const struct {
    const char *prefix;
    int bus;
} bus_names[] = {
    {"hd", DISK_BUS_IDE}, {"sd", DISK_BUS_SCSI}, {"vd", DISK_BUS_VIRTIO},
    {"xvd", DISK_BUS_XEN}, {"ubd", DISK_BUS_UML},
};

int
domain_disk_index(const char *target)
{
    static const char *const prefixes[] = {"fd", "hd", "vd", "sd", "xvd", "ubd"};
    const char *letters = NULL;
    long index = 0;

    for (size_t i = 0; target && i < G_N_ELEMENTS(prefixes) && !letters; i++) {
        if (g_str_has_prefix(target, prefixes[i]))
            letters = target + strlen(prefixes[i]);
    }
    if (!letters || !g_ascii_islower(*letters))
        return -1;
    for (; g_ascii_islower(*letters); letters++) {
        index = index * 26 + (*letters - 'a') + 1;
        if (index > 1000000)
            return -1;
    }
    return letters[strspn(letters, "0123456789")] ? -1 : (int) index - 1;
}

DomainAddress *
domain_drive_address(unsigned controller, unsigned bus, unsigned target, unsigned unit)
{
    DomainAddress *address = domain_address_new();

    address->type = DOMAIN_ADDRESS_TYPE_DRIVE;
    address->controller = controller;
    address->bus = bus;
    address->target = target;
    address->unit = unit;
    return address;
}

static int
default_bus(const DomainDisk *disk)
{
    if (disk->device == DOMAIN_DISK_DEVICE_FLOPPY)
        return DISK_BUS_FDC;
    for (size_t i = 0; i < G_N_ELEMENTS(bus_names); i++) {
        if (g_str_has_prefix(disk->target->dev, bus_names[i].prefix))
            return bus_names[i].bus;
    }
    return DISK_BUS_IDE;
}

static const char *
source_name(const DomainDisk *disk)
{
    const StorageSource *source = &disk->source;

    return source->file ? source->file : source->dev ? source->dev : source->dir ? source->dir :
           source->name ? source->name : source->path;
}

static int
check_target(DomainDisk *disk)
{
    if (!disk->target || !disk->target->dev)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_NO_TARGET, "%s", source_name(disk) ? source_name(disk) : "");
    if (domain_disk_index(disk->target->dev) < 0 && !disk->address)
        return XML_FAIL("Unknown disk name '%s' and no address specified", disk->target->dev);
    return 0;
}

/* What a disk may be called, and on which bus it may sit. */
static int
check_name(const DomainDisk *disk)
{
    static const char *const prefixes[] = {"hd", "sd", "vd", "xvd", "ubd"};
    bool floppy = disk->device == DOMAIN_DISK_DEVICE_FLOPPY, hard = false;

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        hard |= g_str_has_prefix(disk->target->dev, prefixes[i]);
#define REFUSE(...) return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)
    if (floppy && !g_str_has_prefix(disk->target->dev, "fd"))
        REFUSE("Invalid floppy device name: %s", disk->target->dev);
    if (floppy && disk->target->bus != DISK_BUS_FDC)
        REFUSE("Invalid bus type '%s' for floppy disk", vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
    if (!hard && (disk->device == DOMAIN_DISK_DEVICE_DISK || disk->device == DOMAIN_DISK_DEVICE_LUN))
        REFUSE("Invalid harddisk device name: %s", disk->target->dev);
    if (!floppy && disk->target->bus == DISK_BUS_FDC)
        REFUSE("Invalid bus type '%s' for disk", vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
#undef REFUSE
    return 0;
}

/* What only virtio disks have. */
static int
check_driver(const DomainDisk *disk)
{
    const DomainDiskDriver *driver = disk->driver;

    if (!driver || disk->target->bus == DISK_BUS_VIRTIO)
        return 0;
    if (driver->queues)
        return UNSUPPORTED("queues attribute in disk driver element is only supported by virtio-blk");
    if (driver->event_idx)
        return UNSUPPORTED("disk event_idx mode supported only for virtio bus");
    if (driver->ioeventfd)
        return UNSUPPORTED("disk ioeventfd mode supported only for virtio bus");
    return domain_virtio_options_absent(driver->iommu, driver->ats, driver->packed, driver->page_per_vq);
}

/* Only a drive may be empty. */
static int
check_present(const DomainDisk *disk)
{
    if (disk->device != DOMAIN_DISK_DEVICE_CDROM && disk->device != DOMAIN_DISK_DEVICE_FLOPPY &&
        !disk->source.protocol && !disk->source.pool && disk->type != STORAGE_TYPE_NVME &&
        !source_name(disk))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_NO_SOURCE, "%s", disk->target->dev);
    return 0;
}

/* Printable ASCII, as the guest's inquiry shows it. */
static bool
is_printable(const char *text)
{
    while (g_ascii_isprint(*text))
        text++;
    return !*text;
}

static int
check_inquiry(const DomainDisk *disk)
{
    if (disk->vendor && strlen(disk->vendor) > 8)
        return UNSUPPORTED("disk vendor is more than 8 characters");
    if (disk->product && strlen(disk->product) > 16)
        return UNSUPPORTED("disk product is more than 16 characters");
    if (disk->vendor && !is_printable(disk->vendor))
        return XML_FAIL("disk vendor is not printable string");
    if (disk->product && !is_printable(disk->product))
        return XML_FAIL("disk product is not printable string");
    return 0;
}

static int
check_tray(const DomainDisk *disk, const VrXmlNode *node)
{
    const VrXmlNode *target = vr_xml_child(node, "target");

    if (target && vr_xml_attr(target, "tray") && disk->device != DOMAIN_DISK_DEVICE_CDROM &&
        disk->device != DOMAIN_DISK_DEVICE_FLOPPY)
        return UNSUPPORTED("tray is only valid for cdrom and floppy");
    return 0;
}

static int
check_details(const DomainDisk *disk)
{
    if (disk->device == DOMAIN_DISK_DEVICE_LUN && disk->type != STORAGE_TYPE_BLOCK &&
        disk->type != STORAGE_TYPE_NETWORK && disk->type != STORAGE_TYPE_VOLUME)
        return UNSUPPORTED("disk device='lun' is only valid for block type disk source");
    if (disk->device == DOMAIN_DISK_DEVICE_LUN && disk->type == STORAGE_TYPE_NETWORK &&
        disk->source.protocol != STORAGE_PROTOCOL_ISCSI)
        return UNSUPPORTED("disk device='lun' is not supported for protocol='%s'",
                           vr_enum_to_string(&vr_enum_storage_protocol, disk->source.protocol));
    if (disk->sgio == DOMAIN_DISK_SGIO_UNFILTERED)
        return UNSUPPORTED("unfiltered sgio is no longer supported");
    if (disk->sgio && disk->device != DOMAIN_DISK_DEVICE_LUN)
        return UNSUPPORTED("sgio can be used only with device='lun'");
    if (disk->rawio && disk->device != DOMAIN_DISK_DEVICE_LUN)
        return UNSUPPORTED("rawio can be used only with device='lun'");
    if (disk->target->removable && disk->target->bus != DISK_BUS_USB)
        return XML_FAIL("removable is only valid for usb disks");
    if (disk->model && disk->target->bus != DISK_BUS_VIRTIO)
        return UNSUPPORTED("disk model '%s' not supported for bus '%s'",
                           vr_enum_to_string(&vr_enum_domain_disk_model, disk->model),
                           vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
    if (disk->wwn && (strlen(disk->wwn) != 16 || disk->wwn[strspn(disk->wwn, "0123456789abcdefABCDEF")]))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Malformed wwn: %s", disk->wwn);
    return 0;
}

/* A total stands for read and write together. */
int
domain_iotune_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const DomainIotune *tune = object;

    if (tune->total_bytes_sec && (tune->read_bytes_sec || tune->write_bytes_sec))
        return XML_FAIL("total and read/write bytes_sec cannot be set at the same time");
    if (tune->total_iops_sec && (tune->read_iops_sec || tune->write_iops_sec))
        return XML_FAIL("total and read/write iops_sec cannot be set at the same time");
    if (tune->total_bytes_sec_max && (tune->read_bytes_sec_max || tune->write_bytes_sec_max))
        return XML_FAIL("total and read/write bytes_sec_max cannot be set at the same time");
    if (tune->total_iops_sec_max && (tune->read_iops_sec_max || tune->write_iops_sec_max))
        return XML_FAIL("total and read/write iops_sec_max cannot be set at the same time");
    return 0;
}

/* Each protocol takes one kind of secret. */
static int
check_credentials(const DomainDisk *disk)
{
    const StorageSource *source = &disk->source;
    const char *kind = source->auth ? source->auth->secret->type : NULL, *wanted = NULL;

    if (!source->auth)
        return 0;
    if (!kind || (strcmp(kind, "ceph") != 0 && strcmp(kind, "iscsi") != 0 && strcmp(kind, "volume") != 0 &&
                  strcmp(kind, "tls") != 0 && strcmp(kind, "vtpm") != 0))
        return UNSUPPORTED("unknown secret type '%s'", kind ? kind : "<null>");
    if (source->type == STORAGE_TYPE_NETWORK && source->protocol == STORAGE_PROTOCOL_ISCSI)
        wanted = "iscsi";
    else if (source->type == STORAGE_TYPE_NETWORK && source->protocol == STORAGE_PROTOCOL_RBD)
        wanted = "ceph";
    if (wanted && strcmp(kind, wanted) != 0)
        return UNSUPPORTED("invalid secret type '%s'", kind);
    return 0;
}

int
domain_disk_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainDisk *disk = object;

    disk->source.type = disk->type;
    if (check_target(disk) < 0)
        return -1;
    disk->bus_implied = !disk->target->bus;
    if (!disk->target->bus)
        disk->target->bus = default_bus(disk);
    if (disk->device == DOMAIN_DISK_DEVICE_CDROM)
        disk->readonly = true;
    if (disk->auth && disk->source.auth)
        return UNSUPPORTED("an <auth> definition already found for disk source");
    if (disk->encryption && disk->source.encryption)
        return UNSUPPORTED("an <encryption> definition already found for disk source");
    if (disk->auth) {
        disk->source.auth = g_steal_pointer(&disk->auth);
        disk->source.auth_elsewhere = disk->auth_outside = true;
    }
    if (disk->encryption) {
        disk->source.encryption = g_steal_pointer(&disk->encryption);
        disk->source.encryption_elsewhere = disk->encryption_outside = true;
    }
    /* an empty drive lies on nothing */
    if (!vr_xml_child(node, "source") && disk->device != DOMAIN_DISK_DEVICE_DISK)
        disk->type = disk->source.type = STORAGE_TYPE_FILE;
    if (disk->type == STORAGE_TYPE_VHOSTUSER && !disk->snapshot)
        disk->snapshot = DOMAIN_DISK_SNAPSHOT_NO;
    if (disk->readonly && disk->snapshot == DOMAIN_DISK_SNAPSHOT_NO)
        disk->snapshot = DOMAIN_DISK_SNAPSHOT_UNSET; /* as for any disk that cannot change */
    if (disk->source.protocol == STORAGE_PROTOCOL_ISCSI)
        iscsi_name_complete(&disk->source.name);
    if (check_inquiry(disk) < 0 || check_tray(disk, node) < 0)
        return -1;
    return check_credentials(disk);
}

bool
storage_show_auth(const void *object, const VrFormat *format)
{
    return !((const StorageSource *) object)->auth_elsewhere;
}

bool
storage_show_encryption(const void *object, const VrFormat *format)
{
    return !((const StorageSource *) object)->encryption_elsewhere;
}

/* An iSCSI target's first unit need not be written. */
void
iscsi_name_complete(char **name)
{
    char *whole;

    if (!*name || strchr(*name, '/'))
        return;
    whole = g_strconcat(*name, "/0", NULL);
    g_free(*name);
    *name = whole;
}

/* A label that says nothing about the next start is dropped; one model labels once. */
int
seclabels_settle(DomainSeclabelDevice ***labels, size_t *n)
{
    for (size_t i = 0; i < *n; i++) {
        DomainSeclabelDevice *label = (*labels)[i];

        if (label->label && !*label->label)
            g_clear_pointer(&label->label, g_free);
        if (label->label && label->relabel == DOMAIN_SECLABEL_DEVICE_RELABEL_NO)
            return XML_FAIL("Cannot specify a label if relabelling is turned off. model=%s",
                            label->model ? label->model : "(null)");
        for (size_t j = 0; j < i; j++) {
            if (g_strcmp0((*labels)[j]->model, label->model) == 0)
                return DETAIL_FAIL("seclabel for model %s is already provided", label->model ? label->model : "(null)");
        }
        if (label->label && !label->relabel)
            label->relabel = DOMAIN_SECLABEL_DEVICE_RELABEL_YES;
    }
    for (size_t i = *n; i-- > 0;) {
        const DomainSeclabelDevice *label = (*labels)[i];

        if (!label->label && label->relabel != DOMAIN_SECLABEL_DEVICE_RELABEL_NO && !label->labelskip)
            domain_seclabel_device_free(vr_model_list_take(labels, n, i));
    }
    return 0;
}

static void
drop_empty(char **text)
{
    if (*text && !**text)
        g_clear_pointer(text, g_free);
}

static int
check_network(const StorageSource *source)
{
    bool path_optional = source->protocol == STORAGE_PROTOCOL_NBD || source->protocol == STORAGE_PROTOCOL_FTP ||
                         source->protocol == STORAGE_PROTOCOL_HTTP || source->protocol == STORAGE_PROTOCOL_HTTPS;

    if (!source->name && !path_optional)
        return XML_FAIL("missing name for disk source");
    if ((source->protocol == STORAGE_PROTOCOL_GLUSTER || source->protocol == STORAGE_PROTOCOL_RBD) && (!strchr(source->name, '/') || *source->name == '/'))
        return XML_FAIL("can't split path '%s' into pool name and image name", source->name);
    return 0;
}

/* Who does not reconnect has no time to wait. */
static int
settle_reconnect(StorageReconnect **reconnect, const VrXmlNode *node)
{
    if (!*reconnect)
        return 0;
    if ((*reconnect)->enabled == YES_NO_YES && !(*reconnect)->has_timeout)
        return vr_missing_attr(vr_xml_child(node, "reconnect"), "timeout");
    if (!(*reconnect)->enabled)
        g_clear_pointer(reconnect, storage_reconnect_free);
    else if ((*reconnect)->enabled == YES_NO_NO)
        (*reconnect)->has_timeout = false;
    return 0;
}

int
storage_source_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StorageSource *source = object;

    if (source->type == STORAGE_TYPE_NETWORK && check_network(source) < 0)
        return -1;
    if (source->type == STORAGE_TYPE_VOLUME && (!source->pool || !source->volume)) {
        g_clear_pointer(&source->pool, g_free);
        g_clear_pointer(&source->volume, g_free);
        if (vr_xml_attr(node, "pool") || vr_xml_attr(node, "volume"))
            return XML_FAIL("'pool' and 'volume' must be specified together for 'pool' type source");
    }
    if (source->type == STORAGE_TYPE_VHOSTUSER && !source->vhost_type)
        return XML_FAIL("missing 'type' attribute for vhostuser disk source");
    if (source->type == STORAGE_TYPE_VHOSTUSER && !source->path)
        return XML_FAIL("missing 'path' attribute for vhostuser disk source");
    drop_empty(&source->file);
    drop_empty(&source->dev);
    drop_empty(&source->dir);
    drop_empty(&source->name);
    if (settle_reconnect(&source->reconnect, node) < 0)
        return -1;
    return seclabels_settle(&source->seclabel, &source->n_seclabel);
}

/* Without a type the chain ends here, whatever else is written. */
int
backing_store_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    BackingStore *backing = object;

    if (backing->type)
        return 0;
    vr_desc_clear(&vr_desc_backing_store, backing);
    memset(backing, 0, sizeof(*backing));
    vr_desc_init(&vr_desc_backing_store, backing);
    return 0;
}

/* Where the user wrote credentials beside the source, they are printed there again. */
int
domain_disk_format_auth(VrFormat *format, const void *object)
{
    const DomainDisk *disk = object;

    if (disk->auth_outside && disk->source.auth)
        return vr_format_element(format, &vr_desc_auth, "auth", disk->source.auth, 0);
    return 0;
}

int
domain_disk_format_encryption(VrFormat *format, const void *object)
{
    const DomainDisk *disk = object;

    if (disk->encryption_outside && disk->source.encryption)
        return vr_format_element(format, &vr_desc_encryption, "encryption", disk->source.encryption, 0);
    return 0;
}

/* Order goes by what the document says; a bus that follows from the name comes too late for it. */
static int
written_bus(const DomainDisk *disk)
{
    return disk->bus_implied ? DISK_BUS_UNSET : disk->target->bus;
}

/* Disks of one bus stand together in the order of their names, each where its bus began. */
void
domain_disks_sort(DomainDef *def)
{
    DomainDisk **disks = g_steal_pointer(&def->devices.disk);
    size_t n = def->devices.n_disk;

    def->devices.n_disk = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = def->devices.n_disk;
        bool found = false;

        for (size_t j = def->devices.n_disk; j-- > 0;) {
            const DomainDisk *other = def->devices.disk[j];

            if (written_bus(other) != written_bus(disks[i]))
                continue;
            if (domain_disk_index(other->target->dev) > domain_disk_index(disks[i]->target->dev))
                at = j;
            else if (!found)
                at = j + 1;
            found = true;
        }
        vr_model_list_insert(&def->devices.disk, &def->devices.n_disk, at, disks[i]);
    }
    g_free(disks);
}

static int
check_same_target(const DomainDef *def, const DomainDisk *disk, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const DomainDisk *other = def->devices.disk[i];

        if (strcmp(other->target->dev, disk->target->dev) == 0)
            return XML_FAIL("target '%s' duplicated for disk sources '%s' and '%s'",
                            disk->target->dev, source_name(other) ? source_name(other) : "<null>",
                            source_name(disk) ? source_name(disk) : "<null>");
    }
    return 0;
}

/* A port is a number; 0 is none. */
static int
settle_port(char **port)
{
    unsigned number;

    if (!vr_read_uint(*port, 10, &number))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "failed to parse port number '%s'", *port);
    if (number > G_MAXUINT16)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "port '%s' out of range", *port);
    g_free(*port);
    *port = number ? g_strdup_printf("%u", number) : NULL;
    return 0;
}

int
storage_host_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StorageHost *host = object;

    if (host->transport == STORAGE_HOST_TRANSPORT_UNIX && !host->socket)
        return XML_FAIL("missing socket for unix transport");
    if (host->transport != STORAGE_HOST_TRANSPORT_UNIX && host->socket)
        return XML_FAIL("transport '%s' does not support socket attribute",
                        vr_xml_attr(node, "transport") ? vr_xml_attr(node, "transport") : "(null)");
    if (host->transport != STORAGE_HOST_TRANSPORT_UNIX && !host->name)
        return XML_FAIL("missing name for host");
    if (host->port && host->transport != STORAGE_HOST_TRANSPORT_UNIX)
        return settle_port(&host->port);
    return 0;
}

/* How many disks each bus holds: the address follows from the name. */
static DomainAddress *
address_by_name(const DomainDisk *disk)
{
    int index = domain_disk_index(disk->target->dev);
    unsigned at = (unsigned) index;

    if (index < 0)
        return NULL;
    switch (disk->target->bus) {
    case DISK_BUS_IDE:
        return domain_drive_address(at / 4, at % 4 / 2, 0, at % 2);
    case DISK_BUS_SCSI:
        return domain_drive_address(at / 7, 0, 0, at % 7);
    case DISK_BUS_SATA:
        return domain_drive_address(at / 6, 0, 0, at % 6);
    case DISK_BUS_FDC:
        return domain_drive_address(at / 2, 0, 0, at % 2);
    default:
        return NULL;
    }
}

static int
check_address(const DomainDisk *disk)
{
    static const int drive_buses = 1 << DISK_BUS_IDE | 1 << DISK_BUS_SCSI | 1 << DISK_BUS_SATA |
                                   1 << DISK_BUS_FDC;

    if (disk->address && drive_buses >> disk->target->bus & 1 &&
        disk->address->type != DOMAIN_ADDRESS_TYPE_DRIVE)
        return UNSUPPORTED("Invalid address type '%s' for the disk '%s' with the bus type '%s'",
                           vr_enum_to_string(&vr_enum_domain_address_type, disk->address->type),
                           disk->target->dev, vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
    return 0;
}

void
domain_disks_place(DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        DomainDisk *disk = def->devices.disk[i];

        if (!disk->address)
            disk->address = address_by_name(disk);
    }
}

static const char *const default_ports[] = {
    [STORAGE_PROTOCOL_NBD] = "10809",   [STORAGE_PROTOCOL_SHEEPDOG] = "7000", [STORAGE_PROTOCOL_GLUSTER] = "24007",
    [STORAGE_PROTOCOL_ISCSI] = "3260",  [STORAGE_PROTOCOL_HTTP] = "80",       [STORAGE_PROTOCOL_HTTPS] = "443",
    [STORAGE_PROTOCOL_FTP] = "21",      [STORAGE_PROTOCOL_FTPS] = "990",      [STORAGE_PROTOCOL_TFTP] = "69",
    [STORAGE_PROTOCOL_SSH] = "22",      [STORAGE_PROTOCOL_VXHS] = "9999",
};

static void
fill_ports(StorageSource *source)
{
    size_t protocol = (size_t) source->protocol;
    const char *port = protocol < G_N_ELEMENTS(default_ports) ? default_ports[protocol] : NULL;

    for (size_t i = 0; port && i < source->n_host; i++) {
        StorageHost *host = source->host[i];

        if (host->transport == STORAGE_HOST_TRANSPORT_TCP && !host->port)
            host->port = g_strdup(port);
    }
}

static void
fill_hosts(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++)
        fill_ports(&def->devices.disk[i]->source);
    if (def->os.nvram)
        fill_ports(&def->os.nvram->source);
}

/* No two devices share a place on a drive bus. */
static int
check_same_address(const DomainDef *def, const DomainDisk *disk, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const DomainDisk *other = def->devices.disk[i];

        if (disk->target->bus == other->target->bus && disk->address && other->address &&
            disk->address->type == DOMAIN_ADDRESS_TYPE_DRIVE &&
            vr_model_equal(&vr_desc_domain_address, disk->address, other->address))
            return UNSUPPORTED("Found duplicate drive address for disk with target name '%s' controller='%u' bus='%u' "
                               "target='%u' unit='%u'", disk->target->dev, disk->address->controller,
                               disk->address->bus, disk->address->target, disk->address->unit);
    }
    return 0;
}

int
domain_disks_fill(DomainDef *def)
{
    fill_hosts(def);
    return 0;
}

int
domain_disks_check(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        if (check_same_target(def, def->devices.disk[i], i) < 0)
            return -1;
    }
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];

        if (check_present(disk) < 0 || check_details(disk) < 0 || check_driver(disk) < 0 ||
            check_name(disk) < 0 || check_address(disk) < 0 || check_same_address(def, disk, i) < 0)
            return -1;
        if (disk->encryption_outside || disk->source.encryption) {
            const Encryption *encryption = disk->source.encryption;

            if (encryption && encryption->format == ENCRYPTION_FORMAT_LUKS && encryption->cipher)
                return UNSUPPORTED("supplying <cipher> for domain disk definition is unnecessary");
        }
    }
    return 0;
}
