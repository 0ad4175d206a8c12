/* See pool.h: one lock, two queues, two conditions. */
#include "base/pool.h"

#include <time.h>

#include "base/lock.h"

#define IDLE_SECONDS 10

typedef struct Job {
    void (*work)(void *data);
    void *data;
    struct Job *next;
} Job;

typedef struct {
    Job *first, *last;
    unsigned int length;
} JobQueue;

struct VrPool {
    VrMutex lock;
    pthread_cond_t work[2]; /* something to do for ordinary, for reserve workers */
    pthread_cond_t ended;
    VrPoolLimits limits;
    JobQueue ordinary, urgent;
    unsigned int alive[2], idle[2];
    gboolean ending;
};

static void
queue_push(JobQueue *queue, Job *job)
{
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
    queue->length++;
}

static Job *
queue_pop(JobQueue *queue)
{
    Job *job = queue->first;
    if (!job)
        return NULL;
    queue->first = job->next;
    if (!queue->first)
        queue->last = NULL;
    queue->length--;
    return job;
}

static unsigned int
allowed(const VrPool *pool, gboolean reserve)
{
    return reserve ? pool->limits.reserve : MAX(pool->limits.max, 1);
}

/* Wait for a job; NULL when this worker is one too many.  Called with the lock held. */
static Job *
next_job(VrPool *pool, gboolean reserve)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    gboolean waited = FALSE;
    for (;;) {
        if (pool->alive[reserve] > allowed(pool, reserve))
            return NULL;
        Job *job = queue_pop(&pool->urgent);
        if (!job && !reserve)
            job = queue_pop(&pool->ordinary);
        if (job || pool->ending)
            return job;
        unsigned int stay = reserve ? 0 : pool->limits.min;
        if (waited && pool->alive[reserve] > stay)
            return NULL;
        pool->idle[reserve]++;
        if (pool->alive[reserve] > stay)
            waited = pthread_cond_timedwait(&pool->work[reserve], &pool->lock, &until) != 0;
        else
            pthread_cond_wait(&pool->work[reserve], &pool->lock);
        pool->idle[reserve]--;
    }
}

static void
work(VrPool *pool, gboolean reserve)
{
    vr_mutex_lock(&pool->lock);
    Job *job;
    while ((job = next_job(pool, reserve))) {
        vr_mutex_unlock(&pool->lock);
        job->work(job->data);
        g_free(job);
        vr_mutex_lock(&pool->lock);
    }
    pool->alive[reserve]--;
    pthread_cond_broadcast(&pool->ended);
    vr_mutex_unlock(&pool->lock);
}

static void *
ordinary_worker(void *data)
{
    work(data, FALSE);
    return NULL;
}

static void *
reserve_worker(void *data)
{
    work(data, TRUE);
    return NULL;
}

/* Start one more worker if one may be; called with the lock held. */
static gboolean
start_worker(VrPool *pool, gboolean reserve)
{
    if (pool->alive[reserve] >= allowed(pool, reserve))
        return FALSE;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    gboolean started = pthread_create(&thread, &attributes, reserve ? reserve_worker : ordinary_worker, pool) == 0;
    pthread_attr_destroy(&attributes);
    if (started)
        pool->alive[reserve]++;
    return started;
}

VrPool *
vr_pool_new(const VrPoolLimits *limits)
{
    VrPool *pool = g_new0(VrPool, 1);
    pool->limits = *limits;
    vr_mutex_init(&pool->lock);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->work[0], &attributes);
    pthread_cond_init(&pool->work[1], &attributes);
    pthread_cond_init(&pool->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    return pool;
}

void
vr_pool_free(VrPool *pool)
{
    if (!pool)
        return;
    vr_mutex_lock(&pool->lock);
    pool->ending = TRUE;
    pthread_cond_broadcast(&pool->work[0]);
    pthread_cond_broadcast(&pool->work[1]);
    while (pool->alive[0] + pool->alive[1] > 0)
        pthread_cond_wait(&pool->ended, &pool->lock);
    vr_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&pool->work[0]);
    pthread_cond_destroy(&pool->work[1]);
    pthread_cond_destroy(&pool->ended);
    vr_mutex_clear(&pool->lock);
    g_free(pool);
}

void
vr_pool_submit(VrPool *pool, gboolean urgent, void (*function)(void *data), void *data)
{
    Job *job = g_new0(Job, 1);
    job->work = function;
    job->data = data;
    VR_SCOPED_LOCK(&pool->lock);
    queue_push(urgent ? &pool->urgent : &pool->ordinary, job);
    unsigned int waiting = pool->ordinary.length + pool->urgent.length;
    if (pool->idle[0] >= waiting)
        pthread_cond_signal(&pool->work[0]);
    else if (start_worker(pool, FALSE) || !urgent)
        pthread_cond_signal(&pool->work[0]);
    else if (pool->idle[1] >= pool->urgent.length || !start_worker(pool, TRUE))
        pthread_cond_signal(&pool->work[pool->idle[1] > 0]);
}

void
vr_pool_set_limits(VrPool *pool, const VrPoolLimits *limits)
{
    VR_SCOPED_LOCK(&pool->lock);
    pool->limits = *limits;
    pthread_cond_broadcast(&pool->work[0]);
    pthread_cond_broadcast(&pool->work[1]);
}

void
vr_pool_info(VrPool *pool, VrPoolInfo *ret_info)
{
    VR_SCOPED_LOCK(&pool->lock);
    *ret_info = (VrPoolInfo){
        .limits = pool->limits,
        .workers = pool->alive[0],
        .idle = pool->idle[0],
        .reserve = pool->alive[1],
        .queued = pool->ordinary.length + pool->urgent.length,
    };
}
