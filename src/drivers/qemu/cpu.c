/* Guests' processors measured by the host's: see cpu.h. */
#include "drivers/qemu/cpu.h"

#include <string.h>

#include "base/error.h"
#include "model/cpu.h"
#include "model/model.h"

static bool
lists(char **names, const char *name)
{
    return names && g_strv_contains((const char *const *)names, name);
}

static void
feature_free(DomainCpuFeature *feature)
{
    vr_model_free(&vr_desc_domain_cpu_feature, feature);
}

/* What QEMU's own idea of the model has, and the host has not. */
static void
disable_blockers(DomainCpu *cpu, const GPtrArray *models)
{
    for (guint i = 0; i < models->len; i++) {
        const QemuCpuModel *model = models->pdata[i];
        if (strcmp(model->name, cpu->model->value) != 0)
            continue;
        for (char **blocker = model->blockers; blocker && *blocker; blocker++) {
            bool said = !vr_cpu_feature_known(*blocker);
            for (size_t j = 0; j < cpu->n_feature && !said; j++)
                said = strcmp(cpu->feature[j]->name, *blocker) == 0;
            if (said)
                continue;
            DomainCpuFeature *feature = vr_model_new(&vr_desc_domain_cpu_feature);
            feature->name = g_strdup(*blocker);
            feature->policy = CPU_FEATURE_POLICY_DISABLE;
            vr_model_list_add(&cpu->feature, &cpu->n_feature, feature);
        }
    }
}

DomainCpu *
qemu_cpu_host_model(const QemuCaps *caps, bool kvm, bool migratable)
{
    const QemuHostCpu *host = kvm ? &caps->host : &caps->tcg_host;
    if (!host->features || !*host->features)
        return NULL;
    DomainCpu *cpu =
        vr_cpu_describe(caps->arch, vr_cpu_vendor_of(host->vendor), (const char *const *)host->features, FALSE);
    if (cpu)
        disable_blockers(cpu, kvm ? caps->cpus : caps->tcg_cpus);
    size_t kept = 0;
    for (size_t i = 0; migratable && cpu && i < cpu->n_feature; i++) {
        DomainCpuFeature *feature = cpu->feature[i];
        if (feature->policy == CPU_FEATURE_POLICY_REQUIRE && !lists(host->migratable, feature->name))
            feature_free(feature);
        else
            cpu->feature[kept++] = feature;
    }
    if (migratable && cpu)
        cpu->n_feature = kept;
    return cpu;
}

/* Give CPU a feature of the guest's own wish, in place of what it says about it. */
static void
set_feature(DomainCpu *cpu, const DomainCpuFeature *wish)
{
    for (size_t i = 0; i < cpu->n_feature; i++) {
        if (strcmp(cpu->feature[i]->name, wish->name) == 0) {
            cpu->feature[i]->policy = wish->policy;
            return;
        }
    }
    DomainCpuFeature *feature = vr_model_new(&vr_desc_domain_cpu_feature);
    feature->name = g_strdup(wish->name);
    feature->policy = wish->policy;
    vr_model_list_add(&cpu->feature, &cpu->n_feature, feature);
}

static void
take_host_model(DomainCpu *cpu, DomainCpu *host)
{
    for (size_t i = 0; i < cpu->n_feature; i++) {
        set_feature(host, cpu->feature[i]);
        feature_free(cpu->feature[i]);
    }
    g_free(cpu->feature);
    cpu->feature = g_steal_pointer(&host->feature);
    cpu->n_feature = host->n_feature;
    host->n_feature = 0;
    DomainCpuModel *model = cpu->model;
    cpu->model = g_steal_pointer(&host->model);
    if (model) {
        cpu->model->vendor_id = g_steal_pointer(&model->vendor_id);
        vr_model_free(&vr_desc_domain_cpu_model, model);
    }
    g_free(cpu->vendor);
    cpu->vendor = g_steal_pointer(&host->vendor);
    cpu->mode = CPU_MODE_CUSTOM;
    cpu->match = CPU_MATCH_EXACT;
}

/* Whether the host has every feature that the guest insists on. */
static int
check(const QemuCaps *caps, const DomainDef *def)
{
    bool kvm = def->type == DOMAIN_VIRT_TYPE_KVM;
    const QemuHostCpu *host = kvm ? &caps->host : &caps->tcg_host;
    if (!host->features || !*host->features)
        return 0;
    const char *vendor;
    g_auto(GStrv) needs = vr_cpu_needs(caps->arch, def->cpu), own = kvm ? vr_cpu_host_features(&vendor) : NULL;
    g_autoptr(GString) missing = g_string_new(NULL);
    for (char **need = needs; *need; need++) {
        if (!lists(host->features, *need) && !lists(own, *need))
            g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", *need);
    }
    if (!missing->len)
        return 0;
    return vr_error(VIR_FROM_CPU, VIR_ERR_CPU_INCOMPATIBLE, "Host CPU does not provide required features: %s", missing->str);
}

int
qemu_cpu_update(const QemuCaps *caps, DomainDef *def)
{
    DomainCpu *cpu = def->cpu;
    if (!qemu_arch_is_native(def->os.type.arch))
        return 0;
    if (cpu->mode == CPU_MODE_CUSTOM)
        return cpu->check == DOMAIN_CPU_CHECK_PARTIAL ? check(caps, def) : 0;
    if (cpu->mode != CPU_MODE_HOST_MODEL)
        return 0;
    g_autoptr(DomainCpu) host = qemu_cpu_host_model(caps, def->type == DOMAIN_VIRT_TYPE_KVM, true);
    if (host)
        take_host_model(cpu, host);
    return 0;
}
