/* Commands about networks and their ports: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/report.h"

gboolean
run_net_autostart(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virNetwork) net = shell_network(sh, args, &name);
    if (!net)
        return FALSE;
    gboolean on = !args_flag(args, "disable");
    return shell_outcome(sh, virNetworkSetAutostart(net, on) == 0,
                         on ? "Network %t marked as autostarted" : "Network %t unmarked as autostarted",
                         on ? "failed to mark network %t as autostarted" : "failed to unmark network %t as autostarted", NULL, name);
}

gboolean
run_net_uuid(Shell *sh, const Args *args)
{
    g_autoptr(virNetwork) net = shell_network(sh, args, NULL);
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (!net)
        return FALSE;
    return shell_tell(sh, virNetworkGetUUIDString(net, uuid) == 0 ? uuid : NULL, "failed to get network UUID", NULL);
}

gboolean
run_net_info(Shell *sh, const Args *args)
{
    g_autoptr(virNetwork) net = shell_network(sh, args, NULL);
    if (!net)
        return FALSE;
    g_autoptr(Report) report = report_one(16);
    char uuid[VIR_UUID_STRING_BUFLEN];
    put_text(report, "name", "Name:", virNetworkGetName(net));
    if (virNetworkGetUUIDString(net, uuid) == 0)
        put_text(report, "uuid", "UUID:", uuid);
    int active = virNetworkIsActive(net), persistent = virNetworkIsPersistent(net), autostart;
    if (active >= 0)
        put_bool(report, "active", "Active:", active, yes_no(active));
    if (persistent < 0)
        put_nothing(report, "persistent", "Persistent:", "unknown");
    else
        put_bool(report, "persistent", "Persistent:", persistent, yes_no(persistent));
    if (virNetworkGetAutostart(net, &autostart) < 0)
        put_nothing(report, "autostart", "Autostart:", "no autostart");
    else
        put_bool(report, "autostart", "Autostart:", autostart, yes_no(autostart));
    g_autofree char *bridge = virNetworkGetBridgeName(net);
    if (bridge)
        put_text(report, "bridge", "Bridge:", bridge);
    virResetLastError();
    report_print(sh, report, TRUE);
    return TRUE;
}

static int
compare_networks(const void *a, const void *b)
{
    virNetworkPtr one = *(virNetworkPtr *)a, two = *(virNetworkPtr *)b;
    int active_one = virNetworkIsActive(one), active_two = virNetworkIsActive(two);
    if (active_one != active_two)
        return active_one ? -1 : 1;
    return g_ascii_strcasecmp(virNetworkGetName(one), virNetworkGetName(two));
}

static void
report_network(Report *report, virNetworkPtr net)
{
    int autostart, active = virNetworkIsActive(net), persistent = virNetworkIsPersistent(net);
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    report_row(report);
    put_text(report, NULL, NULL, virNetworkGetName(net));
    put_bool(report, NULL, NULL, active > 0, active > 0 ? "active" : "inactive");
    if (virNetworkGetAutostart(net, &autostart) < 0)
        put_nothing(report, NULL, NULL, "no autostart");
    else
        put_bool(report, NULL, NULL, autostart, yes_no(autostart));
    put_bool(report, NULL, NULL, persistent > 0, yes_no(persistent));
    virNetworkGetUUIDString(net, uuid);
    put_text(report, NULL, NULL, uuid);
}

gboolean
run_net_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"name", "Name"}, {"active", "State"}, {"autostart", "Autostart"},
                                     {"persistent", "Persistent"}, {"uuid", NULL}, {NULL}};
    unsigned int flags = args_flags(args);
    if (!args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_NETWORKS_ACTIVE;
    if (args_flag(args, "inactive") || args_flag(args, "all"))
        flags |= VIR_CONNECT_LIST_NETWORKS_INACTIVE;
    virNetworkPtr *nets = NULL;
    int n = virConnectListAllNetworks(sh->conn, &nets, flags);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list networks", NULL, NULL);
    qsort(nets, (size_t)n, sizeof(*nets), compare_networks);
    g_autoptr(Report) report = report_list(columns);
    gboolean bare = sh->format == FORMAT_TEXT && (args_flag(args, "uuid") || args_flag(args, "name"));
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        if (!bare)
            report_network(report, nets[i]);
        else if (args_flag(args, "name"))
            shell_print(sh, "%s\n", virNetworkGetName(nets[i]));
        else if (virNetworkGetUUIDString(nets[i], uuid) == 0)
            shell_print(sh, "%s\n", uuid);
        virNetworkFree(nets[i]);
    }
    free(nets);
    if (!bare)
        report_print(sh, report, !sh->quiet);
    return TRUE;
}

/* An address as it is printed, with its prefix. */
static char *
lease_address(const virNetworkDHCPLease *lease)
{
    return g_strdup_printf("%s/%d", lease->ipaddr, lease->prefix);
}

gboolean
run_net_dhcp_leases(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"expiry", "Expiry Time"}, {"mac", "MAC address"}, {"protocol", "Protocol"},
                                     {"address", "IP address"}, {"hostname", "Hostname"}, {"client_id", "Client ID or DUID"}, {NULL}};
    const char *name;
    g_autoptr(virNetwork) net = shell_network(sh, args, &name);
    if (!net)
        return FALSE;
    virNetworkDHCPLeasePtr *leases = NULL;
    int n = virNetworkGetDHCPLeases(net, args_string(args, "mac"), &leases, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to get leases info for %t", NULL, name);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(leases[i]->expirytime);
        g_autofree char *expiry = when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S") : NULL;
        g_autofree char *address = lease_address(leases[i]);
        report_row(report);
        put_text(report, NULL, NULL, expiry);
        put_text(report, NULL, NULL, leases[i]->mac ? leases[i]->mac : "");
        put_text(report, NULL, NULL, leases[i]->type == VIR_IP_ADDR_TYPE_IPV6 ? "ipv6" : "ipv4");
        put_text(report, NULL, NULL, address);
        put_text(report, NULL, NULL, leases[i]->hostname);
        put_text(report, NULL, NULL, leases[i]->type == VIR_IP_ADDR_TYPE_IPV4 ? leases[i]->clientid : leases[i]->iaid);
        virNetworkDHCPLeaseFree(leases[i]);
    }
    free(leases);
    report_print(sh, report, TRUE);
    return TRUE;
}

/* A word's place in a table of words; -1 when it is none of them. */
static int
word_index(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++) {
        if (*words[i] && strcmp(words[i], text) == 0)
            return i;
    }
    return -1;
}

gboolean
run_net_update(Shell *sh, const Args *args)
{
    static const char *const commands[] = {"", "modify", "delete", "add-last", "add-first", NULL};
    static const char *const sections[] = {
        "", "bridge", "domain", "ip", "ip-dhcp-host", "ip-dhcp-range", "forward", "forward-interface", "forward-pf",
        "portgroup", "dns-host", "dns-txt", "dns-srv", NULL};
    const char *name, *text = args_string(args, "command"), *what = args_string(args, "xml");
    g_autoptr(virNetwork) net = shell_network(sh, args, &name);
    if (!net)
        return FALSE;
    int command = strcmp(text, "add") == 0 ? VIR_NETWORK_UPDATE_COMMAND_ADD_LAST : word_index(commands, text);
    int section = word_index(sections, args_string(args, "section"));
    long long parent = -1;
    if (command <= 0) {
        shell_error(sh, "unrecognized command name '%s'", text);
        return FALSE;
    }
    if (section <= 0) {
        shell_error(sh, "unrecognized section name '%s'", args_string(args, "section"));
        return FALSE;
    }
    if (args_number(sh, args, "parent-index", -1, G_MAXINT, &parent) < 0)
        return FALSE;
    g_autofree char *content = *what == '<' ? g_strdup(what) : shell_read_file(sh, what);
    if (!content)
        return FALSE;
    unsigned int flags = args_flags(args);
    gboolean live = flags ? flags & VIR_NETWORK_UPDATE_AFFECT_LIVE : virNetworkIsActive(net) > 0;
    gboolean config = flags & VIR_NETWORK_UPDATE_AFFECT_CONFIG;
    const char *done = !config ? (live ? "live state" : "persistent config") :
                       live ? "persistent config and live state" : "persistent config";
    if (virNetworkUpdate(net, (unsigned)command, (unsigned)section, (int)parent, content, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to update network %t", NULL, name);
    shell_note(sh, "Updated network %s %s", name, done);
    return TRUE;
}

gboolean
run_net_port_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"uuid", "UUID"}, {NULL}};
    g_autoptr(virNetwork) net = shell_network(sh, args, NULL);
    if (!net)
        return FALSE;
    virNetworkPortPtr *ports = NULL;
    int n = virNetworkListAllPorts(net, &ports, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list network ports", NULL, NULL);
    g_autoptr(Report) report = report_list(columns);
    gboolean bare = sh->format == FORMAT_TEXT && args_flag(args, "uuid");
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        virNetworkPortGetUUIDString(ports[i], uuid);
        if (bare) {
            shell_print(sh, "%s\n", uuid);
        } else {
            report_row(report);
            put_text(report, NULL, NULL, uuid);
        }
        virNetworkPortFree(ports[i]);
    }
    free(ports);
    if (!bare)
        report_print(sh, report, !sh->quiet);
    return TRUE;
}

gboolean
run_net_port_create(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autoptr(virNetwork) net = shell_network(sh, args, NULL);
    g_autofree char *xml = net ? shell_read_file(sh, path) : NULL;
    if (!xml)
        return FALSE;
    g_autoptr(virNetworkPort) port = virNetworkPortCreateXML(net, xml, args_flags(args));
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    if (port)
        virNetworkPortGetUUIDString(port, uuid);
    return shell_outcome(sh, port != NULL, "Network port %s created from %t", "Failed to create network from %t", uuid, path);
}

static char *
get_network(void *object)
{
    return virNetworkGetXMLDesc(object, VIR_NETWORK_XML_INACTIVE);
}

static gboolean
put_network(Shell *sh, const char *xml, void *object)
{
    g_autoptr(virNetwork) net = virNetworkDefineXML(sh->conn, xml);
    return net != NULL;
}

gboolean
run_net_edit(Shell *sh, const Args *args)
{
    static const EditWords words = {"Network %t XML configuration not changed.", "Network %t XML configuration edited."};
    const char *name;
    g_autoptr(virNetwork) net = shell_network(sh, args, &name);
    return net && shell_edit_object(sh, &words, get_network, put_network, net, name);
}
