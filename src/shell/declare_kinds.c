/* The kinds of objects that can be declared: one row each (declare.h). */
#include "shell/declare.h"

#include <dlfcn.h>
#include <string.h>

#define MARK_URI "urn:vireo:applied" /* metadata that says: this came from a document that apply was given */

/* --- domains --- */

static void *
find_domain(Shell *sh, const Declared *declared)
{
    return virDomainLookupByName(sh->conn, declared->name);
}

static char *
domain_xml(void *dom)
{
    return virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
}

static gboolean
put_domain(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    g_autoptr(virDomain) dom = virDomainDefineXML(sh->conn, xml);
    return dom != NULL;
}

static int
domain_is_active(void *dom)
{
    return virDomainIsActive(dom);
}

static int
start_domain(void *dom)
{
    return virDomainCreate(dom);
}

static int
autostart_domain(void *dom)
{
    return virDomainSetAutostart(dom, 1);
}

static int
mark_domain(void *dom)
{
    return virDomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, "<applied/>", "vireo", MARK_URI, VIR_DOMAIN_AFFECT_CONFIG);
}

static GPtrArray *
marked_domains(Shell *sh)
{
    virDomainPtr *all = NULL;
    int n = virConnectListAllDomains(sh->conn, &all, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    GPtrArray *marked = g_ptr_array_new_with_free_func((GDestroyNotify)shell_domain_free);
    for (int i = 0; i < n; i++) {
        char *mark = virDomainGetMetadata(all[i], VIR_DOMAIN_METADATA_ELEMENT, MARK_URI, VIR_DOMAIN_AFFECT_CONFIG);
        if (mark)
            g_ptr_array_add(marked, all[i]);
        else
            shell_domain_free(all[i]);
        free(mark);
    }
    free(all);
    virResetLastError();
    return marked;
}

static const char *
domain_name(void *dom)
{
    return virDomainGetName(dom);
}

/* Its disks stay; so does what cannot be made again. */
static gboolean
remove_domain(void *dom)
{
    if (virDomainIsActive(dom) == 1 && virDomainDestroy(dom) < 0)
        return FALSE;
    return virDomainUndefineFlags(dom, VIR_DOMAIN_UNDEFINE_KEEP_NVRAM) == 0 || virDomainUndefine(dom) == 0;
}

/* --- networks --- */

static void *
find_network(Shell *sh, const Declared *declared)
{
    return virNetworkLookupByName(sh->conn, declared->name);
}

static char *
network_xml(void *net)
{
    char *xml = virNetworkGetXMLDesc(net, VIR_NETWORK_XML_INACTIVE);
    return xml ? xml : virNetworkGetXMLDesc(net, 0); /* not every driver tells them apart */
}

static gboolean
put_network(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    g_autoptr(virNetwork) net = virNetworkDefineXML(sh->conn, xml);
    return net != NULL;
}

static int
network_is_active(void *net)
{
    return virNetworkIsActive(net);
}

static int
start_network(void *net)
{
    return virNetworkCreate(net);
}

static int
autostart_network(void *net)
{
    return virNetworkSetAutostart(net, 1);
}

/* --- pools --- */

static void *
find_pool(Shell *sh, const Declared *declared)
{
    return virStoragePoolLookupByName(sh->conn, declared->name);
}

static char *
pool_xml(void *pool)
{
    char *xml = virStoragePoolGetXMLDesc(pool, VIR_STORAGE_XML_INACTIVE);
    return xml ? xml : virStoragePoolGetXMLDesc(pool, 0);
}

static gboolean
put_pool(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    g_autoptr(virStoragePool) pool = virStoragePoolDefineXML(sh->conn, xml, 0);
    return pool != NULL;
}

static int
pool_is_active(void *pool)
{
    return virStoragePoolIsActive(pool);
}

static int
start_pool(void *pool)
{
    return virStoragePoolCreate(pool, VIR_STORAGE_POOL_CREATE_WITH_BUILD) == 0 ? 0 : virStoragePoolCreate(pool, 0);
}

static int
autostart_pool(void *pool)
{
    return virStoragePoolSetAutostart(pool, 1);
}

/* --- volumes: in the pool that the attribute "pool" of <volume> names, else in "default" --- */

static virStoragePoolPtr
pool_of(Shell *sh, const Declared *declared)
{
    const char *name = element_attr(declared->root, "pool");
    return virStoragePoolLookupByName(sh->conn, name ? name : "default");
}

static void *
find_volume(Shell *sh, const Declared *declared)
{
    g_autoptr(virStoragePool) pool = pool_of(sh, declared);
    return pool ? virStorageVolLookupByName(pool, declared->name) : NULL;
}

static char *
volume_xml(void *vol)
{
    return virStorageVolGetXMLDesc(vol, 0);
}

/* A volume that is there can grow; nothing else about it changes. */
static gboolean
put_volume(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    if (!object) {
        g_autoptr(virStoragePool) pool = pool_of(sh, declared);
        gboolean started = pool && virStoragePoolIsActive(pool) == 0; /* a pool at rest shows no volumes: one is needed, so it starts */
        if (!pool || (started && start_pool(pool) < 0))
            return FALSE;
        g_autoptr(virStorageVol) known = started ? virStorageVolLookupByName(pool, declared->name) : NULL;
        virResetLastError();
        g_autoptr(virStorageVol) vol = known ? NULL : virStorageVolCreateXML(pool, xml, 0);
        return known || vol;
    }
    const Element *capacity = element_at(declared->root, "capacity");
    const char *unit = element_attr(capacity, "unit");
    g_autofree char *number = g_strstrip(g_strdup(element_text(capacity)));
    g_autofree char *text = g_strconcat(number, unit && strcmp(unit, "bytes") != 0 ? unit : "", NULL);
    unsigned long long bytes;
    virStorageVolInfo info;
    if (!capacity || !shell_size(sh, "capacity", text, &bytes) || virStorageVolGetInfo(object, &info) < 0)
        return FALSE;
    if (bytes <= info.capacity) {
        shell_error(sh, "%s: the volume '%s' is there and is another; only its size can grow", declared->file, declared->name);
        return FALSE;
    }
    return virStorageVolResize(object, bytes, 0) == 0;
}

/* --- secrets: known by what they are for --- */

static const struct {
    const char *name;
    int type;
} usages[] = {
    {"volume", VIR_SECRET_USAGE_TYPE_VOLUME}, {"ceph", VIR_SECRET_USAGE_TYPE_CEPH}, {"iscsi", VIR_SECRET_USAGE_TYPE_ISCSI},
    {"tls", VIR_SECRET_USAGE_TYPE_TLS},       {"vtpm", VIR_SECRET_USAGE_TYPE_VTPM},
};

static void *
find_secret(Shell *sh, const Declared *declared)
{
    const Element *uuid = element_at(declared->root, "uuid"), *usage = element_at(declared->root, "usage");
    if (uuid)
        return virSecretLookupByUUIDString(sh->conn, element_text(uuid));
    for (gsize i = 0; i < G_N_ELEMENTS(usages); i++) {
        if (g_strcmp0(element_attr(usage, "type"), usages[i].name) == 0)
            return virSecretLookupByUsage(sh->conn, usages[i].type, declared->name);
    }
    return NULL;
}

static char *
secret_xml(void *secret)
{
    return virSecretGetXMLDesc(secret, 0);
}

static gboolean
put_secret(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    g_autoptr(virSecret) secret = virSecretDefineXML(sh->conn, xml, 0);
    return secret != NULL;
}

/* --- network filters --- */

static void *
find_filter(Shell *sh, const Declared *declared)
{
    return virNWFilterLookupByName(sh->conn, declared->name);
}

static char *
filter_xml(void *filter)
{
    return virNWFilterGetXMLDesc(filter, 0);
}

static gboolean
put_filter(Shell *sh, const Declared *declared, const char *xml, void *object)
{
    g_autoptr(virNWFilter) filter = virNWFilterDefineXML(sh->conn, xml);
    return filter != NULL;
}

#define FREE(name) ((void (*)(void *))(void (*)(void))shell_##name##_free)

const DeclareKind declare_kinds[] = {
    {.tag = "secret", .plural = "secrets", .find = find_secret, .xml = secret_xml, .put = put_secret, .free = FREE(secret)},
    {.tag = "filter", .plural = "filters", .find = find_filter, .xml = filter_xml, .put = put_filter, .free = FREE(nwfilter)},
    {.tag = "network", .plural = "networks", .find = find_network, .xml = network_xml, .put = put_network,
     .is_active = network_is_active, .start = start_network, .autostart = autostart_network, .free = FREE(network)},
    {.tag = "pool", .plural = "pools", .find = find_pool, .xml = pool_xml, .put = put_pool, .is_active = pool_is_active,
     .start = start_pool, .autostart = autostart_pool, .free = FREE(pool)},
    {.tag = "volume", .plural = "volumes", .find = find_volume, .xml = volume_xml, .put = put_volume, .free = FREE(vol)},
    {.tag = "domain", .plural = "domains", .find = find_domain, .xml = domain_xml, .put = put_domain,
     .is_active = domain_is_active, .start = start_domain, .autostart = autostart_domain, .free = FREE(domain),
     .mark = mark_domain, .marked = marked_domains, .name = domain_name, .remove = remove_domain},
};
const guint n_declare_kinds = G_N_ELEMENTS(declare_kinds);
