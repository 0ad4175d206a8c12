/* What QEMU cannot do with disks.  Called by validate.c while a definition is read. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

#define INTERNAL(...) vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

static const char *
bus_name(const DomainDisk *disk)
{
    return vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus);
}

/* Formats that hold the offsets of what they hold: two writers would destroy them. */
static bool
is_raw(const DomainDisk *disk)
{
    return !disk->driver || !disk->driver->type || strcmp(disk->driver->type, "raw") == 0;
}

static int
check_format(const DomainDisk *disk)
{
    const char *format = disk->driver && disk->driver->type ? disk->driver->type : "raw";
    if (disk->driver && disk->driver->name && strcmp(disk->driver->name, "qemu") != 0)
        return UNSUPPORTED("unsupported driver name '%s' for disk '%s'", disk->driver->name, disk->target->dev);
    if (strcmp(format, "dir") == 0)
        return UNSUPPORTED("'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead");
    if (strcmp(format, "iso") == 0)
        return UNSUPPORTED("storage format 'iso' is not directly supported by QEMU, use 'raw' instead");
    if (disk->type == STORAGE_TYPE_DIR && strcmp(format, "fat") != 0)
        return UNSUPPORTED("storage type 'dir' requires use of storage format 'fat'");
    if (disk->type == STORAGE_TYPE_DIR && !disk->readonly)
        return UNSUPPORTED("virtual FAT storage can't be accessed in read-write mode");
    if (disk->type != STORAGE_TYPE_DIR && disk->type != STORAGE_TYPE_VOLUME && strcmp(format, "fat") == 0)
        return UNSUPPORTED("storage format 'fat' is supported only with 'dir' storage type");
    return 0;
}

static int
check_encryption(const DomainDisk *disk)
{
    const Encryption *encryption = disk->source.encryption;
    const char *format = disk->driver && disk->driver->type ? disk->driver->type : "raw";
    if (!encryption)
        return 0;
    if (encryption->engine != ENCRYPTION_ENGINE_LIBRBD && strcmp(format, "raw") != 0 && strcmp(format, "qcow2") != 0)
        return UNSUPPORTED("encryption is supported only with 'raw' and 'qcow2' image format");
    if (encryption->format == ENCRYPTION_FORMAT_QCOW || encryption->format == ENCRYPTION_FORMAT_DEFAULT)
        return UNSUPPORTED("old qcow2 encryption is not supported");
    if (encryption->engine == ENCRYPTION_ENGINE_LIBRBD && (disk->type != STORAGE_TYPE_NETWORK ||
                                                           disk->source.protocol != STORAGE_PROTOCOL_RBD))
        return UNSUPPORTED("librbd encryption is supported only with RBD backed disks");
    return 0;
}

static int
check_source(const StorageSource *source)
{
    bool tls = source->type == STORAGE_TYPE_NETWORK && source->tls == YES_NO_YES;
    if (tls && source->protocol != STORAGE_PROTOCOL_NBD && source->protocol != STORAGE_PROTOCOL_VXHS)
        return UNSUPPORTED("TLS transport is not supported for disk protocol '%s'",
                           vr_enum_to_string(&vr_enum_storage_protocol, source->protocol));
    if (source->slices && source->type != STORAGE_TYPE_FILE && source->type != STORAGE_TYPE_BLOCK &&
        source->type != STORAGE_TYPE_NETWORK && source->type != STORAGE_TYPE_NVME)
        return UNSUPPORTED("storage slice is not supported for this type of storage");
    if (source->type == STORAGE_TYPE_NETWORK && source->query && source->protocol != STORAGE_PROTOCOL_HTTP &&
        source->protocol != STORAGE_PROTOCOL_HTTPS)
        return UNSUPPORTED("query is supported only with HTTP(S) protocols");
    return 0;
}

/* Options of the driver that need a certain bus or cache. */
static int
check_driver(const DomainDef *def, const DomainDisk *disk)
{
    const DomainDiskDriver *driver = disk->driver;
    bool virtio = disk->target->bus == DISK_BUS_VIRTIO;
    if (!driver)
        return 0;
    if (driver->copy_on_read == ON_OFF_ON && (disk->readonly || disk->type == STORAGE_TYPE_NVME))
        return UNSUPPORTED("copy_on_read is not compatible with read-only disk '%s'", disk->target->dev);
    if (driver->copy_on_read == ON_OFF_ON && disk->device != DOMAIN_DISK_DEVICE_DISK)
        return UNSUPPORTED("copy_on_read is supported only for disk devices");
    if (driver->io == DOMAIN_DISK_DRIVER_IO_NATIVE && driver->cache != DOMAIN_DISK_DRIVER_CACHE_NONE &&
        driver->cache != DOMAIN_DISK_DRIVER_CACHE_DIRECTSYNC)
        return UNSUPPORTED("native I/O needs either no disk cache or directsync cache mode, QEMU will fallback to "
                           "aio=threads");
    if (driver->iothread) {
        bool found = false;
        if (!virtio)
            return UNSUPPORTED("IOThreads not available for bus %s target %s", bus_name(disk), disk->target->dev);
        for (size_t i = 0; def->iothreadids && i < def->iothreadids->n_iothread; i++)
            found |= def->iothreadids->iothread[i]->id == driver->iothread;
        if (!def->iothreadids && driver->iothread <= def->iothreads)
            found = true;
        if (!found)
            return UNSUPPORTED("Disk iothread '%u' not defined in iothreadid", driver->iothread);
    }
    if (!virtio) {
        if (driver->event_idx)
            return UNSUPPORTED("disk event_idx mode supported only for virtio bus");
        if (driver->ioeventfd)
            return UNSUPPORTED("disk ioeventfd mode supported only for virtio bus");
        if (driver->queues)
            return UNSUPPORTED("queues attribute in disk driver element is only supported by virtio-blk");
        if (driver->queue_size)
            return UNSUPPORTED("queue_size attribute in disk driver is only supported by virtio-blk");
        if (driver->iommu || driver->ats || driver->packed || driver->page_per_vq)
            return UNSUPPORTED("iommu driver option is only supported for virtio devices");
    }
    return 0;
}

static bool
safe_text(const char *text, const char *also)
{
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr(also, *text))
            return false;
    }
    return true;
}

static int
check_identity(const DomainDisk *disk)
{
    int bus = disk->target->bus;
    bool drive = bus == DISK_BUS_SCSI || bus == DISK_BUS_IDE || bus == DISK_BUS_SATA;
    if (disk->serial && !safe_text(disk->serial, "_- .+"))
        return INTERNAL("driver serial '%s' contains unsafe characters", disk->serial);
    if (disk->target->rotation_rate && !drive)
        return INTERNAL("rotation rate is only valid for SCSI/IDE/SATA bus");
    if (disk->wwn && !drive)
        return UNSUPPORTED("Only ide and scsi disk support wwn");
    if ((disk->vendor || disk->product) && bus != DISK_BUS_SCSI)
        return UNSUPPORTED("Only scsi disk supports vendor and product");
    if (disk->geometry && disk->geometry->trans && bus != DISK_BUS_IDE)
        return UNSUPPORTED("CHS translation mode can only be set for 'ide' bus not '%s'", bus_name(disk));
    return 0;
}

static int
check_device(const DomainDisk *disk)
{
    int bus = disk->target->bus;
    const char *device = vr_enum_to_string(&vr_enum_domain_disk_device, disk->device);
    const char *dev = disk->target->dev;
    if (*dev && g_ascii_isdigit(dev[strlen(dev) - 1]) && disk->device != DOMAIN_DISK_DEVICE_CDROM)
        return UNSUPPORTED("invalid disk target '%s', partitions can't appear in disk targets", dev);
    if (disk->device == DOMAIN_DISK_DEVICE_CDROM && bus == DISK_BUS_VIRTIO)
        return UNSUPPORTED("disk type of '%s' does not support ejectable media", dev);
    if (disk->device == DOMAIN_DISK_DEVICE_LUN && bus != DISK_BUS_VIRTIO && bus != DISK_BUS_SCSI)
        return UNSUPPORTED("disk device='lun' is not supported for bus='%s'", bus_name(disk));
    if (disk->device == DOMAIN_DISK_DEVICE_LUN && !is_raw(disk))
        return UNSUPPORTED("disk device 'lun' using target '%s' must use 'raw' format", dev);
    if (disk->device == DOMAIN_DISK_DEVICE_LUN && bus == DISK_BUS_VIRTIO)
        return UNSUPPORTED("disk device='lun' is not supported for virtio bus");
    if (disk->device == DOMAIN_DISK_DEVICE_FLOPPY && bus != DISK_BUS_FDC)
        return UNSUPPORTED("floppy device type is only supported with fdc bus, not '%s'", bus_name(disk));
    if (bus == DISK_BUS_SD && disk->device == DOMAIN_DISK_DEVICE_CDROM)
        return UNSUPPORTED("unsupported device type '%s' for bus 'sd'", device);
    if (disk->readonly && disk->device == DOMAIN_DISK_DEVICE_DISK && bus == DISK_BUS_IDE)
        return UNSUPPORTED("readonly ide disks are not supported");
    if (disk->readonly && disk->device == DOMAIN_DISK_DEVICE_DISK && bus == DISK_BUS_SATA)
        return UNSUPPORTED("readonly sata disks are not supported");
    if (bus == DISK_BUS_XEN || bus == DISK_BUS_UML)
        return UNSUPPORTED("unsupported disk bus '%s' with device setup", bus_name(disk));
    if (bus == DISK_BUS_USB && disk->address && disk->address->type != DOMAIN_ADDRESS_TYPE_USB)
        return INTERNAL("unexpected address type for usb disk");
    if (bus == DISK_BUS_VIRTIO && disk->address && disk->address->type == DOMAIN_ADDRESS_TYPE_DRIVE)
        return UNSUPPORTED("disk bus 'virtio' doesn't support address type 'drive'");
    return 0;
}

static int
check_sharing(const DomainDisk *disk)
{
    if (disk->shareable && !disk->readonly && !is_raw(disk) && disk->type != STORAGE_TYPE_NETWORK)
        return UNSUPPORTED("shared access for disk '%s' requires use of supported storage format", disk->target->dev);
    if (disk->shareable && disk->driver && disk->driver->cache != DOMAIN_DISK_DRIVER_CACHE_DEFAULT &&
        disk->driver->cache != DOMAIN_DISK_DRIVER_CACHE_NONE && !disk->readonly && disk->type == STORAGE_TYPE_VHOSTUSER)
        return UNSUPPORTED("shared disk '%s' needs cache mode 'none'", disk->target->dev);
    if (disk->has_transient) {
        if (disk->readonly)
            return UNSUPPORTED("disk transient state not supported for read-only disk '%s'", disk->target->dev);
        if (disk->device != DOMAIN_DISK_DEVICE_DISK)
            return UNSUPPORTED("'transient' option supported only for disk of type 'disk'");
        if (disk->shareable)
            return UNSUPPORTED("disk '%s' can't be transient and shareable at the same time", disk->target->dev);
        if (disk->type != STORAGE_TYPE_FILE && disk->type != STORAGE_TYPE_BLOCK)
            return UNSUPPORTED("disk transient state not supported for this type of storage");
    }
    return 0;
}

static int
check_iotune(const DomainIotune *tune)
{
    const struct {
        unsigned long long rate, max, length;
        const char *name;
    } rows[] = {
        {tune ? tune->total_bytes_sec : 0, tune ? tune->total_bytes_sec_max : 0,
         tune ? tune->total_bytes_sec_max_length : 0, "total_bytes_sec"},
        {tune ? tune->read_bytes_sec : 0, tune ? tune->read_bytes_sec_max : 0,
         tune ? tune->read_bytes_sec_max_length : 0, "read_bytes_sec"},
        {tune ? tune->write_bytes_sec : 0, tune ? tune->write_bytes_sec_max : 0,
         tune ? tune->write_bytes_sec_max_length : 0, "write_bytes_sec"},
        {tune ? tune->total_iops_sec : 0, tune ? tune->total_iops_sec_max : 0,
         tune ? tune->total_iops_sec_max_length : 0, "total_iops_sec"},
        {tune ? tune->read_iops_sec : 0, tune ? tune->read_iops_sec_max : 0,
         tune ? tune->read_iops_sec_max_length : 0, "read_iops_sec"},
        {tune ? tune->write_iops_sec : 0, tune ? tune->write_iops_sec_max : 0,
         tune ? tune->write_iops_sec_max_length : 0, "write_iops_sec"},
    };
    for (gsize i = 0; tune && i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].rate > 1000000000000000ull || rows[i].max > 1000000000000000ull)
            return UNSUPPORTED("block I/O throttle limit must be no more than 1000000000000000 using QEMU");
        if (rows[i].length && !rows[i].max)
            return UNSUPPORTED("value '%s_max' must be set if '%s_max_length' is set", rows[i].name, rows[i].name);
        if (rows[i].max && !rows[i].rate)
            return UNSUPPORTED("value '%s' cannot be set if '%s_max' is not set", rows[i].name, rows[i].name);
    }
    return 0;
}

int
qemu_validate_disks(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        if (def->devices.disk[i]->type == STORAGE_TYPE_VHOSTUSER && !qemu_has_shared_memory(def))
            return UNSUPPORTED("'vhostuser' requires shared memory");
        const DomainDisk *disk = def->devices.disk[i];
        if (check_device(disk) < 0 || check_format(disk) < 0 || check_encryption(disk) < 0 ||
            check_source(&disk->source) < 0 || check_driver(def, disk) < 0 || check_identity(disk) < 0 ||
            check_sharing(disk) < 0 || check_iotune(disk->iotune) < 0)
            return -1;
    }
    return 0;
}
