/* What dnsmasq is told about a network: its configuration, its fixed hosts, its further names.
 *
 * Pure text from a definition; service.c writes it and runs the program.
 */
#include <string.h>

#include "drivers/network/network.h"

bool
network_wants_dnsmasq(const NetworkDef *def)
{
    if (!network_has_own_bridge(def) || def->n_ip == 0)
        return false;
    if (!def->dns || def->dns->enable != YES_NO_NO)
        return true;
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkDhcp *dhcp = def->ip[i]->dhcp;
        if ((dhcp && dhcp->n_range + dhcp->n_host > 0) || def->ip[i]->tftp_root)
            return true;
    }
    return false;
}

static const char warning[] = "##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                              "##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:\n"
                              "##    virsh net-edit %s\n"
                              "## or other application using the libvirt API.\n"
                              "##\n## dnsmasq conf file created by libvirt\n";

static void
put_forwarders(GString *conf, const NetworkDns *dns)
{
    bool general = false;
    for (size_t i = 0; i < dns->n_forwarder; i++) {
        const NetworkDnsForwarder *f = dns->forwarder[i];
        general |= !f->domain;
        g_string_append(conf, "server=");
        if (f->domain)
            g_string_append_printf(conf, "/%s/", f->domain);
        g_string_append_printf(conf, "%s\n", f->addr ? f->addr : f->domain ? "#" : "");
    }
    if (general)
        g_string_append(conf, "no-resolv\n");
}

/* "local=/122.168.192.in-addr.arpa/": reverse names of the network's own addresses stay here. */
static int
put_local_ptr(GString *conf, const NetworkAddress *address)
{
    unsigned step = address->ip.size == 4 ? 8 : 4;
    if (address->prefix == 0 || address->prefix % step != 0 || address->prefix == address->ip.size * 8)
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED,
                        "PTR domain for IPv%d network with prefix %u cannot be automatically created",
                        address->ip.size == 4 ? 4 : 6, address->prefix);
    g_string_append(conf, "local=/");
    for (int i = (int)(address->prefix / step) - 1; i >= 0; i--) {
        if (step == 8)
            g_string_append_printf(conf, "%u.", address->ip.bytes[i]);
        else
            g_string_append_printf(conf, "%x.", address->ip.bytes[i / 2] >> (i % 2 ? 0 : 4) & 15);
    }
    g_string_append(conf, step == 8 ? "in-addr.arpa/\n" : "ip6.arpa/\n");
    return 0;
}

static void
put_records(GString *conf, const NetworkDns *dns)
{
    for (size_t i = 0; i < dns->n_txt; i++)
        g_string_append_printf(conf, "txt-record=%s,%s\n", dns->txt[i]->name, dns->txt[i]->value ? dns->txt[i]->value : "");
    for (size_t i = 0; i < dns->n_srv; i++) {
        const NetworkDnsSrv *srv = dns->srv[i];
        g_string_append_printf(conf, "srv-host=_%s._%s", srv->service, srv->protocol);
        if (srv->domain)
            g_string_append_printf(conf, ".%s", srv->domain);
        if (srv->target && strcmp(srv->target, ".") != 0) {
            g_string_append_printf(conf, ",%s", srv->target);
            if (srv->has_port || srv->priority || srv->weight)
                g_string_append_printf(conf, ",%u", srv->has_port ? srv->port : 1);
            if (srv->priority || srv->weight)
                g_string_append_printf(conf, ",%u", srv->priority);
            if (srv->weight)
                g_string_append_printf(conf, ",%u", srv->weight);
        }
        g_string_append_c(conf, '\n');
    }
}

static void
put_lease(GString *conf, const NetworkLease *lease)
{
    static const char units[] = {[NETWORK_LEASE_UNIT_SECONDS] = 's', [NETWORK_LEASE_UNIT_MINUTES] = 'm',
                                 [NETWORK_LEASE_UNIT_HOURS] = 'h'};
    if (!lease)
        return;
    if (lease->expiry == 0)
        g_string_append(conf, ",infinite");
    else
        g_string_append_printf(conf, ",%llu%c", lease->expiry, units[lease->unit]);
}

/* How many addresses a range has, as far as anybody counts. */
static unsigned
range_size(const NetworkDhcpRange *range)
{
    VrIp start, end;
    if (!vr_ip_read(range->start, &start) || !vr_ip_read(range->end, &end) || start.size != end.size)
        return 0;
    guint64 a = 0, b = 0;
    for (unsigned i = start.size == 4 ? 0 : 8; i < start.size; i++) {
        a = a << 8 | start.bytes[i];
        b = b << 8 | end.bytes[i];
    }
    return b < a ? 0 : (unsigned)MIN(b - a + 1, (guint64)65536);
}

static void
put_dhcp(GString *conf, const NetworkDhcp *dhcp, const NetworkAddress *address, unsigned *n_leases)
{
    g_autofree char *netmask = address->ip.size == 4 ? network_netmask_text(address->prefix)
                                                     : g_strdup_printf("%u", address->prefix);
    for (size_t i = 0; i < dhcp->n_range; i++) {
        const NetworkDhcpRange *range = dhcp->range[i];
        g_string_append_printf(conf, "dhcp-range=%s,%s,%s", range->start, range->end, netmask);
        put_lease(conf, range->lease);
        g_string_append_c(conf, '\n');
        *n_leases += range_size(range);
    }
    if (dhcp->n_range == 0 && dhcp->n_host > 0 && address->ip.size == 4)
        g_string_append_printf(conf, "dhcp-range=%s,static\n", address->text);
    else if (dhcp->n_range == 0 && dhcp->n_host > 0)
        g_string_append_printf(conf, "dhcp-range=%s,static,%u\n", address->text, address->prefix);
    if (address->ip.size != 4)
        return;
    g_string_append(conf, "dhcp-no-override\ndhcp-authoritative\n");
    if (dhcp->bootp_file) {
        g_string_append_printf(conf, "dhcp-boot=%s", dhcp->bootp_file);
        if (dhcp->bootp_server)
            g_string_append_printf(conf, ",,%s", dhcp->bootp_server);
        g_string_append_c(conf, '\n');
    }
}

static void
put_host(GString *hosts, const NetworkDhcpHost *host)
{
    VrIp ip;
    bool six = host->ip && vr_ip_read(host->ip, &ip) && ip.size == 16;
    if (six) {
        if (host->id)
            g_string_append_printf(hosts, "id:%s,", host->id);
        if (host->name)
            g_string_append_printf(hosts, "%s,", host->name);
        g_string_append_printf(hosts, "[%s]", host->ip);
    } else {
        const char *words[] = {host->mac, host->ip, host->name};
        const char *comma = "";
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
            if (!words[i])
                continue;
            g_string_append_printf(hosts, "%s%s", comma, words[i]);
            comma = ",";
        }
    }
    put_lease(hosts, host->lease);
    g_string_append_c(hosts, '\n');
}

/* The part about addresses; the files of its hosts. */
static int
put_addresses(GString *conf, GString *hosts, const NetworkDef *def, const char *lib)
{
    unsigned n_leases = 0;
    bool any = false;
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkIp *ip = def->ip[i];
        g_auto(NetworkAddress) address = {0};
        if (network_address(ip, &address) < 0)
            return -1;
        if (ip->tftp_root)
            g_string_append_printf(conf, "enable-tftp\ntftp-root=%s\n", ip->tftp_root);
        if (!ip->dhcp || ip->dhcp->n_range + ip->dhcp->n_host == 0)
            continue;
        any = true;
        put_dhcp(conf, ip->dhcp, &address, &n_leases);
        for (size_t j = 0; j < ip->dhcp->n_host; j++)
            put_host(hosts, ip->dhcp->host[j]);
    }
    if (n_leases > 0)
        g_string_append_printf(conf, "dhcp-lease-max=%u\n", n_leases);
    if (any)
        g_string_append_printf(conf, "dhcp-hostsfile=%s/%s.hostsfile\n", lib, def->name);
    return 0;
}

/* IPv6 routers announce themselves: with DHCP or, where there is none, for addresses that guests make up. */
static int
put_announcements(GString *conf, const NetworkDef *def)
{
    bool dhcp = false;
    for (size_t i = 0; i < def->n_ip; i++) {
        const NetworkDhcp *d = def->ip[i]->dhcp;
        dhcp |= g_strcmp0(def->ip[i]->family, "ipv6") == 0 && d && d->n_range + d->n_host > 0;
    }
    if (dhcp) {
        g_string_append(conf, "enable-ra\n");
        return 0;
    }
    for (size_t i = 0; i < def->n_ip; i++) {
        g_auto(NetworkAddress) address = {0};
        if (network_address(def->ip[i], &address) < 0)
            return -1;
        if (address.ip.size == 16)
            g_string_append_printf(conf, "dhcp-range=%s,ra-only\n", address.text);
    }
    return 0;
}

static int
put_names(GString *conf, const NetworkDef *def)
{
    const NetworkDns *dns = def->dns;
    g_string_append(conf, "strict-order\n");
    if (dns && dns->enable == YES_NO_NO)
        g_string_append(conf, "port=0\n");
    if (dns && dns->forward_plain_names == YES_NO_NO)
        g_string_append(conf, "domain-needed\nlocal=//\n");
    if (dns)
        put_forwarders(conf, dns);
    if (def->domain) {
        if (def->domain_local_only == YES_NO_YES)
            g_string_append_printf(conf, "local=/%s/\n", def->domain);
        g_string_append_printf(conf, "domain=%s\nexpand-hosts\n", def->domain);
    }
    for (size_t i = 0; i < def->n_ip; i++) {
        g_auto(NetworkAddress) address = {0};
        if (network_address(def->ip[i], &address) < 0 ||
            (def->ip[i]->local_ptr == YES_NO_YES && put_local_ptr(conf, &address) < 0))
            return -1;
    }
    return 0;
}

/* Definitions come from clients: none may slip in a line of its own. */
static int
check_lines(const NetworkDef *def, const void *object, const VrDesc *desc)
{
    g_autofree char *json = vr_model_json(desc, object, VR_MODEL_SECURE);
    if (!json || strstr(json, "\\n") || strstr(json, "\\r") || strstr(json, "\\u00"))
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, "network '%s' has a control character where it names hosts",
                        def->name);
    return 0;
}

static int
check_all_lines(const NetworkDef *def)
{
    if (def->dns && check_lines(def, def->dns, &vr_desc_network_dns) < 0)
        return -1;
    for (size_t i = 0; i < def->n_ip; i++) {
        if (check_lines(def, def->ip[i], &vr_desc_network_ip) < 0)
            return -1;
    }
    if (def->dnsmasq_options && check_lines(def, def->dnsmasq_options, &vr_desc_network_dnsmasq) < 0)
        return -1;
    if (def->domain && strpbrk(def->domain, "\n\r"))
        return vr_error(VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, "network '%s' has a line break in its domain", def->name);
    return 0;
}

int
network_dnsmasq_files(const VrInstance *instance, const NetworkDef *def, NetworkDnsmasqFiles *ret_files)
{
    const char *lib = network_driver(instance)->lib;
    g_autoptr(GString) conf = g_string_new(NULL), hosts = g_string_new(NULL), names = g_string_new(NULL);
    if (check_all_lines(def) < 0)
        return -1;
    g_string_append_printf(conf, warning, def->name);
    if (put_names(conf, def) < 0)
        return -1;
    g_string_append_printf(conf, "pid-file=%s/%s.pid\nexcept-interface=lo\nbind-dynamic\ninterface=%s\n", instance->state,
                           def->name, def->bridge.name);
    /* who leads nowhere is no router, and asks nobody */
    if (def->forward.mode == NETWORK_FORWARD_MODE_NONE)
        g_string_append(conf, "dhcp-option=3\nno-resolv\nra-param=*,0,0\n");
    if (def->dns)
        put_records(conf, def->dns);
    if (put_addresses(conf, hosts, def, lib) < 0)
        return -1;
    g_string_append_printf(conf, "addn-hosts=%s/%s.addnhosts\n", lib, def->name);
    if (def->mtu)
        g_string_append_printf(conf, "dhcp-option=option:mtu,%u\n", def->mtu);
    if (put_announcements(conf, def) < 0)
        return -1;
    for (size_t i = 0; def->dnsmasq_options && i < def->dnsmasq_options->n_dnsmasq_option; i++)
        g_string_append_printf(conf, "%s\n", def->dnsmasq_options->dnsmasq_option[i]->value);
    for (size_t i = 0; def->dns && i < def->dns->n_host; i++) {
        const NetworkDnsHost *host = def->dns->host[i];
        g_string_append_printf(names, "%s\t", host->ip);
        for (size_t j = 0; j < host->n_hostname; j++)
            g_string_append_printf(names, "%s\t", host->hostname[j]);
        g_string_append_c(names, '\n');
    }
    ret_files->conf = g_string_free(g_steal_pointer(&conf), FALSE);
    ret_files->hosts = g_string_free(g_steal_pointer(&hosts), FALSE);
    ret_files->addn_hosts = g_string_free(g_steal_pointer(&names), FALSE);
    return 0;
}

void
network_dnsmasq_files_clear(NetworkDnsmasqFiles *files)
{
    g_clear_pointer(&files->conf, g_free);
    g_clear_pointer(&files->hosts, g_free);
    g_clear_pointer(&files->addn_hosts, g_free);
}
