/* See element.h. */
#include "shell/element.h"

#include <string.h>

#define MAX_DEPTH 200

struct Element {
    Element *parent;
    char *name;
    char **attributes; /* name, value, name, value ... */
    GString *text;
    GPtrArray *children;
    guint index; /* among its siblings */
};

typedef struct {
    Element *root, *open;
    int depth;
} Reader;

static void
element_clear(void *data)
{
    Element *e = data;
    g_free(e->name);
    g_strfreev(e->attributes);
    g_string_free(e->text, TRUE);
    g_ptr_array_unref(e->children);
    g_free(e);
}

void
element_free(Element *root)
{
    if (root)
        element_clear(root);
}

static void
on_start(GMarkupParseContext *context, const char *name, const char **names, const char **values, void *opaque, GError **error)
{
    Reader *reader = opaque;
    if (++reader->depth > MAX_DEPTH) {
        g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "elements are nested too deeply");
        return;
    }
    Element *e = g_new0(Element, 1);
    e->name = g_strdup(name);
    e->text = g_string_new(NULL);
    e->children = g_ptr_array_new_with_free_func(element_clear);
    g_autoptr(GPtrArray) attributes = g_ptr_array_new();
    for (gsize i = 0; names[i]; i++) {
        g_ptr_array_add(attributes, g_strdup(names[i]));
        g_ptr_array_add(attributes, g_strdup(values[i]));
    }
    g_ptr_array_add(attributes, NULL);
    e->attributes = g_memdup2(attributes->pdata, attributes->len * sizeof(char *));
    e->parent = reader->open;
    if (reader->open) {
        e->index = reader->open->children->len;
        g_ptr_array_add(reader->open->children, e);
    } else {
        reader->root = e;
    }
    reader->open = e;
}

static void
on_end(GMarkupParseContext *context, const char *name, void *opaque, GError **error)
{
    Reader *reader = opaque;
    reader->depth--;
    reader->open = reader->open->parent;
}

static void
on_text(GMarkupParseContext *context, const char *text, gsize len, void *opaque, GError **error)
{
    Reader *reader = opaque;
    if (reader->open)
        g_string_append_len(reader->open->text, text, (gssize)len);
}

Element *
element_parse(const char *xml)
{
    static const GMarkupParser parser = {.start_element = on_start, .end_element = on_end, .text = on_text};
    Reader reader = {0};
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reader, NULL);
    if (g_markup_parse_context_parse(context, xml, -1, NULL) && g_markup_parse_context_end_parse(context, NULL))
        return reader.root;
    element_free(reader.root);
    return NULL;
}

const char *
element_name(const Element *e)
{
    return e->name;
}

const char *
element_text(const Element *e)
{
    return e ? e->text->str : "";
}

const char *
element_attr(const Element *e, const char *name)
{
    for (char **a = e ? e->attributes : NULL; a && *a; a += 2) {
        if (strcmp(a[0], name) == 0)
            return a[1];
    }
    return NULL;
}

char **
element_attributes(const Element *e)
{
    return e->attributes;
}

const Element *
element_next(const Element *e, const Element *before, const char *name)
{
    for (guint i = before ? before->index + 1 : 0; e && i < e->children->len; i++) {
        const Element *child = e->children->pdata[i];
        if (!name || strcmp(child->name, name) == 0)
            return child;
    }
    return NULL;
}

const Element *
element_at(const Element *e, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    for (char **name = names; *name && e; name++)
        e = element_next(e, NULL, *name);
    return e;
}

const char *
element_attr_at(const Element *e, const char *path, const char *name)
{
    return element_attr(element_at(e, path), name);
}
