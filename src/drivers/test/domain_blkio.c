/* Disk time: the guest's weight, and limits for each host device. */
#include "drivers/test/ops.h"

#include <stdlib.h>
#include <string.h>

#include "base/params.h"

/* The guest's weight, then one row per limit that a host device may have. */
static const VrParamSpec specs[] = {
    {VIR_DOMAIN_BLKIO_WEIGHT, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BLKIO_DEVICE_WEIGHT, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_READ_BPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS, VIR_TYPED_PARAM_STRING},
    {NULL},
};
#define N_SPECS ((int)G_N_ELEMENTS(specs) - 1)

static const struct {
    size_t offset;
    bool wide; /* unsigned long long, not unsigned */
} limits[] = {
    [1] = {offsetof(DomainBlkioDevice, weight), false},
    [2] = {offsetof(DomainBlkioDevice, read_iops_sec), false},
    [3] = {offsetof(DomainBlkioDevice, write_iops_sec), false},
    [4] = {offsetof(DomainBlkioDevice, read_bytes_sec), true},
    [5] = {offsetof(DomainBlkioDevice, write_bytes_sec), true},
};

static unsigned long long
limit_get(const DomainBlkioDevice *device, int which)
{
    const char *field = (const char *)device + limits[which].offset;
    return limits[which].wide ? *(const unsigned long long *)field : *(const unsigned *)field;
}

static void
limit_set(DomainBlkioDevice *device, int which, unsigned long long value)
{
    char *field = (char *)device + limits[which].offset;
    if (limits[which].wide)
        *(unsigned long long *)field = value;
    else
        *(unsigned *)field = (unsigned)value;
}

/* "PATH,VALUE,PATH,VALUE" of every device that has limit WHICH. */
static char *
limit_text(const DomainBlkiotune *tune, int which)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; tune && i < tune->n_device; i++) {
        unsigned long long value = limit_get(tune->device[i], which);
        if (value)
            g_string_append_printf(text, "%s%s,%llu", text->len ? "," : "", tune->device[i]->path, value);
    }
    return g_string_free(text, FALSE);
}

int
test_domain_get_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int *nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_TYPED_PARAM_STRING_OKAY,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(VrGuestState) state = test_state(dom);
    const DomainDef *def = state ? vr_guest_one_def(state, flags) : NULL;
    if (!def)
        return -1;
    if (*nparams == 0) {
        *nparams = N_SPECS;
        return 0;
    }
    vr_param_set_uint(params, *nparams, 0, specs[0].name, def->blkiotune ? def->blkiotune->weight : 0);
    for (int i = 1; i < N_SPECS; i++) {
        g_autofree char *text = limit_text(def->blkiotune, i);
        vr_param_set_string(params, *nparams, i, specs[i].name, text);
    }
    *nparams = MIN(*nparams, N_SPECS);
    return 0;
}

static int
bad_text(const char *name, const char *text)
{
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "unable to parse blkio device '%s' '%s'", name, text);
}

/* PATH and VALUE alternating in TEXT, checked: an array of 2n strings, or NULL with the error set. */
static char **
split_limits(int which, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    guint n = g_strv_length(parts);
    if (n == 0 || n % 2 != 0)
        return bad_text(specs[which].name, text), NULL;
    for (guint i = 1; i < n; i += 2) {
        guint64 value;
        if (!g_ascii_string_to_unsigned(parts[i], 10, 0, limits[which].wide ? G_MAXUINT64 : G_MAXUINT, &value, NULL))
            return vr_error_null(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "invalid value '%s' for parameter '%s' of device '%s'",
                                 parts[i], specs[which].name, parts[i - 1]);
    }
    return g_steal_pointer(&parts);
}

static DomainBlkioDevice *
device_of(DomainBlkiotune *tune, const char *path)
{
    for (size_t i = 0; i < tune->n_device; i++) {
        if (strcmp(tune->device[i]->path, path) == 0)
            return tune->device[i];
    }
    DomainBlkioDevice *device = domain_blkio_device_new();
    device->path = g_strdup(path);
    vr_model_list_add(&tune->device, &tune->n_device, device);
    return device;
}

static void
apply(DomainDef *def, const virTypedParameter *param, int which, char **parts)
{
    if (!def->blkiotune)
        def->blkiotune = domain_blkiotune_new();
    DomainBlkiotune *tune = def->blkiotune;
    if (which == 0) {
        tune->weight = param->value.ui;
        return;
    }
    for (char **part = parts; *part; part += 2)
        limit_set(device_of(tune, part[0]), which, g_ascii_strtoull(part[1], NULL, 10));
}

int
test_domain_set_blkio_parameters(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, VIR_FROM_TEST) < 0 ||
        vr_params_check(params, nparams, specs) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    DomainDef *defs[2];
    if (test_change_begin(&c, dom) < 0 || vr_guest_change_defs(&c.change, flags, &defs[0], &defs[1]) < 0)
        return -1;
    for (int i = 0; i < nparams; i++) {
        int which = vr_param_index(&params[i], specs);
        g_auto(GStrv) parts = which ? split_limits(which, params[i].value.s) : NULL;
        if (which && !parts)
            return -1;
        for (int d = 0; d < 2; d++) {
            if (defs[d])
                apply(defs[d], &params[i], which, parts);
        }
    }
    test_change_publish(&c);
    return 0;
}
