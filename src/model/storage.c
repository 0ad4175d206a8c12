/* The storage documents' own rules: what each pool type needs, defaults of formats and paths.
 *
 * Called by the engine after a pool or a volume was read.
 */
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "model/engine.h"
#include "model/rules.h"
#include "model/storage.gen.h"

/* The parts of a source: what a type of pool is made from, and which of them it cannot do without. */
enum {
    OF_HOST = 1 << 0,
    OF_DEVICE = 1 << 1,
    OF_DIR = 1 << 2,
    OF_ADAPTER = 1 << 3,
    OF_NAME = 1 << 4, /* when absent: the pool's name, and the other way round */
    OF_INITIATOR = 1 << 5,
    OF_FORMAT = 1 << 6,
};

typedef struct {
    unsigned parts, needs;
    const char *target;  /* where its volumes appear, whatever the document says; "": nowhere */
    const char *format;  /* when none is given */
    const char *formats; /* accepted, between spaces */
} PoolType;

static const PoolType pool_types[] = {
    [STORAGE_POOL_TYPE_DIR] = {0},
    [STORAGE_POOL_TYPE_FS] = {OF_DEVICE | OF_FORMAT, OF_DEVICE, NULL, "auto",
                              " auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs "},
    [STORAGE_POOL_TYPE_NETFS] = {OF_HOST | OF_DIR | OF_FORMAT, OF_HOST | OF_DIR, NULL, "auto", " auto nfs glusterfs cifs "},
    [STORAGE_POOL_TYPE_LOGICAL] = {OF_DEVICE | OF_NAME | OF_FORMAT, 0, "/dev/%s", "lvm2", " unknown lvm2 "},
    [STORAGE_POOL_TYPE_DISK] = {OF_DEVICE | OF_FORMAT, OF_DEVICE, NULL, "unknown", " unknown dos dvh gpt mac bsd pc98 sun lvm2 "},
    [STORAGE_POOL_TYPE_ISCSI] = {OF_HOST | OF_DEVICE | OF_INITIATOR, OF_HOST},
    [STORAGE_POOL_TYPE_ISCSI_DIRECT] = {OF_HOST | OF_DEVICE | OF_INITIATOR, OF_HOST | OF_INITIATOR, ""},
    [STORAGE_POOL_TYPE_SCSI] = {OF_ADAPTER, OF_ADAPTER},
    [STORAGE_POOL_TYPE_MPATH] = {0},
    [STORAGE_POOL_TYPE_RBD] = {OF_HOST | OF_NAME, OF_HOST, ""},
    [STORAGE_POOL_TYPE_SHEEPDOG] = {OF_HOST | OF_NAME, OF_HOST, ""},
    [STORAGE_POOL_TYPE_GLUSTER] = {OF_HOST | OF_DIR | OF_NAME, OF_HOST, ""},
    [STORAGE_POOL_TYPE_ZFS] = {OF_DEVICE | OF_NAME, 0, "/dev/zvol/%s"},
    [STORAGE_POOL_TYPE_VSTORAGE] = {OF_NAME},
};

bool
storage_pool_show_source(const void *object, const VrFormat *format)
{
    return true;
}

/* What the type does not use is not kept. */
static void
drop_unused(StoragePoolSource *source, unsigned parts)
{
    while (!(parts & OF_HOST) && source->n_host > 0)
        storage_pool_host_free(vr_model_list_take(&source->host, &source->n_host, 0));
    while (!(parts & OF_DEVICE) && source->n_device > 0)
        storage_pool_device_free(vr_model_list_take(&source->device, &source->n_device, 0));
    if (!(parts & OF_DIR))
        g_clear_pointer(&source->dir, g_free);
    if (!(parts & OF_ADAPTER))
        g_clear_pointer(&source->adapter, storage_pool_adapter_free);
    if (!(parts & OF_NAME))
        g_clear_pointer(&source->name, g_free);
    if (!(parts & OF_INITIATOR))
        g_clear_pointer(&source->initiator, g_free);
    if (!(parts & OF_FORMAT))
        g_clear_pointer(&source->format, g_free);
}

static int
pool_fail(const char *message)
{
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "%s", message);
}

static int
check_wwn(const char *wwn)
{
    if (wwn && (strlen(wwn) != 16 || wwn[strspn(wwn, "0123456789abcdefABCDEF")]))
        return vr_error(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "Malformed wwn: %s", wwn);
    return 0;
}

static int
settle_adapter(StoragePoolAdapter *adapter)
{
    if (!adapter->type && (adapter->wwnn || adapter->wwpn || adapter->parent))
        return pool_fail("Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'");
    if (!adapter->type && adapter->parentaddr)
        return pool_fail("Use of 'parentaddr' element requires use of the adapter 'type'");
    if (!adapter->type)
        adapter->type = STORAGE_POOL_ADAPTER_TYPE_SCSI_HOST;
    if (adapter->type == STORAGE_POOL_ADAPTER_TYPE_FC_HOST) {
        if (!adapter->wwnn || !adapter->wwpn)
            return pool_fail("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
        if (!adapter->parent_wwnn != !adapter->parent_wwpn)
            return pool_fail("must supply both parent_wwnn and parent_wwpn");
        g_clear_pointer(&adapter->name, g_free);
        g_clear_pointer(&adapter->parentaddr, storage_pool_parent_address_free);
        return check_wwn(adapter->wwnn) < 0 || check_wwn(adapter->wwpn) < 0 ? -1 : 0;
    }
    g_clear_pointer(&adapter->parent, g_free);
    g_clear_pointer(&adapter->wwnn, g_free);
    g_clear_pointer(&adapter->wwpn, g_free);
    adapter->managed = YES_NO_UNSET;
    if (adapter->parentaddr && !adapter->parentaddr->address)
        return pool_fail("Missing scsi_host PCI address element");
    if (adapter->parentaddr && !adapter->parentaddr->has_unique_id)
        return pool_fail("Missing or invalid scsi adapter 'unique_id' value");
    if (adapter->parentaddr && adapter->name)
        return pool_fail("Use of 'name' and 'parent' address attributes is not supported");
    if (!adapter->name && !adapter->parentaddr)
        return pool_fail("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
    return 0;
}

static int
check_source(const StoragePoolDef *def, unsigned needs)
{
    const StoragePoolSource *source = &def->source;

    if (needs & OF_HOST && source->n_host == 0)
        return pool_fail("missing storage pool source host name");
    if (needs & OF_DIR && !source->dir)
        return pool_fail("missing storage pool source path");
    if (needs & OF_ADAPTER && !source->adapter)
        return pool_fail("missing storage pool source adapter");
    if (needs & OF_DEVICE && source->n_device == 0)
        return pool_fail("missing storage pool source device name");
    if (needs & OF_INITIATOR && (!source->initiator || !*source->initiator))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "missing initiator IQN");
    return source->adapter ? settle_adapter(source->adapter) : 0;
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
settle_format(StoragePoolSource *source, const PoolType *type)
{
    g_autofree char *word = g_strdup_printf(" %s ", source->format ? source->format : "");

    if (!type->format)
        return 0;
    if (!source->format)
        source->format = g_strdup(type->format);
    else if (!strstr(type->formats, word))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "unknown pool format type %s", source->format);
    return 0;
}

static int
settle_target(StoragePoolDef *def, const PoolType *type)
{
    StoragePoolTarget *target = &def->target;

    if (type->target && !*type->target) {
        g_clear_pointer(&target->path, g_free);
        g_clear_pointer(&target->permissions, permissions_free);
        return 0;
    }
    if (type->target) {
        g_autoptr(GString) path = g_string_new(type->target);

        g_string_replace(path, "%s", def->source.name, 1);
        replace(&target->path, g_strdup(path->str));
    }
    if (!target->path)
        return pool_fail("missing storage pool target path");
    replace(&target->path, without_end_slash(target->path));
    return 0;
}

/* Name the pool after its source or the other way round, where the type has names. */
static int
settle_names(StoragePoolDef *def, const PoolType *type)
{
    if (!def->name && type->parts & OF_NAME)
        def->name = g_strdup(def->source.name);
    if (!def->name)
        return pool_fail("missing pool source name element");
    if (strchr(def->name, '/'))
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", def->name);
    if (!def->source.name && type->parts & OF_NAME)
        def->source.name = g_strdup(def->name);
    return 0;
}

int
storage_pool_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    StoragePoolDef *def = object;
    const PoolType *type = &pool_types[def->type];
    StoragePoolSource *source = &def->source;

    drop_unused(source, type->parts);
    if (!vr_uuid_is_set(def->uuid))
        vr_uuid_generate(def->uuid);
    if (source->auth && !source->auth->type)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool missing auth type");
    if (def->type == STORAGE_POOL_TYPE_RBD && !source->name)
        return pool_fail("element 'name' is mandatory for RBD pool");
    if (def->cow && def->type != STORAGE_POOL_TYPE_FS && def->type != STORAGE_POOL_TYPE_DIR)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "cow feature may only be used for 'fs' and 'dir' pools");
    if (settle_format(source, type) < 0 || settle_names(def, type) < 0 || check_source(def, type->needs) < 0)
        return -1;
    if (def->type == STORAGE_POOL_TYPE_GLUSTER && !source->dir)
        source->dir = g_strdup("/");
    if (source->dir)
        replace(&source->dir, without_end_slash(source->dir));
    if (def->type != STORAGE_POOL_TYPE_FS && def->type != STORAGE_POOL_TYPE_NETFS)
        g_clear_pointer(&def->fs_mount_opts, storage_pool_mount_options_free);
    if (def->type != STORAGE_POOL_TYPE_RBD)
        g_clear_pointer(&def->rbd_config_opts, storage_pool_rbd_options_free);
    return settle_target(def, type);
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

    if (parse->context->flags & VR_MODEL_VOL_BACKING_CAPACITY)
        return 0;
    if (!def->has_capacity && !optional)
        return pool_fail("missing capacity element");
    if (!def->has_allocation)
        def->allocation = def->capacity;
    def->has_allocation = def->has_capacity = true;
    return 0;
}
