/* The engine's promises: bounds on hostile input, escaping, copies, differences, JSON, sets and sizes. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/network.gen.h"

static int count, failures;

static void
check(gboolean good, const char *what)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++count, what);
    failures += !good;
}

static gboolean
refused(const char *text, int code)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_XML, text, "(test)");

    return !tree && vr_error_last()->code == code;
}

static char *
nested(unsigned depth)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "<a>");
    for (unsigned i = 0; i < depth; i++)
        g_string_append(text, "</a>");
    return g_string_free(text, FALSE);
}

static void
test_hostile(void)
{
    g_autofree char *shallow = nested(VR_XML_MAX_DEPTH);
    g_autofree char *deep = nested(10000);
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_XML, shallow, "(test)");

    check(tree != NULL, "elements nested to the bound are read");
    check(refused(deep, VIR_ERR_XML_DETAIL), "10000 levels are refused");
    check(refused("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", VIR_ERR_XML_DETAIL), "entities are refused");
    check(refused("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", VIR_ERR_XML_DETAIL),
          "external entities are refused");
    check(refused("<a b='1' b='2'/>", VIR_ERR_XML_DETAIL), "an attribute given twice is refused");
    check(refused("<a>\xff\xfe</a>", VIR_ERR_XML_DETAIL), "invalid UTF-8 is refused");
    check(refused("", VIR_ERR_XML_DETAIL), "an empty text is refused");
}

static void
test_bounds(void)
{
    g_autoptr(VrBitmap) set = vr_bitmap_parse("0-3,^2,7");
    g_autofree char *text = set ? vr_bitmap_format(set) : NULL;
    unsigned long long bytes;

    check(g_strcmp0(text, "0-1,3,7") == 0, "a set is printed in its short form");
    check(!vr_bitmap_parse("0-99999999999"), "a set beyond the bound is refused");
    check(!vr_bitmap_parse("3-1") && !vr_bitmap_parse("1,") && !vr_bitmap_parse("x"), "broken sets are refused");
    check(vr_scale("2", "GiB", 1, &bytes) == 0 && bytes == 2147483648ull, "2 GiB");
    check(vr_scale("2", "GB", 1, &bytes) == 0 && bytes == 2000000000ull, "2 GB");
    check(vr_scale("99999999999", "EiB", 1, &bytes) < 0, "a size that overflows is refused");
    check(vr_scale("1", "furlong", 1, &bytes) < 0, "an unknown unit is refused");
    check(vr_scale("-1", NULL, 1, &bytes) == 1, "a negative size is none");
}

static const char network[] =
    "<network><name>a&lt;b</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid><bridge name='br&apos;0'/>"
    "<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' end='10.0.0.9'/></dhcp></ip></network>";

static void
note(const char *path, const char *before, const char *after, void *opaque)
{
    g_string_append_printf(opaque, "%s: %s -> %s\n", path, before ? before : "-", after ? after : "-");
}

static void
test_objects(void)
{
    g_autoptr(NetworkDef) def = network_def_parse(network, NULL);
    g_autoptr(NetworkDef) copy = network_def_copy(def);
    g_autoptr(GString) changes = g_string_new(NULL);
    g_autofree char *text = network_def_format(def, 0);
    g_autofree char *json = vr_model_json(&vr_desc_network_def, def, 0);

    check(strstr(text, "<name>a&lt;b</name>") && strstr(text, "name='br&apos;0'"), "text is escaped");
    check(network_def_equal(def, copy), "a copy equals its original");
    g_free(copy->ip[0]->dhcp->range[0]->end);
    copy->ip[0]->dhcp->range[0]->end = g_strdup("10.0.0.8");
    check(!network_def_equal(def, copy), "a changed copy does not");
    vr_model_diff(&vr_desc_network_def, def, copy, note, changes);
    check(strcmp(changes->str, "ip[1]/dhcp/range[1]/@end: 10.0.0.9 -> 10.0.0.8\n") == 0,
          "a difference says where, before and after");
    check(strstr(json, "\"address\":\"10.0.0.1\"") && strstr(json, "\"prefix\":24"), "JSON names values");
}

static void
test_validate(void)
{
    VrParseContext strict = {.flags = VR_MODEL_VALIDATE};
    g_autoptr(NetworkDef) known = network_def_parse("<network><name>a</name></network>", &strict);
    g_autoptr(NetworkDef) element = network_def_parse("<network><name>a</name><x/></network>", &strict);
    int code = vr_error_last()->code;
    g_autoptr(NetworkDef) attribute = network_def_parse("<network y='1'><name>a</name></network>", &strict);
    g_autoptr(NetworkDef) lenient = network_def_parse("<network y='1'><name>a</name><x/></network>", NULL);

    check(known && !element && !attribute && code == VIR_ERR_XML_INVALID_SCHEMA,
          "unknown elements and attributes are refused under validation");
    check(lenient != NULL, "and skipped without");
}

int
main(void)
{
    test_hostile();
    test_bounds();
    test_objects();
    test_validate();
    printf("1..%d\n", count);
    return failures != 0;
}
