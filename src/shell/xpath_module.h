/* What virsh asks of its XPath module. */
#pragma once

#include <glib.h>

/* The nodes of XML that XPATH finds, one after another, or inside <nodes> if WRAP.  NULL with *ret_problem set when XML or XPATH
 * cannot be understood, without when nothing was found.  The caller frees both. */
typedef char *(*ShellXPathFunc)(const char *xml, const char *xpath, gboolean wrap, char **ret_problem);

char *virsh_xpath_find(const char *xml, const char *xpath, gboolean wrap, char **ret_problem);
