/* Pools that are ZFS pools: volumes are zvols, by zfs and zpool.
 *
 * See StorageBackend; on the calling worker.
 */
#include <string.h>

#include "drivers/storage/storage.h"

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = g_file_test(def->target.path, G_FILE_TEST_IS_DIR);
    return 0;
}

static int
build(VrInstance *instance, const StoragePoolDef *def, unsigned flags)
{
    if (def->source.n_device == 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "missing source devices");
    g_autoptr(VrCommand) command = vr_command_new("zpool", "create", def->source.name, NULL);
    for (size_t i = 0; i < def->source.n_device; i++)
        vr_command_add(command, def->source.device[i]->path, NULL);
    return vr_command_run(command, NULL);
}

static int
remove_pool(const StoragePoolDef *def, unsigned flags)
{
    g_autoptr(VrCommand) command = vr_command_new("zpool", "destroy", def->source.name, NULL);
    return vr_command_run(command, NULL);
}

static int
measure(StorageScan *s)
{
    g_autoptr(VrCommand) command = vr_command_new("zpool", "get", "-Hp", "health,size,free,allocated", s->def->source.name, NULL);
    g_autofree char *out = NULL;
    storage_scan_guard(s, command);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, "\t", -1);
        if (g_strv_length(words) < 3)
            continue;
        unsigned long long value = g_ascii_strtoull(words[2], NULL, 10);
        if (strcmp(words[1], "size") == 0)
            s->def->capacity = value;
        else if (strcmp(words[1], "free") == 0)
            s->def->available = value;
        else if (strcmp(words[1], "allocated") == 0)
            s->def->allocation = value;
    }
    return 0;
}

/* "pool/name\tvolsize\trefreservation" a line. */
static int
scan(VrInstance *instance, StorageScan *s)
{
    g_autoptr(VrCommand) command = vr_command_new("zfs", "list", "-Hp", "-t", "volume", "-r", "-o", "name,volsize,refreservation",
                                                  s->def->source.name, NULL);
    g_autofree char *out = NULL;
    storage_scan_guard(s, command);
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, "\t", -1);
        const char *name = g_strv_length(words) >= 3 ? strchr(words[0], '/') : NULL;
        if (!name || strchr(name + 1, '/'))
            continue;
        StorageVolDef *vol = storage_vol_def_new();
        vol->type = STORAGE_VOL_TYPE_BLOCK;
        vol->name = g_strdup(name + 1);
        vol->key = g_strdup(words[0]);
        vol->target.path = g_strdup_printf("%s/%s", s->def->target.path, vol->name);
        vol->capacity = g_ascii_strtoull(words[1], NULL, 10);
        vol->allocation = MIN(vol->capacity, g_ascii_strtoull(words[2], NULL, 10));
        vol->has_capacity = vol->has_allocation = true;
        storage_scan_add(s, vol);
    }
    return measure(s);
}

static int
place(const StoragePoolDef *def, StorageVolDef *vol)
{
    if (storage_check_name(vol->name) < 0)
        return -1;
    g_free(vol->target.path);
    g_free(vol->key);
    vol->target.path = g_strdup_printf("%s/%s", def->target.path, vol->name);
    vol->key = g_strdup_printf("%s/%s", def->source.name, vol->name);
    return 0;
}

static int
build_volume(const StorageBuild *b)
{
    const StorageVolDef *vol = b->vol;
    if (b->from || vol->target.encryption)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool does not support encrypted or copied volumes");
    g_autoptr(VrCommand) command = vr_command_new("zfs", "create", NULL);
    if (vol->allocation < vol->capacity)
        vr_command_add(command, "-s", NULL);
    vr_command_add(command, "-V", NULL);
    vr_command_addf(command, "%lluK", (vol->capacity + 1023) / 1024);
    vr_command_addf(command, "%s/%s", b->def->source.name, vol->name);
    return vr_command_run(command, NULL);
}

static int
remove_volume(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return -1;
    g_autoptr(VrCommand) command = vr_command_new("zfs", "destroy", NULL);
    vr_command_addf(command, "%s/%s", def->source.name, vol->name);
    return vr_command_run(command, NULL);
}

const StorageBackend storage_backend_zfs = {
    .program = {"zfs", "zpool"},
    .local = true,
    .check = check,
    .build = build,
    .remove = remove_pool,
    .scan = scan,
    .volume_place = place,
    .volume_build = build_volume,
    .volume_remove = remove_volume,
};
