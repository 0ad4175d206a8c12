/* What pools this host can have: types and formats, and sources that a search finds.
 *
 * Entry points; searches talk to programs and servers on the calling worker, with nothing held.
 */
#include <string.h>

#include "drivers/storage/storage.h"

static StoragePoolSource *
read_search(const char *xml)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_STORAGE, xml, "(storage_source_specification)");
    if (!tree)
        return NULL;
    return vr_model_parse_node(&vr_desc_storage_pool_source, vr_xml_root(tree),
                               &(VrParseContext){.document = &vr_desc_storage_pool_def});
}

char *
storage_find_sources(virConnectPtr conn, const char *type_name, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return NULL;
    int type = vr_enum_from_string(&vr_enum_storage_pool_type, type_name);
    if (type < 0)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "unknown storage pool type %s", type_name);
    const StorageBackend *backend = storage_backend_row(type);
    if (!backend)
        return NULL;
    if (!backend->find_sources)
        return vr_error_null(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "pool type '%s' does not support source discovery", type_name);
    g_autoptr(StoragePoolSource) spec = NULL;
    if (xml && !(spec = read_search(xml)))
        return NULL;
    g_autoptr(StoragePoolSourceList) list = storage_pool_source_list_new();
    if (backend->find_sources(storage_instance(conn), spec, list) < 0)
        return NULL;
    return storage_pool_source_list_format(list, 0);
}

static void
put_enum(GString *out, const char *name, const char *values)
{
    g_string_append_printf(out, "      <enum name='%s'>\n", name);
    g_auto(GStrv) words = g_strsplit(values, " ", -1);
    for (char **word = words; *word; word++) {
        if (**word)
            g_string_append_printf(out, "        <value>%s</value>\n", *word);
    }
    g_string_append(out, "      </enum>\n");
}

static void
put_options(GString *out, const char *element, const char *preferred, const char *name, const char *values)
{
    if (!preferred)
        return;
    g_string_append_printf(out, "    <%s>\n      <defaultFormat type='%s'/>\n", element, preferred);
    put_enum(out, name, values);
    g_string_append_printf(out, "    </%s>\n", element);
}

/* The formats of pools of each type, the first of them the one that is taken when none is given. */
static const struct {
    const char *preferred, *formats;
} pool_formats[] = {
    [STORAGE_POOL_TYPE_FS] = {"auto", "auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs"},
    [STORAGE_POOL_TYPE_NETFS] = {"auto", "auto nfs glusterfs cifs"},
    [STORAGE_POOL_TYPE_LOGICAL] = {"lvm2", "unknown lvm2"},
    [STORAGE_POOL_TYPE_DISK] = {"unknown", "unknown dos dvh gpt mac bsd pc98 sun lvm2"},
    [STORAGE_POOL_TYPE_VSTORAGE] = {NULL, NULL},
};

char *
storage_get_capabilities(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_STORAGE) < 0)
        return NULL;
    g_autoptr(GString) out = g_string_new("<storagepoolCapabilities>\n");
    for (int type = 0; type <= STORAGE_POOL_TYPE_VSTORAGE; type++) {
        const StoragePoolDef pool = {.type = type};
        const char *preferred = NULL, *formats = vr_pool_volume_formats(&pool, &preferred);
        g_string_append_printf(out, "  <pool type='%s' supported='%s'>\n", vr_enum_to_string(&vr_enum_storage_pool_type, type),
                               storage_backend_works(type) ? "yes" : "no");
        put_options(out, "poolOptions", pool_formats[type].preferred, "sourceFormatType", pool_formats[type].formats);
        /* files are listed with the word for no format at all; of Ceph's devices there is one kind */
        g_autofree char *listed = g_strconcat(g_strcmp0(preferred, "raw") == 0 ? "none" : "", formats, NULL);
        put_options(out, "volOptions", preferred, "targetFormatType", type == STORAGE_POOL_TYPE_RBD ? "" : listed);
        g_string_append(out, "  </pool>\n");
    }
    g_string_append(out, "</storagepoolCapabilities>\n");
    return strdup(out->str);
}
