/* See keep.c. */
#pragma once

#include "base/pool.h"

/* Open the drivers of SCHEMES, NULL-terminated and there for good, on a worker of POOL. */
void daemon_keep_drivers(VrPool *pool, const char *const *schemes);
