/* Kinds of devices, one row each: see device.h. */
#include "drivers/qemu/device.h"

#include <stddef.h>
#include <string.h>

#include "model/rules.h"
#include "store/guest_devices.h"

static bool
disk_match(const void *have, const void *wanted)
{
    const DomainDisk *a = have, *b = wanted;
    return a->target && b->target && g_strcmp0(a->target->dev, b->target->dev) == 0;
}

static char *
disk_describe(const void *device)
{
    const DomainDisk *disk = device;
    return g_strdup_printf("disk %s", disk->target ? disk->target->dev : "without a target");
}

static bool
same_address(const DomainAddress *have, const DomainAddress *wanted)
{
    if (!wanted || wanted->type == DOMAIN_ADDRESS_TYPE_UNSET)
        return true;
    if (!have || have->type != wanted->type)
        return false;
    return have->domain == wanted->domain && have->bus == wanted->bus && have->slot == wanted->slot &&
           have->function == wanted->function && have->controller == wanted->controller && have->target == wanted->target &&
           have->unit == wanted->unit && have->serial_port == wanted->serial_port &&
           g_strcmp0(have->usb_port, wanted->usb_port) == 0;
}

static bool
net_match(const void *have, const void *wanted)
{
    const DomainNet *a = have, *b = wanted;
    if (b->mac_given && memcmp(a->mac.address, b->mac.address, sizeof(a->mac.address)) != 0)
        return false;
    return (b->mac_given || b->address || b->alias) && same_address(a->address, b->address) &&
           (!b->alias || g_strcmp0(a->alias, b->alias) == 0);
}

static char *
net_describe(const void *device)
{
    const unsigned char *m = ((const DomainNet *)device)->mac.address;
    return g_strdup_printf("device matching MAC address %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static bool
same_host_address(const HostdevAddress *a, const HostdevAddress *b)
{
    return a && b && a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function &&
           a->device == b->device && a->target == b->target && a->unit == b->unit && memcmp(a->uuid, b->uuid, 16) == 0;
}

static bool
hostdev_match(const void *have, const void *wanted)
{
    const DomainHostdev *a = have, *b = wanted;
    if (a->type != b->type)
        return false;
    if (b->type == HOSTDEV_TYPE_USB && !b->source.address)
        return a->source.has_vendor && b->source.has_vendor && a->source.vendor == b->source.vendor &&
               a->source.product == b->source.product;
    if (b->source.protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI)
        return g_strcmp0(a->source.name, b->source.name) == 0;
    if (b->source.wwpn)
        return g_strcmp0(a->source.wwpn, b->source.wwpn) == 0;
    return same_host_address(a->source.address, b->source.address) && g_strcmp0(a->source.adapter, b->source.adapter) == 0;
}

static char *
hostdev_describe(const void *device)
{
    const DomainHostdev *hostdev = device;
    const HostdevAddress *a = hostdev->source.address;
    if (hostdev->type == HOSTDEV_TYPE_PCI && a)
        return g_strdup_printf("host pci device %04x:%02x:%02x.%x", a->domain, a->bus, a->slot, a->function);
    if (hostdev->type == HOSTDEV_TYPE_USB && a && a->bus)
        return g_strdup_printf("host usb device %03u.%03u", a->bus, a->device);
    if (hostdev->type == HOSTDEV_TYPE_USB)
        return g_strdup_printf("host usb device vendor=0x%.4x product=0x%.4x", hostdev->source.vendor, hostdev->source.product);
    return g_strdup_printf("host %s device", vr_enum_to_string(&vr_enum_hostdev_type, hostdev->type));
}

static bool
controller_match(const void *have, const void *wanted)
{
    const DomainController *a = have, *b = wanted;
    return a->type == b->type && a->index == b->index;
}

static char *
controller_describe(const void *device)
{
    const DomainController *controller = device;
    return g_strdup_printf("device controller of type '%s' with index '%d'",
                           vr_enum_to_string(&vr_enum_controller_type, controller->type), controller->index);
}

static bool
lease_match(const void *have, const void *wanted)
{
    const DomainLease *a = have, *b = wanted;
    return g_strcmp0(a->key, b->key) == 0 && g_strcmp0(a->lockspace, b->lockspace) == 0;
}

static char *
lease_describe(const void *device)
{
    const DomainLease *lease = device;
    return g_strdup_printf("lease %s in lockspace %s", lease->key, lease->lockspace ? lease->lockspace : "");
}

static bool
source_match(const ChardevSource *have, const ChardevSource *wanted)
{
    return have->type == wanted->type && (!wanted->path || g_strcmp0(have->path, wanted->path) == 0) &&
           (!wanted->service || g_strcmp0(have->service, wanted->service) == 0);
}

static bool
serial_match(const void *have, const void *wanted)
{
    const DomainSerial *a = have, *b = wanted;
    return source_match(&a->source, &b->source) && (b->target.port < 0 || a->target.port == b->target.port) &&
           same_address(a->address, b->address);
}

static bool
parallel_match(const void *have, const void *wanted)
{
    const DomainParallel *a = have, *b = wanted;
    return source_match(&a->source, &b->source) && (b->target.port < 0 || a->target.port == b->target.port);
}

static bool
console_match(const void *have, const void *wanted)
{
    const DomainConsole *a = have, *b = wanted;
    return source_match(&a->source, &b->source) && a->target.type == b->target.type && same_address(a->address, b->address);
}

static bool
channel_match(const void *have, const void *wanted)
{
    const DomainChannel *a = have, *b = wanted;
    return a->source.type == b->source.type && a->target.type == b->target.type &&
           (!b->target.name || g_strcmp0(a->target.name, b->target.name) == 0) &&
           (!b->target.address || g_strcmp0(a->target.address, b->target.address) == 0) && same_address(a->address, b->address);
}

static bool
rng_match(const void *have, const void *wanted)
{
    const DomainRng *a = have, *b = wanted;
    return a->backend && b->backend && a->backend->model == b->backend->model &&
           (!b->backend->path || g_strcmp0(a->backend->path, b->backend->path) == 0) && same_address(a->address, b->address);
}

static bool
memory_match(const void *have, const void *wanted)
{
    const DomainMemoryDevice *a = have, *b = wanted;
    return a->model == b->model && a->target.size == b->target.size && a->target.node == b->target.node &&
           (!b->address || (a->address && a->address->slot == b->address->slot)) &&
           (!vr_uuid_is_set(b->uuid) || memcmp(a->uuid, b->uuid, 16) == 0);
}

static bool
redirdev_match(const void *have, const void *wanted)
{
    const DomainRedirdev *a = have, *b = wanted;
    return a->bus == b->bus && source_match(&a->source, &b->source) && same_address(a->address, b->address);
}

static bool
shmem_match(const void *have, const void *wanted)
{
    const DomainShmem *a = have, *b = wanted;
    return g_strcmp0(a->name, b->name) == 0 && a->model == b->model;
}

static bool
input_match(const void *have, const void *wanted)
{
    const DomainInput *a = have, *b = wanted;
    return a->type == b->type && (b->bus == INPUT_BUS_UNSET || a->bus == b->bus) && same_address(a->address, b->address);
}

static bool
watchdog_match(const void *have, const void *wanted)
{
    const DomainWatchdog *a = have, *b = wanted;
    return a->model == b->model && a->action == b->action && same_address(a->address, b->address);
}

static bool
filesystem_match(const void *have, const void *wanted)
{
    const DomainFilesystem *a = have, *b = wanted;
    return g_strcmp0(a->target, b->target) == 0;
}

static char *
filesystem_describe(const void *device)
{
    return g_strdup_printf("filesystem device with target '%s'", ((const DomainFilesystem *)device)->target);
}

static bool
sound_match(const void *have, const void *wanted)
{
    const DomainSound *a = have, *b = wanted;
    return a->model == b->model && same_address(a->address, b->address);
}

static bool
any_match(const void *have, const void *wanted)
{
    return true;
}

static bool
graphics_match(const void *have, const void *wanted)
{
    return ((const DomainGraphics *)have)->type == ((const DomainGraphics *)wanted)->type;
}

static bool
crypto_match(const void *have, const void *wanted)
{
    return same_address(((const DomainCrypto *)have)->address, ((const DomainCrypto *)wanted)->address);
}

#define LIST(element, name, Type, desc_name)                                                                           \
    element, &vr_desc_##desc_name, offsetof(DomainDevices, name), offsetof(DomainDevices, n_##name), offsetof(Type, alias), \
        offsetof(Type, address)
#define ATTACH (QEMU_LIVE_ATTACH | QEMU_CONFIG_ATTACH)
#define DETACH (QEMU_LIVE_DETACH | QEMU_CONFIG_DETACH)
#define UPDATE (QEMU_LIVE_UPDATE | QEMU_CONFIG_UPDATE)
#define CONFIG (QEMU_CONFIG_ATTACH | QEMU_CONFIG_DETACH)

static const QemuPart parts[] = {
    {LIST("disk", disk, DomainDisk, domain_disk), disk_match, disk_describe, ATTACH | DETACH | UPDATE},
    {LIST("interface", interface, DomainNet, domain_net), net_match, net_describe, ATTACH | DETACH | UPDATE},
    {LIST("hostdev", hostdev, DomainHostdev, domain_hostdev), hostdev_match, hostdev_describe, ATTACH | DETACH},
    {LIST("controller", controller, DomainController, domain_controller), controller_match, controller_describe,
     ATTACH | DETACH},
    {"lease", &vr_desc_domain_lease, offsetof(DomainDevices, lease), offsetof(DomainDevices, n_lease), 0, 0, lease_match,
     lease_describe, ATTACH | DETACH},
    {LIST("serial", serial, DomainSerial, domain_serial), serial_match, NULL, ATTACH | DETACH},
    {LIST("parallel", parallel, DomainParallel, domain_parallel), parallel_match, NULL, ATTACH | DETACH},
    {LIST("console", console, DomainConsole, domain_console), console_match, NULL, ATTACH | DETACH},
    {LIST("channel", channel, DomainChannel, domain_channel), channel_match, NULL, ATTACH | DETACH},
    {LIST("rng", rng, DomainRng, domain_rng), rng_match, NULL, ATTACH | DETACH},
    {LIST("memory", memory, DomainMemoryDevice, domain_memory_device), memory_match, NULL, ATTACH | DETACH | UPDATE},
    {LIST("redirdev", redirdev, DomainRedirdev, domain_redirdev), redirdev_match, NULL, ATTACH | DETACH},
    {LIST("shmem", shmem, DomainShmem, domain_shmem), shmem_match, NULL, ATTACH | DETACH},
    {LIST("input", input, DomainInput, domain_input), input_match, NULL, ATTACH | DETACH},
    {LIST("watchdog", watchdog, DomainWatchdog, domain_watchdog), watchdog_match, NULL, ATTACH | DETACH},
    {LIST("filesystem", filesystem, DomainFilesystem, domain_filesystem), filesystem_match, filesystem_describe, ATTACH | DETACH},
    {LIST("sound", sound, DomainSound, domain_sound), sound_match, NULL, CONFIG},
    {LIST("tpm", tpm, DomainTpm, domain_tpm), any_match, NULL, QEMU_CONFIG_ATTACH},
    {LIST("crypto", crypto, DomainCrypto, domain_crypto), crypto_match, NULL, ATTACH | DETACH},
    {LIST("smartcard", smartcard, DomainSmartcard, domain_smartcard), any_match, NULL, 0},
    {LIST("video", video, DomainVideo, domain_video), any_match, NULL, 0},
    {LIST("hub", hub, DomainHub, domain_hub), any_match, NULL, 0},
    {LIST("panic", panic, DomainPanic, domain_panic), any_match, NULL, 0},
    {LIST("iommu", iommu, DomainIommu, domain_iommu), any_match, NULL, 0},
    {"graphics", &vr_desc_domain_graphics, offsetof(DomainDevices, graphics), offsetof(DomainDevices, n_graphics), 0, 0,
     graphics_match, NULL, UPDATE},
    {"memballoon", &vr_desc_domain_memballoon, offsetof(DomainDevices, memballoon), 0, offsetof(DomainMemballoon, alias),
     offsetof(DomainMemballoon, address), any_match, NULL, 0},
    {"vsock", &vr_desc_domain_vsock, offsetof(DomainDevices, vsock), 0, offsetof(DomainVsock, alias),
     offsetof(DomainVsock, address), any_match, NULL, ATTACH | DETACH},
    {"nvram", &vr_desc_domain_nvram, offsetof(DomainDevices, nvram), 0, offsetof(DomainNvram, alias),
     offsetof(DomainNvram, address), any_match, NULL, 0},
};

const QemuPart *
qemu_part(const char *element)
{
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (strcmp(parts[i].element, element) == 0)
            return &parts[i];
    }
    return NULL;
}

void *
qemu_device_read(const char *xml, const QemuPart **ret_part, char **ret_xml)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_DOMAIN, xml, "(device_definition)");
    if (!tree)
        return NULL;
    const VrXmlNode *root = vr_xml_root(tree);
    const QemuPart *part = qemu_part(root->name);
    if (!part)
        return vr_error_null(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "unknown device type '%s'", root->name);
    VrParseContext context = {.flags = VR_MODEL_SKIP_POST | VR_MODEL_SKIP_VALIDATE, .document = &vr_desc_domain_def};
    void *device = vr_model_parse_node(part->desc, root, &context);
    if (!device)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    vr_xml_print(text, root, 0);
    *ret_xml = g_strdup(text->str);
    *ret_part = part;
    return device;
}

int
qemu_part_check(const QemuPart *part, const char *action, bool live, unsigned can)
{
    if (part->can & can)
        return 0;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "%s %s of device '%s' is not supported",
                    live ? "live" : "persistent", action, part->element);
}

size_t
qemu_part_count(const DomainDef *def, const QemuPart *part)
{
    const char *devices = (const char *)&def->devices;
    if (part->count)
        return *(const size_t *)(devices + part->count);
    return *(void *const *)(devices + part->list) != NULL;
}

void *
qemu_part_at(const DomainDef *def, const QemuPart *part, size_t at)
{
    void *list = *(void *const *)((const char *)&def->devices + part->list);
    return part->count ? ((void **)list)[at] : list;
}

int
qemu_part_find(const DomainDef *def, const QemuPart *part, const void *wanted)
{
    const char *alias = qemu_part_alias(part, wanted);
    for (size_t i = 0; i < qemu_part_count(def, part); i++) {
        const void *have = qemu_part_at(def, part, i);
        if (part->match(have, wanted) && (!alias || g_strcmp0(alias, qemu_part_alias(part, have)) == 0))
            return (int)i;
    }
    if (part->describe) {
        g_autofree char *what = part->describe(wanted);
        return vr_error(VIR_FROM_QEMU, VIR_ERR_DEVICE_MISSING, "%s not found", what);
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_DEVICE_MISSING, "matching %s device not found", part->element);
}

void
qemu_part_add(DomainDef *def, const QemuPart *part, void *device)
{
    char *devices = (char *)&def->devices;
    if (part->count)
        vr_model_list_add(devices + part->list, (size_t *)(devices + part->count), device);
    else
        *(void **)(devices + part->list) = device;
}

void *
qemu_part_take(DomainDef *def, const QemuPart *part, size_t at)
{
    char *devices = (char *)&def->devices;
    if (part->count)
        return vr_model_list_take(devices + part->list, (size_t *)(devices + part->count), at);
    return g_steal_pointer((void **)(devices + part->list));
}

const char *
qemu_part_alias(const QemuPart *part, const void *device)
{
    return part->alias ? *(char *const *)((const char *)device + part->alias) : NULL;
}

const QemuPart *
qemu_part_by_alias(const DomainDef *def, const char *alias, size_t *ret_at)
{
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        for (size_t j = 0; j < qemu_part_count(def, &parts[i]); j++) {
            if (g_strcmp0(qemu_part_alias(&parts[i], qemu_part_at(def, &parts[i], j)), alias) == 0) {
                *ret_at = j;
                return &parts[i];
            }
        }
    }
    return NULL;
}

/* Where the new device of a joined definition is: the lists keep their order, but for those that have one of their own. */
static size_t
find_new(const DomainDef *before, const DomainDef *after, const QemuPart *part)
{
    size_t n = qemu_part_count(after, part);
    bool sorted = part == qemu_part("disk") || part == qemu_part("controller");
    for (size_t i = 0; sorted && i < n; i++) {
        const void *device = qemu_part_at(after, part, i);
        bool known = false;
        for (size_t j = 0; j < qemu_part_count(before, part) && !known; j++)
            known = part->match(qemu_part_at(before, part, j), device);
        if (!known)
            return i;
    }
    return n ? n - 1 : 0;
}

DomainDef *
qemu_device_join(QemuDriver *driver, const DomainDef *def, const QemuPart *part, const char *xml, size_t *ret_at)
{
    g_autoptr(DomainDef) room = domain_def_copy(def);
    if (part == qemu_part("memory")) { /* a module comes on top of what is there */
        const QemuPart *same;
        g_autofree char *again = NULL;
        DomainMemoryDevice *memory = qemu_device_read(xml, &same, &again);
        room->memory.value += memory ? memory->target.size : 0;
        room->current_memory += memory ? memory->target.size : 0;
        domain_memory_device_free(memory);
    }
    g_autofree char *whole = domain_def_format(room, VR_MODEL_SECURE | VR_MODEL_INACTIVE);
    const char *end = whole ? strstr(whole, "</devices>") : NULL;
    if (!end)
        return NULL;
    g_autofree char *joined = g_strdup_printf("%.*s%s\n%s", (int)(end - whole), whole, xml, end);
    g_autoptr(DomainDef) result = qemu_domain_parse(driver, joined, QEMU_PARSE_STABLE);
    if (!result)
        return NULL;
    if (qemu_part_count(result, part) <= qemu_part_count(def, part))
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain already has a %s device", part->element);
    *ret_at = find_new(def, result, part);
    return g_steal_pointer(&result);
}
