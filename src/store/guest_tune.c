/* See guest_tune.h. */
#include "store/guest_tune.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const VrParamSpec vr_memory_specs[] = {
    {VIR_DOMAIN_MEMORY_HARD_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {VIR_DOMAIN_MEMORY_SOFT_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, VIR_TYPED_PARAM_ULLONG},
    {NULL},
};

unsigned long long
vr_memory_limit(const DomainDef *def, int which)
{
    const DomainMemtune *tune = def->memtune;
    if (!tune)
        return VIR_DOMAIN_MEMORY_PARAM_UNLIMITED;
    const unsigned long long values[] = {tune->hard_limit, tune->soft_limit, tune->swap_hard_limit};
    return values[which];
}

static void
set_memory_limit(DomainDef *def, int which, unsigned long long value)
{
    if (!def->memtune)
        def->memtune = domain_memtune_new();
    DomainMemtune *tune = def->memtune;
    unsigned long long *values[] = {&tune->hard_limit, &tune->soft_limit, &tune->swap_hard_limit};
    *values[which] = MIN(value, (unsigned long long)VIR_DOMAIN_MEMORY_PARAM_UNLIMITED);
}

void
vr_memory_get(const DomainDef *def, virTypedParameterPtr params, int *nparams)
{
    for (int i = 0; *nparams && i < VR_N_MEMORY; i++)
        vr_param_set_ullong(params, *nparams, i, vr_memory_specs[i].name, vr_memory_limit(def, i));
    *nparams = *nparams ? MIN(*nparams, VR_N_MEMORY) : VR_N_MEMORY;
}

/* The limit that PARAMS leave. */
static unsigned long long
limit_after(const DomainDef *def, const virTypedParameter *params, int nparams, int which, bool *ret_given)
{
    for (int i = 0; i < nparams; i++) {
        if (vr_param_index(&params[i], vr_memory_specs) != which)
            continue;
        *ret_given = true;
        return params[i].value.ul;
    }
    return vr_memory_limit(def, which);
}

int
vr_memory_check(const DomainDef *def, const virTypedParameter *params, int nparams, int domain)
{
    bool given = false;
    unsigned long long hard = limit_after(def, params, nparams, VR_MEMORY_HARD, &given);
    unsigned long long swap = limit_after(def, params, nparams, VR_MEMORY_SWAP, &given);
    if (given && hard > swap)
        return vr_error(domain, VIR_ERR_INVALID_ARG,
                        "memory hard_limit tunable value must be lower than or equal to swap_hard_limit");
    return 0;
}

void
vr_memory_set(DomainDef *def, const virTypedParameter *params, int nparams)
{
    for (int i = 0; i < nparams; i++)
        set_memory_limit(def, vr_param_index(&params[i], vr_memory_specs), params[i].value.ul);
}

const VrParamSpec vr_numa_specs[] = {
    {VIR_DOMAIN_NUMA_MODE, VIR_TYPED_PARAM_INT},
    {VIR_DOMAIN_NUMA_NODESET, VIR_TYPED_PARAM_STRING},
    {NULL},
};

void
vr_numa_get(const DomainDef *def, virTypedParameterPtr params, int *nparams)
{
    const DomainNumatuneMemory *memory = def->numatune ? def->numatune->memory : NULL;
    g_autofree char *nodes = memory && memory->nodeset ? vr_bitmap_format(memory->nodeset) : NULL;
    if (*nparams == 0) {
        *nparams = 2;
        return;
    }
    vr_param_set_int(params, *nparams, 0, VIR_DOMAIN_NUMA_MODE, memory ? memory->mode : 0);
    vr_param_set_string(params, *nparams, 1, VIR_DOMAIN_NUMA_NODESET, nodes);
    *nparams = MIN(*nparams, 2);
}

int
vr_numa_mode(const DomainDef *def)
{
    return def->numatune && def->numatune->memory ? def->numatune->memory->mode : 0;
}

int
vr_numa_read(const virTypedParameter *params, int nparams, int domain, int *ret_mode, VrBitmap **ret_nodes)
{
    int mode = -1;
    g_autoptr(VrBitmap) nodes = NULL;
    for (int i = 0; i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_INT) {
            mode = params[i].value.i;
            if (mode < 0 || mode > DOMAIN_NUMA_MODE_RESTRICTIVE)
                return vr_error(domain, VIR_ERR_INVALID_ARG, "unsupported numatune mode: '%d'", mode);
            continue;
        }
        nodes = *params[i].value.s ? vr_bitmap_parse(params[i].value.s) : NULL;
        if (!nodes)
            return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Failed to parse bitmap '%s'", params[i].value.s);
        if (vr_bitmap_is_empty(nodes))
            return vr_error(domain, VIR_ERR_OPERATION_INVALID, "Invalid nodeset of 'numatune': %s", params[i].value.s);
    }
    *ret_mode = mode;
    *ret_nodes = g_steal_pointer(&nodes);
    return 0;
}

int
vr_numa_set(DomainDef *def, int mode, const VrBitmap *nodes)
{
    const DomainNumatuneMemory *before = def->numatune ? def->numatune->memory : NULL;
    if (!nodes && !(before && before->nodeset))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
                        "nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    if (!def->numatune)
        def->numatune = domain_numatune_new();
    if (!def->numatune->memory)
        def->numatune->memory = domain_numatune_memory_new();
    DomainNumatuneMemory *memory = def->numatune->memory;
    if (mode >= 0)
        memory->mode = mode;
    memory->placement = DOMAIN_NUMATUNE_MEMORY_PLACEMENT_STATIC;
    if (nodes) {
        vr_bitmap_free(memory->nodeset);
        memory->nodeset = vr_bitmap_copy(nodes);
    }
    return 0;
}

/* The guest's weight, then one row per limit that a host device may have. */
const VrParamSpec vr_blkio_specs[] = {
    {VIR_DOMAIN_BLKIO_WEIGHT, VIR_TYPED_PARAM_UINT},
    {VIR_DOMAIN_BLKIO_DEVICE_WEIGHT, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_READ_BPS, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS, VIR_TYPED_PARAM_STRING},
    {NULL},
};

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

void
vr_blkio_get(const DomainDef *def, virTypedParameterPtr params, int *nparams)
{
    if (*nparams == 0) {
        *nparams = VR_N_BLKIO;
        return;
    }
    vr_param_set_uint(params, *nparams, 0, vr_blkio_specs[0].name, def->blkiotune ? def->blkiotune->weight : 0);
    for (int i = 1; i < VR_N_BLKIO; i++) {
        g_autofree char *text = limit_text(def->blkiotune, i);
        vr_param_set_string(params, *nparams, i, vr_blkio_specs[i].name, text);
    }
    *nparams = MIN(*nparams, VR_N_BLKIO);
}

static int
bad_text(const char *name, const char *text)
{
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "unable to parse blkio device '%s' '%s'", name, text);
}

char **
vr_blkio_split(int which, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    guint n = g_strv_length(parts);
    if (n == 0 || n % 2 != 0)
        return bad_text(vr_blkio_specs[which].name, text), NULL;
    for (guint i = 1; i < n; i += 2) {
        guint64 value;
        if (!g_ascii_string_to_unsigned(parts[i], 10, 0, limits[which].wide ? G_MAXUINT64 : G_MAXUINT, &value, NULL))
            return vr_error_null(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "invalid value '%s' for parameter '%s' of device '%s'",
                                 parts[i], vr_blkio_specs[which].name, parts[i - 1]);
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

void
vr_blkio_set(DomainDef *def, const virTypedParameter *param, int which, char **parts)
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

const VrParamSpec *
vr_perf_specs(void)
{
    static VrParamSpec specs[64];
    static gsize once;
    if (g_once_init_enter(&once)) {
        for (int i = 0; i < vr_enum_domain_perf_name.n && i < (int)G_N_ELEMENTS(specs) - 1; i++)
            specs[i] = (VrParamSpec){vr_enum_to_string(&vr_enum_domain_perf_name, i), VIR_TYPED_PARAM_BOOLEAN};
        g_once_init_leave(&once, 1);
    }
    return specs;
}

static DomainPerfEvent *
perf_event(const DomainDef *def, int which)
{
    for (size_t i = 0; def->perf && i < def->perf->n_event; i++) {
        if (def->perf->event[i]->name == which)
            return def->perf->event[i];
    }
    return NULL;
}

bool
vr_perf_is_on(const DomainDef *def, int which)
{
    const DomainPerfEvent *event = perf_event(def, which);
    return event && event->enabled == YES_NO_YES;
}

void
vr_perf_get(const DomainDef *def, VrParams *list)
{
    for (int i = 0; i < vr_enum_domain_perf_name.n; i++)
        vr_params_add_bool(list, vr_perf_specs()[i].name, vr_perf_is_on(def, i));
}

void
vr_perf_set(DomainDef *def, int which, bool on)
{
    if (!def->perf)
        def->perf = domain_perf_new();
    DomainPerfEvent *event = perf_event(def, which);
    if (!event) {
        event = domain_perf_event_new();
        event->name = which;
        size_t at = 0; /* events are kept in the order of their names' list */
        while (at < def->perf->n_event && def->perf->event[at]->name < which)
            at++;
        vr_model_list_insert(&def->perf->event, &def->perf->n_event, at, event);
    }
    event->enabled = on ? YES_NO_YES : YES_NO_NO;
}
