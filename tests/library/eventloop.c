/* The default event loop: timeouts, handles, changes from callbacks and from other threads, free callbacks. */
#include <libvirt/libvirt.h>

#include <glib.h>
#include <unistd.h>

static int fired, freed;

static void
count_free(void *opaque)
{
    freed++;
}

static void
on_timeout(int timer, void *opaque)
{
    fired++;
    if (opaque)
        virEventRemoveTimeout(timer);
}

static void
test_timeout(void)
{
    fired = freed = 0;
    int once = virEventAddTimeout(0, on_timeout, &fired, count_free);
    int never = virEventAddTimeout(-1, on_timeout, NULL, count_free);
    g_assert_cmpint(once, >, 0);
    virEventRunDefaultImpl();
    g_assert_cmpint(fired, ==, 1);
    g_assert_cmpint(freed, ==, 1);
    virEventUpdateTimeout(never, 1);
    while (fired < 3)
        virEventRunDefaultImpl();
    g_assert_cmpint(virEventRemoveTimeout(never), ==, 0);
    g_assert_cmpint(virEventRemoveTimeout(never), ==, -1);
    int last = virEventAddTimeout(0, on_timeout, &fired, NULL);
    g_assert_cmpint(last, >, never);
    virEventRunDefaultImpl();
    g_assert_cmpint(freed, ==, 2);
}

static void
on_readable(int watch, int fd, int events, void *opaque)
{
    char c;
    g_assert_cmpint(events & VIR_EVENT_HANDLE_READABLE, !=, 0);
    g_assert_cmpint(read(fd, &c, 1), ==, 1);
    fired++;
    virEventRemoveHandle(*(int *)opaque); /* the other one: it must not be called any more */
}

static void
test_handles(void)
{
    int one[2], two[2], watches[2];
    g_assert_cmpint(pipe(one), ==, 0);
    g_assert_cmpint(pipe(two), ==, 0);
    fired = freed = 0;
    watches[0] = virEventAddHandle(one[0], VIR_EVENT_HANDLE_READABLE, on_readable, &watches[1], count_free);
    watches[1] = virEventAddHandle(two[0], VIR_EVENT_HANDLE_READABLE, on_readable, &watches[0], count_free);
    g_assert_cmpint(write(one[1], "x", 1), ==, 1);
    g_assert_cmpint(write(two[1], "x", 1), ==, 1);
    virEventRunDefaultImpl();
    g_assert_cmpint(fired, ==, 1);
    g_assert_cmpint(freed, ==, 1);
    virEventRemoveHandle(watches[0]);
    virEventRemoveHandle(watches[1]);
    for (int i = 0; i < 2; i++) {
        close(one[i]);
        close(two[i]);
    }
}

static gpointer
add_from_thread(gpointer data)
{
    g_usleep(50 * 1000);
    return GINT_TO_POINTER(virEventAddTimeout(0, on_timeout, &fired, NULL));
}

static void
test_threads(void)
{
    fired = 0;
    GThread *thread = g_thread_new("adder", add_from_thread, NULL);
    while (fired == 0)
        virEventRunDefaultImpl(); /* nothing is due: only the other thread's timeout can end the wait */
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virEventRegisterDefaultImpl();
    virEventRegisterDefaultImpl(); /* ignored */
    g_test_add_func("/eventloop/timeout", test_timeout);
    g_test_add_func("/eventloop/handles", test_handles);
    g_test_add_func("/eventloop/threads", test_threads);
    return g_test_run();
}
