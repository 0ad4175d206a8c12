/* Character devices: serial and parallel ports, channels, consoles, smart cards, USB redirection.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"

/* The back end of a device, and its id for the device's "chardev". */
static char *
back_end(QemuCommand *command, const ChardevSource *source, const char *alias)
{
    g_autofree char *id = g_strconcat("char", alias, NULL);
    return qemu_command_chardev(command, source, id, false) < 0 ? NULL : g_steal_pointer(&id);
}

static int
serial(QemuCommand *command, const DomainSerial *port, unsigned at)
{
    static const char *const drivers[] = {
        [SERIAL_MODEL_ISA_SERIAL] = "isa-serial",   [SERIAL_MODEL_USB_SERIAL] = "usb-serial",
        [SERIAL_MODEL_PCI_SERIAL] = "pci-serial",   [SERIAL_MODEL_SPAPR_VTY] = "spapr-vty",
        [SERIAL_MODEL_SCLPCONSOLE] = "sclpconsole", [SERIAL_MODEL_SCLPLMCONSOLE] = "sclplmconsole",
        [SERIAL_MODEL_ISA_DEBUGCON] = "isa-debugcon",
    };
    g_autofree char *id = back_end(command, &port->source, port->alias);
    int model = port->target.model;
    if (!id)
        return -1;
    /* ports on the board are there already */
    if (model == SERIAL_MODEL_PL011 || model == SERIAL_MODEL_16550A || model == SERIAL_MODEL_UNSET) {
        qemu_argf(command, "-serial", "chardev:%s", id);
        return 0;
    }
    json_t *props = qemu_device_new(drivers[model], NULL);
    qemu_put_text(props, "chardev", id);
    qemu_put_text(props, "id", port->alias);
    if (model == SERIAL_MODEL_ISA_SERIAL)
        qemu_put_number(props, "index", port->target.port);
    return qemu_arg_device(command, props, port->address);
}

static int
parallel(QemuCommand *command, const DomainParallel *port)
{
    g_autofree char *id = back_end(command, &port->source, port->alias);
    if (!id)
        return -1;
    json_t *props = qemu_device_new("isa-parallel", NULL);
    qemu_put_text(props, "chardev", id);
    qemu_put_text(props, "id", port->alias);
    return qemu_arg_device(command, props, port->address);
}

/* A port of a virtio-serial controller. */
static void
put_virtio_port(const DomainDef *def, json_t *props, const DomainAddress *address)
{
    if (!address || address->type != DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL)
        return;
    qemu_put_format(props, "bus", "%s.%u",
                    qemu_controller_alias(def, CONTROLLER_TYPE_VIRTIO_SERIAL, address->controller), address->bus);
    qemu_put_number(props, "nr", address->serial_port);
}

/* A socket in the folder of channels, named for the channel. */
static void
make_up_path(QemuCommand *command, DomainChannel *channel)
{
    if (channel->source.type != CHARDEV_TYPE_UNIX || channel->source.path)
        return;
    if (channel->target.name)
        channel->source.path = g_strdup_printf("%s/channel/target/domain-%s/%s", command->driver->paths.lib,
                                               command->short_name, channel->target.name);
    else
        channel->source.path = g_strdup_printf("%s/channel/target/domain-%s/vioser-%02u-%02u-%02u.sock",
                                               command->driver->paths.lib, command->short_name,
                                               channel->address ? channel->address->controller : 0,
                                               channel->address ? channel->address->bus : 0,
                                               channel->address ? channel->address->serial_port : 0);
    channel->source.mode = CHARDEV_MODE_BIND;
}

static int
channel(QemuCommand *command, DomainChannel *channel)
{
    if (channel->target.type == CHANNEL_TARGET_TYPE_VIRTIO)
        make_up_path(command, channel);
    g_autofree char *id = back_end(command, &channel->source, channel->alias);
    if (!id)
        return -1;
    if (channel->target.type == CHANNEL_TARGET_TYPE_GUESTFWD) {
        json_t *props = json_object(), *list = json_array(), *forward = json_object();
        bool v6 = channel->target.address && strchr(channel->target.address, ':');
        qemu_put_text(props, "type", "user");
        qemu_put_format(forward, "str", v6 ? "tcp:[%s]:%u-chardev:%s" : "tcp:%s:%u-chardev:%s", channel->target.address,
                        channel->target.port, id);
        json_array_append_new(list, forward);
        json_object_set_new(props, "guestfwd", list);
        qemu_put_text(props, "id", channel->alias);
        qemu_arg_json(command, "-netdev", props);
        return 0;
    }
    json_t *props = qemu_device_new("virtserialport", NULL);
    put_virtio_port(command->def, props, channel->address);
    qemu_put_text(props, "chardev", id);
    qemu_put_text(props, "id", channel->alias);
    qemu_put_text(props, "name", channel->target.name ? channel->target.name
                                 : channel->source.type == CHARDEV_TYPE_SPICEVMC ? "com.redhat.spice.0" : NULL);
    return qemu_arg_device(command, props, channel->address && channel->address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL
                                               ? NULL : channel->address);
}

static int
console(QemuCommand *command, const DomainConsole *console)
{
    const char *driver = NULL;
    switch (console->target.type) {
    case CONSOLE_TARGET_TYPE_SERIAL:
        return 0; /* the first serial port */
    case CONSOLE_TARGET_TYPE_VIRTIO:
        driver = "virtconsole";
        break;
    case CONSOLE_TARGET_TYPE_SCLP:
        driver = "sclpconsole";
        break;
    case CONSOLE_TARGET_TYPE_SCLPLM:
        driver = "sclplmconsole";
        break;
    default:
        return UNSUPPORTED("unsupported console target type %s",
                           vr_enum_to_string(&vr_enum_console_target_type, console->target.type));
    }
    g_autofree char *id = back_end(command, &console->source, console->alias);
    if (!id)
        return -1;
    json_t *props = qemu_device_new(driver, NULL);
    put_virtio_port(command->def, props, console->address);
    qemu_put_text(props, "chardev", id);
    qemu_put_text(props, "id", console->alias);
    return qemu_arg_device(command, props, console->address && console->address->type == DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL
                                               ? NULL : console->address);
}

int
qemu_command_chardevs(QemuCommand *command)
{
    DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_serial; i++) {
        if (serial(command, devices->serial[i], (unsigned)i) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_parallel; i++) {
        if (parallel(command, devices->parallel[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_channel; i++) {
        if (channel(command, devices->channel[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_console; i++) {
        if (console(command, devices->console[i]) < 0)
            return -1;
    }
    return 0;
}

static int
smartcard(QemuCommand *command, const DomainSmartcard *card)
{
    json_t *props;
    if (card->mode == DOMAIN_SMARTCARD_MODE_PASSTHROUGH) {
        g_autofree char *id = back_end(command, &card->source, card->alias);
        if (!id)
            return -1;
        props = qemu_device_new("ccid-card-passthru", NULL);
        qemu_put_text(props, "chardev", id);
    } else {
        bool host = card->mode == DOMAIN_SMARTCARD_MODE_HOST;
        props = qemu_device_new("ccid-card-emulated", NULL);
        qemu_put_text(props, "backend", host ? "nss-emulated" : "certificates");
        for (size_t i = 0; !host && i < card->n_certificate; i++) {
            g_autofree char *name = g_strdup_printf("cert%zu", i + 1);
            qemu_put_text(props, name, card->certificate[i]);
        }
        if (!host)
            qemu_put_text(props, "db", card->database ? card->database : "/etc/pki/nssdb");
    }
    qemu_put_text(props, "id", card->alias);
    const char *alias = qemu_controller_alias(command->def, CONTROLLER_TYPE_CCID,
                                              card->address ? card->address->controller : 0);
    qemu_put_format(props, "bus", "%s.0", alias ? alias : "ccid0");
    return qemu_arg_device(command, props, NULL);
}

int
qemu_command_smartcards(QemuCommand *command)
{
    for (size_t i = 0; i < command->def->devices.n_smartcard; i++) {
        if (smartcard(command, command->def->devices.smartcard[i]) < 0)
            return -1;
    }
    return 0;
}

/* "1.10" as 0x0110: two digits on either side, as USB devices tell their version. */
static void
append_version(GString *out, const char *version)
{
    unsigned major = 0, minor = 0;
    if (!version || strcmp(version, "-1") == 0) {
        g_string_append(out, ":-1");
        return;
    }
    const char *dot = strchr(version, '.');
    major = (unsigned)g_ascii_strtoull(version, NULL, 16);
    if (dot) {
        g_autofree char *digits = g_strndup(dot + 1, 2);
        minor = (unsigned)g_ascii_strtoull(digits, NULL, 16);
        if (strlen(digits) == 1)
            minor <<= 4;
    }
    g_string_append_printf(out, ":0x%04X", major << 8 | minor);
}

static void
append_number(GString *out, const char *format, int number)
{
    if (number < 0)
        g_string_append(out, "-1");
    else if (strcmp(format, "2") == 0)
        g_string_append_printf(out, "0x%02X", (unsigned)number);
    else
        g_string_append_printf(out, "0x%04X", (unsigned)number);
}

static char *
filter_text(const DomainRedirfilter *filter)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < filter->n_usbdev; i++) {
        const DomainRedirfilterDevice *device = filter->usbdev[i];
        if (i)
            g_string_append_c(out, '|');
        append_number(out, "2", device->class);
        g_string_append_c(out, ':');
        append_number(out, "4", device->vendor);
        g_string_append_c(out, ':');
        append_number(out, "4", device->product);
        append_version(out, device->version);
        g_string_append_printf(out, ":%d", device->allow);
    }
    return g_strdup(out->str);
}

int
qemu_command_redirdevs(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_redirdev; i++) {
        const DomainRedirdev *device = devices->redirdev[i];
        g_autofree char *id = back_end(command, &device->source, device->alias);
        if (!id)
            return -1;
        json_t *props = qemu_device_new("usb-redir", NULL);
        qemu_put_text(props, "chardev", id);
        qemu_put_text(props, "id", device->alias);
        if (devices->redirfilter && devices->redirfilter->n_usbdev) {
            g_autofree char *filter = filter_text(devices->redirfilter);
            qemu_put_text(props, "filter", filter);
        }
        if (device->boot)
            qemu_put_number(props, "bootindex", device->boot->order);
        if (qemu_arg_device(command, props, device->address) < 0)
            return -1;
    }
    return 0;
}
