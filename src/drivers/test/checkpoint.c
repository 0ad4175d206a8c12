/* Checkpoints: points from which a backup could copy only what changed. */
#include "drivers/test/ops.h"

#include <string.h>

#include "drivers/test/snapshot.h"
#include "store/guest_devices.h"

static const unsigned no_groups[] = {0};

static const VrMomentFilter filter = {
    .roots = VIR_DOMAIN_CHECKPOINT_LIST_ROOTS,
    .leaves = VIR_DOMAIN_CHECKPOINT_LIST_LEAVES,
    .no_leaves = VIR_DOMAIN_CHECKPOINT_LIST_NO_LEAVES,
    .topological = VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL,
    .groups = no_groups,
};

#define LIST_FLAGS                                                                                 \
    (VIR_DOMAIN_CHECKPOINT_LIST_ROOTS | VIR_DOMAIN_CHECKPOINT_LIST_TOPOLOGICAL |                   \
     VIR_DOMAIN_CHECKPOINT_LIST_LEAVES | VIR_DOMAIN_CHECKPOINT_LIST_NO_LEAVES)

static VrMoment *
find(const VrGuestState *state, const char *name)
{
    VrMoment *moment = vr_moments_find(state->checkpoints, name);
    if (!moment)
        vr_error(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN_CHECKPOINT, "no domain checkpoint with matching name '%s'", name);
    return moment;
}

static VrGuestState *
state_with(virDomainCheckpointPtr checkpoint, VrMoment **ret)
{
    g_autoptr(VrGuestState) state = test_state(checkpoint->domain);
    if (!state || !(*ret = find(state, checkpoint->object.name)))
        return NULL;
    return g_steal_pointer(&state);
}

static int
handles(virDomainPtr dom, const char *from, virDomainCheckpointPtr **ret, unsigned int flags)
{
    if (vr_flags_check(flags, LIST_FLAGS, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state || (from && !find(state, from)))
        return -1;
    g_autoptr(GPtrArray) list = vr_moments_list(state->checkpoints, from, &filter, flags);
    if (ret) {
        *ret = g_new0(virDomainCheckpointPtr, list->len + 1);
        for (guint i = 0; i < list->len; i++)
            (*ret)[i] = vr_checkpoint_new(dom, ((VrMoment *)list->pdata[i])->name);
    }
    return (int)list->len;
}

int
test_list_all_checkpoints(virDomainPtr dom, virDomainCheckpointPtr **checkpoints, unsigned int flags)
{
    return handles(dom, NULL, checkpoints, flags);
}

int
test_checkpoint_list_all_children(virDomainCheckpointPtr checkpoint, virDomainCheckpointPtr **children,
                                  unsigned int flags)
{
    return handles(checkpoint->domain, checkpoint->object.name, children, flags);
}

virDomainCheckpointPtr
test_checkpoint_lookup_by_name(virDomainPtr dom, const char *name, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    return state && find(state, name) ? vr_checkpoint_new(dom, name) : NULL;
}

virDomainCheckpointPtr
test_checkpoint_get_parent(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(checkpoint, &moment);
    if (!state)
        return NULL;
    if (!moment->parent)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN_CHECKPOINT, "checkpoint '%s' does not have a parent",
                             moment->name);
    return vr_checkpoint_new(checkpoint->domain, moment->parent);
}

char *
test_checkpoint_get_xml_desc(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_CHECKPOINT_XML_SECURE | VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN |
                           VIR_DOMAIN_CHECKPOINT_XML_SIZE,
                       VIR_FROM_TEST) < 0)
        return NULL;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(checkpoint, &moment);
    if (!state)
        return NULL;
    g_autoptr(CheckpointDef) def = checkpoint_def_copy(moment->def);
    g_free(def->parent);
    def->parent = g_strdup(moment->parent);
    if (flags & VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN) {
        domain_def_free(def->domain);
        def->domain = NULL;
    }
    return checkpoint_def_format(def, VR_MODEL_INACTIVE |
                                          (flags & VIR_DOMAIN_CHECKPOINT_XML_SECURE ? VR_MODEL_SECURE : 0));
}

/* Which disks keep a record of changes: all of them, or those that DEF names. */
static int
align_disks(CheckpointDef *def, const DomainDef *guest)
{
    if (def->n_disk > guest->devices.n_disk)
        return vr_error(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED,
                        "too many disk checkpoint requests for domain");
    if (guest->devices.n_disk == 0)
        return vr_error(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED,
                        "domain must have at least one disk to perform checkpoints");
    bool named = def->n_disk > 0;
    g_autofree CheckpointDisk **of = g_new0(CheckpointDisk *, guest->devices.n_disk + 1);
    for (size_t i = 0; i < def->n_disk; i++) {
        CheckpointDisk *disk = def->disk[i];
        const DomainDisk *found = vr_domain_disk(guest, disk->name);
        size_t at = 0;
        while (at < guest->devices.n_disk && guest->devices.disk[at] != found)
            at++;
        if (!found)
            return vr_error(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED, "no disk named '%s'", disk->name);
        if (of[at])
            return vr_error(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' specified twice",
                            disk->name);
        of[at] = disk;
        g_free(disk->name);
        disk->name = g_strdup(found->target->dev);
    }
    for (size_t i = 0; i < guest->devices.n_disk; i++) {
        const DomainDisk *disk = guest->devices.disk[i];
        if (!of[i]) {
            of[i] = checkpoint_disk_new();
            of[i]->name = g_strdup(disk->target ? disk->target->dev : NULL);
            of[i]->checkpoint = named || vr_domain_disk_is_empty(disk) || disk->readonly
                                    ? CHECKPOINT_DISK_CHECKPOINT_NO
                                    : CHECKPOINT_DISK_CHECKPOINT_BITMAP;
            vr_model_list_add(&def->disk, &def->n_disk, of[i]);
        }
        if (of[i]->checkpoint == CHECKPOINT_DISK_CHECKPOINT_BITMAP && !of[i]->bitmap)
            of[i]->bitmap = g_strdup(def->name);
    }
    memcpy(def->disk, of, guest->devices.n_disk * sizeof(*of));
    return 0;
}

/* What the schema of a new checkpoint wants beyond known elements: names that make bitmaps, disks by target or path. */
static bool
fits_schema(const VrXmlNode *root, const CheckpointDef *def)
{
    if (def->name[strcspn(def->name, "/\n")])
        return false;
    if (vr_xml_child(root, "disks") && def->n_disk == 0)
        return false;
    static const char *const prefixes[] = {"fd", "hd", "sd", "vd", "xvd", "ubd", "/"};
    for (size_t i = 0; i < def->n_disk; i++) {
        gsize at = 0;
        while (at < G_N_ELEMENTS(prefixes) && !g_str_has_prefix(def->disk[i]->name, prefixes[at]))
            at++;
        if (at == G_N_ELEMENTS(prefixes))
            return false;
    }
    return true;
}

static CheckpointDef *
parse(const char *xml, bool again)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE | (again ? 0 : VR_MODEL_VALIDATE),
                              .driver = test_domain_driver()};
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_DOMAIN_CHECKPOINT, xml, "(domain_checkpoint)");
    if (!tree)
        return NULL;
    g_autoptr(CheckpointDef) def = checkpoint_def_parse_node(vr_xml_root(tree), &context);
    if (!def)
        return NULL;
    if (again && !vr_xml_child(vr_xml_root(tree), "creationTime"))
        return vr_error_null(VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_INTERNAL_ERROR,
                             "missing creationTime from existing checkpoint");
    if (!again && !fits_schema(vr_xml_root(tree), def))
        return vr_error_null(VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA,
                             "name or disks of checkpoint '%s' do not fit domaincheckpoint.rng", def->name);
    return g_steal_pointer(&def);
}

static int
take_now(const VrGuestState *state, CheckpointDef *def)
{
    if (vr_moments_find(state->checkpoints, def->name))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists", def->name);
    if (align_disks(def, vr_guest_now(state)) < 0)
        return -1;
    domain_def_free(def->domain);
    def->domain = domain_def_copy(vr_guest_now(state));
    def->domain->id = -1;
    g_free(def->parent);
    def->parent = g_strdup(state->checkpoints->current);
    return 0;
}

static int
redefine(const VrGuestState *state, CheckpointDef *def)
{
    if (test_moment_check_parent(state->checkpoints, def->name, def->parent) < 0 ||
        test_moment_check_uuid(VIR_FROM_DOMAIN_CHECKPOINT, "checkpoint", def->name, state, def->domain) < 0)
        return -1;
    const VrMoment *known = vr_moments_find(state->checkpoints, def->name);
    if (!def->domain && known && ((const CheckpointDef *)known->def)->domain)
        def->domain = domain_def_copy(((const CheckpointDef *)known->def)->domain);
    return def->domain ? align_disks(def, def->domain) : 0;
}

virDomainCheckpointPtr
test_checkpoint_create_xml(virDomainPtr dom, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE | VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE,
                       VIR_FROM_TEST) < 0)
        return NULL;
    bool again = flags & VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return NULL;
    VrGuestState *next = c.next;
    if (next->snapshots->all->len)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_UNSUPPORTED,
                             "cannot create checkpoint while snapshot exists");
    if (!again && !vr_guest_is_active(next))
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_UNSUPPORTED,
                             "cannot create checkpoint for inactive domain");
    g_autoptr(CheckpointDef) def = parse(xml, again);
    if (!def || (again ? redefine : take_now)(next, def) < 0)
        return NULL;
    VrMoments *set = vr_moments_writable(&next->checkpoints);
    g_autofree char *name = g_strdup(def->name);
    g_autofree char *parent = g_strdup(def->parent);
    vr_moments_add(set, vr_moment_new(name, parent, &vr_desc_checkpoint_def, g_steal_pointer(&def), 0));
    if (!again)
        vr_moments_set_current(set, name);
    test_change_publish(&c);
    return vr_checkpoint_new(dom, name);
}

int
test_checkpoint_delete(virDomainCheckpointPtr checkpoint, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN | VIR_DOMAIN_CHECKPOINT_DELETE_METADATA_ONLY |
                           VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, checkpoint->domain) < 0)
        return -1;
    VrMoment *moment = find(c.next, checkpoint->object.name);
    if (!moment)
        return -1;
    test_moments_delete(vr_moments_writable(&c.next->checkpoints), moment,
                        flags & VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN,
                        flags & VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY);
    test_change_publish(&c);
    return 0;
}
