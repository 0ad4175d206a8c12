/* The network document's name server: forwarders and records.
 *
 * Called from network.c while a network is read.
 */
#include <string.h>

#include "base/error.h"
#include "model/network_rules.h"

#define FAIL(code, ...) vr_error(VIR_FROM_NETWORK, code, __VA_ARGS__)

static int
check_txt(const char *network, const NetworkDnsTxt *txt)
{
    if (!txt->name)
        return FAIL(VIR_ERR_XML_DETAIL, "missing required name attribute in DNS TXT record of network %s", network);
    if (strpbrk(txt->name, " ,"))
        return FAIL(VIR_ERR_XML_DETAIL, "prohibited character in DNS TXT record name '%s' of network %s", txt->name,
                    network);
    if (!txt->value)
        return FAIL(VIR_ERR_XML_DETAIL, "missing required value attribute in DNS TXT record named '%s' of network %s",
                    txt->name, network);
    return 0;
}

static int
check_srv(const char *network, const NetworkDnsSrv *srv)
{
    if (!srv->service)
        return FAIL(VIR_ERR_XML_DETAIL, "missing required service attribute in DNS SRV record of network '%s'", network);
    if (!srv->protocol)
        return FAIL(VIR_ERR_XML_DETAIL, "missing required protocol attribute in DNS SRV record '%s' of network '%s'",
                    srv->service, network);
    if (!srv->target && (srv->has_port || srv->priority || srv->weight))
        return FAIL(VIR_ERR_XML_DETAIL,
                    "DNS SRV %s attribute not permitted without target for service '%s' in network '%s'",
                    srv->has_port ? "port" : srv->priority ? "priority" : "weight", srv->service, network);
    const char *wrong = srv->has_port && (srv->port == 0 || srv->port > 65535) ? "port"
                        : srv->priority > 65535                                ? "priority"
                        : srv->weight > 65535                                  ? "weight"
                                                                               : NULL;
    if (wrong)
        return FAIL(VIR_ERR_XML_DETAIL, "invalid DNS SRV %s attribute for service '%s' in network '%s'", wrong,
                    srv->service, network);
    return 0;
}

static int
check_host(const char *network, const NetworkDnsHost *host)
{
    if (!host->ip)
        return FAIL(VIR_ERR_XML_DETAIL, "Missing IP address in network '%s' DNS HOST record", network);
    if (host->n_hostname == 0)
        return FAIL(VIR_ERR_XML_DETAIL, "Missing hostname in network '%s' DNS HOST record", network);
    return 0;
}

int
network_check_dns(const NetworkDef *def)
{
    const NetworkDns *dns = def->dns;
    if (!dns)
        return 0;
    for (size_t i = 0; i < dns->n_forwarder; i++) {
        if (!dns->forwarder[i]->addr && !dns->forwarder[i]->domain)
            return FAIL(VIR_ERR_XML_ERROR, "Invalid forwarder element, must contain at least one of addr or domain");
    }
    for (size_t i = 0; i < dns->n_txt; i++) {
        if (check_txt(def->name, dns->txt[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < dns->n_srv; i++) {
        if (check_srv(def->name, dns->srv[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < dns->n_host; i++) {
        if (check_host(def->name, dns->host[i]) < 0)
            return -1;
    }
    if (dns->enable == YES_NO_NO && dns->n_forwarder + dns->n_txt + dns->n_srv + dns->n_host > 0)
        return FAIL(VIR_ERR_XML_ERROR, "Extra data in disabled network '%s'", def->name);
    return 0;
}
