/* What can change about a device while the guest runs: media, cables, passwords, the size of memory. */
#include <string.h>

#include "drivers/qemu/access.h"
#include "drivers/qemu/graphics.h"
#include "drivers/qemu/hotplug.h"
#include "store/guest_devices.h"

static int
cannot(const char *what, const char *field)
{
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cannot modify field '%s' of the %s", field, what);
}

static int
ask_drive(QemuChange *c, const char *command, const DomainDisk *disk, const char *name, const char *node)
{
    json_t *arguments = json_object();
    qemu_put_text(arguments, "id", disk->alias);
    qemu_put_text(arguments, name, node);
    return qemu_do(c, command, arguments);
}

static int
open_tray(QemuChange *c, const DomainDisk *disk, bool force)
{
    json_t *arguments = json_object();
    qemu_put_text(arguments, "id", disk->alias);
    qemu_put_bool(arguments, "force", force);
    return qemu_do(c, "blockdev-open-tray", arguments);
}

/* Another medium, or none, in the drive DISK of the live definition; SOURCE is taken out of WANTED. */
static int
change_medium(QemuChange *c, DomainDisk *disk, DomainDisk *wanted, bool force)
{
    const QemuPart *part = qemu_part("disk");
    QemuRun *run = qemu_run_of(c->next);
    g_autoptr(DomainDisk) old = domain_disk_copy(disk), fresh = domain_disk_copy(disk);
    bool was_empty = vr_domain_disk_is_empty(old);
    /* the drive stays what it is, the medium becomes what was asked for */
    DomainDisk *parts[] = {fresh, wanted};
    StorageSource source = parts[0]->source;
    parts[0]->source = parts[1]->source;
    parts[1]->source = source;
    fresh->type = wanted->type;
    g_clear_pointer(&fresh->backing_store, backing_store_free);
    fresh->backing_store = g_steal_pointer(&wanted->backing_store);
    if (!fresh->driver)
        fresh->driver = domain_disk_driver_new();
    g_free(fresh->driver->type);
    fresh->driver->type = g_strdup(wanted->driver && wanted->driver->type ? wanted->driver->type : "raw");
    if (!fresh->driver->name)
        fresh->driver->name = g_strdup("qemu");
    bool empty = vr_domain_disk_is_empty(fresh);
    fresh->source.index = empty ? 0 : ++run->next_node;
    unsigned unused = 0;
    if (!empty)
        qemu_blockdev_note_disk(fresh, &unused);
    if (open_tray(c, disk, force) < 0 || (!was_empty && ask_drive(c, "blockdev-remove-medium", disk, NULL, NULL) < 0))
        return -1;
    if (!empty) {
        g_autofree char *node = g_strdup_printf("libvirt-%u-format", fresh->source.index);
        if (qemu_plug_medium(c, fresh) < 0 || ask_drive(c, "blockdev-insert-medium", disk, "node-name", node) < 0) {
            virErrorPtr saved = vr_error_save();
            qemu_unplug_backends(c, part, fresh);
            qemu_access_revoke_device(run, part->element, fresh);
            if (!was_empty) { /* the old one goes back */
                g_autofree char *before = g_strdup_printf("libvirt-%u-format", old->source.index);
                ask_drive(c, "blockdev-insert-medium", disk, "node-name", before);
            }
            ask_drive(c, "blockdev-close-tray", disk, NULL, NULL);
            vr_error_restore(saved);
            return -1;
        }
        if (ask_drive(c, "blockdev-close-tray", disk, NULL, NULL) < 0)
            return -1;
    }
    if (!was_empty) {
        qemu_unplug_backends(c, part, old);
        qemu_access_revoke_device(run, part->element, old);
    }
    fresh->target->tray = empty ? DOMAIN_DISK_TARGET_TRAY_OPEN : DOMAIN_DISK_TARGET_TRAY_CLOSED;
    DomainDef *now = vr_guest_change_now(&c->change);
    for (size_t i = 0; i < now->devices.n_disk; i++) {
        if (now->devices.disk[i] != disk)
            continue;
        now->devices.disk[i] = g_steal_pointer(&fresh);
        domain_disk_free(disk);
    }
    return 0;
}

static bool
same_source(const DomainDisk *a, const DomainDisk *b)
{
    if (a->type != b->type || vr_domain_disk_is_empty(a) != vr_domain_disk_is_empty(b))
        return false;
    if (a->type == STORAGE_TYPE_NETWORK)
        return a->source.protocol == b->source.protocol && g_strcmp0(a->source.name, b->source.name) == 0;
    return g_strcmp0(vr_domain_disk_path(a), vr_domain_disk_path(b)) == 0;
}

static int
update_disk(QemuChange *c, void *have, void *object, bool force)
{
    DomainDisk *disk = have, *wanted = object;
    if (wanted->target->bus && wanted->target->bus != disk->target->bus)
        return cannot("disk", "bus");
    if (wanted->device != disk->device)
        return cannot("disk", "device");
    if (same_source(disk, wanted))
        return 0;
    if (disk->device != DOMAIN_DISK_DEVICE_CDROM && disk->device != DOMAIN_DISK_DEVICE_FLOPPY)
        return cannot("disk", "source");
    return change_medium(c, disk, wanted, force);
}

static int
update_net(QemuChange *c, void *have, void *object, bool force)
{
    DomainNet *net = have, *wanted = object;
    if (wanted->type != net->type)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cannot change config of '%s' network interface type",
                        vr_enum_to_string(&vr_enum_net_type, net->type));
    if (wanted->model && g_strcmp0(wanted->model, net->model) != 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cannot modify network device model from %s to %s",
                        net->model, wanted->model);
    if (wanted->mtu && wanted->mtu != net->mtu)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cannot modify MTU");
    bool was_down = net->link_state == DOMAIN_NET_LINK_STATE_DOWN, down = wanted->link_state == DOMAIN_NET_LINK_STATE_DOWN;
    if (was_down != down) {
        json_t *arguments = json_object();
        qemu_put_text(arguments, "name", net->alias);
        qemu_put_bool(arguments, "up", !down);
        if (qemu_do(c, "set_link", arguments) < 0)
            return -1;
    }
    net->link_state = wanted->link_state;
    bandwidth_free(net->bandwidth);
    net->bandwidth = g_steal_pointer(&wanted->bandwidth);
    return 0;
}

static int
update_graphics(QemuChange *c, void *have, void *object, bool force)
{
    DomainGraphics *graphics = have, *wanted = object;
    bool vnc = graphics->type == GRAPHICS_TYPE_VNC;
    if (!vnc && graphics->type != GRAPHICS_TYPE_SPICE)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "unable to change config on '%s' graphics type",
                        vr_enum_to_string(&vr_enum_graphics_type, graphics->type));
    if (wanted->autoport != YES_NO_YES && wanted->port > 0 && wanted->port != graphics->port)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "cannot change port settings on %s graphics",
                        vnc ? "vnc" : "spice");
    if (g_strcmp0(wanted->keymap, graphics->keymap) != 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "cannot change keymap setting on %s graphics",
                        vnc ? "vnc" : "spice");
    if (wanted->passwd && qemu_graphics_password(qemu_run_of(c->next), wanted) < 0)
        return -1;
    g_free(graphics->passwd);
    g_free(graphics->passwd_valid_to);
    graphics->passwd = g_strdup(wanted->passwd);
    graphics->passwd_valid_to = g_strdup(wanted->passwd_valid_to);
    return 0;
}

static int
update_memory(QemuChange *c, void *have, void *object, bool force)
{
    DomainMemoryDevice *memory = have, *wanted = object;
    if (memory->model != MEMORY_MODEL_VIRTIO_MEM)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "cannot modify memory of model '%s'",
                        vr_enum_to_string(&vr_enum_memory_model, memory->model));
    json_t *arguments = json_object();
    qemu_put_format(arguments, "path", "/machine/peripheral/%s", memory->alias);
    qemu_put_text(arguments, "property", "requested-size");
    qemu_put_number(arguments, "value", (long long)(wanted->target.requested * 1024));
    if (qemu_do(c, "qom-set", arguments) < 0)
        return -1;
    memory->target.requested = wanted->target.requested;
    return 0;
}

static const struct {
    const char *element;
    int (*update)(QemuChange *c, void *have, void *wanted, bool force);
} updates[] = {
    {"disk", update_disk}, {"interface", update_net}, {"graphics", update_graphics}, {"memory", update_memory},
};

int
qemu_update_live(QemuChange *c, const QemuPart *part, void *wanted, bool force)
{
    DomainDef *now = vr_guest_change_now(&c->change);
    int at = qemu_part_find(now, part, wanted);
    if (at < 0)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(updates); i++) {
        if (strcmp(updates[i].element, part->element) == 0)
            return updates[i].update(c, qemu_part_at(now, part, (size_t)at), wanted, force);
    }
    return qemu_part_check(part, "update", true, 0);
}
