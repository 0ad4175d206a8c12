/* See progress.h. */
#include "shell/progress.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define BAR 24
#define LOOK_MS 500

static volatile sig_atomic_t came;
static struct sigaction before;

static void
on_signal(int number)
{
    came = 1;
}

void
interrupt_begin(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    came = 0;
    sigaction(SIGINT, &action, &before);
}

gboolean
interrupt_came(void)
{
    return came != 0;
}

void
interrupt_end(void)
{
    sigaction(SIGINT, &before, NULL);
}

static char *
extras(const Progress *progress, unsigned long long done, unsigned long long total, gboolean rate)
{
    double seconds = (double)(g_get_monotonic_time() - progress->begun) / G_USEC_PER_SEC;
    GString *text = g_string_new(" ");
    int full = total ? (int)((double)done / (double)total * BAR) : 0;
    for (int i = 0; i < BAR; i++)
        g_string_append_c(text, i < full ? '=' : i == full ? '>' : ' ');
    g_string_append_c(text, '|');
    if (seconds > 0.2 && done > progress->first) {
        double speed = (double)(done - progress->first) / seconds;
        if (rate)
            g_string_append_printf(text, " %7.1f MiB/s", speed / (1 << 20));
        if (total > done) {
            int left = (int)MIN((double)(total - done) / speed, 359999);
            g_string_append_printf(text, "  %d:%02d:%02d left", left / 3600, left / 60 % 60, left % 60);
        }
    }
    g_string_append(text, "\033[K");
    return g_string_free(text, FALSE);
}

static void
draw(Progress *progress, int percent, const char *more)
{
    fflush(stdout);
    fprintf(stderr, "\r%s: [%3d %%]%s", progress->label, percent, more ? more : "");
    fflush(stderr);
    progress->percent = percent;
}

void
progress_show(Progress *progress, unsigned long long done, unsigned long long total, gboolean rate)
{
    /* What is nearly done is not done: 100 is for the end. */
    int percent = !total ? 0 : done >= total ? 100 : MIN((int)((double)done / (double)total * 100), 99);
    if (!progress->begun) {
        progress->begun = g_get_monotonic_time();
        progress->first = done;
    }
    gboolean seen = isatty(STDERR_FILENO);
    if (!seen && percent == progress->percent)
        return;
    g_autofree char *more = seen ? extras(progress, MIN(done, total), total, rate) : NULL;
    draw(progress, percent, more);
}

void
progress_complete(Progress *progress)
{
    if (progress->percent != 100)
        draw(progress, 100, isatty(STDERR_FILENO) ? "\033[K" : NULL);
}

void
progress_end(Progress *progress)
{
    if (progress->percent >= 0 && isatty(STDERR_FILENO))
        fputc('\n', stderr);
    progress->percent = -1;
}

/* --- long calls --- */

typedef struct {
    const LongCall *call;
    gboolean ok;
    virErrorPtr error;
    int over[2]; /* a pipe that closes when the call is over: waiting for it ends with a signal, too */
} Work;

static void *
work(void *data)
{
    Work *w = data;
    w->ok = w->call->call(w->call->data);
    w->error = w->ok ? NULL : virSaveLastError();
    close(w->over[1]);
    return NULL;
}

static gboolean
is_over(const Work *w, int wait_ms)
{
    struct pollfd end = {.fd = w->over[0], .events = POLLIN};
    return poll(&end, 1, wait_ms) > 0;
}

gboolean
shell_long_call(Shell *sh, virDomainPtr dom, const LongCall *call)
{
    Work w = {.call = call};
    if (pipe2(w.over, O_CLOEXEC) < 0)
        return FALSE;
    Progress progress = PROGRESS(call->label);
    gint64 deadline = call->timeout_ms ? g_get_monotonic_time() + (gint64)call->timeout_ms * 1000 : G_MAXINT64;
    interrupt_begin();
    GThread *thread = g_thread_new("long-call", work, &w);
    gboolean told = FALSE;
    while (!is_over(&w, LOOK_MS)) {
        if (interrupt_came()) {
            virDomainAbortJob(dom);
            came = 0;
        }
        virDomainJobInfo info;
        if (call->verbose && virDomainGetJobInfo(dom, &info) == 0 && info.type != VIR_DOMAIN_JOB_NONE)
            progress_show(&progress, info.dataProcessed, info.dataTotal, TRUE);
        if (call->each)
            call->each(sh, dom, call->data);
        if (!told && g_get_monotonic_time() >= deadline) {
            told = TRUE;
            call->on_timeout(sh, dom, call->data);
        }
    }
    g_thread_join(thread);
    interrupt_end();
    virResetLastError();
    if (w.ok && call->verbose)
        progress_complete(&progress);
    progress_end(&progress);
    if (!w.ok)
        shell_keep_error(w.error);
    close(w.over[0]);
    return w.ok;
}
