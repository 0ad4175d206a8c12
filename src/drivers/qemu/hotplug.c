/* Attaching, detaching and updating devices, in the stored definition and in the running guest.
 *
 * On client threads in the guest's turn.  The stored definition is worked out first, for it can only be refused; it is kept
 * once the running guest has taken the change.
 */
#include "drivers/qemu/hotplug.h"

#include <string.h>

#include "drivers/qemu/access.h"
#include "drivers/qemu/fault.h"
#include "drivers/qemu/fill.h"
#include "drivers/qemu/helper.h"
#include "drivers/qemu/net_host.h"
#include "drivers/qemu/ops.h"
#include "store/guest_devices.h"

#define AFFECT (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

static bool
is(const QemuPart *part, const char *element)
{
    return strcmp(part->element, element) == 0;
}

/* A device read alone, freed with its kind. */
typedef struct {
    void *object;
    const QemuPart *part;
    char *xml;
} Device;

static void
device_clear(Device *device)
{
    if (device->object)
        vr_model_free(device->part->desc, device->object);
    g_free(device->xml);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Device, device_clear)

static int
device_read(Device *device, const char *xml)
{
    device->object = qemu_device_read(xml, &device->part, &device->xml);
    return device->object ? 0 : -1;
}

/* DEF (taken) is the stored definition from now on. */
static void
set_config(QemuChange *c, DomainDef *def)
{
    VrGuestState *next = c->next;
    def->id = -1;
    vr_guest_set_def(vr_guest_is_active(next) ? &next->config : &next->now, vr_guest_def_new(def));
}

static int
check_new(const DomainDef *def, const QemuPart *part, const void *device)
{
    for (size_t i = 0; is(part, "disk") && i < def->devices.n_disk; i++) {
        if (part->match(def->devices.disk[i], device))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "target %s already exists",
                            def->devices.disk[i]->target->dev);
    }
    for (size_t i = 0; (is(part, "controller") || is(part, "lease") || is(part, "shmem") || is(part, "filesystem")) &&
                       i < qemu_part_count(def, part); i++) {
        if (part->match(qemu_part_at(def, part, i), device) &&
            !(is(part, "controller") && ((const DomainController *)device)->index < 0))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the domain already has such a %s device", part->element);
    }
    for (size_t i = 0; is(part, "hostdev") && i < def->devices.n_hostdev; i++) {
        if (part->match(def->devices.hostdev[i], device))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "device is already in the domain configuration");
    }
    if (is(part, "watchdog") && def->devices.n_watchdog)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain already has a watchdog");
    if (is(part, "vsock") && def->devices.vsock)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain already has a vsock device");
    return 0;
}

/* What no running guest takes, whatever its kind says. */
static int
check_pluggable(const QemuPart *part, const void *device)
{
    if (is(part, "disk")) {
        const DomainDisk *disk = device;
        int bus = disk->target->bus;
        if (disk->device == DOMAIN_DISK_DEVICE_CDROM && bus != DISK_BUS_USB && bus != DISK_BUS_SCSI)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                            "cdrom hotplug isn't supported on bus '%s'",
                            vr_enum_to_string(&vr_enum_disk_bus, bus));
        if (disk->device == DOMAIN_DISK_DEVICE_FLOPPY)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "floppy device hotplug isn't supported");
        if (bus != DISK_BUS_VIRTIO && bus != DISK_BUS_SCSI && bus != DISK_BUS_USB)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "disk bus '%s' cannot be hotplugged.",
                            vr_enum_to_string(&vr_enum_disk_bus, bus));
    }
    if (is(part, "controller") && ((const DomainController *)device)->type != CONTROLLER_TYPE_SCSI)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "'%s' controller cannot be hot plugged.",
                        vr_enum_to_string(&vr_enum_controller_type, ((const DomainController *)device)->type));
    if (is(part, "input") && ((const DomainInput *)device)->bus == INPUT_BUS_PS2)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "input device on bus 'ps2' cannot be hot plugged.");
    if (is(part, "watchdog") && ((const DomainWatchdog *)device)->model != DOMAIN_WATCHDOG_MODEL_I6300ESB)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "hotplug of watchdog of model %s is not supported",
                        vr_enum_to_string(&vr_enum_domain_watchdog_model, ((const DomainWatchdog *)device)->model));
    return 0;
}

/* Move DEVICE into the live definition and name it; it is numbered where it has block nodes. */
static void
settle(QemuChange *c, const QemuPart *part, void *device)
{
    DomainDef *now = vr_guest_change_now(&c->change);
    QemuRun *run = qemu_run_of(c->next);
    qemu_part_add(now, part, device);
    qemu_assign_aliases(now);
    if (!is(part, "disk"))
        return;
    DomainDisk *disk = device;
    unsigned unused = 0;
    disk->source.index = ++run->next_node;
    for (BackingStore *store = disk->backing_store; store && store->type; store = store->backing_store)
        store->source.index = ++run->next_node;
    qemu_blockdev_note_disk(disk, &unused);
}

static void
tell_added(const QemuChange *c, const char *alias)
{
    VrEventArgs args = {.s = {alias}};
    if (alias)
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, &args);
}

/* Where QEMU put a module, and what the guest has now. */
static void
memory_plugged(QemuChange *c, DomainMemoryDevice *memory)
{
    DomainDef *now = vr_guest_change_now(&c->change);
    now->memory.value += memory->target.size;
    now->current_memory += memory->target.size;
    json_t *list = qemu_ask(c, "query-memory-devices", NULL);
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        const json_t *data = json_object_get(entry, "data");
        if (g_strcmp0(json_string_value(json_object_get(data, "id")), memory->alias) == 0 && memory->address) {
            memory->address->base = (unsigned long long)json_integer_value(json_object_get(data, "addr"));
            memory->address->slot = (unsigned)json_integer_value(json_object_get(data, "slot"));
        }
    }
    json_decref(list);
    vr_error_clear();
}

/* Controllers that the new device needs and the guest has not: plugged before it. */
static int
plug_controllers(QemuChange *c, DomainDef *joined, const QemuPart *plugged, GPtrArray *aliases)
{
    const QemuPart *part = qemu_part("controller");
    for (size_t i = joined->devices.n_controller; plugged != part && i-- > 0;) {
        DomainController *controller = joined->devices.controller[i];
        if (qemu_find_controller(vr_guest_now(c->next), controller->type, controller->index))
            continue;
        if (controller->type == CONTROLLER_TYPE_PCI)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "No more available PCI slots");
        settle(c, part, qemu_part_take(joined, part, i));
        if (qemu_plug(c, part, controller) < 0)
            return -1;
        g_ptr_array_add(aliases, g_strdup(controller->alias));
    }
    return 0;
}

static int
attach_live(QemuChange *c, const Device *given, GPtrArray *aliases)
{
    const QemuPart *part = given->part;
    if (qemu_part_check(part, "attach", true, QEMU_LIVE_ATTACH) < 0)
        return -1;
    const DomainDef *before = vr_guest_now(c->next);
    if (is(part, "disk")) {
        const DomainDisk *disk = given->object;
        const DomainDisk *have = disk->target ? vr_domain_disk(before, disk->target->dev) : NULL;
        if (have && (have->device == DOMAIN_DISK_DEVICE_CDROM || have->device == DOMAIN_DISK_DEVICE_FLOPPY) &&
            disk->device == have->device)
            return qemu_update_live(c, part, given->object, false);
    }
    if (check_new(before, part, given->object) < 0)
        return -1;
    size_t at = 0;
    g_autoptr(DomainDef) joined = qemu_device_join(c->driver, before, part, given->xml, &at);
    if (!joined || check_pluggable(part, qemu_part_at(joined, part, at)) < 0)
        return -1;
    void *device = qemu_part_take(joined, part, at);
    if (plug_controllers(c, joined, part, aliases) < 0) {
        vr_model_free(part->desc, device);
        return -1;
    }
    settle(c, part, device);
    qemu_status_write(c->driver, c->next); /* for who takes over half way */
    if (qemu_fault("plug", "noted") < 0 || qemu_plug(c, part, device) < 0)
        return -1;
    qemu_fault("plug", "plugged");
    if (is(part, "memory"))
        memory_plugged(c, device);
    const char *alias = qemu_part_alias(part, device);
    if (alias)
        g_ptr_array_add(aliases, g_strdup(alias));
    return qemu_live_refresh(c);
}

/* Forget what a failed operation did to the copy that is worked on. */
static int
give_up(QemuChange *c)
{
    vr_guest_change_again(&c->change);
    c->next = c->change.next;
    if (vr_guest_is_active(c->next))
        qemu_status_write(c->driver, c->next);
    return -1;
}

int
qemu_domain_attach_device_flags(virDomainPtr dom, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    g_auto(Device) given = {0};
    g_autoptr(DomainDef) config = NULL;
    g_autoptr(GPtrArray) aliases = g_ptr_array_new_with_free_func(g_free);
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_affect(c.next, &flags) < 0 || device_read(&given, xml) < 0)
        return -1;
    if (flags & VIR_DOMAIN_AFFECT_CONFIG) {
        const DomainDef *stored = vr_guest_config(c.next)->def;
        size_t at;
        if (qemu_part_check(given.part, "attach", false, QEMU_CONFIG_ATTACH) < 0 ||
            check_new(stored, given.part, given.object) < 0)
            return -1;
        config = qemu_device_join(c.driver, stored, given.part, given.xml, &at);
        if (!config)
            return -1;
    }
    if (flags & VIR_DOMAIN_AFFECT_LIVE && attach_live(&c, &given, aliases) < 0)
        return give_up(&c);
    bool stored = config != NULL;
    if (stored)
        set_config(&c, g_steal_pointer(&config));
    if (qemu_change_commit(&c, stored) < 0)
        return -1;
    for (guint i = 0; i < aliases->len; i++)
        tell_added(&c, aliases->pdata[i]);
    return 0;
}

int
qemu_domain_attach_device(virDomainPtr dom, const char *xml)
{
    return qemu_domain_attach_device_flags(dom, xml, VIR_DOMAIN_AFFECT_LIVE);
}

/* Taking out. */

static bool
controller_is_used(const DomainDef *def, const DomainController *controller)
{
    static const int types[] = {[CONTROLLER_TYPE_SCSI] = DOMAIN_ADDRESS_TYPE_DRIVE,
                                [CONTROLLER_TYPE_VIRTIO_SERIAL] = DOMAIN_ADDRESS_TYPE_VIRTIO_SERIAL};
    for (QemuKind kind = 0; kind < QEMU_N_KINDS; kind++) {
        for (size_t i = 0; kind != QEMU_CONTROLLER && i < qemu_devices_count(def, kind); i++) {
            QemuDevice device = qemu_devices_at((DomainDef *)def, kind, i);
            const DomainAddress *address = *device.address;
            if (!address || (gsize)controller->type >= G_N_ELEMENTS(types) || address->type != types[controller->type] ||
                address->controller != (unsigned)controller->index)
                continue;
            if (kind != QEMU_DISK || ((const DomainDisk *)device.object)->target->bus == DISK_BUS_SCSI)
                return true;
        }
    }
    return false;
}

static int
check_removable(const DomainDef *def, const QemuPart *part, const void *device)
{
    if (is(part, "disk")) {
        int bus = ((const DomainDisk *)device)->target->bus;
        if (bus != DISK_BUS_VIRTIO && bus != DISK_BUS_USB && bus != DISK_BUS_SCSI)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "This type of disk cannot be hot unplugged");
    }
    if (is(part, "controller")) {
        const DomainController *controller = device;
        if (controller->type != CONTROLLER_TYPE_SCSI)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "'%s' controller cannot be hot unplugged.",
                            vr_enum_to_string(&vr_enum_controller_type, controller->type));
        if (controller_is_used(def, controller))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "device cannot be detached: device is busy");
    }
    if (is(part, "input") && ((const DomainInput *)device)->bus == INPUT_BUS_PS2)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "input device on bus 'ps2' cannot be detached");
    return 0;
}

void
qemu_device_gone(QemuChange *c, const QemuPart *part, size_t at)
{
    DomainDef *now = vr_guest_change_now(&c->change);
    void *device = qemu_part_take(now, part, at);
    g_autofree char *alias = g_strdup(qemu_part_alias(part, device));
    qemu_unplug_backends(c, part, device);
    if (qemu_run_of(c->next))
        qemu_access_revoke_device(qemu_run_of(c->next), part->element, device);
    if (is(part, "interface") && qemu_run_of(c->next))
        qemu_net_host_disconnect(qemu_run_of(c->next), device);
    if (is(part, "filesystem") && alias && qemu_run_of(c->next))
        qemu_helpers_stop(qemu_run_of(c->next), alias);
    if (is(part, "memory")) {
        unsigned long long size = ((DomainMemoryDevice *)device)->target.size;
        now->memory.value -= MIN(size, now->memory.value);
        now->current_memory = MIN(now->current_memory, now->memory.value);
    }
    vr_model_free(part->desc, device);
    qemu_live_refresh(c);
    vr_error_clear();
    qemu_change_publish(c);
    VrEventArgs args = {.s = {alias}};
    if (alias)
        qemu_emit(c, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, &args);
}

/* 0 when the guest has been asked; whether it is gone in *RET_GONE. */
static int
detach_live(QemuChange *c, const QemuPart *part, size_t at)
{
    const DomainDef *now = vr_guest_now(c->next);
    const void *device = qemu_part_at(now, part, at);
    g_autofree char *alias = g_strdup(qemu_part_alias(part, device));
    if (qemu_part_check(part, "detach", true, QEMU_LIVE_DETACH) < 0 || check_removable(now, part, device) < 0)
        return -1;
    int gone = alias ? qemu_unplug(c, alias) : 1; /* what the emulator knows nothing of goes at once */
    if (gone < 0)
        return -1;
    qemu_fault("unplug", "unplugged");
    if (gone)
        qemu_device_gone(c, part, at);
    return 0;
}

static int
detach_config(QemuChange *c, const QemuPart *part, size_t at)
{
    if (qemu_part_check(part, "detach", false, QEMU_CONFIG_DETACH) < 0)
        return -1;
    DomainDef *config = vr_guest_change_config(&c->change);
    void *device = qemu_part_take(config, part, at);
    if (is(part, "memory")) {
        unsigned long long size = ((DomainMemoryDevice *)device)->target.size;
        config->memory.value -= MIN(size, config->memory.value);
        config->current_memory = MIN(config->current_memory, config->memory.value);
    }
    vr_model_free(part->desc, device);
    return 0;
}

/* The place of one device in each definition; -1: not asked for. */
static int
detach(QemuChange *c, const QemuPart *part, int live, int config)
{
    const QemuPart *parts_config = part;
    if (live >= 0 && detach_live(c, part, (size_t)live) < 0)
        return give_up(c);
    if (config >= 0 && detach_config(c, parts_config, (size_t)config) < 0)
        return give_up(c);
    return config >= 0 ? qemu_change_commit(c, true) : 0;
}

int
qemu_domain_detach_device_flags(virDomainPtr dom, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    g_auto(Device) given = {0};
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_affect(c.next, &flags) < 0 || device_read(&given, xml) < 0)
        return -1;
    int live = -1, config = -1;
    if (flags & VIR_DOMAIN_AFFECT_CONFIG) {
        if (qemu_part_check(given.part, "detach", false, QEMU_CONFIG_DETACH) < 0)
            return -1;
        config = qemu_part_find(vr_guest_config(c.next)->def, given.part, given.object);
        if (config < 0)
            return -1;
    }
    if (flags & VIR_DOMAIN_AFFECT_LIVE) {
        if (qemu_part_check(given.part, "detach", true, QEMU_LIVE_DETACH) < 0)
            return -1;
        live = qemu_part_find(vr_guest_now(c.next), given.part, given.object);
        if (live < 0)
            return -1;
    }
    return detach(&c, given.part, live, config);
}

int
qemu_domain_detach_device(virDomainPtr dom, const char *xml)
{
    return qemu_domain_detach_device_flags(dom, xml, VIR_DOMAIN_AFFECT_LIVE);
}

int
qemu_domain_detach_device_alias(virDomainPtr dom, const char *alias, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_affect(c.next, &flags) < 0)
        return -1;
    const QemuPart *found[2] = {NULL, NULL};
    int at[2] = {-1, -1};
    for (int i = 0; i < 2; i++) {
        size_t place;
        if (!(flags & (i ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_LIVE)))
            continue;
        found[i] = qemu_part_by_alias(i ? vr_guest_config(c.next)->def : vr_guest_now(c.next), alias, &place);
        if (!found[i])
            return vr_error(VIR_FROM_QEMU, VIR_ERR_DEVICE_MISSING, "no device found with alias %s", alias);
        at[i] = (int)place;
    }
    if (found[0] && detach(&c, found[0], at[0], -1) < 0)
        return -1;
    return found[1] ? detach(&c, found[1], -1, at[1]) : 0;
}

/* Changing. */

/* The device that replaces the one at AT: what it does not say about its place stays as it was. */
static DomainDef *
replace(QemuDriver *driver, const DomainDef *def, Device *given, size_t at)
{
    const QemuPart *part = given->part;
    g_autoptr(DomainDef) without = domain_def_copy(def);
    void *old = qemu_part_take(without, part, at);
    if (part->address) {
        DomainAddress **from = (DomainAddress **)((char *)old + part->address);
        DomainAddress **to = (DomainAddress **)((char *)given->object + part->address);
        if (!*to && *from)
            *to = domain_address_copy(*from);
    }
    vr_model_free(part->desc, old);
    g_autoptr(GString) xml = g_string_new(NULL);
    size_t place;
    if (vr_model_format_to(xml, part->desc, part->element, given->object, VR_MODEL_SECURE | VR_MODEL_INACTIVE, 0) < 0)
        return NULL;
    g_autoptr(DomainDef) joined = qemu_device_join(driver, without, part, xml->str, &place);
    if (!joined)
        return NULL;
    if (part->count && place != at) {
        void *device = qemu_part_take(joined, part, place);
        vr_model_list_insert((char *)&joined->devices + part->list, (size_t *)((char *)&joined->devices + part->count), at,
                             device);
    }
    return g_steal_pointer(&joined);
}

int
qemu_domain_update_device_flags(virDomainPtr dom, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, AFFECT | VIR_DOMAIN_DEVICE_MODIFY_FORCE, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    g_auto(Device) given = {0}, again = {0};
    g_autoptr(DomainDef) config = NULL;
    if (qemu_change_begin(&c, dom) < 0 || vr_guest_affect(c.next, &flags) < 0 || device_read(&given, xml) < 0 ||
        device_read(&again, xml) < 0)
        return -1;
    if (flags & VIR_DOMAIN_AFFECT_CONFIG) {
        const DomainDef *stored = vr_guest_config(c.next)->def;
        if (qemu_part_check(given.part, "update", false, QEMU_CONFIG_UPDATE) < 0)
            return -1;
        int at = qemu_part_find(stored, given.part, given.object);
        config = at < 0 ? NULL : replace(c.driver, stored, &given, (size_t)at);
        if (!config)
            return -1;
    }
    if (flags & VIR_DOMAIN_AFFECT_LIVE &&
        (qemu_part_check(given.part, "update", true, QEMU_LIVE_UPDATE) < 0 ||
         qemu_update_live(&c, again.part, again.object, flags & VIR_DOMAIN_DEVICE_MODIFY_FORCE) < 0))
        return give_up(&c);
    bool stored = config != NULL;
    if (stored)
        set_config(&c, g_steal_pointer(&config));
    return qemu_change_commit(&c, stored);
}
