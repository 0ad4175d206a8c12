/* Pools on disk: definitions, what runs; and all of it read again when the driver starts. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/storage/storage.h"
#include "model/status.gen.h"

#define MAX_FILE (16 * 1024 * 1024)
/* How long opening the driver waits for looks at the pools that ran before. */
#define PATIENCE (2 * G_USEC_PER_SEC)

static const char *const namespaces[] = {"fs", "rbd", NULL};
const VrParseContext storage_context = {.namespaces = namespaces};

int
storage_write_config(VrInstance *instance, const VrItemState *next)
{
    VrDefinition *stored = next->config ? next->config : next->now;
    const char *name = ((const StoragePoolDef *)stored->def)->name, *xml = vr_definition_xml(stored, 0);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->config, name, ".xml");
    g_autofree char *command = g_strdup_printf("pool-edit %s", name);
    return vr_files_write_definition(path, xml, command, 0755, VIR_FROM_STORAGE);
}

int
storage_write_status(VrInstance *instance, const VrItemState *next)
{
    g_autoptr(StoragePoolStatusDef) status = storage_pool_status_def_new();
    const char *name = storage_now(next)->name;
    status->pool = vr_definition_copy(next->now);
    g_autofree char *xml = storage_pool_status_def_format(status, 0);
    if (!xml)
        return -1;
    g_autofree char *path = vr_files_path(instance->state, name, ".xml");
    g_autofree char *command = g_strdup_printf("pool-edit %s", name);
    return vr_files_write_definition(path, xml, command, 0755, VIR_FROM_STORAGE);
}

void
storage_remove_status(VrInstance *instance, const char *name)
{
    g_autofree char *path = vr_files_path(instance->state, name, ".xml");
    g_unlink(path);
}

/* --- reading --- */

static void
prepare(VrItemChange *c)
{
    if (!c->item->own)
        vr_item_own(c->item, storage_pool_new(), storage_pool_free);
    if (!c->next->parts)
        c->next->parts = g_ptr_array_new_with_free_func((GDestroyNotify)vr_definition_unref);
}

static int
load_config(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_STORAGE);
    g_autoptr(StoragePoolDef) def = xml ? storage_pool_def_parse(xml, &storage_context) : NULL;
    g_auto(VrItemChange) c = {0};
    if (!def)
        return -1;
    if (strcmp(def->name, name) != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "Storage pool config filename '%s' does not match pool name '%s'",
                        path, def->name);
    if (vr_item_assign(instance->items, name, def->uuid, 0, &storage_words, &c) < 0)
        return -1;
    prepare(&c);
    vr_definition_set(&c.next->now, vr_definition_new(&vr_desc_storage_pool_def, g_steal_pointer(&def)));
    c.next->persistent = true;
    c.next->autostart = vr_files_is_autostart(instance->config, name);
    if (!strstr(xml, "<uuid>") && storage_write_config(instance, c.next) < 0)
        return -1; /* one that was put here by hand is given its identity for good */
    return vr_item_assign_publish(&c, instance->items, &storage_words);
}

/* Whether what ran is still there.  A type that cannot tell is not. */
static bool
still_runs(const StoragePoolDef *def)
{
    const StorageBackend *backend = storage_backend(def);
    bool active = false;
    if (backend && backend->check && backend->check(def, &active) == 0)
        return active;
    if (vr_error_is_set())
        vr_log(VR_LOG_ERROR, "storage", "pool '%s': %s", def->name, vr_error_last()->message);
    vr_error_clear();
    return false;
}

static int
load_status(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *xml = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_STORAGE);
    g_autoptr(StoragePoolStatusDef) status = xml ? storage_pool_status_def_parse(xml, &storage_context) : NULL;
    g_auto(VrItemChange) c = {0};
    if (!status)
        return -1;
    StoragePoolDef *def = status->pool;
    if (strcmp(def->name, name) != 0)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "Storage pool state file '%s' does not match pool name '%s'", path,
                        def->name);
    if (!still_runs(def)) {
        storage_remove_status(instance, name);
        return 0;
    }
    if (vr_item_assign(instance->items, name, def->uuid, VR_ASSIGN_LIVE, &storage_words, &c) < 0)
        return -1;
    prepare(&c);
    if (c.next->persistent)
        c.next->config = g_steal_pointer(&c.next->now);
    storage_set_now(c.next, g_steal_pointer(&status->pool));
    c.next->active = true;
    return vr_item_assign_publish(&c, instance->items, &storage_words);
}

/* --- what nobody waits for --- */

/* Looks under way, counted so that the first caller can wait a little for all of them. */
typedef struct {
    gint refs;
    VrMutex lock;
    VrCond done;
    unsigned left;
} Looks;

static void
looks_unref(Looks *looks)
{
    if (!g_atomic_int_dec_and_test(&looks->refs))
        return;
    vr_mutex_clear(&looks->lock);
    vr_cond_clear(&looks->done);
    g_free(looks);
}

typedef struct {
    VrInstance *instance; /* outlives the workers */
    VrItem *item;
    Looks *looks;
    bool start;
} Look;

static void
look(void *data)
{
    Look *l = data;
    int result = l->start ? -1 : storage_refresh(l->instance, l->item, true);
    if (l->start && storage_fate_begin(l->item) == 0) {
        result = storage_run(l->instance, l->item, 0);
        storage_fate_end(l->item);
    }
    if (result < 0)
        vr_log(VR_LOG_ERROR, "storage", "pool '%s' %s: %s", l->item->stored.name,
               l->start ? "did not start by itself" : "cannot be looked at", vr_error_last()->message);
    vr_error_clear();
    vr_mutex_lock(&l->looks->lock);
    l->looks->left--;
    vr_cond_broadcast(&l->looks->done);
    vr_mutex_unlock(&l->looks->lock);
    looks_unref(l->looks);
    vr_item_unref(l->item);
    g_free(l);
}

/* Whether pools have been started by themselves since the host started: the first to ask is told no. */
static bool
autostarted(const VrInstance *instance)
{
    g_autofree char *mark = g_build_filename(instance->state, "autostarted", NULL);
    g_mkdir_with_parents(instance->state, 0755);
    int fd = open(mark, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST;
    close(fd);
    return false;
}

int
storage_load(VrInstance *instance)
{
    StorageDriver *driver = instance->data;
    vr_files_each(instance->config, ".xml", load_config, instance, "storage");
    vr_files_each(instance->state, ".xml", load_status, instance, "storage");
    bool first = !autostarted(instance);
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    Looks *looks = g_new0(Looks, 1);
    looks->refs = 1;
    vr_mutex_init(&looks->lock);
    vr_cond_init(&looks->done);
    for (guint i = 0; i < items->len; i++) {
        g_autoptr(VrItemState) state = vr_item_state(items->pdata[i]);
        if (!state->active && !(first && state->autostart))
            continue;
        Look *l = g_new0(Look, 1);
        *l = (Look){instance, vr_stored_ref(items->pdata[i]), looks, !state->active};
        g_atomic_int_inc(&looks->refs);
        vr_mutex_lock(&looks->lock);
        looks->left++;
        vr_mutex_unlock(&looks->lock);
        vr_pool_submit(driver->workers, FALSE, look, l);
    }
    gint64 deadline = g_get_monotonic_time() + PATIENCE;
    vr_mutex_lock(&looks->lock);
    while (looks->left && vr_cond_wait_until(&looks->done, &looks->lock, deadline))
        continue;
    vr_mutex_unlock(&looks->lock);
    looks_unref(looks);
    return 0;
}
