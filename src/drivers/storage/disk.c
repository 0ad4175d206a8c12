/* Pools that are disks with a partition table: volumes are partitions, by parted.
 *
 * See StorageBackend; on the calling worker.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

/* One line of "parted -m DEVICE unit B print free": number:start:end:size:file system:name:flags; of free room only "free". */
typedef struct {
    unsigned number; /* 0: free */
    unsigned long long start, end; /* the end is behind the last byte */
    bool extended;
} Piece;

typedef struct {
    unsigned long long size;
    char *label;
    GArray *pieces;
} Table;

static void
table_clear(Table *table)
{
    g_clear_pointer(&table->label, g_free);
    g_clear_pointer(&table->pieces, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Table, table_clear)

static int
read_table(const StoragePoolDef *def, StorageScan *scan, Table *ret_table)
{
    const char *device = def->source.device[0]->path;
    g_autoptr(VrCommand) command = vr_command_new("parted", "-m", "-s", "--", device, "unit", "B", "print", "free", NULL);
    g_autofree char *out = NULL;
    if (scan)
        storage_scan_guard(scan, command);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    g_auto(Table) table = {.pieces = g_array_new(FALSE, TRUE, sizeof(Piece))};
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, ":", -1);
        guint n = g_strv_length(fields);
        if (**line == '/' && n >= 6) {
            table.size = g_ascii_strtoull(fields[1], NULL, 10);
            table.label = g_strdup(fields[5]);
        } else if (g_ascii_isdigit(**line) && n >= 5) {
            bool free_room = g_str_has_prefix(fields[4], "free");
            Piece piece = {free_room ? 0 : (unsigned)strtoul(fields[0], NULL, 10), g_ascii_strtoull(fields[1], NULL, 10),
                           g_ascii_strtoull(fields[2], NULL, 10) + 1, false};
            g_array_append_val(table.pieces, piece);
        }
    }
    if (!table.label)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "parted says nothing about '%s'", device);
    *ret_table = table;
    table = (Table){0};
    return 0;
}

/* "/dev/sda" and 1 is "sda1", "/dev/loop0" and 1 is "loop0p1". */
static char *
partition_name(const StoragePoolDef *def, unsigned number)
{
    const StoragePoolDevice *device = def->source.device[0];
    g_autofree char *real = realpath(device->path, NULL);
    g_autofree char *base = g_path_get_basename(real ? real : device->path);
    bool apart = device->part_separator != YES_NO_NO &&
                 (device->part_separator == YES_NO_YES || g_ascii_isdigit(base[strlen(base) - 1]));
    return g_strdup_printf("%s%s%u", base, apart ? "p" : "", number);
}

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = g_file_test(def->source.device[0]->path, G_FILE_TEST_EXISTS);
    return 0;
}

/* Kinds of partition tables: parted's names where they differ from the documents'. */
static const char *
label_of(const char *format)
{
    return !format || strcmp(format, "unknown") == 0 || strcmp(format, "dos") == 0 ? "msdos" : format;
}

static const char *
format_of(const char *label)
{
    return strcmp(label, "msdos") == 0 ? "dos" : label;
}

static int
start(VrInstance *instance, const StoragePoolDef *def)
{
    const char *device = def->source.device[0]->path;
    if (!g_file_test(device, G_FILE_TEST_EXISTS))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "device path '%s' doesn't exist", device);
    g_auto(Table) table = {0};
    if (read_table(def, NULL, &table) < 0)
        return -1;
    if (g_strcmp0(def->source.format, "unknown") != 0 && g_strcmp0(format_of(table.label), def->source.format) != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_POOL_BUILT,
                        "the partition table of '%s' is of type %s, not %s as pool '%s' says", device, format_of(table.label),
                        def->source.format, def->name);
    return 0;
}

/* A disk that holds something is not made into another thing by accident. */
static int
check_empty(const char *device)
{
    g_autoptr(VrCommand) command = vr_command_new("blkid", "-p", "-o", "export", "--", device, NULL);
    g_autofree char *err = NULL;
    int status = 0;
    if (vr_command_status(command, &status, NULL, &err) < 0)
        return -1;
    if (status == 2)
        return 0;
    if (status == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_POOL_BUILT,
                        "'%s' holds something already: build with the overwrite flag if it is to go", device);
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_STORAGE_PROBE_FAILED, "Failed to create filesystem probe for device %s", device);
}

static int
build(VrInstance *instance, const StoragePoolDef *def, unsigned flags)
{
    const char *device = def->source.device[0]->path;
    if (!(flags & VIR_STORAGE_POOL_BUILD_OVERWRITE) && check_empty(device) < 0)
        return -1;
    if (g_strcmp0(def->source.format, "lvm2") == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "'lvm2' is no partition table: use a pool of type logical");
    g_autoptr(VrCommand) command = vr_command_new("parted", "-s", "--", device, "mklabel", label_of(def->source.format), NULL);
    return vr_command_run(command, NULL);
}

static int
remove_table(const StoragePoolDef *def, unsigned flags)
{
    const char *device = def->source.device[0]->path;
    g_autoptr(VrCommand) command = vr_command_new("wipefs", "-a", "-q", "--", device, NULL);
    return vr_command_run(command, NULL);
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    StoragePoolDef *def = s->def;
    g_auto(Table) table = {0};
    if (read_table(def, s, &table) < 0)
        return -1;
    StoragePoolDevice *device = def->source.device[0];
    while (device->n_free_extent > 0)
        storage_pool_extent_free(vr_model_list_take(&device->free_extent, &device->n_free_extent, 0));
    def->capacity = table.size;
    def->allocation = def->available = 0;
    g_free(def->source.format);
    def->source.format = g_strdup(format_of(table.label));
    for (guint i = 0; i < table.pieces->len; i++) {
        const Piece *piece = &g_array_index(table.pieces, Piece, i);
        if (!piece->number) {
            StoragePoolExtent *extent = storage_pool_extent_new();
            extent->start = piece->start;
            extent->end = piece->end;
            vr_model_list_add(&device->free_extent, &device->n_free_extent, extent);
            def->available += piece->end - piece->start;
            continue;
        }
        g_autofree char *name = partition_name(def, piece->number), *path = g_strdup_printf("/dev/%s", name);
        StorageVolDef *vol = storage_block_volume(path, name);
        if (!vol) {
            vr_error_clear();
            continue;
        }
        StorageVolDevice *on = storage_vol_device_new();
        StorageVolExtent *extent = storage_vol_extent_new();
        on->path = g_strdup(device->path);
        extent->start = piece->start;
        extent->end = piece->end;
        vr_model_list_add(&on->extent, &on->n_extent, extent);
        vol->source = storage_vol_source_new();
        vr_model_list_add(&vol->source->device, &vol->source->n_device, on);
        vol->target.format = g_strdup("none");
        def->allocation += piece->end - piece->start;
        storage_scan_add(s, vol);
    }
    return 0;
}

/* --- volumes --- */

static int
place(const StoragePoolDef *def, StorageVolDef *vol)
{
    if (storage_check_name(vol->name) < 0)
        return -1;
    if (vol->target.encryption)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool only supports LUKS encrypted volumes");
    g_free(vol->target.path);
    vol->target.path = g_strdup_printf("/dev/%s", vol->name);
    g_free(vol->key);
    vol->key = g_strdup(vol->target.path);
    return 0;
}

#define ALIGNMENT (1024 * 1024ull)

/* The smallest free room that holds SIZE, from an aligned place on. */
static int
choose_room(const Table *table, unsigned long long size, unsigned long long *ret_start)
{
    const Piece *best = NULL;
    for (guint i = 0; i < table->pieces->len; i++) {
        const Piece *piece = &g_array_index(table->pieces, Piece, i);
        unsigned long long from = (piece->start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (!piece->number && from + size <= piece->end && (!best || piece->end - piece->start < best->end - best->start))
            best = piece;
    }
    if (!best)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "no large enough free extent");
    *ret_start = (best->start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return 0;
}

static unsigned
next_number(const Table *table)
{
    for (unsigned number = 1;; number++) {
        bool taken = false;
        for (guint i = 0; i < table->pieces->len; i++)
            taken |= g_array_index(table->pieces, Piece, i).number == number;
        if (!taken)
            return number;
    }
}

static int
run_parted(const StoragePoolDef *def, const char *verb, const char *what, const char *from, const char *to)
{
    g_autoptr(VrCommand) command = vr_command_new("parted", "-s", "--", def->source.device[0]->path, verb, what, from, to, NULL);
    return vr_command_run(command, NULL);
}

static int
remove_volume(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    const char *digits = vol->name + strlen(vol->name);
    while (digits > vol->name && g_ascii_isdigit(digits[-1]))
        digits--;
    g_autofree char *expected = partition_name(def, (unsigned)strtoul(digits, NULL, 10));
    if (!*digits || strcmp(expected, vol->name) != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "cannot parse partition number from target '%s'", vol->name);
    return run_parted(def, "rm", digits, NULL, NULL);
}

/* The node of a new partition appears a moment after parted has ended. */
static bool
wait_for_node(const char *path)
{
    for (int i = 0; i < 100; i++) {
        if (access(path, F_OK) == 0)
            return true;
        g_usleep(20 * 1000);
    }
    return false;
}

static int
build_volume(const StorageBuild *b)
{
    StorageVolDef *vol = b->vol;
    g_auto(Table) table = {0};
    unsigned long long from = 0;
    if (read_table(b->def, NULL, &table) < 0)
        return -1;
    g_autofree char *expected = partition_name(b->def, next_number(&table));
    if (strcmp(expected, vol->name) != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_INVALID_ARG, "invalid partition name '%s', expected '%s'", vol->name, expected);
    if (choose_room(&table, vol->capacity, &from) < 0)
        return -1;
    g_autofree char *first = g_strdup_printf("%lluB", from), *last = g_strdup_printf("%lluB", from + vol->capacity - 1);
    if (run_parted(b->def, "mkpart", strcmp(table.label, "gpt") == 0 ? vol->name : "primary", first, last) < 0)
        return -1;
    if (!wait_for_node(vol->target.path)) {
        vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the partition '%s' was made but its device '%s' did not appear", vol->name,
                 vol->target.path);
    } else if (storage_build_device(b) == 0) {
        return 0;
    }
    virErrorPtr error = vr_error_save();
    if (remove_volume(b->instance, b->def, vol, 0) < 0)
        vr_error_clear();
    vr_error_restore(error);
    return -1;
}

static int
look(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol)
{
    if (storage_look_local(def, vol) < 0)
        return -1;
    vol->capacity = vol->physical;
    return 0;
}

const StorageBackend storage_backend_disk = {
    .program = {"parted"},
    .build_flags = VIR_STORAGE_POOL_BUILD_OVERWRITE | VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
    .local = true,
    .check = check,
    .build = build,
    .start = start,
    .remove = remove_table,
    .scan = scan,
    .volume_place = place,
    .volume_build = build_volume,
    .volume_look = look,
    .volume_remove = remove_volume,
};
