/* The drivers there are, and loading the module of the one that a URI asks for.
 *
 * A module is loaded on the first use of its scheme and stays: opening test:/// maps no hypervisor code.
 */
#include "library/drivers.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/lock.h"
#include "base/process.h"

typedef struct {
    const char *scheme;
    const char *module;
    const char *path; /* served in this process only with this path; NULL: with any */
} Scheme;

/* One row per scheme that a module of ours serves in this process; a daemon serves all the others, and these too when
 * the URI names a transport or a host. */
static const Scheme schemes[] = {
    {"test", "test", NULL},
    {"qemu", "qemu", "/embed"},
    {"network", "network", "/embed"},
    {"storage", "storage", "/embed"},
    {"interface", "interface", "/embed"},
    {"nodedev", "nodedev", "/embed"},
    {"secret", "secret", "/embed"},
    {"nwfilter", "nwfilter", "/embed"},
    {NULL, "remote", NULL},
};

static VrMutex lock = VR_MUTEX_INIT;
static const VrDriver *loaded[G_N_ELEMENTS(schemes)];

/* The folder that holds this library. */
static char *
own_folder(void)
{
    Dl_info info;
    if (!dladdr((const void *)schemes, &info) || !info.dli_fname)
        return g_strdup(".");
    return g_path_get_dirname(info.dli_fname);
}

static char *
module_path(const char *name)
{
    g_autofree char *file = g_strdup_printf("libvirt_driver_%s.so", name);
    const char *override = secure_getenv("LIBVIRT_DRIVER_DIR");
    if (override)
        return g_build_filename(override, file, NULL);
    g_autofree char *folder = own_folder();
    g_autofree char *installed = g_build_filename(folder, "libvirt", "connection-driver", file, NULL);
    if (access(installed, F_OK) == 0)
        return g_steal_pointer(&installed);
    return g_build_filename(folder, "..", "drivers", name, file, NULL); /* in the build tree */
}

/* The module called NAME, which is not part of every installation. */
static const VrDriver *
load(const char *name)
{
    g_autofree char *path = module_path(name);
    if (access(path, F_OK) < 0)
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "the %s driver is not installed (%s)", name, path);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!module)
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "cannot load the %s driver: %s", name, dlerror());
    VrDriverModule entry = (VrDriverModule)(guintptr)dlsym(module, VR_DRIVER_MODULE_SYMBOL);
    if (!entry)
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "%s is not a driver module: %s", path, dlerror());
    vr_debug("library", "loaded driver %s from %s", name, path);
    return entry();
}

/* Does the module of S serve URI in this process. */
static gboolean
serves(const Scheme *s, const VrUri *uri)
{
    if (!s->scheme)
        return !vr_process_is_daemon() || uri->transport || uri->host;
    if (strcmp(uri->scheme, s->scheme) != 0 || uri->transport || uri->host)
        return FALSE;
    return !s->path || g_strcmp0(uri->path, s->path) == 0 || vr_process_serves(s->scheme);
}

static const VrDriver *
loaded_row(gsize i)
{
    vr_mutex_lock(&lock);
    if (!loaded[i])
        loaded[i] = load(schemes[i].module);
    const VrDriver *driver = loaded[i];
    vr_mutex_unlock(&lock);
    return driver;
}

const VrDriver *
vr_driver_find(const VrUri *uri)
{
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (serves(&schemes[i], uri))
            return loaded_row(i);
    }
    return vr_error_null(VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "%s", uri->text);
}

const VrDriver *
vr_driver_companion(VrHostPart part, const VrUri *uri)
{
    const char *name = vr_host_parts[part];
    if (strcmp(uri->path, "/embed") != 0 && !vr_process_serves(name))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (g_strcmp0(schemes[i].scheme, name) != 0)
            continue;
        const VrDriver *driver = loaded_row(i);
        if (!driver) {
            vr_debug("library", "no %s driver beside %s: %s", name, uri->text, vr_error_last()->message);
            vr_error_clear();
        }
        return driver;
    }
    return NULL;
}

char *
vr_driver_probe_uri(void)
{
    return vr_error_null(VIR_FROM_NONE, VIR_ERR_NO_CONNECT,
                         "the default: no hypervisor was found; name a connection URI or set LIBVIRT_DEFAULT_URI");
}
