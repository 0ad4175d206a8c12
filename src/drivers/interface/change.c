/* Changes to the host's interfaces: definitions kept and forgotten, interfaces brought up and down, and all of it undone.
 *
 * Entry points, on any thread.  A change that has begun is a copy of the files as they were; it outlives the daemon.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "drivers/interface/interface.h"

#define MAX_FILE (1024 * 1024)

/* What goes into ifupdown's files is a plain word. */
static int
check_word(const char *what, const char *text)
{
    if (!text)
        return 0;
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("._:/-@", *c))
            return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' cannot be the %s of an interface", text, what);
    }
    return 0;
}

static int
check_name(const char *name)
{
    if (!*name || strlen(name) > 15 || strchr(name, '/') || *name == '.' || *name == '-')
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' cannot be the name of an interface", name);
    return check_word("name", name);
}

static int
check(const InterfaceDef *def)
{
    if (check_name(def->name) < 0)
        return -1;
    for (size_t i = 0; i < def->n_protocol; i++) {
        const InterfaceProtocol *protocol = def->protocol[i];
        if (check_word("gateway", protocol->gateway) < 0)
            return -1;
        for (size_t j = 0; j < protocol->n_ip; j++) {
            if (check_word("address", protocol->ip[j]->address) < 0)
                return -1;
        }
    }
    if (def->bridge && check_word("delay", def->bridge->delay) < 0)
        return -1;
    if (def->bond && def->bond->arpmon && check_word("target", def->bond->arpmon->target) < 0)
        return -1;
    if (def->vlan && (check_word("tag", def->vlan->tag) < 0 || check_word("device", def->vlan->device) < 0))
        return -1;
    InterfaceDef *const *parts = def->bridge ? def->bridge->interface : def->bond ? def->bond->interface : NULL;
    size_t n = def->bridge ? def->bridge->n_interface : def->bond ? def->bond->n_interface : 0;
    for (size_t i = 0; i < n; i++) {
        if (check(parts[i]) < 0)
            return -1;
    }
    return 0;
}

static int
write_file(VrInstance *instance, VrDefinition *definition)
{
    const char *name = ((const InterfaceDef *)definition->def)->name;
    g_autofree char *path = vr_files_path(interface_driver(instance)->folder, name, ""), *old = NULL;
    if (g_file_get_contents(path, &old, NULL, NULL)) {
        g_autoptr(InterfaceDef) ours = interface_stanza_read(old);
        if (!ours)
            return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_FAILED,
                            "'%s' was written by hand: move it away before '%s' is defined here", path, name);
    }
    vr_error_clear();
    g_autofree char *text = interface_stanza(definition);
    return text ? vr_files_write(path, text, -1, 0755, VIR_FROM_INTERFACE) : -1;
}

int
interface_keep(VrInstance *instance, InterfaceDef *taken, VrItem **ret_item)
{
    g_autoptr(VrDefinition) definition = vr_definition_new(&vr_desc_interface_def, taken);
    if (check(taken) < 0 || write_file(instance, definition) < 0)
        return -1;
    g_autoptr(VrItem) item = vr_table_by_name(instance->items, taken->name);
    g_auto(VrItemChange) c = {0};
    if (item && vr_item_change_begin(&c, item)) {
        vr_definition_set(&c.next->now, vr_definition_ref(definition));
        vr_item_change_publish(&c);
    } else {
        VrItemState state = {.now = vr_definition_ref(definition), .persistent = true};
        g_autoptr(VrItem) made = vr_item_new(taken->name, NULL, &state);
        vr_table_add(instance->items, made);
        vr_item_unref(item);
        item = g_steal_pointer(&made);
    }
    if (ret_item)
        *ret_item = vr_stored_ref(item);
    return 0;
}

int
interface_forget(VrInstance *instance, VrItem *item)
{
    g_autofree char *path = vr_files_path(interface_driver(instance)->folder, item->stored.name, "");
    g_auto(VrItemChange) c = {0};
    if (vr_files_remove(path, VIR_FROM_INTERFACE) < 0)
        return -1;
    if (vr_item_change_begin(&c, item))
        vr_item_change_remove(&c, instance->items);
    return 0;
}

static int
load_file(void *data, const char *name, const char *path)
{
    VrInstance *instance = data;
    g_autofree char *text = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_INTERFACE);
    g_autoptr(InterfaceDef) def = text ? interface_stanza_read(text) : NULL;
    if (!def || strcmp(def->name, name) != 0)
        return vr_error_is_set() ? -1 : 0; /* somebody else's */
    VrItemState state = {.now = vr_definition_new(&vr_desc_interface_def, g_steal_pointer(&def)), .persistent = true};
    g_autoptr(VrItem) item = vr_item_new(name, NULL, &state);
    vr_table_add(instance->items, item);
    return 0;
}

int
interface_load(VrInstance *instance)
{
    vr_files_each(interface_driver(instance)->folder, "", load_file, instance, "interface");
    return 0;
}

virInterfacePtr
interface_define(virConnectPtr conn, const char *xml, unsigned int flags)
{
    VrInstance *instance = interface_instance(conn);
    if (vr_flags_check(flags, VIR_INTERFACE_DEFINE_VALIDATE, VIR_FROM_INTERFACE) < 0)
        return NULL;
    InterfaceDef *def = interface_def_parse(xml, &(VrParseContext){.flags = flags ? VR_MODEL_VALIDATE : 0});
    g_autoptr(VrItem) item = NULL;
    VR_SCOPED_LOCK(&interface_driver(instance)->change);
    if (!def || interface_keep(instance, def, &item) < 0)
        return NULL;
    return vr_interface_new(conn, item->stored.name, def->mac ? def->mac : "");
}

static VrItem *
find_defined(virInterfacePtr iface)
{
    VrItem *item = vr_table_by_name(interface_instance(iface)->items, VR_OBJECT_NAME(iface));
    if (item)
        return item;
    g_autoptr(GArray) links = vr_links();
    if (links && vr_links_find(links, VR_OBJECT_NAME(iface)))
        return vr_error_null(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID,
                             "interface '%s' is configured elsewhere: define it here first", VR_OBJECT_NAME(iface));
    return vr_error_null(VIR_FROM_INTERFACE, VIR_ERR_NO_INTERFACE, "couldn't find interface named '%s'", VR_OBJECT_NAME(iface));
}

int
interface_undefine(virInterfacePtr iface)
{
    VrInstance *instance = interface_instance(iface);
    VR_SCOPED_LOCK(&interface_driver(instance)->change);
    g_autoptr(VrItem) item = find_defined(iface);
    return item ? interface_forget(instance, item) : -1;
}

int
interface_create(virInterfacePtr iface, unsigned int flags)
{
    VrInstance *instance = interface_instance(iface);
    if (vr_flags_check(flags, 0, VIR_FROM_INTERFACE) < 0)
        return -1;
    VR_SCOPED_LOCK(&interface_driver(instance)->change);
    g_autoptr(VrItem) item = find_defined(iface);
    if (!item)
        return -1;
    if (interface_is_active(iface) == 1)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID, "interface '%s' is already running", item->stored.name);
    g_autoptr(VrItemState) state = vr_item_state(item);
    return interface_set_up(state->now->def);
}

int
interface_destroy(virInterfacePtr iface, unsigned int flags)
{
    VrInstance *instance = interface_instance(iface);
    if (vr_flags_check(flags, 0, VIR_FROM_INTERFACE) < 0)
        return -1;
    VR_SCOPED_LOCK(&interface_driver(instance)->change);
    g_autoptr(GArray) links = vr_links();
    if (!links)
        return -1;
    const VrLink *link = vr_links_find(links, VR_OBJECT_NAME(iface));
    if (!link || !interface_is_up(link))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID, "interface '%s' is not running", VR_OBJECT_NAME(iface));
    return interface_take_down(link->name, link->kind);
}

/* --- transactions --- */

typedef struct {
    const char *to;
    int result;
} Copy;

static int
copy_file(void *data, const char *name, const char *path)
{
    Copy *copy = data;
    g_autofree char *text = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_INTERFACE), *to = vr_files_path(copy->to, name, "");
    g_autoptr(InterfaceDef) def = text ? interface_stanza_read(text) : NULL;
    if (text && !def)
        return 0; /* not ours: not touched by anything that is undone */
    if (!text || vr_files_write(to, text, -1, 0700, VIR_FROM_INTERFACE) < 0)
        copy->result = -1;
    return copy->result;
}

static void
remove_saved(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int
interface_change_begin(virConnectPtr conn, unsigned int flags)
{
    InterfaceDriver *driver = interface_driver(interface_instance(conn));
    if (vr_flags_check(flags, 0, VIR_FROM_INTERFACE) < 0)
        return -1;
    VR_SCOPED_LOCK(&driver->change);
    if (g_file_test(driver->saved, G_FILE_TEST_EXISTS))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID, "there is another transaction running.");
    g_autofree char *beside = g_strconcat(driver->saved, ".new", NULL);
    remove_saved(beside);
    Copy copy = {beside, 0};
    if (g_mkdir_with_parents(beside, 0700) < 0)
        return vr_error_system(VIR_FROM_INTERFACE, errno, "cannot create directory '%s'", beside);
    vr_files_each(driver->folder, "", copy_file, &copy, "interface");
    if (copy.result < 0)
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_FAILED, "the interfaces' configuration cannot be saved in '%s'", beside);
    return g_rename(beside, driver->saved) < 0 ? vr_error_system(VIR_FROM_INTERFACE, errno, "cannot rename '%s'", beside) : 0;
}

int
interface_change_commit(virConnectPtr conn, unsigned int flags)
{
    InterfaceDriver *driver = interface_driver(interface_instance(conn));
    if (vr_flags_check(flags, 0, VIR_FROM_INTERFACE) < 0)
        return -1;
    VR_SCOPED_LOCK(&driver->change);
    if (!g_file_test(driver->saved, G_FILE_TEST_EXISTS))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID, "no transaction running, nothing to be committed.");
    remove_saved(driver->saved);
    return 0;
}

/* Take NAME down if it runs, and forget its definition. */
static void
drop(VrInstance *instance, const GArray *links, VrItem *item)
{
    const VrLink *link = vr_links_find(links, item->stored.name);
    if ((link && *link->kind && interface_take_down(link->name, link->kind) < 0) || interface_forget(instance, item) < 0) {
        vr_log(VR_LOG_WARN, "interface", "'%s' is not as it was: %s", item->stored.name, vr_error_last()->message);
        vr_error_clear();
    }
}

typedef struct {
    VrInstance *instance;
    GPtrArray *defs;
} Saved;

static int
read_saved(void *data, const char *name, const char *path)
{
    Saved *saved = data;
    g_autofree char *text = vr_files_read(path, MAX_FILE, NULL, VIR_FROM_INTERFACE);
    InterfaceDef *def = text ? interface_stanza_read(text) : NULL;
    if (def)
        g_ptr_array_add(saved->defs, def);
    return text ? 0 : -1;
}

static void
def_free(void *def)
{
    interface_def_free(def);
}

/* What was not there is taken down and forgotten; what was there is there again, and runs if it ran. */
int
interface_change_rollback(virConnectPtr conn, unsigned int flags)
{
    VrInstance *instance = interface_instance(conn);
    InterfaceDriver *driver = interface_driver(instance);
    if (vr_flags_check(flags, 0, VIR_FROM_INTERFACE) < 0)
        return -1;
    VR_SCOPED_LOCK(&driver->change);
    if (!g_file_test(driver->saved, G_FILE_TEST_EXISTS))
        return vr_error(VIR_FROM_INTERFACE, VIR_ERR_OPERATION_INVALID, "no transaction running, nothing to rollback.");
    g_autoptr(GPtrArray) defs = g_ptr_array_new_with_free_func(def_free);
    vr_files_each(driver->saved, "", read_saved, &(Saved){instance, defs}, "interface");
    g_autoptr(GArray) links = vr_links();
    g_autoptr(GPtrArray) items = vr_table_list(instance->items);
    g_autoptr(GHashTable) ran = g_hash_table_new(g_str_hash, g_str_equal);
    if (!links)
        return -1;
    for (guint i = 0; i < items->len; i++) {
        VrItem *item = items->pdata[i];
        const InterfaceDef *before = NULL;
        for (guint j = 0; j < defs->len && !before; j++)
            before = strcmp(((InterfaceDef *)defs->pdata[j])->name, item->stored.name) == 0 ? defs->pdata[j] : NULL;
        g_autoptr(VrItemState) state = vr_item_state(item);
        if (before && vr_model_equal(&vr_desc_interface_def, before, state->now->def))
            continue;
        const VrLink *link = vr_links_find(links, item->stored.name);
        if (before && link && interface_is_up(link))
            g_hash_table_add(ran, before->name);
        drop(instance, links, item);
    }
    int result = 0;
    for (guint i = 0; i < defs->len; i++) {
        InterfaceDef *def = defs->pdata[i];
        g_autoptr(VrItem) there = vr_table_by_name(instance->items, def->name);
        if (!there && interface_keep(instance, vr_model_copy(&vr_desc_interface_def, def), NULL) < 0)
            result = -1;
        if (!there && g_hash_table_contains(ran, def->name) && interface_set_up(def) < 0)
            result = -1;
    }
    if (result == 0)
        remove_saved(driver->saved);
    return result;
}
