/* The default event loop: poll(2) over the handles, the nearest timeout, and an eventfd that wakes it.
 *
 * Any thread may add, change and remove; one thread runs.  Callbacks run without the lock, so they may call every
 * function here.  A removed item is only marked; the running thread frees it between iterations, which is also
 * when its free callback runs: never while its own callback is on the stack.
 */
#include "base/eventloop_default.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"

typedef struct {
    int id;
    gboolean removed;
    gboolean is_timeout;
    int fd;
    int events;
    int interval; /* milliseconds; -1 off */
    gint64 due;   /* monotonic microseconds */
    virEventHandleCallback handle_cb;
    virEventTimeoutCallback timeout_cb;
    void *opaque;
    virFreeCallback ff;
} Item;

static VrMutex lock = VR_MUTEX_INIT;
static GPtrArray *items[2]; /* handles and timeouts, each in the order of registration, which is that of their ids */
static int next_watch = 1, next_timer = 1;
static int wake_fd = -1;
static gboolean removals;
static GThread *runner; /* who is in an iteration, and needs no waking by itself */

static const struct {
    int ours;
    short poll;
} event_bits[] = {
    {VIR_EVENT_HANDLE_READABLE, POLLIN},
    {VIR_EVENT_HANDLE_WRITABLE, POLLOUT},
    {VIR_EVENT_HANDLE_ERROR, POLLERR},
    {VIR_EVENT_HANDLE_HANGUP, POLLHUP},
};

static short
to_poll(int events)
{
    short bits = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(event_bits); i++)
        bits = (short)(bits | (events & event_bits[i].ours ? event_bits[i].poll : 0));
    return bits;
}

static int
from_poll(short revents)
{
    int bits = revents & POLLNVAL ? VIR_EVENT_HANDLE_ERROR : 0;
    for (gsize i = 0; i < G_N_ELEMENTS(event_bits); i++)
        bits |= revents & event_bits[i].poll ? event_bits[i].ours : 0;
    return bits;
}

/* Called with the lock held. */
static void
wake(void)
{
    guint64 one = 1;
    if (wake_fd >= 0 && runner != g_thread_self() && write(wake_fd, &one, sizeof(one)) < 0)
        errno = 0; /* the counter is full: the loop is awake already */
}

static int
prepare(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(items) && !items[i]; i++)
        items[i] = g_ptr_array_new();
    if (wake_fd < 0)
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0)
        return vr_error_system(VIR_FROM_EVENT, errno, "cannot create the event loop's wake-up descriptor");
    return 0;
}

static Item *
find(int id, gboolean is_timeout)
{
    const GPtrArray *all = items[is_timeout];
    guint low = 0, high = all ? all->len : 0;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        Item *item = all->pdata[middle];
        if (item->id == id)
            return item->removed ? NULL : item;
        if (item->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int
add(Item template)
{
    vr_mutex_lock(&lock);
    if (prepare() < 0) {
        vr_mutex_unlock(&lock);
        return -1;
    }
    Item *item = g_memdup2(&template, sizeof(template));
    item->id = item->is_timeout ? next_timer++ : next_watch++;
    g_ptr_array_add(items[item->is_timeout], item);
    int id = item->id;
    wake();
    vr_mutex_unlock(&lock);
    return id;
}

static int
mark_removed(int id, gboolean is_timeout)
{
    vr_mutex_lock(&lock);
    Item *item = find(id, is_timeout);
    if (item) {
        item->removed = TRUE;
        removals = TRUE;
        wake();
    }
    vr_mutex_unlock(&lock);
    return item ? 0 : -1;
}

static gint64
due_after(int interval)
{
    return g_get_monotonic_time() + (gint64)interval * 1000;
}

int
vr_event_default_add_handle(int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff)
{
    return add((Item){.fd = fd, .events = events, .handle_cb = cb, .opaque = opaque, .ff = ff});
}

void
vr_event_default_update_handle(int watch, int events)
{
    vr_mutex_lock(&lock);
    Item *item = find(watch, FALSE);
    if (item) {
        item->events = events;
        wake();
    }
    vr_mutex_unlock(&lock);
}

int
vr_event_default_remove_handle(int watch)
{
    return mark_removed(watch, FALSE);
}

int
vr_event_default_add_timeout(int timeout, virEventTimeoutCallback cb, void *opaque, virFreeCallback ff)
{
    return add((Item){.is_timeout = TRUE,
                      .fd = -1,
                      .interval = timeout,
                      .due = due_after(MAX(timeout, 0)),
                      .timeout_cb = cb,
                      .opaque = opaque,
                      .ff = ff});
}

void
vr_event_default_update_timeout(int timer, int timeout)
{
    vr_mutex_lock(&lock);
    Item *item = find(timer, TRUE);
    if (item) {
        item->interval = timeout;
        item->due = due_after(MAX(timeout, 0));
        wake();
    }
    vr_mutex_unlock(&lock);
}

int
vr_event_default_remove_timeout(int timer)
{
    return mark_removed(timer, TRUE);
}

/* Move what was removed from ALL to GONE. */
static void
take_removed(GPtrArray *all, GPtrArray *gone)
{
    guint kept = 0;
    for (guint i = 0; i < all->len; i++) {
        Item *item = all->pdata[i];
        if (item->removed)
            g_ptr_array_add(gone, item);
        else
            all->pdata[kept++] = item;
    }
    g_ptr_array_set_size(all, (int)kept);
}

/* Free what was removed.  Free callbacks run without the lock: they may call back into the loop. */
static void
sweep(void)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    vr_mutex_lock(&lock);
    for (gsize i = 0; i < G_N_ELEMENTS(items) && removals; i++)
        take_removed(items[i], gone);
    removals = FALSE;
    vr_mutex_unlock(&lock);
    for (guint i = 0; i < gone->len; i++) {
        Item *item = gone->pdata[i];
        if (item->ff)
            item->ff(item->opaque);
    }
}

/* Fill FDS (fds[0] is the wake-up descriptor) and ITEMS_OF with what is watched now; returns poll's timeout. */
static int
collect(GArray *fds, GPtrArray *items_of)
{
    gint64 nearest = G_MAXINT64;
    struct pollfd wake_poll = {.fd = wake_fd, .events = POLLIN};
    g_array_append_val(fds, wake_poll);
    g_ptr_array_add(items_of, NULL);
    for (guint i = 0; i < items[TRUE]->len; i++) {
        const Item *item = items[TRUE]->pdata[i];
        if (item->interval >= 0)
            nearest = MIN(nearest, item->due);
    }
    for (guint i = 0; i < items[FALSE]->len; i++) {
        Item *item = items[FALSE]->pdata[i];
        if (item->events) {
            struct pollfd p = {.fd = item->fd, .events = to_poll(item->events)};
            g_array_append_val(fds, p);
            g_ptr_array_add(items_of, item);
        }
    }
    if (nearest == G_MAXINT64)
        return -1;
    gint64 left = (nearest - g_get_monotonic_time() + 999) / 1000;
    return (int)CLAMP(left, 0, G_MAXINT);
}

static void
dispatch_handle(Item *item, int events)
{
    vr_mutex_lock(&lock);
    events &= item->events | VIR_EVENT_HANDLE_ERROR | VIR_EVENT_HANDLE_HANGUP;
    gboolean live = !item->removed && events;
    vr_mutex_unlock(&lock);
    if (live)
        item->handle_cb(item->id, item->fd, events, item->opaque);
}

static void
dispatch_timeouts(void)
{
    gint64 now = g_get_monotonic_time();
    vr_mutex_lock(&lock);
    guint n = items[TRUE]->len; /* those added by callbacks wait for the next iteration */
    for (guint i = 0; i < n; i++) {
        Item *item = items[TRUE]->pdata[i];
        if (item->removed || item->interval < 0 || item->due > now)
            continue;
        item->due = now + (gint64)item->interval * 1000;
        vr_mutex_unlock(&lock);
        item->timeout_cb(item->id, item->opaque);
        vr_mutex_lock(&lock);
    }
    vr_mutex_unlock(&lock);
}

static void
set_runner(GThread *thread)
{
    vr_mutex_lock(&lock);
    runner = thread;
    vr_mutex_unlock(&lock);
}

int
vr_event_default_run(void)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    g_autoptr(GPtrArray) items_of = g_ptr_array_new();
    sweep();
    vr_mutex_lock(&lock);
    int rc = prepare();
    int timeout = rc < 0 ? 0 : collect(fds, items_of);
    vr_mutex_unlock(&lock);
    if (rc < 0)
        return -1;
    int n = poll((struct pollfd *)fds->data, fds->len, timeout);
    if (n < 0 && errno != EINTR)
        return vr_error_system(VIR_FROM_EVENT, errno, "cannot wait for events");
    if (n > 0 && g_array_index(fds, struct pollfd, 0).revents) {
        guint64 count;
        if (read(wake_fd, &count, sizeof(count)) < 0)
            errno = 0; /* somebody else's iteration emptied it */
    }
    set_runner(g_thread_self());
    dispatch_timeouts();
    for (guint i = 1; n > 0 && i < fds->len; i++) {
        short revents = g_array_index(fds, struct pollfd, i).revents;
        if (revents)
            dispatch_handle(items_of->pdata[i], from_poll(revents));
    }
    set_runner(NULL);
    sweep();
    return 0;
}
