/* Reading and changing titles, descriptions and elements of applications: see metadata.h. */
#include "store/metadata.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "base/error.h"
#include "store/guest_metadata.h"

static bool
in_namespace(const VrXmlNode *node, const char *uri)
{
    return node->name && g_strcmp0(vr_xml_namespace(node, node->prefix), uri) == 0;
}

static const VrXmlNode *
element_of(const VrXmlTree *metadata, const char *uri)
{
    const VrXmlNode *root = metadata ? vr_xml_root(metadata) : NULL;
    for (const VrXmlNode *node = root ? vr_xml_first(root) : NULL; node; node = vr_xml_after(node)) {
        if (in_namespace(node, uri))
            return node;
    }
    return NULL;
}

/* Every element below and including ROOT, in document order. */
static VrXmlNode *
next_node(const VrXmlNode *root, VrXmlNode *node)
{
    if (node->first)
        return node->first;
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}

/* The element without its namespace: the caller knows it, and gets back what it stored. */
static char *
without_namespace(const VrXmlNode *element, const char *uri)
{
    g_autoptr(VrXmlTree) copy = vr_xml_clone(element);
    VrXmlNode *root = vr_xml_root(copy);
    g_autoptr(GPtrArray) bare = g_ptr_array_new();
    for (VrXmlNode *node = root; node; node = next_node(root, node)) {
        if (in_namespace(node, uri))
            g_ptr_array_add(bare, node);
    }
    for (guint i = 0; i < bare->len; i++)
        ((VrXmlNode *)bare->pdata[i])->prefix = NULL;
    unsigned kept = 0;
    for (unsigned i = 0; i < root->n_attrs; i++) {
        const VrXmlAttr *attr = &root->attrs[i];
        bool declares = g_strcmp0(attr->prefix, "xmlns") == 0 || (!attr->prefix && strcmp(attr->name, "xmlns") == 0);
        if (!declares || strcmp(attr->value, uri) != 0)
            root->attrs[kept++] = *attr;
    }
    root->n_attrs = kept;
    GString *text = g_string_new(NULL);
    vr_xml_print(text, root, 0);
    return g_string_free(text, FALSE);
}

char *
vr_metadata_get(const VrMetadata *of, int type, const char *uri)
{
    char *found = NULL;
    switch (type) {
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        found = g_strdup(*of->description);
        break;
    case VIR_DOMAIN_METADATA_TITLE:
        found = g_strdup(*of->title);
        break;
    case VIR_DOMAIN_METADATA_ELEMENT: {
        const VrXmlNode *element = element_of(*of->elements, uri);
        if (element)
            found = without_namespace(element, uri);
        break;
    }
    default:
        return vr_error_null(of->domain, VIR_ERR_INVALID_ARG, "unknown metadata type '%d'", type);
    }
    if (!found)
        vr_error(of->domain, of->missing, "Requested metadata element is not present");
    return found;
}

/* METADATA with its elements put into namespace URI under prefix KEY. */
static char *
with_namespace(const VrMetadata *of, const char *metadata, const char *key, const char *uri)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(of->domain, metadata, "(metadata_xml)");
    if (!tree)
        return NULL;
    VrXmlNode *root = vr_xml_root(tree);
    g_autoptr(GPtrArray) bare = g_ptr_array_new();
    for (VrXmlNode *node = root; node; node = next_node(root, node)) {
        if (node->name && !node->prefix && !vr_xml_namespace(node, NULL))
            g_ptr_array_add(bare, node);
    }
    for (guint i = 0; i < bare->len; i++)
        ((VrXmlNode *)bare->pdata[i])->prefix = key;
    GString *text = g_string_new(NULL);
    vr_xml_print(text, root, 0);
    /* The declaration goes right after the root's name, which the printer put after "<". */
    gsize at = 1 + (root->prefix ? strlen(root->prefix) + 1 : 0) + strlen(root->name);
    g_autofree char *declared = g_markup_printf_escaped(" xmlns:%s=\"%s\"", key, uri);
    g_string_insert(text, (gssize)at, declared);
    return g_string_free(text, FALSE);
}

static int
set_element(const VrMetadata *of, const char *metadata, const char *key, const char *uri)
{
    g_autofree char *element = metadata ? with_namespace(of, metadata, key, uri) : NULL;
    if (metadata && !element)
        return -1;
    g_autoptr(GString) all = g_string_new("<metadata>\n");
    bool any = element != NULL;
    const VrXmlNode *root = *of->elements ? vr_xml_root(*of->elements) : NULL;
    for (const VrXmlNode *node = root ? vr_xml_first(root) : NULL; node; node = vr_xml_after(node)) {
        if (in_namespace(node, uri))
            continue;
        g_string_append(all, "    ");
        vr_xml_print(all, node, 4);
        g_string_append_c(all, '\n');
        any = true;
    }
    if (element)
        g_string_append_printf(all, "    %s\n", element);
    g_string_append(all, "  </metadata>");
    VrXmlTree *tree = NULL;
    if (any && !(tree = vr_xml_parse(of->domain, all->str, "(metadata_xml)")))
        return -1;
    vr_xml_free(*of->elements);
    *of->elements = tree;
    return 0;
}

static int
set_text(char **field, const char *text)
{
    g_free(*field);
    *field = text && *text ? g_strdup(text) : NULL;
    return 0;
}

int
vr_metadata_set(const VrMetadata *of, int type, const char *metadata, const char *key, const char *uri)
{
    switch (type) {
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        return set_text(of->description, metadata);
    case VIR_DOMAIN_METADATA_TITLE:
        return set_text(of->title, metadata);
    case VIR_DOMAIN_METADATA_ELEMENT:
        return set_element(of, metadata, key, uri);
    default:
        return vr_error(of->domain, VIR_ERR_INVALID_ARG, "unknown metadata type '%d'", type);
    }
}

static VrMetadata
of_domain(DomainDef *def)
{
    return (VrMetadata){&def->description, &def->title, &def->metadata, VIR_FROM_DOMAIN, VIR_ERR_NO_DOMAIN_METADATA};
}

char *
vr_domain_metadata(const DomainDef *def, int type, const char *uri)
{
    const VrMetadata metadata = of_domain((DomainDef *)def);
    return vr_metadata_get(&metadata, type, uri);
}

int
vr_domain_set_metadata(DomainDef *def, int type, const char *text, const char *key, const char *uri)
{
    const VrMetadata metadata = of_domain(def);
    return vr_metadata_set(&metadata, type, text, key, uri);
}
