/* Documents as the shell looks into them: elements with attributes, children and text.  Read by GLib's parser, which knows
 * all that the library prints. */
#pragma once

#include <glib.h>

typedef struct Element Element;

/* NULL when XML cannot be understood. */
Element *element_parse(const char *xml);
void element_free(Element *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Element, element_free)

const char *element_name(const Element *e);
const char *element_text(const Element *e); /* never NULL */
const char *element_attr(const Element *e, const char *name);
char **element_attributes(const Element *e); /* name, value, name, value ..., NULL */
/* The element at PATH ("devices/disk") below E, the first there is; NULL for none, also below NULL. */
const Element *element_at(const Element *e, const char *path);
/* The attribute NAME of the element at PATH. */
const char *element_attr_at(const Element *e, const char *path, const char *name);
/* The child of E named NAME (NULL: any) after BEFORE (NULL: the first). */
const Element *element_next(const Element *e, const Element *before, const char *name);
