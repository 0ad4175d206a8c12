/* Writing secrets to their folder and reading them back: see keep.h. */
#include "drivers/secret/keep.h"

#include <string.h>

#include "base/error.h"
#include "store/files.h"

#define MAX_FILE (1u << 20)

const char *
secret_usage_id(const SecretDef *def)
{
    const SecretUsageDef *usage = &def->usage;
    const char *id = usage->volume ? usage->volume : usage->name ? usage->name : usage->target;
    return id ? id : "";
}

typedef struct {
    gsize length;
    guchar bytes[];
} Value;

static void
value_free(void *data)
{
    Value *value = data;
    explicit_bzero(value->bytes, value->length);
    g_free(value);
}

GBytes *
secret_value_new(const void *bytes, gsize length)
{
    Value *value = g_malloc(sizeof(*value) + length);
    value->length = length;
    memcpy(value->bytes, bytes, length);
    return g_bytes_new_with_free_func(value->bytes, length, value_free, value);
}

static bool
is_ephemeral(const VrItemState *state)
{
    return !state || !state->now || ((const SecretDef *)state->now->def)->ephemeral;
}

static int
keep_value(const char *path, GBytes *value)
{
    gsize length;
    const guchar *bytes = g_bytes_get_data(value, &length);
    char *text = g_base64_encode(bytes, length);
    int result = vr_files_write(path, text, -1, 0700, VIR_FROM_SECRET);
    explicit_bzero(text, strlen(text));
    g_free(text);
    return result;
}

int
secret_keep(const VrInstance *instance, const char *name, const VrItemState *state, const VrItemState *last)
{
    bool fresh = is_ephemeral(last);
    if (is_ephemeral(state))
        return fresh ? 0 : secret_forget(instance, name);
    g_autofree char *xml_path = vr_files_path(instance->config, name, ".xml");
    g_autofree char *value_path = vr_files_path(instance->config, name, ".base64");
    if (state->value && (fresh || last->value != state->value) && keep_value(value_path, state->value) < 0)
        return -1;
    if (!fresh && last->now == state->now)
        return 0;
    const char *xml = vr_definition_xml(state->now, 0);
    return xml ? vr_files_write(xml_path, xml, -1, 0700, VIR_FROM_SECRET) : -1;
}

int
secret_forget(const VrInstance *instance, const char *name)
{
    g_autofree char *xml_path = vr_files_path(instance->config, name, ".xml");
    g_autofree char *value_path = vr_files_path(instance->config, name, ".base64");
    if (vr_files_remove(value_path, VIR_FROM_SECRET) < 0)
        return -1;
    return vr_files_remove(xml_path, VIR_FROM_SECRET);
}

/* The value beside a definition; NULL without one.  -1 with the error set when it cannot be read. */
static int
load_value(const char *path, GBytes **ret_value)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return 0;
    g_autofree char *text = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_SECRET);
    if (!text)
        return -1;
    if (!*text)
        return 0;
    gsize length;
    g_base64_decode_inplace(text, &length);
    *ret_value = secret_value_new(text, length);
    explicit_bzero(text, length);
    return 0;
}

static int
load_one(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *text = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_SECRET);
    g_autoptr(SecretDef) def = text ? secret_def_parse(text, NULL) : NULL;
    if (!def)
        return -1;
    char uuid[VR_UUID_TEXT_SIZE];
    vr_uuid_format(def->uuid, uuid);
    if (strcmp(uuid, name) != 0)
        return vr_error(VIR_FROM_SECRET, VIR_ERR_INTERNAL_ERROR, "<uuid> does not match secret file name '%s'", name);
    g_autofree char *value_path = vr_files_path(instance->config, name, ".base64");
    VrItemState state = {.persistent = true};
    if (load_value(value_path, &state.value) < 0)
        return -1;
    unsigned char id[VR_UUID_SIZE];
    memcpy(id, def->uuid, sizeof(id));
    state.now = vr_definition_new(&vr_desc_secret_def, g_steal_pointer(&def));
    g_autoptr(VrItem) item = vr_item_new(uuid, id, &state);
    vr_table_add(instance->items, item);
    return 0;
}

int
secret_load(VrInstance *instance)
{
    vr_files_each(instance->config, ".xml", load_one, instance, "secret");
    return 0;
}
