/* A control group's insides, for the two files that work on one. */
#pragma once

#include "host/cgroup.h"

struct VrCgroup {
    char *dirs[VR_CGROUP_CONTROLLERS]; /* NULL: not there */
    bool unified[VR_CGROUP_CONTROLLERS];
    char *home;       /* in the unified hierarchy; NULL: none */
    GArray *devices;  /* VrCgroupDevice that may be opened; NULL: not limited, or not by us */
};

int vr_cgroup_write(const char *dir, const char *file, const char *text);
