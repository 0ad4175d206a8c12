/* Mutexes whose critical sections are scopes: an early return cannot leave one locked.
 *
 * pthread mutexes rather than GLib's, which thread checkers cannot see through.
 */
#pragma once

#include <glib.h>
#include <pthread.h>

typedef pthread_mutex_t VrMutex;

#define VR_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER

static inline void
vr_mutex_init(VrMutex *mutex)
{
    pthread_mutex_init(mutex, NULL);
}

static inline void
vr_mutex_clear(VrMutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

static inline void
vr_mutex_lock(VrMutex *mutex)
{
    pthread_mutex_lock(mutex);
}

/* FALSE once DEADLINE (of g_get_monotonic_time()) has passed. */
static inline gboolean
vr_mutex_lock_until(VrMutex *mutex, gint64 deadline)
{
#ifdef __SANITIZE_THREAD__ /* which does not know clocklock */
    deadline += g_get_real_time() - g_get_monotonic_time();
    const struct timespec when = {deadline / G_USEC_PER_SEC, deadline % G_USEC_PER_SEC * 1000};
    return pthread_mutex_timedlock(mutex, &when) == 0;
#else
    const struct timespec when = {deadline / G_USEC_PER_SEC, deadline % G_USEC_PER_SEC * 1000};
    return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &when) == 0;
#endif
}

static inline void
vr_mutex_unlock(VrMutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

static inline VrMutex *
vr_mutex_hold(VrMutex *mutex)
{
    pthread_mutex_lock(mutex);
    return mutex;
}

static inline void
vr_mutex_release(VrMutex **held)
{
    if (*held)
        pthread_mutex_unlock(*held);
}

/* Hold MUTEX until the end of the enclosing scope. */
#define VR_SCOPED_LOCK(mutex)                                                                      \
    G_GNUC_UNUSED __attribute__((cleanup(vr_mutex_release))) VrMutex *G_PASTE(vr_held_, __LINE__) = \
        vr_mutex_hold(mutex)

/* Conditions, waited for with a mutex held. */
typedef pthread_cond_t VrCond;

static inline void
vr_cond_init(VrCond *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

static inline void
vr_cond_clear(VrCond *cond)
{
    pthread_cond_destroy(cond);
}

static inline void
vr_cond_broadcast(VrCond *cond)
{
    pthread_cond_broadcast(cond);
}

/* FALSE once DEADLINE (of g_get_monotonic_time()) has passed; TRUE may be a false alarm. */
static inline gboolean
vr_cond_wait_until(VrCond *cond, VrMutex *mutex, gint64 deadline)
{
    const struct timespec when = {deadline / G_USEC_PER_SEC, deadline % G_USEC_PER_SEC * 1000};
    return pthread_cond_timedwait(cond, mutex, &when) == 0;
}
