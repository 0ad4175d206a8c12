/* The walk over a guest's files and nodes: see paths.h. */
#include "drivers/qemu/paths.h"

#include <string.h>

#include "drivers/qemu/run.h"

int
qemu_source_type(const StorageSource *source)
{
    return source->type == STORAGE_TYPE_VOLUME && source->volume_path ? source->volume_type : source->type;
}

const char *
qemu_source_path(const StorageSource *source)
{
    return source->type == STORAGE_TYPE_VOLUME  ? source->volume_path
           : source->type == STORAGE_TYPE_FILE  ? source->file
           : source->type == STORAGE_TYPE_BLOCK ? source->dev
           : source->type == STORAGE_TYPE_DIR   ? source->dir
                                                : NULL;
}

static int
visit_image(const StorageSource *source, QemuPath path, QemuPathFunc func, void *data)
{
    path.path = qemu_source_path(source);
    path.labels = source->seclabel;
    path.n_labels = source->n_seclabel;
    path.remember = true;
    if (path.path && func(&path, data) != 0)
        return -1;
    return source->data_store && source->data_store->source ? visit_image(source->data_store->source, path, func, data) : 0;
}

int
qemu_paths_of_source(const StorageSource *source, QemuPathFunc func, void *data)
{
    return visit_image(source, (QemuPath){0}, func, data);
}

int
qemu_paths_of_disk(const DomainDisk *disk, QemuPathFunc func, void *data)
{
    QemuPath path = {.readonly = disk->readonly || disk->device == DOMAIN_DISK_DEVICE_CDROM, .shared = disk->shareable};
    if (visit_image(&disk->source, path, func, data) < 0)
        return -1;
    path = (QemuPath){.readonly = true, .below = true};
    for (const BackingStore *below = disk->backing_store; below; below = below->backing_store) {
        if (visit_image(&below->source, path, func, data) < 0)
            return -1;
    }
    return 0;
}

int
qemu_paths_of_hostdev(const DomainHostdev *hostdev, QemuPathFunc func, void *data)
{
    const HostdevSource *source = &hostdev->source;
    g_autofree char *node = NULL;
    g_autofree char *link = NULL;
    if (hostdev->mode == DOMAIN_HOSTDEV_MODE_CAPABILITIES || !source->address)
        return 0;
    if (source->type == HOSTDEV_TYPE_USB)
        node = g_strdup_printf("/dev/bus/usb/%03u/%03u", source->address->bus, source->address->device);
    if (source->type == HOSTDEV_TYPE_PCI)
        link = g_strdup_printf("/sys/bus/pci/devices/%04x:%02x:%02x.%x/iommu_group", source->address->domain,
                               source->address->bus, source->address->slot, source->address->function);
    if (source->type == HOSTDEV_TYPE_MDEV) {
        char uuid[VR_UUID_TEXT_SIZE];
        vr_uuid_format(source->address->uuid, uuid);
        link = g_strdup_printf("/sys/bus/mdev/devices/%s/iommu_group", uuid);
    }
    if (link) {
        g_autofree char *target = g_file_read_link(link, NULL);
        const char *group = target ? strrchr(target, '/') : NULL;
        node = group ? g_strdup_printf("/dev/vfio%s", group) : NULL;
        QemuPath control = {.path = "/dev/vfio/vfio", .keep = true};
        if (group && func(&control, data) != 0)
            return -1;
    }
    QemuPath path = {.path = node, .readonly = hostdev->readonly, .shared = hostdev->shareable};
    return node ? func(&path, data) : 0;
}

int
qemu_paths_of_chardev(const ChardevSource *source, QemuPathFunc func, void *data)
{
    QemuPath path = {.path = source->path, .labels = source->seclabel, .n_labels = source->n_seclabel};
    path.remember = path.output = source->type == CHARDEV_TYPE_FILE;
    return source->path && (source->type == CHARDEV_TYPE_DEV || source->type == CHARDEV_TYPE_FILE ||
                            source->type == CHARDEV_TYPE_PIPE)
               ? func(&path, data) : 0;
}

typedef struct {
    QemuPathFunc func;
    void *data;
} Visit;

static int
visit(const Visit *v, const char *path, bool readonly, bool keep)
{
    QemuPath at = {.path = path, .readonly = readonly, .below = readonly, .keep = keep};
    return path && *path == '/' ? v->func(&at, v->data) : 0;
}

static int
visit_boot(const DomainDef *def, const Visit *v)
{
    const DomainOs *os = &def->os;
    const char *const read[] = {os->kernel, os->initrd, os->dtb, os->shim, os->loader ? os->loader->value : NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(read); i++) {
        if (visit(v, read[i], true, false) < 0)
            return -1;
    }
    for (size_t i = 0; i < os->n_acpi_table; i++) {
        if (visit(v, os->acpi_table[i]->value, true, false) < 0)
            return -1;
    }
    QemuPath variables = {.path = os->nvram ? os->nvram->path : NULL, .remember = true};
    return variables.path ? v->func(&variables, v->data) : 0;
}

static int
visit_chardevs(const DomainDevices *devices, const Visit *v)
{
    for (size_t i = 0; i < devices->n_serial; i++) {
        if (qemu_paths_of_chardev(&devices->serial[i]->source, v->func, v->data) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_parallel; i++) {
        if (qemu_paths_of_chardev(&devices->parallel[i]->source, v->func, v->data) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_channel; i++) {
        if (qemu_paths_of_chardev(&devices->channel[i]->source, v->func, v->data) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_console; i++) {
        if (i > 0 && qemu_paths_of_chardev(&devices->console[i]->source, v->func, v->data) < 0)
            return -1;
    }
    return 0;
}

static int
visit_others(const DomainDevices *devices, const Visit *v)
{
    for (size_t i = 0; i < devices->n_input; i++) {
        const DomainInputSource *source = devices->input[i]->source;
        if (source && (visit(v, source->evdev, false, false) < 0 || visit(v, source->dev, false, false) < 0))
            return -1;
    }
    for (size_t i = 0; i < devices->n_tpm; i++) {
        const DomainTpmBackend *backend = &devices->tpm[i]->backend;
        if (backend->type == DOMAIN_TPM_BACKEND_TYPE_PASSTHROUGH && visit(v, backend->device_path, false, false) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_rng; i++) {
        const DomainRngBackend *backend = devices->rng[i]->backend;
        /* everybody's randomness stays everybody's */
        if (backend && backend->model == DOMAIN_RNG_BACKEND_MODEL_RANDOM && visit(v, backend->path, false, true) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_memory; i++) {
        const DomainMemoryDeviceSource *source = devices->memory[i]->source;
        if (source && visit(v, source->path, false, false) < 0)
            return -1;
    }
    return devices->vsock ? visit(v, "/dev/vhost-vsock", false, true) : 0;
}

int
qemu_paths_each(const DomainDef *def, QemuPathFunc func, void *data)
{
    const DomainDevices *devices = &def->devices;
    const Visit v = {func, data};
    for (size_t i = 0; i < devices->n_disk; i++) {
        if (qemu_paths_of_disk(devices->disk[i], func, data) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_hostdev; i++) {
        if (qemu_paths_of_hostdev(devices->hostdev[i], func, data) < 0)
            return -1;
    }
    return visit_boot(def, &v) < 0 || visit_chardevs(devices, &v) < 0 || visit_others(devices, &v) < 0 ? -1 : 0;
}
