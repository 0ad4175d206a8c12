/* Jobs of disks: pull, commit and copy of images, and what can be done with one that runs. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/progress.h"

#define LOOK_MS 500
#define MIB (1ULL << 20)

/* A kind of job, as the commands speak of it. */
typedef struct {
    const char *label;   /* of progress: "Block Pull" */
    const char *started; /* "Block Pull started" */
    const char *aborted, *failed;
    gboolean stays;      /* it does not end by itself: it gets ready */
} JobKind;

typedef struct {
    virDomainPtr dom;
    const char *disk;
    int status; /* of the last event; -1: none came */
} Wait;

static void
on_job_event(virConnectPtr conn, virDomainPtr dom, const char *disk, int type, int status, void *data)
{
    Wait *wait = data;
    if (strcmp(virDomainGetName(dom), virDomainGetName(wait->dom)) == 0 && g_strcmp0(disk, wait->disk) == 0)
        wait->status = status;
}

static void
on_tick(int timer, void *data)
{
}

/* How the job of WAIT's disk stands: a virConnectDomainEventBlockJobStatus; -1: it goes on; -2 with the error set. */
static int
look(Wait *wait, const JobKind *kind, Progress *progress)
{
    virDomainBlockJobInfo info;
    if (wait->status >= 0)
        return wait->status;
    int jobs = virDomainGetBlockJobInfo(wait->dom, wait->disk, &info, 0);
    if (jobs < 0)
        return -2;
    if (jobs == 0)
        return VIR_DOMAIN_BLOCK_JOB_COMPLETED;
    if (progress)
        progress_show(progress, info.cur, info.end, TRUE);
    return kind->stays && info.end > 0 && info.cur == info.end ? VIR_DOMAIN_BLOCK_JOB_READY : -1;
}

/* Wait until the job is over, or ready if it stays; it is ended by Ctrl-C and after SECONDS (0: never). */
static int
wait_for_job(Shell *sh, Wait *wait, const JobKind *kind, gboolean verbose, int seconds, unsigned int abort_flags)
{
    Progress progress = PROGRESS(kind->label);
    gint64 deadline = seconds ? g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC : G_MAXINT64;
    int status, timer = virEventAddTimeout(LOOK_MS, on_tick, NULL, NULL);
    gboolean ended = FALSE;
    interrupt_begin();
    while ((status = look(wait, kind, verbose ? &progress : NULL)) == -1) {
        if (!ended && (interrupt_came() || g_get_monotonic_time() >= deadline)) {
            ended = TRUE;
            if (virDomainBlockJobAbort(wait->dom, wait->disk, abort_flags) < 0) {
                status = -2;
                break;
            }
            status = abort_flags & VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC ? -1 : VIR_DOMAIN_BLOCK_JOB_CANCELED;
            if (status >= 0)
                break;
        }
        if (virEventRunDefaultImpl() < 0) {
            status = -2;
            break;
        }
    }
    interrupt_end();
    shell_save_error(sh);
    if (timer >= 0)
        virEventRemoveTimeout(timer);
    if (verbose && (status == VIR_DOMAIN_BLOCK_JOB_COMPLETED || status == VIR_DOMAIN_BLOCK_JOB_READY))
        progress_complete(&progress);
    return status;
}

/* What the three commands that begin a job have in common. */
typedef struct {
    const JobKind *kind;
    int (*begin)(Shell *sh, const Args *args, virDomainPtr dom, const char *path);
    gboolean pivot, keep; /* how to end a job that stays */
    gboolean wait;
    const char *done, *ready, *kept, *needs;
} Job;

/* End a job that got ready in the way that was asked for. */
static gboolean
end_ready_job(Shell *sh, virDomainPtr dom, const char *path, const Job *job, unsigned int flags)
{
    if (!job->pivot && !job->keep)
        return TRUE;
    if (job->pivot)
        flags |= VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT;
    if (virDomainBlockJobAbort(dom, path, flags) == 0)
        return TRUE;
    g_autofree char *fails = g_strdup_printf(job->pivot ? "failed to pivot job for disk %s" : "failed to finish job for disk %s", path);
    return shell_outcome(sh, FALSE, NULL, fails, NULL, NULL);
}

static gboolean
run_job(Shell *sh, const Args *args, const Job *job)
{
    const char *path = args_string(args, "path");
    long long seconds = 0;
    gboolean verbose = args_flag(args, "verbose");
    if (args_number(sh, args, "timeout", 1, G_MAXINT / 1000, &seconds) < 0)
        return FALSE;
    gboolean waits = job->wait || seconds || args_flag(args, "wait");
    const char *idle = waits ? NULL : verbose ? "verbose" : args_flag(args, "async") ? "async" : NULL;
    if (idle) {
        shell_error(sh, "--%s requires at least one of --timeout, --wait, --pivot, or --%s", idle, job->needs);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    Wait wait = {dom, path, -1};
    int watches[2] = {-1, -1};
    for (int i = 0; waits && i < 2; i++)
        watches[i] = virConnectDomainEventRegisterAny(sh->conn, dom, i ? VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2 : VIR_DOMAIN_EVENT_ID_BLOCK_JOB,
                                                      VIR_DOMAIN_EVENT_CALLBACK(on_job_event), &wait, NULL);
    virResetLastError(); /* without events the job is looked at */
    unsigned int flags = args_flag(args, "async") ? VIR_DOMAIN_BLOCK_JOB_ABORT_ASYNC : 0;
    gboolean ok = job->begin(sh, args, dom, path) == 0;
    shell_save_error(sh);
    if (ok && !waits) {
        shell_note(sh, "%s", job->kind->started);
    } else if (ok) {
        int status = wait_for_job(sh, &wait, job->kind, verbose, (int)seconds, flags);
        ok = status == VIR_DOMAIN_BLOCK_JOB_COMPLETED || status == VIR_DOMAIN_BLOCK_JOB_READY;
        if (status == VIR_DOMAIN_BLOCK_JOB_READY)
            ok = end_ready_job(sh, dom, path, job, flags);
        if (ok && status == VIR_DOMAIN_BLOCK_JOB_READY && (job->pivot || job->keep))
            shell_print(sh, "\n%s", job->pivot ? "Successfully pivoted" : job->kept);
        else if (ok)
            shell_print(sh, "\n%s", status == VIR_DOMAIN_BLOCK_JOB_READY ? job->ready : job->done);
        else if (status == VIR_DOMAIN_BLOCK_JOB_CANCELED)
            shell_print(sh, "\n%s", job->kind->aborted);
        else if (status == VIR_DOMAIN_BLOCK_JOB_FAILED)
            shell_error(sh, "\n%s", job->kind->failed);
    }
    for (int i = 0; i < 2; i++) {
        if (watches[i] >= 0)
            virConnectDomainEventDeregisterAny(sh->conn, watches[i]);
    }
    return ok;
}

/* --bandwidth, in bytes/s with --bytes and in MiB/s without. */
static gboolean
get_bandwidth(Shell *sh, const Args *args, unsigned long *ret)
{
    const char *text = args_string(args, "bandwidth");
    unsigned long long value = 0;
    char *end;
    if (!text)
        return TRUE;
    if (args_flag(args, "bytes")) {
        if (!shell_size(sh, "bandwidth", text, &value))
            return FALSE;
    } else {
        value = g_ascii_strtoull(text, &end, 10);
        if (end == text || *end || *text == '-') {
            shell_error(sh, "Scaled numeric value '%s' for <--bandwidth> option is malformed or out of range", text);
            return FALSE;
        }
    }
    *ret = (unsigned long)value;
    return TRUE;
}

static int
begin_pull(Shell *sh, const Args *args, virDomainPtr dom, const char *path)
{
    const char *base = args_string(args, "base");
    unsigned int flags = args_flags(args);
    unsigned long bandwidth = 0;
    if (!get_bandwidth(sh, args, &bandwidth))
        return -1;
    if (base || flags)
        return virDomainBlockRebase(dom, path, base, bandwidth,
                                    flags | (args_flag(args, "bytes") ? VIR_DOMAIN_BLOCK_REBASE_BANDWIDTH_BYTES : 0));
    return virDomainBlockPull(dom, path, bandwidth, args_flag(args, "bytes") ? VIR_DOMAIN_BLOCK_PULL_BANDWIDTH_BYTES : 0);
}

gboolean
run_blockpull(Shell *sh, const Args *args)
{
    static const JobKind kind = {"Block Pull", "Block Pull started", "Pull aborted", "Pull failed", FALSE};
    const Job job = {&kind, begin_pull, .done = "Pull complete", .needs = "wait"};
    return run_job(sh, args, &job);
}

static gboolean
commits_active(const Args *args)
{
    return args_flag(args, "active") || args_flag(args, "pivot") || args_flag(args, "keep-overlay");
}

static int
begin_commit(Shell *sh, const Args *args, virDomainPtr dom, const char *path)
{
    unsigned long bandwidth = 0;
    if (!get_bandwidth(sh, args, &bandwidth))
        return -1;
    unsigned int flags = args_flags(args) | (commits_active(args) ? VIR_DOMAIN_BLOCK_COMMIT_ACTIVE : 0) |
                         (args_flag(args, "bytes") ? VIR_DOMAIN_BLOCK_COMMIT_BANDWIDTH_BYTES : 0);
    return virDomainBlockCommit(dom, path, args_string(args, "base"), args_string(args, "top"), bandwidth, flags);
}

gboolean
run_blockcommit(Shell *sh, const Args *args)
{
    static const JobKind plain = {"Block commit", "Block commit started", "Commit aborted", "Commit failed", FALSE};
    static const JobKind active = {"Block commit", "Active Block Commit started", "Commit aborted", "Commit failed", TRUE};
    gboolean pivot = args_flag(args, "pivot"), keep = args_flag(args, "keep-overlay");
    const Job job = {commits_active(args) ? &active : &plain, begin_commit, pivot, keep, pivot || keep, "Commit complete",
                     "Now in synchronized phase", "Commit complete, overlay image kept", "keep-overlay"};
    return run_job(sh, args, &job);
}

/* The copy's <disk>, as the options describe it. */
static char *
copy_xml(Shell *sh, const Args *args)
{
    const char *dest = args_string(args, "dest"), *path = args_string(args, "xml"), *format = args_string(args, "format");
    gboolean device = args_flag(args, "blockdev");
    if (path)
        return shell_read_file(sh, path);
    if (!dest) {
        shell_error(sh, "%s", "need either --dest or --xml");
        return NULL;
    }
    g_autofree char *driver = format ? g_markup_printf_escaped("  <driver type='%s'/>\n", format) : g_strdup("");
    g_autofree char *source = g_markup_printf_escaped("  <source %s='%s'/>\n", device ? "dev" : "file", dest);
    return g_strdup_printf("<disk type='%s'>\n%s%s</disk>\n", device ? "block" : "file", source, driver);
}

static int
begin_copy(Shell *sh, const Args *args, virDomainPtr dom, const char *path)
{
    static const struct {
        const char *option, *field;
        gboolean wide;
    } sizes[] = {{"granularity", VIR_DOMAIN_BLOCK_COPY_GRANULARITY, FALSE}, {"buf-size", VIR_DOMAIN_BLOCK_COPY_BUF_SIZE, TRUE}};
    virTypedParameterPtr params = NULL;
    int n = 0, room = 0, result = -1;
    unsigned long bandwidth = 0;
    g_autofree char *xml = copy_xml(sh, args);
    if (!xml || !get_bandwidth(sh, args, &bandwidth))
        return -1;
    if (bandwidth)
        virTypedParamsAddULLong(&params, &n, &room, VIR_DOMAIN_BLOCK_COPY_BANDWIDTH, args_flag(args, "bytes") ? bandwidth : bandwidth * MIB);
    gboolean ok = TRUE;
    for (gsize i = 0; ok && i < G_N_ELEMENTS(sizes); i++) {
        const char *text = args_string(args, sizes[i].option);
        unsigned long long value = 0;
        if (!text)
            continue;
        ok = shell_size(sh, sizes[i].option, text, &value);
        if (ok && sizes[i].wide)
            virTypedParamsAddULLong(&params, &n, &room, sizes[i].field, value);
        else if (ok)
            virTypedParamsAddUInt(&params, &n, &room, sizes[i].field, (unsigned int)value);
    }
    if (ok)
        result = virDomainBlockCopy(dom, path, xml, params, n, args_flags(args));
    virTypedParamsFree(params, n);
    return result;
}

gboolean
run_blockcopy(Shell *sh, const Args *args)
{
    static const JobKind kind = {"Block Copy", "Block Copy started", "Copy aborted", "Copy failed", TRUE};
    gboolean pivot = args_flag(args, "pivot"), finish = args_flag(args, "finish");
    const Job job = {&kind, begin_copy, pivot, finish, pivot || finish, "Copy complete", "Now in mirroring phase", "Successfully copied",
                     "finish"};
    if (args_flag(args, "print-xml")) {
        g_autofree char *xml = copy_xml(sh, args);
        if (xml)
            shell_print(sh, "%s", xml);
        return xml != NULL;
    }
    return run_job(sh, args, &job);
}

static const char *
name_of_job(int type)
{
    static const char *const names[] = {"Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"};
    return type > 0 && type < (int)G_N_ELEMENTS(names) ? names[type] : names[0];
}

static gboolean
show_job(Shell *sh, const Args *args, virDomainPtr dom, const char *path)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    gboolean raw = args_flag(args, "raw");
    virDomainBlockJobInfo info;
    int jobs = virDomainGetBlockJobInfo(dom, path, &info, raw && !args_flag(args, "bytes") ? 0 : VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES);
    if (jobs < 0)
        return FALSE;
    if (jobs == 0) {
        if (!raw)
            shell_note(sh, "No current block job for %s", path);
        return TRUE;
    }
    if (raw) {
        shell_print(sh, " type=%s\n bandwidth=%lu\n cur=%llu\n end=%llu\n", name_of_job(info.type), info.bandwidth, info.cur, info.end);
        return TRUE;
    }
    Progress progress = PROGRESS(name_of_job(info.type));
    progress_show(&progress, info.cur, info.end, FALSE);
    if (info.bandwidth) {
        gsize unit = 0;
        double value = (double)info.bandwidth;
        for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
            value /= 1024;
        shell_print(sh, "    Bandwidth limit: %lu bytes/s (%-.3lf %s/s)", info.bandwidth, value, units[unit]);
    }
    shell_print(sh, "\n");
    return TRUE;
}

gboolean
run_blockjob(Shell *sh, const Args *args)
{
    static const char *const clashes[][2] = {
        {"raw", "abort"}, {"raw", "async"}, {"raw", "pivot"}, {"raw", "bandwidth"}, {"info", "abort"}, {"info", "async"},
        {"info", "pivot"}, {"info", "bandwidth"}, {"bytes", "abort"}, {"bytes", "async"}, {"bytes", "pivot"},
        {"bandwidth", "abort"}, {"bandwidth", "async"}, {"bandwidth", "pivot"},
    };
    const char *path = args_string(args, "path");
    unsigned long bandwidth = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(clashes); i++) {
        if (args_flag(args, clashes[i][0]) && args_flag(args, clashes[i][1])) {
            shell_error(sh, "Options --%s and --%s are mutually exclusive", clashes[i][0], clashes[i][1]);
            return FALSE;
        }
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || !get_bandwidth(sh, args, &bandwidth))
        return FALSE;
    if (args_flag(args, "bandwidth"))
        return virDomainBlockJobSetSpeed(dom, path, bandwidth, args_flag(args, "bytes") ? VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES : 0) == 0;
    if (args_flag(args, "abort") || args_flag(args, "async") || args_flag(args, "pivot"))
        return virDomainBlockJobAbort(dom, path, args_flags(args)) == 0;
    return show_job(sh, args, dom, path);
}

gboolean
run_domblkthreshold(Shell *sh, const Args *args)
{
    unsigned long long threshold;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && shell_size(sh, "threshold", args_string(args, "threshold"), &threshold) &&
           virDomainSetBlockThreshold(dom, args_string(args, "dev"), threshold, 0) == 0;
}
