/* What a network card can do by itself.  Any thread. */
#pragma once

#include <glib.h>

/* The names of the offloads that are on ("rx", "tso" ...), in order; ends in NULL, freed with g_strfreev(). */
char **vr_link_features(const char *name);
