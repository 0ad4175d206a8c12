/* Finding interfaces and telling about them: those that the host has and those that are defined.  Any thread. */
#include <string.h>

#include "drivers/interface/interface.h"

const VrItemWords interface_words = {"interface", "couldn't find interface", VIR_ERR_NO_INTERFACE, VIR_FROM_INTERFACE};

static char *
mac_of(const VrLink *link)
{
    const unsigned char *m = link->mac;
    return link->has_mac ? g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]) : NULL;
}

static const char *
defined_mac(const VrItemState *state)
{
    const InterfaceDef *def = state->now->def;
    return def->mac ? def->mac : "";
}

/* Call FUNC for each interface: a live one (LINK) or one that is only defined (STATE). */
typedef void (*Each)(const VrLink *link, const VrItemState *state, void *data);

static int
each(virConnectPtr conn, Each func, void *data)
{
    g_autoptr(GArray) links = vr_links();
    g_autoptr(GPtrArray) items = vr_table_list(interface_instance(conn)->items);
    if (!links)
        return -1;
    for (guint i = 0; i < links->len; i++)
        func(&g_array_index(links, VrLink, i), NULL, data);
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (!vr_links_find(links, item->stored.name))
            func(NULL, state, data);
    }
    return 0;
}

typedef struct {
    virConnectPtr conn;
    bool defined;  /* those that are down */
    bool all;
    unsigned flags;
    char **names;
    int max, n;
    GPtrArray *handles;
} Listing;

static void
collect(const VrLink *link, const VrItemState *state, void *data)
{
    Listing *listing = data;
    bool up = link && interface_is_up(link);
    const char *name = link ? link->name : ((const InterfaceDef *)state->now->def)->name;
    if (listing->all) {
        if (!vr_filter(listing->flags, VIR_CONNECT_LIST_INTERFACES_ACTIVE, VIR_CONNECT_LIST_INTERFACES_INACTIVE, up))
            return;
        g_autofree char *mac = link ? mac_of(link) : g_strdup(defined_mac(state));
        if (listing->handles)
            g_ptr_array_add(listing->handles, vr_interface_new(listing->conn, name, mac ? mac : ""));
        listing->n++;
        return;
    }
    /* the loopback and the like are neither up nor down */
    bool down = !link || (!up && link->state >= 2);
    if (listing->defined ? !down : !up)
        return;
    if (listing->names && listing->n < listing->max)
        listing->names[listing->n] = strdup(name);
    if (!listing->names || listing->n < listing->max)
        listing->n++;
}

static int
list(virConnectPtr conn, Listing listing)
{
    listing.conn = conn;
    return each(conn, collect, &listing) < 0 ? -1 : listing.n;
}

int
interface_count(virConnectPtr conn)
{
    return list(conn, (Listing){0});
}

int
interface_names(virConnectPtr conn, char **const names, int maxnames)
{
    return list(conn, (Listing){.names = (char **)names, .max = maxnames});
}

int
interface_count_defined(virConnectPtr conn)
{
    return list(conn, (Listing){.defined = true});
}

int
interface_names_defined(virConnectPtr conn, char **const names, int maxnames)
{
    return list(conn, (Listing){.defined = true, .names = (char **)names, .max = maxnames});
}

int
interface_list(virConnectPtr conn, virInterfacePtr **ifaces, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_CONNECT_LIST_INTERFACES_ACTIVE | VIR_CONNECT_LIST_INTERFACES_INACTIVE, VIR_FROM_INTERFACE) < 0)
        return -1;
    g_autoptr(GPtrArray) handles = ifaces ? g_ptr_array_new() : NULL;
    int n = list(conn, (Listing){.all = true, .flags = flags, .handles = handles});
    if (n < 0 || !ifaces)
        return n;
    *ifaces = calloc((size_t)n + 1, sizeof(**ifaces));
    for (int i = 0; i < n; i++)
        (*ifaces)[i] = handles->pdata[i];
    return n;
}

virInterfacePtr
interface_by_name(virConnectPtr conn, const char *name)
{
    g_autoptr(GArray) links = vr_links();
    if (!links)
        return NULL;
    const VrLink *link = vr_links_find(links, name);
    if (link) {
        g_autofree char *mac = mac_of(link);
        return vr_interface_new(conn, name, mac ? mac : "");
    }
    g_autoptr(VrItem) item = vr_table_by_name(interface_instance(conn)->items, name);
    if (!item)
        return vr_error_null(VIR_FROM_INTERFACE, VIR_ERR_NO_INTERFACE, "couldn't find interface named '%s'", name);
    g_autoptr(VrItemState) state = vr_item_state(item);
    return vr_interface_new(conn, name, defined_mac(state));
}

typedef struct {
    const char *mac;
    char *name;
    unsigned n;
} Search;

static void
match_mac(const VrLink *link, const VrItemState *state, void *data)
{
    Search *search = data;
    g_autofree char *mac = link ? mac_of(link) : g_strdup(defined_mac(state));
    if (!mac || g_ascii_strcasecmp(mac, search->mac) != 0)
        return;
    if (search->n++ == 0)
        search->name = g_strdup(link ? link->name : ((const InterfaceDef *)state->now->def)->name);
}

virInterfacePtr
interface_by_mac(virConnectPtr conn, const char *mac)
{
    Search search = {.mac = mac};
    if (each(conn, match_mac, &search) < 0)
        return NULL;
    g_autofree char *name = search.name;
    if (search.n == 0)
        return vr_error_null(VIR_FROM_INTERFACE, VIR_ERR_NO_INTERFACE, "couldn't find interface with MAC address '%s'", mac);
    if (search.n > 1)
        return vr_error_null(VIR_FROM_INTERFACE, VIR_ERR_MULTIPLE_INTERFACES, "the MAC address '%s' matches %u interfaces", mac, search.n);
    return vr_interface_new(conn, name, mac);
}

static int
no_such(virInterfacePtr iface)
{
    return vr_error(VIR_FROM_INTERFACE, VIR_ERR_NO_INTERFACE, "couldn't find interface named '%s'", VR_OBJECT_NAME(iface));
}

char *
interface_xml(virInterfacePtr iface, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_INTERFACE_XML_INACTIVE, VIR_FROM_INTERFACE) < 0)
        return NULL;
    g_autoptr(VrItem) item = vr_table_by_name(interface_instance(iface)->items, VR_OBJECT_NAME(iface));
    g_autoptr(VrItemState) state = item ? vr_item_state(item) : NULL;
    g_autoptr(GArray) links = vr_links();
    const VrLink *link = links ? vr_links_find(links, VR_OBJECT_NAME(iface)) : NULL;
    if (state && (!link || flags & VIR_INTERFACE_XML_INACTIVE)) {
        const char *xml = vr_definition_xml(state->now, 0);
        return xml ? strdup(xml) : NULL;
    }
    if (!link) {
        if (links)
            no_such(iface);
        return NULL;
    }
    g_autoptr(InterfaceDef) def = interface_live(links, link);
    g_autofree char *xml = interface_def_format(def, 0);
    return xml ? strdup(xml) : NULL;
}

int
interface_is_active(virInterfacePtr iface)
{
    g_autoptr(GArray) links = vr_links();
    if (!links)
        return -1;
    const VrLink *link = vr_links_find(links, VR_OBJECT_NAME(iface));
    if (link)
        return interface_is_up(link);
    g_autoptr(VrItem) item = vr_table_by_name(interface_instance(iface)->items, VR_OBJECT_NAME(iface));
    return item ? 0 : no_such(iface);
}
