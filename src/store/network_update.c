/* virNetworkUpdate(): adding, changing and removing one entry of a section of a network's definition.
 *
 * One row per section that can be changed.  Called through vr_network_def_update() on the caller's own copy; what an
 * entry breaks beyond its own form is found when the changed document is read again (network.c).
 */
#include <string.h>

#include "base/error.h"
#include "store/network.h"

static const VrParseContext part = {.document = &vr_desc_network_def};

/* One update on its way. */
typedef struct {
    NetworkDef *def;
    unsigned command;
    int index;
    const VrXmlNode *xml;
    void **items; /* the list that the section is */
    size_t *count;
} Job;

#define FAIL(code, ...) vr_error(VIR_FROM_NETWORK, code, __VA_ARGS__)

/* Entries are compared and made by each section in turn. */
typedef struct {
    const char *name;    /* in "can't update '%s' section" */
    const char *element; /* NULL: the section cannot be updated */
    const char *no_modify; /* what cannot be modified, NULL when it can */
    bool modify_first;   /* and that is said before the element is looked at */
    int (*prepare)(Job *job);
    const VrDesc *desc;
    void *(*read)(const Job *job); /* the entry; NULL with the error set */
    bool (*clashes)(const void *have, const void *entry); /* adding ENTRY is refused beside it */
    bool (*matches)(const void *have, const void *entry); /* ENTRY names it, to modify or delete */
    int (*refuse_add)(const Job *job, const void *entry);
    int (*refuse_find)(const Job *job, const void *entry, size_t n_found);
    int (*check)(const Job *job, const void *entry); /* one more rule on what is added or modified */
} Section;

static bool
same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* B does not ask for a field, or A has it. */
static bool
wanted(const char *a, const char *b)
{
    return !b || g_strcmp0(a, b) == 0;
}

/* --- an <ip>'s DHCP service --- */

static NetworkIp *
find_ip(const Job *job)
{
    const NetworkDef *def = job->def;
    if (job->index >= 0)
        return (size_t)job->index < def->n_ip ? def->ip[job->index] : NULL;
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkDhcp *dhcp = def->ip[i]->dhcp;
        if (dhcp && dhcp->n_range + dhcp->n_host > 0)
            return def->ip[i];
    }
    /* none has DHCP: the first of IPv4, which is the usual one to have it */
    for (size_t i = 0; i < def->n_ip; i++) {
        if (!same(def->ip[i]->family, "ipv6"))
            return def->ip[i];
    }
    return def->n_ip > 0 ? def->ip[0] : NULL;
}

static NetworkDhcp *
prepare_dhcp(Job *job)
{
    NetworkIp *ip = find_ip(job);
    if (!ip) {
        if (job->index >= 0)
            FAIL(VIR_ERR_OPERATION_INVALID,
                 "couldn't update dhcp host entry - no <ip> element found at index %d in network '%s'", job->index,
                 job->def->name);
        else
            FAIL(VIR_ERR_OPERATION_INVALID, "couldn't update dhcp host entry - no <ip> element found in network '%s'",
                 job->def->name);
        return NULL;
    }
    if (!ip->dhcp)
        ip->dhcp = network_dhcp_new();
    return ip->dhcp;
}

static int
prepare_host(Job *job)
{
    NetworkDhcp *dhcp = prepare_dhcp(job);
    if (!dhcp)
        return -1;
    job->items = (void **)&dhcp->host;
    job->count = &dhcp->n_host;
    return 0;
}

static void *
read_host(const Job *job)
{
    const char *network = job->def->name;
    g_autoptr(NetworkDhcpHost) host = network_dhcp_host_new();
    host->mac = g_strdup(vr_xml_attr(job->xml, "mac"));
    host->name = g_strdup(vr_xml_attr(job->xml, "name"));
    host->ip = g_strdup(vr_xml_attr(job->xml, "ip"));
    host->id = g_strdup(vr_xml_attr(job->xml, "id"));
    if (job->command == VIR_NETWORK_UPDATE_COMMAND_DELETE) {
        if (!host->mac && !host->name && !host->ip && !host->id) {
            FAIL(VIR_ERR_XML_ERROR, "name, mac or ip is needed to find a static host of network '%s'", network);
            return NULL;
        }
        return g_steal_pointer(&host);
    }
    const NetworkIp *ip = find_ip(job);
    if (!same(ip->family, "ipv6") && !host->mac && !host->name) {
        FAIL(VIR_ERR_XML_ERROR, "Static host definition in IPv4 network '%s' must have mac or name attribute", network);
        return NULL;
    }
    if (!host->ip && !same(ip->family, "ipv6")) {
        FAIL(VIR_ERR_XML_ERROR, "Missing IP address in static host definition for network '%s'", network);
        return NULL;
    }
    return vr_model_parse_node(&vr_desc_network_dhcp_host, job->xml, &part);
}

static bool
same_mac(const char *a, const char *b)
{
    return a && b && g_ascii_strcasecmp(a, b) == 0;
}

static bool
host_clashes(const void *have, const void *entry)
{
    const NetworkDhcpHost *a = have, *b = entry;
    return same_mac(a->mac, b->mac) || same(a->name, b->name) || same(a->id, b->id) || same(a->ip, b->ip);
}

/* Deleting names an entry by all that it gives, modifying by any of it. */
static bool
host_matches(const void *have, const void *entry)
{
    const NetworkDhcpHost *a = have, *b = entry;
    return (!b->mac || same_mac(a->mac, b->mac)) && wanted(a->name, b->name) && wanted(a->ip, b->ip) &&
           wanted(a->id, b->id);
}

static const char *
known(const char *text)
{
    return text ? text : "unknown";
}

static int
host_refuse_add(const Job *job, const void *entry)
{
    const NetworkDhcpHost *host = entry;
    return FAIL(VIR_ERR_OPERATION_INVALID,
                "there is an existing dhcp host entry in network '%s' that matches \"<host mac='%s' name='%s' ip='%s'/>\"",
                job->def->name, known(host->mac), known(host->name), known(host->ip));
}

static int
host_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    const NetworkDhcpHost *host = entry;
    if (job->command == VIR_NETWORK_UPDATE_COMMAND_MODIFY)
        return FAIL(VIR_ERR_OPERATION_INVALID,
                    "couldn't locate an existing dhcp host entry with \"mac='%s'\" \"name='%s'\" \"ip='%s'\" in network '%s'",
                    known(host->mac), known(host->name), known(host->ip), job->def->name);
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't locate a matching dhcp host entry in network '%s'", job->def->name);
}

static int
prepare_range(Job *job)
{
    NetworkDhcp *dhcp = prepare_dhcp(job);
    if (!dhcp)
        return -1;
    job->items = (void **)&dhcp->range;
    job->count = &dhcp->n_range;
    return 0;
}

/* Checked against its network by reading a document with this range alone, so that a wrong one is never compared. */
static void *
read_range(const Job *job)
{
    g_autoptr(NetworkDhcpRange) range = vr_model_parse_node(&vr_desc_network_dhcp_range, job->xml, &part);
    if (!range)
        return NULL;
    g_autoptr(NetworkDef) alone = network_def_copy(job->def);
    for (size_t i = 0; i < alone->n_ip; i++) {
        g_clear_pointer(&alone->ip[i]->dhcp, network_dhcp_free);
        if (job->def->ip[i] != find_ip(job))
            continue;
        alone->ip[i]->dhcp = network_dhcp_new();
        vr_model_list_add(&alone->ip[i]->dhcp->range, &alone->ip[i]->dhcp->n_range,
                          vr_model_copy(&vr_desc_network_dhcp_range, range));
    }
    g_autofree char *xml = network_def_format(alone, 0);
    g_autoptr(NetworkDef) checked = xml ? network_def_parse(xml, NULL) : NULL;
    return checked ? g_steal_pointer(&range) : NULL;
}

static bool
range_matches(const void *have, const void *entry)
{
    const NetworkDhcpRange *a = have, *b = entry;
    return same(a->start, b->start) && same(a->end, b->end);
}

static int
range_refuse_add(const Job *job, const void *entry)
{
    const NetworkDhcpRange *range = entry;
    return FAIL(VIR_ERR_OPERATION_INVALID,
                "there is an existing dhcp range entry in network '%s' that matches \"<range start='%s' end='%s'/>\"",
                job->def->name, range->start, range->end);
}

static int
range_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't locate a matching dhcp range entry in network '%s'", job->def->name);
}

/* --- forward interfaces --- */

static int
prepare_interface(Job *job)
{
    job->items = (void **)&job->def->forward.interface;
    job->count = &job->def->forward.n_interface;
    return 0;
}

static void *
read_interface(const Job *job)
{
    if (!vr_xml_attr(job->xml, "dev")) {
        FAIL(VIR_ERR_XML_ERROR, "missing dev attribute in <interface> element");
        return NULL;
    }
    return vr_model_parse_node(&vr_desc_network_forward_if, job->xml, &part);
}

static bool
interface_matches(const void *have, const void *entry)
{
    return same(((const NetworkForwardIf *)have)->dev, ((const NetworkForwardIf *)entry)->dev);
}

static int
interface_refuse_add(const Job *job, const void *entry)
{
    return FAIL(VIR_ERR_OPERATION_INVALID,
                "there is an existing interface entry in network '%s' that matches \"<interface dev='%s'>\"",
                job->def->name, ((const NetworkForwardIf *)entry)->dev);
}

static int
interface_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't find an interface entry in network '%s' matching <interface dev='%s'>",
                job->def->name, ((const NetworkForwardIf *)entry)->dev);
}

/* --- port groups --- */

static int
prepare_portgroup(Job *job)
{
    job->items = (void **)&job->def->portgroup;
    job->count = &job->def->n_portgroup;
    return 0;
}

static void *
read_portgroup(const Job *job)
{
    if (!vr_xml_attr(job->xml, "name")) {
        FAIL(VIR_ERR_XML_ERROR, "Missing required name attribute in portgroup");
        return NULL;
    }
    return vr_model_parse_node(&vr_desc_network_port_group, job->xml, &part);
}

static bool
portgroup_matches(const void *have, const void *entry)
{
    return same(((const NetworkPortGroup *)have)->name, ((const NetworkPortGroup *)entry)->name);
}

static int
portgroup_refuse_add(const Job *job, const void *entry)
{
    return FAIL(VIR_ERR_OPERATION_INVALID,
                "there is an existing portgroup entry in network '%s' that matches \"<portgroup name='%s'>\"",
                job->def->name, ((const NetworkPortGroup *)entry)->name);
}

static int
portgroup_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't find a portgroup entry in network '%s' matching <portgroup name='%s'>",
                job->def->name, ((const NetworkPortGroup *)entry)->name);
}

static int
portgroup_check(const Job *job, const void *entry)
{
    const NetworkPortGroup *group = entry;
    for (size_t i = 0; group->default_ && i < job->def->n_portgroup; i++) {
        const NetworkPortGroup *other = job->def->portgroup[i];
        if (other->default_ && !portgroup_matches(other, group))
            return FAIL(VIR_ERR_OPERATION_INVALID,
                        "a different portgroup entry in network '%s' is already set as the default. "
                        "Only one default is allowed.",
                        job->def->name);
    }
    return 0;
}

/* --- DNS records --- */

static NetworkDns *
dns(Job *job)
{
    if (!job->def->dns)
        job->def->dns = network_dns_new();
    return job->def->dns;
}

static int
prepare_dns_host(Job *job)
{
    job->items = (void **)&dns(job)->host;
    job->count = &dns(job)->n_host;
    return 0;
}

static int
prepare_dns_txt(Job *job)
{
    job->items = (void **)&dns(job)->txt;
    job->count = &dns(job)->n_txt;
    return 0;
}

static int
prepare_dns_srv(Job *job)
{
    job->items = (void **)&dns(job)->srv;
    job->count = &dns(job)->n_srv;
    return 0;
}

static void *
read_dns_host(const Job *job)
{
    bool partial = job->command == VIR_NETWORK_UPDATE_COMMAND_DELETE;
    const char *ip = vr_xml_attr(job->xml, "ip");
    g_autoptr(NetworkDnsHost) host = network_dns_host_new();
    host->ip = g_strdup(ip);
    for (const VrXmlNode *name = vr_xml_child(job->xml, "hostname"); name; name = vr_xml_next(name, "hostname")) {
        const char *text = vr_xml_text(name);
        if (!text)
            continue;
        host->hostname = g_renew(char *, host->hostname, host->n_hostname + 1);
        host->hostname[host->n_hostname++] = g_strdup(text);
    }
    const char *missing = partial ? (!ip && host->n_hostname == 0 ? "ip and hostname" : NULL)
                                  : (!ip ? "IP address" : host->n_hostname == 0 ? "hostname" : NULL);
    if (missing) {
        FAIL(VIR_ERR_XML_DETAIL, "Missing %s in network '%s' DNS HOST record", missing, job->def->name);
        return NULL;
    }
    if (!partial && !g_hostname_is_ip_address(ip)) {
        FAIL(VIR_ERR_XML_DETAIL, "Invalid IP address in network '%s' DNS HOST record", job->def->name);
        return NULL;
    }
    return g_steal_pointer(&host);
}

static bool
shares_name(const NetworkDnsHost *a, const NetworkDnsHost *b)
{
    for (size_t i = 0; i < a->n_hostname; i++) {
        for (size_t j = 0; j < b->n_hostname; j++) {
            if (same(a->hostname[i], b->hostname[j]))
                return true;
        }
    }
    return false;
}

static bool
dns_host_clashes(const void *have, const void *entry)
{
    const NetworkDnsHost *a = have, *b = entry;
    return same(a->ip, b->ip);
}

static bool
dns_host_matches(const void *have, const void *entry)
{
    const NetworkDnsHost *a = have, *b = entry;
    return same(a->ip, b->ip) || shares_name(a, b);
}

static int
dns_host_refuse_add(const Job *job, const void *entry)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "there is already at least one DNS HOST record with a matching field in network %s",
                job->def->name);
}

static int
dns_host_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    if (n_found > 1)
        return FAIL(VIR_ERR_OPERATION_INVALID, "multiple matching DNS HOST records were found in network %s", job->def->name);
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't locate a matching DNS HOST record in network %s", job->def->name);
}

static void *
read_dns_txt(const Job *job)
{
    const char *network = job->def->name, *name = vr_xml_attr(job->xml, "name"), *value = vr_xml_attr(job->xml, "value");
    if (!name) {
        FAIL(VIR_ERR_XML_DETAIL, "missing required name attribute in DNS TXT record of network %s", network);
        return NULL;
    }
    if (strpbrk(name, " ,")) {
        FAIL(VIR_ERR_XML_DETAIL, "prohibited character in DNS TXT record name '%s' of network %s", name, network);
        return NULL;
    }
    if (!value && job->command != VIR_NETWORK_UPDATE_COMMAND_DELETE) {
        FAIL(VIR_ERR_XML_DETAIL, "missing required value attribute in DNS TXT record named '%s' of network %s", name,
             network);
        return NULL;
    }
    NetworkDnsTxt *txt = network_dns_txt_new();
    txt->name = g_strdup(name);
    txt->value = g_strdup(value);
    return txt;
}

static bool
dns_txt_clashes(const void *have, const void *entry)
{
    return same(((const NetworkDnsTxt *)have)->name, ((const NetworkDnsTxt *)entry)->name);
}

static int
dns_txt_refuse_add(const Job *job, const void *entry)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "there is already a DNS TXT record with name '%s' in network %s",
                ((const NetworkDnsTxt *)entry)->name, job->def->name);
}

static int
dns_txt_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't locate a matching DNS TXT record in network %s", job->def->name);
}

static void *
read_dns_srv(const Job *job)
{
    const char *service = vr_xml_attr(job->xml, "service"), *protocol = vr_xml_attr(job->xml, "protocol");
    if (job->command == VIR_NETWORK_UPDATE_COMMAND_DELETE) {
        NetworkDnsSrv *srv = network_dns_srv_new();
        srv->service = g_strdup(service);
        srv->protocol = g_strdup(protocol);
        srv->domain = g_strdup(vr_xml_attr(job->xml, "domain"));
        srv->target = g_strdup(vr_xml_attr(job->xml, "target"));
        return srv;
    }
    if (!service) {
        FAIL(VIR_ERR_XML_DETAIL, "missing required service attribute in DNS SRV record of network '%s'", job->def->name);
        return NULL;
    }
    if (!protocol) {
        FAIL(VIR_ERR_XML_DETAIL, "missing required protocol attribute in DNS SRV record '%s' of network '%s'", service,
             job->def->name);
        return NULL;
    }
    return vr_model_parse_node(&vr_desc_network_dns_srv, job->xml, &part);
}

static bool
dns_srv_matches(const void *have, const void *entry)
{
    const NetworkDnsSrv *a = have, *b = entry;
    return wanted(a->service, b->service) && wanted(a->protocol, b->protocol) && wanted(a->domain, b->domain) &&
           wanted(a->target, b->target) && (!b->port || a->port == b->port) &&
           (!b->priority || a->priority == b->priority) && (!b->weight || a->weight == b->weight);
}

static int
dns_srv_refuse_add(const Job *job, const void *entry)
{
    return FAIL(VIR_ERR_OPERATION_INVALID,
                "there is already at least one DNS SRV record matching all specified fields in network %s", job->def->name);
}

static int
dns_srv_refuse_find(const Job *job, const void *entry, size_t n_found)
{
    if (n_found > 1)
        return FAIL(VIR_ERR_OPERATION_INVALID,
                    "multiple DNS SRV records matching all specified fields were found in network %s", job->def->name);
    return FAIL(VIR_ERR_OPERATION_INVALID, "couldn't locate a matching DNS SRV record in network %s", job->def->name);
}

static const Section sections[] = {
    [VIR_NETWORK_SECTION_BRIDGE] = {.name = "bridge"},
    [VIR_NETWORK_SECTION_DOMAIN] = {.name = "domain"},
    [VIR_NETWORK_SECTION_IP] = {.name = "ip"},
    [VIR_NETWORK_SECTION_IP_DHCP_HOST] = {"dhcp host", "host", NULL, false, prepare_host, &vr_desc_network_dhcp_host,
                                          read_host, host_clashes, host_matches, host_refuse_add, host_refuse_find},
    [VIR_NETWORK_SECTION_IP_DHCP_RANGE] = {"dhcp range", "range", "dhcp ranges", false, prepare_range,
                                           &vr_desc_network_dhcp_range, read_range, range_matches, range_matches,
                                           range_refuse_add, range_refuse_find},
    [VIR_NETWORK_SECTION_FORWARD] = {.name = "forward"},
    [VIR_NETWORK_SECTION_FORWARD_INTERFACE] = {"forward interface", "interface", "forward interface entries", false,
                                               prepare_interface, &vr_desc_network_forward_if, read_interface,
                                               interface_matches, interface_matches, interface_refuse_add,
                                               interface_refuse_find},
    [VIR_NETWORK_SECTION_FORWARD_PF] = {.name = "forward pf"},
    [VIR_NETWORK_SECTION_PORTGROUP] = {"portgroup", "portgroup", NULL, false, prepare_portgroup,
                                       &vr_desc_network_port_group, read_portgroup, portgroup_matches, portgroup_matches,
                                       portgroup_refuse_add, portgroup_refuse_find, portgroup_check},
    [VIR_NETWORK_SECTION_DNS_HOST] = {"dns host", "host", "DNS HOST records", true, prepare_dns_host,
                                      &vr_desc_network_dns_host, read_dns_host, dns_host_clashes, dns_host_matches,
                                      dns_host_refuse_add, dns_host_refuse_find},
    [VIR_NETWORK_SECTION_DNS_TXT] = {"dns txt", "txt", "DNS TXT records", true, prepare_dns_txt, &vr_desc_network_dns_txt,
                                     read_dns_txt, dns_txt_clashes, dns_txt_clashes, dns_txt_refuse_add,
                                     dns_txt_refuse_find},
    [VIR_NETWORK_SECTION_DNS_SRV] = {"dns srv", "srv", "DNS SRV records", true, prepare_dns_srv, &vr_desc_network_dns_srv,
                                     read_dns_srv, dns_srv_matches, dns_srv_matches, dns_srv_refuse_add,
                                     dns_srv_refuse_find},
};

static size_t
count(const Job *job, bool (*test)(const void *have, const void *entry), const void *entry, size_t *ret_last)
{
    void **items = *(void ***)job->items;
    size_t n = 0;
    for (size_t i = 0; i < *job->count; i++) {
        if (!test(items[i], entry))
            continue;
        n++;
        *ret_last = i;
    }
    return n;
}

/* Take ENTRY into the list or use it to find the one to change. */
static int
apply(const Section *section, Job *job, void **entry)
{
    bool modify = job->command == VIR_NETWORK_UPDATE_COMMAND_MODIFY;
    bool add = job->command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST || job->command == VIR_NETWORK_UPDATE_COMMAND_ADD_LAST;
    size_t at = 0;

    if (!modify && !add && job->command != VIR_NETWORK_UPDATE_COMMAND_DELETE)
        return FAIL(VIR_ERR_OPERATION_UNSUPPORTED, "unrecognized network update command code %u", job->command);
    if (add) {
        if (count(job, section->clashes, *entry, &at) > 0)
            return section->refuse_add(job, *entry);
        at = job->command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST ? 0 : *job->count;
    } else {
        size_t n = count(job, modify ? section->clashes : section->matches, *entry, &at);
        if (n == 0 || (n > 1 && section->no_modify))
            return section->refuse_find(job, *entry, n);
    }
    if ((add || modify) && section->check && section->check(job, *entry) < 0)
        return -1;
    if (!add)
        vr_model_free(section->desc, vr_model_list_take(job->items, job->count, at));
    if (add || modify)
        vr_model_list_insert(job->items, job->count, at, g_steal_pointer(entry));
    return 0;
}

static int
refuse_modify(const Section *section)
{
    return FAIL(VIR_ERR_OPERATION_UNSUPPORTED, "%s cannot be modified, only added or deleted", section->no_modify);
}

int
vr_network_def_update(NetworkDef *def, const VrNetworkUpdate *update)
{
    const Section *section = update->section < G_N_ELEMENTS(sections) ? &sections[update->section] : &sections[0];
    if (!section->name)
        return FAIL(VIR_ERR_OPERATION_UNSUPPORTED, "can't update unrecognized section of network");
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_NETWORK, update->xml, "network_update_xml");
    if (!tree)
        return -1;
    if (!section->element)
        return FAIL(VIR_ERR_OPERATION_UNSUPPORTED, "can't update '%s' section of network '%s'", section->name, def->name);
    Job job = {.def = def, .command = update->command, .index = update->index, .xml = vr_xml_root(tree)};
    bool modify = job.command == VIR_NETWORK_UPDATE_COMMAND_MODIFY && section->no_modify;
    if (modify && section->modify_first)
        return refuse_modify(section);
    if (strcmp(job.xml->name, section->element) != 0)
        return FAIL(VIR_ERR_XML_ERROR, "unexpected element <%s>, expecting <%s>, while updating network '%s'",
                    job.xml->name, section->element, def->name);
    if (section->prepare(&job) < 0)
        return -1;
    if (modify)
        return refuse_modify(section);
    void *entry = section->read(&job);
    if (!entry)
        return -1;
    int ret = apply(section, &job, &entry);
    vr_model_free(section->desc, entry);
    return ret;
}
