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
