/* The loop and the worker pool, from several threads at once; meant to run under a thread checker too. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/pool.h"

static int count, failures;

static void
check(gboolean good, const char *what)
{
    count++;
    failures += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", count, what);
}

/* Wait until the loop has done all that was posted so far. */
static void
settle_one(void *data)
{
    g_atomic_int_set((gint *)data, 1);
}

static void
settle(void)
{
    gint done = 0;
    vr_loop_post(settle_one, &done);
    while (!g_atomic_int_get(&done))
        g_usleep(200);
}

static gboolean
wait_for(gint *value, int wanted)
{
    for (int i = 0; i < 20000 && g_atomic_int_get(value) != wanted; i++)
        g_usleep(500);
    return g_atomic_int_get(value) == wanted;
}

static void
count_one(void *data)
{
    g_atomic_int_inc((gint *)data);
}

static gint read_bytes;

static void
on_readable(VrSource *source, int fd, unsigned int events, void *data)
{
    char buffer[256];
    ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n > 0)
        g_atomic_int_add(&read_bytes, (int)n);
    else if (n == 0)
        vr_source_cancel(source);
}

static void
test_watch(void)
{
    int fds[2];
    gint gone = 0;
    g_assert(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
    VrSource *source = vr_loop_watch(fds[0], VR_LOOP_READABLE, on_readable, &gone, count_one);
    g_assert(write(fds[1], "abcd", 4) == 4);
    check(wait_for(&read_bytes, 4), "a watch sees what is written");
    vr_source_set_events(source, 0);
    settle();
    g_assert(write(fds[1], "efgh", 4) == 4);
    g_usleep(20000);
    check(g_atomic_int_get(&read_bytes) == 4, "nothing is reported that is not asked for");
    vr_source_set_events(source, VR_LOOP_READABLE);
    check(wait_for(&read_bytes, 8), "asking again reports it");
    close(fds[1]);
    check(wait_for(&gone, 1), "a source cancelled in its callback goes");
    vr_source_end(source);
    close(fds[0]);
}

static void
test_unwatchable(void)
{
    g_autofree char *path = g_strdup("/tmp/loop-test-XXXXXX");
    int fd = g_mkstemp(path);
    gint gone = 0;
    read_bytes = 0;
    g_assert(write(fd, "abc", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0);
    VrSource *source = vr_loop_watch(fd, VR_LOOP_READABLE, on_readable, &gone, count_one);
    check(wait_for(&read_bytes, 3), "a file, which cannot be watched, is reported once");
    vr_source_end(source);
    check(wait_for(&gone, 1), "and can be cancelled");
    close(fd);
    unlink(path);
}

static gint ticks;

static void
on_tick(VrSource *source, void *data)
{
    if (g_atomic_int_add(&ticks, 1) == 4)
        vr_source_cancel(source);
}

static void
test_timer(void)
{
    gint gone = 0;
    VrSource *source = vr_loop_timer(1, 1, on_tick, &gone, count_one);
    check(wait_for(&gone, 1), "a timer ends when it is cancelled");
    check(g_atomic_int_get(&ticks) == 5, "and not a tick later");
    vr_source_end(source);
    ticks = 0;
    source = vr_loop_timer(-1, 0, on_tick, NULL, NULL);
    settle();
    check(g_atomic_int_get(&ticks) == 0, "a timer may wait to be set");
    vr_source_set_timer(source, 1, 0);
    check(wait_for(&ticks, 1), "setting it arms it");
    g_usleep(10000);
    check(g_atomic_int_get(&ticks) == 1, "once, without an interval");
    vr_source_end(source);
}

static gint child_status = -2;

static void
on_exit_status(VrSource *source, pid_t pid, int status, void *data)
{
    g_atomic_int_set(&child_status, WEXITSTATUS(status));
}

static void
test_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    VrSource *source = vr_loop_child(pid, on_exit_status, NULL, NULL);
    check(source && wait_for(&child_status, 7), "a child's exit is reported with its status");
    check(waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD, "and the child is reaped");
    vr_source_end(source);
    check(!vr_loop_child(999999999, on_exit_status, NULL, NULL), "no watch on what is no process");
}

#define THREADS 4
#define ROUNDS 500

static gint churn_gone;

static void
on_churn(VrSource *source, int fd, unsigned int events, void *data)
{
    char c;
    if (read(fd, &c, 1) < 0)
        return;
}

static void *
churn(void *data)
{
    int fds[2];
    g_assert(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        gint here = 0;
        VrSource *watch = vr_loop_watch(fds[0], VR_LOOP_READABLE, on_churn, &here, count_one);
        VrSource *timer = vr_loop_timer(0, 0, on_tick, &churn_gone, count_one);
        if (write(fds[1], "x", 1) != 1)
            g_atomic_int_set(&here, -100);
        vr_source_set_events(watch, i % 2 ? 0 : VR_LOOP_READABLE);
        vr_source_end(timer);
        vr_source_end(watch);
        wait_for(&here, 1);
    }
    close(fds[0]);
    close(fds[1]);
    return NULL;
}

static void
test_churn(void)
{
    GThread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("churn", churn, NULL);
    for (int i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    check(wait_for(&churn_gone, THREADS * ROUNDS), "every source of every thread goes once");
}

static gint blocked, release, urgent_done, ordinary_done;

static void
block(void *data)
{
    g_atomic_int_inc(&blocked);
    while (!g_atomic_int_get(&release))
        g_usleep(500);
    g_atomic_int_inc(&ordinary_done);
}

static void
test_pool(void)
{
    VrPoolLimits limits = {.min = 0, .max = 2, .reserve = 1};
    VrPool *pool = vr_pool_new(&limits);
    for (int i = 0; i < 5; i++)
        vr_pool_submit(pool, FALSE, block, NULL);
    check(wait_for(&blocked, 2), "as many workers as allowed");
    for (int i = 0; i < 3; i++)
        vr_pool_submit(pool, TRUE, count_one, &urgent_done);
    check(wait_for(&urgent_done, 3), "urgent work finds a worker while the others are blocked");
    VrPoolInfo info;
    vr_pool_info(pool, &info);
    check(info.workers == 2 && info.queued == 3 && info.reserve == 1, "what the pool says of itself");
    g_atomic_int_set(&release, 1);
    vr_pool_free(pool);
    check(g_atomic_int_get(&ordinary_done) == 5, "freeing the pool waits for what is queued");
}

static void
test_work(void)
{
    gint worked = 0;
    for (int i = 0; i < 100; i++)
        vr_loop_work(i % 2, count_one, count_one, &worked);
    check(wait_for(&worked, 200), "work is done on the pool, and its end told on the loop");
}

int
main(void)
{
    vr_loop_start();
    test_watch();
    test_unwatchable();
    test_timer();
    test_child();
    test_churn();
    test_pool();
    test_work();
    vr_loop_stop();
    printf("1..%d\n", count);
    return failures ? 1 : 0;
}
