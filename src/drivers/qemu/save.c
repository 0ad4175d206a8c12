/* Guests put to sleep in files and woken up again: save, restore, managed save, and looking into such files.
 *
 * On client threads.  A save is a long job: queries never wait for it, and an abort reaches it.
 */
#include "drivers/qemu/fault.h"
#include "drivers/qemu/save.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/params.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"

#define SAVE_FLAGS (VIR_DOMAIN_SAVE_BYPASS_CACHE | VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED | VIR_DOMAIN_SAVE_RESET_NVRAM)

char *
qemu_managed_save_path(const QemuDriver *driver, const char *name)
{
    return g_strdup_printf("%s/save/%s.save", driver->paths.lib, name);
}

#define SLICE_MS 250                       /* how often progress is asked for */
#define PASSING_MS (24u * 60 * 60 * 1000)  /* no save takes longer than a day */
#define FULL_SPEED 9223372036853727232LL   /* the most that QEMU takes, whole MiB */

static void
note_progress(QemuRun *run)
{
    json_t *now = qemu_qmp_call(run->qmp, "query-migrate", NULL, QEMU_QMP_PATIENCE);
    if (!now)
        return;
    vr_mutex_lock(&run->lock);
    json_t *old = run->job.migration;
    run->job.migration = now;
    vr_mutex_unlock(&run->lock);
    json_decref(old);
}

static json_t *
one_text(const char *name, const char *value)
{
    json_t *object = json_object();
    qemu_put_text(object, name, value);
    return object;
}

int
qemu_migrate_to(QemuRun *run, int fd)
{
    json_t *speed = json_object(), *where = one_text("uri", "fd:migrate");
    qemu_put_number(speed, "max-bandwidth", FULL_SPEED);
    QemuAsk *asked[] = {qemu_qmp_ask(run->qmp, "migrate-set-parameters", speed),
                        qemu_qmp_ask_with_fd(run->qmp, "getfd", one_text("fdname", "migrate"), fd),
                        qemu_qmp_ask(run->qmp, "migrate", where)};
    bool good = true;
    for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
        json_t *got = qemu_ask_result(asked[i], QEMU_QMP_PATIENCE);
        good = good && (got || i == 0);
        json_decref(got);
    }
    if (!good)
        return -1;
    gint64 end = g_get_monotonic_time() + PASSING_MS * (gint64)1000;
    int result;
    do {
        vr_error_clear();
        result = qemu_run_wait_migration(run, SLICE_MS);
        note_progress(run);
    } while (result < 0 && vr_error_last()->code == VIR_ERR_OPERATION_TIMEOUT && g_get_monotonic_time() < end);
    if (result < 0) {
        const json_t *said = json_object_get(run->job.migration, "error-desc");
        if (said && vr_error_last()->code == VIR_ERR_OPERATION_FAILED)
            vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "job failed: %s", json_string_value(said));
    }
    return result;
}

/* The definition that a guest is to be woken with: DXML where given, if a guest sees no difference. */
static DomainDef *
replaced(QemuDriver *driver, DomainDef *taken, const char *dxml)
{
    g_autoptr(DomainDef) def = taken;
    if (!dxml || !def)
        return g_steal_pointer(&def);
    g_autoptr(DomainDef) wanted = qemu_domain_parse(driver, dxml, QEMU_PARSE_STABLE);
    if (!wanted || vr_model_check_stable(&vr_desc_domain_def, def, wanted) < 0)
        return NULL;
    return g_steal_pointer(&wanted);
}

/* What a save writes before the memory, and how. */
typedef struct {
    const char *path;
    VrSaveImage image;
    bool direct;
} Saving;

static int
write_out(QemuRun *run, const Saving *saving)
{
    g_autoptr(GByteArray) head = vr_save_image_build(&saving->image);
    g_auto(QemuSaveFile) file = {.file = -1, .end = -1};
    if (!head)
        return -1;
    vr_save_image_mark(head, false);
    if (qemu_save_file_create(&file, saving->path, head, saving->image.format, saving->direct) < 0 ||
        qemu_migrate_to(run, file.end) < 0)
        return -1;
    vr_save_image_mark(head, true);
    return qemu_save_file_finish(&file, head);
}

/* Go on after a save that failed. */
static void
wake_again(QemuChange *c, bool was_running)
{
    virErrorPtr saved = vr_error_save();
    if (was_running && qemu_do(c, "cont", NULL) == 0)
        qemu_set_state(c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_SAVE_CANCELED, VIR_DOMAIN_EVENT_RESUMED,
                       VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    vr_error_restore(saved);
}

static int
save_guest(QemuChange *c, const char *path, const char *dxml, unsigned flags, VrSaveImageFormat format)
{
    QemuRun *run = qemu_run_of(c->next);
    g_autoptr(QemuRun) kept = qemu_run_ref(run);
    bool was_running = c->next->state == VIR_DOMAIN_RUNNING;
    g_auto(VrSaveImage) image = {.format = format, .running = was_running};
    if (flags & VIR_DOMAIN_SAVE_RUNNING)
        image.running = true;
    else if (flags & VIR_DOMAIN_SAVE_PAUSED)
        image.running = false;
    g_autoptr(DomainDef) def = replaced(c->driver, domain_def_copy(vr_guest_now(c->next)), dxml);
    if (!def)
        return -1;
    image.xml = domain_def_format(def, VR_MODEL_SECURE | VR_MODEL_INACTIVE | VR_MODEL_MIGRATABLE);
    if (!image.xml)
        return -1;
    if (was_running) {
        if (qemu_do(c, "stop", NULL) < 0)
            return -1;
        qemu_set_state(c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SAVE, VIR_DOMAIN_EVENT_SUSPENDED,
                       VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    }
    qemu_fault("save", "stopped");
    Saving saving = {path, image, flags & VIR_DOMAIN_SAVE_BYPASS_CACHE};
    qemu_job_begin(c, VIR_DOMAIN_JOB_OPERATION_SAVE);
    int result = write_out(kept, &saving);
    virErrorPtr saved = vr_error_save();
    QemuJobResult *done = qemu_job_result_new(kept);
    done->failed = result < 0;
    if (qemu_job_resume(c) < 0)
        result = -1;
    bool same = qemu_run_of(c->next) == kept;
    qemu_job_end(c, done);
    qemu_fault("save", "written");
    if (result == 0 && same) {
        g_atomic_int_set(&kept->stopping, 1);
        qemu_run_kill(kept, FALSE);
        qemu_fault("save", "killed");
        return 0;
    }
    if (saved)
        vr_error_restore(saved);
    if (same)
        wake_again(c, was_running);
    g_unlink(path);
    return -1;
}

int
qemu_domain_save_flags(virDomainPtr dom, const char *to, const char *dxml, unsigned int flags)
{
    VrSaveImageFormat format;
    if (vr_flags_check(flags, SAVE_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_save_format(qemu_driver(dom), "save_image_format", &format) < 0 || qemu_change_begin_active(&c, dom) < 0 ||
        save_guest(&c, to, dxml, flags, format) < 0)
        return -1;
    dom->id = -1;
    qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return 0;
}

int
qemu_domain_save(virDomainPtr dom, const char *to)
{
    return qemu_domain_save_flags(dom, to, NULL, 0);
}

static const VrParamSpec save_specs[] = {
    {VIR_DOMAIN_SAVE_PARAM_FILE, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_SAVE_PARAM_DXML, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_SAVE_PARAM_IMAGE_FORMAT, VIR_TYPED_PARAM_STRING},
    {VIR_DOMAIN_SAVE_PARAM_PARALLEL_CHANNELS, VIR_TYPED_PARAM_INT},
    {NULL},
};

static const char *
text_param(virTypedParameterPtr params, int nparams, const char *name)
{
    for (int i = 0; i < nparams; i++) {
        if (strcmp(params[i].field, name) == 0)
            return params[i].value.s;
    }
    return NULL;
}

int
qemu_domain_save_params(virDomainPtr dom, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    VrSaveImageFormat format;
    if (vr_flags_check(flags, SAVE_FLAGS, VIR_FROM_QEMU) < 0 || vr_params_check(params, nparams, save_specs) < 0)
        return -1;
    const char *to = text_param(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE);
    const char *wanted = text_param(params, nparams, VIR_DOMAIN_SAVE_PARAM_IMAGE_FORMAT);
    if (wanted ? qemu_save_format_of(wanted, &format) : qemu_save_format(qemu_driver(dom), "save_image_format", &format))
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return -1;
    g_autofree char *managed = qemu_managed_save_path(c.driver, vr_guest_now(c.next)->name);
    if (!to && !c.next->persistent)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
    if (save_guest(&c, to ? to : managed, text_param(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), flags, format) < 0)
        return -1;
    dom->id = -1;
    c.next->managed_save |= !to;
    qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return 0;
}

int
qemu_domain_managed_save(virDomainPtr dom, unsigned int flags)
{
    VrSaveImageFormat format;
    if (vr_flags_check(flags, SAVE_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_save_format(qemu_driver(dom), "save_image_format", &format) < 0 || qemu_change_begin_active(&c, dom) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
    g_autofree char *path = qemu_managed_save_path(c.driver, vr_guest_now(c.next)->name);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0755) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to create save dir %s", folder);
    if (save_guest(&c, path, NULL, flags, format) < 0)
        return -1;
    dom->id = -1;
    c.next->managed_save = true;
    qemu_stopped(&c, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return 0;
}

int
qemu_domain_managed_save_remove(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin(&c, dom) < 0)
        return -1;
    g_autofree char *path = qemu_managed_save_path(c.driver, vr_guest_now(c.next)->name);
    if (g_unlink(path) < 0 && errno != ENOENT)
        return vr_error_system(VIR_FROM_QEMU, errno, "Failed to remove managed save file '%s'", path);
    c.next->managed_save = false;
    qemu_change_publish(&c);
    return 0;
}

/* Waking up. */

static QemuIncoming
incoming_of(const QemuSaveFile *file, const VrSaveImage *image, unsigned flags)
{
    bool paused = flags & VIR_DOMAIN_SAVE_PAUSED || (!image->running && !(flags & VIR_DOMAIN_SAVE_RUNNING));
    return (QemuIncoming){file->end, file->path, VIR_DOMAIN_EVENT_STARTED_RESTORED, VIR_DOMAIN_RUNNING_RESTORED, paused};
}

int
qemu_domain_restore_flags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, SAVE_FLAGS, VIR_FROM_QEMU) < 0)
        return -1;
    g_auto(VrSaveImage) image = {0};
    g_auto(QemuSaveFile) file = {.file = -1, .end = -1};
    if (qemu_save_file_open(from, flags & VIR_DOMAIN_SAVE_BYPASS_CACHE, &image, &file) < 0)
        return -1;
    DomainDef *def = replaced(driver, qemu_domain_parse(driver, image.xml, QEMU_PARSE_STABLE), dxml);
    if (!def)
        return -1;
    g_auto(QemuChange) c = {0};
    bool existed = false;
    if (qemu_domain_add(&c, driver, def, true, &existed) < 0)
        return -1;
    QemuIncoming incoming = incoming_of(&file, &image, flags);
    if (qemu_start_from(&c, 0, &incoming) == 0)
        return 0;
    if (!existed) {
        c.next->gone = true;
        qemu_change_publish(&c);
        vr_table_remove(driver->domains, c.guest);
    }
    return -1;
}

int
qemu_domain_restore(virConnectPtr conn, const char *from)
{
    return qemu_domain_restore_flags(conn, from, NULL, 0);
}

int
qemu_domain_restore_params(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags)
{
    if (vr_params_check(params, nparams, save_specs) < 0)
        return -1;
    const char *from = text_param(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE);
    if (!from)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "missing path to restore from");
    return qemu_domain_restore_flags(conn, from, text_param(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), flags);
}

/* Start the guest in C from its own saved image at PATH. */
static int
boot_from(QemuChange *c, const char *path, unsigned flags)
{
    g_auto(VrSaveImage) image = {0};
    g_auto(QemuSaveFile) file = {.file = -1, .end = -1};
    if (qemu_save_file_open(path, flags & VIR_DOMAIN_START_BYPASS_CACHE, &image, &file) < 0)
        return -1;
    g_autoptr(DomainDef) def = qemu_domain_parse(c->driver, image.xml, QEMU_PARSE_STABLE);
    if (!def)
        return -1;
    if (memcmp(def->uuid, c->guest->stored.uuid, sizeof(def->uuid)) != 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "cannot restore domain '%s' from '%s', which is another's",
                        vr_guest_now(c->next)->name, path);
    VrGuestState *next = c->next;
    if (next->persistent && !next->config)
        next->config = vr_guest_def_ref(next->now);
    def->id = -1;
    vr_guest_set_def(&next->now, vr_guest_def_new(g_steal_pointer(&def)));
    QemuIncoming incoming = incoming_of(&file, &image, flags & VIR_DOMAIN_START_PAUSED ? VIR_DOMAIN_SAVE_PAUSED : 0);
    return qemu_start_from(c, flags, &incoming);
}

int
qemu_boot(QemuChange *c, unsigned flags)
{
    g_autofree char *path = qemu_managed_save_path(c->driver, vr_guest_now(c->next)->name);
    if (!c->next->managed_save || flags & VIR_DOMAIN_START_FORCE_BOOT) {
        if (c->next->managed_save && g_unlink(path) < 0 && errno != ENOENT)
            return vr_error_system(VIR_FROM_QEMU, errno, "cannot remove managed save file %s", path);
        c->next->managed_save = false;
        return qemu_start(c, flags);
    }
    if (boot_from(c, path, flags) < 0) {
        /* one whose saving broke off is worth nothing */
        if (!vr_error_last()->message || !strstr(vr_error_last()->message, "save image is incomplete"))
            return -1;
        vr_error_clear();
        g_unlink(path);
        c->next->managed_save = false;
        return qemu_start(c, flags);
    }
    g_unlink(path);
    c->next->managed_save = false;
    qemu_change_publish(c);
    return 0;
}

/* Looking into images. */

static char *
image_xml(QemuDriver *driver, const char *path, bool secure)
{
    g_auto(VrSaveImage) image = {0};
    if (qemu_save_file_open(path, false, &image, NULL) < 0)
        return NULL;
    g_autoptr(DomainDef) def = qemu_domain_parse(driver, image.xml, QEMU_PARSE_STABLE);
    return def ? domain_def_format(def, VR_MODEL_INACTIVE | VR_MODEL_MIGRATABLE | (secure ? VR_MODEL_SECURE : 0)) : NULL;
}

char *
qemu_domain_save_image_get_xml_desc(virConnectPtr conn, const char *file, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, VIR_FROM_QEMU) < 0)
        return NULL;
    return image_xml(conn->data, file, flags & VIR_DOMAIN_SAVE_IMAGE_XML_SECURE);
}

static int
image_define(QemuDriver *driver, const char *path, const char *dxml, unsigned flags)
{
    g_auto(VrSaveImage) image = {0};
    if (qemu_save_file_open(path, false, &image, NULL) < 0)
        return -1;
    bool running = flags & VIR_DOMAIN_SAVE_RUNNING ? true : flags & VIR_DOMAIN_SAVE_PAUSED ? false : image.running;
    g_autoptr(DomainDef) def = replaced(driver, qemu_domain_parse(driver, image.xml, QEMU_PARSE_STABLE), dxml);
    char *xml = def ? domain_def_format(def, VR_MODEL_SECURE | VR_MODEL_INACTIVE | VR_MODEL_MIGRATABLE) : NULL;
    if (!xml)
        return -1;
    if (strcmp(xml, image.xml) == 0 && running == image.running) {
        g_free(xml);
        return 0;
    }
    g_free(image.xml);
    image.xml = xml;
    image.running = running;
    g_autoptr(GByteArray) head = vr_save_image_build(&image);
    int fd = head ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (!head)
        return -1;
    bool written = fd >= 0 && pwrite(fd, head->data, head->len, 0) == (ssize_t)head->len && fdatasync(fd) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return written ? 0 : vr_error_system(VIR_FROM_QEMU, error, "failed to write header to domain save file '%s'", path);
}

int
qemu_domain_save_image_define_xml(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED, VIR_FROM_QEMU) < 0)
        return -1;
    return image_define(conn->data, file, dxml, flags);
}

/* The managed save of DOM as a path, or NULL with the error set. */
static char *
managed_image(virDomainPtr dom)
{
    g_autoptr(VrGuestState) state = qemu_state(dom);
    if (!state)
        return NULL;
    if (!state->managed_save)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain does not have managed save image");
    return qemu_managed_save_path(qemu_driver(dom), vr_guest_now(state)->name);
}

char *
qemu_domain_managed_save_get_xml_desc(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, VIR_FROM_QEMU) < 0)
        return NULL;
    g_autofree char *path = managed_image(dom);
    return path ? image_xml(qemu_driver(dom), path, flags & VIR_DOMAIN_SAVE_IMAGE_XML_SECURE) : NULL;
}

int
qemu_domain_managed_save_define_xml(virDomainPtr dom, const char *dxml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED, VIR_FROM_QEMU) < 0)
        return -1;
    g_autofree char *path = managed_image(dom);
    return path ? image_define(qemu_driver(dom), path, dxml, flags) : -1;
}
