/* Writing XML text: escaping, and printing a kept tree (metadata, foreign namespaces).
 *
 * Called by the format engine on any thread.
 */
#include "model/xml.h"

#include <string.h>

#include "model/put.h"

static const char *const escapes[256] = {
    ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['\''] = "&apos;", ['"'] = "&quot;",
};

void
vr_xml_escape(GString *out, const char *text)
{
    const char *from = text;

    for (; *text; text++) {
        unsigned char c = (unsigned char) *text;

        if (!escapes[c] && (c >= ' ' || c == '\n' || c == '\t' || c == '\r'))
            continue;
        vr_put(out, from, (size_t) (text - from));
        if (escapes[c])
            vr_put_text(out, escapes[c]);
        from = text + 1;
    }
    vr_put(out, from, (size_t) (text - from));
}

/* Inside a kept tree only what XML itself demands is escaped: the author's quotes stay. */
static void
escape_minimal(GString *out, const char *text, gboolean in_attr)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || (in_attr && *text == '"'))
            g_string_append(out, escapes[(unsigned char) *text]);
        else
            g_string_append_c(out, *text);
    }
}

static void
print_name(GString *out, const char *prefix, const char *name)
{
    if (prefix) {
        g_string_append(out, prefix);
        g_string_append_c(out, ':');
    }
    g_string_append(out, name);
}

static gboolean
only_spaces(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Element content (no words of text) is laid out anew; mixed content is kept as it stands. */
static gboolean
is_mixed(const VrXmlNode *node)
{
    for (const VrXmlNode *child = node->first; child; child = child->next) {
        if (child->text && !only_spaces(child->text))
            return TRUE;
    }
    return FALSE;
}

static void
print_at(GString *out, const VrXmlNode *node, int indent, gboolean inline_text)
{
    gboolean mixed = inline_text || is_mixed(node);

    g_string_append_c(out, '<');
    print_name(out, node->prefix, node->name);
    for (unsigned i = 0; i < node->n_attrs; i++) {
        g_string_append_c(out, ' ');
        print_name(out, node->attrs[i].prefix, node->attrs[i].name);
        g_string_append(out, "=\"");
        escape_minimal(out, node->attrs[i].value, TRUE);
        g_string_append_c(out, '"');
    }
    if (!node->first) {
        g_string_append(out, "/>");
        return;
    }
    g_string_append_c(out, '>');
    for (const VrXmlNode *child = node->first; child; child = child->next) {
        if (child->text && !mixed)
            continue;
        if (!mixed)
            g_string_append_printf(out, "\n%*s", indent + 2, "");
        if (child->text)
            escape_minimal(out, child->text, FALSE);
        else
            print_at(out, child, indent + 2, mixed);
    }
    if (!mixed)
        g_string_append_printf(out, "\n%*s", indent, "");
    g_string_append(out, "</");
    print_name(out, node->prefix, node->name);
    g_string_append_c(out, '>');
}

void
vr_xml_print(GString *out, const VrXmlNode *node, int indent)
{
    print_at(out, node, indent, FALSE);
}
