/* The storage documents' own rules: what each pool type needs, defaults of formats and paths.
 *
 * Called by the engine after a pool or a volume was read.
 */
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/rules.h"
#include "model/storage.gen.h"

enum {
    NEEDS_HOST = 1 << 0,
    NEEDS_DEVICE = 1 << 1,
    NEEDS_DIR = 1 << 2,
    NEEDS_ADAPTER = 1 << 3,
    NEEDS_NAME = 1 << 4,
    NAME_IS_SOURCE_NAME = 1 << 5,
    NEEDS_INITIATOR = 1 << 6,
    PATH_FROM_NAME = 1 << 7,
    NO_TARGET = 1 << 8,
};

/* What each type of pool is made from, and its format when none is given. */
static const struct {
    unsigned needs;
    const char *format;
    const char *formats; /* accepted, between spaces */
} pool_types[] = {
    [STORAGE_POOL_TYPE_DIR] = {0},
    [STORAGE_POOL_TYPE_FS] = {NEEDS_DEVICE, "auto",
                              " auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs "},
    [STORAGE_POOL_TYPE_NETFS] = {NEEDS_HOST | NEEDS_DIR, "auto", " auto nfs glusterfs cifs "},
    [STORAGE_POOL_TYPE_LOGICAL] = {NEEDS_NAME | NAME_IS_SOURCE_NAME | PATH_FROM_NAME, "lvm2",
                                   " unknown lvm2 "},
    [STORAGE_POOL_TYPE_DISK] = {NEEDS_DEVICE, "unknown",
                                " unknown dos dvh gpt mac bsd pc98 sun lvm2 "},
    [STORAGE_POOL_TYPE_ISCSI] = {NEEDS_HOST | NEEDS_DEVICE},
    [STORAGE_POOL_TYPE_ISCSI_DIRECT] = {NEEDS_HOST | NEEDS_DEVICE | NEEDS_INITIATOR | NO_TARGET},
    [STORAGE_POOL_TYPE_SCSI] = {NEEDS_ADAPTER},
    [STORAGE_POOL_TYPE_MPATH] = {0},
    [STORAGE_POOL_TYPE_RBD] = {NEEDS_NAME | NO_TARGET},
    [STORAGE_POOL_TYPE_SHEEPDOG] = {NEEDS_NAME | NO_TARGET},
    [STORAGE_POOL_TYPE_GLUSTER] = {NEEDS_NAME | NEEDS_HOST | NO_TARGET},
    [STORAGE_POOL_TYPE_ZFS] = {NEEDS_NAME | NAME_IS_SOURCE_NAME | PATH_FROM_NAME},
    [STORAGE_POOL_TYPE_VSTORAGE] = {NEEDS_NAME},
};

bool
storage_pool_show_source(const void *object, const VrFormat *format)
{
    return true;
}

static int
pool_fail(const char *message)
{
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "%s", message);
}

static char *
without_end_slash(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    return g_strndup(path, len);
}

static void
replace(char **field, char *value)
{
    g_free(*field);
    *field = value;
}

static int
fill_source(StoragePoolDef *def, unsigned needs)
{
    StoragePoolSource *source = &def->source;

    if (def->type == STORAGE_POOL_TYPE_GLUSTER && !source->dir)
        source->dir = g_strdup("/");
    if (source->dir && def->type == STORAGE_POOL_TYPE_NETFS)
        replace(&source->dir, without_end_slash(source->dir));
    if (!source->name && needs & NAME_IS_SOURCE_NAME)
        source->name = g_strdup(def->name);
    if (pool_types[def->type].format) {
        g_autofree char *word = g_strdup_printf(" %s ", source->format ? source->format : "");

        if (!source->format)
            source->format = g_strdup(pool_types[def->type].format);
        else if (!strstr(pool_types[def->type].formats, word))
            return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                            "unknown pool format type %s", source->format);
    }
    return 0;
}

static int
check_source(const StoragePoolDef *def, unsigned needs)
{
    const StoragePoolSource *source = &def->source;

    if (needs & NEEDS_HOST && source->n_host == 0)
        return pool_fail("missing storage pool source host name");
    if (needs & NEEDS_DIR && !source->dir)
        return pool_fail("missing storage pool source path");
    if (needs & NEEDS_NAME && !source->name)
        return pool_fail("missing mandatory 'name' field for RBD pool type");
    if (needs & NEEDS_ADAPTER && !source->adapter)
        return pool_fail("missing storage pool source adapter");
    if (needs & NEEDS_DEVICE && source->n_device == 0)
        return pool_fail("missing storage pool source device name");
    if (needs & NEEDS_INITIATOR && !source->initiator)
        return pool_fail("missing storage pool initiator iqn");
    return 0;
}

static int
fill_target(StoragePoolDef *def, unsigned needs)
{
    StoragePoolTarget *target = &def->target;

    if (needs & NO_TARGET)
        return 0;
    if (needs & PATH_FROM_NAME && !target->path)
        target->path = g_strdup_printf(
            def->type == STORAGE_POOL_TYPE_ZFS ? "/dev/zvol/%s" : "/dev/%s", def->source.name);
    else if (def->type == STORAGE_POOL_TYPE_MPATH && !target->path)
        target->path = g_strdup("/dev/mapper");
    if (!target->path)
        return pool_fail("missing storage pool target path");
    replace(&target->path, without_end_slash(target->path));
    return 0;
}

int
storage_pool_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StoragePoolDef *def = object;
    unsigned needs = pool_types[def->type].needs;

    if (!def->name && needs & NAME_IS_SOURCE_NAME)
        def->name = g_strdup(def->source.name);
    if (!def->name)
        return pool_fail("missing pool source name element");
    if (strchr(def->name, '/'))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", def->name);
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_make(def->uuid);
    if (fill_source(def, needs) < 0 || check_source(def, needs) < 0)
        return -1;
    return fill_target(def, needs);
}

bool
storage_vol_show_backing(const void *object, const VrFormat *format)
{
    const StorageVolTarget *backing = ((const StorageVolDef *) object)->backing_store;

    return backing && backing->path;
}

int
storage_vol_target_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StorageVolTarget *target = object;

    if (target->compat && target->compat[strspn(target->compat, "0123456789.")])
        return pool_fail("forbidden characters in 'compat' attribute");
    if (target->compat && (strchr(target->compat, '.') == NULL ||
                           strchr(target->compat, '.') != strrchr(target->compat, '.')))
        return pool_fail("forbidden characters in 'compat' attribute");
    if (target->features && !target->compat)
        target->compat = g_strdup("1.1"); /* the first that had any */
    return 0;
}

/* Who makes a volume of its backing store's size says so by SKIP_POST; others must give the capacity. */
int
storage_vol_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StorageVolDef *def = object;
    bool optional = parse->context->flags & VR_MODEL_SKIP_POST && def->backing_store;

    if (!def->has_capacity && !optional)
        return pool_fail("missing capacity element");
    if (!def->has_allocation)
        def->allocation = def->capacity;
    def->has_allocation = def->has_capacity = true;
    return 0;
}
