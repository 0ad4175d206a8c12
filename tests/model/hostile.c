/* Hostile documents: each is answered with a clear error, in bounded time and memory.  Speaks TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"
#include "model/domain.gen.h"
#include "model/engine.h"
#include "model/network.gen.h"

#define MOST_SECONDS 100.0
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MOST_MEGABYTES 24000 /* shadows and quarantine included */
#else
#define MOST_MEGABYTES 1500
#endif

static const char head[] = "<domain type='test'><name>g</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os>";
static bool all_fine = true;

static void
report(bool fine, const char *what, const char *note)
{
    printf("%s - %s%s%s\n", fine ? "ok" : "not ok", what, note ? ": " : "", note ? note : "");
    fflush(stdout);
    all_fine &= fine;
}

static long
megabytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/* TEXT must be refused (or accepted, when SAYS is NULL) in time; the message holds SAYS. */
static void
judge(const char *what, const char *text, const char *says)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};
    gint64 begun = g_get_monotonic_time();
    DomainDef *def = vr_model_parse(&vr_desc_domain_def, text, &context);
    double seconds = (double) (g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
    const char *message = def ? NULL : vr_error_last()->message;
    g_autofree char *note = g_strdup_printf("%.1f s, %ld MB: %.90s", seconds, megabytes(), message ? message : "accepted");
    bool said = says ? message && strstr(message, says) : def != NULL;

    report(said && seconds < MOST_SECONDS && megabytes() < MOST_MEGABYTES, what, note);
    domain_def_free(def);
    vr_error_clear();
}

static char *
repeat(const char *before, const char *text, unsigned n, const char *after)
{
    GString *out = g_string_new(before);

    for (unsigned i = 0; i < n; i++)
        g_string_append(out, text);
    g_string_append(out, after);
    return g_string_free(out, FALSE);
}

static void
test_entities(void)
{
    judge("entities that grow",
          "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><domain><name>&b;</name></domain>",
          "entity declarations are not accepted");
    judge("an external entity", "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><name>&x;</name></domain>",
          "entity declarations are not accepted");
    judge("an external document type is not asked for", "<!DOCTYPE d SYSTEM 'http://127.0.0.1/x.dtd'><domain/>",
          "missing domain type");
    judge("a parameter entity", "<!DOCTYPE d [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]><domain/>",
          "entity declarations are not accepted");
}

static void
test_sizes(void)
{
    g_autofree char *deep = repeat(head, "<a>", 10000, "</domain>");
    g_autofree char *name = g_strnfill(100u << 20, 'x');
    g_autofree char *huge = g_strconcat("<domain><name>", name, "</name></domain>", NULL);
    g_autofree char *attribute = g_strdup_printf("<domain type='%.30000000s'/>", name);
    static const char *const devices[] = {
        "<disk type='file'><source file='/x'/><target dev='vda'/></disk>", "<controller type='scsi'/>",
        "<interface type='user'/>", "<serial type='pty'/>", "<channel type='pty'><target type='virtio'/></channel>",
        "<hostdev type='usb'><source><vendor id='1'/><product id='2'/></source></hostdev>",
        "<graphics type='vnc'/>", "<video/>", "<memory model='dimm'><target><size>1</size></target></memory>",
        "<unknown/>",
    };

    judge("10,000 levels", deep, "nested too deeply");
    judge("100 MB", huge, "bytes, more than");
    judge("30 MB in one attribute", attribute, "invalid domain type");
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        g_autofree char *before = g_strconcat(head, "<devices>", NULL);
        g_autofree char *many = repeat(before, devices[i], 1000000, "</devices></domain>");
        g_autofree char *most = repeat(before, devices[i], 4096, "</devices></domain>");
        g_autofree char *what = g_strdup_printf("a million of %.20s", devices[i]);
        bool unknown = strstr(devices[i], "unknown");
        VrParseContext context = {.flags = VR_MODEL_INACTIVE};
        gint64 begun = g_get_monotonic_time();

        judge(what, many, unknown ? NULL : strlen(many) > VR_XML_MAX_BYTES ? "bytes, more than" :
                          "oo many elements");
        begun = g_get_monotonic_time();
        domain_def_free(vr_model_parse(&vr_desc_domain_def, most, &context));
        vr_error_clear();
        begun = g_get_monotonic_time() - begun;
        g_free(what);
        what = g_strdup_printf("4096 of %.20s in %.1f s", devices[i], (double) begun / G_USEC_PER_SEC);
        report((double) begun / G_USEC_PER_SEC < MOST_SECONDS, what, NULL);
    }
}

static void
test_form(void)
{
    judge("a doubled attribute", "<domain type='test' type='kvm'/>", "duplicate attribute");
    judge("invalid UTF-8", "<domain type='test'><name>\xff\xfe</name></domain>", "not well-formed");
    judge("an overlong character", "<domain type='test'><name>\xc0\x80</name></domain>", "not well-formed");
    judge("half a character", "<domain type='test'><name>\xe2\x82</name></domain>", "not well-formed");
    judge("a control character", "<domain type='test'><name>\x01</name></domain>", "not well-formed");
    judge("an unfinished document", "<domain type='test'><name>", ":1: ");
    judge("nothing", "", ":1: ");
    judge("only spaces", "   ", ":1: ");
    judge("two roots", "<domain/><domain/>", "junk after document element");
    judge("an unbound prefix", "<domain type='test'><q:x/></domain>", "os <type>");
    judge("an unknown encoding", "<?xml version='1.0' encoding='nothing'?><domain/>", "unknown encoding");
}

/* Every number of the description, told a value that no machine has. */
static unsigned
test_rows(const VrDesc *desc, GHashTable *seen)
{
    static const char *const values[] = {"99999999999999999999999999", "-99999999999999999999999999", "18446744073709551616",
                                         "1e400", "0x1ffffffffffffffff"};
    static const VrParseContext nothing;
    VrParse parse = {.context = &nothing, .document = desc};
    unsigned wrong = 0;

    if (!g_hash_table_add(seen, (void *) desc))
        return 0;
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        if (row->place != VR_AT_HOOK && row->ref && row->shape != VR_SHAPE_SCALAR && row->shape != VR_SHAPE_SCALARS) {
            wrong += test_rows(row->ref, seen);
            continue;
        }
        for (size_t i = 0; row->place != VR_AT_HOOK && row->kind && row->kind->is_number && i < G_N_ELEMENTS(values); i++) {
            union {
                double d;
                unsigned long long n[4];
            } room = {.n = {0}};

            if (row->base == 16 && !strchr(values[i], 'x') && strchr(values[i], 'e'))
                continue; /* hexadecimal, and small */
            if (row->kind->parse(&parse, row, values[i], &room) == 0) {
                printf("# %s/%s took %s\n", desc->name, row->name, values[i]);
                wrong++;
            }
            vr_error_clear();
        }
    }
    return wrong;
}

static void
test_message(void)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};
    g_autofree char *text = g_strconcat("<domain type='test'>\n<name>g</name>\n<os><type>hvm</type></os>\n<memory>1024</memory>\n",
                                        "<vcpu current='99999999999999'>1</vcpu></domain>", NULL);
    DomainDef *def = vr_model_parse(&vr_desc_domain_def, text, &context);
    virErrorPtr error = vr_error_last();

    report(!def && strstr(error->message, "'current'") && strstr(error->message, "'vcpu'") &&
           strstr(error->message, "99999999999999") && error->int1 == 5,
           "an error names the attribute, the element, the value and the line", error->message);
    domain_def_free(def);
    vr_error_clear();
}

int
main(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    unsigned wrong;

    test_entities();
    test_form();
    test_message();
    wrong = test_rows(&vr_desc_domain_def, seen) + test_rows(&vr_desc_network_def, seen);
    report(wrong == 0, "no number field takes a value beyond its bounds", NULL);
    test_sizes();
    return all_fine ? 0 : 1;
}
