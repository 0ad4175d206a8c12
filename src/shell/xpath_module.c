/* virsh's XPath, on libxml2.  Loaded by xpath.c. */
#include "shell/xpath_module.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

static void
be_quiet(void *context, const char *format, ...)
{
}

static void
append_node(GString *out, xmlDocPtr doc, xmlNodePtr node, int level)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlNodeDump(buffer, doc, node, level, 1);
    for (int i = 0; i < level; i++)
        g_string_append(out, "  ");
    g_string_append(out, (const char *)xmlBufferContent(buffer));
    g_string_append_c(out, '\n');
    xmlBufferFree(buffer);
}

static char *
find_in(xmlDocPtr doc, xmlXPathContextPtr context, const char *xpath, gboolean wrap, char **ret_problem)
{
    xmlXPathObjectPtr result = xmlXPathEval((const xmlChar *)xpath, context);
    if (!result) {
        *ret_problem = g_strdup_printf("XPath '%s' is not valid", xpath);
        return NULL;
    }
    GString *out = NULL;
    xmlNodeSetPtr nodes = result->nodesetval;
    if (result->type != XPATH_NODESET) {
        xmlChar *text = xmlXPathCastToString(result);
        out = g_string_new((const char *)text);
        g_string_append_c(out, '\n');
        xmlFree(text);
    } else if (nodes && nodes->nodeNr > 0) {
        out = g_string_new(wrap ? "<nodes>\n" : NULL);
        for (int i = 0; i < nodes->nodeNr; i++)
            append_node(out, doc, nodes->nodeTab[i], wrap);
        if (wrap)
            g_string_append(out, "</nodes>\n");
    }
    xmlXPathFreeObject(result);
    return out ? g_string_free(out, FALSE) : NULL;
}

char *
virsh_xpath_find(const char *xml, const char *xpath, gboolean wrap, char **ret_problem)
{
    xmlSetGenericErrorFunc(NULL, be_quiet);
    xmlDocPtr doc = xmlReadMemory(xml, (int)strlen(xml), "document", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    if (!doc) {
        *ret_problem = g_strdup("the document is not well formed");
        return NULL;
    }
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    char *found = find_in(doc, context, xpath, wrap, ret_problem);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    return found;
}
