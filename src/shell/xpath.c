/* Parts of a document by XPath.  libxml2 does it, in a module of its own: it is large, and few commands need it. */
#include "shell/shell.h"

#include <dlfcn.h>

#include "shell/xpath_module.h"

char *
shell_xpath(Shell *sh, const char *xml, const char *xpath, gboolean wrap)
{
    static ShellXPathFunc find;
    if (!find) {
        /* In a build tree it lies beside the program. */
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
        g_autofree char *beside = folder ? g_build_filename(folder, "virsh_xpath.so", NULL) : NULL;
        void *module = dlopen(beside && g_file_test(beside, G_FILE_TEST_EXISTS) ? beside : VIREO_LIBDIR "/virsh_xpath.so",
                              RTLD_NOW | RTLD_LOCAL);
        find = module ? (ShellXPathFunc)dlsym(module, "virsh_xpath_find") : NULL;
        if (!find) {
            shell_error(sh, "this virsh has no XPath: %s", dlerror());
            return NULL;
        }
    }
    char *problem = NULL;
    char *found = find(xml, xpath, wrap, &problem);
    if (!found && problem)
        shell_error(sh, "%s", problem);
    g_free(problem);
    return found;
}
