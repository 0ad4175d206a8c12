/* The command tables, one per file cmd_*.c; commands.c lists them in groups. */
#pragma once

#include "shell/shell.h"

extern const Command shell_commands[];     /* cmd_shell.c */
extern const Command host_commands[];      /* cmd_host.c */
extern const Command monitor_commands[];   /* cmd_monitor.c */
extern const Command domain_commands[];    /* cmd_domain.c */
extern const Command event_commands[];     /* cmd_event.c */
