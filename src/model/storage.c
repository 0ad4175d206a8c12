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
    /* what may be there without being needed */
    MAY_HOST = 1 << 9,
    MAY_DEVICE = 1 << 10,
    MAY_NAME = 1 << 11,
    MAY_DIR = 1 << 12,
    MAY_INITIATOR = 1 << 13,
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
    [STORAGE_POOL_TYPE_LOGICAL] = {MAY_DEVICE | NEEDS_NAME | NAME_IS_SOURCE_NAME | PATH_FROM_NAME, "lvm2",
                                   " unknown lvm2 "},
    [STORAGE_POOL_TYPE_DISK] = {NEEDS_DEVICE, "unknown",
                                " unknown dos dvh gpt mac bsd pc98 sun lvm2 "},
    [STORAGE_POOL_TYPE_ISCSI] = {NEEDS_HOST | NEEDS_DEVICE | MAY_INITIATOR},
    [STORAGE_POOL_TYPE_ISCSI_DIRECT] = {NEEDS_HOST | NEEDS_DEVICE | NEEDS_INITIATOR | NO_TARGET},
    [STORAGE_POOL_TYPE_SCSI] = {NEEDS_ADAPTER},
    [STORAGE_POOL_TYPE_MPATH] = {0},
    [STORAGE_POOL_TYPE_RBD] = {MAY_HOST | NEEDS_NAME | NO_TARGET},
    [STORAGE_POOL_TYPE_SHEEPDOG] = {MAY_HOST | MAY_NAME | NO_TARGET},
    [STORAGE_POOL_TYPE_GLUSTER] = {MAY_NAME | MAY_DIR | NEEDS_HOST | NO_TARGET},
    [STORAGE_POOL_TYPE_ZFS] = {MAY_DEVICE | NEEDS_NAME | NAME_IS_SOURCE_NAME | PATH_FROM_NAME},
    [STORAGE_POOL_TYPE_VSTORAGE] = {MAY_NAME},
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

/* Parts of a source that mean nothing to this type of pool are not kept. */
static void
drop_foreign(StoragePoolSource *source, unsigned needs)
{
    while (source->n_host && !(needs & (NEEDS_HOST | MAY_HOST)))
        storage_pool_host_free(vr_model_list_take(&source->host, &source->n_host, 0));
    while (source->n_device && !(needs & (NEEDS_DEVICE | MAY_DEVICE)))
        storage_pool_device_free(vr_model_list_take(&source->device, &source->n_device, 0));
    if (!(needs & (NEEDS_DIR | MAY_DIR)))
        g_clear_pointer(&source->dir, g_free);
    if (!(needs & NEEDS_ADAPTER))
        g_clear_pointer(&source->adapter, storage_pool_adapter_free);
    if (!(needs & (NEEDS_NAME | MAY_NAME)))
        g_clear_pointer(&source->name, g_free);
    if (!(needs & (NEEDS_INITIATOR | MAY_INITIATOR)))
        g_clear_pointer(&source->initiator, g_free);
}

static int
fill_source(StoragePoolDef *def, unsigned needs)
{
    StoragePoolSource *source = &def->source;

    drop_foreign(source, needs);
    if (!pool_types[def->type].format)
        g_clear_pointer(&source->format, g_free);
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

/* The element counts, whether it names the initiator or not. */
static const VrXmlNode *
find_iqn(const VrXmlNode *node)
{
    const VrXmlNode *source = vr_xml_child(node, "source");
    const VrXmlNode *initiator = source ? vr_xml_child(source, "initiator") : NULL;

    return initiator ? vr_xml_child(initiator, "iqn") : NULL;
}

static int
check_adapter(const StoragePoolAdapter *adapter)
{
    if (adapter && adapter->type == STORAGE_POOL_ADAPTER_TYPE_SCSI_HOST) {
        if (!adapter->name && !adapter->parentaddr)
            return pool_fail("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
        if (adapter->parentaddr && !adapter->parentaddr->has_unique_id)
            return pool_fail("Missing or invalid scsi adapter 'unique_id' value");
    }
    if (adapter && adapter->type == STORAGE_POOL_ADAPTER_TYPE_FC_HOST && (!adapter->wwnn || !adapter->wwpn))
        return pool_fail("'wwnn' and 'wwpn' must be specified for adapter type 'fc_host'");
    return 0;
}

static int
check_source(const StoragePoolDef *def, unsigned needs, const VrXmlNode *iqn)
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
    if (check_adapter(source->adapter) < 0)
        return -1;
    if (needs & NEEDS_DEVICE && source->n_device == 0)
        return pool_fail("missing storage pool source device name");
    if (needs & NEEDS_INITIATOR && !iqn)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "missing initiator IQN");
    return 0;
}

static int
fill_target(StoragePoolDef *def, unsigned needs)
{
    StoragePoolTarget *target = &def->target;

    if (needs & NO_TARGET)
        return 0;
    /* the kernel says where these appear */
    if (needs & PATH_FROM_NAME)
        replace(&target->path,
                g_strdup_printf(def->type == STORAGE_POOL_TYPE_ZFS ? "/dev/zvol/%s" : "/dev/%s",
                                def->source.name));
    else if (def->type == STORAGE_POOL_TYPE_MPATH)
        replace(&target->path, g_strdup("/dev/mapper"));
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

    if (!def->name)
        def->name = g_strdup(def->source.name);
    if (!def->name)
        return pool_fail("missing pool source name element");
    if (strchr(def->name, '/'))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", def->name);
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_make(def->uuid);
    if (def->cow && def->type != STORAGE_POOL_TYPE_DIR && def->type != STORAGE_POOL_TYPE_FS)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "cow feature may only be used for 'fs' and 'dir' pools");
    if (fill_source(def, needs) < 0 || check_source(def, needs, find_iqn(node)) < 0)
        return -1;
    return fill_target(def, needs);
}

/* Which kinds of pool hold files, and what a volume's format may be there. */
static const struct {
    bool has_format;
    const char *fallback;
    const char *formats;
} vol_formats[] = {
#define FILES {true, "raw", " raw dir bochs cloop dmg iso vpc vdi fat vhd ploop cow qcow qcow2 qed vmdk "}
    [STORAGE_POOL_TYPE_DIR] = FILES,
    [STORAGE_POOL_TYPE_FS] = FILES,
    [STORAGE_POOL_TYPE_NETFS] = FILES,
    [STORAGE_POOL_TYPE_GLUSTER] = FILES,
    [STORAGE_POOL_TYPE_VSTORAGE] = FILES,
    [STORAGE_POOL_TYPE_DISK] = {true, "none", " none linux fat16 fat32 linux-swap linux-lvm linux-raid extended "},
    [STORAGE_POOL_TYPE_ZFS] = {false},
#undef FILES
};

static int
fill_format(StorageVolTarget *target, int pool_type, const char *fallback)
{
    g_autofree char *word = g_strdup_printf(" %s ", target->format ? target->format : "");

    if ((size_t) pool_type >= G_N_ELEMENTS(vol_formats) || !vol_formats[pool_type].has_format) {
        g_clear_pointer(&target->format, g_free);
        return 0;
    }
    if (target->format && !strstr(vol_formats[pool_type].formats, word))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "unknown volume format type %s",
                        target->format);
    if (!target->format)
        target->format = g_strdup(fallback);
    return 0;
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
    const StoragePoolDef *pool = parse->context->driver;
    int type = pool ? pool->type : STORAGE_POOL_TYPE_DIR;
    bool optional = parse->context->flags & VR_MODEL_SKIP_POST && def->backing_store;
    const char *fallback = (size_t) type < G_N_ELEMENTS(vol_formats) ? vol_formats[type].fallback : NULL;

    if (!def->has_capacity && !optional)
        return pool_fail("missing capacity element");
    if (!def->has_allocation)
        def->allocation = def->capacity;
    def->has_allocation = def->has_capacity = true;
    if (fill_format(&def->target, type, fallback) < 0)
        return -1;
    return def->backing_store ? fill_format(def->backing_store, type, "raw") : 0;
}
