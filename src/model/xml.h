/* A small XML tree over expat: bounded, no external access, names split at the prefix.
 *
 * Read by the model engine and by drivers that look into foreign namespaces.  A tree is immutable after
 * parsing and may be read from any thread.
 */
#pragma once

#include <glib.h>

typedef struct VrXmlNode VrXmlNode;
typedef struct VrXmlAttr VrXmlAttr;
typedef struct VrXmlTree VrXmlTree;

struct VrXmlAttr {
    const char *name; /* local part */
    const char *prefix; /* NULL without one */
    const char *value;
};

struct VrXmlNode {
    const char *name; /* local part; NULL for a text node */
    const char *prefix;
    const char *text; /* a text node's characters */
    VrXmlAttr *attrs;
    unsigned n_attrs;
    unsigned line;
    VrXmlNode *parent, *first, *last, *next;
};

/* What the parser refuses; a document is measured while it is read, before memory is taken. */
#define VR_XML_MAX_BYTES (64u << 20)
#define VR_XML_MAX_DEPTH 256
#define VR_XML_MAX_NODES 4000000u

/* Parse a whole document.  WHAT names it in messages ("(domain_definition)"), which
 * are of error DOMAIN.  NULL with an error set. */
VrXmlTree *vr_xml_parse(int domain, const char *text, const char *what);
VrXmlTree *vr_xml_parse_file(const char *path);
/* Keep NODE (and what is below) in a tree of its own. */
VrXmlTree *vr_xml_clone(const VrXmlNode *node);
void vr_xml_free(VrXmlTree *tree);
VrXmlNode *vr_xml_root(const VrXmlTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrXmlTree, vr_xml_free)

/* First child element named NAME without a prefix, or NULL; next sibling of the same name. */
VrXmlNode *vr_xml_child(const VrXmlNode *node, const char *name);
VrXmlNode *vr_xml_next(const VrXmlNode *node, const char *name);
/* First child element of any name, and the element after NODE. */
VrXmlNode *vr_xml_first(const VrXmlNode *node);
VrXmlNode *vr_xml_after(const VrXmlNode *node);
/* The value of attribute NAME (no prefix), or NULL. */
const char *vr_xml_attr(const VrXmlNode *node, const char *name);
/* The text directly inside NODE; NULL when there is none. */
const char *vr_xml_text(const VrXmlNode *node);
/* The text of NODE and of all below it.  Caller frees. */
char *vr_xml_string(const VrXmlNode *node);
/* Append FROM's children to TO's, of the same tree; FROM is left without any. */
void vr_xml_move_children(VrXmlNode *to, VrXmlNode *from);
/* The namespace address that PREFIX (NULL: the default one) is bound to at NODE, or NULL. */
const char *vr_xml_namespace(const VrXmlNode *node, const char *prefix);

/* Append TEXT with the five special characters replaced and control characters dropped. */
void vr_xml_escape(GString *out, const char *text);
/* Append NODE as XML, its children INDENT + 2 spaces deep, keeping the text inside as it was. */
void vr_xml_print(GString *out, const VrXmlNode *node, int indent);
gboolean vr_xml_equal(const VrXmlNode *a, const VrXmlNode *b);
