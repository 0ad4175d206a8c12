/* What the readers of foreign formats share: lines, and the way over XML into a definition. */
#include "model/foreign.h"

#include <string.h>

#include "base/error.h"

#define MAX_TEXT (8u << 20)

void
vr_foreign_lines_free(VrForeignLines *lines)
{
    if (lines)
        g_array_unref(lines);
}

static void
line_clear(void *data)
{
    VrForeignLine *line = data;

    g_free(line->name);
    g_free(line->value);
}

/* The value that TEXT (ended, trimmed) writes. */
static char *
unquote(const char *text)
{
    const char *end = *text == '"' || *text == '\'' ? strchr(text + 1, *text) : NULL;

    return end ? g_strndup(text + 1, (size_t)(end - text - 1)) : g_strdup(text);
}

/* One word stands from TEXT to SIGN, with no more than blanks after it. */
static bool
is_name(const char *text, const char *sign)
{
    const char *end = text;

    while (g_ascii_isalnum(*end) || (*end && strchr("._:-", *end)))
        end++;
    return sign && end > text && end + strspn(end, " \t") == sign;
}

static int
add_line(VrForeignLines *lines, char *text, unsigned number, VrForeignQuotes quotes, bool strict)
{
    char *sign = strchr(g_strstrip(text), '=');
    VrForeignLine line;

    if (!*text || *text == '#')
        return 0;
    if (!is_name(text, sign))
        return strict ? vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "memory conf:%u: expecting %s", number,
                                 *text == '=' ? "a name" : "an assignment") : 0;
    *sign = '\0';
    line.name = g_strdup(g_strchomp(text));
    g_strstrip(sign + 1);
    line.value = quotes == VR_FOREIGN_QUOTED ? unquote(sign + 1) : g_strdup(sign + 1);
    g_array_append_val(lines, line);
    return 0;
}

VrForeignLines *
vr_foreign_lines(const char *text, VrForeignQuotes quotes, bool strict)
{
    g_autoptr(VrForeignLines) lines = g_array_new(FALSE, FALSE, sizeof(VrForeignLine));
    unsigned number = 0;

    g_array_set_clear_func(lines, line_clear);
    if (strlen(text) > MAX_TEXT)
        return vr_error_null(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "memory conf: larger than %u bytes", MAX_TEXT);
    while (*text) {
        size_t length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);

        if (add_line(lines, line, ++number, quotes, strict) < 0)
            return NULL;
        text += length + (text[length] == '\n');
    }
    return g_steal_pointer(&lines);
}

const char *
vr_foreign_value(const VrForeignLines *lines, const char *name)
{
    for (unsigned i = 0; i < lines->len; i++) {
        if (g_ascii_strcasecmp(VR_FOREIGN_LINE(lines, i)->name, name) == 0)
            return VR_FOREIGN_LINE(lines, i)->value;
    }
    return NULL;
}

void
vr_foreign_add(GString *xml, const char *format, ...)
{
    va_list args;
    g_autofree char *text = NULL;

    va_start(args, format);
    text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(xml, text);
}

DomainDef *
vr_foreign_parse(const char *xml, unsigned flags)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE | flags};

    return domain_def_parse(xml, &context);
}

VrXmlTree *
vr_foreign_tree(const DomainDef *def)
{
    g_autofree char *xml = domain_def_format(def, VR_MODEL_INACTIVE | VR_MODEL_SECURE);

    return xml ? vr_xml_parse(VIR_FROM_DOMAIN, xml, "(domain_definition)") : NULL;
}

VrXmlNode *
vr_foreign_node(const VrXmlNode *node, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    const VrXmlNode *found = node;

    for (char **name = names; *name && found; name++)
        found = vr_xml_child(found, *name);
    return (VrXmlNode *)found;
}

const char *
vr_foreign_at(const VrXmlNode *node, const char *path)
{
    const char *at = strchr(path, '@');
    g_autofree char *elements = at && at > path ? g_strndup(path, (size_t)(at - path - 1)) : NULL;
    const VrXmlNode *found = at == path ? node : vr_foreign_node(node, at ? elements : path);

    if (!found)
        return NULL;
    return at ? vr_xml_attr(found, at + 1) : vr_xml_text(found);
}

int
vr_foreign_say(GString *out, const char *name, const char *value)
{
    if (value && strpbrk(value, "\"\n\r"))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' cannot be written: it holds a quote or a line end",
                        name);
    if (value)
        g_string_append_printf(out, "%s = \"%s\"\n", name, value);
    return 0;
}
