/* Definitions: making, replacing and removing them, each kept in a file that is complete or not there.
 *
 * Called by clients, on any thread, and once when the driver starts.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/ops.h"
#include "drivers/qemu/save.h"

char *
qemu_config_file(const QemuDriver *driver, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    return g_build_filename(driver->paths.config, file, NULL);
}

char *
qemu_autostart_link(const QemuDriver *driver, const char *name, bool once)
{
    g_autofree char *file = g_strconcat(name, once ? ".xml.once" : ".xml", NULL);
    return g_build_filename(driver->paths.config, "autostart", file, NULL);
}

int
qemu_config_write(const QemuDriver *driver, VrGuestDef *def)
{
    g_autofree char *file = qemu_config_file(driver, def->def->name);
    const char *xml = vr_guest_def_xml(def, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE);
    if (!xml)
        return -1;
    g_autofree char *text = g_strdup_printf("<!--\n"
                                            "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                                            "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
                                            "  virsh edit %s\n"
                                            "or other application using the libvirt API.\n"
                                            "-->\n\n%s",
                                            def->def->name, xml);
    if (g_mkdir_with_parents(driver->paths.config, 0700) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot create config directory %s", driver->paths.config);
    g_autoptr(GError) error = NULL;
    if (!g_file_set_contents_full(file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                  &error))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "cannot write the definition of '%s': %s", def->def->name,
                        error->message);
    return 0;
}

/* Give the guest in C the definition DEF (taken over); LIVE: for running now, its stored one stays. */
static void
assign(QemuChange *c, DomainDef *def, bool live)
{
    VrGuestState *next = c->next;
    def->id = -1;
    if (live && next->persistent && !next->config)
        next->config = vr_guest_def_ref(next->now);
    vr_guest_set_def(vr_guest_is_active(next) ? &next->config : &next->now, vr_guest_def_new(def));
}

static int
check_identity(QemuDriver *driver, VrGuest *same_uuid, const DomainDef *def)
{
    char uuid[VR_UUID_TEXT_SIZE];
    if (same_uuid) {
        g_autoptr(VrGuestState) state = vr_guest_state(same_uuid);
        if (strcmp(vr_guest_now(state)->name, def->name) == 0)
            return 0;
        vr_uuid_format(def->uuid, uuid);
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain '%s' is already defined with uuid %s",
                        vr_guest_now(state)->name, uuid);
    }
    g_autoptr(VrGuest) same_name = vr_table_by_name(driver->domains, def->name);
    if (!same_name)
        return 0;
    vr_uuid_format(same_name->stored.uuid, uuid);
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED, "domain '%s' already exists with uuid %s", def->name,
                    uuid);
}

int
qemu_domain_add(QemuChange *c, QemuDriver *driver, DomainDef *taken, bool live, bool *ret_existed)
{
    g_autoptr(DomainDef) def = taken;
    for (;;) {
        g_autoptr(VrGuest) guest = vr_table_by_uuid(driver->domains, def->uuid);
        if (check_identity(driver, guest, def) < 0)
            return -1;
        *ret_existed = guest != NULL;
        if (!guest) {
            guest = vr_guest_new(g_steal_pointer(&def), &qemu_guest_kind, NULL);
            qemu_change_begin_guest(c, driver, vr_stored_ref(guest));
            if (vr_table_add(driver->domains, guest))
                return 0;
            def = domain_def_copy(vr_guest_now(c->next)); /* another thread was faster: look again */
            qemu_change_end(c);
            continue;
        }
        qemu_change_begin_guest(c, driver, vr_stored_ref(guest));
        if (c->next->gone) {
            qemu_change_end(c);
            continue;
        }
        if (live && vr_guest_is_active(c->next))
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain is already active as '%s'", def->name);
        assign(c, g_steal_pointer(&def), live);
        return 0;
    }
}

virDomainPtr
qemu_domain_define_xml_flags(virConnectPtr conn, const char *xml, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, VIR_DOMAIN_DEFINE_VALIDATE, VIR_FROM_QEMU) < 0)
        return NULL;
    DomainDef *def = qemu_domain_parse(driver, xml, flags & VIR_DOMAIN_DEFINE_VALIDATE ? VR_MODEL_VALIDATE : 0);
    if (!def)
        return NULL;
    g_auto(QemuChange) c = {0};
    bool existed = false;
    if (qemu_domain_add(&c, driver, def, false, &existed) < 0)
        return NULL;
    c.next->persistent = true;
    if (qemu_config_write(driver, vr_guest_config(c.next)) < 0) {
        if (!existed) {
            c.next->gone = true;
            qemu_change_publish(&c);
            vr_table_remove(driver->domains, c.guest);
        }
        return NULL;
    }
    qemu_change_publish(&c);
    qemu_emit_lifecycle(&c, VIR_DOMAIN_EVENT_DEFINED,
                        existed ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
    return vr_guest_handle(conn, c.next);
}

virDomainPtr
qemu_domain_define_xml(virConnectPtr conn, const char *xml)
{
    return qemu_domain_define_xml_flags(conn, xml, 0);
}

static int
remove_file(const char *path)
{
    if (g_unlink(path) < 0 && errno != ENOENT)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot remove %s", path);
    return 0;
}

int
qemu_domain_undefine_flags(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags,
                       VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                           VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM |
                           VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_TPM |
                           VIR_DOMAIN_UNDEFINE_KEEP_TPM,
                       VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    VrGuestState *next = c.next;
    if (!next->persistent)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot undefine transient domain");
    const DomainDef *def = vr_guest_config(next)->def;
    const DomainOsNvram *nvram = def->os.nvram;
    if (nvram && nvram->path && access(nvram->path, F_OK) == 0) {
        if (!(flags & (VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot undefine domain with nvram");
        if (flags & VIR_DOMAIN_UNDEFINE_NVRAM && remove_file(nvram->path) < 0)
            return -1;
    }
    if (next->managed_save) {
        if (!(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
            return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                            "Refusing to undefine while domain managed save image exists");
        g_autofree char *image = qemu_managed_save_path(c.driver, def->name);
        if (remove_file(image) < 0)
            return -1;
        next->managed_save = false;
    }
    g_autofree char *file = qemu_config_file(c.driver, def->name), *link = qemu_autostart_link(c.driver, def->name, false);
    g_autofree char *once = qemu_autostart_link(c.driver, def->name, true);
    if (remove_file(link) < 0 || remove_file(once) < 0 || remove_file(file) < 0)
        return -1;
    next->persistent = false;
    next->autostart = next->autostart_once = false;
    next->gone = !vr_guest_is_active(next);
    qemu_change_publish(&c);
    qemu_emit_lifecycle(&c, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
    if (next->gone)
        vr_table_remove(c.driver->domains, c.guest);
    return 0;
}

int
qemu_domain_undefine(virDomainPtr dom)
{
    return qemu_domain_undefine_flags(dom, 0);
}

static int
set_autostart(virDomainPtr dom, bool on, bool once)
{
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot set autostart for transient domain");
    const char *name = vr_guest_now(c.next)->name;
    bool *flag = once ? &c.next->autostart_once : &c.next->autostart;
    g_autofree char *file = qemu_config_file(c.driver, name), *link = qemu_autostart_link(c.driver, name, once);
    if (on && !*flag) {
        g_autofree char *folder = g_path_get_dirname(link);
        if (g_mkdir_with_parents(folder, 0755) < 0)
            return vr_error_system(VIR_FROM_QEMU, errno, "cannot create autostart directory %s", folder);
        if (symlink(file, link) < 0 && errno != EEXIST)
            return vr_error_system(VIR_FROM_QEMU, errno, "Failed to create symlink '%s' to '%s'", link, file);
    } else if (!on && remove_file(link) < 0) {
        return -1;
    }
    *flag = on;
    qemu_change_publish(&c);
    return 0;
}

int
qemu_domain_set_autostart(virDomainPtr dom, int autostart)
{
    return set_autostart(dom, autostart != 0, false);
}

int
qemu_domain_set_autostart_once(virDomainPtr dom, int autostart)
{
    return set_autostart(dom, autostart != 0, true);
}

int
qemu_domain_get_autostart_once(virDomainPtr dom, int *autostart)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return -1;
    *autostart = state->autostart_once;
    return 0;
}

/* Give the files of the guest in C its new name; those that are made already are removed when one cannot be. */
static int
rename_files(QemuChange *c, const char *from, const char *to)
{
    for (int once = 0; once < 2; once++) {
        if (!(once ? c->next->autostart_once : c->next->autostart))
            continue;
        g_autofree char *file = qemu_config_file(c->driver, to), *link = qemu_autostart_link(c->driver, to, once);
        if (symlink(file, link) < 0 && errno != EEXIST)
            return vr_error_system(VIR_FROM_QEMU, errno, "Failed to create symlink '%s' to '%s'", link, file);
    }
    if (qemu_config_write(c->driver, vr_guest_config(c->next)) < 0)
        return -1;
    g_autofree char *old = qemu_config_file(c->driver, from);
    g_autofree char *old_link = qemu_autostart_link(c->driver, from, false);
    g_autofree char *old_once = qemu_autostart_link(c->driver, from, true);
    g_unlink(old);
    g_unlink(old_link);
    g_unlink(old_once);
    return 0;
}

int
qemu_domain_rename(virDomainPtr dom, const char *new_name, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    VrGuestState *next = c.next;
    if (!next->persistent)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot rename a transient domain");
    if (vr_guest_is_active(next))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain has to be shutoff before renaming");
    if (next->managed_save)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain with a managed saved state can't be renamed");
    if (!*new_name || strchr(new_name, '/'))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "name %s cannot contain '/'", new_name);
    g_autofree char *old_name = g_strdup(vr_guest_now(next)->name);
    if (strcmp(old_name, new_name) == 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "Can't rename domain to itself");
    if (!vr_table_rename(c.driver->domains, c.guest, new_name))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain with name '%s' already exists", new_name);
    DomainDef *def = vr_guest_change_now(&c.change);
    g_free(def->name);
    def->name = g_strdup(new_name);
    if (rename_files(&c, old_name, new_name) < 0) {
        vr_table_rename(c.driver->domains, c.guest, old_name);
        return -1;
    }
    VrEventArgs gone = {.n = {VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED}};
    vr_event_emit(c.driver->events, VR_EVENTS_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, old_name, def->uuid, -1, &gone);
    qemu_change_publish(&c);
    qemu_emit_lifecycle(&c, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
    return 0;
}

/* A file that cannot be read is left alone and costs its own guest only. */
static void
load(QemuDriver *driver, const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_autoptr(DomainDef) def = qemu_domain_parse(driver, text, VR_MODEL_SKIP_VALIDATE | VR_MODEL_SKIP_POST);
    if (!def) {
        vr_error_clear();
        return;
    }
    g_autofree char *link = qemu_autostart_link(driver, def->name, false);
    g_autofree char *once = qemu_autostart_link(driver, def->name, true);
    g_autofree char *image = qemu_managed_save_path(driver, def->name);
    bool autostart = g_file_test(link, G_FILE_TEST_IS_SYMLINK), autostart_once = g_file_test(once, G_FILE_TEST_IS_SYMLINK);
    g_auto(QemuChange) c = {0};
    bool existed;
    if (qemu_domain_add(&c, driver, g_steal_pointer(&def), false, &existed) < 0) {
        vr_error_clear();
        return;
    }
    c.next->persistent = true;
    c.next->autostart = autostart;
    c.next->autostart_once = autostart_once;
    c.next->managed_save = g_file_test(image, G_FILE_TEST_EXISTS);
    qemu_change_publish(&c);
}

int
qemu_config_load_all(QemuDriver *driver)
{
    g_autoptr(GDir) dir = g_dir_open(driver->paths.config, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(driver->paths.config, name, NULL);
        if (g_str_has_suffix(name, ".xml"))
            load(driver, path);
    }
    return 0;
}
