/* Everything the shell writes: results on stdout, errors on stderr, and both into the log file of -l. */
#include "shell/shell.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
log_line(Shell *sh, const char *level, const char *text)
{
    if (!sh->log)
        return;
    char when[32];
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    strftime(when, sizeof(when), "%Y.%m.%d %H:%M:%S", &tm);
    fprintf(sh->log, "[%s virsh %d] %s %s%s", when, (int)getpid(), level, text, g_str_has_suffix(text, "\n") ? "" : "\n");
    fflush(sh->log);
}

void
shell_print(Shell *sh, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void
shell_note(Shell *sh, const char *format, ...)
{
    if (sh->quiet)
        return;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void
shell_error(Shell *sh, const char *format, ...)
{
    va_list args;
    if (sh->silent)
        return;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    log_line(sh, "ERROR", text);
    /* What was printed before the error shall stand before it. */
    fflush(stdout);
    fprintf(stderr, "error: %s\n", text);
}

void
shell_debug(Shell *sh, int level, const char *format, ...)
{
    if (sh->debug < 0 || level < sh->debug)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    log_line(sh, "DEBUG", text);
    fputs(text, stdout);
}

/* The library's error that the running command ends with; one session, one command at a time. */
static virErrorPtr kept;

void
shell_keep_error(virErrorPtr error)
{
    if (!error)
        return;
    if (kept)
        virFreeError(error); /* the first failure is the cause */
    else
        kept = error;
}

void
shell_save_error(Shell *sh)
{
    if (virGetLastErrorCode() != VIR_ERR_OK)
        shell_keep_error(virSaveLastError());
}

void
shell_forget_error(Shell *sh)
{
    virFreeError(kept);
    kept = NULL;
    virResetLastError();
}

void
shell_report_error(Shell *sh)
{
    shell_save_error(sh);
    if (kept && kept->code != VIR_ERR_OK)
        shell_error(sh, "%s", kept->message ? kept->message : "unknown error");
    shell_forget_error(sh);
}
