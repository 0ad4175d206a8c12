/* What documents cost: definitions parsed, printed and kept, through the public API on the test driver.
 *
 * usage: bench-documents FOLDER     every FOLDER/NAME.in.xml that is a domain which the library accepts
 */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 10
#define KEPT 5000 /* definitions whose memory is looked at */

static double
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
ignore(void *opaque, virErrorPtr error)
{
}

static GPtrArray *
accepted(virConnectPtr conn, const char *folder)
{
    GPtrArray *documents = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        char *text = NULL;
        if (!g_str_has_suffix(name, ".in.xml") || !g_file_get_contents(path, &text, NULL, NULL))
            continue;
        virDomainPtr dom = virDomainDefineXML(conn, text);
        if (!dom) {
            g_free(text);
            continue;
        }
        virDomainUndefineFlags(dom, VIR_DOMAIN_UNDEFINE_NVRAM);
        virDomainFree(dom);
        g_ptr_array_add(documents, text);
    }
    return documents;
}

typedef struct {
    double parse, format, again;
} Costs;

static void
pass(virConnectPtr conn, GPtrArray *documents, Costs *costs)
{
    for (guint i = 0; i < documents->len; i++) {
        double begun = now_ns();
        virDomainPtr dom = virDomainDefineXML(conn, documents->pdata[i]);
        double parsed = now_ns();
        char *xml = dom ? virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE) : NULL;
        double printed = now_ns();
        free(xml);
        xml = dom ? virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE) : NULL;
        double reprinted = now_ns();
        free(xml);
        costs->parse += parsed - begun;
        costs->format += printed - parsed;
        costs->again += reprinted - printed;
        if (dom)
            virDomainUndefineFlags(dom, VIR_DOMAIN_UNDEFINE_NVRAM);
        virDomainFree(dom);
    }
}

/* Bytes that malloc has given out. */
static double
taken(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Define DOCUMENT as a guest of its own, NUMBER; whether that went well. */
static bool
keep(virConnectPtr conn, const char *document, unsigned number)
{
    const char *name = strstr(document, "<name>"), *end = name ? strstr(name, "</name>") : NULL;
    const char *uuid = end ? strstr(end, "<uuid>") : NULL, *uuid_end = uuid ? strstr(uuid, "</uuid>") : NULL;
    if (!end)
        return false;
    g_autofree char *own = uuid_end ? g_strdup_printf("%.*s<name>kept-%u%.*s%s", (int)(name - document), document, number,
                                                      (int)(uuid - end), end, uuid_end + strlen("</uuid>"))
                                    : g_strdup_printf("%.*s<name>kept-%u%s", (int)(name - document), document, number, end);
    virDomainPtr dom = virDomainDefineXML(conn, own);
    virDomainFree(dom);
    return dom != NULL;
}

/* Bytes of memory for each of many definitions that are kept. */
static double
kept(virConnectPtr conn, GPtrArray *documents)
{
    unsigned n = 0;
    double before = taken();
    for (unsigned i = 0; i < KEPT; i++)
        n += keep(conn, documents->pdata[i % documents->len], i);
    return n ? (taken() - before) / n : 0;
}

int
main(int argc, char **argv)
{
    virSetErrorFunc(NULL, ignore);
    virConnectPtr conn = virConnectOpen("test:///default");
    if (!conn || argc != 2)
        return 2;
    g_autoptr(GPtrArray) documents = accepted(conn, argv[1]);
    if (!documents->len)
        return 1;
    Costs best = {1e18, 1e18, 1e18};
    for (int i = 0; i < ROUNDS; i++) {
        Costs costs = {0};
        pass(conn, documents, &costs);
        best.parse = MIN(best.parse, costs.parse);
        best.format = MIN(best.format, costs.format);
        best.again = MIN(best.again, costs.again);
    }
    printf("documents %u\nparse %.0f\nformat %.0f\nboth %.0f\nformat-again %.0f\n", documents->len, best.parse / documents->len,
           best.format / documents->len, (best.parse + best.format) / documents->len, best.again / documents->len);
    printf("kept %.0f\n", kept(conn, documents));
    virConnectClose(conn);
    return 0;
}
