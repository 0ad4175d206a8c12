/* From what the user typed to an object: an id, a UUID, a name, a key, a path. */
#include "shell/shell.h"

#include <string.h>

/* Freeing clears the thread's error, which the report after the command still needs. */
#define FREE_QUIETLY(Type, name)                                                                   \
    void shell_##name##_free(Type##Ptr object)                                                     \
    {                                                                                              \
        virErrorPtr before = virGetLastErrorCode() != VIR_ERR_OK ? virSaveLastError() : NULL;      \
        Type##Free(object);                                                                        \
        shell_keep_error(before);                                                                  \
    }

FREE_QUIETLY(virDomain, domain)
FREE_QUIETLY(virNetwork, network)
FREE_QUIETLY(virNetworkPort, port)
FREE_QUIETLY(virStoragePool, pool)
FREE_QUIETLY(virStorageVol, vol)
FREE_QUIETLY(virInterface, interface)
FREE_QUIETLY(virNodeDevice, device)
FREE_QUIETLY(virSecret, secret)
FREE_QUIETLY(virNWFilter, nwfilter)
FREE_QUIETLY(virNWFilterBinding, binding)
FREE_QUIETLY(virDomainSnapshot, snapshot)
FREE_QUIETLY(virDomainCheckpoint, checkpoint)

static gboolean
is_uuid(const char *text)
{
    return strlen(text) == VIR_UUID_STRING_BUFLEN - 1;
}

/* OBJECT, or NULL after telling that there is no such WHAT.  That it was not found (code MISSING) adds nothing to the
 * sentence; anything else is the cause. */
static void *
found(Shell *sh, void *object, int missing, const char *what, const char *text)
{
    if (object) {
        virResetLastError();
        return object;
    }
    if (virGetLastErrorCode() == missing)
        virResetLastError();
    shell_save_error(sh);
    shell_error(sh, "failed to get %s '%s'", what, text);
    return NULL;
}

static const char *
typed(const Args *args, const char *option, const char **ret_name)
{
    const char *text = args_string(args, option);
    if (ret_name)
        *ret_name = text;
    return text;
}

static virDomainPtr
by_id(Shell *sh, const char *text)
{
    char *end;
    gint64 id = g_ascii_strtoll(text, &end, 10);
    if (end == text || *end || id < 0 || id > G_MAXINT)
        return NULL;
    return virDomainLookupByID(sh->conn, (int)id);
}

virDomainPtr
shell_domain(Shell *sh, const Args *args, const char **ret_name)
{
    return shell_domain_named(sh, typed(args, "domain", ret_name));
}

virDomainPtr
shell_domain_named(Shell *sh, const char *text)
{
    virDomainPtr dom = by_id(sh, text);
    if (!dom && is_uuid(text))
        dom = virDomainLookupByUUIDString(sh->conn, text);
    if (!dom)
        dom = virDomainLookupByName(sh->conn, text);
    return found(sh, dom, VIR_ERR_NO_DOMAIN, "domain", text);
}

virNetworkPtr
shell_network(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "network", ret_name);
    virNetworkPtr net = is_uuid(text) ? virNetworkLookupByUUIDString(sh->conn, text) : NULL;
    if (!net)
        net = virNetworkLookupByName(sh->conn, text);
    return found(sh, net, VIR_ERR_OK, "network", text);
}

virNetworkPortPtr
shell_port(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "port", ret_name);
    g_autoptr(virNetwork) net = shell_network(sh, args, NULL);
    if (!net)
        return NULL;
    return found(sh, virNetworkPortLookupByUUIDString(net, text), VIR_ERR_OK, "port", text);
}

virStoragePoolPtr
shell_pool_in(Shell *sh, const Args *args, const char *option)
{
    const char *text = args_string(args, option);
    virStoragePoolPtr pool = is_uuid(text) ? virStoragePoolLookupByUUIDString(sh->conn, text) : NULL;
    if (!pool)
        pool = virStoragePoolLookupByName(sh->conn, text);
    return found(sh, pool, VIR_ERR_OK, "pool", text);
}

virStoragePoolPtr
shell_pool(Shell *sh, const Args *args, const char **ret_name)
{
    (void)typed(args, "pool", ret_name);
    return shell_pool_in(sh, args, "pool");
}

virStorageVolPtr
shell_vol_in(Shell *sh, const Args *args, const char *option, const char *pool_option)
{
    const char *text = args_string(args, option);
    const char *where = pool_option ? args_string(args, pool_option) : NULL;
    g_autoptr(virStoragePool) pool = NULL;
    virStorageVolPtr vol = NULL;
    if (where) {
        pool = shell_pool_in(sh, args, pool_option);
        if (!pool)
            return NULL;
        if (virStoragePoolIsActive(pool) != 1) {
            shell_error(sh, "pool '%s' is not active", where);
            return NULL;
        }
        vol = virStorageVolLookupByName(pool, text);
    }
    if (!vol)
        vol = virStorageVolLookupByKey(sh->conn, text);
    if (!vol)
        vol = virStorageVolLookupByPath(sh->conn, text);
    if (vol) {
        virResetLastError();
        g_autoptr(virStoragePool) own = where ? virStoragePoolLookupByVolume(vol) : NULL;
        if (!where || !own || strcmp(virStoragePoolGetName(own), virStoragePoolGetName(pool)) == 0)
            return vol;
        shell_error(sh, "Requested volume '%s' is not in pool '%s'", text, where);
        virStorageVolFree(vol);
        return NULL;
    }
    shell_save_error(sh);
    if (where) {
        shell_error(sh, "failed to get vol '%s'", text);
    } else {
        shell_error(sh, pool_option ? "failed to get vol '%s', specifying --%s might help" : "failed to get vol '%s'", text,
                    pool_option);
    }
    return NULL;
}

virStorageVolPtr
shell_vol(Shell *sh, const Args *args, const char **ret_name)
{
    (void)typed(args, "vol", ret_name);
    return shell_vol_in(sh, args, "vol", "pool");
}

virInterfacePtr
shell_interface(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "interface", ret_name);
    gboolean is_mac = strlen(text) == 17 && text[2] == ':' && text[14] == ':';
    virInterfacePtr iface = is_mac ? virInterfaceLookupByMACString(sh->conn, text) : virInterfaceLookupByName(sh->conn, text);
    return found(sh, iface, VIR_ERR_OK, "interface", text);
}

/* By name, or by the world-wide names of a SCSI host: WWNN,WWPN. */
virNodeDevicePtr
shell_device(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "device", ret_name);
    g_auto(GStrv) names = g_strsplit(text, ",", 2);
    virNodeDevicePtr device = names[0] && names[1]
                                  ? virNodeDeviceLookupSCSIHostByWWN(sh->conn, names[0], names[1], 0)
                                  : virNodeDeviceLookupByName(sh->conn, text);
    if (device)
        return device;
    shell_save_error(sh);
    shell_error(sh, "Could not find matching device '%s'", text);
    return NULL;
}

virSecretPtr
shell_secret(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "secret", ret_name);
    return found(sh, virSecretLookupByUUIDString(sh->conn, text), VIR_ERR_OK, "secret", text);
}

virNWFilterPtr
shell_nwfilter(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "nwfilter", ret_name);
    virNWFilterPtr filter = is_uuid(text) ? virNWFilterLookupByUUIDString(sh->conn, text) : NULL;
    if (!filter)
        filter = virNWFilterLookupByName(sh->conn, text);
    return found(sh, filter, VIR_ERR_OK, "nwfilter", text);
}

virNWFilterBindingPtr
shell_binding(Shell *sh, const Args *args, const char **ret_name)
{
    const char *text = typed(args, "binding", ret_name);
    return found(sh, virNWFilterBindingLookupByPortDev(sh->conn, text), VIR_ERR_OK, "nwfilter binding", text);
}
