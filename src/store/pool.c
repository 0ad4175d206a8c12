/* One row per type of pool, and what is said about pools by it: see pool.h. */
#include "store/pool.h"

#include <string.h>

#include "base/error.h"

static bool
same(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

static bool
same_host(const StoragePoolDef *a, const StoragePoolDef *b)
{
    if (a->source.n_host != 1 || b->source.n_host != 1)
        return false;
    return same(a->source.host[0]->name, b->source.host[0]->name) && a->source.host[0]->port == b->source.host[0]->port;
}

static bool
same_device(const StoragePoolDef *a, const StoragePoolDef *b)
{
    for (size_t i = 0; i < a->source.n_device; i++) {
        for (size_t j = 0; j < b->source.n_device; j++) {
            if (same(a->source.device[i]->path, b->source.device[j]->path))
                return true;
        }
    }
    return false;
}

static bool
same_target(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return same(a->target.path, b->target.path);
}

static bool
same_export(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return same_host(a, b) && same(a->source.dir, b->source.dir);
}

static bool
same_gluster(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return same_export(a, b) && same(a->source.name, b->source.name);
}

static bool
same_iscsi(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return same_host(a, b) && same_device(a, b) && same(a->source.initiator, b->source.initiator);
}

static bool
same_name(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return same(a->source.name, b->source.name);
}

static bool
always_same(const StoragePoolDef *a, const StoragePoolDef *b)
{
    return true; /* there is one set of multipath devices */
}

/* "host5" is the old way to write "scsi_host5". */
static const char *
host_number(const char *name)
{
    return name && g_str_has_prefix(name, "scsi_") ? name + strlen("scsi_") : name;
}

static bool
same_adapter(const StoragePoolDef *a, const StoragePoolDef *b)
{
    const StoragePoolAdapter *x = a->source.adapter, *y = b->source.adapter;
    if (!x || !y)
        return false;
    if (x->wwnn || y->wwnn)
        return x->wwnn && y->wwnn && g_strcmp0(x->wwnn, y->wwnn) == 0 && g_strcmp0(x->wwpn, y->wwpn) == 0;
    const StoragePoolParentAddress *p = x->parentaddr, *q = y->parentaddr;
    if (p && q && p->address && q->address)
        return p->unique_id == q->unique_id && memcmp(p->address, q->address, sizeof(*p->address)) == 0;
    return x->name && y->name && same(host_number(x->name), host_number(y->name));
}

#define FILE_FORMATS                                                                                                     \
    " raw dir bochs cloop dmg iso vpc vdi fat vhd ploop cow qcow qcow2 qed vmdk "
#define DISK_FORMATS " none linux fat16 fat32 linux-swap linux-lvm linux-raid extended "

static const struct {
    int volume_type;            /* virStorageVolType */
    const char *format;         /* of a volume that names none; NULL: volumes have no format */
    const char *formats;        /* that they may have */
    char family;                /* pools of one letter are compared with each other */
    bool (*same_source)(const StoragePoolDef *a, const StoragePoolDef *b);
} types[] = {
    [STORAGE_POOL_TYPE_DIR] = {VIR_STORAGE_VOL_FILE, "raw", FILE_FORMATS, 'f', same_target},
    [STORAGE_POOL_TYPE_FS] = {VIR_STORAGE_VOL_FILE, "raw", FILE_FORMATS, 'd', same_device},
    [STORAGE_POOL_TYPE_NETFS] = {VIR_STORAGE_VOL_FILE, "raw", FILE_FORMATS, 'n', same_export},
    [STORAGE_POOL_TYPE_LOGICAL] = {VIR_STORAGE_VOL_BLOCK, NULL, NULL, 'd', same_device},
    [STORAGE_POOL_TYPE_DISK] = {VIR_STORAGE_VOL_BLOCK, "none", DISK_FORMATS, 'd', same_device},
    [STORAGE_POOL_TYPE_ISCSI] = {VIR_STORAGE_VOL_BLOCK, NULL, NULL, 'i', same_iscsi},
    [STORAGE_POOL_TYPE_ISCSI_DIRECT] = {VIR_STORAGE_VOL_NETWORK},
    [STORAGE_POOL_TYPE_SCSI] = {VIR_STORAGE_VOL_BLOCK, NULL, NULL, 's', same_adapter},
    [STORAGE_POOL_TYPE_MPATH] = {VIR_STORAGE_VOL_BLOCK, NULL, NULL, 'm', always_same},
    [STORAGE_POOL_TYPE_RBD] = {VIR_STORAGE_VOL_NETWORK, "raw", FILE_FORMATS},
    [STORAGE_POOL_TYPE_SHEEPDOG] = {VIR_STORAGE_VOL_NETWORK, NULL, NULL, 'h', same_host},
    [STORAGE_POOL_TYPE_GLUSTER] = {VIR_STORAGE_VOL_NETWORK, "raw", FILE_FORMATS, 'g', same_gluster},
    [STORAGE_POOL_TYPE_ZFS] = {VIR_STORAGE_VOL_BLOCK, NULL, NULL, 'd', same_device},
    [STORAGE_POOL_TYPE_VSTORAGE] = {VIR_STORAGE_VOL_FILE, "raw", FILE_FORMATS, 'v', same_name},
};

int
vr_pool_check_source(VrTable *table, const StoragePoolDef *def, const unsigned char *uuid)
{
    char family = types[def->type].family;
    g_autoptr(GPtrArray) pools = vr_table_list(table);
    for (guint i = 0; family && i < pools->len; i++) {
        VrItem *other = pools->pdata[i];
        if (memcmp(other->stored.uuid, uuid, VR_UUID_SIZE) == 0)
            continue;
        g_autoptr(VrItemState) state = vr_item_state(other);
        const StoragePoolDef *theirs = state->now->def;
        if (types[theirs->type].family == family && types[def->type].same_source(theirs, def))
            return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_FAILED, "Storage source conflict with pool: '%s'",
                            theirs->name);
    }
    return 0;
}

int
vr_pool_volume_type(const StoragePoolDef *pool)
{
    return types[pool->type].volume_type;
}

const char *
vr_pool_volume_formats(const StoragePoolDef *pool, const char **ret_preferred)
{
    *ret_preferred = types[pool->type].format;
    return types[pool->type].formats;
}

static int
settle_format(const StoragePoolDef *pool, char **format)
{
    if (!*format) {
        *format = g_strdup(types[pool->type].format);
        return 0;
    }
    g_autofree char *word = g_strdup_printf(" %s ", *format);
    if (strstr(types[pool->type].formats, word))
        return 0;
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "unknown volume format type %s", *format);
}

int
vr_volume_settle_formats(StorageVolDef *vol, const StoragePoolDef *pool)
{
    StorageVolTarget *backing = vol->backing_store;
    if (!types[pool->type].format) {
        g_clear_pointer(&vol->target.format, g_free);
        if (backing)
            g_clear_pointer(&backing->format, g_free);
        return 0;
    }
    if (settle_format(pool, &vol->target.format) < 0)
        return -1;
    return backing && backing->path ? settle_format(pool, &backing->format) : 0;
}

/* The list flag of each type; the other bits are in the order of the types. */
static unsigned
type_flag(int type)
{
    static const unsigned flags[] = {
        [STORAGE_POOL_TYPE_DIR] = VIR_CONNECT_LIST_STORAGE_POOLS_DIR,
        [STORAGE_POOL_TYPE_FS] = VIR_CONNECT_LIST_STORAGE_POOLS_FS,
        [STORAGE_POOL_TYPE_NETFS] = VIR_CONNECT_LIST_STORAGE_POOLS_NETFS,
        [STORAGE_POOL_TYPE_LOGICAL] = VIR_CONNECT_LIST_STORAGE_POOLS_LOGICAL,
        [STORAGE_POOL_TYPE_DISK] = VIR_CONNECT_LIST_STORAGE_POOLS_DISK,
        [STORAGE_POOL_TYPE_ISCSI] = VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI,
        [STORAGE_POOL_TYPE_ISCSI_DIRECT] = VIR_CONNECT_LIST_STORAGE_POOLS_ISCSI_DIRECT,
        [STORAGE_POOL_TYPE_SCSI] = VIR_CONNECT_LIST_STORAGE_POOLS_SCSI,
        [STORAGE_POOL_TYPE_MPATH] = VIR_CONNECT_LIST_STORAGE_POOLS_MPATH,
        [STORAGE_POOL_TYPE_RBD] = VIR_CONNECT_LIST_STORAGE_POOLS_RBD,
        [STORAGE_POOL_TYPE_SHEEPDOG] = VIR_CONNECT_LIST_STORAGE_POOLS_SHEEPDOG,
        [STORAGE_POOL_TYPE_GLUSTER] = VIR_CONNECT_LIST_STORAGE_POOLS_GLUSTER,
        [STORAGE_POOL_TYPE_ZFS] = VIR_CONNECT_LIST_STORAGE_POOLS_ZFS,
        [STORAGE_POOL_TYPE_VSTORAGE] = VIR_CONNECT_LIST_STORAGE_POOLS_VSTORAGE,
    };
    return flags[type];
}

bool
vr_pool_matches(const VrItemState *state, unsigned flags)
{
    const StoragePoolDef *def = state->now->def;
    unsigned by_state = VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE | VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE |
                        VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT | VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT |
                        VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART | VIR_CONNECT_LIST_STORAGE_POOLS_NO_AUTOSTART;
    return vr_filter(flags, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE, VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE,
                     state->active) &&
           vr_filter(flags, VIR_CONNECT_LIST_STORAGE_POOLS_PERSISTENT, VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT,
                     state->persistent) &&
           vr_filter(flags, VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART, VIR_CONNECT_LIST_STORAGE_POOLS_NO_AUTOSTART,
                     state->autostart) &&
           (!(flags & ~by_state) || flags & type_flag(def->type));
}

VrDefinition *
vr_pool_volume(const VrItemState *pool, VrVolumeField field, const char *value, guint *ret_at)
{
    for (guint i = 0; i < pool->parts->len; i++) {
        VrDefinition *definition = pool->parts->pdata[i];
        const StorageVolDef *vol = definition->def;
        const char *fields[] = {vol->name, vol->key, vol->target.path};
        if (!fields[field] || strcmp(fields[field], value) != 0)
            continue;
        if (ret_at)
            *ret_at = i;
        return definition;
    }
    return NULL;
}
