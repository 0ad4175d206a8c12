/* The command tables, one per group, and what their rows call: written from shell/GROUP.cmd.  groups.c lists them. */
#pragma once

#include "shell/commands.gen.h"
