/* See module.h. */
#include "base/module.h"

#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"

static char *
module_path(const char *name)
{
    g_autofree char *file = g_strdup_printf("libvirt_driver_%s.so", name);
    const char *override = secure_getenv("LIBVIRT_DRIVER_DIR");
    if (override)
        return g_build_filename(override, file, NULL);
    Dl_info info;
    g_autofree char *folder = dladdr((const void *)(guintptr)vr_module_symbol, &info) && info.dli_fname
                                  ? g_path_get_dirname(info.dli_fname)
                                  : g_strdup(".");
    g_autofree char *installed = g_build_filename(folder, "..", "libvirt", "connection-driver", file, NULL);
    if (access(installed, F_OK) == 0)
        return g_steal_pointer(&installed);
    return g_build_filename(folder, "..", "drivers", name, file, NULL); /* in the build tree */
}

void *
vr_module_symbol(const char *name, const char *symbol)
{
    g_autofree char *path = module_path(name);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void *found = module ? dlsym(module, symbol) : NULL;
    if (!found)
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "cannot load %s: %s", path, dlerror());
    return found;
}
