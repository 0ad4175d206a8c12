/* Devices of the host handed to the guest.  Called by command.c. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "drivers/qemu/command.h"

static int
pci(QemuCommand *command, const DomainHostdev *hostdev)
{
    const HostdevAddress *source = hostdev->source.address;
    if (!hostdev->driver || hostdev->driver->name != DOMAIN_HOSTDEV_DRIVER_NAME_VFIO)
        return QEMU_FAIL("invalid PCI passthrough type '%s'",
                         hostdev->driver && hostdev->driver->name
                             ? vr_enum_to_string(&vr_enum_domain_hostdev_driver_name, hostdev->driver->name)
                             : "default");
    /* a device without a place in the guest is only taken away from the host */
    if (hostdev->address && hostdev->address->type == DOMAIN_ADDRESS_TYPE_UNASSIGNED)
        return 0;
    json_t *props = qemu_device_new("vfio-pci", NULL);
    qemu_put_format(props, "host", "%04x:%02x:%02x.%x", source->domain, source->bus, source->slot, source->function);
    qemu_put_text(props, "id", hostdev->alias);
    if (hostdev->boot)
        qemu_put_number(props, "bootindex", hostdev->boot->order);
    if (hostdev->teaming && hostdev->teaming->persistent)
        qemu_put_text(props, "failover_pair_id", hostdev->teaming->persistent);
    if (hostdev->rom && hostdev->rom->enabled == YES_NO_NO) {
        qemu_put_number(props, "rombar", 0);
    } else if (hostdev->rom) {
        if (hostdev->rom->bar)
            qemu_put_number(props, "rombar", hostdev->rom->bar == ON_OFF_ON);
        qemu_put_text(props, "romfile", hostdev->rom->file);
    }
    qemu_put_positive(props, "acpi-index", hostdev->acpi_index);
    return qemu_arg_device(command, props, hostdev->address);
}

static int
usb(QemuCommand *command, const DomainHostdev *hostdev)
{
    const HostdevSource *source = &hostdev->source;
    json_t *props = qemu_device_new("usb-host", NULL);
    if (!source->missing) {
        if (!source->address || (!source->address->bus && !source->address->device)) {
            json_decref(props);
            return QEMU_FAIL("USB host device is missing bus/device information");
        }
        qemu_put_format(props, "hostdevice", "/dev/bus/usb/%03u/%03u", source->address->bus, source->address->device);
    }
    switch (source->guest_reset) {
    case HOSTDEV_SOURCE_GUEST_RESET_OFF:
        qemu_put_bool(props, "guest-reset", false);
        break;
    case HOSTDEV_SOURCE_GUEST_RESET_UNINITIALIZED:
        qemu_put_bool(props, "guest-reset", true);
        qemu_put_bool(props, "guest-resets-all", false);
        break;
    case HOSTDEV_SOURCE_GUEST_RESET_ON:
        qemu_put_bool(props, "guest-reset", true);
        qemu_put_bool(props, "guest-resets-all", true);
        break;
    default:
        break;
    }
    qemu_put_text(props, "id", hostdev->alias);
    if (hostdev->boot)
        qemu_put_number(props, "bootindex", hostdev->boot->order);
    return qemu_arg_device(command, props, hostdev->address);
}

static int
mdev(QemuCommand *command, const DomainHostdev *hostdev)
{
    static const char *const drivers[] = {
        [HOSTDEV_MODEL_VFIO_PCI] = "vfio-pci", [HOSTDEV_MODEL_VFIO_CCW] = "vfio-ccw",
        [HOSTDEV_MODEL_VFIO_AP] = "vfio-ap",
    };
    const char *driver = (size_t)hostdev->model < G_N_ELEMENTS(drivers) ? drivers[hostdev->model] : NULL;
    if (!driver)
        return UNSUPPORTED("unsupported model '%s' of a mediated device",
                           vr_enum_to_string(&vr_enum_hostdev_model, hostdev->model));
    json_t *props = qemu_device_new(hostdev->ramfb == ON_OFF_ON ? "vfio-pci-nohotplug" : driver, hostdev->alias);
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(hostdev->source.address->uuid, uuid);
    qemu_put_format(props, "sysfsdev", "/sys/bus/mdev/devices/%s", uuid);
    qemu_put_on_off(props, "display", hostdev->display);
    qemu_put_switch(props, "ramfb", hostdev->ramfb == ON_OFF_ON ? ON_OFF_ON : ON_OFF_UNSET);
    if (hostdev->boot)
        qemu_put_number(props, "bootindex", hostdev->boot->order);
    return qemu_arg_device(command, props, hostdev->address);
}

static int
put_scsi_address(const QemuCommand *command, json_t *props, const DomainHostdev *hostdev)
{
    const DomainAddress *a = hostdev->address;
    if (!a || a->type != DOMAIN_ADDRESS_TYPE_DRIVE)
        return QEMU_FAIL("a SCSI host device needs an address on a SCSI controller");
    qemu_put_format(props, "bus", "%s.0", qemu_controller_alias(command->def, CONTROLLER_TYPE_SCSI, a->controller));
    if (qemu_scsi_is_narrow(command->def, a->controller)) {
        qemu_put_number(props, "scsi-id", a->unit);
    } else {
        qemu_put_number(props, "channel", a->bus);
        qemu_put_number(props, "scsi-id", a->target);
        qemu_put_number(props, "lun", a->unit);
    }
    return 0;
}

/* The generic node of a SCSI device on this host; NULL with the error set. */
static char *
scsi_generic(const HostdevSource *source)
{
    const HostdevAddress *address = source->address;
    unsigned host = 0;
    if (source->adapter && g_str_has_prefix(source->adapter, "scsi_host"))
        host = (unsigned)g_ascii_strtoull(source->adapter + strlen("scsi_host"), NULL, 10);
    g_autofree char *folder = g_strdup_printf("/sys/bus/scsi/devices/%u:%u:%u:%llu/scsi_generic", host, address->bus,
                                              address->target, address->unit);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    if (!dir) {
        vr_error_system(VIR_FROM_NONE, ENOENT, "cannot open directory '%s'", folder);
        return NULL;
    }
    const char *name = g_dir_read_name(dir);
    return g_strdup(name ? name : "");
}

static int
scsi(QemuCommand *command, const DomainHostdev *hostdev)
{
    g_autofree char *node = g_strdup_printf("libvirt-%s-backend", hostdev->alias);
    json_t *props;
    if (hostdev->source.protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI) {
        StorageSource source = {.type = STORAGE_TYPE_NETWORK, .protocol = STORAGE_PROTOCOL_ISCSI,
                                .name = hostdev->source.name, .host = hostdev->source.host,
                                .n_host = hostdev->source.n_host, .auth = hostdev->source.auth,
                                .initiator = hostdev->source.initiator};
        if (qemu_blockdev_check(&source) < 0)
            return -1;
        props = qemu_blockdev_source(command, &source, node, false, NULL);
        json_object_del(props, "auto-read-only");
        json_object_del(props, "discard");
    } else {
        g_autofree char *name = scsi_generic(&hostdev->source);
        if (!name)
            return -1;
        props = json_object();
        qemu_put_text(props, "driver", "host_device");
        qemu_put_format(props, "filename", "/dev/%s", name);
        qemu_put_text(props, "node-name", node);
    }
    qemu_put_bool(props, "read-only", hostdev->readonly);
    qemu_arg_json(command, "-blockdev", props);
    props = qemu_device_new("scsi-generic", NULL);
    if (put_scsi_address(command, props, hostdev) < 0) {
        json_decref(props);
        return -1;
    }
    qemu_put_text(props, "drive", node);
    qemu_put_text(props, "id", hostdev->alias);
    if (hostdev->shareable)
        qemu_put_bool(props, "share-rw", true);
    if (hostdev->boot)
        qemu_put_number(props, "bootindex", hostdev->boot->order);
    return qemu_arg_device(command, props, NULL);
}

static int
scsi_host(QemuCommand *command, const DomainHostdev *hostdev)
{
    if (access("/dev/vhost-scsi", F_OK) < 0)
        return vr_error(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED,
                        "vhost-scsi device file '/dev/vhost-scsi' cannot be found");
    const char *suffix = hostdev->model == HOSTDEV_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
                         : hostdev->model == HOSTDEV_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                                   : "";
    g_autofree char *driver = qemu_virtio_name("vhost-scsi", hostdev->address, suffix);
    json_t *props = qemu_device_new(driver, NULL);
    qemu_put_text(props, "wwpn", hostdev->source.wwpn);
    qemu_put_format(props, "vhostfd", "%d", command->next_fd);
    command->next_fd += 2;
    qemu_put_text(props, "id", hostdev->alias);
    return qemu_arg_device(command, props, hostdev->address);
}

int
qemu_command_hostdevs(QemuCommand *command)
{
    static int (*const adders[])(QemuCommand *, const DomainHostdev *) = {
        [HOSTDEV_TYPE_USB] = usb, [HOSTDEV_TYPE_PCI] = pci, [HOSTDEV_TYPE_SCSI] = scsi,
        [HOSTDEV_TYPE_SCSI_HOST] = scsi_host, [HOSTDEV_TYPE_MDEV] = mdev,
    };
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_hostdev; i++) {
        const DomainHostdev *hostdev = devices->hostdev[i];
        size_t type = (size_t)hostdev->type;
        if (hostdev->mode == DOMAIN_HOSTDEV_MODE_SUBSYSTEM && type < G_N_ELEMENTS(adders) && adders[type] &&
            adders[type](command, hostdev) < 0)
            return -1;
    }
    return 0;
}
