/* Domains of a node file, with the elements that only such a file may have: run state, transience, saves.
 *
 * Called while the node is loaded.
 */
#include "drivers/test/snapshot.h"
#include "drivers/test/test.h"

#include <stdlib.h>
#include <string.h>

#define TEST_NAMESPACE "http://libvirt.org/schemas/domain/test/1.0"

/* The child NAME of the test namespace after AFTER (NULL: the first), whatever prefix the file gives it. */
static const VrXmlNode *
test_child(const VrXmlNode *domain, const VrXmlNode *after, const char *name)
{
    for (const VrXmlNode *node = after ? vr_xml_after(after) : vr_xml_first(domain); node; node = vr_xml_after(node)) {
        if (strcmp(node->name, name) == 0 && g_strcmp0(vr_xml_namespace(node, node->prefix), TEST_NAMESPACE) == 0)
            return node;
    }
    return NULL;
}

typedef struct {
    int state;
    bool transient, managed_save;
} Wanted;

static int
read_wanted(const VrXmlNode *xml, Wanted *ret)
{
    Wanted wanted = {.state = VIR_DOMAIN_RUNNING};
    const VrXmlNode *runstate = test_child(xml, NULL, "runstate");
    if (runstate) {
        const char *text = vr_xml_text(runstate);
        char *end = NULL;
        unsigned long value = text ? strtoul(text, &end, 10) : VIR_DOMAIN_RUNNING;
        if (text && (end == text || *end || strchr(text, '-') || value > INT_MAX))
            return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "invalid runstate");
        if (value > VIR_DOMAIN_PMSUSPENDED)
            return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "runstate '%lu' out of range'", value);
        wanted.state = (int)value;
    }
    wanted.transient = test_child(xml, NULL, "transient") != NULL;
    wanted.managed_save = test_child(xml, NULL, "hasmanagedsave") != NULL;
    if (wanted.transient && wanted.state == VIR_DOMAIN_SHUTOFF)
        return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR, "transient domain cannot have runstate 'shutoff'");
    if (wanted.managed_save && wanted.state != VIR_DOMAIN_SHUTOFF)
        return vr_error(VIR_FROM_TEST, VIR_ERR_XML_ERROR,
                        "domain with managedsave data can only have runstate 'shutoff'");
    *ret = wanted;
    return 0;
}

/* One snapshot; "active" says whether it is the current one. */
static int
load_snapshot(VrGuestState *next, const VrXmlNode *xml)
{
    g_autoptr(SnapshotDef) def = test_snapshot_parse_known(xml, 0);
    if (!def)
        return -1;
    const VrXmlNode *active = vr_xml_child(xml, "active");
    const char *text = active ? vr_xml_text(active) : NULL;
    if (!text || strspn(text, "0123456789") != strlen(text))
        return vr_error(VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_INTERNAL_ERROR, "Could not find 'active' element");
    VrMoments *set = vr_moments_writable(&next->snapshots);
    if (vr_moments_find(set, def->name))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain moment %s already exists", def->name);
    if (strtoul(text, NULL, 10)) {
        if (set->current)
            return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "more than one snapshot claims to be active");
        vr_moments_set_current(set, def->name);
    }
    vr_moments_add(set, test_snapshot_moment(g_steal_pointer(&def)));
    return 0;
}

static int
load_snapshots(VrGuestState *next, const VrXmlNode *xml, const char *folder)
{
    for (const VrXmlNode *node = test_child(xml, NULL, "domainsnapshot"); node;
         node = test_child(xml, node, "domainsnapshot")) {
        const char *file = vr_xml_attr(node, "file");
        g_autoptr(VrXmlTree) tree = file ? test_read_xml(file, folder) : NULL;
        if ((file && !tree) || load_snapshot(next, tree ? vr_xml_root(tree) : node) < 0)
            return -1;
    }
    const GPtrArray *all = next->snapshots->all;
    for (guint i = 0; i < all->len; i++) {
        const VrMoment *moment = all->pdata[i];
        if (moment->parent && (!vr_moments_find(next->snapshots, moment->parent) ||
                               vr_moments_below(next->snapshots, moment->parent, moment->name)))
            return vr_error(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR,
                            "Snapshots have inconsistent relations for domain %s", vr_guest_now(next)->name);
    }
    return 0;
}

int
test_domain_load(TestNode *node, const VrXmlNode *xml, const char *folder)
{
    DomainDef *def = test_domain_parse_node(xml);
    if (!def)
        return -1;
    Wanted wanted = {0};
    if (read_wanted(xml, &wanted) < 0) {
        domain_def_free(def);
        return -1;
    }
    g_auto(TestChange) c = {0};
    bool existed;
    if (test_domain_add(&c, node, def, false, &existed) < 0)
        return -1;
    if (load_snapshots(c.next, xml, folder) < 0)
        return -1;
    c.next->persistent = !wanted.transient;
    if (wanted.state != VIR_DOMAIN_SHUTOFF)
        test_domain_start(&c, 0);
    c.next->managed_save = wanted.managed_save;
    c.next->state = wanted.state;
    c.next->reason = 0;
    test_change_publish(&c);
    return 0;
}
