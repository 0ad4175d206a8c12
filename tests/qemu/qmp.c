/* QMP's reader: messages in any pieces, messages without end, and what is no message. */
#include "drivers/qemu/qmp_parse.h"

#include <string.h>

static void
pieces(void)
{
    static const char text[] = "{\"QMP\": {}}\r\n{\"return\": {\"a\": [1, 2]}, \"id\": \"v-1\"}\n{\"event\": \"STOP\"}\r\n";
    for (gsize size = 1; size < sizeof(text); size++) {
        QemuQmpReader reader;
        gboolean broken = FALSE;
        unsigned n = 0;
        qemu_qmp_reader_init(&reader);
        for (gsize at = 0; at < sizeof(text) - 1; at += size) {
            g_assert_true(qemu_qmp_reader_feed(&reader, text + at, MIN(size, sizeof(text) - 1 - at)));
            json_t *message;
            while ((message = qemu_qmp_reader_next(&reader, &broken))) {
                static const char *const keys[] = {"QMP", "return", "event"};
                g_assert_nonnull(json_object_get(message, keys[n++]));
                json_decref(message);
            }
            g_assert_false(broken);
        }
        g_assert_cmpuint(n, ==, 3);
        qemu_qmp_reader_clear(&reader);
    }
}

/* QEMU's processors have properties beyond what signed integers hold. */
static void
large(void)
{
    static const char text[] = "{\"return\": {\"lbr-fmt\": 18446744073709551552}}\r\n";
    QemuQmpReader reader;
    gboolean is_broken = FALSE;
    qemu_qmp_reader_init(&reader);
    g_assert_true(qemu_qmp_reader_feed(&reader, text, strlen(text)));
    json_t *message = qemu_qmp_reader_next(&reader, &is_broken);
    g_assert_nonnull(message);
    json_decref(message);
    qemu_qmp_reader_clear(&reader);
}

static void
broken(void)
{
    static const char *const texts[] = {"hello\n", "[1]\n", "{\"a\": }\n", "{} {}\n", "{\"a\": 1, \"a\": 2}\n", "\xff\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        QemuQmpReader reader;
        gboolean is_broken = FALSE;
        qemu_qmp_reader_init(&reader);
        g_assert_true(qemu_qmp_reader_feed(&reader, texts[i], strlen(texts[i])));
        json_t *message = qemu_qmp_reader_next(&reader, &is_broken);
        if (message || !is_broken)
            g_error("read as a message: %s", texts[i]);
        qemu_qmp_reader_clear(&reader);
    }
}

static void
endless(void)
{
    QemuQmpReader reader;
    static char block[1 << 20];
    gsize n = 0;
    memset(block, ' ', sizeof(block));
    qemu_qmp_reader_init(&reader);
    while (qemu_qmp_reader_feed(&reader, block, sizeof(block)))
        n += sizeof(block);
    g_assert_cmpuint(n, ==, QEMU_QMP_MAX_MESSAGE);
    qemu_qmp_reader_clear(&reader);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/pieces", pieces);
    g_test_add_func("/qmp/large", large);
    g_test_add_func("/qmp/broken", broken);
    g_test_add_func("/qmp/endless", endless);
    return g_test_run();
}
