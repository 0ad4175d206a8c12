/* Commands about the host's interfaces: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/report.h"

static int
compare_interfaces(const void *a, const void *b)
{
    virInterfacePtr one = *(virInterfacePtr *)a, two = *(virInterfacePtr *)b;
    int active_one = virInterfaceIsActive(one), active_two = virInterfaceIsActive(two);
    if (active_one != active_two)
        return active_one ? -1 : 1;
    return g_ascii_strcasecmp(virInterfaceGetName(one), virInterfaceGetName(two));
}

gboolean
run_iface_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"name", "Name"}, {"active", "State"}, {"mac", "MAC Address"}, {NULL}};
    unsigned int flags = 0;
    if (!args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_INTERFACES_ACTIVE;
    if (args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_INTERFACES_INACTIVE;
    virInterfacePtr *ifaces = NULL;
    int n = virConnectListAllInterfaces(sh->conn, &ifaces, flags);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list interfaces", NULL, NULL);
    qsort(ifaces, (size_t)n, sizeof(*ifaces), compare_interfaces);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        gboolean active = virInterfaceIsActive(ifaces[i]) > 0;
        report_row(report);
        put_text(report, NULL, NULL, virInterfaceGetName(ifaces[i]));
        put_bool(report, NULL, NULL, active, active ? "active" : "inactive");
        put_text(report, NULL, NULL, virInterfaceGetMACString(ifaces[i]));
        virInterfaceFree(ifaces[i]);
    }
    free(ifaces);
    report_print(sh, report, TRUE);
    return TRUE;
}

static char *
get_interface(void *object)
{
    return virInterfaceGetXMLDesc(object, VIR_INTERFACE_XML_INACTIVE);
}

static gboolean
put_interface(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virInterface) iface = virInterfaceDefineXML(sh->conn, xml, 0);
    return iface != NULL;
}

gboolean
run_iface_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Interface %t XML configuration not changed.", "Interface %t XML configuration edited."};
    const char *name;
    g_autoptr(virInterface) iface = shell_interface(sh, args, &name);
    return iface && shell_edit_object(sh, &words, get_interface, put_interface, iface, name);
}

/* Bring NAME up or take it down and forget it, in the words of its last step. */
static gboolean
start_interface(Shell *sh, const char *name)
{
    g_autoptr(virInterface) iface = virInterfaceLookupByName(sh->conn, name);
    return iface && virInterfaceCreate(iface, 0) == 0;
}

/* The XML of a bridge that takes over INNER's start mode and protocols and has INNER inside. */
static char *
bridge_around(const char *inner, const char *bridge, gboolean stp, long long delay)
{
    const char *body = strchr(inner, '>');
    g_autofree char *name = g_markup_escape_text(bridge, -1);
    GString *xml = g_string_new(NULL);
    g_string_append_printf(xml, "<interface type='bridge' name='%s'>\n", name);
    /* What belongs to the bridge from now on: everything up to the device's own parts. */
    static const char *const moved[] = {"start", "protocol", NULL};
    for (const char *const *tag = moved; *tag; tag++) {
        g_autofree char *pattern = g_strdup_printf("<%s\\b[^>]*(?:/>|>.*?</%s>)", *tag, *tag);
        g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_DOTALL, 0, NULL);
        g_autoptr(GMatchInfo) match = NULL;
        for (g_regex_match(regex, body ? body : inner, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
            g_autofree char *part = g_match_info_fetch(match, 0);
            g_string_append_printf(xml, "  %s\n", part);
        }
    }
    g_string_append_printf(xml, "  <bridge stp='%s'", stp ? "on" : "off");
    if (stp && delay >= 0)
        g_string_append_printf(xml, " delay='%lld'", delay);
    g_autoptr(GRegex) drop = g_regex_new("\\s*<(start|protocol)\\b[^>]*(?:/>|>.*?</\\1>)", G_REGEX_DOTALL, 0, NULL);
    g_autofree char *bare = g_regex_replace(drop, inner, -1, 0, "", 0, NULL);
    g_string_append_printf(xml, ">\n%s  </bridge>\n</interface>\n", bare ? bare : inner);
    return g_string_free(xml, FALSE);
}

gboolean
run_iface_bridge(Shell *sh, const Args *args)
{
    const char *name, *bridge = args_string(args, "bridge");
    long long delay = -1;
    g_autoptr(virInterface) iface = shell_interface(sh, args, &name);
    if (!iface || args_number(sh, args, "delay", 0, G_MAXINT, &delay) < 0)
        return FALSE;
    virInterfacePtr taken = virInterfaceLookupByName(sh->conn, bridge);
    if (taken) {
        virInterfaceFree(taken);
        shell_error(sh, "Network device %s already exists", bridge);
        return FALSE;
    }
    virResetLastError();
    g_autofree char *inner = virInterfaceGetXMLDesc(iface, VIR_INTERFACE_XML_INACTIVE);
    if (!inner)
        return FALSE;
    g_autofree char *xml = bridge_around(inner, bridge, !args_flag(args, "no-stp"), delay);
    g_autoptr(virInterface) made = virInterfaceDefineXML(sh->conn, xml, 0);
    if (!shell_outcome(sh, made != NULL, "Created bridge %t with attached device", "Failed to define new bridge interface %t", NULL, bridge))
        return FALSE;
    if (args_flag(args, "no-start"))
        return TRUE;
    return shell_outcome(sh, start_interface(sh, bridge), "Bridge interface %t started", "Failed to start bridge interface %t", NULL,
                         bridge);
}

gboolean
run_iface_unbridge(Shell *sh, const Args *args)
{
    const char *bridge = args_string(args, "bridge");
    g_autoptr(virInterface) iface = virInterfaceLookupByName(sh->conn, bridge);
    g_autofree char *xml = iface ? virInterfaceGetXMLDesc(iface, VIR_INTERFACE_XML_INACTIVE) : NULL;
    if (!xml)
        return shell_outcome(sh, FALSE, NULL, "failed to get interface '%t'", NULL, bridge);
    g_autoptr(GRegex) inside = g_regex_new("<bridge\\b[^>]*>\\s*(<interface\\b.*?</interface>)\\s*</bridge>", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(inside, xml, 0, &match)) {
        shell_error(sh, "No bridge with one attached device: %s", bridge);
        return FALSE;
    }
    g_autofree char *inner = g_match_info_fetch(match, 1);
    if ((virInterfaceIsActive(iface) > 0 && virInterfaceDestroy(iface, 0) < 0) || virInterfaceUndefine(iface) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to remove bridge interface %t", NULL, bridge);
    g_autoptr(virInterface) made = virInterfaceDefineXML(sh->conn, inner, 0);
    if (!shell_outcome(sh, made != NULL, "Device un-attached from bridge %t", "Failed to define un-bridged interface of %t", NULL, bridge))
        return FALSE;
    if (args_flag(args, "no-start"))
        return TRUE;
    const char *name = virInterfaceGetName(made);
    return shell_outcome(sh, virInterfaceCreate(made, 0) == 0, "Interface %t started", "Failed to start interface %t", NULL, name);
}
