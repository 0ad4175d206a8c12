/* Documents made up by walking the descriptor tables: what is accepted reads back as itself.
 *
 * generated [COUNT [SEED]]: COUNT documents of each kind (default 100), the same ones for the same seed.
 * Speaks TAP.  A document that its rules refuse is counted, and must be refused with an error set.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/caps.gen.h"
#include "model/domain.gen.h"
#include "model/domcaps.gen.h"
#include "model/engine.h"
#include "model/interface.gen.h"
#include "model/moment.gen.h"
#include "model/network.gen.h"
#include "model/nodedev.gen.h"
#include "model/nwfilter.gen.h"
#include "model/secret.gen.h"
#include "model/status.gen.h"
#include "model/storage.gen.h"

#define MAX_DEPTH 12

static const char *const all_namespaces[] = {"qemu", "lxc", "xen", "bhyve", "ch", "dnsmasq", "fs", "rbd", NULL};

/* DENSITY is the chance in a hundred that an optional part is there; a guest has many, so few of each. */
static const struct {
    const char *name;
    const VrDesc *desc;
    int density;
    unsigned flags;
} documents[] = {
    {"domain", &vr_desc_domain_def, 4, VR_MODEL_INACTIVE},
    {"domain, running", &vr_desc_domain_def, 4, 0},
    {"domain status", &vr_desc_domain_status_def, 6, VR_MODEL_STATUS | VR_MODEL_SKIP_POST | VR_MODEL_SKIP_VALIDATE},
    {"network", &vr_desc_network_def, 15, VR_MODEL_INACTIVE},
    {"network port", &vr_desc_network_port_def, 40, 0},
    {"storage pool", &vr_desc_storage_pool_def, 30, VR_MODEL_INACTIVE},
    {"storage volume", &vr_desc_storage_vol_def, 40, 0},
    {"interface", &vr_desc_interface_def, 30, VR_MODEL_INACTIVE},
    {"node device", &vr_desc_node_device_def, 30, 0},
    {"capabilities", &vr_desc_caps_def, 40, 0},
    {"domain capabilities", &vr_desc_domcaps_def, 40, 0},
    {"pool capabilities", &vr_desc_poolcaps_def, 50, 0},
    {"system information", &vr_desc_sysinfo_def, 50, 0},
    {"guest CPU", &vr_desc_domain_cpu, 30, 0},
    {"snapshot", &vr_desc_snapshot_def, 6, 0},
    {"checkpoint", &vr_desc_checkpoint_def, 6, 0},
    {"backup", &vr_desc_backup_def, 30, 0},
    {"saved image's cookie", &vr_desc_save_cookie_def, 40, 0},
    {"migration cookie", &vr_desc_migration_cookie_def, 30, 0},
    {"network filter", &vr_desc_nwfilter_def, 40, 0},
    {"filter binding", &vr_desc_nwfilter_binding_def, 50, 0},
    {"secret", &vr_desc_secret_def, 50, 0},
};

typedef struct {
    GRand *random;
    int density;
    VrParse *parse;
} Maker;

static bool
chance(Maker *maker, int percent)
{
    return g_rand_int_range(maker->random, 0, 100) < percent;
}

#define PICK(maker, words) (words)[g_rand_int_range((maker)->random, 0, G_N_ELEMENTS(words))]

static char *
make_number(Maker *maker, const VrRow *row)
{
    static const int64_t edges[] = {0, 1, 2, 3, 7, 8, 16, 64, 100, 255, 1024, 4096, 65535, 1000000, 2147483647};
    int64_t value = PICK(maker, edges);

    if (row->min < row->max) {
        value = MAX(value, row->min);
        value = MIN(value, row->max);
    }
    return row->base == 16 ? g_strdup_printf("0x%" G_GINT64_MODIFIER "x", value) : g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static char *
make_string(Maker *maker, const VrRow *row)
{
    static const char *const words[] = {"a", "vda", "eth0", "/dev/x", "guest one", "<&>'\"", "x.y-z_1", "naïve", "virtio",
                                        "hda", "iqn.2013-07.com.example:t", "raw", "qcow2", "52:54:00:00:00:01", "x/y"};
    g_autofree char *trimmed = row->among ? g_strstrip(g_strdup(row->among)) : NULL;
    g_auto(GStrv) among = trimmed ? g_strsplit(trimmed, " ", -1) : NULL;

    if (among)
        return g_strdup(among[g_rand_int_range(maker->random, 0, (gint32) g_strv_length(among))]);
    return g_strdup(PICK(maker, words));
}

/* A text that the row's kind can read, mostly. */
static char *
make_text(Maker *maker, const VrRow *row)
{
    static const char *const uuids[] = {"9a607624-c092-4660-a333-c77ad02a6f3f", "247fb59b-0c2d-4502-a11f-567e78042f6b"};
    static const char *const macs[] = {"52:54:00:7b:27:93", "00:16:3e:00:00:01"};
    static const char *const addresses[] = {"192.168.122.1", "10.0.0.1", "2001:db8::1", "::", "fe80::1", "255.255.255.0"};
    static const char *const sets[] = {"0", "0-3", "1,3", "0-7,^2"};
    static const char *const aliases[] = {"ua-one", "ua-two", "net0"};
    const char *name = row->kind->name;

    if (row->kind == &vr_kind_enum) {
        const VrEnum *table = row->ref;
        const char *word = NULL;

        for (int tries = 0; !word && tries < 20; tries++)
            word = table->values[g_rand_int_range(maker->random, 0, table->n)];
        return g_strdup(word ? word : "");
    }
    if (strcmp(name, "bool_yes") == 0)
        return g_strdup(chance(maker, 50) ? "yes" : "no");
    if (strcmp(name, "bool_on") == 0)
        return g_strdup(chance(maker, 50) ? "on" : "off");
    if (strcmp(name, "uuid") == 0)
        return g_strdup(PICK(maker, uuids));
    if (strcmp(name, "mac") == 0)
        return g_strdup(PICK(maker, macs));
    if (strcmp(name, "ip") == 0)
        return g_strdup(PICK(maker, addresses));
    if (strcmp(name, "bitmap") == 0)
        return g_strdup(PICK(maker, sets));
    if (strcmp(name, "alias") == 0)
        return g_strdup(PICK(maker, aliases));
    if (strcmp(name, "octal") == 0)
        return g_strdup_printf("0%o", g_rand_int_range(maker->random, 1, 0777));
    return row->kind->is_number || row->fmt || row->base ? make_number(maker, row) : make_string(maker, row);
}

static void
make_value(Maker *maker, const VrRow *row, void *field)
{
    g_autofree char *text = make_text(maker, row);

    if (row->kind == &vr_kind_xml)
        return;
    if (row->kind->parse(maker->parse, row, text, field) != 0)
        vr_error_clear();
}

static void fill(Maker *maker, const VrDesc *desc, void *object, int depth);

static void *
make_child(Maker *maker, const VrRow *row, void *object, int depth)
{
    const VrDesc *desc = row->ref;
    void *child = vr_model_new(desc);

    vr_pass_on(row, object, child);
    if (row->flags & VR_ROW_TAG) {
        int *tag = VR_FIELD(child, desc->tag_offset);

        do
            *tag = g_rand_int_range(maker->random, 0, desc->tags->n);
        while (!desc->tags->values[*tag]);
    }
    fill(maker, desc, child, depth + 1);
    return child;
}

static void
fill_row(Maker *maker, const VrRow *row, void *object, int depth)
{
    void *field = VR_FIELD(object, row->offset);
    size_t n;

    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        make_value(maker, row, field);
        if (row->flags & VR_ROW_OPT)
            *(bool *) VR_FIELD(object, row->aux) = true;
        break;
    case VR_SHAPE_SCALARS:
        if (*(void **) field)
            break;
        n = (size_t) g_rand_int_range(maker->random, 1, 3);
        *(void **) field = g_malloc0_n(n, row->kind->size);
        *(size_t *) VR_FIELD(object, row->aux) = n;
        for (size_t i = 0; i < n; i++)
            make_value(maker, row, *(char **) field + i * row->kind->size);
        break;
    case VR_SHAPE_CHILD:
        if (!*(void **) field)
            *(void **) field = make_child(maker, row, object, depth);
        break;
    case VR_SHAPE_LIST:
        for (n = (size_t) g_rand_int_range(maker->random, 1, 3); n > 0; n--)
            vr_model_list_add(field, VR_FIELD(object, row->aux), make_child(maker, row, object, depth));
        break;
    case VR_SHAPE_INLINE:
        vr_pass_on(row, object, field);
        fill(maker, row->ref, field, depth + 1);
        break;
    case VR_SHAPE_FLAT:
        fill(maker, row->ref, object, depth + 1);
        break;
    }
}

static void
fill(Maker *maker, const VrDesc *desc, void *object, int depth)
{
    for (const VrRow *row = desc->rows; row < desc->rows + desc->n_rows; row++) {
        bool must = row->flags & VR_ROW_REQUIRED || row->shape == VR_SHAPE_INLINE;
        /* deeper down, what is there at all is fuller */
        int density = depth < 2 ? maker->density : MAX(maker->density, 100 / (3 + depth));

        if (row->place == VR_AT_HOOK || row->flags & (VR_ROW_READONLY | VR_ROW_WRITEONLY) || !vr_row_applies(row, object) ||
            (row->place == VR_AT_HIDDEN && row->kind != &vr_kind_enum))
            continue;
        if (depth < MAX_DEPTH && (must || chance(maker, row->place == VR_AT_TEXT ? 70 : density)))
            fill_row(maker, row, object, depth);
    }
}

/* What every guest needs, so that the rest of it is looked at. */
static void
make_guest(DomainDef *def)
{
    g_free(def->name);
    def->name = g_strdup("guest");
    g_free(def->os.type.value);
    def->os.type.value = g_strdup("hvm");
    g_free(def->os.type.arch);
    def->os.type.arch = g_strdup("x86_64");
    def->memory.value = 1048576;
    def->vcpu.value = 8;
}

static void
make_plausible(const VrDesc *desc, void *object)
{
    if (desc == &vr_desc_domain_def) {
        make_guest(object);
    } else if (desc == &vr_desc_domain_status_def) {
        DomainStatusDef *status = object;

        if (status->domain)
            make_guest(status->domain);
    } else if (desc == &vr_desc_storage_pool_def) {
        StoragePoolDef *pool = object;

        g_free(pool->name);
        pool->name = g_strdup("pool");
        g_free(pool->target.path);
        pool->target.path = g_strdup("/pool");
        g_clear_pointer(&pool->source.format, g_free);
    }
}

typedef enum { ACCEPTED, REFUSED, BROKEN } Outcome;

/* The second text must be that of its own reading; documents put in order may need one more. */
static Outcome
read_back(size_t at, const char *made)
{
    const VrDesc *desc = documents[at].desc;
    VrParseContext context = {.flags = documents[at].flags, .namespaces = all_namespaces};
    unsigned flags = documents[at].flags | VR_MODEL_SECURE;
    void *object = vr_model_parse(desc, made, &context), *again = NULL;
    Outcome outcome = BROKEN;

    if (!object) {
        outcome = vr_error_is_set() ? REFUSED : BROKEN;
        vr_error_clear();
        return outcome;
    }
    for (int round = 0; round < 3 && outcome == BROKEN; round++) {
        g_autofree char *text = vr_model_format(desc, object, flags);
        g_autofree char *second = NULL;

        again = vr_model_parse(desc, text, &context);
        if (!again) {
            printf("# its own text is refused: %s\n", vr_error_last()->message);
            break;
        }
        second = vr_model_format(desc, again, flags);
        if (strcmp(text, second) == 0 && vr_model_equal(desc, object, again))
            outcome = ACCEPTED;
        vr_model_free(desc, object);
        object = g_steal_pointer(&again);
    }
    vr_model_free(desc, object);
    return outcome;
}

static bool
try_documents(size_t at, unsigned count, guint32 seed)
{
    static const VrParseContext nothing;
    const VrDesc *desc = documents[at].desc;
    unsigned counts[3] = {0};

    for (unsigned i = 0; i < count; i++) {
        VrParse parse = {.context = &nothing, .document = desc};
        Maker maker = {.random = g_rand_new_with_seed(seed + i), .density = documents[at].density, .parse = &parse};
        void *object = vr_model_new(desc);
        g_autofree char *made = NULL;
        Outcome outcome;

        fill(&maker, desc, object, 0);
        make_plausible(desc, object);
        made = vr_model_format(desc, object, documents[at].flags | VR_MODEL_SECURE);
        outcome = read_back(at, made);
        if (outcome == BROKEN && counts[BROKEN] < 3)
            printf("# seed %u:\n%s\n", seed + i, made);
        counts[outcome]++;
        vr_model_free(desc, object);
        g_rand_free(maker.random);
    }
    fflush(stdout);
    printf("%s - %s: %u made, %u accepted and read back, %u refused\n", counts[BROKEN] ? "not ok" : "ok",
           documents[at].name, count, counts[ACCEPTED], counts[REFUSED]);
    return counts[BROKEN] == 0;
}

int
main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned) atoi(argv[1]) : 100;
    guint32 seed = argc > 2 ? (guint32) atoi(argv[2]) : 1;
    bool fine = true;

    for (size_t i = 0; i < G_N_ELEMENTS(documents); i++) {
        if (argc > 3 && strcmp(argv[3], documents[i].name) != 0)
            continue;
        fine &= try_documents(i, count, seed);
    }
    return fine ? 0 : 1;
}
