/* Domains of a node file, with the elements that only such a file may have: run state, transience, saves.
 *
 * Called while the node is loaded.
 */
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
        unsigned long value = text ? strtoul(text, &end, 10) : 0;
        if (!text || end == text || *end || strchr(text, '-') || value > INT_MAX)
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

int
test_domain_load(TestNode *node, const VrXmlNode *xml)
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
    c.next->persistent = !wanted.transient;
    if (wanted.state != VIR_DOMAIN_SHUTOFF)
        test_domain_start(&c, 0);
    c.next->managed_save = wanted.managed_save;
    c.next->state = wanted.state;
    c.next->reason = 0;
    test_change_publish(&c);
    return 0;
}
