/* Disks: the device that the guest sees, on the block nodes that hold its data.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/fill.h"

/* Where the device sits on a bus of drives. */
static int
put_drive_address(const DomainDef *def, json_t *props, const DomainDisk *disk)
{
    const DomainAddress *a = disk->address;
    if (!a || a->type != DOMAIN_ADDRESS_TYPE_DRIVE)
        return QEMU_FAIL("unexpected address type for %s disk", vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
    switch (disk->target->bus) {
    case DISK_BUS_IDE:
        if (a->target != 0)
            return QEMU_FAIL("target must be 0 for ide controller");
        qemu_put_format(props, "bus", "%s.%u", qemu_controller_alias(def, CONTROLLER_TYPE_IDE, a->controller), a->bus);
        qemu_put_number(props, "unit", a->unit);
        return 0;
    case DISK_BUS_SATA:
        if (a->bus != 0)
            return QEMU_FAIL("bus must be 0 for ide controller");
        if (a->target != 0)
            return QEMU_FAIL("target must be 0 for ide controller");
        qemu_put_format(props, "bus", "%s.%u", qemu_controller_alias(def, CONTROLLER_TYPE_SATA, a->controller), a->unit);
        return 0;
    case DISK_BUS_SCSI: {
        const char *alias = qemu_controller_alias(def, CONTROLLER_TYPE_SCSI, a->controller);
        qemu_put_format(props, "bus", "%s.0", alias);
        if (qemu_scsi_is_narrow(def, a->controller)) {
            if (a->target != 0)
                return QEMU_FAIL("target must be 0 for controller model 'lsilogic'");
            qemu_put_number(props, "scsi-id", a->unit);
        } else {
            qemu_put_number(props, "channel", a->bus);
            qemu_put_number(props, "scsi-id", a->target);
            qemu_put_number(props, "lun", a->unit);
        }
        return 0;
    }
    case DISK_BUS_FDC:
        qemu_put_number(props, "unit", a->unit);
        return 0;
    default:
        return 0;
    }
}

static char *
driver_name(const DomainDisk *disk)
{
    bool cdrom = disk->device == DOMAIN_DISK_DEVICE_CDROM;
    const char *suffix = disk->model == DOMAIN_DISK_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
                         : disk->model == DOMAIN_DISK_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                                    : "";
    switch (disk->target->bus) {
    case DISK_BUS_IDE:
    case DISK_BUS_SATA:
        return g_strdup(cdrom ? "ide-cd" : "ide-hd");
    case DISK_BUS_SCSI:
        if (disk->device == DOMAIN_DISK_DEVICE_LUN)
            return g_strdup("scsi-block");
        return g_strdup(cdrom ? "scsi-cd" : "scsi-hd");
    case DISK_BUS_VIRTIO:
        return qemu_virtio_name(disk->type == STORAGE_TYPE_VHOSTUSER ? "vhost-user-blk" : "virtio-blk", disk->address,
                                suffix);
    case DISK_BUS_USB:
        return g_strdup("usb-storage");
    case DISK_BUS_FDC:
        return g_strdup("floppy");
    default:
        return NULL;
    }
}

static void
put_virtio_driver(json_t *props, const DomainDiskDriver *driver)
{
    if (!driver)
        return;
    if (driver->iothread)
        qemu_put_format(props, "iothread", "iothread%u", driver->iothread);
    qemu_put_switch(props, "ioeventfd", driver->ioeventfd);
    qemu_put_switch(props, "event_idx", driver->event_idx);
    qemu_put_positive(props, "num-queues", driver->queues);
    qemu_put_positive(props, "queue-size", driver->queue_size);
    QEMU_PUT_VIRTIO(props, driver);
}

/* The place in the boot order: the disk's own, or the first of its kind takes that of the kind. */
static void
put_boot(QemuCommand *command, json_t *props, const DomainDisk *disk)
{
    unsigned *kind = disk->device == DOMAIN_DISK_DEVICE_CDROM ? &command->boot_cdrom : &command->boot_disk;
    if (disk->device == DOMAIN_DISK_DEVICE_FLOPPY)
        return;
    if (disk->boot)
        qemu_put_number(props, "bootindex", disk->boot->order);
    else
        qemu_put_positive(props, "bootindex", *kind);
    *kind = 0;
}

static void
put_policies(json_t *props, const DomainDiskDriver *driver)
{
    static const char *const write_policies[] = {NULL, "stop", "report", "ignore", "enospc"};
    static const char *const read_policies[] = {NULL, "stop", "report", "ignore"};
    if (!driver)
        return;
    qemu_put_text(props, "werror", write_policies[driver->error_policy]);
    if (driver->rerror_policy)
        qemu_put_text(props, "rerror", read_policies[driver->rerror_policy]);
    else if (driver->error_policy != DOMAIN_DISK_DRIVER_ERROR_POLICY_ENOSPACE)
        qemu_put_text(props, "rerror", write_policies[driver->error_policy]);
}

/* What the guest is told about a write cache follows from how the host caches. */
static void
put_write_cache(json_t *props, const DomainDisk *disk)
{
    int cache = disk->driver ? disk->driver->cache : DOMAIN_DISK_DRIVER_CACHE_DEFAULT;
    if (cache == DOMAIN_DISK_DRIVER_CACHE_DEFAULT || disk->device == DOMAIN_DISK_DEVICE_LUN ||
        disk->device == DOMAIN_DISK_DEVICE_CDROM || disk->target->bus == DISK_BUS_FDC)
        return;
    bool off = cache == DOMAIN_DISK_DRIVER_CACHE_WRITETHROUGH || cache == DOMAIN_DISK_DRIVER_CACHE_DIRECTSYNC;
    qemu_put_text(props, "write-cache", off ? "off" : "on");
}

static void
put_geometry(json_t *props, const DomainDisk *disk)
{
    static const char *const translations[] = {NULL, "none", "auto", "lba"};
    const DomainDiskGeometry *geometry = disk->geometry;
    const DomainDiskBlockio *blockio = disk->blockio;
    if (blockio) {
        qemu_put_positive(props, "logical_block_size", blockio->logical_block_size);
        qemu_put_positive(props, "physical_block_size", blockio->physical_block_size);
    }
    if (geometry && geometry->cyls) {
        qemu_put_number(props, "cyls", geometry->cyls);
        qemu_put_number(props, "heads", geometry->heads);
        qemu_put_number(props, "secs", geometry->secs);
        qemu_put_text(props, "bios-chs-trans", translations[geometry->trans]);
    }
}

static void
put_identity(json_t *props, const DomainDisk *disk)
{
    if (disk->wwn)
        json_object_set_new(props, "wwn", json_integer((json_int_t)g_ascii_strtoull(disk->wwn, NULL, 16)));
    qemu_put_positive(props, "rotation_rate", disk->target->rotation_rate);
    qemu_put_text(props, "vendor", disk->vendor);
    qemu_put_text(props, "product", disk->product);
    if (disk->target->bus == DISK_BUS_USB)
        qemu_put_bool(props, "removable", disk->target->removable == ON_OFF_ON);
    if (disk->serial && *disk->serial && disk->device != DOMAIN_DISK_DEVICE_LUN)
        qemu_put_text(props, "serial", disk->serial);
}

static int
vhost_user(QemuCommand *command, DomainDisk *disk, json_t *props)
{
    g_autofree char *id = g_strconcat("chr-vu-", disk->alias, NULL);
    ChardevSource source = {.type = CHARDEV_TYPE_UNIX, .path = disk->source.path, .mode = CHARDEV_MODE_CONNECT};
    if (disk->source.reconnect) {
        source.has_reconnect = true;
        source.reconnect.enabled = disk->source.reconnect->enabled;
        source.reconnect.timeout = disk->source.reconnect->timeout;
        source.reconnect.has_timeout = disk->source.reconnect->has_timeout;
    }
    if (qemu_command_chardev(command, &source, id, false) < 0)
        return -1;
    qemu_put_text(props, "chardev", id);
    return 0;
}

/* Memory cards have no device of their own on most boards. */
static void
sd_card(QemuCommand *command, const DomainDisk *disk, unsigned index)
{
    g_autoptr(GString) out = g_string_new("file=");
    const StorageSource *source = &disk->source;
    qemu_append_value(out, source->file ? source->file : source->dev);
    g_string_append_printf(out, ",format=%s,if=sd,index=%u", disk->driver ? disk->driver->type : "raw", index);
    if (disk->readonly)
        g_string_append(out, ",readonly=on");
    qemu_arg2(command, "-drive", out->str);
}

static int
add(QemuCommand *command, DomainDisk *disk)
{
    g_autofree char *node = NULL, *driver = driver_name(disk);
    if (!driver)
        return UNSUPPORTED("unsupported disk bus '%s' with device setup",
                           vr_enum_to_string(&vr_enum_disk_bus, disk->target->bus));
    if (disk->type != STORAGE_TYPE_VHOSTUSER && qemu_blockdev_chain(command, disk, &node) < 0)
        return -1;
    json_t *props = qemu_device_new(driver, NULL);
    int bus = disk->target->bus;
    if ((bus == DISK_BUS_IDE || bus == DISK_BUS_SATA || bus == DISK_BUS_SCSI || bus == DISK_BUS_FDC) &&
        put_drive_address(command->def, props, disk) < 0) {
        json_decref(props);
        return -1;
    }
    if (bus == DISK_BUS_SCSI && disk->device != DOMAIN_DISK_DEVICE_LUN) {
        if (disk->serial && *disk->serial)
            qemu_put_text(props, "device_id", disk->serial);
        else
            qemu_put_format(props, "device_id", "drive-%s", disk->alias);
    }
    if (bus == DISK_BUS_VIRTIO)
        put_virtio_driver(props, disk->driver);
    if (disk->shareable && disk->type != STORAGE_TYPE_VHOSTUSER)
        qemu_put_bool(props, "share-rw", true);
    if (disk->type == STORAGE_TYPE_VHOSTUSER && vhost_user(command, disk, props) < 0) {
        json_decref(props);
        return -1;
    }
    qemu_put_text(props, "drive", node);
    qemu_put_text(props, "id", disk->alias);
    put_boot(command, props, disk);
    put_geometry(props, disk);
    put_identity(props, disk);
    if (disk->type != STORAGE_TYPE_VHOSTUSER) {
        put_write_cache(props, disk);
        put_policies(props, disk->driver);
    }
    return qemu_arg_device(command, props, disk->address && disk->address->type == DOMAIN_ADDRESS_TYPE_DRIVE ? NULL
                                                                                                        : disk->address);
}

int
qemu_command_disks(QemuCommand *command)
{
    DomainDef *def = command->def;
    unsigned cards = 0;
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        DomainDisk *disk = def->devices.disk[i];
        if (disk->target->bus == DISK_BUS_SD)
            sd_card(command, disk, cards++);
        else if (add(command, disk) < 0)
            return -1;
    }
    return 0;
}
