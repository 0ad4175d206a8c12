/* The client's side of migration: checks, and the choice of protocol that both hosts speak.
 *
 * No driver here speaks one yet, so every migration that passes its checks ends in "not supported".
 */
#include <libvirt/libvirt.h>

#include "base/entry.h"

#define EXCLUSIVE(flags, ONE, TWO) vr_api_exclusive(flags, ONE, TWO, #ONE, #TWO)
#define REQUIRES(flags, NEEDED, BY) vr_api_requires(flags, NEEDED, BY, #NEEDED, #BY)

/* What all six functions check; 0, or -1 with the error handed over. */
static int
begin_migration(const char *function, virDomainPtr domain, unsigned long flags)
{
    vr_api_begin(function, VIR_FROM_DOMAIN);
    vr_api_trace("domain=%p flags=0x%lx", (void *)domain, flags);
    if (vr_api_not_a(domain, VR_DOMAIN))
        return vr_api_fail(NULL), -1;
    virConnectPtr conn = VR_OBJECT_CONN(domain);
    unsigned int bits = (unsigned int)flags;
    if (flags != bits)
        vr_error(VIR_FROM_DOMAIN, VIR_ERR_OVERFLOW, "flags 0x%lx have more than 32 bits", flags);
    if (flags != bits || vr_api_read_only(conn) ||
        EXCLUSIVE(bits, VIR_MIGRATE_NON_SHARED_DISK, VIR_MIGRATE_NON_SHARED_INC) ||
        EXCLUSIVE(bits, VIR_MIGRATE_TUNNELLED, VIR_MIGRATE_PARALLEL) ||
        REQUIRES(bits, VIR_MIGRATE_NON_SHARED_DISK | VIR_MIGRATE_NON_SHARED_INC,
                 VIR_MIGRATE_NON_SHARED_SYNCHRONOUS_WRITES))
        return vr_api_fail(conn), -1;
    return 0;
}

static virDomainPtr
migrate_to_connection(const char *function, virDomainPtr domain, virConnectPtr dconn, unsigned long flags,
                      gboolean extended)
{
    if (begin_migration(function, domain, flags) < 0)
        return NULL;
    virConnectPtr conn = VR_OBJECT_CONN(domain);
    if (vr_api_not_a(dconn, VR_CONNECT) || vr_api_read_only(dconn))
        return vr_api_fail(conn), NULL;
    if (flags & VIR_MIGRATE_TUNNELLED && !(flags & VIR_MIGRATE_PEER2PEER))
        vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "cannot perform tunnelled migration without using peer2peer flag");
    else if (extended)
        vr_error(VIR_FROM_DOMAIN, VIR_ERR_ARGUMENT_UNSUPPORTED,
                 "Migration APIs with extensible parameters are not supported but extended parameters were passed");
    else
        vr_api_unsupported();
    return vr_api_fail(conn), NULL;
}

static int
migrate_to_uri(const char *function, virDomainPtr domain, unsigned long flags)
{
    if (begin_migration(function, domain, flags) < 0)
        return -1;
    vr_error(VIR_FROM_DOMAIN, VIR_ERR_ARGUMENT_UNSUPPORTED, "%s",
             flags & VIR_MIGRATE_PEER2PEER ? "the source host does not support peer-to-peer migration"
                                           : "direct migration is not supported by the source host");
    return vr_api_fail(VR_OBJECT_CONN(domain)), -1;
}

virDomainPtr
virDomainMigrate(virDomainPtr domain, virConnectPtr dconn, unsigned long flags, const char *dname, const char *uri,
                 unsigned long bandwidth)
{
    return migrate_to_connection("virDomainMigrate", domain, dconn, flags, FALSE);
}

virDomainPtr
virDomainMigrate2(virDomainPtr domain, virConnectPtr dconn, const char *dxml, unsigned long flags, const char *dname,
                  const char *uri, unsigned long bandwidth)
{
    return migrate_to_connection("virDomainMigrate2", domain, dconn, flags, FALSE);
}

virDomainPtr
virDomainMigrate3(virDomainPtr domain, virConnectPtr dconn, virTypedParameterPtr params, unsigned int nparams,
                  unsigned int flags)
{
    /* The older protocols know these; everything else needs the one with parameters. */
    static const char *const plain[] = {
        VIR_MIGRATE_PARAM_URI,
        VIR_MIGRATE_PARAM_DEST_NAME,
        VIR_MIGRATE_PARAM_DEST_XML,
        VIR_MIGRATE_PARAM_BANDWIDTH,
        NULL,
    };
    gboolean extended = FALSE;
    for (unsigned int i = 0; params && i < nparams && !extended; i++)
        extended = !g_strv_contains(plain, params[i].field);
    return migrate_to_connection("virDomainMigrate3", domain, dconn, flags, extended);
}

int
virDomainMigrateToURI(virDomainPtr domain, const char *duri, unsigned long flags, const char *dname,
                      unsigned long bandwidth)
{
    if (!duri) {
        if (begin_migration("virDomainMigrateToURI", domain, flags) < 0)
            return -1;
        vr_api_null(duri, "duri");
        return vr_api_fail(VR_OBJECT_CONN(domain)), -1;
    }
    return migrate_to_uri("virDomainMigrateToURI", domain, flags);
}

int
virDomainMigrateToURI2(virDomainPtr domain, const char *dconnuri, const char *miguri, const char *dxml,
                       unsigned long flags, const char *dname, unsigned long bandwidth)
{
    return migrate_to_uri("virDomainMigrateToURI2", domain, flags);
}

int
virDomainMigrateToURI3(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, unsigned int nparams,
                       unsigned int flags)
{
    return migrate_to_uri("virDomainMigrateToURI3", domain, flags);
}
