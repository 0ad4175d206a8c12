/* The head of a saved guest's file, as the original wrote one.  Speaks TAP. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/save_image.h"

static int n, failed;

static void
check(bool fine, const char *what)
{
    printf("%s %d - %s\n", fine ? "ok" : "not ok", ++n, what);
    failed += !fine;
}

static void
check_refusal(const guint8 *bytes, gsize size, gsize at, guint32 value, const char *message)
{
    g_autofree guint8 *changed = g_memdup2(bytes, size);
    g_auto(VrSaveImage) image = {0};

    memcpy(changed + at, &value, sizeof(value));
    vr_error_clear();
    check(vr_save_image_parse(changed, size, &image) < 0 && vr_error_last()->code == VIR_ERR_OPERATION_FAILED &&
          strstr(vr_error_last()->message, message), message);
}

int
main(int argc, char **argv)
{
    g_autofree char *file = NULL;
    g_auto(VrSaveImage) image = {0};
    g_auto(VrSaveImage) again = {0};
    gsize size = 0;
    GByteArray *bytes;
    guint32 part;

    if (argc != 2 || !g_file_get_contents(argv[1], &file, &size, NULL))
        return 2;
    check(vr_save_image_parse(file, size, &image) == 0 && image.running && image.format == VR_SAVE_IMAGE_RAW,
          "the original's file is read");
    check(image.xml && g_str_has_prefix(image.xml, "<domain type='qemu'"), "it holds a definition");
    check(image.cookie && g_str_has_prefix(image.cookie, "<cookie>"), "it holds a cookie");
    bytes = vr_save_image_build(&image);
    check(bytes && bytes->len == size && memcmp(bytes->data, file, size) == 0, "the same bytes are built from it");
    image.data = 0;
    g_byte_array_unref(bytes);
    bytes = vr_save_image_build(&image);
    check(bytes && bytes->len == size && memcmp(bytes->data, file, size) == 0, "the same bytes are built anew");
    for (int i = 4; i < 9; i++) { /* the numbers, as a machine of the other order would write them */
        memcpy(&part, bytes->data + 4 * i, sizeof(part));
        part = GUINT32_SWAP_LE_BE(part);
        memcpy(bytes->data + 4 * i, &part, sizeof(part));
    }
    check(vr_save_image_parse(bytes->data, bytes->len, &again) == 0 && strcmp(again.xml, image.xml) == 0,
          "the other byte order is read");
    g_byte_array_unref(bytes);
    image.data = strlen(image.xml);
    vr_error_clear();
    check(!vr_save_image_build(&image) && strstr(vr_error_last()->message, "new xml too large to fit in file"),
          "a definition that has outgrown its file is refused");
    memcpy(&part, "Part", sizeof(part));
    check_refusal((guint8 *)file, size, 12, part, "save image is incomplete");
    check_refusal((guint8 *)file, size, 0, 0, "image magic is incorrect");
    check_refusal((guint8 *)file, size, 16, 3, "image version is not supported (3 > 2)");
    check_refusal((guint8 *)file, size, 20, 0, "invalid header data length: 0");
    check_refusal((guint8 *)file, size, 20, 0x7fffffff, "invalid header data length: 2147483647");
    check_refusal((guint8 *)file, size, 20, (guint32)size, "failed to read domain XML");
    check_refusal((guint8 *)file, size, 28, 99, "Invalid compressed save format 99");
    check_refusal((guint8 *)file, size, 32, 0x7fffffff, "invalid cookie offset");
    check_refusal((guint8 *)file, 50, 0, 0, "failed to read qemu header");
    printf("1..%d\n", n);
    return failed ? 1 : 0;
}
