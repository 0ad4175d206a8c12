/* Finding the modules for TLS and SASL beside this library, on first use. */
#include <dlfcn.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"
#include "rpc/sasl.h"
#include "rpc/tls.h"

const void *
vr_rpc_module(const char *file, const char *symbol)
{
    Dl_info info;
    if (!dladdr((const void *)(guintptr)vr_rpc_module, &info) || !info.dli_fname)
        return vr_error_null(VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "cannot find the folder of %s", file);
    g_autofree char *folder = g_path_get_dirname(info.dli_fname);
    g_autofree char *beside = g_build_filename(folder, file, NULL);
    g_autofree char *path = access(beside, F_OK) == 0 ? g_steal_pointer(&beside)
                                                      : g_build_filename(folder, "..", "daemon", file, NULL); /* as built */
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void *table = module ? dlsym(module, symbol) : NULL;
    if (!table)
        return vr_error_null(VIR_FROM_RPC, VIR_ERR_CONFIG_UNSUPPORTED, "cannot load %s: %s", path, dlerror());
    return table;
}

const VrTlsModule *
vr_tls_module(void)
{
    static const VrTlsModule *module;
    const VrTlsModule *got = g_atomic_pointer_get(&module);
    if (!got) {
        got = vr_rpc_module("libvireo-tls.so", VR_TLS_MODULE_SYMBOL);
        g_atomic_pointer_set(&module, got);
    }
    return got;
}

const VrSaslModule *
vr_sasl_module(void)
{
    static const VrSaslModule *module;
    const VrSaslModule *got = g_atomic_pointer_get(&module);
    if (!got) {
        got = vr_rpc_module("libvireo-sasl.so", VR_SASL_MODULE_SYMBOL);
        g_atomic_pointer_set(&module, got);
    }
    return got;
}
