/* Worker threads: a bounded number, started when there is work, with some kept for what must not wait.
 *
 * Any thread.  Work marked urgent is taken by every worker, other work only by ordinary ones, so that urgent work finds
 * a thread while all ordinary ones are blocked.
 */
#pragma once

#include <glib.h>

typedef struct VrPool VrPool;

typedef struct {
    unsigned int min;     /* ordinary workers that stay when idle */
    unsigned int max;     /* ordinary workers at most */
    unsigned int reserve; /* further workers for urgent work only */
} VrPoolLimits;

typedef struct {
    VrPoolLimits limits;
    unsigned int workers; /* ordinary ones alive */
    unsigned int idle;    /* of those */
    unsigned int reserve; /* urgent-only ones alive */
    unsigned int queued;
} VrPoolInfo;

VrPool *vr_pool_new(const VrPoolLimits *limits);

/* Wait for what is queued, end the workers, free the pool. */
void vr_pool_free(VrPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrPool, vr_pool_free)

void vr_pool_submit(VrPool *pool, gboolean urgent, void (*work)(void *data), void *data);

/* New limits count from now on; workers beyond them end when they are idle. */
void vr_pool_set_limits(VrPool *pool, const VrPoolLimits *limits);
void vr_pool_info(VrPool *pool, VrPoolInfo *ret_info);
