/* Snapshots and checkpoints: names from the clock, locations, what must not stand together.
 *
 * Called by the engine after a snapshot or checkpoint was read.
 */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/moment.gen.h"

bool
snapshot_disk_show_type(const void *object, const VrFormat *format)
{
    return ((const SnapshotDisk *) object)->snapshot == SNAPSHOT_LOCATION_EXTERNAL;
}

bool
snapshot_show_state(const void *object, const VrFormat *format)
{
    return ((const SnapshotDef *) object)->state != SNAPSHOT_STATE_NOSTATE;
}

static void
name_by_time(char **name, long long *created)
{
    if (!*created)
        *created = (long long) time(NULL);
    if (!*name)
        *name = g_strdup_printf("%lld", *created);
}

static int
check_disks(const SnapshotDef *def)
{
    for (size_t i = 0; i < def->n_disk; i++) {
        SnapshotDisk *disk = def->disk[i];

        if (!disk->type)
            disk->type = disk->source.type = STORAGE_TYPE_FILE;
        if (!disk->snapshot && (disk->source.file || disk->driver))
            disk->snapshot = SNAPSHOT_LOCATION_EXTERNAL;
    }
    return 0;
}

int
snapshot_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    SnapshotDef *def = object;
    bool external = def->memory.file || def->memory.snapshot == SNAPSHOT_MEMORY_SNAPSHOT_EXTERNAL;

    name_by_time(&def->name, &def->creation_time);
    if (def->memory.file && !def->memory.snapshot)
        def->memory.snapshot = SNAPSHOT_MEMORY_SNAPSHOT_EXTERNAL;
    if (external && !def->memory.file)
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR,
                        "external memory snapshots require a filename");
    if (def->memory.file && def->memory.snapshot != SNAPSHOT_MEMORY_SNAPSHOT_EXTERNAL)
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR,
                        "memory filename '%s' requires external snapshot", def->memory.file);
    if (def->memory.file && !g_path_is_absolute(def->memory.file))
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR,
                        "memory snapshot file path (%s) must be absolute", def->memory.file);
    return check_disks(def);
}

int
checkpoint_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    CheckpointDef *def = object;

    name_by_time(&def->name, &def->creation_time);
    for (size_t i = 0; i < def->n_disk; i++) {
        CheckpointDisk *disk = def->disk[i];

        if (!disk->checkpoint)
            disk->checkpoint = CHECKPOINT_DISK_CHECKPOINT_BITMAP;
        if (disk->bitmap && disk->checkpoint != CHECKPOINT_DISK_CHECKPOINT_BITMAP)
            return vr_error(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_XML_ERROR,
                            "disk checkpoint bitmap '%s' requires type='bitmap'", disk->bitmap);
    }
    return 0;
}
