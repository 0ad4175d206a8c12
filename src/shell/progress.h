/* How far something long has come: a percentage as it always was, and on a terminal a bar, the rate and the time that is left.
 * And how to do something long: on a thread of its own, so that the user can end it with Ctrl-C. */
#pragma once

#include "shell/shell.h"

typedef struct {
    const char *label; /* "Block Pull" */
    gint64 begun;      /* when there was the first figure */
    unsigned long long first;
    int percent;       /* shown last; -1: nothing yet */
} Progress;

#define PROGRESS(text) ((Progress){.label = (text), .percent = -1})

/* DONE of TOTAL, in bytes if RATE is to be shown.  Complete only when it really is: see progress_complete. */
void progress_show(Progress *progress, unsigned long long done, unsigned long long total, gboolean rate);
void progress_complete(Progress *progress);
/* Leave the line, if something stands there. */
void progress_end(Progress *progress);

/* Ctrl-C, from begin to end: whether it came since. */
void interrupt_begin(void);
gboolean interrupt_came(void);
void interrupt_end(void);

/* A long call about DOM and what is shown meanwhile. */
typedef struct {
    const char *label;
    gboolean verbose;
    int timeout_ms;                                    /* 0: none */
    void (*on_timeout)(Shell *sh, virDomainPtr dom, void *data);
    gboolean (*call)(void *data);                      /* on a thread; FALSE with the library's error set */
    void (*each)(Shell *sh, virDomainPtr dom, void *data); /* now and then; may be NULL */
    void *data;
} LongCall;

/* Make the call, show its job's progress, abort the job on Ctrl-C.  FALSE with the error kept. */
gboolean shell_long_call(Shell *sh, virDomainPtr dom, const LongCall *call);
