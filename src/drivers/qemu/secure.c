/* How guests are kept apart: under which identity they run, and what an encrypted one was measured as. */
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/command.h"
#include "base/params.h"
#include "drivers/qemu/conf.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/run.h"

/* The host's first security model is none, which has no labels. */
int
qemu_domain_get_security_label(virDomainPtr dom, virSecurityLabelPtr label)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    memset(label, 0, sizeof(*label));
    return 0;
}

/* None, then whose process the guest is. */
int
qemu_domain_get_security_label_list(virDomainPtr dom, virSecurityLabelPtr *ret_labels)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    *ret_labels = NULL;
    if (!vr_guest_is_active(state))
        return 0;
    const QemuDriver *driver = qemu_driver(dom);
    int n = driver->privileged ? 2 : 1;
    virSecurityLabelPtr labels = g_new0(virSecurityLabel, n);
    if (n == 2)
        g_snprintf(labels[1].label, sizeof(labels[1].label), "+%u:+%u", (unsigned)driver->conf->uid, (unsigned)driver->conf->gid);
    *ret_labels = labels;
    return n;
}

/* What "query-sev" tells, and under which names. */
static const struct {
    const char *qmp, *param;
} sev_figures[] = {
    {"api-major", VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MAJOR},   {"api-minor", VIR_DOMAIN_LAUNCH_SECURITY_SEV_API_MINOR},
    {"build-id", VIR_DOMAIN_LAUNCH_SECURITY_SEV_BUILD_ID},     {"policy", VIR_DOMAIN_LAUNCH_SECURITY_SEV_POLICY},
    {"snp-policy", VIR_DOMAIN_LAUNCH_SECURITY_SEV_SNP_POLICY},
};

static void
add_figures(VrParams *list, const json_t *answer)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sev_figures); i++) {
        const json_t *value = json_object_get(answer, sev_figures[i].qmp);
        if (!json_is_integer(value))
            continue;
        if (strcmp(sev_figures[i].qmp, "snp-policy") == 0)
            vr_params_add_ullong(list, sev_figures[i].param, (unsigned long long)json_integer_value(value));
        else
            vr_params_add_uint(list, sev_figures[i].param, (unsigned)json_integer_value(value));
    }
}

int
qemu_domain_get_launch_security_info(virDomainPtr dom, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    const DomainLaunchSecurity *security = vr_guest_now(state)->launch_security;
    VrParams list = {0};
    if (security && (security->type == DOMAIN_LAUNCH_SECURITY_TYPE_SEV || security->type == DOMAIN_LAUNCH_SECURITY_TYPE_SEV_SNP)) {
        if (vr_guest_need_active(state) < 0)
            return -1;
        QemuQmp *qmp = qemu_run_of(state)->qmp;
        json_t *known = qemu_qmp_call(qmp, "query-sev", NULL, QEMU_QMP_PATIENCE);
        json_t *measured = known && security->type == DOMAIN_LAUNCH_SECURITY_TYPE_SEV
                               ? qemu_qmp_call(qmp, "query-sev-launch-measure", NULL, QEMU_QMP_PATIENCE)
                               : NULL;
        const char *text = json_string_value(json_object_get(measured, "data"));
        if (text)
            vr_params_add_string(&list, VIR_DOMAIN_LAUNCH_SECURITY_SEV_MEASUREMENT, text);
        bool heard = known && (measured || security->type != DOMAIN_LAUNCH_SECURITY_TYPE_SEV);
        add_figures(&list, known);
        json_decref(known);
        json_decref(measured);
        if (!heard) {
            vr_params_clear(&list);
            return -1;
        }
    }
    *params = list.params;
    *nparams = list.n;
    return 0;
}

static const VrParamSpec state_specs[] = {
    {VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_HEADER, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_LAUNCH_SECURITY_SEV_SECRET_SET_ADDRESS, VIR_TYPED_PARAM_ULLONG},
    {NULL},
};

int
qemu_domain_set_launch_security_state(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, state_specs) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    const DomainLaunchSecurity *security = vr_guest_now(c.next)->launch_security;
    if (!security || security->type != DOMAIN_LAUNCH_SECURITY_TYPE_SEV)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "setting a launch secret is only supported in SEV-enabled domains");
    if (c.next->state != VIR_DOMAIN_PAUSED)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain must be in a paused state");
    json_t *arguments = json_object();
    for (int i = 0; i < nparams; i++) {
        static const char *const names[] = {"packet-header", "secret", "gpa"};
        int which = vr_param_index(&params[i], state_specs);
        json_object_set_new(arguments, names[which],
                            which == 2 ? json_integer((json_int_t)params[i].value.ul) : json_string(params[i].value.s));
    }
    if (!json_object_get(arguments, "packet-header") || !json_object_get(arguments, "secret")) {
        json_decref(arguments);
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Both secret and the secret header are required");
    }
    return qemu_do(&c, "sev-inject-launch-secret", arguments);
}

/* The emulator's word about the host's encryption, asked without a guest; NULL where there is none. */
static json_t *
ask_host(const char *binary)
{
    static const char questions[] = "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"query-sev-capabilities\",\"id\":1}\n{\"execute\":\"quit\"}\n";
    g_autoptr(VrCommand) command = vr_command_new(binary, "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", "none,accel=kvm",
                                                  "-qmp", "stdio", NULL);
    g_autofree char *said = NULL;
    int status;
    vr_command_input(command, questions, sizeof(questions) - 1);
    if (vr_command_status(command, &status, &said, NULL) < 0)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(said, "\n", 64);
    for (char **line = lines; *line; line++) {
        json_t *message = json_loads(*line, JSON_REJECT_DUPLICATES, NULL);
        json_t *answer = json_object_get(message, "id") ? json_incref(json_object_get(message, "return")) : NULL;
        json_decref(message);
        if (answer)
            return answer;
    }
    return NULL;
}

/* How many encrypted guests the processor can have at once. */
static void
add_room(VrParams *list)
{
#if defined(__x86_64__)
    unsigned a, b, all, first;
    if (!__get_cpuid_count(0x8000001f, 0, &a, &b, &all, &first) || first == 0 || all < first)
        return;
    vr_params_add_uint(list, VIR_NODE_SEV_MAX_GUESTS, all - first + 1);
    vr_params_add_uint(list, VIR_NODE_SEV_MAX_ES_GUESTS, first - 1);
#endif
}

int
qemu_node_get_sev_info(virConnectPtr conn, virTypedParameterPtr *params, int *nparams, unsigned int flags)
{
    static const struct {
        const char *qmp, *param;
    } texts[] = {{"pdh", VIR_NODE_SEV_PDH}, {"cert-chain", VIR_NODE_SEV_CERT_CHAIN}, {"cpu0-id", VIR_NODE_SEV_CPU0_ID}},
      numbers[] = {{"cbitpos", VIR_NODE_SEV_CBITPOS}, {"reduced-phys-bits", VIR_NODE_SEV_REDUCED_PHYS_BITS}};
    if (vr_flags_check(flags, VIR_TYPED_PARAM_STRING_OKAY, VIR_FROM_QEMU) < 0)
        return -1;
    g_autofree char *binary = access("/dev/sev", R_OK) == 0 ? qemu_caps_find_binary(qemu_host_arch()) : NULL;
    json_t *answer = binary ? ask_host(binary) : NULL;
    vr_error_clear();
    if (!answer)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "QEMU does not support SEV guest");
    VrParams list = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = json_string_value(json_object_get(answer, texts[i].qmp));
        if (text)
            vr_params_add_string(&list, texts[i].param, text);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const json_t *number = json_object_get(answer, numbers[i].qmp);
        if (json_is_integer(number))
            vr_params_add_uint(&list, numbers[i].param, (unsigned)json_integer_value(number));
    }
    json_decref(answer);
    add_room(&list);
    *params = list.params;
    *nparams = list.n;
    return 0;
}
