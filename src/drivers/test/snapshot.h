/* What snapshots and checkpoints of the test driver share. */
#pragma once

#include "drivers/test/test.h"
#include "model/moment.gen.h"

/* The snapshot NAME, or NULL with the error set. */
VrMoment *test_snapshot_find(const VrGuestState *state, const char *name);

/* A described moment must hang below a known one, make no circle, and be of this guest. */
int test_moment_check_parent(const VrMoments *set, const char *name, const char *parent);
int test_moment_check_uuid(int domain, const char *what, const char *name, const VrGuestState *state,
                           const DomainDef *given);

/* Take everything below NAME out of SET; whether the current one was among it. */
bool test_moments_prune(VrMoments *set, const char *name);
/* Take MOMENT out with everything below it, without (its children move up), or only what is below it. */
void test_moments_delete(VrMoments *set, const VrMoment *moment, bool children, bool only_children);
