/* Typed parameters on the command line: shown, or set from options. */
#include "shell/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* No limit: what the library says when there is none. */
#define IS_UNLIMITED(value) ((value) == (unsigned long long)VIR_DOMAIN_MEMORY_PARAM_UNLIMITED)

static gboolean
is_memory(const char *field)
{
    return g_str_has_suffix(field, "_limit") || strcmp(field, VIR_DOMAIN_MEMORY_MIN_GUARANTEE) == 0;
}

void
shell_print_params(Shell *sh, const virTypedParameter *params, int n)
{
    for (int i = 0; i < n; i++) {
        gboolean unlimited = params[i].type == VIR_TYPED_PARAM_ULLONG && is_memory(params[i].field) && IS_UNLIMITED(params[i].value.ul);
        g_autofree char *text = unlimited ? g_strdup("unlimited") : shell_param_text(&params[i]);
        shell_print(sh, "%-15s: %s\n", params[i].field, text);
    }
}

typedef struct {
    virTypedParameterPtr params;
    int n, room;
} Params;

static void
params_clear(Params *p)
{
    virTypedParamsFree(p->params, p->n);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Params, params_clear)

static gboolean
add_amount(Shell *sh, Params *p, const TuneOption *option, const char *text)
{
    unsigned long long bytes;
    if (option->kind == TUNE_MEMORY && strcmp(text, "-1") == 0)
        return virTypedParamsAddULLong(&p->params, &p->n, &p->room, option->field, VIR_DOMAIN_MEMORY_PARAM_UNLIMITED) == 0;
    g_autofree char *in_kib = option->kind == TUNE_MEMORY && g_ascii_isdigit(text[strlen(text) - 1]) ? g_strconcat(text, "K", NULL) : NULL;
    if (!shell_size(sh, option->option, in_kib ? in_kib : text, &bytes))
        return FALSE;
    return virTypedParamsAddULLong(&p->params, &p->n, &p->room, option->field, option->kind == TUNE_MEMORY ? (bytes + 1023) / 1024 : bytes) == 0;
}

static gboolean
add_number(Shell *sh, const Args *args, Params *p, const TuneOption *option)
{
    long long value;
    gboolean is_signed = option->kind == TUNE_INT || option->kind == TUNE_LLONG;
    long long max = option->kind == TUNE_INT ? G_MAXINT : option->kind == TUNE_UINT ? G_MAXUINT : G_MAXINT64;
    if (args_number(sh, args, option->option, is_signed ? -max : 0, max, &value) < 0)
        return FALSE;
    switch (option->kind) {
    case TUNE_INT:
        return virTypedParamsAddInt(&p->params, &p->n, &p->room, option->field, (int)value) == 0;
    case TUNE_UINT:
        return virTypedParamsAddUInt(&p->params, &p->n, &p->room, option->field, (unsigned int)value) == 0;
    case TUNE_LLONG:
        return virTypedParamsAddLLong(&p->params, &p->n, &p->room, option->field, value) == 0;
    default:
        return virTypedParamsAddULLong(&p->params, &p->n, &p->room, option->field, (unsigned long long)value) == 0;
    }
}

static gboolean
add_option(Shell *sh, const Args *args, Params *p, const TuneOption *option)
{
    const char *text = args_string(args, option->option);
    if (!text)
        return TRUE;
    if (option->kind == TUNE_STRING)
        return virTypedParamsAddString(&p->params, &p->n, &p->room, option->field, text) == 0;
    return option->kind >= TUNE_MEMORY ? add_amount(sh, p, option, text) : add_number(sh, args, p, option);
}

static int
get(const Tune *tune, virDomainPtr dom, const char *device, Params *p, unsigned int flags)
{
    return tune->get ? tune->get(dom, p->params, &p->n, flags) : tune->get_of(dom, device, p->params, &p->n, flags);
}

gboolean
shell_tune(Shell *sh, const Args *args, const Tune *tune)
{
    const char *device = tune->device ? args_string(args, tune->device) : NULL;
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_auto(Params) wanted = {0};
    if (!dom)
        return FALSE;
    for (const TuneOption *option = tune->options; option->option; option++) {
        if (!add_option(sh, args, &wanted, option))
            return FALSE;
    }
    if (wanted.n) {
        int bad = tune->set ? tune->set(dom, wanted.params, wanted.n, flags) : tune->set_of(dom, device, wanted.params, wanted.n, flags);
        return bad == 0 || shell_outcome(sh, FALSE, NULL, tune->fails, NULL, NULL);
    }
    g_auto(Params) have = {0};
    if (get(tune, dom, device, &have, flags) < 0)
        return FALSE;
    have.params = g_new0(virTypedParameter, (gsize)have.n + 1);
    if (get(tune, dom, device, &have, flags) < 0)
        return FALSE;
    shell_print_params(sh, have.params, have.n);
    return TRUE;
}

gboolean
run_numatune(Shell *sh, const Args *args)
{
    static const char *const modes[] = {"strict", "preferred", "interleave", "restrictive"};
    const char *mode = args_string(args, "mode"), *nodes = args_string(args, "nodeset");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_auto(Params) p = {0};
    if (!dom)
        return FALSE;
    if (nodes && virTypedParamsAddString(&p.params, &p.n, &p.room, VIR_DOMAIN_NUMA_NODESET, nodes) < 0)
        return FALSE;
    if (mode) {
        int number = 0;
        while (number < (int)G_N_ELEMENTS(modes) && strcmp(modes[number], mode) != 0)
            number++;
        if (number == (int)G_N_ELEMENTS(modes) && g_ascii_isdigit(mode[0]))
            number = atoi(mode);
        if (number >= (int)G_N_ELEMENTS(modes)) {
            shell_error(sh, "Invalid mode: %s", mode);
            return FALSE;
        }
        virTypedParamsAddInt(&p.params, &p.n, &p.room, VIR_DOMAIN_NUMA_MODE, number);
    }
    if (p.n)
        return virDomainSetNumaParameters(dom, p.params, p.n, flags) == 0 ||
               shell_outcome(sh, FALSE, NULL, "Unable to change numa parameters", NULL, NULL);
    if (virDomainGetNumaParameters(dom, NULL, &p.n, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get number of memory parameters", NULL, NULL);
    p.params = g_new0(virTypedParameter, (gsize)p.n + 1);
    if (virDomainGetNumaParameters(dom, p.params, &p.n, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get numa parameters", NULL, NULL);
    for (int i = 0; i < p.n; i++) {
        gboolean is_mode = p.params[i].type == VIR_TYPED_PARAM_INT && strcmp(p.params[i].field, VIR_DOMAIN_NUMA_MODE) == 0;
        if (is_mode && p.params[i].value.i >= 0 && p.params[i].value.i < (int)G_N_ELEMENTS(modes))
            shell_print(sh, "%-15s: %s\n", p.params[i].field, modes[p.params[i].value.i]);
        else
            shell_print_params(sh, &p.params[i], 1);
    }
    return TRUE;
}

/* "AVERAGE[,PEAK[,BURST[,FLOOR]]]" as parameters of direction WAY. */
static gboolean
add_rate(Shell *sh, const Args *args, Params *p, const char *way)
{
    static const char *const parts[] = {"average", "peak", "burst", "floor"};
    const char *text = args_string(args, way);
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
    guint n = g_strv_length(words);
    gboolean inbound = strcmp(way, "inbound") == 0;
    for (guint i = 0; i < n; i++) {
        char *end;
        guint64 value = g_ascii_strtoull(words[i], &end, 10);
        if (i > (inbound ? 3u : 2u) || *end || value > G_MAXUINT || (i == 0 && !*words[i])) {
            shell_error(sh, "invalid format '%s' for <%s> option: AVERAGE[,PEAK[,BURST%s]]", text, way, inbound ? "[,FLOOR]" : "");
            return FALSE;
        }
        g_autofree char *field = g_strdup_printf("%s.%s", way, parts[i]);
        if (*words[i] && virTypedParamsAddUInt(&p->params, &p->n, &p->room, field, (unsigned int)value) < 0)
            return FALSE;
    }
    return TRUE;
}

gboolean
run_domiftune(Shell *sh, const Args *args)
{
    const char *device = args_string(args, "interface");
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_auto(Params) p = {0};
    if (!dom || !add_rate(sh, args, &p, "inbound") || !add_rate(sh, args, &p, "outbound"))
        return FALSE;
    if (p.n)
        return virDomainSetInterfaceParameters(dom, device, p.params, p.n, flags) == 0 ||
               shell_outcome(sh, FALSE, NULL, "Unable to set interface parameters", NULL, NULL);
    if (virDomainGetInterfaceParameters(dom, device, NULL, &p.n, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get number of interface parameters", NULL, NULL);
    p.params = g_new0(virTypedParameter, (gsize)p.n + 1);
    if (virDomainGetInterfaceParameters(dom, device, p.params, &p.n, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get interface parameters", NULL, NULL);
    shell_print_params(sh, p.params, p.n);
    return TRUE;
}

/* Put TEXT into a parameter that is known, by its type. */
static gboolean
assign(Shell *sh, virTypedParameter *param, const char *text)
{
    char *end = NULL;
    errno = 0;
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
        param->value.i = (int)g_ascii_strtoll(text, &end, 10);
        break;
    case VIR_TYPED_PARAM_UINT:
        param->value.ui = (unsigned int)g_ascii_strtoull(text, &end, 10);
        break;
    case VIR_TYPED_PARAM_LLONG:
        param->value.l = g_ascii_strtoll(text, &end, 10);
        break;
    case VIR_TYPED_PARAM_ULLONG:
        param->value.ul = g_ascii_strtoull(text, &end, 10);
        break;
    default:
        break;
    }
    if (end && end != text && !*end && errno == 0)
        return TRUE;
    shell_error(sh, "Invalid value of option %s", param->field);
    return FALSE;
}

/* Take the values that options give into P; those that nobody gave leave it.  FALSE after an error was told. */
static gboolean
choose_scheduler(Shell *sh, const Args *args, Params *p, int *ret_n)
{
    static const char *const own[] = {"weight", "cap"};
    const char *const *sets = args_words(args, "set");
    int kept = 0;
    for (int i = 0; i < p->n; i++) {
        const char *text = NULL;
        for (gsize j = 0; j < G_N_ELEMENTS(own); j++) {
            if (strcmp(own[j], p->params[i].field) == 0)
                text = args_string(args, own[j]);
        }
        for (const char *const *set = sets; *set; set++) {
            gsize len = strlen(p->params[i].field);
            if (strncmp(*set, p->params[i].field, len) == 0 && (*set)[len] == '=')
                text = *set + len + 1;
        }
        if (!text)
            continue;
        if (!assign(sh, &p->params[i], text))
            return FALSE;
        virTypedParameter chosen = p->params[i];
        p->params[i] = p->params[kept];
        p->params[kept++] = chosen;
    }
    for (const char *const *set = sets; *set; set++) {
        gboolean known = FALSE;
        for (int i = 0; i < p->n && !known; i++)
            known = g_str_has_prefix(*set, p->params[i].field) && (*set)[strlen(p->params[i].field)] == '=';
        if (!known) {
            shell_error(sh, "invalid scheduler option: %s", *set);
            return FALSE;
        }
    }
    *ret_n = kept;
    return TRUE;
}

static gboolean
get_scheduler(virDomainPtr dom, Params *p, unsigned int flags, gboolean with_flags)
{
    return (with_flags ? virDomainGetSchedulerParametersFlags(dom, p->params, &p->n, flags)
                       : virDomainGetSchedulerParameters(dom, p->params, &p->n)) == 0;
}

gboolean
run_schedinfo(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    gboolean with_flags = flags || args_flag(args, "current");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_auto(Params) p = {0};
    int set = 0;
    g_autofree char *type = dom ? virDomainGetSchedulerType(dom, &p.n) : NULL;
    if (!dom)
        return FALSE;
    shell_print(sh, "%-15s: %s\n", "Scheduler", type ? type : "Unknown");
    if (!type)
        return FALSE;
    p.params = g_new0(virTypedParameter, (gsize)p.n + 1);
    if (p.n == 0)
        return TRUE;
    if (!get_scheduler(dom, &p, flags, with_flags) || !choose_scheduler(sh, args, &p, &set))
        return FALSE;
    if (set) {
        int bad = with_flags ? virDomainSetSchedulerParametersFlags(dom, p.params, set, flags)
                             : virDomainSetSchedulerParameters(dom, p.params, set);
        if (bad < 0 || !get_scheduler(dom, &p, flags, with_flags))
            return FALSE;
    }
    shell_print_params(sh, p.params, p.n);
    return TRUE;
}

static gboolean
add_events(Shell *sh, const Args *args, Params *p, const char *option, gboolean value)
{
    const char *text = args_string(args, option);
    g_auto(GStrv) names = g_strsplit(text ? text : "", ",", -1);
    for (char **name = names; *name; name++) {
        if (virTypedParamsAddBoolean(&p->params, &p->n, &p->room, *name, value) < 0)
            return FALSE;
    }
    return TRUE;
}

gboolean
run_perf(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_auto(Params) p = {0};
    if (!dom || !add_events(sh, args, &p, "enable", TRUE) || !add_events(sh, args, &p, "disable", FALSE))
        return FALSE;
    if (p.n) {
        if (virDomainSetPerfEvents(dom, p.params, p.n, flags) < 0)
            return shell_outcome(sh, FALSE, NULL, "Unable to enable/disable perf events", NULL, NULL);
        for (int i = 0; i < p.n; i++)
            shell_print(sh, "%-15s: %s\n", p.params[i].field, p.params[i].value.b ? "enabled" : "disabled");
        return TRUE;
    }
    if (virDomainGetPerfEvents(dom, &p.params, &p.n, flags) < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get perf events", NULL, NULL);
    for (int i = 0; i < p.n; i++)
        shell_print(sh, "%-15s: %s\n", p.params[i].field, p.params[i].value.b ? "enabled" : "disabled");
    return TRUE;
}
