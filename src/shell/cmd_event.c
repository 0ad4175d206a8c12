/* Waiting for events: one row per event id, with the text it prints. */
#include "shell/commands.h"

#include <stdarg.h>
#include <string.h>

#include "shell/watch.h"

typedef struct {
    const char *name;
    virConnectDomainEventGenericCallback cb;
} EventRow;

typedef struct {
    Watch *watch;
    const EventRow *row;
} Registered;

static void
print_event(Registered *r, virDomainPtr dom, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
print_event(Registered *r, virDomainPtr dom, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    watch_event(r->watch, r->row->name, "domain", virDomainGetName(dom), text);
}

typedef struct {
    const char *name;
    const char *const details[11];
} Lifecycle;

static const Lifecycle lifecycle[] = {
    [VIR_DOMAIN_EVENT_DEFINED] = {"Defined", {"Added", "Updated", "Renamed", "Snapshot"}},
    [VIR_DOMAIN_EVENT_UNDEFINED] = {"Undefined", {"Removed", "Renamed"}},
    [VIR_DOMAIN_EVENT_STARTED] = {"Started", {"Booted", "Migrated", "Restored", "Snapshot", "Event wakeup", "Recreated"}},
    [VIR_DOMAIN_EVENT_SUSPENDED] = {"Suspended", {"Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot",
                                                  "API error", "Post-copy", "Post-copy Error", "Guest shutdown"}},
    [VIR_DOMAIN_EVENT_RESUMED] = {"Resumed", {"Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"}},
    [VIR_DOMAIN_EVENT_STOPPED] = {"Stopped", {"Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot", "Recreated"}},
    [VIR_DOMAIN_EVENT_SHUTDOWN] = {"Shutdown", {"Finished", "Finished after guest request", "Finished after host request"}},
    [VIR_DOMAIN_EVENT_PMSUSPENDED] = {"PMSuspended", {"Memory", "Disk"}},
    [VIR_DOMAIN_EVENT_CRASHED] = {"Crashed", {"Panicked", "Crashloaded"}},
};

static void
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    const Lifecycle *l = (guint)event < G_N_ELEMENTS(lifecycle) ? &lifecycle[event] : NULL;
    const char *what = l && (guint)detail < G_N_ELEMENTS(l->details) ? l->details[detail] : NULL;
    print_event(opaque, dom, "%s %s", l ? l->name : "unknown", what ? what : "unknown");
}

static void
on_plain(virConnectPtr conn, virDomainPtr dom, void *opaque)
{
    print_event(opaque, dom, "%s", "");
}

static void
on_long(virConnectPtr conn, virDomainPtr dom, long long value, void *opaque)
{
    print_event(opaque, dom, "%lld", value);
}

static void
on_balloon(virConnectPtr conn, virDomainPtr dom, unsigned long long actual, void *opaque)
{
    print_event(opaque, dom, "%lluKiB", actual);
}

static void
on_int(virConnectPtr conn, virDomainPtr dom, int value, void *opaque)
{
    print_event(opaque, dom, "%d", value);
}

static void
on_reason_ignored(virConnectPtr conn, virDomainPtr dom, int reason, void *opaque)
{
    print_event(opaque, dom, "%s", "");
}

static void
on_io_error(virConnectPtr conn, virDomainPtr dom, const char *path, const char *alias, int action, void *opaque)
{
    static const char *const actions[] = {"none", "pause", "report"};
    print_event(opaque, dom, "%s (%s) %s", path, alias, (guint)action < G_N_ELEMENTS(actions) ? actions[action] : "unknown");
}

static void
on_io_error_reason(virConnectPtr conn, virDomainPtr dom, const char *path, const char *alias, int action,
                   const char *reason, void *opaque)
{
    static const char *const actions[] = {"none", "pause", "report"};
    print_event(opaque, dom, "%s (%s) %s due to %s", path, alias,
                (guint)action < G_N_ELEMENTS(actions) ? actions[action] : "unknown", reason);
}

static void
on_block_job(virConnectPtr conn, virDomainPtr dom, const char *disk, int type, int status, void *opaque)
{
    static const char *const types[] = {"Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"};
    static const char *const states[] = {"completed", "failed", "canceled", "ready"};
    print_event(opaque, dom, "%s for %s %s", (guint)type < G_N_ELEMENTS(types) ? types[type] : "Unknown job", disk,
                (guint)status < G_N_ELEMENTS(states) ? states[status] : "unknown");
}

static void
on_disk_change(virConnectPtr conn, virDomainPtr dom, const char *old_source, const char *new_source, const char *alias,
               int reason, void *opaque)
{
    print_event(opaque, dom, "disk %s: %s -> %s: %s", alias, old_source ? old_source : "", new_source ? new_source : "",
                reason == 1 ? "dropped" : "changed");
}

static void
on_tray(virConnectPtr conn, virDomainPtr dom, const char *alias, int reason, void *opaque)
{
    print_event(opaque, dom, "disk %s: %s", alias, reason == 0 ? "opened" : "closed");
}

static void
on_device(virConnectPtr conn, virDomainPtr dom, const char *alias, void *opaque)
{
    print_event(opaque, dom, "%s", alias);
}

static void
on_params(virConnectPtr conn, virDomainPtr dom, virTypedParameterPtr params, int nparams, void *opaque)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < nparams; i++)
        g_string_append_printf(text, "\n\t%s", params[i].field);
    print_event(opaque, dom, "%s", text->str);
}

static void
on_agent(virConnectPtr conn, virDomainPtr dom, int state, int reason, void *opaque)
{
    static const char *const states[] = {"unknown", "connected", "disconnected"};
    static const char *const reasons[] = {"unknown", "domain started", "channel event"};
    print_event(opaque, dom, "state: '%s' reason: '%s'", states[(guint)state < 3 ? state : 0], reasons[(guint)reason < 3 ? reason : 0]);
}

static void
on_metadata(virConnectPtr conn, virDomainPtr dom, int type, const char *nsuri, void *opaque)
{
    static const char *const types[] = {"description", "title", "element"};
    print_event(opaque, dom, "type %s, uri %s", (guint)type < 3 ? types[type] : "unknown", nsuri ? nsuri : "N/A");
}

static void
on_threshold(virConnectPtr conn, virDomainPtr dom, const char *dev, const char *path, unsigned long long threshold,
             unsigned long long excess, void *opaque)
{
    print_event(opaque, dom, "dev: %s(%s) %llu %llu", dev, path ? path : "", threshold, excess);
}

static void
on_memory_failure(virConnectPtr conn, virDomainPtr dom, int recipient, int action, unsigned int flags, void *opaque)
{
    static const char *const recipients[] = {"hypervisor", "guest"};
    static const char *const actions[] = {"ignore", "inject", "fatal", "reset"};
    print_event(opaque, dom, "recipient: %s action: %s flags: 0x%x", recipients[(guint)recipient < 2 ? recipient : 0],
                actions[(guint)action < 4 ? action : 0], flags);
}

static void
on_memory_size(virConnectPtr conn, virDomainPtr dom, const char *alias, unsigned long long size, void *opaque)
{
    print_event(opaque, dom, "%s size: %llu", alias, size);
}

static void
on_mac(virConnectPtr conn, virDomainPtr dom, const char *alias, const char *old_mac, const char *new_mac, void *opaque)
{
    print_event(opaque, dom, "%s: %s -> %s", alias, old_mac, new_mac);
}

static void
on_vcpu(virConnectPtr conn, virDomainPtr dom, unsigned int vcpu, void *opaque)
{
    print_event(opaque, dom, "%u", vcpu);
}

static void
on_channel(virConnectPtr conn, virDomainPtr dom, const char *channel, int state, int reason, void *opaque)
{
    print_event(opaque, dom, "channel %s: state %d reason %d", channel, state, reason);
}

static void
on_graphics(virConnectPtr conn, virDomainPtr dom, int phase, const virDomainEventGraphicsAddress *local,
            const virDomainEventGraphicsAddress *remote, const char *scheme, const virDomainEventGraphicsSubject *subject,
            void *opaque)
{
    static const char *const phases[] = {"connect", "initialize", "disconnect"};
    print_event(opaque, dom, "%s local: %s:%s remote: %s:%s auth: %s", phases[(guint)phase < 3 ? phase : 0], local->node,
                local->service, remote->node, remote->service, scheme);
}

#define ROW(name, cb) {name, VIR_DOMAIN_EVENT_CALLBACK(cb)}

/* The index is the event's id. */
static const EventRow rows[] = {
    ROW("lifecycle", on_lifecycle),
    ROW("reboot", on_plain),
    ROW("rtc-change", on_long),
    ROW("watchdog", on_int),
    ROW("io-error", on_io_error),
    ROW("graphics", on_graphics),
    ROW("io-error-reason", on_io_error_reason),
    ROW("control-error", on_plain),
    ROW("block-job", on_block_job),
    ROW("disk-change", on_disk_change),
    ROW("tray-change", on_tray),
    ROW("pm-wakeup", on_reason_ignored),
    ROW("pm-suspend", on_reason_ignored),
    ROW("balloon-change", on_balloon),
    ROW("pm-suspend-disk", on_reason_ignored),
    ROW("device-removed", on_device),
    ROW("block-job-2", on_block_job),
    ROW("tunable", on_params),
    ROW("agent-lifecycle", on_agent),
    ROW("device-added", on_device),
    ROW("migration-iteration", on_int),
    ROW("job-completed", on_params),
    ROW("device-removal-failed", on_device),
    ROW("metadata-change", on_metadata),
    ROW("block-threshold", on_threshold),
    ROW("memory-failure", on_memory_failure),
    ROW("memory-device-size-change", on_memory_size),
    ROW("nic-mac-change", on_mac),
    ROW("vcpu-removed", on_vcpu),
    ROW("channel-lifecycle", on_channel),
};

static int
find_event(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

gboolean
run_event(Shell *sh, const Args *args)
{
    if (args_flag(args, "list")) {
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
            shell_print(sh, "%s\n", rows[i].name);
        return TRUE;
    }
    const char *name = args_string(args, "event");
    int wanted = name ? find_event(name) : -1;
    if (name && wanted < 0) {
        shell_error(sh, "unknown event type %s", name);
        return FALSE;
    }
    if (!name && !args_flag(args, "all")) {
        shell_error(sh, "one of --list, --all, or --event <type> is required");
        return FALSE;
    }
    long long seconds = 0;
    if (args_number(sh, args, "timeout", 1, G_MAXINT / 1000, &seconds) < 0 || !shell_connect(sh))
        return FALSE;
    virDomainPtr dom = NULL;
    if (args_flag(args, "domain") && !(dom = shell_domain(sh, args, NULL)))
        return FALSE;
    Watch watch = watch_begin(sh, args);
    Registered registered[G_N_ELEMENTS(rows)];
    int ids[G_N_ELEMENTS(rows)];
    gboolean any = FALSE;
    for (int i = 0; i < (int)G_N_ELEMENTS(rows); i++) {
        ids[i] = -1;
        if (wanted >= 0 && wanted != i)
            continue;
        registered[i] = (Registered){&watch, &rows[i]};
        ids[i] = virConnectDomainEventRegisterAny(sh->conn, dom, i, rows[i].cb, &registered[i], NULL);
        if (ids[i] >= 0)
            any = TRUE;
        else if (wanted < 0)
            virResetLastError(); /* a driver or an older library without this event */
    }
    gboolean ok = any;
    const char *line = args_string(args, "run");
    if (ok && line)
        shell_run_line(sh, line);
    if (ok)
        ok = watch_wait(&watch, (int)seconds);
    shell_save_error(sh);
    for (int i = 0; i < (int)G_N_ELEMENTS(rows); i++) {
        if (ids[i] >= 0)
            virConnectDomainEventDeregisterAny(sh->conn, ids[i]);
    }
    if (dom)
        virDomainFree(dom);
    return ok;
}
