/* Things described in one word: "NAME[,KEY=VALUE]...", doubled commas for single ones. */
#pragma once

#include <glib.h>

char **spec_split(const char *text);
/* The value of WORD if it is "KEY=VALUE". */
const char *spec_value(const char *word, const char *key);
