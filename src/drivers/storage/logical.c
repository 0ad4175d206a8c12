/* Pools that are LVM volume groups: what LVM's programs say and do.
 *
 * See StorageBackend; on the calling worker.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

/* The columns of lvs that a volume is made from, in this order. */
enum { NAME, ORIGIN, UUID, DEVICES, SEGMENT_SIZE, EXTENT_SIZE, SIZE, ATTRIBUTES, COLUMNS };
#define LVS_OPTIONS "lv_name,origin,lv_uuid,devices,seg_size,vg_extent_size,lv_size,lv_attr"

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = g_file_test(def->target.path, G_FILE_TEST_IS_DIR);
    return 0;
}

static int
set_active(const StoragePoolDef *def, const char *how)
{
    g_autoptr(VrCommand) command = vr_command_new("vgchange", how, "--", def->source.name, NULL);
    return vr_command_run(command, NULL);
}

static int
start(VrInstance *instance, const StoragePoolDef *def)
{
    return set_active(def, "-aly");
}

static int
stop(const StoragePoolDef *def)
{
    return set_active(def, "-aln");
}

static bool
overwrites(unsigned flags)
{
    return flags & VIR_STORAGE_POOL_BUILD_OVERWRITE;
}

static int
build(VrInstance *instance, const StoragePoolDef *def, unsigned flags)
{
    const StoragePoolSource *source = &def->source;
    g_autoptr(VrCommand) group = vr_command_new("vgcreate", "--", source->name, NULL);
    if (source->n_device == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                        "pool '%s' names no <device> to make its volume group from", def->name);
    for (size_t i = 0; i < source->n_device; i++) {
        g_autoptr(VrCommand) volume = vr_command_new("pvcreate", NULL);
        if (overwrites(flags))
            vr_command_add(volume, "-ff", "--yes", NULL);
        vr_command_add(volume, "--", source->device[i]->path, NULL);
        if (vr_command_run(volume, NULL) < 0)
            return -1;
        vr_command_add(group, source->device[i]->path, NULL);
    }
    return vr_command_run(group, NULL);
}

static int
remove_group(const StoragePoolDef *def, unsigned flags)
{
    if (flags)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "a volume group is not deleted with zeros: wipe its volumes");
    g_autoptr(VrCommand) group = vr_command_new("vgremove", "-f", "--", def->source.name, NULL);
    if (vr_command_run(group, NULL) < 0)
        return -1;
    for (size_t i = 0; i < def->source.n_device; i++) {
        g_autoptr(VrCommand) volume = vr_command_new("pvremove", "--", def->source.device[i]->path, NULL);
        if (vr_command_run(volume, NULL) < 0)
            return -1;
    }
    return 0;
}

/* "/dev/sda1(12),/dev/sdb(0)": pieces of one segment, of equal length. */
static void
add_extents(StorageVolDef *vol, const char *devices, unsigned long long length, unsigned long long unit)
{
    g_auto(GStrv) parts = g_strsplit(devices, ",", -1);
    guint n = MAX(1, g_strv_length(parts));
    if (!vol->source)
        vol->source = storage_vol_source_new();
    for (char **part = parts; *part; part++) {
        char *open = strrchr(*part, '(');
        if (!open)
            continue;
        StorageVolDevice *device = storage_vol_device_new();
        StorageVolExtent *extent = storage_vol_extent_new();
        device->path = g_strndup(*part, (gsize)(open - *part));
        extent->start = g_ascii_strtoull(open + 1, NULL, 10) * unit;
        extent->end = extent->start + length / n;
        vr_model_list_add(&device->extent, &device->n_extent, extent);
        vr_model_list_add(&vol->source->device, &vol->source->n_device, device);
    }
}

/* Thin pools and what is not there cannot be a guest's disk. */
static bool
is_volume(const char *attributes)
{
    return strlen(attributes) > 4 && *attributes != 't' && attributes[4] == 'a';
}

static StorageVolDef *
read_row(const StoragePoolDef *def, char *const *columns)
{
    g_autofree char *path = g_strdup_printf("%s/%s", def->target.path, columns[NAME]);
    g_autoptr(StorageVolDef) vol = storage_block_volume(path, columns[NAME]);
    if (!vol) {
        vr_error_clear(); /* gone meanwhile, or without a device node */
        return NULL;
    }
    g_free(vol->key);
    vol->key = g_strdup(columns[UUID]);
    /* of a thin volume LVM tells what it takes, the device how large it looks */
    vol->allocation = g_ascii_strtoull(columns[SIZE], NULL, 10);
    vol->capacity = MAX(vol->capacity, vol->allocation);
    if (*columns[ORIGIN]) {
        vol->backing_store = storage_vol_target_new();
        vol->backing_store->path = g_strdup_printf("%s/%s", def->target.path, columns[ORIGIN]);
    }
    return g_steal_pointer(&vol);
}

static int
scan_volumes(StorageScan *scan)
{
    const StoragePoolDef *def = scan->def;
    g_autoptr(VrCommand) command = vr_command_new("lvs", "--separator", "#", "--noheadings", "--units", "b", "--unbuffered",
                                                  "--nosuffix", "--options", LVS_OPTIONS, "--", def->source.name, NULL);
    g_autofree char *out = NULL;
    storage_scan_guard(scan, command);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    g_autoptr(StorageVolDef) vol = NULL;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) columns = g_strsplit(g_strstrip(*line), "#", -1);
        if (g_strv_length(columns) < COLUMNS || !is_volume(columns[ATTRIBUTES]))
            continue;
        /* a volume has a line for each of its segments */
        if (!vol || strcmp(vol->name, columns[NAME]) != 0) {
            if (vol)
                storage_scan_add(scan, g_steal_pointer(&vol));
            vol = read_row(def, columns);
        }
        if (vol)
            add_extents(vol, columns[DEVICES], g_ascii_strtoull(columns[SEGMENT_SIZE], NULL, 10),
                        g_ascii_strtoull(columns[EXTENT_SIZE], NULL, 10));
    }
    if (vol)
        storage_scan_add(scan, g_steal_pointer(&vol));
    return 0;
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    StoragePoolDef *def = s->def;
    g_autoptr(VrCommand) command = vr_command_new("vgs", "--separator", ":", "--noheadings", "--units", "b", "--unbuffered",
                                                  "--nosuffix", "--options", "vg_size,vg_free", "--", def->source.name, NULL);
    g_autofree char *out = NULL;
    storage_scan_guard(s, command);
    if (scan_volumes(s) < 0 || vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) sizes = g_strsplit(g_strstrip(out), ":", 2);
    if (g_strv_length(sizes) < 2)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "vgs says nothing about volume group '%s'", def->source.name);
    def->capacity = g_ascii_strtoull(sizes[0], NULL, 10);
    def->available = g_ascii_strtoull(sizes[1], NULL, 10);
    def->allocation = def->capacity - MIN(def->capacity, def->available);
    return 0;
}

static int
find_groups(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list)
{
    g_autoptr(VrCommand) command = vr_command_new("pvs", "--noheadings", "--separator", "#", "-o", "pv_name,vg_name", NULL);
    g_autofree char *out = NULL;
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) columns = g_strsplit(g_strstrip(*line), "#", 2);
        if (g_strv_length(columns) < 2 || !*columns[1])
            continue;
        StoragePoolSource *source = NULL;
        for (size_t i = 0; i < list->n_source && !source; i++)
            source = strcmp(list->source[i]->name, columns[1]) == 0 ? list->source[i] : NULL;
        if (!source) {
            source = storage_pool_source_new();
            source->name = g_strdup(columns[1]);
            source->format = g_strdup("lvm2");
            vr_model_list_add(&list->source, &list->n_source, source);
        }
        StoragePoolDevice *device = storage_pool_device_new();
        device->path = g_strdup(columns[0]);
        vr_model_list_add(&source->device, &source->n_device, device);
    }
    return 0;
}

/* --- volumes --- */

static int
place(const StoragePoolDef *def, StorageVolDef *vol)
{
    if (storage_check_name(vol->name) < 0)
        return -1;
    if (*vol->name == '-')
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume name '%s' cannot begin with '-'", vol->name);
    g_free(vol->target.path);
    vol->target.path = g_strdup_printf("%s/%s", def->target.path, vol->name);
    return 0;
}

static int
look(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol)
{
    return storage_look_local(def, vol);
}

static int
remove_volume(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    g_autoptr(VrCommand) command = vr_command_new("lvremove", "-f", NULL);
    vr_command_addf(command, "%s/%s", def->source.name, vol->name);
    return vr_command_run(command, NULL);
}

static int
set_owner(const StorageVolDef *vol)
{
    const Permissions *wanted = vol->target.permissions;
    if (!wanted)
        return 0;
    if ((wanted->has_owner || wanted->has_group) && geteuid() == 0 &&
        chown(vol->target.path, wanted->has_owner ? wanted->owner : (uid_t)-1, wanted->has_group ? wanted->group : (gid_t)-1) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot set file owner '%s'", vol->target.path);
    if (wanted->has_mode && chmod(vol->target.path, wanted->mode) < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot set file mode '%s'", vol->target.path);
    return 0;
}

static int
read_key(const StoragePoolDef *def, StorageVolDef *vol)
{
    g_autoptr(VrCommand) command = vr_command_new("lvs", "--noheadings", "-o", "lv_uuid", NULL);
    g_autofree char *out = NULL;
    vr_command_addf(command, "%s/%s", def->source.name, vol->name);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_free(vol->key);
    vol->key = g_strdup(g_strstrip(out));
    return 0;
}

static int
build_volume(const StorageBuild *b)
{
    StorageVolDef *vol = b->vol;
    const StorageVolTarget *backing = vol->backing_store;
    bool snapshot = backing && backing->path;
    g_autoptr(VrCommand) command = vr_command_new("lvcreate", "--name", vol->name, "--yes", NULL);
    bool thin = vol->allocation && vol->allocation < vol->capacity && !snapshot;
    if (!snapshot && !thin) /* a snapshot begins with what it is one of */
        vr_command_add(command, "-Wy", NULL);
    vr_command_add(command, "-L", NULL);
    vr_command_addf(command, "%lluK", (vol->allocation ? vol->allocation : vol->capacity) / 1024);
    if (thin) {
        vr_command_add(command, "--type", "snapshot", "--virtualsize", NULL);
        vr_command_addf(command, "%lluK", vol->capacity / 1024);
    }
    if (snapshot)
        vr_command_add(command, "-s", backing->path, NULL);
    else
        vr_command_add(command, b->def->source.name, NULL);
    if (vr_command_run(command, NULL) < 0)
        return -1;
    if (read_key(b->def, vol) == 0 && set_owner(vol) == 0 && storage_build_device(b) == 0)
        return 0;
    virErrorPtr error = vr_error_save();
    if (remove_volume(b->instance, b->def, vol, 0) < 0)
        vr_error_clear();
    vr_error_restore(error);
    return -1;
}

static int
resize(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity, unsigned flags)
{
    g_autoptr(VrCommand) command = vr_command_new("lvresize", "-f", "-L", NULL);
    vr_command_addf(command, "%llub", capacity);
    vr_command_addf(command, "%s/%s", def->source.name, vol->name);
    return vr_command_run(command, NULL);
}

const StorageBackend storage_backend_logical = {
    .program = {"lvs", "vgchange"},
    .build_flags = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    .local = true,
    .check = check,
    .find_sources = find_groups,
    .build = build,
    .start = start,
    .stop = stop,
    .remove = remove_group,
    .scan = scan,
    .volume_place = place,
    .volume_build = build_volume,
    .volume_look = look,
    .volume_remove = remove_volume,
    .volume_resize = resize,
};
