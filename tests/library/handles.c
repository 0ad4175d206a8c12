/* Handles: any pointer may be asked about; a freed one is known as such; slots are found again under threads. */
#include "base/handle.h"

#include <glib.h>

#define MAGIC 0x1234

static void
test_foreign(void)
{
    int local = 0;
    g_autofree char *heap = g_malloc0(1 << 20);
    g_assert_false(vr_handle_is(NULL, MAGIC));
    g_assert_false(vr_handle_is(&local, MAGIC));
    g_assert_false(vr_handle_is((void *)1, MAGIC));
    g_assert_false(vr_handle_is((void *)(guintptr)-1, MAGIC));
    for (int i = 0; i < 1 << 20; i += 4099)
        g_assert_false(vr_handle_is(heap + i, MAGIC));
    g_assert_cmpuint(vr_handle_magic(NULL), ==, 0);
}

static void
test_life(void)
{
    void *h = vr_handle_new(MAGIC);
    g_assert_true(vr_handle_is(h, MAGIC));
    g_assert_false(vr_handle_is(h, MAGIC + 1));
    g_assert_false(vr_handle_is((char *)h + 1, MAGIC));
    g_assert_false(vr_handle_is((char *)h + VR_HANDLE_SIZE, MAGIC));
    vr_handle_ref(h);
    g_assert_false(vr_handle_unref(h));
    g_assert_true(vr_handle_unref(h));
    vr_handle_free(h);
    g_assert_false(vr_handle_is(h, MAGIC));
    g_assert_cmpuint(vr_handle_magic(h), ==, 0);
}

static gpointer
churn(gpointer data)
{
    void *mine[64];
    for (int round = 0; round < 2000; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS(mine); i++)
            mine[i] = vr_handle_new(MAGIC + (guint32)i);
        for (gsize i = 0; i < G_N_ELEMENTS(mine); i++) {
            g_assert_true(vr_handle_is(mine[i], MAGIC + (guint32)i));
            g_assert_true(vr_handle_unref(mine[i]));
            vr_handle_free(mine[i]);
        }
    }
    return NULL;
}

static void
test_threads(void)
{
    GThread *threads[8];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("churn", churn, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/handles/foreign", test_foreign);
    g_test_add_func("/handles/life", test_life);
    g_test_add_func("/handles/threads", test_threads);
    return g_test_run();
}
