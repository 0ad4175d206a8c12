/* What the API costs: each operation many times on test:///default, nanoseconds each.
 *
 * Uses the public API only: the same program runs on any libvirt (bench/run does both in one go).
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static virConnectPtr conn;
static virDomainPtr dom;

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, virGetLastErrorMessage());
    exit(1);
}

static void
bench_open(int i)
{
    /* The second connection shares the first one's node: what a client pays for each further open. */
    virConnectPtr c = virConnectOpen("test:///default");
    if (!c)
        die("open");
    virConnectClose(c);
}

static void
bench_define(int i)
{
    virDomainPtr d = virDomainDefineXML(conn, "<domain type='test'><name>bench</name><memory>1024</memory>"
                                              "<os><type>hvm</type></os></domain>");
    if (!d || virDomainUndefine(d) < 0)
        die("define");
    virDomainFree(d);
}

static void
bench_lookup(int i)
{
    virDomainPtr d = virDomainLookupByName(conn, "test");
    if (!d)
        die("lookup");
    virDomainFree(d);
}

static void
bench_list(int i)
{
    virDomainPtr *all;
    int n = virConnectListAllDomains(conn, &all, 0);
    if (n < 1)
        die("list");
    for (int k = 0; k < n; k++)
        virDomainFree(all[k]);
    free(all);
}

static void
bench_info(int i)
{
    virDomainInfo info;
    if (virDomainGetInfo(dom, &info) < 0)
        die("info");
}

static void
bench_xml(int i)
{
    char *xml = virDomainGetXMLDesc(dom, 0);
    if (!xml)
        die("xml");
    free(xml);
}

static int seen;

static int
on_event(virConnectPtr c, virDomainPtr d, int event, int detail, void *opaque)
{
    seen++;
    return 0;
}

static void
bench_event(int i)
{
    if ((i & 1 ? virDomainResume(dom) : virDomainSuspend(dom)) < 0)
        die("suspend");
    int before = seen;
    while (seen == before)
        virEventRunDefaultImpl();
}

static void
measure(const char *name, void (*run)(int i), int rounds)
{
    double best = 1e18;
    for (int part = 0; part < 5; part++) {
        double begun = now();
        for (int i = 0; i < rounds; i++)
            run(i);
        double each = (now() - begun) / rounds;
        best = each < best ? each : best;
    }
    printf("%s %.0f\n", name, best);
}

static void
quiet(void *data, virErrorPtr error)
{
}

int
main(int argc, char **argv)
{
    /* A first open in a fresh process: loading, building the node, everything. */
    double begun = now();
    virSetErrorFunc(NULL, quiet);
    virEventRegisterDefaultImpl();
    conn = virConnectOpen("test:///default");
    if (!conn)
        die("open");
    printf("first-open %.0f\n", now() - begun);
    if (argc > 1 && strcmp(argv[1], "first") == 0)
        return 0;
    dom = virDomainLookupByName(conn, "test");
    if (!dom)
        die("lookup");
    measure("open", bench_open, 200);
    measure("define", bench_define, 500);
    measure("lookup", bench_lookup, 20000);
    measure("list", bench_list, 10000);
    measure("info", bench_info, 20000);
    measure("xml", bench_xml, 5000);
    if (virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_event), NULL,
                                         NULL) < 0)
        die("events");
    measure("event", bench_event, 5000);
    return 0;
}
