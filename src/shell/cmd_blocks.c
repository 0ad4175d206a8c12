/* A domain's disks and interfaces: lists, sizes, traffic, addresses. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/element.h"
#include "shell/report.h"

static Element *
devices_of(Shell *sh, const Args *args, virDomainPtr *ret_dom)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    unsigned int flags = args_flags(args);
    if (!dom)
        return NULL;
    if (virDomainIsActive(dom) == 0)
        flags |= VIR_DOMAIN_XML_INACTIVE;
    g_autofree char *xml = virDomainGetXMLDesc(dom, flags & VIR_DOMAIN_XML_INACTIVE);
    Element *doc = xml ? element_parse(xml) : NULL;
    if (doc && ret_dom)
        *ret_dom = g_steal_pointer(&dom);
    return doc;
}

/* What a disk's source is called: a path, a volume, an image's name. */
static const char *
source_of(const Element *disk)
{
    static const char *const names[] = {"file", "dev", "dir", "name", "volume"};
    const Element *source = element_at(disk, "source");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = element_attr(source, names[i]);
        if (value)
            return value;
    }
    return NULL;
}

gboolean
run_domblklist(Shell *sh, const Args *args)
{
    static const Column brief[] = {{"target", "Target"}, {"source", "Source"}, {NULL}};
    static const Column whole[] = {{"type", "Type"}, {"device", "Device"}, {"target", "Target"}, {"source", "Source"}, {NULL}};
    g_autoptr(Element) doc = devices_of(sh, args, NULL);
    gboolean details = args_flag(args, "details");
    if (!doc)
        return FALSE;
    g_autoptr(Report) report = report_list(details ? whole : brief);
    const Element *devices = element_at(doc, "devices");
    for (const Element *e = NULL; (e = element_next(devices, e, "disk"));) {
        const char *target = element_attr_at(e, "target", "dev");
        report_row(report);
        if (details) {
            put_text(report, NULL, NULL, element_attr(e, "type"));
            put_text(report, NULL, NULL, element_attr(e, "device"));
        }
        put_text(report, NULL, NULL, target);
        put_text(report, NULL, NULL, source_of(e));
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_domiflist(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"interface", "Interface"}, {"type", "Type"}, {"source", "Source"}, {"model", "Model"},
                                     {"mac", "MAC"}, {NULL}};
    static const char *const sources[] = {"network", "bridge", "dev", "path", "name", "address"};
    g_autoptr(Element) doc = devices_of(sh, args, NULL);
    if (!doc)
        return FALSE;
    g_autoptr(Report) report = report_list(columns);
    const Element *devices = element_at(doc, "devices");
    for (const Element *e = NULL; (e = element_next(devices, e, "interface"));) {
        const char *type = element_attr(e, "type"), *source = element_attr_at(e, "source", type);
        for (gsize i = 0; !source && i < G_N_ELEMENTS(sources); i++)
            source = element_attr_at(e, "source", sources[i]);
        report_row(report);
        put_text(report, NULL, NULL, element_attr_at(e, "target", "dev"));
        put_text(report, NULL, NULL, type);
        put_text(report, NULL, NULL, source);
        put_text(report, NULL, NULL, element_attr_at(e, "model", "type"));
        put_text(report, NULL, NULL, element_attr_at(e, "mac", "address"));
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

static void
put_block_size(Report *report, const char *key, const char *label, unsigned long long bytes, gboolean human)
{
    g_autofree char *text = human ? shell_size_text(bytes) : NULL;
    if (human)
        put_number(report, key, label, (long long)bytes, "%s", text);
    else
        put_number(report, key, label, (long long)bytes, "%llu", bytes);
}

static gboolean
all_block_info(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"target", "Target"}, {"capacity", "Capacity"}, {"allocation", "Allocation"},
                                     {"physical", "Physical"}, {NULL}};
    g_autoptr(virDomain) dom = NULL;
    g_autoptr(Element) doc = devices_of(sh, args, &dom);
    gboolean human = args_flag(args, "human"), active = doc && virDomainIsActive(dom) == 1;
    if (!doc)
        return FALSE;
    g_autoptr(Report) report = report_list(columns);
    const Element *devices = element_at(doc, "devices");
    for (const Element *e = NULL; (e = element_next(devices, e, "disk"));) {
        const char *target = element_attr_at(e, "target", "dev"), *protocol = element_attr_at(e, "source", "protocol");
        virDomainBlockInfo info = {0};
        gboolean known = virDomainGetBlockInfo(dom, target, &info, 0) == 0;
        /* A drive without a disk, and images over the network of a guest that is off, have no sizes. */
        if (!known && (!source_of(e) || (protocol && !active)))
            virResetLastError();
        else if (!known)
            return FALSE;
        const unsigned long long sizes[] = {info.capacity, info.allocation, info.physical};
        report_row(report);
        put_text(report, NULL, NULL, target);
        for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
            if (known)
                put_block_size(report, NULL, NULL, sizes[i], human);
            else
                put_nothing(report, NULL, NULL, "-");
        }
    }
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_domblkinfo(Shell *sh, const Args *args)
{
    const char *device = args_string(args, "device");
    if (args_flag(args, "all"))
        return all_block_info(sh, args);
    if (!device) {
        shell_error(sh, "%s", "command 'domblkinfo' requires <device> option");
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    virDomainBlockInfo info;
    if (!dom || virDomainGetBlockInfo(dom, device, &info, 0) < 0)
        return FALSE;
    gboolean human = args_flag(args, "human");
    g_autoptr(Report) report = report_one(16);
    put_block_size(report, "capacity", "Capacity:", info.capacity, human);
    put_block_size(report, "allocation", "Allocation:", info.allocation, human);
    put_block_size(report, "physical", "Physical:", info.physical, human);
    report_print(sh, report, TRUE);
    return TRUE;
}

/* A counter's names: in the API, in short, in words. */
typedef struct {
    const char *field, *brief, *words;
} Counter;

static const Counter disk_counters[] = {
    {VIR_DOMAIN_BLOCK_STATS_READ_REQ, "rd_req", "number of read operations:"},
    {VIR_DOMAIN_BLOCK_STATS_READ_BYTES, "rd_bytes", "number of bytes read:"},
    {VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, "wr_req", "number of write operations:"},
    {VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, "wr_bytes", "number of bytes written:"},
    {VIR_DOMAIN_BLOCK_STATS_ERRS, "errs", "error count:"},
    {VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ, "flush_operations", "number of flush operations:"},
    {VIR_DOMAIN_BLOCK_STATS_READ_TOTAL_TIMES, "rd_total_times", "total duration of reads (ns):"},
    {VIR_DOMAIN_BLOCK_STATS_WRITE_TOTAL_TIMES, "wr_total_times", "total duration of writes (ns):"},
    {VIR_DOMAIN_BLOCK_STATS_FLUSH_TOTAL_TIMES, "flush_total_times", "total duration of flushes (ns):"},
};

static void
print_counter(Shell *sh, const char *device, const Counter *counter, long long value, gboolean human)
{
    if (value == -1)
        return; /* the driver does not count it */
    if (human)
        shell_print(sh, " %-31s %lld\n", counter->words, value);
    else
        shell_print(sh, "%s %s %lld\n", device, counter->brief, value);
}

gboolean
run_domblkstat(Shell *sh, const Args *args)
{
    const char *name, *device = args_string(args, "device");
    gboolean human = args_flag(args, "human");
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom)
        return FALSE;
    if (!device)
        device = "";
    int n = 0;
    if (virDomainBlockStatsFlags(dom, device, NULL, &n, 0) < 0) {
        virDomainBlockStatsStruct stats;
        if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT)
            return shell_outcome(sh, FALSE, NULL, "Failed to get block stats for domain '%t'", NULL, name);
        virResetLastError();
        if (virDomainBlockStats(dom, device, &stats, sizeof(stats)) < 0)
            return shell_outcome(sh, FALSE, NULL, "Failed to get block stats for domain '%t'", NULL, name);
        const long long values[] = {stats.rd_req, stats.rd_bytes, stats.wr_req, stats.wr_bytes, stats.errs};
        if (human)
            shell_print(sh, "Device: %s\n", device);
        for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
            print_counter(sh, device, &disk_counters[i], values[i], human);
        return TRUE;
    }
    g_autofree virTypedParameterPtr params = g_new0(virTypedParameter, (gsize)n + 1);
    if (virDomainBlockStatsFlags(dom, device, params, &n, 0) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to get block stats for domain '%t'", NULL, name);
    if (human)
        shell_print(sh, "Device: %s\n", device);
    for (gsize i = 0; i < G_N_ELEMENTS(disk_counters); i++) {
        long long value;
        if (virTypedParamsGetLLong(params, n, disk_counters[i].field, &value) == 1)
            print_counter(sh, device, &disk_counters[i], value, human);
    }
    for (int p = 0; p < n; p++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(disk_counters) && strcmp(disk_counters[i].field, params[p].field) != 0)
            i++;
        if (i == G_N_ELEMENTS(disk_counters) && params[p].type == VIR_TYPED_PARAM_LLONG)
            shell_print(sh, "%s %s %lld\n", device, params[p].field, params[p].value.l);
    }
    return TRUE;
}

gboolean
run_domifstat(Shell *sh, const Args *args)
{
    const char *name, *device = args_string(args, "interface");
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    virDomainInterfaceStatsStruct stats;
    if (!dom)
        return FALSE;
    if (virDomainInterfaceStats(dom, device, &stats, sizeof(stats)) < 0) {
        g_autofree char *fails = g_strdup_printf("Failed to get interface stats %%t %s", device);
        return shell_outcome(sh, FALSE, NULL, fails, NULL, name);
    }
    const struct {
        const char *name;
        long long value;
    } counters[] = {
        {"rx_bytes", stats.rx_bytes}, {"rx_packets", stats.rx_packets}, {"rx_errs", stats.rx_errs}, {"rx_drop", stats.rx_drop},
        {"tx_bytes", stats.tx_bytes}, {"tx_packets", stats.tx_packets}, {"tx_errs", stats.tx_errs}, {"tx_drop", stats.tx_drop},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(counters); i++) {
        if (counters[i].value != -1)
            shell_print(sh, "%s %s %lld\n", device, counters[i].name, counters[i].value);
    }
    return TRUE;
}

gboolean
run_domifaddr(Shell *sh, const Args *args)
{
    static const char *const sources[] = {"lease", "agent", "arp"};
    const char *only = args_string(args, "interface"), *text = args_string(args, "source");
    gboolean full = args_flag(args, "full");
    unsigned int source = 0;
    while (text && source < G_N_ELEMENTS(sources) && strcmp(sources[source], text) != 0)
        source++;
    if (source == G_N_ELEMENTS(sources)) {
        shell_error(sh, "Unknown data source '%s'", text);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    virDomainInterfacePtr *ifaces = NULL;
    if (!dom)
        return FALSE;
    int n = virDomainInterfaceAddresses(dom, &ifaces, source, 0);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to query for interfaces addresses", NULL, NULL);
    shell_note(sh, " %-10s %-20s %-8s     %s\n%s\n", "Name", "MAC address", "Protocol", "Address",
               "-------------------------------------------------------------------------------");
    for (int i = 0; i < n; i++) {
        const virDomainInterface *iface = ifaces[i];
        if (only && strcmp(iface->name, only) != 0)
            continue;
        const char *mac = iface->hwaddr ? iface->hwaddr : "";
        if (iface->naddrs == 0)
            shell_print(sh, " %-10s %-17s    %s          %s\n", iface->name, mac, "N/A", "N/A");
        for (unsigned int j = 0; j < iface->naddrs; j++) {
            const virDomainIPAddress *address = &iface->addrs[j];
            gboolean named = full || j == 0;
            shell_print(sh, " %-10s %-17s    %-4s         %s/%u\n", named ? iface->name : "-", named ? mac : "-",
                        address->type == VIR_IP_ADDR_TYPE_IPV4 ? "ipv4" : "ipv6", address->addr, address->prefix);
        }
    }
    for (int i = 0; i < n; i++)
        virDomainInterfaceFree(ifaces[i]);
    free(ifaces);
    return TRUE;
}
