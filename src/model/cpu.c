/* The processor tables and what is computed with them.  Called through cpu.h, on any thread. */
#include "model/cpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/cpu.gen.h"
#include "model/cpu_tables.gen.h"
#include "model/domain.gen.h"
#include "model/engine.h"

/* How an architecture's processors are told apart. */
typedef enum {
    BY_NOTHING,  /* not at all */
    BY_NAME,     /* the hypervisor knows the names */
    BY_MODEL,    /* by the names in a table */
    BY_FEATURES, /* by models, which are sets of features */
    BY_HOST,     /* only the hypervisor can */
} Manner;

typedef struct {
    const char *name;
    Manner manner;
    const Model *models;
} Arch;

static const Arch archs[] = {
    {"aarch64", BY_NAME},
    {"alpha", BY_NOTHING},
    {"armv6l", BY_NAME},
    {"armv7b", BY_NAME},
    {"armv7l", BY_NAME},
    {"cris", BY_NOTHING},
    {"i686", BY_FEATURES, models_x86},
    {"ia64", BY_NOTHING},
    {"lm32", BY_NOTHING},
    {"loongarch64", BY_NAME},
    {"m68k", BY_NOTHING},
    {"microblaze", BY_NOTHING},
    {"microblazeel", BY_NOTHING},
    {"mips", BY_NOTHING},
    {"mips64", BY_NOTHING},
    {"mips64el", BY_NOTHING},
    {"mipsel", BY_NOTHING},
    {"openrisc", BY_NOTHING},
    {"parisc", BY_NOTHING},
    {"parisc64", BY_NOTHING},
    {"ppc", BY_NOTHING},
    {"ppc64", BY_MODEL, models_ppc64},
    {"ppc64le", BY_MODEL, models_ppc64},
    {"ppcemb", BY_NOTHING},
    {"ppcle", BY_NOTHING},
    {"riscv32", BY_NOTHING},
    {"riscv64", BY_NOTHING},
    {"s390", BY_HOST},
    {"s390x", BY_HOST},
    {"sh4", BY_NOTHING},
    {"sh4eb", BY_NOTHING},
    {"sparc", BY_NOTHING},
    {"sparc64", BY_NOTHING},
    {"unicore32", BY_NOTHING},
    {"x86_64", BY_FEATURES, models_x86},
    {"xtensa", BY_NOTHING},
    {"xtensaeb", BY_NOTHING},
};

#define FAIL(code, ...) vr_error(VIR_FROM_CPU, code, __VA_ARGS__)
#define FAIL_NULL(code, ...) vr_error_null(VIR_FROM_CPU, code, __VA_ARGS__)

static const Arch *
find_arch(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(archs); i++) {
        if (strcmp(archs[i].name, name) == 0)
            return &archs[i];
    }
    return NULL;
}

char **
vr_cpu_model_names(const char *name, int error_domain)
{
    const Arch *arch = find_arch(name);
    if (!arch)
        return vr_error_null(error_domain, VIR_ERR_INVALID_ARG, "cannot find architecture %s", name);
    if (arch->manner == BY_NOTHING)
        return FAIL_NULL(VIR_ERR_NO_SUPPORT, "'%s' architecture is not supported by CPU driver", name);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (const Model *model = arch->models; model && model->name; model++)
        g_strv_builder_add(names, model->name);
    return g_strv_builder_end(names);
}

const char *
vr_cpu_model_vendor(const char *arch_name, const char *name)
{
    const Arch *arch = find_arch(arch_name);
    for (const Model *model = arch ? arch->models : NULL; model && model->name; model++) {
        if (strcmp(model->name, name) == 0)
            return model->vendor;
    }
    return NULL;
}

static const Model *
find_model(const Model *models, const char *name)
{
    for (const Model *model = models; model->name; model++) {
        if (strcmp(model->name, name) == 0)
            return model;
    }
    return FAIL_NULL(VIR_ERR_INTERNAL_ERROR, "Unknown CPU model %s", name);
}

static int
find_feature(const char *name)
{
    gsize low = 0, high = N_FEATURES;
    while (low < high) {
        gsize middle = (low + high) / 2;
        int order = strcmp(name, features[features_by_name[middle]].name);
        if (order == 0)
            return features_by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static void
add(FeatureSet *set, int feature)
{
    set->word[feature / 64] |= G_GUINT64_CONSTANT(1) << feature % 64;
}

static FeatureSet
without(const FeatureSet *set, const FeatureSet *other)
{
    FeatureSet rest;
    for (int i = 0; i < FEATURE_WORDS; i++)
        rest.word[i] = set->word[i] & ~other->word[i];
    return rest;
}

static int
count(const FeatureSet *set)
{
    int n = 0;
    for (int i = 0; i < FEATURE_WORDS; i++)
        n += __builtin_popcountll(set->word[i]);
    return n;
}

int
cpu_def_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const CpuDef *cpu = object;
    if (vr_xml_attr(node, "mode"))
        return FAIL(VIR_ERR_CONFIG_UNSUPPORTED, "Attribute mode is only allowed for guest CPU");
    if (!cpu->arch)
        return FAIL(VIR_ERR_XML_ERROR, "Missing CPU architecture");
    if (!find_arch(cpu->arch))
        return FAIL(VIR_ERR_XML_ERROR, "Unknown architecture %s", cpu->arch);
    if (!cpu->model)
        return FAIL(VIR_ERR_XML_ERROR, "Missing CPU model name");
    for (gsize i = 0; i < cpu->n_feature; i++) {
        for (gsize j = 0; j < i; j++) {
            if (strcmp(cpu->feature[i]->name, cpu->feature[j]->name) == 0)
                return FAIL(VIR_ERR_XML_ERROR, "CPU feature '%s' specified more than once", cpu->feature[i]->name);
        }
    }
    return 0;
}

static CpuDef *
read_cpu(const char *xml)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_CPU, xml, "(CPU_definition)");
    if (!tree)
        return NULL;
    if (strcmp(vr_xml_root(tree)->name, "cpu") != 0)
        return FAIL_NULL(VIR_ERR_XML_ERROR, "XML does not contain expected 'cpu' element");
    return vr_model_parse_node(&vr_desc_cpu_def, vr_xml_root(tree), &(VrParseContext){0});
}

/* What processors have in common, as it is found. */
typedef struct {
    const Model *models;
    FeatureSet features;
    const char *vendor; /* NULL: nobody's in particular */
    const char *model;  /* that all of them name; NULL when they differ */
    gboolean show_vendor;
} Common;

static int
take_vendor(Common *common, const CpuDef *cpu, const char *implied)
{
    gboolean known = !cpu->vendor;
    for (const Model *model = common->models; model->name && !known; model++)
        known = g_strcmp0(model->vendor, cpu->vendor) == 0;
    if (!known)
        return FAIL(VIR_ERR_OPERATION_FAILED, "Unknown CPU vendor %s", cpu->vendor);
    if (cpu->vendor && implied && strcmp(cpu->vendor, implied) != 0)
        return FAIL(VIR_ERR_OPERATION_FAILED, "CPU vendor %s of model %s differs from vendor %s", implied, cpu->model,
                    cpu->vendor);
    const char *vendor = cpu->vendor ? cpu->vendor : implied;
    if (common->vendor && vendor && strcmp(common->vendor, vendor) != 0)
        return FAIL(VIR_ERR_OPERATION_FAILED, "CPU vendors do not match");
    if (!common->vendor)
        common->vendor = vendor;
    if (!cpu->vendor)
        common->show_vendor = FALSE;
    return 0;
}

/* Narrow COMMON down to what CPU, the NTH of them, has too. */
static int
take_in(Common *common, const CpuDef *cpu, unsigned nth)
{
    const Model *model = find_model(common->models, cpu->model);
    if (!model)
        return -1;
    FeatureSet own = without(&model->has, &model->removed);
    for (gsize i = 0; i < cpu->n_feature; i++) {
        int feature = find_feature(cpu->feature[i]->name);
        if (feature < 0)
            return FAIL(VIR_ERR_INTERNAL_ERROR, "Unknown CPU feature %s", cpu->feature[i]->name);
        add(&own, feature);
    }
    if (nth == 0) {
        common->features = own;
        common->model = cpu->model;
        /* Only the others' models speak for their vendors: clients compare a guest's model with hosts'. */
        return take_vendor(common, cpu, NULL);
    }
    for (int i = 0; i < FEATURE_WORDS; i++)
        common->features.word[i] &= own.word[i];
    if (common->model && strcmp(common->model, cpu->model) != 0)
        common->model = NULL;
    return take_vendor(common, cpu, model->vendor);
}

/* Guests take badly to a model without its parts, the more the more are missing; but a very old model that lacks nothing
 * is no better. */
static int
weight_of_disabled(int n)
{
    int pairs = (n + 1) / 2;
    return n + 2 * ((pairs + 1) * (pairs + 1) / 4);
}

/* What has to be said beside MODEL: features it lacks, and features it should not have.  Returns the weight of both. */
static int
remarks(const Model *model, const FeatureSet *wanted, FeatureSet *ret_require, FeatureSet *ret_disable,
        FeatureSet *ret_removed)
{
    *ret_require = without(wanted, &model->has);
    *ret_disable = without(&model->has, wanted);
    *ret_removed = without(&model->removed, wanted);
    return count(ret_require) + weight_of_disabled(count(ret_disable) + count(ret_removed));
}

/* The model that all name, else the one beside which the least has to be said; of equals the later one, which is newer.
 * SUBSET: of those that have nothing else. */
static const Model *
closest(const Common *common, gboolean subset)
{
    const Model *best = NULL;
    int fewest = 0;
    FeatureSet require, disable, removed;
    for (const Model *model = common->models; model->name; model++) {
        if (model->legacy || (model->vendor && common->vendor && strcmp(model->vendor, common->vendor) != 0))
            continue;
        if (common->model && strcmp(common->model, model->name) == 0)
            return model;
        int n = remarks(model, &common->features, &require, &disable, &removed);
        if (subset && count(&disable))
            continue;
        if (!best || n <= fewest) {
            best = model;
            fewest = n;
        }
    }
    return best;
}

static void
set_model(DomainCpu *cpu, const char *name, int fallback)
{
    cpu->mode = CPU_MODE_CUSTOM;
    cpu->match = CPU_MATCH_EXACT;
    cpu->model = vr_model_new(&vr_desc_domain_cpu_model);
    cpu->model->value = g_strdup(name);
    cpu->model->fallback = fallback;
}

static void
set_feature(DomainCpu *cpu, const char *name, int policy)
{
    DomainCpuFeature *feature = vr_model_new(&vr_desc_domain_cpu_feature);
    feature->name = g_strdup(name);
    feature->policy = policy;
    vr_model_list_add(&cpu->feature, &cpu->n_feature, feature);
}

static void
set_features(DomainCpu *cpu, const FeatureSet *set, int policy)
{
    for (int i = 0; i < N_FEATURES; i++) {
        if (set->word[i / 64] >> i % 64 & 1)
            set_feature(cpu, features[i].name, policy);
    }
}

static int
by_name(const void *a, const void *b)
{
    return strcmp((*(DomainCpuFeature *const *)a)->name, (*(DomainCpuFeature *const *)b)->name);
}

static void
describe(const Common *common, gboolean expand, DomainCpu *guest)
{
    const Model *model = closest(common, FALSE);
    gboolean same = common->model && strcmp(common->model, model->name) == 0;
    set_model(guest, model->name, same ? DOMAIN_CPU_MODEL_FALLBACK_FORBID : DOMAIN_CPU_MODEL_FALLBACK_ALLOW);
    if (common->show_vendor)
        guest->vendor = g_strdup(common->vendor);
    FeatureSet require, disable, removed;
    remarks(model, &common->features, &require, &disable, &removed);
    set_features(guest, expand ? &common->features : &require, CPU_FEATURE_POLICY_REQUIRE);
    set_features(guest, &disable, CPU_FEATURE_POLICY_DISABLE);
    set_features(guest, &removed, CPU_FEATURE_POLICY_DISABLE);
    if (expand)
        qsort(guest->feature, guest->n_feature, sizeof(*guest->feature), by_name);
}

gboolean
vr_cpu_feature_known(const char *name)
{
    return find_feature(name) >= 0;
}

static char **
names_of(const FeatureSet *set)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (int i = 0; i < N_FEATURES; i++) {
        if (set->word[i / 64] >> i % 64 & 1)
            g_strv_builder_add(names, features[i].name);
    }
    return g_strv_builder_end(names);
}

static FeatureSet
set_of(const char *const *names)
{
    FeatureSet set = {0};
    for (; *names; names++) {
        int feature = find_feature(*names);
        if (feature >= 0)
            add(&set, feature);
    }
    return set;
}

char **
vr_cpu_in_order(const char *const *names)
{
    const FeatureSet set = set_of(names);
    return names_of(&set);
}

const char *
vr_cpu_vendor_of(const char *id)
{
    static const struct {
        const char *id, *vendor;
    } vendors[] = {{"GenuineIntel", "Intel"}, {"AuthenticAMD", "AMD"}, {"HygonGenuine", "Hygon"}};
    for (gsize i = 0; i < G_N_ELEMENTS(vendors); i++) {
        if (g_strcmp0(vendors[i].id, id) == 0)
            return vendors[i].vendor;
    }
    return NULL;
}

char **
vr_cpu_host_features(const char **ret_vendor)
{
    FeatureSet set = {0};
    *ret_vendor = NULL;
#if defined(__x86_64__) || defined(__i386__)
    for (int i = 0; i < N_FEATURES; i++) {
        unsigned reg[4]; /* eax, ebx, ecx, edx */
        const Feature *feature = &features[i];
        if (!feature->msr && __get_cpuid_count(feature->leaf, feature->subleaf, &reg[0], &reg[1], &reg[2], &reg[3]) &&
            reg[feature->reg] >> feature->bit & 1)
            add(&set, i);
    }
    union {
        unsigned word[3];
        char text[13];
    } id = {.text = ""};
    unsigned highest;
    if (__get_cpuid(0, &highest, &id.word[0], &id.word[2], &id.word[1]))
        *ret_vendor = vr_cpu_vendor_of(id.text);
#endif
    return names_of(&set);
}

/* A guest's processor with FEATURES, beside MODEL. */
static DomainCpu *
describe_beside(const Model *model, const char *vendor, const FeatureSet *set)
{
    DomainCpu *guest = vr_model_new(&vr_desc_domain_cpu);
    FeatureSet require, disable, removed;
    remarks(model, set, &require, &disable, &removed);
    set_model(guest, model->name, DOMAIN_CPU_MODEL_FALLBACK_FORBID);
    guest->vendor = g_strdup(vendor);
    set_features(guest, &require, CPU_FEATURE_POLICY_REQUIRE);
    set_features(guest, &disable, CPU_FEATURE_POLICY_DISABLE);
    set_features(guest, &removed, CPU_FEATURE_POLICY_DISABLE);
    return guest;
}

DomainCpu *
vr_cpu_describe(const char *arch_name, const char *vendor, const char *const *names, gboolean subset)
{
    const Arch *arch = find_arch(arch_name);
    if (!arch || arch->manner != BY_FEATURES)
        return NULL;
    Common common = {.models = arch->models, .vendor = vendor, .features = set_of(names)};
    for (int i = 0; i < N_FEATURES; i++) {
        /* what the registers of a model say is looked at on 64-bit processors alone */
        if (features[i].msr && strcmp(arch_name, "i686") == 0)
            common.features.word[i / 64] &= ~(G_GUINT64_CONSTANT(1) << i % 64);
    }
    const Model *model = closest(&common, subset);
    return model ? describe_beside(model, vendor, &common.features) : NULL;
}

DomainCpu *
vr_cpu_describe_as(const char *arch_name, const char *name, const char *vendor, const char *const *names)
{
    const Arch *arch = find_arch(arch_name);
    const Model *model = arch && arch->manner == BY_FEATURES ? find_model(arch->models, name) : NULL;
    const FeatureSet set = set_of(names);
    return model ? describe_beside(model, vendor, &set) : NULL;
}

char **
vr_cpu_model_features(const char *arch_name, const char *name)
{
    const Arch *arch = find_arch(arch_name);
    if (!arch || arch->manner != BY_FEATURES)
        return FAIL_NULL(VIR_ERR_NO_SUPPORT, "'%s' architecture is not supported by CPU driver", arch_name);
    const Model *model = find_model(arch->models, name);
    const FeatureSet set = model ? without(&model->has, &model->removed) : (FeatureSet){0};
    return model ? names_of(&set) : NULL;
}

char **
vr_cpu_needs(const char *arch_name, const DomainCpu *cpu)
{
    const Arch *arch = find_arch(arch_name);
    FeatureSet needs = {0}, others = {0};
    for (const Model *model = arch ? arch->models : NULL; cpu->model && model && model->name; model++) {
        if (g_strcmp0(model->name, cpu->model->value) == 0)
            needs = without(&model->has, &model->removed);
    }
    for (size_t i = 0; i < cpu->n_feature; i++) {
        int feature = find_feature(cpu->feature[i]->name);
        if (feature >= 0)
            add(cpu->feature[i]->policy == CPU_FEATURE_POLICY_REQUIRE ? &needs : &others, feature);
    }
    needs = without(&needs, &others);
    return names_of(&needs);
}

char *
vr_cpu_baseline(const char *const *xml, unsigned n, gboolean expand)
{
    if (n == 0)
        return FAIL_NULL(VIR_ERR_INVALID_ARG, "no CPUs given");
    g_autoptr(GPtrArray) cpus = g_ptr_array_new_with_free_func((GDestroyNotify)cpu_def_free);
    for (unsigned i = 0; i < n; i++) {
        if (!xml[i])
            return FAIL_NULL(VIR_ERR_INVALID_ARG, "CPU %u of %u is NULL", i, n);
        CpuDef *cpu = read_cpu(xml[i]);
        if (!cpu)
            return NULL;
        g_ptr_array_add(cpus, cpu);
    }
    const CpuDef *first = cpus->pdata[0];
    const Arch *arch = find_arch(first->arch);
    g_autoptr(DomainCpu) guest = vr_model_new(&vr_desc_domain_cpu);
    Common common = {.models = arch->models, .show_vendor = TRUE};
    switch (arch->manner) {
    case BY_NOTHING:
        return FAIL_NULL(VIR_ERR_NO_SUPPORT, "'%s' architecture is not supported by CPU driver", arch->name);
    case BY_HOST:
        return FAIL_NULL(VIR_ERR_NO_SUPPORT, "cannot compute baseline CPU of %s architecture", arch->name);
    case BY_NAME:
        set_model(guest, first->model, DOMAIN_CPU_MODEL_FALLBACK_ALLOW);
        break;
    case BY_MODEL:
        for (guint i = 0; i < cpus->len; i++) {
            const CpuDef *cpu = cpus->pdata[i];
            if (!find_model(arch->models, cpu->model))
                return NULL;
            if (strcmp(cpu->model, first->model) != 0)
                return FAIL_NULL(VIR_ERR_OPERATION_FAILED, "CPUs are incompatible");
        }
        set_model(guest, first->model, DOMAIN_CPU_MODEL_FALLBACK_FORBID);
        break;
    case BY_FEATURES:
        for (guint i = 0; i < cpus->len; i++) {
            if (take_in(&common, cpus->pdata[i], i) < 0)
                return NULL;
        }
        describe(&common, expand, guest);
        break;
    }
    GString *text = g_string_new(NULL);
    vr_model_format_to(text, &vr_desc_domain_cpu, "cpu", guest, 0, 0);
    return g_string_free(text, FALSE);
}
