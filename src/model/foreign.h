/* Guests as other tools describe them: lxc-tools, OpenVZ, Xen's xl and xm, VMware.
 *
 * Called by the drivers for domainXMLFromNative and domainXMLToNative; the text is untrusted.  Each reader
 * returns the guest, or NULL with an error set; each writer the text, or NULL when the form cannot say it.
 */
#pragma once

#include "model/domain.h"

typedef enum {
    VR_FOREIGN_XL,
    VR_FOREIGN_XM, /* the older tool: no booleans, fewer firmware and disk words */
} VrForeignXen;

DomainDef *vr_foreign_from_lxc(const char *text);
DomainDef *vr_foreign_from_openvz(const char *text, const char *name);
DomainDef *vr_foreign_from_xen(const char *text, VrForeignXen form);
char *vr_foreign_to_xen(const DomainDef *def, VrForeignXen form);
DomainDef *vr_foreign_from_vmx(const char *text);
char *vr_foreign_to_vmx(const DomainDef *def);

/* The shared part, for the foreign_*.c files. */

/* A text of NAME = VALUE lines, in their sequence; a name may come again. */
typedef struct {
    char *name, *value;
} VrForeignLine;
typedef enum {
    VR_FOREIGN_PLAIN,  /* the value is the rest of the line */
    VR_FOREIGN_QUOTED, /* the value may stand in quotes */
} VrForeignQuotes;
typedef GArray VrForeignLines;
/* STRICT: other text than an assignment is VIR_ERR_CONF_SYNTAX; else such lines are passed over. */
VrForeignLines *vr_foreign_lines(const char *text, VrForeignQuotes quotes, bool strict);
void vr_foreign_lines_free(VrForeignLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrForeignLines, vr_foreign_lines_free)
/* The first value of NAME, letters of either case, or NULL. */
const char *vr_foreign_value(const VrForeignLines *lines, const char *name);
#define VR_FOREIGN_LINE(lines, i) (&g_array_index(lines, VrForeignLine, i))

/* Append FORMAT, each %s of it escaped for XML. */
void vr_foreign_add(GString *xml, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Read XML, that one of the converters made, as a definition. */
DomainDef *vr_foreign_parse(const char *xml, unsigned flags);

/* A definition as a tree, to be walked by paths. */
VrXmlTree *vr_foreign_tree(const DomainDef *def);
/* The text or attribute at PATH below NODE ("os/type/@arch", "os/kernel"), or NULL. */
const char *vr_foreign_at(const VrXmlNode *node, const char *path);
/* The element at PATH below NODE, or NULL. */
VrXmlNode *vr_foreign_node(const VrXmlNode *node, const char *path);
/* Append NAME = "VALUE" to a text for another tool; nothing when VALUE is NULL.  -1 with an error set when the
 * value cannot stand in quotes. */
int vr_foreign_say(GString *out, const char *name, const char *value);
