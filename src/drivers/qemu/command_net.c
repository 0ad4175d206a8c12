/* Network interfaces and shared folders.  Called by command.c. */
#include <string.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"
#include "drivers/qemu/net_host.h"

static const char *
virtio_suffix(const char *model)
{
    return g_str_has_suffix(model, "-non-transitional") ? "-non-transitional"
           : g_str_has_suffix(model, "-transitional")   ? "-transitional"
                                                        : "";
}

static void
put_virtio_driver(json_t *props, const DomainNet *net)
{
    const DomainNetDriver *driver = net->driver;
    if (!driver)
        return;
    if (driver->txmode)
        qemu_put_text(props, "tx", driver->txmode == DOMAIN_NET_DRIVER_TXMODE_TIMER ? "timer" : "bh");
    qemu_put_switch(props, "ioeventfd", driver->ioeventfd);
    qemu_put_switch(props, "event_idx", driver->event_idx);
    if (driver->host) {
        qemu_put_switch(props, "csum", driver->host->csum);
        qemu_put_switch(props, "gso", driver->host->gso);
        qemu_put_switch(props, "host_tso4", driver->host->tso4);
        qemu_put_switch(props, "host_tso6", driver->host->tso6);
        qemu_put_switch(props, "host_ecn", driver->host->ecn);
        qemu_put_switch(props, "host_ufo", driver->host->ufo);
        qemu_put_switch(props, "mrg_rxbuf", driver->host->mrg_rxbuf);
    }
    if (driver->guest) {
        qemu_put_switch(props, "guest_csum", driver->guest->csum);
        qemu_put_switch(props, "guest_tso4", driver->guest->tso4);
        qemu_put_switch(props, "guest_tso6", driver->guest->tso6);
        qemu_put_switch(props, "guest_ecn", driver->guest->ecn);
        qemu_put_switch(props, "guest_ufo", driver->guest->ufo);
    }
    if (driver->queues > 1) {
        qemu_put_bool(props, "mq", true);
        qemu_put_number(props, "vectors", 2 * driver->queues + 2);
    }
    qemu_put_positive(props, "rx_queue_size", driver->rx_queue_size);
    qemu_put_positive(props, "tx_queue_size", driver->tx_queue_size);
    qemu_put_switch(props, "rss", driver->rss);
    qemu_put_switch(props, "hash", driver->rss_hash_report);
    QEMU_PUT_VIRTIO(props, driver);
}

static void
put_rom(json_t *props, const DomainRom *rom)
{
    if (!rom)
        return;
    if (rom->enabled == YES_NO_NO) {
        qemu_put_text(props, "romfile", "");
        return;
    }
    if (rom->bar)
        qemu_put_number(props, "rombar", rom->bar == ON_OFF_ON);
    qemu_put_text(props, "romfile", rom->file);
}

static unsigned
boot_place(QemuCommand *command, const DomainNet *net)
{
    if (net->boot)
        return net->boot->order;
    unsigned place = command->boot_network;
    command->boot_network = 0;
    return place;
}

/* Boards whose own network chip cannot be named as a device. */
static bool
is_on_board(const DomainDef *def, const DomainNet *net)
{
    return qemu_is_arm(def) && !qemu_is_arm_virt(def) && !net->address;
}

static int
net_device(QemuCommand *command, const DomainNet *net, const char *netdev)
{
    char mac[18];
    const unsigned char *m = net->mac.address;
    g_snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    unsigned boot = boot_place(command, net);
    bool virtio = qemu_net_is_virtio(net);
    if (is_on_board(command->def, net) && !virtio) {
        qemu_argf(command, "-net", "nic,macaddr=%s,netdev=%s,model=%s,id=%s", mac, netdev, net->model, net->alias);
        return 0;
    }
    g_autofree char *driver = virtio ? qemu_virtio_name("virtio-net", net->address, virtio_suffix(net->model))
                                     : g_strdup(net->model);
    json_t *props = qemu_device_new(driver, NULL);
    if (virtio)
        put_virtio_driver(props, net);
    if (virtio && net->mtu)
        qemu_put_number(props, "host_mtu", net->mtu);
    qemu_put_text(props, "netdev", netdev);
    qemu_put_text(props, "id", net->alias);
    qemu_put_text(props, "mac", mac);
    if (net->link_state == DOMAIN_NET_LINK_STATE_DOWN)
        qemu_put_text(props, "link", NULL);
    put_rom(props, net->rom);
    qemu_put_positive(props, "bootindex", boot);
    qemu_put_positive(props, "acpi-index", net->acpi_index);
    return qemu_arg_device(command, props, net->address);
}

/* One by a program of its own, at the other end of a socket. */
static json_t *
stream_netdev(QemuCommand *command, const QemuNetEnds *ends, const char *id)
{
    g_autofree char *name = qemu_command_pass(command, ends->fds[0]);
    json_t *props = json_object(), *address = json_object();
    qemu_put_text(address, "type", "fd");
    qemu_put_text(address, "str", name);
    qemu_put_text(props, "type", "stream");
    qemu_put_bool(props, "server", false);
    json_object_set_new(props, "addr", address);
    qemu_put_text(props, "id", id);
    return props;
}

/* A vhost-user server, which somebody else runs. */
static json_t *
vhost_user_netdev(QemuCommand *command, const DomainNet *net, const char *id)
{
    const DomainNetSource *source = &net->source;
    g_autofree char *chardev = g_strconcat("char", net->alias, NULL);
    ChardevSource socket = {.type = CHARDEV_TYPE_UNIX, .path = source->path};
    if (!source->path)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "a vhost-user interface without a socket's path");
    socket.mode = source->vhost_mode == DOMAIN_NET_SOURCE_VHOST_MODE_SERVER ? CHARDEV_MODE_BIND : CHARDEV_MODE_CONNECT;
    if (qemu_command_chardev(command, &socket, chardev, true) < 0)
        return NULL;
    json_t *props = json_object();
    qemu_put_text(props, "type", "vhost-user");
    qemu_put_text(props, "chardev", chardev);
    if (net->driver && net->driver->queues > 1)
        qemu_put_number(props, "queues", net->driver->queues);
    qemu_put_text(props, "id", id);
    return props;
}

/* A user-mode network, which needs nothing of the host. */
static json_t *
user_netdev(const DomainNet *net, const char *id)
{
    json_t *props = json_object();
    qemu_put_text(props, "type", "user");
    for (size_t i = 0; i < net->n_ip; i++) {
        const NetIp *ip = net->ip[i];
        bool v6 = ip->address && strchr(ip->address, ':');
        if (v6) {
            qemu_put_text(props, "ipv6-prefix", ip->address);
            if (ip->prefix)
                qemu_put_number(props, "ipv6-prefixlen", ip->prefix);
        } else if (ip->prefix) {
            qemu_put_format(props, "net", "%s/%u", ip->address, ip->prefix);
        } else {
            qemu_put_text(props, "net", ip->address);
        }
    }
    qemu_put_text(props, "id", id);
    return props;
}

static json_t *
socket_netdev(const DomainNet *net, const char *id)
{
    const DomainNetSource *source = &net->source;
    json_t *props = json_object();
    qemu_put_text(props, "type", "socket");
    const char *address = source->address ? source->address : "";
    switch (net->type) {
    case NET_TYPE_SERVER:
        qemu_put_format(props, "listen", "%s:%u", address, source->port);
        break;
    case NET_TYPE_CLIENT:
        qemu_put_format(props, "connect", "%s:%u", address, source->port);
        break;
    case NET_TYPE_MCAST:
        qemu_put_format(props, "mcast", "%s:%u", address, source->port);
        break;
    default:
        qemu_put_format(props, "udp", "%s:%u", address, source->port);
        if (source->local)
            qemu_put_format(props, "localaddr", "%s:%u", source->local->address ? source->local->address : "",
                            source->local->port);
        break;
    }
    qemu_put_text(props, "id", id);
    return props;
}

/* "fd" with one of the descriptors, "fds" with all. */
static void
put_descriptors(QemuCommand *command, json_t *props, const char *one, const int *fds, unsigned n)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *many = g_strconcat(one, "s", NULL);
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *name = qemu_command_pass(command, fds[i]);
        g_string_append_printf(names, "%s%s", i ? ":" : "", name);
    }
    qemu_put_text(props, n > 1 ? many : one, names->str);
}

static json_t *
tap_netdev(QemuCommand *command, const DomainNet *net, const char *id)
{
    const QemuNetEnds *ends = g_hash_table_lookup(command->ends, net);
    json_t *props = json_object();
    qemu_put_text(props, "type", "tap");
    if (ends) {
        put_descriptors(command, props, "fd", ends->fds, ends->n);
        if (ends->n_vhost) {
            qemu_put_bool(props, "vhost", true);
            put_descriptors(command, props, "vhostfd", ends->vhost, ends->n_vhost);
        }
        if (net->tune && net->tune->sndbuf && !ends->n_vhost)
            qemu_put_number(props, "sndbuf", (long long)net->tune->sndbuf);
    } else {
        qemu_put_format(props, "fd", "%d", command->next_fd);
        command->next_fd += 2;
    }
    qemu_put_text(props, "id", id);
    return props;
}

static int
add_net(QemuCommand *command, const DomainNet *net)
{
    g_autofree char *id = g_strconcat("host", net->alias, NULL);
    const QemuNetEnds *ends;
    json_t *props;
    switch (net->type) {
    case NET_TYPE_USER:
        ends = g_hash_table_lookup(command->ends, net);
        props = ends ? stream_netdev(command, ends, id) : user_netdev(net, id);
        break;
    case NET_TYPE_VHOSTUSER:
        props = vhost_user_netdev(command, net, id);
        break;
    case NET_TYPE_SERVER:
    case NET_TYPE_CLIENT:
    case NET_TYPE_MCAST:
    case NET_TYPE_UDP:
        props = socket_netdev(net, id);
        break;
    case NET_TYPE_ETHERNET:
    case NET_TYPE_BRIDGE:
    case NET_TYPE_NETWORK:
    case NET_TYPE_DIRECT:
        props = tap_netdev(command, net, id);
        break;
    default:
        return UNSUPPORTED("interfaces of type '%s' are not supported yet",
                           vr_enum_to_string(&vr_enum_net_type, net->type));
    }
    if (!props)
        return -1;
    qemu_arg_json(command, "-netdev", props);
    return net_device(command, net, id);
}

int
qemu_command_nets(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_interface; i++) {
        if (add_net(command, devices->interface[i]) < 0)
            return -1;
    }
    return 0;
}

static const char *
fs_suffix(const DomainFilesystem *fs)
{
    return fs->model == DOMAIN_FILESYSTEM_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
           : fs->model == DOMAIN_FILESYSTEM_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                          : "";
}

static int
virtiofs(QemuCommand *command, const DomainFilesystem *fs)
{
    g_autofree char *id = g_strconcat("chr-vu-", fs->alias, NULL);
    g_autofree char *made_up = g_strdup_printf("%s/%s-fs.sock", command->domain_dir, fs->alias);
    g_autofree char *driver = qemu_virtio_name("vhost-user-fs", fs->address, "");
    ChardevSource source = {.type = CHARDEV_TYPE_UNIX, .path = fs->source.socket ? fs->source.socket : made_up};
    if (qemu_command_chardev(command, &source, id, false) < 0)
        return -1;
    json_t *props = qemu_device_new(driver, fs->alias);
    qemu_put_text(props, "chardev", id);
    if (fs->driver)
        qemu_put_positive(props, "queue-size", fs->driver->queue);
    qemu_put_text(props, "tag", fs->target);
    if (fs->driver)
        QEMU_PUT_VIRTIO(props, fs->driver);
    if (fs->boot)
        qemu_put_number(props, "bootindex", fs->boot->order);
    return qemu_arg_device(command, props, fs->address);
}

static int
plan9(QemuCommand *command, const DomainFilesystem *fs)
{
    static const char *const models[] = {"passthrough", "mapped", "none"};
    static const char *const multidevs[] = {NULL, NULL, "remap", "forbid", "warn"};
    const DomainFilesystemDriver *driver = fs->driver;
    g_autoptr(GString) out = g_string_new(NULL);
    bool handle = driver && driver->type == DOMAIN_FILESYSTEM_DRIVER_TYPE_HANDLE;
    g_string_append(out, handle ? "handle" : "local");
    if (!handle)
        g_string_append_printf(out, ",security_model=%s", models[fs->accessmode]);
    if (fs->multidevs && multidevs[fs->multidevs])
        g_string_append_printf(out, ",multidevs=%s", multidevs[fs->multidevs]);
    if (fs->fmode)
        g_string_append_printf(out, ",fmode=%04o", fs->fmode);
    if (fs->dmode)
        g_string_append_printf(out, ",dmode=%04o", fs->dmode);
    if (driver && driver->wrpolicy)
        g_string_append(out, ",writeout=immediate");
    g_string_append_printf(out, ",id=fsdev-%s,path=", fs->alias);
    qemu_append_value(out, fs->source.dir);
    if (fs->readonly)
        g_string_append(out, ",readonly=on");
    qemu_arg2(command, "-fsdev", out->str);
    g_autofree char *name = qemu_virtio_name("virtio-9p", fs->address, fs_suffix(fs));
    json_t *props = qemu_device_new(name, fs->alias);
    qemu_put_format(props, "fsdev", "fsdev-%s", fs->alias);
    qemu_put_text(props, "mount_tag", fs->target);
    if (driver)
        QEMU_PUT_VIRTIO(props, driver);
    return qemu_arg_device(command, props, fs->address);
}

int
qemu_command_filesystems(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_filesystem; i++) {
        const DomainFilesystem *fs = devices->filesystem[i];
        bool is_virtiofs = fs->driver && fs->driver->type == DOMAIN_FILESYSTEM_DRIVER_TYPE_VIRTIOFS;
        if (is_virtiofs ? virtiofs(command, fs) : plan9(command, fs))
            return -1;
    }
    return 0;
}
