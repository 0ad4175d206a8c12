/* What is asked of the guest itself, and of the job that a domain is busy with. */
#include "shell/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell/report.h"

/* The mount points that the options name; NULL for all. */
static const char **
mountpoints(const Args *args, unsigned int *ret_n)
{
    const char *const *words = args_words(args, "mountpoint");
    *ret_n = g_strv_length((char **)words);
    return *ret_n ? (const char **)words : NULL;
}

gboolean
run_domfsfreeze(Shell *sh, const Args *args)
{
    unsigned int n;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    const char **points = mountpoints(args, &n);
    int done = dom ? virDomainFSFreeze(dom, points, n, 0) : -1;
    if (!dom)
        return FALSE;
    if (done < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to freeze filesystems", NULL, NULL);
    shell_note(sh, "Froze %d filesystem(s)\n", done);
    return TRUE;
}

gboolean
run_domfsthaw(Shell *sh, const Args *args)
{
    unsigned int n;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    const char **points = mountpoints(args, &n);
    int done = dom ? virDomainFSThaw(dom, points, n, 0) : -1;
    if (!dom)
        return FALSE;
    if (done < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to thaw filesystems", NULL, NULL);
    shell_note(sh, "Thawed %d filesystem(s)\n", done);
    return TRUE;
}

gboolean
run_domfstrim(Shell *sh, const Args *args)
{
    unsigned long long minimum = 0;
    const char *text = args_string(args, "minimum");
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || (text && !shell_size(sh, "minimum", text, &minimum)))
        return FALSE;
    return virDomainFSTrim(dom, args_string(args, "mountpoint"), minimum, 0) == 0 ||
           shell_outcome(sh, FALSE, NULL, "Unable to invoke fstrim", NULL, NULL);
}

gboolean
run_domfsinfo(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"mountpoint", "Mountpoint"}, {"name", "Name"}, {"type", "Type"}, {"target", "Target"}, {NULL}};
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    virDomainFSInfoPtr *infos = NULL;
    int n = dom ? virDomainGetFSInfo(dom, &infos, 0) : -1;
    if (!dom)
        return FALSE;
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Unable to get filesystem information", NULL, NULL);
    if (n == 0)
        shell_error(sh, "%s", "No filesystems are mounted in the domain");
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        g_autoptr(GString) targets = g_string_new(NULL);
        for (size_t j = 0; j < infos[i]->ndevAlias; j++)
            g_string_append_printf(targets, "%s%s", j ? "," : "", infos[i]->devAlias[j]);
        report_row(report);
        put_text(report, NULL, NULL, infos[i]->mountpoint);
        put_text(report, NULL, NULL, infos[i]->name);
        put_text(report, NULL, NULL, infos[i]->fstype);
        put_text(report, NULL, NULL, targets->str);
        virDomainFSInfoFree(infos[i]);
    }
    free(infos);
    if (n > 0)
        report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_domhostname(Shell *sh, const Args *args)
{
    const char *source = args_string(args, "source");
    unsigned int flags = 0;
    if (source && strcmp(source, "lease") == 0) {
        flags = VIR_DOMAIN_GET_HOSTNAME_LEASE;
    } else if (source && strcmp(source, "agent") == 0) {
        flags = VIR_DOMAIN_GET_HOSTNAME_AGENT;
    } else if (source) {
        shell_error(sh, "Unknown data source '%s'", source);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *name = dom ? virDomainGetHostname(dom, flags) : NULL;
    return dom && shell_tell(sh, name, "failed to get hostname", NULL);
}

gboolean
run_set_user_password(Shell *sh, const Args *args)
{
    const char *name, *user = args_string(args, "user");
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom || virDomainSetUserPassword(dom, user, args_string(args, "password"), args_flags(args)) < 0)
        return FALSE;
    shell_note(sh, "Password set successfully for %s in %s", user, name);
    return TRUE;
}

gboolean
run_domtime(Shell *sh, const Args *args)
{
    gboolean now = args_flag(args, "now"), sync = args_flag(args, "sync"), set = args_flag(args, "time");
    long long seconds = 0;
    unsigned int nanoseconds = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || args_number(sh, args, "time", 0, G_MAXINT64, &seconds) < 0)
        return FALSE;
    if (set || now || sync) {
        if (now)
            seconds = time(NULL);
        return virDomainSetTime(dom, seconds, nanoseconds, args_flags(args)) == 0;
    }
    if (virDomainGetTime(dom, &seconds, &nanoseconds, 0) < 0)
        return FALSE;
    if (!args_flag(args, "pretty")) {
        shell_print(sh, "Time: %lld", seconds);
        return TRUE;
    }
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text = when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S") : NULL;
    shell_print(sh, "Time: %s", text ? text : "unknown");
    return TRUE;
}

static int
write_all(virStreamPtr stream, const char *data, size_t n, void *opaque)
{
    gssize written;
    do {
        written = write(*(int *)opaque, data, n);
    } while (written < 0 && errno == EINTR);
    return (int)written;
}

/* NAME-TIME.EXTENSION, for a picture of kind MIME. */
static char *
picture_name(const char *name, const char *mime)
{
    static const char *const kinds[][2] = {{"image/x-portable-pixmap", ".ppm"}, {"image/png", ".png"}};
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%Y-%m-%d-%H:%M:%S");
    const char *extension = "";
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(mime, kinds[i][0]) == 0)
            extension = kinds[i][1];
    }
    return g_strdup_printf("%s-%s%s", name, when, extension);
}

gboolean
run_screenshot(Shell *sh, const Args *args)
{
    const char *name;
    long long screen = 0;
    g_autofree char *path = g_strdup(args_string(args, "file"));
    g_autoptr(virDomain) dom = shell_domain(sh, args, &name);
    if (!dom || args_number(sh, args, "screen", 0, G_MAXUINT, &screen) < 0)
        return FALSE;
    virStreamPtr stream = virStreamNew(sh->conn, 0);
    g_autofree char *mime = stream ? virDomainScreenshot(dom, stream, (unsigned int)screen, 0) : NULL;
    gboolean ok = FALSE, made = FALSE;
    if (!mime) {
        shell_outcome(sh, FALSE, NULL, "could not take a screenshot of %t", NULL, name);
    } else {
        if (!path)
            path = picture_name(name, mime);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        made = fd >= 0;
        if (!made && errno == EEXIST)
            fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (fd < 0) {
            shell_error(sh, "cannot create file %s: %s", path, g_strerror(errno));
            virStreamAbort(stream);
        } else {
            ok = virStreamRecvAll(stream, write_all, &fd) == 0 && virStreamFinish(stream) == 0;
            if (!ok)
                shell_outcome(sh, FALSE, NULL, "could not receive data from domain '%t'", NULL, name);
            if (close(fd) < 0 && ok) {
                shell_error(sh, "cannot close file %s: %s", path, g_strerror(errno));
                ok = FALSE;
            }
        }
    }
    if (stream)
        virStreamFree(stream);
    if (ok)
        shell_print(sh, "Screenshot saved to %s, with type of %s", path, mime);
    else if (made)
        unlink(path);
    return ok;
}

gboolean
run_domjobabort(Shell *sh, const Args *args)
{
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    unsigned int flags = args_flags(args);
    return dom && (flags ? virDomainAbortJobFlags(dom, flags) : virDomainAbortJob(dom)) == 0;
}

static const char *const job_types[] = {"None", "Bounded", "Unbounded", "Completed", "Failed", "Cancelled"};

static void
print_size_of(Shell *sh, const char *label, unsigned long long bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    gsize unit = 0;
    for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1024;
    shell_print(sh, "%-17s %-.3lf %s\n", label, value, units[unit]);
}

gboolean
run_domjobinfo(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    virDomainJobInfo info = {0};
    virTypedParameterPtr params = NULL;
    int n = 0, type = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    if (virDomainGetJobStats(dom, &type, &params, &n, flags) < 0) {
        if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT || flags)
            return FALSE;
        virResetLastError();
        if (virDomainGetJobInfo(dom, &info) < 0)
            return FALSE;
        type = info.type;
    }
    shell_print(sh, "%-17s %-12s\n", "Job type:", type >= 0 && type < (int)G_N_ELEMENTS(job_types) ? job_types[type] : "unknown");
    if (args_flag(args, "rawstats") || args_flag(args, "anystats")) {
        for (int i = 0; i < n; i++) {
            g_autofree char *text = shell_param_text(&params[i]);
            shell_print(sh, "%s: %s\n", params[i].field, text);
        }
        virTypedParamsFree(params, n);
        return TRUE;
    }
    if (type != VIR_DOMAIN_JOB_BOUNDED && type != VIR_DOMAIN_JOB_UNBOUNDED && type != VIR_DOMAIN_JOB_COMPLETED) {
        virTypedParamsFree(params, n);
        return TRUE;
    }
    const struct {
        const char *field;
        unsigned long long *value;
    } fields[] = {
        {VIR_DOMAIN_JOB_TIME_ELAPSED, &info.timeElapsed},   {VIR_DOMAIN_JOB_TIME_REMAINING, &info.timeRemaining},
        {VIR_DOMAIN_JOB_DATA_TOTAL, &info.dataTotal},       {VIR_DOMAIN_JOB_DATA_PROCESSED, &info.dataProcessed},
        {VIR_DOMAIN_JOB_DATA_REMAINING, &info.dataRemaining}, {VIR_DOMAIN_JOB_MEMORY_TOTAL, &info.memTotal},
        {VIR_DOMAIN_JOB_MEMORY_PROCESSED, &info.memProcessed}, {VIR_DOMAIN_JOB_MEMORY_REMAINING, &info.memRemaining},
        {VIR_DOMAIN_JOB_DISK_TOTAL, &info.fileTotal},       {VIR_DOMAIN_JOB_DISK_PROCESSED, &info.fileProcessed},
        {VIR_DOMAIN_JOB_DISK_REMAINING, &info.fileRemaining},
    };
    for (gsize i = 0; n && i < G_N_ELEMENTS(fields); i++)
        virTypedParamsGetULLong(params, n, fields[i].field, fields[i].value);
    virTypedParamsFree(params, n);
    shell_print(sh, "%-17s %-12llu ms\n", "Time elapsed:", info.timeElapsed);
    if (type == VIR_DOMAIN_JOB_BOUNDED)
        shell_print(sh, "%-17s %-12llu ms\n", "Time remaining:", info.timeRemaining);
    const struct {
        const char *name;
        unsigned long long processed, remaining, total;
    } kinds[] = {
        {"Data", info.dataProcessed, info.dataRemaining, info.dataTotal},
        {"Memory", info.memProcessed, info.memRemaining, info.memTotal},
        {"File", info.fileProcessed, info.fileRemaining, info.fileTotal},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!kinds[i].processed && !kinds[i].remaining && !kinds[i].total)
            continue;
        g_autofree char *processed = g_strconcat(kinds[i].name, " processed:", NULL);
        g_autofree char *remaining = g_strconcat(kinds[i].name, " remaining:", NULL);
        g_autofree char *total = g_strconcat(kinds[i].name, " total:", NULL);
        print_size_of(sh, processed, kinds[i].processed);
        print_size_of(sh, remaining, kinds[i].remaining);
        print_size_of(sh, total, kinds[i].total);
    }
    return TRUE;
}
