/* The file about each running guest, in the form that other releases of the daemon read and write: what it runs with, its
 * process, its monitor.  Written at every change, in the guest's turn; read once, when a daemon takes over.
 */
#include "drivers/qemu/status.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "drivers/qemu/devices.h"
#include "drivers/qemu/news.h"

static const char *const running[] = {"unknown",  "booted",   "migrated",           "restored",      "from snapshot",
                                      "unpaused", "migration canceled", "save canceled", "wakeup", "crashed",
                                      "post-copy", "post-copy failed"};
static const char *const paused[] = {"unknown", "user",     "migration", "save",     "dump",        "ioerror",   "watchdog",
                                     "from snapshot", "shutdown", "snapshot", "panicked", "starting up", "post-copy",
                                     "post-copy failed", "api error"};
static const char *const shutting_down[] = {"unknown", "user"};
static const char *const crashed[] = {"unknown", "panicked"};

static const struct {
    const char *const *names;
    gsize n;
} reasons[] = {
    [VIR_DOMAIN_RUNNING] = {running, G_N_ELEMENTS(running)},
    [VIR_DOMAIN_PAUSED] = {paused, G_N_ELEMENTS(paused)},
    [VIR_DOMAIN_SHUTDOWN] = {shutting_down, G_N_ELEMENTS(shutting_down)},
    [VIR_DOMAIN_CRASHED] = {crashed, G_N_ELEMENTS(crashed)},
};

static const char *
reason_name(int state, int reason)
{
    if (state < 0 || state >= (int)G_N_ELEMENTS(reasons) || reason < 0 || (gsize)reason >= reasons[state].n)
        return "unknown";
    return reasons[state].names[reason];
}

int
qemu_status_reason(int state, const char *name)
{
    for (gsize i = 0; name && state >= 0 && state < (int)G_N_ELEMENTS(reasons) && i < reasons[state].n; i++) {
        if (strcmp(reasons[state].names[i], name) == 0)
            return (int)i;
    }
    return 0;
}

static void
add_vcpus(DomainStatusDef *status, const QemuGuest *guest)
{
    for (guint i = 0; guest->vcpus && i < guest->vcpus->len; i++) {
        const QemuVcpu *from = &g_array_index(guest->vcpus, QemuVcpu, i);
        StatusVcpu *vcpu = status_vcpu_new();
        vcpu->id = from->id;
        vcpu->pid = from->thread;
        vr_model_list_add(&status->vcpu, &status->n_vcpu, vcpu);
    }
}

static void
add_devices(DomainStatusDef *status, const QemuGuest *guest)
{
    for (guint i = 0; guest->devices && i < guest->devices->len; i++) {
        StatusDevice *device = status_device_new();
        device->alias = g_strdup(guest->devices->pdata[i]);
        vr_model_list_add(&status->device, &status->n_device, device);
    }
}

static void
add_job(DomainStatusDef *status, QemuRun *run)
{
    vr_mutex_lock(&run->lock);
    int operation = run->job.operation;
    vr_mutex_unlock(&run->lock);
    if (operation != VIR_DOMAIN_JOB_OPERATION_SAVE && operation != VIR_DOMAIN_JOB_OPERATION_DUMP)
        return;
    status->job = status_job_new();
    status->job->type = g_strdup("none");
    status->job->async = g_strdup(operation == VIR_DOMAIN_JOB_OPERATION_SAVE ? "save" : "dump");
    status->job->phase = g_strdup("none");
}

char *
qemu_status_text(const VrGuestState *state)
{
    const QemuGuest *guest = state->driver;
    QemuRun *run = guest->run;
    g_autoptr(DomainStatusDef) status = domain_status_def_new();
    const DomainDef *def = vr_guest_now(state);
    status->state = state->state;
    status->reason = g_strdup(reason_name(state->state, state->reason));
    status->pid = run->pid;
    unsigned taints = qemu_taints(state);
    for (int i = 0; i < QEMU_N_TAINTS; i++) {
        if (!(taints & (1u << i)))
            continue;
        StatusTaint *taint = status_taint_new();
        taint->flag = g_strdup(qemu_taint_names[i]);
        vr_model_list_add(&status->taint, &status->n_taint, taint);
    }
    status->monitor = status_monitor_new();
    status->monitor->path = g_build_filename(run->domain_dir, "monitor.sock", NULL);
    status->monitor->type = CHARDEV_TYPE_UNIX;
    add_vcpus(status, guest);
    add_devices(status, guest);
    add_job(status, run);
    qemu_status_add_flags(status, def, run->flags);
    status->fakereboot = g_atomic_int_get(&run->reboot_next);
    status->lib_dir = g_strdup(run->domain_dir);
    const char *short_name = strrchr(run->domain_dir, '/');
    status->channel_target_dir = g_strdup_printf("%s/channel/target%s", run->driver->paths.lib, short_name);
    status->remember_owner = true;
    status->node_index = run->next_node;
    status->blockjobs = status_blockjobs_new();
    status->blockjobs->active = YES_NO_NO;
    status->agent_timeout = guest->agent_timeout_set ? guest->agent_timeout : VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK;
    status->domain = (DomainDef *)def; /* lent */
    char *text = domain_status_def_format(status, VR_MODEL_STATUS | VR_MODEL_SECURE);
    status->domain = NULL;
    return text;
}

static int
write_whole(const char *path, const char *text)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            close(fd);
            return -1;
        }
        text += n;
        left -= (size_t)n;
    }
    /* no sync: what this file is about ends with the host */
    return close(fd) < 0 ? -1 : g_rename(fresh, path);
}

void
qemu_status_write(QemuDriver *driver, const VrGuestState *state)
{
    QemuRun *run = qemu_run_of(state);
    if (!run || !run->status_path || !vr_guest_is_active(state))
        return;
    g_autofree char *xml = qemu_status_text(state);
    const char *name = vr_guest_now(state)->name;
    g_autofree char *text = xml ? g_strdup_printf("<!--\n"
                                                  "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                                                  "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
                                                  "  virsh edit %s\n"
                                                  "or other application using the libvirt API.\n"
                                                  "-->\n\n%s",
                                                  name, xml)
                                : NULL;
    if (!text || write_whole(run->status_path, text) < 0)
        vr_log(VR_LOG_WARN, "qemu", "cannot write '%s': whoever takes over will not know all about '%s'", run->status_path,
               name);
}

DomainStatusDef *
qemu_status_read(QemuDriver *driver, const char *path)
{
    static const char *const namespaces[] = {"qemu", NULL};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        vr_error(VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "cannot read '%s': %s", path, error->message);
        return NULL;
    }
    VrParseContext context = {.flags = VR_MODEL_STATUS | VR_MODEL_SKIP_VALIDATE | VR_MODEL_SKIP_POST, .namespaces = namespaces};
    return domain_status_def_parse(text, &context);
}
