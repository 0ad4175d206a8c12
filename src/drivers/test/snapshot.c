/* Snapshots: creating, listing, deleting.  Going back to one is in snapshot_revert.c. */
#include "drivers/test/ops.h"

#include <string.h>

#include "drivers/test/snapshot.h"
#include "store/guest_devices.h"

static const unsigned filter_groups[] = {
    VIR_DOMAIN_SNAPSHOT_LIST_METADATA | VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA,
    VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE | VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE | VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY,
    VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL | VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL,
    0,
};

static const VrMomentFilter filter = {
    .roots = VIR_DOMAIN_SNAPSHOT_LIST_ROOTS,
    .leaves = VIR_DOMAIN_SNAPSHOT_LIST_LEAVES,
    .no_leaves = VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES,
    .topological = VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL,
    .groups = filter_groups,
};

#define LIST_FLAGS                                                                                 \
    (VIR_DOMAIN_SNAPSHOT_LIST_ROOTS | VIR_DOMAIN_SNAPSHOT_LIST_METADATA | VIR_DOMAIN_SNAPSHOT_LIST_LEAVES | \
     VIR_DOMAIN_SNAPSHOT_LIST_NO_LEAVES | VIR_DOMAIN_SNAPSHOT_LIST_NO_METADATA |                   \
     VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE | VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE |                         \
     VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL |                      \
     VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL | VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL)

static unsigned
traits_of(const SnapshotDef *def)
{
    unsigned traits = VIR_DOMAIN_SNAPSHOT_LIST_METADATA;
    bool external = def->memory.snapshot == SNAPSHOT_MEMORY_SNAPSHOT_EXTERNAL;
    for (size_t i = 0; i < def->n_disk && !external; i++)
        external = def->disk[i]->snapshot == SNAPSHOT_LOCATION_EXTERNAL;
    traits |= external ? VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL : VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL;
    if (def->state == SNAPSHOT_STATE_DISK_SNAPSHOT)
        traits |= VIR_DOMAIN_SNAPSHOT_LIST_DISK_ONLY;
    else if (def->state == SNAPSHOT_STATE_SHUTOFF)
        traits |= VIR_DOMAIN_SNAPSHOT_LIST_INACTIVE;
    else
        traits |= VIR_DOMAIN_SNAPSHOT_LIST_ACTIVE;
    return traits;
}

VrMoment *
test_snapshot_find(const VrGuestState *state, const char *name)
{
    VrMoment *moment = vr_moments_find(state->snapshots, name);
    if (!moment)
        vr_error(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN_SNAPSHOT, "no domain snapshot with matching name '%s'", name);
    return moment;
}

/* The state of the guest of SNAP, and SNAP in it; NULL with the error set. */
static VrGuestState *
state_with(virDomainSnapshotPtr snap, VrMoment **ret)
{
    g_autoptr(VrGuestState) state = test_state(snap->domain);
    if (!state || !(*ret = test_snapshot_find(state, snap->object.name)))
        return NULL;
    return g_steal_pointer(&state);
}

/* Listing. */

static GPtrArray *
list_of(virDomainPtr dom, const char *from, unsigned int flags)
{
    if (vr_flags_check(flags, LIST_FLAGS, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state || (from && !test_snapshot_find(state, from)))
        return NULL;
    return vr_moments_list(state->snapshots, from, &filter, flags);
}

static int
count(virDomainPtr dom, const char *from, unsigned int flags)
{
    g_autoptr(GPtrArray) list = list_of(dom, from, flags);
    return list ? (int)list->len : -1;
}

static int
names(virDomainPtr dom, const char *from, char **ret, int room, unsigned int flags)
{
    g_autoptr(GPtrArray) list = list_of(dom, from, flags);
    if (!list)
        return -1;
    int n = ret ? MIN(room, (int)list->len) : (int)list->len;
    for (int i = 0; ret && i < n; i++)
        ret[i] = g_strdup(((VrMoment *)list->pdata[i])->name);
    return n;
}

static int
handles(virDomainPtr dom, const char *from, virDomainSnapshotPtr **ret, unsigned int flags)
{
    g_autoptr(GPtrArray) list = list_of(dom, from, flags);
    if (!list)
        return -1;
    if (!ret)
        return (int)list->len;
    virDomainSnapshotPtr *snaps = g_new0(virDomainSnapshotPtr, list->len + 1);
    for (guint i = 0; i < list->len; i++)
        snaps[i] = vr_snapshot_new(dom, ((VrMoment *)list->pdata[i])->name);
    *ret = snaps;
    return (int)list->len;
}

int
test_snapshot_num(virDomainPtr dom, unsigned int flags)
{
    return count(dom, NULL, flags);
}

int
test_snapshot_list_names(virDomainPtr dom, char **ret, int room, unsigned int flags)
{
    return names(dom, NULL, ret, room, flags);
}

int
test_list_all_snapshots(virDomainPtr dom, virDomainSnapshotPtr **snaps, unsigned int flags)
{
    return handles(dom, NULL, snaps, flags);
}

int
test_snapshot_num_children(virDomainSnapshotPtr snap, unsigned int flags)
{
    return count(snap->domain, snap->object.name, flags);
}

int
test_snapshot_list_children_names(virDomainSnapshotPtr snap, char **ret, int room, unsigned int flags)
{
    return names(snap->domain, snap->object.name, ret, room, flags);
}

int
test_snapshot_list_all_children(virDomainSnapshotPtr snap, virDomainSnapshotPtr **snaps, unsigned int flags)
{
    return handles(snap->domain, snap->object.name, snaps, flags);
}

/* Looking up. */

virDomainSnapshotPtr
test_snapshot_lookup_by_name(virDomainPtr dom, const char *name, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    return state && test_snapshot_find(state, name) ? vr_snapshot_new(dom, name) : NULL;
}

int
test_has_current_snapshot(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    return state ? state->snapshots->current != NULL : -1;
}

virDomainSnapshotPtr
test_snapshot_current(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(VrGuestState) state = test_state(dom);
    if (!state)
        return NULL;
    if (!state->snapshots->current)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN_SNAPSHOT, "the domain does not have a current snapshot");
    return vr_snapshot_new(dom, state->snapshots->current);
}

virDomainSnapshotPtr
test_snapshot_get_parent(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return NULL;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(snap, &moment);
    if (!state)
        return NULL;
    if (!moment->parent)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_NO_DOMAIN_SNAPSHOT, "snapshot '%s' does not have a parent",
                             moment->name);
    return vr_snapshot_new(snap->domain, moment->parent);
}

int
test_snapshot_is_current(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(snap, &moment);
    return state ? g_strcmp0(state->snapshots->current, moment->name) == 0 : -1;
}

int
test_snapshot_has_metadata(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(snap, &moment);
    return state ? 1 : -1;
}

char *
test_snapshot_get_xml_desc(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SNAPSHOT_XML_SECURE, VIR_FROM_TEST) < 0)
        return NULL;
    VrMoment *moment;
    g_autoptr(VrGuestState) state = state_with(snap, &moment);
    if (!state)
        return NULL;
    /* The tree knows the parent; the document may remember another. */
    g_autoptr(SnapshotDef) def = snapshot_def_copy(moment->def);
    g_free(def->parent);
    def->parent = g_strdup(moment->parent);
    return snapshot_def_format(def, VR_MODEL_INACTIVE |
                                        (flags & VIR_DOMAIN_SNAPSHOT_XML_SECURE ? VR_MODEL_SECURE : 0));
}

/* Creating. */

/* What each of the guest's disks does: as DEF says, else as the whole snapshot does. */
static int
align_disks(SnapshotDef *def, const DomainDef *guest)
{
    const int location = def->memory.snapshot == SNAPSHOT_MEMORY_SNAPSHOT_EXTERNAL ? SNAPSHOT_LOCATION_EXTERNAL
                                                                                   : SNAPSHOT_LOCATION_INTERNAL;
    if (def->n_disk > guest->devices.n_disk)
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED,
                        "too many disk snapshot requests for domain");
    g_autofree SnapshotDisk **of = g_new0(SnapshotDisk *, guest->devices.n_disk + 1);
    for (size_t i = 0; i < def->n_disk; i++) {
        SnapshotDisk *disk = def->disk[i];
        size_t at = 0;
        const DomainDisk *found = vr_domain_disk(guest, disk->name);
        while (at < guest->devices.n_disk && guest->devices.disk[at] != found)
            at++;
        if (!found)
            return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED, "no disk named '%s'", disk->name);
        if (of[at])
            return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, "disk '%s' specified twice", disk->name);
        of[at] = disk;
        if (!disk->snapshot)
            disk->snapshot = found->snapshot ? found->snapshot : location;
        if (location == SNAPSHOT_LOCATION_INTERNAL && disk->snapshot != SNAPSHOT_LOCATION_INTERNAL &&
            disk->snapshot != SNAPSHOT_LOCATION_NO)
            return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED,
                            "disk '%s' must use snapshot mode 'internal'", disk->name);
        g_free(disk->name);
        disk->name = g_strdup(found->target->dev);
    }
    size_t n = guest->devices.n_disk;
    for (size_t i = 0; i < n; i++) {
        const DomainDisk *disk = guest->devices.disk[i];
        if (of[i])
            continue;
        of[i] = snapshot_disk_new();
        of[i]->name = g_strdup(disk->target ? disk->target->dev : NULL);
        of[i]->type = of[i]->source.type = STORAGE_TYPE_FILE;
        of[i]->snapshot = vr_domain_disk_is_empty(disk) ? SNAPSHOT_LOCATION_NO
                          : disk->snapshot ? (int)disk->snapshot
                                           : location;
        vr_model_list_add(&def->disk, &def->n_disk, of[i]);
    }
    memcpy(def->disk, of, n * sizeof(*of));
    for (size_t i = 0; i < n; i++) {
        if (def->disk[i]->snapshot != SNAPSHOT_LOCATION_EXTERNAL || def->disk[i]->source.file)
            continue;
        const char *path = vr_domain_disk_path(guest->devices.disk[i]);
        if (!path || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED,
                            "source for disk '%s' is not a regular file; refusing to generate external snapshot name",
                            def->disk[i]->name);
        const char *dot = strrchr(path, '.');
        int stem = dot && !strchr(dot, '/') ? (int)(dot - path) : (int)strlen(path);
        def->disk[i]->source.file = g_strdup_printf("%.*s.%s", stem, path, def->name);
    }
    return 0;
}

static int
state_number(int state)
{
    switch (state) {
    case VIR_DOMAIN_RUNNING:
        return SNAPSHOT_STATE_RUNNING;
    case VIR_DOMAIN_PAUSED:
        return SNAPSHOT_STATE_PAUSED;
    case VIR_DOMAIN_SHUTOFF:
        return SNAPSHOT_STATE_SHUTOFF;
    case VIR_DOMAIN_SHUTDOWN:
        return SNAPSHOT_STATE_SHUTDOWN;
    case VIR_DOMAIN_CRASHED:
        return SNAPSHOT_STATE_CRASHED;
    case VIR_DOMAIN_PMSUSPENDED:
        return SNAPSHOT_STATE_PMSUSPENDED;
    default:
        return SNAPSHOT_STATE_NOSTATE;
    }
}

/* A new snapshot of the guest as it is now. */
static int
take_now(const VrGuestState *state, SnapshotDef *def)
{
    if (vr_moments_find(state->snapshots, def->name))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists", def->name);
    if (align_disks(def, vr_guest_now(state)) < 0)
        return -1;
    domain_def_free(def->domain);
    domain_def_free(def->inactive_domain);
    def->domain = domain_def_copy(vr_guest_now(state));
    def->domain->id = -1;
    def->inactive_domain = NULL;
    def->state = state_number(state->state);
    def->memory.snapshot = vr_guest_is_active(state) ? SNAPSHOT_MEMORY_SNAPSHOT_INTERNAL : SNAPSHOT_MEMORY_SNAPSHOT_NO;
    g_free(g_steal_pointer(&def->memory.file));
    g_free(def->parent);
    def->parent = g_strdup(state->snapshots->current);
    return 0;
}

int
test_moment_check_parent(const VrMoments *set, const char *name, const char *parent)
{
    if (!parent)
        return 0;
    if (strcmp(parent, name) == 0)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "cannot set moment %s as its own parent", name);
    if (!vr_moments_find(set, parent))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "parent %s for moment %s not found", parent, name);
    if (vr_moments_below(set, parent, name))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "parent %s would create cycle to %s", parent, name);
    return 0;
}

int
test_moment_check_uuid(int domain, const char *what, const char *name, const VrGuestState *state,
                       const DomainDef *given)
{
    const unsigned char *uuid = vr_guest_now(state)->uuid;
    if (!given || memcmp(given->uuid, uuid, VR_UUID_SIZE) == 0)
        return 0;
    char text[VR_UUID_TEXT_SIZE];
    vr_uuid_format(uuid, text);
    return vr_error(domain, VIR_ERR_INVALID_ARG, "definition for %s %s must use uuid %s", what, name, text);
}

static bool
is_offline(int state)
{
    return state == SNAPSHOT_STATE_SHUTOFF || state == SNAPSHOT_STATE_DISK_SNAPSHOT;
}

/* A snapshot that the caller describes: what is said must fit what is known. */
static int
redefine(const VrGuestState *state, SnapshotDef *def)
{
    if (test_moment_check_parent(state->snapshots, def->name, def->parent) < 0 ||
        test_moment_check_uuid(VIR_FROM_DOMAIN_SNAPSHOT, "snapshot", def->name, state, def->domain) < 0)
        return -1;
    const VrMoment *known = vr_moments_find(state->snapshots, def->name);
    if (known) {
        const SnapshotDef *before = known->def;
        if (is_offline(before->state) != is_offline(def->state))
            return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_INVALID_ARG,
                            "cannot change between online and offline snapshot state in snapshot %s", def->name);
        if (!def->domain && before->domain)
            def->domain = domain_def_copy(before->domain);
        else if (def->domain && before->domain &&
                 vr_model_check_stable(&vr_desc_domain_def, before->domain, def->domain) < 0)
            return -1;
    }
    if (!def->domain)
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_INTERNAL_ERROR, "missing domain in snapshot");
    return align_disks(def, def->domain);
}

SnapshotDef *
test_snapshot_parse_known(const VrXmlNode *root, unsigned model_flags)
{
    /* What a new snapshot gets by itself, a known one must have. */
    static const struct {
        const char *element;
        int code;
        const char *says;
    } needed[] = {
        {"name", VIR_ERR_XML_ERROR, "a redefined snapshot must have a name"},
        {"creationTime", VIR_ERR_INTERNAL_ERROR, "missing creationTime from existing snapshot"},
        {"state", VIR_ERR_XML_ERROR, "missing state from existing snapshot"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (!vr_xml_child(root, needed[i].element))
            return vr_error_null(VIR_FROM_DOMAIN_SNAPSHOT, needed[i].code, "%s", needed[i].says);
    }
    VrParseContext context = {.flags = VR_MODEL_INACTIVE | VR_MODEL_SKIP_VALIDATE | model_flags,
                              .driver = test_domain_driver()};
    return snapshot_def_parse_node(root, &context);
}

VrMoment *
test_snapshot_moment(SnapshotDef *def)
{
    return vr_moment_new(def->name, def->parent, &vr_desc_snapshot_def, def, traits_of(def));
}

static SnapshotDef *
parse(const char *xml, unsigned int flags)
{
    unsigned model_flags = flags & VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE ? VR_MODEL_VALIDATE : 0;
    if (!(flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)) {
        VrParseContext context = {.flags = VR_MODEL_INACTIVE | model_flags, .driver = test_domain_driver()};
        return snapshot_def_parse(xml, &context);
    }
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_DOMAIN_SNAPSHOT, xml, "(domain_snapshot)");
    return tree ? test_snapshot_parse_known(vr_xml_root(tree), model_flags) : NULL;
}

virDomainSnapshotPtr
test_snapshot_create_xml(virDomainPtr dom, const char *xml, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT |
                           VIR_DOMAIN_SNAPSHOT_CREATE_HALT | VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE |
                           VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC | VIR_DOMAIN_SNAPSHOT_CREATE_LIVE |
                           VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE,
                       VIR_FROM_TEST) < 0)
        return NULL;
    bool again = flags & VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return NULL;
    VrGuestState *next = c.next;
    if (next->checkpoints->all->len)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_UNSUPPORTED,
                             "cannot create snapshot while checkpoint exists");
    if (!next->persistent && (flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT))
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot halt after transient domain snapshot");
    g_autoptr(SnapshotDef) def = parse(xml, flags);
    if (!def || (again ? redefine : take_now)(next, def) < 0)
        return NULL;
    VrMoments *set = vr_moments_writable(&next->snapshots);
    g_autofree char *name = g_strdup(def->name);
    vr_moments_add(set, test_snapshot_moment(g_steal_pointer(&def)));
    if (!again || (flags & VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT))
        vr_moments_set_current(set, name);
    if (!again && (flags & VIR_DOMAIN_SNAPSHOT_CREATE_HALT) && vr_guest_is_active(next)) {
        dom->id = -1;
        test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT);
    } else {
        test_change_publish(&c);
    }
    return vr_snapshot_new(dom, name);
}

/* Deleting. */

/* Take everything below NAME out of SET; whether the current one was among it. */
bool
test_moments_prune(VrMoments *set, const char *name)
{
    bool had_current = set->current && strcmp(set->current, name) != 0 && vr_moments_below(set, set->current, name);
    for (guint i = set->all->len; i-- > 0;) {
        const VrMoment *moment = set->all->pdata[i];
        if (strcmp(moment->name, name) == 0 || !vr_moments_below(set, moment->name, name))
            continue;
        /* From the leaves up: what still has children waits for another round. */
        if (vr_moments_has_children(set, moment->name))
            continue;
        vr_moments_remove(set, moment->name);
        i = set->all->len;
    }
    return had_current;
}

void
test_moments_delete(VrMoments *set, const VrMoment *moment, bool children, bool only_children)
{
    g_autofree char *name = g_strdup(moment->name);
    g_autofree char *parent = g_strdup(moment->parent);
    bool was_current = g_strcmp0(set->current, name) == 0;
    if (children || only_children) {
        bool had_current = test_moments_prune(set, name);
        if (only_children) {
            if (had_current)
                vr_moments_set_current(set, name);
            return;
        }
    } else {
        vr_moments_adopt(set, name, parent);
    }
    vr_moments_remove(set, name);
    if (was_current)
        vr_moments_set_current(set, parent);
}

int
test_snapshot_delete(virDomainSnapshotPtr snap, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN | VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, snap->domain) < 0)
        return -1;
    VrMoment *moment = test_snapshot_find(c.next, snap->object.name);
    if (!moment)
        return -1;
    test_moments_delete(vr_moments_writable(&c.next->snapshots), moment, flags & VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN,
                        flags & VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY);
    test_change_publish(&c);
    return 0;
}
