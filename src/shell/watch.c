/* See watch.h. */
#include "shell/watch.h"

#include "shell/report.h"

Watch
watch_begin(Shell *sh, const Args *args)
{
    return (Watch){.sh = sh, .loop = args_flag(args, "loop"), .timestamp = args_flag(args, "timestamp")};
}

static char *
time_now(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *when = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    return g_strdup_printf("%s.%03d+0000", when, g_date_time_get_microsecond(now) / 1000);
}

void
watch_event(Watch *watch, const char *event, const char *kind, const char *name, const char *text)
{
    if (!watch->loop && watch->done)
        return;
    watch->count++;
    watch->done = TRUE;
    g_autofree char *now = time_now();
    if (watch->sh->format != FORMAT_TEXT) {
        g_autoptr(Report) report = report_one(0);
        put_text(report, "event", NULL, event);
        put_text(report, kind, NULL, name);
        put_text(report, "details", NULL, text);
        put_text(report, "time", NULL, now);
        report_print_line(watch->sh, report);
    } else {
        if (watch->timestamp)
            shell_print(watch->sh, "%s: ", now);
        shell_print(watch->sh, "event '%s' for %s '%s'%s%s\n", event, kind, name, *text ? ": " : "", text);
    }
    fflush(stdout);
}

static void
on_timeout(int timer, void *opaque)
{
    *(gboolean *)opaque = TRUE;
}

gboolean
watch_wait(Watch *watch, int seconds)
{
    Shell *sh = watch->sh;
    gboolean expired = FALSE;
    int timer = seconds > 0 ? virEventAddTimeout(seconds * 1000, on_timeout, &expired, NULL) : -1;
    gboolean ok = TRUE;
    while (ok && !expired && !sh->lost && (watch->loop || !watch->done))
        ok = virEventRunDefaultImpl() == 0;
    if (timer >= 0)
        virEventRemoveTimeout(timer);
    if (sh->format == FORMAT_TEXT) {
        if (expired)
            shell_print(sh, "event loop timed out\n");
        else if (sh->lost)
            shell_print(sh, "event loop interrupted\n");
        shell_print(sh, "events received: %d\n", watch->count);
    }
    return ok && (watch->count > 0 || watch->loop);
}
