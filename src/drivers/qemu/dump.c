/* What a guest's memory and screen look like: core dumps, screenshots.  On client threads; a dump is a long job. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "drivers/qemu/ops.h"
#include "drivers/qemu/props.h"
#include "drivers/qemu/save.h"

static const char *const dump_formats[] = {
    [VIR_DOMAIN_CORE_DUMP_FORMAT_RAW] = "elf",
    [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB] = "kdump-zlib",
    [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_LZO] = "kdump-lzo",
    [VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_SNAPPY] = "kdump-snappy",
    [VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP] = "win-dmp",
};

#define SLICE_MS 250
#define DUMP_MS (24u * 60 * 60 * 1000)

static void
note_progress(QemuRun *run)
{
    json_t *now = qemu_qmp_call(run->qmp, "query-dump", NULL, QEMU_QMP_PATIENCE);
    if (!now)
        return;
    vr_mutex_lock(&run->lock);
    run->job.dump_done = (unsigned long long)json_integer_value(json_object_get(now, "completed"));
    run->job.dump_total = (unsigned long long)json_integer_value(json_object_get(now, "total"));
    vr_mutex_unlock(&run->lock);
    json_decref(now);
}

/* The guest's memory only, in a form that debuggers read. */
static int
dump_memory(QemuRun *run, int fd, unsigned format)
{
    json_t *name = json_object(), *arguments = json_object();
    qemu_put_text(name, "fdname", "dump");
    qemu_put_bool(arguments, "paging", false);
    qemu_put_text(arguments, "protocol", "fd:dump");
    qemu_put_bool(arguments, "detach", true);
    if (format != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW)
        qemu_put_text(arguments, "format", dump_formats[format]);
    QemuAsk *pass = qemu_qmp_ask_with_fd(run->qmp, "getfd", name, fd);
    QemuAsk *dump = qemu_qmp_ask(run->qmp, "dump-guest-memory", arguments);
    json_t *passed = qemu_ask_result(pass, QEMU_QMP_PATIENCE), *begun = qemu_ask_result(dump, QEMU_QMP_PATIENCE);
    bool good = passed && begun;
    json_decref(passed);
    json_decref(begun);
    if (!good)
        return -1;
    gint64 end = g_get_monotonic_time() + DUMP_MS * (gint64)1000;
    int result;
    do {
        vr_error_clear();
        result = qemu_run_wait_migration(run, SLICE_MS);
        note_progress(run);
    } while (result < 0 && vr_error_last()->code == VIR_ERR_OPERATION_TIMEOUT && g_get_monotonic_time() < end);
    return result;
}

static int
write_dump(QemuRun *run, const char *to, unsigned format, unsigned flags, VrSaveImageFormat pack)
{
    g_auto(QemuSaveFile) file = {.file = -1, .end = -1};
    bool memory_only = flags & VIR_DUMP_MEMORY_ONLY;
    if (qemu_save_file_create(&file, to, NULL, memory_only ? VR_SAVE_IMAGE_RAW : pack,
                              flags & VIR_DUMP_BYPASS_CACHE && !memory_only) < 0)
        return -1;
    if ((memory_only ? dump_memory(run, file.end, format) : qemu_migrate_to(run, file.end)) < 0)
        return -1;
    return qemu_save_file_finish(&file, NULL);
}

/* What becomes of the guest after its dump. */
static int
go_on(QemuChange *c, unsigned flags, bool was_running, int result)
{
    if (flags & VIR_DUMP_CRASH && result == 0) {
        QemuRun *run = qemu_run_of(c->next);
        g_atomic_int_set(&run->stopping, 1);
        qemu_run_kill(run, FALSE);
        qemu_stopped(c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED);
        return result;
    }
    if (flags & VIR_DUMP_RESET && result == 0)
        result = qemu_do(c, "system_reset", NULL);
    if (was_running && qemu_do(c, "cont", NULL) == 0)
        qemu_set_state(c, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, VIR_DOMAIN_EVENT_RESUMED,
                       VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    else
        qemu_change_publish(c);
    return result;
}

int
qemu_domain_core_dump_with_format(virDomainPtr dom, const char *to, unsigned int format, unsigned int flags)
{
    VrSaveImageFormat pack;
    if (vr_flags_check(flags, VIR_DUMP_CRASH | VIR_DUMP_LIVE | VIR_DUMP_BYPASS_CACHE | VIR_DUMP_RESET | VIR_DUMP_MEMORY_ONLY,
                       VIR_FROM_QEMU) < 0)
        return -1;
    if (format >= G_N_ELEMENTS(dump_formats))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown dumpformat '%u'", format);
    if (format != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW && !(flags & VIR_DUMP_MEMORY_ONLY))
        return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "kdump-compressed format is only supported with memory-only dump");
    g_auto(QemuChange) c = {0};
    if (qemu_save_format(qemu_driver(dom), "dump_image_format", &pack) < 0 || qemu_change_begin_active(&c, dom) < 0)
        return -1;
    g_autoptr(QemuRun) run = qemu_run_ref(qemu_run_of(c.next));
    bool was_running = c.next->state == VIR_DOMAIN_RUNNING, stopped = was_running && !(flags & VIR_DUMP_LIVE);
    if (stopped) {
        if (qemu_do(&c, "stop", NULL) < 0)
            return -1;
        qemu_set_state(&c, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_DUMP, VIR_DOMAIN_EVENT_SUSPENDED,
                       VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    }
    qemu_job_begin(&c, VIR_DOMAIN_JOB_OPERATION_DUMP);
    int result = write_dump(run, to, format, flags, pack);
    virErrorPtr saved = vr_error_save();
    QemuJobResult *done = qemu_job_result_new(run);
    done->failed = result < 0;
    bool alive = qemu_job_resume(&c) == 0 && qemu_run_of(c.next) == run;
    qemu_job_end(&c, done);
    if (result < 0)
        g_unlink(to);
    /* a migration leaves the guest stopped even when it was dumped alive */
    if (alive)
        result = go_on(&c, flags, stopped || (was_running && !(flags & VIR_DUMP_MEMORY_ONLY)), result);
    else if (!saved)
        return -1;
    if (saved) {
        vr_error_restore(saved);
        return -1;
    }
    return result;
}

int
qemu_domain_core_dump(virDomainPtr dom, const char *to, unsigned int flags)
{
    return qemu_domain_core_dump_with_format(dom, to, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, flags);
}

#define MAX_SCREENSHOT (256u << 20)

char *
qemu_domain_screenshot(virDomainPtr dom, virStreamPtr stream, unsigned int screen, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return NULL;
    g_auto(QemuChange) c = {0};
    if (qemu_change_begin_active(&c, dom) < 0)
        return NULL;
    const DomainDef *def = vr_guest_now(c.next);
    if (!def->devices.n_video)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "no screens to take screenshot from");
    /* screens are counted over all cards */
    size_t card = 0;
    unsigned head = screen;
    while (card < def->devices.n_video && head >= MAX(def->devices.video[card]->model.heads, 1u))
        head -= MAX(def->devices.video[card++]->model.heads, 1u);
    if (card == def->devices.n_video)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no such screen");
    g_autofree char *path = g_strdup_printf("%s/screen.%p", qemu_run_of(c.next)->domain_dir, (void *)&c), *bytes = NULL;
    json_t *arguments = json_object();
    qemu_put_text(arguments, "filename", path);
    qemu_put_text(arguments, "device", def->devices.video[card]->alias);
    qemu_put_number(arguments, "head", head);
    qemu_put_text(arguments, "format", "png");
    int result = qemu_do(&c, "screendump", arguments);
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    bool got = result == 0 && g_file_get_contents(path, &bytes, &length, &error);
    g_unlink(path);
    if (result < 0)
        return NULL;
    if (!got || length > MAX_SCREENSHOT)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "unable to open stream");
    if (vr_memstream_open(stream, g_bytes_new_take(g_steal_pointer(&bytes), length)) < 0)
        return NULL;
    return g_strdup("image/png");
}
