/* Adding arguments, and the parts that many devices have: addresses, virtio options.  Called by command_*.c. */
#include <stdarg.h>
#include <string.h>

#include "drivers/qemu/command.h"
#include "drivers/qemu/arch.h"
#include "drivers/qemu/fill.h"

void
qemu_arg(QemuCommand *command, const char *arg)
{
    g_ptr_array_add(command->args, g_strdup(arg));
}

void
qemu_arg2(QemuCommand *command, const char *option, const char *value)
{
    qemu_arg(command, option);
    qemu_arg(command, value);
}

void
qemu_argf(QemuCommand *command, const char *option, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    qemu_arg(command, option);
    g_ptr_array_add(command->args, g_strdup_vprintf(format, args));
    va_end(args);
}

void
qemu_arg_json(QemuCommand *command, const char *option, json_t *props)
{
    qemu_arg(command, option);
    g_ptr_array_add(command->args, qemu_props_text(props));
}

void
qemu_append_value(GString *out, const char *value)
{
    for (; value && *value; value++) {
        if (*value == ',')
            g_string_append_c(out, ',');
        g_string_append_c(out, *value);
    }
}

/* The name of the bus that PCI controller INDEX makes. */
static char *
pci_bus(const DomainDef *def, unsigned index)
{
    const DomainController *controller = qemu_find_controller(def, CONTROLLER_TYPE_PCI, (int)index);
    if (!controller || !controller->alias)
        return NULL;
    /* further host bridges name their bus after themselves */
    bool host_bridge = controller->model == CONTROLLER_MODEL_PCI_ROOT && controller->target &&
                       controller->target->has_index && controller->target->index != 0;
    return g_strconcat(controller->alias, host_bridge ? ".0" : NULL, NULL);
}

static int
put_pci(const DomainDef *def, json_t *props, const DomainAddress *address)
{
    g_autofree char *bus = pci_bus(def, address->bus);
    if (!bus)
        return QEMU_FAIL("Could not find PCI controller with index '%u' required for device at address '%04x:%02x:%02x.%u'",
                         address->bus, address->domain, address->bus, address->slot, address->function);
    qemu_put_text(props, "bus", bus);
    qemu_put_switch(props, "multifunction", address->multifunction);
    if (address->function)
        qemu_put_format(props, "addr", "0x%x.0x%x", address->slot, address->function);
    else
        qemu_put_format(props, "addr", "0x%x", address->slot);
    return 0;
}

int
qemu_put_address(const DomainDef *def, json_t *props, const DomainAddress *address)
{
    if (!address)
        return 0;
    switch (address->type) {
    case DOMAIN_ADDRESS_TYPE_PCI:
        return put_pci(def, props, address);
    case DOMAIN_ADDRESS_TYPE_USB: {
        const char *alias = qemu_controller_alias(def, CONTROLLER_TYPE_USB, address->bus);
        if (!alias)
            return QEMU_FAIL("could not find USB controller with index '%u'", address->bus);
        qemu_put_format(props, "bus", "%s.0", alias);
        qemu_put_text(props, "port", address->usb_port);
        return 0;
    }
    case DOMAIN_ADDRESS_TYPE_SPAPR_VIO:
        if (address->has_reg)
            qemu_put_number(props, "reg", (long long)address->reg);
        return 0;
    case DOMAIN_ADDRESS_TYPE_CCW:
        qemu_put_format(props, "devno", "%x.%x.%04x", address->cssid, address->ssid, address->devno);
        return 0;
    case DOMAIN_ADDRESS_TYPE_ISA:
        qemu_put_number(props, "iobase", address->iobase);
        qemu_put_positive(props, "irq", address->irq);
        return 0;
    case DOMAIN_ADDRESS_TYPE_DIMM:
        qemu_put_number(props, "slot", address->slot);
        qemu_put_positive(props, "addr", address->base);
        return 0;
    default:
        return 0;
    }
}

/* A mainframe's guest knows a PCI function by two numbers, which a device of their own carries. */
static void
add_zpci(QemuCommand *command, const json_t *props, const DomainAddress *address)
{
    const DomainZpci *zpci = address && address->type == DOMAIN_ADDRESS_TYPE_PCI ? address->zpci : NULL;
    const char *target = json_string_value(json_object_get(props, "id"));
    if (!zpci || !target)
        return;
    json_t *device = json_object();
    qemu_put_text(device, "driver", "zpci");
    qemu_put_number(device, "uid", zpci->uid);
    qemu_put_number(device, "fid", zpci->fid);
    qemu_put_text(device, "target", target);
    qemu_put_format(device, "id", "zpci%u", zpci->uid);
    qemu_arg_json(command, "-device", device);
}

/* The user's own properties for one device. */
static int
apply_override(const DomainDef *def, json_t *props)
{
    const char *alias = json_string_value(json_object_get(props, "id"));
    for (size_t i = 0; alias && def->qemu_override && i < def->qemu_override->n_qemu_device; i++) {
        const DomainQemuOverrideDevice *device = def->qemu_override->qemu_device[i];
        if (g_strcmp0(device->alias, alias) != 0 || !device->qemu_frontend)
            continue;
        for (size_t j = 0; j < device->qemu_frontend->n_qemu_property; j++) {
            const DomainQemuProperty *property = device->qemu_frontend->qemu_property[j];
            switch (property->type) {
            case DOMAIN_QEMU_PROPERTY_TYPE_SIGNED:
            case DOMAIN_QEMU_PROPERTY_TYPE_UNSIGNED:
                qemu_put_number(props, property->name, g_ascii_strtoll(property->value ? property->value : "0", NULL, 0));
                break;
            case DOMAIN_QEMU_PROPERTY_TYPE_BOOL:
                qemu_put_bool(props, property->name, g_strcmp0(property->value, "true") == 0);
                break;
            case DOMAIN_QEMU_PROPERTY_TYPE_REMOVE:
                json_object_del(props, property->name);
                break;
            default:
                qemu_put_text(props, property->name, property->value);
                break;
            }
        }
    }
    return 0;
}

int
qemu_arg_device(QemuCommand *command, json_t *props, const DomainAddress *address)
{
    if (qemu_put_address(command->def, props, address) < 0 || apply_override(command->def, props) < 0) {
        json_decref(props);
        return -1;
    }
    add_zpci(command, props, address);
    qemu_arg_json(command, "-device", props);
    return 0;
}

void
qemu_put_virtio(json_t *props, int iommu, int ats, int packed, int page_per_vq)
{
    qemu_put_switch(props, "iommu_platform", iommu);
    qemu_put_switch(props, "ats", ats);
    qemu_put_switch(props, "packed", packed);
    qemu_put_switch(props, "page-per-vq", page_per_vq);
}

char *
qemu_virtio_name(const char *base, const DomainAddress *address, const char *suffix)
{
    const char *bus = "";
    switch (address ? address->type : DOMAIN_ADDRESS_TYPE_UNSET) {
    case DOMAIN_ADDRESS_TYPE_PCI:
        bus = "-pci";
        break;
    case DOMAIN_ADDRESS_TYPE_CCW:
        bus = "-ccw";
        break;
    case DOMAIN_ADDRESS_TYPE_VIRTIO_MMIO:
        bus = "-device";
        break;
    default:
        break;
    }
    return g_strconcat(base, bus, suffix, NULL);
}

/* Its number, in a process that is yet to begin; a name, for one that runs and is told with "getfd". */
char *
qemu_command_pass(QemuCommand *command, int fd)
{
    g_array_append_val(command->passed, fd);
    return command->run ? g_strdup_printf("passed%u", command->passed->len - 1) : g_strdup_printf("%d", fd);
}

void
qemu_command_tls(QemuCommand *command, const char *id, const char *dir, bool server, bool verify)
{
    json_t *creds = qemu_object_new("tls-creds-x509", id);
    qemu_put_text(creds, "dir", dir);
    qemu_put_text(creds, "endpoint", server ? "server" : "client");
    qemu_put_bool(creds, "verify-peer", verify);
    qemu_arg_json(command, "-object", creds);
}
