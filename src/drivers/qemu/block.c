/* Disks looked at and changed while they are in use: counters, sizes, contents, errors, thresholds. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/params.h"
#include "drivers/qemu/figures.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"
#include "store/guest_devices.h"

static DomainDisk *
need_disk(const DomainDef *def, const char *path)
{
    DomainDisk *disk = vr_domain_disk(def, path);
    if (!disk)
        vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "invalid path: %s", path);
    return disk;
}

static const struct {
    const char *param, *qmp;
} counters[] = {
    {VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, "wr_bytes"},
    {VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, "wr_operations"},
    {VIR_DOMAIN_BLOCK_STATS_READ_BYTES, "rd_bytes"},
    {VIR_DOMAIN_BLOCK_STATS_READ_REQ, "rd_operations"},
    {VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ, "flush_operations"},
    {VIR_DOMAIN_BLOCK_STATS_WRITE_TOTAL_TIMES, "wr_total_time_ns"},
    {VIR_DOMAIN_BLOCK_STATS_READ_TOTAL_TIMES, "rd_total_time_ns"},
    {VIR_DOMAIN_BLOCK_STATS_FLUSH_TOTAL_TIMES, "flush_total_time_ns"},
};
#define N_COUNTERS ((int)G_N_ELEMENTS(counters))
enum { WR_BYTES, WR_REQ, RD_BYTES, RD_REQ };

/* The counters of the disk at PATH, or of all for "". */
static int
count(virDomainPtr dom, const char *path, long long ret[N_COUNTERS])
{
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    const DomainDef *def = vr_guest_now(state);
    const DomainDisk *only = *path ? need_disk(def, path) : NULL;
    if (*path && !only)
        return -1;
    json_t *list = qemu_qmp_call(qemu_run_of(state)->qmp, "query-blockstats", NULL, QEMU_QMP_PATIENCE);
    if (!list)
        return -1;
    memset(ret, 0, sizeof(*ret) * N_COUNTERS);
    bool found = false;
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];
        const json_t *entry = !only || disk == only ? qemu_block_figures(list, disk) : NULL;
        const json_t *stats = json_object_get(entry, "stats");
        found |= entry != NULL;
        for (int n = 0; stats && n < N_COUNTERS; n++)
            ret[n] += json_integer_value(json_object_get(stats, counters[n].qmp));
    }
    json_decref(list);
    if (only && !found)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "cannot find statistics for device '%s'", path);
    return 0;
}

int
qemu_domain_block_stats(virDomainPtr dom, const char *path, virDomainBlockStatsPtr stats, size_t size)
{
    long long values[N_COUNTERS];
    if (count(dom, path, values) < 0)
        return -1;
    *stats = (virDomainBlockStatsStruct){values[RD_REQ], values[RD_BYTES], values[WR_REQ], values[WR_BYTES], -1};
    return 0;
}

int
qemu_domain_block_stats_flags(virDomainPtr dom, const char *path, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    long long values[N_COUNTERS];
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0 || count(dom, path, values) < 0)
        return -1;
    if (*nparams == 0) {
        *nparams = N_COUNTERS;
        return 0;
    }
    int n = MIN(*nparams, N_COUNTERS);
    for (int i = 0; i < n; i++) {
        g_strlcpy(params[i].field, counters[i].param, sizeof(params[i].field));
        params[i].type = VIR_TYPED_PARAM_LLONG;
        params[i].value.l = values[i];
    }
    *nparams = n;
    return 0;
}

/* How much a guest sees of an image that no emulator has open: what its head says, where it says so. */
static unsigned long long
capacity_of(int fd, unsigned long long size)
{
    unsigned char head[32];
    if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "QFI\xfb", 4) != 0)
        return size;
    unsigned long long capacity = 0;
    for (int i = 24; i < 32; i++)
        capacity = capacity << 8 | head[i];
    return capacity;
}

static int
file_sizes(const char *path, bool formatted, virDomainBlockInfoPtr info)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot open '%s'", path);
    bool good = fstat(fd, &stat) == 0;
    off_t end = good && S_ISBLK(stat.st_mode) ? lseek(fd, 0, SEEK_END) : good ? stat.st_size : 0;
    info->physical = (unsigned long long)MAX(end, 0);
    info->allocation = !good || S_ISBLK(stat.st_mode) ? info->physical : (unsigned long long)stat.st_blocks * 512;
    info->capacity = formatted ? capacity_of(fd, info->physical) : info->physical;
    close(fd);
    return good ? 0 : vr_error_system(VIR_FROM_QEMU, errno, "cannot stat file '%s'", path);
}

int
qemu_domain_get_block_info(virDomainPtr dom, const char *path, virDomainBlockInfoPtr info, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    const DomainDisk *disk = vr_domain_disk(vr_guest_now(state), path);
    if (!disk)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "invalid path %s not assigned to domain", path);
    if (vr_domain_disk_is_empty(disk))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "disk '%s' does not currently have a source assigned", path);
    const char *file = vr_domain_disk_path(disk);
    memset(info, 0, sizeof(*info));
    if (!file && !qemu_run_of(state))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the sizes of disk '%s' are known only while it is in use", path);
    if (file && file_sizes(file, disk->driver && g_strcmp0(disk->driver->type, "raw") != 0, info) < 0)
        return -1;
    if (!qemu_run_of(state))
        return 0;
    json_t *nodes = qemu_qmp_call(qemu_run_of(state)->qmp, "query-named-block-nodes", json_pack("{s:b}", "flat", 1),
                                  QEMU_QMP_PATIENCE);
    const json_t *image = nodes ? json_object_get(qemu_block_node(nodes, disk->source.index), "image") : NULL;
    if (image) {
        info->capacity = (unsigned long long)json_integer_value(json_object_get(image, "virtual-size"));
        if (!file)
            info->allocation = info->physical = (unsigned long long)json_integer_value(json_object_get(image, "actual-size"));
    }
    json_decref(nodes);
    vr_error_clear();
    return 0;
}

int
qemu_domain_block_resize(virDomainPtr dom, const char *path, unsigned long long size, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_BLOCK_RESIZE_BYTES | VIR_DOMAIN_BLOCK_RESIZE_CAPACITY, VIR_FROM_QEMU) < 0)
        return -1;
    if (!(flags & VIR_DOMAIN_BLOCK_RESIZE_BYTES)) {
        if (size > G_MAXUINT64 / 1024)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OVERFLOW, "size must be less than %llu", (unsigned long long)G_MAXUINT64 / 1024);
        size *= 1024;
    }
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    const DomainDisk *disk = need_disk(vr_guest_now(c.next), path);
    if (!disk)
        return -1;
    if (vr_domain_disk_is_empty(disk))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "disk '%s' is empty", path);
    if (disk->readonly)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "can't resize readonly disk '%s'", path);
    if (flags & VIR_DOMAIN_BLOCK_RESIZE_CAPACITY) {
        struct stat stat;
        const char *file = vr_domain_disk_path(disk);
        int fd = disk->type == STORAGE_TYPE_BLOCK && file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0 || fstat(fd, &stat) < 0)
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "block resize to full capacity supported only with 'raw' "
                            "local block-backed disks");
        size = (unsigned long long)lseek(fd, 0, SEEK_END);
        close(fd);
    }
    g_autofree char *node = g_strdup_printf("libvirt-%u-format", disk->source.index);
    json_t *arguments = json_object();
    qemu_put_text(arguments, "node-name", node);
    qemu_put_number(arguments, "size", (long long)((size + 511) / 512 * 512));
    return qemu_do(&c, "block_resize", arguments);
}

int
qemu_domain_block_peek(virDomainPtr dom, const char *path, unsigned long long offset, size_t size, void *buffer, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    const DomainDisk *disk = vr_domain_disk(vr_guest_now(state), path);
    const char *file = disk ? vr_domain_disk_path(disk) : NULL;
    if (!disk)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "invalid disk or path '%s'", path);
    if (!file || (disk->driver && g_strcmp0(disk->driver->type, "raw") != 0))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                        "peeking is only supported for disk with 'raw' format not '%s'",
                        disk->driver && disk->driver->type ? disk->driver->type : "none");
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : pread(fd, buffer, size, (off_t)offset);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return vr_error_system(VIR_FROM_QEMU, error, "cannot read from '%s'", file);
    if ((size_t)got != size)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "'%s': failed to seek or read: only %zd of %zu bytes are there", file,
                        got, size);
    return 0;
}

#define MAX_PEEK (64u << 20)

int
qemu_domain_memory_peek(virDomainPtr dom, unsigned long long start, size_t size, void *buffer, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL, VIR_FROM_QEMU) < 0)
        return -1;
    if (flags != VIR_MEMORY_VIRTUAL && flags != VIR_MEMORY_PHYSICAL)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL");
    if (size > MAX_PEEK)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no more than %u bytes are read at once", MAX_PEEK);
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    g_autofree char *path = g_strdup_printf("%s/peek.%p", qemu_run_of(c.next)->domain_dir, (void *)&c), *bytes = NULL;
    json_t *arguments = json_object();
    qemu_put_number(arguments, "val", (long long)start);
    qemu_put_number(arguments, "size", (long long)size);
    qemu_put_text(arguments, "filename", path);
    int result = qemu_do(&c, flags == VIR_MEMORY_VIRTUAL ? "memsave" : "pmemsave", arguments);
    gsize length = 0;
    bool got = result == 0 && g_file_get_contents(path, &bytes, &length, NULL);
    unlink(path);
    if (result < 0)
        return -1;
    if (!got || length != size)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "failed to read temporary file created with template %s", path);
    memcpy(buffer, bytes, size);
    return 0;
}

int
qemu_domain_get_disk_errors(virDomainPtr dom, virDomainDiskErrorPtr errors, unsigned int room, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    if (!state)
        return -1;
    const DomainDevices *devices = &vr_guest_now(state)->devices;
    if (!errors)
        return (int)devices->n_disk;
    json_t *list = qemu_qmp_call(qemu_run_of(state)->qmp, "query-block", NULL, QEMU_QMP_PATIENCE);
    if (!list)
        return -1;
    unsigned n = 0;
    for (size_t i = 0; i < devices->n_disk && n < room; i++) {
        size_t j;
        const json_t *entry;
        json_array_foreach(list, j, entry) {
            const char *qdev = json_string_value(json_object_get(entry, "qdev"));
            const char *status = json_string_value(json_object_get(entry, "io-status"));
            const DomainDisk *disk = devices->disk[i];
            bool bad = status && strcmp(status, "ok") != 0;
            if (!bad || !qdev || !disk->private_data || g_strcmp0(disk->private_data->qom_name, qdev) != 0 || n == room)
                continue;
            errors[n].disk = g_strdup(disk->target->dev);
            errors[n++].error = strcmp(status, "nospace") == 0 ? VIR_DOMAIN_DISK_ERROR_NO_SPACE : VIR_DOMAIN_DISK_ERROR_UNSPEC;
        }
    }
    json_decref(list);
    return (int)n;
}

int
qemu_domain_set_block_threshold(virDomainPtr dom, const char *dev, unsigned long long threshold, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    /* "vda" is the image on top, "vda[4]" the one that has that number */
    const char *bracket = strchr(dev, '[');
    g_autofree char *target = bracket ? g_strndup(dev, (gsize)(bracket - dev)) : g_strdup(dev);
    unsigned index = bracket ? (unsigned)g_ascii_strtoull(bracket + 1, NULL, 10) : 0;
    const DomainDisk *disk = vr_domain_disk(vr_guest_now(c.next), target);
    if (!disk)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "device '%s' is not a known disk", dev);
    bool known = !index || disk->source.index == index;
    for (const BackingStore *store = disk->backing_store; index && store && !known; store = store->backing_store)
        known = store->source.index == index;
    if (!known)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "disk '%s' has no image numbered %u", target, index);
    json_t *arguments = json_object();
    qemu_put_format(arguments, "node-name", "libvirt-%u-storage", index ? index : disk->source.index);
    qemu_put_number(arguments, "write-threshold", (long long)threshold);
    return qemu_do(&c, "block-set-write-threshold", arguments);
}

int
qemu_domain_interface_stats(virDomainPtr dom, const char *device, virDomainInterfaceStatsPtr stats, size_t size)
{
    g_autoptr(VrGuestState) state = qemu_active_state(dom);
    const DomainNet *net = state ? vr_domain_net(vr_guest_now(state), device) : NULL;
    if (!net)
        return -1;
    if (!net->target || !net->target->dev)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "Interface name not provided");
    return qemu_link_figures(net->target->dev, net->type != NET_TYPE_DIRECT, stats);
}
