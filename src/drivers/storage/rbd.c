/* Pools of Ceph's block devices, by its programs, which answer in JSON.
 *
 * See StorageBackend; on the calling worker.  The key is handed over in memory of ours, never in the list of processes.
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "drivers/storage/storage.h"

/* A call of PROGRAM for DEF's cluster; *RET_SECRET is the key's descriptor (-1: none), which outlives the call. */
static VrCommand *
call(VrInstance *instance, const StoragePoolDef *def, const char *program, int *ret_secret)
{
    const StoragePoolSource *source = &def->source;
    g_autoptr(VrCommand) command = vr_command_new(program, NULL);
    g_autoptr(GString) hosts = g_string_new(NULL);
    *ret_secret = -1;
    for (size_t i = 0; i < source->n_host; i++) {
        const StoragePoolHost *host = source->host[i];
        g_string_append_printf(hosts, strchr(host->name, ':') ? "%s[%s]" : "%s%s", i ? "," : "", host->name);
        if (host->port)
            g_string_append_printf(hosts, ":%d", host->port);
    }
    /* the pool's document says all; what the host's own configuration says is about other clusters */
    vr_command_add(command, "-c", "/dev/null", "-m", hosts->str, NULL);
    if (source->auth) {
        int fd = storage_secret_key_fd(instance, source->auth);
        if (fd < 0)
            return NULL;
        *ret_secret = fd;
        vr_command_add(command, "--id", source->auth->username, "--keyfile", NULL);
        vr_command_addf(command, "/proc/%d/fd/%d", (int)getpid(), fd);
    } else {
        vr_command_add(command, "--auth-client-required", "none", NULL);
    }
    for (size_t i = 0; def->rbd_config_opts && i < def->rbd_config_opts->n_rbd_option; i++) {
        const StoragePoolRbdOption *option = def->rbd_config_opts->rbd_option[i];
        vr_command_addf(command, "--%s=%s", option->name, option->value);
    }
    return g_steal_pointer(&command);
}

/* Run it to its end; RET_JSON is what it printed, NULL when that does not matter. */
static int
finish(VrCommand *taken, int secret, json_t **ret_json)
{
    g_autoptr(VrCommand) command = taken;
    g_autofree char *out = NULL;
    int result = command ? vr_command_run(command, ret_json ? &out : NULL) : -1;
    if (secret >= 0)
        close(secret);
    if (result < 0 || !ret_json)
        return result;
    json_error_t error;
    *ret_json = json_loads(out, 0, &error);
    return *ret_json ? 0 : vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "Ceph's answer cannot be read: %s", error.text);
}

static unsigned long long
number(const json_t *object, const char *name)
{
    return (unsigned long long)json_integer_value(json_object_get(object, name));
}

static int
measure(VrInstance *instance, StorageScan *s)
{
    int secret;
    VrCommand *command = call(instance, s->def, "ceph", &secret);
    json_t *answer = NULL;
    if (command) {
        vr_command_add(command, "df", "--format", "json", NULL);
        storage_scan_guard(s, command);
    }
    if (finish(command, secret, &answer) < 0)
        return -1;
    size_t i;
    json_t *pool;
    json_array_foreach(json_object_get(answer, "pools"), i, pool) {
        const json_t *stats = json_object_get(pool, "stats");
        const char *name = json_string_value(json_object_get(pool, "name"));
        if (g_strcmp0(name, s->def->source.name) != 0)
            continue;
        s->def->allocation = number(stats, "bytes_used");
        s->def->available = number(stats, "max_avail");
    }
    s->def->capacity = number(json_object_get(answer, "stats"), "total_bytes");
    json_decref(answer);
    return 0;
}

static void
name_volume(const StoragePoolDef *def, StorageVolDef *vol)
{
    g_free(vol->target.path);
    g_free(vol->key);
    vol->target.path = g_strdup_printf("%s/%s", def->source.name, vol->name);
    vol->key = g_strdup(vol->target.path);
}

static int
scan(VrInstance *instance, StorageScan *s)
{
    int secret;
    VrCommand *command = call(instance, s->def, "rbd", &secret);
    json_t *answer = NULL;
    if (command) {
        vr_command_add(command, "ls", "-l", "--format", "json", s->def->source.name, NULL);
        storage_scan_guard(s, command);
    }
    if (finish(command, secret, &answer) < 0)
        return -1;
    size_t i;
    json_t *image;
    json_array_foreach(answer, i, image) {
        const char *name = json_string_value(json_object_get(image, "image"));
        if (!name || json_object_get(image, "snapshot"))
            continue;
        StorageVolDef *vol = storage_vol_def_new();
        vol->type = STORAGE_VOL_TYPE_NETWORK;
        vol->name = g_strdup(name);
        vol->capacity = vol->allocation = number(image, "size");
        vol->has_capacity = vol->has_allocation = true;
        vol->target.format = g_strdup("raw");
        name_volume(s->def, vol);
        storage_scan_add(s, vol);
    }
    json_decref(answer);
    return measure(instance, s);
}

static int
place(const StoragePoolDef *def, StorageVolDef *vol)
{
    if (storage_check_name(vol->name) < 0)
        return -1;
    if (strpbrk(vol->name, "@") || *vol->name == '-')
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "volume name '%s' is none that Ceph can have", vol->name);
    name_volume(def, vol);
    return 0;
}

static int
build_volume(const StorageBuild *b)
{
    const StorageVolDef *vol = b->vol;
    int secret;
    if (strcmp(vol->target.format, "raw") != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "only RAW volumes are supported by this storage pool");
    if (vol->target.encryption)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool does not support encrypted volumes");
    if (b->from && b->from->type != STORAGE_VOL_TYPE_NETWORK)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, "an RBD volume can be a copy of an RBD volume only: upload the other's content");
    VrCommand *command = call(b->instance, b->def, "rbd", &secret);
    if (command && b->from) {
        vr_command_add(command, "cp", "--no-progress", b->from->target.path, vol->target.path, NULL);
    } else if (command) {
        vr_command_add(command, "create", "--image-format", "2", "--size", NULL);
        vr_command_addf(command, "%lluB", vol->capacity);
        vr_command_add(command, vol->target.path, NULL);
    }
    return finish(command, secret, NULL);
}

static int
look(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol)
{
    int secret;
    VrCommand *command = call(instance, def, "rbd", &secret);
    json_t *answer = NULL;
    if (command)
        vr_command_add(command, "info", "--format", "json", vol->target.path, NULL);
    if (finish(command, secret, &answer) < 0)
        return -1;
    vol->capacity = vol->allocation = number(answer, "size");
    vol->type = STORAGE_VOL_TYPE_NETWORK;
    json_decref(answer);
    return 0;
}

static int
remove_volume(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags)
{
    int secret;
    if (vr_flags_check(flags, VIR_STORAGE_VOL_DELETE_ZEROED | VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS, VIR_FROM_STORAGE) < 0)
        return -1;
    if (flags & VIR_STORAGE_VOL_DELETE_WITH_SNAPSHOTS) {
        VrCommand *purge = call(instance, def, "rbd", &secret);
        if (purge)
            vr_command_add(purge, "snap", "purge", "--no-progress", vol->target.path, NULL);
        if (finish(purge, secret, NULL) < 0)
            return -1;
    }
    VrCommand *command = call(instance, def, "rbd", &secret);
    if (command)
        vr_command_add(command, "rm", "--no-progress", vol->target.path, NULL);
    return finish(command, secret, NULL);
}

static int
resize(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity, unsigned flags)
{
    int secret;
    VrCommand *command = call(instance, def, "rbd", &secret);
    if (command) {
        vr_command_add(command, "resize", "--no-progress", "--size", NULL);
        vr_command_addf(command, "%lluB", capacity);
        if (flags & VIR_STORAGE_VOL_RESIZE_SHRINK)
            vr_command_add(command, "--allow-shrink", NULL);
        vr_command_add(command, vol->target.path, NULL);
    }
    return finish(command, secret, NULL);
}

static int
check(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = true; /* the look that follows finds out */
    return 0;
}

const StorageBackend storage_backend_rbd = {
    .program = {"rbd", "ceph"},
    .check = check,
    .scan = scan,
    .volume_place = place,
    .volume_build = build_volume,
    .volume_look = look,
    .volume_remove = remove_volume,
    .volume_resize = resize,
};
