/* Processors compared: what one has of another, and what several have in common.  Called through cpu.h, on any thread. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "base/error.h"
#include "model/cpu.gen.h"
#include "model/cpu.h"
#include "model/domain.gen.h"
#include "model/xml.h"

#define FAIL(code, ...) vr_error(VIR_FROM_CPU, code, __VA_ARGS__)

/* What a document says of a processor, a host's or a guest's. */
typedef struct {
    char *arch, *model, *vendor; /* NULL: not said */
    GHashTable *needs, *forbids; /* names of features */
    int match;
    bool any; /* it takes whatever there is */
} Wanted;

static void
wanted_clear(Wanted *wanted)
{
    g_free(wanted->arch);
    g_free(wanted->model);
    g_free(wanted->vendor);
    g_clear_pointer(&wanted->needs, g_hash_table_unref);
    g_clear_pointer(&wanted->forbids, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

static int
take_feature(Wanted *wanted, const char *name, int policy)
{
    if (!vr_cpu_feature_known(name))
        return FAIL(VIR_ERR_INTERNAL_ERROR, "Unknown CPU feature %s", name);
    if (policy == CPU_FEATURE_POLICY_REQUIRE || policy == CPU_FEATURE_POLICY_FORCE)
        g_hash_table_add(wanted->needs, g_strdup(name));
    else
        g_hash_table_remove(wanted->needs, name);
    if (policy == CPU_FEATURE_POLICY_FORBID)
        g_hash_table_add(wanted->forbids, g_strdup(name));
    return 0;
}

static int
take_model(Wanted *wanted, const char *arch, const char *model)
{
    g_auto(GStrv) features = vr_cpu_model_features(arch, model);
    if (!features)
        return -1;
    wanted->model = g_strdup(model);
    for (char **name = features; *name; name++)
        g_hash_table_add(wanted->needs, g_strdup(*name));
    return 0;
}

static int
take_host(Wanted *wanted, const char *arch, const VrXmlNode *node)
{
    if (vr_xml_attr(node, "match"))
        return FAIL(VIR_ERR_XML_ERROR, "'arch' element cannot be used inside 'cpu' element with 'match' attribute'");
    g_autoptr(CpuDef) cpu = vr_model_parse_node(&vr_desc_cpu_def, node, &(VrParseContext){0});
    if (!cpu)
        return -1;
    wanted->arch = g_strdup(cpu->arch);
    wanted->vendor = g_strdup(cpu->vendor);
    wanted->match = CPU_MATCH_EXACT;
    if (strcmp(cpu->arch, arch) != 0)
        return 0; /* told by who compares */
    if (take_model(wanted, arch, cpu->model) < 0)
        return -1;
    for (size_t i = 0; i < cpu->n_feature; i++) {
        if (take_feature(wanted, cpu->feature[i]->name, CPU_FEATURE_POLICY_REQUIRE) < 0)
            return -1;
    }
    return 0;
}

static int
take_guest(Wanted *wanted, const char *arch, const VrXmlNode *node)
{
    g_autoptr(DomainCpu) cpu = vr_model_parse_node(&vr_desc_domain_cpu, node, &(VrParseContext){0});
    if (!cpu)
        return -1;
    wanted->match = cpu->match;
    wanted->vendor = g_strdup(cpu->vendor);
    wanted->any = cpu->mode == CPU_MODE_HOST_MODEL || cpu->mode == CPU_MODE_HOST_PASSTHROUGH || !cpu->model || !cpu->model->value;
    if (wanted->any)
        return 0;
    if (take_model(wanted, arch, cpu->model->value) < 0)
        return -1;
    for (size_t i = 0; i < cpu->n_feature; i++) {
        if (take_feature(wanted, cpu->feature[i]->name, cpu->feature[i]->policy) < 0)
            return -1;
    }
    return 0;
}

static int
read_wanted(Wanted *wanted, const char *arch, const char *xml)
{
    g_autoptr(VrXmlTree) tree = vr_xml_parse(VIR_FROM_CPU, xml, "(CPU_definition)");
    if (!tree)
        return -1;
    const VrXmlNode *root = vr_xml_root(tree);
    if (strcmp(root->name, "cpu") != 0)
        return FAIL(VIR_ERR_XML_ERROR, "XML does not contain expected 'cpu' element");
    wanted->needs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    wanted->forbids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_host = false;
    for (const VrXmlNode *node = vr_xml_first(root); node; node = vr_xml_after(node))
        is_host |= node->name && strcmp(node->name, "arch") == 0;
    return is_host ? take_host(wanted, arch, root) : take_guest(wanted, arch, root);
}

/* Incompatible, or the error that says why. */
static int
incompatible(gboolean fail, const char *why, const char *what)
{
    return fail ? FAIL(VIR_ERR_CPU_INCOMPATIBLE, "%s%s", why, what) : (int)VIR_CPU_COMPARE_INCOMPATIBLE;
}

int
vr_cpu_compare(const VrCpuHost *host, const char *xml, gboolean fail)
{
    g_auto(Wanted) wanted = {0};
    if (read_wanted(&wanted, host->arch, xml) < 0)
        return -1;
    if (wanted.any)
        return VIR_CPU_COMPARE_SUPERSET;
    if (wanted.arch && strcmp(wanted.arch, host->arch) != 0) {
        g_autofree char *why = g_strdup_printf("%s does not match host arch", wanted.arch);
        return incompatible(fail, "CPU arch ", why);
    }
    if (wanted.vendor && g_strcmp0(wanted.vendor, host->vendor) != 0) {
        g_autofree char *why = g_strdup_printf("%s does not match required CPU vendor %s", host->vendor ? host->vendor : "unknown",
                                               wanted.vendor);
        return incompatible(fail, "host CPU vendor ", why);
    }
    g_autoptr(GString) forbidden = g_string_new(NULL), extra = g_string_new(NULL), missing = g_string_new(NULL);
    for (const char *const *name = host->features; *name; name++) {
        if (g_hash_table_contains(wanted.forbids, *name))
            g_string_append_printf(forbidden, "%s%s", forbidden->len ? ", " : "", *name);
        if (!g_hash_table_remove(wanted.needs, *name))
            g_string_append_printf(extra, "%s%s", extra->len ? ", " : "", *name);
    }
    g_autofree const char **left = (const char **)g_hash_table_get_keys_as_array(wanted.needs, NULL);
    g_auto(GStrv) ordered = vr_cpu_in_order(left);
    for (char **name = ordered; *name; name++)
        g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", *name);
    if (forbidden->len)
        return incompatible(fail, "Host CPU provides forbidden features: ", forbidden->str);
    if (missing->len)
        return incompatible(fail, "Host CPU does not provide required features: ", missing->str);
    if (!extra->len)
        return VIR_CPU_COMPARE_IDENTICAL;
    if (wanted.match == CPU_MATCH_STRICT)
        return incompatible(fail, "Host CPU does not strictly match guest CPU: Extra features: ", extra->str);
    return VIR_CPU_COMPARE_SUPERSET;
}

/* What is common so far. */
typedef struct {
    GHashTable *features;
    char *model, *vendor; /* that all of them name; NULL: they differ, or name none */
} Common;

static void
narrow(Common *common, Wanted *with)
{
    if (!common->features) {
        common->features = g_steal_pointer(&with->needs);
        common->model = g_strdup(with->model);
        common->vendor = g_strdup(with->vendor);
        return;
    }
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, common->features);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (!g_hash_table_contains(with->needs, name))
            g_hash_table_iter_remove(&iter);
    }
    if (g_strcmp0(common->model, with->model) != 0)
        g_clear_pointer(&common->model, g_free);
    if (g_strcmp0(common->vendor, with->vendor) != 0)
        g_clear_pointer(&common->vendor, g_free);
}

static int
collect(Common *common, const char *arch, const char *const *xml, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_auto(Wanted) cpu = {0};
        if (read_wanted(&cpu, arch, xml[i]) < 0)
            return -1;
        if (cpu.any)
            return FAIL(VIR_ERR_INVALID_ARG, "no CPU model specified at index %u", i);
        if (cpu.arch && strcmp(cpu.arch, arch) != 0)
            return FAIL(VIR_ERR_INVALID_ARG, "CPU arch %s at index %u does not match %s", cpu.arch, i, arch);
        narrow(common, &cpu);
    }
    return 0;
}

/* Every feature of CPU's model that it says nothing else about, said. */
static void
expand_features(DomainCpu *cpu, GHashTable *features)
{
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, features);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        bool said = false;
        for (size_t i = 0; i < cpu->n_feature && !said; i++)
            said = strcmp(cpu->feature[i]->name, name) == 0;
        if (said)
            continue;
        DomainCpuFeature *feature = vr_model_new(&vr_desc_domain_cpu_feature);
        feature->name = g_strdup(name);
        feature->policy = CPU_FEATURE_POLICY_REQUIRE;
        vr_model_list_add(&cpu->feature, &cpu->n_feature, feature);
    }
}

char *
vr_cpu_baseline_guest(const char *arch, const char *const *xml, unsigned n, gboolean expand)
{
    Common common = {0};
    g_autoptr(DomainCpu) cpu = NULL;
    if (n == 0)
        return vr_error_null(VIR_FROM_CPU, VIR_ERR_INVALID_ARG, "no CPUs given");
    if (collect(&common, arch, xml, n) == 0) {
        g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(common.features, NULL);
        cpu = common.model ? vr_cpu_describe_as(arch, common.model, common.vendor, names)
                           : vr_cpu_describe(arch, common.vendor, names, FALSE);
        if (!cpu && !common.model)
            FAIL(VIR_ERR_OPERATION_FAILED, "CPUs are incompatible");
    }
    if (cpu && expand)
        expand_features(cpu, common.features);
    g_clear_pointer(&common.features, g_hash_table_unref);
    g_free(common.model);
    g_free(common.vendor);
    if (!cpu)
        return NULL;
    cpu->mode = CPU_MODE_CUSTOM;
    cpu->match = CPU_MATCH_EXACT;
    GString *text = g_string_new(NULL);
    vr_model_format_to(text, &vr_desc_domain_cpu, "cpu", cpu, 0, 0);
    return g_string_free(text, FALSE);
}
