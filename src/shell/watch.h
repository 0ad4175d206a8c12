/* Waiting for events of any kind of object: what the event commands share. */
#pragma once

#include "shell/shell.h"

typedef struct {
    Shell *sh;
    gboolean loop;
    gboolean timestamp;
    gboolean done;
    int count;
} Watch;

/* From options loop and timestamp. */
Watch watch_begin(Shell *sh, const Args *args);
/* An event of the KIND of object ("domain") NAME happened; TEXT (may be empty) says more. */
void watch_event(Watch *watch, const char *event, const char *kind, const char *name, const char *text);
/* Run the event loop until enough was seen, SECONDS (0: no limit) are over, or the connection is lost. */
gboolean watch_wait(Watch *watch, int seconds);
