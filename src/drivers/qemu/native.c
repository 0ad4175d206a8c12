/* A definition as the command line that would start it: virConnectDomainXMLToNative. */
#include <string.h>

#include "drivers/qemu/command.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/address.h"

/* How an interface is connected depends on a host that is not asked: each becomes a bare one of the same card. */
static DomainNet *
bare_net(const DomainNet *net)
{
    DomainNet *bare = domain_net_new();
    bare->type = NET_TYPE_ETHERNET;
    bare->source.type = NET_TYPE_ETHERNET;
    memcpy(bare->mac.address, net->mac.address, sizeof(bare->mac.address));
    bare->model = g_strdup(net->model);
    bare->script = g_strdup(net->script);
    return bare;
}

/* The device of the host that an interface is: it goes to the guest all the same. */
static DomainHostdev *
net_hostdev(const DomainNet *net)
{
    const DomainNetHostdevAddress *from = net->source.host_address;
    DomainHostdev *hostdev = domain_hostdev_new();
    hostdev->mode = DOMAIN_HOSTDEV_MODE_SUBSYSTEM;
    hostdev->type = hostdev->source.type = from && from->type == DOMAIN_NET_HOSTDEV_ADDRESS_TYPE_USB ? HOSTDEV_TYPE_USB
                                                                                                  : HOSTDEV_TYPE_PCI;
    hostdev->source.address = hostdev_address_new();
    hostdev->source.address->type = hostdev->type;
    if (from) {
        hostdev->source.address->domain = from->domain;
        hostdev->source.address->bus = from->bus;
        hostdev->source.address->slot = from->slot;
        hostdev->source.address->function = from->function;
    }
    if (net->driver) {
        hostdev->driver = domain_hostdev_driver_new();
        hostdev->driver->name = net->driver->name == DOMAIN_NET_DRIVER_NAME_VFIO  ? DOMAIN_HOSTDEV_DRIVER_NAME_VFIO
                                : net->driver->name == DOMAIN_NET_DRIVER_NAME_KVM ? DOMAIN_HOSTDEV_DRIVER_NAME_KVM
                                : net->driver->name == DOMAIN_NET_DRIVER_NAME_XEN ? DOMAIN_HOSTDEV_DRIVER_NAME_XEN
                                                                                  : DOMAIN_HOSTDEV_DRIVER_NAME_UNSET;
    }
    return hostdev;
}

static void
simplify_nets(DomainDef *def)
{
    size_t n = 0;
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        DomainNet *bare = bare_net(def->devices.interface[i]);
        if (def->devices.interface[i]->type == NET_TYPE_HOSTDEV)
            vr_model_list_insert(&def->devices.hostdev, &def->devices.n_hostdev, n++,
                                 net_hostdev(def->devices.interface[i]));
        domain_net_free(def->devices.interface[i]);
        def->devices.interface[i] = bare;
    }
}

static bool
is_plain(const char *word)
{
    for (; *word; word++) {
        if (!g_ascii_isalnum(*word) && !strchr("_-./=:,+@%^", *word))
            return false;
    }
    return true;
}

/* One word as a shell reads it. */
static void
append_word(GString *out, const char *word)
{
    if (*word && is_plain(word)) {
        g_string_append(out, word);
        return;
    }
    g_string_append_c(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            g_string_append(out, "'\\''");
        else
            g_string_append_c(out, *word);
    }
    g_string_append_c(out, '\'');
}

static void
append_env(GString *out, const char *setting)
{
    const char *equals = strchr(setting, '=');
    g_string_append_len(out, setting, equals - setting + 1);
    append_word(out, equals + 1);
    g_string_append_c(out, ' ');
}

/* The first word stands alone; an option takes a line with its value. */
static char *
as_text(const QemuCommand *command)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < command->env->len; i++)
        append_env(out, command->env->pdata[i]);
    for (guint i = 0; i < command->args->len; i++) {
        if (i)
            g_string_append_c(out, ' ');
        append_word(out, command->args->pdata[i]);
    }
    g_string_append_c(out, '\n');
    return g_strdup(out->str);
}

char *
qemu_domain_xml_to_native(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return NULL;
    if (strcmp(format, "qemu-argv") != 0)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported config type %s", format);
    g_autoptr(DomainDef) def = qemu_domain_parse(driver, xml, 0);
    if (!def)
        return NULL;
    g_autoptr(QemuCaps) caps = qemu_caps_of(driver->caps, def->devices.emulator);
    if (!caps)
        return NULL;
    QemuParse parse = {.driver = driver, .caps = caps};
    simplify_nets(def);
    if (qemu_assign_all(def, &parse) < 0)
        return NULL;
    g_autoptr(QemuCommand) command = qemu_command_new(driver, caps, def, true);
    if (qemu_command_build(command) < 0)
        return NULL;
    return as_text(command);
}
